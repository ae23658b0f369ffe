"""The volume guard: how many Leads a run may create without asking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import Limit, LimitReason, Volume
from sync.rules.volume import LEAST, a_tenth_more, first_run_limit, limit_of

OWN, FIRST_RUNS = LimitReason.OWN, LimitReason.FIRST_RUNS
USUAL, APPROVED = LimitReason.USUAL, LimitReason.APPROVED


@pytest.mark.parametrize(
    ("volume", "own", "expected"),
    [
        # its own limit goes before everything
        (Volume(), 7, (7, OWN)),
        (Volume(), 0, (0, OWN)),
        (Volume(runs=3, created=(100, 100, 100)), 7, (7, OWN)),
        (Volume(first_run_limit=220), 1000, (1000, OWN)),
        # imported by file: none until three runs are behind it
        (Volume(), None, None),
        (Volume(runs=2, created=(1, 2)), None, None),
        (Volume(runs=3, created=(0, 0, 0)), None, (50, USUAL)),
        # activated through the pages: what the preview showed, plus a tenth
        (Volume(first_run_limit=220), None, (220, FIRST_RUNS)),
        (Volume(first_run_limit=4), None, (4, FIRST_RUNS)),
        (Volume(first_run_limit=4, runs=1, created=(3,)), None, (50, FIRST_RUNS)),
        (Volume(first_run_limit=220, runs=2, created=(200, 1)), None, (220, FIRST_RUNS)),
        (Volume(first_run_limit=220, runs=3, created=(200, 1, 0)), None, (50, USUAL)),
        # five times the median of 30 days, rounded up, and no less than 50
        (Volume(runs=3, created=(10, 10, 10)), None, (50, USUAL)),
        (Volume(runs=3, created=(5000, 11, 10)), None, (55, USUAL)),
        (Volume(runs=3, created=(100, 31, 20, 0)), None, (128, USUAL)),
        (Volume(runs=3, created=(20,)), None, (100, USUAL)),
        (Volume(runs=3, created=()), None, (50, USUAL)),
        # what was approved, plus a tenth, where that is more
        (Volume(approved=60), 5, (66, APPROVED)),
        (Volume(approved=3), 0, (4, APPROVED)),
        (Volume(approved=60), 66, (66, OWN)),
        (Volume(first_run_limit=11, approved=20), None, (22, APPROVED)),
        (Volume(runs=3, created=(1, 1, 1), approved=1000), None, (1100, APPROVED)),
        (Volume(approved=60), None, None),
    ],
)
def test_the_limit_of_a_run(
    volume: Volume, own: int | None, expected: tuple[int, LimitReason] | None
) -> None:
    limit = Limit(leads=expected[0], reason=expected[1]) if expected else None
    assert limit_of(volume, own) == limit


@pytest.mark.parametrize(
    ("shown", "limit"), [(None, 50), (0, 0), (1, 2), (10, 11), (11, 13), (200, 220), (1001, 1102)]
)
def test_the_first_run_may_create_what_the_preview_showed_plus_a_tenth(
    shown: int | None, limit: int
) -> None:
    assert first_run_limit(shown) == limit


@given(st.integers(0, 10**9))
def test_a_tenth_more_is_exact_and_never_less_than_it_says(leads: int) -> None:
    more = a_tenth_more(leads)
    assert 10 * (more - 1) < 11 * leads <= 10 * more


@given(st.lists(st.integers(0, 10**6), max_size=40), st.integers(3, 40))
def test_so_few_leads_never_need_a_word_once_runs_are_behind_a_space(
    created: list[int], runs: int
) -> None:
    limit = limit_of(Volume(runs=runs, created=created), None)
    assert limit is not None
    assert limit.leads >= LEAST
