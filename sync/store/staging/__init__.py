"""The working papers of a run: lists and how far they are read, rows, scores, outcomes.

Bound to one connection, so that a page's rows and the place reached are saved together. A preview
keeps its papers in a database of its own; that is why nothing here refers to other tables.
"""

from sync.store.staging.counting import Tallies
from sync.store.staging.lines import OutcomeLines
from sync.store.staging.lists import ListPapers
from sync.store.staging.rows import RowPapers
from sync.store.staging.scores import ScorePapers
from sync.store.staging.values import (
    ListPaper,
    NewRow,
    OutcomeLine,
    RowPaper,
    Settled,
    Unscored,
    as_json,
)

__all__ = [
    "ListPaper",
    "NewRow",
    "OutcomeLine",
    "RowPaper",
    "Settled",
    "StagingStore",
    "Unscored",
    "as_json",
]


class StagingStore(ListPapers, RowPapers, ScorePapers, Tallies, OutcomeLines):
    """The working papers of runs, on one connection."""
