"""What the panel asks of the store: the way of a score, lists, crossings, gates and launch keys."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from sync.errors import SetupError, TryLater
from sync.keyring import Keyring, generate_key
from sync.model import (
    CrmLead,
    Crossed,
    LaunchAlgorithm,
    LaunchKey,
    LinkState,
    NewLink,
    PanelGate,
    PersonRecord,
    ReadBy,
    RunStatus,
    ScoreSource,
    Space,
    SpaceStatus,
    Trigger,
)
from sync.store import Store
from sync.store.tables import outcomes, run_lists, runs, spaces
from tests.store.helpers import NOON

ANN = PersonRecord(
    person="ann",
    address="ann@example.com",
    contact_id="C1",
    score=40,
    score_read_at=NOON,
    score_source=ScoreSource.ALL_CONTACTS,
)
SECRET = LaunchKey(algorithm=LaunchAlgorithm.HS256, key="a secret that both of us know")


class Desk:
    """One space of a store, and the verbs of what happens in it."""

    def __init__(self, store: Store, space_id: str) -> None:
        self.store = store
        self.space_id = space_id

    def save(self, *records: PersonRecord) -> None:
        with self.store.write() as desk:
            desk.people.save(self.space_id, records, now=NOON)

    def read_on(self, day: float, score: int | None, person: str = "ann") -> None:
        """The person's score is read on that day."""
        at = NOON + timedelta(days=day)
        self.save(replace(ANN, person=person, score=score, score_read_at=at))

    def history(self, since_day: float) -> list[tuple[float, int | None]]:
        with self.store.read() as desk:
            since = NOON + timedelta(days=since_day)
            found = desk.people.history(self.space_id, "ann", since=since)
        return [((at - NOON) / timedelta(days=1), score) for at, score in found]

    def of_contact(self, contact_id: str) -> PersonRecord | None:
        with self.store.read() as desk:
            return desk.people.of_contact(self.space_id, contact_id)

    def run(self, status: RunStatus, *, day: int = 3, lists: dict[str, list[str]]) -> int:
        """A run that ended so, and met these people in these lists."""
        with self.store.write() as desk:
            run, _ = desk.runs.ask(self.space_id, date(2026, 3, day), Trigger.MANUAL, now=NOON)
            desk.connection.execute(
                update(runs).where(runs.c.run_id == run.run_id).values(status=status.value)
            )
            for list_no, (name, persons) in enumerate(lists.items()):
                desk.connection.execute(
                    insert(run_lists).values(
                        run_id=run.run_id,
                        list_no=list_no,
                        list_id=f"l-{list_no}",
                        name=name,
                        state="read",
                        next_offset=0,
                        restarts=0,
                    )
                )
                for position, person in enumerate(persons):
                    desk.connection.execute(
                        insert(outcomes).values(
                            run_id=run.run_id,
                            list_no=list_no,
                            position=position,
                            record_id="r",
                            person=person.removesuffix(" low"),
                            kept=not person.endswith(" low"),
                        )
                    )
        return run.run_id

    def lists(self, person: str = "ann") -> list[str]:
        with self.store.read() as desk:
            return desk.people.lists(self.space_id, person)

    def link(
        self, list_name: str, *, at: datetime = NOON, run_id: int | None = None, **changes: object
    ) -> None:
        new = NewLink(
            list_id=f"l-{list_name}",
            person="ann",
            key=f"key {list_name}",
            state=LinkState.LINKED,
            lead_id=f"L {list_name}",
            contact_id="C1",
            lead_name=f"Ann ({list_name})",
            list_name=list_name,
            run_id=run_id,
        )
        with self.store.write() as desk:
            desk.links.save(self.space_id, [replace(new, **changes)], now=at)

    def lead(self, lead_id: str, *, score: int | None = None, deleted: bool = False) -> None:
        """Reading Pipeliner shows that Lead."""
        lead = CrmLead(lead_id=lead_id, modified=NOON, deleted=deleted, open=True, score=score)
        with self.store.write() as desk:
            desk.crm.save_leads(self.space_id, [lead], lambda address: None)

    def crossed(self) -> list[Crossed]:
        with self.store.read() as desk:
            return desk.links.of_person(self.space_id, "ann")

    def set_launch_key(self, key: LaunchKey = SECRET) -> None:
        with self.store.write() as desk:
            desk.spaces.save_launch_key(self.space_id, key)

    def launch_key(self) -> LaunchKey | None:
        with self.store.read() as desk:
            return desk.spaces.launch_key(self.space_id)

    def sealed_key(self) -> str | None:
        with self.store.read() as desk:
            return desk.connection.scalar(
                select(spaces.c.launch_key_sealed).where(spaces.c.space_id == self.space_id)
            )


@pytest.fixture
def desk(store: Store, space: Space) -> Desk:
    return Desk(store, space.space_id)


@pytest.fixture
def other(store: Store, other_space: Space) -> Desk:
    return Desk(store, other_space.space_id)


# --- the way of a score -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since_day", "found"),
    [
        (-1, [(0, 10), (5, 20), (9, 30)]),
        (0, [(0, 10), (5, 20), (9, 30)]),
        (4.9, [(0, 10), (5, 20), (9, 30)]),
        (5, [(5, 20), (9, 30)]),
        (5.1, [(5, 20), (9, 30)]),
        (9, [(9, 30)]),
        (99, [(9, 30)]),
    ],
)
def test_the_way_of_a_score_begins_with_what_it_was_then(
    desk: Desk, since_day: float, found: list[tuple[float, int]]
) -> None:
    for day, score in ((0, 10), (5, 20), (9, 30)):
        desk.read_on(day, score)
    assert desk.history(since_day) == found


def test_a_score_that_went_away_is_part_of_its_way(desk: Desk) -> None:
    for day, score in ((0, 10), (1, None), (2, 10)):
        desk.read_on(day, score)
    assert desk.history(0) == [(0, 10), (1, None), (2, 10)]


def test_the_way_of_a_score_is_that_of_one_person_in_one_space(desk: Desk, other: Desk) -> None:
    desk.read_on(0, 10)
    desk.read_on(1, 77, person="bob")
    other.read_on(1, 99)
    assert desk.history(1) == [(0, 10)]


def test_somebody_unknown_has_no_way(desk: Desk) -> None:
    assert desk.history(0) == []


# --- the person of a Contact --------------------------------------------------------------------


def test_the_person_of_a_contact_comes_back_as_saved(desk: Desk) -> None:
    read_live = replace(ANN, read_by=ReadBy.REFRESH, acton_contact_id="l-1:7")
    desk.save(read_live)
    assert desk.of_contact("C1") == read_live


def test_of_several_people_of_a_contact_the_highest_score_counts(desk: Desk) -> None:
    desk.save(
        replace(ANN, person="none", score=None),
        replace(ANN, person="low", score=-1),
        replace(ANN, person="high b", score=50),
        replace(ANN, person="high a", score=50),
        replace(ANN, person="elsewhere", score=99, contact_id="C2"),
    )
    found = desk.of_contact("C1")
    assert found is not None
    assert found.person == "high a"


def test_a_person_without_a_score_is_better_than_nobody(desk: Desk) -> None:
    desk.save(replace(ANN, score=None))
    found = desk.of_contact("C1")
    assert found is not None
    assert found.score is None


@pytest.mark.parametrize("contact_id", ["C2", "", "c1", "C1 ", "%"])
def test_a_contact_of_nobody_has_no_person(desk: Desk, contact_id: str) -> None:
    desk.save(ANN, replace(ANN, person="bob", contact_id=None))
    assert desk.of_contact(contact_id) is None


def test_a_contact_of_another_space_has_no_person_here(desk: Desk, other: Desk) -> None:
    other.save(ANN)
    assert desk.of_contact("C1") is None


# --- lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.PARTIAL])
def test_the_lists_are_those_of_the_latest_finished_run_in_its_order(
    desk: Desk, status: RunStatus
) -> None:
    desk.run(RunStatus.SUCCEEDED, lists={"Old": ["ann"]})
    desk.run(status, lists={"Spring": ["ann"], "Empty": ["bob"], "Autumn": ["ann", "bob"]})
    assert desk.lists() == ["Spring", "Autumn"]


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.RUNNING])
def test_a_run_that_did_not_finish_says_nothing_about_lists(desk: Desk, status: RunStatus) -> None:
    desk.run(RunStatus.SUCCEEDED, lists={"Spring": ["ann"]})
    desk.run(status, lists={"Autumn": ["ann"]})
    assert desk.lists() == ["Spring"]


def test_a_list_is_named_once_however_often_the_person_is_in_it(desk: Desk) -> None:
    desk.run(RunStatus.SUCCEEDED, lists={"Spring": ["ann", "ann"]})
    assert desk.lists() == ["Spring"]


def test_rows_below_the_threshold_name_no_list(desk: Desk) -> None:
    desk.run(RunStatus.SUCCEEDED, lists={"Spring": ["ann low"], "Autumn": ["ann"]})
    assert desk.lists() == ["Autumn"]


def test_lists_of_another_spaces_run_are_not_seen(desk: Desk, other: Desk) -> None:
    desk.run(RunStatus.SUCCEEDED, lists={"Spring": ["ann"]})
    other.run(RunStatus.SUCCEEDED, lists={"Secret": ["ann"]})
    assert desk.lists() == ["Spring"]
    assert desk.lists("bob") == []


# --- crossings ----------------------------------------------------------------------------------


def test_a_crossing_tells_list_run_and_lead(desk: Desk) -> None:
    run_id = desk.run(RunStatus.SUCCEEDED, lists={})
    desk.link("Spring", run_id=run_id)
    desk.lead("L Spring", score=41)
    assert desk.crossed() == [
        Crossed(
            list_id="l-Spring",
            list_name="Spring",
            key="key Spring",
            state=LinkState.LINKED,
            lead_id="L Spring",
            lead_name="Ann (Spring)",
            lead_score=41,
            lead_deleted=False,
            crossed_at=NOON,
            run_id=run_id,
            run_date=date(2026, 3, 3),
        )
    ]


def test_the_latest_crossing_comes_first(desk: Desk) -> None:
    desk.link("b")
    desk.link("a")
    desk.link("new", at=NOON + timedelta(days=1))
    desk.link("somebody else", person="bob")
    assert [one.list_name for one in desk.crossed()] == ["new", "a", "b"]


def test_a_crossing_stays_when_its_run_and_lead_are_not_known(desk: Desk) -> None:
    desk.link("Spring", state=LinkState.CREATING, lead_id=None)
    [one] = desk.crossed()
    assert (one.run_date, one.lead_id, one.lead_score, one.lead_deleted) == (
        None,
        None,
        None,
        False,
    )


def test_a_lead_is_deleted_by_our_index_or_by_the_link(desk: Desk) -> None:
    desk.link("indexed", at=NOON + timedelta(days=2))
    desk.lead("L indexed", deleted=True)
    desk.link("tombstone", at=NOON + timedelta(days=1), state=LinkState.TOMBSTONE)
    desk.link("alive")
    desk.lead("L alive")
    assert [(one.list_name, one.lead_deleted) for one in desk.crossed()] == [
        ("indexed", True),
        ("tombstone", True),
        ("alive", False),
    ]


def test_crossings_and_leads_of_another_space_are_not_seen(desk: Desk, other: Desk) -> None:
    desk.link("Spring")
    other.link("Secret")
    other.lead("L Spring", score=99, deleted=True)
    [one] = desk.crossed()
    assert (one.list_name, one.lead_score, one.lead_deleted) == ("Spring", None, False)


# --- gates and launch keys ----------------------------------------------------------------------


def test_the_gate_tells_state_and_epoch(desk: Desk) -> None:
    with desk.store.write() as drawers:
        drawers.spaces.set_status(desk.space_id, SpaceStatus.SUSPENDED)
        drawers.spaces.raise_panel_epoch(desk.space_id, now=NOON)
    with desk.store.read() as drawers:
        gate = drawers.spaces.gate(desk.space_id)
    assert gate is not None
    assert (gate.space_id, gate.status, gate.epoch) == (desk.space_id, SpaceStatus.SUSPENDED, 2)


def test_a_glance_at_the_gate_sees_what_anybody_has_just_changed(desk: Desk) -> None:
    assert desk.store.gate(desk.space_id) == PanelGate(
        space_id=desk.space_id, status=SpaceStatus.RUNNING, epoch=1
    )
    for epoch in (2, 3):
        with desk.store.write() as drawers:
            drawers.spaces.raise_panel_epoch(desk.space_id, now=NOON)
        found = desk.store.gate(desk.space_id)
        assert found is not None
        assert found.epoch == epoch


def test_glancing_from_many_threads_at_once_takes_no_connection_from_others(desk: Desk) -> None:
    with ThreadPoolExecutor(max_workers=40) as threads:
        found = list(threads.map(desk.store.gate, [desk.space_id] * 400))
    assert {gate.epoch for gate in found if gate} == {1}
    assert len(found) == 400
    desk.store.database.close()
    assert desk.store.gate(desk.space_id) is not None


def test_a_glance_at_a_database_that_is_not_ready_says_what_is_wrong(empty: Store) -> None:
    with pytest.raises(TryLater) as problem:
        empty.gate("acme_sales")
    assert problem.value.kind == "migrations"


def test_where_there_is_no_space_there_is_neither_gate_nor_key(store: Store) -> None:
    assert store.gate("acme_sales") is None
    with store.read() as desk:
        assert desk.spaces.gate("acme_sales") is None
        assert desk.spaces.launch_key("acme_sales") is None


def test_a_space_has_no_launch_key_until_one_is_set(desk: Desk, other: Desk) -> None:
    other.set_launch_key()
    assert desk.launch_key() is None


def test_a_launch_key_comes_back_as_set_and_the_next_replaces_it(desk: Desk) -> None:
    desk.set_launch_key()
    assert desk.launch_key() == SECRET
    other = LaunchKey(algorithm=LaunchAlgorithm.RS256, key="-----BEGIN PUBLIC KEY-----")
    desk.set_launch_key(other)
    assert desk.launch_key() == other


def test_a_launch_key_is_stored_sealed_and_shows_nowhere(desk: Desk) -> None:
    desk.set_launch_key()
    sealed = desk.sealed_key()
    assert sealed is not None
    assert sealed.startswith(f"v1.{desk.store.keyring.key_id}.")
    assert SECRET.key not in sealed
    assert SECRET.key not in repr(desk.launch_key())


def test_a_launch_key_moved_to_another_space_does_not_open(desk: Desk, other: Desk) -> None:
    desk.set_launch_key()
    with desk.store.write() as drawers:
        drawers.connection.execute(
            update(spaces)
            .where(spaces.c.space_id == other.space_id)
            .values(launch_key_sealed=desk.sealed_key(), launch_algorithm="HS256")
        )
    with pytest.raises(SetupError, match=r"launch_key.* cannot be opened"):
        other.launch_key()
    assert desk.launch_key() == SECRET


def test_a_password_put_in_the_place_of_a_launch_key_does_not_open(desk: Desk) -> None:
    with desk.store.write() as drawers:
        drawers.connection.execute(
            update(spaces).values(
                launch_key_sealed=spaces.c.pipeliner_password_sealed, launch_algorithm="HS256"
            )
        )
    with pytest.raises(SetupError, match="launch_key"):
        desk.launch_key()


def test_a_launch_key_does_not_open_when_our_secret_is_gone(desk: Desk) -> None:
    desk.set_launch_key()
    forgetful = Store(desk.store.database, Keyring.parse(generate_key()))
    with pytest.raises(SetupError, match="launch_key"):
        Desk(forgetful, desk.space_id).launch_key()


def test_importing_a_space_again_keeps_its_launch_key_and_epoch(desk: Desk, space: Space) -> None:
    desk.set_launch_key()
    with desk.store.write() as drawers:
        drawers.spaces.raise_panel_epoch(desk.space_id, now=NOON)
        drawers.spaces.save(replace(space, name="Acme again"), now=NOON)
    with desk.store.read() as drawers:
        gate = drawers.spaces.gate(desk.space_id)
        assert drawers.spaces.get(desk.space_id).name == "Acme again"
    assert gate is not None
    assert gate.epoch == 2
    assert desk.launch_key() == SECRET
