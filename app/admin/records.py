"""People of a space: found by address, shown, exported and erased; and what was deleted on purpose.

An address never stands in the address of a page: people are named by their digest there.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import session
from app.admin.space import after, ask, bp, done, page, space_of
from app.admin.words import Question
from app.services import get_records, get_settings
from sync.errors import Conflict, InvalidInput, NotFound
from sync.languages import gettext
from sync.languages import lazy_gettext as _
from sync.model import TombstoneKind

LONGEST_ADDRESS: Final = 400


@bp.get("/people")
def people(space_id: str) -> ResponseReturnValue:
    listing = get_records().tombstones(session.actor(), space_id, after=after())
    return page("admin/people.html", space_of(space_id), "people", listing=listing, typed="")


@bp.post("/people")
def find_person(space_id: str) -> ResponseReturnValue:
    typed, actor = _typed(), session.actor()
    try:
        found = get_records().person(actor, space_id, typed)
    except NotFound:
        space = space_of(space_id)  # raises for a space that is nothing to them
        listing = get_records().tombstones(actor, space_id)
        return page("admin/people.html", space, "people", listing=listing, typed=typed)
    return redirect(url_for("space.person", space_id=space_id, who=found.person), code=303)


@bp.get("/people/<who>")
def person(space_id: str, who: str) -> ResponseReturnValue:
    found = get_records().person(session.actor(), space_id, who)
    space = space_of(space_id)
    return page("admin/person.html", space, "people", person=found, record_url=record_url)


@bp.post("/people/lift")
def lift(space_id: str) -> ResponseReturnValue:
    form = request.form
    get_records().lift(
        session.actor(),
        space_id,
        kind=TombstoneKind.CONTACT if form.get("kind") == "contact" else TombstoneKind.LEAD,
        person=form.get("person", ""),
        list_id=form.get("list", ""),
    )
    return done(gettext("Lifted: the next run makes it again."), "space.people", space_id=space_id)


@bp.post("/people/<who>/export")
def export_person(space_id: str, who: str) -> ResponseReturnValue:
    """All that is held about them, as a file for them."""
    told = get_records().export_person(session.actor(), space_id, who)
    headers = {"Content-Disposition": 'attachment; filename="person.json"'}
    return Response(told, content_type="application/json; charset=utf-8", headers=headers)


@bp.get("/people/erase")
def ask_erase_person(space_id: str) -> ResponseReturnValue:
    return _ask_erase(space_id, request.args.get("who", ""))


@bp.post("/people/erase")
def erase_person(space_id: str) -> ResponseReturnValue:
    typed, actor = _typed(), session.actor()
    who = request.form.get("who", "")
    if who and not _is_address_of(space_id, who, typed):
        return _ask_erase(
            space_id, who, typed, gettext("This is not the address of this person.")
        ), 422
    try:
        get_records().erase_person(actor, space_id, typed)
    except InvalidInput as error:
        return _ask_erase(space_id, who, typed, str(error)), 422
    except Conflict as error:
        return _ask_erase(space_id, who, typed, str(error)), 409
    said = gettext("Erased. The sync passes over this person from now on.")
    return done(said, "space.people", space_id=space_id)


def record_url(space_id: str, collection: str, record_id: str) -> str:
    """Where a record opens in Pipeliner."""
    return record_urls(space_id)(collection, record_id)


def record_urls(space_id: str) -> Callable[[str, str], str]:
    """Where records of a space open in Pipeliner, also told after the request is over."""
    space, pattern = quote(space_id, safe=""), get_settings().pipeliner_record_url

    def url(collection: str, record_id: str) -> str:
        return pattern.format(space=space, collection=collection, id=quote(record_id, safe=""))

    return url


def _typed() -> str:
    return request.form.get("address", "").strip()[:LONGEST_ADDRESS]


def _is_address_of(space_id: str, who: str, typed: str) -> bool:
    """Whether what was typed names the person of the page."""
    try:
        return bool(typed) and get_records().person(session.actor(), space_id, typed).person == who
    except NotFound:
        return False


def _ask_erase(space_id: str, who: str, typed: str = "", problem: str = "") -> str:
    people = url_for("space.people", space_id=space_id)
    return ask(
        space_of(space_id),
        "people",
        ERASE,
        action=url_for("space.erase_person", space_id=space_id),
        back=url_for("space.person", space_id=space_id, who=who) if who else people,
        hidden={"who": who},
        typed=typed,
        problem=problem,
    )


ERASE: Final = Question(
    title=_("Erase this person?"),
    text=(
        _(
            "Links, scores, outcomes and activity that we hold about them are deleted for good. "
            "Only a digest of the address remains, so that the sync passes over them from now on."
        ),
        _("Their records in Pipeliner and Act-On are not touched: erase them there as well."),
    ),
    button=_("Erase for good"),
    field="address",
    label=_("Type the person's e-mail address"),
    required=True,
)
