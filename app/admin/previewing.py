"""What both previews have in common, in the activation and in daily life: the one remembered, and
what it foresees at the threshold where the handle stands.

The last preview is remembered in the form cookie, so that going back and forth does not read
everything again. Moving the handle asks our own database only.
"""

from typing import Any, Final

from flask import request
from flask import session as form_cookie

from app import session
from app.admin.histogram import Scale, histogram
from app.services import get_previews
from sync.errors import NotFound
from sync.model import JobStatus, PreviewJob
from sync.words import REASONS, foresee

REMEMBERED: Final = "preview"
HIGHEST: Final = 1_000_000
GONE: Final = "preview_gone"


def remember(job: PreviewJob) -> None:
    """Show this preview whenever somebody comes back."""
    form_cookie[REMEMBERED] = [job.space_id, job.job_id]


def wanted(space_id: str) -> PreviewJob | None:
    """The preview that is asked for, else the last one of this space; None: there is none."""
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


def shown(job: PreviewJob | None, *, threshold: str, outdated: bool) -> dict[str, Any]:
    """What the page of a preview is rendered with. `threshold`: that of the settings, as text."""
    context: dict[str, Any] = {
        "job": job,
        "reasons": REASONS,
        "foresee": foresee,
        "outdated": outdated,
        "gone": job is None and "job" in request.args,
    }
    if job is not None and job.status is JobStatus.DONE:
        context |= _foreseen(job, _threshold(threshold, job))
    return context


def _foreseen(job: PreviewJob, threshold: int) -> dict[str, Any]:
    found = get_previews().foresee(session.actor(), job.space_id, job.job_id, threshold=threshold)
    floor = job.curve.floor if job.curve else 0
    scale = Scale.of(found.histogram, floor, threshold)
    return {
        "found": found,
        "scale": scale,
        "drawing": histogram(found.histogram, found.threshold, scale),
    }


def _threshold(in_settings: str, job: PreviewJob) -> int:
    """Where the handle stands: as asked for, else as chosen, else as when the preview was made."""
    for text in (request.args.get("threshold", ""), in_settings.strip()):
        if text.isascii() and text.isdigit() and int(text[:9]) <= HIGHEST:
            return int(text[:9])
    return job.settings.threshold
