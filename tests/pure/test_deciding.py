"""What becomes of a row and of the person behind it (design §3.1-3.4, §3.8, §3.10)."""

from datetime import datetime, timedelta

import pytest

from sync.model import (
    ExistingLead,
    IndexedContact,
    IndexedLead,
    Link,
    LinkState,
    Result,
    SkipReason,
)
from sync.rules.deciding import decide, first_look
from sync.rules.plans import (
    Case,
    ContactPlan,
    Create,
    Keep,
    Plan,
    RowPlan,
    Skip,
    contact_change_shows,
    expected,
    writes_lead,
)
from tests.pure.builders import (
    HALF_LIFE,
    THIS_RUN,
    case,
    contact,
    intent,
    lead,
    link,
    policy,
    record,
    row,
    tombstone,
    up_to_date,
)


def plan_of(one: Case, **chosen: object) -> Plan:
    return decide(one, policy(**chosen))  # type: ignore[arg-type]


def only_row(plan: Plan) -> RowPlan:
    [(_, one)] = plan.rows
    return one


def skip_of(plan: Plan) -> Skip:
    one = only_row(plan)
    assert isinstance(one, Skip)
    return one


def keep_of(plan: Plan) -> Keep:
    one = only_row(plan)
    assert isinstance(one, Keep)
    return one


# --- a row just read ----------------------------------------------------------------------------

USUAL = {
    "has_address": True,
    "duplicate": False,
    "score": 50,
    "score_is_known": True,
    "threshold": 40,
    "linked": False,
}


@pytest.mark.parametrize(
    ("difference", "reason"),
    [
        ({}, None),
        ({"score": 40}, None),
        ({"score": 39}, SkipReason.BELOW_THRESHOLD),
        ({"score": None}, SkipReason.NO_SCORE),
        ({"score": 0, "threshold": 0}, None),
        ({"score": -5, "threshold": -10}, None),
        ({"score": None, "score_is_known": False}, None),
        ({"score": 39, "linked": True}, None),
        ({"score": None, "linked": True}, None),
        ({"duplicate": True}, SkipReason.DUPLICATE_IN_LIST),
        ({"duplicate": True, "linked": True}, SkipReason.DUPLICATE_IN_LIST),
        ({"duplicate": True, "score": None}, SkipReason.DUPLICATE_IN_LIST),
        ({"has_address": False}, SkipReason.NO_ADDRESS),
        ({"has_address": False, "duplicate": True}, SkipReason.NO_ADDRESS),
        ({"has_address": False, "score_is_known": False}, SkipReason.NO_ADDRESS),
    ],
)
def test_a_row_just_read_needs_deciding_or_has_its_reason(
    difference: dict[str, object], reason: SkipReason | None
) -> None:
    assert first_look(**{**USUAL, **difference}) is reason  # type: ignore[arg-type]


# --- somebody new -------------------------------------------------------------------------------


def test_somebody_new_gets_a_contact_and_a_lead() -> None:
    plan = plan_of(case())
    assert only_row(plan) == Create()
    assert plan.contact == ContactPlan(
        contact_id=None, create=True, write_score=True, write_person=True, write_panel_key=True
    )
    assert not plan.block


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (39, SkipReason.BELOW_THRESHOLD),
        (None, SkipReason.NO_SCORE),
    ],
)
def test_somebody_new_short_of_the_threshold_gets_neither(
    score: int | None, reason: SkipReason
) -> None:
    plan = plan_of(case(row(score=score)))
    assert skip_of(plan).reason is reason
    assert not plan.contact.writes


def test_the_threshold_itself_is_reached() -> None:
    assert only_row(plan_of(case(row(score=40)))) == Create()


def test_without_a_field_for_it_no_panel_key_is_written() -> None:
    assert not plan_of(case(), renew_keys_before=None).contact.write_panel_key


def test_each_list_gets_a_lead_of_its_own_and_the_person_one_contact() -> None:
    plan = plan_of(case(row("key-1"), row("key-2", list_no=1)))
    assert [one for _, one in plan.rows] == [Create(), Create()]
    assert plan.contact.create


def test_each_row_is_measured_by_its_own_score() -> None:
    plan = plan_of(case(row("key-1", score=60), row("key-2", score=10, list_no=1)))
    assert [one for _, one in plan.rows] == [Create(), Skip(reason=SkipReason.BELOW_THRESHOLD)]


# --- a Contact that is there --------------------------------------------------------------------


def test_a_contact_with_the_address_is_used() -> None:
    plan = plan_of(case(contacts=[contact("c1")]))
    assert only_row(plan) == Create()
    assert (plan.contact.contact_id, plan.contact.create) == ("c1", False)


def test_of_several_contacts_the_one_changed_last_is_used_and_all_are_named() -> None:
    contacts = [contact("c1", minutes=1), contact("c2", minutes=2), contact("c3")]
    plan = plan_of(case(contacts=contacts))
    made = only_row(plan)
    assert isinstance(made, Create)
    assert plan.contact.contact_id == "c2"
    assert made.detail == "Ambiguous: 3 Contacts have this address (c1, c2, c3)."


def test_a_deleted_contact_makes_nothing_ambiguous() -> None:
    plan = plan_of(case(contacts=[contact("c1"), contact("c2", minutes=5, deleted=True)]))
    assert only_row(plan) == Create()
    assert plan.contact.contact_id == "c1"


def test_the_contact_linked_before_comes_before_one_changed_later() -> None:
    before, later = contact("c1"), contact("c2", minutes=5)
    plan = plan_of(case(record=record(), recorded=before, contacts=[later, before]))
    assert plan.contact.contact_id == "c1"
    made = only_row(plan)
    assert isinstance(made, Create)
    assert "c1, c2" in made.detail


def test_the_contact_linked_before_is_used_although_its_address_was_changed() -> None:
    plan = plan_of(case(record=record(), recorded=contact("c1")))
    assert (plan.contact.contact_id, plan.contact.create) == ("c1", False)


def test_a_contact_with_the_address_comes_before_one_that_lost_it() -> None:
    plan = plan_of(case(record=record(), recorded=contact("c1"), contacts=[contact("c2")]))
    assert plan.contact.contact_id == "c2"


def test_a_contact_merged_into_another_is_followed() -> None:
    gone = contact("c1", deleted=True, ours=True)
    plan = plan_of(case(record=record(), recorded=gone, contacts=[gone, contact("c2")]))
    assert only_row(plan) == Create()
    assert plan.contact.contact_id == "c2"
    assert not plan.block


# --- a Lead of ours -----------------------------------------------------------------------------


def test_a_linked_lead_that_shows_the_score_is_left_alone() -> None:
    plan = plan_of(
        case(
            links=[link()],
            own_leads=[lead(key="key-1", score=50)],
            record=record(),
            recorded=up_to_date(),
            contacts=[up_to_date()],
        )
    )
    assert only_row(plan) == Keep(lead_id="lead-1", write_score=False)
    assert not plan.contact.writes


@pytest.mark.parametrize("shown", [None, 49, 51, 0])
def test_a_score_that_differs_is_written(shown: int | None) -> None:
    plan = plan_of(case(links=[link()], own_leads=[lead(key="key-1", score=shown)]))
    assert keep_of(plan).write_score


@pytest.mark.parametrize("score", [10, None])
def test_a_linked_lead_stays_linked_when_the_score_falls_or_goes(score: int | None) -> None:
    plan = plan_of(case(row(score=score), links=[link()], own_leads=[lead(key="key-1", score=50)]))
    assert keep_of(plan) == Keep(lead_id="lead-1", write_score=score is not None)


def test_a_lead_found_by_its_key_alone_is_linked_again() -> None:
    plan = plan_of(case(own_leads=[lead(key="key-1", score=50)]))
    assert only_row(plan) == Keep(lead_id="lead-1", write_score=False, confirm=True)


def test_a_link_whose_lead_the_index_does_not_know_is_trusted() -> None:
    assert keep_of(plan_of(case(links=[link()]))) == Keep(lead_id="lead-1", write_score=True)


def test_a_link_whose_lead_the_index_does_not_know_waits_for_a_score() -> None:
    plan = plan_of(case(row(score=None), links=[link()]))
    assert keep_of(plan) == Keep(lead_id="lead-1", write_score=False)


def test_a_lead_that_is_lost_or_archived_is_still_our_lead() -> None:
    plan = plan_of(case(links=[link()], own_leads=[lead(key="key-1", open=False, score=50)]))
    assert keep_of(plan).lead_id == "lead-1"


def test_a_live_copy_outlives_the_deleted_original() -> None:
    leads = [lead("lead-1", key="key-1", deleted=True, minutes=5), lead("lead-2", key="key-1")]
    assert keep_of(plan_of(case(links=[link()], own_leads=leads))).lead_id == "lead-2"


def test_of_two_live_copies_the_linked_one_counts_even_if_older() -> None:
    leads = [lead("lead-1", key="key-1"), lead("lead-2", key="key-1", minutes=5)]
    assert keep_of(plan_of(case(links=[link()], own_leads=leads))).lead_id == "lead-1"


def test_of_two_live_copies_without_a_link_the_one_changed_last_counts() -> None:
    leads = [lead("lead-1", key="key-1", minutes=5), lead("lead-2", key="key-1")]
    assert keep_of(plan_of(case(own_leads=leads))).lead_id == "lead-1"


def test_our_lead_without_any_contact_gets_none_made() -> None:
    plan = plan_of(case(links=[link()], own_leads=[lead(key="key-1")]))
    assert plan.contact == ContactPlan(contact_id=None)


# --- what a crash left --------------------------------------------------------------------------


@pytest.mark.parametrize("score", [50, 10, None])
def test_an_intent_counts_as_a_crossing_whatever_the_score_is_now(score: int | None) -> None:
    assert only_row(plan_of(case(row(score=score), links=[intent()]))) == Create()


def test_an_intent_whose_lead_was_made_by_an_earlier_run_is_confirmed() -> None:
    plan = plan_of(case(links=[intent(run_id=1)], own_leads=[lead(key="key-1", score=50)]))
    assert only_row(plan) == Keep(lead_id="lead-1", write_score=False, confirm=True)


def test_an_intent_whose_lead_was_made_by_this_run_counts_as_created_now() -> None:
    plan = plan_of(case(links=[intent(run_id=THIS_RUN)], own_leads=[lead(key="key-1", score=50)]))
    assert keep_of(plan).made_now
    assert keep_of(plan).confirm


def test_a_lead_linked_by_this_run_is_not_made_now() -> None:
    plan = plan_of(case(links=[link(run_id=THIS_RUN)], own_leads=[lead(key="key-1", score=50)]))
    assert not keep_of(plan).made_now


def test_a_link_without_a_lead_is_no_more_than_an_intent() -> None:
    assert only_row(plan_of(case(row(score=1), links=[link(lead_id=None)]))) == Create()


def test_an_intent_does_not_break_a_block() -> None:
    plan = plan_of(case(links=[intent()], record=record(blocked=True)))
    assert skip_of(plan).reason is SkipReason.DELETED_IN_CRM


# --- deleted on purpose -------------------------------------------------------------------------


def test_a_deleted_lead_of_ours_is_buried() -> None:
    plan = plan_of(case(links=[link()], own_leads=[lead(key="key-1", deleted=True)]))
    assert skip_of(plan).reason is SkipReason.DELETED_IN_CRM
    assert skip_of(plan).bury
    assert not plan.contact.writes


def test_a_deleted_lead_found_by_its_key_alone_is_buried_too() -> None:
    assert skip_of(plan_of(case(own_leads=[lead(key="key-1", deleted=True)]))).bury


@pytest.mark.parametrize("own_leads", [[], [lead(key="key-1")], [lead(key="key-1", deleted=True)]])
def test_a_tombstone_stays_whatever_pipeliner_shows(own_leads: list[IndexedLead]) -> None:
    plan = plan_of(case(links=[tombstone()], own_leads=own_leads, contacts=[contact()]))
    assert skip_of(plan).reason is SkipReason.DELETED_IN_CRM
    assert not skip_of(plan).bury
    assert not plan.contact.writes


def test_a_tombstone_blocks_one_list_and_not_the_person() -> None:
    plan = plan_of(case(row("key-1"), row("key-2", list_no=1), links=[tombstone("key-1")]))
    assert isinstance(plan.rows[0][1], Skip)
    assert plan.rows[1][1] == Create()
    assert not plan.block


GONE = contact("c1", deleted=True, ours=True)


@pytest.mark.parametrize(
    "one",
    [
        case(record=record(blocked=True)),
        case(record=record(), recorded=contact("c1", deleted=True)),
        case(contacts=[GONE]),
        case(row("key-1"), record=record(), recorded=GONE, contacts=[GONE]),
    ],
    ids=["remembered", "the one linked before", "after a loss of our data", "all of it"],
)
def test_a_deleted_contact_of_ours_blocks_the_person(one: Case) -> None:
    plan = plan_of(one)
    assert skip_of(plan).reason is SkipReason.DELETED_IN_CRM
    assert skip_of(plan).detail == "The Contact was deleted in Pipeliner."
    assert not skip_of(plan).bury
    assert plan.block
    assert not plan.contact.writes


def test_a_contact_deleted_before_we_touched_it_blocks_nothing() -> None:
    plan = plan_of(case(contacts=[contact(deleted=True)]))
    assert only_row(plan) == Create()
    assert plan.contact.create


@pytest.mark.parametrize(
    "one",
    [
        case(record=record(blocked=True), contacts=[contact("c2")]),
        case(contacts=[GONE, contact("c2")]),
        case(record=record(blocked=True), recorded=contact("c2")),
    ],
    ids=["remembered", "beside the deleted one", "undeleted under another address"],
)
def test_a_live_contact_lifts_the_block(one: Case) -> None:
    plan = plan_of(one)
    assert only_row(plan) == Create()
    assert plan.contact.contact_id == "c2"
    assert not plan.block


def test_a_lead_of_a_blocked_person_goes_on_and_its_contact_stays_deleted() -> None:
    plan = plan_of(
        case(record=record(), recorded=GONE, links=[link()], own_leads=[lead(key="key-1", score=1)])
    )
    assert only_row(plan) == Keep(lead_id="lead-1", write_score=True)
    assert not plan.contact.writes
    assert plan.block


# --- Leads made by hand -------------------------------------------------------------------------


def test_an_open_lead_made_by_hand_stops_a_new_one_and_gets_the_score() -> None:
    plan = plan_of(case(near_leads=[lead("by-hand")]))
    assert skip_of(plan) == Skip(
        reason=SkipReason.EXISTING_LEAD,
        detail="Open Lead by-hand has the same address.",
        touch_lead_id="by-hand",
    )
    assert not plan.contact.writes


def test_a_lead_made_by_hand_that_shows_the_score_is_left_alone() -> None:
    assert skip_of(plan_of(case(near_leads=[lead("by-hand", score=50)]))).touch_lead_id is None


@pytest.mark.parametrize(
    "near",
    [
        lead("lost", open=False),
        lead("deleted", deleted=True),
        lead("of-ours", key="key-of-another-list"),
    ],
    ids=lambda one: one.lead_id,
)
def test_a_lead_that_is_lost_deleted_or_ours_stops_nothing(near: IndexedLead) -> None:
    assert only_row(plan_of(case(near_leads=[near]))) == Create()


@pytest.mark.parametrize("turn", [1, -1])
def test_of_several_leads_made_by_hand_the_one_changed_last_is_named(turn: int) -> None:
    near = [lead("a"), lead("b", minutes=5), lead("c", minutes=3), lead("d", minutes=9, open=False)]
    assert skip_of(plan_of(case(near_leads=near[::turn]))).touch_lead_id == "b"


@pytest.mark.parametrize("turn", [1, -1])
def test_a_tie_between_leads_made_by_hand_falls_the_same_way_each_time(turn: int) -> None:
    assert skip_of(plan_of(case(near_leads=[lead("a"), lead("b")][::turn]))).touch_lead_id == "b"


def test_a_lead_made_by_hand_gets_no_score_below_the_threshold() -> None:
    plan = plan_of(case(row(score=10), near_leads=[lead("by-hand")]))
    assert only_row(plan) == Skip(reason=SkipReason.BELOW_THRESHOLD)


def test_a_lead_made_by_hand_stops_an_intent_too_and_without_a_score_is_not_touched() -> None:
    plan = plan_of(case(row(score=None), links=[intent()], near_leads=[lead("by-hand")]))
    assert skip_of(plan).reason is SkipReason.EXISTING_LEAD
    assert skip_of(plan).touch_lead_id is None


def test_an_admin_may_have_leads_created_anyway() -> None:
    plan = plan_of(case(near_leads=[lead("by-hand")]), existing_lead=ExistingLead.CREATE)
    assert only_row(plan) == Create()


def test_a_lead_made_by_hand_is_told_one_score_though_two_lists_ask() -> None:
    plan = plan_of(case(row("key-1"), row("key-2", list_no=1), near_leads=[lead("by-hand")]))
    assert [writes_lead(one) for _, one in plan.rows].count(True) == 1


def test_a_lead_made_by_hand_shows_the_highest_of_several_scores_and_keeps_it() -> None:
    rows = (row("key-1", score=45), row("key-2", score=70, list_no=1))
    plan = plan_of(case(*rows, near_leads=[lead("by-hand", score=70)]))
    assert [writes_lead(one) for _, one in plan.rows] == [False, False]


# --- the Contact's fields -----------------------------------------------------------------------


def linked_case(*rows: object, known: IndexedContact) -> Case:
    """A person whose Lead shows 50 points, with this Contact."""
    return case(
        *rows,  # type: ignore[arg-type]
        links=[link()],
        own_leads=[lead(key="key-1", score=50)],
        record=record(),
        recorded=known,
        contacts=[known],
    )


def test_a_contact_gets_the_score_when_it_changed() -> None:
    plan = plan_of(linked_case(known=up_to_date(score=49)))
    assert plan.contact == ContactPlan(contact_id="c1", write_score=True)


def test_a_score_that_went_does_not_wipe_the_contacts() -> None:
    plan = plan_of(linked_case(row(score=None), known=up_to_date(score=49)))
    assert not plan.contact.writes


def test_a_contact_shows_the_highest_score_of_its_person() -> None:
    rows = row("key-1", score=50), row("key-2", score=70, list_no=1)
    assert not plan_of(linked_case(*rows, known=up_to_date(score=70))).contact.write_score
    assert plan_of(linked_case(*rows, known=up_to_date(score=50))).contact.write_score


def test_a_contact_learns_its_acton_id_once() -> None:
    ends = HALF_LIFE + timedelta(days=1)
    new = contact(score=50, key_ends=ends)
    assert plan_of(linked_case(known=new)).contact == ContactPlan(
        contact_id="c1", write_person=True
    )
    other = contact(score=50, key_ends=ends, acton_contact_id="another list's id")
    assert not plan_of(linked_case(known=other)).contact.writes


@pytest.mark.parametrize(
    ("ends", "due"),
    [
        (None, True),
        (HALF_LIFE - timedelta(seconds=1), True),
        (HALF_LIFE, False),
        (HALF_LIFE + timedelta(days=14), False),
    ],
)
def test_a_panel_key_is_renewed_when_half_its_life_is_gone(
    ends: datetime | None, due: bool
) -> None:
    known = contact(score=50, acton_contact_id="l-0000:0", key_ends=ends)
    plan = plan_of(linked_case(known=known))
    assert plan.contact == ContactPlan(contact_id="c1", write_panel_key=due)


def test_a_panel_key_is_not_renewed_where_there_is_no_field_for_it() -> None:
    known = contact(score=50, acton_contact_id="l-0000:0")
    assert not plan_of(linked_case(known=known), renew_keys_before=None).contact.writes


def test_somebody_without_a_lead_of_ours_has_nothing_written_on_the_contact() -> None:
    plan = plan_of(case(row(score=10), contacts=[contact()]))
    assert plan.contact == ContactPlan(contact_id="c1")


# --- what is foreseen ---------------------------------------------------------------------------

NOTHING = ContactPlan(contact_id="c1")
SCORED = ContactPlan(contact_id="c1", write_score=True)


@pytest.mark.parametrize(
    ("one", "on_contact", "best", "result"),
    [
        (Create(), NOTHING, 50, (Result.CREATED, None)),
        (
            Skip(reason=SkipReason.NO_SCORE),
            NOTHING,
            None,
            (Result.SKIPPED, SkipReason.NO_SCORE),
        ),
        (Keep(lead_id="a", write_score=False), NOTHING, 50, (Result.UNCHANGED, None)),
        (Keep(lead_id="a", write_score=True), NOTHING, 50, (Result.UPDATED, None)),
        (Keep(lead_id="a", write_score=False), SCORED, 50, (Result.UPDATED, None)),
        (Keep(lead_id="a", write_score=False), SCORED, 70, (Result.UNCHANGED, None)),
        (
            Keep(lead_id="a", write_score=False, made_now=True),
            NOTHING,
            50,
            (Result.CREATED, None),
        ),
    ],
)
def test_the_outcome_of_a_plan_is_foreseen(
    one: RowPlan,
    on_contact: ContactPlan,
    best: int | None,
    result: tuple[Result, SkipReason | None],
) -> None:
    assert expected(row(score=50), one, on_contact, best) == result


def test_a_contacts_score_is_no_news_of_a_row_without_one() -> None:
    assert not contact_change_shows(row(score=None), SCORED, None)


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (Create(), True),
        (Keep(lead_id="a", write_score=True), True),
        (Keep(lead_id="a", write_score=False, confirm=True), False),
        (Skip(reason=SkipReason.EXISTING_LEAD, touch_lead_id="a"), True),
        (Skip(reason=SkipReason.EXISTING_LEAD), False),
    ],
)
def test_which_plans_have_something_to_tell_a_lead(one: RowPlan, told: bool) -> None:
    assert writes_lead(one) is told


@pytest.mark.parametrize("state", list(LinkState))
def test_every_state_of_a_link_has_a_plan(state: LinkState) -> None:
    links: list[Link] = [link(state=state)]
    kinds = {
        LinkState.CREATING: Create,
        LinkState.LINKED: Keep,
        LinkState.TOMBSTONE: Skip,
    }
    assert isinstance(only_row(plan_of(case(links=links))), kinds[state])
