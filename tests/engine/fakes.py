"""Hand-written stand-ins for the two vendors, with verbs for what happens to them in a story."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sync.errors import AnswerLost, IntegrationError, NotFound
from sync.model import (
    ActOnAccount,
    ContactWrite,
    CrmContact,
    CrmLead,
    CustomField,
    Entity,
    FieldMap,
    FieldPurpose,
    LeadWrite,
    ListInfo,
    NotWritten,
    ProvisionedField,
    RecordPage,
    RowPage,
    ScorePage,
    ScoreReading,
    User,
    Webresource,
    WriteResult,
    Written,
)
from sync.model.crm_hooks import HookDraft, Webhook
from sync.pipeliner.provisioning import SPECS
from sync.ports import ScoreFields

HEADERS = ("_contact_id_", "First Name", "Last Name", "Company", "E-mail Address")
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class FakeActOn:
    """An Act-On account that tests fill: `add_list`, `add_person`, `set_score`…"""

    def __init__(self, *, page: int = 1000) -> None:
        self.page = page
        self.lists: dict[str, str] = {}
        self.derived: set[str] = set()
        self.rows: dict[str, list[list[str]]] = {}
        self.headers: dict[str, tuple[str, ...]] = {}
        self.scores: dict[str, int] = {}
        self.has_all_contacts = True
        self.failing: dict[str, IntegrationError] = {}
        self.asked: list[str] = []
        self.before_page: Callable[[str, int], None] = lambda list_id, offset: None
        self.before_score: Callable[[str], None] = lambda record_id: None

    # --- verbs ---------------------------------------------------------------------------------

    def add_list(
        self,
        list_id: str,
        name: str,
        headers: tuple[str, ...] = HEADERS,
        *,
        is_source: bool = True,
    ) -> None:
        self.lists[list_id] = name
        if not is_source:
            self.derived.add(list_id)
        self.rows[list_id] = []
        self.headers[list_id] = headers

    def add_row(self, list_id: str, *cells: str) -> None:
        rows = self.rows[list_id]
        rows.append([f"{list_id}:{len(rows):x}", *cells])

    def add_person(
        self,
        list_id: str,
        email: str,
        *,
        first: str = "",
        last: str = "",
        company: str = "",
        score: int | None = None,
    ) -> None:
        self.add_row(list_id, first, last, company, email)
        if score is not None:
            self.set_score(email, score)

    def set_score(self, email: str, score: int) -> None:
        self.scores[email.strip().lower()] = score

    def fail(self, list_id: str, error: IntegrationError) -> None:
        self.failing[list_id] = error

    # --- sync.ports.ActOn ----------------------------------------------------------------------

    def fetch_account(self) -> ActOnAccount | None:
        return ActOnAccount(account_id="12345")

    def fetch_lists(self) -> Iterator[ListInfo]:
        self.asked.append("lists")
        for list_id, name in self.lists.items():
            yield ListInfo(
                list_id=list_id,
                name=name,
                size=len(self.rows[list_id]),
                is_source=list_id not in self.derived,
            )

    def fetch_rows(self, list_id: str, *, offset: int = 0) -> Iterator[RowPage]:
        while True:
            self.asked.append(f"rows {list_id} {offset}")
            self.before_page(list_id, offset)
            if list_id in self.failing:
                raise self.failing[list_id]
            rows = self.rows[list_id]
            page = rows[offset : offset + self.page]
            yield RowPage(
                list_id=list_id,
                offset=offset,
                total=len(rows),
                headers=self.headers[list_id],
                email_column=self.headers[list_id].index("E-mail Address"),
                rows=[list(row) for row in page],
            )
            offset += len(page)
            if offset >= len(rows):
                return

    def find_row(self, list_id: str, address: str) -> RowPage | None:
        self.asked.append(f"row {list_id} {address}")
        self.before_page(list_id, 0)
        if list_id in self.failing:
            raise self.failing[list_id]
        place = self.headers[list_id].index("E-mail Address")
        for row in self.rows[list_id]:
            if row[place].strip().lower() == address:
                return RowPage(
                    list_id=list_id,
                    offset=0,
                    total=1,
                    headers=self.headers[list_id],
                    email_column=None,
                    rows=[list(row)],
                )
        return None

    def find_score_fields(self) -> ScoreFields | None:
        return (
            ScoreFields(score="Act-On Primary Score", email="Email")
            if self.has_all_contacts
            else None
        )

    def fetch_all_scores(self, fields: ScoreFields, *, page: int = 0) -> Iterator[ScorePage]:
        people = list(self.scores.items())
        while True:
            self.asked.append(f"scores {page}")
            some = people[page * self.page : (page + 1) * self.page]
            last = (page + 1) * self.page >= len(people)
            yield ScorePage(
                page=page,
                next_page=None if last else page + 1,
                scores=[(email, str(score)) for email, score in some],
            )
            if last:
                return
            page += 1

    def fetch_score(self, list_id: str, record_id: str) -> ScoreReading:
        self.asked.append(f"score {record_id}")
        self.before_score(record_id)
        for row in self.rows[list_id]:
            if row[0] == record_id:
                email = row[self.headers[list_id].index("E-mail Address")]
                return ScoreReading(score=self.scores.get(email.strip().lower()))
        raise NotFound("There is no such row.")


class FakePipeliner:
    """A Pipeliner space that tests fill and look at: `add_contact`, `delete_lead`…"""

    def __init__(self) -> None:
        self.users = {
            "u1": User(user_id="u1", email="anna@example.com", name="Anna", active=True),
            "u2": User(user_id="u2", email="carl@example.com", name="Carl", active=False),
        }
        self.contacts: dict[str, CrmContact] = {}
        self.leads: dict[str, CrmLead] = {}
        self.lead_writes: dict[str, LeadWrite] = {}
        self.names: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.contact_writes: dict[str, ContactWrite] = {}
        self.changes: list[ContactWrite | LeadWrite] = []  # to records that were there before
        self.fields = _as_listed()
        self.written: list[str] = []
        self.read: list[str] = []
        self.refuse_names: set[str] = set()
        self.refuse_changes: set[str] = set()
        self.before_write: Callable[[str], None] = lambda kind: None
        self.after_write: Callable[[str], None] = lambda kind: None
        self.lose_answers: list[str] = []
        self.webhooks: dict[str, Webhook] = {}
        self.hooks_fail_with: IntegrationError | None = None
        self.clock = START
        self._number = 0

    # --- verbs ---------------------------------------------------------------------------------

    def add_contact(
        self, *addresses: str, name: str = "", deleted: bool = False, owner_id: str = ""
    ) -> str:
        contact = CrmContact(
            contact_id=self._next_id("c"),
            modified=self._tick(),
            deleted=deleted,
            addresses=addresses,
            name=name,
            owner_id=owner_id,
        )
        self.contacts[contact.contact_id] = contact
        return contact.contact_id

    def add_lead(
        self, *, quick_email: str = "", contact_id: str | None = None, open: bool = True
    ) -> str:
        lead = CrmLead(
            lead_id=self._next_id("l"),
            modified=self._tick(),
            deleted=False,
            open=open,
            quick_email=quick_email,
            contact_ids=(contact_id,) if contact_id else (),
        )
        self.leads[lead.lead_id] = lead
        return lead.lead_id

    def delete_lead(self, lead_id: str) -> None:
        self.leads[lead_id] = replace(self.leads[lead_id], deleted=True, modified=self._tick())

    def delete_contact(self, contact_id: str) -> None:
        contact = self.contacts[contact_id]
        self.contacts[contact_id] = replace(contact, deleted=True, modified=self._tick())

    def purge_lead(self, lead_id: str) -> None:
        """The Lead goes without a trace, as records do that are deleted for good."""
        del self.leads[lead_id]

    def merge_contacts(self, lost: str, kept: str) -> None:
        """One Contact is deleted and its Leads belong to the other."""
        self.delete_contact(lost)
        for lead in list(self.leads.values()):
            if lost in lead.contact_ids:
                self.leads[lead.lead_id] = replace(lead, contact_ids=(kept,), modified=self._tick())

    def purge_contact(self, contact_id: str) -> None:
        """The Contact goes without a trace."""
        del self.contacts[contact_id]

    def change_quick_email(self, lead_id: str, address: str) -> None:
        lead = self.leads[lead_id]
        self.leads[lead_id] = replace(lead, quick_email=address, modified=self._tick())

    def change_addresses(self, contact_id: str, *addresses: str) -> None:
        contact = self.contacts[contact_id]
        self.contacts[contact_id] = replace(contact, addresses=addresses, modified=self._tick())

    def copy_contact(self, contact_id: str, *addresses: str) -> str:
        """Somebody makes a new Contact as a copy of another, hidden fields and all."""
        copied = self._next_id("c")
        self.contacts[copied] = replace(
            self.contacts[contact_id],
            contact_id=copied,
            addresses=addresses,
            modified=self._tick(),
        )
        return copied

    def rename_lead(self, lead_id: str, name: str) -> None:
        """Somebody gives the Lead another name."""
        self.names[lead_id] = name
        self.leads[lead_id] = replace(self.leads[lead_id], modified=self._tick())

    def close_lead(self, lead_id: str, *, locked: bool = False) -> None:
        """The Lead is lost, archived or qualified; nobody may change it then, if `locked`."""
        self.leads[lead_id] = replace(self.leads[lead_id], open=False, modified=self._tick())
        if locked:
            self.refuse_changes.add(lead_id)

    def give_lead(self, lead_id: str, owner_id: str) -> None:
        """Somebody makes another user the Lead's owner."""
        self.owners[lead_id] = owner_id
        lead = self.leads[lead_id]
        self.leads[lead_id] = replace(lead, owner_id=owner_id, modified=self._tick())

    def copy_panel_key(self, lead_id: str, other: str) -> None:
        """A Lead is given the hidden panel key of another."""
        panel_key = self.leads[lead_id].panel_key
        self.leads[other] = replace(self.leads[other], panel_key=panel_key, modified=self._tick())

    def empty_panel_keys(self) -> None:
        """The field of the keys went, with all that was in it; no Lead looks changed."""
        for lead in list(self.leads.values()):
            self.leads[lead.lead_id] = replace(lead, panel_key="")

    def clear_key(self, lead_id: str) -> None:
        """Somebody empties our hidden key field."""
        self.leads[lead_id] = replace(self.leads[lead_id], key="", modified=self._tick())

    def change_field(self, purpose: FieldPurpose, **values: object) -> None:
        """An admin changes a field of ours: its name, whether it is published or deleted."""
        self.fields[purpose] = replace(self.fields[purpose], **values)

    def live_leads(self) -> list[LeadWrite]:
        return [
            self.lead_writes[lead_id]
            for lead_id, lead in self.leads.items()
            if not lead.deleted and lead_id in self.lead_writes
        ]

    def lead_names(self) -> list[str]:
        return sorted(
            self.names[lead_id]
            for lead_id, lead in self.leads.items()
            if not lead.deleted and lead_id in self.lead_writes
        )

    def lose_the_next_answer(self, kind: str) -> None:
        """The next creating write of `Contacts` or `Leads` is applied and its answer lost."""
        self.lose_answers.append(kind)

    # --- sync.ports.Pipeliner ------------------------------------------------------------------

    def find_user(self, owner: str) -> User | None:
        return next((u for u in self.users.values() if owner in (u.email, u.user_id)), None)

    def fetch_users(self) -> Iterator[RecordPage[User]]:
        self.read.append("users")
        yield RecordPage(items=list(self.users.values()), total=len(self.users))

    def count(self, entity: Entity) -> int | None:
        return len(self.contacts if entity is Entity.CONTACT else self.leads)

    def fetch_contacts(
        self, fields: FieldMap, *, since: datetime | None = None
    ) -> Iterator[RecordPage[CrmContact]]:
        self.read.append("contacts")
        yield from self._pages(list(self.contacts.values()), since)

    def fetch_leads(
        self, fields: FieldMap, *, since: datetime | None = None
    ) -> Iterator[RecordPage[CrmLead]]:
        self.read.append("leads")
        yield from self._pages(list(self.leads.values()), since)

    def find_contact(self, contact_id: str, fields: FieldMap) -> CrmContact | None:
        self.read.append(f"contact {contact_id}")
        return self.contacts.get(contact_id)

    def find_contacts(self, address: str, fields: FieldMap) -> Sequence[CrmContact]:
        self.read.append(f"contact {address}")
        return [
            contact
            for contact in self.contacts.values()
            if address in [one.strip().lower() for one in contact.addresses]
        ]

    def find_lead(self, lead_id: str, fields: FieldMap) -> CrmLead | None:
        self.read.append(f"lead {lead_id}")
        return self.leads.get(lead_id)

    def find_leads_by_key(self, key: str, fields: FieldMap) -> Sequence[CrmLead]:
        return [lead for lead in self.leads.values() if lead.key == key]

    def find_leads_by_email(self, address: str, fields: FieldMap) -> Sequence[CrmLead]:
        return [lead for lead in self.leads.values() if lead.quick_email.lower() == address]

    def find_lead_name(self, lead_id: str) -> str | None:
        self.read.append(f"name {lead_id}")
        return self.names.get(lead_id) if lead_id in self.leads else None

    def find_leads_of_contact(self, contact_id: str, fields: FieldMap) -> Sequence[CrmLead]:
        return [lead for lead in self.leads.values() if contact_id in lead.contact_ids]

    def write_contacts(
        self, items: Sequence[ContactWrite], fields: FieldMap
    ) -> Sequence[WriteResult]:
        self.before_write("Contacts")
        self.written.append(f"contacts {len(items)}")
        results = [self._with_fields(item, self._write_contact) for item in items]
        self.after_write("Contacts")
        return self._answer("Contacts", results)

    def write_leads(self, items: Sequence[LeadWrite], fields: FieldMap) -> Sequence[WriteResult]:
        self.before_write("Leads")
        self.written.append(f"leads {len(items)}")
        results = [self._with_fields(item, self._write_lead) for item in items]
        self.after_write("Leads")
        return self._answer("Leads", results)

    def fetch_fields(self, entity: Entity) -> Sequence[CustomField]:
        return [
            field
            for purpose, field in self.fields.items()
            if purpose.entity is entity and not field.deleted
        ]

    def create_field(self, *, entity: Entity, name: str, type_id: str) -> CustomField:
        raise AssertionError("the fields are there already")

    def can_filter(self, entity: Entity, filter_key: str) -> bool:
        return True

    def fetch_webresources(self) -> Sequence[Webresource]:
        return []

    def create_webresource(self, *, entity: Entity, name: str, url: str) -> Webresource:
        return Webresource(webresource_id="w", entity=entity.value, name=name, url=url)

    def update_webresource(self, webresource_id: str, *, url: str) -> Webresource:
        return Webresource(webresource_id=webresource_id, entity="Contact", name="", url=url)

    def fetch_webhooks(self) -> Sequence[Webhook]:
        self._ensure_hooks_allowed()
        return list(self.webhooks.values())

    def create_webhook(self, draft: HookDraft) -> str:
        self._ensure_hooks_allowed()
        webhook_id = self._next_id("h")
        self.webhooks[webhook_id] = _as_webhook(webhook_id, draft)
        return webhook_id

    def update_webhook(self, webhook_id: str, draft: HookDraft) -> None:
        self._ensure_hooks_allowed()
        if webhook_id not in self.webhooks:
            raise NotFound("There is no such webhook.")
        self.webhooks[webhook_id] = _as_webhook(webhook_id, draft)

    def delete_webhook(self, webhook_id: str) -> None:
        self._ensure_hooks_allowed()
        self.webhooks.pop(webhook_id, None)

    def _ensure_hooks_allowed(self) -> None:
        if self.hooks_fail_with is not None:
            raise self.hooks_fail_with

    # --- inside --------------------------------------------------------------------------------

    def _pages(self, records: list, since: datetime | None) -> Iterator[RecordPage]:
        found = sorted(
            (one for one in records if since is None or one.modified >= since),
            key=lambda one: one.modified,
        )
        for start in range(0, len(found), 100):
            yield RecordPage(items=found[start : start + 100], total=len(found))

    def _with_fields(self, item, write: Callable[..., WriteResult]) -> WriteResult:
        gone = [purpose for purpose in item.ours if self.fields[purpose].deleted]
        if gone:
            return NotWritten(message=f"{self.fields[gone[0]].api_name}: unknown field")
        return write(item)

    def _write_contact(self, item: ContactWrite) -> WriteResult:
        if item.contact_id is not None:
            known = self.contacts.get(item.contact_id)
            if known is None or known.deleted:
                return NotWritten(message="The Contact is gone.", missing=True)
            if item.contact_id in self.refuse_changes:
                return NotWritten(message="The Contact is locked.")
            contact_id = item.contact_id
            self.changes.append(item)
        else:
            details = item.details
            assert details is not None
            assert item.owner_id == "u1"
            if details.last_name in self.refuse_names:
                return NotWritten(message="last_name: not accepted")
            contact_id = self.add_contact(
                item.address or "", name=f"{details.first_name} {details.last_name}".strip()
            )
            self.contact_writes[contact_id] = item
        before = self.contacts[contact_id]
        self.contacts[contact_id] = replace(
            before,
            modified=self._tick(),
            ours=True,
            score=item.ours.get(FieldPurpose.CONTACT_SCORE, before.score),
            acton_contact_id=item.ours.get(FieldPurpose.CONTACT_PERSON, before.acton_contact_id),
            panel_key=item.ours.get(FieldPurpose.CONTACT_PANEL_KEY, before.panel_key),
            owner_id=item.owner_id or before.owner_id,
        )
        return Written(record_id=contact_id)

    def _write_lead(self, item: LeadWrite) -> WriteResult:
        if item.lead_id is not None:
            known = self.leads.get(item.lead_id)
            if known is None or known.deleted:
                return NotWritten(message="The Lead is gone.", missing=True)
            if item.lead_id in self.refuse_changes:
                return NotWritten(message="The Lead is locked.")
            assert item.owner_id is None, "the owner is Pipeliner's own affair"
            lead_id = item.lead_id
            self.changes.append(item)
        else:
            assert item.owner_id == "u1"
            if any(name in (item.name or "") for name in self.refuse_names):
                return NotWritten(message="name: not accepted")
            lead_id = self.add_lead(contact_id=item.contact_id)
            self.lead_writes[lead_id] = item
            self.owners[lead_id] = item.owner_id
        self.names[lead_id] = item.name or self.names.get(lead_id, "")
        before = self.leads[lead_id]
        self.leads[lead_id] = replace(
            before,
            modified=self._tick(),
            key=item.ours.get(FieldPurpose.LEAD_KEY, before.key),
            panel_key=item.ours.get(FieldPurpose.LEAD_PANEL_KEY, before.panel_key),
            owner_id=item.owner_id or before.owner_id,
            score=item.ours.get(FieldPurpose.LEAD_SCORE, before.score),
        )
        return Written(record_id=lead_id)

    def _answer(self, kind: str, results: Sequence[WriteResult]) -> Sequence[WriteResult]:
        if kind in self.lose_answers:
            self.lose_answers.remove(kind)
            raise AnswerLost("The connection broke.")
        return results

    def _next_id(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}{self._number:04d}"

    def _tick(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock


def all_fields() -> dict[FieldPurpose, ProvisionedField]:
    """Our custom fields, provisioned."""
    return {
        purpose: ProvisionedField(
            purpose=purpose,
            field_id=f"field-{purpose.value}",
            api_name=f"cf_{purpose.value}",
            filter_key=f"cf_{purpose.value}",
        )
        for purpose in FieldPurpose
    }


def _as_webhook(webhook_id: str, draft: HookDraft) -> Webhook:
    return Webhook(
        webhook_id=webhook_id,
        url=draft.url,
        events=("Contact.*", "Lead.*"),
        skip_keys=("acton-integration",),
        insecure_ssl=False,
        signature=draft.signature,
    )


def _as_listed() -> dict[FieldPurpose, CustomField]:
    return {
        purpose: CustomField(
            field_id=one.field_id,
            entity=purpose.entity.value,
            name=SPECS[purpose].name,
            api_name=one.api_name,
            type_id=SPECS[purpose].type_id,
        )
        for purpose, one in all_fields().items()
    }
