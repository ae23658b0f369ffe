"""Faults of the vendors while a run is under way: nothing doubled, nothing lost."""

import pytest

from sync.sandbox import RunningSandbox
from tests.acceptance.conftest import Shell

LEADS = "Leads/batch-modify"
CONTACTS = "Contacts/batch-modify"


@pytest.mark.parametrize("path", [LEADS, CONTACTS])
@pytest.mark.parametrize("kind", ["lost_answer", "dropped", "server_error"])
def test_a_write_without_an_answer_is_looked_up_and_not_repeated(
    ready: Shell, sandbox: RunningSandbox, path: str, kind: str
) -> None:
    sandbox.plan_fault(kind, api="pipeliner", method="POST", path=path)
    before = len(sandbox.leads())
    run = ready.sync()
    assert (run["status"], run["created"]) == ("succeeded", 37)
    assert len(sandbox.leads()) == before + 37
    assert (
        len({lead["cf_act_on_key"] for lead in sandbox.leads() if lead.get("cf_act_on_key")}) == 37
    )


@pytest.mark.parametrize("form", ["html", "truncated", "shape", "empty"])
def test_a_nonsense_answer_to_a_write_is_looked_up_too(
    ready: Shell, sandbox: RunningSandbox, form: str
) -> None:
    sandbox.plan_fault("nonsense", api="pipeliner", method="POST", path=LEADS, form=form)
    assert ready.sync()["created"] == 37
    assert len([lead for lead in sandbox.leads() if lead.get("cf_act_on_key")]) == 37


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "rate_limited", "api": "acton", "path": "/api/1/list"},
        {"kind": "rate_limited", "api": "acton", "path": "/api/1/list", "retry_after": 1},
        {"kind": "rate_limited", "api": "pipeliner", "path": LEADS, "retry_after_date": 1},
        {"kind": "server_error", "api": "acton", "path": "byFields", "status": 503},
        {"kind": "dropped", "api": "pipeliner", "method": "GET", "path": "Contacts"},
        {"kind": "expired_token", "api": "acton", "path": "/api/1/list/", "after": 2},
        {"kind": "slow", "api": "pipeliner", "path": LEADS, "seconds": 1.5},
    ],
    ids=lambda fault: f"{fault['kind']} {fault['path']}",
)
def test_a_passing_trouble_passes(
    ready: Shell, sandbox: RunningSandbox, fault: dict[str, object]
) -> None:
    planned = sandbox.plan_fault(**fault)  # type: ignore[arg-type]
    run = ready.sync()
    assert planned.hits == 1
    assert (run["status"], run["created"]) == ("succeeded", 37)


def test_one_refused_record_costs_one_outcome(ready: Shell, sandbox: RunningSandbox) -> None:
    sandbox.plan_fault("refuse_record", path=LEADS, pattern="Exactly Forty .Hostile", times=9)
    run = ready.sync(expect=2)
    assert (run["status"], run["failed"]) == ("partial", {"refused_by_pipeliner": 1})
    assert run["created"] == 36
    sandbox.sandbox.faults.faults.clear()
    assert ready.sync()["created"] == 1


def test_a_batch_refused_whole_is_split(ready: Shell, sandbox: RunningSandbox) -> None:
    sandbox.plan_fault("refuse_batch", path=LEADS)
    assert ready.sync()["created"] == 37


def test_a_smaller_batch_limit_than_documented_is_met(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    sandbox.switch(batch_limit=10)
    assert ready.sync()["created"] == 37


def test_a_cursor_that_repeats_ends_the_run_with_a_sentence(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    sandbox.plan_fault("repeated_cursor", api="pipeliner", path="Contacts", times=9)
    run = ready.sync(expect=1)
    assert run["error"]["kind"] == "unexpected_answer"
    assert "again and again" in run["error"]["message"]


def test_a_list_that_changes_between_its_pages_is_read_again(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    for number in range(1500):
        sandbox.change("add_row", list_id="l-0001", email=f"p{number}@bulk.example.com", score=1)
    sandbox.plan_fault(
        "list_changes",
        path="/api/1/list/l-0001",
        after=1,
        values={"verb": "remove_row", "list_id": "l-0001", "index": 3},
    )
    run = ready.sync()
    assert run["rows"] == 98 + 1500 - 1


def test_a_list_that_cannot_be_read_leaves_the_others_done(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    sandbox.plan_fault("nonsense", api="acton", path="/api/1/list/l-0001", times=99)
    run = ready.sync(expect=2)
    assert run["status"] == "partial"
    assert "Newsletter" in run["error"]["message"]
    assert run["created"] > 0


def test_our_own_budget_pauses_the_run_and_it_continues(
    shell: Shell, sandbox: RunningSandbox
) -> None:
    shell.set_up(settings__daily_call_budget=15)
    sandbox.switch(all_contacts=False)
    run = shell.sync_paused()
    assert (run["status"], run["error"]["kind"]) == ("paused", "quota")
    shell.run("space", "import", shell.write_space_file())  # the admin raises the budget
    again = shell.sync()
    assert again["id"] == run["id"]
    assert again["resumed"] == 1
    assert again["created"] == 37
