"""What the product is made with: pinned with hashes, licences known, copies of files unchanged."""

import base64
import hashlib
import importlib.util
import json
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOP = Path(__file__).parents[2]
VENDORED = json.loads((TOP / "docs" / "vendored.json").read_text("utf-8"))["packages"]
COPIES = [(path, digest) for one in VENDORED for path, digest in one["files"].items()]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TOP / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_package_of_the_runtime_is_listed_with_an_accepted_licence() -> None:
    licences = script("licences")
    pins = licences.PIN.findall((TOP / "requirements.txt").read_text())
    page = (TOP / "docs" / "licences.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| ([a-z0-9.-]+) \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE))
    accepted = {*licences.ACCEPTED.values()}
    assert len(pins) > 40
    for name, version, condition in pins:
        if not condition:
            assert f"| {name} | {version} |" in page, "run ./run licences"
            assert listed[name] in accepted
    assert {name for name in listed if name != "package"} <= {name for name, *_ in pins}


def test_every_pin_has_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (TOP / name).read_text()
        pins = re.split(r"\n(?=[a-z])", text.partition("\n\n")[2] or text)
        assert len(pins) > 40
        assert [one for one in pins if "==" in one and "--hash=sha256:" not in one] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    decisions = (TOP / "docs" / "decisions.md").read_text("utf-8").lower()
    readme = (TOP / "README.md").read_text("utf-8").lower()
    named = [re.split(r"[\[>=]", one)[0] for one in project["dependencies"]]
    # Given with the task, or what another one stands on.
    given = {"flask", "requests", "jinja2", "gunicorn", "pydantic", "urllib3", "idna", "tzdata"}
    given |= {"flask-wtf", "redis", "flask-limiter", "rich", "argon2-cffi"}
    unexplained = [one for one in named if one not in given and one not in decisions + readme]
    assert unexplained == []


@pytest.mark.parametrize(("path", "digest"), COPIES, ids=[path for path, _ in COPIES])
def test_a_copy_is_what_its_source_gave(path: str, digest: str) -> None:
    found = base64.b64encode(hashlib.sha384((TOP / path).read_bytes()).digest()).decode()
    assert digest == f"sha384-{found}"


def test_no_copy_is_missing_from_the_list() -> None:
    folders = [
        TOP / "static" / "vendor",
        TOP / "static" / "icons" / "lucide",
        TOP / "tests/data/axe",
    ]
    there = {
        str(path.relative_to(TOP))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.name != "LICENSE" and path.suffix != ".gz"
    }
    assert there == {path for path, _ in COPIES}


def test_every_copy_says_where_it_is_from_and_comes_with_its_licence() -> None:
    for one in VENDORED:
        assert one["source"].startswith("https://")
        assert one["version"] in one["source"]
        folders = {(TOP / path).parent for path in one["files"]}
        assert all((folder / "LICENSE").is_file() for folder in folders)
        assert one["licence"]


# --- ./run audit ---------------------------------------------------------------------------------

FINE: dict[str, Any] = {"name": "flask", "version": "3.1.3", "vulns": []}
BAD: dict[str, Any] = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-2026-1"}]}
LEFT_OUT: dict[str, Any] = {"name": "flask", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("found", "wanted", "code"),
    [
        ([FINE], 1, 0),
        ([FINE, BAD], 2, 1),
        ([], 0, 69),
        ([], 1, 69),
        ([LEFT_OUT], 1, 69),
        ([FINE, LEFT_OUT], 2, 69),
        ([FINE], 2, 69),
        ([BAD, LEFT_OUT], 2, 1),
    ],
)
def test_an_audit_that_saw_nothing_is_no_good_news(
    found: list[dict[str, Any]], wanted: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script("audit").judge(found, wanted) == code
    assert f"of {wanted} pins were looked at" in capsys.readouterr().out


def test_a_database_that_cannot_be_asked_is_said_to_be_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = subprocess.CompletedProcess([], 1, stdout="", stderr="no connection\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    assert script("audit").main() == 69
    assert "could not be asked: no connection" in capsys.readouterr().out


# --- exceptions from the checks ------------------------------------------------------------------


def exceptions() -> list[str]:
    """Each exception from a security rule that stands there without a word beside or above."""
    files = [*TOP.glob("*.py"), *(TOP / "app").rglob("*.py"), *(TOP / "sync").rglob("*.py")]
    bare = []
    for path in files:
        lines = path.read_text("utf-8").splitlines()
        for number, line in enumerate(lines):
            if not re.search(r"# (nosec|noqa: S\d)", line):
                continue
            beside = re.search(r"S\d{3} +[-#] +\S", line)
            above = lines[number - 1].lstrip().startswith("#") or "#" in lines[number - 1]
            if not beside and not above:
                bare.append(f"{path.relative_to(TOP)}:{number + 1}")
    return bare


def test_each_exception_from_a_security_rule_has_its_reason_in_place() -> None:
    assert exceptions() == []
