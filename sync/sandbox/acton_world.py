"""An Act-On account as the sandbox keeps it: people by address, lists with rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from sync.sandbox.people import Person, make_people

# What customers call their columns: (header, attribute of Person).
STYLES: Sequence[Sequence[tuple[str, str]]] = (
    (
        ("First Name", "first"),
        ("Last Name", "last"),
        ("Job Title", "title"),
        ("Company", "company"),
        ("Business City", "city"),
        ("E-mail Address", "email"),
        ("Business Phone", "phone"),
    ),
    (("FIRSTNAME", "first"), ("LASTNAME", "last"), ("EMAIL", "email"), ("Account Name", "company")),
    (("Email", "email"), ("Vorname", "first"), ("Nachname", "last"), ("Firma", "company")),
    (("Email Address", "email"),),
)
SCORE_HEADER = "Lead Score"


@dataclass(slots=True)
class Row:
    """One list row: a person, or cells written by hand (in the order of the list's headers)."""

    number: int
    person: Person | None
    cells: tuple[str, ...] = ()
    modified_ms: int = 0


@dataclass
class ActOnList:
    """A list, or with `base_id` a segment of one."""

    list_id: str
    name: str
    columns: Sequence[tuple[str, str]]
    rows: list[Row] = field(default_factory=list)
    base_id: str | None = None
    folder: str = "Default Folder"
    modified_ms: int = 0
    next_number: int = 0

    def add(self, person: Person | None, cells: tuple[str, ...] = ()) -> Row:
        """A row at the end."""
        row = Row(
            number=self.next_number,
            person=person,
            cells=cells,
            modified_ms=person.modified_ms if person else self.modified_ms,
        )
        self.next_number += 1
        self.rows.append(row)
        return row

    @property
    def headers(self) -> list[str]:
        """The names of the columns, without the record id."""
        return [header for header, _ in self.columns]

    @property
    def email_column(self) -> int:
        """The place of the address among the headers with the record id in front."""
        return 1 + [attribute for _, attribute in self.columns].index("email")

    def cells_of(self, row: Row) -> list[str]:
        """The row as text, record id in front."""
        cells = [f"{self.list_id}:{row.number:x}"]
        if row.person is None:
            return cells + list(row.cells)
        for _, attribute in self.columns:
            value = getattr(row.person, attribute)
            cells.append("" if value is None else str(value))
        return cells

    def address_of(self, row: Row) -> str:
        """The address as the row has it."""
        return self.cells_of(row)[self.email_column]

    def find(self, record_id: str) -> Row | None:
        """The row of this full record id."""
        list_id, _, number = record_id.rpartition(":")
        if list_id != self.list_id:
            return None
        return next((row for row in self.rows if f"{row.number:x}" == number), None)


@dataclass
class Account:
    """One Act-On account."""

    account_id: str
    username: str
    password: str
    people: dict[str, Person] = field(default_factory=dict)
    lists: dict[str, ActOnList] = field(default_factory=dict)

    def person(self, email: str) -> Person | None:
        """The person with this address, however it is written."""
        return self.people.get(email.strip().lower())

    def add_person(self, person: Person) -> Person:
        """Make the person known, or give back the one with that address."""
        return self.people.setdefault(person.email.strip().lower(), person)


def make_account(
    account_id: str,
    username: str,
    password: str,
    *,
    rows: int,
    lists: int,
    people: int,
    hits: int,
    seed: int,
    score_column: str = "some",
) -> Account:
    """A generated account: every person is in a list at least once, as far as the rows go."""
    account = Account(account_id=account_id, username=username, password=password)
    crowd = make_people(people, hits, seed)
    for person in crowd:
        account.add_person(person)
    random = Random(seed + 1)  # noqa: S311 - a made-up world, no secret
    names = ("Newsletter", "Webinar", "Trade fair", "Downloads", "Trial", "Customers")
    made = []
    for number in range(lists):
        columns = STYLES[number % len(STYLES)]
        if score_column == "all" or (score_column == "some" and number == 1):
            columns = (*columns, (SCORE_HEADER, "score"))
        round_number = number // len(names)
        suffix = f" {round_number + 1}" if round_number else ""
        one = ActOnList(
            list_id="l-dyn-lead-004b" if number == 3 else f"l-{number + 1:04x}",
            name=names[number % len(names)] + suffix,
            columns=columns,
            modified_ms=crowd[0].modified_ms if crowd else 0,
        )
        account.lists[one.list_id] = one
        made.append(one)
    _spread(made, crowd, rows, random)
    return account


def _spread(lists: Sequence[ActOnList], crowd: Sequence[Person], rows: int, random: Random) -> None:
    """Fill the lists evenly; nobody is twice in one list while others are still to be placed."""
    if not lists or not crowd:
        return
    share, rest = divmod(rows, len(lists))
    start = 0
    for number, one in enumerate(lists):
        size = min(share + (1 if number < rest else 0), len(crowd))
        for offset in range(size):
            one.add(crowd[(start + offset) % len(crowd)])
        start += size
        random.shuffle(one.rows)
