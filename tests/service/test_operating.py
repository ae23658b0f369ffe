"""What operators see and decide, and that every service asks for the right."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from sync.errors import Conflict, IntegrationError, NotAllowed, NotFound
from sync.model import (
    Actor,
    Health,
    OutcomeFilter,
    SpaceFilter,
    SpaceStatus,
    Step,
    TombstoneKind,
    TypedSettings,
)
from tests.service.world import AdminWorld


def test_all_spaces_are_listed_with_state_health_and_calls(world: AdminWorld) -> None:
    world.sync()
    world.administration.pause(world.bert, "other", reason="Later")
    lines = world.operating.spaces(world.olga).items
    assert [(line.space_id, line.health, line.status_reason) for line in lines] == [
        ("acme", Health.WELL, ""),
        ("other", Health.IDLE, "Later"),
    ]
    assert lines[0].last_run is not None
    assert lines[0].calls is not None
    assert "secret" not in repr(lines)


def test_spaces_are_found_by_status_and_text_page_by_page(world: AdminWorld) -> None:
    for number in range(60):
        world.add_space(f"many_{number:02}", name=f"Many {number}", status=SpaceStatus.PENDING)
    wanted = SpaceFilter(status=SpaceStatus.PENDING, text="MANY")
    first = world.operating.spaces(world.olga, wanted)
    second = world.operating.spaces(world.olga, wanted, after=first.next_after)
    found = [line.space_id for line in [*first.items, *second.items]]
    assert found == [f"many_{number:02}" for number in range(60)]
    assert second.next_after is None
    assert world.operating.counts(world.olga) == {
        SpaceStatus.RUNNING: 2,
        SpaceStatus.PENDING: 60,
    }


def test_a_space_whose_secrets_do_not_open_is_listed_all_the_same(world: AdminWorld) -> None:
    with world.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE spaces SET pipeliner_password_sealed = 'v1.x.y'")
    assert len(world.operating.spaces(world.olga).items) == 2


def test_running_and_queued_work_is_shown(world: AdminWorld) -> None:
    run_id = world.administration.start(world.anna, "acme").run.run_id
    assert [run.run_id for run in world.operating.work(world.olga)] == [run_id]


def test_failures_are_shown_by_cause_for_some_days(world: AdminWorld) -> None:
    world.add_space("acme", provisioned=False)
    with world.store.write() as desk:
        desk.spaces.save_fields("acme", {})
    world.sync()
    (line,) = world.operating.failures(world.olga)
    assert (line.kind, line.runs, line.example) == ("fields", 1, "acme")
    world.time += timedelta(days=8)
    assert world.operating.failures(world.olga) == []


# --- deciding ---------------------------------------------------------------------------------


def test_what_waits_is_approved_once(world: AdminWorld) -> None:
    world.add_space("acme", status=SpaceStatus.PENDING)
    assert world.operating.approve(world.olga, "acme").status is SpaceStatus.RUNNING
    with pytest.raises(Conflict):
        world.operating.approve(world.olga, "acme")
    assert world.events() == ["approved"]


def test_resuming_puts_a_space_back_where_it_stood(world: AdminWorld) -> None:
    world.administration.pause(world.anna, "acme")
    world.operating.suspend(world.olga, "acme", reason="Look")
    assert world.operating.resume(world.olga, "acme").status is SpaceStatus.PAUSED
    world.operating.suspend(world.olga, "other", reason="Look")
    assert world.operating.resume(world.olga, "other").status is SpaceStatus.RUNNING


def test_an_unfinished_space_does_not_begin_to_run_by_being_resumed(world: AdminWorld) -> None:
    world.add_space("acme", status=SpaceStatus.REQUESTED)
    world.operating.suspend(world.olga, "acme", reason="Look")
    assert world.operating.resume(world.olga, "acme").status is SpaceStatus.REQUESTED


def test_a_space_is_suspended_once_and_a_deactivated_one_never(world: AdminWorld) -> None:
    world.operating.suspend(world.olga, "acme", reason="Look")
    world.administration.deactivate(world.bert, "other")
    for space_id in ("acme", "other"):
        with pytest.raises(Conflict):
            world.operating.suspend(world.olga, space_id, reason="Again")


def test_the_whole_trail_is_the_operators(world: AdminWorld) -> None:
    world.administration.pause(world.anna, "acme")
    world.administration.pause(world.bert, "other")
    entries = world.operating.audit(world.olga).items
    assert [one.space_id for one in entries] == ["other", "acme"]


# --- rights, service by service -----------------------------------------------------------------

FORM = TypedSettings()
ADMIN, OPERATOR = "admin", "operator"
ASK: dict[str, tuple[Callable[[AdminWorld, Actor], object], set[str]]] = {
    "overview": (lambda w, a: w.administration.overview(a, "acme"), {ADMIN, OPERATOR}),
    "audit": (lambda w, a: w.administration.audit(a, "acme"), {ADMIN, OPERATOR}),
    "runs": (lambda w, a: w.administration.runs(a, "acme"), {ADMIN, OPERATOR}),
    "run": (lambda w, a: w.administration.run(a, w.run_id), {ADMIN, OPERATOR}),
    "run lists": (lambda w, a: w.administration.run_lists(a, w.run_id), {ADMIN, OPERATOR}),
    "start": (lambda w, a: w.administration.start(a, "acme"), {ADMIN, OPERATOR}),
    "retry": (lambda w, a: w.administration.retry(a, w.run_id), {ADMIN, OPERATOR}),
    "cancel": (lambda w, a: w.administration.cancel(a, w.run_id), {ADMIN, OPERATOR}),
    "pause": (lambda w, a: w.administration.pause(a, "acme"), {ADMIN}),
    "resume": (lambda w, a: w.administration.resume(a, "acme"), {ADMIN}),
    "deactivate": (lambda w, a: w.administration.deactivate(a, "acme"), {ADMIN}),
    "leave": (lambda w, a: w.administration.leave(a, "acme"), {ADMIN}),
    "rotate": (lambda w, a: w.administration.rotate_panel_keys(a, "acme"), {ADMIN, OPERATOR}),
    "erase": (
        lambda w, a: w.administration.erase(a, "acme", typed_name="acme"),
        {ADMIN, OPERATOR},
    ),
    "draft": (lambda w, a: w.activation.draft(a, "acme"), {ADMIN}),
    "save step": (
        lambda w, a: w.activation.save_step(a, "acme", Step.SCORING, FORM, version=0),
        {ADMIN},
    ),
    "finish": (lambda w, a: w.activation.finish(a, "acme", version=0), {ADMIN}),
    "change settings": (
        lambda w, a: w.activation.change_settings(a, "acme", FORM, version=1),
        {ADMIN},
    ),
    "see settings": (lambda w, a: w.activation.typed_settings(a, "acme"), {ADMIN, OPERATOR}),
    "understood": (lambda w, a: w.activation.understood(a, "acme", FORM), {ADMIN, OPERATOR}),
    "users": (lambda w, a: w.offers.users(a, "acme"), {ADMIN}),
    "lists": (lambda w, a: w.offers.lists(a, "acme"), {ADMIN}),
    "sample": (lambda w, a: w.offers.sample(a, "acme", "l-0001"), {ADMIN}),
    "lead types": (lambda w, a: w.offers.lead_types(a, "acme"), {ADMIN}),
    "facts": (lambda w, a: w.connecting.facts(a, "acme"), {ADMIN, OPERATOR}),
    "test": (lambda w, a: w.connecting.test(a, "acme"), {ADMIN, OPERATOR}),
    "password": (
        lambda w, a: w.connecting.connect_with_password(a, "acme", username="u", password="p"),
        {ADMIN},
    ),
    "log in": (
        lambda w, a: w.connecting.begin_log_in(a, "acme", session_token="s", redirect_uri="r"),
        {ADMIN},
    ),
    "disconnect": (lambda w, a: w.connecting.disconnect(a, "acme"), {ADMIN}),
    "key": (
        lambda w, a: w.connecting.change_pipeliner_key(a, "acme", username="u", password="p"),
        {ADMIN},
    ),
    "preview": (lambda w, a: w.previews.start(a, "acme"), {ADMIN, OPERATOR}),
    "checklist": (lambda w, a: w.setting_up.checklist(a, "acme"), {ADMIN, OPERATOR}),
    "mend": (lambda w, a: w.setting_up.mend(a, "acme"), {ADMIN, OPERATOR}),
    "outcomes": (
        lambda w, a: w.records.outcomes(a, w.run_id, OutcomeFilter()),
        {ADMIN, OPERATOR},
    ),
    "count": (
        lambda w, a: w.records.count_outcomes(a, w.run_id, OutcomeFilter()),
        {ADMIN, OPERATOR},
    ),
    "errors": (lambda w, a: w.records.errors(a, w.run_id), {ADMIN, OPERATOR}),
    "table": (lambda w, a: w.records.table(a, w.run_id, OutcomeFilter()), {ADMIN, OPERATOR}),
    "tombstones": (lambda w, a: w.records.tombstones(a, "acme"), {ADMIN, OPERATOR}),
    "lift": (
        lambda w, a: w.records.lift(a, "acme", kind=TombstoneKind.LEAD, person="x", list_id="y"),
        {ADMIN},
    ),
    "person": (lambda w, a: w.records.person(a, "acme", "x@example.com"), {ADMIN, OPERATOR}),
    "export": (lambda w, a: w.records.export_person(a, "acme", "x@example.com"), {ADMIN}),
    "erase person": (lambda w, a: w.records.erase_person(a, "acme", "x@example.com"), {ADMIN}),
    "spaces": (lambda w, a: w.operating.spaces(a), {OPERATOR}),
    "work": (lambda w, a: w.operating.work(a), {OPERATOR}),
    "failures": (lambda w, a: w.operating.failures(a), {OPERATOR}),
    "counts": (lambda w, a: w.operating.counts(a), {OPERATOR}),
    "whole trail": (lambda w, a: w.operating.audit(a), {OPERATOR}),
    "approve": (lambda w, a: w.operating.approve(a, "acme"), {OPERATOR}),
    "suspend": (lambda w, a: w.operating.suspend(a, "acme", reason="x"), {OPERATOR}),
    "operator resumes": (lambda w, a: w.operating.resume(a, "acme"), {OPERATOR}),
}
WITHOUT_A_SPACE = {"spaces", "work", "failures", "counts", "whole trail"}


def refusal(ask: Callable[[AdminWorld, Actor], object], world: AdminWorld, actor: Actor) -> str:
    """How the question was refused for want of a right; "" where it was not."""
    try:
        ask(world, actor)
    except NotAllowed as error:
        return f"not allowed: {error}"
    except NotFound as error:
        gone = error.kind in ("nobody", "not_blocked")
        return "" if gone else f"not found: {error}"
    except IntegrationError:
        return ""  # refused for another cause, which is only told to whom it may be
    return ""


@pytest.mark.parametrize("name", sorted(ASK))
def test_every_question_is_answered_to_whom_the_table_says(world: AdminWorld, name: str) -> None:
    ask, allowed = ASK[name]
    world.run_id = world.sync().run_id
    anna, bert, olga = world.anna, world.bert, world.olga
    nobody = world.actor("nobody@example.com")
    for actor in (bert, nobody):
        expected = "not allowed" if name in WITHOUT_A_SPACE else "not found"
        assert refusal(ask, world, actor).startswith(expected)
    assert (refusal(ask, world, olga) == "") == (OPERATOR in allowed)
    if name == "erase":
        return  # Olga has just done it
    assert (refusal(ask, world, anna) == "") == (ADMIN in allowed)


@pytest.mark.parametrize("name", sorted(set(ASK) - WITHOUT_A_SPACE))
def test_a_foreign_id_answers_like_an_unknown_one(world: AdminWorld, name: str) -> None:
    ask, _ = ASK[name]
    world.run_id = world.sync().run_id
    foreign = refusal(ask, world, world.bert)
    anna = world.anna
    world.administration.erase(anna, "acme", typed_name="acme")
    unknown = refusal(ask, world, world.bert)
    assert foreign == unknown
