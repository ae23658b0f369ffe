"""Outcomes and people as rows of a table that people open in a spreadsheet. Pure."""

from collections.abc import Callable
from typing import Final

from sync.languages import gettext
from sync.model import OutcomeRow
from sync.model.hot import HotPerson, Owner
from sync.words import explain

HEADINGS: Final = (
    "List",
    "Row",
    "E-mail address",
    "Score",
    "Result",
    "Reason",
    "Explanation",
    "Detail",
    "Lead ID",
    "Contact ID",
)
# What spreadsheets take for the beginning of a formula; the texts come from strangers' forms.
# Source: OWASP, "CSV Injection".
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """The value as text that no spreadsheet computes."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)  # a number of ours; "-5" is one
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def outcome_cells(row: OutcomeRow) -> tuple[str, ...]:
    """The cells of one outcome, in the order of `HEADINGS`."""
    explanation = explain(row.result, row.reason) if row.result else ""
    return tuple(
        safe_cell(value)
        for value in (
            row.list_name,
            row.position + 1,
            row.address,
            row.score,
            row.result,
            row.reason,
            explanation,
            row.detail,
            row.lead_id,
            row.contact_id,
        )
    )


def hot_headings(days: int) -> tuple[str, ...]:
    """What stands above the cells of the hot list."""
    return (
        gettext("No."),
        gettext("Name"),
        gettext("E-mail address"),
        gettext("Score"),
        gettext("Points in %(days)s days", days=days),
        gettext("Rising"),
        gettext("Score read at (UTC)"),
        gettext("Reached on (UTC)"),
        gettext("Lists"),
        gettext("Owner"),
        gettext("Owners of Leads"),
        gettext("Contact"),
        gettext("Leads"),
    )


def hot_cells(
    number: int, one: HotPerson, record_url: Callable[[str, str], str], *, rising: str
) -> tuple[str, ...]:
    """The cells of one person of the hot list, in the order of its headings.

    `record_url` gives the address of a record by collection and id; "" where there is none.
    `rising` is what those are marked with.
    """
    leads = [lead for lead in one.leads if lead.lead_id]
    values = (
        number,
        one.name,
        one.address,
        one.score,
        one.rise,
        rising if one.rising else "",
        f"{one.score_read_at:%Y-%m-%d %H:%M}" if one.score_read_at else "",
        f"{one.crossed_at:%Y-%m-%d}" if one.crossed_at else "",
        "; ".join(lead.list_name for lead in one.leads),
        _named(one.owner),
        "; ".join(dict.fromkeys(filter(None, (_named(lead.owner) for lead in leads)))),
        record_url("contacts", one.contact_id) if one.contact_id else "",
        "; ".join(filter(None, (record_url("leads", lead.lead_id or "") for lead in leads))),
    )
    return tuple(safe_cell(value) for value in values)


def _named(owner: Owner | None) -> str:
    return (owner.name or owner.owner_id) if owner else ""
