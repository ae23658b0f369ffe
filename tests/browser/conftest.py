"""The real product in a real browser: the panel framed by the sandbox's CRM, another site."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, sync_playwright

from .stack import Stack, open_stack
from .visitor import Visitor, find_chromium, in_ci, launch, visit

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The web face runs in threads of the test's process and may wait as it does in real life."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("really_waits")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    if find_chromium() is None:
        if in_ci():
            pytest.fail("CI needs Chromium, and none was found.")
        pytest.skip("There is no Chromium here (Debian: apt install chromium).")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lasting_stack(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for all tests; nothing is built where there is no browser."""
    with open_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
def stack(lasting_stack: Stack) -> Stack:
    """The stack as it was after the first sync."""
    lasting_stack.settle()
    return lasting_stack


@pytest.fixture
def visitor(browser: Browser, stack: Stack) -> Iterator[Visitor]:
    """Somebody at the CRM."""
    with visit(browser, stack) as visitor:
        yield visitor


class Visits(Protocol):
    def __call__(self, **context: Any) -> AbstractContextManager[Visitor]: ...


@pytest.fixture
def visits(browser: Browser, stack: Stack) -> Visits:
    """Visitors with windows of their own making, e.g. without script."""

    def one(**context: Any) -> AbstractContextManager[Visitor]:
        return visit(browser, stack, **context)

    return one
