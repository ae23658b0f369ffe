"""A hand-off: the run of a few people whom Act-On reported, through the same rules as all runs.

Each is looked up in every list, so that a Lead is made for each list they are in, and their score
is read live. What the daily run finds afterwards is linked already. Where so many were reported
that reading whole lists takes fewer calls, whole lists are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from sync.ahead import in_order
from sync.engine.reading import Opening, open_pages, plan_source, write_down_lists
from sync.engine.work import SourcePlan, Work
from sync.model import RowPage, ScoreSource
from sync.rules.handing_off import look_up_is_cheaper
from sync.store.staging import ListPaper

WAY: Final = "way"
LOOK_UP: Final = "look_up"
WHOLE_LISTS: Final = "whole_lists"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a run comes by its rows and scores."""

    source: SourcePlan
    open_: Opening


def choose_way(work: Work) -> Way:
    """How the run reads. Raises SetupError where the settings do not fit the account."""
    if work.reported is None:
        return Way(source=plan_source(work), open_=open_pages)
    write_down_lists(work)
    if not _looks_up(work, len(work.reported)):
        return Way(source=plan_source(work), open_=open_pages)
    _begin_anew(work)
    return Way(source=_source_for_people(work), open_=_look_up)


def _looks_up(work: Work, people: int) -> bool:
    """Whether the people are looked up; an interrupted run keeps its way."""
    with work.papers.write() as papers:
        way = papers.mark(work.run_id, WAY)
        if way is None:
            sizes = [paper.total for paper in papers.lists(work.run_id)]
            way = LOOK_UP if look_up_is_cheaper(people, sizes) else WHOLE_LISTS
            papers.set_mark(work.run_id, WAY, way)
    return way == LOOK_UP


def _begin_anew(work: Work) -> None:
    """A list in which we were interrupted is looked through from its first person."""
    with work.papers.write() as papers:
        for paper in papers.lists(work.run_id):
            if paper.state == "pending" and paper.next_offset:
                papers.restart_list(work.run_id, paper.list_no)


def _source_for_people(work: Work) -> SourcePlan:
    """The admin's column where one was named, else each person's live score: all of All Contacts is
    not read for a few people."""
    settings = work.space.settings
    if settings.score_source in (ScoreSource.LIST_COLUMN, ScoreSource.FACTS):
        return plan_source(work)
    by_column = settings.score_source is None and settings.score_column is not None
    return SourcePlan(
        source=ScoreSource.LIST_COLUMN if by_column else ScoreSource.FACTS,
        column=settings.score_column if by_column else None,
        fields=None,
        only_column=False,
        columns=settings.score_columns,
    )


def _look_up(work: Work, paper: ListPaper) -> Iterator[RowPage]:
    """The rows that the list has of the people reported, a page each."""
    acton = work.connections.acton
    calls = [partial(acton.find_row, paper.list_id, address) for address in work.reported or ()]
    answers = in_order(calls, work.options.calls_at_once, guard=work.guard)
    found = [page for page in answers if page is not None]
    for place, page in enumerate(found):
        yield replace(page, offset=place, total=len(found))
    if not found:
        yield RowPage(
            list_id=paper.list_id, offset=0, total=0, headers=(), email_column=None, rows=[]
        )
