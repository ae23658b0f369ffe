"""What holds for every test: none of our settings in the environment, no real waiting."""

import os
from collections.abc import Generator, Iterator
from types import CodeType
from typing import Final

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

import sync.clock
from sync.context import REQUEST
from sync.settings import environment_without_ours
from tests.databases import postgresql, server, sqlite  # noqa: F401 - fixtures

settings.register_profile("quick", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", parent=settings.get_profile("quick"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

ours = set(os.environ) - set(environment_without_ours())
for name in ours:
    del os.environ[name]


# Secrets that the tests give to the product, in many places: wherever they turn up in what a test
# printed or logged, something does not keep them to itself.
PLANTED: Final = (
    *("a-client-secret", "sandbox-secret", "sandbox-password", "sandbox_key", "hunter2"),
    *("pipeliner secret", "act-on secret", "launch secret", "access secret", "refresh secret"),
    *("vCSN1YZcb0kRj0HhpjmXGvS4WiVJ8vCOdoRxwTVQ4p0", "4f6c1c2b9de04a6f8f2f7f0f3e5b7a91"),
    *("accept-0123456789-abcdefghijklmnop-XYZ", "91a7b5e3f0f7f2f8f6a40ed9b2c1c6f4"),
)


class CompiledOnce(BytecodeCache):
    """Keeps compiled templates for every application of this process: each test makes one."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


def pytest_configure(config: pytest.Config) -> None:
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledOnce()}
    config.addinivalue_line("markers", "really_waits: the test is about waiting itself")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test in which anything secret was printed or logged has failed, whatever else it saw."""
    report = yield
    said = "".join(text for _, text in report.sections)
    found = [secret for secret in PLANTED if secret in said]
    if found and report.passed:
        report.outcome = "failed"
        report.longrepr = f"This test passed, and let out what is secret: {found}"
    return report


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
    REQUEST.set("")  # a test's own thread has answered its requests
    root.handlers, root.level = handlers, level
