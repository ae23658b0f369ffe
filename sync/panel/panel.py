"""What the panel's pages may ask: open, view, refresh, find, stream. Each call one question.

Everything is about the one person of a pass. Our own store answers at once; Act-On is asked only
where a person wants it now, within a deadline, and what it says is kept for all who ask next.
"""

from datetime import datetime

import structlog

from sync.clock import Deadline, Now, Sleep, sleep, utcnow
from sync.errors import IntegrationError
from sync.flights import Flights, NoFlights
from sync.keyring import Keyring
from sync.model import Space
from sync.panel.access import Access, Pass
from sync.panel.finding import Finder
from sync.panel.live import Connect, Found, LiveReader, look_up_again, trouble_of
from sync.panel.looking import Known, look_at, make_stranger, make_view, standing_trouble
from sync.panel.options import PanelOptions
from sync.panel.people import (
    addresses_to_find,
    contact_name,
    keep_reading,
    known_by,
    lists_to_look_through,
    record_of,
)
from sync.panel.stream import make_stream
from sync.panel.values import (
    PanelState,
    PanelView,
    Refreshed,
    StreamQuery,
    StreamView,
    Trouble,
)
from sync.panel.writing_back import what_to_write, write_back
from sync.rules.scoring import has_own_scores
from sync.store import Desk, Store

log = structlog.get_logger(__name__)


class Panel:
    """The panel of every space. Safe to share between threads."""

    def __init__(
        self,
        store: Store,
        connect: Connect,
        keyring: Keyring,
        options: PanelOptions,
        *,
        flights: Flights | None = None,
        now: Now = utcnow,
        sleep: Sleep = sleep,
    ) -> None:
        self._store = store
        self._connect = connect
        self._options = options
        self._now = now
        flights = flights or NoFlights()
        self._live = LiveReader(store, connect, options, flights, now=now, sleep=sleep)
        self._finder = Finder(store, connect, self._live, keyring, options, now=now)
        access = Access(store, keyring, options, now=now)
        self.open_with_key = access.open_with_key
        self.open_with_token = access.open_with_token
        self.open_from_memory = access.open_from_memory
        self.name_of = access.name_of
        self.make_session = access.make_session
        self.check_session = access.check_session

    # --- what is known already -------------------------------------------------------------------

    def view(self, pass_: Pass) -> PanelView:
        """The panel from our own store. Raises TryLater where the database is away."""
        with self._store.read() as desk:
            space = desk.spaces.get(pass_.space_id)
            known = known_by(desk, pass_, now=self._now())
            name = contact_name(desk, pass_)
        if known is None:
            return make_stranger(space, name=name, find=_may_find(pass_))
        return make_view(space, known, self._options, now=self._now())

    def stream(self, pass_: Pass, query: StreamQuery, *, fresh: bool) -> StreamView:
        """The part of the stream asked for. `fresh`: read Act-On first where our reading is old;
        without it the answer comes at once and says whether it is old."""
        with self._store.read() as desk:
            space, known = desk.spaces.get(pass_.space_id), known_by(desk, pass_, now=self._now())
        if known is None:
            return make_stream(query, None, now=self._now(), stale=False)
        trouble = standing_trouble(space)
        if fresh and trouble is None:
            newer_than = self._now() - self._options.fresh
            trouble, _ = self._read(space, known, newer_than)
        return self._make_stream(pass_.space_id, known.record.person, query, trouble)

    def _make_stream(
        self, space_id: str, person: str, query: StreamQuery, trouble: Trouble | None
    ) -> StreamView:
        now = self._now()
        with self._store.read() as desk:
            note = desk.readings.note(space_id, person)
            reading = desk.readings.get(space_id, person)
        old = note is None or note.read_at < now - self._options.fresh
        view = make_stream(query, reading, now=now, stale=old and trouble is None, trouble=trouble)
        return view.for_stranger() if note is not None and not note.known else view

    # --- reading live ----------------------------------------------------------------------------

    def refresh(self, pass_: Pass) -> PanelView:
        """The panel after a live reading, which is written to our store, the Contact and its Leads.

        Within the cool-down the last reading stands.
        """
        with self._store.read() as desk:
            space, known = desk.spaces.get(pass_.space_id), known_by(desk, pass_, now=self._now())
        if known is None or standing_trouble(space) is not None:
            return self.view(pass_)
        newer_than = self._now() - self._options.cooldown
        trouble, written = self._read(space, known, newer_than)
        return self._view_after(space, known, trouble, written)

    def _view_after(
        self, space: Space, before: Known, trouble: Trouble | None, written: bool
    ) -> PanelView:
        with self._store.read() as desk:
            record = record_of(desk, space.space_id, before.record.person) or before.record
            known = look_at(desk, space.space_id, record, now=self._now())
        view = make_view(space, known, self._options, now=self._now(), trouble=trouble)
        if trouble is not None:
            return view
        found = Refreshed(before=before.record.score, after=record.score, written=written)
        return view.after(found)

    def _read(
        self, space: Space, known: Known, newer_than: datetime
    ) -> tuple[Trouble | None, bool]:
        """Have a young reading in the store; why there is none, and whether Pipeliner knows it."""
        deadline = Deadline(self._options.deadline_seconds)
        readings: list[Found] = []

        def keep(desk: Desk, found: Found) -> None:
            readings.append(found)
            keep_reading(desk, space.space_id, known.record, found, now=self._now())

        trouble = self._live.read(
            space,
            known.record.person,
            look_up_again(known.record, lambda them: lists_to_look_through(space, them, known)),
            keep,
            deadline,
            newer_than=newer_than,
        )
        if not readings:
            return trouble, True
        return trouble, self._write_back(space, known, readings[0].activity.score, deadline)

    def _write_back(
        self, space: Space, known: Known, score: int | None, deadline: Deadline
    ) -> bool:
        with self._store.read() as desk:  # again: a run may have written while Act-On was asked
            present = look_at(desk, space.space_id, known.record, now=self._now())
        wanted = what_to_write(
            score,
            present.contact,
            present.crossed,
            own_values=has_own_scores(space.settings),
            now=self._now(),
        )
        if wanted.is_nothing:
            return True
        with self._store.read() as desk:
            fields = desk.spaces.fields(space.space_id)
        try:
            return write_back(
                self._connect(space, deadline).pipeliner,
                self._store,
                space.space_id,
                known.record.person,
                wanted,
                fields,
                now=self._now(),
            )
        except IntegrationError as error:
            log.warning(
                "score_not_written_back",
                space=space.space_id,
                kind=error.kind,
                problem=str(error),
            )
            return False

    # --- finding ---------------------------------------------------------------------------------

    def find(self, pass_: Pass) -> PanelView:
        """The panel after looking for a Contact's addresses in Act-On; what is found is linked.

        Only for a pass that carries a user: somebody must stand for linking the Contact.
        """
        view = self.view(pass_)
        if view.state is not PanelState.NOT_CREATED or not view.find or pass_.contact_id is None:
            return view
        with self._store.read() as desk:
            space = desk.spaces.get(pass_.space_id)
        deadline = Deadline(self._options.deadline_seconds)
        try:
            contact = self._finder.fetch_contact(space, pass_.contact_id, deadline)
        except IntegrationError as error:
            return make_stranger(space, name=view.name, find=True, trouble=trouble_of(error))
        with self._store.read() as desk:
            addresses = addresses_to_find(desk, space.space_id, contact) if contact else ()
        for address in addresses:
            # One of its addresses may be a person's who belongs to another Contact.
            known = self.view(pass_)
            if known.state is not PanelState.NOT_CREATED:
                return known
            trouble = self._finder.find(space, pass_.contact_id, address, deadline)
            if trouble is not None:
                return make_stranger(space, name=view.name, find=True, trouble=trouble)
        found = self.view(pass_)
        return found.not_found() if found.state is PanelState.NOT_CREATED else found


def _may_find(pass_: Pass) -> bool:
    return pass_.user is not None and pass_.contact_id is not None
