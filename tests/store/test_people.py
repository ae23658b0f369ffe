"""People who are linked to a Contact: what is known now, and how their score went."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from sync.model import PersonRecord, ScoreSource, Space
from sync.store import Store
from sync.store.tables import score_history
from tests.store.helpers import NOON

ANN = PersonRecord(
    person="ann",
    address="ann@example.com",
    contact_id="C1",
    acton_contact_id="l-0001:1",
    score=40,
    score_read_at=NOON,
    score_source=ScoreSource.ALL_CONTACTS,
    panel_key_expires_at=NOON + timedelta(days=30),
    blocked=False,
)


class People:
    """The people of one space."""

    def __init__(self, store: Store, space_id: str) -> None:
        self.store = store
        self.space_id = space_id

    def save(self, *records: PersonRecord) -> None:
        with self.store.write() as desk:
            desk.people.save(self.space_id, records, now=NOON)

    def read_on(self, day: int, score: int | None) -> None:
        """Ann's score is read on that day."""
        self.save(replace(ANN, score=score, score_read_at=NOON + timedelta(days=day)))

    def known(self, *persons: str) -> dict[str, PersonRecord]:
        with self.store.read() as desk:
            return desk.people.for_persons(self.space_id, persons)

    def history(self) -> list[tuple[datetime, int | None]]:
        with self.store.database.read() as connection:
            rows = connection.execute(
                select(score_history)
                .where(score_history.c.space_id == self.space_id)
                .order_by(score_history.c.read_at)
            )
            return [(row.read_at, row.score) for row in rows]


@pytest.fixture
def people(store: Store, space: Space) -> People:
    return People(store, space.space_id)


def test_a_person_comes_back_as_saved_and_the_unknown_are_left_out(people: People) -> None:
    people.save(ANN)
    assert people.known("ann", "bob") == {"ann": ANN}


def test_saving_again_replaces_what_was_known(people: People) -> None:
    changed = PersonRecord(person="ann", address="ann@example.com", contact_id=None, blocked=True)
    people.save(ANN)
    people.save(changed)
    assert people.known("ann") == {"ann": changed}


def test_a_person_who_comes_twice_counts_as_they_came_last(people: People) -> None:
    people.save(ANN, replace(ANN, score=50))
    assert people.known("ann")["ann"].score == 50
    assert people.history() == [(NOON, 50)]


def test_spaces_do_not_see_each_others_people(people: People, other_space: Space) -> None:
    others = People(people.store, other_space.space_id)
    people.save(ANN)
    others.save(replace(ANN, score=1))
    people.read_on(1, 40)
    assert people.known("ann") == {"ann": replace(ANN, score_read_at=NOON + timedelta(days=1))}
    assert [score for _, score in people.history()] == [40]


def test_the_history_grows_only_when_the_score_has_changed(people: People) -> None:
    for day, score in enumerate([40, 40, 55, 40, None, None, 0]):
        people.read_on(day, score)
    assert people.history() == [
        (NOON, 40),
        (NOON + timedelta(days=2), 55),
        (NOON + timedelta(days=3), 40),
        (NOON + timedelta(days=4), None),
        (NOON + timedelta(days=6), 0),
    ]


def test_a_person_whose_score_was_never_read_has_no_history(people: People) -> None:
    people.save(replace(ANN, score=None, score_read_at=None, score_source=None))
    assert people.history() == []


def test_more_people_than_fit_one_question_are_found(people: People) -> None:
    many = {f"person {number}": replace(ANN, person=f"person {number}") for number in range(1_200)}
    people.save(*many.values())
    assert people.known(*many) == many
