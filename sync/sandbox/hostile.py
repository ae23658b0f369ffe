"""The hostile part of the world: what real customers' data hold. docs/sandbox.md explains each.

And the people of the list "Panel examples", whose activity puts the panel to the test.
"""

from collections.abc import Sequence

from sync.sandbox.acton_world import Account, ActOnList
from sync.sandbox.people import LONG_AGO_MS, Person

COLUMNS = (
    ("First Name", "first"),
    ("Middle Name", "middle"),
    ("Last Name", "last"),
    ("Company", "company"),
    ("E-mail Address", "email"),
)

# Addresses that the CRM side of the world knows too.
IN_CRM = (
    "handmade.lead@example.com",
    "known.contact@example.com",
    "linked.lead@example.com",
    "lost.lead@example.com",
    "deleted.contact@example.com",
    "typed.contact@example.com",
)

PEOPLE = (
    Person(email="rocket@example.com", first="🚀 Zoë", last="Müller-O’Neil", score=61),
    Person(email="family@example.com", first="👩‍👩‍👧", last="Família", score=52),
    Person(email="rtl@example.com", first="شركة", last="‮gnitekram", company="אבג", score=58),
    Person(email="quotes@example.com", first='O\'Brien "Bob"', last="D`Arc; --", score=47),
    Person(
        email="html@example.com",
        first="<script>alert(1)</script>",
        last="<img src=x onerror=alert(2)>",
        company="<b>Bold & Sons</b>",
        score=66,
    ),
    Person(email="template@example.com", first="{{7*7}}", last="{% raw %}${7*7}", score=44),
    Person(email="formula@example.com", first="=1+1", last="@SUM(A1:A9)", score=43),
    Person(email="long@example.com", first="Maximiliana " * 30, last="Featherstone" * 12, score=71),
    Person(
        email="control@example.com", first="Line\nbreak\tTab", last="Bell\x07\x1b[31m", score=49
    ),
    Person(email="plus+tag@example.com", first="Plus", last="Tag", score=55),
    Person(email="jürgen@bücher.example.com", first="Jürgen", last="Groß", score=57),
    Person(email="nobody.sheet@example.com", first="No", last="Sheet", score=None),
    Person(email="negative@example.com", first="Nega", last="Tive", score=-12),
    Person(email="justbelow@example.com", first="Just", last="Below", score=39),
    Person(email="exactly@example.com", first="Exactly", last="Forty", score=40),
    Person(email="nameless@example.com", score=80),
    Person(email="twice@example.com", first="Twice", last="Listed", score=63),
)

# Rows that are nobody's: cells as typed, in the order of COLUMNS.
TYPED_ROWS = (
    ("Upper", "", "Case", "Loud Ltd", "  UPPER.CASE@EXAMPLE.COM "),
    ("Upper", "", "Again", "Loud Ltd", "upper.case@example.com"),
    ("Puny", "", "Code", "", "JÜRGEN@xn--bcher-kva.example.com"),
    ("No", "", "Address", "Nowhere", ""),
    ("Not", "", "An address", "", "not an address"),
    ("Two", "", "Ats", "", "two@@example.com"),
    ("Local", "", "Host", "", "user@localhost"),
    ("Dot", "", "End", "", "dot.end@example.com."),
    ("Twice", "", "In one list", "", "Twice@Example.com"),
)

# The people of "Panel examples". All of them reach the score, so a sync links them.
PANEL_PEOPLE = (
    Person(
        email="clara.bright@example.com",
        first="Clara",
        last="Bright",
        company="Northwind Ltd",
        title="Head of Operations",
        phone="+1 555 0100 1001",
        city="Portland",
        score=94,
        story="lively",
    ),
    Person(
        email="panel.hostile@example.com",
        first="<b>Panel</b>",
        last="Hostile \u202eelitsoh",
        company='"><script>alert(0)</script>',
        title="{{7*7}}",
        score=88,
        story="hostile",
    ),
    Person(
        email="busy.bee@example.com",
        first="Busy",
        last="Bee",
        company="Kestrel Inc",
        title="Buyer",
        score=97,
        extra_entries=20_000,
    ),
    Person(
        email="every.verb@example.com",
        first="Every",
        last="Verb",
        company="Tidal SA",
        title="Engineer",
        phone="+1 555 0100 1002",
        score=72,
        story="every_verb",
    ),
    Person(
        email="optedout@example.com",
        first="Olga",
        last="Opted-Out",
        company="Oakline GmbH",
        score=46,
        story="opted_out",
    ),
    Person(
        email="bounced@example.com",
        first="Boris",
        last="Bounced",
        company="Quarry Ltd",
        score=42,
        story="bounced",
    ),
    Person(
        email="complained@example.com",
        first="Connie",
        last="Complained",
        company="Sunfield Inc",
        score=44,
        story="complained",
    ),
    Person(
        email="quiet@example.com",
        first="Quinn",
        last="Quiet",
        company="Blue Harbour Ltd",
        title="Managing Director",
        score=40,
        story="quiet",
    ),
    Person(
        email="dormant@example.com",
        first="Doris",
        last="Dormant",
        company="Oakline GmbH",
        score=53,
        story="dormant",
    ),
)
PANEL_COLUMNS = (
    ("First Name", "first"),
    ("Last Name", "last"),
    ("Job Title", "title"),
    ("Company", "company"),
    ("Business City", "city"),
    ("E-mail Address", "email"),
    ("Business Phone", "phone"),
)

# What to look at in somebody's panel, for the page of Contacts.
NOTES = {
    "clara.bright@example.com": "Lively: mails, visits, forms, documents",
    "panel.hostile@example.com": "Hostile texts, instants and form answers",
    "busy.bee@example.com": "20,000 entries",
    "every.verb@example.com": "Every kind of activity once, and an unknown one",
    "optedout@example.com": "Opted out six days ago",
    "bounced@example.com": "Mail bounced for good",
    "complained@example.com": "Complained about spam",
    "quiet@example.com": "No activity at all; the score is the profile's",
    "dormant@example.com": "Nothing for more than 90 days",
    "html@example.com": "HTML and script in the name",
    "rtl@example.com": "Right-to-left name with a direction mark",
    "long@example.com": "A very long name",
    "control@example.com": "Line breaks and control characters in the name",
    "twice@example.com": "One Contact, several Leads",
    "rocket@example.com": "Emoji in the name",
    "quotes@example.com": "Quotes and SQL marks in the name",
    "known.contact@example.com": "One of two Contacts with this address",
    "nameless@example.com": "No name; the address stands for it",
}


def add_hostile_part(account: Account) -> None:
    """Add the lists and people that a naive integration stumbles over."""
    for person in PEOPLE:
        account.add_person(_copy(person))
    for number, email in enumerate(IN_CRM):
        first, _, last = email.partition("@")[0].partition(".")
        account.add_person(
            Person(email=email, first=first.title(), last=last.title(), score=50 + number)
        )
    account.add_person(Person(email="upper.case@example.com", score=77))
    hostile = _add_list(account, "l-008d", "Hostile <b>names</b> & “quotes” 🎯")
    for person in [*PEOPLE, *[account.people[email] for email in IN_CRM]]:
        hostile.add(account.people[person.email.lower()])
    for cells in TYPED_ROWS:
        hostile.add(None, cells)
    long_name = _add_list(account, "l-00ff", "A list whose name goes on and on " * 12)
    long_name.add(account.people["long@example.com"])
    long_name.add(account.people["twice@example.com"])
    for list_id in ("l-0a01", "l-0a02"):
        twin = _add_list(account, list_id, "Same name")
        twin.add(account.people["twice@example.com"])
        twin.add(account.people["exactly@example.com"])
    _add_list(account, "l-0e00", "Empty list")


def add_panel_part(account: Account) -> None:
    """Add the list "Panel examples" with its people."""
    examples = _add_list(account, "l-0b01", "Panel examples", PANEL_COLUMNS)
    for person in PANEL_PEOPLE:
        examples.add(account.add_person(_copy(person)))


def _add_list(
    account: Account, list_id: str, name: str, columns: Sequence[tuple[str, str]] = COLUMNS
) -> ActOnList:
    one = ActOnList(list_id=list_id, name=name.strip(), columns=columns, modified_ms=LONG_AGO_MS)
    account.lists[list_id] = one
    return one


def _copy(person: Person) -> Person:
    values = {name: getattr(person, name) for name in Person.__slots__}
    return Person(**values)
