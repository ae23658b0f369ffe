"""Our index of the CRM: which Contacts and Leads there are, as far as matching needs it.

Addresses are kept as digests only. Filled by reading Pipeliner, and by noting our own writes at
once, so that the next reading only confirms them.
"""

from sync.store.crm.filling import Filling
from sync.store.crm.matching import Matching
from sync.store.crm.reach import Reach

__all__ = ["CrmIndex"]


class CrmIndex(Filling, Reach, Matching):
    """The index, on one connection."""
