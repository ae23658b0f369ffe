"""The volume guard of one run: how many Leads it may create unasked, and whether it holds back."""

from datetime import UTC, datetime

from sync.engine.cases import exceeds_guard
from sync.engine.ending import HELD_BACK
from sync.engine.work import SourcePlan, Work
from sync.model import Limit, Run, Space
from sync.rules.handing_off import left_of
from sync.rules.plans import Policy
from sync.rules.volume import limit_of
from sync.store import Desk


def limit_for(desk: Desk, run: Run, space: Space, now: datetime) -> Limit | None:
    """How many Leads the run may create without asking; None: it has no limit."""
    volume = desk.volumes.of_space(space.space_id, now=now)
    limit = limit_of(volume, space.settings.volume_guard)
    if run.trigger.is_whole:
        return limit
    last = desk.volumes.last_completed(space.space_id)
    since = last.queued_at if last else datetime.min.replace(tzinfo=UTC)
    return left_of(limit, desk.volumes.handed_off(space.space_id, since=since))


def holds_back(work: Work, source: SourcePlan, policy: Policy) -> bool:
    """Whether new Leads wait for an admin. A run that once held some back holds all back, also
    when it goes on after a pause: what is left may be less than the limit."""
    with work.papers.read() as papers:
        if papers.mark(work.run_id, HELD_BACK) is not None:
            return True
    if not exceeds_guard(work, source, policy):
        return False
    with work.papers.write() as papers:
        papers.set_mark(work.run_id, HELD_BACK, "yes")
    return True
