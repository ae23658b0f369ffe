"""Reading a person live: one call for all who ask at once, ahead of the sync, within the time that
a person waits.

The flag that says "somebody is reading" is a row of the database, so it holds over all processes.
Who finds it set waits for the other's result; who finds that the other failed is told the same.
Before it stands a flag of `sync.flights`, at which to wait costs the database nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from sync.clock import Deadline, Now, Sleep
from sync.errors import CredentialsRefused, IntegrationError, NotFound, QuotaGone
from sync.flights import Flights
from sync.model import Activity, PersonRecord, ReadBy, ScoreSource, Space
from sync.panel.options import PanelOptions
from sync.panel.values import Trouble, TroubleKind
from sync.ports import Connections
from sync.rules.activity import standings
from sync.store import Desk, Store

log = structlog.get_logger(__name__)

LOOK_AGAIN_SECONDS: Final = 0.1
MOST_LISTS: Final = 25  # looked through for one address, a call each

Connect = Callable[[Space, Deadline], Connections]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What Act-On knows of an address. `record_id`: the row it was found by, "" if by address."""

    activity: Activity
    record_id: str


Look = Callable[[Connections], Found | None]
Keep = Callable[[Desk, Found], None]


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """A reading that somebody wants: whose, and how young. `failed_before`: a failure since then
    counts for us, too."""

    space: Space
    person: str
    newer_than: datetime
    failed_before: datetime
    deadline: Deadline

    @property
    def name(self) -> str:
        return f"{self.space.space_id}|{self.person}"


@dataclass(frozen=True, kw_only=True)
class _Result:
    """What came of a reading; no trouble: it is in the store."""

    trouble: Trouble | None = None


class LiveReader:
    """Reads people live and keeps what it read."""

    def __init__(
        self,
        store: Store,
        connect: Connect,
        options: PanelOptions,
        flights: Flights,
        *,
        now: Now,
        sleep: Sleep,
    ) -> None:
        self._store = store
        self._connect = connect
        self._options = options
        self._flights = flights
        self._now = now
        self._sleep = sleep

    def read(
        self,
        space: Space,
        person: str,
        look: Look,
        keep: Keep,
        deadline: Deadline,
        *,
        newer_than: datetime,
    ) -> Trouble | None:
        """Have a reading newer than that in the store: ours, or that of somebody who was quicker.

        `keep` saves what else follows from ours, in the same transaction. A Trouble says why there
        is none.
        """
        wanted = _Wanted(
            space=space,
            person=person,
            newer_than=newer_than,
            failed_before=self._now() - self._options.rest,
            deadline=deadline,
        )
        while (token := self._flights.begin(wanted.name, self._busy_seconds)) is None:
            result = self._watch(wanted)
            if result is not None:
                return result.trouble
        try:
            return self._read_in_turn(wanted, look, keep)
        finally:
            self._flights.end(wanted.name, token)

    def _watch(self, wanted: _Wanted) -> _Result | None:
        """What came of somebody else's reading; None: they are gone, and it may be our turn."""
        while self._flights.goes_on(wanted.name) and wanted.deadline.left():
            self._sleep(LOOK_AGAIN_SECONDS)
        return self._result_of_others(wanted)

    def _read_in_turn(self, wanted: _Wanted, look: Look, keep: Keep) -> Trouble | None:
        """As the row in the database says: it is our turn, or somebody else's result is ours."""
        while not self._begin(wanted):
            result = self._result_of_others(wanted)
            if result is not None:
                return result.trouble
            self._sleep(LOOK_AGAIN_SECONDS)
        return self._read_ourselves(wanted.space, wanted.person, look, keep, wanted.deadline)

    def _result_of_others(self, wanted: _Wanted) -> _Result | None:
        """What somebody else's reading has come to; None: nothing yet, and there is time."""
        space_id, person = wanted.space.space_id, wanted.person
        with self._store.read() as desk:
            note = desk.readings.note(space_id, person)
            failure = desk.readings.failure(space_id, person, since=wanted.failed_before)
        if note is not None and note.read_at >= wanted.newer_than:
            return _Result()
        if failure is not None:
            return _Result(trouble=Trouble(kind=TroubleKind(failure)))
        return None if wanted.deadline.left() else _Result(trouble=Trouble(kind=TroubleKind.BUSY))

    def _begin(self, wanted: _Wanted) -> bool:
        with self._store.write() as desk:
            return desk.readings.begin(
                wanted.space.space_id,
                wanted.person,
                newer_than=wanted.newer_than,
                failed_before=wanted.failed_before,
                seconds=self._busy_seconds,
            )

    @property
    def _busy_seconds(self) -> float:
        """How long a flag stands whose process is gone."""
        return self._options.deadline_seconds + 5

    def _read_ourselves(
        self,
        space: Space,
        person: str,
        look: Look,
        keep: Keep,
        deadline: Deadline,
    ) -> Trouble | None:
        try:
            found = look(self._connect(space, deadline))
            self._save(space.space_id, person, found, keep)
        except IntegrationError as error:
            trouble = trouble_of(error)
            log.warning(
                "live_reading_failed", space=space.space_id, kind=error.kind, problem=str(error)
            )
            self._note_failure(space.space_id, person, trouble)
            return trouble
        except BaseException:
            self._note_failure(space.space_id, person, Trouble(kind=TroubleKind.UNREACHABLE))
            raise
        return None

    def _save(
        self,
        space_id: str,
        person: str,
        found: Found | None,
        keep: Keep,
    ) -> None:
        activity = found.activity if found else None
        with self._store.write() as desk:
            desk.readings.save(
                space_id,
                person,
                activity,
                standings(activity.deeds) if activity else (),
                read_at=self._now(),
            )
            if found is not None:
                keep(desk, found)

    def _note_failure(self, space_id: str, person: str, trouble: Trouble) -> None:
        with self._store.write() as desk:
            desk.readings.fail(space_id, person, trouble.kind.value, now=self._now())


def look_up_again(record: PersonRecord, list_ids: Callable[[Connections], list[str]]) -> Look:
    """How to read a person we know: by the row we know, else by address."""

    def look(connections: Connections) -> Found | None:
        list_id, mark, _ = record.acton_contact_id.rpartition(":")
        if mark and list_id:
            try:
                activity = connections.acton.fetch_activity(list_id, record.acton_contact_id)
                return Found(activity=activity, record_id=record.acton_contact_id)
            except NotFound:
                pass  # the row has left its list; the person may be in another
        return look_up(connections, record.address, list_ids)

    return look


def look_up(
    connections: Connections, address: str, list_ids: Callable[[Connections], list[str]]
) -> Found | None:
    """What Act-On knows of an address: in All Contacts, else in the lists one after the other."""
    activity = connections.acton.find_activity(address)
    if activity is not None:
        return Found(activity=activity, record_id="")
    for list_id in list_ids(connections)[:MOST_LISTS]:
        record_id = connections.acton.find_record(list_id, address)
        if record_id is not None:
            with suppress(NotFound):  # it has left the list a moment ago
                activity = connections.acton.fetch_activity(list_id, record_id)
                return Found(activity=activity, record_id=record_id)
    return None


def read_now(record: PersonRecord, found: Found, now: datetime) -> PersonRecord:
    """What we hold about the person after a live reading."""
    return PersonRecord(
        person=record.person,
        address=record.address,
        contact_id=record.contact_id,
        acton_contact_id=found.record_id or record.acton_contact_id,
        score=found.activity.score,
        score_read_at=now,
        score_source=ScoreSource.FACTS,
        read_by=ReadBy.REFRESH,
        panel_key_expires_at=record.panel_key_expires_at,
        blocked=record.blocked,
    )


def trouble_of(error: IntegrationError) -> Trouble:
    """What an error means to somebody who looks at the panel."""
    if isinstance(error, QuotaGone):
        return Trouble(kind=TroubleKind.QUOTA, until=error.resume_at)
    if isinstance(error, CredentialsRefused):
        return Trouble(kind=TroubleKind.CREDENTIALS)
    return Trouble(kind=TroubleKind.UNREACHABLE)
