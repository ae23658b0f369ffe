"""The hub: the Act-On card, one's own spaces, and claiming one by showing its key."""

from http import HTTPStatus
from typing import Any, Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import forms, session
from app.admin.activate.frame import UNFINISHED, first_open
from app.admin.blueprint import bp
from app.admin.space import space_of, viewer
from app.limits import CLAIM, limiter
from app.services import get_activation, get_administration
from sync.errors import InvalidFields
from sync.languages import gettext
from sync.model import Claimed, ClaimForm

KEPT: Final = ("service_url", "space_id", "username")  # shown again as typed; the password never


@bp.get("/")
def hub() -> ResponseReturnValue:
    return _hub()


@bp.post("/")
@limiter.limit(CLAIM)
def claim() -> ResponseReturnValue:
    """Claim a space by showing its API key, and go on with its activation."""
    typed = forms.typed()
    form = ClaimForm(
        **{name: typed.get(name, "") for name in KEPT}, password=typed.get("password", "")
    )
    try:
        claimed = get_activation().claim(session.actor(), form)
    except InvalidFields as error:
        shown = {name: typed.get(name, "") for name in KEPT}
        page = _hub(typed=shown, problems=forms.problems_of(error))
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    return _go_on(claimed)


@bp.get("/<space_id>/activate")
def activation(space_id: str) -> ResponseReturnValue:
    """To the step where the activation goes on."""
    space = space_of(space_id)
    if space.status not in UNFINISHED:
        return redirect(url_for("space.overview", space_id=space_id), code=303)
    step = first_open(space, get_activation().draft(session.actor(), space_id))
    return redirect(url_for(f"activate.{step}", space_id=space_id), code=303)


def _go_on(claimed: Claimed) -> ResponseReturnValue:
    if claimed.status in UNFINISHED:
        flash(gettext("The key works. Pipeliner is connected."), "done")
        return redirect(url_for("admin.activation", space_id=claimed.space_id), code=303)
    flash(gettext("The key works. You are an admin of this space now."), "done")
    return redirect(url_for("space.overview", space_id=claimed.space_id), code=303)


def _hub(**context: Any) -> str:
    shown: dict[str, Any] = {"typed": {}, "problems": {}} | context
    spaces = get_administration().own_spaces(session.actor())
    return render_template(
        "admin/hub.html",
        spaces=spaces,
        space_viewer=lambda one: viewer(one.time_zone),
        viewer=viewer(),
        unfinished=UNFINISHED,
        **shown,
    )
