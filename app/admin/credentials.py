"""The API key of a space that is active already, and taking its access to Act-On away."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from app import forms, session
from app.admin.space import ask, bp, done, page, space_of
from app.admin.words import Question
from app.services import get_connecting
from sync.errors import InvalidFields
from sync.languages import gettext
from sync.languages import lazy_gettext as _


@bp.get("/pipeliner-key")
def pipeliner_key(space_id: str) -> ResponseReturnValue:
    space = space_of(space_id)
    return _form(space_id, username=space.pipeliner_username)


@bp.post("/pipeliner-key")
def change_pipeliner_key(space_id: str) -> ResponseReturnValue:
    """Use another key from now on, where Pipeliner takes it."""
    typed = forms.typed()
    username, password = typed.get("username", ""), typed.get("password", "")
    try:
        get_connecting().change_pipeliner_key(
            session.actor(), space_id, username=username, password=password
        )
    except InvalidFields as error:
        return _form(space_id, username=username, problems=forms.problems_of(error)), 422
    said = gettext("The key works. It is used from now on.")
    return done(said, "space.overview", space_id=space_id)


@bp.get("/disconnect")
def ask_disconnect(space_id: str) -> ResponseReturnValue:
    action = url_for("space.disconnect", space_id=space_id)
    return ask(space_of(space_id), "settings", DISCONNECT, action=action)


@bp.post("/disconnect")
def disconnect(space_id: str) -> ResponseReturnValue:
    get_connecting().disconnect(session.actor(), space_id)
    return done(gettext("Act-On is disconnected."), "space.overview", space_id=space_id)


def _form(space_id: str, **context: Any) -> str:
    shown: dict[str, Any] = {"problems": {}} | context
    return page("admin/pipeliner_key.html", space_of(space_id), "settings", **shown)


DISCONNECT = Question(
    title=_("Disconnect Act-On?"),
    text=(
        _(
            "User name, password and access are deleted here. Runs and the panel's Refresh fail "
            "until you connect again. Settings and links stay."
        ),
    ),
    button=_("Disconnect"),
)
