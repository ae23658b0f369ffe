"""What the documents promise about the tests is there."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/\w+/\w+\.py)::(\w+)`")
DOCUMENTS = [TOP / "docs" / "reliability.md"]


def named_tests() -> list[tuple[str, str]]:
    """Every test that a document names: (file, function)."""
    return sorted({pair for one in DOCUMENTS for pair in NAMED.findall(one.read_text("utf-8"))})


@pytest.mark.parametrize(("path", "name"), named_tests())
def test_a_test_that_a_document_names_exists(path: str, name: str) -> None:
    source = (TOP / path).read_text("utf-8")
    assert re.search(rf"^(    )?def {name}\(|^class {name}\b|^{name} = ", source, re.MULTILINE)


def test_every_row_of_the_promises_names_a_test() -> None:
    text = DOCUMENTS[0].read_text("utf-8").partition("## What is left to luck")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) > 20
    assert [row[:60] for row in rows if "tests" not in row] == []
