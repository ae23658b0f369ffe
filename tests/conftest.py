"""What holds for every test: none of our settings in the environment, no real waiting."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import sync.clock
from sync.settings import environment_without_ours
from tests.databases import postgresql, server, sqlite  # noqa: F401 - fixtures

settings.register_profile("quick", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", parent=settings.get_profile("quick"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

ours = set(os.environ) - set(environment_without_ours())
for name in ours:
    del os.environ[name]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "really_waits: the test is about waiting itself")


class NobodyWaits:
    """Stands in for the module `time` where our code would wait for real."""

    @staticmethod
    def sleep(seconds: float) -> None:
        raise AssertionError(f"The test would wait {seconds} s. Pass a sleep that does not.")


@pytest.fixture(autouse=True)
def _no_real_sleep(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "really_waits" not in request.keywords:
        monkeypatch.setattr(sync.clock, "time", NobodyWaits)


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """The command line configures the logs for the whole process; undo that after each test."""
    import logging

    import structlog

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level
