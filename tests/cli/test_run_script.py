"""`./run`: lists its commands, and refuses what it does not know."""

import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(TOP / "run"), *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("word", [[], ["help"], ["--help"], ["-h"]])
def test_help_lists_the_promised_commands(word: list[str]) -> None:
    result = run(*word)
    promised = ["demo", "test", "check", "serve", "worker", "sandbox", "bench"]
    listed = re.findall(r"^  ([a-z]+)", result.stdout, re.MULTILINE)
    assert result.returncode == 0
    assert listed[: len(promised)] == promised


@pytest.mark.parametrize("word", ["nonsense", "say", "installed", "dem", "demo|test", "demo test"])
def test_what_is_no_command_is_refused(word: str) -> None:
    result = run(word)
    assert result.returncode == 64
    assert "knows no command" in result.stderr


def test_it_runs_from_any_folder(tmp_path: Path) -> None:
    result = subprocess.run(
        [str(TOP / "run"), "help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Usage: ./run COMMAND" in result.stdout


def test_the_scripts_are_sound_bash() -> None:
    for script in ("run", ".ci/run"):
        assert subprocess.run(["bash", "-n", str(TOP / script)], check=False).returncode == 0


def test_pins_name_no_registry_and_no_path() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (TOP / name).read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith(("#", "    --hash=sha256:"))]
        assert pins
        assert all(re.match(r"[a-z0-9.-]+(\[[a-z]+\])?==[^\s]+( ; .+)? \\$", pin) for pin in pins)
