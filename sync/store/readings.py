"""Live readings of people, kept compact, and the flag that lets one process read for all.

A reading is a few hundred bytes for most people and some hundred kilobytes for twenty thousand
deeds: the deeds as rows of JSON, deflated, repeated texts and all.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from sync.model import Activity, Deed, Reading, ScoreRule, Standing
from sync.store.sql import database_now, insert_for, upsert
from sync.store.tables import readings, used_launches


@dataclass(frozen=True, kw_only=True)
class ReadingNote:
    """What is known of the latest reading without unpacking it.

    `known` False: Act-On did not know the person. `marks` are (standing, instant or None).
    """

    read_at: datetime
    known: bool
    marks: Sequence[tuple[Standing, datetime | None]]


class ReadingStore:
    """The readings, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, space_id: str, person: str) -> ReadingNote | None:
        """What is known of the latest reading; None where there was none."""
        row = self._connection.execute(
            select(
                readings.c.read_at, readings.c.body.is_not(None).label("known"), readings.c.marks
            ).where(_mine(space_id, person))
        ).first()
        if row is None or row.read_at is None:
            return None
        return ReadingNote(read_at=row.read_at, known=bool(row.known), marks=_marks(row.marks))

    def get(self, space_id: str, person: str) -> Reading | None:
        """The latest reading; None where there was none, or Act-On did not know the person."""
        row = self._connection.execute(
            select(readings.c.read_at, readings.c.body).where(_mine(space_id, person))
        ).first()
        if row is None or row.read_at is None or row.body is None:
            return None
        return Reading(activity=unpack(row.body), read_at=row.read_at)

    def begin(
        self,
        space_id: str,
        person: str,
        *,
        newer_than: datetime,
        failed_before: datetime,
        seconds: float,
    ) -> bool:
        """Whether the caller is the one to read now, for so many seconds.

        False: somebody else is reading, has read since `newer_than`, or has failed to since
        `failed_before`.
        """
        statement: Any = insert_for(self._connection, readings)
        self._connection.execute(
            statement.values(space_id=space_id, person=person).on_conflict_do_nothing(
                index_elements=["space_id", "person"]
            )
        )
        now = database_now(self._connection)
        old = readings.c.read_at.is_(None) | (readings.c.read_at < newer_than)
        free = readings.c.busy_until.is_(None) | (readings.c.busy_until < now)
        rested = readings.c.failed_at.is_(None) | (readings.c.failed_at < failed_before)
        done = self._connection.execute(
            update(readings)
            .where(_mine(space_id, person), old, free, rested)
            .values(busy_until=now + timedelta(seconds=seconds))
        )
        return done.rowcount == 1

    def save(
        self,
        space_id: str,
        person: str,
        activity: Activity | None,
        marks: Sequence[tuple[Standing, datetime | None]],
        *,
        read_at: datetime,
    ) -> None:
        """Keep what was read; None: Act-On does not know the person. Lets others read again."""
        row = {
            "space_id": space_id,
            "person": person,
            "read_at": read_at,
            "body": pack(activity) if activity is not None else None,
            "marks": [[one.value, at.isoformat() if at else None] for one, at in marks],
            "busy_until": None,
            "failed_at": None,
            "failure": None,
        }
        upsert(self._connection, readings, [row], key=["space_id", "person"])

    def fail(self, space_id: str, person: str, failure: str, *, now: datetime) -> None:
        """Nothing was to be had; those who wait are told the same, later ones may try again."""
        self._connection.execute(
            update(readings)
            .where(_mine(space_id, person))
            .values(busy_until=None, failed_at=now, failure=failure)
        )

    def failure(self, space_id: str, person: str, *, since: datetime) -> str | None:
        """Why the latest try failed, where it did since then; None where it did not."""
        return self._connection.scalar(
            select(readings.c.failure).where(_mine(space_id, person), readings.c.failed_at >= since)
        )

    # --- launches --------------------------------------------------------------------------------

    def use_launch(self, space_id: str, jti: str, *, expires_at: datetime, now: datetime) -> bool:
        """Whether the launch token of this name is used for the first time."""
        self._connection.execute(
            delete(used_launches).where(
                used_launches.c.space_id == space_id, used_launches.c.expires_at < now
            )
        )
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    insert(used_launches).values(space_id=space_id, jti=jti, expires_at=expires_at)
                )
        except IntegrityError:
            return False
        return True


def pack(activity: Activity) -> bytes:
    """The activity as deflated JSON."""
    deeds = [
        [_to_ms(one.at), one.verb, one.what, int(one.counts), one.answers] for one in activity.deeds
    ]
    rules = [
        [one.action, one.points, one.asset_id, int(one.specific), int(one.profile)]
        for one in activity.rules
    ]
    whole = [1, activity.score, activity.period, rules, deeds]
    return zlib.compress(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode())


def unpack(body: bytes) -> Activity:
    """The activity that `pack` packed."""
    _, score, period, rules, deeds = json.loads(zlib.decompress(body))
    return Activity(
        score=score,
        period=period,
        rules=[
            ScoreRule(
                action=action,
                points=points,
                asset_id=asset_id,
                specific=bool(specific),
                profile=bool(profile),
            )
            for action, points, asset_id, specific, profile in rules
        ],
        deeds=[
            Deed(
                at=datetime.fromtimestamp(ms / 1000, UTC) if ms is not None else None,
                verb=verb,
                what=what,
                counts=bool(counts),
                answers=tuple((question, answer) for question, answer in answers),
            )
            for ms, verb, what, counts, answers in deeds
        ],
    )


def _mine(space_id: str, person: str) -> Any:
    return (readings.c.space_id == space_id) & (readings.c.person == person)


def _marks(raw: Any) -> list[tuple[Standing, datetime | None]]:
    return [(Standing(name), datetime.fromisoformat(at) if at else None) for name, at in raw or ()]


def _to_ms(moment: datetime | None) -> int | None:
    return round(moment.timestamp() * 1000) if moment else None
