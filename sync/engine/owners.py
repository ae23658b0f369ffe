"""The names of those who own Contacts and Leads, for people to read.

They come from Pipeliner's listing of users, which is asked only when somebody owns something whom
we have not met before; all names are then brought up to date. Only people who look at pages need
them, so a run that cannot have them goes on without.
"""

from collections.abc import Mapping

import structlog

from sync.engine.work import Work
from sync.errors import Refused, StoreAway, TryLater, UnexpectedAnswer

log = structlog.get_logger(__name__)


def name_owners(work: Work) -> None:
    """Learn what new owners are called."""
    space_id = work.space.space_id
    with work.store.read() as desk:
        nameless, owners = desk.crm.nameless_owners(space_id), desk.crm.owners(space_id)
    if not nameless:
        return
    names: Mapping[str, str] = {work.owner.user_id: work.owner.name}
    if nameless.difference(names):
        users = _users(work)
        names = {one: users.get(one, "") for one in owners} if users else names
    with work.store.write() as desk:
        desk.crm.name_owners(space_id, names)


def _users(work: Work) -> dict[str, str]:
    """All users' names by id; none where Pipeliner does not tell now."""
    work.guard()
    try:
        pages = work.connections.pipeliner.fetch_users()
        return {user.user_id: user.name for page in pages for user in page.items}
    except StoreAway:
        raise
    except (Refused, TryLater, UnexpectedAnswer) as error:
        log.warning("owners_not_named", space=work.space.space_id, problem=error.message)
        return {}
