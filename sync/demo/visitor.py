"""Somebody who visits the website until their score reaches the threshold, told as it happens.

Act-On reports that by webhook; the Lead appears in the CRM seconds later, without a daily run.
"""

import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from sync.demo.children import DemoError, tell
from sync.demo.stage import THRESHOLD

POINTS: Final = 5
FIRST_SECONDS: Final = 5.0
VISIT_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.5


class Visitor:
    """Visits, and looks whether a Lead has come of it."""

    def __init__(self, sandbox: str, stop: threading.Event, *, say: Callable[[str], None]) -> None:
        self._sandbox = sandbox
        self._stop = stop
        self._say = say

    def visit(self) -> None:
        """Come again and again until the threshold is reached, then wait for the Leads."""
        try:
            person = self._choose()
            if person is None or self._stop.wait(FIRST_SECONDS):
                return
            self._visit(person)
        except (DemoError, OSError) as error:
            self._say(f"The visitor gave up: {error}")

    def _visit(self, person: dict[str, Any]) -> None:
        name, score = f"{person['first']} {person['last']}", int(person["score"])
        self._say(f"\nA visitor: {name}, score {score}. No Lead yet. Watch:")
        while score < THRESHOLD:
            tell(f"{self._sandbox}/__sandbox/world/visit", email=person["email"], points=POINTS)
            score += POINTS
            self._say(f"  {name} looks at a page: score {score}")
            if score < THRESHOLD and self._stop.wait(VISIT_SECONDS):
                return
        self._say(f"  {THRESHOLD} is reached: Act-On's webhook says so.")
        self._wait_for_leads(name, time.monotonic())

    def _wait_for_leads(self, name: str, since: float) -> None:
        while time.monotonic() - since < PATIENCE_SECONDS:
            found = [one["name"] for one in self._records("leads") if one["name"].startswith(name)]
            if found:
                passed = time.monotonic() - since
                self._say(f"  {passed:.0f} s later the CRM has: {'; '.join(found)}")
                return
            if self._stop.wait(LOOK_SECONDS):
                return
        self._say("  No Lead came of it within half a minute; the worker's log says why.")

    def _choose(self) -> dict[str, Any] | None:
        """Somebody below the threshold with a plain name, of whom the CRM has no Lead."""
        leads = {str(one["name"]).partition(" (")[0] for one in self._records("leads")}
        in_lists = [
            one
            for one in self._records("people")
            if one["score"] is not None
            and THRESHOLD - 5 * POINTS <= one["score"] < THRESHOLD
            and f"{one['first']} {one['last']}".replace(" ", "").isalpha()
            and f"{one['first']} {one['last']}" not in leads
        ]
        nearest = THRESHOLD - 2 * POINTS  # two visits away
        return min(
            in_lists, key=lambda one: (abs(one["score"] - nearest), one["email"]), default=None
        )

    def _records(self, kind: str) -> list[dict[str, Any]]:
        query = urllib.parse.urlencode({"kind": kind})
        address = f"{self._sandbox}/__sandbox/world?{query}"
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  # our own, http
            records: list[dict[str, Any]] = json.load(answer)["records"]
        return records
