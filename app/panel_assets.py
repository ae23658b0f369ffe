"""The panel's style sheet and scripts, set into its pages: a first view costs three requests.

Each is named by its hash in the Content-Security-Policy, so that nothing else of its kind runs.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from markupsafe import Markup

from app import security

STATIC: Final = Path(__file__).resolve().parent.parent / "static"
HTMX: Final = "vendor/htmx.org@2.0.11/htmx.min.js"


@dataclass(frozen=True, kw_only=True)
class Inlined:
    """A text that stands in a page as it is, and its hash as the policy names it."""

    text: Markup
    source: str


def _inlined(text: str) -> Inlined:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    # Our own files, which no request can change.
    as_it_is = Markup(text)  # nosec B704 # noqa: S704
    return Inlined(text=as_it_is, source=f"'sha256-{digest}'")


def compact_css(text: str) -> str:
    """The style sheet without comments and without space that means nothing."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,]) ?", r"\1", text).replace(";}", "}").strip()


def compact_js(text: str) -> str:
    """The script without indentation and without lines that are comments."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


BASE_STYLES: Final = _inlined(compact_css(_read("css/panel-base.css")))
STYLES: Final = _inlined(compact_css(_read("css/panel-base.css") + _read("css/panel.css")))
LAUNCH_SCRIPT: Final = _inlined(compact_js(_read("js/launch.js")))
PANEL_SCRIPT: Final = _inlined(compact_js(_read("js/panel.js")))


@lru_cache(maxsize=4)
def policy(framed_by: tuple[str, ...]) -> str:
    """The Content-Security-Policy of the panel: what of its own runs in it, and who frames it."""
    return security.make_policy(
        scripts=("'self'", LAUNCH_SCRIPT.source, PANEL_SCRIPT.source),
        styles=(BASE_STYLES.source, STYLES.source),
        framed_by=framed_by,
    )
