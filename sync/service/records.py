"""People and rows: outcomes, tombstones, all that is held about a person, and erasing them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final

from sync.errors import Conflict, InvalidInput, NotFound
from sync.model import (
    Action,
    Actor,
    Erased,
    ErrorGroup,
    Event,
    Listing,
    OutcomeFilter,
    OutcomeRow,
    PersonPage,
    RunStatus,
    Tombstone,
    TombstoneKind,
)
from sync.rules.addresses import normalise
from sync.rules.keys import person_digest
from sync.service.common import get_space, record
from sync.service.exporting import HEADINGS, outcome_cells
from sync.service.runs_of_spaces import get_run
from sync.service.values import Parts
from sync.store import Desk
from sync.words import ERROR_HINTS, REASONS

ROWS_A_PAGE: Final = 50
ROWS_AT_ONCE: Final = 1_000
TOMBSTONES_A_PAGE: Final = 50
RUNS_LOOKED_AT: Final = 10  # for the outcomes of one person
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Records:
    """What is held about people. Every method raises NotFound, NotAllowed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._now = parts.now

    # --- outcomes --------------------------------------------------------------------------------

    def outcomes(
        self, actor: Actor, run_id: int, wanted: OutcomeFilter, *, after: str | None = None
    ) -> Listing[OutcomeRow]:
        """What became of rows, in list order."""
        with self._store.read() as desk:
            get_run(desk, actor, Action.SEE_PEOPLE, run_id)
            found = desk.outcomes.page(run_id, wanted, after=_place(after), limit=ROWS_A_PAGE + 1)
        page = found[:ROWS_A_PAGE]
        more = len(found) > ROWS_A_PAGE
        return Listing(items=page, next_after=_as_after(page[-1]) if more else None)

    def count_outcomes(self, actor: Actor, run_id: int, wanted: OutcomeFilter) -> int:
        """How many rows are like that."""
        with self._store.read() as desk:
            get_run(desk, actor, Action.SEE_PEOPLE, run_id)
            return desk.outcomes.count(run_id, wanted)

    def errors(self, actor: Actor, run_id: int) -> Sequence[ErrorGroup]:
        """What failed, by cause, with what to do about it, the largest first. All of it is retried
        by `Administration.retry`."""
        with self._store.read() as desk:
            get_run(desk, actor, Action.SEE_PEOPLE, run_id)
            groups = desk.outcomes.groups(run_id)
        return [
            ErrorGroup(
                reason=reason,
                detail=detail,
                rows=rows,
                message=REASONS.get(reason, reason),
                hint=ERROR_HINTS.get(reason, ""),
            )
            for reason, detail, rows in groups
        ]

    def table(self, actor: Actor, run_id: int, wanted: OutcomeFilter) -> Iterator[tuple[str, ...]]:
        """The rows as text for a spreadsheet, headings first, safe to be opened in one.

        Rights are checked at once, rows are read as they are taken: no transaction stays open.
        """
        with self._store.read() as desk:
            get_run(desk, actor, Action.SEE_PEOPLE, run_id)
        return self._table(run_id, wanted)

    def _table(self, run_id: int, wanted: OutcomeFilter) -> Iterator[tuple[str, ...]]:
        yield HEADINGS
        after: tuple[int, int] | None = None
        while True:
            with self._store.read() as desk:
                page = desk.outcomes.page(run_id, wanted, after=after, limit=ROWS_AT_ONCE)
            yield from map(outcome_cells, page)
            if len(page) < ROWS_AT_ONCE:
                return
            after = (page[-1].list_no, page[-1].position)

    # --- tombstones ------------------------------------------------------------------------------

    def tombstones(
        self, actor: Actor, space_id: str, *, after: str | None = None
    ) -> Listing[Tombstone]:
        """Leads and Contacts that were deleted in Pipeliner on purpose; Contacts come first."""
        person, _, list_id = (after or "").partition(":")
        with self._store.read() as desk:
            get_space(desk, actor, Action.SEE_PEOPLE, space_id)
            contacts = [] if after else desk.tombstones.contacts(space_id)
            leads = desk.tombstones.leads(
                space_id, after=(person, list_id), limit=TOMBSTONES_A_PAGE + 1
            )
        page, more = leads[:TOMBSTONES_A_PAGE], len(leads) > TOMBSTONES_A_PAGE
        last = f"{page[-1].person}:{page[-1].list_id}" if more else None
        return Listing(items=[*contacts, *page], next_after=last)

    def lift(
        self, actor: Actor, space_id: str, *, kind: TombstoneKind, person: str, list_id: str = ""
    ) -> None:
        """The next run makes the record again (a Contact: `list_id` empty).

        Raises NotFound where there is no such tombstone any more.
        """
        now = self._now()
        with self._store.write() as desk:
            get_space(desk, actor, Action.LIFT, space_id)
            lifted = (
                desk.tombstones.lift_lead(space_id, person, list_id, now=now)
                if kind is TombstoneKind.LEAD
                else desk.tombstones.lift_contact(space_id, person, now=now)
            )
            if not lifted:
                raise NotFound("Nothing blocks that any more.", kind="not_blocked")
            subject = f"{kind.value} {person} {list_id}".strip()
            record(desk, actor, Event.TOMBSTONE_LIFTED, space_id, now, subject=subject)

    # --- one person ------------------------------------------------------------------------------

    def person(self, actor: Actor, space_id: str, who: str) -> PersonPage:
        """All that is held about somebody; `who` is an address or a digest.

        Raises NotFound where nothing is held.
        """
        with self._store.read() as desk:
            get_space(desk, actor, Action.SEE_PEOPLE, space_id)
            return self._page(desk, space_id, who)

    def export_person(self, actor: Actor, space_id: str, who: str) -> str:
        """All that is held about somebody, as JSON for them. Raises as `person`."""
        now = self._now()
        with self._store.write() as desk:
            get_space(desk, actor, Action.EXPORT_PERSON, space_id)
            page = self._page(desk, space_id, who)
            reading = desk.readings.get(space_id, page.person)
            record(desk, actor, Event.PERSON_EXPORTED, space_id, now, subject=page.person)
        told: dict[str, Any] = {
            "exported_at": now,
            **asdict(page),
            "activity": asdict(reading) if reading else None,
        }
        return json.dumps(told, default=_plain, ensure_ascii=False, indent=2)

    def erase_person(self, actor: Actor, space_id: str, address: str) -> Erased:
        """Nothing is held about somebody any more but a digest, so that the sync passes over them.

        Their records in Pipeliner and Act-On are not touched. Raises InvalidInput for what is no
        address, Conflict while a run is under way.
        """
        usable, now = normalise(address), self._now()
        if usable is None:
            raise InvalidInput("That is no e-mail address.", hint="Enter the person's address.")
        person = person_digest(space_id, usable)
        with self._store.write() as desk:
            get_space(desk, actor, Action.ERASE_PERSON, space_id)
            desk.spaces.lock(space_id)
            run = desk.runs.open_run(space_id)
            if run is not None and run.status is not RunStatus.PAUSED:
                raise Conflict(
                    "A run is under way and may be writing about this person.",
                    hint="Cancel it, or try again when it has ended.",
                    kind="run_under_way",
                )
            counts = desk.erased.person(space_id, person, usable, now=now)
            record(desk, actor, Event.PERSON_ERASED, space_id, now, subject=person)
        return Erased(counts=counts)

    def _page(self, desk: Desk, space_id: str, who: str) -> PersonPage:
        person, address = self._who(space_id, who)
        found = desk.people.for_persons(space_id, [person]).get(person)
        address = found.address if found else address
        note = desk.readings.note(space_id, person)
        page = PersonPage(
            space_id=space_id,
            person=person,
            address=address,
            record=found,
            links=desk.links.of_person(space_id, person),
            history=desk.people.history(space_id, person, since=LONG_AGO),
            outcomes=desk.outcomes.of_person(space_id, person, address, run_limit=RUNS_LOOKED_AT),
            reading_at=note.read_at if note else None,
            erased_at=desk.erased.erased_at(space_id, person),
        )
        held = (page.record, page.links, page.outcomes, page.reading_at, page.erased_at)
        if not any(held):
            raise NotFound("Nothing is held about this person.", kind="nobody")
        return page

    def _who(self, space_id: str, who: str) -> tuple[str, str]:
        usable = normalise(who)
        return (person_digest(space_id, usable), usable) if usable else (who.strip(), "")


def _as_after(row: OutcomeRow) -> str:
    return f"{row.list_no}:{row.position}"


def _place(after: str | None) -> tuple[int, int] | None:
    """The place in a place to go on from; a forged one begins at the top."""
    list_no, _, position = (after or "").partition(":")
    if not (list_no.isascii() and list_no.isdigit() and len(list_no) < 9):
        return None
    if not (position.isascii() and position.isdigit() and len(position) < 9):
        return None
    return int(list_no), int(position)


def _plain(value: object) -> object:
    """What JSON has no form of its own for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
