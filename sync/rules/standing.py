"""How somebody may be written to: a live reading, and what webhooks reported since. Pure.

What was reported after the reading counts; before it, the reading knew better.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sync.model import Standing


def with_reported(
    marks: Sequence[tuple[Standing, datetime | None]],
    read_at: datetime | None,
    reported: Mapping[Standing, tuple[bool, datetime]],
) -> list[tuple[Standing, datetime | None]]:
    """The standings that hold, each with since when (None: not known), in a fixed order.

    `read_at` None: there was no reading.
    """
    held: dict[Standing, datetime | None] = dict(marks)
    for standing, (holds, at) in reported.items():
        if read_at is not None and at <= read_at:
            continue
        if not holds:
            held.pop(standing, None)
        elif standing not in held:
            held[standing] = at
    return [(one, held[one]) for one in Standing if one in held]
