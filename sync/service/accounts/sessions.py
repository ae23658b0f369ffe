"""Sessions: who holds one, ending them, and the password that ends all others."""

from datetime import datetime, timedelta
from typing import Final

from sync.errors import FieldProblem, InvalidFields
from sync.languages import LANGUAGES
from sync.model import AccountStatus, Actor, Event, Session
from sync.rules.passwords import problem_with_password
from sync.service.accounts.common import AccountsPart, own_account
from sync.service.common import record
from sync.store.sessions import StoredSession

SEEN_EVERY: Final = timedelta(minutes=1)  # a write for each page would be too many


class Sessions(AccountsPart):
    """What somebody who signed in does with their own sessions and password."""

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
            ended = desk.sessions.end_all(own_account(actor))
            record(desk, actor, Event.SIGNED_OUT_EVERYWHERE, None, now)
        return ended

    def choose_language(self, actor: Actor, language: str) -> None:
        """The account's pages are in this language; empty: in what the browser asks for.

        Raises InvalidFields.
        """
        if language and language not in LANGUAGES:
            raise InvalidFields(
                FieldProblem(field="language", message="Choose one of the languages offered.")
            )
        account_id = own_account(actor)
        with self._store.write() as desk:
            desk.accounts.set_language(account_id, language or None)

    def change_password(self, actor: Actor, token: str, *, current: str, new: str) -> None:
        """Another password; all sessions but the one of this token are over.

        Raises InvalidFields. An account without a password needs no current one.
        """
        account_id, now = own_account(actor), self._now()
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
