"""How a Pipeliner space is furnished: users, kinds of Leads, custom fields, embedded pages."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from sync.http.urls import fill_path
from sync.languages import lazy_gettext as _
from sync.model import CustomField, Entity, LeadType, RecordPage, User, Webresource
from sync.pipeliner.calls import Params, SpaceCalls, checked, ensure_space, filter_by
from sync.pipeliner.parse import (
    parse_page,
    parse_record,
    to_field,
    to_lead_step,
    to_lead_type,
    to_user,
    to_webresource,
)

COLLECTIONS = {Entity.CONTACT: "Contacts", Entity.LEAD: "Leads"}
PANEL_DISPLAY = "2"  # shown in a tab of the record


class FurnitureCalls(SpaceCalls):
    """Reads what the space has to offer, and adds what we need: fields and the panel's page."""

    # --- users ---------------------------------------------------------------------------------

    # Reference: OpenAPI v100, GET /entities/Clients
    def find_user(self, owner: str) -> User | None:
        """The user with this e-mail address or id, inactive ones too; None where there is none."""
        if _is_uuid(owner):
            answer = self.call(
                "GET", fill_path("Clients/{owner}", owner=owner), what=_("the owner")
            )
            if answer.status == 404:
                return None
            return to_user(parse_record(checked(answer).json(), "the owner"))
        params = {"include-deleted": "true", **filter_by("email", owner, "ieq")}
        users = [
            user for page in self.pages("Clients", params, to_user, "users") for user in page.items
        ]
        # An address can be that of a deleted user and, anew, of an active one.
        return max(users, key=lambda user: user.active, default=None)

    def fetch_users(self) -> Iterator[RecordPage[User]]:
        """All users, inactive ones too."""
        return self.pages("Clients", {"include-deleted": "true"}, to_user, "users")

    # --- what new Leads can be ------------------------------------------------------------------

    # Reference: OpenAPI v100, GET /entities/LeadTypes and /entities/Steps
    def fetch_lead_types(self) -> Sequence[LeadType]:
        """The kinds of Leads, each with the steps of its process in order."""
        kinds = self.pages("LeadTypes", {}, to_lead_type, "the lead types")
        found = [one for page in kinds for one in page.items]
        pages = self.pages("Steps", {}, to_lead_step, "the steps")
        steps = sorted(
            (step for page in pages for step in page.items if step.process_id),
            key=lambda step: step.order,
        )
        return [
            replace(one, steps=tuple(s for s in steps if s.process_id == one.process_id))
            for one in found
        ]

    # --- our own fields and the embedded page --------------------------------------------------

    # Reference: OpenAPI v100, GET and POST /entities/Fields
    def fetch_fields(self, entity: Entity) -> Sequence[CustomField]:
        """All fields of Leads or Contacts."""
        params = filter_by("entity_name", entity.value, "eq")
        pages = self.pages("Fields", params, to_field, f"the fields of {COLLECTIONS[entity]}")
        return [field for page in pages for field in page.items if field.entity == entity.value]

    def create_field(self, *, entity: Entity, name: str, type_id: str) -> CustomField:
        """The custom field just made, with the `api_name` that Pipeliner generated."""
        body = {
            "entity_name": entity.value,
            "name": name,
            "type_id": type_id,
            "name_translations": {"en": name},
        }
        return to_field(self.create("Fields", body, f"the field {name!r}"))

    def may_create_fields(self) -> bool:
        """Whether the key may create custom fields: an empty one is asked for, which cannot be."""
        answer = self.call("POST", "Fields", what=_("the fields"), json={}, idempotent=False)
        if answer.status in (401, 403):
            return False
        ensure_space(answer)
        return answer.status in (400, 409, 422)

    def can_filter(self, entity: Entity, filter_key: str) -> bool:
        """Whether listings accept a filter by this field name."""
        params: Params = {"first": 1, "load-only": "id", **filter_by(filter_key, "-", "eq")}
        answer = self.call("GET", COLLECTIONS[entity], what=_("a filter"), params=params)
        if answer.status in (400, 422):
            return False
        # A server that does not know the name may ignore it, and then show records all the same.
        return not parse_page(checked(answer).json(), "a filter")[0]

    # Reference: OpenAPI v100, /entities/Webresources
    def fetch_webresources(self) -> Sequence[Webresource]:
        """All embedded pages of the space."""
        pages = self.pages("Webresources", {}, to_webresource, "the embedded pages")
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
        return to_webresource(self.create("Webresources", body, f"the page {name!r}"))

    def update_webresource(self, webresource_id: str, *, url: str) -> Webresource:
        """The embedded page with its new address template."""
        path = fill_path("Webresources/{id}", id=webresource_id)
        answer = checked(self.call("PATCH", path, what=_("the embedded page"), json={"url": url}))
        return to_webresource(parse_record(answer.json(), "the embedded page"))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
