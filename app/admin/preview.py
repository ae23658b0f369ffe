"""The preview in daily life: what the next run would do, at any threshold; nothing is written."""

from dataclasses import replace
from typing import Any, Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import forms, htmx, session
from app.admin import previewing
from app.admin.activate.frame import UNFINISHED
from app.admin.looking import look
from app.admin.space import bp, done, shown, space_of
from app.services import get_activation, get_previews
from sync.errors import Conflict, InvalidFields
from sync.languages import gettext
from sync.model import Overview, PreviewJob

TEMPLATE: Final = "preview.html"


@bp.get("/preview")
def preview(space_id: str) -> ResponseReturnValue:
    """The preview as it stands; for htmx the part that asks."""
    space = space_of(space_id)
    if space.status in UNFINISHED:  # there the preview is a step of the activation
        return redirect(url_for("activate.preview", space_id=space_id), code=303)
    context = _context(space, previewing.wanted(space_id))
    if not htmx.is_htmx():
        return render_template(TEMPLATE, **context)
    if htmx.target() != "foreseen" or "found" not in context:
        return htmx.fragment(TEMPLATE, "preview", texts={}, **context)
    texts = {"drawing": context["drawing"]}
    return htmx.fragment(TEMPLATE, "foreseen", texts=texts, **context)


@bp.post("/preview")
def make_preview(space_id: str) -> ResponseReturnValue:
    """Begin a preview with the settings as they are."""
    job, trouble = look(lambda: get_previews().start(session.actor(), space_id))
    if job is None:
        flash(str(trouble), "stop")
        return _to("space.preview", space_id)
    previewing.remember(job)
    return _to("space.preview", space_id, job=job.job_id)


@bp.post("/preview/threshold")
def use_threshold(space_id: str) -> ResponseReturnValue:
    """Go by the score at which the handle stands, from the next run on."""
    actor, chosen = session.actor(), forms.typed().get("threshold", "")
    typed = replace(get_activation().typed_settings(actor, space_id).typed, threshold=chosen)
    try:
        get_activation().change_settings(actor, space_id, typed, version=forms.version())
    except InvalidFields as error:
        problems = forms.problems_of(error)
        otherwise = gettext("Some settings are not right any more; see below.")
        said = problems.get("threshold", otherwise)
        flash(f"{gettext('Nothing was saved.')} {said}", "stop")
        return _to("space.settings", space_id)
    except Conflict as error:
        flash(str(error), "warn")
        return _to("space.preview", space_id)
    said = gettext("Saved. From the next run on a score of %(score)s counts.", score=chosen)
    return done(said, "space.preview", space_id=space_id)


def _context(space: Overview, job: PreviewJob | None) -> dict[str, Any]:
    space_id = space.space_id
    found = previewing.shown(
        job,
        threshold=str(space.settings.threshold),
        outdated=job is not None and _outdated(space, job),
    )
    ways = {
        "frame": "admin/preview_frame.html",
        "show": "space.preview",
        "make": url_for("space.make_preview", space_id=space_id),
        "use": url_for("space.use_threshold", space_id=space_id),
        "back": None,
        "skip": None,
        "version": space.revision.version,
    }
    return shown(space, here="preview") | found | ways


def _outdated(space: Overview, job: PreviewJob) -> bool:
    """Whether something but the threshold was changed since."""
    return replace(space.settings, threshold=job.settings.threshold) != job.settings


def _to(endpoint: str, space_id: str, **values: Any) -> ResponseReturnValue:
    return redirect(url_for(endpoint, space_id=space_id, **values), code=303)
