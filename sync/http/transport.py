"""One path for every call: allowed? → guard → pace → send once → judge the try → maybe again.

Reads are tried again freely. A request that creates something is only sent again where it surely
never took effect; otherwise the caller is told that the answer is lost. Redirects are never
followed. What an answer means is the business of the clients, except "too many calls".
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, NoReturn, TypeAlias

import requests
import structlog
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from sync import clock
from sync.clock import Deadline, Now, Sleep
from sync.errors import AnswerLost, QuotaGone, TryLater, UnexpectedAnswer
from sync.http.allowance import Allowance
from sync.http.answer import Answer
from sync.http.hosts import HostPolicy
from sync.http.judging import judge, judge_failure, quota_gone, spared, too_late
from sync.http.retry import Random, RetryRule, Setback, Trouble, delay, pause_until
from sync.metrics import API_CALLS, API_RETRIES, API_SECONDS
from sync.tracing import span

log = structlog.get_logger(__name__)

MIB: Final = 1024 * 1024
LOOK_SECONDS: Final = 0.5  # how often the guard is asked while another call finds something out
_CHUNK: Final = 64 * 1024

Params: TypeAlias = Sequence[tuple[str, str]]


class _TooLarge(Exception):
    """The body goes beyond the limit."""


class Transport:
    """Calls to one vendor, as one space makes them.

    `guard` passes before every request that is not idempotent, or raises LeaseLost or StopAsked;
    `count` is called once for each request sent. With a `deadline` a person waits: the calls go
    ahead of the sync's, and all of them together end in time.
    """

    def __init__(
        self,
        api: str,
        session: requests.Session,
        policy: HostPolicy,
        rule: RetryRule,
        *,
        pace: Allowance,
        guard: Callable[[], None],
        count: Callable[[], None],
        deadline: Deadline | None = None,
        answer_limit: int = 64 * MIB,
        sleep: Sleep = clock.sleep,
        now: Now = clock.utcnow,
        random: Random = random.random,  # spreads retries; nothing secret depends on it
    ) -> None:
        self.api = api
        self._session = session
        self._policy = policy
        self._rule = rule
        self._pace = pace
        self._guard = guard
        self._count = count
        self._deadline = deadline
        self._answer_limit = answer_limit
        self._sleep = sleep
        self._now = now
        self._random = random
        self._finding_out = threading.Lock()
        self._day_is_over: Callable[[], QuotaGone] | None = None

    def request(
        self,
        method: str,
        url: str,
        *,
        what: str,
        idempotent: bool,
        params: Params = (),
        json: object = None,
        data: str | None = None,
        headers: Mapping[str, str] | None = None,
        judges_day: bool = True,
    ) -> Answer:
        """The vendor's answer: anything below 500 that is no redirect and not "too many calls".

        `what` names the call in logs and errors: what is asked, no value but the id of a list.
        `judges_day` False: "too many" says nothing about the day's calls (it has its own limit).
        Raises SetupError (host, redirect), TryLater, QuotaGone, AnswerLost, UnexpectedAnswer, and
        what the guard raises.
        """
        self._policy.check(url)
        call = _Call(
            method=method,
            url=url,
            what=what,
            idempotent=idempotent,
            rule=self._rule if judges_day else replace(self._rule, judges_day=False),
            arguments={"params": list(params), "json": json, "data": data, "headers": headers},
        )
        tried = self._try(call)
        if isinstance(tried, Answer):
            return tried
        if tried.trouble is Trouble.LIMITED:
            with self._others_waiting():
                return self._try_again(call, tried)
        return self._try_again(call, tried)

    def _try_again(self, call: "_Call", tried: Answer | Setback) -> Answer:
        setbacks = dict.fromkeys(Trouble, 0)
        waited = 0.0
        while not isinstance(tried, Answer):
            setbacks[tried.trouble] += 1
            waited += self._wait(call, tried, setbacks[tried.trouble], waited)
            tried = self._try(call)
        return tried

    @contextmanager
    def _others_waiting(self) -> Iterator[None]:
        """Of several calls that were too many one finds out when there may be more; if there are
        none today that holds for the others, who would otherwise all go on asking."""
        while not self._finding_out.acquire(timeout=LOOK_SECONDS):
            self._guard()
        try:
            if self._day_is_over is not None:
                raise self._day_is_over()
            yield
        finally:
            self._finding_out.release()

    def ensure_time_left(self, what: str) -> None:
        """Pass only while somebody still waits. Raises TryLater."""
        if self._deadline is not None and not self._deadline.left():
            raise too_late(self.api, what)

    # --- one try -------------------------------------------------------------------------------

    def _try(self, call: "_Call") -> Answer | Setback:
        """Send once. A Setback is a try that did not count. Raises AnswerLost."""
        if not call.idempotent:
            self._guard()
        self._pace.take(interactive=self._deadline is not None)
        self.ensure_time_left(call.what)
        self._count()
        tried = self._send(call)
        if isinstance(tried, Answer):
            tried = judge(tried, call.rule)
        if isinstance(tried, Setback) and tried.may_be_applied and not call.idempotent:
            raise AnswerLost(
                f"{self.api} {tried.phrase} to {call.what}; what was sent may have been applied.",
                hint="It is looked up before anything is sent again.",
            )
        return tried

    def _send(self, call: "_Call") -> Answer | Setback:
        begun = time.perf_counter()
        try:
            with span("vendor call", api=self.api, what=call.what):
                answer = self._exchange(call)
        except (RequestException, HTTPError) as error:
            setback = judge_failure(self.api, error)
            self._note_failure(call, "no answer", setback.phrase, begun)
            return setback
        except _TooLarge:
            self._note_failure(call, "too large", "answered without end", begun)
            return self._judge_endless(call)
        self._note(call, answer, time.perf_counter() - begun)
        return answer

    def _note(self, call: "_Call", answer: Answer, seconds: float) -> None:
        API_CALLS.add(self.api, f"{answer.status // 100}xx")
        API_SECONDS.time(seconds, self.api)
        log.log(
            logging.DEBUG if answer.status < 400 else logging.INFO,
            "call",
            api=self.api,
            method=call.method,
            what=call.what,
            status=answer.status,
            ms=round(seconds * 1000),
            request_id=answer.request_id,
        )

    def _note_failure(self, call: "_Call", outcome: str, why: str, begun: float) -> None:
        API_CALLS.add(self.api, outcome)
        facts = {"why": why, "ms": round((time.perf_counter() - begun) * 1000)}
        log.info("call_failed", api=self.api, method=call.method, what=call.what, **facts)

    def _exchange(self, call: "_Call") -> Answer:
        with self._session.request(
            call.method,
            call.url,
            **call.arguments,
            timeout=self._read_seconds(),
            allow_redirects=False,
            stream=True,
        ) as response:
            return Answer(
                api=self.api,
                status=response.status_code,
                headers=response.headers,
                body=self._read_body(response),
                what=call.what,
            )

    def _read_body(self, response: requests.Response) -> bytes:
        parts, size = [], 0
        # Not `iter_content`, which waits for whole chunks: an answer that trickles would never let
        # go of us.
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > self._answer_limit:
                raise _TooLarge
            if self._deadline is not None and not self._deadline.left():
                raise requests.Timeout
            parts.append(chunk)
        return b"".join(parts)

    def _read_seconds(self) -> float | None:
        """None: the session's own time-out."""
        if self._deadline is None:
            return None
        return max(self._deadline.left(), 0.1)  # zero would be no time-out at all

    def _judge_endless(self, call: "_Call") -> Setback:
        if call.idempotent:
            raise UnexpectedAnswer(
                f"{self.api} answered {call.what} with more than {self._answer_limit // MIB} MiB.",
                hint="If that is right, let the operator raise ANSWER_LIMIT_MIB.",
            ) from None
        return Setback(trouble=Trouble.BROKEN, phrase="answered without end", may_be_applied=True)

    # --- between two tries ---------------------------------------------------------------------

    def _wait(self, call: "_Call", setback: Setback, attempt: int, waited: float) -> float:
        """Wait before the next try; how many seconds. Raises where it is time to give up."""
        seconds = delay(
            call.rule, attempt, setback, waited=waited, now=self._now(), random=self._random
        )
        if seconds is None:
            self._give_up(call, setback)
        if setback.trouble is Trouble.BROKEN and not self._pace.may_retry():
            raise spared(self.api, call.what, setback)
        if self._deadline is not None and seconds >= self._deadline.left():
            raise too_late(self.api, call.what)
        API_RETRIES.add(self.api, setback.trouble.value)
        facts = {"why": setback.phrase, "attempt": attempt + 1, "seconds": round(seconds, 1)}
        log.info("call_retried", api=self.api, what=call.what, **facts)
        self._sleep(seconds)
        return seconds

    def _give_up(self, call: "_Call", setback: Setback) -> NoReturn:
        resume_at = pause_until(call.rule, setback, self._now())
        limited = setback.trouble is Trouble.LIMITED and call.rule.judges_day
        if limited and setback.retry_after is None:
            self._pace.note_exhausted()  # the rest of the day, which is all that anybody knows
        if resume_at is not None:
            gone = partial(quota_gone, self.api, call.what, setback, resume_at)
            if call.rule.judges_day:
                self._day_is_over = gone
            raise gone()
        raise TryLater(
            f"{self.api} {setback.phrase} to {call.what}{_tries(call.rule.tries)}.",
            hint="Try again later; if it stays so, check the service address.",
        )


def _tries(number: int) -> str:
    return f", even after {number} tries" if number > 1 else ""


@dataclass(frozen=True, kw_only=True)
class _Call:
    """One call, through all its tries."""

    method: str
    url: str = field(repr=False)
    what: str
    idempotent: bool
    rule: RetryRule
    arguments: Mapping[str, Any] = field(repr=False)
