"""The page at `/`: what this service is. It holds no data."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("home", __name__)


@bp.get("/")
def page() -> ResponseReturnValue:
    return render_template("home.html")
