"""Messages on their way: written down with what they are about, taken up, sent or given up.

A message is put here in the transaction that notes what was told, and once only for each recipient.
Whoever sends one takes it first, so that two do not send the same. One who dies between sending and
noting it leaves a message that is sent again when his lease is over: better twice than never.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from sync.model.messages import (
    Bodies,
    Channel,
    Delivery,
    DeliveryState,
    MessageKind,
    NewDelivery,
)
from sync.store.sql import insert_for
from sync.store.tables import deliveries

ABOUT_PEOPLE = (MessageKind.HOT_LEADS.value, MessageKind.DIGEST.value)  # they name some


class DeliveryStore:
    """The messages on their way, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Iterable[NewDelivery], *, now: datetime) -> int:
        """How many messages were put on their way; those that are there already stay as they
        are."""
        statement = (
            insert_for(self._connection, deliveries)
            .on_conflict_do_nothing(
                index_elements=["space_id", "message_key", "channel", "recipient"]
            )
            .returning(deliveries.c.delivery_id)
        )
        return sum(
            self._connection.execute(statement.values(**_to_row(one, now))).first() is not None
            for one in new
        )

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        """Messages to be sent now, those waiting longest first."""
        rows = self._connection.execute(
            select(deliveries)
            .where(deliveries.c.next_try_at <= now)
            .order_by(deliveries.c.next_try_at, deliveries.c.delivery_id)
            .limit(limit)
        )
        return [_from_row(row) for row in rows.mappings()]

    def take(self, one: Delivery, *, until: datetime) -> Delivery | None:
        """The message, ours to send until then, when it counts as not sent where nobody has said
        otherwise; None where somebody else has taken it."""
        attempts = one.attempts + 1
        if not self._change(one, next_try_at=until, attempts=attempts):
            return None
        return replace(one, attempts=attempts, next_try_at=until)

    def sent(self, taken: Delivery, *, now: datetime) -> None:
        """It was taken by the other side. What it said is not kept."""
        self._change(
            taken,
            state=DeliveryState.SENT.value,
            next_try_at=None,
            sent_at=now,
            problem="",
            bodies=None,
        )

    def failed(self, taken: Delivery, problem: str, *, next_try_at: datetime | None) -> None:
        """It could not be sent; `next_try_at` None: it is given up, and not kept."""
        values: dict[str, object] = {"problem": problem, "next_try_at": next_try_at}
        if next_try_at is None:
            values |= {"state": DeliveryState.GIVEN_UP.value, "bodies": None}
        self._change(taken, **values)

    def of_space(self, space_id: str, limit: int) -> list[Delivery]:
        """The latest messages of a space, newest first."""
        rows = self._connection.execute(
            select(deliveries)
            .where(deliveries.c.space_id == space_id)
            .order_by(deliveries.c.delivery_id.desc())
            .limit(limit)
        )
        return [_from_row(row) for row in rows.mappings()]

    def count(self, space_id: str, kind: MessageKind, *, since: datetime) -> int:
        """How many such messages were put on their way since then."""
        query = select(func.count()).where(
            deliveries.c.space_id == space_id,
            deliveries.c.kind == kind.value,
            deliveries.c.created_at >= since,
        )
        return self._connection.scalar(query) or 0

    def withdraw_those_about_people(self, space_id: str, problem: str) -> int:
        """How many messages that may name somebody are not sent any more."""
        done = self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.space_id == space_id,
                deliveries.c.kind.in_(ABOUT_PEOPLE),
                deliveries.c.state == DeliveryState.WAITING.value,
            )
            .values(
                state=DeliveryState.GIVEN_UP.value,
                next_try_at=None,
                bodies=None,
                subject="",
                problem=problem,
            )
        )
        return done.rowcount

    def drop(self, before: datetime, limit: int) -> int:
        """How many messages made before then are forgotten; at most so many."""
        old = (
            select(deliveries.c.delivery_id)
            .where(deliveries.c.created_at < before, deliveries.c.next_try_at.is_(None))
            .limit(limit)
        )
        return self._connection.execute(
            delete(deliveries).where(deliveries.c.delivery_id.in_(old))
        ).rowcount

    def _change(self, one: Delivery, **values: object) -> bool:
        """Change the message if nobody else has taken it up since."""
        done = self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.delivery_id == one.delivery_id,
                deliveries.c.attempts == one.attempts,
                deliveries.c.state == DeliveryState.WAITING.value,
            )
            .values(**values)
        )
        return done.rowcount == 1


def _to_row(one: NewDelivery, now: datetime) -> dict[str, Any]:
    bodies = one.bodies
    return {
        "space_id": one.space_id,
        "kind": one.kind.value,
        "message_key": one.key,
        "channel": one.channel.value,
        "recipient": one.recipient,
        "subject": bodies.subject,
        "bodies": {"text": bodies.text, "html": bodies.html, "payload": bodies.payload},
        "state": DeliveryState.WAITING.value,
        "created_at": now,
        "next_try_at": now,
    }


def _from_row(row: RowMapping) -> Delivery:
    return Delivery(
        delivery_id=row["delivery_id"],
        space_id=row["space_id"],
        kind=MessageKind(row["kind"]),
        key=row["message_key"],
        channel=Channel(row["channel"]),
        recipient=row["recipient"],
        subject=row["subject"],
        state=DeliveryState(row["state"]),
        created_at=row["created_at"],
        attempts=row["attempts"],
        next_try_at=row["next_try_at"],
        sent_at=row["sent_at"],
        problem=row["problem"] or "",
        bodies=_bodies(row["subject"], row["bodies"]),
    )


def _bodies(subject: str, kept: Mapping[str, Any] | None) -> Bodies | None:
    return None if kept is None else Bodies(subject=subject, **kept)
