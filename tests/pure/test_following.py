"""Which Lead stands in for a deleted one, and with which Contact a person goes on."""

from datetime import UTC, datetime, timedelta

from sync.model import IndexedContact, IndexedLead
from sync.rules.following import standing_in, survivor

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def lead(lead_id: str, *, deleted: bool = False, hours: int = 0) -> IndexedLead:
    return IndexedLead(
        lead_id=lead_id,
        modified=NOON + timedelta(hours=hours),
        deleted=deleted,
        open=True,
        key="k",
        score=None,
    )


def contact(contact_id: str, *, deleted: bool = False, hours: int = 0) -> IndexedContact:
    return IndexedContact(
        contact_id=contact_id,
        modified=NOON + timedelta(hours=hours),
        deleted=deleted,
        ours=False,
        name="",
        score=None,
        acton_contact_id="",
        panel_key_expires_at=None,
    )


def test_a_lead_deleted_on_purpose_has_nothing_that_stands_in() -> None:
    assert standing_in("l1", [lead("l1", deleted=True)]) is None
    assert standing_in("l1", [lead("l1", deleted=True), lead("l2", deleted=True)]) is None
    assert standing_in("l1", []) is None


def test_a_live_copy_stands_in_the_latest_one_first() -> None:
    found = [lead("l1", deleted=True), lead("l2", hours=1), lead("l3"), lead("l4", hours=1)]
    assert standing_in("l1", found) == "l4"


def test_the_deleted_lead_never_stands_in_for_itself() -> None:
    assert standing_in("l1", [lead("l1")]) is None


def test_the_contact_with_the_address_comes_before_the_one_with_the_leads() -> None:
    chosen = survivor([contact("c1")], [contact("c2", hours=5)])
    assert chosen == contact("c1")


def test_the_contact_that_the_leads_hang_on_is_where_a_merge_went() -> None:
    assert survivor([contact("c1", deleted=True)], [contact("c2")]) == contact("c2")


def test_of_several_the_one_changed_last_is_taken() -> None:
    chosen = survivor([contact("c1"), contact("c2", hours=1)], [])
    assert chosen == contact("c2", hours=1)


def test_without_any_live_contact_it_was_on_purpose() -> None:
    assert survivor([], []) is None
    assert survivor([contact("c1", deleted=True)], [contact("c2", deleted=True)]) is None
