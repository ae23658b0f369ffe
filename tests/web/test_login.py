"""Signing in and out, making an account, changing one's password: with a browser without script."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.errors import TryLater
from tests.service.world import PASSWORD, AdminWorld

from .space_web import HTTPS, Person, SpaceWeb, forms_of, open_web, words_of

SOMEBODY = "nora@example.com"
NEW = "another long pass phrase"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdminWorld]:
    world = AdminWorld(tmp_path)
    world.time = datetime.now(UTC)  # browsers throw away cookies that are over
    world.actor(SOMEBODY)
    yield world
    world.store.database.close()


@pytest.fixture
def web(world: AdminWorld) -> SpaceWeb:
    return open_web(world)


def sign_in(person: Person, password: str = PASSWORD, email: str = SOMEBODY, goal: str = ""):
    """Fill in the form for signing in, and send it."""
    path = f"/login?next={goal}" if goal else "/login"
    return person.press(path, "Sign in", email=email, password=password)


# --- signing in -------------------------------------------------------------------------------


def test_signing_in_leads_to_the_hub_and_gives_a_guarded_cookie(web: SpaceWeb) -> None:
    person = web.nobody
    answer = sign_in(person)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if "__Host-acton=" in one]
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Expires="):
        assert part in cookie
    assert "Domain" not in cookie
    assert SOMEBODY in person.page("/admin/")


def test_operators_begin_with_all_spaces(web: SpaceWeb, world: AdminWorld) -> None:
    world.actor("olga@example.com")
    answer = sign_in(web.nobody, email="olga@example.com")
    assert answer.headers["Location"] == "/operator/"


def test_what_is_wrong_is_told_alike_and_the_address_is_kept(web: SpaceWeb) -> None:
    texts = []
    for email in (SOMEBODY, "unknown@example.com"):
        answer = sign_in(web.nobody, "wrong wrong wrong", email)
        assert answer.status_code == 422
        assert f'value="{email}"' in answer.text
        assert "wrong wrong wrong" not in answer.text
        texts.append(words_of(answer.text))
    assert texts[0] == texts[1]
    assert "The e-mail address or the password is not right." in texts[0]


def test_who_was_stopped_comes_back_to_where_they_wanted_to_go(web: SpaceWeb) -> None:
    person = web.nobody
    asked = person.get("/admin/acme/runs?after=7")
    assert asked.status_code == 303
    form = forms_of(person.page(asked.headers["Location"]))[-1]
    answer = person.send(form, email=SOMEBODY, password=PASSWORD)
    assert answer.headers["Location"] == "/admin/acme/runs?after=7"


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "%2F%2Fevil.example",
        "javascript:alert(1)",
        "/a%0d%0aLocation:%20//evil.example",
        "\\/evil.example",
    ],
)
def test_nobody_is_led_to_another_site(web: SpaceWeb, goal: str) -> None:
    assert sign_in(web.nobody, goal=goal).headers["Location"] == "/admin/"


def test_a_new_session_ends_the_one_that_the_browser_had(web: SpaceWeb) -> None:
    person = web.person(SOMEBODY)
    before = person.client.get_cookie("__Host-acton", domain="acton.example.com").value
    person.get("/login")  # a form from before signing in elsewhere
    form = forms_of(web.nobody.page("/login"))[-1]
    token = person.any_token()
    answer = person.client.post(
        form.action,
        data={"csrf_token": token, "email": SOMEBODY, "password": PASSWORD},
        base_url=HTTPS,
    )
    assert answer.status_code == 303
    assert world_session(web, before) is None


def world_session(web: SpaceWeb, token: str):
    return web.world.accounts.session(token)


def test_a_form_from_before_signing_in_is_too_old_afterwards(web: SpaceWeb) -> None:
    person = web.nobody
    token = person.any_token()
    sign_in(person)
    answer = person.client.post("/account/sessions", data={"csrf_token": token}, base_url=HTTPS)
    assert answer.status_code == 400
    assert "too old to be sent" in answer.text


def test_whoever_is_signed_in_needs_no_form(web: SpaceWeb) -> None:
    person = web.person(SOMEBODY)
    assert person.get("/login").headers["Location"] == "/admin/"
    assert person.get("/register").headers["Location"] == "/admin/"


def test_too_many_failures_are_told_with_the_time(web: SpaceWeb, world: AdminWorld) -> None:
    person = web.nobody
    answers = [sign_in(person, "wrong wrong wrong") for _ in range(7)]
    last = answers[-1]
    assert last.status_code == 429
    assert 1 <= int(last.headers["Retry-After"]) <= 900
    assert "The next try is possible in" in words_of(last.text)
    assert f'value="{SOMEBODY}"' in last.text
    world.later(minutes=20)
    assert sign_in(person).status_code == 303


def test_a_flood_is_stopped_before_anything_is_hashed(web: SpaceWeb) -> None:
    person = web.nobody
    token = person.any_token()
    answer = None
    for number in range(21):
        answer = person.client.post(
            "/login",
            data={"csrf_token": token, "email": f"x{number}@example.com", "password": "x"},
            base_url=HTTPS,
        )
    assert answer is not None
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 60
    assert "more often than this service takes" in words_of(answer.text)


# --- sessions ---------------------------------------------------------------------------------


def test_who_does_nothing_for_too_long_signs_in_again(web: SpaceWeb, world: AdminWorld) -> None:
    person = web.person(SOMEBODY)
    world.later(minutes=29)
    assert person.get("/account").status_code == 200
    world.later(minutes=29)
    assert person.get("/account").status_code == 200
    world.later(minutes=31)
    assert person.get("/account").headers["Location"] == "/login?next=/account"


def test_a_session_ends_after_its_longest_time(web: SpaceWeb, world: AdminWorld) -> None:
    person = web.person(SOMEBODY)
    for _ in range(25):
        world.later(minutes=28)
        person.get("/account")
    world.later(minutes=25)
    assert person.get("/account").status_code == 303


def test_htmx_is_sent_to_the_form_by_its_own_header(web: SpaceWeb) -> None:
    answer = web.nobody.get("/account", **{"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/account"


def test_signing_out_ends_the_session_at_once(web: SpaceWeb) -> None:
    person = web.person(SOMEBODY)
    token = person.client.get_cookie("__Host-acton", domain="acton.example.com").value
    answer = person.press("/account", "Sign out")
    assert "You are signed out." in person.follow(answer)
    assert world_session(web, token) is None
    assert person.get("/account").status_code == 303


def test_signing_out_takes_a_form(web: SpaceWeb) -> None:
    person = web.person(SOMEBODY)
    assert person.get("/logout").status_code == 405
    assert person.client.post("/logout", base_url=HTTPS).status_code == 400
    assert person.get("/account").status_code == 200


def test_signing_out_everywhere_ends_all_sessions(web: SpaceWeb) -> None:
    here, there = web.person(SOMEBODY), web.person(SOMEBODY)
    answer = here.press("/account", "Sign out everywhere")
    assert "You are signed out everywhere." in here.follow(answer)
    assert there.get("/account").status_code == 303


# --- the password -----------------------------------------------------------------------------


def test_a_new_password_ends_all_other_sessions(web: SpaceWeb) -> None:
    here, there = web.person(SOMEBODY), web.person(SOMEBODY)
    answer = here.press("/account", "Change it", current=PASSWORD, new=NEW)
    assert "The password is changed." in here.follow(answer)
    assert there.get("/account").status_code == 303
    assert sign_in(web.nobody, NEW).status_code == 303
    assert sign_in(web.nobody, PASSWORD).status_code == 422


@pytest.mark.parametrize(
    ("current", "new", "said"),
    [
        ("not mine at all", NEW, "This is not your present password."),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, SOMEBODY, "address"),
    ],
)
def test_what_is_wrong_with_a_password_stands_at_its_field(
    web: SpaceWeb, current: str, new: str, said: str
) -> None:
    person = web.person(SOMEBODY)
    answer = person.press("/account", "Change it", current=current, new=new)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert f'value="{new}"' not in answer.text.replace(f'name="username" value="{SOMEBODY}"', "")
    assert sign_in(web.nobody).status_code == 303


def test_guessing_the_present_password_is_stopped(web: SpaceWeb) -> None:
    person = web.person(SOMEBODY)
    statuses = [
        person.press("/account", "Change it", current="wrong", new=NEW).status_code
        for _ in range(7)
    ]
    assert statuses[-1] == 429


# --- making an account ------------------------------------------------------------------------


def test_an_account_is_made_and_signed_in(web: SpaceWeb) -> None:
    person = web.nobody
    answer = person.press(
        "/register", "Make the account", email="New@Example.com", name="New", password=NEW
    )
    assert answer.headers["Location"] == "/admin/"
    assert "new@example.com" in person.page("/admin/").lower()


def test_what_was_typed_is_kept_where_an_account_cannot_be_made(web: SpaceWeb) -> None:
    answer = web.nobody.press(
        "/register", "Make the account", email="no address", name="Nora <b>", password="short"
    )
    assert answer.status_code == 422
    text = words_of(answer.text)
    assert "Enter your e-mail address." in text
    assert "at least 12 characters" in text
    assert 'value="no address"' in answer.text
    assert "Nora &lt;b&gt;" in answer.text
    assert "short" not in answer.text.replace('class="short"', "")


def test_an_address_that_is_taken_is_told_so(web: SpaceWeb) -> None:
    answer = web.nobody.press("/register", "Make the account", email=SOMEBODY, password=NEW)
    assert answer.status_code == 422
    assert "With this address no account can be made." in words_of(answer.text)


def test_where_sign_up_is_closed_the_page_says_who_makes_accounts(world: AdminWorld) -> None:
    world.choose(sign_up_open=False)
    web = open_web(world)
    person = web.nobody
    assert "made by the operator" in person.read("/register")
    assert "Make one" not in person.page("/login")
    answer = person.post("/register", email="x@example.com", password=NEW)
    assert answer.status_code == 403


# --- pages that everybody may see -------------------------------------------------------------


def test_the_first_page_knows_who_is_signed_in(web: SpaceWeb, world: AdminWorld) -> None:
    assert "Request the integration" in web.nobody.read("/")
    world.actor("olga@example.com")
    text = web.person("olga@example.com").read("/")
    assert "All spaces" in text
    assert "Request the integration" not in text


def test_error_pages_stand_while_the_database_is_away(
    web: SpaceWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = web.person(SOMEBODY)

    def away(token: str) -> None:
        raise TryLater("The database cannot be reached.")

    monkeypatch.setattr(web.world.accounts, "session", away)
    assert person.get("/nowhere").status_code == 404
    assert person.get("/account").status_code == 503
    assert person.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/login", "/register", "/account"])
def test_pages_may_not_be_framed_stored_or_scripted(web: SpaceWeb, path: str) -> None:
    answer = web.nobody.get(path) if path != "/account" else web.person(SOMEBODY).get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert " style=" not in answer.text
    assert " onclick" not in answer.text
