"""What a story has come to in the end: both sides' records without what may differ from run to run
(ids, instants, the order of creation), so that two ends can be compared."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from sqlalchemy import Connection, select

from sync.model import Counts
from sync.sandbox.options import SPACE_ID
from sync.store import Database
from sync.store.tables import links, outcomes, people, runs

# What every creation or change sets anew.
PASSING = frozenset({"id", "created", "modified", "revision", "contact_relations"})
ANY_VALUE = ("cf_act_on_panel_key", "cf_act_on_last_refreshed")  # that there is one is enough

End = dict[str, Any]


class Crm:
    """The records of the sandbox's Pipeliner, as they stand."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.contacts = self._records("contacts")
        self.leads = self._records("leads")
        self.relations = self._records("leadopptycontactrelations")

    def _records(self, kind: str) -> list[dict[str, Any]]:
        found, total = list[dict[str, Any]](), 1
        while len(found) < total:
            path = f"/__sandbox/world?kind={kind}&space={SPACE_ID}&offset={len(found)}"
            part = ask(self._port, "GET", path)
            total = part["total"]
            found += part["records"]
        return found

    def contact_names(self) -> dict[str, str]:
        """A name for each Contact that is the same in every run: its addresses and names."""
        return {
            one["id"]: " ".join(
                str(one[name]) for name in ("email1", "email2", "email3", "last_name")
            ).strip()
            for one in self.contacts
        }

    def lead_names(self) -> dict[str, str]:
        """A name for each Lead that is the same in every run."""
        return {one["id"]: f"{one['name']} {one.get('cf_act_on_key')}" for one in self.leads}

    def lists(self) -> Mapping[str, list[str]]:
        """Contacts and Leads as text, in an order of their own."""
        names = self.contact_names()
        linked: dict[str, list[str]] = {}
        for one in self.relations:
            whom = names.get(one["contact_id"], "a deleted Contact")
            main = " (primary)" if one["is_primary"] else ""
            linked.setdefault(one["lead_oppty_id"], []).append(whom + main)
        return {
            "Contacts": sorted(_text(one) for one in self.contacts),
            "Leads": sorted(
                _text({**one, "linked to": sorted(linked.get(one["id"], []))}) for one in self.leads
            ),
        }


def read_end(port: int, database: Database) -> End:
    """Leads, Contacts, links, people, and the outcomes of each run with what is wrong with it."""
    crm = Crm(port)
    with database.read() as connection:
        return {
            **crm.lists(),
            "links": sorted(_links(connection, crm)),
            "people": sorted(_people(connection, crm)),
            "runs": list(_runs(connection)),
        }


def read_runs(database: Database) -> list[dict[str, Any]]:
    """Every run with its outcomes, and what is wrong with it, oldest first."""
    with database.read() as connection:
        return list(_runs(connection))


def _links(connection: Connection, crm: Crm) -> Iterator[str]:
    contacts, leads = crm.contact_names(), crm.lead_names()
    for row in connection.execute(select(links)):
        lead = leads.get(row.lead_id, "no Lead, or a deleted one")
        contact = contacts.get(row.contact_id, "no Contact, or a deleted one")
        yield f"{row.list_id} {row.person} {row.state} {row.lead_name}: {lead}, {contact}"


def _people(connection: Connection, crm: Crm) -> Iterator[str]:
    contacts = crm.contact_names()
    for row in connection.execute(select(people)):
        contact = contacts.get(row.contact_id, "no Contact, or a deleted one")
        key = "has a key" if row.panel_key_expires_at else "has no key"
        yield f"{row.address} {row.score} blocked={row.blocked} {key}: {contact}"


def _runs(connection: Connection) -> Iterator[dict[str, Any]]:
    for run in connection.execute(select(runs).order_by(runs.c.run_id)):
        rows = connection.execute(
            select(outcomes)
            .where(outcomes.c.run_id == run.run_id)
            .order_by(outcomes.c.list_no, outcomes.c.position)
        ).all()
        yield {
            "run": run.run_id,
            "status": run.status,
            "problem": run.problem,
            "outcomes": [
                f"{one.list_no}/{one.position} {one.address}: {one.result} {one.reason or ''}"
                for one in rows
            ],
            "faults": list(_faults(Counts(**run.counts), [one.result for one in rows])),
        }


def _faults(counts: Counts, results: list[str | None]) -> Iterator[str]:
    """What no run may ever be left with."""
    without = results.count(None)
    if without:
        yield f"{without} rows have no outcome"
    if not counts.adds_up or counts.rows != len(results):
        yield f"the counts do not add up: {counts} for {len(results)} rows"


def _text(record: Mapping[str, Any]) -> str:
    kept = {name: one for name, one in record.items() if name not in PASSING}
    for name in ANY_VALUE:
        if name in kept:
            kept[name] = bool(kept[name])
    return json.dumps(kept, sort_keys=True)


def differences(name: str, expected: list[str], found: list[str]) -> Iterator[str]:
    """What is missing and what is too much, doubles included."""
    left = list(found)
    for one in expected:
        if one in left:
            left.remove(one)
        else:
            yield f"{name}: missing {one}"
    yield from (f"{name}: too much {one}" for one in left)


def writes_of(port: int) -> list[str]:
    """The calls that changed something in Pipeliner since they were forgotten."""
    counts = ask(port, "GET", "/__sandbox/calls")["counts"].get("pipeliner", {})
    return [f"{number} × {name}" for name, number in counts.items() if not name.startswith("GET")]


def ask(port: int, method: str, path: str) -> Any:
    """What the sandbox's own addresses answer."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request(method, path, headers={"Connection": "close"})
        return json.loads(line.getresponse().read())
