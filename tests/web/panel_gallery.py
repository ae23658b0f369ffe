"""Serves the real pages over the fake panel in every state, for a look with one's own eyes.

    python -m tests.web.panel_gallery 8100

`/panel#k=NAME` opens a scene; `/` lists them.
"""

import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from markupsafe import Markup
from werkzeug.serving import run_simple

from app import create_app
from app.panel_port import PanelClosed, Pass
from sync.model import Tab
from sync.panel.values import PanelView, Refreshed, StreamQuery, StreamView, Trouble, TroubleKind
from sync.settings import Settings

from .panel_fakes import hostile_entries, linked, make_entries, make_pass, scenes


def utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass
class Gallery:
    """A panel whose key and session are the name of a scene."""

    frame_ancestors: tuple[str, ...] = ("http://127.0.0.1:*",)
    over: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.scenes = scenes(utcnow())
        for scene in self.scenes.values():
            scene.now = utcnow
            scene.entries = make_entries(utcnow(), times=8)
        self.scenes["hostile"].entries = hostile_entries(utcnow())
        self.scenes["stale"] = replace(self.scenes["linked"], stale=True)
        self.scenes["unread"] = replace(self.scenes["linked"], nothing_read=True)
        self.scenes["quiet"] = replace(self.scenes["linked"], entries=[])
        self.scenes["stream_trouble"] = replace(
            self.scenes["linked"], stream_trouble=Trouble(kind=TroubleKind.UNREACHABLE)
        )
        self.scenes["not_created_find"].finds = linked(utcnow())

    def open_with_key(self, key: str) -> Pass:
        if key == "expired":
            raise PanelClosed("expired")
        if not key:
            raise PanelClosed("not_created")
        return self._pass(key)

    open_with_token = open_with_key

    def check_session(self, token: str) -> Pass:
        if token in self.over:
            raise PanelClosed("expired")
        return self._pass(token.partition("/")[0])

    def make_session(self, pass_: Pass) -> str:
        return f"{pass_.space_id}/{time.time()}"

    def view(self, pass_: Pass) -> PanelView:
        return self.scenes[pass_.space_id].view(pass_)

    def refresh(self, pass_: Pass) -> PanelView:
        time.sleep(0.6)
        view = self.scenes[pass_.space_id].shows
        score = (view.score or 0) + 5
        return replace(
            view,
            score=score,
            live=True,
            read_at=utcnow(),
            refreshed=Refreshed(before=view.score, after=score),
            refresh_at=utcnow() + timedelta(seconds=20),
        )

    def find(self, pass_: Pass) -> PanelView:
        time.sleep(0.4)
        return self.scenes[pass_.space_id].find(pass_)

    def stream(self, pass_: Pass, query: StreamQuery, *, fresh: bool) -> StreamView:
        if fresh and pass_.space_id in ("stale", "unread"):
            time.sleep(1.5)
        assert query.tab in Tab
        return self.scenes[pass_.space_id].stream(pass_, query, fresh=fresh)

    def _pass(self, scene: str) -> Pass:
        if scene not in self.scenes:
            raise PanelClosed("invalid")
        return make_pass(space_id=scene, frame_ancestors=self.frame_ancestors)


@dataclass
class GalleryApplication:
    panel: Gallery = field(default_factory=Gallery)


def make_gallery() -> tuple[Flask, Gallery]:
    settings = Settings(
        secret_keys="vCSN1YZcb0kRj0HhpjmXGvS4WiVJ8vCOdoRxwTVQ4p0=",
        sync_token="4f6c1c2b9de04a6f8f2f7f0f3e5b7a91",
        acton_client_id="client",
        acton_client_secret="secret",
    )
    application = GalleryApplication()
    app = create_app(settings, application)

    @app.get("/gallery")
    def gallery() -> str:
        names = [*application.panel.scenes, "expired", "forged", ""]
        return Markup("").join(
            Markup('<p><a href="/panel#k={0}">{0}</a></p>').format(name) for name in names
        )

    return app, application.panel


if __name__ == "__main__":
    run_simple("127.0.0.1", int(sys.argv[1]), make_gallery()[0], threaded=True)
