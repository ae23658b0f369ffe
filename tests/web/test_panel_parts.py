"""The panel's parts by themselves: drawing, times, icons, style sheets, vendored files. Pure."""

import base64
import gzip
import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.filters import Viewer, choose_locale, find_zone, web_address, without_scheme
from app.icons import DRAWINGS, icon
from app.panel_assets import HTMX, compact_css, compact_js
from app.sparkline import sparkline
from sync.rules.activity import UNKNOWN, VERBS

from .panel_fakes import NOW, FakePanel, make_history, open_pages

TOP = Path(__file__).parents[2]
BERLIN = Viewer(zone=find_zone("Europe/Berlin"), locale=choose_locale(["de-DE"]), now=NOW)


# --- The drawing ---------------------------------------------------------------------------------


def draw(history: list[tuple[datetime, int]], threshold: int | None = 40) -> str:
    return str(sparkline(history, now=NOW, threshold=threshold, title="A & B", words="<words>"))


def test_the_drawing_is_well_formed_and_says_itself_in_words() -> None:
    root = ElementTree.fromstring(draw(make_history()))  # noqa: S314
    assert root.attrib["role"] == "img"
    assert [child.text for child in root[:2]] == ["A & B", "<words>"]
    assert root.attrib["aria-labelledby"] == "spark-title spark-words"


def test_the_drawing_has_no_style_no_script_and_is_small() -> None:
    drawing = draw(make_history())
    assert "style" not in drawing
    assert "script" not in drawing
    assert len(drawing) < 1500


def test_a_score_holds_until_the_next_so_the_line_goes_in_steps() -> None:
    drawing = draw([(NOW - timedelta(days=2), 0), (NOW - timedelta(days=1), 10)], None)
    assert 'd="M4 44H160V4H316"' in drawing


def test_the_threshold_is_drawn_where_there_is_one() -> None:
    assert "spark-threshold" in draw(make_history())
    assert "spark-threshold" not in draw(make_history(), None)


@pytest.mark.parametrize("history", [[], [(NOW, 5)], [(NOW - timedelta(days=1), 5)]])
def test_less_than_two_values_are_no_history(history: list[tuple[datetime, int]]) -> None:
    assert draw(history) == ""


@given(
    scores=st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=400),
    threshold=st.none() | st.integers(-100, 10**6),
)
def test_whatever_the_scores_the_drawing_stays_within_its_frame(
    scores: list[int], threshold: int | None
) -> None:
    history = [(NOW - timedelta(hours=len(scores) - n), s) for n, s in enumerate(scores)]
    drawing = draw(history, threshold)
    numbers = [
        float(n) for d in re.findall(r' d="([^"]+)"', drawing) for n in re.findall(r"-?[\d.]+", d)
    ]
    assert all(0 <= number <= 320 for number in numbers)


# --- Times and numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(hours=7), "7 hr ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_ages_are_in_words(passed: timedelta, words: str) -> None:
    assert BERLIN.ago(NOW - passed) == words


@pytest.mark.parametrize(
    ("languages", "clock", "day"),
    [
        (["de-DE", "en"], "10:32", "7 Nov"),
        (["de"], "10:32", "7 Nov"),
        (["en-GB"], "10:32", "7 Nov"),
        (["en-US"], "10:32\u202fAM", "Nov 7"),
        (["en"], "10:32\u202fAM", "Nov 7"),
        (["ja-JP"], "10:32\u202fam", "7 Nov"),
        (["zz", "../x", "", "*"], "10:32\u202fam", "7 Nov"),
        ([], "10:32\u202fam", "7 Nov"),
    ],
)
def test_dates_are_english_in_the_order_of_the_viewers_region(
    languages: list[str], clock: str, day: str
) -> None:
    viewer = Viewer(zone=BERLIN.zone, locale=choose_locale(languages), now=NOW)
    assert viewer.clock(NOW) == clock
    assert viewer.day(date(2026, 11, 7)) == day


def test_a_day_is_named_as_people_do() -> None:
    assert BERLIN.weekday(date(2026, 11, 23)) == "Today"
    assert BERLIN.weekday(date(2026, 11, 22)) == "Yesterday"
    assert BERLIN.weekday(date(2026, 11, 19)) == "Thu, 19 Nov"
    assert BERLIN.weekday(date(2025, 11, 19)) == "Wed, 19 Nov 2025"


def test_what_comes_is_told_with_its_day() -> None:
    assert BERLIN.coming(NOW + timedelta(hours=2)) == "today at 12:32"
    assert BERLIN.coming(NOW + timedelta(hours=16)) == "tomorrow at 02:32"
    assert BERLIN.coming(NOW + timedelta(days=9)) == "on 2 Dec at 10:32"


@given(st.text(max_size=70))
def test_no_text_makes_a_zone_fail(text: str) -> None:
    assert find_zone(text).key


def test_seconds_are_whole_and_never_negative() -> None:
    assert BERLIN.seconds_until(NOW + timedelta(seconds=19.2)) == 20
    assert BERLIN.seconds_until(NOW - timedelta(seconds=3)) == 0
    assert BERLIN.seconds_until(None) == 0


def test_the_zone_of_the_viewer_wins_and_nonsense_is_passed_over() -> None:
    assert find_zone("Asia/Tokyo", "Europe/Berlin").key == "Asia/Tokyo"
    assert find_zone("Etc", "Europe/Berlin").key == "Europe/Berlin"
    assert find_zone(None, "").key == "UTC"
    assert datetime(2026, 1, 1, tzinfo=UTC).astimezone(find_zone("UTC")).hour == 0


# --- Links and icons -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " https://a.example",
        "//a.example",
        "data:text/html,x",
        "https:",
        None,
    ],
)
def test_only_the_web_can_be_linked_to(url: str | None) -> None:
    assert web_address(url) == ""


def test_an_address_is_shown_short_escaped_and_breaks_at_slashes() -> None:
    assert without_scheme("https://www.a.example/b/<i>/") == "a.example/<wbr>b/<wbr>&lt;i&gt;"


def test_every_icon_of_the_stream_is_in_the_set() -> None:
    assert {words.icon for words in [*VERBS.values(), UNKNOWN]} <= set(DRAWINGS)


def test_every_icon_of_the_set_is_used() -> None:
    texts = " ".join(path.read_text() for path in (TOP / "templates").rglob("*.html"))
    used = {name for call in re.findall(r"icon\(([^)]*)\)", texts) for name in _quoted(call)}
    used |= {words.icon for words in [*VERBS.values(), UNKNOWN]}
    assert set(DRAWINGS) - used == set()


def _quoted(text: str) -> list[str]:
    return re.findall(r'"([a-z0-9-]+)"', text)


def test_an_unknown_icon_is_a_plain_dot_and_nothing_of_its_name() -> None:
    assert icon('"><script>') == icon("circle-dot")


# --- Files ---------------------------------------------------------------------------------------


def tokens(css: str) -> list[dict[str, str]]:
    """The colours and fonts of each :root, light and dark."""
    roots = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    return [dict(re.findall(r"--([a-z-]+): ([^;]+);", root)) for root in roots]


def test_the_panel_and_the_other_pages_share_their_tokens() -> None:
    pages = tokens((TOP / "static/css/app.css").read_text())
    panel = tokens((TOP / "static/css/panel-base.css").read_text())
    shared = ("ground", "surface", "ink", "ink-soft", "line", "accent", "code")
    for ours, theirs in zip(panel, pages, strict=True):
        assert {name: ours[name] for name in shared} == {name: theirs[name] for name in shared}
    assert panel[0]["text"] == pages[0]["text"]


def test_the_style_sheets_use_no_token_that_is_not_there_and_load_nothing() -> None:
    base = (TOP / "static/css/panel-base.css").read_text()
    css = base + (TOP / "static/css/panel.css").read_text()
    assert set(re.findall(r"var\(--([a-z-]+)\)", css)) <= set(tokens(base)[0])
    assert "url(" not in css
    assert "@import" not in css


def test_a_style_sheet_is_made_smaller_and_means_the_same() -> None:
    css = "/* why */\na { width: calc(1px + 2px); }\n@media (x: y) { b, c { d: e; } }\n"
    assert compact_css(css) == "a{width: calc(1px + 2px)}@media (x: y){b,c{d: e}}"


def test_a_script_loses_its_comments_only() -> None:
    assert compact_js('// why\n  a("https://x"); // kept\n\n  b();\n') == (
        'a("https://x"); // kept\nb();'
    )


def test_the_vendored_script_is_the_one_that_we_chose_and_its_packed_twin_matches() -> None:
    script = (TOP / "static" / HTMX).read_bytes()
    digest = base64.b64encode(hashlib.sha384(script).digest()).decode()
    assert digest == "2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg"
    assert digest in (TOP / "run").read_text()
    assert gzip.decompress((TOP / "static" / f"{HTMX}.gz").read_bytes()) == script


def test_the_vendored_script_may_be_kept_for_ever() -> None:
    client: FlaskClient = open_pages(FakePanel())
    with client.get(f"/static/{HTMX}") as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with client.get("/static/css/app.css") as answer:
        assert "immutable" not in answer.headers["Cache-Control"]
