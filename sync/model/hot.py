"""The hot list: the people of a space with the highest scores, and how they came there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.model.activity import Standing


@dataclass(frozen=True, kw_only=True)
class HotFilter:
    """Whom somebody looks for; None: whoever it is. `days` is one of `rules.heat.RANGES`."""

    days: int
    list_id: str | None = None
    owner_id: str | None = None

    @property
    def narrows(self) -> bool:
        """Whether it leaves anybody out."""
        return self.list_id is not None or self.owner_id is not None


@dataclass(frozen=True, kw_only=True)
class HotPlace:
    """Where somebody stands in the order, to go on from there."""

    heat: int
    score: int
    person: str


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A Pipeliner user who owns records. `name` empty: not told by Pipeliner (yet)."""

    owner_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class HotLead:
    """A list in which the person reached the threshold. `lead_id` None: no Lead that lives."""

    list_id: str
    list_name: str
    lead_name: str
    lead_id: str | None
    crossed_at: datetime
    owner: Owner | None = None


@dataclass(frozen=True, kw_only=True)
class HotPerson:
    """Somebody on the hot list.

    `rise`: points since the begin of the range, or since `known_since`, where that is later.
    `rising`: they gained much. `contact_id` None: not linked to a Contact. `owner`: the Contact's;
    None: not known. `history` begins with the score at the begin of the range.
    """

    person: str
    address: str
    name: str
    contact_id: str | None
    owner: Owner | None
    score: int
    score_read_at: datetime | None
    rise: int
    rising: bool
    place: HotPlace
    leads: Sequence[HotLead] = ()
    history: Sequence[tuple[datetime, int]] = ()
    known_since: datetime | None = None  # None: since before the range
    standings: Sequence[Standing] = ()

    @property
    def crossed_at(self) -> datetime | None:
        """When the threshold was reached first, in any list."""
        return min((one.crossed_at for one in self.leads), default=None)


@dataclass(frozen=True, kw_only=True)
class HotChoices:
    """What the hot list can be narrowed to: (list id, name), and owners by name."""

    lists: Sequence[tuple[str, str]]
    owners: Sequence[Owner]


@dataclass(frozen=True, kw_only=True)
class HotPage:
    """A page of the hot list. `counted`: momentum was counted at all; `scored`: anybody has a
    score. Both tell why a page is empty."""

    people: Sequence[HotPerson]
    next_after: str | None
    threshold: int
    rising_from: int
    counted: bool = True
    scored: bool = True
