"""What needs doing next in a space: one sentence, why, and where. Pure."""

from dataclasses import dataclass
from typing import Final

from app.filters import Viewer, for_pages
from sync.model import Health, Overview, Problem, Remedy, Run, RunStatus, SpaceStatus
from sync.words import LIMIT_REASONS


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The next step. `action` names the button that the page puts beside it; empty: none."""

    title: str
    text: str
    tone: str = ""
    action: str = ""


def next_step(space: Overview, viewer: Viewer) -> Advice | None:
    """What to do next; None where everything is well."""
    if space.status is SpaceStatus.RUNNING:
        return _while_running(space, viewer)
    return _STANDING[space.status](space, viewer)


def _while_running(space: Overview, viewer: Viewer) -> Advice | None:
    if not space.acton_connected:
        text = "Without access to Act-On no scores can be read."
        return Advice(title="Connect Act-On", text=text, tone="stop", action="connect")
    if space.health is Health.BROKEN and space.last_check.problem and not _ended_badly(space):
        return _broken("A connection does not work", space.last_check.problem, "test")
    return _after_run(space, viewer)


def _after_run(space: Overview, viewer: Viewer) -> Advice | None:
    run = space.last_run
    if run is None:
        when = viewer.coming(space.next_run_at) if space.next_run_at else "at the next sync time"
        text = f"The first run starts {when}. You can also start it now."
        return Advice(title="Everything is ready", text=text, tone="good", action="run")
    if run.status is RunStatus.FAILED and run.problem:
        return _broken("The last run failed", run.problem, "last_run")
    if space.held_run and not space.open_run:
        return _held_back(space.held_run, viewer)
    failed = sum(run.counts.failed.values())
    if run.status is RunStatus.PARTIAL:
        what = f"{viewer.number(failed)} rows failed" if failed else "A list could not be read"
        text = "The next run takes them up again. Look at the causes to mend what keeps failing."
        return Advice(title=f"{what} in the last run", text=text, tone="warn", action="last_run")
    if not space.fields_known:
        text = "The sync needs its own fields in Pipeliner."
        return Advice(title="Set up Pipeliner", text=text, tone="warn", action="setup")
    return None


def _held_back(run: Run, viewer: Viewer) -> Advice:
    who = "1 Lead" if run.waiting == 1 else f"{viewer.number(run.waiting)} Leads"
    if run.approved_at:
        text = "The next run that comes to its end creates them. You can start it now."
        are = "is" if run.waiting == 1 else "are"
        return Advice(title=f"{who} {are} approved", text=text, action="held_run")
    text = "The run would have created more than the volume guard allows."
    if run.limit:
        text = (
            f"The run would have created more than {viewer.number(run.limit.leads)}. "
            f"{LIMIT_REASONS[run.limit.reason]}"
        )
    wait = "waits" if run.waiting == 1 else "wait"
    title = f"{who} {wait} for your word"
    return Advice(title=title, text=text, tone="warn", action="approve_creates")


def _ended_badly(space: Overview) -> bool:
    """Whether the last run is newer than the last look, and failed."""
    run, looked = space.last_run, space.last_check.at
    if run is None or run.status is not RunStatus.FAILED:
        return False
    return looked is None or (run.finished_at or looked) >= looked


def _broken(title: str, problem: Problem, action: str) -> Advice:
    text = f"{problem.message} {for_pages(problem.hint)}".strip()
    return Advice(title=title, text=text, tone="stop", action=action)


def _requested(space: Overview, viewer: Viewer) -> Advice:
    text = "Nothing is synced until the settings are complete. What was filled in is kept."
    return Advice(title="Go on with the activation", text=text, action="activation")


def _pending(space: Overview, viewer: Viewer) -> Advice:
    text = "Everything is filled in. The operator of this service approves the space; then it runs."
    return Advice(title="Waiting for approval", text=text, tone="warn", action="approve")


def _paused(space: Overview, viewer: Viewer) -> Advice:
    text = f"{_who(space, viewer)} Resume to have it synced at the next sync time again."
    return Advice(title="This space is paused", text=text, tone="warn", action="resume")


def _suspended(space: Overview, viewer: Viewer) -> Advice:
    reason = _reason(space) or "No reason was given."
    text = f"{reason} Nothing is synced until the operator resumes it. Ask them what is needed."
    return Advice(title="The operator suspended this space", text=text, tone="stop")


def _inactive(space: Overview, viewer: Viewer) -> Advice:
    text = f"{_who(space, viewer)} All that is known is kept. Finish the activation to run again."
    return Advice(title="This space is deactivated", text=text, action="activation")


def _attention(space: Overview, viewer: Viewer) -> Advice:
    run, at = space.last_run, space.status_note.at
    problem = run.problem if run and space.remedy else None
    said = f"{problem.message} {for_pages(problem.hint)}".strip() if problem else _reason(space)
    since = f"The sync stopped {viewer.ago(at)}." if at else ""
    after = _AFTERWARDS.get(space.remedy, "Then resume it.")
    text = [said or "Its set-up or credentials are broken.", since, after]
    return Advice(
        title="This space needs your attention",
        text=" ".join(filter(None, text)),
        tone="stop",
        action=space.remedy.value if space.remedy else Remedy.LOOK.value,
    )


def _who(space: Overview, viewer: Viewer) -> str:
    note = space.status_note
    if not (note.by and note.at):
        return _reason(space)
    said = f"{note.by} did that {viewer.ago(note.at)}"
    return f"{said}: {_reason(space)}" if note.reason else f"{said}."


def _reason(space: Overview) -> str:
    reason = space.status_note.reason
    return reason if not reason or reason.endswith((".", "!", "?", "…")) else f"{reason}."


_AFTERWARDS: Final[dict[Remedy | None, str]] = {
    Remedy.CONNECT_ACTON: "It is synced again as soon as Act-On lets us in.",
    Remedy.REPLACE_KEY: "It is synced again as soon as a key works.",
}
_STANDING: Final = {
    SpaceStatus.REQUESTED: _requested,
    SpaceStatus.PENDING: _pending,
    SpaceStatus.PAUSED: _paused,
    SpaceStatus.SUSPENDED: _suspended,
    SpaceStatus.INACTIVE: _inactive,
    SpaceStatus.NEEDS_ATTENTION: _attention,
}
