"""When to try again, and how long to wait before: data, and a pure function over it.

1. A vendor that asks for a pause (Retry-After) gets it, up to a bound; beyond it nobody sleeps, the
   run is paused instead.
2. "Too many calls" is a matter of patience, not of tries: it ends when we have waited too long.
3. Everything else that failed is tried a few times, each pause twice the last, spread by chance so
   that many workers do not return together; and not again where most of the day's calls are used
   (`Allowance.may_retry`). A refusal for too many calls is no failed try in that sense: it says
   nothing about the vendor's health, and giving up would cost the day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final, TypeAlias

from sync.http.answer import Answer

Random: TypeAlias = Callable[[], float]  # at least 0.0, below 1.0

LONGEST_PAUSE: Final = timedelta(days=1)  # a Retry-After of years is a mistake, not a wish


class Trouble(StrEnum):
    """Why a try did not count."""

    LIMITED = "limited"  # too many calls: nothing is wrong but the pace
    BROKEN = "broken"  # no connection, no answer, or 5xx


@dataclass(frozen=True, kw_only=True)
class RetryRule:
    """How patient to be with one vendor. Times in seconds.

    `is_limited` knows the vendor's ways of saying "too many"; `resume_at` when it means the day.
    """

    is_limited: Callable[[Answer], bool]
    resume_at: Callable[[datetime], datetime]
    tries: int = 5
    first: float = 1.0
    most: float = 30.0
    longest_retry_after: float = 60.0
    patience: float = 60.0
    judges_day: bool = True  # "too many" that outlasts our patience means the day, not the moment


@dataclass(frozen=True, kw_only=True)
class Setback:
    """One try that did not count. `may_be_applied`: the request may have taken effect."""

    trouble: Trouble
    phrase: str  # what happened, as it goes on after the vendor's name
    may_be_applied: bool
    retry_after: str | None = None


def delay(
    rule: RetryRule,
    attempt: int,
    setback: Setback,
    *,
    waited: float,
    now: datetime,
    random: Random,
) -> float | None:
    """Seconds to wait after the `attempt`th such setback (1 for the first); None: give up.

    `waited` is how long this call has been held up already.
    """
    wanted = read_retry_after(setback.retry_after, now)
    if wanted is not None and wanted > rule.longest_retry_after:
        return None
    if setback.trouble is Trouble.BROKEN and attempt >= rule.tries:
        return None
    if setback.trouble is Trouble.LIMITED and waited >= rule.patience:
        return None
    step = min(rule.first * 2.0 ** min(attempt - 1, 30), rule.most)
    return max(wanted or 0.0, step * (0.75 + 0.5 * random()))


def pause_until(rule: RetryRule, setback: Setback, now: datetime) -> datetime | None:
    """When to go on after giving up; None where nobody knows."""
    wanted = read_retry_after(setback.retry_after, now)
    if wanted is not None and wanted > rule.longest_retry_after:
        return now + min(timedelta(seconds=wanted), LONGEST_PAUSE)
    means_the_day = setback.trouble is Trouble.LIMITED and rule.judges_day
    return rule.resume_at(now) if means_the_day else None


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds from now that a Retry-After header means, never negative; None where it is none."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(min(int(text[:12]), LONGEST_PAUSE.total_seconds()))
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(0.0, min(seconds, LONGEST_PAUSE.total_seconds()))


def next_utc_midnight(now: datetime) -> datetime:
    """When a day's calls begin anew, where a vendor does not say in which zone its day is."""
    return datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), UTC) + timedelta(
        days=1
    )
