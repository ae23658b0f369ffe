"""Faster than daily: who reaches the score in Act-On is a Lead in Pipeliner seconds later."""

from collections.abc import Iterator

import pytest

from sync.sandbox import RunningSandbox
from tests.acceptance.conftest import Shell
from tests.acceptance.living import free_port, living, until, wait_until_it_answers, web_words

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SOON = "soon.hot@example.com"


@pytest.fixture
def living_product(ready: Shell, sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """Web and worker run, the first sync is done, and Act-On reports to us."""
    for list_id in ("l-0001", "l-0002"):
        sandbox.change("add_row", list_id=list_id, email=SOON, first="Soon", last="Hot", score=30)
    ready.sync()
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    # Only what Act-On is told: the panel's addresses stay as they are provisioned.
    said = ready.run(
        "space", "acton-webhook", "demo_space", "--secret-stdin", stdin=SECRET, PUBLIC_URL=here
    )
    assert said.out.strip() == f"{here}/webhooks/acton/demo_space"
    with (
        living(ready, "web", *web_words(port)),
        living(ready, "worker", "sync", "worker", "--workers", "1"),
    ):
        wait_until_it_answers(f"{here}/healthz")
        sandbox.send_webhooks_to(said.out.strip(), SECRET)
        yield sandbox


def leads_of(sandbox: RunningSandbox, name: str) -> list[str]:
    return sorted(one["name"] for one in sandbox.leads() if one["name"].startswith(name))


def test_a_crossing_is_a_lead_in_each_list_within_seconds_and_the_daily_run_has_nothing_to_do(
    living_product: RunningSandbox, ready: Shell
) -> None:
    sandbox = living_product
    sandbox.switch(acton_webhook_delivery="twice")
    sandbox.change("visit", email=SOON, points=15)
    until("two Leads", lambda: len(leads_of(sandbox, "Soon Hot")) == 2)
    sandbox.forget_calls()
    run = ready.sync()
    assert (run["created"], run["updated"]) == (0, 0)
    assert len(leads_of(sandbox, "Soon Hot")) == 2
    assert sum(one["email1"] == SOON for one in sandbox.contacts()) == 1


def test_whatever_form_the_webhook_has_the_lead_comes(living_product: RunningSandbox) -> None:
    living_product.switch(acton_webhook_body="flat", acton_webhook_headers="webhook")
    living_product.change("visit", email=SOON, points=15)
    until("two Leads", lambda: len(leads_of(living_product, "Soon Hot")) == 2)
