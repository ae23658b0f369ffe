"""The sandbox's Act-On reports by webhook, signed, over a real socket."""

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sync.sandbox.acton_webhooks import CROSSED, ActOnWebhooks
from sync.sandbox.serve import RunningSandbox

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
JANE = "just.below@example.com"


class Ear(ThreadingHTTPServer):
    """Hears what comes, and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Mouth)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class Mouth(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        ear: Ear = self.server  # type: ignore[assignment]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        ear.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(ear.answers.pop(0) if ear.answers else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ear() -> Iterator[Ear]:
    one = Ear()
    thread = threading.Thread(target=one.serve_forever, daemon=True)
    thread.start()
    yield one
    one.shutdown()
    thread.join()
    one.server_close()


@pytest.fixture
def running(ear: Ear) -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        sandbox.change("add_row", list_id="l-0001", email=JANE, first="Just", last="Below")
        sandbox.send_webhooks_to(ear.url, SECRET)
        yield sandbox


def hooks(running: RunningSandbox) -> ActOnWebhooks:
    return running.world.acton_webhooks


def test_who_surpasses_the_score_is_reported_once_and_signed(
    running: RunningSandbox, ear: Ear
) -> None:
    for score in (39, 40, 30, 60):
        running.change("set_score", email=JANE, score=score)
    assert hooks(running).wait_until_done()
    [(headers, body)] = ear.heard
    assert json.loads(body)["type"] == CROSSED
    assert json.loads(body)["data"]["email"] == JANE
    signed = f"{headers['svix-id']}.{headers['svix-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    mac = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert headers["svix-signature"] == f"v1,{mac}"


def test_a_visit_is_worth_points(running: RunningSandbox, ear: Ear) -> None:
    running.change("set_score", email=JANE, score=36)
    running.change("visit", email=JANE)
    assert hooks(running).wait_until_done()
    assert len(ear.heard) == 1


@pytest.mark.parametrize(
    ("form", "where"), [("nested", ("contact", "email")), ("flat", ("email",))]
)
def test_other_forms_of_the_body_can_be_played(
    running: RunningSandbox, ear: Ear, form: str, where: tuple[str, ...]
) -> None:
    running.switch(acton_webhook_body=form, acton_webhook_headers="webhook")
    running.report("contact.updated", JANE)
    assert hooks(running).wait_until_done()
    [(headers, body)] = ear.heard
    found = json.loads(body)
    for name in where:
        found = found[name]
    assert found == JANE
    assert "webhook-signature" in headers


def test_what_is_not_taken_is_sent_again(running: RunningSandbox, ear: Ear) -> None:
    ear.answers = [500, 204]
    running.report(CROSSED, JANE)
    assert hooks(running).wait_until_done()
    assert [one["status"] for one in hooks(running).sent] == [500, 204]
    first, second = (headers["svix-id"] for headers, _ in ear.heard)
    assert first == second


@pytest.mark.parametrize(("delivery", "times"), [("lost", 0), ("twice", 2)])
def test_webhooks_may_be_lost_or_come_twice(
    running: RunningSandbox, ear: Ear, delivery: str, times: int
) -> None:
    running.switch(acton_webhook_delivery=delivery)
    running.report(CROSSED, JANE)
    assert hooks(running).wait_until_done()
    assert len(ear.heard) == times


def test_webhooks_go_to_this_machine_only(running: RunningSandbox) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        running.send_webhooks_to("https://example.com/hook", SECRET)
