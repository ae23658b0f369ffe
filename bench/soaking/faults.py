"""What goes wrong in the week, on days that the schedule names; and who mends what does not pass.

The large faults meet the daily run, which is where they hurt most. Small ones meet any call.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench.soaking.crm_people import is_office_hour
from bench.soaking.house import House
from bench.soaking.machines import Doom, Machine
from bench.soaking.moving import MovedEvent, Process, vanish
from sync.errors import IntegrationError
from sync.factory import Application
from sync.model import RunStatus
from sync.sandbox.faults import Fault
from sync.sandbox.options import ACCOUNT_ID, SPACE_ID

EVER: Final = 10**9
RESTART_SECONDS: Final = 120.0  # until a process or the database is there again
FROZEN_SECONDS: Final = 300.0  # far longer than a lease
SMALL_SHARE: Final = 0.02  # of all calls; half of what is drawn does not fit the call
SMALL: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "rate_limited", "api": "acton", "times": 3},
    {"kind": "rate_limited", "api": "pipeliner", "times": 2, "retry_after": 2},
    {"kind": "server_error", "times": 2, "status": 503},
    {"kind": "expired_token", "api": "acton"},
    {"kind": "lost_answer", "api": "pipeliner", "method": "POST", "path": "batch"},
    {"kind": "dropped", "api": "pipeliner", "method": "POST", "path": "batch"},
    {"kind": "lost_answer", "method": "GET"},
    {"kind": "nonsense", "api": "acton", "form": "truncated", "path": "^/api|^/ucl"},
)


@dataclass(frozen=True, kw_only=True)
class Span:
    """When something was wrong, for the plot."""

    name: str
    begin: float
    end: float


@dataclass
class Faults:
    """The schedule. `workers` are the names of processes that may be killed or frozen."""

    house: House
    spans: list[Span] = field(default_factory=list)
    small: int = 0
    killed: int = 0
    _over: bool = False

    def __post_init__(self) -> None:
        self._random = self.house.random("faults")
        self._days: tuple[tuple[str, Callable[[datetime], None]], ...] = (
            ("database away", self._restart_database)
            if self.house.place.can_go_away
            else ("nothing", lambda run_at: None),
            ("worker killed", self._kill),
            ("Act-On away", self._away),
            ("answers lost", self._lose_answers),
            ("worker frozen", self._freeze),
            ("log-in refused", self._refuse_log_in),
            ("quota gone", self._end_quota),
        )

    def live_by_day(self, due: Callable[[datetime], datetime]) -> None:
        """Each day its own trouble. `due` says when the next daily run is, in UTC."""
        for number in range(self.house.size.days):
            run_at = due(self.house.clock.now)
            self.house.clock.sleep_until(run_at - timedelta(minutes=90))
            begun = self.house.clock.at
            name, befall = self._days[number % len(self._days)]
            befall(run_at)
            if name != "nothing":
                self.spans.append(Span(name=name, begin=begun, end=self.house.clock.at))
            self.house.clock.sleep_until(run_at + timedelta(seconds=1))

    def end(self) -> None:
        """Nothing goes wrong any more."""
        self._over = True
        self._plan.clear()

    def meet(self, api: str, method: str, path: str) -> None:
        """A call is about to be sent: now and then one goes wrong, in one way or another."""
        if self._over or self._random.random() >= SMALL_SHARE:
            return
        values = dict(self._random.choice(SMALL))
        fault = self.house.sandbox.plan_fault(**values)
        if fault.meets(api, method, path):
            self.small += 1
        else:
            self._plan.remove(fault)

    @property
    def _plan(self) -> list[Fault]:
        return self.house.sandbox.sandbox.faults.faults

    # --- the large ones --------------------------------------------------------------------------

    def _kill(self, run_at: datetime) -> None:
        """Whoever takes the run dies at one of its calls."""
        self._doom_workers(run_at, lambda process: vanish(), may_come_before=True)

    def live_as_supervisor(self) -> None:
        """Whoever looks after processes: one that is gone is started anew."""
        while True:
            self.house.clock.sleep(30)
            for machine in [one for one in self._workers() if one.process.killed]:
                self.killed += 1
                self.house.clock.sleep(RESTART_SECONDS)
                del self.house.machines[machine.process]
                self.house.start_worker(machine.process.name)

    def _freeze(self, run_at: datetime) -> None:
        """Whoever takes the run stands still for five minutes, wakes up and believes to have it."""

        def freeze(process: Process) -> None:
            process.frozen_until = self.house.clock.at + FROZEN_SECONDS
            self.house.clock.sleep(0)

        self._doom_workers(run_at, freeze)

    def _restart_database(self, run_at: datetime) -> None:
        """In the middle of the run our database breaks all lines, and is away for two minutes."""
        gone = MovedEvent()

        def go_away(_: Process) -> None:
            if not gone.is_set():
                self.house.place.go_away()
                gone.set()

        def come_back() -> None:
            gone.wait()
            self.house.clock.sleep(RESTART_SECONDS)
            self.house.place.come_back()

        self.house.clock.start(come_back, name="database")
        self._doom_workers(run_at, go_away)

    def _doom_workers(
        self,
        run_at: datetime,
        befall: Callable[[Process], None],
        *,
        may_come_before: bool = False,
    ) -> None:
        """Each worker meets this at one of its calls within the hour, if it makes as many."""
        self.house.clock.sleep_until(run_at - timedelta(minutes=1))
        for machine in self._workers():
            machine.calls, after = 0, self._random.randint(3, 25)
            before = may_come_before and after % 2 == 0
            machine.doom = Doom(after=after, befall=befall, before=before)
        self.house.clock.sleep(3_600)
        self._spare_workers()

    def _spare_workers(self) -> None:
        for machine in self._workers():
            machine.doom = None

    def _workers(self) -> list[Machine]:
        return [
            one for one in self.house.machines.values() if one.process.name.startswith("worker")
        ]

    def _away(self, run_at: datetime) -> None:
        self.house.clock.sleep_until(run_at - timedelta(hours=1))
        with_it = {"kind": "server_error", "api": "acton", "status": 503, "times": EVER}
        self._while_planned(with_it, run_at + timedelta(hours=6))

    def _end_quota(self, run_at: datetime) -> None:
        """Somebody else has used the account's calls up, until the quota day ends."""
        midnight = datetime.combine(run_at.date() + timedelta(days=1), datetime.min.time(), UTC)
        path = "^/api|^/ucl"
        fault = {"kind": "rate_limited", "api": "acton", "path": path, "times": EVER}
        self._while_planned(fault, midnight)

    def _while_planned(self, values: dict[str, Any], end: datetime) -> None:
        planned = self.house.sandbox.plan_fault(**values)
        self._plan.insert(0, self._plan.pop(self._plan.index(planned)))
        self.house.clock.sleep_until(end)
        if planned in self._plan:  # the week may have ended
            self._plan.remove(planned)

    def _lose_answers(self, run_at: datetime) -> None:
        for method in ("POST", "PATCH"):
            for _ in range(2):
                self.house.sandbox.plan_fault(
                    kind="lost_answer", api="pipeliner", method=method, path="batch", after=0
                )
        self.house.clock.sleep_until(run_at + timedelta(hours=1))

    def _refuse_log_in(self, run_at: datetime) -> None:
        """Somebody changes the password in Act-On, and tells nobody until the admin sees it."""
        self.house.change("change_password", password=f"changed-{self._random.randrange(1000)}")
        world = self.house.sandbox.sandbox
        with world.world.lock:
            world.tokens.revoke(ACCOUNT_ID)
        changed = world.world.demo.password
        while self.house.password != changed:
            self.house.clock.sleep(300)


@dataclass
class Admin:
    """Looks at the space in office hours: enters a password that was changed, and starts a run
    by hand where the last one failed."""

    house: House
    application: Application
    retried: int = 0
    reconnected: int = 0

    def live(self) -> None:
        """One look every half an hour."""
        zone = ZoneInfo(self.house.size.zone)
        while True:
            self.house.clock.sleep(1_800)
            now = self.house.clock.now
            # Weekends too: a run that failed is mailed to somebody.
            if is_office_hour(now, zone) or 9 <= now.astimezone(zone).hour < 12:
                self._look()

    def _look(self) -> None:
        try:
            self._mend()
        except IntegrationError as error:
            self.house.note_problem(error)

    def _mend(self) -> None:
        last = next(iter(self.application.service.runs(SPACE_ID, 1)), None)
        if last is None or last.status is not RunStatus.FAILED:
            return
        password = self.house.sandbox.world.demo.password
        if self.house.password != password:
            self.house.password = password
            self.house.import_space(self.application)
            self.reconnected += 1
        self.application.service.start(SPACE_ID)
        self.retried += 1
