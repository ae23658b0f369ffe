"""The page of the hot list: who is on it, why, where it leads, and why it is empty."""

import csv
import io
import re

import pytest
from sqlalchemy import update

from sync.model import Activity, CrmContact, Standing
from sync.rules.keys import person_digest
from sync.store.tables import people
from tests.service.world import AdminWorld
from tests.web.space_web import HTTPS, SpaceWeb, open_web, words_of

PAGE = "/admin/acme/hot-list"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def climbing(web: SpaceWeb) -> SpaceWeb:
    """Ready rose from 50 to 61 in ten days; Hostile fell from 45 to 42; New is new."""
    acton = web.world.vendors.acton
    acton.add_person("l-0001", "ready@example.com", first="Rita", last="Ready", score=50)
    acton.add_person("l-0001", "hostile@example.com", first=HOSTILE, last="Hostile", score=45)
    web.world.sync()
    web.world.later(days=10)
    acton.add_person("l-0001", "new@example.com", last="New", score=44)
    acton.set_score("ready@example.com", 61)
    acton.set_score("hostile@example.com", 42)
    web.world.sync()
    return open_web(web.world)  # whose sessions of ten days ago are over


def test_the_hottest_come_first_with_score_momentum_lists_and_owner(climbing: SpaceWeb) -> None:
    words = climbing.anna.read(PAGE)
    assert words.index("Rita Ready") < words.index("hostile@example.com")
    rita = words[words.index("Rita Ready") : words.index("new@example.com")]
    assert "Rising" in rita
    assert "Score 61" in rita
    assert "Up 11 points since" in rita
    assert "Contact of Anna Lead Spring" in rita
    assert "Reached the threshold on 3 Mar" in rita
    assert "Who has 40 points or more, or is rising: gained 10 or more in this range" in words


def test_names_lead_to_the_person_and_records_to_pipeliner(climbing: SpaceWeb) -> None:
    page = climbing.anna.page(PAGE)
    who = person_digest("acme", "ready@example.com")
    assert f'href="/admin/acme/people/{who}"' in page
    outside = re.findall(r'<a href="(https?://[^"]+)" rel="noreferrer"', page)
    assert ["/contacts/" in url for url in outside] == [True, False] * 3
    assert all("/leads/" in url for url in outside[1::2])


def test_names_from_outside_are_text(climbing: SpaceWeb) -> None:
    page = climbing.anna.page(PAGE)
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Hostile" in page


def test_each_drawing_has_a_name_of_its_own(climbing: SpaceWeb) -> None:
    page = climbing.anna.page(PAGE)
    titles = re.findall(r'<title id="([^"]+)"', page)
    assert titles == ["spark-1-title", "spark-3-title"]
    assert "Known since 13 Mar" in words_of(page)  # of whom one score is known


def test_the_range_is_kept_beside_the_filter(climbing: SpaceWeb) -> None:
    page = climbing.anna.page(f"{PAGE}?days=7&list=l-0001")
    assert f'href="{PAGE}?days=90&amp;list=l-0001"' in page
    assert f'href="{PAGE}.csv?days=7&amp;list=l-0001"' in page
    assert '<option value="l-0001" selected>' in page
    assert '<input type="hidden" name="days" value="7">' in page
    assert 'aria-current="true">7 days' in page


@pytest.mark.parametrize("query", ["list=nothing", "owner=nobody", "days=7&owner=nobody"])
def test_a_filter_that_finds_nobody_says_so_and_lets_go(climbing: SpaceWeb, query: str) -> None:
    words = climbing.anna.read(f"{PAGE}?{query}")
    assert "Nobody hot is like that" in words
    assert "Show all" in words


def test_by_owner_come_whose_contact_or_lead_is_theirs(climbing: SpaceWeb) -> None:
    assert "Rita Ready" in climbing.anna.read(f"{PAGE}?owner=u1")
    assert "Rita Ready" not in climbing.anna.read(f"{PAGE}?owner=u2")


# --- empty --------------------------------------------------------------------------------------


def test_without_scores_it_says_who_will_be_there(web: SpaceWeb) -> None:
    words = web.anna.read(PAGE)
    assert "Nobody has a score yet" in words
    assert "everybody who reaches your threshold of 40" in words
    assert "CSV" not in words


def test_when_all_have_cooled_down_it_says_what_would_be_hot(climbing: SpaceWeb) -> None:
    acton = climbing.world.vendors.acton
    for address in ("ready@example.com", "hostile@example.com", "new@example.com"):
        acton.set_score(address, 3)
    climbing.world.sync()
    words = climbing.anna.read(PAGE)
    assert "Nobody is hot just now" in words
    assert "Nobody has 40 points, or gained 10 in the last 30 days." in words


def test_until_momentum_is_counted_it_says_who_counts_it(climbing: SpaceWeb) -> None:
    with climbing.world.store.write() as desk:
        desk.connection.execute(update(people).values(heat_7=None, rise_7=None))
    assert "Momentum is being counted" in climbing.anna.read(f"{PAGE}?days=7")


def test_who_is_erased_or_whose_contact_was_deleted_is_gone(climbing: SpaceWeb) -> None:
    world = climbing.world
    world.records.erase_person(world.anna, "acme", "ready@example.com")
    assert "Rita" not in climbing.anna.read(PAGE)
    world.vendors.pipeliner.clock = world.time
    for contact_id in list(world.vendors.pipeliner.contacts):
        world.vendors.pipeliner.delete_contact(contact_id)
    world.sync()
    assert "hostile@example.com" not in climbing.anna.read(PAGE)


# --- many ---------------------------------------------------------------------------------------


@pytest.fixture
def crowd(web: SpaceWeb) -> SpaceWeb:
    for number in range(120):
        web.world.vendors.acton.add_person(
            "l-0001", f"p{number:03d}@example.com", score=200 - number
        )
    web.world.sync()
    return web


def test_pages_follow_each_other_to_the_end(crowd: SpaceWeb) -> None:
    path, met = PAGE, []
    while path:
        page = crowd.anna.page(path)
        met += re.findall(r"(p\d+)@example.com", words_of(page))
        more = re.search(r'<p class="pager"><a href="([^"]+)">More people', page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert list(dict.fromkeys(met)) == [f"p{number:03d}" for number in range(120)]


def test_beyond_the_end_it_says_so(crowd: SpaceWeb) -> None:
    assert "That is everybody" in crowd.anna.read(f"{PAGE}?after=0:0:a")


def test_the_table_has_all_of_them_in_the_order_of_the_pages(crowd: SpaceWeb) -> None:
    answer = crowd.anna.get(f"{PAGE}.csv?days=7&list=l-0001")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hot-list-7-days.csv"'
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:5] == ["No.", "Name", "E-mail address", "Score", "Points in 7 days"]
    assert [row[2] for row in rows[1:]] == [f"p{number:03d}@example.com" for number in range(120)]
    assert rows[1][11].startswith("http")


def test_a_table_of_somebody_elses_space_is_not_there(crowd: SpaceWeb) -> None:
    answer = crowd.bert.client.get(f"{PAGE}.csv", base_url=HTTPS)
    assert answer.status_code == 404
    assert "p000@example.com" not in answer.text


def test_many_leads_are_told_by_their_number(web: SpaceWeb) -> None:
    world: AdminWorld = web.world
    for number in range(2, 8):
        world.vendors.acton.add_list(f"l-000{number}", f"List {number}")
    for list_id in world.vendors.acton.lists:
        world.vendors.acton.add_person(list_id, "ready@example.com", last="Ready", score=50)
    world.sync()
    assert "and 4 more lists" in web.anna.read(PAGE)


def test_who_may_not_be_written_to_is_marked(climbing: SpaceWeb) -> None:
    who = person_digest("acme", "ready@example.com")
    activity = Activity(score=61, period="", rules=[], deeds=[])
    with climbing.world.store.write() as desk:
        marks = [(Standing.OPTED_OUT, None)]
        desk.readings.save("acme", who, activity, marks, read_at=climbing.world.time)
    assert "Opted out of email" in climbing.anna.read(PAGE)


def test_owners_whom_pipeliner_does_not_list_are_called_so(climbing: SpaceWeb) -> None:
    contact = CrmContact(
        contact_id="c9", modified=climbing.world.time, deleted=False, addresses=(), owner_id="gone"
    )
    with climbing.world.store.write() as desk:
        desk.crm.save_contacts("acme", [contact], lambda raw: None)
    assert "Somebody Pipeliner does not list" in climbing.anna.read(PAGE)
