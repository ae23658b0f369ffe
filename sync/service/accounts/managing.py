"""What operators do with accounts."""

from collections.abc import Sequence

from sync.errors import NotFound
from sync.model import SHELL, Account, AccountStatus, Action, Actor, Event
from sync.rules.rights import ensure_may, no_such_space
from sync.service.accounts.common import AccountsPart, find_account, usable_address
from sync.service.common import record


class Managing(AccountsPart):
    """Accounts of others: made, listed, shut out."""

    def create_operator(self, email: str, password: str, *, actor: Actor = SHELL) -> Account:
        """An operator who signs in with this password; an account that is there becomes one.

        Raises NotAllowed, InvalidFields.
        """
        ensure_may(actor, Action.MANAGE_ACCOUNTS)
        usable, now = usable_address(email, password), self._now()
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
            account = find_account(desk, email)
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
            account = find_account(desk, email)
            desk.accounts.set_status(account.account_id, status)
            desk.sessions.end_all(account.account_id)
            record(desk, actor, event, None, self._now(), subject=account.email)
            return desk.accounts.get(account.account_id)
