"""The hub: the Act-On card, claiming a space with its key, one's own spaces."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from sync.errors import CredentialsRefused, SetupError, TryLater
from sync.model import SpaceStatus
from tests.service.world import AdminWorld

from .space_web import Person, SpaceWeb, open_web, words_of

NORA = "nora@example.com"
KEY = {
    "service_url": "https://eu.api.pipelinersales.com",
    "space_id": "new_space",
    "username": "us_1",
    "password": "the key's secret",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdminWorld]:
    world = AdminWorld(tmp_path)
    world.actor(NORA)
    yield world
    world.store.database.close()


@pytest.fixture
def web(world: AdminWorld) -> SpaceWeb:
    return open_web(world)


def claim(person: Person, **changes: str) -> TestResponse:
    """Fill in the card's form."""
    return person.press("/admin/", "Connect Pipeliner", **KEY | changes)


def test_somebody_new_finds_the_card_and_why_there_is_nothing_else(web: SpaceWeb) -> None:
    text = web.person(NORA).read("/admin/")
    assert "Act-On Integration" in text
    assert "No space yet" in text


def test_a_working_key_begins_the_activation(web: SpaceWeb) -> None:
    person = web.person(NORA)
    answer = claim(person)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/new_space/activate")
    first = person.get("/admin/new_space/activate")
    assert first.headers["Location"] == "/admin/new_space/activate/settings"
    text = person.read("/admin/new_space/activate/settings")
    assert "Pipeliner is connected." in text
    assert "Being set up" in person.read("/admin/")


def test_sending_the_form_twice_is_harmless(web: SpaceWeb) -> None:
    person = web.person(NORA)
    assert claim(person).status_code == 303
    assert claim(person).status_code == 303
    assert web.world.events().count("space_claimed") == 1


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (CredentialsRefused("Pipeliner does not accept the key."), "password"),
        (SetupError("There is no such space.", kind="space_unknown"), "space_id"),
        (TryLater("Pipeliner cannot be reached."), "service_url"),
    ],
)
def test_what_is_wrong_stands_next_to_its_field_and_nothing_typed_is_lost(
    web: SpaceWeb, error: Exception, field: str
) -> None:
    web.world.vendors.pipeliner.refusal = error
    answer = claim(web.person(NORA))
    assert answer.status_code == 422
    assert str(error) in answer.text.partition(f'id="{field}-problem"')[2][:900]
    for name in ("service_url", "space_id", "username"):
        assert f'name="{name}" type="text" value="{KEY[name]}"' in answer.text
    assert KEY["password"] not in answer.text


def test_a_host_that_may_not_be_called_is_told_at_the_address(web: SpaceWeb) -> None:
    answer = claim(web.person(NORA), service_url="https://evil.example")
    assert answer.status_code == 422
    assert "may not be called" in answer.text.partition('id="service_url-problem"')[2][:900]


def test_a_key_that_may_not_make_fields_is_told_so(web: SpaceWeb) -> None:
    web.world.vendors.pipeliner.may_create = False
    answer = claim(web.person(NORA))
    assert "may not create custom fields" in words_of(answer.text)


def test_a_space_that_runs_is_joined_with_its_key(web: SpaceWeb) -> None:
    web.world.add_space("acme")
    person = web.person(NORA)
    answer = claim(person, space_id="acme")
    assert answer.headers["Location"] == "/admin/acme/"
    assert "You are an admin of this space now." in person.follow(answer)


def test_the_same_name_in_another_region_is_another_space(web: SpaceWeb) -> None:
    web.world.add_space("acme")
    person = web.person(NORA)
    answer = claim(person, space_id="acme", service_url="https://us.api.pipelinersales.com")
    assert answer.status_code == 422
    assert "another Service URL" in words_of(answer.text)
    assert person.get("/admin/acme/").status_code == 404


def test_hostile_texts_are_shown_as_texts(web: SpaceWeb) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = claim(web.person(NORA), space_id=hostile, username=hostile)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (SpaceStatus.REQUESTED, "Go on with the activation"),
        (SpaceStatus.PENDING, "Add pending"),
        (SpaceStatus.RUNNING, "Running"),
        (SpaceStatus.SUSPENDED, "Suspended"),
        (SpaceStatus.PAUSED, "Paused"),
        (SpaceStatus.INACTIVE, "Go on with the activation"),
        (SpaceStatus.NEEDS_ATTENTION, "Needs attention"),
    ],
)
def test_each_space_says_where_it_stands(web: SpaceWeb, status: SpaceStatus, said: str) -> None:
    web.world.add_space("acme", status=status)
    assert said in web.anna.read("/admin/")


def test_spaces_of_others_are_not_shown(web: SpaceWeb) -> None:
    web.world.add_space("acme", name="Acme")
    assert "Acme" not in web.person(NORA).read("/admin/")


def test_a_flood_of_keys_is_stopped(web: SpaceWeb) -> None:
    person = web.person(NORA)
    token = person.any_token()
    statuses = [
        person.client.post(
            "/admin/", data={"csrf_token": token}, base_url="https://acton.example.com"
        ).status_code
        for _ in range(11)
    ]
    assert statuses == [422] * 10 + [429]
