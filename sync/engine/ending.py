"""How a run is left: what its state says about what was done, and what a person can mend."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sync.engine.work import Work
from sync.errors import CancelAsked, IntegrationError, QuotaGone
from sync.languages import lazy_gettext
from sync.metrics import ERRORS, ROWS, RUNS_ENDED
from sync.model import Counts, Problem, RunStatus, SkipReason
from sync.store.staging import ListPaper

HELD_BACK: Final = "volume_guard"


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run is left."""

    status: RunStatus
    problem: Problem | None = None
    resume_at: datetime | None = None


def judge(work: Work) -> Ending:
    """Succeeded only if every list was read to its end and no row failed (design §3.12)."""
    with work.papers.read() as papers:
        lists, results = papers.lists(work.run_id), papers.results(work.run_id)
        held = papers.mark(work.run_id, HELD_BACK) is not None
    problem = (
        _lists_not_read(lists)
        or _rows_failed(work.run_id, results)
        or (_held_back(work, results) if held else None)
    )
    return Ending(status=RunStatus.PARTIAL if problem else RunStatus.SUCCEEDED, problem=problem)


def ending_after(error: IntegrationError) -> Ending:
    """How a run is left that ended by this error."""
    problem = Problem(kind=error.kind, message=error.message, hint=error.hint)
    if isinstance(error, QuotaGone):
        return Ending(status=RunStatus.PAUSED, problem=problem, resume_at=error.resume_at)
    if isinstance(error, CancelAsked):
        return Ending(status=RunStatus.CANCELLED, problem=problem)
    return Ending(status=RunStatus.FAILED, problem=problem)


def a_bug() -> IntegrationError:
    """What people are told where something happened that we did not foresee."""
    return IntegrationError(
        "Something unexpected happened inside the integration; nothing more was written.",
        hint="The log has the details. Please report it.",
        kind="bug",
    )


def count_end(ending: Ending, counts: Counts) -> None:
    """What watchers see of an end. Rows of a paused run are counted when it has ended."""
    RUNS_ENDED.add(ending.status.value)
    if ending.problem is not None:
        ERRORS.add("run", ending.problem.kind)
    if ending.status is RunStatus.PAUSED:
        return
    results = {
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "skipped": sum(counts.skipped.values()),
        "failed": sum(counts.failed.values()),
    }
    for result, number in results.items():
        ROWS.add(result, amount=number)


def _lists_not_read(lists: list[ListPaper]) -> Problem | None:
    failed = [one for one in lists if one.problem]
    if not failed:
        return None
    names = ", ".join(repr(one.name) for one in failed[:5])
    first = failed[0].problem
    return Problem(
        kind="lists",
        message=lazy_gettext(
            "%(failed)s of %(all)s lists could not be read: %(names)s. %(first)s",
            failed=len(failed),
            all=len(lists),
            names=names,
            first=first.message if first else "",
        ),
        hint=first.hint if first else "",
    )


def _rows_failed(run_id: int, results: Mapping[str, Mapping[str, int]]) -> Problem | None:
    failed = sum(results.get("failed", {}).values())
    if not failed:
        return None
    return Problem(
        kind="rows",
        message=lazy_gettext("%(failed)s rows failed.", failed=failed),
        hint=f"See: python -m sync outcomes {run_id} --result failed",
    )


def _held_back(work: Work, results: Mapping[str, Mapping[str, int]]) -> Problem:
    waiting = results.get("skipped", {}).get(SkipReason.WAITING_FOR_APPROVAL, 0)
    if work.reported is not None:
        hint = "The next run through all lists looks at them, and may be approved."
    else:
        hint = (
            "Approve them on the run's page, or raise the volume guard in the space's settings "
            "and run again."
        )
    return Problem(
        kind=HELD_BACK,
        message=_waits(waiting, work.limit.leads if work.limit else None),
        hint=hint,
    )


def _waits(leads: int, limit: int | None) -> str:
    who = lazy_gettext("%(leads)s new Leads wait for approval", leads=leads)
    if leads == 1:
        who = lazy_gettext("1 new Lead waits for approval")
    if limit is None:
        return lazy_gettext("%(who)s: more than the volume guard allows in one run.", who=who)
    return lazy_gettext(
        "%(who)s: more than the volume guard allows in one run (%(limit)s).", who=who, limit=limit
    )
