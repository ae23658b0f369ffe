"""What the vendors offer to choose from while settings are filled in, looked up live.

Each question is a call or a few; pages keep the answer for as long as they show it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from sync.checks import known_zones
from sync.model import (
    Action,
    Actor,
    LeadType,
    ListChoice,
    ListOffer,
    ListSample,
    RowPage,
    Space,
    TypedSettings,
    User,
    UserChoice,
)
from sync.rules.lists import choose_lists
from sync.rules.mapping import column_overrides, describe_columns, map_columns, score_candidates
from sync.rules.settings_form import as_typed
from sync.service.common import connect, get_space
from sync.service.values import Parts

ROWS_SHOWN: Final = 5
MOST_USERS: Final = 200
LONGEST_CELL: Final = 200


class Offers:
    """Looks things up for a form. Every method raises NotFound, NotAllowed and what clients do."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def users(self, actor: Actor, space_id: str, text: str = "") -> UserChoice:
        """Active users whose name or address holds the text, by name; a few hundred at most."""
        pipeliner = connect(self._parts, self._space(actor, space_id)).pipeliner
        users = [user for page in pipeliner.fetch_users() for user in page.items]
        return choose_users(users, text, actor.email)

    def lists(
        self, actor: Actor, space_id: str, typed: TypedSettings | None = None
    ) -> Sequence[ListOffer]:
        """All lists of the account with their sizes, and which the settings as typed include."""
        space = self._space(actor, space_id)
        listing = list(connect(self._parts, space).acton.fetch_lists())
        shown = typed or as_typed(space)
        choice = ListChoice(
            include=None if shown.all_lists else shown.include, exclude=shown.exclude
        )
        taken = {info.list_id for info in choose_lists(listing, choice)[0]}
        return [ListOffer(info=info, taken=info.list_id in taken) for info in listing]

    def sample(
        self,
        actor: Actor,
        space_id: str,
        list_id: str,
        column_map: Mapping[str, Mapping[str, str]] | None = None,
    ) -> ListSample:
        """The first rows of a list and what its columns are taken for; `column_map` as typed."""
        space = self._space(actor, space_id)
        pages = connect(self._parts, space).acton.fetch_rows(list_id)
        chosen = space.settings.column_map if column_map is None else column_map
        return sample_of(next(iter(pages)), chosen)

    def lead_types(self, actor: Actor, space_id: str) -> Sequence[LeadType]:
        """The kinds of Leads, each with its steps in order."""
        return connect(self._parts, self._space(actor, space_id)).pipeliner.fetch_lead_types()

    def _space(self, actor: Actor, space_id: str) -> Space:
        with self._parts.store.read() as desk:
            return get_space(desk, actor, Action.CHANGE_SETTINGS, space_id)


def choose_users(users: Sequence[User], text: str, email: str) -> UserChoice:
    """Who could own new records; pure."""
    part = text.strip().casefold()
    active = sorted((one for one in users if one.active), key=lambda one: one.name.casefold())
    found = [one for one in active if part in f"{one.name} {one.email}".casefold()]
    own = next((one for one in active if one.email.casefold() == email.casefold()), None)
    return UserChoice(
        users=tuple(found[:MOST_USERS]), suggested=own, time_zone=suggest_zone(users, email)
    )


def suggest_zone(users: Sequence[User], email: str) -> str | None:
    """The zone of the user with this address, else the one that most active users are in; pure."""
    known = known_zones()
    active = [one for one in users if one.active and one.time_zone in known]
    own = [one for one in active if one.email.casefold() == email.casefold()]
    zones = Counter(one.time_zone for one in own or active)
    return zones.most_common(1)[0][0] if zones else None


def sample_of(page: RowPage, column_map: Mapping[str, Mapping[str, str]]) -> ListSample:
    """A page as a form shows it; pure."""
    overrides = column_overrides(column_map, page.list_id)
    columns = map_columns(page.headers, page.email_column, overrides=overrides)
    rows = [tuple(str(cell or "")[:LONGEST_CELL] for cell in row) for row in page.rows]
    return ListSample(
        list_id=page.list_id,
        total=page.total,
        headers=page.headers,
        rows=tuple(rows[:ROWS_SHOWN]),
        mapping=describe_columns(columns, page.headers),
        score_headers=score_candidates(page.headers),
    )
