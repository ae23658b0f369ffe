"""An account of 1,000 calls a day with 50,000 people whose scores are asked for one by one:
`./run bench quota`. How many days a run takes, in which order, and what it costs us; the days pass
on a clock of their own.
"""

import logging
import platform
import sys
import tempfile
import time
from pathlib import Path

import structlog

from sync.model import RunStatus
from tests.reliability.small_budget import HOT, SmallBudget

PEOPLE, BUDGET = 50_000, 1_000
MOST_DAYS = 80


def main() -> int:
    """Print what was measured; 1 where the run did not complete or a count is wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    people, budget = (int(one) for one in (*sys.argv[1:3], PEOPLE, BUDGET)[:2])
    with tempfile.TemporaryDirectory() as folder:
        house = SmallBudget(Path(folder), people=people, budget=budget)
        begun, paused = time.perf_counter(), 0
        for run in house.live_through(most_days=MOST_DAYS):
            paused += run.status is RunStatus.PAUSED
        seconds = time.perf_counter() - begun
        in_order = house.asked_for() == list(range(people - 1, -1, -1))
        house.store.database.close()
    hot = len(range(0, people, HOT))
    print(f"Python {platform.python_version()}, {people:,} people, {budget:,} calls a day")
    print(f"the run: {run.status.value} on day {paused + 1}, resumed {run.resumed} times")
    print(f"calls to Act-On: {run.acton_calls:,}, each person once and in order: {in_order}")
    print(f"rows {run.counts.rows:,}, Leads {len(house.pipeliner.leads):,} of {hot:,}")
    print(f"our own work: {seconds:.0f} s, {seconds / people * 1000:.1f} ms a person")
    done = run.status is RunStatus.SUCCEEDED and run.counts.adds_up and in_order
    return 0 if done and len(house.pipeliner.leads) == hot else 1


if __name__ == "__main__":
    sys.exit(main())
