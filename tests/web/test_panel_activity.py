"""The activity stream: tabs, ranges, search, pages, and what is said when there is nothing."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient

from sync.model import Tab
from sync.panel.values import StreamQuery, Trouble, TroubleKind

from .panel_fakes import NOW, SESSION, FakePanel, as_htmx, make_entries, open_pages


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


def stream(client: FlaskClient, **form: object) -> str:
    return client.post("/panel/activity", data=form, headers=as_htmx("stream")).get_data(
        as_text=True
    )


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def asked(panel: FakePanel) -> StreamQuery:
    return panel.asked[-1][0]


def test_every_tab_is_there_with_its_count(client: FlaskClient) -> None:
    text = text_of(stream(client))
    assert "11 All 3 Email 2 Web 2 Forms 1 Media 2 Events 63 Scoring" in text


@pytest.mark.parametrize("tab", [*Tab, "scoring"])
def test_the_chosen_tab_is_marked_and_sent_along(client: FlaskClient, tab: str) -> None:
    html = stream(client, tab=tab)
    assert re.search(rf'<button id="tab-{tab}"[^>]*aria-current="true"', html)
    assert html.count("aria-current") == 1
    assert f'<input type="hidden" name="tab" value="{tab}">' in html


def test_a_tabs_button_wins_over_the_tab_shown_until_then(
    client: FlaskClient, panel: FakePanel
) -> None:
    stream(client, tab=["all", "email"], days=["90", "all"])
    assert asked(panel) == StreamQuery(tab=Tab.EMAIL, days=None)


@pytest.mark.parametrize(
    ("form", "query"),
    [
        ({}, StreamQuery()),
        ({"days": "7"}, StreamQuery(days=7)),
        ({"days": "all"}, StreamQuery(days=None)),
        ({"days": "-1"}, StreamQuery()),
        ({"days": "8"}, StreamQuery()),
        ({"days": "None"}, StreamQuery()),
        ({"tab": "nonsense"}, StreamQuery()),
        ({"tab": "<b>"}, StreamQuery()),
        ({"q": "  two \n words "}, StreamQuery(text="two words")),
        ({"q": "x" * 500}, StreamQuery(text="x" * 100)),
        ({"pages": "3"}, StreamQuery(pages=3)),
        ({"pages": "0"}, StreamQuery()),
        ({"pages": "-2"}, StreamQuery()),
        ({"pages": "9999"}, StreamQuery(pages=400)),
        ({"pages": "9" * 5000}, StreamQuery()),
        ({"pages": "٣"}, StreamQuery(pages=3)),
        ({"pages": "²"}, StreamQuery()),
    ],
)
def test_nonsense_becomes_the_default(
    client: FlaskClient, panel: FakePanel, form: dict[str, str], query: StreamQuery
) -> None:
    assert client.post("/panel/activity", data=form, headers=as_htmx()).status_code == 200
    assert asked(panel) == query


def test_entries_are_sentences_grouped_by_day_in_the_viewers_zone(
    client: FlaskClient, panel: FakePanel
) -> None:
    late = replace(panel.entries[2], at=NOW.replace(hour=15, minute=30) - timedelta(days=1))
    panel.entries = [panel.entries[0], late]
    here = text_of(stream(client, zone="Europe/Berlin"))
    assert "Today Visited northwind.example/ pricing 1 hr ago" in here
    assert "Yesterday Clicked in Spring news: what is new in tea 18 hr ago" in here
    assert "Yesterday" not in text_of(stream(client, zone="Asia/Tokyo"))


def test_an_older_day_tells_its_date_and_how_long_ago(client: FlaskClient) -> None:
    text = text_of(stream(client, zone="Europe/Berlin"))
    assert "Fri, 20 Nov 3 days ago Downloaded Price list 2026.pdf" in text


def test_an_entry_without_an_instant_stands_apart(client: FlaskClient, panel: FakePanel) -> None:
    panel.entries = [replace(panel.entries[0], at=None)]
    assert "Without a date Visited" in text_of(stream(client, days="all"))


def test_an_address_is_a_link_that_tells_the_other_side_nothing(client: FlaskClient) -> None:
    (link,) = re.findall(r'<a href="https://www.northwind.example/pricing"[^>]*>', stream(client))
    assert 'rel="noopener noreferrer"' in link


def test_answers_of_a_form_are_folded_below_it(client: FlaskClient) -> None:
    html = stream(client, tab="forms")
    assert re.search(r"<details[^>]*><summary>", html)
    text = text_of(html)
    assert "3 answers How many people work at your company? 51 to 200" in text
    assert "May we call you? no answer" in text


def test_older_entries_are_fifty_more_until_there_are_none(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.entries = make_entries(times=6)
    html = stream(client, days="all")
    assert 'name="pages" value="2"' in html
    assert "Show older 50 of 66" in text_of(html)
    assert html.count('class="entry"') == 50
    html = stream(client, days="all", pages="2")
    assert html.count('class="entry"') == 66
    assert "Show older" not in html


def test_a_change_is_told_to_screen_readers(client: FlaskClient) -> None:
    assert '"innerHTML:#announce">Email: 3 entries.</div>' in stream(client, tab="email")
    assert '"innerHTML:#announce">Media: 1 entry.</div>' in stream(client, tab="media")


# --- Nothing to show -----------------------------------------------------------------------------


def test_an_empty_range_says_why_and_offers_all_time(client: FlaskClient, panel: FakePanel) -> None:
    panel.entries = []
    html = stream(client, tab="web", days="30")
    assert "No web visits in the last 30 days Older activity may exist. Show all time" in text_of(
        html
    )
    assert '<button class="quiet" name="days" value="all">' in html


def test_an_empty_search_says_what_was_looked_for(client: FlaskClient) -> None:
    assert "No email activity with “zebra”" in text_of(stream(client, tab="email", q="zebra"))


def test_nothing_at_all_is_said_plainly(client: FlaskClient, panel: FakePanel) -> None:
    panel.entries = []
    assert "No forms Act-On has recorded nothing of this kind." in text_of(
        stream(client, tab="forms", days="all")
    )


def test_a_person_unknown_to_acton_has_no_activity(client: FlaskClient, panel: FakePanel) -> None:
    panel.not_in_acton = True
    text = text_of(stream(client))
    assert "Not in Act-On" in text
    assert "Show all time" not in text


# --- Old and missing readings --------------------------------------------------------------------


def test_what_is_old_is_shown_at_once_and_asked_for_again(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.stale = True
    html = stream(client, pages="2", zone="Europe/Berlin")
    assert "As of 10:12 am , updating…" in text_of(html).replace("\u202f", " ")
    (update,) = re.findall(r"<div hx-post=[^>]*>", html)
    assert 'hx-trigger="load"' in update
    assert '"fresh":"yes"' in update
    assert '"pages":"2"' in update
    assert panel.asked[-1][1] is False


def test_asking_again_waits_for_acton_and_does_not_ask_for_ever(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.stale = True
    assert 'hx-trigger="load"' not in stream(client, fresh="yes")
    assert panel.asked[-1][1] is True


def test_what_was_read_brings_the_score_above_along(client: FlaskClient) -> None:
    assert 'hx-swap-oob="outerHTML"' not in stream(client)
    assert '<div id="record" hx-swap-oob="outerHTML">' in stream(client, fresh="yes")
    assert '<div id="standing" class="score" hx-swap-oob="outerHTML">' in stream(
        client, fresh="yes", page="full"
    )


def test_before_the_first_reading_there_are_bones_not_an_empty_list(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.nothing_read = True
    html = stream(client)
    assert 'class="bones"' in html
    assert 'hx-trigger="load"' in html
    assert "No activity" not in html


def test_without_script_the_page_waits_for_acton(client: FlaskClient, panel: FakePanel) -> None:
    panel.nothing_read = True
    page = client.post("/panel/activity", data={"session": SESSION}).get_data(as_text=True)
    assert panel.asked[-1][1] is True
    assert 'class="bones"' not in page


def test_a_new_page_with_script_does_not_wait(client: FlaskClient, panel: FakePanel) -> None:
    form = {"session": SESSION, "page": "full", "script": "yes"}
    client.post("/panel/activity", data=form)
    assert panel.asked[-1][1] is False


def test_in_trouble_what_is_known_stays_with_its_time(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.stream_trouble = Trouble(kind=TroubleKind.UNREACHABLE)
    text = text_of(stream(client, fresh="yes"))
    assert "Act-On cannot be reached" in text
    assert "As of" in text
    assert "Spring news" in text


# --- Scoring -------------------------------------------------------------------------------------


def test_the_score_is_broken_down_by_rule(client: FlaskClient) -> None:
    text = text_of(stream(client, tab="scoring"))
    assert "Points from all time" in text
    assert "Page visited × 14 +14" in text
    assert "No visit for 30 days \N{MINUS SIGN}3" in text
    assert "Total 63" in text


# --- In the panel and as a page ------------------------------------------------------------------


def test_without_script_more_and_less_are_pages(client: FlaskClient) -> None:
    more = client.post("/panel/activity", data={"session": SESSION}).get_data(as_text=True)
    assert 'aria-expanded="true" name="open" value="no"' in more
    assert 'id="activity-form"' in more
    less = client.post("/panel/activity", data={"session": SESSION, "open": "no"})
    assert 'id="activity-form"' not in less.get_data(as_text=True)


def test_the_activity_is_a_page_of_its_own_too(client: FlaskClient) -> None:
    form = {"session": SESSION, "page": "full", "tab": "web"}
    page = client.post("/panel/activity", data=form).get_data(as_text=True)
    assert "<h1><bdi>Jana Nováková</bdi></h1>" in page
    assert '<input type="hidden" name="page" value="full">' in page
    assert "Why a lead" not in page
