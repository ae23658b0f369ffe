"""Requests that follow no rule at all: any method, path, header and body. Nothing breaks."""

import hmac
import json
import os
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app import create_app, limits
from sync.factory import Application
from tests.service.test_factory import settings_with
from tests.store.helpers import NOON, make_space

CASES = 1_000 if os.environ.get("TEST_FULL") else 200
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "X")
PLACES = (
    *(
        "sync",
        "runs",
        "panel",
        "score",
        "find",
        "activity",
        "session",
        "admin",
        "operator",
        "login",
    ),
    *("register", "logout", "oauth", "acton", "callback", "static", "css", "healthz", "readyz"),
    *("metrics", "openapi.json", "acme_sales", "1", "..", "%2e%2e", "%00", "activate", "settings"),
    *("webhooks", "pipeliner"),
)
HEADERS = (
    *(
        "Authorization",
        "Cookie",
        "Content-Type",
        "Accept-Language",
        "Accept-Encoding",
        "HX-Request",
    ),
    *(
        "HX-Target",
        "X-Panel-Session",
        "X-Request-ID",
        "X-Forwarded-For",
        "Referer",
        "Host",
        "Range",
    ),
    "WebHook-Signature",
    *("If-None-Match", "If-Modified-Since", "Content-Length", "Transfer-Encoding", "Expect"),
)
FORMS = "application/x-www-form-urlencoded"
any_json = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(["Lead.Delete", "Contact.Update"]),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["event", "entity", "id", "x"]), inner)
    ),
    max_leaves=12,
)
texts = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60)
paths = st.lists(st.sampled_from(PLACES) | texts, max_size=5).map(
    lambda parts: "/" + "/".join(parts)
)
headers = st.dictionaries(
    st.sampled_from(HEADERS),
    texts
    | st.sampled_from(["Bearer x", "true", FORMS, "gzip;q=x", "1000", "-1", "de-DE,*;q=0.1", "*"]),
    max_size=5,
)
bodies = st.binary(max_size=300) | st.sampled_from(
    [b"key=v1.a.b.c.1.d", b"session=%FF", b"token=a.b.c", b"{", b"[]", b"a=" * 3_000, b"zone=%00"]
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    settings = settings_with(tmp_path_factory.mktemp("requests"))
    with Application(settings) as application:
        application.upgrade_database()
        with application.store.write() as desk:
            desk.spaces.save(make_space("acme_sales"), now=NOON)
        web = create_app(settings, application)
        before, limits.limiter.enabled = limits.limiter.enabled, False
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(limits, "is_too_often", lambda *_: False)
            yield web.test_client()
        limits.limiter.enabled = before


@pytest.mark.timeout(600)
@settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    method=st.sampled_from(METHODS),
    path=paths,
    query=texts,
    headers=headers,
    body=bodies,
)
@example("POST", "/panel", "", {"Content-Type": "multipart/form-data; boundary="}, b"--")
@example("POST", "/panel", "", {"Content-Type": f"{FORMS}; charset=nonsense"}, b"key=\xff")
@example("PROPFIND", "/panel", "", {}, b"")
@example("GET", "/", "", {"Host": "no host:x"}, b"")
@example("POST", "/panel", "", {"Host": "no host:x"}, b"")
@example("GET", "///\x80", "", {}, b"")
@example("GET", "/login", "next=//evil.example", {}, b"")
@example("GET", "/sync/runs/99999999999999999999999999", "", {"Authorization": "Bearer x"}, b"")
def test_nothing_breaks_the_service(
    client: FlaskClient,
    method: str,
    path: str,
    query: str,
    headers: dict[str, str],
    body: bytes,
) -> None:
    # The client would take it for more than a path otherwise.
    place = re.sub("/+", "/", path.replace("?", "%3F").replace("#", "%23"))
    answer: Any = client.open(place, method=method, query_string=query, headers=headers, data=body)
    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, answer.get_data(as_text=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"]
    answer.close()


@pytest.mark.timeout(600)
@settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(body=bodies | st.binary(max_size=2_000) | any_json.map(lambda one: json.dumps(one).encode()))
@example(b"[" * 20_000)
@example(b'[{"event": "Lead.Delete", "entity": {"id": "\\u0000"}}]')
@example(b'[{"event": "Lead.Delete", "entity": {"id": "\\ud800"}}]')
def test_whatever_pipeliner_signs_is_accepted(client: FlaskClient, body: bytes) -> None:
    store = client.application.extensions["sync"].store
    with store.write() as desk:
        key = desk.crm_hooks.ensure("acme_sales").signature
    told = hmac.digest(key.encode(), body, "sha256").hex()
    path = "/webhooks/pipeliner/acme_sales"
    answer = client.post(path, data=body, headers={"WebHook-Signature": told})
    assert answer.status_code == HTTPStatus.ACCEPTED
    assert answer.json["noted"] >= 0
