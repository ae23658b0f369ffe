"""`doctor`: what support needs to know of an installation, without secrets and without people."""

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final
from urllib.parse import urlsplit

import click

from sync.cli.shell import FAILED, open_in
from sync.cli.text import plain
from sync.errors import IntegrationError
from sync.rules.condition import Finding, findings_of
from sync.settings import Shown, shown_settings

PACKAGES: Final = ("flask", "gunicorn", "sqlalchemy", "psycopg", "redis", "requests", "huey")
PRIVATE: Final = (  # people, accounts
    *("ACTON_CLIENT_ID", "OIDC_CLIENT_ID", "OIDC_OPERATORS", "MAIL_FROM"),
)
BAD_DAYS: Final = "See docs/operator-guide.md, bad days."
Report = dict[str, Mapping[str, Any]]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Gather what support needs: versions, settings, state, what failed lately.

    No secret is in the report, no person and no name of a space. Exits 1 when something is not
    well.
    """
    report, findings = examine(context)
    if as_json:
        click.echo(json.dumps(report | {"findings": [vars(one) for one in findings]}, indent=1))
    else:
        for line in as_lines(report, findings):
            click.echo(line)
    context.exit(FAILED if findings else 0)


def examine(context: click.Context) -> tuple[Report, list[Finding]]:
    """The report by part, and what is not well; as much as can be had."""
    report: Report = {"versions": _versions(), "settings": _settings()}
    try:
        service = open_in(context).service
        report["health"] = health = dict(service.health())
        unwell = [
            Finding(problem=f"{name}: {problem}", hint=BAD_DAYS)
            for name, problem in health.items()
            if problem
        ]
        if unwell:
            return report, unwell
        condition = service.condition()
    except IntegrationError as error:
        problems = error.message.splitlines()
        return report, [Finding(problem=one, hint=error.hint) for one in problems]
    report["state"] = condition.as_json()
    return report, list(findings_of(condition))


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "system": platform.system()} | {
        name: _version_of(name) for name in PACKAGES
    }


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _settings() -> dict[str, str]:
    return {one.name: _shown(one) for one in shown_settings()}


def _shown(one: Shown) -> str:
    """What may be told of a setting: of secrets whether they are set, of addresses the host."""
    if one.value is None:
        return "default" if not one.is_required else "NOT SET"
    if one.name in PRIVATE:
        return "set"
    if "://" not in one.value:
        return "set" if one.is_secret else one.value
    try:
        parts = urlsplit(one.value)
    except ValueError:
        return "set (not an address)"  # the findings say so too; here is no place to stop
    return f"set ({parts.scheme})" if one.is_secret else f"{parts.scheme}://{parts.hostname or ''}"


def as_lines(report: Report, findings: Sequence[Finding]) -> Iterator[str]:
    """The report as text to paste into a mail."""
    for part, values in report.items():
        yield f"{part}:"
        for name, value in values.items():
            yield f"  {name}: {plain(_as_text(value))}"
        yield ""
    for number, one in enumerate(findings, start=1):
        yield f"{number}. {plain(one.problem)} {plain(one.hint)}"
    yield f"{len(findings)} to mend." if findings else "All is well."


def _as_text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {number}" for name, number in value.items()) or "none"
    return "ok" if value == "" else "none" if value is None else str(value)
