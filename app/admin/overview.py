"""A space at a glance: what it does next, what it did last, and stopping and starting it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import htmx, session
from app.admin.advice import next_step
from app.admin.connection import say
from app.admin.space import ask, bp, done, shown, space_of
from app.admin.words import Question
from app.services import get_administration, get_connecting
from sync.languages import gettext
from sync.languages import lazy_gettext as _

LONGEST_REASON = 500


@bp.get("/")
def overview(space_id: str) -> ResponseReturnValue:
    space = space_of(space_id)
    context = shown(space, here="overview")
    context["advice"] = next_step(space, context["viewer"])
    return render_template("admin/overview.html", **context)


@bp.get("/now")
def now(space_id: str) -> ResponseReturnValue:
    """The card about the run, which asks for itself while one is under way."""
    context = shown(space_of(space_id))
    if not htmx.is_htmx():
        return redirect(url_for("space.overview", space_id=space_id), code=303)
    return htmx.fragment("admin/overview.html", "now", texts={}, **context)


@bp.post("/run")
def run_now(space_id: str) -> ResponseReturnValue:
    begun = get_administration().start(session.actor(), space_id)
    said = gettext("The run was started.")
    if not begun.started:
        said = gettext("A run is under way already: this one.")
    return done(said, "space.run", space_id=space_id, run_id=begun.run.run_id)


@bp.post("/test")
def test(space_id: str) -> ResponseReturnValue:
    """Look at the connection to Act-On now."""
    tested = get_connecting().test(session.actor(), space_id)
    say(tested)
    return redirect(url_for("space.overview", space_id=space_id), code=303)


@bp.get("/pause")
def ask_pause(space_id: str) -> ResponseReturnValue:
    space = space_of(space_id)
    back, action = (url_for(name, space_id=space_id) for name in ("space.overview", "space.pause"))
    return ask(space, "overview", PAUSE, action=action, back=back)


@bp.post("/pause")
def pause(space_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "")[:LONGEST_REASON]
    get_administration().pause(session.actor(), space_id, reason=reason)
    return done(gettext("The space is paused."), "space.overview", space_id=space_id)


@bp.post("/resume")
def resume(space_id: str) -> ResponseReturnValue:
    get_administration().resume(session.actor(), space_id)
    said = gettext("The space is synced again from its next sync time on.")
    return done(said, "space.overview", space_id=space_id)


PAUSE = Question(
    title=_("Pause this space?"),
    text=(
        _(
            "Nothing is synced until you or another admin resumes it. A run that is under way ends "
            "by itself. Settings, history and the panel stay as they are."
        ),
    ),
    button=_("Pause"),
    danger=False,
    field="reason",
    label=_("Reason"),
    hint=_("Other admins and the operator read it. You may leave it empty."),
)
