"""Record keys: whose panel, until when, and made by us or not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.keyring import Keyring, generate_key
from sync.rules.panel_keys import (
    PANEL_KEY_PURPOSE,
    PanelKey,
    is_genuine,
    make_panel_key,
    parse_panel_key,
)

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
PERSON = "0123456789abcdef0123456789abcdef"
KEYRING = Keyring.parse(generate_key())


def make_key(
    *, space_id: str = "acme_sales", epoch: int = 1, keyring: Keyring = KEYRING, purpose: str = ""
) -> str:
    return make_panel_key(
        space_id=space_id,
        epoch=epoch,
        person=PERSON,
        expires_at=NOON,
        key_id=keyring.key_id,
        sign=lambda message: keyring.sign(message, purpose=purpose or PANEL_KEY_PURPOSE),
    )


def parsed(text: str) -> PanelKey:
    key = parse_panel_key(text)
    assert key is not None
    return key


def is_ours(text: str, *, epoch: int = 1, keyring: Keyring = KEYRING) -> bool:
    """Whether the text is a record key that we made in this epoch."""
    key = parse_panel_key(text)
    return key is not None and is_genuine(
        key,
        epoch,
        lambda message, mac, key_id: keyring.verify(
            message, mac, purpose=PANEL_KEY_PURPOSE, key_id=key_id
        ),
    )


KEY = make_key()


def test_a_key_names_space_person_and_end() -> None:
    key = parsed(KEY)
    assert (key.space_id, key.person, key.expires_at) == ("acme_sales", PERSON, NOON)
    assert key.key_id == KEYRING.key_id
    assert f"{key.body}.{key.mac}" == KEY
    assert is_ours(KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "....",
        "v1.k.s.p.1800000000",
        "v1.k.s.p.1800000000.m.more",
        "v2.k.s.p.1800000000.m",
        " v1.k.s.p.1800000000.m",
        "v1.k.s.p..m",
        "v1.k.s.p.-1.m",
        "v1.k.s.p.1e9.m",
        "v1.k.s.p.1_0.m",
        "v1.k.s.p. 1.m",
        "v1.k.s.p.١٢٣.m",
        "v1.k.s.p.²³.m",
        "v1.k.s.p.100000000000.m",
        f"v1.k.s.{'p' * 600}.1800000000.m",
    ],
)
def test_a_text_of_another_form_is_no_key(text: str) -> None:
    assert parse_panel_key(text) is None


@given(st.text(max_size=80) | st.lists(st.text(max_size=12), min_size=6, max_size=6).map(".".join))
def test_any_text_at_all_is_read_without_surprise(text: str) -> None:
    for candidate in (text, f"v1.{text}"):
        key = parse_panel_key(candidate)
        if key is not None:
            assert f"{key.body}.{key.mac}" == candidate


@given(st.integers(0, len(KEY) - 1), st.characters(codec="ascii"))
def test_a_key_with_any_character_changed_is_not_ours(place: int, character: str) -> None:
    changed = f"{KEY[:place]}{character}{KEY[place + 1 :]}"
    assert is_ours(changed) == (changed == KEY)


@given(st.integers(0, len(KEY) - 1), st.characters(min_codepoint=128, codec="utf-8"))
def test_a_key_with_a_character_from_elsewhere_is_not_ours(place: int, character: str) -> None:
    assert not is_ours(f"{KEY[:place]}{character}{KEY[place + 1 :]}")


@given(st.integers(0, len(KEY) - 1), st.integers(1, 5))
def test_a_key_with_characters_missing_or_more_is_not_ours(place: int, many: int) -> None:
    assert not is_ours(KEY[:place] + KEY[place + many :])
    assert not is_ours(KEY[:place] + "A" * many + KEY[place:])


@pytest.mark.parametrize("epoch", [0, 2, 3, 11])
def test_a_key_holds_in_its_own_epoch_only(epoch: int) -> None:
    assert is_ours(KEY, epoch=1)
    assert not is_ours(KEY, epoch=epoch)
    assert is_ours(make_key(epoch=epoch), epoch=epoch)


def test_a_key_of_another_keyring_is_not_ours() -> None:
    assert not is_ours(KEY, keyring=Keyring.parse(generate_key()))


def test_what_was_signed_for_another_purpose_is_no_key() -> None:
    assert not is_ours(make_key(purpose="panel session"))


def test_a_key_stays_ours_while_its_secret_is_known() -> None:
    old, new = generate_key(), generate_key()
    made = make_key(keyring=Keyring.parse(old))
    assert is_ours(made, keyring=Keyring.parse(f"{new},{old}"))
    assert not is_ours(made, keyring=Keyring.parse(new))


def test_the_epoch_changes_the_signature_and_shows_nowhere_else() -> None:
    first, second = make_key(epoch=1), make_key(epoch=2)
    assert first.rpartition(".")[0] == second.rpartition(".")[0]
    assert first != second
