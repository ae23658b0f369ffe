"""The settings of a space on one page, its audit trail, and the ways out."""

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import forms, session
from app.admin import settings_form
from app.admin.space import after, ask, bp, done, page, space_of
from app.admin.words import Question
from app.services import get_activation, get_administration
from sync.errors import Conflict, InvalidFields
from sync.languages import gettext
from sync.languages import lazy_gettext as _
from sync.model import SYNC_TIMES, Revision, TypedSettings

LONGEST_NAME: Final = 300


@bp.get("/settings")
def settings(space_id: str) -> ResponseReturnValue:
    draft = get_activation().typed_settings(session.actor(), space_id)
    return _form(space_id, draft.typed, draft.revision)


@bp.post("/settings")
def save_settings(space_id: str) -> ResponseReturnValue:
    typed, version = settings_form.read(request.form), forms.version()
    try:
        get_activation().change_settings(session.actor(), space_id, typed, version=version)
    except InvalidFields as error:
        problems = forms.problems_of(error)
        return _form(space_id, typed, _same(version), problems=problems), 422
    except Conflict as error:
        there = get_activation().typed_settings(session.actor(), space_id)
        lost = settings_form.differences(there.typed, typed)
        return _form(space_id, typed, there.revision, conflict=error, differences=lost), 409
    return done(
        gettext("Saved. It counts from the next run on."), "space.settings", space_id=space_id
    )


@bp.post("/settings/look")
def look_at_list(space_id: str) -> ResponseReturnValue:
    """The form as typed, with the columns of one list beside it; nothing is saved."""
    typed = settings_form.read(request.form)
    looked_at = request.form.get("look", "")
    return _form(space_id, typed, _same(forms.version()), sample_of=looked_at)


@bp.get("/audit")
def audit(space_id: str) -> ResponseReturnValue:
    listing = get_administration().audit(session.actor(), space_id, after=after())
    return page("admin/audit.html", space_of(space_id), "audit", listing=listing)


# --- ways out ------------------------------------------------------------------------------------


@bp.get("/<any('rotate-keys', deactivate, erase, leave):deed>")
def ask_deed(space_id: str, deed: str) -> ResponseReturnValue:
    return _ask(space_id, deed)


@bp.post("/rotate-keys")
def rotate_keys(space_id: str) -> ResponseReturnValue:
    get_administration().rotate_panel_keys(session.actor(), space_id)
    said = gettext("All panel keys are void. The next run writes new ones.")
    return done(said, "space.settings", space_id=space_id)


@bp.post("/deactivate")
def deactivate(space_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "")[:LONGEST_NAME]
    get_administration().deactivate(session.actor(), space_id, reason=reason)
    return done(gettext("The space is deactivated."), "space.overview", space_id=space_id)


@bp.post("/erase")
def erase(space_id: str) -> ResponseReturnValue:
    typed = request.form.get("name", "")[:LONGEST_NAME]
    try:
        get_administration().erase(session.actor(), space_id, typed_name=typed)
    except InvalidFields as error:
        return _ask(space_id, "erase", typed=typed, problem=str(error.message)), 422
    except Conflict as error:
        return _ask(space_id, "erase", typed=typed, problem=str(error)), 409
    flash(gettext("The space is erased: nothing is held of it any more."), "done")
    return redirect(_home(), code=303)


@bp.post("/leave")
def leave(space_id: str) -> ResponseReturnValue:
    try:
        get_administration().leave(session.actor(), space_id)
    except Conflict as error:
        return _ask(space_id, "leave", problem=str(error)), 409
    flash(gettext("You are no longer an admin of %(space)s.", space=space_id), "done")
    return redirect(_home(), code=303)


def _home() -> str:
    return url_for("operator.spaces" if session.actor().is_operator else "admin.hub")


def _ask(space_id: str, deed: str, **context: Any) -> str:
    action = url_for(f"space.{deed.replace('-', '_')}", space_id=space_id)
    return ask(space_of(space_id), "settings", DEEDS[deed], action=action, **context)


def _form(
    space_id: str,
    typed: TypedSettings,
    revision: Revision,
    *,
    sample_of: str | None = None,
    **context: Any,
) -> str:
    space, actor = space_of(space_id), session.actor()
    may_change = space_id in actor.spaces
    offered = (
        settings_form.look_up(actor, space_id, typed, sample_of=sample_of)
        if may_change
        else settings_form.Offered()
    )
    shown = {"problems": {}, "conflict": None, "differences": []} | context
    return page(
        "admin/settings.html",
        space,
        "settings",
        typed=typed,
        revision=revision,
        offered=offered,
        mapped=settings_form.MAPPED,
        times=SYNC_TIMES,
        **shown,
    )


def _same(version: int) -> Revision:
    return Revision(version=version, saved_at=None, saved_by=None)


DEEDS: Final = {
    "rotate-keys": Question(
        title=_("Rotate the panel keys?"),
        text=(
            _(
                "Every panel that is open now, and every key written so far, stops working at "
                "once. The next run writes new keys to the Contacts; until then their panels stay "
                "closed."
            ),
            _("Do this if a key may have got into the wrong hands."),
        ),
        button=_("Rotate keys"),
    ),
    "deactivate": Question(
        title=_("Deactivate this space?"),
        text=(
            _(
                "Nothing is synced any more and the panel closes. Settings, history, links and "
                "credentials are kept, so that nothing is created twice if you come back."
            ),
        ),
        button=_("Deactivate"),
        field="reason",
        label=_("Reason"),
        hint=_("The operator reads it. You may leave it empty."),
    ),
    "erase": Question(
        title=_("Erase this space?"),
        text=(
            _(
                "Everything that this service holds of the space is deleted for good: settings, "
                "credentials, links, scores, runs, people and its audit trail."
            ),
            _(
                "Leads and Contacts in Pipeliner stay, and so does Act-On. If the space is "
                "connected again later, this service has to find its own Leads anew."
            ),
        ),
        button=_("Erase for good"),
        field="name",
        label=_("Type the name of the space"),
        required=True,
    ),
    "leave": Question(
        title=_("Leave this space?"),
        text=(
            _(
                "You are no longer an admin of it. Others stay, and the sync goes on. To come "
                "back, connect it again with its API key."
            ),
        ),
        button=_("Leave"),
    ),
}
