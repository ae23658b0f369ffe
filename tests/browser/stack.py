"""The whole product on real sockets: the sandbox with its CRM pages on one port, the web face on
another, one first sync done. And the way back to how it was, so that no test sees another's traces.
"""

import copy
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server
from types import TracebackType
from typing import Any, Self

from sqlalchemy import text
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app import create_app
from sync.factory import Application
from sync.keyring import generate_key
from sync.model import RunStatus
from sync.panel import Panel
from sync.rules.keys import person_digest
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.settings import Settings
from sync.space_file import parse_space_file

SPACE = "demo_space"
KEY_FIELD = "cf_act_on_panel_key"


class Stack:
    """The sandbox and the web face, running. `now` is the panel's clock; `pass_time` moves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sandbox = RunningSandbox(SandboxOptions(panel=True, limits=False))
        self._listener = create_server(("127.0.0.1", 0))
        # Another host name than the CRM's: so the browser takes the panel for a third party.
        self.web_url = f"http://localhost:{self._listener.getsockname()[1]}"
        self.variables = self._make_variables()
        self.settings = Settings(**{name.lower(): one for name, one in self.variables.items()})
        self.application = Application(self.settings)
        self._ahead = timedelta()
        self._plain_panel = self.application.panel

    def __enter__(self) -> Self:
        self.sandbox.__enter__()
        self._sync_for_the_first_time()
        self.app = create_app(self.settings, self.application)
        self._server = _serve(self._listener.fileno(), self.app)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self._remember()
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
        self._listener.close()
        self.application.close()
        self.sandbox.__exit__(kind, error, trace)

    # --- what tests change, and how it becomes as it was -----------------------------------------

    def settle(self) -> None:
        """Everything as it was after the first sync."""
        with self.sandbox.world.lock:
            self.sandbox.sandbox.faults.faults.clear()
            self.sandbox.world.crm.load(copy.deepcopy(self._crm))
            self.sandbox.world.accounts.update(copy.deepcopy(self._accounts))
            for table, kept in self._tokens.items():
                getattr(self.sandbox.sandbox.tokens, table).update(kept)
        self.sandbox.set_launch(f"{self.web_url}/panel", self._secret)
        self.sandbox.forget_calls()
        with sqlite3.connect(self._copy) as kept, sqlite3.connect(self._database) as live:
            kept.backup(live)
        kept.close()
        live.close()
        self._ahead = timedelta()
        self.set_panel()
        self.forget_pages()

    def forget_pages(self) -> None:
        """Let no rendered panel be handed out again."""
        with self.app.extensions["panel"].app_context():
            self.app.extensions["page_cache"].clear()

    def let_refusals_be_forgotten(self) -> None:
        """What a refused log-in was tried with may be tried again, as after half an hour."""
        with self.application.store.database.write() as connection:
            connection.execute(text("DELETE FROM tokens WHERE name LIKE 'refused|%'"))

    def set_panel(self, **options: Any) -> None:
        """The panel on the tests' clock, with some of its options changed."""
        plain = self._plain_panel
        self.application.panel = Panel(
            self.application.store,
            plain._connect,
            self.application.store.keyring,
            replace(plain._options, **options),
            now=self.now,
        )

    def now(self) -> datetime:
        """The panel's time."""
        return datetime.now(UTC) + self._ahead

    def pass_time(self, **time: float) -> None:
        """Move the panel's clock on. The browser's stays."""
        self._ahead += timedelta(**time)
        self.forget_pages()

    # --- the CRM ---------------------------------------------------------------------------------

    def contact(self, email: str) -> dict[str, Any]:
        """The Contact with that address, as the CRM holds it; the linked one of several."""
        found = [one for one in self.sandbox.contacts() if one["email1"].strip() == email]
        return max(found, key=lambda one: bool(one[KEY_FIELD]))

    def leads_of(self, contact_id: str) -> list[dict[str, Any]]:
        """The Leads of a Contact."""
        space = self.sandbox.world.crm.spaces[SPACE]
        links = space.records["LeadOpptyContactRelations"].values()
        ids = {one["lead_oppty_id"] for one in links if one["contact_id"] == contact_id}
        return [one for one in self.sandbox.leads() if one["id"] in ids]

    def change_contact(self, contact_id: str, **values: Any) -> None:
        """What a user of the CRM, or somebody who would cheat, changes in a Contact."""
        with self.sandbox.world.lock:
            self.sandbox.world.crm.patch(SPACE, "Contacts", contact_id, values)

    def type_contact(self, email: str, name: str = "Ines Ivory") -> str:
        """A Contact that somebody typed by hand and no sync has seen; its address in the CRM."""
        stranger = next(
            one for one in self.sandbox.contacts() if not one[KEY_FIELD] and not one["email3"]
        )
        first, _, last = name.partition(" ")
        self.change_contact(stranger["id"], email1=email, first_name=first, last_name=last)
        return str(stranger["id"])

    def type_lead(self, name: str = "Ines Ivory (by hand)") -> str:
        """A Lead that somebody typed by hand, and that carries nothing of ours; its id."""
        lead = self.sandbox.leads()[-1]
        with self.sandbox.world.lock:
            empty = dict.fromkeys(self.sandbox.world.crm.spaces[SPACE].own_fields("Leads"))
            self.sandbox.world.crm.patch(SPACE, "Leads", lead["id"], {"name": name, **empty})
        return str(lead["id"])

    def move_panel(self, host: str) -> None:
        """Let the CRM frame the panel by another name of its host."""
        with self.sandbox.world.lock:
            for page in list(self.sandbox.world.crm.live("Webresources", SPACE)):
                url = page["url"].replace("//localhost:", f"//{host}:")
                self.sandbox.world.crm.patch(SPACE, "Webresources", page["id"], {"url": url})

    # --- the service -----------------------------------------------------------------------------

    def sync(self) -> None:
        """One run, to its end."""
        begun = self.application.service.start(SPACE, ring=False)
        done = self.application.runner.work(begun.run.run_id)
        assert done is not None
        assert done.status is RunStatus.SUCCEEDED, done

    def set_budget(self, calls: int) -> None:
        """Let the space make so many Act-On calls a day."""
        with self.application.store.write() as desk:
            space = desk.spaces.get(SPACE)
            settings = replace(space.settings, daily_call_budget=calls)
            desk.spaces.save(replace(space, settings=settings), now=datetime.now(UTC))

    def write_history(self, email: str, scores: Sequence[tuple[float, int]]) -> None:
        """Earlier scores, as (days ago, score), oldest first."""
        with self.application.store.write() as desk:
            person = person_digest(SPACE, email)
            known = desk.people.for_persons(SPACE, [person])[person]
            now = datetime.now(UTC)
            for days, score in scores:
                at = now - timedelta(days=days)
                desk.people.save(SPACE, [replace(known, score=score, score_read_at=at)], now=at)
            desk.people.save(SPACE, [known], now=now)

    def facts_calls(self) -> int:
        """How often Act-On was asked about a person."""
        counts = self.sandbox.calls()["counts"].get("acton", {})
        return sum(
            number
            for endpoint, number in counts.items()
            if "contactReport" in endpoint or "facts" in endpoint
        )

    # --- inside ----------------------------------------------------------------------------------

    def _make_variables(self) -> dict[str, str]:
        return {
            "DATABASE_URL": f"sqlite:///{self._database}",
            "QUEUE_URL": f"sqlite:///{self.folder / 'queue.db'}",
            "SECRET_KEYS": generate_key(),
            "SYNC_TOKEN": generate_key(),
            "ACTON_CLIENT_ID": "sandbox-client",
            "ACTON_CLIENT_SECRET": "sandbox-secret",
            "ACTON_BASE_URL": self.sandbox.url,
            "ACTON_CALLS_PER_SECOND": "5",
            "ACTON_LOGINS_PER_HOUR": "1000",
            "ALLOWED_API_HOSTS": self.sandbox.host,
            "PUBLIC_URL": self.web_url,
            "FRAME_ANCESTORS": self.sandbox.url,
            "PIPELINER_RECORD_URL": f"{self.sandbox.url}/demo/{{collection}}/{{id}}",
            "PIPELINER_CALLS_PER_SECOND": "100",
            "SETTLE_SECONDS": "0",
            "LOG_LEVEL": "warning",
        }

    @property
    def _database(self) -> Path:
        return self.folder / "store.db"

    @property
    def _copy(self) -> Path:
        return self.folder / "as-synced.db"

    def _sync_for_the_first_time(self) -> None:
        self.application.upgrade_database()
        service = self.application.service
        service.import_spaces(parse_space_file(self._space_file(), lambda name: None))
        service.provision(SPACE)
        self._secret = service.make_launch_key(SPACE)
        self.sync()

    def _space_file(self) -> str:
        space = {
            "space_id": SPACE,
            "name": "Demo",
            "time_zone": "Europe/Berlin",
            "status": "running",
            "pipeliner": {
                "service_url": self.sandbox.url,
                "username": "sandbox_app",
                "password": "sandbox_key",
            },
            "acton": {
                "account_id": "12345",
                "marketing_domain_url": "https://go.example.com",
                "username": "marketing@example.com",
                "password": "sandbox-password",
            },
            "settings": {"threshold": 40, "sync_time": "02:00", "owner": "anna@example.com"},
        }
        return json.dumps({"spaces": [space]})

    def _remember(self) -> None:
        with sqlite3.connect(self._database) as live, sqlite3.connect(self._copy) as kept:
            live.backup(kept)
        live.close()
        kept.close()
        tokens = self.sandbox.sandbox.tokens
        self._tokens = {"access": dict(tokens.access), "refresh": dict(tokens.refresh)}
        self._crm = copy.deepcopy(self.sandbox.world.crm.dump())
        self._accounts = copy.deepcopy(self.sandbox.world.accounts)


class _Quiet(WSGIRequestHandler):
    """Keeps lines open between requests, as gunicorn does, and prints nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def _serve(listener: int, app: Any) -> BaseWSGIServer:
    return make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, fd=listener)


@contextmanager
def open_stack(folder: Path) -> Iterator[Stack]:
    """A stack in that folder, ready to be looked at."""
    with Stack(folder) as stack:
        stack.settle()
        yield stack
