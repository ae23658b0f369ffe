"""Rendered panels that are kept for a moment, in the process and in Redis."""

import gzip
import os
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import structlog
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.gzipped import Piece, join, join_packed, make_piece, wrap
from app.page_cache import PageCache, PageJson

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(params=["process", "redis"])
def cache(request: pytest.FixtureRequest) -> Iterator[PageCache]:
    url = os.environ.get("TEST_REDIS_URL") if request.param == "redis" else None
    if request.param == "redis" and not url:
        pytest.skip("TEST_REDIS_URL is not set")
    app, made = Flask("cached"), PageCache()
    made.init_app(app, url)
    with app.app_context():
        yield made


class Kitchen:
    """Renders pages and counts them."""

    def __init__(self, text: str = "Anna") -> None:
        self.text = text
        self.who = uuid4().hex
        self.rendered = 0

    def render(self, session: str, key: str) -> str:
        self.rendered += 1
        return f"<p>{self.text}</p><i>{session}</i><b>{key}</b><u>{session}</u>"

    def page(self, cache: PageCache, *, session: str, key: str = "k") -> str:
        pieces = cache.page(self.who, "en", session, key, self.render)
        assert gzip.decompress(join_packed(pieces)) == join(pieces)
        return join(pieces).decode()


def test_a_page_is_rendered_once_and_handed_out_with_each_ones_own_session(
    cache: PageCache,
) -> None:
    kitchen = Kitchen()
    assert kitchen.page(cache, session="s1", key="k1") == "<p>Anna</p><i>s1</i><b>k1</b><u>s1</u>"
    assert kitchen.page(cache, session="s2", key="k2") == "<p>Anna</p><i>s2</i><b>k2</b><u>s2</u>"
    assert kitchen.rendered == 1


def test_nobody_gets_the_page_of_somebody_else(cache: PageCache) -> None:
    assert "Anna" in Kitchen("Anna").page(cache, session="s")
    assert "Bert" in Kitchen("Bert").page(cache, session="s")


def test_a_page_that_is_out_of_date_is_not_handed_out_again(cache: PageCache) -> None:
    kitchen = Kitchen()
    kitchen.page(cache, session="s")
    cache.forget(kitchen.who)
    kitchen.text = "Anna, 63"
    assert "Anna, 63" in kitchen.page(cache, session="s")


def test_a_text_that_looks_like_a_slot_is_a_text(cache: PageCache) -> None:
    kitchen = Kitchen("session-00000000000000000000000000000000 key-")
    kitchen.page(cache, session="first")
    assert kitchen.page(cache, session="s").count("session-0000") == 1


def test_what_is_set_in_is_escaped(cache: PageCache) -> None:
    page = Kitchen().page(cache, session="s", key='"><script>')
    assert "<script>" not in page
    assert "&#34;&gt;&lt;script&gt;" in page


def test_a_redis_that_is_away_costs_the_memory_and_no_panel() -> None:
    app, cache = Flask("cached"), PageCache()
    cache.init_app(app, NOWHERE)
    with app.app_context():
        kitchen = Kitchen()
        assert "Anna" in kitchen.page(cache, session="s")
        cache.forget(kitchen.who)
    assert kitchen.rendered == 1


def test_a_redis_that_is_away_is_asked_once_and_then_left_alone_for_a_while() -> None:
    app, cache = Flask("cached"), PageCache()
    cache.init_app(app, NOWHERE)
    with app.app_context(), structlog.testing.capture_logs() as lines:
        for _ in range(20):
            assert "Anna" in Kitchen().page(cache, session="s")
    assert [line["event"] for line in lines] == ["cache_away"]


@pytest.mark.parametrize("rubbish", [b"", b"{", b"\x80\x04K\x01.", b'[["a"]]', b"[1]"])
def test_rubbish_in_redis_counts_as_nothing_and_is_never_run(rubbish: bytes) -> None:
    assert PageJson().loads(rubbish) is None


MADE = st.tuples(st.sampled_from([make_piece, wrap]), st.binary(max_size=3_000))


@given(st.lists(MADE, min_size=1, max_size=8))
def test_pieces_make_the_same_body_as_the_whole(
    parts: list[tuple[Callable[[bytes], Piece], bytes]],
) -> None:
    pieces = [make(part) for make, part in parts]
    assert join(pieces) == b"".join(part for _, part in parts)
    assert gzip.decompress(join_packed(pieces)) == join(pieces)
