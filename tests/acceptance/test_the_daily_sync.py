"""The main job from the shell to both vendors, on the hostile world too."""

import pytest

from sync.sandbox import RunningSandbox
from sync.words import REASONS
from tests.acceptance.conftest import Shell


def test_the_first_run_creates_and_the_second_changes_nothing(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    preview = ready.run("preview", "demo_space", "--json").json
    assert sandbox.leads()[0]["name"] == "Typed by hand"  # nothing was written by the preview
    before = len(sandbox.leads())
    first = ready.sync()
    assert first["status"] == "succeeded"
    assert first["created"] == preview["would"]["created"] > 0
    for name in ("leads_created", "contacts_created", "contacts_linked", "skipped"):
        assert first[name] == preview["would"][name]
    assert len(sandbox.leads()) == before + first["leads_created"]
    contacts, leads = sandbox.contacts(), sandbox.leads()
    second = ready.sync()
    assert second["unchanged"] == first["created"]
    assert second["created"] == second["updated"] == second["scores_updated"] == 0
    assert (sandbox.contacts(), sandbox.leads()) == (contacts, leads)


def test_every_lead_is_named_owned_linked_and_marked(ready: Shell, sandbox: RunningSandbox) -> None:
    ready.sync()
    crm = sandbox.world.crm.spaces["demo_space"]
    anna = next(
        one for one in crm.records["Clients"].values() if one["email"] == "anna@example.com"
    )
    ours = [lead for lead in sandbox.leads() if lead.get("cf_act_on_key")]
    assert ours
    for lead in ours:
        assert lead["owner_id"] == anna["id"]
        assert len(lead["name"]) <= 255
        assert "\u202e" not in lead["name"]
        assert lead["cf_act_on_score"] >= 40
        [relation] = crm.links_of(lead["id"])
        assert relation["is_primary"]
    assert len({lead["cf_act_on_key"] for lead in ours}) == len(ours)


def test_every_row_of_the_hostile_world_has_an_outcome_in_words(ready: Shell) -> None:
    run = ready.sync()
    lines = ready.run("outcomes", str(run["id"]), "--json").json_lines
    assert len(lines) == run["rows"]
    by_address: dict[str, list[tuple[str, str | None]]] = {}
    for line in lines:
        assert line["result"] in ("created", "updated", "unchanged", "skipped", "failed")
        assert line["reason"] is None or line["reason"] in REASONS
        by_address.setdefault(line["address"] or "", []).append((line["result"], line["reason"]))
    assert by_address["handmade.lead@example.com"] == [("skipped", "existing_lead")]
    assert by_address["linked.lead@example.com"] == [("skipped", "existing_lead")]
    assert by_address["lost.lead@example.com"] == [("created", None)]
    assert by_address["nobody.sheet@example.com"] == [("skipped", "no_score")]
    assert by_address["justbelow@example.com"] == [("skipped", "below_threshold")]
    assert by_address["exactly@example.com"] == [("created", None)] * 3
    assert by_address["upper.case@example.com"] == [
        ("created", None),
        ("skipped", "duplicate_in_list"),
    ]
    assert sorted(by_address["jürgen@xn--bcher-kva.example.com"]) == [
        ("created", None),
        ("skipped", "duplicate_in_list"),
    ]
    assert by_address[""] == [("skipped", "no_address")] * 5
    assert len(by_address["twice@example.com"]) == 5


def test_a_score_that_changes_is_written_and_nothing_else(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    ready.sync()
    sandbox.change("set_score", email="exactly@example.com", score=73)
    run = ready.sync()
    assert (run["updated"], run["scores_updated"]) == (3, 4)  # three Leads and their Contact


@pytest.mark.parametrize("shape", ["names", "camel", "bare"])
@pytest.mark.parametrize("limit", [50, 1000])
def test_all_contacts_is_understood_in_each_likely_form(
    ready: Shell, sandbox: RunningSandbox, shape: str, limit: int
) -> None:
    sandbox.switch(ucl_shape=shape, ucl_page_limit=limit, ucl_total=False)
    run = ready.sync()
    assert (run["status"], run["score_source"], run["created"]) == ("succeeded", "all_contacts", 37)


def test_without_all_contacts_scores_are_read_one_by_one(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    sandbox.switch(all_contacts=False)
    run = ready.sync()
    assert (run["score_source"], run["created"]) == ("facts", 37)


@pytest.mark.parametrize(
    "switches",
    [
        {"entity_index": False},
        {"partial_success": False},
        {"totals": False},
        {"date_form": "T"},
        {"unknown_fields": "ignore"},
        {"custom_filter": "column_name"},
        {"custom_filter": "none"},
        {"date_columns": "modified_date", "date_values": "words"},
        {"account_endpoint": False},
    ],
    ids=str,
)
def test_what_the_documents_leave_open_does_not_matter(
    shell: Shell, sandbox: RunningSandbox, switches: dict[str, object]
) -> None:
    sandbox.switch(**switches)
    shell.set_up()
    assert shell.sync()["created"] == 37
    assert shell.sync()["unchanged"] == 37


def test_links_are_found_again_in_pipeliner_when_our_database_is_lost(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    ready.sync()
    leads = sandbox.leads()
    for file in ready.folder.glob("store.db*"):
        file.unlink()
    ready.set_up()
    assert ready.sync()["unchanged"] == 37
    assert sandbox.leads() == leads
