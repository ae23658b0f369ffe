"""The preview as a step: what a run would do with the settings as they are typed now."""

from typing import Any, Final

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from app import forms, htmx, session
from app.admin import previewing
from app.admin.activate.frame import bp, go, keep, merged, page, the_draft, the_space
from app.admin.looking import look
from app.admin.space import viewer
from app.services import get_activation, get_previews
from sync.errors import Conflict, InvalidFields
from sync.languages import gettext
from sync.model import PreviewJob, Step

TEMPLATE: Final = "preview.html"


@bp.get("/preview")
def preview(space_id: str) -> ResponseReturnValue:
    """The preview as it stands; for htmx the part that asks."""
    job = previewing.wanted(space_id)
    context = _context(job)
    if not htmx.is_htmx():
        return page(TEMPLATE, "preview", **context)
    context |= {"space": the_space(), "version": the_draft().revision.version}
    if htmx.target() != "foreseen" or "found" not in context:
        return htmx.fragment(TEMPLATE, "preview", texts={}, **context)
    texts = {"drawing": context["drawing"]}
    return htmx.fragment(TEMPLATE, "foreseen", texts=texts, **context)


@bp.post("/preview")
def make(space_id: str) -> ResponseReturnValue:
    """Begin a preview with the settings as they are typed now."""
    actor = session.actor()
    try:
        change = get_activation().understood(actor, space_id, the_draft().typed)
    except InvalidFields:
        flash(gettext("Some settings are not right yet; they say what is missing."), "warn")
        return go("settings")
    job, trouble = look(lambda: get_previews().start(actor, space_id, change))
    if job is None:
        flash(str(trouble), "stop")
        return go("preview")
    previewing.remember(job)
    return go("preview", job=job.job_id)


@bp.post("/preview/threshold")
def use(space_id: str) -> ResponseReturnValue:
    """Take the score at which the handle stands into the settings, and go on."""
    chosen = forms.typed().get("threshold", "")
    typed = merged({"threshold": chosen})
    if typed == the_draft().typed:
        return go("finish")
    try:
        kept = keep(Step.AUTOCREATE, typed)
    except Conflict as error:
        flash(str(error), "warn")
        return go("preview")
    if any(name == "threshold" for name, _ in kept.problems):
        flash(gettext("Choose the score to reach as a whole number."), "stop")
        return go("settings")
    return go("finish")


def _context(job: PreviewJob | None) -> dict[str, Any]:
    space_id = the_space().space_id
    shown = previewing.shown(
        job,
        threshold=the_draft().typed.threshold,
        outdated=job is not None and _outdated(job),
    )
    return shown | {
        "frame": "activate/frame.html",
        "viewer": viewer(the_space().time_zone),
        "show": "activate.preview",
        "make": url_for("activate.make", space_id=space_id),
        "use": url_for("activate.use", space_id=space_id),
        "back": url_for("activate.fields", space_id=space_id),
        "skip": url_for("activate.finish", space_id=space_id),
    }


def _outdated(job: PreviewJob) -> bool:
    """Whether something but the threshold was changed since."""
    try:
        change = get_activation().understood(
            session.actor(), job.space_id, merged({"threshold": str(job.settings.threshold)})
        )
    except InvalidFields:
        return True
    return change.settings != job.settings
