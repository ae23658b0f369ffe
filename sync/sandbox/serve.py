"""The sandbox as an app and as a server on this machine."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from flask import Flask, Response
from jinja2 import StrictUndefined
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sync.sandbox.acton_auth import TokenDesk, make_auth_blueprint
from sync.sandbox.acton_endpoints import report
from sync.sandbox.acton_lists import make_lists_blueprint
from sync.sandbox.acton_ucl import make_ucl_blueprint
from sync.sandbox.acton_webhooks import Endpoint
from sync.sandbox.answers import NOT_FOUND, answer
from sync.sandbox.control import make_control_blueprint
from sync.sandbox.crm.routes import make_crm_blueprint
from sync.sandbox.crm.writing import merge
from sync.sandbox.faults import Fault, FaultPlan
from sync.sandbox.gate import CallLog, put_gate_before
from sync.sandbox.launch import Launch
from sync.sandbox.options import ACCOUNT_ID, SPACE_ID, SandboxOptions
from sync.sandbox.pages import make_pages_blueprint
from sync.sandbox.world import World

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Sandbox:
    """A world with its addresses."""

    def __init__(self, options: SandboxOptions) -> None:
        self.world = World(options)
        self.tokens = TokenDesk(self.world)
        self.faults = FaultPlan()
        self.log = CallLog()
        self.app = self._make_app()

    def _make_app(self) -> Flask:
        app = Flask("sync.sandbox", static_folder=None, template_folder=None)
        app.json.sort_keys = False  # type: ignore[attr-defined]
        app.jinja_env.undefined = StrictUndefined
        put_gate_before(app, self.world, self.tokens, self.faults, self.log)
        control = make_control_blueprint(self.world, self.tokens, self.faults, self.log)
        app.register_blueprint(control)
        for blueprint in (
            make_auth_blueprint(self.world, self.tokens),
            make_lists_blueprint(self.world),
            make_ucl_blueprint(self.world),
            make_crm_blueprint(self.world.crm),
            make_pages_blueprint(self.world),
        ):
            app.register_blueprint(blueprint)
        app.register_error_handler(404, _unrouted)
        _lock_views(app, self.world)
        return app


def _unrouted(_: Exception) -> Response:
    return answer(NOT_FOUND, 404)


def _lock_views(app: Flask, world: World) -> None:
    """One request at a time may touch the world; waiting (slow answers) happens outside."""
    for name, view in list(app.view_functions.items()):
        if not name.startswith("control."):
            app.view_functions[name] = _locked(view, world)


def _locked(view: Callable[..., Any], world: World) -> Callable[..., Any]:
    def view_with_lock(**arguments: Any) -> Any:
        with world.lock:
            return view(**arguments)

    return view_with_lock


def create_sandbox(options: SandboxOptions | None = None) -> Flask:
    """The sandbox as a WSGI app."""
    return Sandbox(options or SandboxOptions()).app


class _Handler(WSGIRequestHandler):
    """Keeps lines open between requests and writes no log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for an acknowledgement

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: `/__sandbox/calls` tells."""


def _make_server(sandbox: Sandbox, port: int) -> BaseWSGIServer:
    host = sandbox.world.options.host
    if host not in LOOPBACK:
        raise ValueError("The sandbox listens on this machine only: use 127.0.0.1.")
    return make_server(host, port, sandbox.app, threaded=True, request_handler=_Handler)


class RunningSandbox:
    """A sandbox on a free port of this machine, for tests: `with RunningSandbox() as sandbox`."""

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self.sandbox = Sandbox(options or SandboxOptions())
        self._server = _make_server(self.sandbox, 0)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def world(self) -> World:
        """All that the sandbox knows."""
        return self.sandbox.world

    def plan_fault(self, kind: str, **values: Any) -> Fault:
        """Plan a fault; see `faults.Fault`."""
        with self.world.lock:
            return self.sandbox.faults.add({"kind": kind, **values})

    def switch(self, **values: object) -> None:
        """Turn switches."""
        with self.world.lock:
            for name, value in values.items():
                self.world.switches.set(name, value)

    def change(self, verb: str, **values: Any) -> None:
        """Change Act-On's side of the world."""
        with self.world.lock:
            self.world.change(verb, values)

    def send_webhooks_to(self, url: str, secret: str, score: int = 40) -> None:
        """Let Act-On report by webhook."""
        with self.world.lock:
            endpoint = Endpoint.from_values({"url": url, "secret": secret, "score": score})
            self.world.acton_webhooks.endpoints[ACCOUNT_ID] = endpoint

    def report(self, event: str, email: str) -> None:
        """Let Act-On report an event of a person."""
        with self.world.lock:
            report(self.world, {"event": event, "email": email})

    def patch(self, kind: str, record_id: str, space_id: str = SPACE_ID, **values: Any) -> None:
        """Change a record of the CRM as one of its users would."""
        with self.world.lock:
            self.world.crm.patch(space_id, kind, record_id, values)

    def delete(self, kind: str, record_id: str, space_id: str = SPACE_ID) -> None:
        """Delete a record of the CRM as one of its users would."""
        self.patch(kind, record_id, space_id, is_deleted=True)

    def merge(self, kind: str, master: str, *others: str, space_id: str = SPACE_ID) -> None:
        """Merge records of the CRM as one of its users would."""
        with self.world.lock:
            space = self.world.crm.spaces[space_id]
            with space.all_or_nothing():
                merge(self.world.crm, space, kind, {"id": master}, others)

    def set_launch(self, url: str, secret: str, space_id: str = SPACE_ID) -> None:
        """Let the CRM's pages open the panel by a signed launch."""
        with self.world.lock:
            self.world.launch = Launch.from_values(
                {"space": space_id, "url": url, "secret": secret}
            )

    def shift_clock(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        self.world.clock.shift(seconds)

    def calls(self) -> dict[str, Any]:
        """Counts of calls by vendor and endpoint, and the busiest seconds."""
        with self.world.lock:
            return self.sandbox.log.summary()

    def forget_calls(self) -> None:
        """Begin to count anew."""
        with self.world.lock:
            self.sandbox.log.clear()

    def leads(self, space_id: str = SPACE_ID) -> list[dict[str, Any]]:
        """The Leads that are not deleted."""
        with self.world.lock:
            return self.world.crm.live("Leads", space_id)

    def contacts(self, space_id: str = SPACE_ID) -> list[dict[str, Any]]:
        """The Contacts that are not deleted."""
        with self.world.lock:
            return self.world.crm.live("Contacts", space_id)


def serve(options: SandboxOptions, say: Callable[[str], None]) -> None:
    """Serve until a signal comes. Raises OSError where the port is taken, ValueError for a host
    that is not this machine."""
    sandbox = Sandbox(options)
    server = _make_server(sandbox, options.port)

    def stop(_: int, __: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    say(f"Sandbox of both APIs at http://{options.host}:{server.server_port}")
    server.serve_forever()
    server.server_close()
    sandbox.world.save_if_changed()
