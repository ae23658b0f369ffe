"""Webhooks: a message as JSON, posted by the one request path of the house.

Their addresses come from admins and are secrets: whoever has one can write there. So they are in no
log and no error. Any host outside may be called, over https; what leads inside may not, unless the
operator named it. What the other side answers is not read beyond its status.
"""

from collections.abc import Mapping
from typing import Final

from sync.clock import Deadline
from sync.errors import IntegrationError, QuotaGone, SetupError, TryLater
from sync.http.allowance import Unlimited
from sync.http.answer import Answer
from sync.http.hosts import HostPolicy
from sync.http.retry import RetryRule, next_utc_midnight
from sync.http.session import make_session
from sync.http.transport import Transport
from sync.ports import nobody_stops_us

API: Final = "The webhook"
WHAT: Final = "a message"
SECONDS: Final = 10.0
LINES: Final = 2
LARGEST_ANSWER: Final = 64 * 1024
TOO_MANY: Final = 429
NOT_NOW: Final = frozenset({408, 423, 425})
HINT: Final = (
    "Use an https address outside of the operator's network, or let the operator name its host in "
    "ALLOWED_WEBHOOK_HOSTS."
)
# The outbox tries again, not the request path: so one try, and no judgement about the day.
RULE: Final = RetryRule(
    is_limited=lambda answer: answer.status == TOO_MANY,
    resume_at=next_utc_midnight,
    tries=1,
    longest_retry_after=0.0,
    patience=0.0,
    judges_day=False,
)


class WebHook:
    """Posts messages to webhooks."""

    def __init__(self, policy: HostPolicy, *, seconds: float = SECONDS) -> None:
        self._policy = policy
        self._seconds = seconds
        self._session = make_session(
            policy, connect_seconds=seconds, read_seconds=seconds, connections=LINES
        )

    def check(self, url: str) -> None:
        """Pass only where messages may be posted to that address. Raises SetupError."""
        try:
            self._policy.check(url)
        except SetupError as error:
            raise SetupError(error.message, hint=HINT, kind=error.kind) from None

    def post(self, url: str, payload: Mapping[str, object]) -> None:
        """Post the message. Raises SetupError where trying again cannot help, else TryLater;
        QuotaGone says when to come again."""
        self.check(url)
        try:
            answer = self._transport().request(
                "POST", url, what=WHAT, idempotent=True, json=payload
            )
        except QuotaGone:
            raise
        except TryLater as error:
            raise TryLater(error.message, hint="It is tried again by itself.") from None
        except SetupError as error:
            raise SetupError(error.message, hint=HINT, kind=error.kind) from None
        except IntegrationError as error:
            raise TryLater(f"{API} answered without end.", kind=error.kind) from None
        _judge(answer)

    def _transport(self) -> Transport:
        return Transport(
            API,
            self._session,
            self._policy,
            RULE,
            pace=Unlimited(),
            guard=nobody_stops_us,
            count=nobody_stops_us,
            deadline=Deadline(self._seconds),
            answer_limit=LARGEST_ANSWER,
        )


def _judge(answer: Answer) -> None:
    if answer.status < 300:
        return
    if answer.status in NOT_NOW:
        raise TryLater(f"{API} answered {answer.status}.", hint="It is tried again by itself.")
    raise SetupError(
        f"{API} refused the message ({answer.status}).",
        hint="Its address may be void, or it wants another format: set it anew on the page "
        "Messages.",
        kind="webhook_refused",
    )
