"""A few calls a day and many people: the run takes the days it needs, and says so.

The budget is the real one; only its clock is the story's. The sync may use 95 % of a day's calls,
people all of them.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sync.cli.text import run_summary
from sync.errors import TryLater
from sync.model import Run, RunStatus, Trigger, run_json
from sync.panel import Panel, PanelOptions, PanelView, Pass, TroubleKind
from sync.rules.keys import person_digest
from tests.databases import Server
from tests.reliability.small_budget import BEGIN, HOT, SmallBudget

PEOPLE, BUDGET = 160, 40
FOR_THE_SYNC = 38
FIRST_CALLS = 3  # the account's score fields, the listing, the one page of the list


@pytest.fixture
def house(tmp_path: Path, sqlite: Server) -> Iterator[SmallBudget]:
    made = SmallBudget(tmp_path, people=PEOPLE, budget=BUDGET, url=sqlite.lend())
    yield made
    made.store.database.close()


@pytest.fixture
def house_on_both(tmp_path: Path, server: Server) -> Iterator[SmallBudget]:
    """The same on SQLite and on PostgreSQL."""
    made = SmallBudget(tmp_path, people=PEOPLE, budget=BUDGET, url=server.lend())
    yield made
    made.store.database.close()


def refresh(house: SmallBudget, place: int) -> PanelView:
    """Somebody presses Refresh for the person at this place of the list."""
    panel = Panel(
        house.store,
        lambda space, deadline: house.connections(),
        house.keyring,
        PanelOptions(),
        now=lambda: house.time,
        sleep=lambda seconds: None,
    )
    person = person_digest(house.space.space_id, f"p{place}@example.com")
    return panel.refresh(
        Pass(space_id=house.space.space_id, epoch=1, person=person, opened_at=house.time)
    )


def test_a_run_of_many_days_is_one_run_and_completes(house_on_both: SmallBudget) -> None:
    house = house_on_both
    days = list(house.live_through(most_days=10))
    assert [one.status for one in days] == [RunStatus.PAUSED] * 4 + [RunStatus.SUCCEEDED]
    run = days[-1]
    assert {one.run_id for one in days} == {run.run_id}
    assert (run.resumed, run.problem, run.resume_at) == (4, None, None)
    assert (run.trigger, run.local_date) == (Trigger.DAILY, BEGIN.date())
    hot = len(range(0, PEOPLE, HOT))
    assert run.counts.adds_up
    assert (run.counts.rows, run.counts.people, run.counts.at_threshold) == (PEOPLE, PEOPLE, hot)
    assert run.counts.created == len(house.pipeliner.leads) == hot
    assert run.counts.skipped == {"below_threshold": PEOPLE - hot}
    assert len(house.asked_for()) == PEOPLE  # each once
    # Whether the account has All Contacts is asked each day anew, the listing and rows once.
    assert run.acton_calls == PEOPLE + FIRST_CALLS + 4


def test_those_modified_last_are_asked_for_first_and_have_their_leads_first(
    house: SmallBudget,
) -> None:
    first, *_ = house.live_through(most_days=1)
    asked = FOR_THE_SYNC - FIRST_CALLS
    assert house.asked_for() == list(range(PEOPLE - 1, PEOPLE - 1 - asked, -1))
    hot = [place for place in house.asked_for() if place % HOT == 0]
    assert first.counts.created == len(hot)
    assert house.pipeliner.lead_names() == sorted(f"p{n}@example.com (Spring)" for n in hot)
    list(house.live_through(most_days=10))
    assert house.asked_for() == list(range(PEOPLE - 1, -1, -1))


def test_a_paused_run_says_why_and_until_when(house: SmallBudget) -> None:
    run, *_ = house.live_through(most_days=1)
    assert run.problem is not None
    assert run.problem.kind == "quota"
    assert run.problem.message == (
        "The 40 calls allowed are used up but the 2 kept for people; "
        "the next may be sent at 2026-03-04 00:00 UTC."
    )
    shown = run_json(run)
    assert (shown["status"], shown["resumed"], shown["finished_at"]) == ("paused", 0, None)
    assert "2026-03-04 00:00 UTC" in str(shown["error"])
    assert "Continues at 2026-03-04 00:00 UTC." in list(run_summary(run))


def test_while_a_run_waits_the_dates_that_pass_start_no_other(house: SmallBudget) -> None:
    days: list[Run] = []
    for run in house.live_through(most_days=10):
        days.append(run)
        started = house.cron_calls()
        assert [one.started for one in started] == [False] * len(started)
    with house.store.read() as desk:
        assert len(desk.runs.of_space(house.space.space_id, 100)) == 1
    house.time += timedelta(hours=3)
    [next_run] = house.cron_calls()  # of the date on which the long one ended
    assert next_run.started
    assert next_run.run.local_date == days[-1].local_date + timedelta(days=len(days) - 1)


def test_people_may_press_refresh_on_days_that_the_sync_uses_up(house: SmallBudget) -> None:
    list(house.live_through(most_days=1))
    house.time -= timedelta(hours=20)  # the same day, a few hours after the sync has paused
    hot = [place for place in house.asked_for() if place % HOT == 0]
    for place in hot[: BUDGET - FOR_THE_SYNC]:
        view = refresh(house, place)
        assert (view.score, view.live, view.trouble) == (50, True, None)
    last = refresh(house, hot[BUDGET - FOR_THE_SYNC])
    assert last.trouble is not None
    assert last.trouble.kind is TroubleKind.QUOTA
    assert house.allowance().used() == BUDGET


def test_what_people_used_is_missing_for_the_sync_and_for_no_one_else(house: SmallBudget) -> None:
    for _ in range(20):
        house.allowance().take(interactive=True)
    list(house.live_through(most_days=1))
    assert len(house.asked_for()) == FOR_THE_SYNC - FIRST_CALLS - 20


def test_a_call_that_fails_costs_one_of_many_days_nothing_but_its_row(house: SmallBudget) -> None:
    fetch_score, failing = house.acton.fetch_score, {f"l-0001:{place:x}" for place in (7, 140)}

    def sometimes_away(list_id: str, record_id: str) -> object:
        reading = fetch_score(list_id, record_id)
        if record_id in failing:
            raise TryLater("Act-On answered with the error 502, and was not asked again.")
        return reading

    house.acton.fetch_score = sometimes_away  # type: ignore[assignment, method-assign]
    *_, run = house.live_through(most_days=10)
    assert run.status is RunStatus.PARTIAL
    assert run.counts.failed == {"score_unreadable": 2}
    assert run.counts.adds_up
    assert run.counts.created == len(range(0, PEOPLE, HOT)) - 2


def test_an_operator_who_raises_the_budget_lets_it_go_on_at_once(house: SmallBudget) -> None:
    paused, *_ = house.live_through(most_days=1)
    house.budget = 10_000
    house.acton._allowance = house.allowance()
    started = house.service().start(house.space.space_id)
    assert (started.run.run_id, started.started) == (paused.run_id, False)
    run = house.finish(paused.run_id)
    assert (run.status, run.resumed) == (RunStatus.SUCCEEDED, 1)
    assert replace(run.counts, skipped={}).created == len(house.pipeliner.leads)
