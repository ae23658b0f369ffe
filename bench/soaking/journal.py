"""What truly happened in the played week, written down while it happens and asked afterwards.

Nothing of the product is in it: scores and lists as marketing had them, records as the CRM wrote
them, calls as they came in. Instants are seconds since 1970, on the moved clock.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Pair: TypeAlias = tuple[str, str]  # (list id, address)
Record: TypeAlias = dict[str, Any]
LINKS = "LeadOpptyContactRelations"


@dataclass(frozen=True, kw_only=True)
class Written:
    """A record as it stood after somebody wrote it. `by_people`: not through the API."""

    at: float
    kind: str
    record: Record
    is_new: bool
    by_people: bool

    @property
    def record_id(self) -> str:
        """Which record it is."""
        return str(self.record["id"])


@dataclass
class Journal:
    """Everything that the checks need to know of the world."""

    threshold: int
    clock: Callable[[], float]
    scores: dict[str, list[tuple[float, int | None]]] = field(default_factory=dict)
    members: dict[Pair, list[list[float]]] = field(default_factory=dict)  # [[joined, left], …]
    written: list[Written] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)  # to Act-On, as they came in
    _people: bool = False
    _known: set[str] = field(default_factory=set)

    # --- marketing -------------------------------------------------------------------------------

    def note_score(self, person: str, score: int | None) -> None:
        """The person's score is this from now on."""
        self.scores.setdefault(person, []).append((self.clock(), score))

    def note_joined(self, list_id: str, person: str) -> None:
        """The person has a row in the list from now on."""
        self.members.setdefault((list_id, person), []).append([self.clock(), float("inf")])

    def note_left(self, list_id: str, person: str) -> None:
        """The person's row is gone."""
        self.members[list_id, person][-1][1] = self.clock()

    def score_at(self, person: str, at: float) -> int | None:
        """What Act-On knew of the person then."""
        place = bisect_right(self.scores[person], at, key=lambda one: one[0])
        return self.scores[person][place - 1][1] if place else None

    def scores_within(self, person: str, begin: float, end: float) -> set[int | None]:
        """Every score that was true at some moment from `begin` to `end`."""
        later = {score for at, score in self.scores[person] if begin < at <= end}
        return later | {self.score_at(person, begin)}

    def is_member_throughout(self, pair: Pair, begin: float, end: float) -> bool:
        """Whether the person stood in the list all the time from `begin` to `end`."""
        return any(joined <= begin and end < left for joined, left in self.members[pair])

    def reached(self, pair: Pair) -> list[tuple[float, float]]:
        """The spans (begin, end) in which the person stood in the list at the threshold."""
        steps = self.scores[pair[1]]
        ends = [at for at, _ in steps[1:]] + [float("inf")]
        spans: list[tuple[float, float]] = []
        for joined, left in self.members[pair]:
            for (at, score), until in zip(steps, ends, strict=True):
                begin, end = max(at, joined), min(until, left)
                if score is None or score < self.threshold or begin >= end:
                    continue
                if spans and spans[-1][1] == begin:
                    begin = spans.pop()[0]
                spans.append((begin, end))
        return spans

    def untrue_for(self, person: str, shown: int | None, at: float) -> float | None:
        """For how many seconds a score shown then had no longer been true: 0.0 if it still was;
        None if it had never been."""
        if self.score_at(person, at) == shown:
            return 0.0
        known = [one for one in self.scores[person] if one[0] <= at]
        for (_, score), (until, _) in zip(reversed(known[:-1]), reversed(known[1:]), strict=True):
            if score == shown:
                return at - until
        return None

    # --- the CRM ---------------------------------------------------------------------------------

    @contextmanager
    def people(self) -> Iterator[None]:
        """What is written meanwhile is written by people."""
        self._people = True
        try:
            yield
        finally:
            self._people = False

    def watch(self, put: Callable[..., Record]) -> Callable[..., Record]:
        """The sandbox's way of writing a record, written down here too."""

        def watched(kind: str, values: Mapping[str, Any], **more: Any) -> Record:
            record = put(kind, values, **more)
            if kind in ("Leads", "Contacts", LINKS):
                one = Written(
                    at=self.clock(),
                    kind=kind,
                    record=record,
                    is_new=record["id"] not in self._known,
                    by_people=self._people,
                )
                self._known.add(one.record_id)
                self.written.append(one)
            return record

        return watched
