"""Webhooks over a real socket: where they may go, what answers mean, and what is never said."""

import logging
import socket
from collections.abc import Iterator

import pytest

from sync.errors import IntegrationError, QuotaGone, SetupError, TryLater
from sync.http.hosts import HostPolicy
from sync.sending import WebHook
from tests.catchers import SECRET, HookCatcher, catching_hooks

PAYLOAD = {"text": "Acme: the sync failed"}


@pytest.fixture
def catcher() -> Iterator[HookCatcher]:
    with catching_hooks() as made:
        yield made


def hook(*hosts: str) -> WebHook:
    return WebHook(HostPolicy(hosts, domains=None), seconds=2)


def to(catcher: HookCatcher) -> WebHook:
    """A hook whose operator named the catcher's host."""
    return hook(catcher.url.split("/")[2])


def test_a_message_arrives_as_json(catcher: HookCatcher) -> None:
    to(catcher).post(catcher.url, PAYLOAD)
    assert catcher.taken == [PAYLOAD]
    assert catcher.asked == [f"/services/{SECRET}"]


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (404, {}, SetupError),
        (410, {}, SetupError),
        (400, {}, SetupError),
        (408, {}, TryLater),
        (429, {}, TryLater),
        (429, {"Retry-After": "90"}, QuotaGone),
        (500, {}, TryLater),
        (503, {"Retry-After": "90"}, QuotaGone),
        (301, {"Location": "http://127.0.0.1:1/"}, SetupError),
        (302, {"Location": "https://example.com/"}, SetupError),
    ],
)
def test_answers_say_whether_trying_again_can_help(
    catcher: HookCatcher,
    status: int,
    headers: dict[str, str],
    kind: type[IntegrationError],
) -> None:
    catcher.answers = [(status, headers)]
    with pytest.raises(kind) as caught:
        to(catcher).post(catcher.url, PAYLOAD)
    assert type(caught.value) is kind
    assert len(catcher.asked) == 1  # trying again is the outbox's
    assert SECRET not in str(caught.value)
    assert "even after" not in caught.value.message


def test_one_that_is_not_there_is_tried_later_without_its_address_in_the_error(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        host = f"127.0.0.1:{gone.getsockname()[1]}"
    with caplog.at_level(logging.DEBUG), pytest.raises(TryLater) as caught:
        hook(host).post(f"http://{host}/services/{SECRET}", PAYLOAD)
    assert SECRET not in str(caught.value) + caplog.text + capsys.readouterr().out


def test_one_that_is_silent_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        slow = WebHook(HostPolicy([host], domains=None), seconds=0.3)
        with pytest.raises(TryLater):
            slow.post(f"http://{host}/x", PAYLOAD)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T/B/x",
        "https://example.com/hook?sig=x",
        "https://prod-1.westeurope.logic.azure.com/workflows/x",
    ],
)
def test_hosts_outside_may_be_posted_to(url: str) -> None:
    hook().check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/services/x",
        "https://localhost/x",
        "https://database/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/x",
        "https://example.com:8443/x",
        "https://user:pass@example.com/x",
        "https://example.com/x#y",
        "ftp://example.com/x",
    ],
)
def test_others_may_not(url: str) -> None:
    with pytest.raises(SetupError) as caught:
        hook().check(url)
    assert "ALLOWED_WEBHOOK_HOSTS" in caught.value.hint


def test_a_name_that_leads_inside_is_refused_when_the_line_is_up(
    catcher: HookCatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the name meant when it was looked at."""
    port = int(catcher.url.split(":")[2].split("/")[0])
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, _, *rest, **more: real("127.0.0.1", port, *rest, **more)
    )
    with pytest.raises(IntegrationError):
        hook().post("https://hooks.example.com/x", PAYLOAD)
    assert catcher.asked == []


def test_what_is_allowed_for_vendors_is_not_for_webhooks(catcher: HookCatcher) -> None:
    with pytest.raises(SetupError):
        hook().post(catcher.url, PAYLOAD)
    assert catcher.asked == []
