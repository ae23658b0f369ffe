"""What processes count, and that documents, dashboard and alerts speak of exactly that."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sync import metrics
from sync.errors import SetupError
from sync.metrics import ASKED, COUNTED, PREFIX, Figure, Metric, exposition, keep_in
from sync.model import OPEN_STATUSES, RunStatus, SpaceStatus
from tests.counting import counted

TOP = Path(__file__).parents[2]
MONITORING = TOP / "docs" / "monitoring"
EVERY = (*COUNTED, *ASKED)
PARTS = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
SERIES = {PREFIX + one.name + part for one in EVERY for part in PARTS[one.kind]}


def documented() -> list[str]:
    text = (TOP / "docs" / "monitoring.md").read_text("utf-8")
    between = text.partition("<!-- metrics -->")[2].partition("<!-- /metrics -->")[0]
    return between.strip().splitlines()


def test_the_document_has_every_metric_as_the_code_has_it() -> None:
    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for how, some in (("counted", COUNTED), ("asked", ASKED)):
        for one in some:
            labels = ", ".join(f"`{label}`" for label in one.labels) or "–"
            rows.append(f"| `{one.name}` | {one.kind}, {how} | {labels} | {one.meaning} |")
    assert documented() == rows


def test_names_follow_the_conventions() -> None:
    names = [one.name for one in EVERY]
    assert len(set(names)) == len(names)
    for one in EVERY:
        assert re.fullmatch(r"[a-z][a-z_]*", one.name)
        assert one.name.endswith("_total") is (one.kind == "counter")
        assert one.meaning.endswith(".")


def expressions() -> dict[str, str]:
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text("utf-8"))
    found = {
        f"panel {panel['title']} {target['refId']}": target["expr"]
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }
    rules = (MONITORING / "alerts.yml").read_text("utf-8")
    for alert, expr in re.findall(
        r"alert: (\w+)\n +expr: (?:>-\n)?((?:.+\n)+?) +(?:for|labels):", rules
    ):
        found[f"alert {alert}"] = expr
    return found


EXPRESSIONS = expressions()


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_dashboard_and_alerts_ask_for_what_there_is(place: str) -> None:
    expr = EXPRESSIONS[place]
    named = set(re.findall(rf"{PREFIX}\w+", expr))
    assert named
    assert named <= SERIES, f"{place} asks for {named - SERIES}"
    assert expr.count("(") == expr.count(")")
    labels = {label for one in EVERY for label in one.labels} | {"le"}
    told = re.findall(r"(\w+)(?:=~|!=|=)\"", expr) + [
        label for group in re.findall(r"by \(([^)]*)\)", expr) for label in group.split(", ")
    ]
    assert set(told) <= labels


STATUSES = {
    "spaces": {one.value for one in SpaceStatus},
    "runs_open": {one.value for one in OPEN_STATUSES},
    "runs_ended_last_day": {one.value for one in RunStatus} - {one.value for one in OPEN_STATUSES},
}


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_dashboard_and_alerts_ask_for_statuses_that_there_are(place: str) -> None:
    asked = re.findall(rf'{PREFIX}(\w+){{status=~?"([^"]+)"}}', EXPRESSIONS[place])
    unknown = [
        (name, status)
        for name, statuses in asked
        for status in statuses.split("|")
        if name in STATUSES and status not in STATUSES[name]
    ]
    assert unknown == []


def test_every_alert_is_read_and_every_metric_is_watched_somewhere() -> None:
    rules = (MONITORING / "alerts.yml").read_text("utf-8")
    alerts = [place for place in EXPRESSIONS if place.startswith("alert ")]
    assert len(alerts) == rules.count("- alert:") > 8
    watched = " ".join(EXPRESSIONS.values())
    assert [one.name for one in EVERY if PREFIX + one.name not in watched] == []


def test_panels_do_not_lie_over_each_other() -> None:
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text("utf-8"))
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    cells = [
        (x, y)
        for one in places
        for x in range(one["x"], one["x"] + one["w"])
        for y in range(one["y"], one["y"] + one["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


# --- telling them --------------------------------------------------------------------------------


def lines(figures: list[Figure]) -> list[str]:
    text = exposition(figures).decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_figures_are_told_with_their_labels() -> None:
    one = Figure(metric=metrics.SPACES, values={("running",): 3, ("paused",): 1})
    other = Figure(metric=metrics.QUEUE_DEPTH, values={(): 7})
    told = lines([one, other])
    assert 'acton_pipeliner_spaces{status="running"} 3.0' in told
    assert 'acton_pipeliner_spaces{status="paused"} 1.0' in told
    assert "acton_pipeliner_queue_depth 7.0" in told


def test_labels_from_outside_cannot_make_up_lines() -> None:
    odd = 'x"} 1\nacton_pipeliner_forged 1\n#'
    told = lines([Figure(metric=metrics.SPACES, values={(odd,): 1})])
    assert [line for line in told if line.startswith("acton_pipeliner_forged")] == []


def test_what_is_counted_is_told() -> None:
    name = metrics.API_CALLS
    before = counted('api_calls_total{api="Act-On",outcome="2xx"}')
    name.add("Act-On", "2xx")
    name.add("Act-On", "2xx", amount=2)
    assert counted('api_calls_total{api="Act-On",outcome="2xx"}') == before + 3


def test_nothing_more_makes_no_series() -> None:
    metrics.ROWS.add("never seen", amount=0)
    assert not any("never seen" in line for line in lines([]))


def test_times_fall_into_buckets() -> None:
    metrics.API_SECONDS.time(0.2, "A vendor of this test")
    told = [line for line in lines([]) if "A vendor of this test" in line]
    assert any('le="0.25"' in line and line.endswith(" 1.0") for line in told)
    assert any('le="0.1"' in line and line.endswith(" 0.0") for line in told)


COUNTING = """
import os, sys
from sync import metrics
metrics.keep_in(sys.argv[1])
if os.fork() == 0:
    metrics.RUNS_ENDED.add("succeeded", amount=5)
    os._exit(0)
os.wait()
metrics.RUNS_ENDED.add("succeeded", amount=2)
sys.stdout.buffer.write(metrics.exposition())
"""


def in_a_process(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=TOP,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_processes_that_share_a_folder_tell_the_sum(tmp_path: Path) -> None:
    told = in_a_process(COUNTING, tmp_path / "numbers")
    assert 'acton_pipeliner_runs_ended_total{status="succeeded"} 7.0' in told


BEGINNING_AT_ONCE = """
import functools, threading, time
import prometheus_client

class Cached:  # as Python has it from 3.12 on: without a lock
    def __init__(self, make):
        self.make, self.name = make, make.__name__
    def __get__(self, owner, kind):
        if self.name not in owner.__dict__:
            owner.__dict__[self.name] = self.make(owner)
        return owner.__dict__[self.name]

class SlowCounter(prometheus_client.Counter):
    def __init__(self, *args, **named):
        time.sleep(0.2)  # all threads are there by then
        super().__init__(*args, **named)

functools.cached_property, prometheus_client.Counter = Cached, SlowCounter
from sync import metrics

def count():
    metrics.RUNS_ENDED.add("succeeded")

threads = [threading.Thread(target=count) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(metrics.exposition().decode())
"""


def test_threads_that_begin_to_count_at_once_are_all_counted(tmp_path: Path) -> None:
    told = in_a_process(BEGINNING_AT_ONCE, tmp_path)
    assert 'acton_pipeliner_runs_ended_total{status="succeeded"} 8.0' in told


def test_numbers_of_processes_that_are_no_more_are_dropped_at_the_next_start(
    tmp_path: Path,
) -> None:
    in_a_process(COUNTING, tmp_path)
    kept = tmp_path / "counter_of_somebody_else.db"
    kept.write_bytes(b"")
    told = in_a_process(
        "import sys\nfrom sync import metrics\nmetrics.keep_in(sys.argv[1])", tmp_path
    )
    assert told == ""
    assert list(tmp_path.glob("*.db")) == [kept]


def test_a_folder_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="METRICS_DIR names a folder that cannot be used"):
        keep_in(str(tmp_path / "file"))


def test_a_disk_that_is_full_fails_nothing_that_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Metric, "_of", full)
    metrics.RUNS_ENDED.add("succeeded")
    metrics.WEB_SECONDS.time(0.1, "panel", "2xx")


def test_a_metric_is_a_value_like_any_other() -> None:
    one = Metric(name="a", kind="gauge", meaning="A.")
    assert one == Metric(name="a", kind="gauge", meaning="A.")
