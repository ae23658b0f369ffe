"""The activity stream: tabs, ranges, pages and words of one reading, and when it is read anew."""

from datetime import timedelta

import pytest

from sync.errors import CredentialsRefused, TryLater
from sync.model import Activity, Deed, ScoreRule, SpaceStatus, Tab
from sync.panel import PAGE, ScoredRule, StreamQuery, StreamView, Trouble, TroubleKind
from tests.panel.conftest import ANN, BOB, NOON, SPACE, World, deed

DEEDS = (
    deed("os", "Spring news", days_ago=1),
    deed("fs", "Submitted: Contact us", days_ago=5, answers=(("Why?", "Price"), ("", "Soon"))),
    deed("sv", "https://www.example.com/prices", days_ago=20),
    deed("wa", "Webinar on prices", days_ago=60, counts=False),
    deed("sms", "Replied by text", days_ago=200),
)
UNDATED = Deed(at=None, verb="d", what="Price list")


def stream(world: World, *, fresh: bool = False, **query: object) -> StreamView:
    return world.panel.stream(world.by_key(), StreamQuery(**query), fresh=fresh)  # type: ignore[arg-type]


def keep(world: World, *deeds: Deed, minutes_ago: float = 0, **more: object) -> None:
    """A reading of Ann, kept so long ago."""
    known = world.record()
    assert known is not None
    activity = Activity(score=40, deeds=deeds, **more)  # type: ignore[arg-type]
    with world.store.write() as desk:
        at = NOON - timedelta(minutes=minutes_ago)
        desk.readings.save(SPACE, known.person, activity, [], read_at=at)


@pytest.fixture
def ann(world: World) -> World:
    """A world in which Ann is linked; nobody has read what she did."""
    world.sync_links()
    world.acton.knows(ANN, 55, *DEEDS, UNDATED)
    return world


# --- tabs, ranges, words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tab", "things"),
    [
        (
            Tab.ALL,
            ["Spring news", "Contact us", "https://www.example.com/prices", "Webinar on prices"],
        ),
        (Tab.EMAIL, ["Spring news"]),
        (Tab.WEB, ["https://www.example.com/prices"]),
        (Tab.FORMS, ["Contact us"]),
        (Tab.MEDIA, []),
        (Tab.EVENTS, ["Webinar on prices"]),
    ],
)
def test_a_tab_shows_its_deeds_and_all_show_every_one(
    ann: World, tab: Tab, things: list[str]
) -> None:
    keep(ann, *DEEDS, UNDATED)
    view = stream(ann, tab=tab)
    assert [one.thing for one in view.entries] == things
    assert (view.matching, view.shown, view.has_more) == (len(things), len(things), False)


@pytest.mark.parametrize(
    ("days", "counted"),
    [
        (7, (2, 1, 0, 1, 0, 0)),
        (30, (3, 1, 1, 1, 0, 0)),
        (90, (4, 1, 1, 1, 0, 1)),
        (None, (6, 1, 1, 1, 1, 1)),
    ],
)
def test_counts_are_those_of_the_range_whatever_the_tab(
    ann: World, days: int | None, counted: tuple[int, ...]
) -> None:
    keep(ann, *DEEDS, UNDATED)
    for tab in Tab:
        assert tuple(stream(ann, tab=tab, days=days).counts.values()) == counted


def test_a_range_without_deeds_is_empty_and_the_reading_is_still_there(ann: World) -> None:
    keep(ann, deed(days_ago=40))
    view = stream(ann, days=7)
    assert (list(view.entries), view.matching) == ([], 0)
    assert view.counts == dict.fromkeys(Tab, 0)
    assert (view.read_at, view.score, view.not_in_acton) == (NOON, 40, False)


def test_words_are_looked_for_in_the_range_and_counted(ann: World) -> None:
    keep(ann, *DEEDS, UNDATED)
    view = stream(ann, days=None, text="PRICE")
    assert [one.thing for one in view.entries] == [
        "Contact us",
        "https://www.example.com/prices",
        "Webinar on prices",
        "Price list",
    ]
    assert view.counts[Tab.ALL] == 4
    assert stream(ann, days=7, text="price").counts[Tab.ALL] == 1
    assert stream(ann, text="nothing like that").matching == 0


def test_an_entry_is_told_in_words_with_its_answers(ann: World) -> None:
    keep(ann, *DEEDS)
    [entry] = stream(ann, tab=Tab.FORMS).entries
    assert (entry.lead_in, entry.thing, entry.icon) == (
        "Submitted the form",
        "Contact us",
        "file-check",
    )
    assert entry.at == NOON - timedelta(days=5)
    assert entry.answers == [("Why?", "Price"), ("Answer", "Soon")]
    assert (entry.url, entry.counts, entry.tab) == (None, True, Tab.FORMS)


def test_an_address_is_a_link_and_what_does_not_count_says_so(ann: World) -> None:
    keep(ann, *DEEDS)
    [visit] = stream(ann, tab=Tab.WEB).entries
    assert visit.url == "https://www.example.com/prices"
    [webinar] = stream(ann, tab=Tab.EVENTS).entries
    assert not webinar.counts


def test_a_dangerous_address_stays_text(ann: World) -> None:
    keep(ann, deed("sv", "javascript:alert(1)"))
    [visit] = stream(ann).entries
    assert (visit.thing, visit.url) == ("javascript:alert(1)", None)


# --- pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("many", "pages", "shown", "more"),
    [
        (PAGE, 1, PAGE, False),
        (PAGE + 1, 1, PAGE, True),
        (PAGE + 1, 2, PAGE + 1, False),
        (3 * PAGE, 2, 2 * PAGE, True),
        (3, 10**9, 3, False),
        (0, 1, 0, False),
    ],
)
def test_pages_show_fifty_more_each(
    ann: World, many: int, pages: int, shown: int, more: bool
) -> None:
    keep(ann, *(deed(what=f"Mail {number}", days_ago=1) for number in range(many)))
    view = stream(ann, pages=pages)
    assert [one.thing for one in view.entries] == [f"Mail {number}" for number in range(shown)]
    assert (view.shown, view.matching, view.has_more) == (shown, many, more)


# --- the breakdown ------------------------------------------------------------------------------


def test_the_breakdown_adds_up_by_kind_the_most_points_first(ann: World) -> None:
    rules = [
        ScoreRule(action="MESSAGE_OPEN", points=5),
        ScoreRule(action="FORM_SUBMIT", points=30),
        ScoreRule(action="MESSAGE_OPEN", points=5),
        ScoreRule(action="JOB_TITLE", points=10, profile=True),
        ScoreRule(action="UNSUBSCRIBE", points=-5),
    ]
    keep(ann, rules=rules, period="last 90 days")
    view = stream(ann)
    assert view.rules == [
        ScoredRule(label="Form submit", times=1, points=30),
        ScoredRule(label="Job title (profile)", times=1, points=10),
        ScoredRule(label="Message open", times=2, points=10),
        ScoredRule(label="Unsubscribe", times=1, points=-5),
    ]
    assert (view.score, view.period) == (40, "last 90 days")
    assert sum(line.points for line in view.rules) == sum(rule.points for rule in rules)


# --- fresh and stale ----------------------------------------------------------------------------


def test_what_is_known_comes_at_once_and_says_that_it_is_old(ann: World) -> None:
    keep(ann, *DEEDS, minutes_ago=5.01)
    view = stream(ann)
    assert (view.stale, view.read_at) == (True, NOON - timedelta(minutes=5.01))
    assert (len(view.entries), ann.line.opened) == (4, 0)


def test_a_young_reading_is_not_old(ann: World) -> None:
    keep(ann, *DEEDS, minutes_ago=5)
    assert not stream(ann).stale


def test_without_a_reading_the_stream_is_empty_and_worth_reading(ann: World) -> None:
    view = stream(ann)
    assert (view.stale, view.read_at, list(view.entries)) == (True, None, [])
    assert view.counts == dict.fromkeys(Tab, 0)
    assert ann.line.opened == 0


def test_fresh_reads_what_was_never_read(ann: World) -> None:
    view = stream(ann, fresh=True)
    assert (view.stale, view.read_at, len(view.entries)) == (False, NOON, 4)
    assert (view.score, view.trouble) == (55, None)
    assert ann.acton.asked == [f"address {ANN}"]


def test_fresh_reads_again_only_what_is_old(ann: World) -> None:
    stream(ann, fresh=True)
    ann.passes(minutes=5)
    stream(ann, fresh=True)
    assert len(ann.acton.asked) == 1
    ann.passes(seconds=1)
    assert stream(ann, fresh=True).read_at == ann.time
    assert len(ann.acton.asked) == 2


def test_what_a_refresh_read_serves_the_stream(ann: World) -> None:
    ann.panel.refresh(ann.by_key())
    view = stream(ann, fresh=True)
    assert (len(view.entries), len(ann.acton.asked)) == (4, 1)


def test_what_the_stream_read_is_the_score_everywhere(ann: World) -> None:
    stream(ann, fresh=True)
    assert ann.panel.view(ann.by_key()).score == 55
    assert ann.lead_scores() == [55]


def test_other_tabs_of_a_young_reading_ask_nobody(ann: World) -> None:
    stream(ann, fresh=True)
    for tab in Tab:
        stream(ann, tab=tab, days=None, text="a", pages=3, fresh=True)
    assert len(ann.acton.asked) == 1


# --- nobody, nothing, trouble -------------------------------------------------------------------


def test_somebody_whom_act_on_does_not_know_has_no_stream(ann: World) -> None:
    ann.acton.forgets(ANN)
    view = stream(ann, fresh=True)
    assert (view.not_in_acton, view.stale, list(view.entries)) == (True, False, [])
    assert stream(ann).not_in_acton


@pytest.mark.parametrize("fresh", [True, False])
def test_a_stranger_has_no_stream_and_is_not_read(world: World, fresh: bool) -> None:
    contact_id = world.pipeliner.add_contact(BOB)
    world.acton.knows(BOB, 3, *DEEDS)
    view = world.panel.stream(world.by_launch(contact_id), StreamQuery(), fresh=fresh)
    assert (list(view.entries), view.stale, view.read_at) == ([], False, None)
    assert world.line.opened == 0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TryLater("Away."), TroubleKind.UNREACHABLE),
        (CredentialsRefused("No."), TroubleKind.CREDENTIALS),
    ],
)
def test_without_a_fresh_reading_the_old_one_is_shown_with_why(
    ann: World, error: Exception, kind: TroubleKind
) -> None:
    keep(ann, *DEEDS, minutes_ago=60)
    ann.acton.breaks(error)  # type: ignore[arg-type]
    view = stream(ann, fresh=True)
    assert (view.trouble, view.stale) == (Trouble(kind=kind), False)
    assert (len(view.entries), view.read_at) == (4, NOON - timedelta(minutes=60))


def test_an_act_on_that_fails_at_the_first_reading_shows_an_empty_stream(ann: World) -> None:
    ann.acton.breaks(TryLater("Away."))
    view = stream(ann, fresh=True)
    assert view.trouble == Trouble(kind=TroubleKind.UNREACHABLE)
    assert (list(view.entries), view.not_in_acton) == ([], False)


@pytest.mark.parametrize("fresh", [True, False])
def test_a_space_that_is_paused_shows_the_last_reading_and_why(ann: World, fresh: bool) -> None:
    keep(ann, *DEEDS, minutes_ago=60)
    ann.stands(SpaceStatus.SUSPENDED)
    view = stream(ann, fresh=fresh)
    assert (view.trouble, view.stale) == (Trouble(kind=TroubleKind.PAUSED), False)
    assert (len(view.entries), ann.line.opened) == (4, 0)
