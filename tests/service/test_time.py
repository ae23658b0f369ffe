"""The clock on the wall, seen from the cron: one daily run for each date, whatever clocks do.

Spaces in many zones stand in one store, and the cron calls through days on which clocks change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from sync.engine import EngineOptions
from sync.model import Counts, RunStatus, Space, Trigger
from sync.rules.schedule import local_date_at
from sync.service import Service
from sync.store import Store
from tests.service.world import AdminWorld, FakeBell, make_space
from tests.zones import HOURS, ZONES

CHANGES = {
    "Berlin, an hour that does not exist": date(2026, 3, 29),
    "Berlin, an hour that exists twice": date(2026, 10, 25),
    "New York, an hour that does not exist": date(2026, 3, 8),
    "New York, an hour that exists twice": date(2026, 11, 1),
    "Sao Paulo, a midnight that does not exist": date(2018, 11, 4),
    "Sao Paulo, an hour before midnight that exists twice": date(2018, 2, 18),
    "Lord Howe, half an hour that does not exist": date(2026, 10, 4),
    "Lord Howe, half an hour that exists twice": date(2026, 4, 5),
    "Apia, a day that does not exist": date(2011, 12, 30),
}
NO_SUCH_DAY = ("Pacific/Apia", date(2011, 12, 30))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass
class Cron:
    """A service, the cron that calls it, and a worker who does at once what it starts."""

    world: AdminWorld
    service: Service

    @property
    def store(self) -> Store:
        return self.world.store

    def comes(self, **changes: Any) -> Space:
        """A space is imported, or imported again with changes."""
        space = make_space(**changes)
        self.service.import_spaces([space])
        return space

    def at(self, moment: datetime) -> list[date]:
        """The cron calls at this instant: the dates of the daily runs that it started."""
        self.world.time = moment
        started = [one.run for one in self.service.start_due() if one.started]
        for run in started:
            self.end(run.run_id)
        return [run.local_date for run in started]

    def calls(self, since: datetime, until: datetime, every: timedelta) -> None:
        """The cron calls again and again."""
        moment = since
        while moment < until:
            self.at(moment)
            moment += every

    def end(self, run_id: int) -> None:
        with self.store.write() as desk:
            epoch = desk.runs.claim(run_id, owner="test", lease_seconds=60)
            assert epoch is not None
            desk.runs.finish(
                run_id,
                epoch,
                status=RunStatus.SUCCEEDED,
                counts=Counts(),
                problem=None,
                now=self.world.time,
            )

    def dates(self, space_id: str = "acme") -> list[date]:
        """The dates that had their daily run, in the order in which they had it."""
        with self.store.read() as desk:
            runs = desk.runs.of_space(space_id, 1000)
        return [run.local_date for run in reversed(runs) if run.trigger is Trigger.DAILY]


@pytest.fixture
def cron(tmp_path: Path) -> Iterator[Cron]:
    world = AdminWorld(tmp_path)
    service = Service(
        world.store,
        world.vendors.connect,
        FakeBell(),
        allow_host=lambda url: None,
        options=EngineOptions(),
        now=lambda: world.time,
    )
    yield Cron(world, service)
    world.store.database.close()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant in March 2026. In Berlin it is an hour later."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def synced(sync_time: time, *, time_zone: str = "Europe/Berlin") -> dict[str, Any]:
    """The changes that make a space be synced at this time."""
    return {
        "settings": replace(make_space().settings, sync_time=sync_time),
        "time_zone": time_zone,
    }


# --- clocks that change -------------------------------------------------------------------------


@pytest.mark.parametrize("day", CHANGES.values(), ids=CHANGES)
def test_each_date_has_one_daily_run_in_every_zone_around_a_change(cron: Cron, day: date) -> None:
    midnight = datetime.combine(day, time(0), UTC)
    since, until = midnight - timedelta(hours=39), midnight + timedelta(hours=33)
    cron.world.time = since
    spaces = {
        f"space_{number}_{hour:%H%M}": (where, hour)
        for number, where in enumerate(ZONES)
        for hour in HOURS
    }
    for space_id, (where, hour) in spaces.items():
        cron.comes(space_id=space_id, **synced(hour, time_zone=where))
    cron.calls(since, until, HOUR)
    for space_id, (where, _) in spaces.items():
        dates = [one for one in cron.dates(space_id) if abs(one - day) <= DAY]
        there = [one for one in (day - DAY, day, day + DAY) if (where, one) != NO_SUCH_DAY]
        assert dates == there


# --- a cron that is late, a machine that sleeps -------------------------------------------------


@pytest.mark.parametrize("late", [1, 6, 14, 21])
def test_a_cron_that_is_hours_late_still_starts_the_run_of_the_day(cron: Cron, late: int) -> None:
    cron.world.time = at(2, 0)
    cron.comes(**synced(time(2, 0)))
    assert cron.at(at(2, 1) + timedelta(hours=late)) == [date(2026, 3, 2)]
    assert cron.at(at(3, 1)) == [date(2026, 3, 3)]


def test_a_machine_asleep_over_midnight_misses_one_date_and_says_which(cron: Cron) -> None:
    cron.world.time = at(1, 12)
    cron.comes(**synced(time(22, 0)))
    assert cron.at(at(1, 21)) == [date(2026, 3, 1)]
    with capture_logs() as logs:
        assert cron.at(at(3, 1)) == []  # asleep since the evening of the 1st
    (missed,) = [entry for entry in logs if entry["event"] == "daily_run_missed"]
    assert missed["dates"] == ["2026-03-02"]
    assert cron.at(at(3, 21)) == [date(2026, 3, 3)]


def test_a_machine_that_wakes_after_midnight_and_the_hour_runs_the_new_day_once(
    cron: Cron,
) -> None:
    cron.world.time = at(1, 12)
    cron.comes(**synced(time(2, 0)))
    assert cron.at(at(2, 9)) == [date(2026, 3, 2)]
    cron.calls(at(2, 9, 1), at(2, 23), timedelta(hours=1))
    assert cron.dates() == [date(2026, 3, 2)]


# --- a clock that is set ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "back", [timedelta(minutes=5), timedelta(hours=2), timedelta(hours=26), timedelta(days=9)]
)
def test_a_clock_set_back_starts_no_date_twice_and_loses_none(cron: Cron, back: timedelta) -> None:
    cron.world.time = at(10, 0)
    cron.comes(**synced(time(2, 0)))
    cron.calls(at(10, 0), at(13, 2), HOUR)
    cron.calls(at(13, 2) - back, at(16, 2), HOUR)
    dates = cron.dates()
    assert len(dates) == len(set(dates))
    assert {date(2026, 3, day) for day in range(10, 17)} <= set(dates)


def test_a_clock_that_ran_a_year_ahead_keeps_no_space_waiting_for_a_year(cron: Cron) -> None:
    cron.world.time = at(10, 0)
    cron.comes(**synced(time(2, 0)))
    assert cron.at(at(10, 1)) == [date(2026, 3, 10)]
    assert cron.at(at(10, 12) + 365 * DAY) == [date(2027, 3, 10)]
    cron.calls(at(10, 13), at(13, 2), HOUR)
    assert cron.dates() == [
        date(2026, 3, 10),
        date(2027, 3, 10),
        *(date(2026, 3, day) for day in (11, 12, 13)),
    ]


def test_a_run_under_way_is_not_taken_for_dead_by_a_clock_that_was_set(cron: Cron) -> None:
    cron.world.time = at(10, 0)
    cron.comes(**synced(time(2, 0)))
    cron.world.time = at(10, 1)
    (started,) = cron.service.start_due()
    with cron.store.write() as desk:
        assert desk.runs.claim(started.run.run_id, owner="here", lease_seconds=60) is not None
    for moment in (at(10, 1) - DAY, at(10, 1) + 30 * DAY):
        cron.world.time = moment
        assert cron.service.sweep() == 0
        with cron.store.write() as desk:
            assert desk.runs.claim(started.run.run_id, owner="there", lease_seconds=60) is None


# --- settings that change on the day ------------------------------------------------------------

TODAY, TOMORROW = date(2026, 3, 10), date(2026, 3, 11)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (time(2, 0), time(15, 0)),  # had its run, the new time is still to come
        (time(2, 0), time(9, 0)),  # had its run, the new time has passed
        (time(15, 0), time(16, 0)),  # the run is still to come, either way
        (time(15, 0), time(9, 0)),  # the run is still to come, and the new time has passed
    ],
)
def test_a_sync_time_changed_on_the_day_gives_that_day_one_run(
    cron: Cron, before: time, after: time
) -> None:
    cron.world.time = at(9, 23)
    cron.comes(**synced(before))
    cron.calls(at(9, 23), at(10, 11), HOUR)
    cron.comes(**synced(after))
    cron.calls(at(10, 11), at(11, 20), HOUR)
    assert cron.dates() == [TODAY, TOMORROW]


def test_a_sync_time_changed_while_the_run_is_due_gives_that_day_one_run(cron: Cron) -> None:
    cron.world.time = at(9, 23)
    cron.comes(**synced(time(2, 0)))
    cron.world.time = at(10, 11)  # the cron was away all night
    cron.comes(**synced(time(15, 0)))
    assert cron.at(at(10, 11, 30)) == []
    assert cron.at(at(10, 14)) == [TODAY]


@pytest.mark.parametrize("hour", [1, 11, 14, 22])
def test_a_zone_changed_on_the_day_gives_no_date_two_runs_and_leaves_none_out(
    cron: Cron, hour: int
) -> None:
    changed = at(10, hour, 1)
    spaces = {
        f"space_{number}_{sync_time:%H%M}": (where, sync_time)
        for number, where in enumerate(("Pacific/Apia", "America/New_York", "Asia/Kolkata"))
        for sync_time in (time(2, 0), time(12, 30), time(23, 0))
    }
    cron.world.time = at(8, 12)
    for space_id, (_, sync_time) in spaces.items():
        cron.comes(space_id=space_id, **synced(sync_time))
    cron.calls(at(8, 12), changed, HOUR)
    cron.world.time = changed
    for space_id, (where, sync_time) in spaces.items():
        cron.comes(space_id=space_id, **synced(sync_time, time_zone=where))
    cron.calls(changed, at(13, 12), HOUR)
    for space_id, (where, _) in spaces.items():
        dates = cron.dates(space_id)
        there = [dates[0] + number * DAY for number in range((dates[-1] - dates[0]).days + 1)]
        # A date that has gone by in the new zone, though not in the old, cannot be made up for.
        assert dates in (
            there,
            [one for one in there if one != local_date_at(changed, where) - DAY],
        )


def test_settings_saved_without_another_time_change_nothing(cron: Cron) -> None:
    cron.world.time = at(9, 23)
    cron.comes(**synced(time(15, 0)))
    cron.world.time = at(10, 11)
    cron.comes(name="Another name", **synced(time(15, 0)))
    assert cron.at(at(10, 11, 30)) == []
    assert cron.at(at(10, 14)) == [TODAY]


def test_a_space_that_comes_after_its_time_begins_tomorrow(cron: Cron) -> None:
    cron.world.time = at(10, 11)
    cron.comes(**synced(time(2, 0)))
    assert cron.at(at(10, 12)) == []
    assert cron.at(at(11, 1)) == [TOMORROW]
