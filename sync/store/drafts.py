"""Settings being filled in, as typed, and log-ins under way at Act-On."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from sync.model import Draft, Revision, TypedSettings
from sync.store.sessions import digest_of
from sync.store.sql import insert_for
from sync.store.tables.administration import drafts, log_in_states


class DraftStore:
    """The drafts, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, space_id: str) -> Draft | None:
        """The draft of a space, if there is one."""
        row = self._connection.execute(select(drafts).where(drafts.c.space_id == space_id)).first()
        if row is None:
            return None
        return Draft(
            space_id=space_id,
            typed=_from_json(row.typed),
            revision=Revision(version=row.version, saved_at=row.saved_at, saved_by=row.saved_by),
        )

    def save(
        self, space_id: str, typed: TypedSettings, *, version: int, now: datetime, by: str
    ) -> bool:
        """Whether the draft was saved: nobody else has since `version` (0: there was none)."""
        values = {"typed": asdict(typed), "saved_at": now, "saved_by": by}
        if version == 0:
            saved = self._connection.scalar(
                insert_for(self._connection, drafts)
                .values(space_id=space_id, version=1, **values)
                .on_conflict_do_nothing(index_elements=["space_id"])
                .returning(drafts.c.version)
            )
        else:
            saved = self._connection.scalar(
                update(drafts)
                .where(drafts.c.space_id == space_id, drafts.c.version == version)
                .values(version=version + 1, **values)
                .returning(drafts.c.version)
            )
        return saved is not None

    def forget(self, space_id: str) -> None:
        """The draft has become settings."""
        self._connection.execute(delete(drafts).where(drafts.c.space_id == space_id))


@dataclass(frozen=True, kw_only=True)
class LogInState:
    """A log-in under way: for which space, in which session, and until when."""

    space_id: str
    session_digest: str
    redirect_uri: str
    expires_at: datetime


class LogInStateStore:
    """Log-ins that were sent to Act-On and have not come back; each comes back once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(
        self,
        state: str,
        *,
        space_id: str,
        session_token: str,
        redirect_uri: str,
        now: datetime,
        expires_at: datetime,
    ) -> None:
        """Remember a log-in; those that nobody finished are swept out on the way."""
        self._connection.execute(delete(log_in_states).where(log_in_states.c.expires_at <= now))
        self._connection.execute(
            insert(log_in_states).values(
                digest=digest_of(state),
                session_digest=digest_of(session_token),
                space_id=space_id,
                redirect_uri=redirect_uri,
                expires_at=expires_at,
            )
        )

    def take(self, state: str) -> LogInState | None:
        """The log-in of this state, which is used up by asking; None: unknown or used."""
        mine = log_in_states.c.digest == digest_of(state)
        row = self._connection.execute(select(log_in_states).where(mine)).first()
        if row is None or self._connection.execute(delete(log_in_states).where(mine)).rowcount != 1:
            return None
        return LogInState(
            space_id=row.space_id,
            session_digest=row.session_digest,
            redirect_uri=row.redirect_uri,
            expires_at=row.expires_at,
        )


def _from_json(values: dict[str, Any]) -> TypedSettings:
    known = {name: value for name, value in values.items() if name in _NAMES}
    return TypedSettings(
        **{
            **known,
            "include": tuple(known.get("include", ())),
            "exclude": tuple(known.get("exclude", ())),
        }
    )


_NAMES = frozenset(asdict(TypedSettings()))
