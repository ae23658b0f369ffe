"""The program behind these tests: tells stories with troubles of one kind, and compares the ends.

A program of its own, because it forks and may have no threads. Prints one JSON object.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter

import sync.engine.telling
from sync.logs import configure_logs
from tests.reliability.ends import differences
from tests.reliability.places import make_place
from tests.reliability.points import Points
from tests.reliability.teller import Teller, Told
from tests.reliability.troubles import KINDS, Trouble
from tests.reliability.worlds import STORIES


def compare(told: Told, undisturbed: Told, trouble: Trouble) -> Iterator[str]:
    """Each difference to the undisturbed telling, and each broken promise, in words."""
    for name in ("Leads", "Contacts", "links", "people"):
        yield from differences(name, undisturbed.end[name], told.end[name])
    ours, theirs = told.end["runs"], undisturbed.end["runs"]
    for run in (*ours, told.one_more):
        yield from (f"run {run['run']} ({run['status']}): {one}" for one in run["faults"])
    if trouble.run_recovers:
        yield from differences(
            "outcomes", _as_linked(theirs[-1]["outcomes"]), _as_linked(ours[-1]["outcomes"])
        )
        if len(ours) != len(theirs):
            ends = ", ".join(f"{one['status']} {one['problem'] or ''}" for one in ours)
            yield f"another run was needed; the runs ended: {ends}"
    expected = undisturbed.one_more["outcomes"]
    yield from differences("the next run's outcomes", expected, told.one_more["outcomes"])
    if told.one_more["status"] != "succeeded":
        yield f"the next run {told.one_more['status']}: {told.one_more['problem']}"
    yield from (f"the next run wrote {one}" for one in told.written_once_more)
    yield from (f"after restoring it wrote {one}" for one in told.written_again)


def _as_linked(outcomes: Sequence[str]) -> list[str]:
    """A score that was written before the end came is found up to date: its row then says
    "unchanged" where it would have said "updated"."""
    return [re.sub(": (updated|unchanged) ", ": linked already ", one) for one in outcomes]


def main(kind: str, part: str, *names: str) -> None:
    """These stories with troubles of a kind: with all ("1/1"), a part ("2/3") or "some"."""
    sync.engine.telling.EVERY_SECONDS = float("inf")  # else effects came and went with the clock
    configure_logs("text", "critical")
    points = Points()
    points.install()
    met = set[str]() if part == "some" else None
    begun, tellings, found = perf_counter(), 0, list[dict[str, object]]()
    for name in names:
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(make_place(os.environ.get("TEST_POSTGRES_URL"), Path(folder))) as place,
            Teller(STORIES[name], Path(folder), place, points) as teller,
        ):
            effects = teller.undisturbed.effects
            for trouble in _part(list(KINDS[kind](effects, met)), part):
                told = teller.tell(trouble)
                tellings += 1
                wrong = list(compare(told, teller.undisturbed, trouble))
                if wrong:
                    found.append({"where": f"{name}, {trouble.describe(effects)}", "wrong": wrong})
    seconds = round(perf_counter() - begun, 1)
    report = {"tellings": tellings, "seconds": seconds, "found": found}
    sys.stdout.write(json.dumps(report))


def _part(troubles: list[Trouble], part: str) -> list[Trouble]:
    number, _, parts = part.partition("/")
    return troubles[int(number) - 1 :: int(parts)] if parts else troubles


if __name__ == "__main__":
    main(*sys.argv[1:])
