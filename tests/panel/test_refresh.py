"""Refresh: one live reading for all who ask, kept and written back; the last value otherwise."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Condition, Event, get_ident

import pytest

from sync.errors import (
    CredentialsRefused,
    IntegrationError,
    QuotaGone,
    SetupError,
    TryLater,
    UnexpectedAnswer,
)
from sync.model import FieldPurpose, ReadBy, ScoreSource, SpaceStatus, Standing
from sync.panel import Mark, PanelState, PanelView, Refreshed, Trouble, TroubleKind
from tests.panel.conftest import ANN, BOB, LAST_NIGHT, NOON, SPACE, World, deed

ROW = "l-0001:0"
UNREACHABLE = Trouble(kind=TroubleKind.UNREACHABLE)


def refresh(world: World, address: str = ANN) -> PanelView:
    return world.panel.refresh(world.by_key(address))


@pytest.fixture
def ann(world: World) -> World:
    """A world in which Ann is linked with 40 points, and Act-On knows better by now."""
    world.acton.add_to_list("l-0001", "Spring", ANN)
    world.sync_links(record_id=ROW)
    world.acton.knows(ANN, 55, deed("os"), deed("oo", "", days_ago=2))
    return world


# --- what is read -------------------------------------------------------------------------------


def test_the_live_score_is_shown_with_what_it_was_before(ann: World) -> None:
    view = refresh(ann)
    assert view.state is PanelState.LINKED
    assert (view.score, view.read_at, view.source, view.live) == (
        55,
        NOON,
        ScoreSource.FACTS,
        True,
    )
    assert view.refreshed == Refreshed(before=40, after=55, written=True)
    assert view.trouble is None
    assert view.refresh_at == NOON + timedelta(seconds=30)
    assert view.marks == [Mark(standing=Standing.OPTED_OUT, at=NOON - timedelta(days=2))]
    assert view.history[-1] == (NOON, 55)


def test_a_row_that_we_know_is_read_with_one_call(ann: World) -> None:
    refresh(ann)
    assert (ann.acton.asked, ann.acton.looked) == ([f"row {ROW}"], [])


def test_what_was_read_is_kept_for_the_person(ann: World) -> None:
    before = ann.record()
    assert before is not None
    refresh(ann)
    assert ann.record() == replace(
        before,
        score=55,
        score_read_at=NOON,
        score_source=ScoreSource.FACTS,
        read_by=ReadBy.REFRESH,
    )


def test_a_person_may_lose_their_score_sheet(ann: World) -> None:
    ann.acton.knows(ANN, None)
    view = refresh(ann)
    assert (view.state, view.score) == (PanelState.NO_SCORE_SHEET, None)
    assert view.refreshed == Refreshed(before=40, after=None, written=True)
    assert ann.pipeliner.changes == []


def test_a_person_without_a_known_row_is_read_by_address(world: World) -> None:
    world.sync_links()
    world.acton.knows(ANN, 55)
    assert refresh(world).score == 55
    assert (world.acton.asked, world.acton.looked) == ([f"address {ANN}"], [])


@pytest.mark.parametrize("record_id", ["nonsense", ":7", "l-0001:"])
def test_a_record_id_that_names_no_row_is_read_by_address(world: World, record_id: str) -> None:
    world.sync_links(record_id=record_id)
    world.acton.knows(ANN, 55)
    assert refresh(world).score == 55


def test_a_row_gone_from_its_list_is_found_by_address(ann: World) -> None:
    ann.acton.row_leaves(ROW)
    assert refresh(ann).score == 55
    assert ann.acton.asked == [f"row {ROW}", f"address {ANN}"]


def test_a_row_gone_from_its_list_is_found_in_another(ann: World) -> None:
    ann.acton.has_all_contacts = False
    ann.acton.row_leaves(ROW)
    ann.acton.add_to_list("l-0002", "Summer", BOB)
    [row] = ann.acton.add_to_list("l-0003", "Autumn", ANN)
    assert refresh(ann).score == 55
    record = ann.record()
    assert record is not None
    assert record.acton_contact_id == row
    ann.passes(minutes=1)
    ann.acton.asked.clear()
    refresh(ann)
    assert ann.acton.asked == [f"row {row}"]


def test_lists_that_the_person_crossed_are_looked_through_first(world: World) -> None:
    world.acton.has_all_contacts = False
    world.acton.add_to_list("l-0001", "First", BOB)
    world.acton.add_to_list("l-Spring", "Spring", ANN)
    world.sync_links(lists=["Spring"])
    world.acton.knows(ANN, 55)
    assert refresh(world).score == 55
    assert world.acton.looked == ["lists", f"l-Spring {ANN}"]


def test_segments_are_not_looked_through_and_not_endless_lists(world: World) -> None:
    world.acton.has_all_contacts = False
    world.acton.add_list("l-segment", "Segment", is_source=False)
    for number in range(60):
        world.acton.add_list(f"l-{number:04}", f"List {number}")
    world.sync_links(lists=[])
    assert refresh(world).state is PanelState.NOT_IN_ACTON
    assert "lists" in world.acton.looked
    assert f"l-segment {ANN}" not in world.acton.looked
    assert 1 < len(world.acton.looked) <= 26


def test_somebody_whom_act_on_does_not_know_any_more_keeps_the_last_value(ann: World) -> None:
    ann.acton.row_leaves(ROW)
    ann.acton.forgets(ANN)
    view = refresh(ann)
    assert (view.state, view.score, view.read_at) == (PanelState.NOT_IN_ACTON, 40, LAST_NIGHT)
    assert view.refreshed == Refreshed(before=40, after=40, written=True)
    assert ann.pipeliner.changes == []


def test_somebody_who_comes_back_to_act_on_is_linked_again(ann: World) -> None:
    ann.acton.row_leaves(ROW)
    ann.acton.forgets(ANN)
    assert refresh(ann).state is PanelState.NOT_IN_ACTON
    ann.passes(minutes=1)
    ann.acton.knows(ANN, 7)
    view = refresh(ann)
    assert (view.state, view.score) == (PanelState.LINKED, 7)


def test_a_stranger_is_not_read(world: World) -> None:
    contact_id = world.pipeliner.add_contact(BOB)
    view = world.panel.refresh(world.by_launch(contact_id))
    assert (view.state, view.refreshed) == (PanelState.NOT_CREATED, None)
    assert (world.acton.asked, world.line.opened) == ([], 0)


@pytest.mark.parametrize("status", [one for one in SpaceStatus if one is not SpaceStatus.RUNNING])
def test_a_space_that_is_not_running_reads_nothing(ann: World, status: SpaceStatus) -> None:
    ann.stands(status)
    view = refresh(ann)
    assert (view.score, view.trouble is not None, view.refreshed) == (40, True, None)
    assert ann.line.opened == 0


def test_what_the_sync_changed_meanwhile_stays(ann: World) -> None:
    """The sync links the person to another Contact while Act-On is being asked."""
    before = ann.record()
    assert before is not None
    expiry = NOON + timedelta(days=30)
    changed = replace(before, contact_id="c0099", panel_key_expires_at=expiry, blocked=True)
    ann.acton.before_answer = lambda: ann.save(changed)
    refresh(ann)
    after = ann.record()
    assert after is not None
    assert after.score == 55
    assert (after.contact_id, after.panel_key_expires_at, after.blocked) == ("c0099", expiry, True)


# --- the cool-down ------------------------------------------------------------------------------


def test_within_the_cool_down_the_last_reading_stands(ann: World) -> None:
    refresh(ann)
    ann.acton.knows(ANN, 99)
    ann.passes(seconds=30)
    view = refresh(ann)
    assert (view.score, view.trouble) == (55, None)
    assert view.refreshed == Refreshed(before=55, after=55, written=True)
    ann.passes(seconds=1)
    assert refresh(ann).score == 99
    assert len(ann.acton.asked) == 2


def test_the_cool_down_of_one_person_holds_nobody_else_up(ann: World) -> None:
    ann.sync_links(BOB, name="Bob Example")
    ann.acton.knows(BOB, 1)
    assert (refresh(ann).score, refresh(ann, BOB).score) == (55, 1)


# --- writing back -------------------------------------------------------------------------------


def written(world: World) -> dict[str, dict[FieldPurpose, object]]:
    """What was written to records, by id."""
    return {
        getattr(one, "contact_id", None) or one.lead_id: dict(one.ours)  # type: ignore[union-attr]
        for one in world.pipeliner.changes
    }


def test_the_score_is_written_to_the_contact_and_all_leads(world: World) -> None:
    ann = world.sync_links(lists=["Spring", "Autumn"])
    world.acton.knows(ANN, 55)
    refresh(world)
    assert written(world) == {
        ann.contact_id: {FieldPurpose.CONTACT_SCORE: 55, FieldPurpose.CONTACT_REFRESHED: NOON},
        **{lead_id: {FieldPurpose.LEAD_SCORE: 55} for lead_id in ann.lead_ids},
    }
    assert world.pipeliner.written == ["contacts 1", "leads 2"]
    indexed = world.indexed_contact(ann.contact_id)
    assert indexed is not None
    assert indexed.score == 55


def test_a_score_that_did_not_change_is_written_nowhere(ann: World) -> None:
    ann.acton.knows(ANN, 40)
    view = refresh(ann)
    assert view.refreshed == Refreshed(before=40, after=40, written=True)
    assert ann.pipeliner.written == []


def test_what_was_written_is_not_written_again(ann: World) -> None:
    refresh(ann)
    ann.passes(minutes=1)
    refresh(ann)
    assert ann.pipeliner.written == ["contacts 1", "leads 1"]
    assert len(ann.acton.asked) == 2


def test_only_records_that_show_another_value_are_written(world: World) -> None:
    ann = world.sync_links(lists=["Spring", "Autumn", "Winter"])
    lead = world.pipeliner.leads[ann.lead_ids[1]]
    world.pipeliner.leads[lead.lead_id] = replace(lead, score=55)
    world.pipeliner.delete_lead(ann.lead_ids[2])
    world.pipeliner.set_score(ann.contact_id, 55)
    world.index_crm()
    world.acton.knows(ANN, 55)
    assert refresh(world).refreshed == Refreshed(before=40, after=55, written=True)
    assert list(written(world)) == [ann.lead_ids[0]]


def test_a_deleted_contact_is_not_written_to(world: World) -> None:
    ann = world.sync_links()
    world.pipeliner.delete_contact(ann.contact_id)
    world.index_crm()
    world.acton.knows(ANN, 55)
    assert refresh(world).refreshed == Refreshed(before=40, after=55, written=True)
    assert world.pipeliner.written == ["leads 1"]


def test_leads_keep_the_value_of_their_list_where_lists_have_a_score_column(world: World) -> None:
    world.names_a_score_column()
    ann = world.sync_links(source=ScoreSource.LIST_COLUMN)
    world.acton.knows(ANN, 55)
    refresh(world)
    assert list(written(world)) == [ann.contact_id]


def test_leads_keep_the_value_of_their_list_at_the_second_refresh_too(world: World) -> None:
    """A refresh must not make us forget that the lists have a score column."""
    world.names_a_score_column()
    ann = world.sync_links(source=ScoreSource.LIST_COLUMN)
    for score in (55, 66):
        world.acton.knows(ANN, score)
        refresh(world)
        world.passes(minutes=1)
    assert world.lead_scores() == [40]
    assert world.pipeliner.contacts[ann.contact_id].score == 66


def test_a_value_that_pipeliner_does_not_take_is_shown_all_the_same(ann: World) -> None:
    ann.pipeliner.breaks(TryLater("Pipeliner is away."))
    view = refresh(ann)
    assert (view.score, view.trouble) == (55, None)
    assert view.refreshed == Refreshed(before=40, after=55, written=False)


def test_a_value_that_pipeliner_did_not_take_is_written_the_next_time(ann: World) -> None:
    ann.pipeliner.breaks(TryLater("Pipeliner is away."))
    refresh(ann)
    ann.pipeliner.works_again()
    ann.passes(minutes=1)
    view = refresh(ann)
    assert view.refreshed == Refreshed(before=55, after=55, written=True)
    assert ann.pipeliner.written == ["contacts 1", "leads 1"]


def test_what_was_taken_before_pipeliner_failed_is_not_written_again(ann: World) -> None:
    ann.pipeliner.fails_to_write_leads(TryLater("Pipeliner is away."))
    view = refresh(ann)
    assert view.refreshed == Refreshed(before=40, after=55, written=False)
    ann.pipeliner.before_write = lambda kind: None
    ann.passes(minutes=1)
    refresh(ann)
    assert ann.pipeliner.written == ["contacts 1", "leads 1"]


@pytest.mark.parametrize("refused", ["contact", "lead"])
def test_a_record_that_pipeliner_refuses_is_told_and_spoils_no_other(
    world: World, refused: str
) -> None:
    ann = world.sync_links(lists=["Spring", "Autumn"])
    world.acton.knows(ANN, 55)
    locked = ann.contact_id if refused == "contact" else ann.lead_ids[0]
    world.pipeliner.refuse_changes = {locked}
    view = refresh(world)
    assert view.refreshed == Refreshed(before=40, after=55, written=False)
    assert set(written(world)) == {ann.contact_id, *ann.lead_ids} - {locked}


def test_a_pipeliner_that_may_not_be_reached_is_told_too(ann: World) -> None:
    """The line to the vendors breaks between reading and writing."""

    def breaks_the_line() -> None:
        ann.line.broken = SetupError("The host may not be called.")

    ann.acton.before_answer = breaks_the_line
    view = refresh(ann)
    assert view.refreshed == Refreshed(before=40, after=55, written=False)


def test_a_lost_answer_is_a_value_not_written(ann: World) -> None:
    ann.pipeliner.lose_the_next_answer("Contacts")
    view = refresh(ann)
    assert view.refreshed == Refreshed(before=40, after=55, written=False)


# --- troubles -----------------------------------------------------------------------------------

TOMORROW = NOON + timedelta(hours=12)
TROUBLES = [
    (TryLater("Act-On is away."), UNREACHABLE),
    (UnexpectedAnswer("Act-On answered nonsense."), UNREACHABLE),
    (SetupError("The host may not be called."), UNREACHABLE),
    (CredentialsRefused("No."), Trouble(kind=TroubleKind.CREDENTIALS)),
    (
        QuotaGone("Nothing left.", resume_at=TOMORROW),
        Trouble(kind=TroubleKind.QUOTA, until=TOMORROW),
    ),
]


@pytest.mark.parametrize(("error", "trouble"), TROUBLES, ids=lambda one: type(one).__name__)
def test_without_a_live_value_the_last_one_is_shown_with_why(
    ann: World, error: IntegrationError, trouble: Trouble
) -> None:
    ann.acton.breaks(error)
    view = refresh(ann)
    assert (view.state, view.score, view.read_at) == (PanelState.LINKED, 40, LAST_NIGHT)
    assert (view.trouble, view.refreshed) == (trouble, None)
    assert ann.pipeliner.written == []


def test_a_line_that_cannot_be_built_is_a_trouble(ann: World) -> None:
    ann.line.broken = SetupError("The host may not be called.")
    view = refresh(ann)
    assert (view.score, view.trouble) == (40, UNREACHABLE)


@pytest.mark.parametrize(("error", "trouble"), TROUBLES, ids=lambda one: type(one).__name__)
def test_after_a_failure_act_on_has_a_rest_and_all_are_told_the_same(
    ann: World, error: IntegrationError, trouble: Trouble
) -> None:
    ann.acton.breaks(error)
    refresh(ann)
    ann.acton.works_again()
    ann.passes(seconds=5)
    told = refresh(ann).trouble
    assert told is not None
    assert told.kind is trouble.kind
    assert len(ann.acton.asked) == 1
    ann.passes(seconds=1)
    assert refresh(ann).score == 55


def test_a_failure_does_not_begin_the_cool_down(ann: World) -> None:
    ann.acton.breaks(TryLater("Act-On is away."))
    assert refresh(ann).refresh_at is None


def test_a_bug_of_ours_is_no_trouble_but_lets_others_read(ann: World) -> None:
    def stumbles() -> None:
        raise ZeroDivisionError

    ann.acton.before_answer = stumbles
    with pytest.raises(ZeroDivisionError):
        refresh(ann)
    ann.acton.before_answer = lambda: None
    ann.passes(seconds=6)
    assert refresh(ann).score == 55


def test_whoever_finds_another_reading_waits_no_longer_than_a_person_would(ann: World) -> None:
    known = ann.record()
    assert known is not None
    with ann.store.write() as desk:
        desk.readings.begin(SPACE, known.person, newer_than=NOON, failed_before=NOON, seconds=600)
    ann.set(deadline_seconds=0)
    view = refresh(ann)
    assert (view.score, view.trouble) == (40, Trouble(kind=TroubleKind.BUSY))
    assert ann.acton.asked == []


def test_whoever_waits_is_given_the_reading_of_the_other(ann: World) -> None:
    known = ann.record()
    assert known is not None
    with ann.store.write() as desk:
        desk.readings.begin(SPACE, known.person, newer_than=NOON, failed_before=NOON, seconds=600)

    def the_other_is_done(seconds: float) -> None:
        with ann.store.write() as desk:
            desk.readings.save(SPACE, known.person, ann.acton.people[ANN], [], read_at=NOON)
            desk.people.save(SPACE, [replace(known, score=55, score_read_at=NOON)], now=NOON)

    ann.sleep = the_other_is_done  # type: ignore[method-assign]
    view = refresh(ann)
    assert (view.score, view.trouble) == (55, None)
    assert view.refreshed == Refreshed(before=40, after=55, written=True)
    assert ann.acton.asked == []


# --- many at once -------------------------------------------------------------------------------


class Crowd:
    """Many who press Refresh at once: Act-On answers when all the others wait for it."""

    def __init__(self, world: World, size: int) -> None:
        self._size = size
        self._waiting: set[int] = set()
        self._changed = Condition()
        self._pause = Event()
        self.all_waited = False
        world.set(deadline_seconds=100)
        world.sleep = self._wait  # type: ignore[method-assign]
        world.acton.before_answer = self._answer

    def _wait(self, seconds: float) -> None:
        with self._changed:
            self._waiting.add(get_ident())
            self._changed.notify_all()
        self._pause.wait(0.02)

    def _answer(self) -> None:
        with self._changed:
            others = self._size - 1
            self.all_waited = self._changed.wait_for(lambda: len(self._waiting) >= others, 60)
        self.on_answer()

    def press(self, pressing: Callable[[], PanelView]) -> list[PanelView]:
        with ThreadPoolExecutor(self._size) as pool:
            return list(pool.map(lambda _: pressing(), range(self._size)))

    on_answer: Callable[[], None] = staticmethod(lambda: None)


def test_fifty_who_press_at_once_make_one_call_and_see_the_same(ann: World) -> None:
    crowd, panel, opened = Crowd(ann, 50), ann.panel, ann.by_key()
    views = crowd.press(lambda: panel.refresh(opened))
    assert crowd.all_waited
    assert ann.acton.asked == [f"row {ROW}"]
    assert [(view.score, view.trouble) for view in views] == [(55, None)] * 50
    assert ann.pipeliner.written == ["contacts 1", "leads 1"]


def test_processes_that_share_only_the_database_make_one_call_too(ann: World) -> None:
    crowd, opened = Crowd(ann, 8), ann.by_key()
    views = crowd.press(lambda: ann.panel.refresh(opened))
    assert len(ann.acton.asked) == 1
    assert {view.score for view in views} == {55}


def test_a_failing_act_on_is_asked_once_by_twenty_who_wait(ann: World) -> None:
    ann.acton.breaks(TryLater("Act-On is away."))
    crowd, panel, opened = Crowd(ann, 20), ann.panel, ann.by_key()
    views = crowd.press(lambda: panel.refresh(opened))
    assert crowd.all_waited
    assert ann.acton.asked == [f"row {ROW}"]
    assert [(view.score, view.trouble) for view in views] == [(40, UNREACHABLE)] * 20


def test_those_who_waited_longer_than_the_rest_are_told_and_do_not_ask_one_by_one(
    ann: World,
) -> None:
    """Act-On takes longer to fail than the rest lasts."""
    ann.acton.breaks(TryLater("Act-On is away."))
    crowd, panel, opened = Crowd(ann, 20), ann.panel, ann.by_key()
    crowd.on_answer = lambda: ann.passes(seconds=9)
    views = crowd.press(lambda: panel.refresh(opened))
    assert len(ann.acton.asked) == 1
    assert {view.trouble for view in views} == {UNREACHABLE}
