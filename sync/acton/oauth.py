"""Access tokens for Act-On: kept in one store for all processes, fetched by one at a time.

1. Access tokens last an hour, refresh tokens can be used once, and a log-in with the same client
   and user revokes what others hold (contracts, section 1.3). So a new pair is saved before it is
   used, and whoever finds a token refused first looks whether somebody has a newer one.
2. At most five log-ins an hour are allowed: a refresh is tried first.
3. Bad credentials are answered with 403, a bad client with 401 (contracts, section 1.5).
4. What was refused is not tried again for half an hour, by any process: each try would use up one
   of the five log-ins, and the next person who opens a panel would wait for the same answer.

Source: https://developer.act-on.com/reference (grant types password, refresh token, code).
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Final, Protocol

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request

from sync.acton.refusals import ACCESS_REFUSED, refusal_of, refuse_again
from sync.clock import Now, Sleep
from sync.errors import (
    CredentialsRefused,
    SetupError,
    TryLater,
    UnexpectedAnswer,
)
from sync.http.allowance import Allowance
from sync.http.transport import Transport
from sync.languages import lazy_gettext as _
from sync.model import LogInRefusal, Problem, StoredToken

MARGIN = timedelta(seconds=60)
DEFAULT_LIFE = 3600
WAIT_SECONDS = 0.5
LONGEST_WAIT = 160.0  # longer than a dead process holds its claim
SCOPE = "PRODUCTION"
REFUSED_FOR: Final = timedelta(minutes=30)  # so that of five log-ins an hour three are left
_REMEMBERED: Final = frozenset({ACCESS_REFUSED, "acton_client", "api_not_enabled"})


class TokenStore(Protocol):
    """Where the token pair of one client and user is kept; `sync.store.tokens` is one."""

    def read(self) -> StoredToken | None:
        """The latest pair."""

    def begin_refresh(self, seen_version: int) -> bool:
        """Whether we may fetch a new pair; False: somebody else does or has done."""

    def save(self, token: StoredToken) -> None:
        """Keep a new pair."""

    def end_refresh(self) -> None:
        """No new pair was to be had; let others try."""

    def refusal(self) -> LogInRefusal | None:
        """What was refused last, if a new pair was not to be had since."""

    def note_refusal(self, refusal: LogInRefusal) -> None:
        """Keep what was refused."""

    def forget(self) -> None:
        """Hold nothing any more."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Who we are (client) and whose account we ask for (user). Secrets never show in a repr."""

    client_id: str
    client_secret: str = field(repr=False)
    username: str | None
    password: str | None = field(repr=False)


class TokenSource:
    """Gives access tokens that are good when given."""

    def __init__(
        self,
        transport: Transport,
        store: TokenStore,
        credentials: Credentials,
        *,
        base_url: str,
        log_ins: Allowance,
        now: Now,
        sleep: Sleep,
    ) -> None:
        self._transport = transport
        self._store = store
        self._credentials = credentials
        self._url = f"{base_url}/token"
        self._log_ins = log_ins
        self._now = now
        self._sleep = sleep

    def token(self) -> StoredToken:
        """A token that is good for a minute at least. Raises CredentialsRefused, TryLater."""
        held = self._store.read()
        if held is not None and held.expires_at - MARGIN > self._now():
            return held
        return self.renew(held)

    def renew(self, refused: StoredToken | None) -> StoredToken:
        """A token newer than the one refused: somebody else's, or one that we fetch.

        Raises CredentialsRefused, TryLater.
        """
        seen, waited = refused.version if refused else 0, 0.0
        while not self._store.begin_refresh(seen):
            held = self._store.read()
            if held is not None and held.version > seen:
                return held
            self._transport.ensure_time_left("the log-in")
            if waited > LONGEST_WAIT:
                raise TryLater("Another process has been logging in to Act-On for too long.")
            self._sleep(WAIT_SECONDS)
            waited += WAIT_SECONDS
        try:
            self._store.save(self._fetch(refused))
        except BaseException:
            self._store.end_refresh()
            raise
        fresh = self._store.read()
        assert fresh is not None  # noqa: S101 - saved a moment ago
        return fresh

    def prove_password(self) -> None:
        """Log in with user name and password now, and keep the pair.

        Raises CredentialsRefused, QuotaGone, SetupError, TryLater.
        """
        held = self._store.read()
        # What others are fetching is void once we have logged in; only our own claim is given back.
        ours = self._store.begin_refresh(held.version if held else 0)
        try:
            self._store.save(self._log_in(interactive=True))
        except BaseException:
            if ours:
                self._store.end_refresh()
            raise

    def exchange_code(self, code: str, redirect_uri: str) -> StoredToken:
        """The token for a one-time code of the redirect flow. Raises CredentialsRefused."""
        self._log_ins.take(interactive=True)
        held = self._store.read()
        # A code is good for moments: it is used even while somebody else fetches a pair, since the
        # log-in voids theirs anyway. Only a claim of our own is given back.
        ours = self._store.begin_refresh(held.version if held else 0)
        try:
            self._store.save(self._ask("authorization_code", code=code, redirect_uri=redirect_uri))
        except BaseException:
            if ours:
                self._store.end_refresh()
            raise
        return self.token()

    def _fetch(self, refused: StoredToken | None) -> StoredToken:
        """A new pair, unless exactly this was refused lately."""
        tried = self._digest(refused)
        known = self._store.refusal()
        if known is not None and known.tried == tried and known.until > self._now():
            refuse_again(known)
        try:
            return self._refresh_or_log_in(refused)
        except SetupError as error:
            if error.kind in _REMEMBERED:
                self._note_refusal(tried, error)
            raise

    def _note_refusal(self, tried: str, error: SetupError) -> None:
        problem = Problem(kind=error.kind, message=error.message, hint=error.hint)
        until = self._now() + REFUSED_FOR
        self._store.note_refusal(LogInRefusal(tried=tried, problem=problem, until=until))

    def _digest(self, refused: StoredToken | None) -> str:
        """All that a log-in is tried with; anything else deserves a try of its own."""
        client = self._credentials
        refresh = refused.refresh if refused else None
        parts = [client.client_id, client.client_secret, client.username, client.password, refresh]
        return sha256(json.dumps(parts).encode()).hexdigest()

    def _refresh_or_log_in(self, refused: StoredToken | None) -> StoredToken:
        if refused is not None and refused.refresh:
            try:
                return self._ask("refresh_token", refresh_token=refused.refresh)
            except CredentialsRefused as error:
                # A log-in would come from the same client, and be one of five for nothing.
                if error.kind == "acton_client" or not self._credentials.password:
                    raise
        return self._log_in()

    def _log_in(self, *, interactive: bool = False) -> StoredToken:
        if not self._credentials.username or not self._credentials.password:
            raise CredentialsRefused(
                "Act-On asks for a log-in, and no user name and password are stored.",
                hint="Connect Act-On again, or enter the Act-On user name and password.",
                kind="not_connected",
            )
        self._log_ins.take(interactive=interactive)
        return self._ask(
            "password",
            username=self._credentials.username,
            password=self._credentials.password,
        )

    def _ask(self, grant_type: str, **fields: str) -> StoredToken:
        client = self._credentials
        answer = self._transport.request(
            "POST",
            self._url,
            what=_("the log-in"),
            idempotent=False,  # a refresh token is used up by the first try
            data=prepare_token_request(
                grant_type,
                client_id=client.client_id,
                client_secret=client.client_secret,
                **fields,
            ),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            judges_day=False,  # log-ins have a limit of their own, by the hour
        )
        if answer.is_success:
            return self._to_token(answer.json())
        raise refusal_of(answer, grant_type)

    def _to_token(self, raw: object) -> StoredToken:
        access = raw.get("access_token") if isinstance(raw, dict) else None
        if not isinstance(raw, dict) or not isinstance(access, str) or not access:
            raise UnexpectedAnswer("Act-On's answer to the log-in holds no access token.")
        life = raw.get("expires_in")
        seconds = life if isinstance(life, int) and 0 < life < 10**7 else DEFAULT_LIFE
        refresh = raw.get("refresh_token")
        return StoredToken(
            access=access,
            refresh=refresh if isinstance(refresh, str) and refresh else None,
            expires_at=self._now() + timedelta(seconds=seconds),
            version=0,  # the store counts
        )


def authorize_url(base_url: str, *, client_id: str, redirect_uri: str, state: str) -> str:
    """Where to send the browser for the redirect flow. The client secret is never in it."""
    return str(
        prepare_grant_uri(
            f"{base_url}/authorize",
            client_id=client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=SCOPE,
            state=state,
        )
    )
