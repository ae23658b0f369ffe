"""A space at a glance: where it stands, what to do next, starting and stopping it."""

import re
from dataclasses import replace

import pytest

from sync.errors import CredentialsRefused, SetupError
from sync.model import ActOnAccess, LastCheck, Problem, SpaceStatus
from tests.web.space_web import SpaceWeb, words_of

STATES = {
    SpaceStatus.REQUESTED: ("Being set up", "Go on with the activation"),
    SpaceStatus.PENDING: ("Waiting for approval", "The operator of this service approves"),
    SpaceStatus.RUNNING: ("Running", "Everything is ready"),
    SpaceStatus.SUSPENDED: ("Suspended", "The operator suspended this space"),
    SpaceStatus.PAUSED: ("Paused", "Resume to have it synced"),
    SpaceStatus.INACTIVE: ("Deactivated", "Go on with the activation"),
    SpaceStatus.NEEDS_ATTENTION: ("Needs attention", "Test the connection"),
}


def put(web: SpaceWeb, status: SpaceStatus, reason: str = "") -> None:
    """Let the space stand there."""
    with web.world.store.write() as desk:
        desk.spaces.set_status(
            "acme", status, reason=reason, by="olga@example.com", at=web.world.time
        )


@pytest.mark.parametrize("status", SpaceStatus)
def test_each_state_says_what_to_do_next(web: SpaceWeb, status: SpaceStatus) -> None:
    put(web, status)
    label, words = STATES[status]
    page = web.anna.page("/admin/acme/")
    assert label in page
    assert words in words_of(page)


def test_the_next_run_is_told_in_the_spaces_own_time(web: SpaceWeb) -> None:
    with web.world.store.write() as desk:
        desk.spaces.set_next_due("acme", web.world.time)  # 12:00 UTC in March
    page = web.anna.page("/admin/acme/")
    assert "13:00" in page
    assert "Every day at 02:00, Europe/Berlin" in words_of(page)
    assert 'datetime="2026-03-03T12:00:00+00:00"' in page


def test_the_calls_of_the_day_are_told_with_their_budget(web: SpaceWeb) -> None:
    assert "17 of 30,000" in web.anna.read("/admin/acme/")


def test_the_reason_of_a_suspension_is_read_and_not_obeyed(web: SpaceWeb) -> None:
    put(web, SpaceStatus.SUSPENDED, "<script>alert(1)</script> Unpaid")
    page = web.anna.page("/admin/acme/")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Unpaid. Nothing is synced" in page
    assert "Run now" not in page


def test_who_paused_it_and_why_is_told(web: SpaceWeb) -> None:
    answer = web.anna.press("/admin/acme/pause", "Pause", reason="Trade fair")
    words = web.anna.follow(answer)
    assert "The space is paused." in words
    assert "anna@example.com did that" in words
    assert "Trade fair." in words
    assert web.world.space().status is SpaceStatus.PAUSED


def test_a_paused_space_is_resumed(web: SpaceWeb) -> None:
    put(web, SpaceStatus.PAUSED)
    words = web.anna.follow(web.anna.press("/admin/acme/", "Resume"))
    assert "synced again from its next sync time" in words
    assert web.world.space().status is SpaceStatus.RUNNING


def test_run_now_leads_to_the_run_and_a_second_press_to_the_same(web: SpaceWeb) -> None:
    anna = web.anna
    first = anna.press("/admin/acme/", "Run now")
    second = anna.press("/admin/acme/", "Run now")
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"] == "/admin/acme/runs/1"
    assert "is under way already" in anna.follow(second)
    assert web.world.bell.rung == [1, 1]


def test_a_space_that_is_not_synced_says_so_when_a_run_is_asked_for(web: SpaceWeb) -> None:
    put(web, SpaceStatus.PAUSED)
    answer = web.anna.post("/admin/acme/run")
    assert answer.status_code == 409
    assert "is paused by its admin" in answer.text
    assert "python -m" not in answer.text


def test_the_connection_is_tested_and_the_cause_told_in_words(web: SpaceWeb) -> None:
    anna = web.anna
    assert "Act-On lets us in as Acme Marketing" in anna.follow(
        anna.press("/admin/acme/", "Test the connection")
    )
    web.world.vendors.acton.refusal = CredentialsRefused("Act-On does not accept it.", hint="Mend.")
    words = anna.follow(anna.press("/admin/acme/", "Test the connection"))
    assert "Act-On does not accept it. Mend." in words
    assert "A connection does not work" in words


def test_without_act_on_the_next_step_is_to_connect_it(web: SpaceWeb) -> None:
    web.world.add_space("acme", acton=ActOnAccess())
    assert "Connect Act-On" in web.anna.read("/admin/acme/")


def test_a_run_that_failed_says_why_and_what_to_do(web: SpaceWeb) -> None:
    web.world.vendors.acton.fail("l-0001", SetupError("The list is locked.", hint="Unlock it."))
    web.world.sync()
    words = web.anna.read("/admin/acme/")
    assert "in the last run" in words or "The last run failed" in words
    assert "See the last run" in words


def test_a_run_that_is_well_leaves_nothing_to_do(web: SpaceWeb) -> None:
    web.world.vendors.acton.add_person("l-0001", "ready@example.com", last="Ready", score=50)
    web.world.sync()
    page = web.anna.page("/admin/acme/")
    assert 'class="advice' not in page
    assert "1 Lead and 1 Contact created" in words_of(page)


def test_leads_held_back_by_the_volume_guard_wait_for_a_word(web: SpaceWeb) -> None:
    for number in range(3):
        web.world.vendors.acton.add_person("l-0001", f"p{number}@example.com", last="P", score=50)
    settings = replace(web.world.space().settings, volume_guard=1)
    web.world.add_space("acme", settings=settings)
    web.world.sync()
    assert "3 Leads wait for your word" in web.anna.read("/admin/acme/")


def test_the_card_of_the_run_asks_for_itself_only_while_there_is_one(web: SpaceWeb) -> None:
    anna = web.anna
    anna.press("/admin/acme/", "Run now")
    page, card = anna.page("/admin/acme/"), anna.fragment("/admin/acme/now")
    assert card.strip() in page
    assert 'hx-get="/admin/acme/now"' in card
    assert re.search(r'<noscript><meta http-equiv="refresh"', page)
    web.world.work(1)
    assert "hx-" not in anna.fragment("/admin/acme/now")
    assert 'http-equiv="refresh"' not in anna.page("/admin/acme/")


def test_a_look_that_found_a_problem_is_shown_with_its_age(web: SpaceWeb) -> None:
    problem = Problem(kind="acton_user", message="Act-On refused.", hint="Connect again.")
    with web.world.store.write() as desk:
        desk.spaces.note_check("acme", problem, now=web.world.time)
        assert isinstance(desk.spaces.last_check("acme"), LastCheck)
    words = web.anna.read("/admin/acme/")
    assert "A connection does not work Act-On refused. Connect again." in words


REMEDIES = [
    ("acton_credentials", "Connect Act-On again", "as soon as Act-On lets us in"),
    ("pipeliner_credentials", "Replace the API key", "as soon as a key works"),
    ("owner_inactive", "Choose an owner", "Then resume it"),
    ("fields", "See what is missing", "Then resume it"),
    ("lists", "To the settings", "Then resume it"),
    ("redirect", "Test the connection", "Then resume it"),
]


@pytest.mark.parametrize(("kind", "button", "afterwards"), REMEDIES)
def test_a_space_put_aside_says_why_since_when_and_what_to_do(
    web: SpaceWeb, kind: str, button: str, afterwards: str
) -> None:
    web.world.fails(SetupError("That is broken.", hint="Mend it.", kind=kind), nights=3)
    page = web.anna.page("/admin/acme/")
    words = words_of(page).partition("This space needs your attention")[2]
    assert "That is broken. Mend it. The sync stopped " in words
    assert afterwards in words
    assert button in words.partition("Next run")[0]
    assert "Resume" in words.partition("Next run")[0]
    assert "Run now" not in page
    assert "That is broken." in web.anna.read("/admin/")
    assert "That is broken." in web.olga.read("/operator/")
    assert "That is broken." in web.olga.read("/operator/spaces/acme")
    assert "put the space aside" in web.anna.read("/admin/acme/audit")


def test_an_operator_is_shown_the_cause_and_not_the_admins_buttons(web: SpaceWeb) -> None:
    web.world.fails(SetupError("That is broken.", kind="pipeliner_credentials"), nights=3)
    page = web.olga.page("/admin/acme/")
    assert "That is broken." in page
    assert "/pipeliner-key" not in page.partition("Next run")[0]


def test_a_run_of_a_space_put_aside_is_refused_until_it_is_resumed(web: SpaceWeb) -> None:
    web.world.fails(SetupError("Broken.", kind="owner_unknown"), nights=3)
    answer = web.anna.post("/admin/acme/run")
    assert answer.status_code == 409
    assert "its set-up or credentials are broken" in answer.text
    web.world.vendors.acton.failing.clear()
    web.anna.follow(web.anna.press("/admin/acme/", "Resume"))
    assert web.anna.post("/admin/acme/run").status_code == 303


def test_connecting_act_on_again_sets_the_space_going(web: SpaceWeb) -> None:
    refusal = CredentialsRefused("The password is wrong.", kind="acton_credentials")
    web.world.fails(refusal, nights=3)
    anna = web.anna
    words = anna.follow(
        anna.press(
            "/admin/acme/connection",
            "Act-On password",
            acton_username="marketing@example.com",
            acton_password="the new one",
        )
    )
    assert "needs your attention" not in words
    assert web.world.space().status is SpaceStatus.RUNNING


def test_an_operator_sees_the_space_and_is_offered_what_operators_may(web: SpaceWeb) -> None:
    page = web.olga.page("/admin/acme/")
    assert "Run now" in page
    assert "/pause" not in page
    assert 'href="/operator/spaces/acme"' in page
