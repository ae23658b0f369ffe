"""What happens to a request before its endpoint sees it: log-in, limits, planned faults; and the
record of all calls."""

import socket
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from flask import Flask, Response, g, request

from sync.sandbox.acton_auth import TokenDesk
from sync.sandbox.answers import UNAUTHORISED, answer, too_many
from sync.sandbox.faults import Fault, FaultPlan
from sync.sandbox.world import World

KEPT = 50_000  # calls remembered one by one; counts go on for ever


class CallLog:
    """Every call by vendor and endpoint, and how fast they came."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.counts: dict[str, dict[str, int]] = {}
        self.calls: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.peak: dict[str, int] = {}
        self._recent: dict[str, deque[float]] = {}

    def note(self, api: str, endpoint: str, status: int, at: float) -> None:
        """One call, with the time at which it came in (monotonic seconds)."""
        counts = self.counts.setdefault(api, {})
        counts[endpoint] = counts.get(endpoint, 0) + 1
        self.calls.append({"api": api, "endpoint": endpoint, "status": status, "at": at})

    def came_in(self, api: str, at: float) -> None:
        """Count towards the busiest second so far."""
        recent = self._recent.setdefault(api, deque())
        recent.append(at)
        while recent[0] <= at - 1.0:
            recent.popleft()
        self.peak[api] = max(self.peak.get(api, 0), len(recent))

    def summary(self) -> dict[str, Any]:
        """Counts, totals and peaks."""
        return {
            "counts": self.counts,
            "totals": {api: sum(counts.values()) for api, counts in self.counts.items()},
            "peak_in_a_second": self.peak,
        }


class Limits:
    """Calls of an Act-On account: so many a second (fixed windows), so many a day."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._second: dict[str, tuple[int, int]] = {}
        self._day: dict[str, tuple[str, int]] = {}

    def allow(self, account_id: str) -> bool:
        """Whether one more call is within the limits; it then counts."""
        options = self._world.options
        if not options.limits:
            return True
        second, day = int(time.monotonic()), self._world.clock.now().date().isoformat()
        in_second = self._count(self._second, account_id, second)
        in_day = self._count(self._day, account_id, day)
        if in_second >= options.calls_per_second or in_day >= options.daily_quota:
            return False
        self._second[account_id] = (second, in_second + 1)
        self._day[account_id] = (day, in_day + 1)
        return True

    @staticmethod
    def _count(table: dict[str, tuple[Any, int]], name: str, window: Any) -> int:
        seen, number = table.get(name, (window, 0))
        return number if seen == window else 0


def put_gate_before(
    app: Flask, world: World, desk: TokenDesk, faults: FaultPlan, log: CallLog
) -> None:
    """Let every request through the gate."""
    limits = Limits(world)

    @app.before_request
    def come_in() -> Response | None:
        g.api = _api_of(request.path)
        g.at, g.fault = time.monotonic(), None
        if g.api == "control":
            return None
        with world.lock:
            log.came_in(g.api, g.at)
            fault = faults.hit(g.api, request.method, request.path)
        g.fault = fault
        refusal = _suffer(fault, world, desk) if fault else None
        if refusal is not None or g.api != "acton" or not request.path.startswith(("/api", "/ucl")):
            return refusal
        with world.lock:
            g.account = desk.account_of(request.headers.get("Authorization"))
            if g.account is None:
                return answer(UNAUTHORISED, 401)
            if not limits.allow(g.account.account_id):
                return too_many(world.switches, world.clock)
        return None

    @app.after_request
    def go_out(response: Response) -> Response:
        if g.api == "control":
            return response
        if g.fault and g.fault.kind == "nonsense":
            response = _nonsense(g.fault, response)
        if g.fault and g.fault.kind in ("lost_answer", "dropped"):
            _hang_up()
        with world.lock:
            log.note(g.api, _endpoint(), response.status_code, g.at)
        world.save_if_changed()
        return response


def _api_of(path: str) -> str:
    if path.startswith(("/__sandbox", "/demo/")):
        return "control"
    return "pipeliner" if path.startswith("/api/v100") else "acton"


def _endpoint() -> str:
    rule = request.url_rule.rule if request.url_rule else request.path
    return f"{request.method} {rule.removeprefix('/api/v100/rest/spaces/<space_id>')}"


def _suffer(fault: Fault, world: World, desk: TokenDesk) -> Response | None:
    """What the fault does before the endpoint is reached; None: the endpoint is reached."""
    match fault.kind:
        case "rate_limited":
            response = too_many(world.switches, world.clock, int(fault.seconds or 1))
            if g.api == "pipeliner":
                response = answer({"success": False, "message": "Too many requests"}, 429)
            return _with_retry_after(fault, world, response)
        case "server_error":
            return answer({"success": False, "message": "Internal error"}, fault.status or 500)
        case "slow":
            time.sleep(fault.seconds or 1.0)
        case "dropped":
            return Response(status=502)
        case "expired_token":
            with world.lock:
                desk.expire_access()
        case "list_changes":
            with world.lock:
                world.change(str(fault.values["verb"]), fault.values)
    return None


def _with_retry_after(fault: Fault, world: World, response: Response) -> Response:
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    if fault.retry_after_date is not None:
        moment = world.clock.now().replace(microsecond=0)
        moment += timedelta(seconds=fault.retry_after_date)
        response.headers["Retry-After"] = format_datetime(moment, usegmt=True)
    return response


def _nonsense(fault: Fault, response: Response) -> Response:
    bodies: dict[str, Callable[[], tuple[bytes, str]]] = {
        "html": lambda: (b"<html><body>Maintenance</body></html>", "text/html"),
        "truncated": lambda: (
            response.get_data()[: len(response.get_data()) // 2],
            "application/json",
        ),
        "shape": lambda: (b'{"unexpected": ["shape"]}', "application/json"),
        "empty": lambda: (b"", "application/json"),
    }
    body, kind = bodies.get(fault.form, bodies["html"])()
    return Response(body, response.status_code, mimetype=kind)


def _hang_up() -> None:
    """Close the line without an answer. There is none in an in-process test: it then answers."""
    line = request.environ.get("werkzeug.socket")
    if line is not None:
        line.shutdown(socket.SHUT_RDWR)
