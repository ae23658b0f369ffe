"""The panel in a Lead: the same panel, that also says which Lead it stands in."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from sync.model import CrmLead
from sync.panel import Closed, PanelClosed, PanelState, Pass
from sync.panel.values import Crossing, PanelView
from sync.rules.keys import link_key, person_digest
from sync.store.tables import runs
from tests.panel.conftest import ANN, NOON, OTHER_SPACE, SPACE, World, sign_hs256
from tests.panel.test_access import SECRET, claims

LEAD_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def launching(world: World) -> World:
    """A world whose host signs launches with a shared secret."""
    world.set_launch_key(SECRET)
    return world


def crossing(list_name: str, key: str) -> Crossing:
    return Crossing(
        list_name=list_name,
        crossed_at=NOON,
        run_id=1,
        run_date=NOON.date(),
        lead_id="l",
        lead_name="",
        lead_url=None,
        key=key,
    )


def launch(world: World, **changes: Any) -> Pass:
    """A launch in a Lead."""
    said = {name: value for name, value in claims(world).items() if name != "contact"}
    return world.panel.open_with_token(sign_hs256(said | changes, SECRET))


# --- which Lead it is ---------------------------------------------------------------------------


def test_a_pass_knows_in_which_lead_it_was_opened(world: World) -> None:
    opened = world.by_key()
    assert opened.lead_key is None
    assert opened.on_lead(LEAD_KEY) == replace(opened, lead_key=LEAD_KEY)


@pytest.mark.parametrize(
    "odd", ["", "x", "A" * 32, f"{LEAD_KEY}0", "<script>", "{#field}", "é" * 32]
)
def test_what_is_no_key_of_ours_says_only_that_it_is_a_lead(world: World, odd: str) -> None:
    assert world.by_key().on_lead(odd).lead_key == ""


@pytest.mark.parametrize("lead_key", [None, "", LEAD_KEY])
def test_a_session_remembers_the_lead(world: World, lead_key: str | None) -> None:
    opened = replace(world.by_key(), lead_key=lead_key)
    assert world.panel.check_session(world.panel.make_session(opened)) == opened


def test_the_lead_that_is_looked_at_comes_first_and_is_marked() -> None:
    crossings = [crossing("Autumn", "b"), crossing("Spring", "a")]
    view = PanelView(state=PanelState.LINKED, space_id=SPACE, crossings=crossings)
    seen = view.seen_from("a")
    assert [(one.list_name, one.is_here) for one in seen.crossings] == [
        ("Spring", True),
        ("Autumn", False),
    ]
    assert seen.on_lead


@pytest.mark.parametrize("key", ["", "somebody-elses"])
def test_a_lead_of_nobody_here_marks_nothing(key: str) -> None:
    view = PanelView(
        state=PanelState.LINKED, space_id=SPACE, crossings=[crossing("Old", ""), crossing("B", "b")]
    )
    assert list(view.seen_from(key).crossings) == list(view.crossings)


def test_in_a_contact_the_view_is_as_it_was() -> None:
    view = PanelView(state=PanelState.LINKED, space_id=SPACE, crossings=[crossing("Spring", "a")])
    assert view.seen_from(None) == view


def test_a_crossing_tells_the_threshold_of_its_run_and_the_key_of_its_lead(world: World) -> None:
    world.sync_links(lists=["Spring"])
    with world.store.write() as desk:
        desk.connection.execute(update(runs).values(threshold=35))  # it is another one now
    [one] = world.panel.view(world.by_key()).crossings
    assert (one.key, one.threshold) == (link_key(SPACE, "l-Spring", ANN), 35)


# --- launches in a Lead -------------------------------------------------------------------------


def test_a_launch_in_a_lead_of_ours_opens_the_panel_of_its_person(launching: World) -> None:
    ann = launching.sync_links(lists=["Spring"])
    opened = launch(launching, lead=ann.lead_ids[0])
    assert (opened.person, opened.contact_id, opened.user) == (
        person_digest(SPACE, ANN),
        None,
        "anna@example.com",
    )
    assert opened.lead_key == launching.panel.view(opened).crossings[0].key
    assert launching.panel.view(opened).address == ANN


def test_such_a_launch_is_not_remembered_as_a_key_would_be(launching: World) -> None:
    ann = launching.sync_links(lists=["Spring"])
    assert launching.panel.name_of(launch(launching, lead=ann.lead_ids[0])) is None


def test_a_launch_in_another_lead_opens_the_panel_of_its_contact(launching: World) -> None:
    with launching.store.write() as desk:
        lead = CrmLead(
            lead_id="by-hand", modified=NOON, deleted=False, open=True, contact_ids=("c0001",)
        )
        desk.crm.save_leads(SPACE, [lead], lambda raw: None)
    opened = launch(launching, lead="by-hand")
    assert (opened.person, opened.contact_id, opened.lead_key) == (None, "c0001", "")
    assert launching.panel.view(opened).find


def test_a_launch_in_a_lead_that_we_do_not_know_opens_nothing(launching: World) -> None:
    with pytest.raises(PanelClosed) as refused:
        launch(launching, lead="unknown")
    assert refused.value.reason is Closed.NOT_CREATED


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lead": None},
        {"lead": ""},
        {"lead": 7},
        {"lead": "a\x00b"},
        {"lead": "l", "contact": "c"},
    ],
    ids=repr,
)
def test_a_launch_names_one_record(launching: World, changes: dict[str, Any]) -> None:
    with pytest.raises(PanelClosed) as refused:
        launch(launching, **changes)
    assert refused.value.reason is Closed.INVALID


def test_a_lead_of_another_space_opens_nothing(launching: World) -> None:
    with launching.store.write() as desk:
        lead = CrmLead(
            lead_id="theirs", modified=NOON, deleted=False, open=True, contact_ids=("c0001",)
        )
        desk.crm.save_leads(OTHER_SPACE, [lead], lambda raw: None)
    with pytest.raises(PanelClosed):
        launch(launching, lead="theirs")
