"""Who signed a webhook: Svix's scheme, and a plain HMAC of the body."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import InvalidInput
from sync.model.webhooks import SignatureScheme, WebhookKey
from sync.rules.signatures import proven_id, read_header, read_secret, sign

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SVIX = WebhookKey(scheme=SignatureScheme.SVIX, secret=SECRET)
PLAIN = WebhookKey(
    scheme=SignatureScheme.PLAIN, secret="a plain secret of the account", header="X-Signature"
)
BODY = b'{"test": 2432232314}'


def renamed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("svix-", "webhook-"): value for name, value in headers.items()}


def test_the_published_example_of_the_scheme_is_proven() -> None:
    headers = {
        "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "svix-timestamp": "1614265330",
        "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    then = datetime.fromtimestamp(1614265330, UTC)
    assert proven_id(SVIX, headers, BODY, then) == headers["svix-id"]


@pytest.mark.parametrize("rename", [dict, renamed])
def test_what_was_signed_is_proven_and_named_by_its_id(rename) -> None:
    assert proven_id(SVIX, rename(sign(SVIX, "msg_1", NOW, BODY)), BODY, NOW) == "msg_1"


def test_one_good_signature_of_several_is_enough() -> None:
    headers = sign(SVIX, "msg_1", NOW, BODY)
    good = headers["svix-signature"]
    headers["svix-signature"] = f"v1,AAAA v2,{good.partition(',')[2]} {good}"
    assert proven_id(SVIX, headers, BODY, NOW) == "msg_1"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_was_signed_too_long_ago_or_ahead_proves_nothing(minutes: int) -> None:
    headers = sign(SVIX, "msg_1", NOW + timedelta(minutes=minutes), BODY)
    assert proven_id(SVIX, headers, BODY, NOW) is None


@pytest.mark.parametrize("minutes", [-5, 5])
def test_five_minutes_are_within_the_window(minutes: int) -> None:
    headers = sign(SVIX, "msg_1", NOW + timedelta(minutes=minutes), BODY)
    assert proven_id(SVIX, headers, BODY, NOW) == "msg_1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("svix-id", "msg_2"),
        ("svix-id", ""),
        ("svix-id", "m" * 300),
        ("svix-timestamp", "1614265330"),
        ("svix-timestamp", "soon"),
        ("svix-timestamp", "\u0661"),
        ("svix-timestamp", "9" * 30),
        ("svix-signature", ""),
        ("svix-signature", "v1,"),
        ("svix-signature", "v1,\udcff"),
    ],
)
def test_whatever_is_changed_proves_nothing(name: str, value: str) -> None:
    headers = sign(SVIX, "msg_1", NOW, BODY) | {name: value}
    assert proven_id(SVIX, headers, BODY, NOW) is None


def test_a_v1_signature_counts_only_under_its_own_version() -> None:
    headers = sign(SVIX, "msg_1", NOW, BODY)
    headers["svix-signature"] = headers["svix-signature"].replace("v1,", "v1a,")
    assert proven_id(SVIX, headers, BODY, NOW) is None


def test_another_body_or_secret_proves_nothing() -> None:
    headers = sign(SVIX, "msg_1", NOW, BODY)
    assert proven_id(SVIX, headers, BODY + b" ", NOW) is None
    other = WebhookKey(scheme=SignatureScheme.SVIX, secret="whsec_" + "QUJD" * 8)
    assert proven_id(other, headers, BODY, NOW) is None


@pytest.mark.parametrize("dress", [str, "sha256={}".format, str.upper])
def test_a_plain_signature_is_taken_as_digits_and_named_by_the_body(dress) -> None:
    signed = sign(PLAIN, "ignored", NOW, BODY)["x-signature"]
    first = proven_id(PLAIN, {"x-signature": dress(signed)}, BODY, NOW)
    assert first is not None
    assert first == proven_id(PLAIN, {"x-signature": signed}, BODY, NOW)


def test_a_plain_signature_may_be_base64() -> None:
    raw = bytes.fromhex(sign(PLAIN, "", NOW, BODY)["x-signature"])
    assert proven_id(PLAIN, {"x-signature": base64.b64encode(raw).decode()}, BODY, NOW)


def test_a_plain_signature_in_another_header_or_of_another_body_proves_nothing() -> None:
    signed = sign(PLAIN, "", NOW, BODY)["x-signature"]
    assert proven_id(PLAIN, {"x-other": signed}, BODY, NOW) is None
    assert proven_id(PLAIN, {"x-signature": signed}, BODY + b"!", NOW) is None
    assert proven_id(PLAIN, {"x-signature": ""}, BODY, NOW) is None


@given(
    headers=st.dictionaries(
        st.sampled_from(["svix-id", "svix-timestamp", "svix-signature", "x-signature"]), st.text()
    ),
    body=st.binary(),
)
def test_no_request_breaks_the_proof_and_none_is_proven_by_chance(
    headers: dict[str, str], body: bytes
) -> None:
    for key in (SVIX, PLAIN):
        assert proven_id(key, headers, body, NOW) is None


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_QUJD", "whsec_***", "x" * 600, "whsec_é"])
def test_what_is_no_secret_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_secret(SignatureScheme.SVIX, text)
    assert "Act-On" in caught.value.hint


def test_a_short_plain_secret_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_secret(SignatureScheme.PLAIN, "short")


@pytest.mark.parametrize("text", ["", "X Signature", "X:1", "x" * 65, "ключ"])
def test_what_is_no_name_of_a_header_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="name of a header"):
        read_header(text)


def test_the_secret_shows_in_no_repr() -> None:
    assert "MfKQ9r8G" not in repr(SVIX)
