"""An Act-On account of few calls a day, whose scores can only be asked for one by one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from sync.model import Activity, ActOnAccount, ListInfo, RowPage, Run, RunStatus, ScoreReading
from sync.ports import CallCount, Connections, ScoreFields
from sync.service import Service, StartedRun
from sync.store.allowances import RowAllowance
from tests.engine.conftest import World
from tests.engine.fakes import FakeActOn
from tests.reliability.bells import Bell

DATED = ("_contact_id_", "E-mail Address", "Modified Date")
BEGIN = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
HOT = 7  # of so many people one has reached the threshold
THRESHOLD = 40


class MeteredActOn(FakeActOn):
    """Each call takes one of the day's, as the real client does before it sends."""

    def __init__(self, allowance: RowAllowance) -> None:
        super().__init__()
        self.has_all_contacts = False
        self.calls = CallCount()
        self.interactive = False
        self._allowance = allowance
        self._by_record: dict[str, ScoreReading] = {}

    def fill(self, people: int) -> None:
        """One list; whoever stands last in it was modified last, every seventh is hot."""
        self.add_list("l-0001", "Spring", DATED)
        for number in range(people):
            changed = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
            self.add_row("l-0001", f"p{number}@example.com", f"{changed:%Y-%m-%d %H:%M:%S}")
            score = 50 if number % HOT == 0 else 10
            self._by_record[f"l-0001:{number:x}"] = ScoreReading(score=score)

    def fetch_account(self) -> ActOnAccount | None:
        self._take()
        return super().fetch_account()

    def find_score_fields(self) -> ScoreFields | None:
        self._take()
        return super().find_score_fields()

    def fetch_lists(self) -> Iterator[ListInfo]:
        self._take()
        yield from super().fetch_lists()

    def fetch_rows(self, list_id: str, *, offset: int = 0) -> Iterator[RowPage]:
        for page in super().fetch_rows(list_id, offset=offset):
            self._take()
            yield page

    def fetch_score(self, list_id: str, record_id: str) -> ScoreReading:
        self._take()
        self.asked.append(f"score {record_id}")
        return self._by_record[record_id]

    def fetch_activity(self, list_id: str, record_id: str) -> Activity:
        self._take(interactive=True)
        return Activity(score=self._by_record[record_id].score, deeds=())

    def _take(self, *, interactive: bool = False) -> None:
        self._allowance.take(interactive=interactive)
        self.calls.acton += 1


class SmallBudget(World):
    """A space on such an account, with a cron that calls every hour and a clock of its own."""

    acton: MeteredActOn

    def __init__(self, folder: Path, *, people: int, budget: int, url: str | None = None) -> None:
        super().__init__(folder, database_url=url)
        self.time, self.budget, self.bell = BEGIN, budget, Bell()
        self.acton = MeteredActOn(self.allowance())
        self.acton.fill(people)
        self.choose(threshold=THRESHOLD, daily_call_budget=budget)
        with self.store.write() as desk:
            desk.spaces.set_next_due(self.space.space_id, self.time)

    def allowance(self) -> RowAllowance:
        def clock(connection: Connection) -> datetime:
            return self.time

        return RowAllowance(
            self.store.database,
            "acton",
            per_second=1_000_000,
            per_window=self.budget,
            sleep=lambda seconds: None,
            clock=clock,
        )

    def connections(self) -> Connections:
        self.acton.calls = CallCount()
        return Connections(acton=self.acton, pipeliner=self.pipeliner, calls=self.acton.calls)

    def service(self) -> Service:
        return Service(
            self.store,
            lambda space, guard: self.connections(),
            self.bell,
            allow_host=lambda url: None,
            options=self.options,
            now=lambda: self.time,
        )

    def cron_calls(self) -> list[StartedRun]:
        return self.service().start_due()

    def worker_sweeps(self) -> Run | None:
        """A worker looks for runs that nobody works on, and does the one it finds."""
        self.bell.rung.clear()
        self.service().sweep(quiet_seconds=0)
        return self.runner().work(self.bell.rung[0]) if self.bell.rung else None

    def live_through(self, *, most_days: int) -> Iterator[Run]:
        """The run at the end of each day's work, until it is no longer paused."""
        for _ in range(most_days):
            self.cron_calls()
            run = self.worker_sweeps()
            assert run is not None
            yield run
            if run.status is not RunStatus.PAUSED:
                return
            assert run.resume_at is not None
            self.time = run.resume_at + timedelta(minutes=5)

    def asked_for(self) -> list[int]:
        """The places of the people whose scores were asked for, in order."""
        marks = [one.partition(" l-0001:")[2] for one in self.acton.asked if "score" in one]
        return [int(mark, 16) for mark in marks if mark]
