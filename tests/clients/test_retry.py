"""How long to wait before the next try, and when to stop trying."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.http.retry import (
    RetryRule,
    Setback,
    Trouble,
    delay,
    next_utc_midnight,
    pause_until,
    read_retry_after,
)
from tests.clients.conftest import NOON

RULE = RetryRule(is_limited=lambda answer: False, resume_at=next_utc_midnight, tries=3)


def setback(trouble: Trouble = Trouble.BROKEN, retry_after: str | None = None) -> Setback:
    return Setback(trouble=trouble, phrase="", may_be_applied=False, retry_after=retry_after)


def wait(attempt: int, after: Setback, *, waited: float = 0.0, random: float = 0.5) -> float | None:
    return delay(RULE, attempt, after, waited=waited, now=NOON, random=lambda: random)


def test_each_pause_is_twice_the_last_up_to_a_bound() -> None:
    pauses = [wait(attempt, setback(Trouble.LIMITED)) for attempt in range(1, 8)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_pauses_are_spread_by_chance() -> None:
    assert wait(1, setback(), random=0.0) == 0.75
    assert wait(1, setback(), random=0.999) == pytest.approx(1.25, abs=0.01)


def test_what_is_broken_is_tried_so_many_times() -> None:
    assert wait(2, setback()) is not None
    assert wait(3, setback()) is None


def test_too_many_calls_is_a_matter_of_patience_not_of_tries() -> None:
    assert wait(50, setback(Trouble.LIMITED), waited=59.0) is not None
    assert wait(1, setback(Trouble.LIMITED), waited=60.0) is None


@pytest.mark.parametrize("trouble", Trouble)
def test_a_pause_that_was_asked_for_is_kept_up_to_a_bound(trouble: Trouble) -> None:
    assert wait(1, setback(trouble, "60")) == 60.0
    assert wait(1, setback(trouble, "61")) is None


def test_a_pause_that_was_asked_for_does_not_shorten_ours() -> None:
    assert wait(2, setback(retry_after="0")) == 2.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("7", 7.0, id="seconds"),
        pytest.param(" 7 ", 7.0, id="with-blanks"),
        pytest.param("99999999999999", 86_400.0, id="years"),
        pytest.param("Tue, 03 Mar 2026 12:00:30 GMT", 30.0, id="date"),
        pytest.param("Tue, 03 Mar 2026 13:00:30 +0100", 30.0, id="date-elsewhere"),
        pytest.param("Tue, 03 Mar 2026 12:00:30", 30.0, id="date-of-no-zone"),
        pytest.param("Mon, 02 Mar 2026 12:00:00 GMT", 0.0, id="past"),
        pytest.param("-7", None, id="negative"),
        pytest.param("soon", None, id="a-word"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="absent"),
    ],
)
def test_retry_after_comes_in_seconds_or_as_a_date(
    value: str | None, seconds: float | None
) -> None:
    assert read_retry_after(value, NOON) == seconds


@given(st.text())
def test_no_retry_after_is_beyond_reading(value: str) -> None:
    assert read_retry_after(value, NOON) is None or 0 <= read_retry_after(value, NOON) <= 86_400


@pytest.mark.parametrize(
    ("after", "moment"),
    [
        pytest.param(
            setback(retry_after="7200"), NOON + timedelta(hours=2), id="when-the-vendor-says"
        ),
        pytest.param(
            setback(Trouble.LIMITED), datetime(2026, 3, 4, tzinfo=NOON.tzinfo), id="on-the-next-day"
        ),
        pytest.param(setback(), None, id="nobody-knows"),
    ],
)
def test_after_giving_up_it_goes_on(after: Setback, moment: datetime | None) -> None:
    assert pause_until(RULE, after, NOON) == moment


def test_the_next_day_begins_in_utc() -> None:
    late = datetime(2026, 3, 3, 23, 30, tzinfo=timezone(timedelta(hours=-8)))
    assert next_utc_midnight(late).isoformat() == "2026-03-05T00:00:00+00:00"
