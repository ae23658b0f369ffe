"""Which Contact an address belongs to (design §3.2).

1. Deleted Contacts do not match.
2. None: a Contact is to be created. One: that one.
3. Several: none is created; the most recently modified is taken and all are named, since a missed
   match is better than a wrong one and a person has to clean up. A tie is settled by the lowest id,
   the same way in every run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.model import IndexedContact


@dataclass(frozen=True, kw_only=True)
class Match:
    """The Contact found, if any; `ambiguous` holds all ids where more than one matched."""

    contact_id: str | None
    ambiguous: tuple[str, ...] = ()


def match(contacts: Sequence[IndexedContact]) -> Match:
    """The Contact that the lead is linked to, out of those that carry the address."""
    live = sorted(
        (contact for contact in contacts if not contact.deleted), key=lambda one: one.contact_id
    )
    if not live:
        return Match(contact_id=None)
    newest = max(live, key=lambda one: one.modified)  # the first of equals: the lowest id
    ambiguous = tuple(one.contact_id for one in live) if len(live) > 1 else ()
    return Match(contact_id=newest.contact_id, ambiguous=ambiguous)
