"""How Act-On says that the day's calls are used up is not documented: the run pauses in each case,
asks no storm of questions, and goes on the next day.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

import sync.clock
from sync.factory import Application
from sync.model import Run, RunStatus
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.store.tables import allowances
from tests.databases import Server
from tests.reliability.sandboxed import SPACE, NobodyWaits, demo_space, open_product

QUOTA = 15  # enough for the lists and the scores of a few people
LOG_IN = 1  # which the quota of the sandbox does not count
TRIES = 8  # at most of the call that is refused: as many as our patience takes
UNDER_WAY = 3  # beside it; of all that are refused one finds out whether it is for the day
SMALL = {"rows": 24, "lists": 2, "people": 20, "hits": 6, "hostile": False}

Open = Callable[..., Application]


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    options = SandboxOptions(**SMALL, daily_quota=QUOTA, calls_per_second=10_000)
    with RunningSandbox(options) as running:
        running.switch(all_contacts=False)
        yield running


@pytest.fixture
def product(
    tmp_path: Path, sqlite: Server, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    monkeypatch.setattr(sync.clock, "time", NobodyWaits)
    with open_product(tmp_path, sandbox, sqlite.lend()) as opened:
        opened.service.import_spaces([demo_space(sandbox)])
        opened.service.provision(SPACE)
        yield opened


def work(product: Application) -> Run:
    run = product.runner.work(product.service.start(SPACE).run.run_id)
    assert run is not None
    return run


def a_day_passes(product: Application, sandbox: RunningSandbox) -> None:
    """At the vendor, and in what we counted."""
    sandbox.world.clock.shift(timedelta(days=1).total_seconds())
    with product.store.database.write() as connection:
        connection.execute(delete(allowances))


@pytest.mark.parametrize(
    ("how", "retry_after"),
    [
        ("429", "none"),
        ("429", "seconds"),
        ("429", "date"),
        ("403", "none"),
        ("403", "date"),
        ("503", "none"),
        ("500", "none"),
        ("500", "seconds"),
        ("wso2", "none"),
        ("wso2", "seconds"),
    ],
)
def test_a_day_that_is_used_up_pauses_the_run_however_act_on_says_so(
    product: Application, sandbox: RunningSandbox, how: str, retry_after: str
) -> None:
    sandbox.switch(acton_limit_answer=how, acton_retry_after=retry_after)
    run = work(product)
    assert (run.status, run.problem and run.problem.kind) == (RunStatus.PAUSED, "quota")
    assert run.resume_at is not None
    assert (run.resume_at.time(), run.resume_at > datetime.now(UTC)) == (time(0, 0), True)
    assert QUOTA + LOG_IN < run.acton_calls <= QUOTA + LOG_IN + TRIES + UNDER_WAY
    a_day_passes(product, sandbox)
    again = work(product)
    while again.status is RunStatus.PAUSED:  # the account is small; it takes another day
        a_day_passes(product, sandbox)
        again = work(product)
    assert (again.run_id, again.status) == (run.run_id, RunStatus.SUCCEEDED)
    assert again.counts.adds_up
    ours = [one for one in sandbox.leads() if one.get("cf_act_on_key")]
    assert again.counts.created == len(ours) > 0


def test_a_day_used_up_at_the_vendor_is_used_up_for_all_our_processes(
    product: Application, sandbox: RunningSandbox
) -> None:
    run = work(product)
    before = sandbox.calls()["totals"]["acton"]
    assert work(product).status is RunStatus.PAUSED
    assert sandbox.calls()["totals"]["acton"] == before
    assert run.status is RunStatus.PAUSED


@pytest.mark.parametrize(
    "wish", [{"retry_after": 7200}, {"retry_after_date": 7200}], ids=["seconds", "date"]
)
@pytest.mark.parametrize("how", ["429", "403", "503", "500", "wso2"])
def test_a_pause_of_hours_that_act_on_asks_for_is_kept(
    product: Application, sandbox: RunningSandbox, how: str, wish: dict[str, int]
) -> None:
    sandbox.switch(acton_limit_answer=how)
    fault = sandbox.plan_fault("rate_limited", api="acton", path="/api/1/list", times=99, **wish)
    run = work(product)
    assert run.status is RunStatus.PAUSED
    assert run.resume_at is not None
    assert abs(run.resume_at - datetime.now(UTC) - timedelta(hours=2)) < timedelta(minutes=2)
    assert fault.hits == 1
