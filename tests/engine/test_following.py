"""What Pipeliner tells of is followed, beside runs and between: deletions, merges, addresses."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from sync.engine.following import Mirror, can_read_changes, follow, read_changes
from sync.errors import StopAsked, TryLater
from sync.model import Entity, LinkState, RunStatus
from sync.model.crm_hooks import ChangeKind, CrmChange, WaitingChange
from tests.engine.conftest import World
from tests.engine.fakes import all_fields

SPRING, JANE = "l-0001", "jane@example.com"
ACME = "acme_sales"


def only(records: dict[str, object]) -> str:
    (record_id,) = records
    return record_id


def mirror(world: World) -> Mirror:
    return Mirror(
        space_id=ACME,
        pipeliner=world.pipeliner,
        store=world.store,
        fields=all_fields(),
        now=lambda: world.time,
    )


def told(world: World, *, contacts: Sequence[str] = (), leads: Sequence[str] = ()) -> None:
    """Pipeliner tells that these changed, and it is followed."""
    world.pipeliner.read.clear()
    changes = [(Entity.CONTACT, one) for one in contacts] + [(Entity.LEAD, one) for one in leads]
    waiting = [WaitingChange(entity=one, record_id=two, times=1) for one, two in changes]
    follow(mirror(world), waiting)


def contact_of(world: World, address: str = JANE) -> str | None:
    record = world.record(address)
    assert record is not None
    return record.contact_id


@pytest.fixture
def complete(linked: World) -> World:
    """Jane has her Lead and Contact, and the index is complete after a second run."""
    with linked.store.read() as desk:
        if not all(desk.crm.is_complete(ACME, one) for one in Entity):
            linked.sync()
    assert can_read_changes(mirror(linked))
    linked.pipeliner.written.clear()
    return linked


# --- Leads ----------------------------------------------------------------------------------------


def test_a_deleted_lead_is_a_tombstone_at_once(linked: World) -> None:
    lead_id = only(linked.pipeliner.leads)
    linked.pipeliner.delete_lead(lead_id)
    told(linked, leads=[lead_id])
    assert linked.link_state(SPRING, JANE) is LinkState.TOMBSTONE
    assert linked.pipeliner.read == [f"lead {lead_id}"]
    assert linked.sync().counts.skipped == {"deleted_in_crm": 1}


def test_a_lifted_tombstone_is_not_made_again_by_a_late_webhook(linked: World) -> None:
    lead_id = only(linked.pipeliner.leads)
    linked.pipeliner.delete_lead(lead_id)
    told(linked, leads=[lead_id])
    with linked.store.write() as desk:
        (stone,) = desk.tombstones.leads(ACME, after=("", ""), limit=5)
        desk.tombstones.lift_lead(ACME, stone.person, SPRING, now=linked.time)
    told(linked, leads=[lead_id])
    assert linked.link_state(SPRING, JANE) is LinkState.CREATING
    assert linked.sync().counts.created == 1


def test_a_deleted_lead_of_which_a_copy_lives_is_followed_to_the_copy(linked: World) -> None:
    lead_id = only(linked.pipeliner.leads)
    copy = linked.pipeliner.add_lead()
    key = linked.pipeliner.leads[lead_id].key
    linked.pipeliner.leads[copy] = replace(linked.pipeliner.leads[copy], key=key)
    linked.pipeliner.delete_lead(lead_id)
    told(linked, leads=[copy, lead_id])
    assert linked.link_state(SPRING, JANE) is LinkState.LINKED
    assert linked.sync().counts.skipped == {}
    assert linked.pipeliner.leads[copy].score == 50


def test_a_lead_that_is_none_of_ours_changes_nothing(linked: World) -> None:
    other = linked.pipeliner.add_lead(quick_email="x@example.com")
    linked.pipeliner.delete_lead(other)
    told(linked, leads=[other, "nobody"])
    assert linked.link_state(SPRING, JANE) is LinkState.LINKED


def test_a_lead_that_left_no_trace_is_dropped_from_the_index_and_not_buried(linked: World) -> None:
    lead_id = only(linked.pipeliner.leads)
    linked.pipeliner.purge_lead(lead_id)
    told(linked, leads=[lead_id])
    with linked.store.read() as desk:
        assert desk.crm.leads_by_id(ACME, [lead_id]) == {}
    assert linked.link_state(SPRING, JANE) is LinkState.LINKED


# --- Contacts -------------------------------------------------------------------------------------


def test_a_deleted_contact_blocks_its_person_at_once(linked: World) -> None:
    contact_id = only(linked.pipeliner.contacts)
    linked.pipeliner.delete_contact(contact_id)
    told(linked, contacts=[contact_id])
    record = linked.record(JANE)
    assert record is not None
    assert record.blocked
    linked.acton.add_list("l-0002", "Autumn")
    linked.acton.add_person("l-0002", JANE, score=60)
    assert linked.sync().counts.skipped == {"deleted_in_crm": 1}


def test_a_merge_into_a_contact_with_the_address_is_followed(linked: World) -> None:
    lost = only(linked.pipeliner.contacts)
    kept = linked.pipeliner.add_contact(JANE, "j.doe@example.com")
    linked.pipeliner.merge_contacts(lost, kept)
    told(linked, contacts=[lost])  # that the other has changed is still under way
    record = linked.record(JANE)
    assert record is not None
    assert (record.contact_id, record.blocked) == (kept, False)
    linked.acton.set_score(JANE, 70)
    run = linked.sync()
    assert (run.status, run.counts.contacts_created) == (RunStatus.SUCCEEDED, 0)
    assert linked.pipeliner.contacts[kept].score == 70


def test_a_merge_that_drops_the_address_is_followed_by_the_leads(linked: World) -> None:
    lost = only(linked.pipeliner.contacts)
    kept = linked.pipeliner.add_contact("j.doe@example.com")
    linked.pipeliner.merge_contacts(lost, kept)
    told(linked, contacts=[lost])
    assert contact_of(linked) == kept
    lead_id = only(linked.pipeliner.leads)
    assert linked.pipeliner.read == [
        f"contact {lost}",
        f"contact {JANE}",
        f"lead {lead_id}",
        f"contact {kept}",
    ]
    with linked.store.read() as desk:
        (crossed,) = desk.links.for_keys(ACME, [linked.pipeliner.leads[lead_id].key]).values()
    assert crossed.contact_id == kept


def test_a_merge_told_the_other_way_round_costs_no_further_look(linked: World) -> None:
    lost = only(linked.pipeliner.contacts)
    kept = linked.pipeliner.add_contact(JANE)
    linked.pipeliner.merge_contacts(lost, kept)
    told(linked, contacts=[kept, lost])
    assert contact_of(linked) == kept
    assert linked.pipeliner.read == [f"contact {kept}", f"contact {lost}"]


def test_two_merges_one_after_the_other_are_both_followed(linked: World) -> None:
    first = only(linked.pipeliner.contacts)
    second, third = (linked.pipeliner.add_contact(f"j{n}@example.com") for n in (1, 2))
    linked.pipeliner.merge_contacts(first, second)
    told(linked, contacts=[first, second])
    linked.pipeliner.merge_contacts(second, third)
    told(linked, contacts=[second, third])
    assert contact_of(linked) == third


def test_a_changed_address_makes_the_next_match_right(complete: World) -> None:
    contact_id = complete.pipeliner.add_contact("old@example.com", name="Bob")
    complete.sync()
    complete.pipeliner.change_addresses(contact_id, "bob@example.com")
    told(complete, contacts=[contact_id])
    complete.acton.add_person(SPRING, "bob@example.com", score=80)
    with complete.store.read() as desk:
        people = {mirror(complete).person_of(one) for one in ("old@example.com", "bob@example.com")}
        carried = desk.crm.contacts_by_person(ACME, sorted(filter(None, people)))
    assert list(carried) == [mirror(complete).person_of("bob@example.com")]
    run = complete.sync()
    assert (run.counts.created, run.counts.contacts_created) == (1, 0)


def test_a_contact_that_left_no_trace_is_dropped_from_the_index(linked: World) -> None:
    contact_id = only(linked.pipeliner.contacts)
    linked.pipeliner.purge_contact(contact_id)
    told(linked, contacts=[contact_id])
    with linked.store.read() as desk:
        assert desk.crm.contacts_by_id(ACME, [contact_id]) == {}


def test_a_contact_brought_back_while_it_was_followed_blocks_nobody(linked: World) -> None:
    contact_id = only(linked.pipeliner.contacts)
    before = linked.pipeliner.contacts[contact_id]
    linked.pipeliner.delete_contact(contact_id)
    linked.pipeliner.contacts[contact_id] = replace(
        before, modified=linked.pipeliner.contacts[contact_id].modified + timedelta(seconds=1)
    )
    told(linked, contacts=[contact_id])
    record = linked.record(JANE)
    assert record is not None
    assert not record.blocked


# --- reading what changed -------------------------------------------------------------------------


def test_many_changes_are_read_from_where_the_index_ends(complete: World) -> None:
    lead_id = only(complete.pipeliner.leads)
    complete.pipeliner.delete_lead(lead_id)
    numbers = [complete.pipeliner.add_contact(f"p{one}@example.com") for one in range(250)]
    complete.pipeliner.read.clear()
    assert read_changes(mirror(complete), pages=20, overlap=timedelta(minutes=5))
    assert complete.pipeliner.read == ["contacts", "leads"]
    assert complete.link_state(SPRING, JANE) is LinkState.TOMBSTONE
    with complete.store.read() as desk:
        assert len(desk.crm.contacts_by_id(ACME, numbers)) == 250
        assert desk.crm.cursor(ACME, Entity.CONTACT) == max(
            one.modified for one in complete.pipeliner.contacts.values()
        )
        assert desk.crm.is_complete(ACME, Entity.CONTACT)


def test_reading_stops_after_so_many_pages_and_goes_on_from_there(complete: World) -> None:
    for one in range(250):
        complete.pipeliner.add_contact(f"p{one}@example.com")
    turns = 0
    while not read_changes(mirror(complete), pages=1, overlap=timedelta(0)):
        turns += 1
        assert turns < 10
    assert turns >= 3
    with complete.store.read() as desk:
        assert desk.crm.size(ACME, Entity.CONTACT) == len(complete.pipeliner.contacts)


def test_the_next_run_reads_no_more_than_what_changed_since(complete: World) -> None:
    for one in range(250):
        complete.pipeliner.clock += timedelta(minutes=1)
        complete.pipeliner.add_contact(f"p{one}@example.com")
    read_changes(mirror(complete), pages=20, overlap=timedelta(0))
    complete.pipeliner.add_contact("late@example.com")
    pages: list[int] = []
    plain = complete.pipeliner._pages

    def counted(records, since):
        for page in plain(records, since):
            pages.append(len(page.items))
            yield page

    complete.pipeliner._pages = counted  # type: ignore[method-assign]
    complete.sync()
    assert sum(pages) < 20  # what is new, and the last minutes read again


def test_who_follows_stops_when_told_to(complete: World) -> None:
    def stop() -> None:
        raise StopAsked("The process was asked to end.")

    stopped = replace(mirror(complete), guard=stop)
    change = WaitingChange(entity=Entity.LEAD, record_id="l1", times=1)
    with pytest.raises(StopAsked):
        follow(stopped, [change])
    complete.pipeliner.add_contact("p@example.com")
    with pytest.raises(StopAsked):
        read_changes(stopped, pages=20, overlap=timedelta(0))


# --- beside a run ---------------------------------------------------------------------------------


def note(world: World, *ids: str, entity: Entity = Entity.LEAD) -> None:
    changes = [CrmChange(entity=entity, record_id=one, kind=ChangeKind.CHANGED) for one in ids]
    with world.store.write() as desk:
        desk.crm_hooks.ensure(ACME)
        desk.crm_changes.note(ACME, changes, most=100)


def waiting(world: World) -> list[str]:
    with world.store.read() as desk:
        return [one.record_id for one in desk.crm_changes.waiting(ACME, 100)]


def test_a_run_that_reads_what_changed_clears_what_waited(complete: World) -> None:
    note(complete, "l1", "l2")
    complete.sync()
    assert waiting(complete) == []


def test_a_run_that_only_looks_up_leaves_what_waits(world: World) -> None:
    for one in range(900):
        world.pipeliner.add_contact(f"p{one}@example.com")
    world.acton.add_person(SPRING, JANE, first="Jane", last="Doe", score=50)
    world.sync()
    assert not can_read_changes(mirror(world))
    note(world, "l1")
    world.sync()
    assert waiting(world) == ["l1"]


def test_what_is_told_during_a_run_waits_on(complete: World) -> None:
    complete.acton.add_person(SPRING, "bob@example.com", first="Bob", last="Roe", score=50)
    complete.pipeliner.before_write = lambda kind: note(complete, "l9")
    complete.sync()
    assert waiting(complete) == ["l9"]


def test_a_lead_deleted_beside_the_run_that_scores_it_ends_as_a_tombstone(complete: World) -> None:
    lead_id = only(complete.pipeliner.leads)
    complete.acton.set_score(JANE, 80)

    def delete(kind: str) -> None:
        complete.pipeliner.before_write = lambda kind: None
        complete.pipeliner.delete_lead(lead_id)
        told(complete, leads=[lead_id])

    complete.pipeliner.before_write = delete
    complete.sync()
    assert complete.link_state(SPRING, JANE) is LinkState.TOMBSTONE
    assert complete.sync().counts.skipped == {"deleted_in_crm": 1}


def test_a_lead_deleted_right_after_a_run_made_it_is_buried_by_the_next(complete: World) -> None:
    complete.acton.add_person(SPRING, "bob@example.com", first="Bob", last="Roe", score=50)
    known = set(complete.pipeliner.leads)

    def delete(kind: str) -> None:
        for lead_id in set(complete.pipeliner.leads) - known:
            complete.pipeliner.after_write = lambda kind: None
            complete.pipeliner.delete_lead(lead_id)
            told(complete, leads=[lead_id])

    complete.pipeliner.after_write = delete
    complete.sync()
    complete.sync()
    assert complete.link_state(SPRING, "bob@example.com") is LinkState.TOMBSTONE
    assert len(complete.pipeliner.leads) == 2


def test_a_vendor_that_goes_away_leaves_what_was_known(linked: World) -> None:
    contact_id = only(linked.pipeliner.contacts)
    linked.pipeliner.delete_contact(contact_id)

    def away(address: str, fields: object) -> object:
        raise TryLater("Pipeliner did not answer.")

    linked.pipeliner.find_contacts = away  # type: ignore[method-assign,assignment]
    with pytest.raises(TryLater):
        told(linked, contacts=[contact_id])
    record = linked.record(JANE)
    assert record is not None
    assert not record.blocked
