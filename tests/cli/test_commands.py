"""Commands about the installation: checks, database, secrets; and how any command may fail."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sync.cli import main
from sync.errors import TryLater
from sync.service import Checked
from sync.settings import load_settings

from .conftest import FakeApplication, FakeService, make_space

Shell = Callable[..., Result]


def bare(*words: str) -> Result:
    """Type words at a shell where nothing is set up."""
    return CliRunner().invoke(main, words, catch_exceptions=False)


def test_findings_are_numbered_and_all_well_is_0(shell: Shell, service: FakeService) -> None:
    service.findings = [Checked(subject="acme_sales: hosts")]
    result = shell("check")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "  1. ok       settings",
        "  2. ok       database",
        "  3. ok       migrations",
        "  4. ok       queue",
        "  5. ok       acme_sales: hosts",
        "All is well.",
    ]


def test_a_problem_comes_with_what_to_do_and_exit_1(shell: Shell, service: FakeService) -> None:
    service.findings = [
        Checked(subject="acme_sales: owner", problem="No such user.", hint="Choose another."),
        Checked(subject="acme_sales: page", problem="No page.", is_error=False),
    ]
    result = shell("check")
    assert result.exit_code == 1
    assert "  5. problem  acme_sales: owner: No such user.\n     What to do: Choose another." in (
        result.stdout
    )
    assert "  6. note     acme_sales: page: No page." in result.stdout
    assert result.stdout.endswith("1 to mend.\n")


def test_vendors_are_not_asked_while_the_database_is_unwell(
    shell: Shell, service: FakeService
) -> None:
    service.problems = {"migrations": "The tables are missing."}
    service.findings = [Checked(subject="acme_sales: hosts")]
    result = shell("check")
    assert result.exit_code == 1
    assert "acme_sales" not in result.stdout


def test_check_lists_every_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_TOKEN", "short-but-secret")
    result = bare("check")
    assert result.exit_code == 1
    assert "  1. problem  settings: SECRET_KEYS is not set." in result.stdout
    assert "SYNC_TOKEN needs at least 32 characters" in result.stdout
    assert "short-but-secret" not in result.output


def test_without_settings_a_command_says_which_and_shows_no_traceback() -> None:
    result = bare("space", "list")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Problem: SECRET_KEYS is not set." in result.stderr
    assert "Problem: ACTON_CLIENT_ID is not set." in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["run"], ["run", "a", "b"], ["retry", "x"], ["runs", "a", "--limit", "0"]],
)
def test_wrong_usage_is_64_and_not_mistaken_for_a_run_that_fell_short(words: list[str]) -> None:
    result = bare(*words)
    assert result.exit_code == 64
    assert "Usage:" in result.stderr


def test_help_names_the_exit_codes() -> None:
    result = bare("--help")
    assert result.exit_code == 0
    assert "2 a run fell short" in " ".join(result.stdout.split())


def test_every_promised_command_is_there() -> None:
    promised = {"check", "db", "space", "fields", "preview", "run", "runs", "retry", "worker"}
    promised |= {"sandbox", "outcomes", "secrets", "operator", "approve-creates", "doctor"}
    assert promised == set(main.commands)


def test_a_new_secret_serves_as_key_and_as_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEYS", bare("secrets", "new").stdout.strip())
    monkeypatch.setenv("SYNC_TOKEN", bare("secrets", "new").stdout.strip())
    monkeypatch.setenv("ACTON_CLIENT_ID", "client")
    monkeypatch.setenv("ACTON_CLIENT_SECRET", "secret")
    settings = load_settings()
    assert settings.secret_keys.get_secret_value() not in settings.sync_tokens


def test_the_database_is_upgraded(shell: Shell, application: FakeApplication) -> None:
    result = shell("db", "upgrade")
    assert result.exit_code == 0
    assert application.upgraded


def test_a_database_of_a_newer_version_is_left_as_it_is_without_an_error(
    shell: Shell, application: FakeApplication
) -> None:
    application.is_newer = True  # as after a platform went back to the version before
    result = shell("db", "upgrade")
    assert result.exit_code == 0
    assert "A newer version" in result.output
    assert not application.upgraded


def test_a_server_that_is_away_is_a_sentence() -> None:
    def away() -> FakeApplication:
        raise TryLater("The database cannot be reached.", hint="Start it.")

    result = CliRunner().invoke(main, ["space", "list"], obj=away, catch_exceptions=False)
    assert result.exit_code == 1
    assert result.stderr == "Problem: The database cannot be reached.\nWhat to do: Start it.\n"


# --- spaces ---------------------------------------------------------------------------------------


def write_space_file(folder: Path, **changes: object) -> str:
    space = {
        "space_id": "acme_sales",
        "time_zone": "Europe/Berlin",
        "pipeliner": {
            "service_url": "https://eu.pipelinersales.com",
            "username": "u",
            "password": {"env": "ACME_PASSWORD"},
        },
        "settings": {"threshold": 40, "sync_time": "02:00", "owner": "anna@example.com"},
    }
    path = folder / "spaces.json"
    path.write_text(json.dumps({"spaces": [space | changes]}))
    return str(path)


def test_a_space_is_imported_with_its_secret_from_the_environment(
    shell: Shell, application: FakeApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_PASSWORD", "hunter2")
    result = shell("space", "import", write_space_file(tmp_path))
    assert result.exit_code == 0
    saved = application.service.known_spaces["acme_sales"]
    assert saved.pipeliner.password == "hunter2"
    assert "acme_sales  created  pending (waits for the operator's approval)" in result.stdout
    assert "python -m sync space approve acme_sales" in result.stderr
    assert "hunter2" not in result.output


def test_importing_again_updates(
    shell: Shell, service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_PASSWORD", "hunter2")
    result = shell("space", "import", write_space_file(tmp_path, status="running"))
    assert "acme_sales  updated  running (synced once a day)" in result.stdout


def test_a_space_file_with_problems_imports_nothing(
    shell: Shell, application: FakeApplication, tmp_path: Path
) -> None:
    result = shell("space", "import", write_space_file(tmp_path, time_zone="Mars", colour=1))
    assert result.exit_code == 1
    assert application.service.known_spaces == {}
    assert result.stderr.splitlines() == [
        "Problem: spaces[0].time_zone: is not an IANA time zone; e.g. Europe/Berlin.",
        "Problem: spaces[0].pipeliner.password: the environment variable ACME_PASSWORD is not set.",
        "Problem: spaces[0].colour: unknown.",
        "What to do: Nothing was imported.",
    ]


def test_a_space_file_that_is_not_there_is_named(shell: Shell, tmp_path: Path) -> None:
    result = shell("space", "import", str(tmp_path / "gone.json"))
    assert result.exit_code == 1
    assert "gone.json" in result.stderr


def test_spaces_are_listed_without_their_secrets(shell: Shell, service: FakeService) -> None:
    service.known_spaces["other"] = make_space("other", name="Other\x1b[0m")
    result = shell("space", "list")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["acme_sales", "other"]
    assert "hunter2" not in result.stdout
    assert "\x1b" not in result.stdout
    told = json.loads(shell("space", "list", "--json").stdout)
    assert [one["space_id"] for one in told] == ["acme_sales", "other"]
    assert "hunter2" not in json.dumps(told)


def test_a_space_is_suspended_approved_and_its_panel_keys_rotated(
    shell: Shell, service: FakeService
) -> None:
    assert "is suspended" in shell("space", "suspend", "acme_sales").stdout
    assert "is synced once a day at 02:00" in shell("space", "approve", "acme_sales").stdout
    assert "are void" in shell("space", "rotate-panel-keys", "acme_sales").stdout
    assert service.asked == [("rotate", "acme_sales")]


@pytest.mark.parametrize("verb", ["approve", "suspend", "rotate-panel-keys"])
def test_a_space_nobody_knows_is_named(shell: Shell, service: FakeService, verb: str) -> None:
    result = shell("space", verb, "nobody")
    assert result.exit_code == 1
    assert "There is no space nobody." in result.stderr
