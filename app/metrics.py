"""`GET /metrics`: numbers for Prometheus, for whoever has a token of METRICS_TOKEN.

Where none is set the address is not there.
"""

from flask import Blueprint, Response, abort, request

from app.limits import guard_with_token
from app.services import get_service, get_settings
from sync.bearer import is_known
from sync.metrics import CONTENT_TYPE

bp = Blueprint("metrics", __name__)


def has_token() -> bool:
    """Whether the request presents one of the tokens of METRICS_TOKEN."""
    return is_known(request.headers.get("Authorization", ""), get_settings().metrics_tokens)


guard_with_token(has_token, bp)


@bp.get("/metrics")
def show() -> Response:
    """What was counted on this machine, and figures over all spaces."""
    if not get_settings().metrics_tokens:
        abort(404)
    if not has_token():
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    return Response(get_service().metrics(), content_type=CONTENT_TYPE)
