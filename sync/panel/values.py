"""What the panel's pages are given to show. Texts from outside are cleaned, not escaped."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from sync.model import ScoreSource, Standing, Tab


class PanelState(StrEnum):
    """What the panel has to say first (design §3.16)."""

    LINKED = "linked"  # with a score
    NO_SCORE_SHEET = "no_score_sheet"  # linked, but Act-On keeps no score for the person
    NOT_CREATED = "not_created"  # the integration neither made nor linked this Contact
    NOT_IN_ACTON = "not_in_acton"  # looked for, and Act-On does not know the address


class TroubleKind(StrEnum):
    """What keeps us from a live value. The last one is shown with its age beside it."""

    UNREACHABLE = "unreachable"
    CREDENTIALS = "credentials"
    PAUSED = "paused"  # the space is suspended, paused or not approved
    ATTENTION = "attention"  # the space waits for its admin to mend something
    QUOTA = "quota"  # the day's calls are used up
    BUSY = "busy"  # another process reads this very person
    OURSELVES = "ourselves"  # our own database is away


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why something could not be done now, and when it may go on (None: nobody knows)."""

    kind: TroubleKind
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """How the score moved over the last `days`; `points` None: we did not know the score then."""

    days: int
    points: int | None


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """One list in which the person reached the threshold, and the Lead that came of it."""

    list_name: str
    crossed_at: datetime
    run_id: int | None
    run_date: date | None
    lead_id: str | None
    lead_name: str
    lead_url: str | None
    deleted: bool = False  # somebody deleted the Lead in Pipeliner
    key: str = ""  # which the Lead carries
    threshold: int | None = None  # what it was then, where the run is known
    is_here: bool = False  # it is the Lead that is being looked at


@dataclass(frozen=True, kw_only=True)
class Mark:
    """An opt-out, bounce or complaint, and when it happened."""

    standing: Standing
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What a refresh found. `before` is the value shown until then.

    `written`: Pipeliner has the value too; False: it could not be told, the next sync does it.
    """

    before: int | None
    after: int | None
    written: bool = True


@dataclass(frozen=True, kw_only=True)
class PanelView:
    """All that the panel shows of one person before *More* is opened.

    `history` holds (instant, score) oldest first. `refresh_at`: when Refresh may be pressed again,
    None at once. `find`: *Find in Act-On* may be offered.
    """

    state: PanelState
    space_id: str
    name: str = ""
    address: str = ""
    score: int | None = None
    read_at: datetime | None = None
    source: ScoreSource | None = None
    live: bool = False  # read when somebody asked, not by the sync
    threshold: int | None = None
    changes: Sequence[Change] = ()
    history: Sequence[tuple[datetime, int]] = ()
    crossings: Sequence[Crossing] = ()
    lists: Sequence[str] = ()
    marks: Sequence[Mark] = ()
    acton_url: str | None = None
    trouble: Trouble | None = None
    refresh_at: datetime | None = None
    refreshed: Refreshed | None = None
    find: bool = False
    next_sync_at: datetime | None = None
    time_zone: str = "UTC"
    looked_for: bool = False  # *Find in Act-On* was pressed, and there was nothing
    on_lead: bool = False  # opened in a Lead

    def after(self, refreshed: Refreshed) -> Self:
        """The same view, saying what a refresh found."""
        return replace(self, refreshed=refreshed)

    def seen_from(self, lead_key: str | None) -> Self:
        """The same view in the Lead with this key, which then comes first; None: in a Contact."""
        here = [replace(one, is_here=True) for one in self.crossings if one.key == lead_key]
        others = [one for one in self.crossings if one.key != lead_key]
        return replace(
            self,
            on_lead=lead_key is not None,
            crossings=[*here, *others] if lead_key else self.crossings,
        )

    def not_found(self) -> Self:
        """The same view, saying that Act-On was searched in vain."""
        return replace(self, looked_for=True)


@dataclass(frozen=True, kw_only=True)
class StreamQuery:
    """What part of the stream is asked for. `days` None: all; `pages` of 50 entries shown."""

    tab: Tab = Tab.ALL
    days: int | None = 90
    text: str = ""
    pages: int = 1


@dataclass(frozen=True, kw_only=True)
class StreamEntry:
    """One entry in words: `lead_in` ("Opened"), then `thing` ("Spring news") if there is one.

    `url` is a safe http(s) address or None. `icon` names an icon of the set.
    """

    at: datetime | None
    icon: str
    lead_in: str
    thing: str
    url: str | None = None
    answers: Sequence[tuple[str, str]] = ()
    counts: bool = True
    tab: Tab = Tab.ALL


@dataclass(frozen=True, kw_only=True)
class ScoredRule:
    """A line of the breakdown: what gave points, how often, how many in all."""

    label: str
    times: int
    points: int


@dataclass(frozen=True, kw_only=True)
class StreamView:
    """The part of the stream that was asked for, newest first, and how much there is of it.

    `counts` are for the range and text asked for, by tab. `matching`: entries of this tab; `shown`:
    those in `entries`. `stale`: worth reading again. `rules` break the score down.
    """

    query: StreamQuery
    counts: dict[Tab, int] = field(default_factory=dict)
    entries: Sequence[StreamEntry] = ()
    matching: int = 0
    read_at: datetime | None = None
    stale: bool = False
    trouble: Trouble | None = None
    not_in_acton: bool = False
    score: int | None = None
    period: str = ""
    rules: Sequence[ScoredRule] = ()

    def for_stranger(self) -> Self:
        """The same view, saying that Act-On does not know the person."""
        return replace(self, not_in_acton=True)

    @property
    def shown(self) -> int:
        """How many entries are shown."""
        return len(self.entries)

    @property
    def has_more(self) -> bool:
        """Whether older entries of this tab are left."""
        return self.shown < self.matching
