"""Momentum of people, counted and kept, so that the hot list is one walk along an index."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, select, update
from sqlalchemy import bindparam as bind

from sync.rules.heat import RANGES, begins, heat, rise
from sync.store.sql import chunks
from sync.store.tables import people, score_history, spaces

COLUMNS: Final = [f"{name}_{days}" for name in ("rise", "heat") for days in RANGES]


class HeatStore:
    """Counting momentum, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, space_id: str, persons: Sequence[str], *, now: datetime) -> int:
        """How many of these persons' momentum is another now than it was."""
        changed: list[dict[str, Any]] = []
        for some in chunks(persons):
            found = self._connection.execute(
                select(
                    people.c.person,
                    people.c.score,
                    *(people.c[name] for name in COLUMNS),
                    *(_score_at(at).label(f"before_{days}") for days, at in begins(now).items()),
                    _first_score().label("first"),
                )
                .where(people.c.space_id == space_id, people.c.person.in_(some))
                # Who is just being saved is counted with that: nobody is waited for.
                .with_for_update(of=people, skip_locked=True)
            )
            for row in found.mappings():
                counted = _counted(row)
                if any(row[name] != value for name, value in counted.items()):
                    named = {f"b_{name}": value for name, value in counted.items()}
                    changed.append({"b_person": row["person"], **named})
        if changed:
            self._connection.execute(
                update(people)
                .where(people.c.space_id == space_id, people.c.person == bind("b_person"))
                .values({name: bind(f"b_{name}") for name in COLUMNS}),
                changed,
            )
        return len(changed)

    def next_persons(self, space_id: str, after: str, limit: int) -> list[str]:
        """The next persons of a space, by digest."""
        return list(
            self._connection.scalars(
                select(people.c.person)
                .where(people.c.space_id == space_id, people.c.person > after)
                .order_by(people.c.person)
                .limit(limit)
            )
        )

    def claim(self, now: datetime, *, until: datetime) -> str | None:
        """A space whose people are to be counted, ours until then; None: there is none."""
        found = self._connection.execute(
            select(spaces.c.space_id, spaces.c.heat_due_at)
            .where(spaces.c.heat_due_at <= now)
            .order_by(spaces.c.heat_due_at)
            .limit(1)
        ).first()
        if found is None:
            return None
        claimed = self._connection.execute(
            update(spaces)
            .where(spaces.c.space_id == found.space_id, spaces.c.heat_due_at == found.heat_due_at)
            .values(heat_due_at=until)
        )
        return str(found.space_id) if claimed.rowcount else None

    def put_off(self, space_id: str, until: datetime) -> None:
        """The people of a space are counted; they are next to be counted then."""
        self._connection.execute(
            update(spaces).where(spaces.c.space_id == space_id).values(heat_due_at=until)
        )


def _score_at(begin: datetime) -> Any:
    """The last score that was known at the begin of a range."""
    known = _history().where(score_history.c.read_at <= begin)
    return known.order_by(score_history.c.read_at.desc()).limit(1).scalar_subquery()


def _first_score() -> Any:
    return _history().order_by(score_history.c.read_at).limit(1).scalar_subquery()


def _history() -> Select[Any]:
    mine = select(score_history.c.score).where(
        score_history.c.space_id == people.c.space_id,
        score_history.c.person == people.c.person,
        score_history.c.score.is_not(None),
    )
    return mine.correlate(people)


def _counted(row: Any) -> dict[str, int | None]:
    score = row["score"]
    if score is None:
        return dict.fromkeys(COLUMNS)
    counted: dict[str, int | None] = {}
    for days in RANGES:
        before = row[f"before_{days}"]
        counted[f"rise_{days}"] = risen = rise(score, row["first"] if before is None else before)
        counted[f"heat_{days}"] = heat(score, risen)
    return counted
