"""Which addresses are usable and when two are the same (design §3.2)."""

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from sync.rules.addresses import normalise

LOCALS = st.text("abcXYZ019._+-éßÅ'\"! ", min_size=1, max_size=12)
LABELS = st.text("abcXYZ019-éß_", min_size=1, max_size=8)
ADDRESSES = st.builds(
    lambda local, labels: f"{local}@{'.'.join(labels)}",
    LOCALS,
    st.lists(LABELS, min_size=1, max_size=3),
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Jane.Doe@Example.COM", "jane.doe@example.com"),
        ("  jane@example.com\t", "jane@example.com"),
        ("\u200bjane@example.com\ufeff", "jane@example.com"),
        ("\u00a0jane@example.com\u3000", "jane@example.com"),
        ("plus+tag@example.com", "plus+tag@example.com"),
        ("jürgen@bücher.example.com", "jürgen@xn--bcher-kva.example.com"),
        ("JÜRGEN@XN--BCHER-KVA.example.com", "jürgen@xn--bcher-kva.example.com"),
        ("ju\u0308rgen@example.com", "jürgen@example.com"),
    ],
)
def test_an_address_is_compared_in_one_form(raw: str, expected: str) -> None:
    assert normalise(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "no at sign",
        "two@@example.com",
        "user@localhost",
        "dot@example.com.",
        ".dot@example.com",
        "a..b@example.com",
        "user@[127.0.0.1]",
        '"quoted"@example.com',
        "Jane <jane@example.com>",
        "jane@exa mple.com",
        "jane@-example.com",
        "x@" + "y" * 64 + ".com",
        "x@" + "y." * 130 + "com",
    ],
)
def test_what_is_no_usable_address_is_nothing(raw: str) -> None:
    assert normalise(raw) is None


@given(ADDRESSES)
@example("a@b.test")
@example("a@b.invalid")
@example("a@example.c0m")
@example("a@ab--cd.com")
@example("İ@example.com")
def test_the_quick_way_and_the_library_agree(raw: str) -> None:
    text = raw.strip().lower()
    try:
        checked = validate_email(unicodedata.normalize("NFC", text), check_deliverability=False)
    except EmailNotValidError:
        assert normalise(raw) is None
    else:
        local = unicodedata.normalize("NFC", checked.local_part.lower())
        assert normalise(raw) == f"{local}@{checked.ascii_domain}"


@given(st.one_of(ADDRESSES, st.text(max_size=40)))
def test_normalising_twice_changes_nothing(raw: str) -> None:
    once = normalise(raw)
    assert once is None or normalise(once) == once


@given(ADDRESSES, st.sampled_from(["", " ", "\t", "\u200b", "\u00a0"]))
def test_case_and_blanks_around_do_not_count(raw: str, blank: str) -> None:
    plain = normalise(raw)
    if plain is not None and raw.isascii():
        assert normalise(blank + raw.upper() + blank) == plain
