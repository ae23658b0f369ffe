"""Forms: protected against other sites, and what was typed kept where it cannot be taken.

Flask-WTF keeps its token in Flask's own signed cookie. Beside it that cookie holds what a log-in at
the identity provider or a preview needs to come back to; who is signed in stands in another one.
"""

from collections.abc import Mapping
from typing import Final

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from app import htmx
from sync.errors import InvalidFields
from sync.languages import gettext

COOKIE: Final = "__Host-acton-form"
HOURS: Final = 12

protection = CSRFProtect()


def init_app(app: Flask, secrets: tuple[str, ...]) -> None:
    """Ask for a token with every form, except where something else proves who asks."""
    app.secret_key = secrets[0]
    app.config.update(
        SECRET_KEY_FALLBACKS=list(secrets[1:]),
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=HOURS * 3600,
        # The pages send no Referer at all, and the token is bound to the cookie already.
        WTF_CSRF_SSL_STRICT=False,
    )
    protection.init_app(app)
    app.register_error_handler(CSRFError, _old_page)


def typed() -> Mapping[str, str]:
    """What was typed, by field; of several values the last."""
    return {name: values[-1] for name, values in request.form.lists()}


def version() -> int:
    """The version that the form was filled in for; -1, which nothing has, for nonsense."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def problems_of(error: InvalidFields) -> dict[str, str]:
    """What is wrong, by field."""
    return {one.field: one.message for one in error.problems}


def _old_page(_: CSRFError) -> ResponseReturnValue:
    message = gettext("This page is too old to be sent.")
    hint = gettext("Go back, load it again, and send it anew.")
    if htmx.is_htmx():
        return f"{message} {hint}", 400
    words = {"title": gettext("Page too old"), "message": message, "hint": hint, "request_name": ""}
    page = render_template("error.html", **words)
    return page, 400
