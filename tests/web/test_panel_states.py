"""What the panel says in each of its states, and how it stands hostile texts."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient

from sync.model import Standing
from sync.panel.values import Change, Crossing, Mark, PanelState, TroubleKind

from .panel_fakes import (
    EVIL,
    KEY,
    NOW,
    SESSION,
    FakePanel,
    as_htmx,
    hostile,
    hostile_entries,
    linked,
    open_pages,
    stranger,
)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def panel() -> FakePanel:
    return FakePanel()


@pytest.fixture
def client(panel: FakePanel) -> FlaskClient:
    return open_pages(panel)


def shown(client: FlaskClient, **form: str) -> str:
    """The panel's text as it is read, without tags."""
    return text_of(client.post("/panel", data={"key": KEY, **form}).get_data(as_text=True))


def text_of(page: str) -> str:
    page = re.sub(r"<(style|script|title|desc|template).*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


# --- Linked --------------------------------------------------------------------------------------


def test_a_score_stands_beside_its_threshold_its_age_and_its_changes(client: FlaskClient) -> None:
    text = shown(client)
    assert "Score 63 over your threshold of 40 Live , 2 min ago".replace(" ,", ",") in text
    assert "+5 · 7 days Up 5 in 7 days" in text
    assert "+39 · 30 days Up 39 in 30 days" in text
    assert "threshold 40" in text


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (41, "over your threshold of 40"),
        (40, "right at your threshold of 40"),
        (39, "below your threshold of 40"),
        (-3, "below your threshold of 40"),
    ],
)
def test_the_threshold_is_reached_at_its_own_value(
    client: FlaskClient, panel: FakePanel, score: int, words: str
) -> None:
    panel.shows = replace(panel.shows, score=score)
    assert words in shown(client)


def test_a_value_of_the_night_says_so(client: FlaskClient, panel: FakePanel) -> None:
    panel.shows = replace(panel.shows, live=False, read_at=NOW - timedelta(hours=7))
    assert "From last night’s sync, 7 hr ago" in shown(client)


def test_a_value_of_this_night_is_not_last_nights_yet(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.shows = replace(panel.shows, live=False, read_at=NOW - timedelta(minutes=5))
    assert "From the last sync, 5 min ago" in shown(client, zone="Pacific/Auckland")


@pytest.mark.parametrize(
    ("live", "words"),
    [(False, "From the last sync, 2 days ago"), (True, "Read live, 2 days ago")],
    ids=["sync", "live"],
)
def test_an_older_value_is_not_called_last_nights_nor_live(
    client: FlaskClient, panel: FakePanel, live: bool, words: str
) -> None:
    panel.shows = replace(panel.shows, live=live, read_at=NOW - timedelta(days=2))
    assert words in shown(client)


def test_the_exact_time_is_told_in_the_viewers_zone_and_order(client: FlaskClient) -> None:
    german = {"Accept-Language": "de-DE"}
    page = client.post("/panel", data={"key": KEY, "zone": "Asia/Tokyo"}, headers=german)
    assert 'title="Mo., 23. Nov. 2026, 18:30' in page.get_data(as_text=True)
    dutch = {"Accept-Language": "nl-NL"}
    page = client.post("/panel", data={"key": KEY, "zone": "Asia/Tokyo"}, headers=dutch)
    assert 'datetime="2026-11-23T09:30:00+00:00"' in page.get_data(as_text=True)
    assert 'title="Mon, 23 Nov 2026, 18:30' in page.get_data(as_text=True)
    american = {"Accept-Language": "en-US"}
    page = client.post("/panel", data={"key": KEY, "zone": "America/New_York"}, headers=american)
    assert 'title="Mon, Nov 23, 2026, 4:30\u202fAM EST"' in page.get_data(as_text=True)


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../../etc/passwd", "x" * 5000, '"><b>'])
def test_a_zone_that_is_none_falls_back_to_that_of_the_space(
    client: FlaskClient, zone: str
) -> None:
    page = client.post("/panel", data={"key": KEY, "zone": zone}).get_data(as_text=True)
    assert "23 Nov 2026, 10:30" in page
    assert "<b>" not in page


def test_changes_go_up_down_or_nowhere_in_words_too(client: FlaskClient, panel: FakePanel) -> None:
    changes = [Change(days=7, points=0), Change(days=30, points=-8)]
    panel.shows = replace(panel.shows, changes=changes)
    text = shown(client)
    assert "±0 · 7 days Unchanged in 7 days" in text
    assert "\N{MINUS SIGN}8 · 30 days Down 8 in 30 days" in text


def test_a_change_that_nobody_knows_is_left_out(client: FlaskClient, panel: FakePanel) -> None:
    changes = [Change(days=7, points=3), Change(days=30, points=None)]
    panel.shows = replace(panel.shows, changes=changes)
    assert "30 days" not in shown(client)


def test_why_a_lead_names_list_date_run_and_leads_to_the_lead(client: FlaskClient) -> None:
    page = client.post("/panel", data={"key": KEY}).get_data(as_text=True)
    text = text_of(page)
    assert "Why a lead Spring Webinar 2026 Reached the threshold on 6 Nov · run 118" in text
    assert "Lead deleted in Pipeliner" in text
    (link,) = re.findall(r'<a href="https://crm.example/lead/1"[^>]*>', page)
    assert 'target="_blank"' in link
    assert 'rel="noopener noreferrer"' in link


def test_a_list_without_a_lead_says_so(client: FlaskClient, panel: FakePanel) -> None:
    crossing = Crossing(
        list_name="Newsletter",
        crossed_at=NOW,
        run_id=None,
        run_date=None,
        lead_id=None,
        lead_name="",
        lead_url=None,
    )
    panel.shows = replace(panel.shows, crossings=[crossing])
    assert "No Lead was made for this list" in shown(client)


def test_many_lists_are_folded(client: FlaskClient, panel: FakePanel) -> None:
    panel.shows = replace(panel.shows, lists=[f"List {number}" for number in range(9)])
    assert "In 9 Act-On lists" in shown(client)
    assert "3 more" in shown(client)


def test_who_may_not_be_written_to_is_marked_with_the_date(
    client: FlaskClient, panel: FakePanel
) -> None:
    marks = [Mark(standing=one, at=NOW - timedelta(days=20)) for one in Standing]
    panel.shows = replace(panel.shows, marks=[*marks[:-1], replace(marks[-1], at=None)])
    text = shown(client)
    assert "Opted out of email on 3 Nov" in text
    assert "Email bounced on 3 Nov" in text
    assert "Reported email as spam" in text


# --- The other states ----------------------------------------------------------------------------


def test_linked_without_a_score_sheet_explains_itself(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.shows = linked(state=PanelState.NO_SCORE_SHEET, score=None)
    text = shown(client)
    assert "No score yet" in text
    assert "Marketing can set one up" in text
    assert "Refresh" in text
    assert "More activity" in text


def test_a_contact_that_we_did_not_create_explains_itself(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.shows = stranger()
    text = shown(client)
    assert "The Act-On Integration did not create this Contact" in text
    assert "the nightly sync links them" in text
    assert "Find in Act-On" not in text
    assert "Refresh" not in text
    assert "More activity" not in text


def test_who_may_look_for_a_person_is_offered_it(client: FlaskClient, panel: FakePanel) -> None:
    panel.shows = stranger(find=True)
    assert "Find in Act-On" in shown(client)


def test_finding_links_and_shows_the_whole_panel(client: FlaskClient, panel: FakePanel) -> None:
    panel.shows, panel.finds = stranger(find=True), linked()
    fragment = client.post("/panel/find", headers=as_htmx("panel")).get_data(as_text=True)
    assert "over your threshold of 40" in text_of(fragment)
    assert "More activity" in fragment
    assert '<div hx-swap-oob="innerHTML:#announce">This person is linked' in fragment


def test_finding_nobody_says_so_and_does_not_offer_it_again(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.shows = stranger(find=True)
    text = text_of(client.post("/panel/find", data={"session": SESSION}).get_data(as_text=True))
    assert "Not found in Act-On" in text
    assert "Find in Act-On" not in text


def test_a_person_unknown_to_acton_explains_itself(client: FlaskClient, panel: FakePanel) -> None:
    panel.shows = linked(state=PanelState.NOT_IN_ACTON, score=None)
    text = shown(client)
    assert "Act-On has nobody with this email address" in text
    assert "Check the address on the Contact" in text
    assert "More activity" not in text


@pytest.mark.parametrize(
    ("kind", "title", "step"),
    [
        (TroubleKind.UNREACHABLE, "Act-On cannot be reached", "Try Refresh again"),
        (TroubleKind.CREDENTIALS, "does not accept our log-in", "Ask your admin to connect"),
        (TroubleKind.PAUSED, "The integration is paused", "Ask your admin when it goes on"),
        (TroubleKind.ATTENTION, "needs your admin", "it says there what to mend"),
        (TroubleKind.QUOTA, "look-ups in Act-On are used up", "are back tomorrow"),
        (TroubleKind.BUSY, "already refreshing this person", "in a few seconds"),
    ],
)
def test_in_trouble_the_last_value_and_its_age_stay(
    client: FlaskClient, panel: FakePanel, kind: TroubleKind, title: str, step: str
) -> None:
    panel.shows = replace(panel.shows, live=False, read_at=NOW - timedelta(days=2))
    panel.meets(kind)
    text = shown(client)
    assert title in text
    assert step in text
    assert "Score 63" in text
    assert "2 days ago" in text


def test_a_trouble_with_an_end_tells_it(client: FlaskClient, panel: FakePanel) -> None:
    panel.meets(TroubleKind.QUOTA, until=NOW + timedelta(hours=15))
    assert "Live values are back tomorrow at 1:32 am" in shown(client).replace("\u202f", " ")


# --- Refresh -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "said"),
    [(68, "Score is 68, up 5."), (60, "Score is 60, down 3."), (63, "Still 63.")],
)
def test_refresh_says_what_it_found(
    client: FlaskClient, panel: FakePanel, score: int, said: str
) -> None:
    panel.refresh_finds(score)
    fragment = client.post("/panel/score", headers=as_htmx("record")).get_data(as_text=True)
    assert f'<div hx-swap-oob="innerHTML:#announce">{said}</div>' in fragment
    page = client.post("/panel/score", data={"session": SESSION}).get_data(as_text=True)
    assert said in text_of(page)


def test_refresh_tells_when_pipeliner_could_not_be_told(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.refresh_finds(68, written=False)
    page = client.post("/panel/score", data={"session": SESSION}).get_data(as_text=True)
    assert "Pipeliner could not be told yet; the next sync does it." in page


def test_refresh_in_trouble_says_the_trouble(client: FlaskClient, panel: FakePanel) -> None:
    panel.meets(TroubleKind.UNREACHABLE)
    fragment = client.post("/panel/score", headers=as_htmx("record")).get_data(as_text=True)
    assert '#announce">Act-On cannot be reached.</div>' in fragment


def test_the_button_knows_how_long_it_cools_down_and_works_without_script(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.refresh_finds(68)
    page = client.post("/panel/score", data={"session": SESSION}).get_data(as_text=True)
    (button,) = re.findall(r'<button id="refresh"[^>]*>', page)
    assert 'data-wait="20"' in button
    assert "disabled" not in button


# --- Texts from outside --------------------------------------------------------------------------


def test_hostile_texts_are_text(client: FlaskClient, panel: FakePanel) -> None:
    panel.shows, panel.entries = hostile(), hostile_entries()
    for page in (
        client.post("/panel", data={"key": KEY}),
        client.post("/panel/activity", data={"session": SESSION, "q": "", "days": "all"}),
        client.post("/panel/activity", data={"session": SESSION, "page": "full", "days": "all"}),
        client.post("/panel/activity", data={"session": SESSION, "q": EVIL}),
    ):
        html = page.get_data(as_text=True)
        assert EVIL not in html
        assert "<script>alert" not in html
        assert "javascript:" not in html.lower()


def test_names_keep_their_own_direction(client: FlaskClient, panel: FakePanel) -> None:
    panel.shows = hostile()
    page = client.post("/panel", data={"key": KEY}).get_data(as_text=True)
    assert "<bdi>שלום</bdi>" in page


def test_words_do_not_shout(client: FlaskClient, panel: FakePanel) -> None:
    for view in (linked(), stranger(), linked(state=PanelState.NOT_IN_ACTON, score=None)):
        panel.shows = view
        assert "!" not in shown(client)
