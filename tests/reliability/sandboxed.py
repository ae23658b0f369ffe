"""The whole product against the sandbox's sockets, in this process and without waiting."""

from datetime import time
from pathlib import Path
from typing import Any

from sync.factory import Application
from sync.model import ActOnAccess, PipelinerAccess, Space, SpaceSettings, SpaceStatus
from sync.sandbox import RunningSandbox
from tests.service.test_factory import settings_with

SPACE = "demo_space"


class NobodyWaits:
    """Stands in for the module `time` where our code would wait for real."""

    @staticmethod
    def sleep(seconds: float) -> None:
        """Return at once."""


def demo_space(sandbox: RunningSandbox, **settings: Any) -> Space:
    """The sandbox's space, synced daily."""
    return Space(
        space_id=SPACE,
        name="Demo",
        time_zone="UTC",
        status=SpaceStatus.RUNNING,
        pipeliner=PipelinerAccess(
            service_url=sandbox.url, username="sandbox_app", password="sandbox_key"
        ),
        acton=ActOnAccess(
            account_id="12345", username="marketing@example.com", password="sandbox-password"
        ),
        settings=SpaceSettings(
            threshold=40, sync_time=time(0, 0), owner="anna@example.com", **settings
        ),
    )


def open_product(folder: Path, sandbox: RunningSandbox, database_url: str) -> Application:
    """One process of the product; several may share database and folder."""
    return Application(
        settings_with(
            folder,
            database_url=database_url,
            acton_client_id="sandbox-client",
            acton_client_secret="sandbox-secret",
            acton_base_url=sandbox.url,
            allowed_api_hosts=sandbox.host,
            acton_calls_per_second=5,
            pipeliner_calls_per_second=10_000,
            acton_logins_per_hour=50,
            settle_seconds=0,
        )
    )
