"""PostgreSQL or Redis goes away in the middle, breaking or falling silent, and comes back."""

import os
import time
from collections.abc import Callable, Iterator

import pytest
import structlog

from sync.errors import TryLater
from sync.model import RunStatus
from sync.rules.panel_keys import parse_panel_key
from tests.reliability.ends import End, differences
from tests.reliability.sandboxed import SPACE
from tests.services.conftest import Product, wait_until
from tests.services.outage import Door, Outage

FULL = os.environ.get("TEST_FULL") == "1"  # ./run test --full
SECONDS = 20.0 if FULL else 2.5
BRIEFLY = 20.0 if FULL else 0.0  # where nobody has to notice that time passes
IN_TIME = 4.0  # for an answer about readiness
MOST_LINES = 25  # of all threads in an outage, but for the sweep, which comes often here

pytestmark = [
    pytest.mark.really_waits,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("outage", list(Outage), ids=lambda one: one.name.lower()),
]


@pytest.fixture
def lines() -> Iterator[list[structlog.typing.EventDict]]:
    """What was logged."""
    with structlog.testing.capture_logs() as logged:
        yield logged


def last(
    door: Door, outage: Outage, meanwhile: Callable[[], None], *, seconds: float = SECONDS
) -> float:
    """The outage, from its beginning to its end; what the process worked in it, in seconds."""
    began, worked = time.monotonic(), time.process_time()
    door.cut(outage)
    meanwhile()
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    door.mend()
    return time.process_time() - worked


def ensure_same(found: End, expected: End) -> None:
    """Nothing is missing, nothing doubled, and every row has its outcome."""
    wrong = [
        line
        for name in ("Contacts", "Leads", "links", "people")
        for line in differences(name, expected[name], found[name])
    ]
    assert wrong == []
    assert [run["faults"] for run in found["runs"]] == [[]]
    assert [run["status"] for run in found["runs"]] == [run["status"] for run in expected["runs"]]


def test_a_run_goes_on_when_postgresql_is_back_and_doubles_nothing(
    open_product: Callable[..., Product],
    postgres_door: Door,
    undisturbed: End,
    lines: list[structlog.typing.EventDict],
    outage: Outage,
) -> None:
    product = open_product(database_url=postgres_door.url, queue_url=postgres_door.url)
    product.start_workers()
    before = product.written()
    assert product.readiness()[0] == 200
    run_id = product.start()
    product.wait_for_the_middle(before)
    said = len(lines)

    def not_ready() -> None:
        status, checks, took = product.readiness()
        assert (status, checks["database"], checks["queue"]) == (503, "failing", "failing")
        assert took < IN_TIME

    worked = last(postgres_door, outage, not_ready)
    assert len(product.sandbox.leads()) < len(undisturbed["Leads"])  # it was in the middle
    assert product.lives
    assert worked < 1 + SECONDS / 5
    assert sum(line["event"] != "sweep_hindered" for line in lines[said:]) < MOST_LINES
    run = product.wait_for_the_end(run_id)
    assert (run.status, run.problem) == (RunStatus.SUCCEEDED, None)
    assert run.resumed == 1 or outage is Outage.SILENT  # which may end before anybody notices
    ensure_same(product.end(), undisturbed)
    assert product.readiness()[:2] == (
        200,
        {"database": "ok", "migrations": "ok", "queue": "ok"},
    )


def test_a_run_does_not_mind_that_the_queue_is_away_and_what_was_asked_for_is_done(
    open_product: Callable[..., Product],
    redis_door: Door,
    undisturbed: End,
    lines: list[structlog.typing.EventDict],
    outage: Outage,
) -> None:
    product = open_product(queue_url=redis_door.url)
    product.start_workers()
    before = product.written()
    run_id = product.start()
    product.wait_for_the_middle(before)

    def not_ready() -> None:
        status, checks, took = product.readiness()
        assert (status, checks["queue"], checks["database"]) == (503, "failing", "ok")
        assert took < IN_TIME
        assert product.wait_for_the_end(run_id).status is RunStatus.SUCCEEDED
        ensure_same(product.end(), undisturbed)
        asked.append(product.start())  # nobody hears the bell
        with pytest.raises(TryLater):
            product.application.service.sweep(quiet_seconds=0)

    asked: list[int] = []
    worked = last(redis_door, outage, not_ready)
    assert product.lives
    assert worked < 4 + SECONDS / 5  # the run went on meanwhile
    assert sum(line["event"] == "worker_hindered" for line in lines) < MOST_LINES
    assert product.readiness()[0] == 200
    assert product.wait_for_the_end(asked[0]).status is RunStatus.SUCCEEDED


def test_the_panel_shows_its_last_value_while_postgresql_is_away(
    open_product: Callable[..., Product], postgres_door: Door, outage: Outage
) -> None:
    product = open_product(database_url=postgres_door.url, pace=500)
    run = product.application.service.start(SPACE, ring=False).run
    assert product.application.runner.work(run.run_id) is not None
    seen, unseen = keys(product)[:2]
    before = product.client.post("/panel", data={"key": seen})
    assert before.status_code == 200

    def shows_what_it_knows() -> None:
        began = time.monotonic()
        shown = product.client.post("/panel", data={"key": seen})
        assert shown.status_code == 200
        page = shown.get_data(as_text=True)
        assert "This may be out of date" in page
        assert score_in(page) == score_in(before.get_data(as_text=True))
        assert time.monotonic() - began < IN_TIME
        never_shown = product.client.post("/panel", data={"key": unseen})
        assert never_shown.status_code == 503
        assert "Our records cannot be reached" in never_shown.get_data(as_text=True)
        session = {"session": shown.headers["Panel-Session"]}
        for path in ("/panel/score", "/panel/activity"):
            answer = product.client.post(path, data=session)
            assert answer.status_code == 503
            assert "Open it again in a few minutes" in answer.get_data(as_text=True)
        assert time.monotonic() - began < 2 * IN_TIME

    last(postgres_door, outage, shows_what_it_knows, seconds=BRIEFLY)
    page = wait_until(lambda: fresh_page(product, seen), 10)
    assert score_in(page) == score_in(before.get_data(as_text=True))
    refreshed = product.client.post("/panel", data={"key": unseen})
    assert refreshed.status_code == 200


def fresh_page(product: Product, key: str) -> str:
    """The panel, once it says no more that it may be old."""
    page = product.client.post("/panel", data={"key": key}).get_data(as_text=True)
    return page if "This may be out of date" not in page else ""


def test_the_panel_works_without_its_cache_and_readiness_says_so(
    open_product: Callable[..., Product], redis_door: Door, outage: Outage
) -> None:
    product = open_product(cache_url=redis_door.url, pace=500)
    run = product.application.service.start(SPACE, ring=False).run
    assert product.application.runner.work(run.run_id) is not None
    key = keys(product)[0]
    assert product.readiness()[:2] == (200, dict.fromkeys(product.readiness()[1], "ok"))

    def works() -> None:
        began = time.monotonic()
        opened = [product.client.post("/panel", data={"key": key}) for _ in range(5)]
        assert [one.status_code for one in opened] == [200] * 5
        assert time.monotonic() - began < 2
        session = {"session": opened[0].headers["Panel-Session"]}
        refreshed = product.client.post("/panel/score", data=session)
        assert refreshed.status_code == 200
        assert "cannot be reached" not in refreshed.get_data(as_text=True)
        status, checks, took = product.readiness()
        assert (status, checks["cache"], checks["database"]) == (200, "failing", "ok")
        assert took < IN_TIME

    last(redis_door, outage, works, seconds=BRIEFLY)
    assert product.readiness()[1]["cache"] == "ok"


def keys(product: Product) -> list[str]:
    """The panel keys that the sync wrote into Contacts, each of another person."""
    found = {}
    for contact in product.sandbox.contacts():
        text = contact["cf_act_on_panel_key"]
        if text:
            key = parse_panel_key(text)
            assert key is not None
            found[key.person] = text
    return sorted(found.values())


def score_in(page: str) -> str:
    """The score that a panel shows."""
    return page.partition('<span class="unseen">Score </span>')[2].partition("</p>")[0]
