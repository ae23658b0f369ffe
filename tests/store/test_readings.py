"""Live readings: kept compact, read by one for all who ask, and launches that are good once."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import Activity, Deed, Reading, ScoreRule, Space, Standing
from sync.store import Store
from sync.store.readings import ReadingNote, ReadingStore, pack, unpack
from tests.store.helpers import NOON, at_once

ACTIVITY = Activity(
    score=41,
    period="last 90 days",
    deeds=[
        Deed(at=NOON, verb="fs", what="Beratung – anfragen", answers=(("Warum?", "Weil"),)),
        Deed(at=None, verb="", what="", counts=False),
    ],
    rules=[ScoreRule(action="FORM", points=-5, asset_id="f-1", specific=True, profile=True)],
)
DEAD = -1.0  # seconds: a process that is no longer there began to read
SOON, LATER = timedelta(seconds=1), timedelta(minutes=5)


class Readings:
    """The readings of one space, each step in a transaction of its own, as processes take them."""

    def __init__(self, store: Store, space_id: str) -> None:
        self.store = store
        self.space_id = space_id

    def begin(
        self,
        person: str = "ann",
        *,
        newer_than: datetime = NOON,
        failed_before: datetime = NOON,
        seconds: float = 60,
    ) -> bool:
        with self.store.write() as desk:
            return desk.readings.begin(
                self.space_id,
                person,
                newer_than=newer_than,
                failed_before=failed_before,
                seconds=seconds,
            )

    def save(
        self,
        activity: Activity | None = ACTIVITY,
        *,
        at: datetime = NOON,
        marks: list[tuple[Standing, datetime | None]] | None = None,
    ) -> None:
        with self.store.write() as desk:
            desk.readings.save(self.space_id, "ann", activity, marks or [], read_at=at)

    def fail(self, failure: str = "unreachable", *, at: datetime = NOON) -> None:
        with self.store.write() as desk:
            desk.readings.fail(self.space_id, "ann", failure, now=at)

    def failure(self, *, since: datetime = NOON) -> str | None:
        return self._look(lambda drawer: drawer.failure(self.space_id, "ann", since=since))

    def note(self) -> ReadingNote | None:
        return self._look(lambda drawer: drawer.note(self.space_id, "ann"))

    def get(self) -> Reading | None:
        return self._look(lambda drawer: drawer.get(self.space_id, "ann"))

    def use(self, jti: str = "one", *, now: datetime = NOON) -> bool:
        with self.store.write() as desk:
            return desk.readings.use_launch(self.space_id, jti, expires_at=NOON + LATER, now=now)

    def _look(self, question: Callable[[ReadingStore], Any]) -> Any:
        with self.store.read() as desk:
            return question(desk.readings)


@pytest.fixture
def readings(store: Store, space: Space) -> Readings:
    return Readings(store, space.space_id)


@pytest.fixture
def others(store: Store, other_space: Space) -> Readings:
    return Readings(store, other_space.space_id)


# --- packing ------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# Instants as Act-On gives them, in whole milliseconds.
instants = st.integers(1, 253_402_300_799_000).map(
    lambda ms: datetime.fromtimestamp(ms / 1000, UTC)
)
deeds = st.builds(
    Deed,
    at=st.none() | instants,
    verb=texts,
    what=texts,
    counts=st.booleans(),
    answers=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
)
rules = st.builds(
    ScoreRule,
    action=texts,
    points=st.integers(),
    asset_id=texts,
    specific=st.booleans(),
    profile=st.booleans(),
)


@given(
    st.builds(
        Activity,
        score=st.none() | st.integers(),
        period=texts,
        deeds=st.lists(deeds, max_size=5),
        rules=st.lists(rules, max_size=5),
    )
)
def test_what_is_packed_comes_back_as_it_was(activity: Activity) -> None:
    assert unpack(pack(activity)) == activity


def test_twenty_thousand_deeds_take_less_than_a_megabyte() -> None:
    many = Activity(
        score=1,
        rules=[],
        deeds=[
            Deed(
                at=NOON - timedelta(minutes=n * 37), verb="sv", what=f"https://example.com/{n % 90}"
            )
            for n in range(20_000)
        ],
    )
    body = pack(many)
    assert len(body) < 1_000_000 < len(zlib.decompress(body))
    assert unpack(body) == many


# --- keeping ------------------------------------------------------------------------------------


def test_a_reading_is_kept_with_its_instant_and_marks(readings: Readings) -> None:
    marks = [(Standing.OPTED_OUT, NOON), (Standing.BOUNCED, None)]
    readings.save(marks=marks)
    assert readings.get() == Reading(activity=ACTIVITY, read_at=NOON)
    assert readings.note() == ReadingNote(read_at=NOON, known=True, marks=marks)


def test_nothing_was_read_of_somebody_nobody_asked_for(readings: Readings) -> None:
    assert (readings.note(), readings.get(), readings.failure()) == (None, None, None)


def test_somebody_whom_act_on_does_not_know_has_a_note_but_no_reading(readings: Readings) -> None:
    readings.save(None)
    assert readings.note() == ReadingNote(read_at=NOON, known=False, marks=[])
    assert readings.get() is None


def test_a_newer_reading_replaces_the_one_before(readings: Readings) -> None:
    readings.save(marks=[(Standing.OPTED_OUT, NOON)])
    readings.save(Activity(score=None), at=NOON + LATER)
    assert readings.get() == Reading(
        activity=Activity(score=None, deeds=[], rules=[]), read_at=NOON + LATER
    )
    note = readings.note()
    assert note is not None
    assert note.marks == []


def test_a_reading_that_only_began_is_none(readings: Readings) -> None:
    assert readings.begin()
    assert (readings.note(), readings.get()) == (None, None)


def test_spaces_do_not_see_each_others_readings(readings: Readings, others: Readings) -> None:
    readings.save()
    assert (others.note(), others.get()) == (None, None)
    assert others.begin()
    others.fail()
    assert readings.failure() is None


# --- one reads for all --------------------------------------------------------------------------


def test_one_of_many_who_ask_at_once_is_told_to_read(readings: Readings) -> None:
    for person in ("ann", "bob", "cat"):
        begun = at_once(*[lambda person=person: readings.begin(person)] * 8)
        assert sorted(begun) == [False] * 7 + [True]


def test_one_of_many_is_told_to_read_again_when_the_reading_is_old(readings: Readings) -> None:
    readings.save(at=NOON - LATER)
    begun = at_once(*[readings.begin] * 8)
    assert sorted(begun) == [False] * 7 + [True]


def test_spaces_and_people_do_not_wait_for_each_other(readings: Readings, others: Readings) -> None:
    assert readings.begin("ann")
    assert readings.begin("bob")
    assert others.begin("ann")


@pytest.mark.parametrize(
    ("age", "again"), [(-SOON, False), (timedelta(0), False), (SOON, True)], ids=str
)
def test_only_a_reading_older_than_wanted_is_read_again(
    readings: Readings, age: timedelta, again: bool
) -> None:
    readings.save(at=NOON - age)
    assert readings.begin(newer_than=NOON) is again


def test_a_reading_that_is_saved_lets_others_read_again(readings: Readings) -> None:
    assert readings.begin()
    readings.save()
    assert not readings.begin(newer_than=NOON)
    assert readings.begin(newer_than=NOON + SOON)


def test_the_flag_of_a_dead_process_ends_by_the_clock_of_the_database(readings: Readings) -> None:
    """The instants that are passed are all long ago; only the database's own clock is now."""
    assert readings.begin(seconds=DEAD)
    assert readings.begin(seconds=60)
    assert not readings.begin(seconds=60)
    assert not readings.begin(newer_than=NOON + timedelta(days=36_500))


def test_of_many_who_find_a_dead_process_one_takes_over(readings: Readings) -> None:
    assert readings.begin(seconds=DEAD)
    assert sorted(at_once(*[readings.begin] * 8)) == [False] * 7 + [True]


# --- failures -----------------------------------------------------------------------------------


def test_a_failure_is_told_to_those_who_wait_and_nobody_tries_at_once(readings: Readings) -> None:
    assert readings.begin()
    readings.fail("quota", at=NOON + SOON)
    assert readings.failure(since=NOON) == "quota"
    assert not readings.begin(failed_before=NOON)
    assert not readings.begin(failed_before=NOON + SOON)


def test_a_failure_is_forgotten_after_the_rest(readings: Readings) -> None:
    assert readings.begin()
    readings.fail(at=NOON)
    assert readings.failure(since=NOON + SOON) is None
    assert sorted(at_once(*[lambda: readings.begin(failed_before=NOON + SOON)] * 8)) == [
        False
    ] * 7 + [True]


def test_a_failure_leaves_the_last_reading_where_it_is(readings: Readings) -> None:
    readings.save(at=NOON - LATER, marks=[(Standing.BOUNCED, None)])
    assert readings.begin()
    readings.fail()
    assert readings.get() == Reading(activity=ACTIVITY, read_at=NOON - LATER)
    note = readings.note()
    assert note is not None
    assert note.marks == [(Standing.BOUNCED, None)]


def test_a_reading_ends_the_failure_before_it(readings: Readings) -> None:
    assert readings.begin()
    readings.fail(at=NOON)
    readings.save(at=NOON)
    assert readings.failure(since=NOON) is None
    assert readings.begin(newer_than=NOON + SOON, failed_before=NOON - LATER)


# --- launches -----------------------------------------------------------------------------------


def test_a_launch_is_good_once(readings: Readings) -> None:
    assert readings.use("one")
    assert not readings.use("one")
    assert readings.use("two")


def test_a_launch_used_twice_at_once_is_good_once(readings: Readings) -> None:
    assert sorted(at_once(*[readings.use] * 8)) == [False] * 7 + [True]


def test_the_same_name_in_another_space_is_another_launch(
    readings: Readings, others: Readings
) -> None:
    assert readings.use("one")
    assert others.use("one")


def test_a_second_use_spoils_nothing_else_of_its_transaction(readings: Readings) -> None:
    assert readings.use("one")
    with readings.store.write() as desk:
        first = desk.readings.use_launch(
            readings.space_id, "one", expires_at=NOON + LATER, now=NOON
        )
        desk.readings.save(readings.space_id, "ann", ACTIVITY, [], read_at=NOON)
    assert not first
    assert readings.get() is not None


def test_a_launch_is_remembered_until_it_would_have_expired(readings: Readings) -> None:
    assert readings.use("one")
    assert not readings.use("one", now=NOON + LATER)
    assert readings.use("one", now=NOON + LATER + SOON)
