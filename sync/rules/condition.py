"""What is not well with the service as a whole, from its numbers. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sync.model.condition import Condition

LEAST_FREE_MIB: Final = 500
MOST_SKEW_SECONDS: Final = 2.0
LONGEST_WITHOUT_CRON_MINUTES: Final = 60
LONGEST_WAIT_MINUTES: Final = 15


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is not well, and what to do."""

    problem: str
    hint: str


def findings_of(one: Condition) -> Iterator[Finding]:
    """What an operator should mend, the gravest first."""
    if one.free_mib is not None and one.free_mib < LEAST_FREE_MIB:
        yield Finding(
            problem=f"The disk of the database has {one.free_mib} MiB left.",
            hint="Make room: SQLite needs some to write at all.",
        )
    yield from _about_the_cron(one)
    if one.oldest_queued_minutes > LONGEST_WAIT_MINUTES:
        yield Finding(
            problem=f"A run has waited for {one.oldest_queued_minutes} minutes.",
            hint="Start a worker, or more of them.",
        )
    if one.spaces.get("needs_attention"):
        yield Finding(
            problem=f"{one.spaces['needs_attention']} spaces need their admins.",
            hint="See /operator/: each says what its admin has to mend.",
        )
    if abs(one.clock_skew_seconds) > MOST_SKEW_SECONDS:
        yield Finding(
            problem=f"The clocks of this machine and of the database differ by "
            f"{abs(one.clock_skew_seconds):.0f} s.",
            hint="Let both follow a time server.",
        )


def _about_the_cron(one: Condition) -> Iterator[Finding]:
    if not one.spaces_due:
        return
    if one.minutes_since_cron is None:
        yield Finding(
            problem="Spaces are due, and nobody has ever called POST /sync.",
            hint="Set up a cron; the README has the command.",
        )
    elif one.minutes_since_cron > LONGEST_WITHOUT_CRON_MINUTES:
        yield Finding(
            problem=f"POST /sync was called {one.minutes_since_cron} minutes ago for the last "
            "time.",
            hint="Look at the cron and at its token.",
        )
