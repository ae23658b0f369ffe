"""Credentials that end in the middle of a run, with the real clients against the sandbox's sockets.

What matters besides the outcome is how often the vendors are asked: five log-ins an hour are all.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.factory import Application
from sync.model import Actor, Cause, ConnectionTest, Run, RunStatus, SpaceStatus
from sync.panel import TroubleKind
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.space_file import parse_space_file
from tests.service.test_factory import settings_with

pytestmark = pytest.mark.really_waits  # the pace towards the vendors is the product's own

SPACES = ("demo_space", "space_0001", "space_0002")
NEW_PASSWORD = "changed in Act-On"


class Stack:
    """Three spaces with one Act-On log-in, between the sandbox's vendors."""

    def __init__(self, application: Application, sandbox: RunningSandbox) -> None:
        self.application = application
        self.sandbox = sandbox

    def set_up(self) -> None:
        text = json.dumps({"spaces": [self._space(one) for one in SPACES]})
        self.application.service.import_spaces(parse_space_file(text, lambda name: ""))
        for one in SPACES:
            self.application.service.provision(one)

    def _space(self, space_id: str) -> dict[str, object]:
        return {
            "space_id": space_id,
            "time_zone": "Europe/Berlin",
            "status": "running",
            "pipeliner": {
                "service_url": self.sandbox.url,
                "username": "sandbox_app",
                "password": "sandbox_key",
            },
            "acton": {"username": "marketing@example.com", "password": "sandbox-password"},
            "settings": {"threshold": 40, "sync_time": "02:00", "owner": "anna@example.com"},
        }

    def sync(self, space_id: str = "demo_space") -> Run:
        run = self.application.runner.work(self.application.service.start(space_id).run.run_id)
        assert run is not None
        assert run.counts.adds_up
        return run

    def status(self, space_id: str = "demo_space") -> SpaceStatus:
        return self.application.service.space(space_id).status

    def log_ins(self) -> int:
        """How often Act-On was asked for a token."""
        calls = self.sandbox.calls()["counts"].get("acton", {})
        return sum(times for endpoint, times in calls.items() if endpoint.endswith("/token"))

    def tokens_expire(self) -> None:
        """What is held is no longer good, neither half of it."""
        with self.sandbox.world.lock:
            self.sandbox.sandbox.tokens.revoke("12345")

    def password_changes(self) -> None:
        self.sandbox.change("change_password", password=NEW_PASSWORD)
        self.tokens_expire()

    def log_in_again(self, actor: Actor, password: str) -> ConnectionTest:
        return self.application.connecting.connect_with_password(
            actor, "demo_space", username="marketing@example.com", password=password
        )


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    world = SandboxOptions(spaces=2, hostile=False, lists=2, rows=20, people=15)
    with RunningSandbox(world) as sandbox:
        settings = settings_with(
            tmp_path,
            acton_client_id="sandbox-client",
            acton_client_secret="sandbox-secret",
            acton_base_url=sandbox.url,
            allowed_api_hosts=sandbox.host,
            settle_seconds=0,
            pipeliner_calls_per_second=50,
        )
        with Application(settings) as application:
            application.upgrade_database()
            made = Stack(application, sandbox)
            made.set_up()
            yield made


@pytest.fixture
def anna(stack: Stack) -> Actor:
    accounts = stack.application.accounts
    session = accounts.sign_up("anna@example.com", "a long enough pass phrase", address="127.0.0.1")
    with stack.application.store.write() as desk:
        desk.accounts.join(session.account.account_id, "demo_space", now=session.expires_at)
    found = accounts.session(session.token)
    assert found is not None
    return found.actor


def test_a_token_that_expires_in_the_middle_is_renewed_and_the_run_succeeds(stack: Stack) -> None:
    fault = stack.sandbox.plan_fault("expired_token", api="acton", path="/api/1/list/", after=1)
    assert stack.sync().status is RunStatus.SUCCEEDED
    assert fault.hits == 1
    assert stack.log_ins() == 2  # the first log-in, and the refresh


def test_a_refresh_token_used_elsewhere_is_made_good_by_the_password(stack: Stack) -> None:
    stack.sync()
    stack.tokens_expire()
    assert stack.sync().status is RunStatus.SUCCEEDED
    assert stack.log_ins() == 3  # log-in, refused refresh, log-in


def test_a_changed_password_costs_one_log_in_for_all_spaces_and_all_runs(stack: Stack) -> None:
    stack.password_changes()
    kinds = []
    for space_id in SPACES * 2:
        run = stack.sync(space_id)
        assert run.status is RunStatus.FAILED
        assert run.problem is not None
        kinds.append(run.problem.kind)
    assert set(kinds) == {"acton_credentials"}
    assert stack.log_ins() == 1


def test_a_password_changed_in_the_middle_of_a_run_ends_it_with_one_log_in(stack: Stack) -> None:
    stack.sync()
    before = stack.log_ins()
    stack.sandbox.change("change_password", password=NEW_PASSWORD)
    with stack.sandbox.world.lock:
        stack.sandbox.sandbox.tokens.refresh.clear()
    stack.sandbox.plan_fault("expired_token", api="acton", path="/api/1/list/", after=1)
    run = stack.sync()
    assert run.status is RunStatus.FAILED
    assert run.problem is not None
    assert run.problem.kind == "acton_credentials"
    assert stack.log_ins() - before == 2  # the refresh, then the password


def test_the_panel_does_not_log_in_each_time_somebody_presses_refresh(stack: Stack) -> None:
    stack.sync()
    stack.password_changes()
    before, panel = stack.log_ins(), stack.application.panel
    keys = [one["cf_act_on_panel_key"] for one in stack.sandbox.contacts()]
    passes = [panel.open_with_key(key) for key in keys if key][:6]
    assert len(passes) == 6
    for one in passes:
        panel.view(one)
    assert stack.log_ins() == before
    for one in passes:
        trouble = panel.refresh(one).trouble
        assert trouble is not None
        assert trouble.kind is TroubleKind.CREDENTIALS
    assert stack.log_ins() - before == 2  # the refresh and the password, once for all


def test_three_strikes_and_a_new_password_set_the_space_going(stack: Stack, anna: Actor) -> None:
    stack.password_changes()
    for _ in range(3):
        stack.sync()
    assert stack.status() is SpaceStatus.NEEDS_ATTENTION
    assert stack.status("space_0001") is SpaceStatus.RUNNING
    tested = stack.log_in_again(anna, "wrong again")
    assert tested.cause is Cause.USER
    assert stack.status() is SpaceStatus.NEEDS_ATTENTION
    assert stack.log_in_again(anna, NEW_PASSWORD).works
    assert stack.status() is SpaceStatus.RUNNING
    assert stack.sync().status is RunStatus.SUCCEEDED
    assert stack.log_ins() == 3


def test_a_key_revoked_in_the_middle_ends_the_run_and_a_new_one_finishes_it(stack: Stack) -> None:
    stack.sandbox.plan_fault(
        "server_error", api="pipeliner", path="Leads/batch", status=401, times=99
    )
    run = stack.sync()
    assert run.status is RunStatus.FAILED
    assert run.problem is not None
    assert run.problem.kind == "pipeliner_credentials"
    stack.sandbox.sandbox.faults.faults.clear()
    assert stack.sync().status is RunStatus.SUCCEEDED
