"""Both vendors change from one night to the next, seen through the real clients."""

from sync.sandbox import RunningSandbox
from tests.acceptance.conftest import Shell


def test_a_lead_qualified_into_an_opportunity_is_not_made_again(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    assert ready.sync()["created"] == 37
    ours = [lead for lead in sandbox.leads() if lead.get("cf_act_on_key")]
    for lead, becomes in zip(ours, ("deleted", "gone", "closed"), strict=False):
        sandbox.switch(qualified_lead=becomes)
        sandbox.sandbox.world.crm.qualify("demo_space", lead["id"])
    for _ in range(2):
        run = ready.sync()
        assert (run["status"], run["created"]) == ("succeeded", 0)
    keys = [lead["cf_act_on_key"] for lead in sandbox.leads() if lead.get("cf_act_on_key")]
    assert len(keys) == len(set(keys)) == 37 - 2


def test_leads_follow_a_renamed_list_where_the_admin_wants_it(
    shell: Shell, sandbox: RunningSandbox
) -> None:
    shell.set_up(settings__rename_leads=True)
    assert shell.sync()["created"] == 37
    ours = [lead for lead in sandbox.leads() if lead.get("cf_act_on_list") == "Newsletter"]
    by_hand, *others = ours
    sandbox.sandbox.world.crm.patch("demo_space", "Leads", by_hand["id"], {"name": "Call in May"})
    sandbox.change("rename_list", list_id="l-0001", name="Letters")
    run = shell.sync()
    assert (run["updated"], run["scores_updated"]) == (len(others), 0)
    names = {lead["id"]: lead["name"] for lead in sandbox.leads()}
    assert names[by_hand["id"]] == "Call in May"
    assert all(names[one["id"]].endswith("(Letters)") for one in others)
    again = shell.sync()
    assert (again["updated"], again["unchanged"]) == (0, 37)
