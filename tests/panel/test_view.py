"""What the panel shows from our own store, asking nobody: state, way of the score, crossings."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sync.model import ReadBy, ScoreSource, SpaceStatus, Standing
from sync.panel import Mark, PanelState, PanelView, Trouble, TroubleKind
from tests.panel.conftest import ANN, BOB, LAST_NIGHT, NOON, SPACE, World, make_space


def changes(view: PanelView) -> dict[int, int | None]:
    return {change.days: change.points for change in view.changes}


@pytest.fixture(autouse=True)
def _asks_nobody(world: World) -> object:
    """Whatever is viewed, neither vendor is called for it."""
    yield
    assert world.acton.asked == world.acton.looked == []


# --- the first thing said -----------------------------------------------------------------------


def test_a_linked_person_is_shown_with_their_score_and_where_it_comes_from(world: World) -> None:
    world.sync_links(score=63)
    view = world.panel.view(world.by_key())
    assert view.state is PanelState.LINKED
    assert (view.space_id, view.name, view.address) == (SPACE, "Ann Example", ANN)
    assert (view.score, view.read_at, view.source) == (63, LAST_NIGHT, ScoreSource.ALL_CONTACTS)
    assert (view.live, view.threshold, view.time_zone) == (False, 40, "Europe/Berlin")
    assert (view.trouble, view.refresh_at, view.refreshed, view.find) == (None, None, None, False)
    assert world.line.opened == 0


def test_a_score_of_nothing_is_still_a_score(world: World) -> None:
    world.sync_links(score=0)
    view = world.panel.view(world.by_key())
    assert (view.state, view.score) == (PanelState.LINKED, 0)


def test_a_linked_person_without_a_score_sheet_is_said_to_have_none(world: World) -> None:
    world.sync_links(score=None)
    view = world.panel.view(world.by_key())
    assert (view.state, view.score) == (PanelState.NO_SCORE_SHEET, None)


def test_a_key_and_a_launch_show_the_same_person(world: World) -> None:
    ann = world.sync_links()
    by_launch = world.panel.view(world.by_launch(ann.contact_id))
    assert by_launch == world.panel.view(world.by_key())
    assert by_launch.address == ANN


@pytest.mark.parametrize(("user", "find"), [("u1", True), (None, False)])
def test_a_contact_nobody_linked_is_explained_and_may_be_looked_for_by_a_user(
    world: World, user: str | None, find: bool
) -> None:
    contact_id = world.pipeliner.add_contact(BOB, name="Bob Example")
    world.index_crm()
    view = world.panel.view(world.by_launch(contact_id, user=user))
    assert (view.state, view.name, view.find) == (PanelState.NOT_CREATED, "Bob Example", find)
    assert (view.address, view.score, view.crossings, view.looked_for) == ("", None, (), False)


def test_a_contact_that_our_index_does_not_know_has_no_name(world: World) -> None:
    view = world.panel.view(world.by_launch("c9999"))
    assert (view.state, view.name) == (PanelState.NOT_CREATED, "")


def test_a_key_for_somebody_we_forgot_shows_a_stranger_who_cannot_be_looked_for(
    world: World,
) -> None:
    view = world.panel.view(world.by_key())
    assert (view.state, view.find) == (PanelState.NOT_CREATED, False)


def test_a_stranger_is_told_when_the_next_sync_is(world: World) -> None:
    with world.store.write() as desk:
        desk.spaces.set_next_due(SPACE, NOON + timedelta(hours=14))
    view = world.panel.view(world.by_key())
    assert view.next_sync_at == NOON + timedelta(hours=14)
    world.stands(SpaceStatus.SUSPENDED)
    assert world.panel.view(world.by_key()).next_sync_at is None


def test_somebody_looked_for_in_vain_after_the_sync_is_not_in_act_on(world: World) -> None:
    ann = world.sync_links()
    with world.store.write() as desk:
        desk.readings.save(SPACE, ann.person, None, [], read_at=NOON)
    view = world.panel.view(world.by_key())
    assert (view.state, view.score) == (PanelState.NOT_IN_ACTON, 40)


def test_somebody_whom_a_later_sync_met_again_is_in_act_on(world: World) -> None:
    ann = world.sync_links()
    with world.store.write() as desk:
        earlier = LAST_NIGHT - timedelta(seconds=1)
        desk.readings.save(SPACE, ann.person, None, [], read_at=earlier)
    assert world.panel.view(world.by_key()).state is PanelState.LINKED


# --- how the score went -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], {7: None, 30: None}),
        ([(6.9, 10)], {7: None, 30: None}),
        ([(7, 10)], {7: 30, 30: None}),
        ([(29, 10), (8, 55), (6, 1)], {7: -15, 30: None}),
        ([(80, 40), (30, 5), (7, 40)], {7: 0, 30: 35}),
        ([(200, 12)], {7: 28, 30: 28}),
        ([(30, 5), (7, None)], {7: None, 30: 35}),
        ([(30, None), (7, 5)], {7: 35, 30: None}),
    ],
)
def test_changes_compare_with_the_score_that_stood_then(
    world: World, scores: list[tuple[float, int | None]], expected: dict[int, int | None]
) -> None:
    ann = world.sync_links(score=40)
    world.score_was(ann, *scores)
    assert changes(world.panel.view(world.by_key())) == expected


def test_without_a_score_now_there_is_no_change(world: World) -> None:
    ann = world.sync_links(score=None)
    world.score_was(ann, (40, 5), (8, 10))
    assert changes(world.panel.view(world.by_key())) == {7: None, 30: None}


def test_the_way_of_the_score_is_that_of_ninety_days_oldest_first(world: World) -> None:
    ann = world.sync_links(score=40)
    world.score_was(ann, (200, 1), (100, 2), (60, None), (50, 3))
    assert world.panel.view(world.by_key()).history == [
        (NOON - timedelta(days=100), 2),
        (NOON - timedelta(days=50), 3),
        (LAST_NIGHT, 40),
    ]


# --- crossings and lists ------------------------------------------------------------------------


def test_a_crossing_tells_list_day_and_run_and_leads_to_the_lead(world: World) -> None:
    ann = world.sync_links(lists=["Spring"])
    [crossing] = world.panel.view(world.by_key()).crossings
    assert (crossing.list_name, crossing.crossed_at) == ("Spring", LAST_NIGHT)
    assert (crossing.run_id, crossing.run_date) == (1, date(2026, 3, 3))
    assert (crossing.lead_id, crossing.lead_name) == (ann.lead_ids[0], "Ann Example (Spring)")
    assert crossing.lead_url == f"https://crm.example.com/acme_sales/leads/{ann.lead_ids[0]}"
    assert not crossing.deleted


def test_a_deleted_lead_is_named_but_not_linked(world: World) -> None:
    ann = world.sync_links(lists=["Spring", "Autumn"])
    world.pipeliner.delete_lead(ann.lead_ids[0])
    world.index_crm()
    crossings = world.panel.view(world.by_key()).crossings
    seen = {one.list_name: (one.deleted, one.lead_url is None) for one in crossings}
    assert seen == {"Spring": (True, True), "Autumn": (False, False)}


def test_without_a_template_there_are_no_addresses_of_leads(world: World) -> None:
    world.sync_links()
    world.set(record_url=None)
    [crossing] = world.panel.view(world.by_key()).crossings
    assert crossing.lead_url is None


def test_lists_are_those_of_the_crossings_where_no_run_says_more(world: World) -> None:
    world.sync_links(lists=["Spring", "Autumn"])
    assert world.panel.view(world.by_key()).lists == ["Autumn", "Spring"]


# --- marks, links, troubles ---------------------------------------------------------------------


def test_marks_are_those_of_the_latest_reading(world: World) -> None:
    ann = world.sync_links()
    marks = [(Standing.OPTED_OUT, NOON), (Standing.BOUNCED, None)]
    with world.store.write() as desk:
        desk.readings.save(SPACE, ann.person, None, marks, read_at=NOON)
    assert world.panel.view(world.by_key()).marks == [
        Mark(standing=Standing.OPTED_OUT, at=NOON),
        Mark(standing=Standing.BOUNCED, at=None),
    ]


@pytest.mark.parametrize(
    ("domain", "pattern", "url"),
    [
        (None, None, None),
        ("", None, None),
        ("https://go.example.com/acton/x", None, "https://go.example.com/"),
        (
            "https://go.example.com",
            "https://{domain}/p?e={email}&r={record}",
            "https://go.example.com/p?e=a%2Bn%26n%40example.com&r=l-1%3A7",
        ),
        ("https://go.example.com", "javascript:alert('{email}')", None),
        ("javascript:alert(1)", None, None),
        ("https://user:secret@go.example.com", None, "https://go.example.com/"),
    ],
)
def test_the_person_in_act_on_is_linked_by_a_safe_address_or_not_at_all(
    world: World, domain: str | None, pattern: str | None, url: str | None
) -> None:
    space = make_space()
    world.change_space(replace(space, acton=replace(space.acton, marketing_domain_url=domain)))
    world.sync_links("a+n&n@example.com", record_id="l-1:7")
    world.set(person_url=pattern)
    assert world.panel.view(world.by_key("a+n&n@example.com")).acton_url == url


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (SpaceStatus.RUNNING, None),
        (SpaceStatus.REQUESTED, TroubleKind.PAUSED),
        (SpaceStatus.PENDING, TroubleKind.PAUSED),
        (SpaceStatus.SUSPENDED, TroubleKind.PAUSED),
        (SpaceStatus.NEEDS_ATTENTION, TroubleKind.ATTENTION),
    ],
)
def test_the_state_of_the_space_is_told_beside_the_last_value(
    world: World, status: SpaceStatus, kind: TroubleKind | None
) -> None:
    ann = world.sync_links()
    stranger = world.pipeliner.add_contact(BOB)
    world.stands(status)
    expected = Trouble(kind=kind) if kind else None
    known = world.panel.view(world.by_launch(ann.contact_id))
    assert (known.score, known.trouble) == (40, expected)
    unknown = world.panel.view(world.by_launch(stranger))
    assert (unknown.trouble, unknown.find) == (expected, kind is None)


def test_refresh_may_be_pressed_again_after_the_cool_down(world: World) -> None:
    ann = world.sync_links()
    with world.store.write() as desk:
        desk.readings.save(SPACE, ann.person, None, [], read_at=NOON)
    world.passes(seconds=29)
    assert world.panel.view(world.by_key()).refresh_at == NOON + timedelta(seconds=30)
    world.passes(seconds=1)
    assert world.panel.view(world.by_key()).refresh_at is None


def test_what_a_person_read_is_called_live(world: World) -> None:
    world.sync_links()
    record = world.record()
    assert record is not None
    world.save(replace(record, read_by=ReadBy.REFRESH, score_read_at=NOON))
    view = world.panel.view(world.by_key())
    assert (view.live, view.read_at) == (True, NOON)
