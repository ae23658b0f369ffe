"""The runs of a space: what each did, how far it is, what became of every row."""

from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import htmx, session
from app.admin.space import after, ask, bp, done, page, run_of, shown, space_of
from app.admin.spreadsheet import csv_file
from app.admin.words import Question
from app.services import get_administration, get_records
from sync.errors import Conflict
from sync.languages import gettext
from sync.languages import lazy_gettext as _
from sync.model import (
    OPEN_STATUSES,
    FailReason,
    OutcomeFilter,
    Overview,
    Result,
    Run,
    SkipReason,
)

LONGEST_SEARCH: Final = 200
LONGEST_WORD: Final = 2_000
REASONS: Final = (*SkipReason, *FailReason)


@bp.get("/runs")
def runs(space_id: str) -> ResponseReturnValue:
    listing = get_administration().runs(session.actor(), space_id, after=after())
    return page("admin/runs.html", space_of(space_id), "runs", listing=listing)


@bp.get("/runs/<int:run_id>")
def run(space_id: str, run_id: int) -> ResponseReturnValue:
    found = run_of(space_id, run_id)
    return render_template("admin/run.html", **_whole(space_of(space_id), found))


@bp.get("/runs/<int:run_id>/progress")
def run_progress(space_id: str, run_id: int) -> ResponseReturnValue:
    """How far the run is; once it has ended, also what stands around that on its page."""
    found = run_of(space_id, run_id)
    if not htmx.is_htmx():
        return redirect(url_for("space.run", space_id=space_id, run_id=run_id), code=303)
    if found.status in OPEN_STATUSES:
        context = shown(space_of(space_id), run=found)
        return htmx.fragment("admin/run.html", "progress", texts={}, **context)
    context = _whole(space_of(space_id), found)
    texts = {
        name: htmx.fragment("admin/run.html", name, texts={}, **context)
        for name in ("details", "actions")
    }
    return htmx.fragment("admin/run.html", "progress", texts=texts, **context)


@bp.get("/runs/<int:run_id>/cancel")
def ask_cancel(space_id: str, run_id: int) -> ResponseReturnValue:
    run_of(space_id, run_id)
    back = url_for("space.run", space_id=space_id, run_id=run_id)
    action = url_for("space.cancel", space_id=space_id, run_id=run_id)
    return ask(space_of(space_id), "runs", CANCEL, action=action, back=back)


@bp.post("/runs/<int:run_id>/cancel")
def cancel(space_id: str, run_id: int) -> ResponseReturnValue:
    run_of(space_id, run_id)
    page_of_run = redirect(url_for("space.run", space_id=space_id, run_id=run_id), code=303)
    try:
        stopped = get_administration().cancel(session.actor(), run_id)
    except Conflict as error:  # it ended while somebody was asked
        flash(str(error.message), "warn")
        return page_of_run
    still_open = stopped.status in OPEN_STATUSES
    stops, over = gettext("The run stops before its next write."), gettext("The run is cancelled.")
    flash(stops if still_open else over, "done")
    return page_of_run


@bp.post("/runs/<int:run_id>/retry")
def retry(space_id: str, run_id: int) -> ResponseReturnValue:
    run_of(space_id, run_id)
    begun = get_administration().retry(session.actor(), run_id)
    said = gettext("This run takes up what failed.")
    if not begun.started:
        said = gettext("A run is under way; it takes up what failed.")
    return done(said, "space.run", space_id=space_id, run_id=begun.run.run_id)


@bp.post("/runs/<int:run_id>/approve")
def approve_creates(space_id: str, run_id: int) -> ResponseReturnValue:
    """Let the new Leads through that this run held back."""
    run_of(space_id, run_id)
    try:
        begun = get_administration().approve_creates(session.actor(), run_id)
    except Conflict as error:  # another run was faster, or somebody pressed twice
        flash(str(error), "warn")
        return redirect(url_for("space.run", space_id=space_id, run_id=run_id), code=303)
    said = gettext("Approved. This run creates them.")
    if not begun.started:
        said = gettext("They are approved already; this run creates them.")
    return done(said, "space.run", space_id=space_id, run_id=begun.run.run_id)


# --- outcomes ------------------------------------------------------------------------------------


@bp.get("/runs/<int:run_id>/outcomes")
def outcomes(space_id: str, run_id: int) -> ResponseReturnValue:
    found, wanted, actor = run_of(space_id, run_id), _wanted(), session.actor()
    return page(
        "admin/outcomes.html",
        space_of(space_id),
        "runs",
        run=found,
        wanted=wanted,
        filters=_in_address(wanted),
        reasons=REASONS,
        lists=get_administration().run_lists(actor, run_id),
        total=get_records().count_outcomes(actor, run_id, wanted),
        listing=get_records().outcomes(actor, run_id, wanted, after=after()),
    )


@bp.get("/runs/<int:run_id>/outcomes.csv")
def outcomes_csv(space_id: str, run_id: int) -> ResponseReturnValue:
    """The same rows, all of them, for a spreadsheet."""
    run_of(space_id, run_id)
    table = get_records().table(session.actor(), run_id, _wanted())
    return csv_file(table, f"outcomes-of-run-{run_id}.csv")


def _whole(space: Overview, run: Run) -> dict[str, Any]:
    """What the page of a run shows."""
    actor, run_id = session.actor(), run.run_id
    return shown(
        space,
        here="runs",
        run=run,
        lists=get_administration().run_lists(actor, run_id),
        groups=get_records().errors(actor, run_id),
    )


def _wanted() -> OutcomeFilter:
    """The filter in the address; nonsense becomes "whatever it is"."""
    result, reason, list_no = (request.args.get(name, "") for name in ("result", "reason", "list"))
    numbered = list_no.isascii() and list_no.isdigit() and len(list_no) < 7
    return OutcomeFilter(
        list_no=int(list_no) if numbered else None,
        result=result if result in list(Result) else None,
        reason=reason if reason in REASONS else None,
        detail=request.args.get("detail", "")[:LONGEST_WORD] or None,
        text=" ".join(request.args.get("q", "").split())[:LONGEST_SEARCH],
    )


def _in_address(wanted: OutcomeFilter) -> dict[str, str]:
    """The filter as it stands in an address."""
    found = {
        "list": wanted.list_no,
        "result": wanted.result,
        "reason": wanted.reason,
        "detail": wanted.detail,
        "q": wanted.text,
    }
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


CANCEL: Final = Question(
    title=_("Cancel this run?"),
    text=(
        _(
            "It stops before its next write; what is written stays. Rows that it has not reached "
            "count as failed, and the next run takes them up."
        ),
    ),
    button=_("Cancel the run"),
)
