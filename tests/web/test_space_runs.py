"""Runs and what became of their rows: adding up, live, searchable, and safe to take away."""

import csv
import io
import re

import pytest

from sync.errors import SetupError
from sync.model import Progress, RunStatus
from tests.web.space_web import SpaceWeb, forms_of, words_of

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def synced(web: SpaceWeb) -> SpaceWeb:
    """One run: a Lead made, one refused, one below, one duplicate, one row without an address."""
    acton = web.world.vendors.acton
    acton.add_list("l-0002", HOSTILE)
    acton.add_person("l-0001", "ready@example.com", last="Ready", score=50)
    acton.add_person("l-0001", "ready@example.com", last="Ready")
    acton.add_person("l-0001", "refused@example.com", last="Refused", score=60)
    acton.add_person("l-0002", "=below@example.com", last="Below", score=3)
    acton.add_person("l-0002", "no address")
    web.world.vendors.pipeliner.refuse_names.add("Refused")
    assert web.world.sync().status is RunStatus.PARTIAL
    return web


def numbers_of(page: str) -> list[int]:
    """The numbers of the equation: the rows, then what became of them."""
    found = page.partition('class="equation"')[2].partition("</div>")[0]
    return [int(one) for one in re.findall(r"<b>(\d+)</b>", found)]


def test_the_counts_add_up_on_the_page(synced: SpaceWeb) -> None:
    rows, *parts = numbers_of(synced.anna.page("/admin/acme/runs/1"))
    assert (rows, parts) == (5, [1, 0, 0, 3, 1])
    assert rows == sum(parts)


def test_skipped_rows_are_told_by_reason_and_lead_to_their_rows(synced: SpaceWeb) -> None:
    page = synced.anna.page("/admin/acme/runs/1")
    assert "The score is below the threshold." in page
    path = "/admin/acme/runs/1/outcomes?result=skipped&amp;reason=below_threshold"
    assert f'href="{path}"' in page
    words = synced.anna.read(path.replace("&amp;", "&"))
    assert "1 row like that" in words
    assert "=below@example.com" in words


def test_errors_stand_by_cause_with_what_to_do_and_are_retried(synced: SpaceWeb) -> None:
    anna = synced.anna
    words = anna.read("/admin/acme/runs/1")
    assert "The Contact could not be created, so neither could the Lead." in words
    assert "last_name: not accepted" in words
    assert "mend that, then retry" in words
    synced.world.vendors.pipeliner.refuse_names.clear()
    answer = anna.press("/admin/acme/runs/1", "Retry these")
    assert answer.headers["Location"] == "/admin/acme/runs/2"
    assert synced.world.work(2).counts.created == 1
    assert "What failed" not in anna.read("/admin/acme/runs/2")


def test_names_from_outside_are_text_on_every_page(synced: SpaceWeb) -> None:
    for path in ("/runs/1", "/runs/1/outcomes", "/runs", "/"):
        page = synced.anna.page(f"/admin/acme{path}")
        assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in synced.anna.page("/admin/acme/runs/1")


def test_a_list_that_could_not_be_read_says_why(web: SpaceWeb) -> None:
    web.world.vendors.acton.fail("l-0001", SetupError("The list is locked.", hint="Unlock it."))
    run = web.world.sync()
    words = web.anna.read(f"/admin/acme/runs/{run.run_id}")
    assert "The list is locked." in words
    assert "python -m" not in words


def test_runs_are_listed_and_paged(web: SpaceWeb) -> None:
    assert "The first one starts" in web.anna.read("/admin/acme/runs")
    for _ in range(27):
        web.world.sync()
    anna, page = web.anna, web.anna.page("/admin/acme/runs")
    seen = re.findall(r'class="title" href="/admin/acme/runs/(\d+)"', page)
    older = re.search(r'class="pager"><a href="([^"]+)"', page)
    assert older
    seen += re.findall(r'class="title" href="/admin/acme/runs/(\d+)"', anna.page(older[1]))
    assert seen == [str(number) for number in range(27, 0, -1)]


def test_runs_that_cannot_begin_say_why(web: SpaceWeb) -> None:
    web.anna.press("/admin/acme/pause", "Pause")
    assert "now it is: paused" in web.anna.read("/admin/acme/runs")


# --- live ----------------------------------------------------------------------------------------


def test_a_run_under_way_shows_how_far_it_is(web: SpaceWeb) -> None:
    anna = web.anna
    anna.post("/admin/acme/run")
    assert "Waiting for a worker" in anna.read("/admin/acme/runs/1")
    page = anna.page("/admin/acme/runs/1")
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert re.search(r'hx-get="/admin/acme/runs/1/progress" hx-trigger="every \ds"', page)
    piece = anna.fragment("/admin/acme/runs/1/progress")
    assert piece.strip() in page


def test_progress_is_a_share_where_the_whole_is_known(web: SpaceWeb) -> None:
    web.anna.post("/admin/acme/run")
    with web.world.store.write() as desk:
        claimed = desk.runs.claim(1, owner="test", lease_seconds=60)
        assert claimed is not None
        desk.runs.save_progress(1, 1, Progress(step=f"Reading {HOSTILE}", done=3, total=12))
    piece = web.anna.fragment("/admin/acme/runs/1/progress")
    assert 'max="12" value="3"' in piece
    assert "3 of 12" in words_of(piece)
    assert "Reading &lt;img" in piece


def test_a_run_that_waits_for_its_next_turn_says_so(web: SpaceWeb) -> None:
    web.anna.post("/admin/acme/run")
    with web.world.store.write() as desk:
        desk.runs.claim(1, owner="test", lease_seconds=60)
        desk.runs.save_progress(1, 1, Progress(step="Reading Spring", done=3, total=12))
        desk.runs.release(1, 1, interrupted=False)
    piece = words_of(web.anna.fragment("/admin/acme/runs/1/progress"))
    assert "Reading Spring, on in a moment: others have their turn" in piece
    assert "3 of 12" in piece


def test_the_last_answer_asks_no_more_and_brings_what_stands_around(synced: SpaceWeb) -> None:
    piece = synced.anna.fragment("/admin/acme/runs/1/progress")
    assert "hx-trigger" not in piece
    assert "hx-get" not in piece
    assert 'hx-swap-oob="innerHTML:#details"' in piece
    assert 'hx-swap-oob="innerHTML:#actions"' in piece
    assert "Retry these" in piece
    page = synced.anna.page("/admin/acme/runs/1")
    assert piece.partition("</section>")[0].strip() in page


def test_a_fragment_opened_by_its_address_leads_to_its_page(synced: SpaceWeb) -> None:
    for part, page in (("now", ""), ("runs/1/progress", "runs/1")):
        answer = synced.anna.get(f"/admin/acme/{part}")
        assert answer.headers["Location"] == f"/admin/acme/{page}"


def test_a_poll_of_somebody_signed_out_leads_to_the_sign_in(web: SpaceWeb) -> None:
    answer = web.nobody.get("/admin/acme/now", **{"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/login")


def test_an_error_in_a_poll_is_a_message_and_no_page(web: SpaceWeb) -> None:
    answer = web.bert.get("/admin/acme/now", **{"HX-Request": "true"})
    assert answer.status_code == 404
    assert "There is no space" in answer.text
    assert "<html" not in answer.text


def test_a_run_is_cancelled_after_asking(web: SpaceWeb) -> None:
    anna = web.anna
    anna.post("/admin/acme/run")
    assert 'href="/admin/acme/runs/1/cancel"' in anna.page("/admin/acme/runs/1")
    words = anna.follow(anna.press("/admin/acme/runs/1/cancel", "Cancel the run"))
    assert "The run is cancelled." in words
    assert "anna@example.com cancelled this run." in words
    assert "ended already" in anna.follow(anna.post("/admin/acme/runs/1/cancel"))


# --- rows ----------------------------------------------------------------------------------------


def test_rows_are_found_by_list_person_result_and_reason(synced: SpaceWeb) -> None:
    anna = synced.anna
    page = anna.page("/admin/acme/runs/1/outcomes")
    form = next(one for one in forms_of(page) if "Filter" in one.text)
    for chosen, expected in (
        ({"q": "READY@"}, 2),
        ({"list": "1"}, 2),
        ({"result": "failed"}, 1),
        ({"reason": "no_address"}, 1),
        ({"q": "ready", "result": "created"}, 1),
        ({"result": "nonsense", "list": "x", "reason": "'"}, 5),
    ):
        words = words_of(anna.send(form, **chosen).text)
        assert f"{expected} row" in words, chosen
    assert "No row is like that" in words_of(anna.send(form, q="nobody").text)


def test_rows_come_page_by_page_under_their_filter(web: SpaceWeb) -> None:
    for number in range(60):
        web.world.vendors.acton.add_person("l-0001", f"p{number:02}@example.com", score=1)
    web.world.vendors.acton.add_person("l-0001", "ready@example.com", last="R", score=50)
    web.world.sync()
    anna, seen = web.anna, []
    url = "/admin/acme/runs/1/outcomes?result=skipped"
    while url:
        page = anna.page(url)
        seen += re.findall(r"p\d\d@example\.com", page.partition("<ol")[2])
        more = re.search(r'class="pager"><a href="([^"]+)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
        assert not url or "result=skipped" in url
    assert seen == [f"p{number:02}@example.com" for number in range(60)]


def test_the_table_has_the_same_rows_and_no_formula(synced: SpaceWeb) -> None:
    answer = synced.anna.get("/admin/acme/runs/1/outcomes.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    head, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    assert head[:3] == ["List", "Row", "E-mail address"]
    assert len(rows) == 5
    cells = [cell for row in rows for cell in row]
    assert "'=below@example.com" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    filtered = synced.anna.get("/admin/acme/runs/1/outcomes.csv?result=failed").text
    assert filtered.count("\n") == 2


def test_a_forged_place_begins_at_the_top(synced: SpaceWeb) -> None:
    for place in ("x", "-1:-1", "9" * 40, "0:0:0", "'; drop table runs"):
        assert "5 rows" in synced.anna.read(f"/admin/acme/runs/1/outcomes?after={place}")
        assert synced.anna.get(f"/admin/acme/runs?after={place}").status_code == 200
