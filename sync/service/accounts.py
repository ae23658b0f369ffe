"""Signing in and out: accounts, sessions, the identity provider's word for somebody.

An account alone opens nothing; what it may do is said by `rules.rights`. All that is wrong with a
sign-in is answered alike and takes as long, so nobody learns which addresses have an account.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NoReturn

import structlog

from sync.clock import Now, utcnow
from sync.errors import (
    FieldProblem,
    InvalidFields,
    NotAllowed,
    NotFound,
    SignInFailed,
    TooManyTries,
)
from sync.model import (
    SHELL,
    Account,
    AccountStatus,
    Action,
    Actor,
    Event,
    Identity,
    Session,
    SignedIn,
)
from sync.rules.addresses import normalise
from sync.rules.passwords import problem_with_password
from sync.rules.rights import ensure_may, no_such_space
from sync.rules.throttle import try_names
from sync.service.common import record
from sync.service.hashing import Hashing
from sync.service.values import AccountOptions
from sync.store import Desk, Store
from sync.store.sessions import StoredSession

log = structlog.get_logger(__name__)

TOKEN_BYTES: Final = 32
NOBODY: Final = Actor(account_id=None, email="unknown address")
SEEN_EVERY: Final = timedelta(minutes=1)  # a write for each page would be too many


class Accounts:
    """Who may come in."""

    def __init__(
        self,
        store: Store,
        hashing: Hashing,
        options: AccountOptions,
        *,
        now: Now = utcnow,
    ) -> None:
        self._store = store
        self._hashing = hashing
        self._options = options
        self._now = now

    @property
    def sign_up_open(self) -> bool:
        """Whether people may make an account by themselves."""
        return self._options.sign_up_open

    # --- signing in and up -----------------------------------------------------------------------

    def sign_up(
        self, email: str, password: str, *, address: str, agent: str = "", name: str = ""
    ) -> SignedIn:
        """A session of the account just made. `address`: of the network, `agent`: the browser.

        Raises NotAllowed where sign-up is closed, InvalidFields, TooManyTries.
        """
        if not self._options.sign_up_open:
            raise NotAllowed(
                "New accounts are made by the operator.", hint="Ask for one.", kind="closed"
            )
        now = self._now()
        usable = _usable(email, password)
        self._count_try(usable, address, now)
        hashed = self._hashing.hash(password)
        with self._store.write() as desk:
            made = desk.accounts.create(
                usable,
                name=name.strip(),
                password_hash=hashed,
                is_operator=False,
                email_verified=False,
                now=now,
            )
            if made is None:
                raise InvalidFields(
                    FieldProblem(
                        field="email",
                        message="With this address no account can be made. Sign in, or use "
                        "another address.",
                    )
                )
            self._forgive(desk, usable, address)
            record(desk, desk.accounts.actor(made), Event.SIGNED_UP, None, now)
            return self._begin(desk, made, agent, None, now)

    def sign_in(
        self,
        email: str,
        password: str,
        *,
        address: str,
        agent: str = "",
        replaces: str | None = None,
    ) -> SignedIn:
        """A new session; that of the token `replaces`, which the browser had before, is over.

        Raises SignInFailed, and TooManyTries after several of those.
        """
        now, usable = self._now(), normalise(email) or email.strip().lower()
        self._count_try(usable, address, now)
        with self._store.read() as desk:
            account = desk.accounts.find(usable)
            kept = desk.accounts.password_hash(account.account_id) if account else None
        right = self._hashing.is_right(kept, password)
        active = account is not None and account.status is AccountStatus.ACTIVE
        if account is None or kept is None or not right or not active:
            self._refuse(account, now)
        renewed = self._hashing.hash(password) if self._hashing.is_outdated(kept) else None
        with self._store.write() as desk:
            if renewed is not None:
                desk.accounts.set_password(account.account_id, renewed)
            self._forgive(desk, usable, address)
            return self._begin(desk, account, agent, replaces, now)

    def sign_in_with_identity(
        self, identity: Identity, *, agent: str = "", replaces: str | None = None
    ) -> SignedIn:
        """A session for whom the identity provider vouches for; their account is made or linked.

        Raises SignInFailed where it is disabled or the address is not verified, NotAllowed where
        sign-up is closed.
        """
        now = self._now()
        with self._store.write() as desk:
            account = desk.accounts.of_identity(identity.issuer, identity.subject)
            account = account or self._link(desk, identity, now)
            if account.status is not AccountStatus.ACTIVE:
                raise _failed()
            email = normalise(identity.email)
            if identity.email_verified and email in self._options.oidc_operators:
                desk.accounts.set_operator(account.account_id, True)
            account = desk.accounts.get(account.account_id)
            return self._begin(desk, account, agent, replaces, now)

    def _link(self, desk: Desk, identity: Identity, now: datetime) -> Account:
        email = normalise(identity.email)
        if email is None or not identity.email_verified:
            raise SignInFailed(
                "The identity provider does not say that your e-mail address is verified.",
                hint="Verify it there, then sign in again.",
                kind="email_not_verified",
            )
        account = desk.accounts.find(email)
        if account is None:
            account = self._make_for(desk, identity, email, now)
        elif not desk.accounts.email_verified(account.account_id):
            # Somebody made it without proving the address: they must not stay in.
            desk.accounts.set_password(account.account_id, None)
            desk.sessions.end_all(account.account_id)
        desk.accounts.set_verified(account.account_id)
        desk.accounts.link(account.account_id, identity.issuer, identity.subject, now=now)
        actor = desk.accounts.actor(account)
        record(desk, actor, Event.IDENTITY_LINKED, None, now, subject=identity.issuer)
        return account

    def _make_for(self, desk: Desk, identity: Identity, email: str, now: datetime) -> Account:
        if not self._options.sign_up_open and email not in self._options.oidc_operators:
            raise NotAllowed(
                "New accounts are made by the operator.", hint="Ask for one.", kind="closed"
            )
        made = desk.accounts.create(
            email,
            name=identity.name,
            password_hash=None,
            is_operator=False,
            email_verified=True,
            now=now,
        )
        if made is None:
            raise _failed()
        return made

    def _begin(
        self, desk: Desk, account: Account, agent: str, replaces: str | None, now: datetime
    ) -> SignedIn:
        if replaces is not None:
            desk.sessions.end(replaces)
        token, expires_at = secrets.token_urlsafe(TOKEN_BYTES), now + self._options.life
        desk.sessions.begin(token, account.account_id, now=now, expires_at=expires_at, agent=agent)
        desk.accounts.note_sign_in(account.account_id, now=now)
        record(desk, desk.accounts.actor(account), Event.SIGNED_IN, None, now)
        return SignedIn(account=account, token=token, expires_at=expires_at)

    def _count_try(self, email: str, address: str, now: datetime) -> None:
        names = try_names(email, address)
        with self._store.write() as desk:
            until = desk.sessions.locked_until([name for name, _ in names], now=now)
            if until is not None:
                raise TooManyTries("Signing in failed too often. Try again later.", retry_at=until)
            for name, free in names:
                desk.sessions.count_try(name, free, now=now)

    def _forgive(self, desk: Desk, email: str, address: str) -> None:
        (of_account, _), (of_address, _) = try_names(email, address)
        desk.sessions.forgive(of_account)
        desk.sessions.take_back(of_address)

    def _refuse(self, account: Account | None, now: datetime) -> NoReturn:
        # Written down for unknown addresses too, or the time it takes would tell them apart; what
        # was typed is not: it may be a password in the wrong field.
        with self._store.write() as desk:
            actor = desk.accounts.actor(account) if account else NOBODY
            record(desk, actor, Event.SIGN_IN_FAILED, None, now)
        raise _failed()

    # --- sessions --------------------------------------------------------------------------------

    def session(self, token: str) -> Session | None:
        """Who holds this token; None where it is unknown, idle for too long, or over."""
        now = self._now()
        with self._store.read() as desk:
            held = desk.sessions.find(token)
            if held is None or not self._holds(held, now):
                return None
            account = desk.accounts.get(held.account_id)
            actor = desk.accounts.actor(account)
        if account.status is not AccountStatus.ACTIVE:
            return None
        if now - held.seen_at >= SEEN_EVERY:
            with self._store.write() as desk:
                desk.sessions.touch(token, now=now)
        return Session(
            account=account,
            actor=actor,
            created_at=held.created_at,
            idle_until=min(now + self._options.idle, held.expires_at),
            expires_at=held.expires_at,
        )

    def _holds(self, held: StoredSession, now: datetime) -> bool:
        return now < held.expires_at and now - held.seen_at < self._options.idle

    def sign_out(self, token: str) -> None:
        """This session is over."""
        with self._store.write() as desk:
            desk.sessions.end(token)

    def sign_out_everywhere(self, actor: Actor) -> int:
        """How many sessions of the account are over now: all of them."""
        now = self._now()
        with self._store.write() as desk:
            ended = desk.sessions.end_all(_own(actor))
            record(desk, actor, Event.SIGNED_OUT_EVERYWHERE, None, now)
        return ended

    def change_password(self, actor: Actor, token: str, *, current: str, new: str) -> None:
        """Another password; all sessions but the one of this token are over.

        Raises InvalidFields. An account without a password needs no current one.
        """
        account_id, now = _own(actor), self._now()
        # Counted for this account alone: nobody else's guesses keep its owner from a change.
        place = f"change of the password of {account_id}"
        self._count_try(actor.email, place, now)
        with self._store.read() as desk:
            kept = desk.accounts.password_hash(account_id)
        if kept is not None and not self._hashing.is_right(kept, current):
            raise InvalidFields(
                FieldProblem(field="current", message="This is not your present password.")
            )
        problem = problem_with_password(new, actor.email)
        if problem:
            raise InvalidFields(FieldProblem(field="new", message=problem))
        hashed = self._hashing.hash(new)
        with self._store.write() as desk:
            desk.accounts.set_password(account_id, hashed)
            desk.sessions.end_all(account_id, but=token)
            self._forgive(desk, actor.email, place)
            record(desk, actor, Event.PASSWORD_CHANGED, None, now)

    # --- what operators do -----------------------------------------------------------------------

    def create_operator(self, email: str, password: str, *, actor: Actor = SHELL) -> Account:
        """An operator who signs in with this password; an account that is there becomes one.

        Raises NotAllowed, InvalidFields.
        """
        ensure_may(actor, Action.MANAGE_ACCOUNTS)
        usable, now = _usable(email, password), self._now()
        hashed = self._hashing.hash(password)
        with self._store.write() as desk:
            account = desk.accounts.find(usable)
            if account is None:
                account = desk.accounts.create(
                    usable,
                    name="",
                    password_hash=hashed,
                    is_operator=True,
                    email_verified=True,
                    now=now,
                )
            if account is None:
                raise NotFound("The account was deleted a moment ago.")
            desk.accounts.set_password(account.account_id, hashed)
            desk.accounts.set_operator(account.account_id, True)
            desk.accounts.set_verified(account.account_id)
            desk.accounts.set_status(account.account_id, AccountStatus.ACTIVE)
            desk.sessions.end_all(account.account_id)
            record(desk, actor, Event.OPERATOR_CREATED, None, now, subject=usable)
            return desk.accounts.get(account.account_id)

    def operators(self, *, actor: Actor = SHELL) -> Sequence[Account]:
        """All operators, by address. Raises NotAllowed."""
        return self.all(actor=actor, operators_only=True)

    def all(self, *, actor: Actor = SHELL, operators_only: bool = False) -> Sequence[Account]:
        """All accounts, by address. Raises NotAllowed."""
        ensure_may(actor, Action.MANAGE_ACCOUNTS)
        with self._store.read() as desk:
            return desk.accounts.all(operators_only=operators_only)

    def disable(self, email: str, *, actor: Actor = SHELL) -> Account:
        """The account, which may not sign in any more; its sessions are over.

        Raises NotAllowed, NotFound.
        """
        return self._set_status(email, AccountStatus.DISABLED, Event.ACCOUNT_DISABLED, actor=actor)

    def enable(self, email: str, *, actor: Actor = SHELL) -> Account:
        """The account, which may sign in again. Raises NotAllowed, NotFound."""
        return self._set_status(email, AccountStatus.ACTIVE, Event.ACCOUNT_ENABLED, actor=actor)

    def revoke_sessions(self, email: str, *, actor: Actor) -> int:
        """How many sessions of the account are over now. Raises NotAllowed, NotFound."""
        ensure_may(actor, Action.REVOKE_SESSIONS)
        with self._store.write() as desk:
            account = _find(desk, email)
            ended = desk.sessions.end_all(account.account_id)
            now = self._now()
            record(desk, actor, Event.SESSIONS_REVOKED, None, now, subject=account.email)
        return ended

    def revoke_sessions_of_space(self, space_id: str, *, actor: Actor) -> int:
        """How many sessions of the space's admins are over now. Raises NotAllowed, NotFound."""
        ensure_may(actor, Action.REVOKE_SESSIONS, space_id)
        with self._store.write() as desk:
            if desk.spaces.gate(space_id) is None:
                raise no_such_space(space_id)
            ended = desk.sessions.end_all_of_space(space_id)
            record(desk, actor, Event.SESSIONS_REVOKED, space_id, self._now())
        return ended

    def _set_status(
        self, email: str, status: AccountStatus, event: Event, *, actor: Actor
    ) -> Account:
        ensure_may(actor, Action.MANAGE_ACCOUNTS)
        with self._store.write() as desk:
            account = _find(desk, email)
            desk.accounts.set_status(account.account_id, status)
            desk.sessions.end_all(account.account_id)
            record(desk, actor, event, None, self._now(), subject=account.email)
            return desk.accounts.get(account.account_id)


def _find(desk: Desk, email: str) -> Account:
    account = desk.accounts.find(normalise(email) or email)
    if account is None:
        raise NotFound(f"There is no account of {email!r}.")
    return account


def _own(actor: Actor) -> int:
    if actor.account_id is None:
        raise NotAllowed("Only somebody who signed in has sessions and a password.")
    return actor.account_id


def _usable(email: str, password: str) -> str:
    """The address as it is kept. Raises InvalidFields for all that is wrong with either."""
    usable, problems = normalise(email), []
    if usable is None:
        problems.append(FieldProblem(field="email", message="Enter your e-mail address."))
    problem = problem_with_password(password, usable or email)
    if problem:
        problems.append(FieldProblem(field="password", message=problem))
    if problems or usable is None:
        raise InvalidFields(*problems)
    return usable


def _failed() -> SignInFailed:
    return SignInFailed("The e-mail address or the password is not right.")
