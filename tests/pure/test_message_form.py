"""The page of messages, as typed; and the address of the mail server."""

import pytest

from sync.mail_server import read_mail_server
from sync.model.messages import HookFormat, MessageSettings, Telling, TypedMessages
from sync.rules.message_form import changes, host_of, understand

URL = "https://hooks.example.com/services/hunter2"


def problems_of(**typed: object) -> dict[str, str]:
    _, problems = understand(TypedMessages(**typed), None)
    return {one.field: one.message for one in problems}


def test_addresses_are_read_however_they_are_parted() -> None:
    wanted, problems = understand(
        TypedMessages(emails=" Anna@Example.com,ben@example.com;\nanna@example.com \t"), None
    )
    assert not problems
    assert wanted.emails == ("anna@example.com", "ben@example.com")


@pytest.mark.parametrize(
    "emails",
    ["anna", "anna@localhost", "anna@example.com\r\nBcc:x", "<b@example.com>", '"a b"@example.com'],
)
def test_what_is_no_address_is_named(emails: str) -> None:
    assert "Not an e-mail address" in problems_of(emails=emails)["emails"]


def test_there_may_be_ten() -> None:
    ten = " ".join(f"a{number}@example.com" for number in range(10))
    assert problems_of(emails=ten) == {}
    assert "At most 10" in problems_of(emails=f"{ten} more@example.com")["emails"]


@pytest.mark.parametrize(
    "url", ["hooks.example.com/x", "ftp://example.com", "https://" + "x" * 3_000]
)
def test_a_webhook_is_a_whole_address(url: str) -> None:
    assert "webhook_url" in problems_of(webhook_url=url)


@pytest.mark.parametrize("field", ["hook_format", "language"])
def test_only_what_is_offered_can_be_chosen(field: str) -> None:
    assert field in problems_of(**{field: "nonsense"})


def test_an_empty_webhook_keeps_the_one_there_is() -> None:
    before = MessageSettings(webhook_url=URL)
    assert understand(TypedMessages(), before)[0].webhook_url == URL
    assert understand(TypedMessages(forget_webhook=True), before)[0].webhook_url is None
    other = understand(TypedMessages(webhook_url=" https://b.example.com/x "), before)[0]
    assert other.webhook_url == "https://b.example.com/x"


def test_the_trail_says_what_changed_and_no_secret() -> None:
    before = MessageSettings(emails=("a@example.com",), webhook_url=URL)
    after = MessageSettings(
        emails=("b@example.com",),
        webhook_url=URL + "2",
        hook_format=HookFormat.CARD,
        tellings=frozenset({Telling.FAILED}),
        hot_leads=True,
    )
    told = {one.field: (one.old, one.new) for one in changes(before, after)}
    assert told["messages.emails"] == ("a@example.com", "b@example.com")
    assert told["messages.webhook"] == ("set", "changed")
    assert told["messages.hot_leads"] == ("no", "yes")
    assert "hunter2" not in str(told)
    assert changes(after, after) == ()


def test_of_the_webhook_only_the_host_is_shown() -> None:
    assert host_of(URL) == "hooks.example.com"
    assert host_of(None) == ""
    assert "hunter2" not in repr(MessageSettings(webhook_url=URL)) + repr(
        TypedMessages(webhook_url=URL)
    )


# --- the mail server ------------------------------------------------------------------------------


def test_a_mail_server_is_read() -> None:
    server = read_mail_server("smtps://us%40er:p%3A%2Fw@mail.example.com")
    assert (server.host, server.port, server.tls, server.starttls) == (
        *("mail.example.com", 465),
        *(True, False),
    )
    assert (server.username, server.password) == ("us@er", "p:/w")
    assert "p:/w" not in repr(server)
    upgraded = read_mail_server("smtp://mail.example.com?starttls")
    assert (upgraded.port, upgraded.starttls, upgraded.username) == (587, True, None)
    assert not read_mail_server("smtp://127.0.0.1:2525").starttls


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example.com", "is not an address"),
        ("https://mail.example.com", "is not an address"),
        ("smtps://", "is not an address"),
        ("smtps://mail.example.com:port", "is not an address"),
        ("smtps://mail.example.com/folder", "is not an address"),
        ("smtp://mail.example.com", "must use TLS"),
        ("smtp://u:hunter2@mail.example.com", "must use TLS"),
        ("smtps://mail.example.com?starttls", "is either"),
        ("smtps://mail.example.com?verify=no", "may end in"),
        ("smtps://hunter2@mail.example.com", "needs a user name"),
    ],
)
def test_other_addresses_are_refused_without_repeating_them(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        read_mail_server(url)
    assert "hunter2" not in str(caught.value)
