"""Every command that a document tells people to type is there, with the options that it names."""

import re
import shlex
from pathlib import Path

import click
import pytest

from sync.cli import main

TOP = Path(__file__).parents[2]
PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").glob("*.md"), TOP / "Procfile"])
TYPED = re.compile(r"(?:python|PYTHON|/python) -m sync ([^`\n|#;&)*]*)")
RUN = re.compile(r"\./run ([a-z]+)")
# In prose about what it does, not a command to type.
NAMES = {"$@", "SPACE", "RUN", "EMAIL", "FILE", "COMMAND"}


def typed_commands() -> list[tuple[str, str]]:
    """(page, what follows `python -m sync`)."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8").replace("\\\n", " ")
        found += [(page.name, one.strip()) for one in TYPED.findall(text)]
    return sorted(set(found))


@pytest.mark.parametrize(("page", "words"), typed_commands())
def test_a_command_of_ours_that_a_document_names_is_there(page: str, words: str) -> None:
    command: click.Command = main
    rest = [one for one in shlex.split(words.replace("…", "").replace("'", "")) if one]
    while rest and isinstance(command, click.Group) and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name in NAMES or "|" in name:
            return
        assert name in command.commands, f"{page}: python -m sync {words}"
        command = command.commands[name]
    known = {option for one in command.params for option in one.opts} | {"--help", "-h"}
    named = [one.partition("=")[0] for one in rest if one.startswith("-")]
    assert set(named) <= known, f"{page}: python -m sync {words}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_of_the_script_that_a_document_names_is_there(page: Path) -> None:
    script = (TOP / "run").read_text("utf-8")
    there = set(re.findall(r"^([a-z]+)\(\) \{ ##", script, re.MULTILINE))
    assert {"demo", "test", "check", "audit", "licences", "outdated"} <= there
    assert set(RUN.findall(page.read_text("utf-8"))) <= there | {"help"}


def test_every_benchmark_that_a_document_names_is_there() -> None:
    for page in PAGES:
        for name in re.findall(r"\./run bench ([a-z]+)", page.read_text("utf-8")):
            assert (TOP / "bench" / f"{name}.py").is_file(), f"{page.name}: {name}"
