"""Where Act-On's webhooks are set up in the sandbox: in Act-On itself that is done by hand."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from sync.sandbox.acton_webhooks import Endpoint
from sync.sandbox.answers import answer
from sync.sandbox.options import ACCOUNT_ID
from sync.sandbox.world import World


def add_acton_webhooks(bp: Blueprint, world: World) -> None:
    """The endpoint of an account, and what was sent to it."""

    @bp.get("/acton-webhooks")
    def sent_by_acton() -> Response:
        return answer({"sent": list(world.acton_webhooks.sent)})

    @bp.post("/acton-webhooks")
    def set_endpoint() -> Response:
        values = request.get_json(silent=True)
        if not isinstance(values, dict):
            raise ValueError("A JSON object is needed.")
        with world.lock:
            account_id = str(values.get("account_id", ACCOUNT_ID))
            world.acton_webhooks.endpoints[account_id] = Endpoint.from_values(values)
        return answer({})

    @bp.delete("/acton-webhooks")
    def forget_endpoints() -> Response:
        with world.lock:
            world.acton_webhooks.endpoints.clear()
        return answer({})


def report(world: World, values: Mapping[str, Any]) -> None:
    """Let Act-On report any event of a person. Raises KeyError for one it does not know."""
    account = world.accounts[str(values.get("account_id", ACCOUNT_ID))]
    person = account.people[str(values["email"]).strip().lower()]
    world.acton_webhooks.report(account.account_id, str(values["event"]), person)
