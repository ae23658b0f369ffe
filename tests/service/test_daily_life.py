"""Overview, runs, pausing, previews, checklist: what an admin does from day to day."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select, text

from sync.errors import Conflict, InvalidFields, NotFound, SetupError, TryLater
from sync.model import (
    ActOnAccess,
    FieldPurpose,
    Health,
    ItemKind,
    ItemState,
    JobStatus,
    OutcomeFilter,
    RunStatus,
    SpaceStatus,
    Trigger,
)
from sync.store.previews import SILENT
from tests.counting import counted
from tests.service.world import AdminWorld


def people(world: AdminWorld, **scores: int) -> None:
    for name, score in scores.items():
        world.vendors.acton.add_person("l-0001", f"{name}@example.com", last=name, score=score)


# --- overview ---------------------------------------------------------------------------------


def test_an_overview_says_how_the_space_is(world: AdminWorld) -> None:
    people(world, ready=50)
    world.sync()
    overview = world.administration.overview(world.anna, "acme")
    assert (overview.health, overview.status) == (Health.WELL, SpaceStatus.RUNNING)
    assert overview.last_run is not None
    assert (overview.calls.used, overview.calls.budget) == (17, 30_000)
    assert (overview.acton_connected, overview.fields_known) == (True, True)
    assert overview.admins == ["anna@example.com"]
    assert "secret" not in repr(overview)


def test_a_space_that_is_not_synced_has_no_next_run(world: AdminWorld) -> None:
    assert world.administration.pause(world.anna, "acme").status is SpaceStatus.PAUSED
    overview = world.administration.overview(world.anna, "acme")
    assert (overview.next_run_at, overview.health) == (None, Health.IDLE)


# --- runs -------------------------------------------------------------------------------------


def test_runs_are_shown_page_by_page_newest_first(world: AdminWorld) -> None:
    ids = [world.sync().run_id for _ in range(27)]
    first = world.administration.runs(world.anna, "acme")
    second = world.administration.runs(world.anna, "acme", after=first.next_after)
    assert [run.run_id for run in [*first.items, *second.items]] == ids[::-1]
    assert second.next_after is None


@pytest.mark.parametrize("after", ["", "x", "-1", "٣", "9" * 40])
def test_a_forged_place_begins_at_the_top(world: AdminWorld, after: str) -> None:
    run = world.sync()
    assert world.administration.runs(world.anna, "acme", after=after).items[0] == run


def test_a_run_by_hand_is_rung_for_and_written_down(world: AdminWorld) -> None:
    started = world.administration.start(world.anna, "acme")
    assert (started.started, started.run.trigger) == (True, Trigger.MANUAL)
    assert world.bell.rung == [started.run.run_id]
    assert not world.administration.start(world.anna, "acme").started
    assert world.events() == ["run_started"]


def test_a_space_that_is_paused_starts_no_run(world: AdminWorld) -> None:
    world.administration.pause(world.anna, "acme")
    with pytest.raises(SetupError, match="paused"):
        world.administration.start(world.anna, "acme")


def test_the_lists_of_a_run_say_how_far_each_was_read(world: AdminWorld) -> None:
    people(world, ready=50, below=3)
    run = world.sync()
    (one,) = world.administration.run_lists(world.anna, run.run_id)
    assert (one.name, one.read, one.total, one.state) == ("Spring", 2, 2, "read")


def test_what_waits_is_cancelled_at_once(world: AdminWorld) -> None:
    run_id = world.administration.start(world.anna, "acme").run.run_id
    cancelled = world.administration.cancel(world.anna, run_id)
    assert cancelled.status is RunStatus.CANCELLED
    assert cancelled.problem is not None
    assert "anna@example.com" in cancelled.problem.message
    with pytest.raises(Conflict):
        world.administration.cancel(world.anna, run_id)
    assert world.administration.start(world.anna, "acme").started


def test_a_run_under_way_stops_before_its_next_write(world: AdminWorld) -> None:
    people(world, one=50, two=60)
    run_id = world.administration.start(world.anna, "acme").run.run_id
    anna = world.anna

    def somebody_cancels(list_id: str, offset: int) -> None:
        world.administration.cancel(anna, run_id)

    world.vendors.acton.before_page = somebody_cancels
    run = world.work(run_id)
    assert run.status is RunStatus.CANCELLED
    assert world.vendors.pipeliner.written == []
    assert run.counts.adds_up


def test_what_failed_is_grouped_by_cause_and_taken_up_again(world: AdminWorld) -> None:
    people(world, one=50, bad=60, worse=70)
    world.vendors.pipeliner.refuse_names = {"bad", "worse"}
    run = world.sync()
    (group,) = world.records.errors(world.anna, run.run_id)
    assert (group.reason, group.rows) == ("contact_failed", 2)
    assert group.message
    assert group.hint
    world.vendors.pipeliner.refuse_names = set()
    again = world.work(world.administration.retry(world.anna, run.run_id).run.run_id)
    assert (again.status, again.counts.created) == (RunStatus.SUCCEEDED, 2)


# --- stopping and going on --------------------------------------------------------------------


def test_what_the_admin_paused_the_admin_resumes(world: AdminWorld) -> None:
    world.administration.pause(world.anna, "acme", reason="Holidays")
    note = world.administration.overview(world.anna, "acme").status_note
    assert (note.reason, note.by) == ("Holidays", "anna@example.com")
    resumed = world.administration.resume(world.anna, "acme")
    assert resumed.status is SpaceStatus.RUNNING
    assert resumed.next_due_at is not None
    assert resumed.next_due_at > world.time


def test_what_the_operator_suspended_the_admin_does_not_resume(world: AdminWorld) -> None:
    world.operating.suspend(world.olga, "acme", reason="Unpaid")
    with pytest.raises(SetupError, match="operator"):
        world.administration.resume(world.anna, "acme")
    assert world.administration.overview(world.anna, "acme").status_note.reason == "Unpaid"


def test_a_deactivated_space_keeps_what_is_known_and_is_activated_anew(world: AdminWorld) -> None:
    people(world, ready=50)
    world.sync()
    world.administration.deactivate(world.anna, "acme")
    assert len(world.administration.runs(world.anna, "acme").items) == 1
    draft = world.activation.draft(world.anna, "acme")
    finished = world.activation.finish(world.anna, "acme", version=draft.revision.version)
    assert finished.status is SpaceStatus.PENDING


def test_the_last_admin_cannot_leave(world: AdminWorld) -> None:
    anna = world.anna
    with pytest.raises(Conflict):
        world.administration.leave(anna, "acme")
    world.admin_of("nora@example.com", "acme")
    world.administration.leave(anna, "acme")
    assert "acme" not in world.actor("anna@example.com").spaces


# --- erasing a space --------------------------------------------------------------------------


def rows_by_table(world: AdminWorld) -> dict[str, int]:
    with world.store.database.read() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(text(name))) or 0
            for name in inspect(connection).get_table_names()
        }


def test_erasing_takes_everything_of_the_space_and_nothing_of_others(world: AdminWorld) -> None:
    people(world, ready=50, below=3)
    anna, bert = world.anna, world.bert
    other = world.administration.start(bert, "other").run.run_id
    world.work(other)
    before = rows_by_table(world)
    world.sync()
    world.previews.start(anna, "acme")
    world.connecting.begin_log_in(anna, "acme", session_token="s", redirect_uri="https://x.example")
    erased = world.administration.erase(anna, "acme", typed_name="Acme")
    assert erased.counts["outcomes"] == 2
    after = rows_by_table(world)
    gone = {"spaces": 1, "memberships": 1, "space_fields": 8, "space_optional_fields": 1}
    # The entry about the erasure itself is new; the run of the other space stays.
    expected = {name: rows - gone.get(name, 0) for name, rows in before.items()} | {"audit": 2}
    assert after == expected
    with pytest.raises(NotFound):
        world.administration.overview(anna, "acme")
    assert world.events() == ["run_started", "space_erased"]


def test_erasing_needs_the_name_typed(world: AdminWorld) -> None:
    with pytest.raises(InvalidFields):
        world.administration.erase(world.anna, "acme", typed_name="Acm")
    assert world.administration.erase(world.anna, "acme", typed_name=" acme ")


def test_erasing_waits_for_a_run_under_way_and_asks_it_to_stop(world: AdminWorld) -> None:
    run_id = world.administration.start(world.anna, "acme").run.run_id
    with world.store.write() as desk:
        desk.runs.claim(run_id, owner="w", lease_seconds=60)
    with pytest.raises(Conflict):
        world.administration.erase(world.anna, "acme", typed_name="Acme")
    assert world.administration.run(world.anna, run_id).cancel_asked_by == "anna@example.com"


# --- previews ---------------------------------------------------------------------------------


def test_a_preview_is_made_once_and_asked_about_any_threshold(world: AdminWorld) -> None:
    people(world, low=20, middle=45, high=80)
    job = world.previews.start(world.anna, "acme")
    assert job.status is JobStatus.DONE
    asked = len(world.vendors.acton.asked)
    created = [
        world.previews.foresee(world.anna, "acme", job.job_id, threshold=one).counts.created
        for one in (10, 40, 50, 90)
    ]
    assert created == [3, 2, 1, 0]
    assert world.previews.foresee(world.anna, "acme", job.job_id).threshold == 40
    assert len(world.vendors.acton.asked) == asked
    assert world.vendors.pipeliner.written == []


def test_a_preview_of_other_settings_saves_none_of_them(world: AdminWorld) -> None:
    people(world, low=20)
    shown = world.activation.typed_settings(world.anna, "acme").typed
    change = world.activation.understood(world.anna, "acme", replace(shown, threshold="15"))
    job = world.previews.start(world.anna, "acme", change)
    assert world.previews.foresee(world.anna, "acme", job.job_id).counts.created == 1
    assert world.space().settings.threshold == 40


def test_a_preview_that_fails_says_why(world: AdminWorld) -> None:
    shown = world.activation.typed_settings(world.anna, "acme").typed
    change = world.activation.understood(world.anna, "acme", replace(shown, owner="nobody"))
    job = world.previews.start(world.anna, "acme", change)
    assert job.status is JobStatus.FAILED
    assert job.problem is not None
    assert job.problem.kind == "owner_unknown"
    with pytest.raises(Conflict):
        world.previews.foresee(world.anna, "acme", job.job_id)


def test_a_bug_in_a_preview_is_told_to_who_waits_and_to_watchers(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sync.service.previewing.explore", break_down)
    series = 'errors_total{kind="bug",where="preview"}'
    before = counted(series)
    job = world.previews.start(world.anna, "acme")
    assert job.status is JobStatus.FAILED
    assert job.problem is not None
    assert job.problem.kind == "bug"
    assert counted(series) == before + 1


def test_a_preview_is_kept_for_an_hour_and_for_its_space_only(world: AdminWorld) -> None:
    job = world.previews.start(world.anna, "acme")
    world.later(minutes=59)
    assert world.previews.get(world.anna, "acme", job.job_id)
    with pytest.raises(NotFound):
        world.previews.get(world.bert, "other", job.job_id)
    world.later(minutes=2)
    with pytest.raises(NotFound):
        world.previews.get(world.anna, "acme", job.job_id)


def test_a_preview_whose_process_is_gone_has_failed(world: AdminWorld) -> None:
    world.previews._spawn = lambda work: None
    job = world.previews.start(world.anna, "acme")
    assert job.status is JobStatus.WORKING
    world.later(seconds=SILENT.total_seconds() + 1)
    assert world.previews.get(world.anna, "acme", job.job_id).status is JobStatus.FAILED


def test_no_more_previews_are_made_at_once_than_there_are_places(world: AdminWorld) -> None:
    world.previews._spawn = lambda work: None
    for _ in range(2):
        world.previews.start(world.anna, "acme")
    with pytest.raises(Conflict):
        world.previews.start(world.anna, "acme")


def test_a_vendor_that_is_away_fails_the_preview_and_frees_its_place(world: AdminWorld) -> None:
    world.vendors.acton.fail("l-0001", TryLater("Away."))
    for _ in range(4):
        assert world.previews.start(world.anna, "acme").status is JobStatus.DONE


# --- what is set up in Pipeliner --------------------------------------------------------------


def states(world: AdminWorld) -> dict[tuple[ItemKind, str, str], ItemState]:
    checklist = world.setting_up.checklist(world.anna, "acme")
    return {(one.kind, one.entity, one.name): one.state for one in checklist.items}


def test_the_checklist_knows_what_is_done_and_what_only_a_person_can_see(
    world: AdminWorld,
) -> None:
    world.setting_up.mend(world.anna, "acme")
    checklist = world.setting_up.checklist(world.anna, "acme")
    assert checklist.ready
    by_hand = [one for one in checklist.items if one.by_hand]
    assert {one.state for one in by_hand} == {ItemState.UNKNOWN}
    assert all(one.hint for one in by_hand)
    others = [one for one in checklist.items if not one.by_hand]
    assert {one.state for one in others} == {ItemState.DONE}


def test_drift_is_shown_item_by_item_and_mended_where_it_can_be(world: AdminWorld) -> None:
    world.setting_up.mend(world.anna, "acme")
    pipeliner = world.vendors.pipeliner
    pipeliner.change_field(FieldPurpose.LEAD_SCORE, name="Punkte")
    pipeliner.change_field(FieldPurpose.LEAD_LIST, published=False)
    pipeliner.pages = [replace(pipeliner.pages[0], url="https://elsewhere.example")]
    seen = states(world)
    assert seen[ItemKind.FIELD, "Lead", "Act-On Score"] is ItemState.DRIFTED
    assert seen[ItemKind.FIELD, "Lead", "Act-On List"] is ItemState.DRIFTED
    assert seen[ItemKind.PAGE, "Contact", "Act-On Integration"] is ItemState.DRIFTED
    assert not world.setting_up.checklist(world.anna, "acme").ready
    pipeliner.change_field(FieldPurpose.LEAD_LIST, published=True)
    assert world.setting_up.checklist(world.anna, "acme").ready


def test_a_field_that_was_deleted_is_missing(world: AdminWorld) -> None:
    world.vendors.pipeliner.change_field(FieldPurpose.LEAD_KEY, deleted=True)
    assert states(world)[ItemKind.FIELD, "Lead", "Act-On Key"] is ItemState.MISSING


# --- the trail --------------------------------------------------------------------------------


def test_the_trail_of_a_space_is_its_own_and_newest_first(world: AdminWorld) -> None:
    world.administration.pause(world.anna, "acme")
    world.administration.rotate_panel_keys(world.bert, "other")
    world.administration.resume(world.anna, "acme")
    entries = world.administration.audit(world.anna, "acme").items
    assert [one.event.value for one in entries] == ["resumed", "paused"]
    assert entries[0].actor == "anna@example.com"


def test_the_trail_is_shown_page_by_page(world: AdminWorld) -> None:
    for _ in range(26):
        world.administration.pause(world.anna, "acme")
        world.administration.resume(world.anna, "acme")
    first = world.administration.audit(world.anna, "acme")
    second = world.administration.audit(world.anna, "acme", after=first.next_after)
    assert (len(first.items), len(second.items), second.next_after) == (50, 2, None)


def test_own_spaces_are_those_of_the_actor(world: AdminWorld) -> None:
    assert [one.space_id for one in world.administration.own_spaces(world.anna)] == ["acme"]
    assert world.administration.own_spaces(world.olga) == []


def test_a_space_without_act_on_is_not_connected(world: AdminWorld) -> None:
    world.add_space("acme", acton=ActOnAccess())
    assert not world.administration.overview(world.anna, "acme").acton_connected


def test_a_run_that_is_long_over_still_answers(world: AdminWorld) -> None:
    run = world.sync()
    world.time += timedelta(days=400)
    assert world.records.count_outcomes(world.anna, run.run_id, OutcomeFilter()) == 0
