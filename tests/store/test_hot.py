"""The hot list: counting momentum, the order, whom filters let through, going on from a place."""

from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update

from sync.model import CrmContact, CrmLead, LinkState, NewLink, PersonRecord, ScoreSource, Space
from sync.model.hot import HotFilter, HotPerson, HotPlace
from sync.rules.heat import RANGES, begins, heat, is_hot
from sync.store import Store
from sync.store.tables import people
from tests.store.helpers import NOON, at_once

MONTH = HotFilter(days=30)


class Hot:
    """The people of one space, by what happens to them."""

    def __init__(self, store: Store, space_id: str) -> None:
        self.store = store
        self.space_id = space_id

    def scored(
        self, name: str, *days_and_scores: tuple[float, int | None], blocked: bool = False
    ) -> None:
        """Scores of somebody, so many days ago, the oldest first."""
        for days, score in days_and_scores:
            record = PersonRecord(
                person=name,
                address=f"{name}@example.com",
                contact_id=f"c-{name}",
                score=score,
                score_read_at=NOON - timedelta(days=days),
                score_source=ScoreSource.FACTS,
                blocked=blocked,
            )
            with self.store.write() as desk:
                desk.people.save(self.space_id, [record], now=NOON)

    def contact(self, name: str, *, owner: str = "", deleted: bool = False) -> None:
        contact = CrmContact(
            contact_id=f"c-{name}",
            modified=NOON,
            deleted=deleted,
            addresses=(),
            name=name.title(),
            owner_id=owner,
        )
        with self.store.write() as desk:
            desk.crm.save_contacts(self.space_id, [contact], lambda raw: None)

    def lead(
        self, name: str, list_name: str, *, owner: str = "", deleted: bool = False, day: int = 5
    ) -> None:
        """Somebody reached the threshold in a list, so many days ago."""
        lead_id = f"{name}-{list_name}"
        lead = CrmLead(lead_id=lead_id, modified=NOON, deleted=deleted, open=True, owner_id=owner)
        link = NewLink(
            list_id=f"id-{list_name}",
            person=name,
            key=lead_id,
            state=LinkState.LINKED,
            lead_id=lead_id,
            contact_id=f"c-{name}",
            lead_name=f"{name} ({list_name})",
            list_name=list_name,
            run_id=None,
        )
        with self.store.write() as desk:
            desk.crm.save_leads(self.space_id, [lead], lambda raw: None)
            desk.links.save(self.space_id, [link], now=NOON - timedelta(days=day))

    def page(
        self,
        wanted: HotFilter = MONTH,
        *,
        threshold: int = 40,
        after: HotPlace | None = None,
        limit: int = 50,
    ) -> list[HotPerson]:
        with self.store.read() as desk:
            page = desk.hot.page(
                self.space_id, wanted, threshold=threshold, after=after, limit=limit
            )
            return desk.hot.with_details(self.space_id, page, begins(NOON)[wanted.days])

    def names(self, wanted: HotFilter = MONTH, **options: int) -> list[str]:
        return [one.person for one in self.page(wanted, **options)]


@pytest.fixture
def hot(store: Store, space: Space) -> Hot:
    return Hot(store, space.space_id)


# --- momentum -----------------------------------------------------------------------------------


def test_momentum_is_counted_for_each_range_from_what_was_known_at_its_begin(hot: Hot) -> None:
    hot.scored("ann", (100, 10), (40, 25), (10, 55), (1, 60))
    assert [hot.page(HotFilter(days=days))[0].rise for days in RANGES] == [5, 35, 50]


def test_who_became_known_within_the_range_counts_from_the_first_score(hot: Hot) -> None:
    hot.scored("ann", (20, 40), (1, 58))
    [month], [week] = hot.page(), hot.page(HotFilter(days=7))
    assert (month.rise, month.known_since) == (18, NOON - timedelta(days=20))
    assert (week.rise, week.known_since) == (18, None)


def test_that_somebody_had_no_score_is_no_score_of_nought(hot: Hot) -> None:
    hot.scored("ann", (60, 50), (40, None), (10, 45))
    assert [one.rise for one in hot.page()] == [-5]


def test_who_loses_the_score_leaves_the_list(hot: Hot) -> None:
    hot.scored("ann", (20, 50), (1, None))
    assert hot.page() == []
    with hot.store.read() as desk:
        assert not desk.hot.has_scores(hot.space_id)


def test_ranges_move_on_though_no_score_does(hot: Hot) -> None:
    hot.scored("ann", (60, 20), (5, 50))
    assert hot.page(HotFilter(days=7))[0].rise == 30
    with hot.store.write() as desk:
        later = NOON + timedelta(days=10)
        assert desk.heat.count(hot.space_id, ["ann"], now=later) == 1
        assert desk.heat.count(hot.space_id, ["ann"], now=later) == 0
    assert hot.page(HotFilter(days=7))[0].rise == 0


def test_people_are_counted_in_turn(hot: Hot) -> None:
    for name in ("b", "a", "c"):
        hot.scored(name, (1, 50))
    with hot.store.read() as desk:
        assert desk.heat.next_persons(hot.space_id, "", 2) == ["a", "b"]
        assert desk.heat.next_persons(hot.space_id, "b", 2) == ["c"]


def test_a_space_is_claimed_by_one_of_two_and_due_again_a_day_later(hot: Hot) -> None:
    def claim(now: datetime = NOON) -> str | None:
        with hot.store.write() as desk:
            return desk.heat.claim(now, until=NOON + timedelta(minutes=10))

    assert sorted(at_once(claim, claim), key=str) == [None, hot.space_id]
    assert claim(NOON + timedelta(minutes=9)) is None
    assert claim(NOON + timedelta(minutes=11)) == hot.space_id  # whoever held it is gone
    with hot.store.write() as desk:
        desk.heat.put_off(hot.space_id, NOON + timedelta(days=1))
    assert claim(NOON + timedelta(hours=23)) is None
    assert claim(NOON + timedelta(hours=25)) == hot.space_id


def test_a_space_of_the_version_before_is_due_at_once(hot: Hot) -> None:
    with hot.store.write() as desk:
        assert desk.heat.claim(NOON, until=NOON) == hot.space_id


def test_people_of_the_version_before_wait_to_be_counted(hot: Hot) -> None:
    hot.scored("ann", (1, 50))
    hot.scored("ben", (1, None))
    with hot.store.write() as desk:
        assert desk.hot.is_counted(hot.space_id)
        desk.connection.execute(update(people).values(heat_7=None))
        assert not desk.hot.is_counted(hot.space_id)
        desk.heat.count(hot.space_id, ["ann", "ben"], now=NOON)
        assert desk.hot.is_counted(hot.space_id)


# --- order --------------------------------------------------------------------------------------


def test_the_score_and_what_was_gained_on_top_make_the_order(hot: Hot) -> None:
    hot.scored("steady", (60, 85))
    hot.scored("climber", (60, 30), (2, 60))
    hot.scored("falling", (60, 90), (2, 70))
    hot.scored("cold", (60, 20))
    assert hot.names() == ["climber", "steady", "falling"]
    assert [one.rising for one in hot.page()] == [True, False, False]


def test_at_the_same_heat_the_higher_score_comes_first(hot: Hot) -> None:
    hot.scored("gained", (60, 40), (2, 50))
    hot.scored("had", (60, 60))
    assert hot.names() == ["had", "gained"]


def test_who_is_below_the_threshold_is_there_only_while_rising(hot: Hot) -> None:
    hot.scored("ann", (60, 10), (10, 20))
    assert hot.names() == ["ann"]
    assert hot.names(HotFilter(days=7)) == []
    assert hot.names(threshold=44) == []
    assert hot.names(HotFilter(days=90), threshold=20) == ["ann"]


def test_pages_fit_together_and_sql_agrees_with_the_rule(hot: Hot) -> None:
    chance = Random(7)
    expected = {}
    with hot.store.write() as desk:
        for number in range(60):
            before, score = chance.randrange(70), chance.randrange(70)
            name = f"p{number:02d}"
            for days, value in ((60, before), (3, score)):
                record = PersonRecord(
                    person=name,
                    address=f"{name}@example.com",
                    contact_id=None,
                    score=value,
                    score_read_at=NOON - timedelta(days=days),
                    score_source=ScoreSource.FACTS,
                )
                desk.people.save(hot.space_id, [record], now=NOON)
            if is_hot(score, score - before, 40):
                expected[name] = (heat(score, score - before), score, name)
    met: list[str] = []
    page = hot.page(limit=7)
    while page:
        met += [one.person for one in page]
        page = hot.page(after=page[-1].place, limit=7)
    assert met == sorted(expected, key=lambda name: expected[name], reverse=True)


# --- who is not there ---------------------------------------------------------------------------


def test_deleted_contacts_and_blocked_people_are_not_there(hot: Hot) -> None:
    for name in ("ann", "ben", "cleo"):
        hot.scored(name, (1, 50), blocked=name == "cleo")
    hot.contact("ann")
    hot.contact("ben", deleted=True)
    assert hot.names() == ["ann"]


def test_somebody_erased_is_not_there(hot: Hot) -> None:
    hot.scored("ann", (1, 50))
    with hot.store.write() as desk:
        desk.erased.person(hot.space_id, "ann", "ann@example.com", now=NOON)
    assert hot.page() == []


def test_people_of_another_space_are_not_there(hot: Hot, other_space: Space) -> None:
    other = Hot(hot.store, other_space.space_id)
    other.scored("ann", (1, 50))
    other.contact("ann", owner="u1")
    other.lead("ann", "Spring", owner="u1")
    assert hot.page() == []
    with hot.store.read() as desk:
        assert (desk.hot.lists(hot.space_id), desk.hot.owners(hot.space_id)) == ([], [])
    assert other.names(HotFilter(days=30, owner_id="u1", list_id="id-Spring")) == ["ann"]


# --- what is told of them -----------------------------------------------------------------------


def test_a_person_comes_with_contact_leads_owners_and_history(hot: Hot) -> None:
    hot.scored("ann", (60, 30), (10, 41), (1, 55))
    hot.contact("ann", owner="u1")
    hot.lead("ann", "Spring", owner="u2", day=10)
    hot.lead("ann", "Autumn", deleted=True, day=4)
    with hot.store.write() as desk:
        desk.crm.name_owners(hot.space_id, {"u1": "Una", "u2": ""})
    [ann] = hot.page()
    assert (ann.name, ann.contact_id, ann.address) == ("Ann", "c-ann", "ann@example.com")
    assert (ann.owner and ann.owner.name) == "Una"
    assert [(one.list_name, one.lead_id) for one in ann.leads] == [
        ("Spring", "ann-Spring"),
        ("Autumn", None),
    ]
    assert [one.owner and (one.owner.owner_id, one.owner.name) for one in ann.leads] == [
        ("u2", ""),
        None,
    ]
    assert ann.crossed_at == NOON - timedelta(days=10)
    assert ann.history == [
        (NOON - timedelta(days=30), 30),
        (NOON - timedelta(days=10), 41),
        (NOON - timedelta(days=1), 55),
    ]


def test_lists_and_owners_to_choose_from_come_by_name(hot: Hot) -> None:
    for name, list_name in (("ann", "beta"), ("ben", "Alpha"), ("cleo", "beta")):
        hot.scored(name, (1, 50))
        hot.lead(name, list_name, owner=f"u-{name}")
    with hot.store.write() as desk:
        desk.crm.name_owners(hot.space_id, {"u-ann": "zoe", "u-ben": "Yara"})
    with hot.store.read() as desk:
        assert desk.hot.lists(hot.space_id) == [("id-Alpha", "Alpha"), ("id-beta", "beta")]
        owners = [(one.owner_id, one.name) for one in desk.hot.owners(hot.space_id)]
    assert owners == [("u-ben", "Yara"), ("u-ann", "zoe"), ("u-cleo", "")]


# --- filters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        pytest.param({"list_id": "id-Spring"}, ["dora", "ben", "ann"], id="list"),
        pytest.param({"owner_id": "u1"}, ["cleo", "ann"], id="owner-of-contact"),
        pytest.param({"owner_id": "u2"}, ["dora", "ben"], id="owner-of-lead-that-lives"),
        pytest.param({"list_id": "id-Spring", "owner_id": "u1"}, ["ann"], id="both"),
        pytest.param({"list_id": "nothing"}, [], id="no-such-list"),
        pytest.param({"owner_id": "nobody"}, [], id="no-such-owner"),
    ],
)
@pytest.mark.parametrize("few", [2_000, 0])
def test_filters_let_through_who_is_like_that(
    hot: Hot, monkeypatch: pytest.MonkeyPatch, few: int, wanted: dict[str, str], names: list[str]
) -> None:
    """However many are like that: few are found by what they have in common, many along the way."""
    monkeypatch.setattr("sync.store.hot.FEW", few)
    for number, name in enumerate(("ann", "ben", "cleo", "dora")):
        hot.scored(name, (60, 50 + number))
        hot.contact(name, owner="u1" if name in ("ann", "cleo") else "u3")
    hot.lead("ann", "Spring")
    hot.lead("ben", "Spring", owner="u2")
    hot.lead("cleo", "Autumn", owner="u2", deleted=True)
    hot.lead("dora", "Spring", owner="u2")
    assert hot.names(HotFilter(days=30, **wanted)) == names
    [*first] = hot.page(HotFilter(days=30, **wanted), limit=1)
    rest = hot.page(HotFilter(days=30, **wanted), after=first[0].place) if first else []
    assert [one.person for one in (*first, *rest)] == names


def test_who_was_not_read_again_since_owners_are_kept_has_none(hot: Hot) -> None:
    hot.scored("ann", (1, 50))
    hot.contact("ann")
    [ann] = hot.page()
    assert ann.owner is None
