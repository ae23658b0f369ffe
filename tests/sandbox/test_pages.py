"""The sandbox's CRM to look at: pages of Contacts that frame the panel."""

import re
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from werkzeug.test import TestResponse

from tests.sandbox.crm_app import ANNA, Pipeliner

PANEL = "http://127.0.0.1:8000/panel"
SECRET = "a-secret-of-more-than-thirty-two-characters"


@pytest.fixture
def crm() -> Pipeliner:
    return Pipeliner(crm_contacts=3)


def _page(crm: Pipeliner, path: str, **query: Any) -> str:
    answer = crm.client.get(f"/demo/{path}", query_string=query)
    assert answer.status_code == 200
    return answer.text


def _provision(crm: Pipeliner) -> dict[str, Any]:
    """The custom field of the key, after a page was made that uses it."""
    field: dict[str, Any] = crm.field("Act-On Panel Key", "text_area", "Contact")
    url = f"{PANEL}#k={{#{field['id']}}}"
    crm.create("Webresources", entity="Contact", name="Our <panel>", display_param="1", url=url)
    return field


def _configure_launch(crm: Pipeliner, **values: str) -> TestResponse:
    body = {"space": "demo_space", "url": PANEL, "secret": SECRET, **values}
    return crm.client.post("/__sandbox/launch", json=body)


def _token(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


# --- the list -------------------------------------------------------------------------------------


def test_contacts_are_listed_by_whether_they_were_touched(crm: Pipeliner) -> None:
    field = _provision(crm)
    crm.contact(first_name="Touched", **{field["api_name"]: "v1.key"})
    crm.contact(first_name="Untouched")
    first, second = _page(crm, "contacts").split("Typed by hand")
    assert "Touched Person" in first
    assert "Untouched Person" in second
    assert "Untouched" not in first


def test_a_line_says_what_to_look_at(crm: Pipeliner) -> None:
    field = _provision(crm)
    for email in ("optedout", "quiet", "busy.bee", "panel.hostile"):
        crm.contact(email1=f"{email}@example.com", **{field["api_name"]: "v1.key"})
    page = _page(crm, "contacts")
    for note in ("Opted out", "No activity", "20,000 entries", "Hostile texts"):
        assert note in page


@pytest.mark.parametrize("wanted", ["MÜLLER", "acme", "zoe@example"])
def test_the_search_finds_names_companies_and_addresses(crm: Pipeliner, wanted: str) -> None:
    crm.contact(last_name="Müller", quick_account_name="Acme Ltd", email3="Zoe@Example.com")
    crm.contact(last_name="Somebody")
    page = _page(crm, "contacts", q=wanted)
    assert "Müller" in page
    assert "Somebody" not in page


def test_a_search_without_a_find_says_so(crm: Pipeliner) -> None:
    assert "Nobody here matches “&lt;b&gt;”" in _page(crm, "contacts", q="<b>")


def test_a_long_list_is_cut_and_says_so() -> None:
    crm = Pipeliner(crm_contacts=130)
    assert "And 30 more." in _page(crm, "contacts")


# --- a Contact ------------------------------------------------------------------------------------


def test_a_contact_is_shown_with_its_leads(crm: Pipeliner) -> None:
    score = crm.field("Act-On Score", "integer", "Lead")["api_name"]
    contact = crm.contact(
        first_name="Ada",
        last_name="Abbott",
        quick_account_name="Northwind Ltd",
        position="Buyer",
        email1="ada@example.com",
        email4="second@example.com",
        phone1="+1 555 0100",
        city="Lyon",
    )
    link = [{"contact_id": contact["id"], "is_primary": True}]
    crm.create("Leads", name="Ada (News)", owner_id=ANNA, contact_relations=link, **{score: 61})
    gone = crm.create("Leads", name="Ada (Gone)", owner_id=ANNA, contact_relations=link)
    crm.delete("Leads", gone["id"])
    page = _page(crm, f"contacts/{contact['id']}")
    for part in (
        *("Ada Abbott", "Northwind Ltd", "Buyer", "ada@example.com", "second@example.com"),
        *("+1 555 0100", "Lyon", "Anna Owner", "Ada (News)", "Act-On Score", ">61<", "Open"),
    ):
        assert part in page
    assert "Ada (Gone)" not in page


def test_every_value_is_escaped(crm: Pipeliner) -> None:
    evil = "\"><script>alert('x')</script>{{7*7}}"
    names = ("first_name", "last_name", "quick_account_name", "position", "email1", "phone1")
    contact = crm.contact(**dict.fromkeys((*names, "city", "address"), evil))
    link = [{"contact_id": contact["id"], "is_primary": True}]
    crm.create("Leads", name=evil, owner_id=ANNA, contact_relations=link)
    for path in ("contacts", f"contacts/{contact['id']}"):
        page = _page(crm, path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert "{{7*7}}" in page


def test_no_contact_or_a_deleted_one_is_not_found(crm: Pipeliner) -> None:
    gone = crm.contact()["id"]
    crm.delete("Contacts", gone)
    for contact_id in ("none", gone):
        answer = crm.client.get(f"/demo/contacts/{contact_id}")
        assert answer.status_code == 404
        assert "no such Contact" in answer.text


def test_an_address_leads_to_its_contact(crm: Pipeliner) -> None:
    field = _provision(crm)
    ours = crm.contact(email5="Two@Example.com", **{field["api_name"]: "v1.key"})
    crm.contact(email1="two@example.com")
    answer = crm.client.get("/demo/contacts/by-email/TWO@example.com?width=280&launch=1&evil=2")
    assert answer.status_code == 302
    assert answer.location == f"/demo/contacts/{ours['id']}?width=280&launch=1"
    assert crm.client.get("/demo/contacts/by-email/nobody@example.com").status_code == 404


# --- the frame ------------------------------------------------------------------------------------


def test_a_panel_that_is_not_provisioned_is_said_to_be_so(crm: Pipeliner) -> None:
    page = _page(crm, f"contacts/{crm.contact()['id']}")
    assert "The panel has not been provisioned" in page
    assert "<iframe" not in page


def test_the_frame_has_the_address_with_the_contacts_values(crm: Pipeliner) -> None:
    field = _provision(crm)
    contact = crm.contact(**{field["api_name"]: "v1.a/b?c&d#e f"})
    page = _page(crm, f"contacts/{contact['id']}")
    assert f'src="{PANEL}#k=v1.a%2Fb%3Fc%26d%23e%20f"' in page
    assert 'referrerpolicy="no-referrer" allow=""' in page
    assert 'title="Our &lt;panel&gt;"' in page
    assert "sandbox=" not in page


def test_an_empty_or_deleted_field_leaves_nothing_in_the_address(crm: Pipeliner) -> None:
    field = _provision(crm)
    empty, full = crm.contact(), crm.contact(**{field["api_name"]: "v1.key"})
    assert f'src="{PANEL}#k="' in _page(crm, f"contacts/{empty['id']}")
    assert f'src="{PANEL}#k=v1.key"' in _page(crm, f"contacts/{full['id']}")
    crm.delete("Fields", field["id"])
    assert f'src="{PANEL}#k="' in _page(crm, f"contacts/{full['id']}")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.test/", "x"])
def test_only_web_pages_are_framed(crm: Pipeliner, url: str) -> None:
    crm.create("Webresources", entity="Contact", name="Panel", display_param="1", url=url)
    assert "<iframe" not in _page(crm, f"contacts/{crm.contact()['id']}")


def test_a_page_for_leads_or_a_deleted_one_is_not_framed(crm: Pipeliner) -> None:
    page = {"name": "Other", "display_param": "1", "url": PANEL}
    crm.create("Webresources", entity="Lead", **page)
    gone = crm.create("Webresources", entity="Contact", **page)
    crm.delete("Webresources", gone["id"])
    assert "has not been provisioned" in _page(crm, f"contacts/{crm.contact()['id']}")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("280", 280), ("320", 320), ("480", 480), ("", 360), ("9999", 360), ("x", 360)],
)
def test_the_panel_has_the_width_that_was_asked_for(crm: Pipeliner, asked: str, shown: int) -> None:
    page = _page(crm, f"contacts/{crm.contact()['id']}", width=asked)
    assert f'class="right w{shown}"' in page


# --- the signed launch ----------------------------------------------------------------------------


def test_a_launch_posts_a_signed_token_into_the_frame(crm: Pipeliner) -> None:
    assert _configure_launch(crm).json == {"space": "demo_space", "url": PANEL}
    contact = crm.contact()["id"]
    page = _page(crm, f"contacts/{contact}", launch="1")
    assert f'method="post" action="{PANEL}" target="panel"' in page
    assert '<iframe name="panel"' in page
    assert "src=" not in re.findall(r"<iframe[^>]*>", page)[0]
    read = jwt.decode(_token(page), OctKey.import_key(SECRET), algorithms=["HS256"])
    assert read.header == {"alg": "HS256", "typ": "JWT"}
    claims = dict(read.claims)
    assert claims.pop("exp") == claims.pop("iat") + 120
    assert len(claims.pop("jti")) > 15
    assert claims == {
        "iss": "sandbox",
        "aud": PANEL,
        "sub": "anna@example.com",
        "space": "demo_space",
        "contact": contact,
    }
    assert _token(_page(crm, f"contacts/{contact}", launch="1")) != _token(page)


def test_without_a_launch_key_the_page_says_so(crm: Pipeliner) -> None:
    contact = crm.contact()["id"]
    assert "No launch key is configured" in _page(crm, f"contacts/{contact}", launch="1")
    assert "Signed launch" not in _page(crm, f"contacts/{contact}")
    _configure_launch(crm)
    assert "Signed launch" in _page(crm, f"contacts/{contact}")
    crm.client.delete("/__sandbox/launch")
    assert crm.client.get("/__sandbox/launch").json == {}
    assert "No launch key is configured" in _page(crm, f"contacts/{contact}", launch="1")


@pytest.mark.parametrize(
    "values", [{"url": "javascript:alert(1)"}, {"url": "http://"}, {"secret": "short"}]
)
def test_a_launch_that_makes_no_sense_is_refused(crm: Pipeliner, values: dict[str, str]) -> None:
    assert _configure_launch(crm, **values).status_code == 400
    assert crm.client.post("/__sandbox/launch", json={"url": PANEL}).status_code == 400


def test_the_secret_is_not_told(crm: Pipeliner) -> None:
    _configure_launch(crm)
    contact = crm.contact()["id"]
    for path in ("/__sandbox/launch", f"/demo/contacts/{contact}?launch=1", "/__sandbox/"):
        assert SECRET not in crm.client.get(path).text


def test_the_foreign_page_frames_the_configured_address_only(crm: Pipeliner) -> None:
    assert "<iframe" not in _page(crm, "foreign", url="http://evil.test/")
    _configure_launch(crm)
    page = _page(crm, "foreign", url="http://evil.test/")
    assert f'src="{PANEL}"' in page
    assert "evil.test" not in page


# --- around ---------------------------------------------------------------------------------------


def test_pages_let_no_script_in_but_their_own(crm: Pipeliner) -> None:
    contact = crm.contact()["id"]
    for path in ("contacts", f"contacts/{contact}", "contacts/none", "foreign"):
        answer = crm.client.get(f"/demo/{path}")
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "frame-src *" in policy
        assert "unsafe" not in policy
        assert "style=" not in answer.text
        assert not re.search(r"<script(?! src=)", answer.text)
    for name in ("pages.css", "launch.js"):
        with crm.client.get(f"/demo/static/{name}") as answer:
            assert answer.status_code == 200


def test_pages_are_no_calls_of_an_api(crm: Pipeliner) -> None:
    crm.plan("server_error", api=None, path="", times=5)
    _page(crm, "contacts")
    assert crm.client.get("/__sandbox/calls").json["totals"] == {}


# --- Leads ----------------------------------------------------------------------------------------


@pytest.fixture
def lead(crm: Pipeliner) -> dict[str, Any]:
    """A Lead of Anna's whose key field holds v1.key, linked to a Contact called Touched Person."""
    field = crm.field("Act-On Panel Key", "text_area", "Lead")
    key = crm.field("Act-On Key", "input", "Lead")
    url = f"{PANEL}#k={{#{field['id']}}}&l={{#{key['id']}}}"
    crm.create("Webresources", entity="Lead", name="In <Leads>", display_param="1", url=url)
    contact = crm.contact(first_name="Touched")
    ours = {field["api_name"]: "v1.key", key["api_name"]: "ab12"}
    relation = {"contact_relations": [{"contact_id": contact["id"], "is_primary": True}]}
    return crm.create("Leads", owner_id=ANNA, name="Touched (Spring)", **ours, **relation)


def test_a_lead_has_a_page_that_frames_its_own_web_resource(
    crm: Pipeliner, lead: dict[str, Any]
) -> None:
    page = _page(crm, f"leads/{lead['id']}")
    assert f'src="{PANEL}#k=v1.key&amp;l=ab12"' in page
    assert "In &lt;Leads&gt;" in page
    assert "Touched (Spring)" in page
    assert "Anna Owner" in page


def test_a_lead_and_its_contact_lead_to_each_other(crm: Pipeliner, lead: dict[str, Any]) -> None:
    page = _page(crm, f"leads/{lead['id']}")
    (contact,) = set(re.findall(r'href="/demo/contacts/([0-9a-f-]{36})"', page))
    assert f'href="/demo/leads/{lead["id"]}"' in _page(crm, f"contacts/{contact}")


def test_without_a_web_resource_for_leads_the_page_says_so(crm: Pipeliner) -> None:
    _provision(crm)
    lead = crm.create("Leads", owner_id=ANNA, name="By hand")
    page = _page(crm, f"leads/{lead['id']}")
    assert "there is no web resource for Leads" in page
    assert "None" in page  # it has no Contact


def test_a_launch_in_a_lead_names_the_lead(crm: Pipeliner, lead: dict[str, Any]) -> None:
    _configure_launch(crm)
    page = _page(crm, f"leads/{lead['id']}", launch="1")
    read = jwt.decode(_token(page), OctKey.import_key(SECRET), algorithms=["HS256"])
    assert read.claims["lead"] == lead["id"]
    assert "contact" not in read.claims
    assert f'href="/demo/leads/{lead["id"]}?width=280&amp;launch=1"' in page


def test_a_lead_that_is_not_there_is_not_found(crm: Pipeliner, lead: dict[str, Any]) -> None:
    crm.delete("Leads", lead["id"])
    for one in (lead["id"], "none"):
        assert crm.client.get(f"/demo/leads/{one}").status_code == 404
