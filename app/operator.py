"""The operator's pages: all spaces, what is being done, what fails, who may come in.

Whoever is no operator is answered alike everywhere here, whatever the address names.
"""

from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import session
from app.admin import words
from app.admin.space import after, done, viewer
from app.admin.words import Question
from app.services import get_accounts, get_administration, get_operating
from sync.errors import Conflict, NotAllowed, NotFound
from sync.languages import gettext
from sync.languages import lazy_gettext as _
from sync.model import Account, SpaceFilter, SpaceStatus

bp = Blueprint("operator", __name__, url_prefix="/operator")

LONGEST_TEXT: Final = 500
DAYS: Final = (1, 7, 30)


@bp.before_request
def door() -> ResponseReturnValue | None:
    """Operators only."""
    refused = session.ask_to_sign_in()
    if refused is None and not session.actor().is_operator:
        raise NotAllowed("This page is for operators.", hint="Ask one of them.")
    return refused


# --- watching ------------------------------------------------------------------------------------


@bp.get("/")
def spaces() -> ResponseReturnValue:
    wanted, operating, actor = _wanted(), get_operating(), session.actor()
    return _page(
        "operator/spaces.html",
        "spaces",
        listing=operating.spaces(actor, wanted, after=after()),
        counts=operating.counts(actor),
        wanted=wanted,
    )


@bp.get("/work")
def work() -> ResponseReturnValue:
    return _page("operator/work.html", "work", runs=get_operating().work(session.actor()))


@bp.get("/failures")
def failures() -> ResponseReturnValue:
    days = request.args.get("days", type=int)
    days = days if days in DAYS else 7
    found = get_operating().failures(session.actor(), days=days)
    return _page("operator/failures.html", "failures", lines=found, days=days, choices=DAYS)


@bp.get("/audit")
def audit() -> ResponseReturnValue:
    listing = get_operating().audit(session.actor(), after=after())
    return _page("operator/audit.html", "audit", listing=listing)


# --- one space -----------------------------------------------------------------------------------


@bp.get("/spaces/<space_id>")
def space(space_id: str) -> ResponseReturnValue:
    found = get_administration().overview(session.actor(), space_id)
    return _page("operator/space.html", "spaces", space=found, local=viewer(found.time_zone))


@bp.post("/spaces/<space_id>/approve")
def approve(space_id: str) -> ResponseReturnValue:
    get_operating().approve(session.actor(), space_id)
    return done(gettext("Approved: it is synced from now on."), "operator.space", space_id=space_id)


@bp.post("/spaces/<space_id>/resume")
def resume(space_id: str) -> ResponseReturnValue:
    found = get_operating().resume(session.actor(), space_id)
    said = gettext("Resumed. State of the space: %(state)s.", state=words.lower_state(found.status))
    return done(said, "operator.space", space_id=space_id)


@bp.get("/spaces/<space_id>/<any(suspend, 'rotate-keys', 'revoke-sessions'):deed>")
def ask_about_space(space_id: str, deed: str) -> ResponseReturnValue:
    found = get_administration().overview(session.actor(), space_id)
    action = url_for(f"operator.{deed.replace('-', '_')}", space_id=space_id)
    return _ask(found.name, QUESTIONS[deed], action, _space_url(space_id))


@bp.post("/spaces/<space_id>/suspend")
def suspend(space_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()[:LONGEST_TEXT]
    if not reason:
        found = get_administration().overview(session.actor(), space_id)
        action = url_for("operator.suspend", space_id=space_id)
        question, back = QUESTIONS["suspend"], _space_url(space_id)
        problem = gettext("Say why: the admins of the space read it.")
        return _ask(found.name, question, action, back, problem=problem), 422
    get_operating().suspend(session.actor(), space_id, reason=reason)
    return done(gettext("The space is suspended."), "operator.space", space_id=space_id)


@bp.post("/spaces/<space_id>/rotate-keys")
def rotate_keys(space_id: str) -> ResponseReturnValue:
    get_administration().rotate_panel_keys(session.actor(), space_id)
    said = gettext("All panel keys of the space are void. Its next run writes new ones.")
    return done(said, "operator.space", space_id=space_id)


@bp.post("/spaces/<space_id>/revoke-sessions")
def revoke_sessions(space_id: str) -> ResponseReturnValue:
    ended = get_accounts().revoke_sessions_of_space(space_id, actor=session.actor())
    return done(
        gettext("Sessions ended: %(number)s.", number=ended), "operator.space", space_id=space_id
    )


# --- accounts ------------------------------------------------------------------------------------


@bp.get("/accounts")
def accounts() -> ResponseReturnValue:
    found = get_accounts().all(actor=session.actor())
    return _page("operator/accounts.html", "accounts", accounts=found)


@bp.get("/accounts/<int:account_id>/<any(disable, 'sign-out'):deed>")
def ask_about_account(account_id: int, deed: str) -> ResponseReturnValue:
    found = _account(account_id)
    action = url_for(f"operator.{deed.replace('-', '_')}", account_id=account_id)
    return _ask(found.email, QUESTIONS[deed], action, url_for("operator.accounts"), here="accounts")


@bp.post("/accounts/<int:account_id>/disable")
def disable(account_id: int) -> ResponseReturnValue:
    found = _account(account_id)
    if account_id == session.actor().account_id:
        raise Conflict("You cannot disable your own account.", hint="Ask another operator.")
    get_accounts().disable(found.email, actor=session.actor())
    return done(gettext("%(who)s cannot sign in any more.", who=found.email), "operator.accounts")


@bp.post("/accounts/<int:account_id>/enable")
def enable(account_id: int) -> ResponseReturnValue:
    found = get_accounts().enable(_account(account_id).email, actor=session.actor())
    return done(gettext("%(who)s can sign in again.", who=found.email), "operator.accounts")


@bp.post("/accounts/<int:account_id>/sign-out")
def sign_out(account_id: int) -> ResponseReturnValue:
    found = _account(account_id)
    ended = get_accounts().revoke_sessions(found.email, actor=session.actor())
    said = gettext("Sessions of %(who)s ended: %(number)s.", who=found.email, number=ended)
    return done(said, "operator.accounts")


def _account(account_id: int) -> Account:
    """The account of that number. Raises NotFound."""
    for one in get_accounts().all(actor=session.actor()):
        if one.account_id == account_id:
            return one
    raise NotFound("There is no such account.")


def _wanted() -> SpaceFilter:
    """The filter in the address; nonsense becomes "whatever it is"."""
    status = request.args.get("status", "")
    return SpaceFilter(
        status=SpaceStatus(status) if status in list(SpaceStatus) else None,
        text=request.args.get("q", "").strip()[:LONGEST_TEXT],
    )


def _space_url(space_id: str) -> str:
    return url_for("operator.space", space_id=space_id)


def _ask(
    about: str,
    question: Question,
    action: str,
    back: str,
    *,
    here: str = "spaces",
    problem: str = "",
) -> str:
    return _page(
        "operator/ask.html",
        here,
        about=about,
        question=question,
        action=action,
        back=back,
        problem=problem,
    )


def _page(template: str, here: str, **context: Any) -> str:
    shown = {"words": words, "here": here, "tabs": TABS}
    return render_template(template, **shown, viewer=viewer(), **context)


TABS: Final = (
    ("spaces", _("Spaces"), "operator.spaces"),
    ("work", _("Work"), "operator.work"),
    ("failures", _("Failures"), "operator.failures"),
    ("accounts", _("Accounts"), "operator.accounts"),
    ("audit", _("Audit"), "operator.audit"),
)
QUESTIONS: Final = {
    "suspend": Question(
        title=_("Suspend this space?"),
        text=(
            _(
                "Nothing is synced until an operator resumes it, and its panel says so. A run that "
                "is under way ends by itself. Its admins read the reason."
            ),
        ),
        button=_("Suspend"),
        field="reason",
        label=_("Reason"),
        required=True,
    ),
    "rotate-keys": Question(
        title=_("Rotate the panel keys of this space?"),
        text=(
            _(
                "Every panel that is open now, and every key written so far, stops working at "
                "once. The next run writes new keys to the Contacts; until then their panels stay "
                "closed."
            ),
        ),
        button=_("Rotate keys"),
    ),
    "revoke-sessions": Question(
        title=_("Sign out all admins of this space?"),
        text=(_("Whoever is an admin of it has to sign in again, on every device."),),
        button=_("Revoke sessions"),
    ),
    "disable": Question(
        title=_("Disable this account?"),
        text=(_("It cannot sign in any more. Its sessions end at once. You can enable it again."),),
        button=_("Disable"),
    ),
    "sign-out": Question(
        title=_("End the sessions of this account?"),
        text=(_("Whoever uses it has to sign in again, on every device."),),
        button=_("Revoke sessions"),
    ),
}
