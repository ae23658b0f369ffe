"""Reading Act-On into the working papers: where scores come from, which lists, their rows.

Each page's rows are saved together with the place reached, so a crash repeats at most one page.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import TypeAlias

import structlog

from sync.ahead import in_order
from sync.engine.list_reader import ListReader
from sync.engine.work import SourcePlan, Work
from sync.errors import (
    IntegrationError,
    NotFound,
    QuotaGone,
    SetupError,
    StoreAway,
    TryLater,
    UnexpectedAnswer,
)
from sync.model import Problem, RowPage, ScoreSource
from sync.rules.lists import choose_lists
from sync.rules.scoring import choose_source
from sync.store.staging import ListPaper

log = structlog.get_logger(__name__)

LISTS_CHOSEN = "lists_chosen"


def plan_source(work: Work) -> SourcePlan:
    """Where this run's scores come from (design §3.15), cheapest trustworthy first."""
    settings = work.space.settings
    wanted = settings.score_source
    only_column = wanted is ScoreSource.LIST_COLUMN
    fields = None
    if wanted not in (ScoreSource.LIST_COLUMN, ScoreSource.FACTS):
        fields = work.connections.acton.find_score_fields()
    if wanted is ScoreSource.ALL_CONTACTS and fields is None:
        raise SetupError(
            "This Act-On account has no All Contacts list with a score.",
            hint="Set score_source to auto, or set up Audience Center in Act-On.",
            kind="score_source",
        )
    source = choose_source(
        wanted,
        column_named=settings.score_column is not None,
        has_all_contacts=fields is not None,
    )
    column = settings.score_column if source is ScoreSource.LIST_COLUMN else None
    if only_column and column is None and not settings.score_columns:
        raise SetupError(
            "The score source is a list column, but no column is named.",
            hint="Set score_column to the name of the column that holds the score.",
            kind="score_source",
        )
    return SourcePlan(
        source=source,
        column=column,
        fields=fields,
        only_column=only_column,
        columns=settings.score_columns,
    )


def write_down_lists(work: Work) -> None:
    """Choose the lists of the run, once; an interrupted run keeps its choice."""
    with work.papers.read() as papers:
        if papers.mark(work.run_id, LISTS_CHOSEN):
            return
    listing = list(work.connections.acton.fetch_lists())
    chosen, unknown = choose_lists(listing, work.space.settings.lists)
    if unknown:
        raise SetupError(
            f"Act-On has no list named {', '.join(repr(name) for name in unknown)}.",
            hint="Correct lists.include in the space's settings.",
            kind="lists",
        )
    with work.papers.write() as papers:
        papers.add_lists(work.run_id, chosen)
        papers.set_mark(work.run_id, LISTS_CHOSEN, "yes")


Opening: TypeAlias = Callable[[Work, ListPaper], Iterator[RowPage]]


def read_lists(work: Work, plan: SourcePlan, open_: Opening) -> None:
    """Every list into the papers. One that cannot be read is noted; the others go on."""
    with work.papers.read() as papers:
        waiting = [paper for paper in papers.lists(work.run_id) if paper.state == "pending"]
        failed = papers.lists_that_failed(work.failed_run) if work.failed_run else set()
    waiting.sort(key=lambda paper: paper.list_id not in failed)  # what failed last comes first
    failed_in_a_row = 0
    opening = (partial(_open, work, paper, open_) for paper in waiting)
    opened = in_order(opening, work.options.calls_at_once, guard=work.guard)
    for paper, pages in zip(waiting, opened, strict=True):
        work.guard()
        try:
            ListReader(work, plan, paper).read(pages)
            failed_in_a_row = 0
        except (QuotaGone, StoreAway):
            raise
        except (NotFound, TryLater, UnexpectedAnswer) as error:
            failed_in_a_row += 1
            if isinstance(error, TryLater) and failed_in_a_row >= work.options.failed_lists:
                raise
            _note_failure(work, paper, error)


def open_pages(work: Work, paper: ListPaper) -> Iterator[RowPage]:
    """The pages of the list from where it was left."""
    return work.connections.acton.fetch_rows(paper.list_id, offset=paper.next_offset)


def _open(work: Work, paper: ListPaper, open_: Opening) -> Iterator[RowPage]:
    """What the list holds, the first page fetched already; what it raised is raised where it is
    looked at."""
    pages = open_(work, paper)
    try:
        return _opened(list(islice(pages, 1)), pages, None)
    except IntegrationError as error:
        return _opened([], pages, error)


def _opened(
    first: list[RowPage], rest: Iterator[RowPage], error: IntegrationError | None
) -> Iterator[RowPage]:
    if error is not None:
        raise error
    yield from first
    yield from rest


def _note_failure(work: Work, paper: ListPaper, error: IntegrationError) -> None:
    log.warning("list_failed", space=work.space.space_id, list_id=paper.list_id, kind=error.kind)
    problem = Problem(kind=error.kind, message=error.message, hint=error.hint)
    with work.papers.write() as papers:
        papers.close_list(work.run_id, paper.list_no, state="failed", problem=problem)
