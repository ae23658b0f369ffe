"""Deciding as a law: one plan a row, no tombstone undone, nothing twice, quiet when it is done."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from sync.model import ExistingLead, IndexedContact, IndexedLead, LinkState, SkipReason
from sync.rules.composing import hold_creates
from sync.rules.deciding import decide
from sync.rules.plans import (
    Case,
    CaseRow,
    ContactPlan,
    Create,
    Keep,
    Plan,
    Policy,
    RowPlan,
    Skip,
    writes_lead,
)
from tests.pure.builders import (
    HALF_LIFE,
    NOON,
    THIS_RUN,
    case,
    contact,
    lead,
    link,
    policy,
    record,
    row,
)

SCORES = st.none() | st.integers(38, 42)
KEYS = ("key-0", "key-1", "key-2")
MADE = "made"
FRESH_KEY = HALF_LIFE + timedelta(days=15)

CONTACTS = st.builds(
    contact,
    st.sampled_from(("c1", "c2", "c3")),
    minutes=st.integers(0, 2),
    deleted=st.booleans(),
    ours=st.booleans(),
    score=SCORES,
    acton_contact_id=st.sampled_from(("", "l-0000:0")),
    key_ends=st.sampled_from((None, NOON, FRESH_KEY)),
)
LEADS = st.builds(
    lead,
    st.uuids().map(str),
    key=st.sampled_from(("", *KEYS)),
    minutes=st.integers(0, 2),
    deleted=st.booleans(),
    open=st.booleans(),
    score=SCORES,
)
POLICIES = st.builds(
    policy,
    existing_lead=st.sampled_from(ExistingLead),
    renew_keys_before=st.sampled_from((None, HALF_LIFE)),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Anything that can be known about one person, also what contradicts itself."""
    keys = KEYS[: draw(st.integers(1, 3))]
    contacts = draw(st.lists(CONTACTS, max_size=3, unique_by=lambda one: one.contact_id))
    recorded = draw(st.none() | st.sampled_from(contacts) if contacts else st.none())
    carriers = [one for one in contacts if one is not recorded or draw(st.booleans())]
    leads = draw(st.lists(LEADS, max_size=4))
    links = [
        link(
            key,
            state=draw(st.sampled_from(LinkState)),
            lead_id=draw(st.sampled_from((None, f"unheard of {key}", *_carriers_of(key, leads)))),
            run_id=draw(st.sampled_from((1, THIS_RUN))),
        )
        for key in keys
        if draw(st.booleans())
    ]
    known = None
    if recorded is not None or draw(st.booleans()):
        known = record(
            contact_id=recorded.contact_id if recorded else None, blocked=draw(st.booleans())
        )
    return case(
        *(row(key, score=draw(SCORES), list_no=number) for number, key in enumerate(keys)),
        record=known,
        contacts=carriers,
        recorded=recorded,
        links=links,
        own_leads=[one for one in leads if one.key],
        near_leads=leads,
    )


def _carriers_of(key: str, leads: Sequence[IndexedLead]) -> list[str]:
    return [one.lead_id for one in leads if one.key == key]


# --- doing what was planned, on paper -----------------------------------------------------------


def apply(one: Case, plan: Plan) -> Case:
    """The case as it stands once Pipeliner took every write and we saved what happened."""
    one = _apply_contact(one, plan)
    for own, row_plan in plan.rows:
        one = _apply_row(one, own, row_plan)
    return one


def _apply_contact(one: Case, plan: Plan) -> Case:
    contact_id = plan.contact.contact_id or (MADE if plan.contact.create else None)
    contacts = list(one.contacts)
    if plan.contact.create:
        contacts.append(contact(MADE, minutes=9))
    contacts = [_written(known, one, plan.contact, contact_id) for known in contacts]
    recorded = one.recorded and _written(one.recorded, one, plan.contact, contact_id)
    kept = any(isinstance(row_plan, Keep) for _, row_plan in plan.rows)
    known = one.record
    if plan.block or kept or plan.contact.writes:
        linked = contact_id or (known.contact_id if known else None)
        known = record(contact_id=linked, blocked=plan.block)
        everybody = [*contacts, *([recorded] if recorded else [])]
        recorded = next((who for who in everybody if who.contact_id == linked), None)
    return replace(one, contacts=contacts, recorded=recorded, record=known)


def _written(
    known: IndexedContact, one: Case, plan: ContactPlan, contact_id: str | None
) -> IndexedContact:
    if known.contact_id != contact_id or not plan.writes:
        return known
    return replace(
        known,
        ours=True,
        score=one.best_score if plan.write_score else known.score,
        acton_contact_id=one.acton_contact_id if plan.write_person else known.acton_contact_id,
        panel_key_expires_at=FRESH_KEY if plan.write_panel_key else known.panel_key_expires_at,
    )


def _apply_row(one: Case, own: CaseRow, row_plan: RowPlan) -> Case:
    match row_plan:
        case Create():
            made = lead(f"lead of {own.key}", key=own.key, minutes=9, score=own.score)
            return _link(_add_lead(one, made), own.key, LinkState.LINKED, made.lead_id)
        case Keep(lead_id=lead_id):
            if row_plan.write_score:
                one = _score_lead(one, own, lead_id)
            return _link(one, own.key, LinkState.LINKED, lead_id)
        case Skip(bury=True):
            return _link(one, own.key, LinkState.TOMBSTONE, None)
        case Skip(touch_lead_id=str() as lead_id):
            return _score_lead(one, own, lead_id)
    return one


def _add_lead(one: Case, made: IndexedLead) -> Case:
    own_leads = {**one.own_leads, made.key: [*one.own_leads.get(made.key, ()), made]}
    return replace(one, own_leads=own_leads, near_leads=[*one.near_leads, made])


def _score_lead(one: Case, own: CaseRow, lead_id: str) -> Case:
    known = [*one.near_leads, *(each for some in one.own_leads.values() for each in some)]
    if lead_id not in [each.lead_id for each in known]:  # now the index has heard of it
        return _add_lead(one, lead(lead_id, key=own.key, score=own.score))

    def scored(leads: Sequence[IndexedLead]) -> list[IndexedLead]:
        return [
            replace(each, score=own.score) if each.lead_id == lead_id else each for each in leads
        ]

    own_leads = {key: scored(leads) for key, leads in one.own_leads.items()}
    return replace(one, own_leads=own_leads, near_leads=scored(one.near_leads))


def _link(one: Case, key: str, state: LinkState, lead_id: str | None) -> Case:
    before = one.links.get(key)
    made = link(key, state=state, lead_id=lead_id or (before.lead_id if before else None))
    return replace(one, links={**one.links, key: made})


# --- the laws -----------------------------------------------------------------------------------


@given(cases(), POLICIES)
def test_every_row_gets_exactly_one_plan(one: Case, chosen: Policy) -> None:
    plan = decide(one, chosen)
    assert [own for own, _ in plan.rows] == list(one.rows)


@given(cases(), POLICIES, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_found_does_not_matter(
    one: Case, chosen: Policy, random: Random
) -> None:
    def shuffled(things: Sequence[object]) -> list[object]:
        mixed = list(things)
        random.shuffle(mixed)
        return mixed

    other = replace(
        one,
        contacts=shuffled(one.contacts),
        near_leads=shuffled(one.near_leads),
        own_leads={key: shuffled(leads) for key, leads in one.own_leads.items()},
    )
    assert decide(other, chosen) == decide(one, chosen)


@given(cases(), POLICIES)
def test_a_tombstone_never_becomes_a_lead(one: Case, chosen: Policy) -> None:
    buried = {key for key, known in one.links.items() if known.state is LinkState.TOMBSTONE}
    for own, row_plan in decide(one, chosen).rows:
        if own.key in buried:
            assert isinstance(row_plan, Skip)
            assert row_plan.reason is SkipReason.DELETED_IN_CRM


@given(cases(), POLICIES)
def test_a_lead_is_only_made_where_none_carries_its_key(one: Case, chosen: Policy) -> None:
    for own, row_plan in decide(one, chosen).rows:
        if isinstance(row_plan, Create):
            assert not one.own_leads[own.key]
            assert own.key in one.links or (own.score is not None and own.score >= 40)


@given(cases(), POLICIES)
def test_nothing_is_written_on_a_contact_that_is_deleted(one: Case, chosen: Policy) -> None:
    plan = decide(one, chosen).contact
    everybody = [*one.contacts, *([one.recorded] if one.recorded else [])]
    if plan.contact_id is not None:
        [chosen_one] = {who for who in everybody if who.contact_id == plan.contact_id}
        assert not chosen_one.deleted
    if plan.create:
        assert all(who.deleted and not who.ours for who in one.contacts)


@given(cases(), POLICIES)
def test_a_contact_is_only_made_for_a_lead(one: Case, chosen: Policy) -> None:
    plan = decide(one, chosen)
    if plan.contact.create:
        assert any(isinstance(row_plan, Create) for _, row_plan in plan.rows)


@given(cases(), POLICIES)
def test_held_creations_create_nothing_and_change_no_other_row(one: Case, chosen: Policy) -> None:
    plan = decide(one, chosen)
    held = hold_creates(plan)
    assert not held.contact.create
    for (own, before), (same, after) in zip(plan.rows, held.rows, strict=True):
        assert own == same
        if isinstance(before, Create):
            assert isinstance(after, Skip)
            assert after.reason is SkipReason.WAITING_FOR_APPROVAL
        else:
            assert after == before


TWO_LISTS = (row("key-0", score=45), row("key-1", score=70, list_no=1))


@given(cases(), POLICIES)
@example(case(*TWO_LISTS, near_leads=[lead("made by hand")]), policy())
def test_once_done_there_is_nothing_left_to_do(one: Case, chosen: Policy) -> None:
    done = apply(one, decide(one, chosen))
    again = decide(done, chosen)
    assert not again.contact.writes
    for _, row_plan in again.rows:
        assert not writes_lead(row_plan)
        assert not (isinstance(row_plan, Skip) and row_plan.bury)
        assert not (isinstance(row_plan, Keep) and row_plan.confirm)


# --- a long life --------------------------------------------------------------------------------


def run_to_its_end(one: Case) -> Case:
    return apply(one, decide(one, policy()))


def crash_before_the_leads(one: Case) -> Case:
    plan = decide(one, policy())
    for own, row_plan in plan.rows:
        if isinstance(row_plan, Create):
            one = _link(one, own.key, LinkState.CREATING, None)
    return one


def crash_after_the_leads(one: Case) -> Case:
    """The Leads are made, but we saved no more than the intents."""
    intents, made = crash_before_the_leads(one), run_to_its_end(one)
    return replace(made, links=intents.links, record=one.record, recorded=one.recorded)


def lose_our_database(one: Case) -> Case:
    return replace(one, links={}, record=None, recorded=None)


def delete_the_leads(one: Case) -> Case:
    def gone(leads: Sequence[IndexedLead]) -> list[IndexedLead]:
        return [replace(each, deleted=True) for each in leads]

    own_leads = {key: gone(leads) for key, leads in one.own_leads.items()}
    return replace(one, own_leads=own_leads, near_leads=gone(one.near_leads))


def delete_the_contacts(one: Case) -> Case:
    return replace(
        one,
        contacts=[replace(each, deleted=True) for each in one.contacts],
        recorded=one.recorded and replace(one.recorded, deleted=True),
    )


def make_a_contact_by_hand(one: Case) -> Case:
    return replace(one, contacts=[*one.contacts, contact(f"by hand {len(one.contacts)}")])


def score_falls(one: Case) -> Case:
    rows = [replace(own, score=1) for own in one.rows]
    return replace(one, rows=rows, best_score=1)


def score_rises(one: Case) -> Case:
    rows = [replace(own, score=90) for own in one.rows]
    return replace(one, rows=rows, best_score=90)


Event = Callable[[Case], Case]
EVENTS: tuple[Event, ...] = (
    run_to_its_end,
    crash_before_the_leads,
    crash_after_the_leads,
    lose_our_database,
    delete_the_leads,
    delete_the_contacts,
    make_a_contact_by_hand,
    score_falls,
    score_rises,
)


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_whatever_happens_in_a_life_no_place_in_a_list_gets_a_second_lead(
    life: list[Event],
) -> None:
    one = case(row("key-0"), row("key-1", list_no=1))
    for event in life:
        one = event(one)
    one = run_to_its_end(score_rises(one))
    assert all(len(leads) <= 1 for leads in one.own_leads.values())


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_whatever_happens_in_a_life_what_was_deleted_stays_deleted(life: list[Event]) -> None:
    one = delete_the_leads(run_to_its_end(case(row("key-0"), row("key-1", list_no=1))))
    for event in (run_to_its_end, *life):
        one = event(one)
    assert all(each.deleted for leads in one.own_leads.values() for each in leads)
