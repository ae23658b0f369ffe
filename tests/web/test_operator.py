"""The operator's pages: all spaces, work, failures, accounts."""

import re

import pytest

from sync.errors import SetupError
from sync.model import Progress, SpaceStatus
from tests.service.world import PASSWORD
from tests.web.space_web import SpaceWeb, words_of


def put(web: SpaceWeb, space_id: str, status: SpaceStatus) -> None:
    with web.world.store.write() as desk:
        desk.spaces.set_status(space_id, status)


def test_spaces_are_listed_with_state_health_run_and_calls(web: SpaceWeb) -> None:
    web.world.sync()
    words = web.olga.read("/operator/")
    assert "Acme acme Running Well Succeeded" in words
    assert "17 of 30,000 calls" in words
    assert "Other other Running No run yet" in words


def test_spaces_are_found_by_text_and_state_and_paged(web: SpaceWeb) -> None:
    put(web, "other", SpaceStatus.PENDING)
    olga = web.olga
    assert "Acme" not in olga.read("/operator/?status=pending").partition("Find")[2]
    assert "Acme" in olga.read("/operator/?q=ACM")
    assert "No space is like that" in olga.read("/operator/?q=%25")
    assert "Acme" in olga.read("/operator/?status=nonsense")
    for number in range(60):
        web.world.add_space(f"many_{number:02}", name=f"Many {number}")
    page = olga.page("/operator/?q=many")
    assert page.count('class="title"') == 50
    more = re.search(r'class="pager"><a href="([^"]+)"', page)
    assert more
    assert "q=many" in more[1]
    assert olga.page(more[1].replace("&amp;", "&")).count('class="title"') == 10


def test_a_space_is_approved(web: SpaceWeb) -> None:
    put(web, "acme", SpaceStatus.PENDING)
    words = web.olga.follow(web.olga.press("/operator/spaces/acme", "Approve"))
    assert "Approved: it is synced from now on." in words
    assert web.world.space().status is SpaceStatus.RUNNING


def test_a_suspension_needs_a_reason_which_the_admins_read(web: SpaceWeb) -> None:
    olga, page = web.olga, "/operator/spaces/acme/suspend"
    answer = olga.press(page, "Suspend", reason="  ")
    assert answer.status_code == 422
    assert "Say why" in answer.text
    olga.follow(olga.press(page, "Suspend", reason="Invoice overdue"))
    assert "Invoice overdue. Nothing is synced" in web.anna.read("/admin/acme/")
    words = olga.follow(olga.press("/operator/spaces/acme", "Resume"))
    assert "State of the space: running." in words


def test_keys_are_rotated_and_sessions_revoked_after_asking(web: SpaceWeb) -> None:
    anna, olga = web.anna, web.olga
    olga.follow(olga.press("/operator/spaces/acme/rotate-keys", "Rotate keys"))
    assert web.world.space().panel_epoch == 2
    words = olga.follow(olga.press("/operator/spaces/acme/revoke-sessions", "Revoke sessions"))
    assert "Sessions ended: 1." in words
    assert anna.get("/admin/acme/").status_code == 303


def test_work_is_shown_with_its_progress(web: SpaceWeb) -> None:
    assert "Nothing to do" in web.olga.read("/operator/work")
    web.anna.post("/admin/acme/run")
    with web.world.store.write() as desk:
        assert desk.runs.claim(1, owner="test", lease_seconds=60) is not None
        desk.runs.save_progress(1, 1, Progress(step="Reading Spring", done=3, total=12))
    page = web.olga.page("/operator/work")
    assert "1 running, 0 waiting" in words_of(page)
    assert "Reading Spring 3 of 12" in words_of(page)
    assert '<noscript><meta http-equiv="refresh"' in page


def test_failures_are_grouped_by_cause_over_all_spaces(web: SpaceWeb) -> None:
    assert "No run fell short" in web.olga.read("/operator/failures")
    error = SetupError("The list is locked.", hint="Unlock it.")
    web.world.vendors.acton.fail("l-0001", error)
    web.world.sync()
    words = web.olga.read("/operator/failures?days=30")
    assert "1 run in 1 space" in words
    assert "acme" in words
    assert web.olga.get("/operator/failures?days=nonsense").status_code == 200


def test_an_account_is_disabled_and_enabled(web: SpaceWeb) -> None:
    anna, olga = web.anna, web.olga
    number = web.world.anna.account_id
    words = olga.follow(olga.press(f"/operator/accounts/{number}/disable", "Disable"))
    assert "anna@example.com cannot sign in any more." in words
    assert anna.get("/admin/acme/").status_code == 303
    words = olga.follow(olga.press("/operator/accounts", "Enable"))
    assert "anna@example.com can sign in again." in words
    web.world.accounts.sign_in("anna@example.com", PASSWORD, address="127.0.0.1")


def test_sessions_of_an_account_are_revoked_after_asking(web: SpaceWeb) -> None:
    anna, olga = web.anna, web.olga
    page = f"/operator/accounts/{web.world.anna.account_id}/sign-out"
    assert "ended: 1." in olga.follow(olga.press(page, "Revoke sessions"))
    assert anna.get("/admin/acme/").status_code == 303


def test_operators_cannot_shut_themselves_out(web: SpaceWeb) -> None:
    olga, number = web.olga, web.world.olga.account_id
    assert f"/operator/accounts/{number}/disable" not in olga.page("/operator/accounts")
    answer = olga.press(f"/operator/accounts/{number}/disable", "Disable")
    assert answer.status_code == 409
    assert "You cannot disable your own account." in answer.text
    assert olga.get("/operator/accounts/99/disable").status_code == 404


def test_the_trail_over_all_spaces_names_them(web: SpaceWeb) -> None:
    web.anna.press("/admin/acme/pause", "Pause")
    words = web.olga.read("/operator/audit")
    assert "anna@example.com paused the space acme" in words
    assert "olga@example.com signed in" in words


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "{{7*7}}", "‮gnol " * 40])
def test_names_of_spaces_are_text(web: SpaceWeb, name: str) -> None:
    web.world.add_space("hostile", name=name)
    for path in ("/operator/", "/operator/spaces/hostile", "/operator/spaces/hostile/suspend"):
        page = web.olga.page(path)
        assert "<img src=x" not in page
        assert "49" not in words_of(page).replace("7*7", "")
