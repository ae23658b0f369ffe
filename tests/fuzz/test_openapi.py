"""Whatever programs may send by our own description, and much that they may not: no call breaks the
service, and every answer is one that is described."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app import create_app, limits
from app.openapi import description
from app.panel import PATHS
from sync.factory import Application
from sync.model import Run, run_json
from tests.service.test_factory import SECRETS, settings_with
from tests.store.helpers import NOON, make_space
from tests.web.conftest import make_run

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
TOKEN = "watch-0123456789-abcdefghijklmnop-XYZ"
DOCUMENT = description()
OPERATIONS = [
    (method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods
]
# Against the rules only where there is something to break; the others are called as they are.
MODES = [
    (method, path, mode)
    for method, path in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode is GenerationMode.POSITIVE
    or {"parameters", "requestBody", "security"} & set(DOCUMENT["paths"][path][method.lower()])
]
# 10,000 calls over all of them, where there is time for it; what is guarded is called with a wrong
# token, too.
CALLS = 10_000 if os.environ.get("TEST_FULL") else 500
GUARDED = [one for one in MODES if "security" in DOCUMENT["paths"][one[1]][one[0].lower()]]
# Of eight forms that should be against the rules the generator throws seven away: a call with such
# a form costs as much time as ten others, so those get a third of what the others get.
DEAR = [
    one
    for one in MODES
    if one[2] is GenerationMode.NEGATIVE
    and "requestBody" in DOCUMENT["paths"][one[1]][one[0].lower()]
]
SHARE = CALLS // (3 * (len(MODES) + len(GUARDED) - len(DEAR)) + len(DEAR)) + 1


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """A service with a space that runs, one that does not, and a run."""
    settings = settings_with(tmp_path_factory.mktemp("fuzz"))
    with Application(settings) as application:
        application.upgrade_database()
        with application.store.write() as desk:
            desk.spaces.save(make_space("acme_sales"), now=NOON)
        application.service.start("acme_sales")
        yield application


@pytest.fixture(scope="module")
def schema(application: Application, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Our description, over that service; nobody is told to slow down."""
    told = settings_with(tmp_path_factory.mktemp("web"), metrics_token=TOKEN)
    web = create_app(told, application)
    before, limits.limiter.enabled = limits.limiter.enabled, False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "is_too_often", lambda *_: False)
        yield schemathesis.openapi.from_wsgi("/openapi.json", web)
    limits.limiter.enabled = before


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("method", "path", "mode"), MODES)
def test_no_call_breaks_the_service_and_every_answer_is_described(
    schema: Any, method: str, path: str, mode: GenerationMode
) -> None:
    operation = schema[path][method]
    token = TOKEN if path == "/metrics" else SECRETS["sync_token"]
    headers = {"Authorization": f"Bearer {token}"}
    guarded = (method, path, mode) in GUARDED

    @settings(
        max_examples=SHARE if (method, path, mode) in DEAR else 3 * SHARE,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Case) -> None:
        case.validate_response(case.call(headers=headers), checks=CHECKS)
        if guarded:
            wrong = case.call(headers={"Authorization": "Bearer not-one-of-ours"})
            assert wrong.status_code in (401, 404, 405)

    call()


# --- the description itself ----------------------------------------------------------------------


def test_it_is_a_valid_document() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_every_address_for_programs_is_in_it_and_no_other(application: Application) -> None:
    app = create_app(settings_with(Path("unused")), application)
    described = {path.replace("{", "<").replace("}", ">") for _, path in OPERATIONS}
    programs = ("/sync", "/webhooks", "/healthz", "/readyz", "/metrics", "/openapi.json")
    there = {
        rule.rule.replace("<int:run_id>", "<run>").replace("<space_id>", "<space>")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(programs)
    }
    panel = {path for path in described if path.startswith("/panel")}
    assert described - panel == there
    assert panel == PATHS


@pytest.mark.parametrize("changes", [{}, {"threshold": 40}])
def test_a_run_is_described_as_it_is_told(changes: dict[str, Any]) -> None:
    run: Run = make_run(**changes)
    described = DOCUMENT["components"]["schemas"]["Run"]
    assert list(described["properties"]) == described["required"] == list(run_json(run))


def test_it_says_where_the_service_is_and_holds_no_secret(application: Application) -> None:
    told = settings_with(Path("unused"), public_url="https://acton.example.com")
    answer = create_app(told, application).test_client().get("/openapi.json")
    assert answer.json["servers"] == [{"url": "https://acton.example.com"}]
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
