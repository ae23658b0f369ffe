"""Who is signed in: a random token in a cookie that no script can read and no other site can set.

The cookie's prefix `__Host-` makes browsers take it from this very host only, over https or on this
machine. What the token stands for is in the database: signing out ends it at once.
"""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, redirect, request, url_for
from flask.sessions import SessionInterface
from flask.typing import ResponseReturnValue

from app import htmx
from app.services import get_accounts
from sync.errors import IntegrationError
from sync.languages import speak
from sync.model import Actor, Session, SignedIn

COOKIE: Final = "__Host-acton"

P = ParamSpec("P")
R = TypeVar("R")


class NoSession(SessionInterface):
    """Flask's own session for an application that has none: no cookie is read, none is written."""

    def open_session(self, app: Flask, request: Request) -> None:
        return None


def token() -> str | None:
    """The token that the browser sent."""
    return request.cookies.get(COOKIE)


def current() -> Session | None:
    """The session of this request, asked for once."""
    if "session" not in g:
        sent = token()
        g.session = get_accounts().session(sent) if sent else None
        if g.session and g.session.account.language:
            speak(g.session.account.language)
    found: Session | None = g.session
    return found


def visitor() -> Session | None:
    """Who looks at a page that everybody may see; nobody where that cannot be told."""
    try:
        return current()
    except IntegrationError:  # the database is away, which the page itself may have to say
        g.session = None
        return None


def init_app(app: Flask) -> None:
    """Let every template know who looks: `me`, a session or None."""
    app.context_processor(lambda: {"me": visitor()})


def actor() -> Actor:
    """Who asks. Only in views that need somebody signed in."""
    session = current()
    assert session is not None  # noqa: S101 - `signed_in` has seen to it
    return session.actor


def signed_in(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """The view, for people who are signed in; others sign in first and come back."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return ask_to_sign_in() or view(*args, **kwargs)

    return guarded


def ask_to_sign_in() -> ResponseReturnValue | None:
    """What somebody who is not signed in is answered; None for all others."""
    if current() is not None:
        return None
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    page = url_for("login.page", next=back) if back else url_for("login.page")
    if htmx.is_htmx():
        return "", 401, {"HX-Redirect": page}  # htmx does not see a redirect
    return redirect(page, code=303)


def begin(response: Response, session: SignedIn) -> Response:
    """The response, which gives the browser its session."""
    response.set_cookie(
        COOKIE,
        session.token,
        expires=session.expires_at,
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response


def end(response: Response) -> Response:
    """The response, which takes the session away from the browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return response


def safe_path(path: str | None, otherwise: str) -> str:
    """A path of this service to go to; `otherwise` for whatever might lead elsewhere."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")):
        return otherwise
    parts = urlsplit(path)
    fine = not parts.scheme and not parts.netloc and path.isprintable() and "\\" not in path
    return path if fine else otherwise
