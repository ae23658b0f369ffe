"""What needs doing next in a space: one sentence, why, and where. Pure."""

from dataclasses import dataclass
from typing import Final

from app.filters import Viewer, for_pages
from sync.languages import gettext, ngettext, translated
from sync.languages import lazy_gettext as _
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
        text = gettext("Without access to Act-On no scores can be read.")
        return Advice(title=gettext("Connect Act-On"), text=text, tone="stop", action="connect")
    if space.health is Health.BROKEN and space.last_check.problem and not _ended_badly(space):
        return _broken(gettext("A connection does not work"), space.last_check.problem, "test")
    return _after_run(space, viewer)


def _after_run(space: Overview, viewer: Viewer) -> Advice | None:
    run = space.last_run
    if run is None:
        text = gettext("The first run starts at the next sync time. You can also start it now.")
        if space.next_run_at:
            when = viewer.coming(space.next_run_at)
            text = gettext("The first run starts %(when)s. You can also start it now.", when=when)
        return Advice(title=gettext("Everything is ready"), text=text, tone="good", action="run")
    if run.status is RunStatus.FAILED and run.problem:
        return _broken(gettext("The last run failed"), run.problem, "last_run")
    if space.held_run and not space.open_run:
        return _held_back(space.held_run, viewer)
    if run.status is RunStatus.PARTIAL:
        return _fell_short(run, viewer)
    if not space.fields_known:
        text = gettext("The sync needs its own fields in Pipeliner.")
        return Advice(title=gettext("Set up Pipeliner"), text=text, tone="warn", action="setup")
    return None


def _fell_short(run: Run, viewer: Viewer) -> Advice:
    failed = sum(run.counts.failed.values())
    title = ngettext(
        "%(num)s row failed in the last run",
        "%(num)s rows failed in the last run",
        failed,
        num=viewer.number(failed),
    )
    return Advice(
        title=title if failed else gettext("A list could not be read in the last run"),
        text=gettext(
            "The next run takes them up again. Look at the causes to mend what keeps failing."
        ),
        tone="warn",
        action="last_run",
    )


def _held_back(run: Run, viewer: Viewer) -> Advice:
    number = viewer.number(run.waiting)
    if run.approved_at:
        text = gettext("The next run that comes to its end creates them. You can start it now.")
        title = ngettext(
            "%(num)s Lead is approved", "%(num)s Leads are approved", run.waiting, num=number
        )
        return Advice(title=title, text=text, action="held_run")
    text = gettext("The run would have created more than the volume guard allows.")
    if run.limit:
        most = viewer.number(run.limit.leads)
        text = gettext("The run would have created more than %(most)s.", most=most)
        text = f"{text} {LIMIT_REASONS[run.limit.reason]}"
    title = ngettext(
        "%(num)s Lead waits for your word",
        "%(num)s Leads wait for your word",
        run.waiting,
        num=number,
    )
    return Advice(title=title, text=text, tone="warn", action="approve_creates")


def _ended_badly(space: Overview) -> bool:
    """Whether the last run is newer than the last look, and failed."""
    run, looked = space.last_run, space.last_check.at
    if run is None or run.status is not RunStatus.FAILED:
        return False
    return looked is None or (run.finished_at or looked) >= looked


def _broken(title: str, problem: Problem, action: str) -> Advice:
    return Advice(title=title, text=_said(problem), tone="stop", action=action)


def _said(problem: Problem) -> str:
    return f"{translated(problem.message)} {translated(for_pages(problem.hint))}".strip()


def _requested(space: Overview, viewer: Viewer) -> Advice:
    text = gettext("Nothing is synced until the settings are complete. What was filled in is kept.")
    return Advice(title=gettext("Go on with the activation"), text=text, action="activation")


def _pending(space: Overview, viewer: Viewer) -> Advice:
    text = gettext(
        "Everything is filled in. The operator of this service approves the space; then it runs."
    )
    return Advice(title=gettext("Waiting for approval"), text=text, tone="warn", action="approve")


def _paused(space: Overview, viewer: Viewer) -> Advice:
    after = gettext("Resume to have it synced at the next sync time again.")
    text = f"{_who(space, viewer)} {after}"
    return Advice(title=gettext("This space is paused"), text=text, tone="warn", action="resume")


def _suspended(space: Overview, viewer: Viewer) -> Advice:
    reason = _reason(space) or gettext("No reason was given.")
    after = gettext("Nothing is synced until the operator resumes it. Ask them what is needed.")
    text = f"{reason} {after}"
    return Advice(title=gettext("The operator suspended this space"), text=text, tone="stop")


def _inactive(space: Overview, viewer: Viewer) -> Advice:
    after = gettext("All that is known is kept. Finish the activation to run again.")
    text = f"{_who(space, viewer)} {after}"
    return Advice(title=gettext("This space is deactivated"), text=text, action="activation")


def _attention(space: Overview, viewer: Viewer) -> Advice:
    run, at = space.last_run, space.status_note.at
    problem = run.problem if run and space.remedy else None
    said = _said(problem) if problem else _reason(space)
    since = gettext("The sync stopped %(when)s.", when=viewer.ago(at)) if at else ""
    after = _AFTERWARDS.get(space.remedy, _("Then resume it."))
    text = [said or gettext("Its set-up or credentials are broken."), since, after]
    return Advice(
        title=gettext("This space needs your attention"),
        text=" ".join(str(one) for one in text if one),
        tone="stop",
        action=space.remedy.value if space.remedy else Remedy.LOOK.value,
    )


def _who(space: Overview, viewer: Viewer) -> str:
    note = space.status_note
    if not (note.by and note.at):
        return _reason(space)
    when = viewer.ago(note.at)
    if not note.reason:
        return gettext("%(who)s did that %(when)s.", who=note.by, when=when)
    return gettext(
        "%(who)s did that %(when)s: %(reason)s", who=note.by, when=when, reason=_reason(space)
    )


def _reason(space: Overview) -> str:
    reason = str(translated(space.status_note.reason))
    return reason if not reason or reason.endswith((".", "!", "?", "…")) else f"{reason}."


_AFTERWARDS: Final[dict[Remedy | None, str]] = {
    Remedy.CONNECT_ACTON: _("It is synced again as soon as Act-On lets us in."),
    Remedy.REPLACE_KEY: _("It is synced again as soon as a key works."),
}
_STANDING: Final = {
    SpaceStatus.REQUESTED: _requested,
    SpaceStatus.PENDING: _pending,
    SpaceStatus.PAUSED: _paused,
    SpaceStatus.SUSPENDED: _suspended,
    SpaceStatus.INACTIVE: _inactive,
    SpaceStatus.NEEDS_ATTENTION: _attention,
}
