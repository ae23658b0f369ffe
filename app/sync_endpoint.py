"""What the external cron calls: start what is due, start one space, look at a run.

Every call answers at once; starting is putting runs into the ledger and ringing the bell.
"""

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from app.limits import guard_with_token
from app.services import get_service, get_settings
from sync.bearer import is_known
from sync.model import run_json
from sync.service import StartedRun

bp = Blueprint("sync", __name__, url_prefix="/sync")


def has_token() -> bool:
    """Whether the request presents one of the tokens of SYNC_TOKEN."""
    return is_known(request.headers.get("Authorization", ""), get_settings().sync_tokens)


guard_with_token(has_token, bp)


@bp.before_request
def ask_for_the_token() -> ResponseReturnValue | None:
    """Nothing here without a token of SYNC_TOKEN; the refusal says no more than that."""
    if has_token():
        return None
    refusal = jsonify({})
    refusal.headers["WWW-Authenticate"] = "Bearer"
    return refusal, 401


@bp.post("")
def start_due() -> ResponseReturnValue:
    return _accepted(get_service().start_due())


@bp.post("/<space_id>")
def start(space_id: str) -> ResponseReturnValue:
    return _accepted([get_service().start(space_id)])


@bp.get("/runs/<int:run_id>")
def run(run_id: int) -> ResponseReturnValue:
    return jsonify(run_json(get_service().run(run_id)))


def _accepted(runs: list[StartedRun]) -> tuple[Response, int]:
    return jsonify({"runs": [_started_json(one) for one in runs]}), 202


def _started_json(one: StartedRun) -> dict[str, object]:
    run = one.run
    return {
        "id": run.run_id,
        "space": run.space_id,
        "local_date": run.local_date.isoformat(),
        "status": run.status.value,
        "started": one.started,
        "url": url_for("sync.run", run_id=run.run_id),
    }
