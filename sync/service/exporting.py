"""Outcomes as rows of a table that people open in a spreadsheet. Pure."""

from typing import Final

from sync.model import OutcomeRow
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
