"""Starts the program that tells stories (`telling`) and says where it found a difference."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
FULL = os.environ.get("TEST_FULL") == "1"  # ./run test --full
MOST_SHOWN = 3
VARIABLE = "TEST_POSTGRES_URL"


def tell(kind: str, part: str, *names: str, postgres: str | None = None) -> None:
    """Tell these stories with troubles of this kind. Fails with each point and what differs."""
    environment: dict[str, str] = {"PATH": os.environ["PATH"], "PYTHONPATH": str(TOP)}
    if postgres:
        environment[VARIABLE] = postgres
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.telling", kind, part, *names],
        cwd=TOP,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["tellings"] > 0
    assert not told["found"], "\n".join(_say(one) for one in told["found"])


def _say(found: Mapping[str, object]) -> str:
    wrong = found["wrong"]
    assert isinstance(wrong, list)
    more = [f"and {len(wrong) - MOST_SHOWN} more"] if len(wrong) > MOST_SHOWN else []
    return "\n  ".join((str(found["where"]), *wrong[:MOST_SHOWN], *more))


@pytest.fixture
def postgres() -> str:
    """The server for the tests that need PostgreSQL."""
    if VARIABLE not in os.environ:
        pytest.skip(f"{VARIABLE} is not set")
    return os.environ[VARIABLE]
