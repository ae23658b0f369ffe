"""A panel that a test tells what to answer, and the people whom it may show."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from app import create_app
from sync.model import ScoreSource, Standing, Tab
from sync.panel import (
    Change,
    Closed,
    Crossing,
    Mark,
    PanelClosed,
    PanelState,
    PanelView,
    Pass,
    Refreshed,
    ScoredRule,
    StreamEntry,
    StreamQuery,
    StreamView,
    Trouble,
    TroubleKind,
)
from sync.settings import Settings

NOW = datetime(2026, 11, 23, 9, 32, tzinfo=UTC)
KEY = "v1.k1.acme_sales.p3rs0n.1800000000.m4c"
TOKEN = "launch.jwt.signed"
SESSION = "s1.k1.session.m4c"
HOST = "https://crm.example"
OTHER_HOST = "https://other-crm.example"


def make_pass(**changes: Any) -> Pass:
    facts: dict[str, Any] = {
        "space_id": "acme_sales",
        "person": "p3rs0n",
        "contact_id": None,
        "user": None,
        "opened_at": NOW,
        "epoch": 1,
    }
    return Pass(**(facts | changes))


def make_history(now: datetime = NOW) -> list[tuple[datetime, int]]:
    scores = [12, 12, 18, 18, 24, 31, 31, 38, 45, 45, 42, 51, 51, 58, 58, 58, 63]
    return [(now - timedelta(days=2 * (len(scores) - n)), s) for n, s in enumerate(scores, 1)]


def linked(now: datetime = NOW, **changes: Any) -> PanelView:
    """Somebody who is a Lead, with all that the panel can show."""
    facts: dict[str, Any] = {
        "state": PanelState.LINKED,
        "space_id": "acme_sales",
        "name": "Jana Nováková",
        "address": "jana.novakova@northwind.example",
        "score": 63,
        "read_at": now - timedelta(minutes=2),
        "source": ScoreSource.FACTS,
        "live": True,
        "threshold": 40,
        "changes": [Change(days=7, points=5), Change(days=30, points=39)],
        "history": make_history(now),
        "crossings": [
            Crossing(
                list_name="Spring Webinar 2026",
                crossed_at=now - timedelta(days=17),
                run_id=118,
                run_date=(now - timedelta(days=17)).date(),
                lead_id="lead-1",
                lead_name="Jana Nováková (Spring Webinar 2026)",
                lead_url="https://crm.example/lead/1",
            ),
            Crossing(
                list_name="Trade fair visitors",
                crossed_at=now - timedelta(days=16),
                run_id=119,
                run_date=(now - timedelta(days=16)).date(),
                lead_id="lead-2",
                lead_name="Jana Nováková (Trade fair visitors)",
                lead_url=None,
                deleted=True,
            ),
        ],
        "lists": ["Spring Webinar 2026", "Trade fair visitors", "Newsletter EMEA"],
        "acton_url": "https://go.northwind.example/",
        "next_sync_at": now + timedelta(hours=16),
        "time_zone": "Europe/Berlin",
    }
    return PanelView(**(facts | changes))


def stranger(**changes: Any) -> PanelView:
    facts: dict[str, Any] = {
        "state": PanelState.NOT_CREATED,
        "space_id": "acme_sales",
        "name": "Otto Ostermann",
        "threshold": 40,
        "next_sync_at": NOW + timedelta(hours=16),
        "time_zone": "Europe/Berlin",
    }
    return PanelView(**(facts | changes))


DEEDS = [
    (0.05, Tab.WEB, "globe", "Visited", "https://www.northwind.example/pricing"),
    (0.06, Tab.WEB, "globe", "Visited", "https://www.northwind.example/products/tea/green?ref=n"),
    (0.3, Tab.EMAIL, "mouse-pointer-click", "Clicked in", "Spring news: what is new in tea"),
    (0.31, Tab.EMAIL, "mail-open", "Opened", "Spring news: what is new in tea"),
    (1.1, Tab.FORMS, "file-check", "Submitted the form", "Ask for an offer"),
    (1.2, Tab.FORMS, "file-text", "Viewed the form", "Ask for an offer"),
    (3.4, Tab.MEDIA, "download", "Downloaded", "Price list 2026.pdf"),
    (5.0, Tab.EVENTS, "calendar-check", "Attended", "Webinar: brewing at scale"),
    (11.0, Tab.EVENTS, "calendar-plus", "Registered for", "Webinar: brewing at scale"),
    (11.2, Tab.ALL, "circle-dot", "", "Automated program step 4"),
    (12.0, Tab.EMAIL, "send", "Was sent", "Spring news: what is new in tea"),
]


def make_entries(now: datetime = NOW, *, times: int = 1) -> list[StreamEntry]:
    entries = []
    for turn in range(times):
        for days, tab, icon, lead_in, thing in DEEDS:
            entries.append(
                StreamEntry(
                    at=now - timedelta(days=days + 13 * turn),
                    icon=icon,
                    lead_in=lead_in,
                    thing=thing,
                    url=thing if thing.startswith("https:") else None,
                    answers=ANSWERS if lead_in == "Submitted the form" else (),
                    tab=tab,
                )
            )
    return entries


ANSWERS = (
    ("How many people work at your company?", "51 to 200"),
    ("What do you need?", "40 kg of first flush, every month, from March"),
    ("May we call you?", ""),
)
RULES = (
    ScoredRule(label="Form submitted", times=1, points=25),
    ScoredRule(label="Page visited", times=14, points=14),
    ScoredRule(label="Message clicked", times=4, points=12),
    ScoredRule(label="Webinar attended", times=1, points=10),
    ScoredRule(label="Job title (profile)", times=1, points=5),
    ScoredRule(label="No visit for 30 days", times=1, points=-3),
)


@dataclass
class FakePanel:
    """Lets in who has KEY, TOKEN or SESSION, and shows what it was told to."""

    shows: PanelView = field(default_factory=linked)
    entries: list[StreamEntry] = field(default_factory=make_entries)
    stale: bool = False
    nothing_read: bool = False
    stream_trouble: Trouble | None = None
    not_in_acton: bool = False
    keys: dict[str, Pass] = field(default_factory=lambda: {KEY: make_pass()})
    over: set[str] = field(default_factory=set)
    tokens: dict[str, Pass] = field(default_factory=lambda: {TOKEN: make_pass(user="u1")})
    sessions: set[str] = field(default_factory=lambda: {SESSION})
    asked: list[tuple[StreamQuery, bool]] = field(default_factory=list)
    in_lead: str | None = None  # what the session made last says of the Lead it stands in
    finds: PanelView | None = None
    fails_with: Exception | None = None
    now: Callable[[], datetime] = lambda: NOW

    # --- what tests say --------------------------------------------------------------------------

    def forgets_sessions(self) -> None:
        self.over |= self.sessions

    def refresh_finds(self, score: int | None, *, written: bool = True) -> None:
        found = Refreshed(before=self.shows.score, after=score, written=written)
        self.shows = replace(
            self.shows, score=score, refreshed=found, refresh_at=self.now() + timedelta(seconds=20)
        )

    def meets(self, kind: TroubleKind, *, until: datetime | None = None) -> None:
        self.shows = replace(self.shows, trouble=Trouble(kind=kind, until=until))

    # --- what the pages ask ----------------------------------------------------------------------

    def open_with_key(self, key: str) -> Pass:
        if not key:
            raise PanelClosed(Closed.NOT_CREATED)
        return self._let_in(key, self.keys)

    def open_with_token(self, token: str) -> Pass:
        pass_ = self._let_in(token, self.tokens)
        del self.tokens[token]
        return pass_

    def check_session(self, token: str) -> Pass:
        known = make_pass(lead_key=self.in_lead)
        return self._let_in(token, dict.fromkeys(self.sessions, known))

    def open_from_memory(self, key: str, epoch_of: Callable[[str], int | None]) -> Pass:
        pass_ = self._let_in(key, self.keys)
        if epoch_of(pass_.person or "") != pass_.epoch:
            raise PanelClosed(Closed.INVALID)
        return pass_

    def name_of(self, pass_: Pass) -> str | None:
        return pass_.person

    def make_session(self, pass_: Pass) -> str:
        self.in_lead = pass_.lead_key
        return SESSION

    def view(self, pass_: Pass) -> PanelView:
        self._may_fail()
        return replace(self.shows, refreshed=None)

    def refresh(self, pass_: Pass) -> PanelView:
        self._may_fail()
        return self.shows

    def find(self, pass_: Pass) -> PanelView:
        self._may_fail()
        return self.finds or replace(self.shows, looked_for=True, find=False)

    def stream(self, pass_: Pass, query: StreamQuery, *, fresh: bool) -> StreamView:
        self._may_fail()
        self.asked.append((query, fresh))
        if self.not_in_acton:
            return StreamView(query=query, read_at=self.now(), not_in_acton=True)
        if self.nothing_read and not fresh:
            return StreamView(query=query, stale=True, trouble=self.stream_trouble)
        return self._stream(query, stale=self.stale and not fresh)

    def _stream(self, query: StreamQuery, *, stale: bool) -> StreamView:
        found = [entry for entry in self.entries if self._is_asked(entry, query)]
        of_tab = [entry for entry in found if query.tab in (Tab.ALL, entry.tab)]
        counts = {tab: sum(entry.tab is tab for entry in found) for tab in Tab}
        return StreamView(
            query=query,
            counts=counts | {Tab.ALL: len(found)},
            entries=of_tab[: 50 * query.pages],
            matching=len(of_tab),
            read_at=self.now() - timedelta(minutes=20 if stale else 0),
            stale=stale,
            trouble=self.stream_trouble,
            score=self.shows.score,
            period="all time",
            rules=RULES,
        )

    def _is_asked(self, entry: StreamEntry, query: StreamQuery) -> bool:
        since = self.now() - timedelta(days=query.days) if query.days else None
        late_enough = since is None or (entry.at is not None and entry.at >= since)
        return late_enough and query.text.lower() in f"{entry.lead_in} {entry.thing}".lower()

    def _let_in(self, text: str, known: dict[str, Pass]) -> Pass:
        if text in self.over:
            raise PanelClosed(Closed.EXPIRED)
        if text not in known:
            raise PanelClosed(Closed.INVALID)
        return known[text]

    def _may_fail(self) -> None:
        if self.fails_with:
            raise self.fails_with


def scenes(now: datetime) -> dict[str, FakePanel]:
    """The panel in every state that it can be in, by name."""
    quiet = {"changes": (), "history": (), "crossings": (), "lists": ()}
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0)
    views = {
        "linked": linked(now),
        "nightly": linked(
            now,
            live=False,
            source=ScoreSource.ALL_CONTACTS,
            read_at=now.replace(hour=1, minute=0),
            score=40,
            changes=[Change(days=7, points=0), Change(days=30, points=-8)],
        ),
        "fallen": linked(now, score=22, history=[*make_history(now)[:-1], (now, 22)]),
        "marks": linked(
            now,
            marks=[
                Mark(standing=Standing.OPTED_OUT, at=now - timedelta(days=50)),
                Mark(standing=Standing.BOUNCED, at=None),
            ],
        ),
        "bare": linked(now, **quiet, threshold=None, acton_url=None, next_sync_at=None),
        "no_score_sheet": linked(now, state=PanelState.NO_SCORE_SHEET, score=None, **quiet),
        "not_created": stranger(),
        "not_created_find": stranger(find=True),
        "not_in_acton": linked(now, state=PanelState.NOT_IN_ACTON, score=None, **quiet),
        "hostile": hostile(now),
    }
    for kind in TroubleKind:
        until = tomorrow if kind is TroubleKind.QUOTA else None
        views[f"trouble_{kind}"] = linked(
            now,
            trouble=Trouble(kind=kind, until=until),
            live=False,
            read_at=now - timedelta(days=2),
        )
    return {name: FakePanel(shows=view, now=lambda: now) for name, view in views.items()}


EVIL = '"><script>alert(1)</script>'
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def hostile(now: datetime = NOW) -> PanelView:
    """Texts as the worst of lists have them."""
    crossing = Crossing(
        list_name=f"{EVIL} {LONG}",
        crossed_at=now - timedelta(days=400),
        run_id=None,
        run_date=date(2025, 10, 1),
        lead_id="x",
        lead_name=f"قائمة {EVIL}",
        lead_url="javascript:alert(1)",
    )
    return linked(
        now,
        name=f"شركة {EVIL}",
        address=f"{LONG.lower()}@xn--bcher-kva.example",
        score=1_234_567,
        threshold=1_000_000,
        crossings=[crossing],
        lists=[EVIL, LONG, "שלום", *(f"List {n}" for n in range(9))],
        acton_url="javascript:alert(1)",
    )


def hostile_entries(now: datetime = NOW) -> list[StreamEntry]:
    return [
        StreamEntry(at=now, icon=EVIL, lead_in="Visited", thing="x", url="javascript:alert(1)"),
        StreamEntry(at=None, icon="star", lead_in="", thing=f"{EVIL} {LONG} قائمة"),
        StreamEntry(
            at=now, icon="globe", lead_in="Visited", thing=LONG, url=f"https://a.example/{LONG}"
        ),
        StreamEntry(at=now, icon="star", lead_in="Filled", thing=EVIL, answers=[(EVIL, EVIL)]),
    ]


# --- the pages over it ---------------------------------------------------------------------------


@dataclass
class FakeApplication:
    panel: FakePanel
    form_secrets: tuple[str, ...] = ("a secret of the tests",)


def open_pages(panel: FakePanel, **told: Any) -> FlaskClient:
    """A browser's view of the app over that panel."""
    settings = Settings(
        secret_keys="vCSN1YZcb0kRj0HhpjmXGvS4WiVJ8vCOdoRxwTVQ4p0=",
        sync_token="4f6c1c2b9de04a6f8f2f7f0f3e5b7a91",
        acton_client_id="client",
        acton_client_secret="secret",
        frame_ancestors=f"{HOST},{OTHER_HOST}",
        **told,
    )
    return create_app(settings, FakeApplication(panel)).test_client()


def as_htmx(target: str = "") -> dict[str, str]:
    """The headers of a request that htmx makes."""
    return {"HX-Request": "true", "HX-Target": target, "X-Panel-Session": SESSION}
