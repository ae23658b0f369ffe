"""The sandbox's Pipeliner against the vendor's OpenAPI document, where that is at hand."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sync.sandbox.crm.kinds import COMMON, KINDS
from tests.sandbox.crm_app import ANNA, Pipeliner

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT.parent / "shared/contracts/openapi/pipeliner-v100.json"

pytestmark = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="the OpenAPI documents are not beside the project"
)

TYPES = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(DOCUMENT.read_text())


@pytest.fixture(scope="module")
def crm() -> Pipeliner:
    crm = Pipeliner(hostile=True, crm_contacts=3)
    crm.field("Panel key", "text_area", "Contact")
    crm.create("Webresources", entity="Contact", name="Panel", display_param="2")
    crm.create(
        "Webhooks", insecure_ssl=False, url="https://example.com/hook", events=["Lead.Update"]
    )
    return crm


def test_every_address_that_is_served_is_in_the_document(
    crm: Pipeliner, document: dict[str, Any]
) -> None:
    served = set()
    for rule in crm.sandbox.app.url_map.iter_rules():
        match = re.search(r"<space_id>(/entities/<kind>.*)$", rule.rule)
        for method in (rule.methods or set()) & {"GET", "POST", "PATCH", "DELETE"}:
            if match:
                served.add((method.lower(), match[1].replace("<record_id>", "{id}")))
    assert len(served) == 8
    for kind in KINDS.values():
        for method, path in served:
            fits = {"/merge": kind.merged, "/batch-": kind.batched}
            if not all(fit for part, fit in fits.items() if part in path):
                continue
            documented = document["paths"].get(path.replace("<kind>", kind.collection), {})
            assert method in documented, (method, path, kind.collection)


@pytest.mark.parametrize("collection", KINDS)
def test_the_fields_of_a_record_are_those_of_the_document(
    document: dict[str, Any], collection: str
) -> None:
    kind = KINDS[collection]
    properties = document["components"]["schemas"][kind.entity]["properties"]
    assert set(kind.types) - set(properties) <= {"revision"}  # recorded answers all have it


@pytest.mark.parametrize("collection", KINDS)
def test_what_the_document_calls_read_only_cannot_be_written(
    document: dict[str, Any], collection: str
) -> None:
    kind = KINDS[collection]
    properties = document["components"]["schemas"][kind.entity]["properties"]
    read_only = {name for name, one in properties.items() if one.get("readOnly")}
    if collection == "Fields":
        read_only -= {"entity_name"}  # which creation requires
    assert read_only.isdisjoint(kind.writable)


@pytest.mark.parametrize("collection", KINDS)
def test_what_can_be_written_is_an_input_of_the_document(
    document: dict[str, Any], collection: str
) -> None:
    kind = KINDS[collection]
    schemas = document["components"]["schemas"]
    inputs = {
        name
        for word in ("create", "update", "batch")
        for name in schemas.get(f"{word}{kind.entity}Input", {}).get("properties", {})
    }
    documented_in_words = {"data_set"} if collection == "Fields" else set()
    assert set(kind.writable) - documented_in_words <= inputs


@pytest.mark.parametrize("collection", KINDS)
def test_what_the_document_requires_is_shown_and_asked_for(
    crm: Pipeliner, document: dict[str, Any], collection: str
) -> None:
    kind = KINDS[collection]
    schemas = document["components"]["schemas"]
    asked = set(schemas[f"create{kind.entity}Input"].get("required", ()))
    tolerated = {"Fields": {"name_translations"}, "LeadProcesses": {"steps"}}
    assert set(kind.required) == asked - tolerated.get(collection, set())
    (shown, *_) = crm.records(collection, first=1)
    assert set(schemas[kind.entity]["required"]) <= set(shown)


@pytest.mark.parametrize("collection", KINDS)
def test_values_are_of_the_documented_types(
    crm: Pipeliner, document: dict[str, Any], collection: str
) -> None:
    properties = document["components"]["schemas"][KINDS[collection].entity]["properties"]
    records = crm.records(collection, first=100)
    assert records
    for record in records:
        for name, value in record.items():
            if value is not None and name in properties:
                wanted = TYPES[properties[name]["type"]]
                assert isinstance(value, wanted), (collection, name, value)
                assert isinstance(value, bool) == (wanted == (bool,)), (collection, name, value)


def test_the_parameters_of_a_listing_are_those_of_the_document(
    crm: Pipeliner, document: dict[str, Any]
) -> None:
    parameters = document["paths"]["/entities/Contacts"]["get"]["parameters"]
    names = {one["name"] for one in parameters}
    assert names == {
        *("include-deleted", "first", "last", "before", "after", "expand", "order-by"),
        *("filter", "filter-op", "load-only"),
    }
    operators = next(one for one in parameters if one["name"] == "filter-op")["description"]
    listed = re.search(r"\[(.*)\]", operators)
    assert listed
    for operator in listed[1].split(", "):
        value = "a,b" if operator == "between" else "a"
        filters = {"filter[last_name]": value, "filter-op[last_name]": operator}
        crm.page("Contacts", filters=filters)


def test_an_error_in_a_batch_has_what_the_document_requires(
    crm: Pipeliner, document: dict[str, Any]
) -> None:
    error = document["components"]["schemas"]["Error"]
    (shown,) = crm.batch("Contacts", [{"owner_id": ANNA}]).get_json()["data"]
    assert set(error["required"]) <= set(shown)
    assert set(error["properties"]) <= set(shown)


def test_common_fields_are_in_every_schema(document: dict[str, Any]) -> None:
    for kind in KINDS.values():
        properties = document["components"]["schemas"][kind.entity]["properties"]
        assert set(COMMON) - {"revision"} <= set(properties)
