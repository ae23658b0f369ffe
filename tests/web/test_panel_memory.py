"""The panel while our database is away: its last value to whom it was shown, nothing to others."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from app import create_app
from app.last_views import KEPT_SECONDS, LastViews, ViewJson
from sync.errors import StoreAway
from sync.keyring import Keyring, generate_key
from sync.model import PanelGate
from sync.rules.keys import person_digest
from sync.settings import Settings
from sync.store import Desk, Store
from tests.panel.conftest import (  # noqa: F401 - empty_database is a fixture
    OTHER_SPACE,
    SPACE,
    World,
    empty_database,
    sign_hs256,
)
from tests.service.test_factory import SECRETS

from .panel_fakes import FakeApplication, as_htmx, linked

OLD = "This may be out of date"
AWAY = "Our records cannot be reached just now"


class FragileStore(Store):
    """A store whose database may be away."""

    away = False

    def gate(self, space_id: str) -> PanelGate | None:
        self._ensure_there()
        return super().gate(space_id)

    @contextmanager
    def read(self) -> Iterator[Desk]:
        self._ensure_there()
        with super().read() as desk:
            yield desk

    @contextmanager
    def write(self) -> Iterator[Desk]:
        self._ensure_there()
        with super().write() as desk:
            yield desk

    def _ensure_there(self) -> None:
        if self.away:
            raise StoreAway("The database does not answer.")


class Pages:
    """The panel of two people and the ways into it."""

    def __init__(self, world: World, cache_url: str | None) -> None:
        self.world = world
        self.store = world.store = FragileStore(world.store.database, world.keyring)
        # Nobody else's addresses, since tests may run side by side on one Redis.
        self.ann, self.bob = (f"{name}-{uuid4().hex}@example.com" for name in ("ann", "bob"))
        for address, score in ((self.ann, 40), (self.bob, 77)):
            world.sync_links(address, score=score)
            world.acton.knows(address, 55)
        world.sync_links(self.ann, score=91, space_id=OTHER_SPACE)
        settings = Settings(**SECRETS, cache_url=cache_url)
        self.app: Flask = create_app(settings, FakeApplication(world.panel))  # type: ignore[arg-type]
        self.client: FlaskClient = self.app.test_client()

    def open(self, key: str) -> TestResponse:
        return self.client.post("/panel", data={"key": key})

    def key(self, address: str = "", **how: object) -> str:
        return self.world.key_for(address or self.ann, **how)  # type: ignore[arg-type]

    def refresh(self, opened: TestResponse) -> TestResponse:
        return self.client.post("/panel/score", data={"session": opened.headers["Panel-Session"]})


@pytest.fixture(params=["process", "redis"])
def pages(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pages]:
    url = os.environ.get("TEST_REDIS_URL") if request.param == "redis" else None
    if request.param == "redis" and not url:
        pytest.skip("TEST_REDIS_URL is not set")
    database = tmp_path / "store.db"
    shutil.copy(request.getfixturevalue("empty_database"), database)
    world = World(database, Keyring.parse(generate_key()))
    yield Pages(world, url)
    world.store.database.close()


def shows(answer: TestResponse, score: int) -> bool:
    """Whether the answer is a panel with this score."""
    page = answer.get_data(as_text=True)
    return answer.status_code == 200 and f'<span class="unseen">Score </span>{score}<' in page


def ensure_nothing(answer: TestResponse) -> None:
    """The answer says that it cannot be done now, and nothing of anybody."""
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert AWAY in page
    assert "Traceback" not in page
    assert "@example.com" not in page
    assert "Panel-Session" not in answer.headers


# --- who is shown what ----------------------------------------------------------------------------


def test_who_was_shown_a_panel_is_shown_it_again_with_a_word_about_its_age(pages: Pages) -> None:
    key = pages.key()
    assert OLD not in pages.open(key).get_data(as_text=True)
    pages.store.away = True
    again = pages.open(key)
    assert shows(again, 40)
    assert OLD in again.get_data(as_text=True)
    assert again.headers["Panel-Session"]
    pages.store.away = False
    assert OLD not in pages.open(key).get_data(as_text=True)


def test_what_refresh_has_shown_is_the_last_value(pages: Pages) -> None:
    opened = pages.open(pages.key())
    assert shows(pages.refresh(opened), 55)
    pages.store.away = True
    assert shows(pages.open(pages.key()), 55)


def test_a_panel_that_nobody_has_opened_is_not_there(pages: Pages) -> None:
    pages.open(pages.key(pages.bob))
    pages.store.away = True
    ensure_nothing(pages.open(pages.key()))


def test_another_persons_key_opens_nothing_but_their_own_panel(pages: Pages) -> None:
    pages.open(pages.key())
    pages.store.away = True
    for other in (pages.key(pages.bob), pages.key(space_id=OTHER_SPACE)):
        ensure_nothing(pages.open(other))


@pytest.mark.parametrize("text", ["", "v1.forged", "v1....."])
def test_what_is_no_key_is_answered_as_always(pages: Pages, text: str) -> None:
    before = pages.open(text)
    pages.open(pages.key())
    pages.store.away = True
    answer = pages.open(text)
    assert (answer.status_code, answer.data) == (before.status_code, before.data)


def test_a_key_that_others_signed_opens_nothing(pages: Pages) -> None:
    pages.open(pages.key())
    pages.store.away = True
    ensure_nothing(pages.open(pages.key(keyring=Keyring.parse(generate_key()))))
    ensure_nothing(pages.open(pages.key(purpose="panel session")))


def test_a_revoked_key_opens_nothing_once_a_panel_of_its_space_has_shown_that(
    pages: Pages,
) -> None:
    old = pages.key()
    assert pages.open(old).status_code == 200
    pages.world.revoke_keys()
    assert pages.open(pages.key(pages.bob, epoch=2)).status_code == 200
    pages.store.away = True
    ensure_nothing(pages.open(old))


def test_a_revoked_key_does_not_open_what_was_shown_for_a_later_one(pages: Pages) -> None:
    pages.world.revoke_keys()
    assert shows(pages.open(pages.key(epoch=2)), 40)
    pages.store.away = True
    ensure_nothing(pages.open(pages.key(epoch=1)))
    assert shows(pages.open(pages.key(epoch=2)), 40)


def test_a_key_that_has_expired_opens_nothing(pages: Pages) -> None:
    key = pages.key(days=1)
    pages.open(key)
    pages.world.passes(days=1)
    pages.store.away = True
    ensure_nothing(pages.open(key))


def test_a_launch_opens_nothing(pages: Pages) -> None:
    pages.open(pages.key())
    pages.store.away = True
    token = sign_hs256({"space": SPACE, "sub": "u1"}, "a secret")
    ensure_nothing(pages.client.post("/panel", data={"token": token}))


def test_refresh_and_more_say_what_to_do_and_leave_what_is_shown(pages: Pages) -> None:
    session = pages.open(pages.key()).headers["Panel-Session"]
    pages.store.away = True
    for path in ("/panel/score", "/panel/activity", "/panel/session"):
        answer = pages.client.post(path, data={"session": session})
        ensure_nothing(answer)
        assert "Open it again in a few minutes" in answer.get_data(as_text=True)
        headers = as_htmx() | {"X-Panel-Session": session}
        ensure_nothing(pages.client.post(path, headers=headers))  # the script says it in place
    page = pages.client.post("/panel", data={"key": pages.key()}).get_data(as_text=True)
    assert "You see what was shown last; try again in a few minutes." in page


# --- how it is kept -------------------------------------------------------------------------------


def test_it_is_kept_for_a_quarter_of_an_hour_and_no_longer() -> None:
    app, views = Flask("kept"), LastViews()
    views.init_app(app, None)
    with app.app_context(), time_machine.travel(1_800_000_000, tick=False) as clock:
        views.keep("name", 1, linked())
        clock.shift(KEPT_SECONDS - 1)
        assert views.find("name") is not None
        clock.shift(2)
        assert views.find("name") is None


def test_everything_that_a_panel_shows_survives_redis() -> None:
    app, views, view = Flask("kept"), LastViews(), linked()
    views.init_app(app, None)
    with app.app_context():
        views.keep("name", 3, view)
        kept = views._kept.get("last:name")
    read = ViewJson().loads(ViewJson().dumps(kept))
    assert read.epoch == 3
    assert (read.view.name, read.view.score, read.view.read_at) == (
        view.name,
        view.score,
        view.read_at,
    )
    assert list(read.view.crossings) == list(view.crossings)
    assert list(read.view.history) == list(view.history)


@pytest.mark.parametrize("rubbish", [b"", b"{", b"\x80\x04K\x01.", b"[1]", b'{"epoch": 1}'])
def test_rubbish_in_redis_counts_as_nothing_and_is_never_run(rubbish: bytes) -> None:
    assert ViewJson().loads(rubbish) is None


def test_its_name_in_redis_cannot_be_made_up_and_no_key_is_kept(pages: Pages) -> None:
    url = os.environ.get("TEST_REDIS_URL")
    if not url:
        pytest.skip("TEST_REDIS_URL is not set")
    key = pages.key()
    opened = pages.open(key)
    with Redis.from_url(url) as redis:
        names = [name.decode() for name in redis.scan_iter("acton:last:*")]
        found = b"".join(redis.get(name) or b"" for name in names)
    person = person_digest(SPACE, pages.ann)
    assert not [name for name in names if person in name or SPACE in name]
    assert key.encode() not in found
    assert opened.headers["Panel-Session"].encode() not in found
