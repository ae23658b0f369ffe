"""Who may see which panel: each kind of token in its own place, and nothing else in any."""

import hmac
import json
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.keyring import Keyring, generate_key
from sync.panel import Closed, PanelClosed, Pass
from sync.rules.keys import person_digest
from sync.rules.panel_keys import PANEL_KEY_PURPOSE
from tests.panel.conftest import (
    ANN,
    AUDIENCE,
    BOB,
    NOON,
    OTHER_SPACE,
    SPACE,
    Host,
    World,
    encode,
    sign_hs256,
    unsigned,
)
from tests.store.helpers import at_once

SECRET = "the secret that the host of acme signs with"
OTHER_SECRET = "the secret that the host of others signs with"


def closed(opening: Callable[[str], object], text: str) -> Closed:
    """Why the panel does not open; neither the text nor a part of it may be in what is said."""
    with pytest.raises(PanelClosed) as caught:
        opening(text)
    told = "".join(traceback.format_exception_only(caught.value)) + repr(caught.value)
    assert str(caught.value) == "This panel cannot be opened with that."
    assert not [part for part in text.split(".") if len(part) > 3 and part in told]
    assert caught.value.__cause__ is None
    return caught.value.reason


def seconds(moment: datetime, **more: float) -> int:
    return int((moment + timedelta(**more)).timestamp())


def claims(world: World, **changes: Any) -> dict[str, Any]:
    """What a good launch says; None takes a claim away."""
    good = {
        "aud": AUDIENCE,
        "sub": "anna@example.com",
        "space": SPACE,
        "contact": "c0001",
        "iat": seconds(world.time),
        "exp": seconds(world.time, minutes=5),
        "jti": "launch 1",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


@pytest.fixture
def launching(world: World) -> World:
    """A world in which both spaces have hosts that sign launches with a shared secret."""
    world.set_launch_key(SECRET)
    world.set_launch_key(OTHER_SECRET, space_id=OTHER_SPACE)
    return world


# --- record keys --------------------------------------------------------------------------------


def test_a_record_key_opens_the_panel_of_its_person(world: World) -> None:
    opened = world.panel.open_with_key(world.key_for(ANN))
    assert (opened.space_id, opened.person) == (SPACE, person_digest(SPACE, ANN))
    assert (opened.contact_id, opened.user, opened.opened_at) == (None, None, NOON)


@pytest.mark.parametrize(
    ("days", "opens"), [(29.999, True), (30, False), (31, False), (9_999, False)]
)
def test_a_record_key_ends(world: World, days: float, opens: bool) -> None:
    key = world.key_for(days=30)
    world.passes(days=days)
    if opens:
        assert world.panel.open_with_key(key).person == person_digest(SPACE, ANN)
    else:
        assert closed(world.panel.open_with_key, key) is Closed.EXPIRED


def test_revoked_record_keys_are_over_and_new_ones_open(world: World) -> None:
    key = world.key_for()
    world.revoke_keys()
    assert closed(world.panel.open_with_key, key) is Closed.EXPIRED
    assert world.panel.open_with_key(world.key_for(epoch=2)).epoch == 2


@pytest.mark.parametrize(("revoked", "reason"), [(5, Closed.EXPIRED), (6, Closed.INVALID)])
def test_a_record_key_of_long_ago_looks_like_any_other(
    world: World, revoked: int, reason: Closed
) -> None:
    key = world.key_for()
    for _ in range(revoked):
        world.revoke_keys()
    assert closed(world.panel.open_with_key, key) is reason


def test_a_record_key_of_an_epoch_to_come_does_not_open(world: World) -> None:
    assert closed(world.panel.open_with_key, world.key_for(epoch=2)) is Closed.INVALID


def test_a_forged_record_key_is_not_called_expired(world: World) -> None:
    forged = world.key_for(days=-1, keyring=Keyring.parse(generate_key()))
    assert closed(world.panel.open_with_key, forged) is Closed.INVALID


@pytest.mark.parametrize("part", range(6))
def test_a_record_key_with_a_part_of_another_does_not_open(world: World, part: int) -> None:
    parts, others = world.key_for(ANN).split("."), world.key_for(BOB, days=31).split(".")
    others[0], others[1], others[2] = "v2", "0" * 8, OTHER_SPACE
    parts[part] = others[part]
    assert closed(world.panel.open_with_key, ".".join(parts)) is Closed.INVALID


def test_a_record_key_for_another_space_opens_that_one_only(world: World) -> None:
    opened = world.panel.open_with_key(world.key_for(ANN, space_id=OTHER_SPACE))
    assert opened.space_id == OTHER_SPACE
    assert opened.person != person_digest(SPACE, ANN)


def test_a_record_key_for_a_space_that_is_not_there_does_not_open(world: World) -> None:
    assert closed(world.panel.open_with_key, world.key_for(space_id="gone")) is Closed.INVALID


def test_what_was_signed_for_another_purpose_is_no_record_key(world: World) -> None:
    key = world.key_for(purpose="panel session")
    assert closed(world.panel.open_with_key, key) is Closed.INVALID


@pytest.mark.parametrize("mac", ["", "é", "ключ", "\x00"], ids=ascii)
def test_a_record_key_with_an_odd_signature_does_not_open(world: World, mac: str) -> None:
    body = world.key_for().rpartition(".")[0]
    assert closed(world.panel.open_with_key, f"{body}.{mac}") is Closed.INVALID


def test_a_record_key_stays_good_when_the_secret_is_renewed(world: World) -> None:
    old, new = generate_key(), generate_key()
    key = world.key_for(keyring=Keyring.parse(old))
    world.keyring = Keyring.parse(f"{new},{old}")
    assert world.panel.open_with_key(key).person == person_digest(SPACE, ANN)
    world.keyring = Keyring.parse(new)
    assert closed(world.panel.open_with_key, key) is Closed.INVALID


# --- sessions -----------------------------------------------------------------------------------


def session_of(world: World, opened: Pass | None = None) -> str:
    return world.panel.make_session(opened or world.by_key())


@pytest.mark.parametrize(
    "opened",
    [
        Pass(space_id=SPACE, epoch=1, person="ann", opened_at=NOON),
        Pass(space_id=SPACE, epoch=1, contact_id="c.1 – ä", user="anna.b@x", opened_at=NOON),
        Pass(space_id=OTHER_SPACE, epoch=1, contact_id="c", user="u", opened_at=NOON),
        Pass(space_id=SPACE, epoch=1, contact_id="c", user="u", language="de", opened_at=NOON),
    ],
    ids=["key", "launch", "other space", "with a language"],
)
def test_a_session_gives_back_the_pass_it_was_made_of(world: World, opened: Pass) -> None:
    assert world.panel.check_session(session_of(world, opened)) == opened


@pytest.mark.parametrize(("minutes", "good"), [(14.9, True), (15, False), (60, False)])
def test_a_session_lives_for_some_minutes(world: World, minutes: float, good: bool) -> None:
    session = session_of(world)
    world.passes(minutes=minutes)
    if good:
        assert world.panel.check_session(session).person == person_digest(SPACE, ANN)
    else:
        assert closed(world.panel.check_session, session) is Closed.EXPIRED


def test_a_session_slides_with_each_answer_but_not_for_ever(world: World) -> None:
    session, minutes = session_of(world), 0
    while minutes < 8 * 60:
        world.passes(minutes=10)
        minutes += 10
        opened = world.panel.check_session(session)
        assert opened.opened_at == NOON
        session = world.panel.make_session(opened)
    world.passes(minutes=1)
    assert closed(world.panel.check_session, session) is Closed.EXPIRED


def test_a_session_ends_when_the_keys_of_its_space_are_revoked(world: World) -> None:
    session = session_of(world)
    others = session_of(world, world.by_key(space_id=OTHER_SPACE))
    world.revoke_keys()
    assert closed(world.panel.check_session, session) is Closed.EXPIRED
    assert world.panel.check_session(others).space_id == OTHER_SPACE


def test_a_session_of_another_keyring_is_not_ours(world: World) -> None:
    session = session_of(world)
    world.keyring = Keyring.parse(generate_key())
    assert closed(world.panel.check_session, session) is Closed.INVALID


def test_a_session_cannot_be_rewritten(world: World) -> None:
    kind, key_id, _, mac = session_of(world).split(".")
    content = [
        SPACE,
        1,
        person_digest(SPACE, BOB),
        None,
        None,
        seconds(NOON),
        seconds(NOON, days=9),
    ]
    forged = f"{kind}.{key_id}.{encode(json.dumps(content).encode())}.{mac}"
    assert closed(world.panel.check_session, forged) is Closed.INVALID


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(place=st.integers(0, 10**6), character=st.characters(codec="utf-8"))
def test_a_session_with_any_character_changed_is_not_ours(
    world: World, place: int, character: str
) -> None:
    session = session_of(world)
    place %= len(session)
    changed = f"{session[:place]}{character}{session[place + 1 :]}"
    if changed != session:
        assert closed(world.panel.check_session, changed) is Closed.INVALID


@pytest.mark.parametrize(
    "text",
    ["", ".", "...", "s1...", "s1.a.b.c", "s2.a.b.c", "s1.a.b.c.d", "ä.ä.ä.ä", "s1." * 9_000],
)
def test_a_text_that_is_no_session_opens_nothing(world: World, text: str) -> None:
    assert closed(world.panel.check_session, text) is Closed.INVALID


@pytest.mark.parametrize("mac", ["", "é", "ключ", "\x00"], ids=ascii)
def test_a_session_with_an_odd_signature_opens_nothing(world: World, mac: str) -> None:
    body = session_of(world).rpartition(".")[0]
    assert closed(world.panel.check_session, f"{body}.{mac}") is Closed.INVALID


# --- launches -----------------------------------------------------------------------------------


def test_a_launch_with_the_shared_secret_opens_its_contact_for_its_user(launching: World) -> None:
    opened = launching.panel.open_with_token(sign_hs256(claims(launching), SECRET))
    assert (opened.space_id, opened.contact_id, opened.user) == (SPACE, "c0001", "anna@example.com")
    assert (opened.person, opened.opened_at) == (None, NOON)


def test_a_launch_with_the_hosts_private_key_opens(world: World, host: Host) -> None:
    world.set_launch_key(host.public, algorithm="RS256")
    opened = world.panel.open_with_token(host.sign(claims(world)))
    assert (opened.contact_id, opened.user) == ("c0001", "anna@example.com")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [AUDIENCE, "https://elsewhere.example.com"]},
        {"more": "claims"},
        {"iat": seconds(NOON, seconds=59)},
        {"iat": seconds(NOON, minutes=-4), "exp": seconds(NOON, seconds=1)},
        {"iat": seconds(NOON) + 0.5},
        {"contact": "Ünusual id 😀"},
    ],
    ids=repr,
)
def test_a_launch_within_what_was_agreed_opens(launching: World, changes: dict[str, Any]) -> None:
    token = sign_hs256(claims(launching, **changes), SECRET)
    assert launching.panel.open_with_token(token).space_id == SPACE


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("aud", "sub", "space", "contact", "iat", "exp", "jti")),
        *({name: ""} for name in ("aud", "sub", "contact", "jti")),
        *({name: 7} for name in ("aud", "sub", "space", "contact", "jti")),
        *({name: "a\u0000b"} for name in ("sub", "contact", "jti")),
        *({name: ["c0001"]} for name in ("sub", "space", "contact", "jti")),
        {"contact": "c" * 201},
        {"jti": "\ud800"},
        {"aud": "https://panel.example.com"},
        {"aud": f"{AUDIENCE}/"},
        {"aud": ["https://elsewhere.example.com"]},
        {"aud": []},
        {"aud": {AUDIENCE: 1}},
        {"space": "gone"},
        {"space": f"{SPACE} "},
        {"exp": seconds(NOON, minutes=5, seconds=1)},
        {"exp": seconds(NOON, days=300)},
        {"exp": seconds(NOON)},
        {"iat": seconds(NOON, minutes=-9), "exp": seconds(NOON, minutes=-4)},
        {"iat": seconds(NOON, seconds=61), "exp": seconds(NOON, minutes=4)},
        {"iat": seconds(NOON, seconds=50), "exp": seconds(NOON, seconds=40)},
        {"iat": str(seconds(NOON))},
        {"exp": str(seconds(NOON, minutes=4))},
        {"exp": True},
        {"iat": -1},
        {"exp": 10**400},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"iat": float("-inf")},
    ],
    ids=repr,
)
def test_a_launch_that_differs_from_what_was_agreed_opens_nothing(
    launching: World, changes: dict[str, Any]
) -> None:
    token = sign_hs256(claims(launching, **changes), SECRET)
    assert closed(launching.panel.open_with_token, token) is Closed.INVALID


@pytest.mark.parametrize(
    ("told", "language"),
    [
        ({"locale": "de-AT"}, "de"),
        ({"lang": "pt_BR"}, "pt"),
        ({"locale": "", "lang": "fr"}, "fr"),
        ({"locale": "nl"}, None),
        ({"locale": ["de"]}, None),
        ({"locale": "x" * 500}, None),
        ({}, None),
    ],
)
def test_a_launch_may_say_which_language_its_user_speaks(
    launching: World, told: dict[str, Any], language: str | None
) -> None:
    token = sign_hs256(claims(launching, **told), SECRET)
    assert launching.panel.open_with_token(token).language == language


def test_a_launch_is_good_until_its_end_and_good_once(launching: World) -> None:
    token = sign_hs256(claims(launching), SECRET)
    launching.passes(minutes=4, seconds=59)
    assert launching.panel.open_with_token(token).contact_id == "c0001"
    assert closed(launching.panel.open_with_token, token) is Closed.INVALID
    launching.passes(seconds=1)
    assert closed(launching.panel.open_with_token, token) is Closed.INVALID


def test_another_launch_of_the_same_name_is_a_repetition(launching: World) -> None:
    launching.panel.open_with_token(sign_hs256(claims(launching), SECRET))
    again = sign_hs256(claims(launching, contact="c0002"), SECRET)
    assert closed(launching.panel.open_with_token, again) is Closed.INVALID


def test_a_launch_used_many_times_at_once_opens_one_panel(launching: World) -> None:
    panel, token = launching.panel, sign_hs256(claims(launching), SECRET)

    def opens() -> bool:
        try:
            panel.open_with_token(token)
        except PanelClosed:
            return False
        return True

    assert sorted(at_once(*[opens] * 10)) == [False] * 9 + [True]


def test_a_launch_that_was_refused_is_not_used_up(launching: World) -> None:
    good = claims(launching)
    closed(launching.panel.open_with_token, sign_hs256(good, OTHER_SECRET))
    closed(launching.panel.open_with_token, sign_hs256(good | {"aud": "elsewhere"}, SECRET))
    assert launching.panel.open_with_token(sign_hs256(good, SECRET)).contact_id == "c0001"


def test_the_host_of_another_space_opens_nothing_here(launching: World) -> None:
    token = sign_hs256(claims(launching), OTHER_SECRET)
    assert closed(launching.panel.open_with_token, token) is Closed.INVALID


def test_the_key_of_another_host_opens_nothing(world: World, host: Host, other_host: Host) -> None:
    world.set_launch_key(host.public, algorithm="RS256")
    world.set_launch_key(other_host.public, algorithm="RS256", space_id=OTHER_SPACE)
    token = other_host.sign(claims(world))
    assert closed(world.panel.open_with_token, token) is Closed.INVALID


def test_a_host_opens_its_own_space_whatever_else_it_says(launching: World) -> None:
    said = claims(launching, space=OTHER_SPACE, iss=SPACE, space_id=SPACE)
    opened = launching.panel.open_with_token(sign_hs256(said, OTHER_SECRET))
    assert opened.space_id == OTHER_SPACE


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "HS256", "RS256"])
def test_a_launch_that_nobody_signed_opens_nothing(launching: World, algorithm: str) -> None:
    for signature in ("", "AAAA", "é"):
        token = f"{unsigned(claims(launching), alg=algorithm, typ='JWT')}.{signature}"
        assert closed(launching.panel.open_with_token, token) is Closed.INVALID


@pytest.mark.parametrize(
    "header", [{"alg": "HS384"}, {"alg": "RS256"}, {"alg": "none"}, {"alg": 1}]
)
def test_the_algorithm_is_that_of_our_key_and_not_of_the_token(
    launching: World, header: dict[str, Any]
) -> None:
    token = sign_hs256(claims(launching), SECRET, **header)
    assert closed(launching.panel.open_with_token, token) is Closed.INVALID


def test_a_stronger_algorithm_than_agreed_is_another_one(launching: World) -> None:
    body = unsigned(claims(launching), alg="HS384", typ="JWT")
    signature = hmac.digest(SECRET.encode(), body.encode(), "sha384")
    token = f"{body}.{encode(signature)}"
    assert closed(launching.panel.open_with_token, token) is Closed.INVALID


def test_the_public_key_is_no_shared_secret(world: World, host: Host) -> None:
    world.set_launch_key(host.public, algorithm="RS256")
    for secret in (host.public, host.public.strip(), host.public.replace("\n", "")):
        token = sign_hs256(claims(world), secret)
        assert closed(world.panel.open_with_token, token) is Closed.INVALID


def test_a_signature_by_private_key_means_nothing_where_a_secret_is_shared(
    launching: World, host: Host
) -> None:
    for header in ({}, {"jwk": {"kty": "RSA"}}, {"jku": "https://evil.example.com"}, {"kid": "1"}):
        token = host.sign(claims(launching), **header)
        assert closed(launching.panel.open_with_token, token) is Closed.INVALID


def test_a_space_without_a_launch_key_opens_by_no_launch(world: World) -> None:
    for secret in (SECRET, "", "None"):
        token = sign_hs256(claims(world), secret)
        assert closed(world.panel.open_with_token, token) is Closed.INVALID


def test_without_an_audience_of_ours_there_are_no_launches(launching: World) -> None:
    launching.set(audience=None)
    for audience in (AUDIENCE, None, "None"):
        token = sign_hs256(claims(launching, aud=audience), SECRET)
        assert closed(launching.panel.open_with_token, token) is Closed.INVALID


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "....",
        "é.é.é",
        f"e30.{encode(b'{')}.",
        f"e30.{encode(b'null')}.",
        f"e30.{encode(b'[]')}.",
        f"e30.{encode(b'7')}.",
        f"e30.{encode(b'{}')}.",
        f"e30.{encode(b'[' * 5_000)}.",
        f"e30.{encode(b'9' * 5_000)}.",
        f"e30.{encode(bytes([255, 254, 0]))}.",
        f"e30.{encode(json.dumps({'space': SPACE}).encode())}.",
        f"{encode(b'null')}.{encode(json.dumps({'space': SPACE}).encode())}.AAAA",
        f"e30.{encode(json.dumps({'space': SPACE}).encode())}.a.b",
        f"e30.{encode(json.dumps({'space': SPACE}).encode())}." + "a" * 8_000,
    ],
)
def test_a_text_that_is_no_launch_opens_nothing(launching: World, text: str) -> None:
    assert closed(launching.panel.open_with_token, text) is Closed.INVALID


# --- none in the place of another ---------------------------------------------------------------


def test_each_kind_is_refused_in_every_other_place(launching: World) -> None:
    panel = launching.panel
    key, launch = launching.key_for(), sign_hs256(claims(launching), SECRET)
    session = session_of(launching)
    for opening, kinds in (
        (panel.open_with_key, (launch, session)),
        (panel.open_with_token, (key, session)),
        (panel.check_session, (key, launch)),
    ):
        assert [closed(opening, kind) for kind in kinds] == [Closed.INVALID, Closed.INVALID]


def test_a_session_signed_as_a_record_key_is_none(world: World) -> None:
    body = session_of(world).rpartition(".")[0]
    mac = world.keyring.sign(body.encode(), purpose=PANEL_KEY_PURPOSE)
    assert closed(world.panel.check_session, f"{body}.{mac}") is Closed.INVALID


def test_a_secret_that_signs_launches_makes_neither_keys_nor_sessions(launching: World) -> None:
    """Even where a space's shared secret happens to be one of our own keys."""
    ours = generate_key()
    launching.keyring = Keyring.parse(ours)
    session, key = session_of(launching, launching.by_key()), launching.key_for()
    for made, opening in (
        (session, launching.panel.check_session),
        (key, launching.panel.open_with_key),
    ):
        body = made.rpartition(".")[0]
        signed = sign_hs256(claims(launching), ours).rpartition(".")[2]
        assert closed(opening, f"{body}.{signed}") is Closed.INVALID


# --- what a pass shows --------------------------------------------------------------------------


def test_a_contact_of_another_space_is_not_visible(launching: World) -> None:
    there = launching.sync_links(space_id=OTHER_SPACE)
    token = sign_hs256(claims(launching, contact=there.contact_id), SECRET)
    view = launching.panel.view(launching.panel.open_with_token(token))
    assert (view.space_id, view.name, view.address, view.score) == (SPACE, "", "", None)


def test_a_person_of_another_space_is_not_visible(world: World) -> None:
    there = world.sync_links(space_id=OTHER_SPACE)
    opened = replace(world.by_key(), person=there.person)
    view = world.panel.view(opened)
    assert (view.name, view.address, view.score) == ("", "", None)
