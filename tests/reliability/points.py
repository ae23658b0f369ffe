"""The points of a run at which it may be killed: between any two of its effects.

An effect is an outgoing call or a commit of the database; nothing else outlives a process. So to be
killed after one effect and before the next is one point, and a run of n effects has n + 1 of them.
"""

import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy.engine.default import DefaultDialect

SPACE_PATH = re.compile(r"^/api/v100/rest/spaces/[^/]+")
AN_ID = re.compile(r"(?<=/)(l-[0-9a-f-]+|[0-9a-f]{8}-[0-9a-f-]{27})(:[0-9a-f]+)?")
MIDDLEMEN = ("sync.store", "sync.store.database", "sync.engine.work")  # commit for their callers


class Points:
    """Notes every effect that this process has; kills the process at one point if told to."""

    def __init__(self) -> None:
        self.begin()

    def begin(self, kill_at: int | None = None) -> None:
        """Count anew. The points take turns in how they are met: before what follows, or after
        what went before."""
        self.effects: list[str] = []
        self._kill_at = kill_at
        self._commits = 0

    def install(self) -> None:
        """Stand before and behind what sends and what commits, from now on."""
        self._watch(requests.Session, "send", self._name_call)
        self._watch(DefaultDialect, "do_commit", self._name_commit)

    def _watch(self, owner: type, method: str, name_it: Callable[[Any], str]) -> None:
        original = getattr(owner, method)

        def watched(this: object, subject: object, *others: object, **more: object) -> object:
            name = name_it(subject)
            self._meet(before=True)
            done = original(this, subject, *others, **more)
            self.effects.append(name)
            self._meet(before=False)
            return done

        setattr(owner, method, watched)

    def _meet(self, *, before: bool) -> None:
        if len(self.effects) == self._kill_at and before == is_met_before(self._kill_at):
            os.kill(os.getpid(), signal.SIGKILL)

    def reach_the_end(self) -> None:
        """The point behind the last effect."""
        self._meet(before=True)

    def _name_call(self, request: requests.PreparedRequest) -> str:
        return f"{request.method} {SPACE_PATH.sub('', urlsplit(str(request.url)).path)}"

    def _name_commit(self, _: object) -> str:
        self._commits += 1
        return f"commit {self._commits} ({_who_commits()})"


def _who_commits() -> str:
    """The function of ours whose transaction ends, as `engine.noting.save`."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith("sync.") and module not in MIDDLEMEN:
            return f"{module.removeprefix('sync.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "nobody of ours"


def is_met_before(point: int) -> bool:
    """Whether the process is killed before the next effect, not after the last one."""
    return point % 2 == 0


def describe(effects: Sequence[str], point: int) -> str:
    """The point in words, the side first on which the process is killed."""
    after = f"after {effects[point - 1]}" if point > 0 else "at the very beginning"
    before = f"before {effects[point]}" if point < len(effects) else "at the very end"
    sides = (before, after) if is_met_before(point) else (after, before)
    return f"killed {sides[0]}, {sides[1]}"


def kind_of(effect: str) -> str:
    """What all effects of one kind share: the same call or commit, whichever time it is."""
    return AN_ID.sub("…", re.sub(r"commit \d+", "commit", effect))


def is_write(effect: str) -> bool:
    """Whether it is a call that changes something in Pipeliner."""
    return effect.startswith(("POST /entities", "PATCH /entities", "PUT /entities"))


def choose_some(effects: Sequence[str], met: set[str]) -> list[int]:
    """The points beside the first effect of every kind that is not among those met before; both
    sides of what writes to Pipeliner, else in turns. Notes in `met` what is met now."""
    chosen = set()
    for place, effect in enumerate(effects):
        kind = kind_of(effect)
        if kind not in met:
            met.add(kind)
            chosen |= {place, place + 1} if is_write(effect) else {place + len(met) % 2}
    return sorted(chosen)
