"""What becomes of a link whose Lead, or of a person whose Contact, was deleted in Pipeliner. Pure.

1. A deleted Lead of ours blocks its (list, person), unless another live Lead carries the same key
   (a copy may outlive the original): then the link points to that one.
2. A deleted Contact blocks its person, unless another live Contact has the address, or a Lead of
   the person hangs on another live Contact instead: records are merged that way, and the person's
   Contact is then that one. Of several the one that `matching` would choose. A Lead that still
   names the deleted Contact beside others proves nothing: that is how it looks after a deletion.
3. What an admin lifted stays lifted: deletions before that do not count (they are not asked about).
"""

from collections.abc import Sequence

from sync.model import IndexedContact, IndexedLead
from sync.rules.matching import match


def standing_in(lead_id: str, same_key: Sequence[IndexedLead]) -> str | None:
    """The Lead that takes the place of a deleted one; None: it was deleted on purpose."""
    live = [one for one in same_key if not one.deleted and one.lead_id != lead_id]
    newest = max(live, key=lambda one: (one.modified, one.lead_id), default=None)
    return newest.lead_id if newest else None


def survivor(
    with_address: Sequence[IndexedContact], with_leads: Sequence[IndexedContact]
) -> IndexedContact | None:
    """The Contact that a person goes on with whose own was deleted; None: it was on purpose.

    `with_address` carry the person's address, `with_leads` have a Lead of theirs.
    """
    for some in (with_address, with_leads):
        chosen = match(some).contact_id
        if chosen is not None:
            return next(one for one in some if one.contact_id == chosen)
    return None
