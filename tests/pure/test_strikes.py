"""Three strikes: which runs count, and what forgives."""

from datetime import date, datetime, timedelta

import pytest

from sync.model import Problem, Remedy, Run, RunStatus, Trigger
from sync.rules.strikes import REMEDIES, needs_attention, remedy_of, strikes
from tests.pure.builders import NOON

REFUSED, OWNER, AWAY = "acton_credentials", "owner_unknown", "unavailable"
GOOD, PARTIAL, CANCELLED = RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.CANCELLED


def runs(*ends: str | RunStatus) -> list[Run]:
    """Runs a day apart, newest first as the ledger gives them; told oldest first."""
    made = [one_run(number, end) for number, end in enumerate(ends)]
    return made[::-1]


def one_run(number: int, end: str | RunStatus) -> Run:
    failed = not isinstance(end, RunStatus)
    return Run(
        run_id=number,
        space_id="acme",
        local_date=date(2026, 3, 3),
        trigger=Trigger.DAILY,
        status=RunStatus.FAILED if failed else end,
        queued_at=day(number),
        finished_at=day(number),
        problem=Problem(kind=end, message=f"{end} {number}") if failed else None,
    )


def day(number: int) -> datetime:
    return NOON + timedelta(days=number)


@pytest.mark.parametrize(
    ("ended", "count"),
    [
        (runs(), 0),
        (runs(REFUSED), 1),
        (runs(REFUSED, REFUSED, REFUSED), 3),
        (runs(REFUSED, "pipeliner_credentials", OWNER), 3),
        (runs(REFUSED, REFUSED, GOOD), 0),
        (runs(REFUSED, REFUSED, GOOD, REFUSED), 1),
        (runs(REFUSED, REFUSED, PARTIAL, REFUSED), 1),
        (runs(AWAY, AWAY, AWAY, AWAY), 0),
        (runs(REFUSED, AWAY, REFUSED, AWAY, REFUSED), 3),
        (runs(REFUSED, CANCELLED, REFUSED), 2),
        (runs("bug", "unexpected_answer", "answer_lost", "deadline", "database"), 0),
        (runs("acton_client", "acton_client", "acton_client"), 0),
    ],
    ids=lambda value: (
        " ".join(one.problem.kind if one.problem else one.status for one in value)
        if isinstance(value, list)
        else ""
    ),
)
def test_only_failures_in_a_row_that_a_person_must_mend_are_strikes(
    ended: list[Run], count: int
) -> None:
    assert len(strikes(ended, None)) == count
    assert (needs_attention(ended, None) is not None) == (count >= 3)


def test_the_reason_is_that_of_the_last_run() -> None:
    problem = needs_attention(runs(OWNER, OWNER, REFUSED), None)
    assert problem is not None
    assert problem.kind == REFUSED


@pytest.mark.parametrize(("mended_on", "count"), [(-1, 3), (0, 3), (1, 2), (2, 1), (3, 0)])
def test_runs_asked_for_before_somebody_mended_something_do_not_count(
    mended_on: int, count: int
) -> None:
    assert len(strikes(runs(REFUSED, REFUSED, REFUSED), day(mended_on))) == count


@pytest.mark.parametrize("kind", REMEDIES)
def test_every_kind_of_strike_has_its_remedy(kind: str) -> None:
    assert remedy_of(one_run(1, kind)) is REMEDIES[kind]


@pytest.mark.parametrize("end", [GOOD, PARTIAL, CANCELLED, AWAY, "acton_client"])
def test_what_no_admin_has_to_mend_has_no_remedy(end: str | RunStatus) -> None:
    assert remedy_of(one_run(1, end)) is None
    assert remedy_of(None) is None


def test_each_vendors_access_has_a_remedy_of_its_own() -> None:
    assert remedy_of(one_run(1, "acton_credentials")) is Remedy.CONNECT_ACTON
    assert remedy_of(one_run(1, "pipeliner_credentials")) is Remedy.REPLACE_KEY
