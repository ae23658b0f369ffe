"""Outcomes searched and exported, tombstones lifted, people shown, exported and erased."""

import json

import pytest
from sqlalchemy import inspect, text

from sync.errors import Conflict, InvalidInput, NotFound
from sync.model import FieldPurpose, OutcomeFilter, RunStatus, TombstoneKind
from sync.rules.keys import person_digest
from sync.service.exporting import safe_cell
from tests.service.world import AdminWorld

ALL = OutcomeFilter()


@pytest.fixture
def synced(world: AdminWorld) -> AdminWorld:
    """Two lists were synced: ready@ is in both, formula@ has an odd name, below@ is below."""
    world.vendors.acton.add_list("l-0002", "=Summer")
    for list_id in ("l-0001", "l-0002"):
        world.vendors.acton.add_person(list_id, "ready@example.com", last="Ready", score=50)
    world.vendors.acton.add_person("l-0001", "below@example.com", last="Below", score=3)
    world.vendors.acton.add_person("l-0001", "no address")
    world.run_id = world.sync().run_id
    return world


def rows(world: AdminWorld, **wanted: object) -> list[tuple[str, str | None, str | None]]:
    page = world.records.outcomes(world.anna, world.run_id, OutcomeFilter(**wanted))
    return [(row.list_name, row.address, row.reason) for row in page.items]


# --- outcomes ---------------------------------------------------------------------------------


def test_outcomes_are_found_by_list_person_result_and_reason(synced: AdminWorld) -> None:
    assert len(rows(synced)) == 4
    assert [row[0] for row in rows(synced, text="READY@")] == ["Spring", "=Summer"]
    assert [row[0] for row in rows(synced, list_no=1)] == ["=Summer"]
    assert [row[1] for row in rows(synced, result="created")] == ["ready@example.com"] * 2
    assert [row[1] for row in rows(synced, reason="below_threshold")] == ["below@example.com"]
    assert rows(synced, text="%") == []
    count = synced.records.count_outcomes(synced.anna, synced.run_id, OutcomeFilter(text="ready"))
    assert count == 2


def test_outcomes_come_page_by_page_without_gap_or_repeat(world: AdminWorld) -> None:
    for number in range(120):
        world.vendors.acton.add_person("l-0001", f"p{number}@example.com", score=1)
    run_id, after, seen = world.sync().run_id, None, []
    while True:
        page = world.records.outcomes(world.anna, run_id, ALL, after=after)
        seen += [row.position for row in page.items]
        after = page.next_after
        if after is None:
            break
    assert seen == list(range(120))


def test_a_table_is_safe_to_open_in_a_spreadsheet(synced: AdminWorld) -> None:
    head, *lines = synced.records.table(synced.anna, synced.run_id, ALL)
    assert head[0] == "List"
    assert [line[0] for line in lines] == ["Spring", "Spring", "Spring", "'=Summer"]
    assert [line[4] for line in lines] == ["created", "skipped", "skipped", "created"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1"])
def test_a_cell_that_could_be_a_formula_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_numbers_and_plain_text_are_left_alone() -> None:
    assert [safe_cell(one) for one in (-5, 7, None, "x=1", "")] == ["-5", "7", "", "x=1", ""]


# --- tombstones -------------------------------------------------------------------------------


def delete_lead_of(world: AdminWorld, list_name: str) -> None:
    pipeliner = world.vendors.pipeliner
    (lead_id,) = [
        lead_id
        for lead_id, lead in pipeliner.lead_writes.items()
        if f"({list_name})" in (lead.name or "") and not pipeliner.leads[lead_id].deleted
    ]
    pipeliner.delete_lead(lead_id)


def test_a_deleted_lead_stays_away_until_its_tombstone_is_lifted(synced: AdminWorld) -> None:
    delete_lead_of(synced, "Spring")
    synced.sync()
    (tombstone,) = synced.records.tombstones(synced.anna, "acme").items
    assert (tombstone.kind, tombstone.address) == (TombstoneKind.LEAD, "ready@example.com")
    synced.vendors.pipeliner.clock = synced.time
    synced.later(hours=1)
    synced.records.lift(
        synced.anna,
        "acme",
        kind=tombstone.kind,
        person=tombstone.person,
        list_id=tombstone.list_id,
    )
    run = synced.sync()
    assert (run.status, run.counts.created) == (RunStatus.SUCCEEDED, 1)
    assert synced.records.tombstones(synced.anna, "acme").items == []
    assert synced.sync().counts.created == 0


def test_a_lead_deleted_again_after_the_lift_is_a_tombstone_again(synced: AdminWorld) -> None:
    delete_lead_of(synced, "Spring")
    synced.sync()
    (tombstone,) = synced.records.tombstones(synced.anna, "acme").items
    synced.records.lift(
        synced.anna, "acme", kind=tombstone.kind, person=tombstone.person, list_id="l-0001"
    )
    synced.vendors.pipeliner.clock = synced.time
    synced.later(hours=1)
    synced.sync()
    delete_lead_of(synced, "Spring")
    run = synced.sync()
    assert run.counts.skipped["deleted_in_crm"] == 1


def test_a_deleted_contact_blocks_its_person_until_that_is_lifted(synced: AdminWorld) -> None:
    pipeliner = synced.vendors.pipeliner
    (contact_id,) = pipeliner.contact_writes
    pipeliner.delete_contact(contact_id)
    synced.vendors.acton.add_list("l-0003", "Autumn")
    synced.vendors.acton.add_person("l-0003", "ready@example.com", last="Ready")
    synced.sync()
    (blocked,) = synced.records.tombstones(synced.anna, "acme").items
    assert (blocked.kind, blocked.list_id) == (TombstoneKind.CONTACT, "")
    synced.later(hours=1)
    synced.records.lift(synced.anna, "acme", kind=blocked.kind, person=blocked.person)
    run = synced.sync()
    assert (run.counts.created, run.counts.contacts_created) == (1, 1)


def test_what_is_not_blocked_cannot_be_lifted(synced: AdminWorld) -> None:
    for kind in TombstoneKind:
        with pytest.raises(NotFound):
            synced.records.lift(synced.anna, "acme", kind=kind, person="0" * 32, list_id="l-0001")


def test_a_lift_is_in_the_trail(synced: AdminWorld) -> None:
    delete_lead_of(synced, "Spring")
    synced.sync()
    (one,) = synced.records.tombstones(synced.anna, "acme").items
    synced.records.lift(synced.anna, "acme", kind=one.kind, person=one.person, list_id=one.list_id)
    assert synced.events()[-1] == "tombstone_lifted"


# --- one person -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["Ready@Example.com", person_digest("acme", "ready@example.com")])
def test_a_person_is_shown_with_links_history_and_outcomes(synced: AdminWorld, who: str) -> None:
    page = synced.records.person(synced.anna, "acme", who)
    assert page.address == "ready@example.com"
    assert [link.list_name for link in page.links] == ["Spring", "=Summer"]
    assert [score for _, score in page.history] == [50]
    assert [row.result for row in page.outcomes] == ["created", "created"]


def test_somebody_below_the_threshold_is_found_by_their_outcomes(synced: AdminWorld) -> None:
    page = synced.records.person(synced.anna, "acme", "below@example.com")
    assert (page.record, page.links) == (None, [])
    assert [row.reason for row in page.outcomes] == ["below_threshold"]


def test_nobody_is_not_found(synced: AdminWorld) -> None:
    with pytest.raises(NotFound):
        synced.records.person(synced.anna, "acme", "nobody@example.com")
    with pytest.raises(NotFound):
        synced.records.person(synced.bert, "other", "ready@example.com")


def test_an_export_holds_all_that_is_held_as_json(synced: AdminWorld) -> None:
    told = json.loads(synced.records.export_person(synced.anna, "acme", "ready@example.com"))
    assert told["address"] == "ready@example.com"
    assert told["record"]["score"] == 50
    assert [one["list_name"] for one in told["links"]] == ["Spring", "=Summer"]
    assert len(told["outcomes"]) == 2
    assert synced.events()[-1] == "person_exported"


def held(world: AdminWorld) -> str:
    """Everything in the database, as text."""
    with world.store.database.read() as connection:
        names = inspect(connection).get_table_names()
        return "".join(
            str([*connection.execute(text(f"SELECT * FROM {name}"))])  # noqa: S608 - our own names
            for name in names
        )


def test_erasing_a_person_leaves_a_digest_and_nothing_else(synced: AdminWorld) -> None:
    synced.previews.start(synced.anna, "acme")
    synced.records.erase_person(synced.anna, "acme", "Ready@example.com")
    left = held(synced)
    assert "ready@example.com" not in left.lower()
    assert "Ready (" not in left
    assert person_digest("acme", "ready@example.com") in left
    run = synced.administration.run(synced.anna, synced.run_id)
    assert synced.records.count_outcomes(synced.anna, run.run_id, ALL) == run.counts.rows


def test_the_sync_passes_over_an_erased_person_and_keeps_nothing_of_their_rows(
    synced: AdminWorld,
) -> None:
    synced.records.erase_person(synced.anna, "acme", "ready@example.com")
    leads = len(synced.vendors.pipeliner.leads)
    run = synced.sync()
    assert run.counts.skipped["erased"] == 2
    assert run.counts.adds_up
    assert len(synced.vendors.pipeliner.leads) == leads
    assert "ready@example.com" not in held(synced).lower()


def test_others_are_untouched_by_an_erasure(synced: AdminWorld) -> None:
    synced.records.erase_person(synced.anna, "acme", "ready@example.com")
    assert synced.records.person(synced.anna, "acme", "below@example.com").outcomes


def test_nobody_is_erased_while_a_run_may_write_about_them(synced: AdminWorld) -> None:
    synced.administration.start(synced.anna, "acme")
    with pytest.raises(Conflict):
        synced.records.erase_person(synced.anna, "acme", "ready@example.com")


def test_what_is_no_address_is_nobody(synced: AdminWorld) -> None:
    with pytest.raises(InvalidInput):
        synced.records.erase_person(synced.anna, "acme", "ready")


def test_a_record_in_pipeliner_is_not_touched_by_an_erasure(synced: AdminWorld) -> None:
    synced.records.erase_person(synced.anna, "acme", "ready@example.com")
    (contact_id,) = synced.vendors.pipeliner.contact_writes
    contact = synced.vendors.pipeliner.contact_writes[contact_id]
    assert contact.ours[FieldPurpose.CONTACT_SCORE] == 50
    assert not synced.vendors.pipeliner.contacts[contact_id].deleted
