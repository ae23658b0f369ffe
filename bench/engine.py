"""How fast the engine is and how much memory it takes, without a network: `./run bench engine`.

A million rows in 20 lists, 2 % of the people over the threshold, against 10,000 rows; each in a
process of its own. Beside it, the naive way: all rows in one Python dictionary first.
"""

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from datetime import time as wall_time
from pathlib import Path

from sync.engine import EngineOptions, Runner
from sync.keyring import Keyring, generate_key
from sync.model import (
    ActOnAccess,
    ActOnAccount,
    ContactWrite,
    FieldMap,
    LeadWrite,
    ListInfo,
    PipelinerAccess,
    RowPage,
    ScorePage,
    ScoreReading,
    Space,
    SpaceSettings,
    SpaceStatus,
    Trigger,
    Written,
)
from sync.ports import CallCount, Connections, ScoreFields
from sync.store import Store, open_database
from tests.engine.fakes import FakePipeliner, all_fields

LISTS = 20
PAGE = 1000
ROWS_PER_PERSON = 1.25
SMALL, LARGE = 10_000, 1_000_000
HEADERS = ("_contact_id_", "First Name", "Last Name", "Company", "E-mail Address")
LIMITS = {"rows_per_second": 20_000, "extra_mb": 150}


class GeneratedActOn:
    """An account of any size whose pages are made when they are asked for."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.people = int(rows / ROWS_PER_PERSON)

    def fetch_account(self) -> ActOnAccount | None:
        return None

    def fetch_lists(self) -> Iterator[ListInfo]:
        for number in range(LISTS):
            yield ListInfo(
                list_id=f"l-{number:04x}", name=f"List {number}", size=None, is_source=True
            )

    def fetch_rows(self, list_id: str, *, offset: int = 0) -> Iterator[RowPage]:
        number, size = int(list_id[2:], 16), self.rows // LISTS
        while offset < size:
            rows = [
                _row(list_id, index, (number * size + index) % self.people)
                for index in range(offset, min(offset + PAGE, size))
            ]
            yield RowPage(
                list_id=list_id,
                offset=offset,
                total=size,
                headers=HEADERS,
                email_column=4,
                rows=rows,
            )
            offset += PAGE

    def find_score_fields(self) -> ScoreFields | None:
        return ScoreFields(score="score", email="email")

    def fetch_all_scores(self, fields: ScoreFields, *, page: int = 0) -> Iterator[ScorePage]:
        while page * PAGE < self.people:
            some = range(page * PAGE, min((page + 1) * PAGE, self.people))
            last = (page + 1) * PAGE >= self.people
            yield ScorePage(
                page=page,
                next_page=None if last else page + 1,
                scores=[(_address(person), "60" if person % 50 == 0 else "10") for person in some],
            )
            page += 1

    def fetch_score(self, list_id: str, record_id: str) -> ScoreReading:
        raise AssertionError("the scores are in All Contacts")


class ForgetfulPipeliner(FakePipeliner):
    """Takes every write and keeps only its number, so that the memory measured is the engine's."""

    def write_contacts(self, items: Sequence[ContactWrite], fields: FieldMap) -> list[Written]:
        return [Written(record_id=self._next_id("c")) for _ in items]

    def write_leads(self, items: Sequence[LeadWrite], fields: FieldMap) -> list[Written]:
        return [Written(record_id=self._next_id("l")) for _ in items]


def _address(person: int) -> str:
    return f"person.{person}@company{person % 997}.example.com"


def _row(list_id: str, index: int, person: int) -> list[str]:
    name = str(person)
    return [f"{list_id}:{index:x}", "First " + name, "Last", "Company Ltd", _address(person)]


def measure(rows: int) -> dict[str, float]:
    """One run over so many rows, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        keyring = Keyring.parse(generate_key())
        store = Store(open_database(f"sqlite:///{Path(folder) / 'store.db'}"), keyring)
        store.upgrade()
        space = Space(
            space_id="bench",
            name="Bench",
            time_zone="UTC",
            status=SpaceStatus.RUNNING,
            pipeliner=PipelinerAccess(service_url="https://x", username="u", password="p"),
            acton=ActOnAccess(account_id="1"),
            settings=SpaceSettings(
                threshold=40, sync_time=wall_time(2, 0), owner="anna@example.com"
            ),
        )
        now = datetime.now(UTC)
        with store.write() as desk:
            desk.spaces.save(space, now=now)
            desk.spaces.save_fields("bench", all_fields())
            run, _ = desk.runs.ask("bench", date(2026, 3, 3), Trigger.MANUAL, now=now)
        connections = Connections(
            acton=GeneratedActOn(rows), pipeliner=ForgetfulPipeliner(), calls=CallCount()
        )
        runner = Runner(
            store, lambda _, __: connections, keyring, owner="bench", options=EngineOptions()
        )
        began, cpu = time.perf_counter(), time.process_time()
        ended = runner.work(run.run_id)
        assert ended is not None
        assert ended.counts.adds_up
        assert ended.counts.rows == rows, ended
        return {
            "rows": rows,
            "created": ended.counts.created,
            "seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - cpu,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def measure_naive(rows: int) -> dict[str, float]:
    """The rival: every row in memory before anything is decided, as a first version would."""
    began, acton, people = time.perf_counter(), GeneratedActOn(rows), {}
    for page in acton.fetch_all_scores(ScoreFields(score="", email="")):
        people.update({address: int(score) for address, score in page.scores})
    found = [
        dict(zip(HEADERS, row, strict=True))
        for info in acton.fetch_lists()
        for page in acton.fetch_rows(info.list_id)
        for row in page.rows
    ]
    hits = [row for row in found if people[row["E-mail Address"]] >= 40]
    return {
        "rows": len(found),
        "created": len(hits),
        "seconds": time.perf_counter() - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _in_its_own_process(what: str, rows: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.engine", what, str(rows)],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure and print."""
    if len(sys.argv) == 3:
        measured = {"engine": measure, "naive": measure_naive}[sys.argv[1]](int(sys.argv[2]))
        print(json.dumps(measured))
        return
    small, large = (_in_its_own_process("engine", rows) for rows in (SMALL, LARGE))
    naive = _in_its_own_process("naive", LARGE)
    per_second = large["rows"] / large["cpu_seconds"]
    extra = large["peak_mb"] - small["peak_mb"]
    print(f"Machine: {platform.machine()}, Python {platform.python_version()}, SQLite")
    for name, one in (("10,000 rows", small), ("1,000,000 rows", large)):
        print(
            f"{name}: {one['seconds']:.1f} s, {one['cpu_seconds']:.1f} s of CPU, "
            f"peak {one['peak_mb']:.0f} MB, {one['created']} Leads"
        )
    print(f"naive, all in memory: {naive['seconds']:.1f} s, peak {naive['peak_mb']:.0f} MB")
    print(
        f"rows a second of CPU: {per_second:,.0f} "
        f"({per_second / LIMITS['rows_per_second']:.2f} x the budget of 20,000)"
    )
    print(f"memory beyond the small run: {extra:.0f} MB ({extra / LIMITS['extra_mb']:.2f} x 150)")
    naive_extra = naive["peak_mb"] - small["peak_mb"]
    print(f"memory against the naive way: {extra / naive_extra:.2f}")


if __name__ == "__main__":
    main()
