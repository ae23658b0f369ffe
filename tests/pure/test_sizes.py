"""Files that one can hold in one's head: when a module outgrows its name, it is split."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
# Migrations are lists of columns, and what was released is not rearranged.
FILES = [
    path
    for folder in ("app", "sync")
    for path in sorted((TOP / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TOP)))
def test_a_module_and_its_functions_are_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= LONGEST_MODULE, "split it by what it is about"
    long = {
        one.name: lines
        for one in functions_in(ast.parse(source))
        if (lines := lines_of_its_own(one)) > LONGEST_FUNCTION
    }
    assert not long


def test_lines_of_inner_functions_are_counted_there() -> None:
    outer, inner = functions_in(
        ast.parse("def outer():\n    def inner():\n        return 1\n    return inner\n")
    )
    assert lines_of_its_own(outer) == 2
    assert lines_of_its_own(inner) == 2


def functions_in(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def lines_of_its_own(one: Function) -> int:
    """Without functions inside: the maker of a blueprint is a list of short views."""
    inner = [node for child in one.body for node in ast.walk(child) if isinstance(node, Function)]
    outermost = [
        node
        for node in inner
        if not any(node in ast.walk(other) for other in inner if other is not node)
    ]
    return length(one) - sum(length(node) for node in outermost)


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
