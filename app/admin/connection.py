"""The connection to Act-On of a space that is active: how it stands, and connecting anew."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import forms, session
from app.admin.blueprint import bp
from app.admin.space import page, space_of
from app.filters import counted
from app.services import get_connecting, get_settings
from sync.errors import InvalidFields
from sync.languages import gettext, ngettext
from sync.model import ConnectionTest


@bp.get("/<space_id>/connection")
def connection(space_id: str) -> ResponseReturnValue:
    return _form(space_id)


@bp.post("/<space_id>/connection")
def connect(space_id: str) -> ResponseReturnValue:
    """Use another user name and password from now on, where Act-On takes them."""
    typed = forms.typed()
    username, password = typed.get("acton_username", ""), typed.get("acton_password", "")
    try:
        tested = get_connecting().connect_with_password(
            session.actor(), space_id, username=username, password=password
        )
    except InvalidFields as error:
        problems = {f"acton_{one.field}": one.message for one in error.problems}
        shown = _form(space_id, problems=problems, acton_username=username)
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    if not tested.works:
        problems = {"acton_password": f"{tested.message} {tested.hint}".strip()}
        shown = _form(space_id, problems=problems, acton_username=username)
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    say(tested)
    return redirect(url_for("space.overview", space_id=space_id), code=303)


@bp.post("/<space_id>/connection/log-in")
def to_acton(space_id: str) -> ResponseReturnValue:
    """On the way to Act-On, by a page of our own: a form may not lead to another site."""
    target = begin_log_in(space_id)
    return render_template("activate/leaving.html", target=target, space=space_of(space_id))


def begin_log_in(space_id: str) -> str:
    """Where Act-On asks whether we may. Raises NotFound, NotAllowed."""
    return get_connecting().begin_log_in(
        session.actor(),
        space_id,
        session_token=session.token() or "",
        redirect_uri=f"{get_settings().public_url or ''}{url_for('oauth.acton')}",
    )


def say(tested: ConnectionTest) -> None:
    """Tell on the next page what came of a look at Act-On."""
    if not tested.works:
        flash(f"{tested.message} {tested.hint}".strip(), "stop")
        return
    account = name_of(tested)
    said = gettext("Act-On lets us in as %(name)s.", name=account)
    said = said if account else gettext("Act-On lets us in.")
    if tested.lists is not None:
        number = counted(tested.lists)
        lists = ngettext("It has %(num)s list.", "It has %(num)s lists.", tested.lists, num=number)
        said = f"{said} {lists}"
    flash(said, "done")


def name_of(tested: ConnectionTest) -> str:
    """The account as people know it: its name, and its number where the name does not hold it."""
    name, number = tested.account_name, tested.account_id or ""
    return name if number and number in name else f"{name} {number}".strip()


def _form(space_id: str, **context: Any) -> str:
    space = space_of(space_id)
    facts = get_connecting().facts(session.actor(), space_id)
    shown: dict[str, Any] = {
        "facts": facts,
        "account": facts.account_id,
        "acton_username": space.acton_username or "",
        "problems": {},
    }
    return page("admin/connection.html", space, "settings", **shown | context)
