"""Webhooks of Act-On: what proves them, what came in, and what becomes of each."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)

from sync.keyring import Keyring
from sync.model import OPEN_STATUSES, SpaceStatus, Standing
from sync.model.webhooks import (
    NewWebhook,
    SignatureScheme,
    Webhook,
    WebhookKey,
    WebhookKind,
    WebhookState,
)
from sync.store.sql import insert_for, upsert
from sync.store.tables import runs, spaces
from sync.store.tables.webhooks import acton_webhook_keys, acton_webhooks, reported_standings

_OPEN_RUNS: Final = tuple(status.value for status in OPEN_STATUSES)
MOST_AT_ONCE: Final = 200  # people in one hand-off

keys, hooks = acton_webhook_keys.c, acton_webhooks.c


class WebhookStore:
    """Webhooks, on one connection."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    # --- what proves them ------------------------------------------------------------------------

    def key(self, space_id: str) -> WebhookKey | None:
        """What proves the webhooks of the space; None: they are not set up, or no such space."""
        row = self._connection.execute(
            select(acton_webhook_keys).where(keys.space_id == space_id)
        ).first()
        if row is None:
            return None
        return WebhookKey(
            scheme=SignatureScheme(row.scheme),
            header=row.header,
            secret=self._keyring.open(row.secret_sealed, where=_place(space_id)),
        )

    def saved(self, space_id: str) -> tuple[datetime, str | None] | None:
        """When the key was saved last, and by whom."""
        row = self._connection.execute(
            select(keys.saved_at, keys.saved_by).where(keys.space_id == space_id)
        ).first()
        return (row.saved_at, row.saved_by) if row else None

    def save_key(self, space_id: str, key: WebhookKey, *, by: str | None, now: datetime) -> None:
        """Set what proves the webhooks of the space; what was set before is void."""
        row = {
            "space_id": space_id,
            "scheme": key.scheme.value,
            "header": key.header,
            "secret_sealed": self._keyring.seal(key.secret, where=_place(space_id)),
            "saved_at": now,
            "saved_by": by,
        }
        upsert(self._connection, acton_webhook_keys, [row], key=["space_id"])

    def drop_key(self, space_id: str) -> None:
        """Webhooks of the space are refused from now on."""
        self._connection.execute(delete(acton_webhook_keys).where(keys.space_id == space_id))

    # --- what came in ----------------------------------------------------------------------------

    def add(self, space_id: str, new: Sequence[NewWebhook], *, now: datetime) -> int:
        """How many of a delivery's reports are new; those of a repeated delivery are none."""
        statement: Any = insert_for(self._connection, acton_webhooks)
        added = 0
        for number, one in enumerate(new):
            values = {
                "space_id": space_id,
                "message": hashlib.sha256(one.message_id.encode()).hexdigest(),
                "number": number,
                "kind": one.report.kind.value,
                "name": one.report.name,
                "address": one.report.address,
                "person": one.person,
                "score": one.report.score,
                "state": one.state.value,
                "received_at": now,
                "body": one.body,
            }
            done = self._connection.execute(
                statement.values(**values).on_conflict_do_nothing(
                    index_elements=["space_id", "message", "number"]
                )
            )
            added += max(done.rowcount, 0)
        return added

    def latest(self, space_id: str, limit: int) -> list[Webhook]:
        """The webhooks that came in last, newest first."""
        rows = self._connection.execute(
            select(acton_webhooks)
            .where(hooks.space_id == space_id)
            .order_by(hooks.webhook_id.desc())
            .limit(limit)
        )
        return [_from_row(row) for row in rows.mappings()]

    def counts(self, space_id: str) -> dict[WebhookState, int]:
        """How many webhooks of the space are kept, by where they stand."""
        rows = self._connection.execute(
            select(hooks.state, func.count())
            .where(hooks.space_id == space_id)
            .group_by(hooks.state)
        )
        return {WebhookState(state): number for state, number in rows}

    # --- handing off -----------------------------------------------------------------------------

    def spaces_waiting(self, now: datetime, limit: int) -> list[str]:
        """Spaces that are synced, have no open run and where somebody waits to be handed off."""
        busy = select(runs.c.run_id).where(
            runs.c.space_id == hooks.space_id, runs.c.status.in_(_OPEN_RUNS)
        )
        rows = self._connection.scalars(
            select(hooks.space_id)
            .join(spaces, spaces.c.space_id == hooks.space_id)
            .where(
                _is_due(now),
                spaces.c.status == SpaceStatus.RUNNING.value,
                ~busy.exists(),
            )
            .group_by(hooks.space_id)
            .order_by(func.min(hooks.webhook_id))
            .limit(limit)
        )
        return list(rows)

    def take(self, space_id: str, run_id: int, now: datetime) -> int:
        """How many of the waiting webhooks the run now looks after."""
        some = (
            select(hooks.webhook_id)
            .where(_is_due(now), hooks.space_id == space_id)
            .order_by(hooks.webhook_id)
            .limit(MOST_AT_ONCE)
        )
        done = self._connection.execute(
            update(acton_webhooks)
            .where(hooks.webhook_id.in_(some), hooks.state == WebhookState.WAITING.value)
            .values(state=WebhookState.TAKEN.value, run_id=run_id, attempts=hooks.attempts + 1)
        )
        return done.rowcount

    def addresses_of(self, run_id: int) -> list[str]:
        """Whom the run was told to look at, each once, in the order in which they came in."""
        rows = self._connection.execute(
            select(hooks.address, func.min(hooks.webhook_id))
            .where(hooks.run_id == run_id, hooks.address.is_not(None))
            .group_by(hooks.address)
            .order_by(func.min(hooks.webhook_id))
        )
        return [address for address, _ in rows]

    def runs_that_ended(self, limit: int) -> list[int]:
        """Runs that took webhooks and are over, those longest ago first."""
        rows = self._connection.scalars(
            select(hooks.run_id)
            .join(runs, runs.c.run_id == hooks.run_id)
            .where(
                hooks.state == WebhookState.TAKEN.value,
                runs.c.status.not_in(_OPEN_RUNS),
            )
            .group_by(hooks.run_id)
            .order_by(hooks.run_id)
            .limit(limit)
        )
        return [one for one in rows if one is not None]

    def settle(self, run_id: int) -> int:
        """The webhooks that the run took are done."""
        return self._of_run(run_id, state=WebhookState.DONE.value)

    def put_back(self, run_id: int, pauses: Sequence[timedelta], *, now: datetime) -> int:
        """Those that the run took wait anew, after each try so long; after the last pause they are
        left to the daily run. How many wait."""
        waiting = 0
        for tries, pause in enumerate(pauses, start=1):
            waiting += self._of_run(
                run_id,
                hooks.attempts == tries,
                state=WebhookState.WAITING.value,
                not_before=now + pause,
            )
        self._of_run(run_id, state=WebhookState.LEFT.value)
        return waiting

    def _of_run(self, run_id: int, *which: ColumnElement[bool], **values: object) -> int:
        done = self._connection.execute(
            update(acton_webhooks)
            .where(hooks.run_id == run_id, hooks.state == WebhookState.TAKEN.value, *which)
            .values(**values)
        )
        return done.rowcount

    # --- how people may be written to ------------------------------------------------------------

    def report_standing(
        self, space_id: str, person: str, standing: Standing, *, holds: bool, now: datetime
    ) -> None:
        """Act-On has reported that this holds of the person from now on, or no longer."""
        row = {
            "space_id": space_id,
            "person": person,
            "standing": standing.value,
            "holds": int(holds),
            "reported_at": now,
        }
        upsert(self._connection, reported_standings, [row], key=["space_id", "person", "standing"])

    def standings(self, space_id: str, person: str) -> dict[Standing, tuple[bool, datetime]]:
        """What was reported of the person: whether it holds, and since when."""
        where = reported_standings.c
        rows = self._connection.execute(
            select(where.standing, where.holds, where.reported_at).where(
                where.space_id == space_id, where.person == person
            )
        )
        return {Standing(row.standing): (bool(row.holds), row.reported_at) for row in rows}

    def opted_out(self, space_id: str, persons: Sequence[str]) -> set[str]:
        """Which of these persons (at most 1,000) have opted out, as was reported last."""
        where = reported_standings.c
        return set(
            self._connection.scalars(
                select(where.person).where(
                    where.space_id == space_id,
                    where.person.in_(persons),
                    where.standing == Standing.OPTED_OUT.value,
                    where.holds == 1,
                )
            )
        )

    # --- keeping no longer than agreed -----------------------------------------------------------

    def drop_old(self, before: datetime, limit: int) -> int:
        """How many webhooks that came in before then are gone now."""
        old = select(hooks.webhook_id).where(hooks.received_at < before).limit(limit)
        return self._connection.execute(
            delete(acton_webhooks).where(hooks.webhook_id.in_(old))
        ).rowcount


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        hooks.state == WebhookState.WAITING.value,
        or_(hooks.not_before.is_(None), hooks.not_before <= now),
    )


def _place(space_id: str) -> str:
    return f"{space_id}|acton_webhook_keys.secret"


def _from_row(row: RowMapping) -> Webhook:
    return Webhook(
        webhook_id=row["webhook_id"],
        kind=WebhookKind(row["kind"]),
        name=row["name"],
        address=row["address"],
        score=row["score"],
        state=WebhookState(row["state"]),
        received_at=row["received_at"],
        run_id=row["run_id"],
        attempts=row["attempts"],
        body=row["body"],
    )
