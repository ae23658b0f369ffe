"""Sessions, and how often signing in has failed. Tokens are kept as digests only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, func, insert, select, update

from sync.rules.throttle import FORGOTTEN_AFTER, wait_after
from sync.store.sql import insert_for
from sync.store.tables.administration import memberships, sessions, sign_in_tries


@dataclass(frozen=True, kw_only=True)
class StoredSession:
    """A session as it is kept."""

    account_id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def digest_of(token: str) -> str:
    """What is kept of a token: enough to know it again, too little to use it."""
    return sha256(token.encode()).hexdigest()


class SessionStore:
    """The sessions, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(
        self, token: str, account_id: int, *, now: datetime, expires_at: datetime, agent: str
    ) -> None:
        """Keep a new session; those that are over are swept out on the way."""
        self._connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
        self._connection.execute(
            insert(sessions).values(
                digest=digest_of(token),
                account_id=account_id,
                created_at=now,
                seen_at=now,
                expires_at=expires_at,
                agent=agent[:200],
            )
        )

    def find(self, token: str) -> StoredSession | None:
        """The session of this token, whether it still holds or not."""
        row = self._connection.execute(
            select(sessions).where(sessions.c.digest == digest_of(token))
        ).first()
        if row is None:
            return None
        return StoredSession(
            account_id=row.account_id,
            created_at=row.created_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
        )

    def touch(self, token: str, *, now: datetime) -> None:
        """The session is in use."""
        self._connection.execute(
            update(sessions).where(sessions.c.digest == digest_of(token)).values(seen_at=now)
        )

    def end(self, token: str) -> None:
        """The session is over."""
        self._connection.execute(delete(sessions).where(sessions.c.digest == digest_of(token)))

    def end_all(self, account_id: int, *, but: str | None = None) -> int:
        """How many sessions of the account are over now: all of them but the one named."""
        query = delete(sessions).where(sessions.c.account_id == account_id)
        if but is not None:
            query = query.where(sessions.c.digest != digest_of(but))
        return self._connection.execute(query).rowcount

    def end_all_of_space(self, space_id: str) -> int:
        """How many sessions of the space's admins are over now."""
        admins = select(memberships.c.account_id).where(memberships.c.space_id == space_id)
        done = self._connection.execute(delete(sessions).where(sessions.c.account_id.in_(admins)))
        return done.rowcount

    def count(self, account_id: int, *, now: datetime) -> int:
        """How many sessions of the account have not reached their end."""
        return (
            self._connection.scalar(
                select(func.count()).where(
                    sessions.c.account_id == account_id, sessions.c.expires_at > now
                )
            )
            or 0
        )

    # --- signing in ----------------------------------------------------------------------------

    def locked_until(self, names: Sequence[str], *, now: datetime) -> datetime | None:
        """Until when nobody may try under one of these names; None: now."""
        latest: datetime | None = self._connection.scalar(
            select(func.max(sign_in_tries.c.locked_until, type_=sessions.c.seen_at.type)).where(
                sign_in_tries.c.name.in_(names), sign_in_tries.c.locked_until > now
            )
        )
        return latest

    def count_try(self, name: str, free: int, *, now: datetime) -> int:
        """The tries in a row under this name, with this one, which counts as failed until told
        otherwise. Whoever tries at the same moment waits for our transaction."""
        self._forget(now)
        statement = insert_for(self._connection, sign_in_tries).values(
            name=name, failures=1, last_at=now
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"failures": sign_in_tries.c.failures + 1, "last_at": now},
            )
        )
        failures: int = self._connection.scalars(
            select(sign_in_tries.c.failures).where(sign_in_tries.c.name == name)
        ).one()
        wait = wait_after(failures, free)
        self._connection.execute(
            update(sign_in_tries)
            .where(sign_in_tries.c.name == name)
            .values(locked_until=now + wait if wait else None)
        )
        return failures

    def forgive(self, name: str) -> None:
        """Somebody signed in under this name: what failed before does not count."""
        self._connection.execute(delete(sign_in_tries).where(sign_in_tries.c.name == name))

    def take_back(self, name: str) -> None:
        """The last try under this name did not fail after all; those before still count."""
        self._connection.execute(
            update(sign_in_tries)
            .where(sign_in_tries.c.name == name)
            .values(failures=sign_in_tries.c.failures - 1, locked_until=None)
        )

    def _forget(self, now: datetime) -> None:
        self._connection.execute(
            delete(sign_in_tries).where(sign_in_tries.c.last_at < now - FORGOTTEN_AFTER)
        )
