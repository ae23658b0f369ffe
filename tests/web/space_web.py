"""Pages of spaces over the real services on SQLite, between fake vendors; and people who look at
them with a browser that runs no script."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from app.session import COOKIE
from sync.settings import Settings
from tests.service.world import PASSWORD, AdminWorld

HTTPS = "https://acton.example.com"
SETTINGS = {
    "secret_keys": "vCSN1YZcb0kRj0HhpjmXGvS4WiVJ8vCOdoRxwTVQ4p0=",
    "sync_token": "4f6c1c2b9de04a6f8f2f7f0f3e5b7a91",
    "acton_client_id": "client",
    "acton_client_secret": "secret",
}


@dataclass
class Form:
    """A form of a page, with what stands in its fields."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    text: str = ""


class _Forms(HTMLParser):
    """Reads the forms of a page as a browser does: what is checked and chosen is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._inside = False
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._typed = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = True
            self.forms.append(Form(given.get("action") or "", given.get("method") or "get"))
        if not self._inside:
            return
        name, form = given.get("name"), self.forms[-1]
        if tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select is not None:
            self._options.append((given.get("value") or "", "selected" in given))
        elif tag == "textarea":
            self._area, self._typed = name, ""
        elif tag == "input" and name:
            ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
            if ticked:
                form.fields.append((name, given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._area is not None:
            self.forms[-1].fields.append((self._area, self._typed))
            self._area = None
        elif tag == "select" and self._select is not None:
            chosen = [value for value, selected in self._options if selected]
            first = [value for value, _ in self._options[:1]]
            self.forms[-1].fields += [(self._select, value) for value in (chosen or first)[:1]]
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._typed += data
        if self._inside:
            self.forms[-1].text += data


def forms_of(page: str) -> list[Form]:
    """The forms of a page."""
    reader = _Forms()
    reader.feed(page)
    return reader.forms


def words_of(page: str) -> str:
    """What people read of a page: no tags, no runs of blanks."""
    body = page.partition("<main")[2].partition("</main>")[0] or page
    text = re.sub(r"<(script|style).*?</\1>", " ", body, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


class Person:
    """Somebody with a browser; signed in, unless nobody."""

    def __init__(self, app: Flask, world: AdminWorld, email: str | None) -> None:
        self.app, self.world = app, world
        self.client = app.test_client()
        if email is not None:
            token = world.accounts.sign_in(email, PASSWORD, address="127.0.0.1").token
            self.client.set_cookie(COOKIE, token, domain="acton.example.com", secure=True)

    def get(self, path: str, **headers: str) -> TestResponse:
        """A page."""
        headers = {"Accept-Language": "en-GB"} | headers
        return self.client.get(path, base_url=HTTPS, headers=headers)

    def page(self, path: str) -> str:
        """The text of a page that is there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, words_of(answer.text))
        return answer.text

    def read(self, path: str) -> str:
        """What stands on a page, in words."""
        return words_of(self.page(path))

    def fragment(self, path: str) -> str:
        """What htmx gets."""
        return self.get(path, **{"HX-Request": "true"}).text

    def post(self, path: str, **values: Any) -> TestResponse:
        """A form sent with what it needs to be taken."""
        return self.client.post(
            path, data={"csrf_token": self.any_token(), **values}, base_url=HTTPS
        )

    def any_token(self) -> str:
        """A token of this browser, made as the pages make it."""
        for path in ("/admin/", "/login"):
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
            if found:
                return found[1]
        raise AssertionError("no page with a form")

    def press(self, path: str, button: str, **values: Any) -> TestResponse:
        """Open a page, fill in the form that has the button, and send it."""
        form = next(one for one in forms_of(self.page(path)) if button in one.text)
        return self.send(form, **values)

    def send(self, form: Form, **values: Any) -> TestResponse:
        """Send a form, with some fields filled in otherwise."""
        data: dict[str, list[str]] = {}
        for name, value in form.fields:
            data.setdefault(name, []).append(value)
        data |= {name: one if isinstance(one, list) else [one] for name, one in values.items()}
        if form.method == "get":
            return self.client.get(form.action, query_string=data, base_url=HTTPS)
        return self.client.post(form.action, data=data, base_url=HTTPS)

    def follow(self, answer: TestResponse) -> str:
        """Where a form led, in words."""
        assert answer.status_code == 303, (answer.status_code, words_of(answer.text))
        return self.read(answer.headers["Location"])


@dataclass
class SpaceWeb:
    """The web face over a world. Each of its people has one browser."""

    world: AdminWorld
    app: Flask
    _people: dict[str, Person] = field(default_factory=dict)

    def person(self, email: str | None) -> Person:
        """Somebody with a browser of their own."""
        return Person(self.app, self.world, email)

    def _known(self, email: str) -> Person:
        if email not in self._people:
            self._people[email] = self.person(email)
        return self._people[email]

    @property
    def anna(self) -> Person:
        """An admin of acme."""
        self.world.anna  # noqa: B018 - makes her
        return self._known("anna@example.com")

    @property
    def bert(self) -> Person:
        """An admin of another space."""
        self.world.bert  # noqa: B018
        return self._known("bert@example.com")

    @property
    def olga(self) -> Person:
        """An operator."""
        self.world.olga  # noqa: B018
        return self._known("olga@example.com")

    @property
    def nobody(self) -> Person:
        return self.person(None)


def open_web(world: AdminWorld, **settings: Any) -> SpaceWeb:
    """The web face over that world."""
    application = SimpleNamespace(form_secrets=("a secret of the tests",), service=None, panel=None)
    for name in (
        *("accounts", "activation", "offers", "connecting", "previews", "setting_up"),
        *("administration", "records", "operating", "webhooks", "messages", "crm_hooks"),
        "hot_list",
    ):
        setattr(application, name, getattr(world, name))
    return SpaceWeb(world, create_app(Settings(**SETTINGS, **settings), application))
