"""What all steps of the activation have in common: the blueprint, its door, the list of steps, and
keeping what was typed.

Each step is a page with a form. Whatever is typed is kept at once, right or wrong, so that going
back and coming again another day loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import forms, session
from app.admin import settings_form, words
from app.admin.space import space_of, viewer
from app.services import get_activation
from sync.errors import Conflict
from sync.languages import gettext
from sync.model import Draft, Overview, SpaceStatus, Step, TypedSettings

bp = Blueprint("activate", __name__, url_prefix="/admin/<space_id>/activate")

UNFINISHED: Final = (SpaceStatus.REQUESTED, SpaceStatus.INACTIVE)
SETTINGS: Final = ("marketing_domain_url", "threshold", "sync_time", "time_zone", "owner")
CHOICES: Final = (
    *("all_lists", "include", "exclude", "score_source", "score_column", "score_columns"),
    *("column_map", "lead_type_id", "step_id", "existing_lead", "rename_leads", "opted_out"),
    *("daily_call_budget", "volume_guard", "unit_id"),
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A step as the list of steps shows it. `past`: what it asks for is there."""

    name: str
    label: str
    past: bool = False


@bp.before_request
def door() -> ResponseReturnValue | None:
    """Admins of the space, while its activation is not finished; then there is the daily life."""
    asked = session.ask_to_sign_in()
    if asked is not None:
        return asked
    space_id = str((request.view_args or {})["space_id"])
    g.space = space_of(space_id)
    g.draft = get_activation().draft(session.actor(), space_id)
    if g.space.status not in UNFINISHED:
        return redirect(url_for("space.overview", space_id=space_id), code=303)
    return None


def the_space() -> Overview:
    """The space of this page."""
    found: Overview = g.space
    return found


def the_draft() -> Draft:
    """What was typed so far."""
    found: Draft = g.draft
    return found


def places(space: Overview, draft: Draft) -> list[Place]:
    """The steps in their order, and which of them are done."""
    open_fields = {name for name, _ in draft.problems}
    return [
        Place(
            name="settings",
            label=gettext("Settings"),
            past=not open_fields & {*SETTINGS, *CHOICES, "account_id"},
        ),
        Place(name="authentication", label="Act-On", past=space.acton_connected),
        Place(name="fields", label=gettext("Fields"), past=space.fields_known),
        Place(name="preview", label=gettext("Preview")),
        Place(name="finish", label=gettext("Finish")),
    ]


def first_open(space: Overview, draft: Draft) -> str:
    """The step to go on with: the first that is not done; nobody has to look at a preview twice."""
    return next(one.name for one in places(space, draft) if not one.past)


def page(template: str, here: str, **context: Any) -> str:
    """A step's page."""
    space, draft = the_space(), the_draft()
    shown: dict[str, Any] = {
        "space": space,
        "typed": draft.typed,
        "version": draft.revision.version,
        "places": places(space, draft),
        "here": here,
        "viewer": viewer(space.time_zone),
        "words": words,
        "problems": {},
        "conflict": None,
        "differences": [],
    }
    return render_template(template, **shown | context)


def go(step: str, **values: Any) -> ResponseReturnValue:
    """To another step."""
    space_id = the_space().space_id
    return redirect(url_for(f"activate.{step}", space_id=space_id, **values), code=303)


def merged(changes: Mapping[str, Any]) -> TypedSettings:
    """All that is typed, with what this page's form says."""
    return replace(the_draft().typed, **changes)


def keep(step: Step, typed: TypedSettings) -> Draft:
    """The draft as kept now. Raises Conflict, except for the same form sent twice."""
    actor, space_id = session.actor(), the_space().space_id
    try:
        return get_activation().save_step(actor, space_id, step, typed, version=forms.version())
    except Conflict:
        there = get_activation().draft(actor, space_id)
        if there.typed != typed or there.revision.saved_by != actor.email:
            raise
        version = there.revision.version
        return get_activation().save_step(actor, space_id, step, typed, version=version)


def keep_again(step: Step, kept: Draft) -> Draft:
    """The same, looked at for the fields of another step too. Raises Conflict."""
    actor, version = session.actor(), kept.revision.version
    return get_activation().save_step(actor, kept.space_id, step, kept.typed, version=version)


def told(error: Conflict, typed: TypedSettings) -> dict[str, Any]:
    """What a page shows to the second of two who saved: who, when, and what differs."""
    there = get_activation().draft(session.actor(), the_space().space_id)
    return {
        "conflict": error,
        "differences": settings_form.differences(there.typed, typed),
        "typed": typed,
        "version": there.revision.version,
    }
