"""Keys that seal and sign: each ciphertext opens in its own place, and weak keys are refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import InvalidInput, SetupError
from sync.keyring import Keyring

PLACE = "acme_sales|spaces.acton_password"
KEYS = [
    "vCSN1YZcb0kRj0HhpjmXGvS4WiVJ8vCOdoRxwTVQ4p0",
    "7HDyK5o-8eX2sQm0b1tUj4Zr9VhLwPaG6nCkYdFqEiM",
]


def key_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


@given(plain=st.text(), where=st.text())
def test_what_was_sealed_opens_again(plain: str, where: str) -> None:
    keyring = Keyring.parse(KEYS[0])
    plain = plain.encode("utf-8", "ignore").decode()
    where = where.encode("utf-8", "ignore").decode()
    sealed = keyring.seal(plain, where=where)
    assert keyring.open(sealed, where=where) == plain
    assert plain not in sealed or len(plain) < 4


@pytest.mark.parametrize(
    "elsewhere",
    [
        "other_space|spaces.acton_password",
        "acme_sales|spaces.pipeliner_password",
        "acme_sales|tokens.acton_password",
        "",
    ],
)
def test_a_ciphertext_opens_in_its_own_place_only(elsewhere: str) -> None:
    keyring = Keyring.parse(KEYS[0])
    sealed = keyring.seal("hunter2", where=PLACE)
    with pytest.raises(SetupError, match="cannot be opened") as raised:
        keyring.open(sealed, where=elsewhere)
    assert raised.value.kind == "secret_unreadable"


def test_no_two_ciphertexts_of_the_same_text_are_alike() -> None:
    keyring = Keyring.parse(KEYS[0])
    assert len({keyring.seal("hunter2", where=PLACE) for _ in range(100)}) == 100


@given(place=st.integers(0, 60), character=st.characters())
def test_a_ciphertext_with_any_character_changed_does_not_open(place: int, character: str) -> None:
    keyring = Keyring.parse(KEYS[0])
    sealed = keyring.seal("hunter2", where=PLACE)
    place %= len(sealed)
    changed = sealed[:place] + character + sealed[place + 1 :]
    if changed == sealed:
        return
    try:
        opened = keyring.open(changed, where=PLACE)
    except SetupError:
        return
    assert opened == "hunter2"  # the last character of base64 may hold bits that mean nothing


@given(text=st.text())
def test_any_text_at_all_is_opened_or_refused(text: str) -> None:
    with pytest.raises(SetupError):
        Keyring.parse(KEYS[0]).open(text, where=PLACE)


def test_an_older_key_opens_and_the_first_one_seals() -> None:
    old = Keyring.parse(KEYS[1]).seal("hunter2", where=PLACE)
    both = Keyring.parse(",".join(KEYS))
    assert both.open(old, where=PLACE) == "hunter2"
    new = both.seal("hunter2", where=PLACE)
    assert Keyring.parse(KEYS[0]).open(new, where=PLACE) == "hunter2"
    with pytest.raises(SetupError):
        Keyring.parse(KEYS[1]).open(new, where=PLACE)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds no key"),
        (" , ", "holds no key"),
        ("not base64 at all!", "is not base64"),
        (key_of(b"short"), "has 5 bytes instead of 32"),
        (key_of(bytes(range(33))), "has 33 bytes instead of 32"),
        (key_of(b"\0" * 32), "is not random"),
        (key_of(b"ab" * 16), "is not random"),
        (key_of(b"passwordpasswordpasswordpassword"), "is not random"),
        (f"{KEYS[0]},{key_of(bytes(32))}", "Key 2 in SECRET_KEYS is not random"),
    ],
)
def test_a_weak_key_is_refused_with_what_to_do(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as raised:
        Keyring.parse(text)
    assert raised.value.hint == "Make one with: python -m sync secrets new"


def test_a_keyring_shows_no_secret() -> None:
    keyring = Keyring.parse(KEYS[0])
    assert KEYS[0] not in repr(keyring)
    assert keyring.key_id in repr(keyring)


def test_what_is_signed_for_one_purpose_means_nothing_for_another() -> None:
    keyring = Keyring.parse(KEYS[0])
    mac = keyring.sign(b"message", purpose="panel key")
    known = {"mac": mac, "key_id": keyring.key_id}
    assert keyring.verify(b"message", purpose="panel key", **known)
    assert not keyring.verify(b"message", purpose="session", **known)
    assert not keyring.verify(b"massage", purpose="panel key", **known)
