"""What the demo shows at its end: some of the Leads in the sandbox's CRM, and where to look."""

import json
import urllib.request
from typing import Any, Final

import click

from sync.demo.stage import FOLDER, FRESH_SPACE, OPERATOR, SPACE, operator_password

SAMPLES: Final = 5
KEY: Final = "cf_act_on_key"  # the sandbox names fields as Pipeliner does; only our Leads have it
SCORE: Final = "cf_act_on_score"
WIDTH: Final = 60


def show_created(sandbox_url: str) -> None:
    """Print what the CRM holds now, and the Leads of ours with the highest scores."""
    leads, contacts = _records(sandbox_url, "leads"), _records(sandbox_url, "contacts")
    ours = [lead for lead in leads if lead.get(KEY)]
    ours.sort(key=lambda lead: -int(lead[SCORE]))
    click.echo(
        f"\nThe sandbox's CRM holds {len(leads)} Leads and {len(contacts)} Contacts now; "
        f"{len(ours)} Leads are ours, such as:"
    )
    for lead in ours[:SAMPLES]:
        click.echo(f"  score {lead[SCORE]:>4}  {_shown(lead['name'])}")


def show_addresses(web_url: str, sandbox_url: str) -> None:
    """Print what there is to open and to try, while everything goes on serving."""
    click.echo(f"""
Open:
  {sandbox_url}/demo/contacts  a CRM's contact pages with the panel in them: begin here
  {web_url}/login  the service; sign in as its operator:
      {OPERATOR}
      {operator_password()}
  {web_url}/register  or make an account of your own and activate a fresh space, with the API key
      Service URL {sandbox_url}, Space ID {FRESH_SPACE}, user name sandbox_app, password sandbox_key
      and in Act-On marketing@example.com, password sandbox-password
  {web_url}/readyz  whether it can do its work
  {sandbox_url}/__sandbox/world?kind=leads  the CRM's Leads
  {sandbox_url}/__sandbox/calls  every call that was made

The space {SPACE} is synced once a day; POST {web_url}/sync starts what is due.
Database, logs and secrets are in {FOLDER}. Run again: nothing is created twice.
Ctrl-C stops everything.""")


def _records(sandbox_url: str, kind: str) -> list[dict[str, Any]]:
    address = f"{sandbox_url}/__sandbox/world?kind={kind}"
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  # our own, http
        records: list[dict[str, Any]] = json.load(answer)["records"]
    return records


def _shown(name: str) -> str:
    line = "".join(char if char.isprintable() else " " for char in name)
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
