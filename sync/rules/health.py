"""How a space is, in one word, from where it stands and how its last run ended. Pure."""

from collections.abc import Sequence

from sync.model import FailureLine, Health, LastCheck, Run, RunStatus, SpaceStatus

_BY_RUN = {
    RunStatus.QUEUED: Health.WORKING,
    RunStatus.RUNNING: Health.WORKING,
    RunStatus.PAUSED: Health.FELL_SHORT,
    RunStatus.SUCCEEDED: Health.WELL,
    RunStatus.PARTIAL: Health.FELL_SHORT,
    RunStatus.FAILED: Health.BROKEN,
    RunStatus.CANCELLED: Health.FELL_SHORT,
}


def health_of(status: SpaceStatus, last_run: Run | None, check: LastCheck) -> Health:
    """The health of a space. A look at the vendors counts where it is newer than the run."""
    if status is SpaceStatus.NEEDS_ATTENTION:
        return Health.BROKEN
    if status is not SpaceStatus.RUNNING:
        return Health.IDLE
    if _is_newer(check, last_run):
        return Health.BROKEN
    return _BY_RUN[last_run.status] if last_run else Health.NEW


def _is_newer(check: LastCheck, run: Run | None) -> bool:
    if check.at is None or check.problem is None:
        return False
    ended = run.finished_at if run else None
    return run is None or (ended is not None and check.at > ended)


def by_cause(failed: Sequence[Run]) -> list[FailureLine]:
    """The runs grouped by the problem that ended them, most runs first."""
    groups: dict[str, list[Run]] = {}
    for run in failed:
        groups.setdefault(run.problem.kind if run.problem else "unknown", []).append(run)
    lines = [
        FailureLine(
            kind=kind,
            message=some[0].problem.message if some[0].problem else "No reason was noted.",
            runs=len(some),
            spaces=len({run.space_id for run in some}),
            latest=max(run.finished_at for run in some if run.finished_at is not None),
            example=some[0].space_id,
        )
        for kind, some in groups.items()
    ]
    return sorted(lines, key=lambda line: (-line.runs, line.kind))
