"""For load balancers and watchers: is the process alive, can it do its work."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.services import get_service

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """Whether the process answers; it asks nobody else."""
    return jsonify({"status": "ok"})


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Whether database, migrations and queue are as the work needs them; 503 where one is not.

    Only names, no sentences: this address is open to everybody.
    """
    problems = get_service().health()
    checks = {name: "failing" if problem else "ok" for name, problem in problems.items()}
    well = not any(problems.values())
    return jsonify({"status": "ok" if well else "failing", "checks": checks}), 200 if well else 503
