"""The blueprint of the pages around a space: hub, connection, set-up; its door, what they share.

The steps of the activation have their own (`app.admin.activate`), and so has the daily life
(`app.admin.daily`).
"""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app import session
from app.admin import words

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.before_request
def door() -> ResponseReturnValue | None:
    """Whoever comes here signs in first."""
    return session.ask_to_sign_in()


@bp.context_processor
def common() -> dict[str, Any]:
    """What every template may use."""
    return {"words": words}
