"""What must be true before the first write: an owner who can own, and our fields in place."""

from sync.errors import SetupError
from sync.languages import lazy_gettext
from sync.model import FieldMap, Space, User
from sync.pipeliner.provisioning import usable, verify
from sync.ports import Pipeliner


def check_owner(pipeliner: Pipeliner, owner: str) -> User:
    """The user who will own what the run creates.

    Raises SetupError where there is no such user or the user is inactive (design §3.9).
    """
    user = pipeliner.find_user(owner)
    if user is None:
        raise SetupError(
            lazy_gettext(
                "Pipeliner has no user %(owner)r to own the new Leads and Contacts.", owner=owner
            ),
            hint="Choose an active Pipeliner user as Contact and Lead Owner.",
            kind="owner_unknown",
        )
    if not user.active:
        raise SetupError(
            lazy_gettext(
                "The Pipeliner user %(owner)r is inactive and cannot own Leads and Contacts.",
                owner=owner,
            ),
            hint="Choose an active Pipeliner user as Contact and Lead Owner.",
            kind="owner_inactive",
        )
    return user


def check_fields(pipeliner: Pipeliner, space: Space, known: FieldMap) -> FieldMap:
    """Our custom fields, without those that a space may lack and that are not in place.

    Raises SetupError that names the first of the others that is missing, deleted or unpublished
    (design §3.7).
    """
    findings = verify(pipeliner, known)
    broken = [finding for finding in findings if finding.is_error]
    if broken:
        raise SetupError(
            broken[0].message,
            hint=broken[0].hint or f"Run: python -m sync fields provision {space.space_id}",
            kind="fields",
        )
    return usable(known, findings)
