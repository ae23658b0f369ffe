"""Sends webhooks as Act-On would, through Svix, to this machine only (contracts/acton.md, 6).

An endpoint has an address, a secret and a score; the first time somebody's score surpasses that, it
is told. Which form the body has is not documented: a switch plays each likely one. What is not
answered with 2xx is sent again, sooner than Svix would.
"""

import base64
import hmac
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit

from sync.sandbox.clock import SandboxClock
from sync.sandbox.people import Person
from sync.sandbox.switches import Switches

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
CROSSED: Final = "contact-lead-score.upper-threshold-surpassed"
TRIES: Final = 3
AGAIN_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 15.0
KEPT: Final = 1_000
PREFIX: Final = "whsec_"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where an account's webhooks go."""

    url: str
    secret: str
    score: int

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """An endpoint as somebody configured it. Raises ValueError or KeyError."""
        url, secret = str(values["url"]), str(values["secret"])
        if urlsplit(url).hostname not in LOOPBACK:
            raise ValueError("Webhooks go to this machine only.")
        base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        return cls(url=url, secret=secret, score=int(values.get("score", 40)))


class ActOnWebhooks:
    """The endpoints of the accounts, and what was sent to them."""

    def __init__(self, switches: Switches, clock: SandboxClock) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self.sent: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._switches = switches
        self._clock = clock
        self._crossed: set[tuple[str, str]] = set()
        self._numbers = itertools.count(1)
        self._under_way = 0
        self._done = threading.Condition()

    def note_score(self, account_id: str, before: int | None, person: Person) -> None:
        """A score has changed: told once, where it surpasses the score of the endpoint."""
        endpoint = self.endpoints.get(account_id)
        after = person.score
        if endpoint is None or after is None or after < endpoint.score:
            return
        who = (account_id, person.email.strip().lower())
        was_over = before is not None and before >= endpoint.score
        if who not in self._crossed and not was_over:
            self._crossed.add(who)
            self.report(account_id, CROSSED, person)

    def report(self, account_id: str, event: str, person: Person) -> None:
        """Send that something happened to the person, from a thread of its own."""
        endpoint = self.endpoints.get(account_id)
        if endpoint is None:
            return
        message = f"msg_{account_id}_{next(self._numbers)}_{int(self._clock.seconds() * 1000)}"
        body = json.dumps(self._body(event, person, endpoint)).encode()
        with self._done:
            self._under_way += 1
        arguments = (endpoint, message, event, body)
        threading.Thread(target=self._deliver, args=arguments, daemon=True).start()

    def wait_until_done(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Whether all was sent within that time."""
        with self._done:
            return self._done.wait_for(lambda: not self._under_way, timeout=seconds)

    def _body(self, event: str, person: Person, endpoint: Endpoint) -> dict[str, Any]:
        facts = {
            "email": person.email.strip(),
            "firstName": person.first,
            "lastName": person.last,
            "leadScore": person.score,
            "upperThreshold": endpoint.score,
            "updatedTime": int(self._clock.seconds() * 1000),
        }
        match self._switches["acton_webhook_body"]:
            case "typed":
                return {"type": event, "data": facts}
            case "nested":
                return {"event": {"eventType": event}, "contact": facts}
        return facts

    def _deliver(self, endpoint: Endpoint, message: str, event: str, body: bytes) -> None:
        lost = self._switches["acton_webhook_delivery"] == "lost"
        twice = self._switches["acton_webhook_delivery"] == "twice"
        try:
            for _ in range(0 if lost else 2 if twice else 1):
                self._try_to(endpoint, message, event, body)
        finally:
            with self._done:
                self._under_way -= 1
                self._done.notify_all()

    def _try_to(self, endpoint: Endpoint, message: str, event: str, body: bytes) -> None:
        for attempt in range(1, TRIES + 1):
            status = self._send(endpoint, message, body)
            self.sent.append({"id": message, "event": event, "status": status, "try": attempt})
            if isinstance(status, int) and 200 <= status < 300:
                return
            time.sleep(AGAIN_SECONDS)

    def _send(self, endpoint: Endpoint, message: str, body: bytes) -> int | str:
        headers = {"Content-Type": "application/json"} | self._signed(endpoint, message, body)
        request = urllib.request.Request(endpoint.url, body, headers)  # noqa: S310 - checked before
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as got:  # noqa: S310 - checked before
                return int(got.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError as error:
            return str(error)

    def _signed(self, endpoint: Endpoint, message: str, body: bytes) -> dict[str, str]:
        key = base64.b64decode(endpoint.secret.removeprefix(PREFIX))
        stamp = str(int(self._clock.seconds()))
        mac = hmac.digest(key, f"{message}.{stamp}.".encode() + body, "sha256")
        family = str(self._switches["acton_webhook_headers"])
        return {
            f"{family}-id": message,
            f"{family}-timestamp": stamp,
            f"{family}-signature": f"v1,{base64.b64encode(mac).decode()}",
        }
