"""Commands that stand in a document, so that a test tries exactly those."""

import re
from pathlib import Path

TOP = Path(__file__).parents[1]


def commands_of(document: str, name: str) -> str:
    """The block below `<!-- tried: name -->` of a document."""
    text = (TOP / "docs" / document).read_text("utf-8")
    found = re.search(rf"<!-- tried: {name} -->\n+```\w*\n(.*?)```", text, re.DOTALL)
    assert found is not None, f"docs/{document} has no commands named {name}"
    return found[1]


def replaced(text: str, instead: dict[str, str]) -> str:
    """The text with each of these words replaced; every one must stand in it somewhere."""
    for word in instead:
        assert word in text, word
    return translated(text, instead)


def translated(text: str, instead: dict[str, str]) -> str:
    """The text with whichever of these words it has replaced, the longest one first."""
    words = sorted(instead, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, words)), lambda found: instead[found[0]], text)
