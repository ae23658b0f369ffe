"""The endpoints of one Pipeliner space that we use, one method each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sync.errors import AnswerLost, Refused, UnexpectedAnswer
from sync.http.transport import Transport
from sync.languages import lazy_gettext as _
from sync.model import (
    ContactWrite,
    CrmContact,
    CrmLead,
    Entity,
    FieldMap,
    FieldPurpose,
    LeadWrite,
    RecordPage,
    WriteResult,
)
from sync.pipeliner.batches import write_all
from sync.pipeliner.calls import PAGE, Params, checked, ensure_space, error_in, filter_by
from sync.pipeliner.furniture import COLLECTIONS, FurnitureCalls
from sync.pipeliner.parse import (
    EMAIL_FIELDS,
    parse_page,
    to_contact,
    to_lead,
    to_lead_name,
    to_refusal,
)
from sync.pipeliner.payloads import contact_payload, lead_payload
from sync.pipeliner.webhooks import HookCalls

ROLL_BACK_FAILED_ONLY = 1
COLUMNS = {
    Entity.CONTACT: ("id", "modified", "is_deleted", "owner_id", "formatted_name", *EMAIL_FIELDS),
    Entity.LEAD: (
        "id",
        "modified",
        "is_deleted",
        "is_archived",
        "owner_id",
        "status",
        "quick_email",
        "primary_contact",
        "contact_relations.contact_id",
    ),
}


class PipelinerClient(FurnitureCalls, HookCalls):
    """Reads and writes the Contacts and Leads of one space, and knows how it is furnished."""

    def __init__(
        self,
        transport: Transport,
        *,
        service_url: str,
        space_id: str,
        username: str,
        password: str,
        batch_size: int = PAGE,
        date_format: str = "%Y-%m-%d %H:%M:%S",
    ) -> None:
        super().__init__(
            transport,
            service_url=service_url,
            space_id=space_id,
            username=username,
            password=password,
        )
        self._batch_size = batch_size
        self._date_format = date_format

    # --- reading -------------------------------------------------------------------------------

    # Reference: OpenAPI v100, GET /entities/Contacts and /entities/Leads
    def count(self, entity: Entity) -> int | None:
        """How many records there are, deleted ones too; None where Pipeliner does not tell."""
        what = _("the number of %(records)s", records=COLLECTIONS[entity])
        params: Params = {"first": 1, "include-deleted": "true", "load-only": "id"}
        answer = checked(self.call("GET", COLLECTIONS[entity], what=what, params=params))
        return parse_page(answer.json(), what)[2]

    def fetch_contacts(
        self, fields: FieldMap, *, since: datetime | None = None
    ) -> Iterator[RecordPage[CrmContact]]:
        """Contacts, deleted ones too, oldest change first; `since` inclusive, None for all."""
        return self._contacts({**self._since(since), **_columns(Entity.CONTACT, fields)}, fields)

    def fetch_leads(
        self, fields: FieldMap, *, since: datetime | None = None
    ) -> Iterator[RecordPage[CrmLead]]:
        """Leads, deleted ones too, oldest change first; `since` inclusive, None for all."""
        return self._leads(self._since(since), fields)

    def find_contact(self, contact_id: str, fields: FieldMap) -> CrmContact | None:
        """The Contact of this id, a deleted one too; None where there is none."""
        # By a filter and not by its path: what a path gives for a deleted record is unknown.
        params = {
            "include-deleted": "true",
            **filter_by("id", contact_id, "eq"),
            **_columns(Entity.CONTACT, fields),
        }
        pages = self._contacts(params, fields)
        # A server that does not know the filter might ignore it and show others.
        mine = (one for page in pages for one in page.items if one.contact_id == contact_id)
        return next(mine, None)

    def find_contacts(self, address: str, fields: FieldMap) -> Sequence[CrmContact]:
        """Contacts, deleted ones too, that carry the address in any of email1…email5."""
        found: dict[str, CrmContact] = {}
        for name in EMAIL_FIELDS:
            params = {
                "include-deleted": "true",
                **filter_by(name, address, "ieq"),
                **_columns(Entity.CONTACT, fields),
            }
            for page in self._contacts(params, fields):
                found.update({contact.contact_id: contact for contact in page.items})
        return list(found.values())

    def find_lead(self, lead_id: str, fields: FieldMap) -> CrmLead | None:
        """The Lead of this id, a deleted one too; None where there is none."""
        found = self._find_leads(filter_by("id", lead_id, "eq"), fields)
        return next((lead for lead in found if lead.lead_id == lead_id), None)

    def find_leads_by_key(self, key: str, fields: FieldMap) -> Sequence[CrmLead]:
        """Leads, deleted ones too, that carry our key. Needs a field that can be filtered by."""
        known = fields[FieldPurpose.LEAD_KEY]
        return self._find_leads(filter_by(known.filter_key or known.api_name, key, "eq"), fields)

    def find_leads_by_email(self, address: str, fields: FieldMap) -> Sequence[CrmLead]:
        """Leads with this address in `quick_email`."""
        return self._find_leads(filter_by("quick_email", address, "ieq"), fields)

    # Reference: OpenAPI v100, GET /entities/LeadOpptyContactRelations
    def find_leads_of_contact(self, contact_id: str, fields: FieldMap) -> Sequence[CrmLead]:
        """Leads that are linked to this Contact."""
        relations = self.pages(
            "LeadOpptyContactRelations",
            filter_by("contact_id", contact_id, "eq"),
            lambda raw: str(raw.get("lead_oppty_id") or ""),
            "the Leads of a Contact",
        )
        lead_ids = {lead_id for page in relations for lead_id in page.items if lead_id}
        return [
            lead
            for lead_id in sorted(lead_ids)
            for lead in self._find_leads(filter_by("id", lead_id, "eq"), fields)
        ]

    def find_lead_name(self, lead_id: str) -> str | None:
        """What the Lead of this id is called now; None where there is none."""
        params = {
            "include-deleted": "true",
            "load-only": "id,name",
            **filter_by("id", lead_id, "eq"),
        }
        pages = self.pages("Leads", params, to_lead_name, "the name of a Lead")
        # A server that does not know the filter might ignore it and show others.
        names = (name for page in pages for found, name in page.items if found == lead_id)
        return next(names, None)

    def _find_leads(self, params: Params, fields: FieldMap) -> list[CrmLead]:
        pages = self._leads({"include-deleted": "true", **params}, fields)
        return [lead for page in pages for lead in page.items]

    def _contacts(self, params: Params, fields: FieldMap) -> Iterator[RecordPage[CrmContact]]:
        return self.pages("Contacts", params, lambda raw: to_contact(raw, fields), "Contacts")

    def _leads(self, params: Params, fields: FieldMap) -> Iterator[RecordPage[CrmLead]]:
        asked = {**params, "expand": "contact_relations", **_columns(Entity.LEAD, fields)}
        return self.pages("Leads", asked, lambda raw: to_lead(raw, fields), "Leads")

    def _since(self, since: datetime | None) -> Params:
        params: Params = {"include-deleted": "true", "order-by": "modified"}
        if since is None:
            return params
        moment = since.astimezone(UTC).strftime(self._date_format)
        return {**params, **filter_by("modified", moment, "gte")}

    # --- writing -------------------------------------------------------------------------------

    # Reference: OpenAPI v100, POST /entities/Contacts/batch-modify
    def write_contacts(
        self, items: Sequence[ContactWrite], fields: FieldMap
    ) -> Sequence[WriteResult]:
        """One result for each item, in order. Raises AnswerLost."""
        bodies = [contact_payload(one, fields, date_format=self._date_format) for one in items]
        return self._write("Contacts", bodies)

    # Reference: OpenAPI v100, POST /entities/Leads/batch-modify
    def write_leads(self, items: Sequence[LeadWrite], fields: FieldMap) -> Sequence[WriteResult]:
        """One result for each item, in order. Raises AnswerLost."""
        bodies = [lead_payload(one, fields, date_format=self._date_format) for one in items]
        return self._write("Leads", bodies)

    def _write(self, collection: str, bodies: Sequence[dict[str, Any]]) -> Sequence[WriteResult]:
        return write_all(bodies, lambda some: self._send(collection, some), size=self._batch_size)

    def _send(self, collection: str, bodies: Sequence[Mapping[str, Any]]) -> Any:
        answer = self.call(
            "POST",
            f"{collection}/batch-modify",
            what=_("writing %(records)s", records=collection),
            params={"rollback-method": ROLL_BACK_FAILED_ONLY},
            json=list(bodies),
            # Changing the same record to the same values twice does no harm; creating does.
            idempotent=all("id" in body for body in bodies),
        )
        if answer.status in (400, 404, 409, 413, 422):
            ensure_space(answer)
            refusal = to_refusal(error_in(answer))
            raise Refused(refusal.message, kind="missing" if refusal.missing else None)
        if answer.status in (200, 201, 207):
            try:
                return answer.json()
            except UnexpectedAnswer as error:
                raise AnswerLost(error.message, hint=error.hint) from error
        return checked(answer).json()


def _columns(entity: Entity, fields: FieldMap) -> dict[str, str]:
    """What to load: the columns that we use, and our own fields."""
    own = [one.api_name for purpose, one in fields.items() if purpose.entity is entity]
    return {"load-only": ",".join((*COLUMNS[entity], *own))}
