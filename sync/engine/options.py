"""The engine's own settings, handed over as one value."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """How a run is done. Times in seconds unless they say otherwise."""

    lease_seconds: float = 60  # design §3.13
    heartbeat_seconds: float = 15
    turn_seconds: float = 20  # then a run makes way for those that wait
    settle_seconds: float = 5  # how long a write whose answer was lost may still be taking effect
    lost_answers: int = 3  # in a row; then the vendor is taken to be unreachable
    name_limit: int = 255  # Pipeliner's own limit is not documented
    panel_key_life: timedelta = timedelta(days=30)  # design §4
    crm_overlap: timedelta = timedelta(minutes=5)  # read again, so that nothing slips between reads
    calls_at_once: int = 1  # of those that only read; with 1 no page is fetched ahead
    batch_size: int = 100  # the largest page Pipeliner documents; no larger batch is documented
    list_restarts: int = 2  # how often a list that moves while it is read is read from its top
    unreadable_scores: int = 20  # in a row; then Act-On is taken not to make sense
    unanswered_scores: int = 3  # in a row; then Act-On is taken to be unreachable
    failed_lists: int = 3  # in a row; then Act-On is taken to be unreachable
