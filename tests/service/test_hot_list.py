"""The hot list as the service gives it: rights, pages, the table, counting what stands still."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from sync.errors import NotFound
from sync.model import CrmContact, LinkState, NewLink, PersonRecord, ScoreSource
from sync.model.hot import HotFilter
from sync.service import hot_filter
from sync.store.tables import people
from tests.service.world import NOON, AdminWorld

MONTH = HotFilter(days=30)


def url_of(collection: str, record_id: str) -> str:
    return f"https://crm.example.com/{collection}/{record_id}"


def scored(world: AdminWorld, name: str, *days_and_scores: tuple[int, int]) -> None:
    """Scores of somebody in acme, so many days ago."""
    for days, score in days_and_scores:
        record = PersonRecord(
            person=name,
            address=f"{name}@example.com",
            contact_id=f"c-{name}",
            score=score,
            score_read_at=world.time - timedelta(days=days),
            score_source=ScoreSource.FACTS,
        )
        with world.store.write() as desk:
            desk.people.save("acme", [record], now=world.time)


def named(world: AdminWorld, name: str, shown: str, list_name: str) -> None:
    """Somebody's Contact is called so, and they have a Lead for a list called so."""
    contact = CrmContact(
        contact_id=f"c-{name}",
        modified=NOON,
        deleted=False,
        addresses=(),
        name=shown,
        owner_id="u1",
    )
    link = NewLink(
        list_id=list_name,
        person=name,
        key=name,
        state=LinkState.LINKED,
        lead_id=f"l-{name}",
        contact_id=f"c-{name}",
        lead_name=shown,
        list_name=list_name,
        run_id=None,
    )
    with world.store.write() as desk:
        desk.crm.save_contacts("acme", [contact], lambda raw: None)
        desk.crm.name_owners("acme", {"u1": "@Una"})
        desk.links.save("acme", [link], now=NOON)


def counted(world: AdminWorld) -> int:
    return world.hot_list.count_due(lambda: False)


# --- who may look ---------------------------------------------------------------------------------


def test_admins_and_operators_see_it_and_nobody_else(world: AdminWorld) -> None:
    scored(world, "ann", (1, 50))
    for actor in (world.anna, world.olga):
        page = world.hot_list.page(actor, "acme", MONTH)
        assert [one.person for one in page.people] == ["ann"]
        assert len(list(world.hot_list.table(actor, "acme", MONTH, url_of))) == 2
    for question in (
        lambda: world.hot_list.page(world.bert, "acme", MONTH),
        lambda: world.hot_list.choices(world.bert, "acme"),
        lambda: world.hot_list.table(world.bert, "acme", MONTH, url_of),
    ):
        with pytest.raises(NotFound):
            question()


# --- what is asked for ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"), [("7", 7), ("30", 30), ("90", 90), ("", 30), ("8", 30), ("７", 30)]
)
def test_a_range_that_there_is_not_becomes_the_usual_one(days: str, expected: int) -> None:
    assert hot_filter(days, "", "") == HotFilter(days=expected)


@pytest.mark.parametrize("nonsense", ["", "a\x00b", "x" * 201])
def test_nonsense_narrows_nothing(nonsense: str) -> None:
    assert not hot_filter("30", nonsense, nonsense).narrows


def test_pages_go_on_where_they_ended(world: AdminWorld) -> None:
    for number in range(60):
        scored(world, f"p{number:02d}", (1, 100 - number))
    first = world.hot_list.page(world.anna, "acme", MONTH)
    assert first.next_after is not None
    second = world.hot_list.page(world.anna, "acme", MONTH, after=first.next_after)
    scores = [one.score for one in (*first.people, *second.people)]
    assert scores == list(range(100, 40, -1))
    assert second.next_after is None


@pytest.mark.parametrize(
    "forged", ["", "x", "1:2", "1:2:a\x00", "9999999999:1:a", "1:2:" + "a" * 40]
)
def test_a_forged_place_begins_at_the_top(world: AdminWorld, forged: str) -> None:
    scored(world, "ann", (1, 50))
    assert len(world.hot_list.page(world.anna, "acme", MONTH, after=forged).people) == 1


# --- why it is empty ------------------------------------------------------------------------------


def test_an_empty_page_knows_why(world: AdminWorld) -> None:
    def why() -> tuple[bool, bool]:
        page = world.hot_list.page(world.anna, "acme", HotFilter(days=7))
        assert not page.people
        return page.scored, page.counted

    assert why() == (False, True)
    scored(world, "ann", (1, 50))
    with world.store.write() as desk:  # as the version before leaves it
        desk.connection.execute(update(people).values(heat_7=None, rise_7=None))
    assert why() == (True, False)
    scored(world, "ann", (0, 5))
    assert why() == (True, True)


# --- the table ------------------------------------------------------------------------------------


def test_the_table_is_the_list_in_its_order_and_computes_nothing(world: AdminWorld) -> None:
    scored(world, "ann", (60, 50), (2, 45))
    scored(world, "ben", (60, 10), (2, 60))
    named(world, "ben", "=cmd|'/C calc'!A0", "+Spring")
    heading, first, second = world.hot_list.table(world.anna, "acme", MONTH, url_of)
    assert dict(zip(heading, first, strict=True)) == {
        "No.": "1",
        "Name": "'=cmd|'/C calc'!A0",
        "E-mail address": "ben@example.com",
        "Score": "60",
        "Points in 30 days": "50",
        "Rising": "yes",
        "Score read at (UTC)": "2026-03-01 12:00",
        "Reached on (UTC)": "2026-03-03",
        "Lists": "'+Spring",
        "Owner": "'@Una",
        "Owners of Leads": "",
        "Contact": "https://crm.example.com/contacts/c-ben",
        "Leads": "https://crm.example.com/leads/l-ben",
    }
    assert second[:6] == ("2", "", "ann@example.com", "45", "-5", "")


def test_the_table_holds_everybody_however_many(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.service.hot.PEOPLE_AT_ONCE", 2)
    for number in range(5):
        scored(world, f"p{number}", (1, 50 + number))
    table = list(world.hot_list.table(world.anna, "acme", MONTH, url_of))
    assert [row[3] for row in table[1:]] == ["54", "53", "52", "51", "50"]


# --- counting -------------------------------------------------------------------------------------


def test_who_stands_still_is_counted_once_a_day(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.service.hot.PEOPLE_AT_ONCE", 2)
    for name in ("ann", "ben", "cleo"):
        scored(world, name, (20, 10), (3, 50))
    assert counted(world) == 2  # both spaces
    assert counted(world) == 0
    world.later(days=8)
    assert world.hot_list.page(world.anna, "acme", HotFilter(days=7)).people[0].rise == 40
    assert counted(world) == 2
    page = world.hot_list.page(world.anna, "acme", HotFilter(days=7))
    assert [one.rise for one in page.people] == [0, 0, 0]


def test_counting_stops_when_told_and_goes_on_when_nobody_holds_it(world: AdminWorld) -> None:
    scored(world, "ann", (1, 50))
    assert world.hot_list.count_due(lambda: True) == 0
    world.later(minutes=11)
    assert counted(world) == 2


def test_a_run_leaves_the_list_counted_and_the_owners_named(world: AdminWorld) -> None:
    world.vendors.acton.add_person("l-0001", "ann@example.com", first="Ann", last="Lee", score=50)
    world.sync()
    [ann] = world.hot_list.page(world.anna, "acme", MONTH).people
    assert (ann.name, ann.score, ann.rise) == ("Ann Lee", 50, 0)
    assert [one.list_name for one in ann.leads] == ["Spring"]
    assert [one.name for one in world.hot_list.choices(world.anna, "acme").owners] == ["Anna"]
