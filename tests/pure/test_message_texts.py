"""What messages say, and that no name in them can do more than be read."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.languages import LANGUAGES
from sync.messages import Writer, shape
from sync.messages.quoting import for_chat, for_mail, one_line
from sync.model import Problem, Run, RunStatus, SpaceStatus, Trigger
from sync.model.messages import (
    Bodies,
    Channel,
    HookFormat,
    HotLead,
    HotLeads,
    News,
    Telling,
    Week,
)
from sync.rules.telling import OF_WORK

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
WRITER = Writer("https://acton.example.com", "https://crm.example.com/{space}/{collection}/{id}")
HOSTILE = (
    '<!channel> <@U1> @here @channel [click](http://evil.example) <a href="http://evil.example">x'
    "</a> *b* `c` www.evil.example\r\nBcc: everybody@example.com \u202egnp.exe"
)


def failed_run(message: str = "Act-On does not answer.", hint: str = "Try again later.") -> Run:
    return Run(
        run_id=7,
        space_id="acme",
        local_date=date(2026, 3, 3),
        trigger=Trigger.DAILY,
        status=RunStatus.FAILED,
        queued_at=NOON,
        problem=Problem(kind="unavailable", message=message, hint=hint),
    )


def news(*began: Telling, ended: tuple[Telling, ...] = (), **facts: object) -> News:
    told = {"space_name": "Acme", "run": failed_run(), "waiting": 63, "waiting_run_id": 6}
    told |= {"made_now": 420, "usual": 50}
    return News(space_id="acme", began=began, ended=ended, **(told | facts))


def mail(one: News, language: str = "en") -> Bodies:
    return shape(WRITER.news(one, Channel.EMAIL, language), Channel.EMAIL)


def chat(one: News, hook_format: HookFormat = HookFormat.TEXT) -> Bodies:
    letter = WRITER.news(one, Channel.WEBHOOK, "en")
    return shape(letter, Channel.WEBHOOK, hook_format)


def hot(*leads: HotLead, total: int | None = None) -> HotLeads:
    return HotLeads(
        space_id="acme",
        space_name="Acme",
        threshold=40,
        leads=leads,
        total=len(leads) if total is None else total,
    )


def lead(name: str = "Clara Bright", list_name: str = "Spring", **facts: object) -> HotLead:
    return HotLead(
        **{
            "name": name,
            "list_name": list_name,
            "score": 71,
            "lead_id": "l1",
            "contact_id": "c1",
            **facts,
        }
    )


def week(**facts: object) -> Week:
    return Week(
        **{
            "space_id": "acme",
            "space_name": "Acme",
            "begin": datetime(2026, 3, 1, 23, tzinfo=UTC),
            "end": datetime(2026, 3, 8, 23, tzinfo=UTC),
            "time_zone": "Europe/Berlin",
            "runs": 7,
            "leads_created": 1_400,
            "hottest": [("Clara Bright", 71)],
            **facts,
        }
    )


# --- what they say --------------------------------------------------------------------------------


def test_a_failed_run_says_what_why_what_to_do_and_where() -> None:
    told = mail(news(Telling.FAILED))
    assert told.subject == "Acme: the sync failed"
    for part in (
        "The run of 3 Mar 2026 ended before its work was done.",
        "Why: Act-On does not answer.",
        "What to do: Try again later.",
        "See the run: https://acton.example.com/admin/acme/runs/7",
        "Change that: https://acton.example.com/admin/acme/messages",
    ):
        assert part in told.text


@pytest.mark.parametrize("one", list(Telling))
def test_each_condition_has_its_words_and_a_link(one: Telling) -> None:
    for told in (mail(news(one)), chat(news(one))):
        assert told.subject.startswith("Acme: ")
        assert "https://acton.example.com/admin/acme/runs/" in told.text


@pytest.mark.parametrize(
    ("one", "said"),
    [
        *((one, "the sync works again") for one in OF_WORK),
        (Telling.GUARD_WAITING, "no Leads wait any more"),
        (Telling.UNUSUAL_VOLUME, "as many new Leads as usual again"),
    ],
)
def test_each_has_its_all_clear(one: Telling, said: str) -> None:
    assert mail(news(ended=(one,))).subject == f"Acme: {said}"


def test_subjects_differ_so_that_no_mail_program_takes_one_for_another() -> None:
    subjects = {mail(news(one)).subject for one in Telling}
    assert len(subjects) == len(Telling)


def test_leads_that_wait_lead_to_the_run_that_held_them_back() -> None:
    told = mail(news(Telling.GUARD_WAITING))
    assert told.subject == "Acme: 63 new Leads wait for approval"
    assert "/runs/6" in told.text
    assert "Why:" not in told.text


def test_the_all_clear_says_what_is_still_so() -> None:
    told = mail(news(ended=(Telling.FAILED,), still=(Telling.GUARD_WAITING,)))
    assert told.subject == "Acme: the sync works again"
    assert "Still so: 63 new Leads wait for approval." in told.text
    both = mail(news(ended=(Telling.FAILED, Telling.GUARD_WAITING)))
    assert both.subject == "Acme: all is well again"


def test_hints_for_the_shell_are_left_out() -> None:
    run = failed_run(hint="See: python -m sync outcomes 7")
    assert "python" not in mail(news(Telling.FAILED, run=run)).text


def test_without_a_public_address_there_are_no_links() -> None:
    told = shape(Writer(None).news(news(Telling.FAILED), Channel.EMAIL, "en"), Channel.EMAIL)
    assert "http" not in told.text + told.html


def test_one_new_lead_is_told_by_name() -> None:
    told = shape(WRITER.hot_leads(hot(lead()), "en"), Channel.EMAIL)
    assert told.subject == "New hot Lead: Clara Bright"
    assert "Clara Bright: score 71, list Spring" in told.text
    assert "reached 40 for the first time" in told.text
    assert "Open the Lead: https://crm.example.com/acme/leads/l1" in told.text


def test_many_new_leads_are_one_message_that_names_some() -> None:
    told = shape(WRITER.hot_leads(hot(lead(), lead("Ben"), total=500), "en"), Channel.EMAIL)
    assert told.subject == "500 new hot Leads"
    assert "and 498 more." in told.text


def test_a_lead_without_an_id_leads_to_the_contact_or_nowhere() -> None:
    told = shape(WRITER.hot_leads(hot(lead(lead_id=None, score=None)), "en"), Channel.EMAIL)
    assert (
        "Clara Bright, list Spring\nOpen the Contact: https://crm.example.com/acme/contacts/c1"
        in (told.text)
    )
    nowhere = lead(lead_id=None, contact_id=None)
    assert "crm.example.com" not in shape(WRITER.hot_leads(hot(nowhere), "en"), Channel.EMAIL).text


def test_the_digest_has_numbers_troubles_and_people() -> None:
    told = shape(
        WRITER.digest(
            week(runs_failed=1, rows_failed=3, waiting=2, status=SpaceStatus.NEEDS_ATTENTION),
            Channel.EMAIL,
            "en",
        ),
        Channel.EMAIL,
    ).text
    for part in (
        "2 Mar 2026 to 8 Mar 2026:",
        "Leads created: 1,400.",
        "1 run failed. 3 rows failed. 2 new Leads wait for approval. The space needs attention",
        "The hottest people: Clara Bright (71).",
    ):
        assert part in told
    quiet = shape(WRITER.digest(week(), Channel.EMAIL, "en"), Channel.EMAIL).text
    assert "Nothing failed, and nothing waits." in quiet


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_can_be_written_in_every_language(language: str) -> None:
    for channel in Channel:
        assert WRITER.digest(week(), channel, language).subject
        for one in Telling:
            assert WRITER.news(news(one), channel, language).subject
            assert WRITER.news(news(ended=(one,)), channel, language).lines
    assert WRITER.hot_leads(hot(lead()), language).subject


# --- what names in them cannot do -----------------------------------------------------------------


def everything(text: str) -> list[Bodies]:
    """Every message, with this text wherever one of others stands."""
    telling = news(
        Telling.FAILED,
        Telling.GUARD_WAITING,
        space_name=text,
        run=failed_run(message=text, hint=text),
    )
    people = hot(lead(text, text))
    weeks = week(space_name=text, hottest=[(text, 9)])
    return [
        mail(telling),
        chat(telling),
        chat(telling, HookFormat.CARD),
        shape(WRITER.hot_leads(people, "en"), Channel.EMAIL),
        shape(WRITER.digest(weeks, Channel.EMAIL, "en"), Channel.EMAIL),
        shape(WRITER.digest(weeks, Channel.WEBHOOK, "en"), Channel.WEBHOOK),
    ]


OURS = re.compile(r"https://(acton|crm)\.example\.com[^\s\"<]*")


def test_no_name_makes_a_link_a_call_or_a_header() -> None:
    for told in everything(HOSTILE):
        whole = OURS.sub("", told.text + told.html + json.dumps(told.payload, ensure_ascii=False))
        whole = whole.replace("http://adaptivecards.io/schemas/adaptive-card.json", "")
        assert "http://" not in whole
        assert "www.evil" not in whole
        assert "evil.example" not in whole
        assert "\u202e" not in whole
        assert "\r" not in told.text.replace("\r\n", "\n")
        assert "\n" not in told.subject
        assert "<a href=" not in OURS.sub("", told.html).replace('<a href="">', "")
        if told.payload:
            for bad in ("<!", "<@", "@here", "@channel", "](", "`c`", "*b*"):
                assert bad not in whole, bad


@given(st.text(max_size=200))
def test_whatever_a_name_is_a_mail_can_be_made_of_it(text: str) -> None:
    for told in everything(text):
        letter = EmailMessage(policy=SMTP)
        letter["Subject"] = told.subject
        letter.set_content(told.text)
        if told.html:
            letter.add_alternative(told.html, subtype="html")
        assert len(letter.keys()) >= 3
        letter.as_bytes()


@given(st.text(max_size=500))
def test_quoted_texts_are_one_line_without_marks(text: str) -> None:
    for quoted in (for_chat(text), for_mail(text), one_line(text)):
        assert len(quoted.splitlines()) <= 1
        assert len(quoted) <= 301
    assert not set(for_chat(text)) & set("<>@&`*_~|[]\\")
    assert "://" not in for_chat(text) + for_mail(text)


def test_ordinary_names_stay_as_they_are() -> None:
    for name in (
        "Clara Bright",
        "J. R. O'Neil-Smith",
        "Żółć 株式会社",
        "Spring 2026 (EMEA)",
        "A+B, C!",
    ):
        assert for_mail(name) == for_chat(name) == name
    assert for_mail("clara@example.com") == "clara@example.com"


def test_the_html_loads_nothing() -> None:
    for told in everything("Acme"):
        for tag in ("<img", "<script", "<style", "<link", "src=", "style=", "<iframe", "onerror"):
            assert tag not in told.html


def test_long_subjects_are_cut() -> None:
    assert len(mail(news(Telling.FAILED, space_name="x" * 5_000)).subject) <= 150


def test_a_webhook_takes_a_text_or_a_card() -> None:
    text = chat(news(Telling.FAILED)).payload
    assert text is not None
    assert list(text) == ["text"]
    assert str(text["text"]).startswith("Acme: the sync failed\nThe run of 3 Mar 2026")
    card = chat(news(Telling.FAILED), HookFormat.CARD).payload
    assert card is not None
    (attachment,) = card["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    content = attachment["content"]
    assert content["actions"] == [
        {
            "type": "Action.OpenUrl",
            "title": "See the run",
            "url": "https://acton.example.com/admin/acme/runs/7",
        }
    ]
    assert next(one["text"] for one in content["body"]) == "Acme: the sync failed"


def test_ids_in_links_are_quoted() -> None:
    one = replace(news(Telling.FAILED), space_id='a/b "c"')
    assert "/admin/a%2Fb%20%22c%22/runs/7" in mail(one).text
