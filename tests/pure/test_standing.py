"""How somebody may be written to: a live reading beside what webhooks reported."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.model import Standing
from sync.rules.standing import with_reported

READ = datetime(2026, 11, 1, tzinfo=UTC)
LATER, EARLIER = READ + timedelta(hours=1), READ - timedelta(hours=1)
OUT = Standing.OPTED_OUT


@pytest.mark.parametrize(
    ("marks", "read_at", "reported", "held"),
    [
        ([], None, {}, []),
        ([(OUT, EARLIER)], READ, {}, [(OUT, EARLIER)]),
        ([], READ, {OUT: (True, LATER)}, [(OUT, LATER)]),
        ([], READ, {OUT: (True, EARLIER)}, []),  # the reading came later and knew better
        ([], None, {OUT: (True, EARLIER)}, [(OUT, EARLIER)]),
        ([(OUT, EARLIER)], READ, {OUT: (False, LATER)}, []),
        ([(OUT, EARLIER)], READ, {OUT: (False, EARLIER)}, [(OUT, EARLIER)]),
        ([(OUT, EARLIER)], READ, {OUT: (True, LATER)}, [(OUT, EARLIER)]),  # known since before
        ([], None, {OUT: (False, LATER)}, []),
        (
            [(Standing.COMPLAINED, None)],
            READ,
            {OUT: (True, LATER)},
            [(OUT, LATER), (Standing.COMPLAINED, None)],
        ),
    ],
)
def test_what_came_later_counts(marks, read_at, reported, held) -> None:
    assert with_reported(marks, read_at, reported) == held
