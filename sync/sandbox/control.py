"""The sandbox's own addresses, `/__sandbox/…`: look at the world, change it, plan faults."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from sync.sandbox.acton_auth import TokenDesk
from sync.sandbox.acton_endpoints import add_acton_webhooks, report
from sync.sandbox.answers import answer
from sync.sandbox.crm.errors import Refused
from sync.sandbox.crm.writing import merge
from sync.sandbox.faults import FaultPlan
from sync.sandbox.gate import CallLog
from sync.sandbox.launch import Launch
from sync.sandbox.options import SPACE_ID
from sync.sandbox.switches import SWITCHES
from sync.sandbox.world import World

PAGE = 1000


def make_control_blueprint(
    world: World, desk: TokenDesk, faults: FaultPlan, log: CallLog
) -> Blueprint:
    """Calls, world, faults, switches, clock, the launch of the panel."""
    bp = Blueprint("control", __name__, url_prefix="/__sandbox")

    @bp.errorhandler(ValueError)
    @bp.errorhandler(TypeError)
    @bp.errorhandler(KeyError)
    @bp.errorhandler(Refused)
    def nonsense(error: Exception) -> Response:
        return answer({"error": str(error)}, 400)

    @bp.get("/")
    def overview() -> Response:
        with world.lock:
            return answer(world.overview())

    @bp.get("/calls")
    def calls() -> Response:
        with world.lock:
            since = request.args.get("since", 0.0, type=float)
            detail = [one for one in log.calls if one["at"] >= since] if since else []
            return answer({**log.summary(), "calls": detail})

    @bp.delete("/calls")
    def forget_calls() -> Response:
        with world.lock:
            log.clear()
        return answer({})

    @bp.get("/world")
    def look() -> Response:
        kind, offset = request.args.get("kind", ""), request.args.get("offset", 0, type=int)
        with world.lock:
            if not kind:
                return answer(world.overview())
            records = _records(world, kind, request.args.get("space", SPACE_ID))
            some = records[offset : offset + PAGE]
        return answer({"kind": kind, "total": len(records), "offset": offset, "records": some})

    @bp.post("/world/<verb>")
    def change(verb: str) -> Response:
        values = _body()
        with world.lock:
            if verb == "crm":
                space_id = values.get("space", SPACE_ID)
                done = world.crm.patch(space_id, values["kind"], values["id"], values["values"])
                return answer(done)
            if verb == "copy_fields":
                world.crm.copy_fields(str(values["space"]))
                return answer({})
            if verb == "qualify_lead":
                world.crm.qualify(values.get("space", SPACE_ID), values["id"])
                return answer({})
            if verb == "report":
                report(world, values)
                return answer({})
            if verb == "merge_records":
                space = world.crm.spaces[values.get("space", SPACE_ID)]
                master = {"id": values["master"]}
                with space.all_or_nothing():
                    return answer(merge(world.crm, space, values["kind"], master, values["others"]))
            if verb == "revoke_tokens":
                desk.revoke(str(values.get("account_id", world.demo.account_id)))
                return answer({})
            world.change(verb, values)
        return answer({})

    _add_plans(bp, world, faults)
    _add_launch(bp, world)
    add_acton_webhooks(bp, world)
    return bp


def _add_plans(bp: Blueprint, world: World, faults: FaultPlan) -> None:
    """Faults, switches, the clock."""

    @bp.get("/faults")
    def planned() -> Response:
        with world.lock:
            return answer([vars(fault) for fault in faults.faults])

    @bp.post("/faults")
    def plan() -> Response:
        with world.lock:
            return answer(vars(faults.add(_body())))

    @bp.delete("/faults")
    def forget_faults() -> Response:
        with world.lock:
            faults.faults.clear()
        return answer({})

    @bp.get("/switches")
    def switches() -> Response:
        values = world.switches.all()
        return answer(
            {
                name: {"value": values[name], "allowed": one.allowed, "meaning": one.meaning}
                for name, one in SWITCHES.items()
            }
        )

    @bp.post("/switches")
    def turn() -> Response:
        with world.lock:
            for name, value in _body().items():
                world.switches.set(name, value)
        return answer(world.switches.all())

    @bp.post("/clock")
    def shift() -> Response:
        with world.lock:
            world.clock.shift(float(_body()["seconds"]))
        return answer({"now": world.clock.now().isoformat()})


def _add_launch(bp: Blueprint, world: World) -> None:
    """How the panel is launched, and webhooks."""

    @bp.get("/launch")
    def show_launch() -> Response:
        one = world.launch
        return answer({"space": one.space, "url": one.url} if one else {})

    @bp.post("/launch")
    def set_launch() -> Response:
        with world.lock:
            world.launch = Launch.from_values(_body())
        return show_launch()

    @bp.delete("/launch")
    def forget_launch() -> Response:
        with world.lock:
            world.launch = None
        return answer({})

    @bp.post("/webhooks")
    def fire() -> Response:
        values = _body()
        with world.lock:
            hooks = world.crm.live("Webhooks", values.get("space", SPACE_ID))
            event = values["event"]
            wanted = [one for one in hooks if event in one["events"] or "*" in one["events"]]
        told = {"event": event, "entity": values.get("entity", {})}
        items = [(one, {"webhook": {"id": one["id"], "url": one["url"]}, **told}) for one in wanted]
        return answer([world.crm.postman.deliver(hook, [item]) for hook, item in items])

    @bp.get("/webhooks")
    def sent() -> Response:
        return answer(list(world.crm.postman.sent))


def _records(world: World, kind: str, space_id: str) -> list[Any]:
    if kind == "people":
        return [
            {name: getattr(one, name) for name in type(one).__slots__}
            for one in world.demo.people.values()
        ]
    if kind == "lists":
        return [
            {"id": one.list_id, "name": one.name, "rows": len(one.rows)}
            for one in world.demo.lists.values()
        ]
    by_name: dict[str, Callable[[], list[Any]]] = {
        name.lower(): (lambda name=name: world.crm.live(name, space_id))  # type: ignore[misc]
        for name in world.crm.spaces[space_id].records
    }
    return by_name[kind.lower()]()


def _body() -> dict[str, Any]:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise ValueError("A JSON object is needed.")
    return found
