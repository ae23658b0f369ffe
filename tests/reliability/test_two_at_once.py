"""Two at once: workers, cron calls, a run by hand, Refresh. There is one run, and one Lead.

On SQLite and on PostgreSQL, with threads that begin at the same moment.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Lock

import pytest
from sqlalchemy import func, select

import sync.clock
from sync.engine import EngineOptions
from sync.factory import Application
from sync.model import (
    ContactWrite,
    FieldMap,
    LeadWrite,
    PersonRecord,
    ReadBy,
    Run,
    RunStatus,
    ScoreSource,
    Trigger,
    WriteResult,
)
from sync.panel import Panel, PanelOptions, PanelView, Pass
from sync.rules.keys import person_digest
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.service import Service, StartedRun
from sync.store.tables import runs
from sync.worker import Worker, work_off
from tests.databases import Server
from tests.engine.conftest import World
from tests.panel.fakes import ActOn, Pipeliner
from tests.reliability.bells import Bell
from tests.reliability.sandboxed import SPACE, NobodyWaits, demo_space, open_product
from tests.store.helpers import at_once

ANN, BOB = "ann@example.com", "bob@example.com"
AT_ONCE = 6


class SafePipeliner(Pipeliner):
    """One that takes one batch at a time, as the real one does for each record."""

    def __init__(self) -> None:
        super().__init__()
        self._one_at_a_time = Lock()

    def write_contacts(
        self, items: Sequence[ContactWrite], fields: FieldMap
    ) -> Sequence[WriteResult]:
        self.before_write("Contacts")
        with self._one_at_a_time:
            results = [self._write_contact(item) for item in items]
        self.after_write("Contacts")
        return results

    def write_leads(self, items: Sequence[LeadWrite], fields: FieldMap) -> Sequence[WriteResult]:
        self.before_write("Leads")
        with self._one_at_a_time:
            results = [self._write_lead(item) for item in items]
        self.after_write("Leads")
        return results


class House(World):
    """A space with everybody who may come at once: cron, worker, admin, and who reads the panel."""

    acton: ActOn
    pipeliner: SafePipeliner

    def __init__(self, folder: Path, *, database_url: str) -> None:
        super().__init__(folder, database_url=database_url)
        self.acton, self.pipeliner = ActOn(), SafePipeliner()
        self.acton.add_list("l-0001", "Spring")
        self.bell = Bell()

    def service(self) -> Service:
        """What a process of its own would have."""
        return Service(
            self.store,
            lambda space, guard: self.connections(),
            self.bell,
            allow_host=lambda url: None,
            options=EngineOptions(),
            now=lambda: self.time,
        )

    def is_due(self) -> None:
        with self.store.write() as desk:
            for space in desk.spaces.all():
                desk.spaces.set_next_due(space.space_id, self.time - timedelta(minutes=1))

    def runs(self) -> list[Run]:
        with self.store.read() as desk:
            return desk.runs.of_space(self.space.space_id, 100)

    def refresh(self, address: str = ANN) -> PanelView:
        """Somebody opens the panel of a person's Contact and presses Refresh."""
        self.time += timedelta(minutes=1)
        panel = Panel(
            self.store,
            lambda space, deadline: self.connections(),
            self.keyring,
            PanelOptions(),
            now=lambda: self.time,
            sleep=lambda seconds: None,
        )
        record = self.record(address)
        return panel.refresh(
            Pass(
                space_id=self.space.space_id,
                epoch=1,
                contact_id=record.contact_id,
                user="u1",
                opened_at=self.time,
            )
        )

    def record(self, address: str = ANN) -> PersonRecord:
        person = person_digest(self.space.space_id, address)
        with self.store.read() as desk:
            return desk.people.for_persons(self.space.space_id, [person])[person]

    def shown(self, address: str = ANN) -> tuple[int | None, list[int | None]]:
        """The scores that Pipeliner shows on the Contact and the Leads of an address."""
        contact_id = self.record(address).contact_id or ""
        leads = [one for one in self.pipeliner.leads.values() if contact_id in one.contact_ids]
        return self.pipeliner.contacts[contact_id].score, [one.score for one in leads]


@pytest.fixture
def house(tmp_path: Path, server: Server) -> Iterator[House]:
    made = House(tmp_path, database_url=server.lend())
    yield made
    made.store.database.close()


def once(deed: Callable[[], object], *, when: Callable[..., bool]) -> Callable[..., None]:
    """A hook that does the deed the first time that `when` says so."""
    left = [deed]

    def hook(*said: object) -> None:
        if left and when(*said):
            left.pop()()

    return hook


# --- workers ------------------------------------------------------------------------------------


def test_of_many_workers_at_once_one_does_the_run(house: House) -> None:
    for number in range(5):
        house.acton.add_person("l-0001", f"p{number}@example.com", score=50)
    run_id = house.ask()
    done = at_once(*[lambda: house.runner().work(run_id)] * AT_ONCE)
    [run] = [one for one in done if one is not None]
    assert (run.status, run.counts.created, run.resumed) == (RunStatus.SUCCEEDED, 5, 0)
    assert len(house.pipeliner.leads) == len(house.pipeliner.contacts) == 5


def test_of_many_workers_who_find_an_abandoned_run_one_takes_it_over(house: House) -> None:
    for number in range(5):
        house.acton.add_person("l-0001", f"p{number}@example.com", score=50)
    run_id = house.ask()
    with house.store.write() as desk:
        assert desk.runs.claim(run_id, owner="dead", lease_seconds=60) == 1
    house.the_lease_runs_out(run_id)
    done = at_once(*[lambda: house.runner().work(run_id)] * AT_ONCE)
    [run] = [one for one in done if one is not None]
    assert (run.counts.created, run.resumed) == (5, 1)
    assert len(house.pipeliner.leads) == 5


# --- cron calls, and a run by hand --------------------------------------------------------------


def test_of_many_cron_calls_at_once_one_starts_the_run(house: House) -> None:
    house.is_due()
    answers = at_once(*[house.service().start_due for _ in range(AT_ONCE)])
    [run] = house.runs()
    assert sum(one.started for answer in answers for one in answer) == 1
    assert {one.run.run_id for answer in answers for one in answer} == {run.run_id}
    assert house.bell.rung == [run.run_id]


def test_many_cron_calls_at_once_start_one_run_in_each_of_many_spaces(house: House) -> None:
    others = [replace(house.space, space_id=f"space_{number}") for number in range(8)]
    with house.store.write() as desk:
        for space in others:
            desk.spaces.save(space, now=house.time)
    house.is_due()
    answers = at_once(*[house.service().start_due for _ in range(AT_ONCE)])
    started = [one.run.space_id for answer in answers for one in answer if one.started]
    assert sorted(started) == sorted(one.space_id for one in [house.space, *others])
    with house.store.read() as desk:
        assert desk.connection.scalar(select(func.count()).select_from(runs)) == 9


def test_a_cron_call_and_a_run_by_hand_at_once_make_one_run_at_a_time(house: House) -> None:
    house.acton.add_person("l-0001", ANN, score=50)
    house.is_due()
    space_id = house.space.space_id

    def by_hand() -> list[StartedRun]:
        return [house.service().start(space_id)]

    answers = at_once(*[by_hand, house.service().start_due] * 3)
    [run] = house.runs()
    assert {one.run.run_id for answer in answers for one in answer} == {run.run_id}
    assert sum(one.started for answer in answers for one in answer) == 1
    assert house.finish(run.run_id).counts.created == 1
    house.service().start_due()  # where the one by hand was quicker, that of the day comes now
    daily = [one for one in house.runs() if one.trigger is Trigger.DAILY]
    assert len(daily) == 1
    if daily[0].status is RunStatus.QUEUED:
        assert house.finish(daily[0].run_id).counts.unchanged == 1
    assert len(house.pipeliner.leads) == len(house.pipeliner.contacts) == 1


def test_a_run_by_hand_during_the_daily_one_is_the_daily_one(house: House) -> None:
    for number in range(3):
        house.acton.add_person("l-0001", f"p{number}@example.com", score=50)
    house.is_due()
    [daily] = house.service().start_due()
    by_hand: list[StartedRun] = []

    def somebody_starts_it(kind: str) -> None:
        by_hand.append(house.service().start(house.space.space_id))
        assert house.runner().work(daily.run.run_id) is None

    house.pipeliner.before_write = somebody_starts_it
    assert house.finish(daily.run.run_id).counts.created == 3
    assert {(one.run.run_id, one.started) for one in by_hand} == {(daily.run.run_id, False)}
    assert len(house.pipeliner.leads) == 3


# --- Refresh during a run -----------------------------------------------------------------------
# All Contacts says 60 when the run reads it; a moment later the person has 55, which Refresh reads.


@pytest.fixture
def ann(house: House) -> House:
    """Ann is linked with 50 points since yesterday; Bob too, so that there are two pages."""
    house.acton.page = 1
    for address in (ANN, BOB):
        house.acton.add_person("l-0001", address, score=50)
    assert house.sync().counts.created == 2
    house.a_day_passes()
    house.acton.set_score(ANN, 60)
    house.acton.knows(ANN, 55)
    return house


def shows_the_live_score(house: House) -> None:
    assert house.shown() == (55, [55])
    assert (house.record().score, house.record().read_by) == (55, ReadBy.REFRESH)
    assert len(house.pipeliner.leads) == len(house.pipeliner.contacts) == 2


def test_a_score_read_live_after_the_run_had_read_is_not_written_over(ann: House) -> None:
    ann.acton.before_page = once(ann.refresh, when=lambda list_id, offset: offset == 1)
    run = ann.sync()
    shows_the_live_score(ann)
    assert run.status is RunStatus.SUCCEEDED
    read_at = ann.record().score_read_at
    ann.a_day_passes()
    ann.acton.set_score(ANN, 70)
    assert ann.sync().counts.updated == 1
    assert ann.shown() == (70, [70])
    assert read_at is not None
    assert ann.record().read_by is ReadBy.SYNC


@pytest.mark.parametrize("kind", ["Contacts", "Leads"])
@pytest.mark.parametrize("moment", ["before_write", "after_write"])
def test_a_score_read_live_while_the_run_writes_its_own_is_the_last_word(
    ann: House, kind: str, moment: str
) -> None:
    setattr(ann.pipeliner, moment, once(ann.refresh, when=lambda said: said == kind))
    run = ann.sync()
    assert run.status is RunStatus.SUCCEEDED
    shows_the_live_score(ann)
    assert ann.sync().counts.adds_up


def test_a_run_that_writes_while_act_on_is_asked_live_leaves_the_live_score(ann: House) -> None:
    ann.acton.set_score(ANN, 60)
    ann.acton.knows(ANN, 50)  # what Pipeliner shows since yesterday

    def the_run_comes_in_between() -> None:
        ann.acton.before_answer = lambda: None
        assert ann.sync().counts.updated == 1

    ann.acton.before_answer = the_run_comes_in_between
    assert ann.refresh().score == 50
    assert ann.shown() == (50, [50])


def test_a_score_asked_for_after_somebody_had_read_it_live_counts(ann: House) -> None:
    ann.choose(score_source=ScoreSource.FACTS)
    ann.acton.before_page = once(ann.refresh, when=lambda list_id, offset: offset == 1)
    assert ann.sync().status is RunStatus.SUCCEEDED
    assert ann.shown() == (60, [60])
    assert (ann.record().score, ann.record().read_by) == (60, ReadBy.SYNC)


def test_where_rows_have_scores_of_their_own_a_live_one_changes_the_contact_only(
    house: House,
) -> None:
    house.choose(score_column="Points")
    headers = ("_contact_id_", "Points", "E-mail Address")
    house.acton.add_list("l-0002", "Scored", headers)
    house.acton.add_row("l-0002", "50", ANN)
    house.acton.add_list("l-0003", "Later")
    house.sync()
    house.a_day_passes()
    house.acton.rows["l-0002"][0][1] = "60"
    house.acton.knows(ANN, 55)
    house.acton.before_page = once(house.refresh, when=lambda list_id, _: list_id == "l-0003")
    house.sync()
    assert house.shown() == (55, [60])


def test_a_person_read_live_as_below_the_threshold_gets_no_further_lead(ann: House) -> None:
    ann.acton.add_list("l-0002", "Summer")
    ann.acton.add_person("l-0002", ANN)
    ann.acton.add_list("l-0003", "Autumn")
    ann.acton.knows(ANN, 5)
    ann.acton.before_page = once(ann.refresh, when=lambda list_id, _: list_id == "l-0003")
    run = ann.sync()
    assert run.counts.skipped == {"below_threshold": 1}
    assert ann.shown() == (5, [5])


def test_however_often_somebody_presses_refresh_all_say_the_same_in_the_end(ann: House) -> None:
    for number in range(20):
        ann.acton.add_person("l-0001", f"p{number}@example.com", score=50)
    ann.options = replace(ann.options, batch_size=3)
    ended = Event()

    def do_the_run() -> None:
        try:
            assert ann.sync().status is RunStatus.SUCCEEDED
        finally:
            ended.set()

    def press() -> None:
        score = 41
        while not ended.is_set():
            score = 41 + (score + 1) % 50
            ann.acton.knows(ANN, score)
            ann.refresh()

    at_once(do_the_run, press)
    contact, leads = ann.shown()
    assert leads == [contact] == [ann.record().score]
    assert len(ann.pipeliner.leads) == 22


# --- the whole product --------------------------------------------------------------------------


def test_two_processes_that_do_everything_at_once_make_each_lead_once(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.clock, "time", NobodyWaits)
    url, stop = server.lend(), Event()
    with RunningSandbox(SandboxOptions(limits=False)) as sandbox, ExitStack() as stack:
        processes = [stack.enter_context(open_product(tmp_path, sandbox, url)) for _ in range(2)]
        processes[0].service.import_spaces([demo_space(sandbox)])
        processes[0].service.provision(SPACE)
        with processes[0].store.write() as desk:
            desk.spaces.set_next_due(SPACE, datetime(2026, 1, 1, tzinfo=UTC))

        def cron_and_work(process: Application) -> None:
            process.service.start_due()
            process.service.start(SPACE)
            work_off(Worker(process, process.queue, stop), process, stop)

        at_once(*[partial(cron_and_work, process) for process in processes * 2])
        keys = [one["cf_act_on_key"] for one in sandbox.leads() if one.get("cf_act_on_key")]
        runs_of_the_space = processes[0].service.runs(SPACE)
    assert len(keys) == len(set(keys)) == 37
    assert sum(run.counts.created for run in runs_of_the_space) == 37
    assert {run.status for run in runs_of_the_space} == {RunStatus.SUCCEEDED}
    assert sum(run.trigger is Trigger.DAILY for run in runs_of_the_space) <= 1
