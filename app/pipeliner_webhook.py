"""`POST /webhooks/pipeliner/<space>`: Pipeliner tells which records changed.

It is noted and answered at once; workers ask for the records themselves. Whoever cannot sign is
answered alike, whether there is such a space or not.
"""

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.limits import OF_VENDORS, guard_with_token
from app.services import get_crm_hooks
from sync.errors import IntegrationError
from sync.metrics import WEBHOOKS

bp = Blueprint("pipeliner_webhook", __name__, url_prefix="/webhooks/pipeliner")

SIGNATURE = "WebHook-Signature"


def is_genuine() -> bool:
    """Whether the space's own Pipeliner signed the request; looked at once.

    Raises TryLater where the database is away, RequestEntityTooLarge.
    """
    if "genuine" not in g:
        space_id = (request.view_args or {}).get("space_id", "")
        told = request.headers.get(SIGNATURE, "")
        g.genuine = get_crm_hooks().is_genuine(space_id, request.get_data(), told)
    return bool(g.genuine)


def is_known() -> bool:
    """As `is_genuine`, for the limits: whoever cannot be looked at counts as a stranger."""
    try:
        return is_genuine()
    except (HTTPException, IntegrationError):
        return False


guard_with_token(is_known, bp, of_programs=OF_VENDORS)


@bp.post("/<space_id>")
def take(space_id: str) -> ResponseReturnValue:
    if not is_genuine():
        WEBHOOKS.add("pipeliner", "refused")
        return jsonify({}), 401
    return _accepted(get_crm_hooks().note(space_id, request.get_data()))


def _accepted(noted: int) -> tuple[Response, int]:
    return jsonify({"noted": noted}), 202
