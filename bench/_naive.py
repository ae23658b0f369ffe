"""The rival: a sync as a first version would be written, and what it costs in calls and time.

For every row of every list it asks `facts` for the score; for every person at the threshold it
searches Pipeliner by address, creates the Contact and creates the Lead, one call each; one space
after the other. It keeps Act-On's pace by sleeping. It remembers nothing and survives nothing.
"""

import argparse
import json
import time
from collections.abc import Iterator
from typing import Any

import requests

PACE = 4.5
THRESHOLD = 40
PAGE = 1000
CLIENT = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
KEY = ("sandbox_app", "sandbox_key")
OWNER = "00000000-0000-0000-0000-000000000001"


class NaiveSync:
    """One space, start to end."""

    def __init__(self, url: str, space: str, username: str, *, pace: float | None = PACE) -> None:
        self._url = url
        self._crm = f"{url}/api/v100/rest/spaces/{space}/entities"
        self._pace = pace
        self._http = requests.Session()
        self.calls = {"acton": 0, "pipeliner": 0}
        self.rows = self.leads = 0
        form = {"grant_type": "password", "username": username, "password": "sandbox-password"}
        token = self._http.post(f"{url}/token", data=CLIENT | form).json()["access_token"]
        self.calls["acton"] += 1
        self._bearer = {"Authorization": f"Bearer {token}"}

    def run(self, most_rows: int | None = None) -> None:
        """Sync all lists, or stop after so many rows."""
        for list_id, record_id, address, name in self._rows():
            if most_rows is not None and self.rows >= most_rows:
                return
            self.rows += 1
            facts = self._acton(f"list/{list_id}/record/{record_id}/facts")
            if facts["activity"]["score"] >= THRESHOLD:
                self._create(address, f"{name} {address}")

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        """(list, record, address, name of the list) of every row."""
        for one in self._acton("list")["result"]:
            if not one["bIsList"] or one["id"].startswith("l-unified"):
                continue
            offset, total = 0, 1
            while offset < total:
                page = self._acton(f"list/{one['id']}", count=PAGE, offset=offset)
                for row in page["data"]:
                    yield one["id"], row[0], row[page["emailColumn"]], one["name"]
                offset, total = offset + max(1, page["count"]), page["totalCount"]

    def _create(self, address: str, name: str) -> None:
        query = {"filter[email1]": address, "filter-op[email1]": "ieq"}
        known = self._pipeliner("GET", "Contacts", params=query)["data"]
        contact = known[0] if known else self._post("Contacts", last_name=address, email1=address)
        relation = {"contact_id": contact["id"], "is_primary": True}
        self._post("Leads", name=name, contact_relations=[relation])
        self.leads += 1

    def _acton(self, path: str, **query: object) -> Any:
        if self._pace:
            time.sleep(1 / self._pace)
        self.calls["acton"] += 1
        url = f"{self._url}/api/1/{path}"
        answer = self._http.get(url, params=query, headers=self._bearer, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def _post(self, kind: str, **values: object) -> Any:
        made: Any = self._pipeliner("POST", kind, json={"owner_id": OWNER, **values})
        return made["data"]

    def _pipeliner(self, method: str, kind: str, **rest: Any) -> Any:
        self.calls["pipeliner"] += 1
        answer = self._http.request(method, f"{self._crm}/{kind}", auth=KEY, timeout=60, **rest)
        answer.raise_for_status()
        return answer.json()


def measure(
    url: str, spaces: dict[str, str], *, paced: bool = True, most_rows: int | None = None
) -> dict[str, Any]:
    """Calls, rows, Leads and seconds of syncing these spaces (by id: their Act-On user)."""
    began, totals = time.perf_counter(), {"acton": 0, "pipeliner": 0, "rows": 0, "leads": 0}
    for space, username in spaces.items():
        one = NaiveSync(url, space, username, pace=PACE if paced else None)
        one.run(most_rows)
        for name, number in {**one.calls, "rows": one.rows, "leads": one.leads}.items():
            totals[name] += number
    return {**totals, "spaces": len(spaces), "seconds": time.perf_counter() - began}


def main() -> None:
    """Sync one space of a running sandbox and print what it cost, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--space", default="demo_space")
    parser.add_argument("--user", default="marketing@example.com")
    parser.add_argument("--rows", type=int, help="stop after so many rows")
    parser.add_argument("--no-pace", action="store_true", help="for a sandbox without limits")
    told = parser.parse_args()
    spaces = {told.space: told.user}
    print(json.dumps(measure(told.url, spaces, paced=not told.no_pace, most_rows=told.rows)))


if __name__ == "__main__":
    main()
