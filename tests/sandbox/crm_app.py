"""The sandbox's Pipeliner as its tests call it: short verbs over the WSGI test client."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from werkzeug.test import TestResponse

from sync.sandbox import SandboxOptions
from sync.sandbox.serve import Sandbox

ANNA = "00000000-0000-0000-0000-000000000001"
BEN = "00000000-0000-0000-0000-000000000002"
CARL = "00000000-0000-0000-0000-000000000003"
NOBODY = "99999999-9999-4999-8999-999999999999"


class Pipeliner:
    """One space of a fresh sandbox, without Act-On's hostile part unless asked for."""

    def __init__(self, *, space: str = "demo_space", **options: Any) -> None:
        small = {"rows": 6, "lists": 1, "people": 5, "hits": 1, "hostile": False}
        self.sandbox = Sandbox(SandboxOptions(**{**small, **options}))
        self.client = self.sandbox.app.test_client()
        self.space = space
        self.password = "sandbox_key"

    def call(self, method: str, path: str, *, json: Any = None, **query: Any) -> TestResponse:
        """Any call below the space; `load_only` is sent as `load-only`."""
        pair = b64encode(f"sandbox_app:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        if "zone" in query:
            headers["Timezone"] = query.pop("zone")
        asked = {name.replace("_", "-"): value for name, value in query.items()}
        asked |= asked.pop("filters", {})
        url = f"/api/v100/rest/spaces/{self.space}/{path}"
        return self.client.open(url, method=method, json=json, query_string=asked, headers=headers)

    def page(self, kind: str, **query: Any) -> dict[str, Any]:
        """A listing's envelope."""
        response = self.call("GET", f"entities/{kind}", **query)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.get_json()

    def records(self, kind: str, **query: Any) -> list[dict[str, Any]]:
        """The records of one page."""
        return self.page(kind, **query)["data"]

    def matching(self, kind: str, name: str, operator: str | None, value: str | None) -> list[str]:
        """The ids of the records that one filter lets through."""
        filters = {}
        if value is not None:
            filters[f"filter[{name}]"] = value
        if operator is not None:
            filters[f"filter-op[{name}]"] = operator
        return [one["id"] for one in self.records(kind, filters=filters, first=100)]

    def pages(self, kind: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All pages, forwards."""
        while True:
            page = self.page(kind, **query)
            yield page
            if not page["page_info"]["has_next_page"]:
                return
            query["after"] = page["page_info"]["end_cursor"]

    def all_ids(self, kind: str, **query: Any) -> list[str]:
        """The ids of all records, page by page."""
        return [one["id"] for page in self.pages(kind, **query) for one in page["data"]]

    def get(self, kind: str, record_id: str, **query: Any) -> dict[str, Any]:
        """One record."""
        response = self.call("GET", f"entities/{kind}/{record_id}", **query)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.get_json()["data"]

    def create(self, kind: str, **values: Any) -> dict[str, Any]:
        """A record just made."""
        response = self.call("POST", f"entities/{kind}", json=values)
        assert response.status_code == 201, response.get_data(as_text=True)
        return response.get_json()["data"]

    def change(self, kind: str, record_id: str, **values: Any) -> dict[str, Any]:
        """A record just changed."""
        response = self.call("PATCH", f"entities/{kind}/{record_id}", json=values)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.get_json()["data"]

    def refusal(self, kind: str, record_id: str = "", **values: Any) -> dict[str, Any]:
        """The 422 that creating (or, with an id, changing) meets."""
        method, path = ("PATCH", f"/{record_id}") if record_id else ("POST", "")
        response = self.call(method, f"entities/{kind}{path}", json=values)
        assert response.status_code == 422, response.get_data(as_text=True)
        return response.get_json()

    def batch(self, kind: str, items: Any, *, rollback: int | None = 1, **query: Any) -> Any:
        """The answer to a batch-modify."""
        if rollback is not None:
            query["rollback_method"] = rollback
        return self.call("POST", f"entities/{kind}/batch-modify", json=items, **query)

    def delete(self, kind: str, record_id: str) -> TestResponse:
        """The answer to a deletion."""
        return self.call("DELETE", f"entities/{kind}/{record_id}")

    def contact(self, **values: Any) -> dict[str, Any]:
        """A Contact of Anna's."""
        return self.create("Contacts", **{"owner_id": ANNA, "last_name": "Person", **values})

    def field(self, name: str = "Act-On Key", type_id: str = "input", entity: str = "Lead") -> Any:
        """A custom field."""
        return self.create("Fields", entity_name=entity, name=name, type_id=type_id)

    def switch(self, **values: object) -> None:
        """Turn switches."""
        for name, value in values.items():
            self.sandbox.world.switches.set(name, value)

    def plan(self, kind: str, **values: Any) -> None:
        """Plan a fault."""
        self.sandbox.faults.add({"kind": kind, "api": "pipeliner", **values})


def refused_fields(body: dict[str, Any]) -> set[str]:
    """The names of the fields that a 422 is about."""
    return {one["field_name"] for one in body["field_errors"]}
