"""Signing in through an identity provider: a real one on this machine, honest and not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from tests.service.world import AdminWorld

from .oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, run_provider
from .space_web import HTTPS, Person, SpaceWeb, open_web, words_of


@pytest.fixture(scope="module")
def lasting_provider() -> Iterator[Provider]:
    with run_provider() as provider:
        yield provider


@pytest.fixture
def provider(lasting_provider: Provider) -> Provider:
    """An honest one."""
    fresh = Provider(url=lasting_provider.url, key=lasting_provider.key)
    lasting_provider.__dict__.update(fresh.__dict__)
    return lasting_provider


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdminWorld]:
    world = AdminWorld(tmp_path)
    world.time = datetime.now(UTC)  # browsers throw away cookies that are over
    yield world
    world.store.database.close()


@pytest.fixture
def web(world: AdminWorld, provider: Provider) -> SpaceWeb:
    return open_web(
        world,
        public_url=HTTPS,
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
    )


def sign_in(person: Person, provider: Provider, path: str = "/login/oidc") -> TestResponse:
    """Through the provider and back."""
    away = person.get(path)
    assert away.status_code == 302, words_of(away.text)
    return person.client.get(provider.follow(away.headers["Location"]), base_url=HTTPS)


def refused(answer: TestResponse) -> str:
    """What somebody who was not let in reads; nobody is signed in."""
    assert answer.status_code == 422
    assert "__Host-acton=" not in str(answer.headers.getlist("Set-Cookie"))
    return words_of(answer.text)


def test_somebody_the_provider_vouches_for_is_signed_in(web: SpaceWeb, provider: Provider) -> None:
    person = web.nobody
    answer = sign_in(person, provider)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")
    assert "ines@example.com" in person.page("/admin/")
    assert web.world.events()[-2:] == ["identity_linked", "signed_in"]


def test_the_way_there_carries_state_nonce_and_a_challenge(
    web: SpaceWeb, provider: Provider
) -> None:
    sign_in(web.nobody, provider)
    asked = provider.asked[-1]
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20
    assert asked["redirect_uri"] == f"{HTTPS}/login/oidc/callback"


def test_people_come_back_to_where_they_wanted_to_go(web: SpaceWeb, provider: Provider) -> None:
    answer = sign_in(web.nobody, provider, "/login/oidc?next=/account")
    assert answer.headers["Location"] == "/account"


@pytest.mark.parametrize("goal", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere(web: SpaceWeb, provider: Provider, goal: str) -> None:
    answer = sign_in(web.nobody, provider, f"/login/oidc?next={goal}")
    assert answer.headers["Location"] == "/admin/"


@pytest.mark.parametrize("verified", [False, "true", None, 1])
def test_an_address_that_is_not_verified_opens_no_account(
    web: SpaceWeb, provider: Provider, verified: object
) -> None:
    web.world.actor("ines@example.com")
    provider.claims["email_verified"] = verified
    assert "does not say that your e-mail address is verified" in refused(
        sign_in(web.nobody, provider)
    )


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "another"},
        {"iss": "https://evil.example"},
        {"aud": "another service"},
        {"exp": 1},
    ],
    ids=lambda lies: next(iter(lies)),
)
def test_a_token_that_was_not_made_for_this_log_in_is_refused(
    web: SpaceWeb, provider: Provider, lies: dict[str, object]
) -> None:
    provider.lies = lies
    assert "cannot be trusted" in refused(sign_in(web.nobody, provider))


def test_a_token_signed_by_somebody_else_is_refused(web: SpaceWeb, provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    assert "cannot be trusted" in refused(sign_in(web.nobody, provider))


def test_a_discovery_of_another_issuer_is_refused(web: SpaceWeb, provider: Provider) -> None:
    provider.discovered = {"issuer": "https://evil.example"}
    answer = web.nobody.get("/login/oidc")
    assert "cannot be reached" in refused(answer)


def test_who_changes_their_mind_there_is_told_so(web: SpaceWeb, provider: Provider) -> None:
    provider.denies = True
    assert "You did not sign in at the identity provider." in refused(sign_in(web.nobody, provider))


def test_an_answer_with_another_state_is_refused(web: SpaceWeb, provider: Provider) -> None:
    person = web.nobody
    back = provider.follow(person.get("/login/oidc").headers["Location"])
    forged = back.replace("state=", "state=x")
    assert "was not begun here" in refused(person.client.get(forged, base_url=HTTPS))


def test_an_answer_in_another_browser_is_refused(web: SpaceWeb, provider: Provider) -> None:
    back = provider.follow(web.nobody.get("/login/oidc").headers["Location"])
    assert "was not begun here" in refused(web.nobody.client.get(back, base_url=HTTPS))


def test_an_answer_is_taken_once(web: SpaceWeb, provider: Provider) -> None:
    person = web.nobody
    back = provider.follow(person.get("/login/oidc").headers["Location"])
    assert person.client.get(back, base_url=HTTPS).status_code == 303
    assert person.client.get(back, base_url=HTTPS).status_code == 422


def test_a_code_that_the_provider_does_not_know_is_refused(
    web: SpaceWeb, provider: Provider
) -> None:
    person = web.nobody
    back = provider.follow(person.get("/login/oidc").headers["Location"])
    provider.codes.clear()
    assert "did not accept the log-in" in refused(person.client.get(back, base_url=HTTPS))


def test_the_address_may_come_with_the_profile(web: SpaceWeb, provider: Provider) -> None:
    address = provider.claims.pop("email")
    provider.claims.pop("email_verified")
    provider.profile = {"sub": "4711", "email": address, "email_verified": True}
    assert sign_in(web.nobody, provider).status_code == 303


def test_the_profile_of_somebody_else_counts_for_nothing(web: SpaceWeb, provider: Provider) -> None:
    address = provider.claims.pop("email")
    provider.profile = {"sub": "another", "email": address, "email_verified": True}
    assert "is verified" in refused(sign_in(web.nobody, provider))


def test_who_made_the_account_without_proof_does_not_stay_in(
    web: SpaceWeb, provider: Provider
) -> None:
    web.world.accounts.sign_up("ines@example.com", "a long enough pass phrase", address="x")
    squatter = web.person("ines@example.com")
    assert sign_in(web.nobody, provider).status_code == 303
    assert squatter.get("/account").status_code == 303


def test_operators_are_those_named_in_the_settings(provider: Provider, world: AdminWorld) -> None:
    world.choose(oidc_operators=frozenset({"ines@example.com"}))
    web = open_web(
        world,
        public_url=HTTPS,
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_operators="ines@example.com",
    )
    assert sign_in(web.nobody, provider).headers["Location"] == "/operator/"


def test_where_sign_up_is_closed_strangers_stay_outside(
    web: SpaceWeb, provider: Provider, world: AdminWorld
) -> None:
    world.choose(sign_up_open=False)
    closed = open_web(
        world,
        public_url=HTTPS,
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
    )
    assert "made by the operator" in refused(sign_in(closed.nobody, provider))


def test_a_provider_that_is_away_is_said_in_words(world: AdminWorld) -> None:
    web = open_web(
        world,
        public_url=HTTPS,
        oidc_issuer="http://127.0.0.1:9",
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
    )
    assert "cannot be reached" in refused(web.nobody.get("/login/oidc"))
    assert "Sign in with your organisation" in web.nobody.page("/login")


def test_without_a_provider_there_is_nothing(world: AdminWorld) -> None:
    web = open_web(world)
    assert web.nobody.get("/login/oidc").status_code == 404
    assert web.nobody.get("/login/oidc/callback?state=x&code=y").status_code == 404
    assert "organisation" not in web.nobody.page("/login")


def test_no_page_shows_a_secret(web: SpaceWeb, provider: Provider) -> None:
    person = web.nobody
    away = person.get("/login/oidc")
    back = provider.follow(away.headers["Location"])
    person.client.get(back, base_url=HTTPS)
    for text in (away.text, str(away.headers), person.page("/account")):
        assert CLIENT_SECRET not in text
        assert "an access token" not in text
