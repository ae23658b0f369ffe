"""What of a request htmx sent, and fragments for it. The only module that knows its headers."""

from collections.abc import Mapping
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


def fragment(template: str, block: str, *, texts: Mapping[str, str], **context: Any) -> Markup:
    """One block of a page, and new texts of elements outside it, by id; empty ones are left out.

    Such a text may be a fragment itself.
    """
    block_html = render_block(template, block, **context)
    html = Markup(block_html)  # nosec B704 # noqa: S704 - a template escaped it
    other = Markup('<div hx-swap-oob="innerHTML:#{}">{}</div>')
    return html + Markup("").join(other.format(name, text) for name, text in texts.items() if text)
