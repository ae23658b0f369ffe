"""A world for random stories: more verbs, trouble at any call, and a database that can go back."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import select

from sync.errors import AnswerLost, NotFound, QuotaGone, TryLater
from sync.model import ContactWrite, Entity, LeadWrite, RowPage, Run, RunStatus, ScoreReading
from sync.ports import CallCount, Connections
from sync.rules.keys import link_key
from sync.store.tables import outcomes, run_lists
from tests.engine.conftest import NOON, World
from tests.engine.fakes import FakeActOn, FakePipeliner

ELSEWHERE = "moved.away@example.com"  # where an address goes that somebody changes in Pipeliner
TRIES = 20  # far more than the trouble of one story


class Killed(BaseException):
    """The process is gone: nothing that it would still have done is done."""


class Trouble(Enum):
    """What may go wrong at a call."""

    KILLED = "the process is killed"
    QUOTA = "the day's calls are used up"
    LOST = "the answer of a write is lost"
    AWAY = "the vendor is away for longer than we try"


class Point(Enum):
    """Where a call may meet trouble."""

    READ = "before something is read"
    WRITE = "before a write is sent"
    WRITTEN = "after a write took effect"


HITS = {
    Trouble.KILLED: frozenset(Point),
    Trouble.QUOTA: frozenset({Point.READ, Point.WRITE}),
    Trouble.LOST: frozenset({Point.WRITE, Point.WRITTEN}),
    Trouble.AWAY: frozenset({Point.READ, Point.WRITE}),
}


class Fate:
    """Lets calls pass until the one at which the trouble waits."""

    def __init__(self) -> None:
        self._trouble: Trouble | None = None
        self._calls = 0
        self.met: Trouble | None = None

    def awaits(self, trouble: Trouble | None, after: int = 0) -> None:
        """After so many calls the next one that this trouble can hit meets it."""
        self._trouble, self._calls, self.met = trouble, after, None

    def meet(self, point: Point) -> None:
        self._calls -= 1
        if self._trouble is None or self._calls >= 0 or point not in HITS[self._trouble]:
            return
        self.met, self._trouble = self._trouble, None
        match self.met:
            case Trouble.KILLED:
                raise Killed
            case Trouble.QUOTA:
                raise QuotaGone("The day's calls are used up.", resume_at=NOON)
            case Trouble.LOST:
                raise AnswerLost("The connection broke.")
            case Trouble.AWAY:
                raise TryLater("The vendor is away.")


CALLS = ("find_", "fetch_", "count", "write_")


class Gate:
    """A vendor, all of whose calls meet their fate."""

    def __init__(self, vendor: object, fate: Fate) -> None:
        self._vendor = vendor
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._vendor, name)
        if not name.startswith(CALLS):
            return found
        return self._write(found) if name.startswith("write_") else self._read(found)

    def _read(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def read(*said: Any, **named: Any) -> Any:
            answer = call(*said, **named)
            if isinstance(answer, Iterator):
                return self._pages(answer)
            self._fate.meet(Point.READ)
            return answer

        return read

    def _pages(self, pages: Iterator[object]) -> Iterator[object]:
        self._fate.meet(Point.READ)
        for page in pages:
            yield page
            self._fate.meet(Point.READ)

    def _write(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def write(*said: Any, **named: Any) -> Any:
            self._fate.meet(Point.WRITE)
            answer = call(*said, **named)
            self._fate.meet(Point.WRITTEN)
            return answer

        return write


@dataclass(frozen=True, kw_only=True)
class Row:
    """A list row as Act-On has it. `person` None: no usable address."""

    record_id: str
    person: str | None


class MovingActOn(FakeActOn):
    """Lists whose rows come, go and change places; a row keeps its id wherever it stands."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0

    def _next(self) -> int:
        self._number += 1
        return self._number

    def new_list(self, name: str) -> str:
        list_id = f"l-{self._next():04d}"
        self.add_list(list_id, name)
        return list_id

    def delete_list(self, list_id: str) -> None:
        for kept in (self.lists, self.rows, self.headers, self.failing):
            kept.pop(list_id, None)

    def rename_list(self, list_id: str, name: str) -> None:
        self.lists[list_id] = name

    def join(self, list_id: str, address: str, last_name: str) -> None:
        row = [f"{list_id}:{self._next():x}", "Ada", last_name, "", address]
        self.rows[list_id].append(row)

    def leave(self, list_id: str, place: int) -> None:
        del self.rows[list_id][place % len(self.rows[list_id])]

    def turn_over(self, list_id: str) -> None:
        self.rows[list_id].reverse()

    def change_address(self, list_id: str, place: int, address: str) -> None:
        rows = self.rows[list_id]
        rows[place % len(rows)][-1] = address

    def fetch_rows(self, list_id: str, *, offset: int = 0) -> Iterator[RowPage]:
        self._ensure_there(list_id)
        return super().fetch_rows(list_id, offset=offset)

    def fetch_score(self, list_id: str, record_id: str) -> ScoreReading:
        self._ensure_there(list_id)
        return super().fetch_score(list_id, record_id)

    def _ensure_there(self, list_id: str) -> None:
        if list_id not in self.lists:
            raise NotFound("Act-On has no such list.")

    def rows_of(self, list_id: str) -> list[Row]:
        return [Row(record_id=row[0], person=_usable(row[-1])) for row in self.rows[list_id]]

    def score_of(self, person: str) -> int | None:
        return self.scores.get(person)


def _usable(raw: str) -> str | None:
    return raw.strip().lower() if "@" in raw else None


class BusyPipeliner(FakePipeliner):
    """A space in which people work; perhaps one so large that candidates are looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.others = 0  # records beside those of the story
        self.moved: set[str] = set()  # Contacts whose addresses somebody changed

    def count(self, entity: Entity) -> int | None:
        return (super().count(entity) or 0) + self.others

    def close_lead(self, lead_id: str) -> None:
        self.leads[lead_id] = replace(self.leads[lead_id], open=False, modified=self._tick())

    def touch_lead(self, lead_id: str) -> None:
        """Somebody changes what we do not look at, as the owner."""
        self.leads[lead_id] = replace(self.leads[lead_id], modified=self._tick())

    def move_contact(self, contact_id: str) -> None:
        self.moved.add(contact_id)
        self.change_addresses(contact_id, ELSEWHERE)

    def merge(self, lost: str, kept: str, *, keeps_address: bool) -> None:
        addresses = (*self.contacts[kept].addresses, *self.contacts[lost].addresses)
        self.merge_contacts(lost, kept)
        if keeps_address:
            self.change_addresses(kept, *dict.fromkeys(addresses))

    def made_by_hand(self) -> list[str]:
        return [lead_id for lead_id in self.leads if lead_id not in self.lead_writes]

    def changed_beyond_ours(self) -> list[ContactWrite | LeadWrite]:
        """Writes to records that were there before, with more in them than fields of ours."""
        return [
            one
            for one in self.changes
            if one.owner_id
            or (one.name or one.contact_id if isinstance(one, LeadWrite) else one.details)
        ]


def _says_more(one: ContactWrite | LeadWrite) -> bool:
    if isinstance(one, LeadWrite):
        return one.name is not None or one.contact_id is not None
    return one.details is not None or one.address is not None


class Stage(World):
    """One space and both vendors, with everything that may befall them."""

    acton: MovingActOn
    pipeliner: BusyPipeliner

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._file, self._copy = folder / "store.db", folder / "copy.db"
        self._new, self._new_space = folder / "new.db", self.space
        self.store.database.close()  # the last connection takes the journal along
        shutil.copy(self._file, self._new)
        self.begin()

    def begin(self) -> None:
        """All is as on the first day. A world of its own for each story would cost more."""
        self.store.database.close()
        shutil.copy(self._new, self._file)
        self._copy.unlink(missing_ok=True)
        self.acton, self.pipeliner = MovingActOn(), BusyPipeliner()
        self.fate, self.time, self.space = Fate(), NOON, self._new_space

    @property
    def threshold(self) -> int:
        return self.space.settings.threshold

    def connections(self) -> Connections:
        return Connections(
            acton=Gate(self.acton, self.fate),  # type: ignore[arg-type]
            pipeliner=Gate(self.pipeliner, self.fate),  # type: ignore[arg-type]
            calls=CallCount(),
        )

    def time_passes(self, days: int) -> None:
        self.time += timedelta(days=days)
        self.pipeliner.clock += timedelta(days=days)

    def set_batch_size(self, size: int) -> None:
        self.options = replace(self.options, batch_size=size)

    def joins_while_read(self, list_id: str, address: str, last_name: str) -> None:
        """Once a later page of the list is asked for, one more has joined."""

        def join(asked: str, offset: int) -> None:
            if asked == list_id and offset and list_id in self.acton.rows:
                self.acton.before_page = lambda list_id, offset: None
                self.acton.join(list_id, address, last_name)

        self.acton.before_page = join

    # --- runs ----------------------------------------------------------------------------------

    def open_run(self) -> Run | None:
        with self.store.read() as desk:
            return desk.runs.open_run(self.space.space_id)

    def work_once(self) -> Run | None:
        """A worker takes the run up, and leaves it as it may; None: it was killed."""
        run_id = self.ask()
        try:
            return self.finish(run_id)
        except Killed:
            self.the_lease_runs_out(run_id)
            return None

    def work_to_the_end(self) -> Run:
        """Workers go on with the run until it has ended."""
        for _ in range(TRIES):
            run = self.work_once()
            if run is not None and run.status is not RunStatus.PAUSED:
                return run
        raise AssertionError("The run never ends.")

    def outcomes_by_list(self, run_id: int) -> dict[str, list[tuple[int, str | None]]]:
        """List id → (position, what became of the row), the reason where there is one."""
        query = (
            select(run_lists.c.list_id, outcomes.c.position, outcomes.c.result, outcomes.c.reason)
            .join_from(
                run_lists,
                outcomes,
                (outcomes.c.run_id == run_lists.c.run_id)
                & (outcomes.c.list_no == run_lists.c.list_no),
                isouter=True,
            )
            .where(run_lists.c.run_id == run_id)
            .order_by(run_lists.c.list_no, outcomes.c.position)
        )
        found: dict[str, list[tuple[int, str | None]]] = {}
        with self.store.database.read() as connection:
            for list_id, position, result, reason in connection.execute(query):
                of_list = found.setdefault(list_id, [])
                if position is not None:
                    of_list.append((position, reason if result == "skipped" else result))
        return found

    def lists_not_read(self, run_id: int) -> set[str]:
        with self.store.database.read() as connection:
            query = select(run_lists.c.list_id).where(
                run_lists.c.run_id == run_id, run_lists.c.state == "failed"
            )
            return set(connection.scalars(query))

    # --- our database --------------------------------------------------------------------------

    def copy_our_database(self) -> None:
        self.store.database.close()
        shutil.copy(self._file, self._copy)

    @property
    def has_copy(self) -> bool:
        return self._copy.exists()

    def put_the_copy_back(self) -> None:
        self.store.database.close()
        shutil.copy(self._copy, self._file)
        self.choose()  # the admin's settings are what they were a moment ago

    # --- what is ours --------------------------------------------------------------------------

    def key(self, list_id: str, person: str) -> str:
        return link_key(self.space.space_id, list_id, person)

    def leads_of(self, list_id: str, person: str) -> Sequence[str]:
        """The Leads that we made for this pair, deleted ones too."""
        key = self.key(list_id, person)
        return [
            lead_id
            for lead_id, write in self.pipeliner.lead_writes.items()
            if key in write.ours.values()
        ]
