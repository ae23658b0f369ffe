"""Leads whose list was renamed: which follow, and what their links remember."""

from dataclasses import replace

import pytest

from sync.model import LinkNames
from sync.rules.deciding import decide
from sync.rules.plans import Keep
from sync.rules.renaming import follow_name, names_after
from tests.pure.builders import case, lead, link, policy, row

PLAN = Keep(lead_id="l1", write_score=False, list_renamed=True)
LINK = replace(link(), lead_name="Jane (Spring)", list_name="Spring")
WANTED = "Jane (Summer)"


@pytest.mark.parametrize(
    ("shown", "new_name"),
    [
        ("Jane (Spring)", WANTED),
        ("  Jane  (Spring) ", WANTED),  # blanks that Pipeliner may have kept or not
        ("Jane, call in May", None),  # somebody's own name for it
        ("", None),
        (WANTED, None),  # it has the name already: an answer was lost
        (None, None),  # it is not there
    ],
)
def test_a_lead_follows_its_list_only_while_it_has_the_name_we_gave_it(
    shown: str | None, new_name: str | None
) -> None:
    assert follow_name(PLAN, LINK, shown=shown, wanted=WANTED).new_name == new_name


@pytest.mark.parametrize(
    ("shown", "lead_name"),
    [
        ("Jane (Spring)", WANTED),
        (WANTED, WANTED),
        ("Jane, call in May", "Jane (Spring)"),  # never taken for a name of ours
    ],
)
def test_a_link_remembers_the_list_and_only_names_of_ours(shown: str, lead_name: str) -> None:
    assert names_after(LINK, shown=shown, wanted=WANTED, list_name="Summer") == LinkNames(
        key=LINK.key, lead_name=lead_name, list_name="Summer"
    )


@pytest.mark.parametrize("rename_leads", [True, False])
@pytest.mark.parametrize("list_name", ["Spring", "Summer"])
def test_a_lead_is_looked_at_only_where_the_admin_wants_it_and_the_list_was_renamed(
    rename_leads: bool, list_name: str
) -> None:
    one = case(
        replace(row(), list_name=list_name), links=[LINK], own_leads=[lead("l1", key=LINK.key)]
    )
    ((_, plan),) = decide(one, replace(policy(), rename_leads=rename_leads)).rows
    assert isinstance(plan, Keep)
    assert plan.list_renamed == (rename_leads and list_name == "Summer")
