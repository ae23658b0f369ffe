"""Reading scores one person at a time, where no cheaper source works (design §3.15 c).

Costs one call a person, so it may take days: what is known is saved after each, those changed last
come first, and QuotaGone simply passes through. A call that fails costs one row, not the days.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sync.ahead import in_order
from sync.engine.live import begun_at, note_fact
from sync.engine.work import Work
from sync.errors import IntegrationError, NotFound, QuotaGone, StoreAway, TryLater, UnexpectedAnswer
from sync.languages import lazy_gettext
from sync.model import FailReason, Progress, Result
from sync.ports import ActOn
from sync.rules.deciding import first_look
from sync.rules.keys import link_key
from sync.store.staging import Settled, StagingStore, Unscored

ASKED_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What one call brought: a score, None where there is none, or why it failed."""

    asked_at: datetime
    score: int | None = None
    error: IntegrationError | None = None


def read_facts(work: Work) -> None:
    """Ask for the score of every person who still has none, and settle those who need no more.

    Raises QuotaGone, and what Act-On's client raises where it failed several times in a row.
    """
    with work.papers.read() as papers:
        list_ids = {paper.list_no: paper.list_id for paper in papers.lists(work.run_id)}
    failed, done, since = 0, 0, begun_at(work)
    while batch := _next_batch(work):
        calls = (partial(_ask, work, list_ids[one.list_no], one) for one in batch)
        answers = in_order(calls, work.options.calls_at_once, guard=work.guard)
        for one, answer in zip(batch, answers, strict=True):
            work.guard()
            if answer.error is not None:
                failed += 1
                if failed >= _most_in_a_row(work, answer.error):
                    raise answer.error
                _fail(work, one, answer.error.message)
                continue
            failed = 0
            note_fact(work, one.person, answer.score, since, asked_at=answer.asked_at)
            _save(work, one, answer.score, list_ids)
            work.give_way()
            done += 1
            work.report(
                Progress(step=lazy_gettext("Reading scores one by one"), done=done, total=None)
            )


def _most_in_a_row(work: Work, error: IntegrationError) -> int:
    options = work.options
    return options.unanswered_scores if isinstance(error, TryLater) else options.unreadable_scores


def _next_batch(work: Work) -> list[Unscored]:
    with work.papers.read() as papers:
        return papers.unscored(work.run_id, ASKED_AT_ONCE, failed_in=work.failed_run)


def _ask(work: Work, list_id: str, one: Unscored) -> _Answer:
    """What came of asking, to be looked at when it is the person's turn.

    Raises QuotaGone, StoreAway.
    """
    asked_at = work.now()
    try:
        score = _score_of(work.connections.acton, list_id, one)
    except NotFound:
        score = None  # the row has left the list since we read it
    except (QuotaGone, StoreAway):
        raise
    except (TryLater, UnexpectedAnswer) as error:
        return _Answer(asked_at=asked_at, error=error)
    return _Answer(asked_at=asked_at, score=score)


def _score_of(acton: ActOn, list_id: str, one: Unscored) -> int | None:
    """The live score. Older answers to a look-up name no row; the address then has to do."""
    if one.record_id:
        return acton.fetch_score(list_id, one.record_id).score
    activity = acton.find_activity(one.address)
    return activity.score if activity else None


def _save(work: Work, one: Unscored, score: int | None, list_ids: dict[int, str]) -> None:
    with work.papers.write() as papers:
        papers.add_scores(work.run_id, {one.person: score})
        papers.give_score(work.run_id, one.person, score)
        _settle(work, papers, one.person, score, list_ids)


def _settle(
    work: Work, papers: StagingStore, person: str, score: int | None, list_ids: dict[int, str]
) -> None:
    rows = [row for row in papers.rows_of(work.run_id, [person]) if row.result is None]
    space_id = work.space.space_id
    keys = [link_key(space_id, list_ids[row.list_no], row.address) for row in rows]
    with work.store.read() as desk:
        linked = desk.links.known_keys(space_id, keys)
    settled = []
    for row, key in zip(rows, keys, strict=True):
        reason = first_look(
            has_address=True,
            duplicate=False,
            score=score,
            score_is_known=True,
            threshold=work.space.settings.threshold,
            linked=key in linked,
        )
        if reason is not None:
            settled.append(
                Settled(
                    list_no=row.list_no,
                    position=row.position,
                    result=Result.SKIPPED,
                    reason=reason.value,
                )
            )
    papers.settle(work.run_id, settled)


def _fail(work: Work, one: Unscored, message: str) -> None:
    with work.papers.write() as papers:
        papers.add_scores(work.run_id, {one.person: None})
        rows = [row for row in papers.rows_of(work.run_id, [one.person]) if row.result is None]
        papers.settle(
            work.run_id,
            [
                Settled(
                    list_no=row.list_no,
                    position=row.position,
                    result=Result.FAILED,
                    reason=FailReason.SCORE_UNREADABLE.value,
                    detail=message,
                )
                for row in rows
            ],
        )
