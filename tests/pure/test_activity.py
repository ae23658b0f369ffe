"""What people did, in plain words: tab, icon, sentence, link; and who may be written to."""

import unicodedata
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import Deed, ScoreRule, Standing, Tab
from sync.rules.activity import (
    UNKNOWN,
    VERBS,
    count_by_tab,
    describe,
    matching,
    rule_label,
    safe_url,
    standings,
    tab_of,
    within,
)

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def deed(verb: str = "os", what: str = "Spring news", *, days_ago: float | None = 0) -> Deed:
    at = NOW - timedelta(days=days_ago) if days_ago is not None else None
    return Deed(at=at, verb=verb, what=what)


# --- tabs and sentences -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tab", "verbs"),
    [
        (Tab.EMAIL, "s os r oi oo hb sb sp"),
        (Tab.WEB, "b sv l sto stp"),
        (Tab.FORMS, "fv fs fu"),
        (Tab.MEDIA, "d"),
        (Tab.EVENTS, "wr wa custom"),
        (Tab.ALL, "E"),
    ],
)
def test_each_verb_that_act_on_documents_stands_in_its_tab(tab: Tab, verbs: str) -> None:
    assert {tab_of(deed(verb)) for verb in verbs.split()} == {tab}


def test_the_verbs_we_have_words_for_are_those_that_act_on_documents() -> None:
    documented = "s os E r d fv fs fu b sv l oi oo wr wa custom hb sb sp sto stp"
    assert set(VERBS) == set(documented.split())


@pytest.mark.parametrize(
    ("verb", "sentence", "icon"),
    [
        ("s", "Was sent", "send"),
        ("os", "Opened", "mail-open"),
        ("r", "Clicked in", "mouse-pointer-click"),
        ("oi", "Opted in", "mail-check"),
        ("oo", "Opted out", "mail-x"),
        ("hb", "Could not be reached with", "mail-warning"),
        ("sb", "Was not reached for now with", "mail-warning"),
        ("sp", "Reported as spam", "shield-alert"),
        ("b", "Was seen on", "globe"),
        ("sv", "Visited", "globe"),
        ("l", "Visited the landing page", "panel-top"),
        ("sto", "Came from a search for", "search"),
        ("stp", "Came from an advert for", "badge-dollar-sign"),
        ("fv", "Viewed the form", "file-text"),
        ("fs", "Submitted the form", "file-check"),
        ("fu", "Updated the form", "file-pen"),
        ("d", "Downloaded", "download"),
        ("wr", "Registered for", "calendar-plus"),
        ("wa", "Attended", "calendar-check"),
        ("custom", "", "star"),
        ("E", "Was exported to", "list-plus"),
    ],
)
def test_each_verb_has_its_sentence_and_icon(verb: str, sentence: str, icon: str) -> None:
    phrase = describe(deed(verb, "Spring news"))
    assert (phrase.lead_in, phrase.thing, phrase.icon) == (sentence, "Spring news", icon)
    assert phrase.url is None


@pytest.mark.parametrize("verb", ["", "sms", "OS", "e", "s ", "все"])
def test_an_unknown_verb_keeps_its_text_and_stands_in_all_only(verb: str) -> None:
    phrase = describe(deed(verb, "Replied: yes please"))
    assert (phrase.tab, phrase.icon) == (Tab.ALL, UNKNOWN.icon)
    assert (phrase.lead_in, phrase.thing) == ("", "Replied: yes please")


@pytest.mark.parametrize("verb", ["", "sms", "custom"])
def test_a_deed_without_any_words_still_says_something(verb: str) -> None:
    phrase = describe(deed(verb, ""))
    assert phrase.lead_in == "Did something that Act-On gives no words for"
    assert phrase.thing == ""


def test_a_known_verb_needs_no_text() -> None:
    phrase = describe(deed("oo", ""))
    assert (phrase.lead_in, phrase.thing, phrase.url) == ("Opted out", "", None)


@pytest.mark.parametrize(
    ("what", "thing"),
    [
        ("Submitted: Example", "Example"),
        ("Submitted:   Example", "Example"),
        ("Landing page: Offers", "Offers"),
        ("Submitted: Submitted: Example", "Submitted: Example"),
        ("Submitted:", "Submitted:"),
        ("Submitted: ", "Submitted: "),
        ("Submitted:Example", "Submitted:Example"),
        ("submitted: Example", "submitted: Example"),
        ("https://example.com/a: b", "https://example.com/a: b"),
    ],
)
def test_only_a_beginning_that_repeats_the_deed_is_dropped(what: str, thing: str) -> None:
    assert describe(deed("fs", what)).thing == thing


@pytest.mark.parametrize(
    "what",
    ["2026 Spring: the news", "(Reminder) Act now: last days", "5 tips. Part One: how to begin"],
)
def test_words_with_a_colon_in_the_middle_stay_whole(what: str) -> None:
    assert describe(deed("os", what)).thing == what


def test_an_address_behind_the_repeated_beginning_becomes_the_link() -> None:
    phrase = describe(deed("sv", "Page: https://www.example.com/prices?a=1#top"))
    assert phrase.url == phrase.thing == "https://www.example.com/prices?a=1#top"


# --- links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com",
        "http://example.com/",
        "HTTPS://EXAMPLE.COM/Path",
        "https://example.com:8443/a",
        "https://example.com:/a",
        "https://bücher.example.com/ä",
        "https://例え.example.com/道",
        "https://xn--bcher-kva.example.com/",
        "https://[2001:db8::1]/a",
        "https://example.com/a?user=me@example.com",
        "https://example.com/?next=https://example.org/",
    ],
)
def test_an_address_on_the_web_becomes_a_link(address: str) -> None:
    assert safe_url(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "//example.com/a",
        "/a",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript://example.com/%0aalert(1)",
        "data:text/html,hello",
        "vbscript:a",
        "file:///etc/passwd",
        "ftp://example.com/a",
        "mailto:ann@example.com",
        "httpss://example.com",
        "http:example.com",
        "http:/example.com",
        "http://",
        "https:///a",
        "https://?a",
        "https://#a",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://@example.com/",
        "https://example.com@evil.example.com/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:-1/",
        "https://example.com:port/",
        "https://[::1/",
        "https://example.com]/",
        "https://exam℀ple.com/",
        "https://example.com\\@evil.example.com/",
        " https://example.com",
        "https://example.com ",
        "https://example.com/a b",
        "https://example.com/\u00a0",
        "https://example.com/\u3000",
        "https://example.com/\n",
        "https://example.com/\tb",
        'https://example.com/"onclick=',
        "https://example.com/'",
        "https://example.com/<b>",
        "https://example.com/`",
        "see https://example.com",
    ],
    ids=repr,
)
def test_nothing_else_becomes_a_link(text: str) -> None:
    assert safe_url(text) is None


@pytest.mark.parametrize(
    "character", ["\x00", "\x01", "\x08", "\x0e", "\x1b", "\x7f", "\x80", "\x9f", "\u202e"]
)
def test_an_address_with_a_character_that_cannot_be_seen_is_no_link(character: str) -> None:
    assert safe_url(f"https://example.com/{character}a") is None
    assert safe_url(f"https://exam{character}ple.com/") is None


pieces = st.sampled_from(
    [
        *(
            "http",
            "https",
            "javascript",
            ":",
            "/",
            "//",
            "@",
            "\\",
            "%0a",
            "[",
            "]",
            "?",
            "#",
            ":80",
        ),
        *("example.com", "evil.example.com", '"', "'", "<", ">", "`", "\n", "\t", "\x00", "\u202e"),
    ]
)


@given(st.one_of(st.text(), st.lists(pieces | st.text(max_size=3), max_size=9).map("".join)))
def test_a_link_is_always_one_that_cannot_do_harm(text: str) -> None:
    for candidate in (text, f"http://{text}", f"https://example.com/{text}"):
        url = safe_url(candidate)
        assert url in (None, candidate)
        if url is not None:
            parts = urlsplit(url)
            assert parts.scheme in ("http", "https")
            assert parts.hostname
            assert parts.username is None
            assert parts.password is None
            assert not set(url) & set("\"'<>`\\")
            assert not any(one.isspace() or unicodedata.category(one) == "Cc" for one in url)


# --- ranges, words, counts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "found"),
    [(7, ["today", "7"]), (30, ["today", "7", "later"]), (None, ["today", "7", "later", "never"])],
)
def test_a_range_holds_the_deeds_of_its_days(days: int | None, found: list[str]) -> None:
    deeds = [
        deed(what="today"),
        deed(what="7", days_ago=7),
        deed(what="later", days_ago=7.00001),
        deed(what="never", days_ago=None),
    ]
    assert [one.what for one in within(deeds, days=days, now=NOW)] == found


@pytest.mark.parametrize(
    "text", ["", "  ", "spring", "NEWS spring", "opened", "straße", "STRASSE", "ja", "contact? ja"]
)
def test_every_word_of_a_search_is_looked_for_in_all_that_is_shown(text: str) -> None:
    shown = Deed(
        at=NOW, verb="os", what="Mail: Spring news, Straße", answers=(("May we contact?", "Ja"),)
    )
    assert list(matching([shown], text)) == [shown]


@pytest.mark.parametrize("text", ["autumn", "spring autumn", "mail:", "os", "%", "sp.ing"])
def test_what_is_not_shown_is_not_found(text: str) -> None:
    shown = Deed(at=NOW, verb="os", what="Mail: Spring news", answers=(("Contact?", "Ja"),))
    assert list(matching([shown], text)) == []


def test_all_counts_every_deed_and_the_other_tabs_their_own() -> None:
    deeds = [deed(verb) for verb in ("os", "os", "fs", "d", "E", "sms")]
    assert count_by_tab(deeds) == {
        Tab.ALL: 6,
        Tab.EMAIL: 2,
        Tab.WEB: 0,
        Tab.FORMS: 1,
        Tab.MEDIA: 1,
        Tab.EVENTS: 0,
    }


def test_every_tab_is_there_when_nothing_was_done() -> None:
    assert count_by_tab([]) == dict.fromkeys(Tab, 0)


@given(st.lists(st.sampled_from([*VERBS, "sms", ""])))
def test_no_deed_is_counted_twice_or_lost(verbs: list[str]) -> None:
    counts = count_by_tab(map(deed, verbs))
    elsewhere = sum(count for tab, count in counts.items() if tab is not Tab.ALL)
    in_all_only = sum(tab_of(deed(verb)) is Tab.ALL for verb in verbs)
    assert counts[Tab.ALL] == len(verbs) == elsewhere + in_all_only


# --- who may be written to ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("newest_first", "holding"),
    [
        ("", []),
        ("s sb fs", []),
        ("oo", [Standing.OPTED_OUT]),
        ("oi oo", []),
        ("oo oi", [Standing.OPTED_OUT]),
        ("oo oi oo", [Standing.OPTED_OUT]),
        ("hb", [Standing.BOUNCED]),
        ("os hb", []),
        ("r hb", []),
        ("s hb", [Standing.BOUNCED]),
        ("hb os", [Standing.BOUNCED]),
        ("sp", [Standing.COMPLAINED]),
        ("os oi sp", [Standing.COMPLAINED]),
        ("sp hb oo", [Standing.OPTED_OUT, Standing.BOUNCED, Standing.COMPLAINED]),
    ],
)
def test_the_latest_word_says_who_may_be_written_to(
    newest_first: str, holding: list[Standing]
) -> None:
    deeds = [deed(verb, days_ago=ago) for ago, verb in enumerate(newest_first.split())]
    assert [standing for standing, _ in standings(deeds)] == holding


def test_a_standing_has_the_instant_of_its_latest_deed() -> None:
    deeds = [deed("s"), deed("oo", days_ago=3), deed("oo", days_ago=9), deed("hb", days_ago=None)]
    assert standings(deeds) == [
        (Standing.OPTED_OUT, NOW - timedelta(days=3)),
        (Standing.BOUNCED, None),
    ]


# --- the breakdown ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "label"),
    [
        ("MESSAGE_SEND", "Message send"),
        ("form", "Form"),
        ("", "Something else"),
        ("__", "Something else"),
        ("ÄRGER_X", "Ärger x"),
    ],
)
def test_a_rule_is_named_after_what_it_is_for(action: str, label: str) -> None:
    assert rule_label(ScoreRule(action=action, points=1)) == label
    assert rule_label(ScoreRule(action=action, points=1, profile=True)) == f"{label} (profile)"
