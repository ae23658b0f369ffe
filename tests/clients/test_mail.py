"""Mail over a real socket: what is sent, what refusals mean, and what is never said."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.errors import IntegrationError, SetupError, TryLater
from sync.mail_server import MailServer
from sync.model.messages import Bodies
from sync.sending import SmtpMailer
from tests.catchers import SECRET, MailCatcher, catching_mail, certify

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
BODIES = Bodies(
    subject="Acme: der Abgleich schlug fehl – ä", text="Was?\nDas.\n", html="<p>Das</p>"
)
TO = "anna@example.com"


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with catching_mail() as made:
        yield made


def mailer(catcher: MailCatcher, **server: object) -> SmtpMailer:
    facts = {"host": "127.0.0.1", "port": catcher.port, "tls": False, "starttls": False}
    return SmtpMailer(
        MailServer(**(facts | server)), "acton@example.com", seconds=2, now=lambda: NOON
    )


def test_a_mail_arrives_as_it_was_written(catcher: MailCatcher) -> None:
    mailer(catcher).send(TO, BODIES, name="acme|7")
    (mail,) = catcher.mails
    assert catcher.recipients == [TO]
    assert mail["Subject"] == BODIES.subject
    assert mail["From"] == "Act-On Integration <acton@example.com>"
    assert mail["To"] == TO
    assert mail["Date"] == "Tue, 03 Mar 2026 12:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines() == BODIES.text.splitlines()
    assert html.get_content().strip() == BODIES.html
    assert len(list(mail.walk())) == 3  # nothing attached


def test_a_mail_sent_twice_has_the_same_name(catcher: MailCatcher) -> None:
    for name in ("acme|7", "acme|7", "acme|8"):
        mailer(catcher).send(TO, BODIES, name=name)
    names = [one["Message-ID"] for one in catcher.mails]
    assert names[0] == names[1] != names[2]
    assert names[0].endswith("@example.com>")


def test_it_logs_in_where_it_is_told_to(catcher: MailCatcher) -> None:
    mailer(catcher, username="us", password=SECRET).send(TO, BODIES, name="1")
    assert catcher.logged_in_as == ["us"]
    assert len(catcher.mails) == 1


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ({"RCPT": "550 nobody of that name"}, SetupError, "refused the mail (550)"),
        ({"RCPT": "450 try later"}, TryLater, "put us off (450)"),
        ({"MAIL": "553 not you"}, SetupError, "refused the mail (553)"),
        ({"MAIL": "530 log in first"}, TryLater, "does not accept our log-in (530)"),
        ({"DATA": "554 spam"}, SetupError, "refused the mail (554)"),
        ({"DATA": "451 busy"}, TryLater, "put us off (451)"),
        ({"DATA": "hang up"}, TryLater, "does not answer"),
        ({"EHLO": "hang up"}, TryLater, "does not answer"),
    ],
)
def test_refusals_say_whether_trying_again_can_help(
    catcher: MailCatcher, answers: dict[str, str], kind: type[IntegrationError], said: str
) -> None:
    catcher.answers = answers
    with pytest.raises(kind) as caught:
        mailer(catcher).send(TO, BODIES, name="1")
    assert said in caught.value.message
    assert "nobody of that name" not in str(caught.value)  # the server's words stay there


def test_a_password_that_is_refused_is_in_no_error(catcher: MailCatcher) -> None:
    """This server repeats it, as some do."""
    with pytest.raises(TryLater, match="does not accept our log-in") as caught:
        mailer(catcher, username="us", password="hunter2x").send(TO, BODIES, name="1")
    chain: BaseException | None = caught.value
    assert "hunter2" not in str(chain) + repr(caught.value.__cause__)
    assert caught.value.__suppress_context__


def test_a_server_without_starttls_is_not_spoken_to_in_plain(catcher: MailCatcher) -> None:
    with pytest.raises(TryLater, match="does not offer"):
        mailer(catcher, starttls=True, username="us", password=SECRET).send(TO, BODIES, name="1")
    assert catcher.logged_in_as == []
    assert catcher.mails == []


def test_a_server_that_speaks_no_tls_is_away(catcher: MailCatcher) -> None:
    with pytest.raises(TryLater, match="does not answer"):
        mailer(catcher, tls=True).send(TO, BODIES, name="1")


def test_a_server_that_is_silent_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = MailServer(host="127.0.0.1", port=port, tls=False, starttls=False)
        with pytest.raises(TryLater, match="does not answer"):
            SmtpMailer(server, "acton@example.com", seconds=0.2).send(TO, BODIES, name="1")


def test_a_server_that_is_not_there_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    server = MailServer(host="127.0.0.1", port=port, tls=False, starttls=False)
    with pytest.raises(TryLater, match="ConnectionRefusedError"):
        SmtpMailer(server, "acton@example.com").send(TO, BODIES, name="1")


@pytest.mark.parametrize("to", ["anna@example.com\r\nBcc: x@example.com", "no address", ""])
def test_an_address_that_is_none_is_not_written(catcher: MailCatcher, to: str) -> None:
    with pytest.raises(SetupError, match="cannot be written"):
        mailer(catcher).send(to, BODIES, name="1")
    assert catcher.said == []


def test_it_tells_the_server_nothing_of_this_machine(catcher: MailCatcher) -> None:
    mailer(catcher).send(TO, BODIES, name="1")
    assert catcher.said[0] == "ehlo example.com"


@pytest.mark.parametrize("how", ["tls", "starttls"])
def test_what_is_secret_goes_over_tls_to_whom_is_trusted(tmp_path: Path, how: str) -> None:
    shown, trusting = certify(tmp_path)
    with catching_mail(**{how: shown}) as catcher:
        server = MailServer(
            host="127.0.0.1",
            port=catcher.port,
            tls=how == "tls",
            starttls=how == "starttls",
            username="us",
            password=SECRET,
        )
        with pytest.raises(TryLater, match="SSLCertVerificationError"):
            SmtpMailer(server, "acton@example.com", seconds=2).send(TO, BODIES, name="1")
        assert catcher.logged_in_as == []
        trusted = SmtpMailer(server, "acton@example.com", seconds=2, context=trusting)
        trusted.send(TO, BODIES, name="1")
    assert catcher.logged_in_as == ["us"]
    assert catcher.secured == [True]
