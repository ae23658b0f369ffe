"""People of a space: found, shown, exported, erased; and lifting what was deleted on purpose."""

import json

import pytest

from sync.rules.keys import person_digest
from tests.web.space_web import SpaceWeb, words_of

ADDRESS = "ready@example.com"
WHO = person_digest("acme", ADDRESS)
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def synced(web: SpaceWeb) -> SpaceWeb:
    """Somebody with a hostile name has a Lead and a Contact; the score rose since."""
    web.world.vendors.acton.add_person("l-0001", ADDRESS, first=HOSTILE, last="Ready", score=50)
    web.world.sync()
    web.world.later(days=1)
    web.world.vendors.acton.set_score(ADDRESS, 61)
    web.world.sync()
    return web


def delete_the_lead(web: SpaceWeb) -> None:
    """Somebody deletes it in Pipeliner, and the sync sees that."""
    (lead_id,) = web.world.vendors.pipeliner.lead_writes
    web.world.vendors.pipeliner.delete_lead(lead_id)
    web.world.sync()


def test_somebody_is_found_by_address_which_stays_out_of_the_pages_address(
    synced: SpaceWeb,
) -> None:
    answer = synced.anna.press("/admin/acme/people", "Find", address=f" {ADDRESS.upper()} ")
    assert answer.headers["Location"] == f"/admin/acme/people/{WHO}"
    assert ADDRESS in synced.anna.follow(answer)


def test_nobody_found_says_why_and_keeps_what_was_typed(synced: SpaceWeb) -> None:
    answer = synced.anna.press("/admin/acme/people", "Find", address="<b>who@example.com")
    assert answer.status_code == 200
    assert "Nothing is held about &lt;b&gt;who@example.com" in answer.text
    assert 'value="&lt;b&gt;who@example.com"' in answer.text


def test_a_persons_page_shows_links_scores_and_runs(synced: SpaceWeb) -> None:
    page = synced.anna.page(f"/admin/acme/people/{WHO}")
    words = words_of(page)
    assert "61 of 40 to reach" in words
    assert "Spring" in words
    assert "Run no. 1" in words
    assert "A Lead was created." in words
    assert 'class="spark"' in page
    assert "/leads/" in page


def test_names_from_outside_are_text(synced: SpaceWeb) -> None:
    delete_the_lead(synced)
    for path in (f"/people/{WHO}", "/people"):
        page = synced.anna.page(f"/admin/acme{path}")
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_what_was_deleted_is_lifted_and_made_again(synced: SpaceWeb) -> None:
    anna = synced.anna
    assert "Nothing was deleted" in anna.read("/admin/acme/people")
    delete_the_lead(synced)
    synced.world.vendors.pipeliner.clock = synced.world.time
    synced.world.later(hours=1)
    anna = synced.person("anna@example.com")  # the session of an hour ago is over
    words = anna.follow(anna.press("/admin/acme/people", "Lift"))
    assert "the next run makes it again" in words
    assert "Nothing was deleted" in words
    assert synced.world.sync().counts.created == 1
    again = anna.post("/admin/acme/people/lift", kind="lead", person=WHO, list="l-0001")
    assert again.status_code == 404
    assert "Nothing blocks that any more." in again.text


def test_a_person_is_exported_as_a_file(synced: SpaceWeb) -> None:
    answer = synced.anna.press(f"/admin/acme/people/{WHO}", "Export")
    assert answer.content_type == "application/json; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert json.loads(answer.text)["address"] == ADDRESS
    assert synced.world.events()[-1] == "person_exported"


def test_erasing_asks_for_the_address_of_that_very_person(synced: SpaceWeb) -> None:
    anna, page = synced.anna, f"/admin/acme/people/erase?who={WHO}"
    for typed in ("", "somebody.else@example.com", "no address"):
        answer = anna.press(page, "Erase for good", address=typed)
        assert answer.status_code == 422
        assert "This is not the address of this person." in answer.text
    words = anna.follow(anna.press(page, "Erase for good", address=ADDRESS))
    assert "The sync passes over this person" in words
    assert synced.world.events()[-1] == "person_erased"
    erased = anna.read(f"/admin/acme/people/{WHO}")
    assert "Erased on request" in erased
    assert ADDRESS not in erased


def test_somebody_unknown_can_be_kept_out(web: SpaceWeb) -> None:
    anna, page = web.anna, "/admin/acme/people/erase"
    answer = anna.press(page, "Erase for good", address="nonsense")
    assert answer.status_code == 422
    assert "That is no e-mail address." in answer.text
    assert 'value="nonsense"' in answer.text
    anna.follow(anna.press(page, "Erase for good", address=ADDRESS))
    web.world.vendors.acton.add_person("l-0001", ADDRESS, last="Ready", score=50)
    assert web.world.sync().counts.skipped == {"erased": 1}


def test_nobody_is_erased_while_a_run_may_write(synced: SpaceWeb) -> None:
    anna = synced.anna
    anna.post("/admin/acme/run")
    page = f"/admin/acme/people/erase?who={WHO}"
    answer = anna.press(page, "Erase for good", address=ADDRESS)
    assert answer.status_code == 409
    assert "A run is under way" in answer.text


def test_an_operator_reads_but_does_not_act_for_the_space(synced: SpaceWeb) -> None:
    delete_the_lead(synced)
    for path in ("/people", f"/people/{WHO}"):
        page = synced.olga.page(f"/admin/acme{path}")
        assert "Lift<" not in page
        assert "Export" not in page
        assert "Erase" not in page
