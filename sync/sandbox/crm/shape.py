"""What a record looks like from outside: relations, `expand`, `load-only`, dates (contracts, 2.4).

Changes nothing and decides nothing about which records are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, TypeAlias

from sync.sandbox.crm.kinds import INSTANT, KINDS
from sync.sandbox.crm.space import Record, Space, read_instant

Tree: TypeAlias = dict[str, "Tree"]  # "owner,links.contact" as {"owner": {}, "links": {…}}


def read_tree(text: str) -> Tree:
    """A comma list of dotted names as a tree."""
    tree: Tree = {}
    for dotted in filter(None, text.split(",")):
        branch = tree
        for name in dotted.strip().split("."):
            branch = branch.setdefault(name, {})
    return tree


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How the records of one answer are to look."""

    space: Space
    base: str  # the address of the space, for relations that are not expanded
    zone: tzinfo | None = None  # None: as kept, in UTC
    with_t: bool = False

    def show(self, kind: str, record: Record, expand: Tree, only: Tree) -> Record:
        """One record; `only` empty: all of it."""
        whole = self.space.whole(kind, record)
        if kind == "Leads":
            self._add_lead_parts(whole, expand, only)
        elif kind == "Contacts":
            names = (whole["first_name"], whole["middle_name"], whole["last_name"])
            whole["formatted_name"] = " ".join(name for name in names if name)
        elif kind == "LeadProcesses":
            self._add_process_parts(whole)
        for name, (other, id_name) in KINDS[kind].relations.items():
            if not only or name in only:
                whole[name] = self._relation(other, whole.get(id_name), name, expand, only)
        if only:
            whole = {name: whole[name] for name in only if name in whole}
        return self._with_dates(kind, whole)

    def _relation(
        self, kind: str, record_id: Any, name: str, expand: Tree, only: Tree
    ) -> Record | str | None:
        """The related record where `expand` names it, else its address."""
        if not record_id:
            return None
        if name in expand and kind in KINDS:
            related = self.space.records[kind].get(record_id)
            if related is not None:
                return self.show(kind, related, expand[name], only.get(name, {}))
        return f"{self.base}/entities/{kind}/{record_id}"

    def _add_lead_parts(self, whole: Record, expand: Tree, only: Tree) -> None:
        links = self.space.links_of(whole["id"])
        primary = next((one["contact_id"] for one in links if one["is_primary"]), None)
        since = self.space.clock.now() - read_instant(whole["created"])
        whole |= {
            "formatted_name": whole["name"],
            "table_name": "lead",
            "days_in_step": max(0, since.days),
            "primary_contact": self._relation("Contacts", primary, "primary_contact", expand, only),
            "contact_relations": [
                self._relation(
                    "LeadOpptyContactRelations", one["id"], "contact_relations", expand, only
                )
                for one in links
            ],
        }

    def _add_process_parts(self, whole: Record) -> None:
        for name, kind in (("steps", "Steps"), ("lead_types", "LeadTypes")):
            whole[name] = [
                f"{self.base}/entities/{kind}/{one['id']}"
                for one in self.space.records[kind].values()
                if one.get("lead_process_id") == whole["id"] and not one.get("is_deleted")
            ]

    def _with_dates(self, kind: str, shown: Record) -> Record:
        if self.zone is None and not self.with_t:
            return shown
        own = self.space.own_fields(kind)
        for name, value in shown.items():
            dated = KINDS[kind].types.get(name) == INSTANT or (
                name in own and own[name]["type_id"] == "datetime"
            )
            if dated and isinstance(value, str) and value:
                moment = read_instant(value).astimezone(self.zone or UTC)
                sep = "T" if self.with_t else " "
                shown[name] = moment.isoformat(sep=sep, timespec="microseconds")
        return shown


def show_list(shape: Shape, kind: str, records: Any, arguments: Mapping[str, str]) -> list[Record]:
    """Some records as `expand` and `load-only` ask for."""
    expand = read_tree(arguments.get("expand", ""))
    only = read_tree(arguments.get("load-only", ""))
    return [shape.show(kind, record, expand, only) for record in records]
