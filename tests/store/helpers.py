"""Values that the tests of the store begin with, and calls made at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from threading import Barrier
from typing import TypeVar

from sync.model import ActOnAccess, PipelinerAccess, Space, SpaceSettings, SpaceStatus

T = TypeVar("T")
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def make_space(space_id: str = "acme_sales", threshold: int = 40) -> Space:
    return Space(
        space_id=space_id,
        name="Acme",
        time_zone="Europe/Berlin",
        status=SpaceStatus.RUNNING,
        pipeliner=PipelinerAccess(
            service_url="https://crm.example.com", username="us_1", password="pipeliner secret"
        ),
        acton=ActOnAccess(username="marketing@example.com", password="act-on secret"),
        settings=SpaceSettings(
            threshold=threshold, sync_time=time(2, 0), owner="owner@example.com"
        ),
    )


def at_once(*calls: Callable[[], T]) -> list[T]:
    """What the calls return, each made in a thread of its own, all at the same moment."""
    start = Barrier(len(calls))

    def wait_and_call(call: Callable[[], T]) -> T:
        start.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(wait_and_call, calls))
