"""What the section at the right of a record frames: the address of the Webresource, filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from re import Match
from typing import Any
from urllib.parse import quote

from sync.sandbox.crm.fields import PLACEHOLDER
from sync.sandbox.crm.space import Record, Space
from sync.sandbox.launch import Launch, is_web_address


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The embedded section: `src` is framed; with a `token` it is posted to `src` instead.

    `problem` says in words why nothing can be framed.
    """

    title: str
    src: str = ""
    token: str = ""
    problem: str = ""


def make_frame(space: Space, entity: str, record: Record) -> Frame:
    """The page of the Webresource of Contacts or Leads, for this one."""
    resource = find_webresource(space, entity)
    if resource is None:
        return Frame(
            title="Embedded page",
            problem=f"The panel has not been provisioned: there is no web resource for {entity}s.",
        )
    src = fill_in(space, str(resource["url"]), record)
    if not is_web_address(src):
        problem = "The web resource has no address that begins with http:// or https://."
        return Frame(title=resource["name"], problem=problem)
    return Frame(title=resource["name"], src=src)


def make_launch_frame(
    space: Space, entity: str, record: Record, launch: Launch | None, *, now: float
) -> Frame:
    """The panel, opened by a signed launch."""
    title = make_frame(space, entity, record).title
    if launch is None:
        problem = "No launch key is configured. POST one to /__sandbox/launch."
        return Frame(title=title, problem=problem)
    return Frame(
        title=title, src=launch.url, token=launch.make_token(entity, record["id"], now=now)
    )


def find_webresource(space: Space, entity: str) -> Record | None:
    """The first page that is embedded in Contacts or Leads."""
    for one in space.records["Webresources"].values():
        if one["entity"] == entity and one.get("url") and not one.get("is_deleted"):
            return one
    return None


def fill_in(space: Space, template: str, record: Mapping[str, Any]) -> str:
    """The address with the record's values, encoded; a field that is empty or gone gives nothing.

    Like the CRM it looks at the values only: what the address means is left to its page.
    """

    def value_of(placeholder: Match[str]) -> str:
        field = space.find("Fields", placeholder[1])
        value = record.get(field["api_name"]) if field else None
        return "" if value is None else quote(str(value), safe="")

    return PLACEHOLDER.sub(value_of, template)
