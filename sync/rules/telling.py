"""Which conditions of a space are told, and when: each once, and once that it is over. Pure.

1. How the work goes is one condition of four, the gravest that holds: needs attention, failed,
   partial, paused. It is judged by the latest run that came to an end by itself. A run that is
   cancelled says nothing; one that is under way keeps what was known before it began, so a run that
   is paused again and again is told once.
2. A run that only held Leads back is not told as having fallen short: that Leads wait says more.
3. A space that somebody stopped (paused, suspended, deactivated) is not judged until it runs again,
   and one that was taken up again not before its next run: nobody needs to be told of their own
   deeds.
4. What begins is told at once. That something is over is told when it has been so for a while
   (`CALM`), else a space whose small runs fail now and then would be told of without end.
5. A condition that another of the four replaces is not told as over.
6. That something is over is told only to those who were told that it began.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sync.model import Run, RunStatus, SpaceStatus
from sync.model.messages import MessageSettings, Situation, Telling, Told
from sync.rules.volume import FIRST_RUNS, usual_limit

CALM: Final = timedelta(minutes=10)
HELD_BACK: Final = "volume_guard"  # the kind of problem of a run that only held Leads back

# Of how the work goes, the gravest first.
OF_WORK: Final = (Telling.NEEDS_ATTENTION, Telling.FAILED, Telling.PARTIAL, Telling.PAUSED)
JUDGED: Final = frozenset({SpaceStatus.RUNNING, SpaceStatus.NEEDS_ATTENTION})
ENDINGS: Final = (RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What came of a look at a space. `known` replaces what was known; `again_at`: when to look
    next without being asked, None: when something happens."""

    began: tuple[Telling, ...] = ()
    ended: tuple[Telling, ...] = ()
    known: Mapping[Telling, Told]
    again_at: datetime | None = None

    @property
    def is_news(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.began or self.ended)


def judge(
    situation: Situation,
    known: Mapping[Telling, Told],
    wanted: MessageSettings,
    now: datetime,
) -> Judgement:
    """What is to be told of a space, given what was told before."""
    if situation.status not in JUDGED:
        return Judgement(known=known)
    holds = set(conditions(situation, known))
    began: list[Telling] = []
    ended: list[Telling] = []
    kept: dict[Telling, Told] = {}
    for one in Telling:
        before = known.get(one)
        if one in holds:
            told = one in wanted.tellings
            if before is None:
                kept[one] = _began(situation, one, known, now, told=told)
                began += [one] if told else []
            else:
                kept[one] = replace(before, well_since=None)
        elif before is not None and not _is_replaced(one, holds):
            if now - (before.well_since or now) >= CALM:
                ended += [one] if before.was_told else []
            else:
                kept[one] = replace(before, well_since=before.well_since or now)
    soon = [told.well_since + CALM for told in kept.values() if told.well_since is not None]
    return Judgement(
        began=tuple(began), ended=tuple(ended), known=kept, again_at=min(soon, default=None)
    )


def conditions(situation: Situation, known: Mapping[Telling, Told]) -> Iterator[Telling]:
    """What holds of a space that is judged; at most one of `OF_WORK`."""
    work = _of_work(situation, known)
    if work is not None:
        yield work
    completed = situation.completed
    if completed is not None and completed.waiting and completed.approved_at is None:
        yield Telling.GUARD_WAITING
    usual = usual_a_day(situation.made)
    if usual is not None and situation.made_now > usual:
        yield Telling.UNUSUAL_VOLUME


def usual_a_day(made: Sequence[int]) -> int | None:
    """More new Leads than so many a day are unusual; None: too little is known of the space."""
    return usual_limit(made) if len(made) >= FIRST_RUNS else None


def _of_work(situation: Situation, known: Mapping[Telling, Told]) -> Telling | None:
    if situation.status is SpaceStatus.NEEDS_ATTENTION:
        return Telling.NEEDS_ATTENTION
    if situation.open_run is not None and situation.open_run.status is RunStatus.PAUSED:
        return Telling.PAUSED
    last, before = situation.last, _work_before(known)
    if last is None or (before is not None and _is_older(last, before, known[before])):
        return before
    if last.status is RunStatus.FAILED:
        return Telling.FAILED
    only_held = last.problem is not None and last.problem.kind == HELD_BACK
    return Telling.PARTIAL if last.status is RunStatus.PARTIAL and not only_held else None


def _work_before(known: Mapping[Telling, Told]) -> Telling | None:
    return next((one for one in OF_WORK if one in known), None)


def _is_older(run: Run, before: Telling, told: Told) -> bool:
    """Whether the run says nothing new: people know of a later one. What a space was put aside for
    is shown to be mended by the next run only, whoever set it going."""
    newest = told.run_id or 0
    return run.run_id < newest or (before is Telling.NEEDS_ATTENTION and run.run_id == newest)


def _is_replaced(one: Telling, holds: set[Telling]) -> bool:
    return one in OF_WORK and any(other in holds for other in OF_WORK)


def _began(
    situation: Situation, one: Telling, known: Mapping[Telling, Told], now: datetime, *, told: bool
) -> Told:
    run = situation.open_run if one is Telling.PAUSED else situation.last
    before = _work_before(known) if one in OF_WORK else None
    heard = before is not None and known[before].was_told  # of what this one replaces
    return Told(since=now, run_id=run.run_id if run else None, was_told=told or heard)
