"""What is told to Pipeliner about a decided person or row (design §3.3, §3.6-3.8)."""

from datetime import time

import pytest

from sync.model import ContactWrite, Details, FieldPurpose, LeadWrite, SkipReason, SpaceSettings
from sync.rules.composing import (
    contact_write,
    hold_creates,
    lead_change,
    name_lead,
    new_lead,
)
from sync.rules.plans import Case, ContactPlan, Create, Keep, Plan, Skip
from tests.pure.builders import ADDRESS, NOON, case, row

SETTINGS = SpaceSettings(
    threshold=40,
    sync_time=time(2),
    owner="anna@example.com",
    unit_id="unit",
    lead_type_id="type",
    step_id="step",
)
JANE = Details(first_name="Jane", last_name="Doe", company="Acme")


def write_of(one: Case, plan: ContactPlan, *, panel_key: str | None = None) -> ContactWrite:
    return contact_write(
        one,
        plan,
        address=ADDRESS,
        details=JANE,
        settings=SETTINGS,
        owner_id="u1",
        panel_key=panel_key,
        now=NOON,
    )


# --- Contacts -----------------------------------------------------------------------------------


def test_a_new_contact_has_its_data_its_owner_and_all_our_fields() -> None:
    plan = ContactPlan(
        contact_id=None, create=True, write_score=True, write_person=True, write_panel_key=True
    )
    assert write_of(case(), plan, panel_key="v1.key") == ContactWrite(
        contact_id=None,
        ours={
            FieldPurpose.CONTACT_SCORE: 50,
            FieldPurpose.CONTACT_REFRESHED: NOON,
            FieldPurpose.CONTACT_PERSON: "l-0000:0",
            FieldPurpose.CONTACT_PANEL_KEY: "v1.key",
        },
        owner_id="u1",
        unit_id="unit",
        address=ADDRESS,
        details=JANE,
    )


def test_a_contact_that_is_there_keeps_its_data_and_its_owner() -> None:
    made = write_of(case(), ContactPlan(contact_id="c1", write_score=True))
    assert (made.contact_id, made.details, made.owner_id, made.unit_id, made.address) == (
        "c1",
        None,
        None,
        None,
        None,
    )


def test_the_instant_of_refreshing_goes_with_a_score_and_never_alone() -> None:
    scored = write_of(case(), ContactPlan(contact_id="c1", write_score=True))
    assert scored.ours == {FieldPurpose.CONTACT_SCORE: 50, FieldPurpose.CONTACT_REFRESHED: NOON}
    renewed = write_of(
        case(), ContactPlan(contact_id="c1", write_panel_key=True), panel_key="v1.key"
    )
    assert renewed.ours == {FieldPurpose.CONTACT_PANEL_KEY: "v1.key"}
    known = write_of(case(), ContactPlan(contact_id="c1", write_person=True))
    assert known.ours == {FieldPurpose.CONTACT_PERSON: "l-0000:0"}


def test_a_contact_gets_the_highest_of_the_persons_scores() -> None:
    one = case(row("key-1", score=45), row("key-2", score=70, list_no=1))
    made = write_of(one, ContactPlan(contact_id="c1", write_score=True))
    assert made.ours[FieldPurpose.CONTACT_SCORE] == 70


def test_a_score_of_zero_is_a_score() -> None:
    made = write_of(case(row(score=0)), ContactPlan(contact_id="c1", write_score=True))
    assert made.ours[FieldPurpose.CONTACT_SCORE] == 0


def test_no_score_is_not_written_as_zero() -> None:
    made = write_of(case(row(score=None)), ContactPlan(contact_id=None, create=True))
    assert made.ours == {}


# --- Leads --------------------------------------------------------------------------------------


def lead_of(score: int | None, *, list_name: str = "Spring") -> LeadWrite:
    return new_lead(
        row("key-1", score=score),
        name="Jane Doe (Spring)",
        list_name=list_name,
        record_id="l-0000:0",
        contact_id="c1",
        settings=SETTINGS,
        owner_id="u1",
        limit=255,
    )


def test_a_new_lead_is_owned_linked_and_carries_our_key() -> None:
    assert lead_of(50) == LeadWrite(
        lead_id=None,
        ours={
            FieldPurpose.LEAD_KEY: "key-1",
            FieldPurpose.LEAD_LIST: "Spring",
            FieldPurpose.LEAD_PERSON: "l-0000:0",
            FieldPurpose.LEAD_SCORE: 50,
        },
        name="Jane Doe (Spring)",
        owner_id="u1",
        contact_id="c1",
        unit_id="unit",
        lead_type_id="type",
        step_id="step",
    )


def test_a_lead_without_a_score_shows_none() -> None:
    assert FieldPurpose.LEAD_SCORE not in lead_of(None).ours
    assert lead_of(0).ours[FieldPurpose.LEAD_SCORE] == 0


def test_the_list_that_a_lead_names_fits_its_field() -> None:
    assert lead_of(50, list_name=" a\u202e  list ").ours[FieldPurpose.LEAD_LIST] == "a list"
    assert len(str(lead_of(50, list_name="L" * 300).ours[FieldPurpose.LEAD_LIST])) == 255


def test_a_lead_that_exists_is_told_its_score_and_nothing_else() -> None:
    assert lead_change("lead-1", score=0) == LeadWrite(
        lead_id="lead-1", ours={FieldPurpose.LEAD_SCORE: 0}
    )


@pytest.mark.parametrize(
    ("own", "contact_name", "merged", "expected"),
    [
        (Details(first_name="Jane"), "J. D.", JANE, "Jane (Spring)"),
        (Details(company="Acme"), " J.  D. ", JANE, "J. D. (Spring)"),
        (None, "J. D.", JANE, "J. D. (Spring)"),
        (Details(first_name="\u200b "), "", JANE, "Jane Doe (Spring)"),
        (None, "\u200b", Details(), "jane@example.com (Spring)"),
    ],
    ids=["the row's own", "the Contact's", "no row", "another row's", "the address"],
)
def test_a_lead_is_named_after_the_first_that_has_a_name(
    own: Details | None, contact_name: str, merged: Details, expected: str
) -> None:
    assert (
        name_lead(
            own=own,
            contact_name=contact_name,
            merged=merged,
            address=ADDRESS,
            list_name="Spring ",
            limit=255,
        )
        == expected
    )


# --- the volume guard ---------------------------------------------------------------------------

NEW_CONTACT = ContactPlan(contact_id=None, create=True, write_score=True, write_panel_key=True)
CHANGED_CONTACT = ContactPlan(contact_id="c1", write_score=True)
KEPT = Keep(lead_id="lead-1", write_score=True)
BELOW = Skip(reason=SkipReason.BELOW_THRESHOLD)


def test_a_new_lead_that_is_held_needs_no_contact() -> None:
    held = hold_creates(Plan(contact=NEW_CONTACT, rows=((row(), Create()),)))
    [(_, waits)] = held.rows
    assert isinstance(waits, Skip)
    assert waits.reason is SkipReason.WAITING_FOR_APPROVAL
    assert "volume guard" in waits.detail
    assert held.contact == ContactPlan(contact_id=None)


def test_a_new_lead_that_is_held_leaves_the_contact_that_is_there_alone() -> None:
    held = hold_creates(Plan(contact=CHANGED_CONTACT, rows=((row(), Create()), (row("b"), BELOW))))
    assert held.contact == ContactPlan(contact_id="c1")


def test_scores_of_linked_leads_are_written_though_new_ones_are_held() -> None:
    rows = ((row("a"), KEPT), (row("b"), Create()))
    held = hold_creates(Plan(contact=CHANGED_CONTACT, rows=rows))
    assert held.rows[0] == (row("a"), KEPT)
    assert held.contact == CHANGED_CONTACT


def test_no_contact_is_made_for_a_held_lead_though_another_lead_is_kept() -> None:
    rows = ((row("a"), KEPT), (row("b"), Create()))
    held = hold_creates(Plan(contact=NEW_CONTACT, rows=rows))
    assert not held.contact.create


def test_holding_does_not_lift_a_block() -> None:
    assert hold_creates(Plan(contact=ContactPlan(contact_id=None), rows=(), block=True)).block
