"""Reading one list to its end: each page's rows are looked at once and saved.

Where rows come or go while we read, offsets shift and pages no longer fit together: then the list
is read anew, so that nobody is missed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from sync.engine.scores import read_all_scores
from sync.engine.work import SourcePlan, Work
from sync.languages import lazy_gettext
from sync.model import Progress, Result, RowPage, SkipReason
from sync.rules.addresses import normalise
from sync.rules.deciding import first_look
from sync.rules.keys import link_key, person_digest
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
from sync.rules.scoring import parse_score
from sync.store.staging import ListPaper, NewRow

READ = "read"


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known of the rows of a page before they are looked at one by one.

    `linked`: persons below the threshold who have a Lead all the same; `kept`: details are kept of
    everybody, since in another list they may have reached it.
    """

    addresses: Sequence[str | None]
    persons: Sequence[str | None]
    scores: Sequence[int | None]
    scores_are_known: bool
    threshold: int
    linked: set[str]
    kept: bool


class ListReader:
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
                Progress(
                    step=lazy_gettext("Reading %(list)s", list=self._paper.name),
                    done=done,
                    total=page.total,
                )
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
        known = self._find_out(page, columns)
        rows, doubtful = [], []
        for position, (raw, address, person, score) in enumerate(
            zip(page.rows, known.addresses, known.persons, known.scores, strict=True), page.offset
        ):
            reason = first_look(
                has_address=address is not None,
                duplicate=person is not None and bytes.fromhex(person) in self._seen,
                score=score,
                score_is_known=known.scores_are_known,
                threshold=known.threshold,
                linked=person in known.linked,
                erased=person in self._erased,
            )
            if reason is SkipReason.ERASED:
                rows.append(_nameless(position))
                continue
            record_id = read_record_id(columns, raw)
            duplicate = reason is SkipReason.DUPLICATE_IN_LIST
            if person is not None and self._was_shown(person, record_id) and duplicate:
                doubtful.append((person, record_id))
            wanted = reason is None or (known.kept and person is not None and not duplicate)
            rows.append(
                NewRow(
                    position=position,
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

    def _find_out(self, page: RowPage, columns: ColumnMap) -> _Known:
        addresses = [normalise(read_address(columns, row)) for row in page.rows]
        space = self._work.space
        persons = [person_digest(space.space_id, one) if one else None for one in addresses]
        scores, known = self._scores(page, columns, persons)
        return _Known(
            addresses=addresses,
            persons=persons,
            scores=scores,
            scores_are_known=known,
            threshold=space.settings.threshold,
            linked=self._linked(addresses, persons, scores) if known else set(),
            kept=columns.score is not None and self._column is not None,
        )

    def _was_shown(self, person: str, record_id: str) -> bool:
        """Whether this very row may have been shown before; it is noted as shown now."""
        mark = _mark(record_id)
        return self._seen.setdefault(bytes.fromhex(person), mark) == mark and bool(record_id)

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
