"""What the documents promise about the tests is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from sync.cli import main
from sync.sandbox.switches import SWITCHES

TOP = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/\w+/\w+\.py)::(\w+)`")
DOCUMENTS = [TOP / "docs" / name for name in ("reliability.md", "security.md")]


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


def test_every_item_verified_names_a_test() -> None:
    text = DOCUMENTS[1].read_text("utf-8")
    table = text.partition("<!-- verified -->")[2].partition("<!-- /verified -->")[0]
    rows = table.strip().splitlines()[2:]
    assert len(rows) > 30
    assert [row[:60] for row in rows if not NAMED.search(row)] == []


def test_the_facts_name_every_switch_of_the_sandbox_and_no_other() -> None:
    text = (TOP / "docs" / "api-facts.md").read_text("utf-8")
    named = {
        name
        for group in re.findall(r"\[(`\w+`(?:, `\w+`)*)\]", text)
        for name in re.findall(r"\w+", group)
    }
    assert named == set(SWITCHES)


def test_the_guide_of_operators_names_every_command_and_no_other() -> None:
    text = (TOP / "docs" / "operator-guide.md").read_text("utf-8")
    table = text.partition("<!-- commands -->")[2].partition("<!-- /commands -->")[0]
    named = re.findall(r"^\| `python -m sync ([a-z -]+?)(?: [A-Z]+)?` \|", table, re.MULTILINE)
    assert sorted(named) == sorted(commands_in(main))


def commands_in(group: click.Group, *above: str) -> Iterator[str]:
    """Every command below a group, as it is typed."""
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands_in(one, *above, name)
        else:
            yield " ".join((*above, name))


LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#([\w-]+))?\)|\]\(#([\w-]+)\)|<img src=\"([^\"]+)\"")
PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_document_links_to_is_there(page: Path) -> None:
    for path, anchor, here, picture in LINK.findall(page.read_text("utf-8")):
        target = page if here else page.parent / (path or picture)
        if "://" in path:
            continue
        assert target.exists(), f"{page.name} links to {path or picture}"
        if anchor or here:
            assert (anchor or here) in anchors_of(target), f"{page.name} links to #{anchor or here}"


def anchors_of(page: Path) -> set[str]:
    """The anchors that headings make, as code hosts make them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
