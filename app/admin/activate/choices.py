"""More settings, beyond what is needed: which lists, where scores come from, limits, columns."""

from http import HTTPStatus
from typing import Any, Final

from flask import g, request
from flask.typing import ResponseReturnValue

from app import session
from app.admin import settings_form
from app.admin.activate.frame import (
    CHOICES,
    bp,
    go,
    keep,
    keep_again,
    merged,
    page,
    the_draft,
    the_space,
    told,
)
from app.admin.looking import look
from app.services import get_activation, get_offers
from sync.errors import Conflict
from sync.languages import lazy_gettext
from sync.model import ListInfo, ListSample, Step, TypedSettings

TEXTS: Final = (
    *("score_source", "score_column", "existing_lead", "rename_leads", "opted_out"),
    *("daily_call_budget", "volume_guard", "lead_type_id", "step_id", "unit_id"),
)
ALL_CONTACTS: Final = "l-unified-contacts"  # everybody, which is read only where it is named
NOT_WITH_ALL: Final = lazy_gettext(
    "Segments and All Contacts are read only where lists made later are not."
)
SHOWN_HERE: Final = (*CHOICES, "form")


@bp.get("/choices")
def choices(space_id: str) -> ResponseReturnValue:
    problems = {name: text for name, text in the_draft().problems if name in SHOWN_HERE}
    return _form(problems=problems)


@bp.post("/choices")
def save_choices(space_id: str) -> ResponseReturnValue:
    typed = _typed()
    try:
        kept = [keep(Step.LISTS, typed)]
        if typed.lead_type_id or typed.step_id:  # Pipeliner knows better about these
            kept.append(keep_again(Step.LIMITS, kept[0]))
    except Conflict as error:
        return _form(**told(error, typed)), HTTPStatus.CONFLICT
    g.draft = get_activation().draft(session.actor(), space_id)
    found = [*g.draft.problems, *(problem for one in kept for problem in one.problems)]
    problems = {name: text for name, text in found if name in SHOWN_HERE}
    if typed.all_lists and set(request.form.getlist("derived")) & set(request.form.getlist("read")):
        problems["include"] = NOT_WITH_ALL
    looked_at = request.form.get("columns")
    if looked_at:
        return go("columns", list=looked_at)
    if problems:
        return _form(problems=problems), HTTPStatus.UNPROCESSABLE_ENTITY
    return go("settings")


@bp.get("/columns")
def columns(space_id: str) -> ResponseReturnValue:
    """What the columns of a list are taken for, with the first rows of it."""
    list_id = request.args.get("list", "")
    return _columns(list_id) if list_id else go("choices")


@bp.post("/columns")
def save_columns(space_id: str) -> ResponseReturnValue:
    list_id = request.values.get("list", "")
    if not list_id:
        return go("choices")
    typed = _typed_columns(list_id)
    try:
        keep(Step.LISTS, typed)
    except Conflict as error:
        return _columns(list_id, **told(error, typed)), HTTPStatus.CONFLICT
    return go("choices")


def _typed() -> TypedSettings:
    """What the form says; lists only where it could show them."""
    form = request.form
    changes: dict[str, Any] = {name: form[name] for name in TEXTS if name in form}
    shown, read = form.getlist("shown"), set(form.getlist("read"))
    if shown:
        later = form.get("all_lists") != "no"
        changes["all_lists"] = later
        changes["include"] = () if later else tuple(one for one in shown if one in read)
        sources = [one for one in shown if one not in form.getlist("derived")]
        changes["exclude"] = tuple(one for one in sources if one not in read) if later else ()
    return merged(changes)


def _form(**context: Any) -> str:
    typed: TypedSettings = context.get("typed", the_draft().typed)
    actor, space = session.actor(), the_space()
    offers = get_offers()
    lists, no_lists = (
        look(lambda: offers.lists(actor, space.space_id, typed))
        if space.acton_connected
        else (None, None)
    )
    types, no_types = look(lambda: offers.lead_types(actor, space.space_id))
    shown = {
        "lists": lists,
        "derived": {one.info.list_id for one in lists or () if _is_derived(one.info)},
        "no_lists": no_lists,
        "no_types": no_types,
        "offered": settings_form.Offered(lead_types=types),
    }
    return page("activate/choices.html", "settings", **shown, **context)


def _is_derived(info: ListInfo) -> bool:
    """Whether a list is made of others, so that its people would be met twice."""
    return not info.is_source or info.list_id == ALL_CONTACTS


def _typed_columns(list_id: str) -> TypedSettings:
    """The mapping with that of this list: alone, or in place of what holds for all lists."""
    typed = settings_form.read(request.form)
    chosen = dict(typed.column_map.get(list_id, {}))
    column_map = {
        name: one for name, one in the_draft().typed.column_map.items() if name != list_id
    }
    everywhere = request.form.get("everywhere") == "yes"
    column_map[settings_form.EVERY_LIST if everywhere else list_id] = chosen
    score_columns = {**the_draft().typed.score_columns, list_id: "", **typed.score_columns}
    return merged(
        {
            "column_map": {name: one for name, one in column_map.items() if one},
            "score_columns": {name: one for name, one in score_columns.items() if one},
        }
    )


def _columns(list_id: str, **context: Any) -> str:
    typed: TypedSettings = context.get("typed", the_draft().typed)
    actor, space_id = session.actor(), the_space().space_id
    sample, trouble = look(lambda: get_offers().sample(actor, space_id, list_id, typed.column_map))
    listing, _ = look(lambda: get_offers().lists(actor, space_id, typed))
    names = {one.info.list_id: one.info.name for one in listing or ()}
    shown = {
        "list_id": list_id,
        "list_name": names.get(list_id, list_id),
        "sample": sample,
        "trouble": trouble,
        "mapped": settings_form.MAPPED,
        "by_hand": {**typed.column_map.get("*", {}), **typed.column_map.get(list_id, {})},
        "values": _values(sample) if sample else {},
    }
    return page("activate/columns.html", "settings", **shown, **context)


def _values(sample: ListSample) -> dict[str, list[str]]:
    """By header: the first values of the column that are not empty."""
    found: dict[str, list[str]] = {}
    for index, header in enumerate(sample.headers):
        cells = [row[index] for row in sample.rows if index < len(row) and row[index].strip()]
        found.setdefault(header, cells[:3])
    return found
