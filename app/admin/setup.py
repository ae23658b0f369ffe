"""Fields and panel in Pipeliner: a checklist that looks, and mends what can be mended."""

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app import htmx, session
from app.admin import words
from app.admin.blueprint import bp
from app.admin.looking import look
from app.admin.space import page, space_of, viewer
from app.services import get_crm_hooks, get_setting_up
from sync.languages import gettext
from sync.model import Checklist, Overview


@bp.get("/<space_id>/setup")
def setup(space_id: str) -> ResponseReturnValue:
    space = space_of(space_id)
    if htmx.is_htmx():
        return checked(space)
    return page("admin/setup.html", space, "setup", **looked_over(space))


@bp.post("/<space_id>/setup")
def mend(space_id: str) -> ResponseReturnValue:
    mend_and_say(space_id)
    return redirect(url_for("admin.setup", space_id=space_id), code=303)


@bp.post("/<space_id>/setup/signature")
def rotate_signature(space_id: str) -> ResponseReturnValue:
    """Let Pipeliner sign webhooks with another secret from now on."""
    finding = get_crm_hooks().rotate(session.actor(), space_id)
    if finding is None:
        flash(gettext("Pipeliner signs with a new secret from now on."), "done")
    else:
        flash(f"{finding.message} {finding.hint}".strip(), "warn")
    return redirect(url_for("admin.setup", space_id=space_id), code=303)


def looked_over(space: Overview) -> dict[str, Any]:
    """The checklist as it is now, or why it cannot be told."""
    checklist, trouble = look(lambda: get_setting_up().checklist(session.actor(), space.space_id))
    return {"checklist": checklist, "trouble": trouble, "by_hand": _by_hand(checklist)}


def checked(space: Overview) -> str:
    """The checklist alone, looked at again."""
    context = looked_over(space) | {"space": space, "words": words}
    context["viewer"] = viewer(space.time_zone)
    said = "" if context["trouble"] else "Looked at again just now."
    return htmx.fragment("admin/_checklist.html", "checklist", texts={"announce": said}, **context)


def mend_and_say(space_id: str) -> None:
    """Make what is missing, and tell on the next page what came of it."""
    after, trouble = look(lambda: get_setting_up().mend(session.actor(), space_id))
    if trouble is not None:
        flash(str(trouble), "stop")
    elif after is not None and after.ready:
        flash(gettext("All fields are in place."), "done")
    else:
        flash(gettext("Some of it needs your hand; see below."), "warn")


def _by_hand(checklist: Checklist | None) -> list[str]:
    """Which of the illustrated instructions are shown."""
    kinds = (one.kind.value for one in checklist.items if one.by_hand) if checklist else ()
    return list(dict.fromkeys(kinds))
