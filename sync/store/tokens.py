"""Act-On's tokens, shared by all processes: sealed at rest, refreshed by one at a time.

What was refused is kept beside them, as a row of its own that is sealed and expires like a pair.

A second log-in revokes the tokens of the first (contracts, section 1.3), so there is one row for
each Act-On host, client and user, and whoever wants a new token has to claim the row first.
"""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, or_, select, update

from sync.errors import SetupError
from sync.keyring import Keyring
from sync.model import LogInRefusal, Problem, StoredToken
from sync.store.database import Database
from sync.store.sql import database_now, insert_for, upsert
from sync.store.tables import tokens

# Longer than a refresh and a log-in may take, a minute each; then their process is taken for dead.
BUSY_SECONDS = 150
REFUSED = "refused|"  # begins the name of a row that holds what was refused


class RowTokenStore:
    """The token pair of one Act-On host, client and user."""

    def __init__(self, database: Database, keyring: Keyring, name: str) -> None:
        self._database = database
        self._keyring = keyring
        self._name = name
        self._refusal = f"{REFUSED}{sha256(name.encode()).hexdigest()}"
        self._claim: datetime | None = None

    def read(self) -> StoredToken | None:
        """The latest pair, if there is one."""
        with self._database.read() as connection:
            row = connection.execute(select(tokens).where(tokens.c.name == self._name)).first()
        if row is None or row.access_sealed is None:
            return None
        refresh = row.refresh_sealed
        return StoredToken(
            access=self._keyring.open(row.access_sealed, where=self._where("access")),
            refresh=self._keyring.open(refresh, where=self._where("refresh")) if refresh else None,
            expires_at=row.expires_at,
            version=row.version,
        )

    def begin_refresh(self, seen_version: int) -> bool:
        """Whether we are the one to fetch a new pair; False: somebody else does or has done.

        `seen_version` is that of the pair found wanting, 0 for none.
        """
        with self._database.write() as connection:
            now = database_now(connection)
            claim = now + timedelta(seconds=BUSY_SECONDS)
            connection.execute(
                insert_for(connection, tokens)
                .values(name=self._name, version=0)
                .on_conflict_do_nothing(index_elements=["name"])
            )
            done = connection.execute(
                update(tokens)
                .where(
                    tokens.c.name == self._name,
                    tokens.c.version == seen_version,
                    or_(tokens.c.busy_until.is_(None), tokens.c.busy_until < now),
                )
                .values(busy_until=claim)
            )
            if done.rowcount == 1:
                self._claim = claim
            return done.rowcount == 1

    def save(self, token: StoredToken) -> None:
        """Keep a new pair, before it is used; its version is counted here."""
        refresh = token.refresh
        with self._database.write() as connection:
            connection.execute(
                update(tokens)
                .where(tokens.c.name == self._name)
                .values(
                    access_sealed=self._keyring.seal(token.access, where=self._where("access")),
                    refresh_sealed=self._keyring.seal(refresh, where=self._where("refresh"))
                    if refresh
                    else None,
                    expires_at=token.expires_at,
                    version=tokens.c.version + 1,
                    busy_until=None,
                )
            )
            connection.execute(delete(tokens).where(tokens.c.name == self._refusal))

    def end_refresh(self) -> None:
        """Let others try: no new pair was to be had. Only our own claim is given back: one that
        took us too long may be somebody else's by now."""
        with self._database.write() as connection:
            connection.execute(
                update(tokens)
                .where(tokens.c.name == self._name, tokens.c.busy_until == self._claim)
                .values(busy_until=None)
            )

    def adopt(self, token: StoredToken) -> None:
        """Keep a pair that was held under another name until now."""
        self.begin_refresh(0)  # there is a row then
        self.save(token)

    def forget(self) -> None:
        """Nothing is held any more."""
        with self._database.write() as connection:
            both = (self._name, self._refusal)
            connection.execute(delete(tokens).where(tokens.c.name.in_(both)))

    def refusal(self) -> LogInRefusal | None:
        """What was refused last, unless a pair was saved since."""
        with self._database.read() as connection:
            row = connection.execute(select(tokens).where(tokens.c.name == self._refusal)).first()
        if row is None:
            return None
        try:
            told = json.loads(self._keyring.open(row.access_sealed, where=self._where("refusal")))
        except SetupError:
            return None  # its key is gone; to ask once more costs one log-in
        return LogInRefusal(
            tried=told["tried"], problem=Problem(**told["problem"]), until=row.expires_at
        )

    def note_refusal(self, refusal: LogInRefusal) -> None:
        """Keep what was refused, in place of what was before."""
        told = json.dumps({"tried": refusal.tried, "problem": asdict(refusal.problem)})
        row = {
            "name": self._refusal,
            "access_sealed": self._keyring.seal(told, where=self._where("refusal")),
            "expires_at": refusal.until,
            "version": 0,
        }
        with self._database.write() as connection:
            upsert(connection, tokens, [row], key=["name"])

    def _where(self, column: str) -> str:
        return f"{self._name}|tokens.{column}"
