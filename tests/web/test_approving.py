"""Leads that the volume guard held back: seen, understood, and let through with one click."""

import re
from dataclasses import replace

import pytest

from sync.model import RunStatus
from tests.web.space_web import SpaceWeb, forms_of, words_of

RUN = "/admin/acme/runs/1"
APPROVE = "Approve 3 Leads"


def people(web: SpaceWeb, number: int, *, of: str = "p") -> None:
    for one in range(number):
        web.world.vendors.acton.add_person("l-0001", f"{of}{one}@example.com", last=of, score=50)


@pytest.fixture
def held(web: SpaceWeb) -> SpaceWeb:
    """A run of acme, which may create one Lead without asking, found three."""
    settings = replace(web.world.space().settings, volume_guard=1)
    web.world.add_space("acme", settings=settings)
    people(web, 3)
    assert web.world.sync().waiting == 3
    return web


def test_the_run_says_how_many_wait_and_why(held: SpaceWeb) -> None:
    words = held.anna.read(RUN)
    assert "3 new Leads wait for approval" in words
    assert "This run might create 1 without asking." in words
    assert "That is the volume guard in the settings." in words
    assert APPROVE in words


def test_those_who_wait_can_be_looked_at(held: SpaceWeb) -> None:
    page = held.anna.page(RUN)
    path = "/admin/acme/runs/1/outcomes?result=skipped&reason=waiting_for_approval"
    assert f'href="{path.replace("&", "&amp;")}">see who waits</a>' in page
    assert "3 rows like that" in held.anna.read(path)


@pytest.mark.parametrize("page", [RUN, "/admin/acme/"])
def test_one_click_lets_them_through(held: SpaceWeb, page: str) -> None:
    answer = held.anna.press(page, APPROVE)
    assert answer.headers["Location"] == "/admin/acme/runs/2"
    assert "Approved. This run creates them." in held.anna.follow(answer)
    assert held.world.work(2).counts.created == 3
    words = held.anna.read(RUN)
    assert "anna@example.com approved them" in words
    assert APPROVE not in words
    assert "wait for your word" not in held.anna.read("/admin/acme/")


def test_a_double_click_approves_once_and_leads_to_the_same_run(held: SpaceWeb) -> None:
    anna = held.anna
    form = next(one for one in forms_of(anna.page(RUN)) if APPROVE in one.text)
    first, second = anna.send(form), anna.send(form)
    assert first.headers["Location"] == second.headers["Location"] == "/admin/acme/runs/2"
    assert "approved already" in anna.follow(second)
    held.world.work(2)
    assert "A later run looked at these Leads again." in anna.follow(anna.send(form))
    assert held.world.events().count("creates_approved") == 1


def test_what_was_approved_is_in_the_trail_in_words(held: SpaceWeb) -> None:
    held.anna.press(RUN, APPROVE)
    words = held.anna.read("/admin/acme/audit")
    assert "anna@example.com approved the new Leads of a run no. 1" in words
    assert "New Leads – → is now 3" in words


def test_a_run_that_was_looked_at_again_leads_to_the_one_that_counts(held: SpaceWeb) -> None:
    held.world.sync()
    page = held.anna.page(RUN)
    assert APPROVE not in page
    assert 'href="/admin/acme/runs/2">see what waits now</a>' in page
    assert APPROVE in held.anna.page("/admin/acme/runs/2")


def test_while_a_run_is_under_way_nothing_is_approved(held: SpaceWeb) -> None:
    held.anna.post("/admin/acme/run")
    page = held.anna.page(RUN)
    assert APPROVE not in page
    assert "A run is under way" in words_of(page)
    answer = held.anna.post(f"{RUN}/approve")
    assert "Approve what waits once it has ended." in held.anna.follow(answer)


def test_an_operator_sees_what_waits_and_leaves_it_to_an_admin(held: SpaceWeb) -> None:
    for page in (RUN, "/admin/acme/"):
        assert "Approve 3" not in held.olga.page(page)
    assert "An admin of the space may approve them." in held.olga.read(RUN)


def test_the_overview_says_why_they_wait(held: SpaceWeb) -> None:
    words = held.anna.read("/admin/acme/")
    assert "3 Leads wait for your word" in words
    assert "more than 1. That is the volume guard in the settings." in words


def test_what_is_approved_and_not_created_yet_is_told(held: SpaceWeb) -> None:
    held.anna.press(RUN, APPROVE)
    held.world.administration.cancel(held.world.anna, 2)
    assert "3 Leads are approved" in held.anna.read("/admin/acme/")


def test_a_single_lead_is_told_in_the_singular(web: SpaceWeb) -> None:
    settings = replace(web.world.space().settings, volume_guard=0)
    web.world.add_space("acme", settings=settings)
    people(web, 1)
    web.world.sync()
    assert "1 Lead waits for your word" in web.anna.read("/admin/acme/")
    words = web.anna.read(RUN)
    assert "1 new Lead waits for approval" in words
    assert "Approve 1 Lead" in words


def test_the_usual_limit_is_explained(web: SpaceWeb) -> None:
    for _ in range(3):
        web.world.sync()
    people(web, 51)
    assert web.world.sync().status is RunStatus.PARTIAL
    words = web.anna.read("/admin/acme/runs/4")
    assert "This run might create 50 without asking." in words
    assert "five times what its runs usually create" in words


def test_the_answer_that_ends_the_polling_brings_the_button(held: SpaceWeb) -> None:
    piece = held.anna.fragment(f"{RUN}/progress")
    assert APPROVE in piece
    assert re.search(r'name="csrf_token" value="[^"]+"', piece)


def test_a_preview_says_how_many_the_next_run_may_create(held: SpaceWeb) -> None:
    answer = held.anna.press("/admin/acme/preview", "Make the preview")
    words = held.anna.follow(answer)
    assert "More than the volume guard allows in one run (1)" in words
