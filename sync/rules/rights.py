"""Who may do what: one table. Pure.

1. An admin acts on the spaces of their own, an operator on all of them.
2. What speaks in the name of a tenant (its settings, its credentials, its people's data) is the
   admin's alone; an operator who runs a space of their own claims it like everybody else.
3. A space of somebody else answers like one that is not there: ids must not be found out by trying.
"""

from collections.abc import Mapping
from enum import Flag, auto
from typing import Final

from sync.errors import NotAllowed, NotFound
from sync.languages import lazy_gettext
from sync.model import Action, Actor


class Role(Flag):
    """In what capacity somebody acts."""

    NOBODY = 0
    ADMIN = auto()  # of this very space
    OPERATOR = auto()


BOTH: Final = Role.ADMIN | Role.OPERATOR

RIGHTS: Final[Mapping[Action, Role]] = {
    Action.SEE_SPACE: BOTH,
    Action.SEE_PEOPLE: BOTH,
    Action.CHANGE_SETTINGS: Role.ADMIN,
    Action.CONNECT: Role.ADMIN,
    Action.PREVIEW: BOTH,
    Action.PROVISION: BOTH,
    Action.FINISH: Role.ADMIN,
    Action.RUN: BOTH,
    Action.APPROVE_CREATES: Role.ADMIN,
    Action.PAUSE: Role.ADMIN,
    Action.LIFT: Role.ADMIN,
    Action.EXPORT_PERSON: Role.ADMIN,
    Action.ERASE_PERSON: Role.ADMIN,
    Action.ERASE_SPACE: BOTH,
    Action.ROTATE_KEYS: BOTH,
    Action.APPROVE: Role.OPERATOR,
    Action.SUSPEND: Role.OPERATOR,
    Action.REVOKE_SESSIONS: Role.OPERATOR,
    Action.WATCH: Role.OPERATOR,
    Action.MANAGE_ACCOUNTS: Role.OPERATOR,
}


def role_of(actor: Actor, space_id: str | None) -> Role:
    """In what capacity the actor meets the space; None: the service as a whole."""
    role = Role.OPERATOR if actor.is_operator else Role.NOBODY
    return role | Role.ADMIN if space_id is not None and space_id in actor.spaces else role


def may(actor: Actor, action: Action, space_id: str | None = None) -> bool:
    """Whether the actor may do that with the space."""
    return bool(role_of(actor, space_id) & RIGHTS[action])


def ensure_may(actor: Actor, action: Action, space_id: str | None = None) -> None:
    """Pass only where the actor may.

    Raises NotFound for a space that is nothing to them, NotAllowed where they may see it.
    """
    if may(actor, action, space_id):
        return
    if space_id is not None and not role_of(actor, space_id):
        raise no_such_space(space_id)
    raise NotAllowed("You may not do that.", hint="Ask somebody who may.")


def no_such_space(space_id: str) -> NotFound:
    """What an unknown space and a foreign one are answered with, to the letter."""
    return NotFound(
        lazy_gettext("There is no space %(space_id)r.", space_id=space_id),
        hint="See: python -m sync space list",
    )
