"""When people are looked up one by one, and what hand-offs may create."""

import pytest

from sync.model import Limit, LimitReason
from sync.rules.handing_off import left_of, look_up_is_cheaper


@pytest.mark.parametrize(
    ("people", "sizes", "cheaper"),
    [
        (1, [10, 10], True),  # a call a list either way
        (2, [10, 10], False),
        (2, [5_000, 10], True),
        (3, [5_000, 10], True),
        (4, [5_000, 10], False),
        (100, [None, 10], True),
        (0, [], True),
    ],
)
def test_the_way_with_fewer_calls_is_taken(
    people: int, sizes: list[int | None], cheaper: bool
) -> None:
    assert look_up_is_cheaper(people, sizes) is cheaper


def test_hand_offs_share_what_one_run_may_create() -> None:
    limit = Limit(leads=50, reason=LimitReason.USUAL)
    assert left_of(limit, 20) == Limit(leads=30, reason=LimitReason.USUAL)
    assert left_of(limit, 70) == Limit(leads=0, reason=LimitReason.USUAL)
    assert left_of(None, 70) is None
