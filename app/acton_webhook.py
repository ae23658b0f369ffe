"""Where Act-On reports by webhook: proven, written down, answered; nothing is looked up meanwhile.

Act-On delivers again for hours what is not answered with 2xx within 15 seconds (contracts, section
6), so a database that is away costs no report.
"""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from app.limits import OF_VENDORS, guard_with_token
from app.services import get_webhooks
from sync.metrics import WEBHOOKS

bp = Blueprint("acton_webhook", __name__)

LARGEST: Final = 256 * 1024
# Act-On lets headers be added to an endpoint; else the address of the endpoint may say it.
EVENT_HEADERS: Final = ("X-Act-On-Event", "Svix-Event-Type", "Webhook-Event-Type")
EVENT: Final = "event"


def message_id() -> str | None:
    """What names the delivery, once it is proven; None: nothing proves it."""
    if "webhook_id" not in g:
        g.webhook_id = _prove()
    found: str | None = g.webhook_id
    return found


guard_with_token(lambda: message_id() is not None, bp, of_programs=OF_VENDORS)


@bp.post("/webhooks/acton/<space_id>")
def receive(space_id: str) -> ResponseReturnValue:
    """Nothing here without a signature; the refusal says no more than that."""
    name = message_id()
    if name is None:
        WEBHOOKS.add("acton", "refused")
        return "", HTTPStatus.UNAUTHORIZED
    get_webhooks().receive(space_id, name, request.get_data(), _event())
    return "", HTTPStatus.NO_CONTENT


def _prove() -> str | None:
    body = request.get_data()
    if len(body) > LARGEST:
        return None
    space_id = (request.view_args or {})["space_id"]
    headers = {name.lower(): value for name, value in request.headers.items()}
    return get_webhooks().prove(space_id, headers, body)


def _event() -> str:
    """The name of the event where the sender says it beside the body."""
    said = (request.headers.get(name, "") for name in EVENT_HEADERS)
    return next(filter(None, said), "") or request.args.get(EVENT, "")
