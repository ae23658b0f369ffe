"""The ledger of runs: the truth about what is to be done, is being done and was done.

A worker claims a run by compare-and-set and gets an epoch; every later change of the run names that
epoch, so a worker whose lease was taken over cannot change anything any more. Leases are measured
with the database's clock, so machines need not agree on the time.
"""

from sync.store.runs.asking import Asking
from sync.store.runs.finding import Finding
from sync.store.runs.rows import WHOLE, run_from_row
from sync.store.runs.working import Working

__all__ = ["WHOLE", "RunStore", "run_from_row"]


class RunStore(Asking, Finding, Working):
    """The runs, on one connection."""
