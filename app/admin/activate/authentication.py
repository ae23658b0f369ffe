"""Create authentication: how the space logs in to Act-On, its name, and whether it works.

The same page connects a space again later (`admin.connection`), when Act-On lets it in no more.
"""

from http import HTTPStatus
from typing import Any

from flask import flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import session
from app.admin.activate.frame import bp, go, keep, merged, page, the_draft, the_space, told
from app.admin.activate.settings import account_in, log_in
from app.admin.connection import begin_log_in, say
from app.services import get_connecting
from sync.errors import Conflict
from sync.languages import gettext
from sync.model import Step


@bp.get("/authentication")
def authentication(space_id: str) -> ResponseReturnValue:
    problems = {name: text for name, text in the_draft().problems if name == "authentication_name"}
    return _form(problems=problems)


@bp.post("/authentication")
def save_authentication(space_id: str) -> ResponseReturnValue:
    """Keep the name, log in if a password was typed, and go on when Act-On lets us in."""
    refused = _keep_name()
    if refused is not None:
        return refused
    problems = log_in(request.form)
    typed = {"acton_username": request.form.get("acton_username", "")}
    if problems:
        return _form(problems=problems, **typed), HTTPStatus.UNPROCESSABLE_ENTITY
    if get_connecting().facts(session.actor(), space_id).by is None:
        problems = {
            "acton_username": gettext("Connect Act-On first: log in there, or enter both here.")
        }
        return _form(problems=problems, **typed), HTTPStatus.UNPROCESSABLE_ENTITY
    if not the_space().acton_connected or request.form.get("acton_password"):
        flash(gettext("The authentication has been created successfully."), "done")
        return go("authentication")
    return go("fields")


@bp.post("/authentication/log-in")
def to_acton(space_id: str) -> ResponseReturnValue:
    """On the way to Act-On, by a page of our own: a form may not lead to another site."""
    refused = _keep_name()
    if refused is not None:
        return refused
    target = begin_log_in(space_id)
    return render_template("activate/leaving.html", target=target, space=the_space())


@bp.post("/authentication/test")
def test(space_id: str) -> ResponseReturnValue:
    refused = _keep_name()
    if refused is not None:
        return refused
    say(get_connecting().test(session.actor(), space_id))
    return go("authentication")


def _keep_name() -> ResponseReturnValue | None:
    """Keep what the connection is to be called; the page where that could not be."""
    typed = merged({"authentication_name": request.form.get("authentication_name", "")})
    try:
        kept = keep(Step.AUTHENTICATION, typed)
    except Conflict as error:
        return _form(**told(error, typed)), HTTPStatus.CONFLICT
    g.draft = kept
    if kept.problems:
        return _form(problems=dict(kept.problems)), HTTPStatus.UNPROCESSABLE_ENTITY
    return None


def _form(**context: Any) -> str:
    space = the_space()
    facts = get_connecting().facts(session.actor(), space.space_id)
    shown: dict[str, Any] = {
        "facts": facts,
        "account": facts.account_id or account_in(the_draft().typed.marketing_domain_url),
        "acton_username": space.acton_username or "",
        "again": url_for("activate.authentication", space_id=space.space_id),
    }
    return page("activate/authentication.html", "authentication", **shown | context)
