"""Which waiting run goes first, and how long one keeps its worker."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from sync.engine.turn import LOOK_AGAIN_SECONDS, Turn
from sync.errors import TurnOver
from sync.model import Run, RunStatus, Trigger
from sync.rules.priorities import Priority, priority_of

NIGHT = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


def waiting(trigger: Trigger, *, started_at: datetime | None = None) -> Run:
    return Run(
        run_id=1,
        space_id="acme",
        local_date=date(2026, 3, 3),
        trigger=trigger,
        status=RunStatus.QUEUED,
        queued_at=NIGHT,
        started_at=started_at,
    )


@pytest.mark.parametrize(
    ("trigger", "started_at", "priority"),
    [
        (Trigger.MANUAL, None, Priority.MANUAL),
        (Trigger.DAILY, None, Priority.DAILY),
        (Trigger.MANUAL, NIGHT, Priority.CATCH_UP),
        (Trigger.DAILY, NIGHT, Priority.CATCH_UP),
    ],
)
def test_people_first_then_what_is_due_then_what_has_begun(
    trigger: Trigger, started_at: datetime | None, priority: Priority
) -> None:
    assert priority_of(waiting(trigger, started_at=started_at)) is priority


@dataclass
class Corridor:
    """Where runs wait: whether somebody does, and how often that was asked."""

    somebody: bool = True
    time: float = 100.0
    asked: int = 0

    def waits(self) -> bool:
        self.asked += 1
        return self.somebody

    def turn(self) -> Turn:
        return Turn(60, self.waits, monotonic=lambda: self.time)


def test_a_turn_lasts_its_seconds_from_the_first_thing_saved() -> None:
    corridor = Corridor()
    turn = corridor.turn()
    corridor.time += 1000  # to begin takes as long as it takes
    turn.give_way()
    corridor.time += 59
    turn.give_way()
    corridor.time += 1
    with pytest.raises(TurnOver):
        turn.give_way()


def test_a_run_keeps_its_worker_while_nobody_waits() -> None:
    corridor = Corridor(somebody=False)
    turn = corridor.turn()
    for _ in range(1000):
        turn.give_way()
        corridor.time += 1
    assert corridor.asked == pytest.approx(940 / LOOK_AGAIN_SECONDS, abs=1)
