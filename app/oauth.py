"""Where Act-On sends the browser back to, with a code or with why not."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import session
from app.admin.connection import name_of
from app.services import get_connecting
from sync.errors import IntegrationError, NotFound
from sync.model import ConnectionTest
from sync.service import LogInFailed

bp = Blueprint("oauth", __name__, url_prefix="/oauth/acton")

SIGNED_OUT: Final = LogInFailed(
    "You were signed out in the meantime.", hint="Sign in, then connect again.", kind="expired"
)


@bp.get("/callback")
def acton() -> ResponseReturnValue:
    """Take the code, once, in the session in which the log-in began."""
    if session.current() is None:
        return _page(SIGNED_OUT)
    try:
        space_id, tested = get_connecting().finish_log_in(
            session.actor(),
            session_token=session.token() or "",
            state=request.args.get("state", ""),
            code=request.args.get("code", ""),
            error=request.args.get("error", ""),
        )
    except NotFound:
        raise
    except IntegrationError as error:
        return _page(error)
    return _page(None, space_id, tested)


def _page(
    error: IntegrationError | None, space_id: str = "", tested: ConnectionTest | None = None
) -> ResponseReturnValue:
    """What came of it, in the pop-up or the full page that it was begun in."""
    home = (
        url_for("activate.authentication", space_id=space_id) if space_id else url_for("admin.hub")
    )
    account = name_of(tested) if tested else ""
    page = render_template(
        "activate/connected.html", error=error, tested=tested, account=account, home=home
    )
    return page, HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK
