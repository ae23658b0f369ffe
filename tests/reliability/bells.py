"""A bell that nobody hears: tests look for whom it was rung."""

from dataclasses import dataclass, field

from sync.rules.priorities import Priority


@dataclass
class Bell:
    """Remembers for whom it was rung."""

    rung: list[int] = field(default_factory=list)

    def ring(self, run_id: int, priority: Priority) -> None:
        self.rung.append(run_id)

    def size(self) -> int:
        return len(self.rung)
