"""In which language a request is answered: what the browser asks for, else English.

Somebody's own setting and a signed launch come first; they are known only within the request, so
`session` and `panel` say them there.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from sync.languages import (
    ENGLISH,
    current_language,
    find_language,
    plain_gettext,
    plain_ngettext,
    plain_pgettext,
    speaking,
    translated,
)

HEADER: Final = "Accept-Language"


def listen(app: WSGIApplication) -> WSGIApplication:
    """The app, which speaks the language that the browser asks for."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with speaking(language_of(environ.get("HTTP_ACCEPT_LANGUAGE", ""))):
            return app(environ, start_response)

    return answer


def init_app(app: Flask) -> None:
    """Let templates speak: `_`, `gettext`, `ngettext`, `pgettext` and `{% trans %}`.

    A text that stands in a template is markup, its values are not: they are escaped. What is in a
    variable is said by its filter `translated`, which escapes it like all others.
    """
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
    install(plain_gettext, plain_ngettext, newstyle=True, pgettext=plain_pgettext)
    app.jinja_env.globals.update(language=current_language)
    app.jinja_env.filters.update(translated=translated)


def vary(response: Response) -> Response:
    """The answer, which says that it is another one in another language."""
    if response.mimetype == "text/html":
        response.vary.add(HEADER)
    return response


@lru_cache(maxsize=256)
def wanted(header: str) -> tuple[str, ...]:
    """The tags of an Accept-Language header, the most wanted first."""
    accepted = parse_accept_header(header, LanguageAccept)
    return tuple(tag for tag, quality in accepted if quality > 0)


@lru_cache(maxsize=256)
def language_of(header: str) -> str:
    """Which of our languages an Accept-Language header asks for first; English for none."""
    return next(filter(None, map(find_language, wanted(header))), ENGLISH)
