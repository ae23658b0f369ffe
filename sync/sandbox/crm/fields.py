"""What a space's administrator makes: custom fields, Webresources, Webhooks. Writes nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sync.sandbox.crm.checks import FIELD_TYPES
from sync.sandbox.crm.errors import MISSING, Problem
from sync.sandbox.crm.space import Record, Space
from sync.sandbox.switches import Switches

ENTITIES = frozenset(
    {"Account", "Contact", "Lead", "Opportunity", "Product", "LeadOpptyProductRelation"}
    | {"Task", "Appointment", "Project"}
)
WITH_OPTIONS = frozenset({"dropdown", "radio", "multiselect_checkbox"})
PRIMITIVES = {
    "integer": "INT",
    "float": "FLOAT",
    "checkbox": "BOOL",
    "date": "DATE",
    "datetime": "DATE",
    **dict.fromkeys(WITH_OPTIONS, "ENUM"),
}
CUSTOM = 3  # system_type: 1 System, 2 Protected, 3 Custom
FIXED = frozenset({"entity_name", "type_id", "data_set_id", "data_set"})  # once a field is made
PLACEHOLDER = re.compile(r"\{#([^}]*)\}")


def find_field_problems(whole: Record) -> Iterator[Problem]:
    """What is wrong with a field that is to be made."""
    if whole["entity_name"] not in ENTITIES:
        yield Problem(field="entity_name", message="There are no custom fields for this entity.")
    if whole["type_id"] not in FIELD_TYPES:
        yield Problem(field="type_id", message="Unknown field type.")
    options = whole["data_set"]
    if whole["type_id"] in WITH_OPTIONS and not (
        isinstance(options, list)
        and options
        and all(isinstance(one, dict) and "calc_value" in one for one in options)
    ):
        message = "data_set needs options, each with option_name and calc_value."
        yield Problem(field="data_set", message=message, name=MISSING)


def make_field(space: Space, values: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    """A new field with what Pipeliner generates. The names are not to be foretold: they carry a
    suffix where another field, even a deleted one, has had them."""
    published = switches.is_on("fields_published")
    return {
        **values,
        "api_name": _make_api_name(space, values),
        "column_name": f"c_f_{len(space.records['Fields']):04d}",
        "primitive_type": PRIMITIVES.get(values["type_id"], "STRING"),
        "translated_name": values["name"],
        "name_translated": values["name"],
        "system_type": CUSTOM,
        "is_published": published,
        "has_draft": not published,
        "is_available_for_webresource": switches.is_on("panel_fields"),
    }


def _make_api_name(space: Space, values: Mapping[str, Any]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", values["name"].lower()).strip("_") or "field"
    ending = "_id" if values["type_id"] in WITH_OPTIONS else ""
    taken = {
        one["api_name"]
        for one in space.records["Fields"].values()
        if one["entity_name"] == values["entity_name"]
    }
    name, number = f"cf_{slug}{ending}", 0
    while name in taken:
        number += 1
        name = f"cf_{slug}{number}{ending}"
    return name


def find_webresource_problems(space: Space, whole: Record) -> Iterator[Problem]:
    """What is wrong with an embedded page: its entity, or a placeholder of its address."""
    if whole["entity"] not in ENTITIES:
        yield Problem(field="entity", message="Unknown entity.")
    if whole["request_method"] not in (None, 1, 2):
        yield Problem(field="request_method", message="1 for GET or 2 for POST.")
    if whole["display_param"] not in ("1", "2", "3"):
        yield Problem(field="display_param", message="A bit flag as text: 1, 2 or 3.")
    for field_id in PLACEHOLDER.findall(whole["url"]):
        field = space.find("Fields", field_id)
        usable = field is not None and field["is_available_for_webresource"]
        if field is None or field["entity_name"] != whole["entity"] or not usable:
            message = f"The placeholder {{#{field_id}}} names no field that may be used here."
            yield Problem(field="url", message=message)


def find_webhook_problems(whole: Record) -> Iterator[Problem]:
    """What is wrong with a Webhook."""
    if not re.match(r"https?://[^/\s]+", whole["url"]):
        yield Problem(field="url", message="The address is not valid.")
    for event in whole["events"]:
        if not isinstance(event, str) or not re.fullmatch(r"\*|[A-Za-z]+\.(\*|[A-Za-z]+)", event):
            yield Problem(field="events", message=f"Unknown event {event!r}.")
    if not whole["events"]:
        yield Problem(field="events", message="events is required.", name=MISSING)
