"""The records of one space, as plain JSON objects. Knows no rule for what may be written.

A record keeps only what was filled in; `Space.whole` adds the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any, Final, TypeAlias
from uuid import UUID

from sync.sandbox.clock import SandboxClock
from sync.sandbox.crm.kinds import KINDS
from sync.sandbox.options import APP_PASSWORD, APP_USERNAME

Record: TypeAlias = dict[str, Any]
OnChange: TypeAlias = Callable[["Space", str, Record | None, Record], None]
LINKS: Final = "LeadOpptyContactRelations"


class Space:
    """One space: its records by kind and id."""

    def __init__(self, space_id: str, clock: SandboxClock) -> None:
        self.space_id = space_id
        self.username, self.password = APP_USERNAME, APP_PASSWORD
        self.records: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
        self.revision = 1000
        self.versions = dict.fromkeys(KINDS, 0)  # grows with each change of a kind
        self.answers: dict[object, tuple[object, list[Record]]] = {}
        self.changed = False
        self.clock = clock
        self.on_change: OnChange | None = None
        self._undo: list[tuple[str, str, Record | None]] | None = None
        self._untold: list[tuple[str, Record | None, Record]] = []
        self._links: dict[str, dict[str, None]] = {}  # ids of links by their Lead, in order
        self._own: tuple[int, dict[str, dict[str, Record]]] = (-1, {})
        self._random = Random(space_id)  # noqa: S311 - ids of a made-up world

    def new_id(self) -> str:
        """A fresh UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def put(self, kind: str, values: Mapping[str, Any], *, at: datetime | None = None) -> Record:
        """Add or replace a record; it is then changed just now, or at `at`."""
        self.revision += 1 + self.revision % 3  # a space-wide counter with gaps, as recorded
        moment = write_instant(at or self.clock.now())
        record_id = str(values["id"]) if "id" in values else self.new_id()
        record = {
            "id": record_id,
            "created": moment,
            **values,
            "modified": moment,
            "revision": self.revision,
        }
        before = self.records[kind].get(record_id)
        if self._undo is not None:
            self._undo.append((kind, record_id, before))
        self.records[kind][record_id] = record
        self._note_link(kind, record)
        self._note_change(kind)
        self._tell(kind, before, record)
        return record

    def purge(self, kind: str, record_id: str) -> None:
        """Remove a record without a trace. Raises KeyError."""
        record = self.records[kind].pop(record_id)
        self._note_change(kind)
        self._tell(kind, record, {**record, "is_deleted": True})

    def find(self, kind: str, record_id: object) -> Record | None:
        """The record with this id that is not deleted."""
        record = self.records[kind].get(record_id) if isinstance(record_id, str) else None
        return None if record is None or record.get("is_deleted") else record

    def whole(self, kind: str, record: Mapping[str, Any]) -> Record:
        """The record with all its fields: blanks for what was not filled in, no deleted field."""
        own = self.own_fields(kind)
        shown = {**KINDS[kind].blank(), **dict.fromkeys(own), **record}
        if len(shown) > len(KINDS[kind].types) + len(own):
            gone = {
                one["api_name"]
                for one in self.records["Fields"].values()
                if one["entity_name"] == KINDS[kind].entity and one["api_name"] not in own
            }
            shown = {name: value for name, value in shown.items() if name not in gone}
        return shown

    def own_fields(self, kind: str) -> Mapping[str, Record]:
        """The live custom fields of a kind by `api_name`."""
        if self._own[0] != self.versions["Fields"]:
            by_entity: dict[str, dict[str, Record]] = {}
            for one in self.records["Fields"].values():
                if not one.get("is_deleted"):
                    by_entity.setdefault(one["entity_name"], {})[one["api_name"]] = one
            self._own = (self.versions["Fields"], by_entity)
        return self._own[1].get(KINDS[kind].entity, {})

    def links_of(self, lead_id: str) -> list[Record]:
        """The live links of a Lead to Contacts."""
        known = self.records[LINKS]
        found = (known.get(link_id) for link_id in self._links.get(lead_id, ()))
        return [
            one
            for one in found
            if one and one["lead_oppty_id"] == lead_id and not one.get("is_deleted")
        ]

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take back every change made inside if an error comes out."""
        undo: list[tuple[str, str, Record | None]] = []
        self._undo = undo
        try:
            yield
        except BaseException:
            for kind, record_id, before in reversed(undo):
                if before is None:
                    del self.records[kind][record_id]
                else:
                    self.records[kind][record_id] = before
                self._note_change(kind)
            self._untold.clear()
            raise
        finally:
            self._undo = None
        untold, self._untold = self._untold, []
        for kind, known, record in untold:
            self._tell(kind, known, record)

    def _tell(self, kind: str, before: Record | None, after: Record) -> None:
        """Let others know of a change; of one that may be taken back only when it stays."""
        if self.on_change is None or not self.records["Webhooks"]:
            return
        if self._undo is not None:
            self._untold.append((kind, before, after))
        else:
            self.on_change(self, kind, before, after)

    def load(self, state: Mapping[str, Any]) -> None:
        """Put saved records back. Kinds that the saved state does not know stay as they are."""
        self.revision = state["revision"]
        self.records |= {kind: state["records"][kind] for kind in KINDS if kind in state["records"]}
        self._random.seed(f"{self.space_id} {self.revision}")
        for kind in KINDS:
            self._note_change(kind)
        self._links.clear()
        for one in self.records[LINKS].values():
            self._note_link(LINKS, one)

    def _note_link(self, kind: str, record: Record) -> None:
        # What is taken back or purged stays noted; whoever asks looks whether it is there.
        if kind == LINKS:
            self._links.setdefault(record["lead_oppty_id"], {})[record["id"]] = None

    def _note_change(self, kind: str) -> None:
        self.versions[kind] += 1
        self.changed = True


def read_instant(text: str) -> datetime:
    """An instant in a filter or a body: ISO 8601 with T or blank; UTC where it says nothing.

    Raises ValueError.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def write_instant(moment: datetime) -> str:
    """An instant as records carry it (contracts, section 6). Texts sort as the instants do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
