"""Scores at their edges, beside the table of test_small_rules.py (design §3.1, §3.15)."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import PersonRecord, ReadBy, ScoreSource
from sync.rules.scoring import (
    choose_source,
    is_score_header,
    parse_score,
    reached,
    was_read_live,
)

SCORES = st.integers(-(2**31) + 1, 2**31 - 1)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("40.5", 40),
        ("39.99", 39),
        ("-0.5", -1),
        ("+7", 7),
        ("007", 7),
        (40.9, 40),
        (str(2**31 - 1), 2**31 - 1),
        (str(2**31), None),
        (str(-(2**31)), None),
        ("-inf", None),
        ("infinity", None),
        ("0x28", None),
        ("40%", None),
        ("40 points", None),
        ("4 0", None),
        ("½", None),
        ("1.234,5", None),
        (False, None),
        ([40], None),
        (math.nan, None),
        ("0" * 41, None),
    ],
)
def test_a_score_at_the_edges(raw: object, expected: int | None) -> None:
    assert parse_score(raw) == expected


@given(SCORES, st.sampled_from(["{}", " {} ", "{}.0", "\t{}\n"]))
def test_every_whole_score_is_read_as_it_is_written(score: int, form: str) -> None:
    assert parse_score(form.format(score)) == score
    assert parse_score(score) == score


@given(st.text(max_size=50) | st.floats() | st.integers() | st.binary(max_size=5))
def test_whatever_is_in_a_cell_gives_a_score_that_can_be_stored_or_none(raw: object) -> None:
    found = parse_score(raw)
    assert found is None or (isinstance(found, int) and abs(found) <= 2**31)


@given(st.none() | SCORES, SCORES)
def test_who_reached_a_threshold_reached_every_lower_one(score: int | None, threshold: int) -> None:
    if reached(score, threshold):
        assert reached(score, threshold - 1)
        assert score is not None


@pytest.mark.parametrize(
    ("header", "holds_a_score"),
    [
        ("Lead Score", True),
        ("SCORE", True),
        ("act-on primary score", True),
        ("Points", False),
        ("", False),
    ],
)
def test_a_column_of_scores_is_known_by_its_name(header: str, holds_a_score: bool) -> None:
    assert is_score_header(header) is holds_a_score


@pytest.mark.parametrize("setting", list(ScoreSource))
@pytest.mark.parametrize("column_named", [True, False])
@pytest.mark.parametrize("has_all_contacts", [True, False])
def test_what_the_admin_chose_is_never_overruled(
    setting: ScoreSource, column_named: bool, has_all_contacts: bool
) -> None:
    chosen = choose_source(setting, column_named=column_named, has_all_contacts=has_all_contacts)
    assert chosen is setting


@pytest.mark.parametrize(
    ("read_by", "minutes", "live"),
    [
        (ReadBy.REFRESH, 1, True),
        (ReadBy.REFRESH, 0, True),
        (ReadBy.REFRESH, -1, False),
        (ReadBy.SYNC, 1, False),
    ],
)
def test_a_live_reading_counts_where_it_came_after_the_run_began_to_read(
    read_by: ReadBy, minutes: int, live: bool
) -> None:
    since = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    record = PersonRecord(
        person="p",
        address="ann@example.com",
        contact_id=None,
        score_read_at=since + timedelta(minutes=minutes),
        read_by=read_by,
    )
    assert was_read_live(record, since) is live
    assert not was_read_live(record, None)
    assert not was_read_live(replace(record, score_read_at=None), since)
    assert not was_read_live(None, since)
