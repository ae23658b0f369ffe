"""*Find in Act-On*: looking for a Contact's addresses there, and linking it where one is known."""

from datetime import datetime

import structlog

from sync.clock import Deadline, Now
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
from sync.panel.live import Connect, Found, LiveReader, look_up
from sync.panel.options import PanelOptions
from sync.panel.people import keep_reading, lists_to_look_through, note_contact
from sync.panel.values import Trouble
from sync.ports import Connections
from sync.rules.keys import person_digest
from sync.rules.panel_keys import PANEL_KEY_PURPOSE, make_panel_key
from sync.store import Desk, Store

log = structlog.get_logger(__name__)


class Finder:
    """Finds people for Contacts that the integration neither made nor linked."""

    def __init__(
        self,
        store: Store,
        connect: Connect,
        live: LiveReader,
        keyring: Keyring,
        options: PanelOptions,
        *,
        now: Now,
    ) -> None:
        self._store = store
        self._connect = connect
        self._live = live
        self._keyring = keyring
        self._options = options
        self._now = now

    def fetch_contact(self, space: Space, contact_id: str, deadline: Deadline) -> CrmContact | None:
        """The Contact as it stands in Pipeliner, noted in our index. Raises as the client does."""
        with self._store.read() as desk:
            fields = desk.spaces.fields(space.space_id)
        contact = self._connect(space, deadline).pipeliner.find_contact(contact_id, fields)
        if contact is not None:
            with self._store.write() as desk:
                note_contact(desk, space.space_id, contact)
        return contact

    def find(
        self, space: Space, contact_id: str, address: str, deadline: Deadline
    ) -> Trouble | None:
        """Look for one address; who is found is linked to the Contact. Why that could not be done,
        where it could not; found or not is then in the store."""
        record = PersonRecord(
            person=person_digest(space.space_id, address), address=address, contact_id=contact_id
        )
        linked: list[PersonRecord] = []

        def look(connections: Connections) -> Found | None:
            return look_up(
                connections, address, lambda them: lists_to_look_through(space, them, None)
            )

        def keep(desk: Desk, found: Found) -> None:
            linked.append(keep_reading(desk, space.space_id, record, found, now=self._now()))

        trouble = self._live.read(
            space, record.person, look, keep, deadline, newer_than=self._now()
        )
        if linked and linked[0].contact_id == contact_id:
            self._mark_contact(space, linked[0], contact_id, deadline)
        return trouble

    def _mark_contact(
        self, space: Space, record: PersonRecord, contact_id: str, deadline: Deadline
    ) -> None:
        """Write our own fields to the Contact, so that its panel opens by itself from now on."""
        expiry = self._now() + self._options.key_life
        write = ContactWrite(contact_id=contact_id, ours=self._marks_of(space, record, expiry))
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
