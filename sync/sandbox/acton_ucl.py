"""Act-On's All Contacts: `/ucl/v2/{accountId}/…` (contracts/acton.md section 4.2).

The forms of these answers are not documented; the switches `ucl_shape`, `ucl_total` and
`scores_shape` play the likely ones.
"""

from typing import Any

from flask import Blueprint, Response, g, request

from sync.sandbox.acton_world import Account
from sync.sandbox.answers import answer
from sync.sandbox.history import make_facts
from sync.sandbox.people import Person
from sync.sandbox.world import World

# (name as shown, name in JSON, attribute, type, Act-On's mapping)
COLUMNS = (
    ("Act-On Primary Score", "actonPrimaryScore", "score", "SCORE", "ACTON_PRIMARY_SCORE"),
    ("First Name", "firstName", "first", "TEXT", "FIRST_NAME"),
    ("Middle Name", "middleName", "middle", "TEXT", "MIDDLE_NAME"),
    ("Last Name", "lastName", "last", "TEXT", "LAST_NAME"),
    ("Company", "company", "company", "TEXT", "COMPANY"),
    ("Email", "email", "email", "EMAIL", "EMAIL"),
    ("Lead Score Engagement Profile", "engagementScore", "score", "SCORE", None),
)
DEFAULT_PAGE = 50


def make_ucl_blueprint(world: World) -> Blueprint:
    """Schema, contacts, contact reports and segments."""
    bp = Blueprint("acton_ucl", __name__, url_prefix="/ucl/v2/<account_id>")

    @bp.before_request
    def only_own_account() -> Response | None:
        known: dict[str, Any] = request.view_args or {}
        mine = g.account.account_id == known.pop("account_id", None)
        if not mine or not world.switches.is_on("all_contacts"):
            return Response("", 404, mimetype="text/plain")
        return None

    @bp.get("/schema/", strict_slashes=False)
    def schema() -> Response:
        columns = [
            {
                "fieldId": 1100 + index,
                "columnIndex": index,
                "name": shown,
                "type": kind,
                "standardFieldMapping": mapping,
                "required": False,
                "readonly": kind == "SCORE",
                "hidden": False,
            }
            for index, (shown, _, _, kind, mapping) in enumerate(COLUMNS)
        ]
        return answer({"accountId": g.account.account_id, "columns": columns})

    @bp.get("/contact/", strict_slashes=False)
    def contacts() -> Response:
        return _page(world, g.account, [shown for shown, *_ in COLUMNS])

    @bp.post("/contact/byFields", strict_slashes=False)
    def by_fields() -> Response:
        wanted = request.get_json(silent=True)
        if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
            return answer({}, 400)
        known = {shown.lower(): shown for shown, *_ in COLUMNS}
        if not all(one.lower() in known for one in wanted):
            return answer({}, 400)
        return _page(world, g.account, [known[one.lower()] for one in wanted])

    @bp.get("/contact/email/<email>", strict_slashes=False)
    def by_email(email: str) -> Response:
        person = g.account.person(email)
        if person is None:
            return Response("", 404, mimetype="text/plain")
        return answer([_camel(person)])

    @bp.get("/contactReport/email/<email>/<report>", strict_slashes=False)
    def contact_report(email: str, report: str) -> Response:
        person = g.account.person(email)
        if person is None:
            return Response("", 404, mimetype="text/plain")
        if report == "activity":
            months = request.args.get("monthsOfPastData", 0, type=int)
            return answer(make_facts(person, world.clock, world.switches, months))
        if report == "scores":
            return answer(_scores(world, person))
        return answer([])

    @bp.get("/segment/", strict_slashes=False)
    def segments() -> Response:
        found = [one for one in g.account.lists.values() if one.base_id]
        return answer([{"id": one.list_id, "name": one.name} for one in found])

    return bp


def _page(world: World, account: Account, names: list[str]) -> Response:
    page = max(request.args.get("page", 0, type=int), 0)
    asked = request.args.get("pageSize", DEFAULT_PAGE, type=int)
    size = max(1, min(asked, world.switches.number("ucl_page_limit")))
    everyone = list(account.people.values())
    some = everyone[page * size : (page + 1) * size]
    total = {"totalCount": len(everyone)} if world.switches.is_on("ucl_total") else {}
    match world.switches["ucl_shape"]:
        case "names":
            return answer({"contacts": [_named(one, names) for one in some], **total})
        case "camel":
            return answer({"data": [_camel(one) for one in some], **total})
        case "bare":
            return answer([_camel(one) for one in some])
    return answer(
        {
            "pageNumber": page,
            "pageSize": size,
            "headers": ["_contact_id_", *names],
            "data": [
                [f"l-unified-contacts:{page * size + index:x}", *_named(one, names).values()]
                for index, one in enumerate(some)
            ],
            **total,
        }
    )


def _named(person: Person, names: list[str]) -> dict[str, str]:
    attributes = {shown: attribute for shown, _, attribute, *_ in COLUMNS}
    return {name: _text(person, attributes[name]) for name in names}


def _camel(person: Person) -> dict[str, str]:
    return {name: _text(person, attribute) for _, name, attribute, *_ in COLUMNS}


def _text(person: Person, attribute: str) -> str:
    value = getattr(person, attribute)
    return "" if value is None else str(value)


def _scores(world: World, person: Person) -> Any:
    if world.switches["scores_shape"] == "mapping":
        return {"Act-On Primary Score": person.score}
    return [{"name": "Default score sheet", "score": person.score, "isDefault": True}]
