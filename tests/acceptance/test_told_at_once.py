"""What people do in the CRM is followed within seconds: a real web process, worker and sandbox."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from sync.rules.keys import person_digest
from sync.sandbox import RunningSandbox
from tests.acceptance.conftest import Shell
from tests.acceptance.living import (
    free_port,
    living,
    until,
    wait_until_it_answers,
    web_words,
)

SECONDS = 20.0
OURS = "cf_act_on_key"
SPACE = "demo_space"


def look(shell: Shell, query: str, *values: object) -> list[Any]:
    """The first column of what the product's database says."""
    with closing(sqlite3.connect(shell.folder / "store.db", timeout=10)) as database:
        return [row[0] for row in database.execute(query, values)]


@pytest.fixture
def told(shell: Shell, sandbox: RunningSandbox) -> Iterator[Shell]:
    """Set up, synced once, and alive; webhooks lead to the web process."""
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    shell.variables["PUBLIC_URL"] = here
    shell.set_up()
    shell.sync()
    shell.sync()  # the first may only have looked up what it needed
    with (
        living(shell, "web", *web_words(port)),
        living(shell, "worker", "sync", "worker", "--workers", "1"),
    ):
        wait_until_it_answers(f"{here}/healthz")
        yield shell


def our_lead(sandbox: RunningSandbox, place: int) -> dict[str, Any]:
    leads = [one for one in sandbox.leads() if one.get(OURS)]
    return sorted(leads, key=lambda one: str(one["id"]))[place]


def test_deletions_merges_and_addresses_are_followed_within_seconds(
    told: Shell, sandbox: RunningSandbox
) -> None:
    assert list(sandbox.world.crm.postman.sent) == [], "our own writes tell us nothing"
    _delete_a_lead(told, sandbox)
    _merge_two_contacts(told, sandbox)
    _change_an_address(told, sandbox)
    assert all(one.get("status") == 202 for one in sandbox.world.crm.postman.sent)

    until("nothing waits", lambda: not look(told, "SELECT 1 FROM crm_changes"))
    sandbox.forget_calls()
    run = told.sync()
    assert (run["leads_created"], run["contacts_created"], run["failed"]) == (0, 0, {})
    assert run["skipped"]["deleted_in_crm"] == 1
    reads = sandbox.calls()["counts"]["pipeliner"]
    # Each twice: at the beginning, and before writing; the count tells whether one is missing.
    assert reads["GET /entities/<kind>"] <= 12


def _delete_a_lead(shell: Shell, sandbox: RunningSandbox) -> None:
    lead = our_lead(sandbox, 0)
    sandbox.delete("Leads", lead["id"])
    query = "SELECT state FROM links WHERE lead_id = ?"
    until("a tombstone", lambda: look(shell, query, lead["id"]) == ["tombstone"], SECONDS)


def _merge_two_contacts(shell: Shell, sandbox: RunningSandbox) -> None:
    """A Contact of ours goes into another, which does not take the address over."""
    lost = _contact_of_ours(shell)
    kept = next(one["id"] for one in sandbox.contacts() if one["id"] not in _all_of_ours(shell))
    sandbox.merge("Contacts", kept, lost)
    query = "SELECT contact_id FROM people WHERE contact_id IN (?, ?) AND NOT blocked"
    until("a merge", lambda: look(shell, query, lost, kept) == [kept], SECONDS)
    assert look(shell, "SELECT 1 FROM links WHERE contact_id = ?", lost) == []


def _change_an_address(shell: Shell, sandbox: RunningSandbox) -> None:
    contact = next(one for one in sandbox.contacts() if one["id"] not in _all_of_ours(shell))
    sandbox.patch("Contacts", contact["id"], email1="moved.on@example.com")
    person = person_digest(SPACE, "moved.on@example.com")
    query = "SELECT contact_id FROM crm_addresses WHERE person = ?"
    until("an address", lambda: look(shell, query, person) == [contact["id"]], SECONDS)


def _all_of_ours(shell: Shell) -> set[str]:
    return set(look(shell, "SELECT contact_id FROM people WHERE contact_id IS NOT NULL"))


def _contact_of_ours(shell: Shell) -> str:
    """One that a single person has, whose Leads are all alive."""
    query = """
        SELECT people.contact_id FROM people
        JOIN links ON links.person = people.person AND links.state = 'linked'
        WHERE people.contact_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM links AS other
            WHERE other.person = people.person AND other.state <> 'linked')
        GROUP BY people.contact_id HAVING COUNT(DISTINCT people.person) = 1
        ORDER BY people.contact_id LIMIT 1
    """
    (contact_id,) = look(shell, query)
    return str(contact_id)


def test_webhooks_are_followed_however_they_come_and_forged_ones_are_not(
    told: Shell, sandbox: RunningSandbox
) -> None:
    for switches in (
        {"webhook_signature": "base64", "webhook_body": "object"},
        {"webhook_delivery": "twice", "webhook_signature": "hex"},
        {"webhook_delivery": "late"},
    ):
        sandbox.switch(**switches)
        _delete_a_lead(told, sandbox)

    (hook,) = sandbox.world.crm.live("Webhooks")
    forged = {**hook, "signature": "99999999-9999-4999-8999-999999999999"}
    item = {"event": "Lead.Delete", "entity": {"id": our_lead(sandbox, 0)["id"]}}
    assert "401" in sandbox.world.crm.postman.deliver(forged, [item])["error"]
    assert look(told, "SELECT 1 FROM crm_changes") == []

    # One that gets lost costs a day, and nothing else.
    sandbox.switch(webhook_delivery="lost")
    lead = our_lead(sandbox, 0)
    sandbox.delete("Leads", lead["id"])
    told.sync()
    assert look(told, "SELECT state FROM links WHERE lead_id = ?", lead["id"]) == ["tombstone"]
