"""When owners are told of new Leads: soon, and never in a flood. Pure.

New Leads are gathered: the first are told at once, those of the runs after that together when
some time has passed. So a big run is one message, and so are a hundred small ones within a quarter
of an hour.
"""

from datetime import datetime, timedelta
from typing import Final

APART: Final = timedelta(minutes=15)
MOST_NAMED: Final = 20


def told_at(last: datetime | None, now: datetime) -> datetime:
    """When new Leads may be told of; not after `now`: at once. `last`: when it was done last."""
    return now if last is None else max(now, last + APART)
