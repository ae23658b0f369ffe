"""Leads whose list was renamed since they were named: what they are called now, and will be.

Our index of the CRM keeps no names of Leads, so each such Lead is asked for, once: afterwards its
link knows the list's new name.
"""

from collections.abc import Callable
from dataclasses import replace

from sync.engine.cases import Decided
from sync.model import Link, LinkNames
from sync.rules.plans import CaseRow, Keep, RowPlan
from sync.rules.renaming import follow_name, names_after

NameOf = Callable[[str, Link], str | None]  # (Lead's id, its link) → what it is called now


def follow_lists(
    decided: Decided, name_of: NameOf, *, limit: int
) -> tuple[Decided, list[LinkNames]]:
    """The person's plan with new names in it, and what the links of Leads that keep theirs are
    called from now on."""
    rows: list[tuple[CaseRow, RowPlan]] = []
    kept: list[LinkNames] = []
    for row, plan in decided.plan.rows:
        if not isinstance(plan, Keep) or not plan.list_renamed:
            rows.append((row, plan))
            continue
        link = decided.case.links[row.key]
        wanted = decided.lead_name(row, row.list_name, limit=limit)
        shown = name_of(plan.lead_id, link)
        followed = follow_name(plan, link, shown=shown, wanted=wanted)
        rows.append((row, followed))
        if shown is not None and followed.new_name is None:
            kept.append(names_after(link, shown=shown, wanted=wanted, list_name=row.list_name))
    return decided.replaced(replace(decided.plan, rows=tuple(rows))), kept


def assume_ours(lead_id: str, link: Link) -> str:
    """For a preview: the Lead is taken to be called as we called it, which saves asking."""
    return link.lead_name
