"""The addresses of the sandbox's Pipeliner, below `/api/v100/rest/spaces/<space_id>`."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request

from sync.sandbox.answers import answer
from sync.sandbox.crm.batches import find_reason_against, refuse_if_planned, run_batch
from sync.sandbox.crm.errors import Refused, error_body, refusal_body
from sync.sandbox.crm.filters import BadQuery
from sync.sandbox.crm.kinds import KINDS
from sync.sandbox.crm.paging import find_part
from sync.sandbox.crm.records import Crm
from sync.sandbox.crm.shape import Shape, show_list
from sync.sandbox.crm.space import Space
from sync.sandbox.crm.writing import delete, merge, write
from sync.sandbox.faults import Fault

NO_SUCH_URL = {
    "status": 404,
    "message": "The requested URL was not found on the server. If you entered the URL manually "
    "please check your spelling and try again.",
    "errorcode": None,
    "traceback": None,
}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def make_crm_blueprint(crm: Crm) -> Blueprint:
    """Listings, single records, batches, merges, for those who know the key of the space."""
    bp = Blueprint("pipeliner", __name__, url_prefix="/api/v100/rest/spaces/<space_id>")
    bp.before_request(lambda: _ask_who_it_is(crm))
    bp.register_error_handler(BadQuery, _refuse_query)
    _add_reading(bp, crm)
    _add_writing(bp, crm)
    _add_batches(bp, crm)
    bp.add_url_rule("/", "nowhere", lambda: answer(NO_SUCH_URL, 404), methods=METHODS)
    bp.add_url_rule(
        "/<path:rest>", "elsewhere", lambda rest: answer(NO_SUCH_URL, 404), methods=METHODS
    )
    return bp


def _ask_who_it_is(crm: Crm) -> Response | None:
    """Find the space and the collection, and let only the space's own key in."""
    known: dict[str, Any] = request.view_args or {}
    space = crm.spaces.get(known.pop("space_id", ""))
    if space is None:
        return _error(404, 404, "ERROR_NOT_FOUND", "Space not found.")
    who = request.authorization
    if who is None or (who.username, who.password) != (space.username, space.password):
        return _refuse_key(crm)
    kind = known.get("kind")
    if kind is not None and kind not in KINDS:
        message = f"cannot determine entity type from {kind}"
        return _error(404, 2006, "ERROR_UNKNOWN_TYPE", message)
    g.space = space
    return None


def _refuse_key(crm: Crm) -> Response:
    status = crm.switches.number("forbidden_status")
    name = "ERROR_UNAUTHORIZED" if status == 401 else "ERROR_FORBIDDEN"
    response = _error(status, status, name, "Invalid API key.")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="restapi"'
    return response


def _refuse_query(error: BadQuery) -> Response:
    return _error(400, 117, "ERROR_PARAMETER_INVALID", str(error))


def _add_reading(bp: Blueprint, crm: Crm) -> None:
    @bp.get("/entities/<kind>")
    def listing(kind: str) -> Response:
        arguments = _arguments()
        part = find_part(g.space, kind, arguments, crm.switches["custom_filter"])
        envelope: dict[str, Any] = {"success": True}
        if crm.switches.is_on("totals"):
            envelope["total"] = part.total
        if part.page_info is not None:
            envelope["page_info"] = dict(part.page_info)
        fault: Fault | None = g.fault
        if fault and fault.kind == "repeated_cursor" and part.page_info is not None:
            cursor = arguments.get("after") or part.page_info["end_cursor"]
            envelope["page_info"] |= {"has_next_page": True, "end_cursor": cursor}
        envelope["data"] = show_list(_shape(crm), kind, part.records, arguments)
        if kind == "Webhooks" and not crm.switches.is_on("webhook_signature_shown"):
            envelope["data"] = [{**one, "signature": None} for one in envelope["data"]]
        return answer(envelope)

    @bp.get("/entities/<kind>/<record_id>")
    def single(kind: str, record_id: str) -> Response:
        record = g.space.records[kind].get(record_id)
        if record is None:
            return _error(404, 404, "ERROR_ENTITY_NOT_FOUND", "Entity not found.")
        return answer(
            {"success": True, "data": show_list(_shape(crm), kind, [record], _arguments())[0]}
        )


def _add_writing(bp: Blueprint, crm: Crm) -> None:
    def change(kind: str, values: dict[str, Any], status: int) -> Response:
        def act() -> Response:
            refuse_if_planned(values, g.fault)
            record = write(crm, g.space, kind, values, level=_level())
            data = show_list(_shape(crm), kind, [record], {})[0]
            return answer({"success": True, "data": data}, status)

        return _try(kind, values.get("id"), act)

    @bp.post("/entities/<kind>")
    def create(kind: str) -> Response:
        values = _body(dict)
        values.pop("id", None)
        return change(kind, values, 201)

    @bp.patch("/entities/<kind>/<record_id>")
    def update(kind: str, record_id: str) -> Response:
        return change(kind, {**_body(dict), "id": record_id}, 200)

    @bp.delete("/entities/<kind>/<record_id>")
    def remove(kind: str, record_id: str) -> Response:
        def act() -> Response:
            return answer({"success": True, "data": delete(g.space, kind, record_id)})

        return _try(kind, record_id, act)

    @bp.post("/entities/<kind>/merge")
    def merge_records(kind: str) -> Response:
        body = _body(dict)
        master, others = body.get("master"), body.get("secondary_ids")
        if not KINDS[kind].merged:
            return answer(NO_SUCH_URL, 404)
        if not isinstance(master, dict) or not isinstance(others, list):
            raise BadQuery("Missing or invalid JSON data.")

        def act() -> Response:
            with g.space.all_or_nothing():
                record = merge(crm, g.space, kind, master, others)
            data = show_list(_shape(crm), kind, [record], {})[0]
            return answer({"success": True, "data": data})

        return _try(kind, master.get("id"), act)


def _add_batches(bp: Blueprint, crm: Crm) -> None:
    def batch(kind: str, wanted: type, act: Callable[[Any], str]) -> Response:
        if not KINDS[kind].batched:
            return answer(NO_SUCH_URL, 404)
        items = _body(list)
        rollback = request.args.get("rollback-method", "0")
        reason = find_reason_against(crm, items, wanted, rollback, g.fault)
        if reason is not None:
            return answer(reason, 400)
        return answer(*run_batch(crm, g.space, kind, items, act, rollback=rollback))

    @bp.post("/entities/<kind>/batch-modify")
    def batch_modify(kind: str) -> Response:
        level = _level()

        def write_one(item: dict[str, Any]) -> str:
            refuse_if_planned(item, g.fault)
            return str(write(crm, g.space, kind, item, level=level)["id"])

        return batch(kind, dict, write_one)

    @bp.post("/entities/<kind>/batch-delete")
    def batch_delete(kind: str) -> Response:
        return batch(kind, str, lambda record_id: delete(g.space, kind, record_id))


def _try(kind: str, record_id: object, act: Callable[[], Response]) -> Response:
    try:
        return act()
    except Refused as error:
        body = refusal_body(g.space, kind, error, entity_id=record_id)
        return answer(body, body["http_status"])


def _arguments() -> dict[str, str]:
    """The query. Several values for one name are not documented, so they are refused."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise BadQuery(f"{name} was given more than once.")
    return request.args.to_dict()


def _level() -> int:
    text = request.args.get("validation-level", "0")
    if not text.isdecimal() or int(text) > 31:
        raise BadQuery("validation-level is a bit mask of 2, 4, 8 and 16.")
    return int(text)


def _body(kind: type) -> Any:
    found = request.get_json(silent=True)
    if not isinstance(found, kind):
        raise BadQuery("Missing or invalid JSON data.")
    return found


def _shape(crm: Crm) -> Shape:
    """How this request wants its records; the header `Timezone` asks for local dates."""
    space: Space = g.space
    base = f"{request.host_url}api/v100/rest/spaces/{space.space_id}"
    name = request.headers.get("Timezone")
    try:
        zone = ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError) as error:
        raise BadQuery(f"Unknown time zone {name}.") from error
    return Shape(space=space, base=base, zone=zone, with_t=crm.switches["date_form"] == "T")


def _error(status: int, code: int, name: str, message: str) -> Response:
    return answer(error_body(status, code, name, message), status)
