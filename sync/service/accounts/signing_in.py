"""Signing up and in: with a password, or by the identity provider's word."""

import secrets
from datetime import datetime
from typing import Final, NoReturn

from sync.errors import FieldProblem, InvalidFields, NotAllowed, SignInFailed
from sync.model import Account, AccountStatus, Actor, Event, Identity, SignedIn
from sync.rules.addresses import normalise
from sync.service.accounts.common import AccountsPart, sign_in_failed, usable_address
from sync.service.common import record
from sync.store import Desk

TOKEN_BYTES: Final = 32
NOBODY: Final = Actor(account_id=None, email="unknown address")


class SigningIn(AccountsPart):
    """How people get a session."""

    @property
    def sign_up_open(self) -> bool:
        """Whether people may make an account by themselves."""
        return self._options.sign_up_open

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
        usable = usable_address(email, password)
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
                raise sign_in_failed()
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
            raise sign_in_failed()
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

    def _refuse(self, account: Account | None, now: datetime) -> NoReturn:
        # Written down for unknown addresses too, or the time it takes would tell them apart; what
        # was typed is not: it may be a password in the wrong field.
        with self._store.write() as desk:
            actor = desk.accounts.actor(account) if account else NOBODY
            record(desk, actor, Event.SIGN_IN_FAILED, None, now)
        raise sign_in_failed()
