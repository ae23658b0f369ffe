"""`/panel` in a Lead: how it learns which one, and what it says about it."""

import re
from dataclasses import replace

import pytest
import time_machine
from flask.testing import FlaskClient

from .panel_fakes import KEY, NOW, FakePanel, as_htmx, open_pages, stranger

LEAD = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def panel() -> FakePanel:
    """Somebody with Leads for two lists; the older one's Lead has our key LEAD."""
    made = FakePanel()
    newer, older = made.shows.crossings
    older = replace(older, deleted=False, lead_url="https://crm.example/lead/2", key=LEAD)
    made.shows = replace(made.shows, crossings=[newer, replace(older, threshold=35)])
    return made


@pytest.fixture
def client(panel: FakePanel) -> FlaskClient:
    return open_pages(panel)


def why(page: str) -> str:
    """What stands under "Why a lead"."""
    part = page.partition('id="why"')[2].partition("</section>")[0].partition(">")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", part).split())


def opened(client: FlaskClient, **form: str) -> str:
    answer = client.post("/panel", data={"key": KEY, **form})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_lead_that_is_looked_at_comes_first_without_a_way_to_itself(
    client: FlaskClient,
) -> None:
    page = opened(client, lead=LEAD)
    told = why(page)
    assert told.startswith("Why a lead Trade fair visitors this Lead Reached 35 points on 7 Nov")
    assert "Spring Webinar 2026 Reached the threshold on 6 Nov" in told
    assert "https://crm.example/lead/1" in page
    assert "https://crm.example/lead/2" not in page
    assert f'<input type="hidden" id="lead" value="{LEAD}">' in page


def test_in_a_contact_nothing_is_marked(client: FlaskClient) -> None:
    page = opened(client)
    assert "this Lead" not in page
    assert 'id="lead"' not in page


def test_a_panel_kept_for_one_lead_is_not_shown_in_another_or_in_a_contact(
    client: FlaskClient,
) -> None:
    assert "this Lead" in opened(client, lead=LEAD)
    assert "this Lead" not in opened(client)
    assert "this Lead" not in opened(client, lead="f" * 32)
    assert "this Lead" in opened(client, lead=LEAD)


@pytest.mark.parametrize("odd", ["", "x", "<script>alert(1)</script>", "{#field}", LEAD.upper()])
def test_what_is_no_key_of_ours_is_never_shown(client: FlaskClient, odd: str) -> None:
    page = opened(client, lead=odd)
    assert "this Lead" not in page
    assert '<input type="hidden" id="lead" value="">' in page


def test_after_refresh_it_still_knows_the_lead(client: FlaskClient) -> None:
    opened(client, lead=LEAD)
    page = client.post("/panel/score", headers=as_htmx()).get_data(as_text=True)
    assert why(page).startswith("Why a lead Trade fair visitors this Lead")


def test_a_renewed_session_knows_the_lead_again(client: FlaskClient, panel: FakePanel) -> None:
    client.post("/panel/session", data={"key": KEY, "lead": LEAD})
    assert panel.in_lead == LEAD


def test_a_lead_without_a_key_says_where_to_look(client: FlaskClient) -> None:
    page = client.post("/panel", data={"key": "", "lead": ""}).get_data(as_text=True)
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "The Act-On Integration did not create this Lead." in text
    assert "Open its Contact" in text
    assert "this Contact" not in text


def test_a_contact_without_a_key_says_what_it_said(client: FlaskClient) -> None:
    page = client.post("/panel", data={"key": ""}).get_data(as_text=True)
    assert "did not create this Contact" in page


def test_a_lead_made_by_hand_whose_contact_was_launched_offers_to_find_it(
    client: FlaskClient, panel: FakePanel
) -> None:
    panel.shows = stranger(find=True)
    page = opened(client, lead="")
    assert "Find in Act-On" in page


def test_the_way_in_may_carry_a_lead_and_else_sends_none(client: FlaskClient) -> None:
    page = client.get("/panel").get_data(as_text=True)
    assert '<input type="hidden" name="lead" disabled>' in page
