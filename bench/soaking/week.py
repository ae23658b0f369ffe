"""One play of the week: who lives in the house, how long, and what it came to, as JSON.

A program of its own, since it moves the clock of its whole process:
`python -m bench.soaking.week '{"way": "daily"}'`.
"""

import json
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bench.soaking.checks import KEY, Found, RunSeen, calls_by_day, check_all, local_dates
from bench.soaking.crm_people import CrmPeople, Sales
from bench.soaking.faults import Admin, Faults
from bench.soaking.house import House, Size, open_house
from bench.soaking.journal import Pair
from bench.soaking.marketing import Marketing
from bench.soaking.moving import MovedClock
from bench.soaking.places import make_place
from bench.soaking.sampling import Sampler
from bench.soaking.spoiling import find_blind_spots
from bench.soaking.webhooks import Webhooks
from sync.factory import Application
from sync.logs import configure_logs
from sync.model import Trigger
from sync.rules.keys import link_key
from sync.rules.schedule import next_due
from sync.sandbox.options import SPACE_ID
from sync.store.tables import outcomes

# A week with the night in which Berlin loses an hour, and a sync time that falls into the gap.
BEGIN: Final = datetime(2026, 3, 25, tzinfo=UTC)
CRON_SECONDS: Final = 900.0
MORNING_AFTER: Final = timedelta(hours=8)
# The share that presses Refresh.
WAYS: Final[Mapping[str, float]] = {"daily": 0.0, "refresh": 0.5, "webhooks": 0.5}
BUDGETS: Final[Mapping[str, int]] = {"webhooks": 1_000}  # a look-up costs a call a list


@dataclass(frozen=True, kw_only=True)
class Play:
    """What is played: which way, how large, and whether anything goes wrong."""

    way: str = "daily"
    people: int = 400
    lists: int = 6
    days: int = 7
    seed: int = 1
    faults: bool = True
    postgres: str = ""


def play_week(play: Play) -> dict[str, Any]:
    """The week, from its first midnight to the morning after its last day."""
    configure_logs("text", "critical")
    random.seed(play.seed)  # the product's own chance: pauses between retries, order of spaces
    begun, cpu = time.perf_counter(), time.process_time()
    size = Size(
        people=play.people,
        lists=play.lists,
        days=play.days,
        seed=play.seed,
        begin=BEGIN,
        budget=BUDGETS.get(play.way, Size.budget),
    )
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        ExitStack() as stack,
        MovedClock(BEGIN) as clock,
    ):
        place = make_place(play.postgres, Path(folder))
        stack.callback(place.close)
        house = open_house(size, Path(folder), clock, place, stack)
        week = Week(house, play)
        week.live()
        found = week.result()
    return found | {
        "seconds": time.perf_counter() - begun,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


class Week:
    """Everybody who lives through it. To add somebody, start them in `live`."""

    def __init__(self, house: House, play: Play) -> None:
        self._house, self._play = house, play
        house.set_up()
        self._application, self._client = house.web()
        self._marketing = Marketing(house)
        self._crm_people = CrmPeople(house, self._marketing.people)
        self._sales = Sales(house, self._application, WAYS[play.way])
        self._webhooks: Webhooks | None = None
        if play.way == "webhooks":
            self._webhooks = Webhooks(house, self._application, self._client)
            self._marketing.on_change = self._webhooks.hear
        self._faults = Faults(house)
        self._admin = Admin(house, self._application)
        self._sampler = Sampler(house, self._application.store.database, self._keys)
        self._answers: Counter[int] = Counter()

    def live(self) -> None:
        """The week, and the hours until its last run is through with nothing wrong any more."""
        house, clock = self._house, self._house.clock
        for name in ("worker-1", "worker-2"):
            house.start_worker(name)
        actors = {
            "marketing": self._marketing.live,
            "crm people": self._crm_people.live,
            "sales": self._sales.live,
            "cron": self._call_sync,
            "admin": self._admin.live,
            "sampler": self._sampler.live,
        }
        if self._webhooks is not None:
            actors["webhooks"] = self._webhooks.live
        if self._play.faults:
            actors["faults"] = lambda: self._faults.live_by_day(self._due)
            actors["supervisor"] = self._faults.live_as_supervisor
            house.before_call = self._faults.meet
        for name, live in actors.items():
            house.start(name, live)
        end = BEGIN + timedelta(days=self._play.days)
        clock.sleep_until(end)
        self._faults.end()
        clock.sleep_until(end + MORNING_AFTER)
        if clock.broken:
            raise RuntimeError(clock.broken[0])

    def _due(self, after: datetime) -> datetime:
        hour, minute = map(int, self._house.size.sync_time.split(":"))
        at = datetime.min.time().replace(hour=hour, minute=minute)
        return next_due(after, at, self._house.size.zone)

    def _call_sync(self) -> None:
        """The operator's cron: every quarter of an hour, over HTTP's own path."""
        token = self._house.settings().sync_tokens[0]
        while True:
            answer = self._client.post("/sync", headers={"Authorization": f"Bearer {token}"})
            if not self._house.place.is_away:
                self._answers[answer.status_code] += 1
            self._house.clock.sleep(CRON_SECONDS)

    # --- the end ---------------------------------------------------------------------------------

    def result(self) -> dict[str, Any]:
        """What the week came to."""
        house = self._house
        found = self._found()
        wrong = [*check_all(found), *self._sales.never_true, *sorted(self._sampler.never_true)]
        if self._answers.keys() - {202}:
            wrong.append(f"POST /sync answered {dict(self._answers)}.")
        return {
            "way": self._play.way,
            "violations": wrong,
            "blind_spots": find_blind_spots(found),
            "begin": BEGIN.timestamp(),
            "end": house.clock.at,
            "runs": [one.as_json() for one in found.runs],
            "looks": [asdict(one) for one in self._sales.looks],
            "hours": self._sampler.hours,
            "crossings": list(self._crossings(found)),
            "spans": [asdict(one) for one in self._faults.spans],
            "counts": self._counts(found),
        }

    def _counts(self, found: Found) -> dict[str, Any]:
        house = self._house
        written = [one for one in house.journal.written if one.is_new and not one.by_people]
        return {
            "leads_made": sum(one.kind == "Leads" for one in written),
            "contacts_made": sum(one.kind == "Contacts" for one in written),
            "crm_deeds": self._crm_people.done,
            "small_faults": self._faults.small,
            "workers_killed": self._faults.killed,
            "retried_by_admin": self._admin.retried,
            "reconnected": self._admin.reconnected,
            "panels_closed": self._sales.closed,
            "acton_calls": len(house.journal.calls),
            "most_calls_in_a_second": house.sandbox.calls()["peak_in_a_second"].get("acton", 0),
            "most_calls_in_a_day": max(calls_by_day(house.journal.calls).values()),
            "budget": house.size.budget,
            "refreshes": Counter(one.trouble for one in self._sales.looks if one.pressed),
            "cron_answers": dict(self._answers),
            "problems": house.problems,
            "people": len(house.journal.scores),
            "score_changes": sum(len(one) - 1 for one in house.journal.scores.values()),
            "rows": len(house.journal.members),
        }

    def _keys(self) -> dict[Pair, str]:
        return {pair: link_key(SPACE_ID, *pair) for pair in self._house.journal.members}

    def _found(self) -> Found:
        house = self._house
        last = house.clock.now
        records = {kind: house.crm.records[kind] for kind in house.crm.records}
        return Found(
            journal=house.journal,
            runs=list(read_runs(self._application)),
            records=records,
            keys=self._keys(),
            dates=local_dates(BEGIN, last, ZoneInfo(house.size.zone)),
            budget=house.size.budget,
            at=house.clock.at,
        )

    def _crossings(self, found: Found) -> Iterator[dict[str, Any]]:
        """Each crossing of the week by somebody who had no Lead yet: when, until when they stayed
        at the threshold, and when their Lead was there."""
        made = {
            str(one.record.get(KEY)): one.at
            for one in reversed(found.journal.written)
            if one.kind == "Leads" and one.is_new and not one.by_people
        }
        for pair, key in found.keys.items():
            lead_at = made.get(key)
            for begin, end in found.journal.reached(pair):
                if begin > BEGIN.timestamp() and (lead_at is None or begin < lead_at):
                    in_time = lead_at is not None and lead_at <= end
                    until = min(end, found.at)
                    yield {"at": begin, "until": until, "lead_at": lead_at if in_time else None}


def read_runs(application: Application) -> Iterator[RunSeen]:
    """Every run with what became of its rows, oldest first."""
    rows = select(outcomes.c.run_id, outcomes.c.result, func.count()).group_by(
        outcomes.c.run_id, outcomes.c.result
    )
    results: dict[int, Counter[str | None]] = {}
    with application.store.database.read() as connection:
        for run_id, result, number in connection.execute(rows):
            results.setdefault(run_id, Counter())[result] = number
    for run in reversed(application.service.runs(SPACE_ID, 1_000)):
        began, ended = run.started_at or run.queued_at, run.finished_at
        yield RunSeen(
            run_id=run.run_id,
            daily=run.trigger is Trigger.DAILY,
            local_date=run.local_date,
            status=run.status.value,
            begin=began.timestamp(),
            end=ended.timestamp() if ended else float("inf"),
            adds_up=run.counts.adds_up,
            rows=run.counts.rows,
            results=results.get(run.run_id, Counter()),
            problem=run.problem.message if run.problem else "",
            whole=run.trigger.is_whole,
        )


def main() -> None:
    """Play what is asked for, and print what came of it."""
    told = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    known = {one.name for one in fields(Play)}
    found = play_week(Play(**{name: one for name, one in told.items() if name in known}))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
