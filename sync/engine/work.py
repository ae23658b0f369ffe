"""What every step of a run needs, as one value."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sync.clock import Now, Sleep
from sync.engine.options import EngineOptions
from sync.model import FieldMap, Limit, Progress, ScoreSource, Space, User
from sync.ports import Connections, ScoreFields, nobody_stops_us
from sync.rules.addresses import normalise
from sync.rules.keys import person_digest
from sync.store import Store
from sync.store.database import Database
from sync.store.staging import StagingStore


class Papers:
    """The working papers of a run, in whatever database they are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def read(self) -> Iterator[StagingStore]:
        """The papers, to look at."""
        with self._database.read() as connection:
            yield StagingStore(connection)

    @contextmanager
    def write(self) -> Iterator[StagingStore]:
        """The papers, to write on, in one transaction."""
        with self._database.write() as connection:
            yield StagingStore(connection)


@dataclass(frozen=True, kw_only=True)
class SourcePlan:
    """Where scores come from. `column`: the list column that the admin named.

    `fields` None: the account has no All Contacts. `only_column`: nothing but the column counts.
    `columns`: the columns that the admin named for single lists, by list id.
    """

    source: ScoreSource
    column: str | None
    fields: ScoreFields | None
    only_column: bool
    columns: Mapping[str, str] = field(default_factory=dict)

    def column_of(self, list_id: str) -> str | None:
        """The column of this list that holds the score; None where none was named."""
        return self.columns.get(list_id, self.column)

    @property
    def asks_facts(self) -> bool:
        """Whether rows without a score of their own are asked for one by one."""
        return self.fields is None and not self.only_column


@dataclass(frozen=True, kw_only=True)
class Work:
    """One run, and all that is needed to do it."""

    run_id: int
    space: Space
    connections: Connections
    store: Store
    papers: Papers
    fields: FieldMap
    owner: User
    options: EngineOptions
    now: Now
    sleep: Sleep
    report: Callable[[Progress], None]
    guard: Callable[[], None]  # raises when this worker may not go on
    give_way: Callable[[], None] = nobody_stops_us  # where all is saved; raises TurnOver
    failed_run: int | None = None  # the run before, where rows or lists failed in it
    limit: Limit | None = None  # the most Leads to create without asking; None: no limit
    reported: Sequence[str] | None = None  # a hand-off: only these addresses; None: everybody

    def person_of(self, raw_address: str) -> str | None:
        """The digest of a person by an address as typed; None where it is not usable."""
        address = normalise(raw_address)
        return person_digest(self.space.space_id, address) if address else None
