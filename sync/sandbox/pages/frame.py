"""What the section at the right of a Contact frames: the address of the Webresource, filled in."""

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


def make_frame(space: Space, contact: Record) -> Frame:
    """The page of the Contact's Webresource, for this Contact."""
    resource = find_webresource(space)
    if resource is None:
        return Frame(
            title="Embedded page",
            problem="The panel has not been provisioned: there is no web resource for Contacts.",
        )
    src = fill_in(space, str(resource["url"]), contact)
    if not is_web_address(src):
        problem = "The web resource has no address that begins with http:// or https://."
        return Frame(title=resource["name"], problem=problem)
    return Frame(title=resource["name"], src=src)


def make_launch_frame(space: Space, contact: Record, launch: Launch | None, *, now: float) -> Frame:
    """The panel, opened by a signed launch."""
    title = make_frame(space, contact).title
    if launch is None:
        problem = "No launch key is configured. POST one to /__sandbox/launch."
        return Frame(title=title, problem=problem)
    return Frame(title=title, src=launch.url, token=launch.make_token(contact["id"], now=now))


def find_webresource(space: Space) -> Record | None:
    """The first page that is embedded in Contacts."""
    for one in space.records["Webresources"].values():
        if one["entity"] == "Contact" and one.get("url") and not one.get("is_deleted"):
            return one
    return None


def fill_in(space: Space, template: str, contact: Mapping[str, Any]) -> str:
    """The address with the Contact's values, encoded; a field that is empty or gone gives nothing.

    Like the CRM it looks at the values only: what the address means is left to its page.
    """

    def value_of(placeholder: Match[str]) -> str:
        field = space.find("Fields", placeholder[1])
        value = contact.get(field["api_name"]) if field else None
        return "" if value is None else quote(str(value), safe="")

    return PLACEHOLDER.sub(value_of, template)
