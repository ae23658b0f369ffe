"""What Sentry is told of a mistake: where in the code it happened, and nothing about anybody."""

import json
import sys
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from sync import logs
from sync.errors import SetupError
from sync.sentry import report_to

DSN = "https://0123456789abcdef0123456789abcdef@sentry.example.com/1"
PLANTED = "planted-secret-4711"


class Mailbox(Transport):
    """Keeps what would be sent."""

    sent: ClassVar[list[dict[str, Any]]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        for item in envelope.items:
            self.sent.append(json.loads(item.payload.get_bytes()))


@pytest.fixture
def mailbox() -> Iterator[list[dict[str, Any]]]:
    Mailbox.sent = []
    before = structlog.get_config()
    logs.configure_logs("json", "info")
    report_to(DSN, transport=Mailbox)
    yield Mailbox.sent
    logs.REPORTERS.clear()
    sentry_sdk.init()
    structlog.configure(**before)


def go_wrong(password: str) -> None:
    raise ValueError(f"cannot use {password}")


def test_where_it_happened_is_told_and_nothing_about_anybody(
    mailbox: list[dict[str, Any]],
) -> None:
    log = structlog.get_logger("sync.worker")
    with structlog.contextvars.bound_contextvars(run=7):
        try:
            go_wrong(PLANTED)
        except ValueError:
            log.exception("worker_met_a_bug", space="acme_sales", address=f"{PLANTED}@example.com")
    (sent,) = mailbox
    assert sent["tags"] == {
        "event": "worker_met_a_bug",
        "run": "7",
        "space": "acme_sales",
        "logger": "sync.worker",
    }
    (raised,) = sent["exception"]["values"]
    assert raised["type"] == "ValueError"
    assert raised["stacktrace"]["frames"][-1]["function"] == "go_wrong"
    assert PLANTED not in json.dumps(sent)
    assert not {"user", "request", "breadcrumbs", "extra", "server_name", "modules"} & set(sent)


def test_what_is_no_exception_is_not_sent(mailbox: list[dict[str, Any]]) -> None:
    structlog.get_logger("sync.worker").error("worker_hindered", problem="the queue is away")
    assert mailbox == []


def test_an_address_that_is_none_is_a_sentence() -> None:
    with pytest.raises(SetupError, match="SENTRY_DSN is not an address of Sentry"):
        report_to("nonsense")


def test_without_the_package_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(SetupError, match="sentry-sdk is not installed") as raised:
        report_to(DSN)
    assert "pip install sentry-sdk" in raised.value.hint
