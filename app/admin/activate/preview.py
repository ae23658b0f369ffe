"""The preview: one reading of all lists, and what a run would do at any threshold.

Moving the handle asks our own database only. The last preview is remembered in the form cookie, so
that going back and forth does not read everything again.
"""

from typing import Any, Final

from flask import flash, request
from flask import session as form_cookie
from flask.typing import ResponseReturnValue

from app import forms, htmx, session
from app.admin.activate.frame import bp, go, keep, merged, page, the_draft, the_space
from app.admin.histogram import Scale, histogram
from app.admin.looking import look
from app.admin.space import viewer
from app.services import get_activation, get_previews
from sync.errors import Conflict, InvalidFields, NotFound
from sync.model import JobStatus, PreviewJob, Step
from sync.words import REASONS, foresee

REMEMBERED: Final = "preview"
HIGHEST: Final = 1_000_000
GONE: Final = "preview_gone"


@bp.get("/preview")
def preview(space_id: str) -> ResponseReturnValue:
    """The preview as it stands; for htmx the part that asks."""
    job = _job()
    if not htmx.is_htmx():
        return page("activate/preview.html", "preview", **_context(job))
    context = _context(job) | {"space": the_space(), "version": the_draft().revision.version}
    if htmx.target() != "foreseen" or "found" not in context:
        return htmx.fragment("activate/preview.html", "preview", texts={}, **context)
    texts = {"drawing": context["drawing"]}
    return htmx.fragment("activate/preview.html", "foreseen", texts=texts, **context)


@bp.post("/preview")
def make(space_id: str) -> ResponseReturnValue:
    """Begin a preview with the settings as they are typed now."""
    actor = session.actor()
    try:
        change = get_activation().understood(actor, space_id, the_draft().typed)
    except InvalidFields:
        flash("Some settings are not right yet; they say what is missing.", "warn")
        return go("settings")
    job, trouble = look(lambda: get_previews().start(actor, space_id, change))
    if job is None:
        flash(str(trouble), "stop")
        return go("preview")
    form_cookie[REMEMBERED] = [space_id, job.job_id]
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
        flash("Choose the score to reach as a whole number.", "stop")
        return go("settings")
    return go("finish")


def _job() -> PreviewJob | None:
    """The preview that is asked for, else the last one of this space; None: there is none."""
    space_id = the_space().space_id
    kept = form_cookie.get(REMEMBERED) or ["", ""]
    job_id = request.args.get("job") or (kept[1] if kept[0] == space_id else "")
    if not job_id:
        return None
    try:
        return get_previews().get(session.actor(), space_id, job_id)
    except NotFound as error:
        if error.kind != GONE:
            raise
        return None


def _context(job: PreviewJob | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "job": job,
        "viewer": viewer(the_space().time_zone),
        "reasons": REASONS,
        "foresee": foresee,
        "outdated": job is not None and _outdated(job),
        "gone": job is None and "job" in request.args,
    }
    if job is not None and job.status is JobStatus.DONE:
        shown |= _foreseen(job)
    return shown


def _foreseen(job: PreviewJob) -> dict[str, Any]:
    threshold = _threshold(job)
    found = get_previews().foresee(session.actor(), job.space_id, job.job_id, threshold=threshold)
    floor = job.curve.floor if job.curve else 0
    scale = Scale.of(found.histogram, floor, threshold)
    return {
        "found": found,
        "scale": scale,
        "drawing": histogram(found.histogram, found.threshold, scale),
    }


def _threshold(job: PreviewJob) -> int:
    """Where the handle stands: as asked for, else as typed, else as when the preview was made."""
    for text in (request.args.get("threshold", ""), the_draft().typed.threshold.strip()):
        if text.isascii() and text.isdigit() and int(text[:9]) <= HIGHEST:
            return int(text[:9])
    return job.settings.threshold


def _outdated(job: PreviewJob) -> bool:
    """Whether something but the threshold was changed since."""
    try:
        change = get_activation().understood(
            session.actor(), job.space_id, merged({"threshold": str(job.settings.threshold)})
        )
    except InvalidFields:
        return True
    return change.settings != job.settings
