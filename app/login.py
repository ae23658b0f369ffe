"""Signing in and out, making an account, and what people do with their own.

A new session gets a new token, and the form cookie begins anew with it; `next` only ever leads to a
path of this service.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from babel.dates import format_timedelta
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask import session as form_cookie
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from app import forms, session, spoken
from app.limits import REGISTER, SIGN_IN, limiter
from app.services import get_accounts, get_settings
from sync.errors import IntegrationError, InvalidFields, SignInFailed, TooManyTries
from sync.languages import LANGUAGES, current_language, gettext, speak
from sync.model import SignedIn

bp = Blueprint("login", __name__)


@bp.get("/login")
def page() -> ResponseReturnValue:
    """The form; whoever is signed in already goes on."""
    if (present := session.current()) is not None:
        return redirect(home_of(present.account.is_operator), code=303)
    return _form("login/sign_in.html")


@bp.post("/login")
@limiter.limit(SIGN_IN)
def sign_in() -> ResponseReturnValue:
    typed = forms.typed()

    def enter() -> SignedIn:
        return get_accounts().sign_in(
            typed.get("email", ""),
            typed.get("password", ""),
            address=request.remote_addr or "",
            agent=request.user_agent.string,
            replaces=session.token(),
        )

    return _enter(enter, "login/sign_in.html")


@bp.get("/register")
def register() -> ResponseReturnValue:
    """The form for an account of one's own, or why there is none."""
    if session.current() is not None:
        return redirect(url_for("admin.hub"), code=303)
    return _form("login/register.html")


@bp.post("/register")
@limiter.limit(REGISTER)
def sign_up() -> ResponseReturnValue:
    typed = forms.typed()

    def enter() -> SignedIn:
        return get_accounts().sign_up(
            typed.get("email", ""),
            typed.get("password", ""),
            name=typed.get("name", ""),
            address=request.remote_addr or "",
            agent=request.user_agent.string,
        )

    return _enter(enter, "login/register.html")


@bp.post("/logout")
def sign_out() -> ResponseReturnValue:
    """The session is over; without one there is nothing to end."""
    if (token := session.token()) is not None:
        get_accounts().sign_out(token)
    form_cookie.clear()
    flash(gettext("You are signed out."), "done")
    return session.end(make_response(redirect(url_for("login.page"), code=303)))


@bp.get("/account")
@session.signed_in
def account() -> ResponseReturnValue:
    """One's own account: password and sessions."""
    return _account(problems={})


@bp.post("/account/password")
@limiter.limit(SIGN_IN)
@session.signed_in
def change_password() -> ResponseReturnValue:
    typed = forms.typed()
    try:
        get_accounts().change_password(
            session.actor(),
            session.token() or "",
            current=typed.get("current", ""),
            new=typed.get("new", ""),
        )
    except InvalidFields as error:
        shown = _account(problems=forms.problems_of(error))
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    except TooManyTries as error:
        return _too_many(error, "login/account.html", languages=LANGUAGES)
    flash(gettext("The password is changed. All other sessions are over."), "done")
    return redirect(url_for("login.account"), code=303)


@bp.post("/account/language")
@session.signed_in
def choose_language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    try:
        get_accounts().choose_language(session.actor(), chosen)
    except InvalidFields as error:
        shown = _account(problems=forms.problems_of(error))
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    speak(chosen or spoken.language_of(request.headers.get(spoken.HEADER, "")))
    flash(gettext("The language is changed."), "done")
    return redirect(url_for("login.account"), code=303)


@bp.post("/account/sessions")
@session.signed_in
def sign_out_everywhere() -> ResponseReturnValue:
    get_accounts().sign_out_everywhere(session.actor())
    form_cookie.clear()
    flash(gettext("You are signed out everywhere."), "done")
    return session.end(make_response(redirect(url_for("login.page"), code=303)))


def begin(signed: SignedIn, goal: str | None) -> ResponseReturnValue:
    """To where somebody wanted to go, with their new session and a fresh form cookie."""
    form_cookie.clear()
    target = session.safe_path(goal, home_of(signed.account.is_operator))
    return session.begin(make_response(redirect(target, code=303)), signed)


def home_of(is_operator: bool) -> str:
    """Where somebody begins."""
    return url_for("operator.spaces") if is_operator else url_for("admin.hub")


def refused(error: IntegrationError) -> ResponseReturnValue:
    """The form, with why somebody was not let in."""
    return _form("login/sign_in.html", trouble=error), HTTPStatus.UNPROCESSABLE_ENTITY


def _enter(enter: Callable[[], SignedIn], template: str) -> ResponseReturnValue:
    try:
        return begin(enter(), request.form.get("next"))
    except InvalidFields as error:
        shown = _form(template, problems=forms.problems_of(error))
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    except SignInFailed as error:
        return _form(template, trouble=error), HTTPStatus.UNPROCESSABLE_ENTITY
    except TooManyTries as error:
        return _too_many(error, template)


def _too_many(error: TooManyTries, template: str, **context: Any) -> ResponseReturnValue:
    left = max(error.retry_at - datetime.now(UTC), datetime.resolution)
    seconds = int(left.total_seconds()) + 1
    when = Markup('<time datetime="{}">{}</time>').format(
        error.retry_at.isoformat(timespec="seconds"),
        format_timedelta(left, add_direction=True, threshold=1.2, locale=current_language()),
    )
    text = gettext("Signing in failed too often. The next try is possible %(when)s.")
    told = escape(text) % {"when": when}
    shown = _form(template, too_many=told, **context)
    return shown, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(seconds)}


def _account(**context: Any) -> str:
    return render_template("login/account.html", languages=LANGUAGES, **context)


def _form(template: str, **context: Any) -> str:
    shown: dict[str, Any] = {
        "typed": {name: one for name, one in forms.typed().items() if name in ("email", "name")},
        "goal": session.safe_path(request.values.get("next"), ""),
        "problems": {},
        "trouble": None,
        "too_many": "",
        "open": get_accounts().sign_up_open,
        "identity_provider": get_settings().oidc_issuer is not None,
    }
    return render_template(template, **shown | context)
