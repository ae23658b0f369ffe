"""All spaces of the sandbox's Pipeliner, for its routes, for tests and for the state file."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sync.sandbox.clock import SandboxClock
from sync.sandbox.crm.firing import tell
from sync.sandbox.crm.seed import make_space
from sync.sandbox.crm.space import Record, write_instant
from sync.sandbox.options import OTHER_SPACE_ID, SPACE_ID, SandboxOptions, further_space
from sync.sandbox.postman import Postman
from sync.sandbox.switches import Switches


class Crm:
    """All spaces."""

    def __init__(self, options: SandboxOptions, switches: Switches, clock: SandboxClock) -> None:
        self.switches = switches
        self.clock = clock
        more = [further_space(number) for number in range(1, options.spaces + 1)]
        self.spaces = {
            space_id: make_space(space_id, clock, options, full=space_id == SPACE_ID)
            for space_id in (SPACE_ID, OTHER_SPACE_ID, *more)
        }
        self.postman = Postman(switches)
        for space in self.spaces.values():
            space.on_change = partial(tell, postman=self.postman)
        self.changed = False

    @property
    def changed(self) -> bool:
        """Whether any record has changed since this was last set to False."""
        return any(space.changed for space in self.spaces.values())

    @changed.setter
    def changed(self, value: bool) -> None:
        for space in self.spaces.values():
            space.changed = value

    # --- for tests and the state file ----------------------------------------------------------

    def live(self, kind: str, space_id: str = SPACE_ID) -> list[Record]:
        """The records of a kind that are not deleted, with all their fields."""
        space = self.spaces[space_id]
        found = space.records[kind].values()
        return [space.whole(kind, record) for record in found if not record.get("is_deleted")]

    def patch(self, space_id: str, kind: str, record_id: str, values: Record) -> Record:
        """Change a record as a user of the CRM would. Raises KeyError."""
        space = self.spaces[space_id]
        return space.put(kind, {**space.records[kind][record_id], **values})

    def copy_fields(self, source: str) -> None:
        """Give every other space without custom fields those of `source`, ids included.

        Raises KeyError.
        """
        fields = self.spaces[source].records["Fields"]
        for space in self.spaces.values():
            if not space.records["Fields"]:
                for record in fields.values():
                    space.put("Fields", record)

    def qualify(self, space_id: str, lead_id: str) -> None:
        """A user makes the Lead an opportunity, of which the API shows nothing. Raises KeyError."""
        space = self.spaces[space_id]
        marks: dict[str, dict[str, Any]] = {
            "deleted": {"is_deleted": True},
            "closed": {"is_archived": True, "qualify_date": write_instant(self.clock.now())},
        }
        becomes = marks.get(str(self.switches["qualified_lead"]))
        if becomes is None:
            space.purge("Leads", lead_id)
        else:
            self.patch(space_id, "Leads", lead_id, becomes)

    def overview(self) -> dict[str, Any]:
        """How many records there are."""
        return {
            space_id: {
                kind: {
                    "all": len(records),
                    "live": sum(not record.get("is_deleted") for record in records.values()),
                }
                for kind, records in space.records.items()
            }
            for space_id, space in self.spaces.items()
        }

    def dump(self) -> dict[str, Any]:
        """All records, as JSON."""
        return {
            space_id: {"revision": space.revision, "records": space.records}
            for space_id, space in self.spaces.items()
        }

    def load(self, saved: Mapping[str, Any]) -> None:
        """Put saved records back."""
        for space_id, state in saved.items():
            if space_id in self.spaces:
                self.spaces[space_id].load(state)
