"""Which points of a score's history are enough."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.rules.retention import superfluous

MONDAY = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
INSTANTS = st.lists(st.integers(0, 4_000), unique=True).map(
    lambda days: [MONDAY + timedelta(days=day, hours=day % 24) for day in sorted(days)]
)


def days(*numbers: int) -> list[datetime]:
    return [MONDAY + timedelta(days=number) for number in numbers]


def test_of_each_week_the_last_remains() -> None:
    assert superfluous(days(0, 1, 6, 7, 20, 21)) == days(0, 1)


def test_a_week_over_the_turn_of_the_year_is_one_week() -> None:
    last_days = datetime(2025, 12, 29, tzinfo=UTC), datetime(2026, 1, 4, tzinfo=UTC)
    assert superfluous(last_days) == [last_days[0]]


def test_nothing_of_nothing_is_superfluous() -> None:
    assert superfluous([]) == []


@given(INSTANTS)
def test_what_was_thinned_once_is_not_thinned_again(instants: list[datetime]) -> None:
    gone = set(superfluous(instants))
    kept = [at for at in instants if at not in gone]
    assert superfluous(kept) == []
    assert kept[-1:] == instants[-1:]
    assert {at.isocalendar()[:2] for at in kept} == {at.isocalendar()[:2] for at in instants}
