"""The collections of a space and the fields of their records. Keeps no record itself.

From the OpenAPI document v100 and contracts/pipeliner.md, section 4. Relations are shown as
addresses unless they are expanded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

TEXT, ID, FLAG, NUMBER, INSTANT, LIST, OBJECT = (
    *("text", "id", "flag", "number", "instant", "list"),
    "object",
)
BLANKS: Final[Mapping[str, Any]] = {TEXT: "", FLAG: False, LIST: ()}  # the others: null

COMMON: Final[Mapping[str, str]] = {
    "id": ID,
    "created": INSTANT,
    "modified": INSTANT,
    "revision": NUMBER,
    "is_deleted": FLAG,
    "is_delete_protected": FLAG,
}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One collection: its writable fields, what only Pipeliner sets, and where relations lead."""

    collection: str
    entity: str
    writable: Mapping[str, str]
    read_only: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    relations: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    created_writable: bool = False
    batched: bool = True
    merged: bool = False

    @cached_property
    def types(self) -> Mapping[str, str]:
        """The type of every field."""
        return {**COMMON, **self.writable, **self.read_only}

    def blank(self) -> dict[str, Any]:
        """A record with nothing filled in."""
        return dict(_BLANK_RECORDS[self.collection])


def _make_blank(kind: Kind) -> dict[str, Any]:
    return {
        name: [] if one == LIST else BLANKS.get(one)
        for name, one in kind.types.items()
        if name != "id"
    }


def _fields(names: str, kind: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


_CONTACT = Kind(
    collection="Contacts",
    entity="Contact",
    required=("owner_id",),
    writable={
        **_fields("owner_id unit_id contact_type_id picture_id", ID),
        **_fields("first_name middle_name last_name title", TEXT),
        **_fields("email1 email2 email3 email4 email5", TEXT),
        **_fields("phone1 phone2 phone3 phone4 phone5", TEXT),
        **_fields("position account_position quick_account_name", TEXT),
        **_fields("address city state_province zip_code country comments", TEXT),
        **_fields("exchange_entity_id gapi_entity_id o365_entity_id", TEXT),
        **_fields("gender share_mode", NUMBER),
        **_fields("is_archived is_unsubscribed", FLAG),
        **_fields("account_relations sharing_units sharing_clients documents", LIST),
        **_fields("tags primary_account_account_roles", LIST),
        **_fields("social_media picture primary_account_relationship", OBJECT),
    },
    read_only={
        **_fields("formatted_name primary_account_position", TEXT),
        **_fields("contact_type owner unit primary_account modified_by_user", OBJECT),
        "is_favorite": FLAG,
    },
    relations={
        "owner": ("Clients", "owner_id"),
        "unit": ("SalesUnits", "unit_id"),
        "contact_type": ("ContactTypes", "contact_type_id"),
    },
    created_writable=True,
    merged=True,
)

_LEAD = Kind(
    collection="Leads",
    entity="Lead",
    required=("name",),
    writable={
        **_fields("owner_id unit_id lead_type_id step_id lead_source_id reason_of_close_id", ID),
        **_fields("name description reason_of_close_description label_flag", TEXT),
        **_fields("quick_contact_name quick_account_name quick_email quick_phone", TEXT),
        **_fields("quick_account_email quick_account_phone", TEXT),
        **_fields("ranking share_mode", NUMBER),
        "is_archived": FLAG,
        "lost_date": INSTANT,
        **_fields("contact_relations account_relations sharing_units sharing_clients", LIST),
        **_fields("documents tags", LIST),
    },
    read_only={
        **_fields("formatted_name table_name", TEXT),
        **_fields("lead_type step owner unit lead_source reason_of_close", OBJECT),
        **_fields("primary_contact primary_account scoring modified_by_user", OBJECT),
        **_fields("status days_in_step", NUMBER),
        "qualify_date": INSTANT,
        "is_favorite": FLAG,
    },
    relations={
        "owner": ("Clients", "owner_id"),
        "unit": ("SalesUnits", "unit_id"),
        "lead_type": ("LeadTypes", "lead_type_id"),
        "step": ("Steps", "step_id"),
        "lead_source": ("Data", "lead_source_id"),
        "reason_of_close": ("Data", "reason_of_close_id"),
    },
    created_writable=True,
)

_RELATION = Kind(
    collection="LeadOpptyContactRelations",
    entity="LeadOpptyContactRelation",
    required=("contact_id", "is_primary", "lead_oppty_id"),
    writable={
        **_fields("contact_id lead_oppty_id lead_oppty_contact_group_relation_id", ID),
        "comment": TEXT,
        "is_primary": FLAG,
        "relationship": NUMBER,
        "position_in_group": OBJECT,
        "sales_roles": LIST,
    },
    read_only=_fields("contact lead oppty lead_oppty_contact_group_relation", OBJECT),
    relations={"contact": ("Contacts", "contact_id"), "lead": ("Leads", "lead_oppty_id")},
)

_CLIENT = Kind(
    collection="Clients",
    entity="Client",
    required=("default_unit_id", "email", "master_right_id", "unit_membership"),
    writable={
        **_fields("default_unit_id master_right_id", ID),
        **_fields("email position", TEXT),
        "type": NUMBER,
        **_fields("unit_membership lead_favorite contact_favorite account_favorite", LIST),
    },
    read_only={
        **_fields("first_name middle_name last_name name formatted_name phone", TEXT),
        **_fields("timezone timezone_name region picture_url", TEXT),
        "last_active": INSTANT,
        **_fields("default_unit master_right", OBJECT),
        **_fields("unit_manager_ids unit_member_ids", LIST),
    },
    relations={
        "default_unit": ("SalesUnits", "default_unit_id"),
        "master_right": ("MasterRights", "master_right_id"),
    },
)

_FIELD = Kind(
    collection="Fields",
    entity="Field",
    required=("entity_name", "name", "type_id"),
    writable={
        **_fields("entity_name name type_id default_value calc_formula", TEXT),
        "data_set_id": ID,
        **_fields("data_set name_translations", OBJECT),
    },
    read_only={
        **_fields("api_name column_name primitive_type translated_name name_translated", TEXT),
        **_fields("source_field_id source_type_id", TEXT),
        **_fields("system_type column_source", NUMBER),
        **_fields("system_required system_readonly is_unique is_published has_draft", FLAG),
        **_fields("is_available_for_webresource is_available_for_advanced_formula", FLAG),
        "use_in_interface_preview": FLAG,
        "field_permissions": OBJECT,
    },
    batched=False,
)

_WEBRESOURCE = Kind(
    collection="Webresources",
    entity="Webresource",
    required=("display_param", "entity", "name"),
    writable={**_fields("entity name url display_param", TEXT), "request_method": NUMBER},
    read_only=_fields("is_published has_draft", FLAG),
)

_WEBHOOK = Kind(
    collection="Webhooks",
    entity="Webhook",
    required=("insecure_ssl", "url", "events"),
    writable={
        **_fields("url signature", TEXT),
        "insecure_ssl": FLAG,
        "events": LIST,
        "options": OBJECT,
    },
    read_only=_fields("application application_id client client_id", OBJECT),
)

_LEAD_TYPE = Kind(
    collection="LeadTypes",
    entity="LeadType",
    required=("form_lost_enabled", "is_readonly", "lead_process_id", "name"),
    writable={
        "name": TEXT,
        "lead_process_id": ID,
        **_fields("form_lost_enabled is_readonly", FLAG),
        **_fields("form_edit form_lost", OBJECT),
    },
    read_only={
        **_fields("is_published has_draft can_change_readonly", FLAG),
        **_fields("lead_process form_edit_api form_lost_api", OBJECT),
    },
    relations={"lead_process": ("LeadProcesses", "lead_process_id")},
)

_LEAD_PROCESS = Kind(
    collection="LeadProcesses",
    entity="LeadProcess",
    required=("name",),
    writable={"name": TEXT, "color": NUMBER, "steps": LIST},
    read_only={"lead_types": LIST},
)

_STEP = Kind(
    collection="Steps",
    entity="Step",
    required=("name",),
    writable={
        **_fields("name description", TEXT),
        **_fields("lead_process_id quote_process_id", ID),
        **_fields("percent timeframe", NUMBER),
        **_fields("has_readonly_form has_version_increment", FLAG),
        **_fields("documents step_checklists", LIST),
    },
    read_only={
        "sort_order": NUMBER,
        "pipeline_id": ID,
        **_fields("lead_process pipeline quote_process", OBJECT),
    },
    relations={
        "lead_process": ("LeadProcesses", "lead_process_id"),
        "pipeline": ("Pipelines", "pipeline_id"),
    },
)

_SALES_UNIT = Kind(
    collection="SalesUnits",
    entity="SalesUnit",
    required=("name",),
    writable={"name": TEXT, **_fields("parent_id picture_id", ID)},
    read_only=_fields("parent picture", OBJECT),
    relations={"parent": ("SalesUnits", "parent_id")},
)

KINDS: Final[Mapping[str, Kind]] = {
    one.collection: one
    for one in (
        *(_CONTACT, _LEAD, _RELATION, _CLIENT, _FIELD, _WEBRESOURCE, _WEBHOOK, _LEAD_TYPE),
        *(_LEAD_PROCESS, _STEP, _SALES_UNIT),
    )
}
_BLANK_RECORDS: Final = {name: _make_blank(one) for name, one in KINDS.items()}
EMAILS: Final = ("email1", "email2", "email3", "email4", "email5")
