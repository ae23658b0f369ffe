"""Act-On reports who reached the score: each once, signed, and now and then late, twice or never.

It comes to the web process's own door, as `POST /sync` does; what is not taken comes again.
"""

import json
from collections import Counter
from typing import Final

from flask.testing import FlaskClient

from bench.soaking.house import THRESHOLD, House
from sync.factory import Application
from sync.model.webhooks import SignatureScheme, WebhookKey
from sync.rules.signatures import sign
from sync.sandbox.options import SPACE_ID

KEY: Final = WebhookKey(
    scheme=SignatureScheme.SVIX, secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)
EVENT: Final = "contact-lead-score.upper-threshold-surpassed"
LOOK_SECONDS: Final = 5.0
AGAIN_SECONDS: Final = (5.0, 300.0, 1_800.0)
LOST, TWICE, LATE = 0.03, 0.05, 0.05


class Webhooks:
    """Hears of crossings from marketing, and delivers them."""

    def __init__(self, house: House, application: Application, client: FlaskClient) -> None:
        self._house, self._client = house, client
        self._random = house.random("webhooks")
        self._reported: set[str] = set()
        self._waiting: list[tuple[float, str, int]] = []  # (when, person, tries so far)
        self.answers: Counter[str] = Counter()
        application.webhooks.set_up(SPACE_ID, scheme=KEY.scheme, secret=KEY.secret)

    def hear(self, person: str, before: int, after: int) -> None:
        """A score has changed."""
        if before < THRESHOLD <= after and person not in self._reported:
            self._reported.add(person)
            chance = self._random.random()
            if chance < LOST:
                self.answers["lost"] += 1
                return
            delay = 3_600.0 if chance > 1 - LATE else 2.0
            self._waiting.append((self._house.clock.at + delay, person, 0))

    def live(self) -> None:
        """Deliver what is due, for ever."""
        while True:
            now = self._house.clock.at
            due = [one for one in self._waiting if one[0] <= now]
            self._waiting = [one for one in self._waiting if one[0] > now]
            for _, person, tries in due:
                self._deliver(person, tries)
            self._house.clock.sleep(LOOK_SECONDS)

    def _deliver(self, person: str, tries: int) -> None:
        body = json.dumps({"type": EVENT, "data": {"email": person}}).encode()
        headers = sign(KEY, f"msg {person}", self._house.clock.now, body)
        times = 2 if self._random.random() < TWICE else 1
        for _ in range(times):
            status = self._client.post(
                f"/webhooks/acton/{SPACE_ID}", data=body, headers=headers
            ).status_code
            self.answers[str(status)] += 1
        if status >= 300 and tries < len(AGAIN_SECONDS):
            at = self._house.clock.at + AGAIN_SECONDS[tries]
            self._waiting.append((at, person, tries + 1))
