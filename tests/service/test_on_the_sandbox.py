"""From sign-up to the first finished run, with the real clients against the sandbox's sockets."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sync.errors import InvalidFields
from sync.factory import Application
from sync.model import (
    Actor,
    Cause,
    ClaimForm,
    ConnectedBy,
    ItemKind,
    ItemState,
    JobStatus,
    OutcomeFilter,
    RunStatus,
    SpaceStatus,
    Step,
)
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.service import LogInFailed, Previews
from tests.service.test_factory import settings_with

pytestmark = pytest.mark.really_waits  # the pace towards the vendors is the product's own

PASSWORD = "a long enough pass phrase"
BACK = "https://acton.example.com/oauth/acton/callback"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox(SandboxOptions(limits=False)) as running:
        yield running


@pytest.fixture
def application(tmp_path: Path, sandbox: RunningSandbox) -> Iterator[Application]:
    settings = settings_with(
        tmp_path,
        acton_client_id="sandbox-client",
        acton_client_secret="sandbox-secret",
        acton_base_url=sandbox.url,
        allowed_api_hosts=sandbox.host,
        public_url="https://acton.example.com",
        auto_approve=True,
        settle_seconds=0,
        acton_logins_per_hour=50,
    )
    with Application(settings) as made:
        made.upgrade_database()
        yield made


@pytest.fixture
def key(sandbox: RunningSandbox) -> ClaimForm:
    return ClaimForm(
        service_url=sandbox.url,
        space_id="demo_space",
        username="sandbox_app",
        password="sandbox_key",
    )


def sign_up(application: Application) -> str:
    email = "anna@example.com"
    return application.accounts.sign_up(email, PASSWORD, address="127.0.0.1").token


def who(application: Application, token: str) -> Actor:
    session = application.accounts.session(token)
    assert session is not None
    return session.actor


def test_the_whole_way_from_sign_up_to_the_first_run(
    application: Application, key: ClaimForm
) -> None:
    token = sign_up(application)
    application.activation.claim(who(application, token), key)
    anna = who(application, token)

    draft = application.activation.draft(anna, "demo_space")
    owner = application.offers.users(anna, "demo_space", "anna").users[0]
    typed = replace(
        draft.typed,
        threshold="40",
        sync_time="02:30",
        owner=owner.email,
        marketing_domain_url="a12345.actonsoftware.com",
    )
    draft = application.activation.save_step(
        anna, "demo_space", Step.AUTOCREATE, typed, version=draft.revision.version
    )
    assert draft.problems == ()

    wrong = application.connecting.connect_with_password(
        anna, "demo_space", username="marketing@example.com", password="wrong"
    )
    assert wrong.cause is Cause.USER
    right = application.connecting.connect_with_password(
        anna, "demo_space", username="marketing@example.com", password="sandbox-password"
    )
    assert right.works
    assert application.connecting.test(anna, "demo_space").works

    lists = application.offers.lists(anna, "demo_space")
    sample = application.offers.sample(anna, "demo_space", lists[0].info.list_id)
    assert "address" in sample.mapping
    assert application.offers.lead_types(anna, "demo_space")[0].steps

    previews = Previews(application.previews._parts, spawn=lambda work: work())
    change = application.activation.understood(anna, "demo_space", typed)
    job = previews.start(anna, "demo_space", change)
    assert job.status is JobStatus.DONE, job.problem
    foreseen = previews.foresee(anna, "demo_space", job.job_id)

    space = application.activation.finish(anna, "demo_space", version=draft.revision.version)
    assert space.status is SpaceStatus.RUNNING
    checklist = application.setting_up.checklist(anna, "demo_space")
    assert checklist.ready
    assert {one.state for one in checklist.items if one.kind is ItemKind.PAGE} == {ItemState.DONE}

    started = application.administration.start(anna, "demo_space")
    run = application.runner.work(started.run.run_id)
    assert run is not None
    assert run.status in (RunStatus.SUCCEEDED, RunStatus.PARTIAL)
    assert run.counts.at_threshold == foreseen.counts.at_threshold
    assert foreseen.counts.created == run.counts.created + sum(run.counts.failed.values())
    overview = application.administration.overview(anna, "demo_space")
    assert overview.calls.used > 0
    page = application.records.outcomes(anna, run.run_id, OutcomeFilter(result="created"))
    shown = application.records.person(anna, "demo_space", page.items[0].person or "")
    assert shown.links
    assert "sandbox" not in repr(application.administration.audit(anna, "demo_space"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"space_id": "no_such_space"}, "space_id"),
        ({"service_url": "https://evil.example"}, "service_url"),
    ],
)
def test_a_key_that_does_not_work_claims_nothing(
    application: Application, key: ClaimForm, change: dict[str, str], field: str
) -> None:
    actor = who(application, sign_up(application))
    with pytest.raises(InvalidFields) as caught:
        application.activation.claim(actor, replace(key, **change))
    assert [one.field for one in caught.value.problems] == [field]


def allow(url: str) -> dict[str, str]:
    """Somebody logs in at the sandbox's Act-On and allows access; what comes back."""
    log_in = {"username": "marketing@example.com", "password": "sandbox-password"}
    answer = requests.post(url, data={**log_in, "allow": "yes"}, allow_redirects=False, timeout=10)
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in asked.items()}


def test_act_on_is_connected_by_redirect(application: Application, key: ClaimForm) -> None:
    token = sign_up(application)
    application.activation.claim(who(application, token), key)
    anna = who(application, token)
    url = application.connecting.begin_log_in(
        anna, "demo_space", session_token=token, redirect_uri=BACK
    )
    came = allow(url)
    space_id, tested = application.connecting.finish_log_in(
        anna, session_token=token, state=came["state"], code=came["code"]
    )
    assert (space_id, tested.works) == ("demo_space", True)
    facts = application.connecting.facts(anna, "demo_space")
    assert (facts.by, facts.account_id) == (ConnectedBy.CODE, tested.account_id)
    assert application.connecting.test(anna, "demo_space").works
    with pytest.raises(LogInFailed):
        application.connecting.finish_log_in(
            anna, session_token=token, state=came["state"], code=came["code"]
        )
