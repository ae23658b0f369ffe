"""Spaces: who the tenants are, what they chose, when they are due, our fields in them."""

from sync.store.spaces.access import GATE, Access, read_gate
from sync.store.spaces.keeping import Keeping
from sync.store.spaces.our_fields import OurFields
from sync.store.spaces.standing import Due, Standing

__all__ = ["GATE", "Due", "SpaceStore", "read_gate"]


class SpaceStore(Keeping, Access, Standing, OurFields):
    """The spaces, on one connection."""
