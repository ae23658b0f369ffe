"""What goes wrong in one telling of a story, and all that may go wrong in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sync.engine import EngineOptions
from tests.reliability.points import choose_some, describe, is_write

GIVES_UP_AFTER = EngineOptions().lost_answers
IN_A_ROW = (1, 2, GIVES_UP_AFTER + 1)  # answers lost one after the other
SOME = 4  # every so many of the writes are enough for a sample


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One disturbance. `lost`: so many answers in a row, though the writes are applied."""

    kill_at: int | None = None
    lost: int = 0
    after: int = 0
    of_api: str = "pipeliner"
    restore: bool = False  # afterwards our database is as it was before the run

    @property
    def run_recovers(self) -> bool:
        """Whether the very run that met it comes to its end, so that its outcomes are the same."""
        gives_up = self.lost > GIVES_UP_AFTER or (self.lost > 0 and self.of_api == "acton")
        return not (self.restore or gives_up)

    def describe(self, effects: Sequence[str]) -> str:
        """In words."""
        parts = []
        if self.kill_at is not None:
            parts.append(describe(effects, self.kill_at))
        if self.lost:
            parts.append(f"{self.lost} answers of {self.of_api} lost from write {self.after} on")
        if self.restore:
            parts.append("our database restored")
        return ", ".join(parts)


def killed(effects: Sequence[str], met: set[str] | None) -> Iterator[Trouble]:
    """At every point, or at some that meet each kind that is not in `met`."""
    points = range(len(effects) + 1) if met is None else choose_some(effects, met)
    yield from (Trouble(kill_at=point) for point in points)


def lost(effects: Sequence[str], met: set[str] | None) -> Iterator[Trouble]:
    """The answer to every write, and to several in a row; or to some of them."""
    writes = sum(map(is_write, effects))
    yield Trouble(lost=1, of_api="acton")  # the log-in
    for number in IN_A_ROW:
        yield from (
            Trouble(lost=number, after=after)
            for after in range(0, writes, 1 if met is None else SOME)
        )


def restored(effects: Sequence[str], met: set[str] | None) -> Iterator[Trouble]:
    """After a complete run, and after runs that were killed behind a write."""
    yield Trouble(restore=True)
    places = [place for place, effect in enumerate(effects) if is_write(effect)]
    for place in places[:: 1 if met is None else SOME]:
        yield Trouble(kill_at=place + 1, restore=True)


KINDS = {one.__name__: one for one in (killed, lost, restored)}
