"""Reading Act-On into the working papers: the lists, the scores of All Contacts, the rows.

Each page's rows are saved together with the place reached, so a crash repeats at most one page.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from zlib import crc32

import structlog

from sync.ahead import in_order
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
from sync.model import Problem, Progress, Result, RowPage, ScorePage, ScoreSource, SkipReason
from sync.ports import ScoreFields
from sync.rules.addresses import normalise
from sync.rules.deciding import first_look
from sync.rules.keys import link_key, person_digest
from sync.rules.lists import choose_lists
from sync.rules.mapping import (
    ColumnMap,
    column_overrides,
    details_to_json,
    map_columns,
    read_address,
    read_details,
    read_modified,
    read_record_id,
    read_score_cell,
)
from sync.rules.scoring import choose_source, parse_score
from sync.store.staging import ListPaper, NewRow

log = structlog.get_logger(__name__)

LISTS_CHOSEN = "lists_chosen"
SCORE_PAGE = "score_page"
SCORES_READ = "scores_read"
READ = "read"
SCORES_AT_ONCE = 20_000  # people come in no order: few large steps cost less than many small ones


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


def read_all_scores(work: Work, fields: ScoreFields) -> None:
    """All Contacts into the papers, from where an interrupted run had come."""
    with work.papers.read() as papers:
        if papers.mark(work.run_id, SCORES_READ):
            return
        start = int(papers.mark(work.run_id, SCORE_PAGE) or 0)
    done, scores = 0, dict[str, int | None]()
    for page in work.connections.acton.fetch_all_scores(fields, page=start):
        _add_scores(work, page, scores)
        done += len(page.scores)
        if len(scores) >= SCORES_AT_ONCE and page.next_page is not None:
            with work.papers.write() as papers:
                papers.add_scores(work.run_id, scores)
                papers.set_mark(work.run_id, SCORE_PAGE, str(page.next_page))
            scores = {}
            work.give_way()
        work.report(Progress(step="Reading scores from All Contacts", done=done, total=None))
    with work.papers.write() as papers:
        papers.add_scores(work.run_id, scores)
        papers.set_mark(work.run_id, SCORES_READ, "yes")


def _add_scores(work: Work, page: ScorePage, scores: dict[str, int | None]) -> None:
    """The page's scores by person; somebody who is there twice counts with the higher one."""
    for raw_address, raw_score in page.scores:
        address = normalise(raw_address)
        if address is None:
            continue
        person, score = person_digest(work.space.space_id, address), parse_score(raw_score)
        before = scores.get(person)
        if before is None or (score is not None and score > before):
            scores[person] = score


def read_lists(work: Work, plan: SourcePlan) -> None:
    """Every list into the papers. One that cannot be read is noted; the others go on."""
    with work.papers.read() as papers:
        waiting = [paper for paper in papers.lists(work.run_id) if paper.state == "pending"]
        failed = papers.lists_that_failed(work.failed_run) if work.failed_run else set()
    waiting.sort(key=lambda paper: paper.list_id not in failed)  # what failed last comes first
    failed_in_a_row = 0
    opening = (partial(_open, work, paper) for paper in waiting)
    opened = in_order(opening, work.options.calls_at_once, guard=work.guard)
    for paper, pages in zip(waiting, opened, strict=True):
        work.guard()
        try:
            _ListReader(work, plan, paper).read(pages)
            failed_in_a_row = 0
        except (QuotaGone, StoreAway):
            raise
        except (NotFound, TryLater, UnexpectedAnswer) as error:
            failed_in_a_row += 1
            if isinstance(error, TryLater) and failed_in_a_row >= work.options.failed_lists:
                raise
            _note_failure(work, paper, error)


def _open(work: Work, paper: ListPaper) -> Iterator[RowPage]:
    """The pages of the list from where it was left, the first one fetched already; what it raised
    is raised where it is looked at."""
    pages = work.connections.acton.fetch_rows(paper.list_id, offset=paper.next_offset)
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


def _nameless(position: int) -> NewRow:
    """The row of somebody who was erased on request: that there is one, and nothing more."""
    return NewRow(
        position=position,
        record_id="",
        address=None,
        person=None,
        score=None,
        modified_ms=None,
        result=Result.SKIPPED.value,
        reason=SkipReason.ERASED.value,
        details=None,
    )


def _mark(record_id: str) -> int:
    return crc32(record_id.encode()) & 0xFF


def _note_failure(work: Work, paper: ListPaper, error: IntegrationError) -> None:
    log.warning("list_failed", space=work.space.space_id, list_id=paper.list_id, kind=error.kind)
    problem = Problem(kind=error.kind, message=error.message, hint=error.hint)
    with work.papers.write() as papers:
        papers.close_list(work.run_id, paper.list_no, state="failed", problem=problem)


class _ListReader:
    """Reads one list to its end."""

    def __init__(self, work: Work, plan: SourcePlan, paper: ListPaper) -> None:
        self._work = work
        self._plan = plan
        self._paper = paper
        self._total = paper.total if paper.next_offset else None
        self._restarts = paper.restarts
        self._column = plan.column_of(paper.list_id)
        self._overrides = column_overrides(work.space.settings.column_map, paper.list_id)
        with work.papers.read() as papers:
            shown = papers.persons_of_list(work.run_id, paper.list_no)
            # A byte of the row's id with each: enough to suspect that a row was shown twice.
            self._seen = {bytes.fromhex(one): _mark(record_id) for one, record_id in shown}
        with work.store.read() as desk:
            self._has_forgotten = desk.links.has_forgotten(work.space.space_id)
            self._erased = desk.erased.persons(work.space.space_id)

    def read(self, pages: Iterator[RowPage]) -> None:
        """Save what the pages hold; they are fetched anew where the list moves meanwhile."""
        while not self._read_pages(pages):
            self._restart()
            pages = self._work.connections.acton.fetch_rows(self._paper.list_id)
        with self._work.papers.write() as papers:
            papers.close_list(self._work.run_id, self._paper.list_no, state=READ)

    def _read_pages(self, pages: Iterator[RowPage]) -> bool:
        """Whether the end was reached; False: the list moved."""
        for page in pages:
            if self._moved(page) or not self._save(page):
                return False
            self._work.give_way()
            self._total = page.total
            done = page.offset + len(page.rows)
            self._work.report(
                Progress(step=f"Reading {self._paper.name}", done=done, total=page.total)
            )
        return True

    def _moved(self, page: RowPage) -> bool:
        """Rows came or went while we read: pages no longer fit together (offsets shifted)."""
        changed = self._total is not None and page.total != self._total
        return changed and page.offset > 0 and self._may_restart

    @property
    def _may_restart(self) -> bool:
        return self._restarts < self._work.options.list_restarts

    def _restart(self) -> None:
        self._restarts += 1
        self._total = None
        self._seen.clear()
        with self._work.papers.write() as papers:
            papers.restart_list(self._work.run_id, self._paper.list_no)

    def _save(self, page: RowPage) -> bool:
        """Save the rows of the page. False, and nothing saved, where one of them stood on an
        earlier page: another row has taken its place there, and we have missed it."""
        self._work.guard()  # whoever was overtaken must not write beside their successor
        columns = map_columns(
            page.headers,
            page.email_column,
            overrides=self._overrides,
            score_column=self._column,
        )
        rows, doubtful = self._look_at(page, columns)
        place = (self._work.run_id, self._paper.list_no)
        with self._work.papers.write() as papers:
            if doubtful and self._may_restart and papers.has_shown(*place, doubtful):
                return False
            papers.add_rows(
                *place, rows, next_offset=page.offset + len(page.rows), total=page.total
            )
        return True

    def _look_at(
        self, page: RowPage, columns: ColumnMap
    ) -> tuple[list[NewRow], list[tuple[str, str]]]:
        """The rows, and those, as (person, record id), that may have been shown before."""
        addresses = [normalise(read_address(columns, row)) for row in page.rows]
        space_id = self._work.space.space_id
        persons = [person_digest(space_id, one) if one else None for one in addresses]
        scores, known = self._scores(page, columns, persons)
        linked = self._linked(addresses, persons, scores) if known else set()
        keep_all = columns.score is not None and self._column is not None
        threshold = self._work.space.settings.threshold
        rows, doubtful = [], []
        for index, (raw, address, person, score) in enumerate(
            zip(page.rows, addresses, persons, scores, strict=True)
        ):
            reason = first_look(
                has_address=address is not None,
                duplicate=person is not None and bytes.fromhex(person) in self._seen,
                score=score,
                score_is_known=known,
                threshold=threshold,
                linked=person in linked,
                erased=person in self._erased,
            )
            if reason is SkipReason.ERASED:
                rows.append(_nameless(page.offset + index))
                continue
            record_id = read_record_id(columns, raw)
            duplicate = reason is SkipReason.DUPLICATE_IN_LIST
            if person is not None:
                mark = self._seen.setdefault(bytes.fromhex(person), _mark(record_id))
                if duplicate and record_id and mark == _mark(record_id):
                    doubtful.append((person, record_id))
            wanted = reason is None or (keep_all and person is not None and not duplicate)
            rows.append(
                NewRow(
                    position=page.offset + index,
                    record_id=record_id,
                    address=address,
                    person=person,
                    score=score,
                    modified_ms=read_modified(columns, raw),
                    result=Result.SKIPPED.value if reason else None,
                    reason=reason.value if reason else None,
                    details=details_to_json(read_details(columns, raw)) if wanted else None,
                )
            )
        return rows, doubtful

    def _scores(
        self, page: RowPage, columns: ColumnMap, persons: Sequence[str | None]
    ) -> tuple[list[int | None], bool]:
        """The score of each row, and whether None means "no score" rather than "not read yet"."""
        if self._column is not None and columns.score is not None:
            return [parse_score(read_score_cell(columns, row)) for row in page.rows], True
        if self._plan.only_column:
            return [None] * len(page.rows), True
        if self._plan.fields is None:
            return [None] * len(page.rows), False
        read_all_scores(self._work, self._plan.fields)
        with self._work.papers.read() as papers:
            scores = papers.scores(self._work.run_id, [one for one in persons if one])
        return [scores.get(person) if person else None for person in persons], True

    def _linked(
        self,
        addresses: Sequence[str | None],
        persons: Sequence[str | None],
        scores: Sequence[int | None],
    ) -> set[str]:
        """Persons below the threshold who have a Lead of ours all the same."""
        threshold, space_id = self._work.space.settings.threshold, self._work.space.space_id
        below = {
            person: address
            for person, address, score in zip(persons, addresses, scores, strict=True)
            if person and address and (score is None or score < threshold)
        }
        list_id = self._paper.list_id
        with self._work.store.read() as desk:
            linked = desk.links.linked_persons(space_id, list_id, list(below))
            if self._has_forgotten:
                keys = {link_key(space_id, list_id, one): person for person, one in below.items()}
                linked |= {keys[key] for key in desk.links.known_keys(space_id, list(keys))}
        return linked
