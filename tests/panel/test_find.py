"""*Find in Act-On*: a Contact that nobody linked is looked for by its addresses, and linked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.errors import CredentialsRefused, IntegrationError, QuotaGone, Refused, TryLater
from sync.model import FieldPurpose, ReadBy, ScoreSource, SpaceStatus
from sync.panel import PanelState, PanelView, Trouble, TroubleKind
from sync.rules.keys import person_digest
from sync.rules.panel_keys import parse_panel_key
from tests.panel.conftest import ANN, BOB, NOON, OTHER_SPACE, SPACE, World, deed
from tests.store.helpers import at_once

KEY, SCORE, PERSON, REFRESHED = (
    FieldPurpose.CONTACT_PANEL_KEY,
    FieldPurpose.CONTACT_SCORE,
    FieldPurpose.CONTACT_PERSON,
    FieldPurpose.CONTACT_REFRESHED,
)


def a_contact(world: World, *addresses: str, name: str = "Ann Example") -> str:
    """A Contact that somebody made by hand, and that the sync has seen."""
    contact_id = world.pipeliner.add_contact(*addresses, name=name)
    world.index_crm()
    return contact_id


def find(world: World, contact_id: str, user: str | None = "u1") -> PanelView:
    return world.panel.find(world.by_launch(contact_id, user=user))


def marks(world: World) -> dict[FieldPurpose, object]:
    """What was written to the one Contact that was written to."""
    [write] = world.pipeliner.changes
    return dict(write.ours)


# --- found --------------------------------------------------------------------------------------


def test_somebody_whom_act_on_knows_is_linked_and_shown(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25, deed("hb"))
    view = find(world, contact_id)
    assert (view.state, view.name, view.address) == (PanelState.LINKED, "Ann Example", ANN)
    assert (view.score, view.read_at, view.live) == (25, NOON, True)
    assert (view.trouble, view.looked_for, view.find) == (None, False, False)
    assert len(view.marks) == 1
    assert view.crossings == []


def test_what_was_found_is_kept_for_the_contact(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    find(world, contact_id)
    record = world.record(ANN)
    assert record is not None
    assert (record.contact_id, record.address, record.score) == (contact_id, ANN, 25)
    assert (record.score_source, record.read_by) == (ScoreSource.FACTS, ReadBy.REFRESH)


def test_the_contact_is_given_a_key_that_opens_its_panel(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    found = find(world, contact_id)
    key = marks(world)[KEY]
    assert isinstance(key, str)
    parsed = parse_panel_key(key)
    assert parsed is not None
    assert parsed.expires_at == NOON + timedelta(days=30)
    assert world.panel.view(world.panel.open_with_key(key)) == found


def test_the_key_belongs_to_the_present_epoch(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    world.revoke_keys()
    find(world, contact_id)
    assert world.panel.open_with_key(str(marks(world)[KEY])).epoch == 2


def test_score_and_row_are_written_where_there_are_any(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.has_all_contacts = False
    [row] = world.acton.add_to_list("l-0001", "Spring", ANN)
    world.acton.knows(ANN, 25)
    find(world, contact_id)
    written = marks(world)
    assert set(written) == {KEY, SCORE, PERSON, REFRESHED}
    assert (written[SCORE], written[PERSON], written[REFRESHED]) == (25, row, NOON)


def test_without_score_and_row_only_the_key_is_written(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, None)
    assert find(world, contact_id).state is PanelState.NO_SCORE_SHEET
    assert set(marks(world)) == {KEY}


def test_every_usable_address_is_looked_for_each_once(world: World) -> None:
    contact_id = a_contact(world, "nonsense", "Bob@Example.com", BOB, " ", ANN)
    world.acton.knows(ANN, 25)
    assert find(world, contact_id).address == ANN
    assert world.acton.asked == [f"address {BOB}", f"address {ANN}"]


def test_the_first_address_that_is_found_counts(world: World) -> None:
    contact_id = a_contact(world, BOB, ANN)
    world.acton.knows(ANN, 25)
    world.acton.knows(BOB, 3)
    assert (find(world, contact_id).address, world.record(ANN)) == (BOB, None)


def test_addresses_are_read_from_pipeliner_and_not_from_our_index(world: World) -> None:
    contact_id = a_contact(world, BOB)
    world.pipeliner.change_addresses(contact_id, ANN)
    world.acton.knows(ANN, 25)
    assert find(world, contact_id).address == ANN


def test_a_contact_newer_than_our_index_is_linked_too(world: World) -> None:
    contact_id = world.pipeliner.add_contact(ANN, name="Ann Example")
    world.acton.knows(ANN, 25)
    assert (find(world, contact_id).state, world.pipeliner.contacts[contact_id].score) == (
        PanelState.LINKED,
        25,
    )


def test_a_contact_newer_than_our_index_is_kept_up_to_date_by_refresh(world: World) -> None:
    contact_id = world.pipeliner.add_contact(ANN, name="Ann Example")
    world.acton.knows(ANN, 25)
    find(world, contact_id)
    world.acton.knows(ANN, 60)
    world.passes(minutes=1)
    view = world.panel.refresh(world.by_launch(contact_id))
    assert view.refreshed is not None
    assert view.refreshed.after == 60
    assert (world.pipeliner.contacts[contact_id].score, view.refreshed.written) == (60, True)


def test_a_contact_newer_than_our_index_is_shown_by_its_name(world: World) -> None:
    contact_id = world.pipeliner.add_contact(ANN, name="Ann Example")
    world.acton.knows(ANN, 25)
    assert find(world, contact_id).name == "Ann Example"


def test_finding_again_shows_what_is_linked_and_asks_nobody(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    first = find(world, contact_id)
    assert find(world, contact_id) == first
    assert world.acton.asked == [f"address {ANN}"]
    assert len(world.pipeliner.changes) == 1


def test_two_who_find_at_once_see_the_same(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    panel, opened = world.panel, world.by_launch(contact_id)
    views = at_once(*[lambda: panel.find(opened)] * 6)
    assert {(view.state, view.score) for view in views} == {(PanelState.LINKED, 25)}
    assert world.acton.asked == [f"address {ANN}"]
    assert len(world.pipeliner.changes) == 1


def test_somebody_who_belongs_to_another_contact_stays_there(world: World) -> None:
    """The recorded Contact comes first: a duplicate made by hand does not take the person over."""
    ann = world.sync_links()
    copy = a_contact(world, ANN, name="Ann Copy")
    world.acton.knows(ANN, 25)
    find(world, copy)
    record = world.record(ANN)
    assert record is not None
    assert record.contact_id == ann.contact_id


def test_a_contact_that_pipeliner_will_not_let_us_mark_is_linked_all_the_same(
    world: World,
) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    world.pipeliner.refuse_changes = {contact_id}
    assert find(world, contact_id).state is PanelState.LINKED


@pytest.mark.parametrize("error", [TryLater("Away."), Refused("No."), CredentialsRefused("No.")])
def test_a_pipeliner_that_fails_after_finding_spoils_nothing(
    world: World, error: IntegrationError
) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    world.acton.before_answer = lambda: world.pipeliner.breaks(error)
    view = find(world, contact_id)
    assert (view.state, view.score, view.trouble) == (PanelState.LINKED, 25, None)


# --- not found ----------------------------------------------------------------------------------


def test_nothing_found_is_said_and_links_nothing(world: World) -> None:
    contact_id = a_contact(world, ANN, BOB)
    view = find(world, contact_id)
    assert (view.state, view.name) == (PanelState.NOT_CREATED, "Ann Example")
    assert (view.looked_for, view.find, view.trouble) == (True, True, None)
    assert (world.record(ANN), world.record(BOB)) == (None, None)
    assert world.pipeliner.written == []


def test_somebody_not_found_may_be_looked_for_again(world: World) -> None:
    contact_id = a_contact(world, ANN)
    assert find(world, contact_id).looked_for
    world.acton.knows(ANN, 25)
    world.passes(seconds=1)
    assert find(world, contact_id).state is PanelState.LINKED


@pytest.mark.parametrize("addresses", [(), ("nonsense", "a@localhost")])
def test_a_contact_without_a_usable_address_asks_act_on_nothing(
    world: World, addresses: tuple[str, ...]
) -> None:
    view = find(world, a_contact(world, *addresses))
    assert view.looked_for
    assert world.acton.asked == []


def test_a_deleted_contact_is_not_looked_for(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.pipeliner.delete_contact(contact_id)
    world.acton.knows(ANN, 25)
    assert find(world, contact_id).looked_for
    assert (world.acton.asked, world.record(ANN)) == ([], None)


def test_a_contact_that_is_not_there_is_not_looked_for(world: World) -> None:
    view = find(world, "c9999")
    assert (view.state, view.looked_for) == (PanelState.NOT_CREATED, True)
    assert world.acton.asked == []


# --- who may ------------------------------------------------------------------------------------


def test_without_a_user_nothing_is_looked_for(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    view = find(world, contact_id, user=None)
    assert (view.state, view.find, view.looked_for) == (PanelState.NOT_CREATED, False, False)
    assert world.line.opened == 0


def test_a_record_key_finds_nothing_even_with_a_user(world: World) -> None:
    world.acton.knows(ANN, 25)
    view = world.panel.find(replace(world.by_key(), user="u1"))
    assert (view.state, view.looked_for) == (PanelState.NOT_CREATED, False)
    assert world.line.opened == 0


def test_somebody_linked_is_shown_and_not_looked_for(world: World) -> None:
    ann = world.sync_links()
    assert find(world, ann.contact_id) == world.panel.view(world.by_key())
    assert world.line.opened == 0


@pytest.mark.parametrize("status", [one for one in SpaceStatus if one is not SpaceStatus.RUNNING])
def test_a_space_that_is_not_running_looks_for_nobody(world: World, status: SpaceStatus) -> None:
    contact_id = a_contact(world, ANN)
    world.stands(status)
    view = find(world, contact_id)
    assert (view.state, view.find, view.looked_for) == (PanelState.NOT_CREATED, False, False)
    assert view.trouble is not None
    assert world.line.opened == 0


def test_what_is_found_belongs_to_the_space_of_the_pass(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    find(world, contact_id)
    with world.store.read() as desk:
        assert desk.people.of_contact(OTHER_SPACE, contact_id) is None
        found = desk.people.of_contact(SPACE, contact_id)
    assert found is not None
    assert found.person == person_digest(SPACE, ANN)


# --- troubles -----------------------------------------------------------------------------------

TOMORROW = NOON + timedelta(hours=12)
TROUBLES = [
    (TryLater("Away."), Trouble(kind=TroubleKind.UNREACHABLE)),
    (CredentialsRefused("No."), Trouble(kind=TroubleKind.CREDENTIALS)),
    (
        QuotaGone("Nothing left.", resume_at=TOMORROW),
        Trouble(kind=TroubleKind.QUOTA, until=TOMORROW),
    ),
]


@pytest.mark.parametrize(("error", "trouble"), TROUBLES, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("vendor", ["acton", "pipeliner", "line"])
def test_a_trouble_is_told_and_not_called_nothing_found(
    world: World, vendor: str, error: IntegrationError, trouble: Trouble
) -> None:
    contact_id = a_contact(world, ANN, BOB)
    getattr(world, vendor).broken = error
    view = find(world, contact_id)
    assert (view.state, view.trouble) == (PanelState.NOT_CREATED, trouble)
    assert (view.name, view.find, view.looked_for) == ("Ann Example", True, False)
    assert len(world.acton.asked) <= 1


def test_somebody_who_was_erased_on_request_is_not_looked_for(world: World) -> None:
    contact_id = a_contact(world, ANN)
    world.acton.knows(ANN, 25)
    with world.store.write() as desk:
        desk.erased.person(SPACE, person_digest(SPACE, ANN), ANN, now=NOON)
    view = find(world, contact_id)
    assert (view.state, view.looked_for) == (PanelState.NOT_CREATED, True)
    assert world.acton.asked == []
    assert world.record(ANN) is None
