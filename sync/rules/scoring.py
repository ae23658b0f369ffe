"""Scores: reading them, reaching the threshold, and where they come from (design §3.1, §3.15).

1. To reach means `>=`.
2. Scores are signed whole numbers; "40.0" and " 40 " are 40, "40.5" counts as 40 reached. Thousands
   separators, text and nothing at all are "no score", which is not zero: a wrong guess would create
   Leads.
3. The cheapest trustworthy source first: a column that the admin named, All Contacts, one by one.
4. Of two readings the later one counts: what a person read live while a run was under way stands.
"""

import math
from datetime import datetime

from sync.model import PersonRecord, ReadBy, ScoreSource, SpaceSettings

_LARGEST = 2**31 - 1


def parse_score(raw: object) -> int | None:
    """The score in a cell or answer; None where there is none or it makes no sense."""
    if raw is None or isinstance(raw, bool):
        return None
    text = str(raw).strip()
    if not text.isascii() or len(text) > 40:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    if "_" in text or not math.isfinite(number) or abs(number) > _LARGEST:
        return None
    return math.floor(number)


def is_score_header(name: str) -> bool:
    """Whether a column of this name probably holds a score."""
    return "score" in name.lower()


def reached(score: int | None, threshold: int) -> bool:
    """Whether the score has reached the threshold."""
    return score is not None and score >= threshold


def was_read_live(record: PersonRecord | None, since: datetime | None) -> bool:
    """Whether somebody has read the person's score live since then; never where `since` is None."""
    if record is None or record.score_read_at is None or since is None:
        return False
    return record.read_by is ReadBy.REFRESH and record.score_read_at >= since


def has_own_scores(settings: SpaceSettings) -> bool:
    """Whether rows may have a score of their own, from a column that the admin named."""
    by_column = settings.score_source in (None, ScoreSource.LIST_COLUMN)
    return by_column and (settings.score_column is not None or bool(settings.score_columns))


def choose_source(
    setting: ScoreSource | None, *, column_named: bool, has_all_contacts: bool
) -> ScoreSource:
    """The source of a run's scores: the admin's choice, else the cheapest trustworthy one."""
    if setting is not None:
        return setting
    if column_named:
        return ScoreSource.LIST_COLUMN
    return ScoreSource.ALL_CONTACTS if has_all_contacts else ScoreSource.FACTS
