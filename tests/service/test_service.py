"""The service over a real store: which runs start when, which space stays due, what is refused.

Berlin is an hour ahead of UTC in these days: a sync time of 02:00 is 01:00 UTC.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from sync.engine import EngineOptions
from sync.errors import NotFound, SetupError, TryLater
from sync.keyring import Keyring, generate_key
from sync.model import (
    ActOnAccess,
    Counts,
    PipelinerAccess,
    RunStatus,
    Space,
    SpaceSettings,
    SpaceStatus,
    Trigger,
)
from sync.rules.priorities import Priority
from sync.service import Service, daily
from sync.store import Store, open_database
from sync.store.tables import spaces
from tests.databases import put_tables

MONDAY = date(2026, 11, 23)
# Leases and pauses go by the database's clock, which no test can set.
LONG_AGO, FAR_FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)


def at(hour: int, minute: int = 0, *, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@dataclass
class Clock:
    """Says the time that the test set."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class FakeBell:
    """Remembers for whom it was rung; may be out of order."""

    rung: list[int] = field(default_factory=list)
    priorities: list[Priority] = field(default_factory=list)
    away: bool = False
    goes_away: bool = False  # between the first question and the first ring

    def ring(self, run_id: int, priority: Priority) -> None:
        if self.away or self.goes_away:
            raise TryLater("The queue cannot be reached.")
        self.rung.append(run_id)
        self.priorities.append(priority)

    def size(self) -> int:
        if self.away:
            raise TryLater("The queue cannot be reached.")
        return len(self.rung)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    put_tables(tmp_path / "sync.db")
    database = open_database(f"sqlite:///{tmp_path / 'sync.db'}")
    store = Store(database, Keyring.parse(generate_key()))
    yield store
    database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock(at(0))


@pytest.fixture
def bell() -> FakeBell:
    return FakeBell()


def allow_example(url: str) -> None:
    if "example" not in url:
        raise SetupError(f"The host of {url} may not be called.", hint="See ALLOWED_API_HOSTS.")


@pytest.fixture
def service(store: Store, clock: Clock, bell: FakeBell) -> Service:
    return Service(
        store,
        lambda space, guard: pytest.fail("nobody asks the vendors here"),
        bell,
        allow_host=allow_example,
        options=EngineOptions(),
        now=clock,
    )


def make_space(space_id: str = "acme", **changes: Any) -> Space:
    facts: dict[str, Any] = {
        "space_id": space_id,
        "name": space_id,
        "time_zone": "Europe/Berlin",
        "status": SpaceStatus.RUNNING,
        "pipeliner": PipelinerAccess(
            service_url="https://pipeliner.example", username="u", password="p"
        ),
        "acton": ActOnAccess(username="a", password="s"),
        "settings": SpaceSettings(threshold=40, sync_time=time(2, 0), owner="anna@example.com"),
    }
    return Space(**(facts | changes))


@pytest.fixture
def finish(store: Store) -> Callable[..., None]:
    """Do a run as a worker would, to the end that the test wants."""

    def work_and_end(
        run_id: int,
        status: RunStatus = RunStatus.SUCCEEDED,
        resume_at: datetime | None = None,
    ) -> None:
        with store.write() as desk:
            epoch = desk.runs.claim(run_id, owner="test", lease_seconds=60)
            assert epoch is not None
            desk.runs.finish(
                run_id,
                epoch,
                status=status,
                counts=Counts(),
                problem=None,
                resume_at=resume_at,
                now=at(12),
            )

    return work_and_end


# --- the daily run --------------------------------------------------------------------------------


def test_a_space_is_due_first_at_its_next_sync_time(service: Service, clock: Clock) -> None:
    (imported,) = service.import_spaces([make_space()])
    assert imported.created
    assert imported.space.next_due_at == at(1)
    assert service.start_due() == []


def test_a_space_imported_after_its_sync_time_is_due_tomorrow(
    service: Service, clock: Clock
) -> None:
    clock.now = at(10)
    (imported,) = service.import_spaces([make_space()])
    assert imported.space.next_due_at == at(1, day=24)


def test_calling_twice_starts_nothing_twice(service: Service, clock: Clock, bell: FakeBell) -> None:
    service.import_spaces([make_space()])
    clock.now = at(1)
    (first,) = service.start_due()
    (second,) = service.start_due()
    assert (first.started, second.started) == (True, False)
    assert first.run.run_id == second.run.run_id
    assert (first.run.trigger, first.run.local_date) == (Trigger.DAILY, MONDAY)
    assert bell.rung == [first.run.run_id]


def test_a_date_has_one_daily_run_however_it_ended(
    service: Service, clock: Clock, finish: Callable[..., None]
) -> None:
    service.import_spaces([make_space()])
    clock.now = at(1)
    finish(service.start_due()[0].run.run_id, RunStatus.FAILED)
    clock.now = at(22)
    assert service.start_due() == []
    clock.now = at(1, day=24)
    assert service.start_due()[0].run.local_date == MONDAY + timedelta(days=1)


def test_a_late_cron_starts_the_run_on_the_same_local_date(service: Service, clock: Clock) -> None:
    service.import_spaces([make_space()])
    clock.now = at(22, 59)
    (late,) = service.start_due()
    assert late.run.local_date == MONDAY


def test_a_date_wholly_missed_is_reported_and_the_next_run_covers_it(
    service: Service, clock: Clock, finish: Callable[..., None]
) -> None:
    service.import_spaces([make_space()])
    clock.now = at(1)
    finish(service.start_due()[0].run.run_id)
    clock.now = at(2, day=26)
    with capture_logs() as logs:
        (next_run,) = service.start_due()
    assert next_run.run.local_date == date(2026, 11, 26)
    (missed,) = [entry for entry in logs if entry["event"] == "daily_run_missed"]
    assert missed["dates"] == ["2026-11-24", "2026-11-25"]


def test_a_date_missed_before_todays_hour_is_reported_without_starting_early(
    service: Service, clock: Clock, finish: Callable[..., None]
) -> None:
    service.import_spaces([make_space()])
    clock.now = at(1)
    finish(service.start_due()[0].run.run_id)
    clock.now = at(0, 30, day=25)
    with capture_logs() as logs:
        assert service.start_due() == []
    assert [entry["dates"] for entry in logs if entry["event"] == "daily_run_missed"] == [
        ["2026-11-24"]
    ]
    clock.now = at(1, day=25)
    assert service.start_due()[0].run.local_date == date(2026, 11, 25)


def test_while_a_manual_run_is_open_the_daily_one_waits_and_still_comes(
    service: Service, clock: Clock, finish: Callable[..., None]
) -> None:
    service.import_spaces([make_space()])
    clock.now = at(0, 59)
    manual = service.start("acme").run
    clock.now = at(1)
    (waiting,) = service.start_due()
    assert (waiting.started, waiting.run.run_id) == (False, manual.run_id)
    finish(manual.run_id)
    (daily,) = service.start_due()
    assert (daily.started, daily.run.trigger, daily.run.local_date) == (
        True,
        Trigger.DAILY,
        MONDAY,
    )


def test_a_later_sync_time_on_the_same_date_gives_no_second_run(
    service: Service, clock: Clock, finish: Callable[..., None]
) -> None:
    space = make_space()
    service.import_spaces([space])
    clock.now = at(1)
    finish(service.start_due()[0].run.run_id)
    clock.now = at(9)
    later = replace(space, settings=replace(space.settings, sync_time=time(18, 0)))
    service.import_spaces([later])
    clock.now = at(17)
    assert service.start_due() == []
    clock.now = at(17, day=24)
    assert len(service.start_due()) == 1


def test_importing_again_while_due_does_not_lose_the_run_of_today(
    service: Service, clock: Clock
) -> None:
    service.import_spaces([make_space()])
    clock.now = at(3)
    (again,) = service.import_spaces([make_space(name="New name")])
    assert not again.created
    assert again.space.name == "New name"
    assert service.start_due()[0].run.local_date == MONDAY


def test_what_one_call_cannot_start_workers_start(
    service: Service, clock: Clock, bell: FakeBell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "STARTED_AT_ONCE", 3)
    service.import_spaces([make_space(f"space_{number}") for number in range(8)])
    clock.now = at(1)
    assert len(service.start_due()) == 3
    service.sweep()
    assert len(bell.rung) == 8
    service.sweep()
    assert len(set(bell.rung)) == 8
    assert [one.started for one in service.start_due()] == [False] * 8


def test_workers_start_nothing_that_the_cron_did_not_ask_for(
    service: Service, clock: Clock, bell: FakeBell
) -> None:
    service.import_spaces([make_space()])
    clock.now = at(1)
    service.sweep()
    assert bell.rung == []
    clock.now = at(0)
    service.start_due()  # the space was not due yet
    clock.now = at(1)
    service.sweep()
    assert bell.rung == []


def test_spaces_that_cannot_start_keep_none_behind_them_from_starting(
    service: Service,
    store: Store,
    clock: Clock,
    bell: FakeBell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(daily, "STARTED_AT_ONCE", 2)
    service.import_spaces([make_space(f"space_{number}") for number in range(6)])
    with store.database.write() as connection:
        connection.execute(
            update(spaces)
            .where(spaces.c.space_id < "space_3")
            .values(pipeliner_password_sealed="not sealed")
        )
    clock.now = at(1)
    service.start_due()
    service.sweep()
    assert len(bell.rung) == 3


@pytest.mark.parametrize("status", [SpaceStatus.PENDING, SpaceStatus.SUSPENDED])
def test_a_space_that_is_not_running_has_no_daily_run(
    service: Service, clock: Clock, status: SpaceStatus
) -> None:
    service.import_spaces([make_space(status=status)])
    clock.now = at(12)
    assert service.start_due() == []


def test_one_space_whose_secrets_do_not_open_keeps_no_other_from_starting(
    service: Service, clock: Clock, store: Store, bell: FakeBell
) -> None:
    service.import_spaces([make_space("acme")])
    other_keys = Store(store.database, Keyring.parse(generate_key()))
    with other_keys.write() as desk:
        desk.spaces.save(make_space("broken"), now=at(0))
        desk.spaces.set_next_due("broken", at(1))
    clock.now = at(1)
    with capture_logs() as logs:
        started = service.start_due()
    assert [one.run.space_id for one in started] == ["acme"]
    assert [entry["space"] for entry in logs if entry["event"] == "daily_run_not_started"] == [
        "broken"
    ]


# --- runs by hand ---------------------------------------------------------------------------------


def test_a_manual_run_is_extra(service: Service, clock: Clock, finish: Callable[..., None]) -> None:
    service.import_spaces([make_space()])
    finish(service.start("acme").run.run_id)
    again = service.start("acme")
    assert again.started
    clock.now = at(1)
    finish(again.run.run_id)
    assert service.start_due()[0].run.trigger is Trigger.DAILY


def test_a_second_manual_start_tells_the_open_run(service: Service, bell: FakeBell) -> None:
    service.import_spaces([make_space()])
    first, second = service.start("acme"), service.start("acme")
    assert (first.started, second.started) == (True, False)
    assert first.run.run_id == second.run.run_id


def test_a_manual_start_continues_a_paused_run(
    service: Service, finish: Callable[..., None], bell: FakeBell
) -> None:
    service.import_spaces([make_space()])
    run_id = service.start("acme").run.run_id
    finish(run_id, RunStatus.PAUSED, resume_at=FAR_FUTURE)
    continued = service.start("acme")
    assert (continued.started, continued.run.run_id) == (False, run_id)
    assert continued.run.status is RunStatus.QUEUED
    assert bell.rung == [run_id, run_id]


def test_retrying_a_run_is_a_new_run_of_its_space(
    service: Service, finish: Callable[..., None]
) -> None:
    service.import_spaces([make_space()])
    first = service.start("acme").run.run_id
    finish(first, RunStatus.PARTIAL)
    retried = service.retry(first)
    assert retried.started
    assert retried.run.space_id == "acme"


def test_a_run_done_by_the_caller_rings_for_nobody(service: Service, bell: FakeBell) -> None:
    service.import_spaces([make_space()])
    service.start("acme", ring=False)
    assert bell.rung == []


@pytest.mark.parametrize(
    ("status", "said"),
    [(SpaceStatus.PENDING, "waits for approval"), (SpaceStatus.SUSPENDED, "is suspended")],
)
def test_a_space_that_is_not_running_refuses_a_manual_run_with_what_to_do(
    service: Service, status: SpaceStatus, said: str
) -> None:
    service.import_spaces([make_space(status=status)])
    with pytest.raises(SetupError, match=said) as caught:
        service.start("acme")
    assert "space approve acme" in caught.value.hint


@pytest.mark.parametrize("ask", ["start", "approve", "suspend", "rotate_panel_keys", "runs"])
def test_a_space_nobody_knows_is_not_found(service: Service, ask: str) -> None:
    with pytest.raises(NotFound):
        getattr(service, ask)("nobody")


# --- the bell and the sweep -----------------------------------------------------------------------


def test_a_bell_that_is_away_loses_no_run(service: Service, clock: Clock, bell: FakeBell) -> None:
    service.import_spaces([make_space()])
    bell.away = True
    run_id = service.start("acme").run.run_id
    assert service.run(run_id).status is RunStatus.QUEUED
    bell.away = False
    clock.now = at(0, 2)
    assert service.sweep() == 1
    assert bell.rung == [run_id]


def test_the_sweep_leaves_a_run_alone_that_was_rung_for_just_now(
    service: Service, clock: Clock, bell: FakeBell
) -> None:
    service.import_spaces([make_space()])
    service.start("acme")
    clock.now = at(0, 2)
    assert service.sweep() == 1
    clock.now += timedelta(seconds=15)
    assert service.sweep() == 0


@pytest.mark.parametrize(("resume_at", "rung"), [(FAR_FUTURE, 0), (LONG_AGO, 1)])
def test_a_paused_run_is_taken_up_when_its_time_has_come(
    service: Service, finish: Callable[..., None], resume_at: datetime, rung: int
) -> None:
    service.import_spaces([make_space()])
    finish(service.start("acme").run.run_id, RunStatus.PAUSED, resume_at=resume_at)
    assert service.sweep() == rung


# --- spaces ---------------------------------------------------------------------------------------


def test_a_host_that_may_not_be_called_keeps_the_whole_file_out(service: Service) -> None:
    elsewhere = PipelinerAccess(service_url="https://evil.invalid", username="u", password="p")
    with pytest.raises(SetupError, match=r"evil\.invalid"):
        service.import_spaces([make_space("fine"), make_space("bad", pipeliner=elsewhere)])
    assert service.spaces() == []


def test_an_import_keeps_nothing_of_the_old_space(service: Service) -> None:
    service.import_spaces(
        [make_space(acton=ActOnAccess(account_id="1", username="a", password="s"))]
    )
    service.import_spaces([make_space(acton=ActOnAccess())])
    assert service.space("acme").acton == ActOnAccess()


def test_importing_again_is_how_unreadable_secrets_are_entered_anew(
    service: Service, store: Store
) -> None:
    other_keys = Store(store.database, Keyring.parse(generate_key()))
    with other_keys.write() as desk:
        desk.spaces.save(make_space(), now=at(0))
    (again,) = service.import_spaces([make_space(name="Readable")])
    assert not again.created
    assert service.space("acme").name == "Readable"


def test_an_approved_space_is_synced_from_its_next_sync_time_on(
    service: Service, clock: Clock
) -> None:
    service.import_spaces([make_space(status=SpaceStatus.PENDING)])
    clock.now = at(10)
    approved = service.approve("acme")
    assert approved.status is SpaceStatus.RUNNING
    assert approved.next_due_at == at(1, day=24)


def test_approving_a_running_space_changes_nothing(service: Service, clock: Clock) -> None:
    service.import_spaces([make_space()])
    clock.now = at(3)
    service.approve("acme")
    assert len(service.start_due()) == 1


def test_rotating_panel_keys_raises_the_epoch(service: Service) -> None:
    service.import_spaces([make_space()])
    service.rotate_panel_keys("acme")
    assert service.space("acme").panel_epoch == 2


def test_a_sweep_that_nobody_hears_stops_at_once_and_rings_again_the_next_time(
    service: Service, bell: FakeBell, clock: Clock
) -> None:
    service.import_spaces([make_space("acme"), make_space("other")])
    for space_id in ("acme", "other"):
        service.start(space_id)
    rung, bell.rung = bell.rung, []
    bell.goes_away, clock.now = True, clock.now + timedelta(minutes=2)
    with capture_logs() as lines:
        assert service.sweep() == 0
    assert [(one["event"], one["runs"]) for one in lines] == [("ring_failed", 2)]
    bell.goes_away = False
    assert service.sweep() == 2
    assert bell.rung == rung
    assert service.sweep() == 0


def test_a_sweep_without_a_bell_starts_nothing_that_nobody_would_hear_of(
    service: Service, bell: FakeBell, clock: Clock
) -> None:
    service.import_spaces([make_space()])
    clock.now = at(3)
    service.start_due()
    bell.away = True
    with pytest.raises(TryLater):
        service.sweep()


def test_behind_a_long_queue_a_ring_is_repeated_later(
    service: Service, bell: FakeBell, clock: Clock
) -> None:
    service.import_spaces([make_space()])
    run_id = service.start("acme").run.run_id
    bell.rung += range(1000, 1999)  # others, who wait before it
    clock.now += timedelta(minutes=10)
    assert service.sweep() == 0
    clock.now += timedelta(minutes=1)
    assert service.sweep() == 1
    assert bell.rung[-1] == run_id


# --- health ---------------------------------------------------------------------------------------


def test_health_names_what_is_away(service: Service, bell: FakeBell) -> None:
    assert service.health() == {"database": "", "migrations": "", "queue": ""}
    bell.away = True
    assert service.health()["queue"] == "The queue cannot be reached."
