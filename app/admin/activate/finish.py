"""Finish: all that was chosen at a glance, then "Add pending", or running at once."""

from http import HTTPStatus
from typing import Any, Final

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app import forms, session
from app.admin.activate.frame import CHOICES, bp, page, the_draft, the_space, told
from app.admin.looking import look
from app.services import get_activation
from sync.errors import Conflict, InvalidFields
from sync.languages import lazy_gettext as _
from sync.model import Space, SpaceStatus

STEP_OF: Final = dict.fromkeys(CHOICES, "choices") | {"authentication_name": "authentication"}
FINISHED: Final = "finished"  # the kind of conflict: somebody was faster
PENDING: Final = _(
    "The activation is finished. It is “Add pending” until the operator approves it."
)
RUNNING: Final = _("The activation is finished, and the integration is running.")


@bp.get("/finish")
def finish(space_id: str) -> ResponseReturnValue:
    return _page(_open())


@bp.post("/finish")
def finish_it(space_id: str) -> ResponseReturnValue:
    open_ = _open()
    if open_:
        return _page(open_), HTTPStatus.UNPROCESSABLE_ENTITY
    actor, version = session.actor(), forms.version()
    finished, trouble = look(lambda: get_activation().finish(actor, space_id, version=version))
    if isinstance(trouble, InvalidFields):
        return _page(_at_steps(forms.problems_of(trouble))), HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(trouble, Conflict) and trouble.kind != FINISHED:
        return _page((), **told(trouble, the_draft().typed)), HTTPStatus.CONFLICT
    if trouble is not None and not isinstance(trouble, Conflict):
        return _page((), trouble=trouble), HTTPStatus.UNPROCESSABLE_ENTITY
    return _done(finished)


def _done(finished: Space | None) -> ResponseReturnValue:
    runs = finished is not None and finished.status is SpaceStatus.RUNNING
    flash(str(RUNNING if runs else PENDING), "done")
    return redirect(url_for("admin.hub"), code=303)


Open = tuple[tuple[str, str], ...]  # (step, what is missing there)


def _open() -> Open:
    """What is still missing, with the step where it is mended."""
    missing = _at_steps(dict(the_draft().problems))
    if not the_space().acton_connected:
        missing = (*missing, ("authentication", _("Act-On is not connected yet.")))
    return missing


def _at_steps(problems: dict[str, str]) -> Open:
    return tuple((STEP_OF.get(name, "settings"), text) for name, text in problems.items())


def _page(missing: Open, **context: Any) -> str:
    shown = {"missing": missing, "trouble": None} | context
    return page("activate/finish.html", "finish", **shown)
