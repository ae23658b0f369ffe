"""Spaces: imported again and again, their secrets sealed in place, due in order."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from sync.errors import NotFound, SetupError
from sync.keyring import Keyring, generate_key
from sync.model import (
    ActOnAccess,
    ExistingLead,
    FieldPurpose,
    ListChoice,
    ProvisionedField,
    ScoreSource,
    Space,
    SpaceSettings,
    SpaceStatus,
    Trigger,
)
from sync.store import Desk, Store
from sync.store.tables import spaces
from tests.store.helpers import NOON, make_space

EVERY_SETTING = SpaceSettings(
    threshold=-5,
    sync_time=time(23, 59),
    owner="u1",
    authentication_name="Acme › Marketing",
    lists=ListChoice(include=("l-0001", "Frühjahr"), exclude=("l-0002",)),
    score_source=ScoreSource.FACTS,
    score_column="Score",
    existing_lead=ExistingLead.CREATE,
    rename_leads=True,
    skip_opted_out=True,
    daily_call_budget=7,
    volume_guard=0,
    lead_type_id="t1",
    step_id="s1",
    unit_id="n1",
)


def stored(store: Store, space_id: str = "acme_sales") -> Space:
    with store.read() as desk:
        return desk.spaces.get(space_id)


def save(store: Store, space: Space) -> None:
    with store.write() as desk:
        desk.spaces.save(space, now=NOON)


# --- importing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "space",
    [
        make_space(),
        replace(make_space(), settings=EVERY_SETTING),
        replace(make_space(), acton=ActOnAccess(account_id="12345"), next_due_at=NOON),
    ],
    ids=["usual", "every setting", "no password for Act-On"],
)
def test_a_space_comes_back_as_it_was_imported(store: Store, space: Space) -> None:
    save(store, space)
    assert stored(store) == space


def test_importing_again_replaces_all_but_what_the_service_knows_itself(
    store: Store, space: Space
) -> None:
    with store.write() as desk:
        desk.spaces.set_next_due(space.space_id, NOON)
        desk.spaces.raise_panel_epoch(space.space_id, now=NOON)
    changed = replace(
        space,
        name="Acme Ltd",
        status=SpaceStatus.SUSPENDED,
        pipeliner=replace(space.pipeliner, password="another"),
        acton=ActOnAccess(base_url="https://acton.example.com"),
        settings=EVERY_SETTING,
    )
    save(store, changed)
    assert stored(store) == replace(changed, next_due_at=NOON, panel_epoch=2, panel_epoch_at=NOON)


def test_all_spaces_are_listed_by_id(store: Store) -> None:
    for space_id in ("b", "c", "a"):
        save(store, make_space(space_id))
    with store.read() as desk:
        assert [space.space_id for space in desk.spaces.all()] == ["a", "b", "c"]


def test_an_unknown_space_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="nobody"):
        stored(store, "nobody")


# --- secrets -----------------------------------------------------------------------------------

SEALED = (spaces.c.pipeliner_password_sealed, spaces.c.acton_password_sealed)


def test_no_column_holds_a_secret_in_the_open(store: Store, space: Space) -> None:
    with store.database.read() as connection:
        row = connection.execute(select(spaces)).one()
    assert space.pipeliner.username in str(row)
    assert "secret" not in str(row)


def test_equal_secrets_do_not_look_equal(store: Store, space: Space, other_space: Space) -> None:
    with store.database.read() as connection:
        sealed = [*connection.scalars(select(SEALED[0])), *connection.scalars(select(SEALED[1]))]
    assert len(set(sealed)) == 4


@pytest.mark.parametrize("source", SEALED, ids=["to another row", "to another row and column"])
def test_a_sealed_secret_moved_to_another_space_does_not_open(
    store: Store, space: Space, other_space: Space, source: object
) -> None:
    with store.database.write() as connection:
        moved = connection.scalar(select(source).where(spaces.c.space_id == space.space_id))
        connection.execute(
            update(spaces)
            .where(spaces.c.space_id == other_space.space_id)
            .values(pipeliner_password_sealed=moved)
        )
    with pytest.raises(SetupError, match="pipeliner_password"):
        stored(store, other_space.space_id)
    assert stored(store, space.space_id) == space


def test_a_sealed_secret_moved_to_another_column_does_not_open(store: Store, space: Space) -> None:
    with store.database.write() as connection:
        connection.execute(update(spaces).values({SEALED[1]: SEALED[0]}))
    with pytest.raises(SetupError, match="acton_password"):
        stored(store)


def test_an_old_key_still_opens_while_the_first_one_seals(store: Store, keyring: Keyring) -> None:
    old, new = generate_key(), generate_key()
    under_old, under_new = (Store(store.database, Keyring.parse(key)) for key in (old, new))
    under_both = Store(store.database, Keyring.parse(f"{new},{old}"))
    save(under_old, make_space("before"))
    save(under_both, make_space("after"))
    assert stored(under_both, "before") == make_space("before")
    assert stored(under_new, "after") == make_space("after")
    with pytest.raises(SetupError, match="SECRET_KEYS"):
        stored(under_new, "before")


# --- when they are due -------------------------------------------------------------------------


def test_running_spaces_are_due_when_their_time_has_come_longest_waiting_first(
    store: Store,
) -> None:
    minutes = {"now": 0, "long ago": -60, "earlier": -5, "later": 1, "stopped": -9, "never": None}
    for name, minute in minutes.items():
        due = None if minute is None else NOON + timedelta(minutes=minute)
        status = SpaceStatus.SUSPENDED if name == "stopped" else SpaceStatus.RUNNING
        save(store, replace(make_space(name), next_due_at=due, status=status))
    with store.read() as desk:
        assert due_spaces(desk, limit=9) == ["long ago", "earlier", "now"]
        [first] = desk.spaces.due(NOON, limit=1, now=NOON)
        assert first == (NOON - timedelta(minutes=60), "long ago")
        assert due_spaces(desk, limit=9, after=first) == ["earlier", "now"]


def due_spaces(desk: Desk, **how: Any) -> list[str]:
    return [space_id for _, space_id in desk.spaces.due(NOON, now=NOON, **how)]


def test_spaces_due_since_the_same_instant_are_each_met_once(store: Store) -> None:
    for name in "edcba":
        save(store, replace(make_space(name), next_due_at=NOON))
    met, place = [], None
    with store.read() as desk:
        while some := desk.spaces.due(NOON, limit=2, now=NOON, after=place):
            place = some[-1]
            met += [space_id for _, space_id in some]
    assert met == ["a", "b", "c", "d", "e"]


def test_a_space_whose_run_is_open_is_not_due_before_it_has_ended(store: Store) -> None:
    for name in ("busy", "free"):
        save(store, replace(make_space(name), next_due_at=NOON))
    with store.write() as desk:
        desk.runs.ask("busy", NOON.date(), Trigger.MANUAL, now=NOON)
        assert due_spaces(desk, limit=9) == ["free"]


def test_the_cron_is_known_to_have_asked_at_its_latest_call(store: Store) -> None:
    with store.write() as desk:
        assert desk.cron.asked_at() is None
        for minutes in (0, 5, 3):
            desk.cron.note(NOON + timedelta(minutes=minutes))
        assert desk.cron.asked_at() == NOON + timedelta(minutes=5)


def test_a_space_whose_time_no_clock_can_mean_is_looked_at_again(store: Store) -> None:
    for name, days in {"ahead": 365, "tomorrow": 1, "over a missing date": 2.5}.items():
        save(store, replace(make_space(name), next_due_at=NOON + timedelta(days=days)))
    with store.read() as desk:
        assert due_spaces(desk, limit=9) == ["ahead"]


@pytest.mark.parametrize("status", SpaceStatus)
def test_a_change_of_status_changes_nothing_else(
    store: Store, space: Space, other_space: Space, status: SpaceStatus
) -> None:
    with store.write() as desk:
        desk.spaces.set_status(space.space_id, status)
    assert stored(store) == replace(space, status=status)
    assert stored(store, other_space.space_id) == other_space


def test_the_next_due_instant_can_be_taken_away(store: Store, space: Space) -> None:
    with store.write() as desk:
        desk.spaces.set_next_due(space.space_id, NOON)
        desk.spaces.set_next_due(space.space_id, None)
    assert stored(store).next_due_at is None


# --- panel keys and fields ---------------------------------------------------------------------


def test_raising_the_panel_epoch_is_noted_for_that_space_only(
    store: Store, space: Space, other_space: Space
) -> None:
    both = (space.space_id, other_space.space_id)
    with store.write() as desk:
        desk.spaces.raise_panel_epoch(space.space_id, now=NOON)
    with store.read() as desk:
        known = [desk.spaces.get(space_id) for space_id in both]
    assert [(one.panel_epoch, one.panel_epoch_at) for one in known] == [(2, NOON), (1, None)]


def test_provisioned_fields_are_replaced_as_a_whole(
    store: Store, space: Space, other_space: Space
) -> None:
    def fields(*purposes: FieldPurpose) -> dict[FieldPurpose, ProvisionedField]:
        return {
            one: ProvisionedField(purpose=one, field_id=one, api_name=f"cf_{one}")
            for one in purposes
        }

    first = fields(FieldPurpose.LEAD_KEY, FieldPurpose.LEAD_SCORE)
    second = fields(FieldPurpose.LEAD_KEY, FieldPurpose.CONTACT_SCORE)
    with store.write() as desk:
        desk.spaces.save_fields(space.space_id, first)
        desk.spaces.save_fields(other_space.space_id, first)
        desk.spaces.save_fields(space.space_id, second)
    with store.read() as desk:
        assert desk.spaces.fields(space.space_id) == second
        assert desk.spaces.fields(other_space.space_id) == first
