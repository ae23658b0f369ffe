"""What all pages of one space have in common: their blueprint, its door, and how they are rendered.

Rights are the service's. Here is only what to offer: nothing that would be refused anyway.
"""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import session
from app.admin import words
from app.filters import Viewer, find_zone, read_languages
from app.services import get_administration
from app.spoken import HEADER
from sync.errors import NotFound
from sync.languages import current_language
from sync.languages import lazy_gettext as _
from sync.model import Overview, Run

bp = Blueprint("space", __name__, url_prefix="/admin/<space_id>")

TABS: Final = (
    ("overview", _("Overview"), "space.overview"),
    ("runs", _("Runs"), "space.runs"),
    ("preview", _("Preview"), "space.preview"),
    ("people", _("People"), "space.people"),
    ("hot", _("Hot list"), "space.hot_list"),
    ("webhooks", _("Webhooks"), "space.webhooks"),
    ("messages", _("Messages"), "space.messages"),
    ("settings", _("Settings"), "space.settings"),
    ("setup", _("Set-up"), "admin.setup"),
    ("audit", _("Audit"), "space.audit"),
)


@bp.before_request
def door() -> ResponseReturnValue | None:
    """Whoever comes here signs in first."""
    return session.ask_to_sign_in()


@bp.context_processor
def common() -> dict[str, Any]:
    """What every template may use."""
    return {"words": words}


def space_of(space_id: str) -> Overview:
    """The space of this page. Raises NotFound, for somebody else's too."""
    return get_administration().overview(session.actor(), space_id)


def run_of(space_id: str, run_id: int) -> Run:
    """The run of this page. Raises NotFound, for one of another space too."""
    run = get_administration().run(session.actor(), run_id)
    if run.space_id != space_id:
        raise NotFound(_("There is no run %(number)s.", number=run_id))
    return run


def page(template: str, space: Overview, here: str, **context: Any) -> str:
    """A page of a space; `here` is the name of its tab."""
    return render_template(template, **shown(space, here=here), **context)


def shown(space: Overview, **context: Any) -> dict[str, Any]:
    """What pages of a space and their fragments are rendered with."""
    mine = space.space_id in session.actor().spaces
    doors = current_app.view_functions
    tabs = [one for one in TABS if one[2] in doors]
    shown = {"space": space, "mine": mine, "tabs": tabs, "doors": doors}
    return shown | {"viewer": viewer(space.time_zone)} | context


def viewer(time_zone: str | None = None) -> Viewer:
    """How times and numbers are told: in the zone of the space, else in UTC."""
    locale = read_languages(request.headers.get(HEADER, ""), current_language())
    return Viewer(zone=find_zone(time_zone), locale=locale, now=datetime.now(UTC))


def ask(space: Overview, here: str, question: words.Question, **context: Any) -> str:
    """The page that asks before something grave is done."""
    back = context.pop("back", None) or url_for("space.settings", space_id=space.space_id)
    return page("admin/ask.html", space, here, question=question, back=back, **context)


def done(text: str, endpoint: str, **values: Any) -> ResponseReturnValue:
    """To another page, which says what was done."""
    flash(str(text), "done")
    return redirect(url_for(endpoint, **values), code=303)


def after() -> str | None:
    """Where a list goes on."""
    return request.args.get("after") or None
