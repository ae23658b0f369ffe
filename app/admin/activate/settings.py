"""Configuration settings: scoring and activity, Leads and Contacts.

The user name and password of Act-On may be given here already, as in the reference; they are proved
live and stored where they work. Without them the step "Authentication" connects.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import available_timezones

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import htmx, session
from app.admin.activate.frame import (
    SETTINGS,
    bp,
    go,
    keep,
    merged,
    page,
    the_draft,
    the_space,
    told,
)
from app.admin.looking import look
from app.admin.space import viewer
from app.filters import find_zone
from app.services import get_activation, get_connecting, get_offers
from sync.errors import Conflict, InvalidFields
from sync.model import SYNC_TIMES, Cause, Step, TypedSettings, User, UserChoice

USUAL_TIME: Final = "02:00"  # after midnight everywhere, before anybody looks
SHOWN_HERE: Final = (*SETTINGS, "account_id", "form")
AT_PASSWORD: Final = (Cause.USER,)  # else it is not about what was typed


@bp.get("/settings")
def settings(space_id: str) -> ResponseReturnValue:
    """The form; what was typed and is not right says so, but a fresh form does not."""
    problems = dict(the_draft().problems) if the_draft().revision.version else {}
    return _form(problems={name: text for name, text in problems.items() if name in SHOWN_HERE})


@bp.post("/settings")
def save_settings(space_id: str) -> ResponseReturnValue:
    typed = _typed()
    try:
        kept = keep(Step.AUTOCREATE, typed)
    except Conflict as error:
        return _form(**told(error, typed)), 409
    g.draft = get_activation().draft(session.actor(), space_id)
    if request.form.get("then") == "search":
        return go("settings", q=request.form.get("q", ""))
    everything = {**dict(g.draft.problems), **dict(kept.problems)}
    problems = {name: text for name, text in everything.items() if name in SHOWN_HERE}
    problems |= log_in(request.form)
    if request.form.get("then") == "choices":
        return go("choices")
    if problems:
        return _form(problems=problems, acton_username=request.form.get("acton_username", "")), 422
    return go("authentication")


@bp.get("/owners")
def owners(space_id: str) -> ResponseReturnValue:
    """The users whose name or address holds the text, beside the one that is chosen."""
    text = request.args.get("q", "")
    if not htmx.is_htmx():
        return redirect(url_for("activate.settings", space_id=space_id, q=text), code=303)
    offered = _users(text)
    chosen = request.args.get("owner", the_draft().typed.owner)
    return htmx.fragment("activate/settings.html", "owners", texts={}, **offered, chosen=chosen)


@bp.get("/domain")
def domain(space_id: str) -> ResponseReturnValue:
    """Which account a marketing domain names, for the page that is being filled in."""
    account = account_in(request.args.get("marketing_domain_url", ""))
    return htmx.fragment("activate/settings.html", "recognised", texts={}, account=account)


def account_in(address: str) -> str | None:
    """The Act-On account that the marketing domain names; None where it names none."""
    alone = TypedSettings(
        marketing_domain_url=address, threshold="0", sync_time="00:00", time_zone="UTC", owner="-"
    )
    try:
        space_id = the_space().space_id
        return get_activation().understood(session.actor(), space_id, alone).account_id
    except InvalidFields:
        return None


def log_in(form: Mapping[str, str]) -> dict[str, str]:
    """Log in to Act-On with what was typed, if anything was; what came of it, by field."""
    username, password = form.get("acton_username", "").strip(), form.get("acton_password", "")
    space = the_space()
    if not password and username in ("", space.acton_username or ""):
        return {}
    try:
        tested = get_connecting().connect_with_password(
            session.actor(), space.space_id, username=username, password=password
        )
    except InvalidFields as error:
        return {f"acton_{one.field}": one.message for one in error.problems}
    if tested.works:
        return {}
    field = "acton_password" if tested.cause in AT_PASSWORD else "acton_username"
    return {field: f"{tested.message} {tested.hint}".strip()}


def _typed() -> TypedSettings:
    changes: dict[str, Any] = {name: request.form.get(name, "") for name in SETTINGS}
    if changes["marketing_domain_url"] != the_draft().typed.marketing_domain_url:
        changes["account_id"] = ""  # it belongs to the domain that was there
    return merged(changes)


def _form(**context: Any) -> str:
    typed: TypedSettings = context.get("typed", the_draft().typed)
    offered = _users(request.args.get("q", ""))
    choice: UserChoice | None = offered["choice"]
    suggested = choice.suggested if choice else None
    now = datetime.now(UTC).astimezone(find_zone(typed.time_zone))
    shown: dict[str, Any] = {
        "chosen": typed.owner or (handle(suggested) if suggested else ""),
        "acton_username": the_space().acton_username or "",
        "account": account_in(typed.marketing_domain_url),
        "sync_time": typed.sync_time or USUAL_TIME,
        "sync_times": _times(typed.sync_time),
        "zones": _zones(),
        "there": viewer(typed.time_zone).clock(now),
    }
    return page("activate/settings.html", "settings", **offered, **shown | context)


def _users(text: str) -> dict[str, Any]:
    """Active users to choose from, for the page and for its part."""
    space_id = the_space().space_id
    choice, trouble = look(lambda: get_offers().users(session.actor(), space_id, text))
    return {"choice": choice, "trouble": trouble, "q": text, "handle": handle, "space": the_space()}


def handle(user: User) -> str:
    """What names a user in the settings: the address, which people can read."""
    return user.email or user.user_id


def _times(chosen: str) -> Sequence[tuple[str, str]]:
    times = SYNC_TIMES if not chosen or chosen in SYNC_TIMES else (chosen, *SYNC_TIMES)
    return [(one, one) for one in times]


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    """The zones that people live in; the others may be typed."""
    return tuple(sorted(one for one in available_timezones() if "/" in one and "Etc" not in one))
