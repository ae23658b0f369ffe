"""Sends webhooks as Pipeliner would, to this machine only, from a thread of its own.

Nobody who changes a record waits for it. How it signs, and what gets lost on the way, are switches;
it never tries again, since no document says that Pipeliner does.
"""

import base64
import hmac
import json
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from sync.sandbox.switches import Switches

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
ELSEWHERE: Final = "webhooks go to this machine only"
LARGEST_CHUNK: Final = 100  # default, and the most that may be asked for
GATHER_SECONDS: Final = 0.05  # so that what one request changes travels together
LATE_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 10.0
KEPT: Final = 1_000

Hook: TypeAlias = Mapping[str, Any]
Item: TypeAlias = dict[str, Any]


class Postman:
    """Takes what happened, chunk by chunk to whom it was promised."""

    def __init__(self, switches: Switches) -> None:
        self.sent: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._switches = switches
        self._bag: deque[tuple[Hook, Item]] = deque()
        self._bell = threading.Condition()
        self._thread: threading.Thread | None = None
        self._busy = False

    def take(self, hook: Hook, item: Item) -> None:
        """Something to be sent soon; nothing is ever sent to another machine."""
        url = str(hook["url"])
        if not _is_here(url):
            self.sent.append({"url": url, "error": ELSEWHERE})
            return
        with self._bell:
            self._bag.append((hook, item))
            if self._thread is None:
                self._thread = threading.Thread(target=self._walk, name="postman", daemon=True)
                self._thread.start()
            self._bell.notify()

    def wait_until_done(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Whether all was sent within that time."""
        with self._bell:
            return self._bell.wait_for(lambda: not (self._bag or self._busy), timeout=seconds)

    def deliver(self, hook: Hook, items: Sequence[Item]) -> dict[str, Any]:
        """Send one chunk now; what came of it."""
        url = str(hook["url"])
        if not _is_here(url):
            return {"url": url, "error": ELSEWHERE}
        told: Any = list(items)
        if self._switches["webhook_body"] == "object" and len(items) == 1:
            told = items[0]
        body = json.dumps(told).encode()
        headers = {"Content-Type": "application/json"}
        if hook.get("signature"):
            headers["WebHook-Signature"] = self._sign(str(hook["signature"]), body)
        sent = urllib.request.Request(url, body, headers)  # noqa: S310 - checked above
        try:
            with urllib.request.urlopen(sent, timeout=PATIENCE_SECONDS) as got:  # noqa: S310 - as above
                return {"url": url, "status": got.status}
        except OSError as error:
            return {"url": url, "error": str(error)}

    def _sign(self, signature: str, body: bytes) -> str:
        mac = hmac.digest(signature.encode(), body, "sha256")
        if self._switches["webhook_signature"] == "base64":
            return base64.b64encode(mac).decode()
        return mac.hex()

    def _walk(self) -> None:
        while True:
            with self._bell:
                self._bell.wait_for(lambda: bool(self._bag))
                self._busy = True
            time.sleep(GATHER_SECONDS)
            with self._bell:
                taken = list(self._bag)
                self._bag.clear()
            self._deliver_all(taken)
            with self._bell:
                self._busy = False
                self._bell.notify_all()

    def _deliver_all(self, taken: Sequence[tuple[Hook, Item]]) -> None:
        by_hook: dict[str, tuple[Hook, list[Item]]] = {}
        for hook, item in taken:
            by_hook.setdefault(str(hook["id"]), (hook, []))[1].append(item)
        for hook, items in by_hook.values():
            options = hook.get("options") or {}
            size, delay = _size(options), float(options.get("chunk_delay") or 0)
            for start in range(0, len(items), size):
                if start and delay:
                    time.sleep(delay)
                self._deliver_chunk(hook, items[start : start + size])

    def _deliver_chunk(self, hook: Hook, items: Sequence[Item]) -> None:
        how = self._switches["webhook_delivery"]
        if how == "lost":
            self.sent.append({"url": str(hook["url"]), "error": "lost", "events": len(items)})
            return
        if how == "late":
            time.sleep(LATE_SECONDS)
        for _ in range(2 if how == "twice" else 1):
            self.sent.append({**self.deliver(hook, items), "events": len(items)})


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK


def _size(options: Mapping[str, Any]) -> int:
    size = options.get("chunk_size")
    return min(size, LARGEST_CHUNK) if isinstance(size, int) and size > 0 else LARGEST_CHUNK
