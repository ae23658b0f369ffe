"""Our errors as answers: JSON where a program asked, a page where a person did. No traceback."""

from http import HTTPStatus
from typing import Final

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app import htmx
from app.filters import for_pages
from sync.context import REQUEST
from sync.errors import (
    Conflict,
    IntegrationError,
    InvalidInput,
    NotAllowed,
    NotFound,
    SetupError,
    TryLater,
)
from sync.languages import lazy_gettext as _
from sync.metrics import ERRORS

log = structlog.get_logger(__name__)

PROGRAMS: Final = ("/sync", "/webhooks", "/healthz", "/readyz", "/metrics", "/openapi.json")

KEPT_HEADERS: Final = ("Allow", "Retry-After")

STATUSES: Final[tuple[tuple[type[IntegrationError], HTTPStatus], ...]] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
    (InvalidInput, HTTPStatus.BAD_REQUEST),
    (SetupError, HTTPStatus.CONFLICT),
    (TryLater, HTTPStatus.SERVICE_UNAVAILABLE),
)


WORDS: Final = {
    HTTPStatus.BAD_REQUEST: (_("Bad request syntax or unsupported method"), ""),
    HTTPStatus.NOT_FOUND: (_("There is nothing at this address."), _("Check the address.")),
    HTTPStatus.METHOD_NOT_ALLOWED: (_("This address takes another kind of request."), ""),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (_("That is more than this service takes at once."), ""),
    HTTPStatus.TOO_MANY_REQUESTS: (
        _("That was more often than this service takes from one place."),
        _("Wait a minute, then try again."),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        _("Something went wrong on our side."),
        _("Try again; if it stays, tell the operator of this service. The log has the details."),
    ),
}


TITLES: Final = {
    HTTPStatus.BAD_REQUEST: _("Bad Request"),
    HTTPStatus.FORBIDDEN: _("Forbidden"),
    HTTPStatus.NOT_FOUND: _("Not Found"),
    HTTPStatus.METHOD_NOT_ALLOWED: _("Method Not Allowed"),
    HTTPStatus.CONFLICT: _("Conflict"),
    HTTPStatus.TOO_MANY_REQUESTS: _("Too Many Requests"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Internal Server Error"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("Service Unavailable"),
}


def init_app(app: Flask) -> None:
    """Let the app answer errors as this module says."""
    app.register_error_handler(IntegrationError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)


def _ours(error: IntegrationError) -> ResponseReturnValue:
    status = next(
        (status for kind, status in STATUSES if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    ERRORS.add("page", error.kind)
    return _answer(status, error.kind, error.message, error.hint)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status.value < 400:
        return error  # a redirect is no error
    message, hint = WORDS.get(status, (status.description or status.phrase, ""))
    answer = _answer(status, status.phrase.lower().replace(" ", "_"), message, hint)
    answer.headers.extend(pair for pair in error.get_headers() if pair[0] in KEPT_HEADERS)
    return answer


def _bug(error: Exception) -> ResponseReturnValue:
    # A mistake of ours: the log gets the traceback, the caller a sentence.
    log.exception("request_broke", path=request.path)
    ERRORS.add("page", "bug")
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", *WORDS[HTTPStatus(500)])


def _answer(status: HTTPStatus, kind: str, message: str, hint: str) -> Response:
    if request.path.startswith(PROGRAMS):
        answer = jsonify({"error": {"kind": kind, "message": message, "hint": hint}})
    else:
        answer = make_response(_words(status, message, for_pages(hint)))
    answer.status_code = status.value
    return answer


def _words(status: HTTPStatus, message: str, hint: str) -> str:
    # What people may quote when they report it, so that it is found in the log.
    name = REQUEST.get() if status.value >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
    if htmx.is_htmx():
        return htmx.fragment(
            "error.html", "problem", texts={}, message=message, hint=hint, request_name=name
        )
    title = TITLES.get(status, status.phrase)
    return render_template("error.html", title=title, message=message, hint=hint, request_name=name)
