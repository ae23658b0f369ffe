"""What of a request htmx sent, and fragments for it. The only module that knows its headers."""

from typing import Any

from flask import request
from jinja2_fragments.flask import render_block
from markupsafe import Markup


def is_htmx() -> bool:
    """Whether htmx asks, and so takes a fragment."""
    return request.headers.get("HX-Request") == "true"


def target() -> str:
    """The id of the element that the answer goes into; empty where htmx does not ask."""
    return request.headers.get("HX-Target", "") if is_htmx() else ""


def fragment(template: str, block: str, *, announce: str = "", **context: Any) -> str:
    """One block of a page, and what a screen reader is to say about it."""
    html = render_block(template, block, **context)
    if not announce:
        return html
    said = Markup('<div hx-swap-oob="innerHTML:#announce">{}</div>').format(announce)
    return html + str(said)
