"""The factory builds everything from settings, and opens nothing that is not needed yet."""

from pathlib import Path
from typing import Any

import pytest

from sync.errors import SetupError
from sync.factory import open_application
from sync.settings import Settings

SECRETS = {
    "secret_keys": "vCSN1YZcb0kRj0HhpjmXGvS4WiVJ8vCOdoRxwTVQ4p0=",
    "sync_token": "4f6c1c2b9de04a6f8f2f7f0f3e5b7a91",
    "acton_client_id": "client",
    "acton_client_secret": "a-client-secret",
}


def settings_with(folder: Path, **changes: Any) -> Settings:
    files = {
        "database_url": f"sqlite:///{folder / 'data' / 'sync.db'}",
        "queue_url": f"sqlite:///{folder / 'data' / 'queue.db'}",
    }
    return Settings(**(SECRETS | files | changes))


def test_an_application_is_ready_once_its_tables_are_there(tmp_path: Path) -> None:
    with open_application(settings_with(tmp_path)) as application:
        assert "db upgrade" in application.service.health()["migrations"]
        application.upgrade_database()
        assert application.service.health() == {"database": "", "migrations": "", "queue": ""}
        assert application.service.start_due() == []


def test_servers_that_are_away_are_failing_checks_and_no_failing_start(tmp_path: Path) -> None:
    away = settings_with(
        tmp_path,
        database_url="postgresql://nobody@127.0.0.1:1/none",
        queue_url="redis://127.0.0.1:1/0",
        cache_url="redis://127.0.0.1:1/0",
    )
    with open_application(away) as application:
        health = application.service.health()
    assert all(health.values())
    assert "DATABASE_URL" in health["database"]
    assert "QUEUE_URL" in health["queue"]
    assert "CACHE_URL" in health["cache"]


@pytest.mark.parametrize(
    "base_url", ["https://evil.example", "http://127.0.0.1:8765", "https://10.0.0.1"]
)
def test_an_act_on_address_that_may_not_be_called_stops_the_start(
    tmp_path: Path, base_url: str
) -> None:
    with pytest.raises(SetupError, match="host") as caught:
        open_application(settings_with(tmp_path, acton_base_url=base_url))
    assert "ALLOWED_API_HOSTS" in caught.value.hint


def test_a_loopback_host_that_the_operator_names_may_be_called(tmp_path: Path) -> None:
    settings = settings_with(
        tmp_path, acton_base_url="http://127.0.0.1:8765", allowed_api_hosts="127.0.0.1:8765"
    )
    with open_application(settings) as application:
        assert application.service is not None
