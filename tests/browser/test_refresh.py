"""Refresh: the live score on the page, in the CRM and for the ear; one Act-On call for all."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from socket import create_server
from time import monotonic
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from sync.clock import sleep
from sync.errors import StoreAway
from sync.settings import environment_without_ours

from .scenes import CLARA
from .stack import KEY_FIELD, Stack
from .visitor import Visitor

PRESSES = 50


def test_a_new_score_appears_and_reaches_the_contact_and_its_leads(
    visitor: Visitor, stack: Stack
) -> None:
    contact = stack.contact(CLARA)
    visitor.open(contact["id"])
    visitor.has("From the last sync")
    stack.sandbox.change("set_score", email=CLARA, score=61)
    assert visitor.refresh() == "Score is 61, down 33."
    assert visitor.panel.locator(".value").inner_text().split() == ["Score", "61"]
    visitor.has("Live, just now")
    announced = visitor.panel.get_by_role("status")
    assert announced.inner_text() == "Score is 61, down 33."
    assert stack.contact(CLARA)["cf_act_on_score"] == 61
    assert [one["cf_act_on_score"] for one in stack.leads_of(contact["id"])] == [61]


def test_refresh_is_closed_while_it_works_and_rests_after(visitor: Visitor, stack: Stack) -> None:
    visitor.page.clock.install()
    stack.sandbox.plan_fault("slow", api="acton", seconds=0.5)
    visitor.look_at(CLARA)
    button = visitor.panel.locator("#refresh")
    button.click()
    visitor.has("Refreshing…")
    assert button.get_attribute("aria-disabled") == "true"
    visitor.panel.locator(".result").wait_for()
    visitor.has("Again in")
    asked = len(_posts(visitor))
    button.click(force=True)
    button.press("Enter")
    assert len(_posts(visitor)) == asked
    assert stack.facts_calls() == 1
    visitor.page.clock.fast_forward("00:31")
    visitor.panel.get_by_role("button", name="Refresh", exact=True).wait_for()
    assert button.get_attribute("aria-disabled") == "false"
    stack.pass_time(seconds=31)
    assert visitor.refresh()
    visitor.panel.locator("#refresh[aria-disabled=true]").wait_for()


def test_refresh_keeps_the_focus(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    visitor.panel.locator("#refresh").press("Enter")
    visitor.panel.locator(".result").wait_for()
    assert visitor.frame.evaluate("document.activeElement.id") == "refresh"


def test_while_our_database_is_away_the_value_stays_and_the_panel_says_what_to_do(
    visitor: Visitor, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(space_id: str) -> None:
        raise StoreAway("The database does not answer.")

    visitor.expect_troubles("the server responded with a status of 503", "Response Status Error")
    contact = stack.contact(CLARA)
    visitor.open(contact["id"])
    visitor.has("From the last sync")
    with monkeypatch.context() as outage:
        outage.setattr(stack.application.store, "gate", away)
        visitor.panel.locator("#refresh").click()
        visitor.has("Nothing can be looked up just now.")
        assert visitor.panel.locator(".value").inner_text().split() == ["Score", "94"]
        visitor.open(contact["id"])
        visitor.has("This may be out of date")
        assert visitor.panel.locator(".value").inner_text().split() == ["Score", "94"]
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme)
            assert visitor.find_faults() == []
    visitor.press("refresh")
    visitor.has("Still 94.")
    assert visitor.panel.locator(".trouble").count() == 0


def test_the_same_score_is_said_to_be_the_same(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    assert visitor.refresh() == "Still 94."


def test_what_the_crm_refuses_is_said(visitor: Visitor, stack: Stack) -> None:
    stack.sandbox.change("set_score", email=CLARA, score=70)
    stack.sandbox.plan_fault("server_error", api="pipeliner", times=100)
    visitor.look_at(CLARA)
    assert visitor.refresh() == "Score is 70, down 24."
    visitor.has("Pipeliner could not be told yet")


def test_a_slow_acton_is_not_waited_for_beyond_the_deadline(visitor: Visitor, stack: Stack) -> None:
    stack.set_panel(deadline_seconds=2)
    stack.sandbox.plan_fault("slow", api="acton", seconds=60, times=9)
    visitor.look_at(CLARA)
    began = monotonic()
    assert "Act-On cannot be reached" in visitor.refresh()
    assert monotonic() - began < 8
    visitor.has("94")


def test_without_a_network_the_panel_says_so_and_recovers(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    visitor.context.set_offline(True)
    assert visitor.refresh() == "No connection just now. Check your network and try again."
    visitor.context.set_offline(False)
    visitor.press("refresh")
    visitor.has("Still 94.")
    assert visitor.panel.locator("#notice").inner_text() == ""
    visitor.expect_troubles("ERR_INTERNET_DISCONNECTED", "htmx:")


def test_fifty_presses_at_once_make_one_call_over_all_processes(stack: Stack) -> None:
    stack.sandbox.change("set_score", email=CLARA, score=61)
    key = stack.contact(CLARA)[KEY_FIELD]
    with _two_processes(stack) as url:
        html = _post(f"{url}/panel", key=key)
        found = re.search('id="session" name="session" value="([^"]+)"', html)
        assert found is not None

        def press(_: int) -> str:
            return _post(f"{url}/panel/score", session=found[1])

        with ThreadPoolExecutor(PRESSES) as people:
            pages = list(people.map(press, range(PRESSES)))
    assert len(pages) == PRESSES
    assert all(re.search('<p class="value">.*61</p>', page) for page in pages)
    assert stack.facts_calls() == 1


@contextmanager
def _two_processes(stack: Stack) -> Iterator[str]:
    """The web face as it is served: gunicorn with two processes, on the same database."""
    port = _free_port()
    command = (sys.executable, "-m", "gunicorn", "wsgi:app", "--config", "gunicorn.conf.py")
    options = ("--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "16")
    process = subprocess.Popen(
        (*command, *options, "--log-level", "error"),
        env=environment_without_ours() | stack.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/readyz")
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(url: str) -> None:
    for _ in range(150):
        try:
            with urlopen(url, timeout=5):  # noqa: S310  # our own, http
                return
        except (URLError, TimeoutError):  # a process that still starts may accept before it answers
            sleep(0.1)
    raise AssertionError(f"{url} does not answer.")


def _post(url: str, **values: str) -> str:
    request = Request(url, urlencode(values).encode())  # noqa: S310  # our own, http
    with urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
        return str(answer.read().decode())


def _posts(visitor: Visitor) -> list[str]:
    return [one.url for one in visitor.requests if one.url.endswith("/panel/score")]
