"""The sandbox's Act-On behaves as contracts/acton.md says, quirks included."""

from pathlib import Path

import pytest

from sync.sandbox import SandboxOptions
from sync.sandbox.serve import Sandbox
from tests.sandbox.conftest import Visitor


def test_a_wrong_password_is_answered_with_403(visitor: Visitor) -> None:
    answer = visitor.log_in(password="wrong")
    assert answer.status_code == 403
    assert answer.json == {
        "error": "invalid_grant",
        "error_description": "Wrong email or password.",
    }


def test_a_wrong_client_is_answered_with_401(visitor: Visitor) -> None:
    answer = visitor.log_in(client_secret="wrong")
    assert (answer.status_code, answer.json["error"]) == (401, "access_denied")


def test_a_refresh_token_is_good_for_once(visitor: Visitor) -> None:
    refresh = visitor.log_in().json["refresh_token"]
    assert visitor.log_in(grant_type="refresh_token", refresh_token=refresh).status_code == 200
    again = visitor.log_in(grant_type="refresh_token", refresh_token=refresh)
    assert again.json["error_description"] == "Unknown or invalid refresh token."


def test_a_second_log_in_revokes_the_first(visitor: Visitor) -> None:
    first = visitor.access
    visitor.log_in()
    visitor.access = first
    assert visitor.acton("/api/1/list").status_code == 401


def test_an_access_token_lives_an_hour(visitor: Visitor) -> None:
    assert visitor.acton("/api/1/list").status_code == 200
    visitor.http.post("/__sandbox/clock", json={"seconds": 3601})
    answer = visitor.acton("/api/1/list")
    assert (answer.status_code, answer.json["httpMessage"]) == (401, "Unauthorized")


def test_the_sixth_log_in_within_an_hour_is_refused(sandbox: Sandbox) -> None:
    visitor = Visitor(sandbox)
    assert [visitor.log_in().status_code for _ in range(6)] == [200] * 5 + [429]


def test_a_code_is_exchanged_once(visitor: Visitor) -> None:
    target = "https://app.example.com/callback"
    query = {
        "response_type": "code",
        "client_id": "sandbox-client",
        "redirect_uri": target,
        "state": "s1",
    }
    assert b"Allow" in visitor.http.get("/authorize", query_string=query).data
    form = {"allow": "yes", "username": "marketing@example.com", "password": "sandbox-password"}
    sent = visitor.http.post("/authorize", query_string=query, data=form)
    assert sent.location.startswith(f"{target}?code=")
    assert sent.location.endswith("&state=s1")
    code = sent.location.partition("code=")[2].partition("&")[0]
    exchange = {"grant_type": "authorization_code", "code": code, "redirect_uri": target}
    assert visitor.log_in(**exchange).status_code == 200
    assert visitor.log_in(**exchange).status_code == 403


def test_a_redirect_to_a_stranger_is_refused(visitor: Visitor) -> None:
    query = {
        "response_type": "code",
        "client_id": "sandbox-client",
        "redirect_uri": "https://evil.test/",
    }
    assert visitor.http.get("/authorize", query_string=query).status_code == 400


def test_the_sixth_call_within_a_second_is_too_many(visitor: Visitor) -> None:
    statuses = [visitor.acton("/api/1/list").status_code for _ in range(12)]
    assert 429 in statuses
    summary = visitor.http.get("/__sandbox/calls").json
    assert summary["peak_in_a_second"]["acton"] > 5


@pytest.mark.parametrize(
    ("how", "status"), [("403", 403), ("503", 503), ("500", 500), ("wso2", 503), ("429", 429)]
)
def test_too_many_calls_can_be_said_in_each_likely_way(how: str, status: int) -> None:
    visitor = Visitor(Sandbox(SandboxOptions(daily_quota=0)))
    visitor.log_in()
    visitor.turn(acton_limit_answer=how, acton_retry_after="seconds")
    answer = visitor.acton("/api/1/list")
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "1")


def test_the_listing_shows_lists_segments_and_all_contacts(visitor: Visitor) -> None:
    listing = visitor.acton("/api/1/list?listingtype=contact_list").json
    assert listing["totalCount"] == len(listing["result"])
    by_id = {entry["id"]: entry for entry in listing["result"]}
    assert by_id["g-000b"]["bIsList"] is False
    assert "l-unified-contacts" in by_id
    assert isinstance(by_id["l-0001"]["sourceSize"], str)
    assert len(by_id["l-0001"]) == 25
    visitor.turn(segments_in_listing=False, all_contacts_in_listing=False)
    listing = visitor.acton("/api/1/list").json
    assert not {"g-000b", "l-unified-contacts"} & {entry["id"] for entry in listing["result"]}


def test_a_list_comes_in_pages_with_its_email_column(visitor: Visitor) -> None:
    page = visitor.acton("/api/1/list/l-0001?count=2&offset=1").json
    assert (page["offset"], page["count"], len(page["data"])) == (1, 2, 2)
    assert "E-mail" in page["headers"][page["emailColumn"]]
    assert page["data"][0][0].startswith("l-0001:")
    assert all(isinstance(cell, str) for cell in page["data"][0])


def test_no_page_has_more_than_a_thousand_rows() -> None:
    visitor = Visitor(Sandbox(SandboxOptions(rows=3000, lists=1, people=3000, hostile=False)))
    visitor.log_in()
    page = visitor.acton("/api/1/list/l-0001?count=5000").json
    assert (len(page["data"]), page["totalCount"]) == (1000, 3000)
    everything = visitor.acton("/api/1/list/l-0001?responseformat=CSV")
    assert len(everything.text.splitlines()) == 3001


def test_dates_come_where_they_are_asked_for(visitor: Visitor) -> None:
    visitor.turn(date_columns="modified_date", date_values="iso")
    page = visitor.acton("/api/1/list/l-0001?datequalifiers=true").json
    assert page["headers"][-1] == "modified_date"
    assert page["data"][0][-1].startswith("2025-")


def test_an_unknown_list_has_the_documented_error(visitor: Visitor) -> None:
    answer = visitor.acton("/api/1/list/l-none")
    assert (answer.status_code, answer.json["errorCode"]) == (400, 10004)


def test_an_unrouted_path_has_the_gateways_error(visitor: Visitor) -> None:
    answer = visitor.acton("/api/1/nothing")
    assert (answer.status_code, answer.json["httpCode"]) == (404, "404")


@pytest.mark.parametrize("record", ["l-0001:0", "l-0001%3A0"])
def test_facts_come_for_a_record_however_it_is_written(visitor: Visitor, record: str) -> None:
    facts = visitor.acton(f"/api/1/list/l-0001/record/{record}/facts").json
    assert isinstance(facts["activity"]["score"], int)
    for entry in facts["activitylist"]:
        assert isinstance(entry["WhenMillis"], int)
        assert all(isinstance(entry[name], str) for name in ("d", "m", "y", "ago"))


def test_a_history_can_be_made_very_long(visitor: Visitor) -> None:
    email = visitor.acton("/api/1/list/l-0001?count=1").json
    address = email["data"][0][email["emailColumn"]]
    visitor.http.post("/__sandbox/world/grow_history", json={"email": address, "entries": 20_000})
    report = f"/ucl/v2/12345/contactReport/email/{address}/activity?monthsOfPastData=12"
    assert len(visitor.acton(report).json["activitylist"]) >= 20_000


def test_somebody_without_a_score_sheet_has_none(visitor: Visitor) -> None:
    report = "/ucl/v2/12345/contactReport/email/nobody.sheet@example.com/activity"
    assert visitor.acton(report).json["activity"]["HasScoreSheet"] is False


@pytest.mark.parametrize("limit", [50, 100, 1000])
def test_all_contacts_pages_are_clamped(visitor: Visitor, limit: int) -> None:
    visitor.turn(ucl_page_limit=limit)
    page = visitor.acton(
        "/ucl/v2/12345/contact/byFields?page=0&pageSize=1000",
        method="POST",
        json=["email", "act-on primary score"],
    ).json
    assert page["headers"] == ["_contact_id_", "Email", "Act-On Primary Score"]
    assert len(page["data"]) == min(limit, page["totalCount"])


def test_another_accounts_contacts_are_out_of_reach(visitor: Visitor) -> None:
    assert visitor.acton("/ucl/v2/67890/schema/").status_code == 404


def test_an_account_without_all_contacts_answers_empty(visitor: Visitor) -> None:
    visitor.turn(all_contacts=False)
    answer = visitor.acton("/ucl/v2/12345/schema/")
    assert (answer.status_code, answer.data) == (404, b"")


def test_the_same_seed_makes_the_same_world() -> None:
    one, two, other = (Sandbox(SandboxOptions(seed=seed)) for seed in (5, 5, 6))
    assert one.world.demo.people == two.world.demo.people
    assert one.world.demo.people != other.world.demo.people


def test_a_world_has_the_size_that_was_asked_for() -> None:
    options = SandboxOptions(rows=1000, lists=10, people=500, hits=37, hostile=False)
    account = Sandbox(options).world.demo
    lists = [one for one in account.lists.values() if one.base_id is None]
    assert (len(lists), sum(len(one.rows) for one in lists)) == (10, 1000)
    assert sum((person.score or 0) >= 40 for person in account.people.values()) == 37


# --- accounts of their own ------------------------------------------------------------------------


def visit_as(sandbox: Sandbox, username: str) -> Visitor:
    one = Visitor(sandbox)
    assert one.log_in(username=username).status_code == 200
    return one


def lists_of(visitor: Visitor) -> dict[str, list[list[str]]]:
    return {
        entry["id"]: visitor.acton(f"/api/1/list/{entry['id']}").json["data"]
        for entry in visitor.acton("/api/1/list").json["result"]
        if entry["id"].startswith("l-") and entry["id"] != "l-unified-contacts"
    }


def test_further_spaces_may_have_accounts_of_their_own() -> None:
    sandbox = Sandbox(SandboxOptions(spaces=2, own_accounts=True, limits=False))
    first, second = (visit_as(sandbox, f"space_000{number}@example.com") for number in (1, 2))
    assert first.acton("/api/1/account").json["account_id"] == 1_000_001
    assert second.acton("/api/1/account").json["account_id"] == 1_000_002
    assert [len(rows) for rows in lists_of(first).values()] == [6, 6]
    assert lists_of(first) != lists_of(second)


def test_without_the_option_they_have_none() -> None:
    visitor = Visitor(Sandbox(SandboxOptions(spaces=1)))
    assert visitor.log_in(username="space_0001@example.com").status_code == 403


def test_what_one_account_calls_does_not_count_for_another() -> None:
    sandbox = Sandbox(SandboxOptions(spaces=2, own_accounts=True, daily_quota=1))
    first, second = (visit_as(sandbox, f"space_000{number}@example.com") for number in (1, 2))
    statuses = [one.acton("/api/1/account").status_code for one in (first, first, second)]
    assert statuses == [200, 429, 200]


def test_a_state_of_fewer_accounts_does_not_fit(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    before = Sandbox(SandboxOptions(spaces=2, own_accounts=True, state_path=state))
    renamed = {"account_id": "1000002", "list_id": "l-0001", "name": "Renamed"}
    before.world.change("rename_list", renamed)
    before.world.save_if_changed()
    again = Sandbox(SandboxOptions(spaces=2, own_accounts=True, state_path=state))
    assert again.world.accounts["1000002"].lists["l-0001"].name == "Renamed"
    fewer = Sandbox(SandboxOptions(spaces=1, own_accounts=True, state_path=state))
    assert "1000002" not in fewer.world.accounts
