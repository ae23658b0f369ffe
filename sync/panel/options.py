"""The panel's own settings, handed over as one value."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class PanelOptions:
    """How patient and how eager the panel is.

    `audience`: whom launch tokens must be meant for; None: there are no launches. The templates of
    addresses hold `{space}`, `{collection}` and `{id}` (Pipeliner), and `{domain}`, `{email}` and
    `{record}` (Act-On).
    """

    audience: str | None = None
    deadline_seconds: float = 10  # a person waits no longer than that
    fresh: timedelta = timedelta(minutes=5)  # a reading so young is not read again
    cooldown: timedelta = timedelta(seconds=30)  # between two presses of Refresh
    rest: timedelta = timedelta(seconds=5)  # after a failure, before Act-On is asked again
    session_life: timedelta = timedelta(minutes=15)
    session_most: timedelta = timedelta(hours=8)
    launch_life: timedelta = timedelta(minutes=5)
    key_life: timedelta = timedelta(days=30)
    record_url: str | None = None
    person_url: str | None = None
