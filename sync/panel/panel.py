"""What the panel's pages may ask: open, view, refresh, find, stream. Each call one question.

Everything is about the one person of a pass. Our own store answers at once; Act-On is asked only
where a person wants it now, within a deadline, and what it says is kept for all who ask next.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from sync.clock import Deadline, Now, Sleep, sleep, utcnow
from sync.errors import IntegrationError
from sync.keyring import Keyring
from sync.model import (
    ContactWrite,
    CrmContact,
    FieldPurpose,
    PersonRecord,
    Space,
    Written,
    WrittenContact,
)
from sync.panel.access import Access, Pass
from sync.panel.live import (
    Connect,
    Found,
    LiveReader,
    look_up,
    look_up_again,
    read_now,
    trouble_of,
)
from sync.panel.looking import Known, look_at, make_stranger, make_view, standing_trouble
from sync.panel.options import PanelOptions
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
from sync.ports import Connections
from sync.rules.addresses import normalise
from sync.rules.keys import person_digest
from sync.rules.lists import choose_lists
from sync.rules.panel_keys import PANEL_KEY_PURPOSE, make_panel_key
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
        now: Now = utcnow,
        sleep: Sleep = sleep,
    ) -> None:
        self._store = store
        self._connect = connect
        self._keyring = keyring
        self._options = options
        self._now = now
        self._live = LiveReader(store, connect, options, now=now, sleep=sleep)
        access = Access(store, keyring, options, now=now)
        self.open_with_key = access.open_with_key
        self.open_with_token = access.open_with_token
        self.make_session = access.make_session
        self.check_session = access.check_session

    # --- what is known already -------------------------------------------------------------------

    def view(self, pass_: Pass) -> PanelView:
        """The panel from our own store. Raises TryLater where the database is away."""
        with self._store.read() as desk:
            space = desk.spaces.get(pass_.space_id)
            known = self._known(desk, pass_)
            name = self._contact_name(desk, pass_)
        if known is None:
            return make_stranger(space, name=name, find=_may_find(pass_))
        return make_view(space, known, self._options, now=self._now())

    def stream(self, pass_: Pass, query: StreamQuery, *, fresh: bool) -> StreamView:
        """The part of the stream asked for. `fresh`: read Act-On first where our reading is old;
        without it the answer comes at once and says whether it is old."""
        with self._store.read() as desk:
            space, known = desk.spaces.get(pass_.space_id), self._known(desk, pass_)
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
            space, known = desk.spaces.get(pass_.space_id), self._known(desk, pass_)
        if known is None or standing_trouble(space) is not None:
            return self.view(pass_)
        newer_than = self._now() - self._options.cooldown
        trouble, written = self._read(space, known, newer_than)
        return self._view_after(space, known, trouble, written)

    def _view_after(
        self, space: Space, before: Known, trouble: Trouble | None, written: bool
    ) -> PanelView:
        with self._store.read() as desk:
            record = _record(desk, space.space_id, before.record.person) or before.record
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
            self._keep_reading(desk, space.space_id, known.record, found)

        trouble = self._live.read(
            space,
            known.record.person,
            look_up_again(known.record, lambda connections: self._lists(space, connections, known)),
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
        wanted = what_to_write(
            score,
            known.contact,
            known.crossed,
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
            fields = desk.spaces.fields(pass_.space_id)
        deadline = Deadline(self._options.deadline_seconds)
        try:
            connections = self._connect(space, deadline)
            contact = connections.pipeliner.find_contact(pass_.contact_id, fields)
        except IntegrationError as error:
            return make_stranger(space, name=view.name, find=True, trouble=trouble_of(error))
        self._note_contact(space.space_id, contact)
        known = self.view(pass_)
        if known.state is not PanelState.NOT_CREATED:
            return known  # one of its addresses is a person's who belongs to another Contact
        for address in _usable(contact):
            trouble = self._find_address(space, pass_.contact_id, address, deadline)
            if trouble is not None:
                return make_stranger(space, name=view.name, find=True, trouble=trouble)
            found = self.view(pass_)
            if found.state is not PanelState.NOT_CREATED:
                return found
        return make_stranger(space, name=view.name, find=True).not_found()

    def _find_address(
        self, space: Space, contact_id: str, address: str, deadline: Deadline
    ) -> Trouble | None:
        record = PersonRecord(
            person=person_digest(space.space_id, address), address=address, contact_id=contact_id
        )
        linked: list[PersonRecord] = []

        def look(connections: Connections) -> Found | None:
            return look_up(connections, address, lambda them: self._lists(space, them, known=None))

        def keep(desk: Desk, found: Found) -> None:
            linked.append(self._keep_reading(desk, space.space_id, record, found))

        trouble = self._live.read(
            space, record.person, look, keep, deadline, newer_than=self._now()
        )
        if linked and linked[0].contact_id == contact_id:
            self._mark_contact(space, linked[0], deadline)
        return trouble

    def _note_contact(self, space_id: str, contact: CrmContact | None) -> None:
        """The Contact, in our index: it may be younger than what the last sync read."""

        def person_of(raw: str) -> str | None:
            address = normalise(raw)
            return person_digest(space_id, address) if address else None

        if contact is not None:
            with self._store.write() as desk:
                desk.crm.save_contacts(space_id, [contact], person_of)

    def _mark_contact(self, space: Space, record: PersonRecord, deadline: Deadline) -> None:
        """Write our own fields to a Contact that was found, so that its panel opens by itself."""
        assert record.contact_id is not None  # noqa: S101 - we looked for a Contact's address
        expiry = self._now() + self._options.key_life
        ours = self._marks_of(space, record, expiry)
        write = ContactWrite(contact_id=record.contact_id, ours=ours)
        with self._store.read() as desk:
            fields = desk.spaces.fields(space.space_id)
        try:
            [result] = self._connect(space, deadline).pipeliner.write_contacts([write], fields)
        except IntegrationError as error:
            log.warning("contact_not_marked", space=space.space_id, problem=str(error))
            return
        if isinstance(result, Written):
            noted = WrittenContact(
                contact_id=result.record_id,
                person=record.person,
                write=write,
                panel_key_expires_at=expiry,
            )
            with self._store.write() as desk:
                desk.crm.note_contacts(space.space_id, [noted], now=self._now())

    def _marks_of(
        self, space: Space, record: PersonRecord, expiry: datetime
    ) -> dict[FieldPurpose, int | str | datetime]:
        ours: dict[FieldPurpose, int | str | datetime] = {
            FieldPurpose.CONTACT_PANEL_KEY: make_panel_key(
                space_id=space.space_id,
                epoch=space.panel_epoch,
                person=record.person,
                expires_at=expiry,
                key_id=self._keyring.key_id,
                sign=lambda message: self._keyring.sign(message, purpose=PANEL_KEY_PURPOSE),
            )
        }
        if record.score is not None:
            ours[FieldPurpose.CONTACT_SCORE] = record.score
            ours[FieldPurpose.CONTACT_REFRESHED] = self._now()
        if record.acton_contact_id:
            ours[FieldPurpose.CONTACT_PERSON] = record.acton_contact_id
        return ours

    # --- inside ----------------------------------------------------------------------------------

    def _known(self, desk: Desk, pass_: Pass) -> Known | None:
        if pass_.person is not None:
            record = _record(desk, pass_.space_id, pass_.person)
        else:
            record = _record_of_contact(desk, pass_.space_id, pass_.contact_id or "")
        if record is None:
            return None
        return look_at(desk, pass_.space_id, record, now=self._now())

    def _contact_name(self, desk: Desk, pass_: Pass) -> str:
        if pass_.contact_id is None:
            return ""
        found = desk.crm.contacts_by_id(pass_.space_id, [pass_.contact_id])
        return found[pass_.contact_id].name if pass_.contact_id in found else ""

    def _keep_reading(
        self, desk: Desk, space_id: str, record: PersonRecord, found: Found
    ) -> PersonRecord:
        """The person with what was read, saved. What the sync has changed meanwhile stays, and
        somebody who belongs to another living Contact stays there."""
        current = _record(desk, space_id, record.person)
        if current is None or not _has_contact(desk, space_id, current):
            current = replace(current or record, contact_id=record.contact_id)
        read = read_now(current, found, self._now())
        desk.people.save(space_id, [read], now=self._now())
        return read

    def _lists(self, space: Space, connections: Connections, known: Known | None) -> list[str]:
        """The lists to look through for an address: those we know the person in first."""
        mine = [one.list_id for one in known.crossed] if known else []
        chosen, _ = choose_lists(list(connections.acton.fetch_lists()), space.settings.lists)
        return list(dict.fromkeys([*mine, *(one.list_id for one in chosen)]))


def _record(desk: Desk, space_id: str, person: str) -> PersonRecord | None:
    return desk.people.for_persons(space_id, [person]).get(person)


def _record_of_contact(desk: Desk, space_id: str, contact_id: str) -> PersonRecord | None:
    """The person linked to a Contact; else one whose address it carries, as a duplicate does."""
    linked = desk.people.of_contact(space_id, contact_id)
    if linked is not None:
        return linked
    carried = sorted(desk.crm.carriers(space_id, [contact_id]).get(contact_id, ()))
    known = list(desk.people.for_persons(space_id, carried).values())
    return max(known, key=lambda one: (one.score is not None, one.score or 0), default=None)


def _has_contact(desk: Desk, space_id: str, record: PersonRecord) -> bool:
    """Whether the person is linked to a Contact that is not known to be deleted."""
    if record.contact_id is None:
        return False
    found = desk.crm.contacts_by_id(space_id, [record.contact_id]).get(record.contact_id)
    return found is None or not found.deleted


def _may_find(pass_: Pass) -> bool:
    return pass_.user is not None and pass_.contact_id is not None


def _usable(contact: CrmContact | None) -> Sequence[str]:
    """The addresses of a live Contact that can be looked for, each once."""
    if contact is None or contact.deleted:
        return ()
    usable = (normalise(raw) for raw in contact.addresses)
    return list(dict.fromkeys(address for address in usable if address))
