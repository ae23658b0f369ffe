"""`GET /openapi.json`: what programs may call, described for programs."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response

from app.services import get_settings

bp = Blueprint("openapi", __name__)

FILE: Final = Path(__file__).with_suffix(".json")
KEPT_SECONDS: Final = 3600


@bp.get("/openapi.json")
def show() -> Response:
    """The description, with this service's own address in it where that is known."""
    body = _with_server(get_settings().public_url or "/")
    headers = {"Cache-Control": f"public, max-age={KEPT_SECONDS}"}
    return Response(body, content_type="application/json", headers=headers)


def description() -> dict[str, Any]:
    """The description as the file has it."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


@lru_cache(maxsize=1)
def _with_server(url: str) -> str:
    return json.dumps(description() | {"servers": [{"url": url}]}, ensure_ascii=False)
