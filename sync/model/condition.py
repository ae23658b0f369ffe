"""How the service as a whole is, in numbers that name nobody."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Condition:
    """For support. Minutes are whole ones; `minutes_since_cron` None: nobody ever called.

    `failures` counts runs of the last week that failed or fell short, by kind of problem;
    `free_mib` is what the disk of an embedded database has left.
    """

    database: str
    spaces: Mapping[str, int]
    spaces_due: int
    open_runs: Mapping[str, int]
    ended_last_day: Mapping[str, int]
    failures: Mapping[str, int]
    queue_depth: int
    oldest_queued_minutes: int
    minutes_since_cron: int | None
    minutes_since_success: int | None
    acton_accounts_today: int
    acton_calls_today: int
    acton_accounts_nearly_used_up: int
    clock_skew_seconds: float
    free_mib: int | None

    def as_json(self) -> dict[str, object]:
        """The numbers by name."""
        return asdict(self)
