"""What admins chose to be told, whose turn it is to be looked at, and what was told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from sync.keyring import Keyring
from sync.model import Revision
from sync.model.messages import HookFormat, MessageSettings, Telling, Told
from sync.store.tables import message_settings, runs, told

Hot = tuple[int, datetime | None]  # (run up to which owners were told of new Leads, when)


class MessageStore:
    """The settings of messages, and what was told, on one connection."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    # --- what admins chose -----------------------------------------------------------------------

    def settings(self, space_id: str) -> MessageSettings | None:
        """What was chosen for the space; None: nobody has yet."""
        row = self._row(space_id)
        return self._from_row(row) if row else None

    def revision(self, space_id: str) -> Revision:
        """Which state of the settings this is; version 0: none was saved."""
        row = self._row(space_id)
        if row is None:
            return Revision(version=0, saved_at=None, saved_by=None)
        return Revision(version=row["version"], saved_at=row["saved_at"], saved_by=row["saved_by"])

    def save(
        self,
        space_id: str,
        wanted: MessageSettings,
        *,
        by: str,
        now: datetime,
        digest_at: datetime | None,
    ) -> None:
        """Keep what was chosen; the space is looked at soon. Owners are told of Leads of runs that
        come from now on."""
        before = self._row(space_id)
        row = self._to_row(space_id, wanted) | {
            "saved_at": now,
            "saved_by": by,
            "look_at": now,
            "digest_at": digest_at,
        }
        if wanted.hot_leads and not (before and before["hot_leads"]):
            row["hot_run_id"] = self._latest_run(space_id)
        if before is None:
            self._connection.execute(insert(message_settings).values(space_id=space_id, **row))
            return
        self._change(space_id, **row, version=message_settings.c.version + 1)

    # --- whose turn it is ------------------------------------------------------------------------

    def to_look_at(self, now: datetime, limit: int) -> list[tuple[str, datetime]]:
        """(space, since when) of spaces to be looked at, those waiting longest first."""
        return self._due(message_settings.c.look_at, now, limit)

    def take_look(self, space_id: str, at: datetime) -> bool:
        """Whether the look is ours to take; nothing has happened to the space since then."""
        return self._take(message_settings.c.look_at, space_id, at, None)

    def look_at(self, space_id: str) -> datetime | None:
        """When the space is looked at next; None: when something happens to it."""
        row = self._row(space_id)
        return row["look_at"] if row else None

    def look_again(self, space_id: str, at: datetime) -> None:
        """Look at the space at this instant, or sooner if something happens."""
        self._change(space_id, look_at=at)

    def digests_due(self, now: datetime, limit: int) -> list[tuple[str, datetime]]:
        """(space, since when) of spaces whose digest is due."""
        return self._due(message_settings.c.digest_at, now, limit)

    def take_digest(self, space_id: str, at: datetime, next_at: datetime | None) -> bool:
        """Whether the digest is ours to make; the next one is due then."""
        return self._take(message_settings.c.digest_at, space_id, at, next_at)

    def _due(self, column: Any, now: datetime, limit: int) -> list[tuple[str, datetime]]:
        rows = self._connection.execute(
            select(message_settings.c.space_id, column)
            .where(column <= now)
            .order_by(column)
            .limit(limit)
        )
        return [(space_id, at) for space_id, at in rows]

    def _take(self, column: Any, space_id: str, at: datetime, to: datetime | None) -> bool:
        done = self._connection.execute(
            update(message_settings)
            .where(message_settings.c.space_id == space_id, column == at)
            .values({column.name: to})
        )
        return done.rowcount == 1

    # --- what was told ---------------------------------------------------------------------------

    def told(self, space_id: str) -> dict[Telling, Told]:
        """What is known of the conditions of a space."""
        rows = self._connection.execute(select(told).where(told.c.space_id == space_id))
        return {
            Telling(row.telling): Told(
                since=row.since,
                run_id=row.run_id,
                was_told=row.was_told,
                well_since=row.well_since,
            )
            for row in rows
        }

    def save_told(self, space_id: str, known: Mapping[Telling, Told]) -> None:
        """Replace what is known of the conditions of a space."""
        self._connection.execute(delete(told).where(told.c.space_id == space_id))
        rows = [
            {
                "space_id": space_id,
                "telling": one.value,
                "since": what.since,
                "run_id": what.run_id,
                "was_told": what.was_told,
                "well_since": what.well_since,
            }
            for one, what in known.items()
        ]
        if rows:
            self._connection.execute(insert(told), rows)

    def hot_until(self, space_id: str) -> Hot:
        """Up to which run owners were told of new Leads, and when last."""
        row = self._row(space_id)
        return (row["hot_run_id"] or 0, row["hot_at"]) if row else (0, None)

    def note_hot(self, space_id: str, run_id: int, *, at: datetime | None) -> None:
        """Owners were told of new Leads up to this run; `at` None: there were none to tell of."""
        values = {"hot_run_id": run_id} | ({} if at is None else {"hot_at": at})
        self._change(space_id, **values)

    # --- rows ------------------------------------------------------------------------------------

    def _row(self, space_id: str) -> RowMapping | None:
        row = self._connection.execute(
            select(message_settings).where(message_settings.c.space_id == space_id)
        )
        return row.mappings().first()

    def _change(self, space_id: str, **values: object) -> None:
        self._connection.execute(
            update(message_settings).where(message_settings.c.space_id == space_id).values(**values)
        )

    def _latest_run(self, space_id: str) -> int:
        query = select(func.max(runs.c.run_id)).where(runs.c.space_id == space_id)
        return self._connection.scalar(query) or 0

    def _to_row(self, space_id: str, wanted: MessageSettings) -> dict[str, Any]:
        url = wanted.webhook_url
        return {
            "emails": list(wanted.emails),
            "webhook_url_sealed": self._keyring.seal(url, where=_place(space_id)) if url else None,
            "hook_format": wanted.hook_format.value,
            "tellings": sorted(one.value for one in wanted.tellings),
            "language": wanted.language,
            "digest": wanted.digest,
            "hot_leads": wanted.hot_leads,
        }

    def _from_row(self, row: RowMapping) -> MessageSettings:
        sealed = row["webhook_url_sealed"]
        known = {one.value for one in Telling}  # a newer version may have known more
        return MessageSettings(
            emails=tuple(row["emails"]),
            webhook_url=self._keyring.open(sealed, where=_place(row["space_id"]))
            if sealed
            else None,
            hook_format=HookFormat(row["hook_format"]),
            tellings=frozenset(Telling(one) for one in row["tellings"] if one in known),
            language=row["language"],
            digest=row["digest"],
            hot_leads=row["hot_leads"],
        )


def _place(space_id: str) -> str:
    """Where the address of a webhook is kept: it opens nowhere else."""
    return f"{space_id}|message_settings.webhook_url"
