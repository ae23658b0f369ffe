"""`doctor`: a report for support, without secrets and without people."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sync.cli import main
from sync.factory import Application
from sync.model import Counts, Problem, RunStatus, Trigger
from sync.settings import Settings
from tests.service.test_factory import settings_with
from tests.store.helpers import make_space

PLANTED = "planted-4711"
ENVIRONMENT = {
    "SECRET_KEYS": f"{PLANTED}-keys",
    "SYNC_TOKEN": f"{PLANTED}-token",
    "ACTON_CLIENT_ID": f"{PLANTED}-client",
    "ACTON_CLIENT_SECRET": f"{PLANTED}-secret",
    "DATABASE_URL": f"postgresql://user:{PLANTED}@db.example.com/{PLANTED}",
    "CACHE_URL": f"redis://:{PLANTED}@cache.example.com:6379/0",
    "PUBLIC_URL": f"https://user:{PLANTED}@acton.example.com/{PLANTED}",
    "OIDC_OPERATORS": f"{PLANTED}@example.com",
    "SENTRY_DSN": f"https://{PLANTED}@sentry.example.com/1",
    "METRICS_TOKEN": f"{PLANTED}-metrics",
    "OIDC_CLIENT_SECRET": f"{PLANTED}-oidc",
    "LOG_LEVEL": "debug",
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = settings_with(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with Application(settings) as application:
        application.upgrade_database()
        _live_through_a_bad_day(application)
    return settings


def _live_through_a_bad_day(application: Application) -> None:
    now = datetime.now(UTC)
    space = make_space(f"{PLANTED}_space")
    pipeliner = replace(space.pipeliner, username=PLANTED, password=PLANTED)
    with application.store.write() as desk:
        desk.spaces.save(replace(space, name=PLANTED, pipeliner=pipeliner), now=now)
        desk.spaces.set_next_due(space.space_id, now - timedelta(hours=3))
        run, _ = desk.runs.ask(space.space_id, now.date(), Trigger.MANUAL, now=now)
        epoch = desk.runs.claim(run.run_id, owner=PLANTED, lease_seconds=60)
        assert epoch is not None
        problem = Problem(kind="acton_credentials", message=PLANTED, hint=PLANTED)
        failed = RunStatus.FAILED
        desk.runs.finish(
            run.run_id, epoch, status=failed, counts=Counts(), problem=problem, now=now
        )


def examine(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words], obj=lambda: Application(settings))


def test_the_report_says_how_it_is_and_what_to_mend(settings: Settings) -> None:
    result = examine(settings)
    assert result.exit_code == 1
    assert "  database: SQLite" in result.stdout
    assert "  spaces: running 1" in result.stdout
    assert "  failures: acton_credentials 1" in result.stdout
    assert "  LOG_LEVEL: debug" in result.stdout
    assert "  SECRET_KEYS: set" in result.stdout
    assert "  DATABASE_URL: set (postgresql)" in result.stdout
    assert "  PUBLIC_URL: https://acton.example.com" in result.stdout
    assert "  METRICS_TOKEN: set" in result.stdout
    assert "  CACHE_URL: set (redis)" in result.stdout
    assert "  METRICS_DIR: default" in result.stdout
    assert "1. Spaces are due, and nobody has ever called POST /sync." in result.stdout


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_nothing_secret_and_nobody_is_in_it(settings: Settings, words: list[str]) -> None:
    assert PLANTED not in examine(settings, *words).output


def test_as_json_it_is_one_document(settings: Settings) -> None:
    report = json.loads(examine(settings, "--json").stdout)
    assert list(report) == ["versions", "settings", "health", "state", "findings"]
    assert report["state"]["failures"] == {"acton_credentials": 1}
    assert report["findings"][0]["hint"]


def test_where_all_is_well_it_ends_with_zero(settings: Settings) -> None:
    with Application(settings) as application:
        application.service.start_due()
        runs = application.service.runs(f"{PLANTED}_space")
        assert runs
    result = examine(settings)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("All is well.\n")


def test_settings_that_are_wrong_are_in_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEYS", "SYNC_TOKEN", "ACTON_CLIENT_ID", "ACTON_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 1
    assert "  SYNC_TOKEN: NOT SET" in result.stdout
    assert "SYNC_TOKEN is not set." in result.stdout


def test_an_address_that_is_none_neither_stops_the_report_nor_stands_in_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", f"https://[{PLANTED}")
    monkeypatch.setenv("CACHE_URL", f"redis://:{PLANTED}@[cache")
    done = examine(settings)
    assert "PUBLIC_URL: set (not an address)" in done.output
    assert "CACHE_URL: set (not an address)" in done.output
    assert PLANTED not in done.output


def test_without_tables_it_says_so_and_asks_no_more(tmp_path: Path) -> None:
    result = examine(settings_with(tmp_path))
    assert result.exit_code == 1
    assert "migrations: " in result.stdout
    assert "state:" not in result.stdout
