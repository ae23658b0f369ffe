"""A line to a vendor with everything passed in, and a vendor that says what the test tells it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses
from responses.registries import OrderedRegistry

from sync.acton.answers import is_limited
from sync.errors import IntegrationError
from sync.http.hosts import HostPolicy
from sync.http.retry import RetryRule, next_utc_midnight
from sync.http.session import make_session
from sync.http.transport import Transport
from tests.clients.fakes import FakePace

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
DATA = Path(__file__).parent.parent / "data"


def recorded(name: str) -> Any:
    """A vendor's answer as it was recorded, in `tests/data`."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


class Vendor:
    """Answers in the order in which it was told to, each answer once, and keeps what was asked."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self._mock = mock

    def answers(
        self,
        method: str,
        url: str,
        json: object = None,
        *,
        status: int = 200,
        body: str | bytes | Exception = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._mock.add(method, url, json=json, body=body, status=status, headers=headers)

    def does(self, method: str, url: str, deed: Callable[[Any], object]) -> None:
        """Answer with what `deed` makes of the request's JSON."""

        def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            made = deed(json.loads(request.body) if request.body else None)
            status, content = made if isinstance(made, tuple) else (200, made)
            return status, {}, json.dumps(content)

        self._mock.add_callback(method, url, callback=answer)

    @property
    def asked(self) -> list[Any]:
        """The requests that came in."""
        return [call.request for call in self._mock.calls]

    def queries(self) -> list[dict[str, str]]:
        """The query of each request, decoded."""
        return [dict(parse_qsl(urlsplit(one.url).query)) for one in self.asked]

    def forms(self) -> list[dict[str, str]]:
        """The form in the body of each request."""
        return [dict(parse_qsl(one.body)) for one in self.asked]

    def sent(self) -> list[Any]:
        """The JSON in the body of each request."""
        return [json.loads(one.body) for one in self.asked]


@dataclass
class Line:
    """Makes transports, and keeps what they did: `events`, `slept`. Time passes by sleeping."""

    events: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    time: datetime = NOON
    refusal: IntegrationError | None = None
    while_waiting: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.pace = FakePace(self.events)

    def transport(
        self,
        api: str = "Act-On",
        *,
        policy: HostPolicy | None = None,
        rule: RetryRule | None = None,
        **options: Any,
    ) -> Transport:
        policy = policy or HostPolicy()
        return Transport(
            api,
            make_session(policy),
            policy,
            rule or RetryRule(is_limited=is_limited, resume_at=next_utc_midnight),
            pace=self.pace,
            guard=self._guard,
            count=lambda: self.events.append("sent"),
            sleep=self.sleep,
            now=self.now,
            random=lambda: 0.5,
            **options,
        )

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        self.while_waiting()

    def _guard(self) -> None:
        self.events.append("guard")
        if self.refusal is not None:
            raise self.refusal


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor; at the end of the test every answer must have been asked for, in order."""
    with responses.RequestsMock(registry=OrderedRegistry) as mock:
        yield Vendor(mock)


@pytest.fixture
def line() -> Line:
    """A line on which nobody really waits."""
    return Line()
