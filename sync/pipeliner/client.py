"""The endpoints of one Pipeliner space that we use, one method each."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from sync.errors import (
    AnswerLost,
    CredentialsRefused,
    NotFound,
    Refused,
    SetupError,
    UnexpectedAnswer,
)
from sync.http.answer import Answer
from sync.http.redact import clean_text
from sync.http.transport import Transport
from sync.http.urls import fill_path
from sync.model import (
    ContactWrite,
    CrmContact,
    CrmLead,
    CustomField,
    Entity,
    FieldMap,
    FieldPurpose,
    LeadType,
    LeadWrite,
    RecordPage,
    User,
    Webresource,
    WriteResult,
)
from sync.pipeliner.batches import write_all
from sync.pipeliner.parse import (
    EMAIL_FIELDS,
    parse_page,
    parse_record,
    to_contact,
    to_field,
    to_lead,
    to_lead_name,
    to_lead_step,
    to_lead_type,
    to_refusal,
    to_user,
    to_webresource,
)
from sync.pipeliner.payloads import contact_payload, lead_payload

T = TypeVar("T")
Params: TypeAlias = Mapping[str, str | int]

PAGE = 100  # the largest `first` that is documented
ROLL_BACK_FAILED_ONLY = 1
COLLECTIONS = {Entity.CONTACT: "Contacts", Entity.LEAD: "Leads"}
COLUMNS = {
    Entity.CONTACT: ("id", "modified", "is_deleted", "formatted_name", *EMAIL_FIELDS),
    Entity.LEAD: (
        "id",
        "modified",
        "is_deleted",
        "is_archived",
        "status",
        "quick_email",
        "primary_contact",
        "contact_relations.contact_id",
    ),
}
# The address asked for is quoted in some answers and holds "spaces/", so the words are looked for.
_NO_SPACE = re.compile(r"\bspace\b[^/\"]{0,40}(?:not found|unknown|not exist)|unknown space", re.I)
PANEL_DISPLAY = "2"  # shown in a tab of the record


class PipelinerClient:
    """Reads and writes one space."""

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
        self._transport = transport
        path = fill_path("/api/v100/rest/spaces/{space_id}", space_id=space_id)
        self._base = service_url.rstrip("/") + path
        pair = f"{username}:{password}".encode()
        self._headers = {
            "Authorization": f"Basic {b64encode(pair).decode()}",
            "Accept": "application/json",
        }
        self._batch_size = batch_size
        self._date_format = date_format

    # --- users ---------------------------------------------------------------------------------

    # Reference: OpenAPI v100, GET /entities/Clients
    def find_user(self, owner: str) -> User | None:
        """The user with this e-mail address or id, inactive ones too; None where there is none."""
        if _is_uuid(owner):
            answer = self._call("GET", fill_path("Clients/{owner}", owner=owner), what="the owner")
            if answer.status == 404:
                return None
            return to_user(parse_record(_checked(answer).json(), "the owner"))
        params = {"include-deleted": "true", **_filter("email", owner, "ieq")}
        users = [
            user for page in self._pages("Clients", params, to_user, "users") for user in page.items
        ]
        # An address can be that of a deleted user and, anew, of an active one.
        return max(users, key=lambda user: user.active, default=None)

    def fetch_users(self) -> Iterator[RecordPage[User]]:
        """All users, inactive ones too."""
        return self._pages("Clients", {"include-deleted": "true"}, to_user, "users")

    # --- what new Leads can be ------------------------------------------------------------------

    # Reference: OpenAPI v100, GET /entities/LeadTypes and /entities/Steps
    def fetch_lead_types(self) -> Sequence[LeadType]:
        """The kinds of Leads, each with the steps of its process in order."""
        kinds = self._pages("LeadTypes", {}, to_lead_type, "the lead types")
        found = [one for page in kinds for one in page.items]
        pages = self._pages("Steps", {}, to_lead_step, "the steps")
        steps = sorted(
            (step for page in pages for step in page.items if step.process_id),
            key=lambda step: step.order,
        )
        return [
            replace(one, steps=tuple(s for s in steps if s.process_id == one.process_id))
            for one in found
        ]

    # --- records -------------------------------------------------------------------------------

    # Reference: OpenAPI v100, GET /entities/Contacts and /entities/Leads
    def count(self, entity: Entity) -> int | None:
        """How many records there are, deleted ones too; None where Pipeliner does not tell."""
        what = f"the number of {COLLECTIONS[entity]}"
        params: Params = {"first": 1, "include-deleted": "true", "load-only": "id"}
        answer = _checked(self._call("GET", COLLECTIONS[entity], what=what, params=params))
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
            **_filter("id", contact_id, "eq"),
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
                **_filter(name, address, "ieq"),
                **_columns(Entity.CONTACT, fields),
            }
            for page in self._contacts(params, fields):
                found.update({contact.contact_id: contact for contact in page.items})
        return list(found.values())

    def find_leads_by_key(self, key: str, fields: FieldMap) -> Sequence[CrmLead]:
        """Leads, deleted ones too, that carry our key. Needs a field that can be filtered by."""
        known = fields[FieldPurpose.LEAD_KEY]
        return self._find_leads(_filter(known.filter_key or known.api_name, key, "eq"), fields)

    def find_leads_by_email(self, address: str, fields: FieldMap) -> Sequence[CrmLead]:
        """Leads with this address in `quick_email`."""
        return self._find_leads(_filter("quick_email", address, "ieq"), fields)

    # Reference: OpenAPI v100, GET /entities/LeadOpptyContactRelations
    def find_leads_of_contact(self, contact_id: str, fields: FieldMap) -> Sequence[CrmLead]:
        """Leads that are linked to this Contact."""
        relations = self._pages(
            "LeadOpptyContactRelations",
            _filter("contact_id", contact_id, "eq"),
            lambda raw: str(raw.get("lead_oppty_id") or ""),
            "the Leads of a Contact",
        )
        lead_ids = {lead_id for page in relations for lead_id in page.items if lead_id}
        return [
            lead
            for lead_id in sorted(lead_ids)
            for lead in self._find_leads(_filter("id", lead_id, "eq"), fields)
        ]

    def find_lead_name(self, lead_id: str) -> str | None:
        """What the Lead of this id is called now; None where there is none."""
        params = {
            "include-deleted": "true",
            "load-only": "id,name",
            **_filter("id", lead_id, "eq"),
        }
        pages = self._pages("Leads", params, to_lead_name, "the name of a Lead")
        # A server that does not know the filter might ignore it and show others.
        names = (name for page in pages for found, name in page.items if found == lead_id)
        return next(names, None)

    def _find_leads(self, params: Params, fields: FieldMap) -> list[CrmLead]:
        pages = self._leads({"include-deleted": "true", **params}, fields)
        return [lead for page in pages for lead in page.items]

    def _contacts(self, params: Params, fields: FieldMap) -> Iterator[RecordPage[CrmContact]]:
        return self._pages("Contacts", params, lambda raw: to_contact(raw, fields), "Contacts")

    def _leads(self, params: Params, fields: FieldMap) -> Iterator[RecordPage[CrmLead]]:
        asked = {**params, "expand": "contact_relations", **_columns(Entity.LEAD, fields)}
        return self._pages("Leads", asked, lambda raw: to_lead(raw, fields), "Leads")

    def _since(self, since: datetime | None) -> Params:
        params: Params = {"include-deleted": "true", "order-by": "modified"}
        if since is None:
            return params
        moment = since.astimezone(UTC).strftime(self._date_format)
        return {**params, **_filter("modified", moment, "gte")}

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
        answer = self._call(
            "POST",
            f"{collection}/batch-modify",
            what=f"writing {collection}",
            params={"rollback-method": ROLL_BACK_FAILED_ONLY},
            json=list(bodies),
            # Changing the same record to the same values twice does no harm; creating does.
            idempotent=all("id" in body for body in bodies),
        )
        if answer.status in (400, 404, 409, 413, 422):
            _ensure_space(answer)
            refusal = to_refusal(_error_in(answer))
            raise Refused(refusal.message, kind="missing" if refusal.missing else None)
        if answer.status in (200, 201, 207):
            try:
                return answer.json()
            except UnexpectedAnswer as error:
                raise AnswerLost(error.message, hint=error.hint) from error
        return _checked(answer).json()

    # --- our own fields and the embedded page --------------------------------------------------

    # Reference: OpenAPI v100, GET and POST /entities/Fields
    def fetch_fields(self, entity: Entity) -> Sequence[CustomField]:
        """All fields of Leads or Contacts."""
        params = _filter("entity_name", entity.value, "eq")
        pages = self._pages("Fields", params, to_field, f"the fields of {COLLECTIONS[entity]}")
        return [field for page in pages for field in page.items if field.entity == entity.value]

    def create_field(self, *, entity: Entity, name: str, type_id: str) -> CustomField:
        """The custom field just made, with the `api_name` that Pipeliner generated."""
        body = {
            "entity_name": entity.value,
            "name": name,
            "type_id": type_id,
            "name_translations": {"en": name},
        }
        return to_field(self._create("Fields", body, f"the field {name!r}"))

    def may_create_fields(self) -> bool:
        """Whether the key may create custom fields: an empty one is asked for, which cannot be."""
        answer = self._call("POST", "Fields", what="the fields", json={}, idempotent=False)
        if answer.status in (401, 403):
            return False
        _ensure_space(answer)
        return answer.status in (400, 409, 422)

    def can_filter(self, entity: Entity, filter_key: str) -> bool:
        """Whether listings accept a filter by this field name."""
        params: Params = {"first": 1, "load-only": "id", **_filter(filter_key, "-", "eq")}
        answer = self._call("GET", COLLECTIONS[entity], what="a filter", params=params)
        if answer.status in (400, 422):
            return False
        # A server that does not know the name may ignore it, and then show records all the same.
        return not parse_page(_checked(answer).json(), "a filter")[0]

    # Reference: OpenAPI v100, /entities/Webresources
    def fetch_webresources(self) -> Sequence[Webresource]:
        """All embedded pages of the space."""
        pages = self._pages("Webresources", {}, to_webresource, "the embedded pages")
        return [one for page in pages for one in page.items]

    def create_webresource(self, *, entity: Entity, name: str, url: str) -> Webresource:
        """The embedded page just made."""
        body = {
            "entity": entity.value,
            "name": name,
            "url": url,
            "request_method": 1,
            "display_param": PANEL_DISPLAY,
        }
        return to_webresource(self._create("Webresources", body, f"the page {name!r}"))

    def update_webresource(self, webresource_id: str, *, url: str) -> Webresource:
        """The embedded page with its new address template."""
        path = fill_path("Webresources/{id}", id=webresource_id)
        answer = _checked(self._call("PATCH", path, what="the embedded page", json={"url": url}))
        return to_webresource(parse_record(answer.json(), "the embedded page"))

    def _create(self, collection: str, body: Mapping[str, Any], what: str) -> Mapping[str, Any]:
        answer = self._call("POST", collection, what=what, json=body, idempotent=False)
        return parse_record(_checked(answer).json(), what)

    # --- the request ---------------------------------------------------------------------------

    def _pages(
        self,
        collection: str,
        params: Params,
        read: Callable[[Mapping[str, Any]], T],
        what: str,
    ) -> Iterator[RecordPage[T]]:
        """The pages of a listing. Raises UnexpectedAnswer where a cursor comes back."""
        seen: set[str] = set()
        asked: dict[str, str | int] = {"first": PAGE, **params}
        while True:
            answer = _checked(self._call("GET", collection, what=what, params=asked))
            records, cursor, total = parse_page(answer.json(), what)
            yield RecordPage(items=[read(raw) for raw in records], total=total)
            if cursor is None:
                return
            if cursor in seen:
                raise UnexpectedAnswer(
                    f"Pipeliner shows the same page of {what} again and again.",
                    hint="Try again later; if it stays so, please report it.",
                )
            seen.add(cursor)
            asked["after"] = cursor

    def _call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        params: Params | None = None,
        json: object = None,
        idempotent: bool = True,
    ) -> Answer:
        return self._transport.request(
            method,
            f"{self._base}/entities/{path}",
            what=what,
            idempotent=idempotent,
            params=[(name, str(value)) for name, value in (params or {}).items()],
            json=json,
            headers=self._headers,
        )


def _checked(answer: Answer) -> Answer:
    """The answer, if it is a good one. Raises the error that says what else it is."""
    if answer.status in (200, 201):
        return answer
    if answer.status == 401:
        raise CredentialsRefused(
            "Pipeliner does not accept the user name and password of the API key.",
            hint="Make a new API key in Pipeliner (Administration, Applications) and enter it.",
            kind="pipeliner_credentials",
        )
    if answer.status == 403:
        raise CredentialsRefused(
            f"The Pipeliner application has no right to use {answer.what}.",
            hint="Give the application the right in Pipeliner (Administration, Applications).",
            kind="pipeliner_forbidden",
        )
    _ensure_space(answer)
    if answer.status == 404:
        raise NotFound(
            f"Pipeliner has no such thing: {answer.what}.",
            hint="It may have been deleted; check it in Pipeliner.",
        )
    if answer.status in (400, 409, 422):
        refusal = to_refusal(_error_in(answer))
        raise Refused(f"Pipeliner refused {answer.what}: {refusal.message}")
    raise UnexpectedAnswer(
        f"Pipeliner answered {answer.what} with status {answer.status}.",
        hint="Try again later; if it stays so, please report it.",
    )


def _ensure_space(answer: Answer) -> None:
    if answer.status == 404 and _NO_SPACE.search(answer.text()):
        raise SetupError(
            "Pipeliner does not know this space.",
            hint="Check the Space ID and the Service URL that Pipeliner shows with the API key.",
            kind="space_unknown",
        )


def _error_in(answer: Answer) -> Mapping[str, Any]:
    try:
        raw = answer.json()
    except UnexpectedAnswer:
        return {"message": clean_text(answer.text()), "http_status": answer.status}
    return raw if isinstance(raw, Mapping) else {}


def _filter(name: str, value: str, operator: str) -> dict[str, str]:
    return {f"filter[{name}]": value, f"filter-op[{name}]": operator}


def _columns(entity: Entity, fields: FieldMap) -> dict[str, str]:
    """What to load: the columns that we use, and our own fields."""
    own = [one.api_name for purpose, one in fields.items() if purpose.entity is entity]
    return {"load-only": ",".join((*COLUMNS[entity], *own))}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
