"""For load balancers and watchers: is the process alive, can it do its work."""

from typing import Final

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.services import get_service

bp = Blueprint("health", __name__)

# All processes share the cache: one that takes itself out for want of it takes itself out with all
# the others, and panels are gone that would only have been slower.
DISPENSABLE: Final = frozenset({"cache"})


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """Whether the process answers; it asks nobody else."""
    return jsonify({"status": "ok"})


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Whether database, migrations, queue and cache are as the work needs them; 503 where it does
    not work without one that is away.

    Only names, no sentences: this address is open to everybody.
    """
    problems = get_service().health()
    failing = {name for name, problem in problems.items() if problem}
    checks = {name: "failing" if name in failing else "ok" for name in problems}
    status = "failing" if failing - DISPENSABLE else "degraded" if failing else "ok"
    return jsonify({"status": status, "checks": checks}), 503 if status == "failing" else 200
