"""Both vendors as the panel meets them: people with deeds, and a Contact that is looked at."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from sync.errors import IntegrationError, NotFound
from sync.model import Activity, CrmContact, Deed, FieldMap, ListInfo
from sync.ports import Connections
from tests.engine.fakes import FakeActOn, FakePipeliner


class ActOn(FakeActOn):
    """An Act-On account in which people did things: `knows`, `breaks`, `row_leaves`…

    `asked` holds the readings of one person; looking for lists and rows is in `looked`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, Activity] = {}
        self.looked: list[str] = []
        self.broken: IntegrationError | None = None
        self.before_answer: Callable[[], None] = lambda: None

    # --- verbs ---------------------------------------------------------------------------------

    def knows(self, address: str, score: int | None, *deeds: Deed, **more: object) -> None:
        """Act-On's last word about an address; the deeds newest first."""
        self.people[address] = Activity(score=score, deeds=deeds, **more)  # type: ignore[arg-type]

    def forgets(self, address: str) -> None:
        del self.people[address]

    def breaks(self, error: IntegrationError) -> None:
        """From now on every call ends so."""
        self.broken = error

    def works_again(self) -> None:
        self.broken = None

    def add_to_list(self, list_id: str, name: str, *addresses: str) -> list[str]:
        """A list with these addresses, and the ids of their rows."""
        self.add_list(list_id, name)
        for address in addresses:
            self.add_person(list_id, address)
        return [row[0] for row in self.rows[list_id]]

    def row_leaves(self, record_id: str) -> None:
        list_id = record_id.partition(":")[0]
        self.rows[list_id] = [row for row in self.rows[list_id] if row[0] != record_id]

    # --- the part of sync.ports.ActOn that the panel uses ----------------------------------------

    def fetch_lists(self) -> Iterator[ListInfo]:
        self._call(self.looked, "lists")
        listing = list(super().fetch_lists())
        self.asked.remove("lists")
        yield from listing

    def fetch_activity(self, list_id: str, record_id: str) -> Activity:
        self._call(self.asked, f"row {record_id}")
        for row in self.rows.get(list_id, []):
            if row[0] == record_id and row[-1] in self.people:
                return self.people[row[-1]]
        raise NotFound("There is no such row.")

    def find_activity(self, address: str) -> Activity | None:
        self._call(self.asked, f"address {address}")
        return self.people.get(address) if self.has_all_contacts else None

    def find_record(self, list_id: str, address: str) -> str | None:
        self._call(self.looked, f"{list_id} {address}")
        return next((row[0] for row in self.rows.get(list_id, []) if row[-1] == address), None)

    def _call(self, notes: list[str], note: str) -> None:
        notes.append(note)
        self.before_answer()
        if self.broken is not None:
            raise self.broken


class Pipeliner(FakePipeliner):
    """A Pipeliner space in which a Contact can be looked at by its id."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: IntegrationError | None = None
        self.looked: list[str] = []
        self.before_write = self._fail_if_broken

    def breaks(self, error: IntegrationError) -> None:
        """From now on every call of the panel ends so."""
        self.broken = error

    def works_again(self) -> None:
        self.broken = None

    def fails_to_write_leads(self, error: IntegrationError) -> None:
        def before(kind: str) -> None:
            if kind == "Leads":
                raise error

        self.before_write = before

    def set_score(self, contact_id: str, score: int) -> None:
        self.contacts[contact_id] = replace(self.contacts[contact_id], score=score)

    def find_contact(self, contact_id: str, fields: FieldMap) -> CrmContact | None:
        self.looked.append(contact_id)
        self._fail_if_broken("")
        return self.contacts.get(contact_id)

    def _fail_if_broken(self, kind: str) -> None:
        if self.broken is not None:
            raise self.broken


class Line:
    """Connects to both vendors, and counts how often somebody wanted to."""

    def __init__(self, connections: Callable[[], Connections]) -> None:
        self._connections = connections
        self.opened = 0
        self.broken: IntegrationError | None = None

    def __call__(self, space: object, deadline: object) -> Connections:
        self.opened += 1
        if self.broken is not None:
            raise self.broken
        return self._connections()
