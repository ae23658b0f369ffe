"""Builds the clients of both vendors; all processes share their pace, budget and tokens."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from sync.acton.answers import is_limited
from sync.acton.client import ActOnClient
from sync.acton.log_in import LogIn
from sync.acton.oauth import Credentials, TokenSource
from sync.clock import Deadline, guarded_sleep, sleep, utcnow
from sync.http.allowance import Allowance
from sync.http.answer import Answer
from sync.http.hosts import HostPolicy
from sync.http.retry import RetryRule, next_utc_midnight
from sync.http.session import make_session
from sync.http.transport import Transport
from sync.model import ActOnAccess, CallsUsed, Space
from sync.pipeliner.client import PipelinerClient
from sync.ports import CallCount, Connections, nobody_stops_us
from sync.rules.domains import account_in_domain
from sync.settings import Settings
from sync.store import Store
from sync.store.allowances import RowAllowance, end_of_day, end_of_hour
from sync.store.tokens import RowTokenStore

LONGEST_NAME: Final = 200  # of a row that processes share
TOO_MANY_REQUESTS: Final = 429
MIB: Final = 1024 * 1024
LINES: Final = 64  # to one host: many runs read the same one, each with several calls at once
# Somebody waits: few tries, short pauses, and no judgement about the day from so short a look.
FOR_A_PERSON: Final[dict[str, Any]] = {
    "tries": 2,
    "first": 0.5,
    "most": 1.0,
    "longest_retry_after": 3.0,
    "patience": 3.0,
    "judges_day": False,
}


class Clients:
    """Builds both clients of a space; all processes share their pace, budget and tokens."""

    def __init__(self, settings: Settings, policy: HostPolicy, store: Store) -> None:
        self._settings = settings
        self._policy = policy
        self._store = store
        self._session = make_session(
            policy,
            connect_seconds=settings.connect_timeout_seconds,
            read_seconds=settings.read_timeout_seconds,
            connections=LINES,
        )

    def connect(self, space: Space, guard: Callable[[], None]) -> Connections:
        """Both vendors as the space reaches them; `guard` runs before every creating request."""
        calls = CallCount()
        return Connections(
            acton=self._acton(space, guard, calls),
            pipeliner=self._pipeliner(space, guard, calls),
            calls=calls,
        )

    def connect_for_person(self, space: Space, deadline: Deadline) -> Connections:
        """Both vendors for somebody who waits: ahead of the sync, and over by the deadline."""
        calls = CallCount()
        return Connections(
            acton=self._acton(space, nobody_stops_us, calls, deadline),
            pipeliner=self._pipeliner(space, nobody_stops_us, calls, deadline),
            calls=calls,
        )

    # --- access to Act-On ----------------------------------------------------------------------

    def log_in(self, space: Space) -> LogIn:
        """How the space comes by its access to Act-On."""
        base_url = self._base_url(space.acton)
        transport = self._acton_transport(
            space.acton,
            space.settings.daily_call_budget,
            nobody_stops_us,
            CallCount(),
            Deadline(self._settings.panel_deadline_seconds * 2),
        )
        return LogIn(
            self._tokens(space, transport),
            self._held(space),
            base_url=base_url,
            client_id=self._settings.acton_client_id,
        )

    def carry_access(self, before: Space, after: Space) -> None:
        """Keep the access to Act-On that is held where a change gives it another name."""
        if self._held_name(before) != self._held_name(after):
            held = self._held(before).read()
            if held is not None:
                self._held(after).adopt(held)

    def calls_used(self, acton: ActOnAccess, budget: int) -> CallsUsed:
        """The Act-On calls of the quota day. Raises TryLater."""
        now = utcnow()
        return CallsUsed(
            used=self._budget(acton, budget).used(),
            budget=budget,
            begins_anew_at=end_of_day(now),
        )

    def allow_host(self, url: str) -> None:
        """Pass only where this address may be called. Raises SetupError."""
        self._policy.check(url)

    def _base_url(self, acton: ActOnAccess) -> str:
        return acton.base_url or self._settings.acton_base_url

    def _budget(
        self, acton: ActOnAccess, budget: int, guard: Callable[[], None] = nobody_stops_us
    ) -> RowAllowance:
        whose = _account_id(acton) or acton.username or self._settings.acton_client_id
        return RowAllowance(
            self._store.database,
            _name("acton", _host(self._base_url(acton)), whose),
            per_second=self._settings.acton_calls_per_second,
            per_window=budget,
            sleep=guarded_sleep(guard),
        )

    def _held_name(self, space: Space) -> str:
        acton = space.acton
        whose = acton.username or _account_id(acton) or space.space_id
        return _name(_host(self._base_url(acton)), self._settings.acton_client_id, whose)

    def _held(self, space: Space) -> RowTokenStore:
        name = self._held_name(space)
        return RowTokenStore(self._store.database, self._store.keyring, name)

    def _tokens(self, space: Space, transport: Transport) -> TokenSource:
        access, client_id = space.acton, self._settings.acton_client_id
        base_url = self._base_url(access)
        return TokenSource(
            transport,
            self._held(space),
            Credentials(
                client_id=client_id,
                client_secret=self._settings.acton_client_secret.get_secret_value(),
                username=access.username,
                password=access.password,
            ),
            base_url=base_url,
            log_ins=self._log_ins(_host(base_url), client_id, access.username or space.space_id),
            now=utcnow,
            sleep=sleep,
        )

    def _acton_transport(
        self,
        acton: ActOnAccess,
        budget: int,
        guard: Callable[[], None],
        calls: CallCount,
        deadline: Deadline | None,
    ) -> Transport:
        pace = self._budget(acton, budget, guard)
        return self._transport("Act-On", guard, calls.count_acton, pace, is_limited, deadline)

    def _acton(
        self,
        space: Space,
        guard: Callable[[], None],
        calls: CallCount,
        deadline: Deadline | None = None,
    ) -> ActOnClient:
        access = space.acton
        budget = space.settings.daily_call_budget
        transport = self._acton_transport(access, budget, guard, calls, deadline)
        return ActOnClient(
            transport,
            self._tokens(space, transport),
            base_url=self._base_url(access),
            account_id=_account_id(access),
            at_once=1 if deadline else self._settings.acton_calls_at_once,
            guard=guard,
        )

    def _log_ins(self, host: str, client_id: str, username: str) -> RowAllowance:
        return RowAllowance(
            self._store.database,
            _name("acton log-ins", host, client_id, username),
            per_second=1,
            per_window=self._settings.acton_logins_per_hour,
            sleep=sleep,
            window_end=end_of_hour,
        )

    def _pipeliner(
        self,
        space: Space,
        guard: Callable[[], None],
        calls: CallCount,
        deadline: Deadline | None = None,
    ) -> PipelinerClient:
        access = space.pipeliner

        allowance = RowAllowance(
            self._store.database,
            _name("pipeliner", _host(access.service_url), space.space_id),
            per_second=self._settings.pipeliner_calls_per_second,
            per_window=None,
            sleep=guarded_sleep(guard),
        )
        return PipelinerClient(
            self._transport(
                "Pipeliner", guard, calls.count_pipeliner, allowance, _is_too_many, deadline
            ),
            service_url=access.service_url,
            space_id=space.space_id,
            username=access.username,
            password=access.password,
            batch_size=self._settings.pipeliner_batch_size,
            date_format=self._settings.pipeliner_date_format,
        )

    def _transport(
        self,
        vendor: str,
        guard: Callable[[], None],
        count: Callable[[], None],
        allowance: Allowance,
        is_limited: Callable[[Answer], bool],
        deadline: Deadline | None,
    ) -> Transport:
        rule = RetryRule(is_limited=is_limited, resume_at=next_utc_midnight)
        return Transport(
            vendor,
            self._session,
            self._policy,
            rule if deadline is None else replace(rule, **FOR_A_PERSON),
            deadline=deadline,
            pace=allowance,
            guard=guard,
            sleep=guarded_sleep(guard),
            count=count,
            answer_limit=self._settings.answer_limit_mib * MIB,
        )


def _account_id(acton: ActOnAccess) -> str | None:
    return acton.account_id or account_in_domain(acton.marketing_domain_url)


def _is_too_many(answer: Answer) -> bool:
    return answer.status == TOO_MANY_REQUESTS


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def _name(*parts: str) -> str:
    """A name for a shared row; parts that are too long for it are told apart by their digest."""
    name = "|".join(parts)
    if len(name) <= LONGEST_NAME:
        return name
    return f"{parts[0][:100]}|{sha256(name.encode()).hexdigest()}"
