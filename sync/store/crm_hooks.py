"""Our registration for webhooks of a space: its signature, and how following them goes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from sync.keyring import Keyring
from sync.model import SpaceStatus
from sync.model.crm_hooks import HookNews, HookState
from sync.store.sql import database_now, upsert
from sync.store.tables import crm_changes, crm_hooks, spaces

OLD_SIGNATURE_LIFE: Final = timedelta(minutes=10)  # for what was sent a moment before


class HookStore:
    """The registrations, on one connection."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    # --- the registration ------------------------------------------------------------------------

    def signatures(self, space_id: str) -> tuple[str, ...]:
        """What genuine webhooks of the space may be signed with; empty: nobody may send any."""
        row = self._row(space_id)
        if row is None or row["signature_sealed"] is None:
            return ()
        good = [self._open(space_id, "signature", row["signature_sealed"])]
        until = row["before_until"]
        if row["before_sealed"] and (until is None or until > database_now(self._connection)):
            good.append(self._open(space_id, "before", row["before_sealed"]))
        return tuple(good)

    def state(self, space_id: str) -> HookState | None:
        """What we hold of the registration; None: nobody has begun with it."""
        row = self._row(space_id)
        if row is None or row["signature_sealed"] is None:
            return None
        return HookState(
            signature=self._open(space_id, "signature", row["signature_sealed"]),
            webhook_id=row["webhook_id"],
            pending=bool(row["before_sealed"]) and row["before_until"] is None,
        )

    def ensure(self, space_id: str) -> HookState:
        """What we hold of the registration; a signature is made where there is none."""
        upsert(self._connection, crm_hooks, [{"space_id": space_id}], key=["space_id"])
        self.lock(space_id)
        known = self.state(space_id)
        if known is not None:
            return known
        made = HookState(signature=str(uuid4()), webhook_id=None)
        sealed = self._seal(space_id, "signature", made.signature)
        self._change(space_id, signature_sealed=sealed)
        return made

    def rotate(self, space_id: str) -> None:
        """Another signature from now on. The present one is good until Pipeliner knows the new one,
        and a few minutes more; one before that which Pipeliner may still use stays instead."""
        state = self.ensure(space_id)
        values: dict[str, Any] = {
            "signature_sealed": self._seal(space_id, "signature", str(uuid4())),
        }
        if not state.pending:
            values["before_sealed"] = self._seal(space_id, "before", state.signature)
            values["before_until"] = None
        self._change(space_id, **values)

    def placed(self, space_id: str, webhook_id: str, *, signature: str) -> None:
        """Pipeliner has the registration, with this signature."""
        now = database_now(self._connection)
        self.lock(space_id)
        state = self.state(space_id)
        values: dict[str, Any] = {"webhook_id": webhook_id, "checked_at": now}
        if state is not None and state.pending and state.signature == signature:
            values["before_until"] = now + OLD_SIGNATURE_LIFE
        self._change(space_id, **values)

    def looked(self, space_id: str, *, ago: timedelta) -> None:
        """The registration counts as looked at so long ago, whatever came of it."""
        self._change(space_id, checked_at=database_now(self._connection) - ago)

    def drop(self, space_id: str) -> None:
        """There is no registration any more, and nothing waits."""
        for table in (crm_changes, crm_hooks):
            self._connection.execute(delete(table).where(table.c.space_id == space_id))

    def due_for_look(self, *, before: datetime, limit: int) -> Sequence[str]:
        """Running spaces whose registration nobody has looked at since then, the longest first."""
        return list(
            self._connection.scalars(
                select(spaces.c.space_id)
                .outerjoin(crm_hooks, crm_hooks.c.space_id == spaces.c.space_id)
                .where(
                    spaces.c.status == SpaceStatus.RUNNING.value,
                    or_(crm_hooks.c.checked_at.is_(None), crm_hooks.c.checked_at < before),
                )
                .order_by(crm_hooks.c.checked_at.nulls_first(), spaces.c.space_id)
                .limit(limit)
            )
        )

    def take_look(self, space_id: str, *, before: datetime) -> bool:
        """Whether it is us who looks at the registration now; of several who ask only one is."""
        upsert(self._connection, crm_hooks, [{"space_id": space_id}], key=["space_id"])
        done = self._connection.execute(
            update(crm_hooks)
            .where(
                crm_hooks.c.space_id == space_id,
                or_(crm_hooks.c.checked_at.is_(None), crm_hooks.c.checked_at < before),
            )
            .values(checked_at=database_now(self._connection))
        )
        return done.rowcount == 1

    # --- following -------------------------------------------------------------------------------

    def claim(self, space_id: str, seconds: float) -> datetime | None:
        """Until when we alone follow what changed in the space; None: somebody else does."""
        now = database_now(self._connection)
        until = now + timedelta(seconds=seconds)
        done = self._connection.execute(
            update(crm_hooks)
            .where(crm_hooks.c.space_id == space_id, _is_free(now))
            .values(busy_until=until)
        )
        return until if done.rowcount == 1 else None

    def release(self, space_id: str, until: datetime) -> None:
        """Others may follow again."""
        self._connection.execute(
            update(crm_hooks)
            .where(crm_hooks.c.space_id == space_id, crm_hooks.c.busy_until == until)
            .values(busy_until=None)
        )

    def due(self, limit: int) -> Sequence[str]:
        """Running spaces where changes wait that may be followed now, the longest waiting first."""
        now = database_now(self._connection)
        return list(
            self._connection.scalars(
                select(crm_hooks.c.space_id)
                .join(spaces, spaces.c.space_id == crm_hooks.c.space_id)
                .where(
                    crm_hooks.c.pending_at.is_not(None),
                    spaces.c.status == SpaceStatus.RUNNING.value,
                    _is_free(now),
                    or_(crm_hooks.c.retry_at.is_(None), crm_hooks.c.retry_at <= now),
                    or_(
                        crm_hooks.c.refused_version.is_(None),
                        crm_hooks.c.refused_version != spaces.c.version,
                    ),
                )
                .order_by(crm_hooks.c.pending_at)
                .limit(limit)
            )
        )

    def put_off(self, space_id: str, pauses: Sequence[timedelta]) -> timedelta:
        """How long nobody asks Pipeliner again: longer each time, up to the last of the pauses."""
        tries = self._connection.scalar(
            select(crm_hooks.c.tries).where(crm_hooks.c.space_id == space_id)
        )
        pause = pauses[min(tries or 0, len(pauses) - 1)]
        retry_at = database_now(self._connection) + pause
        self._change(space_id, tries=crm_hooks.c.tries + 1, retry_at=retry_at)
        return pause

    def stop(self, space_id: str, version: int) -> None:
        """Nobody asks with this state of the space again: Pipeliner refused its key."""
        self._change(space_id, refused_version=version)

    def rest(self, space_id: str, pause: timedelta) -> None:
        """Nobody asks for so long, though all goes well."""
        self._change(space_id, retry_at=database_now(self._connection) + pause)

    def goes_well(self, space_id: str) -> None:
        """Pipeliner answers again."""
        self._change(space_id, tries=0, retry_at=None, refused_version=None)

    def news(self, space_id: str) -> HookNews:
        """What came in of late, and what waits."""
        row = self._row(space_id)
        if row is None:
            return HookNews()
        waiting = self._connection.scalar(
            select(func.count()).select_from(crm_changes).where(crm_changes.c.space_id == space_id)
        )
        version = self._connection.scalar(
            select(spaces.c.version).where(spaces.c.space_id == space_id)
        )
        return HookNews(
            last_at=row["last_at"],
            waiting=waiting or 0,
            reads_all=row["reads_all"],
            stopped=row["refused_version"] is not None and row["refused_version"] == version,
        )

    def lock(self, space_id: str) -> bool:
        """Keep others from noting and forgetting changes until this transaction ends; whether the
        space is still there."""
        mine = select(crm_hooks.c.space_id).where(crm_hooks.c.space_id == space_id)
        return self._connection.scalar(mine.with_for_update()) is not None

    def _row(self, space_id: str) -> Any:
        query = select(crm_hooks).where(crm_hooks.c.space_id == space_id)
        return self._connection.execute(query).mappings().first()

    def _change(self, space_id: str, **values: Any) -> None:
        self._connection.execute(
            update(crm_hooks).where(crm_hooks.c.space_id == space_id).values(**values)
        )

    def _seal(self, space_id: str, name: str, text: str) -> str:
        return self._keyring.seal(text, where=f"{space_id}|crm_hooks.{name}")

    def _open(self, space_id: str, name: str, sealed: str) -> str:
        return self._keyring.open(sealed, where=f"{space_id}|crm_hooks.{name}")


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(crm_hooks.c.busy_until.is_(None), crm_hooks.c.busy_until < now)
