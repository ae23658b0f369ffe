"""`GET /metrics`: numbers for Prometheus, for whoever has a token of METRICS_TOKEN.

Where none is set the address is not there.
"""

from flask import Blueprint, Response, abort, request

from app.services import get_service, get_settings
from sync.bearer import is_known
from sync.metrics import CONTENT_TYPE

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def show() -> Response:
    """What was counted on this machine, and figures over all spaces."""
    tokens = get_settings().metrics_tokens
    if not tokens:
        abort(404)
    if not is_known(request.headers.get("Authorization", ""), tokens):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    return Response(get_service().metrics(), content_type=CONTENT_TYPE)
