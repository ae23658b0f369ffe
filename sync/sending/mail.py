"""Mail by SMTP. One connection a mail: there are few, and a line that is kept is one that breaks.

Errors say what the server answered by its code only: what it says in words may repeat what it was
told, and goes into no log and on no page.
"""

import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from sync.clock import Now, utcnow
from sync.errors import SetupError, TryLater
from sync.mail_server import MailServer
from sync.model.messages import Bodies

SECONDS: Final = 10.0  # the longest that the server may be silent
PERMANENT: Final = range(500, 600)
OF_SENDER: Final = frozenset({530, 534, 535, 538})  # what the operator mends, not the recipient


class SmtpMailer:
    """Sends mails through one server, from one address."""

    def __init__(
        self,
        server: MailServer,
        sender: str,
        *,
        seconds: float = SECONDS,
        context: ssl.SSLContext | None = None,
        now: Now = utcnow,
    ) -> None:
        self._server = server
        self._sender = sender
        self._seconds = seconds
        self._context = context
        self._now = now

    def send(self, recipient: str, bodies: Bodies, *, name: str) -> None:
        """Hand the mail over to the server. Raises SetupError where trying again cannot help, else
        TryLater."""
        try:
            mail = self._compose(recipient, bodies, name)
        except (ValueError, IndexError, MessageError) as error:  # as the library has it
            raise SetupError(
                "The mail cannot be written: its address holds what has no place there.",
                hint="Correct the recipient's address.",
                kind="mail_address",
            ) from error
        try:
            with self._connect() as line:
                self._log_in(line)
                line.send_message(mail, self._sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _refused(codes[0] if codes else 0) from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise TryLater(
                "The mail server does not offer what SMTP_URL asks for (STARTTLS, log-in or "
                "addresses beyond ASCII).",
                hint="Let the operator check SMTP_URL.",
                kind="mail_server",
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise TryLater(
                f"The mail server does not answer ({type(error).__name__}).",
                hint="It is tried again by itself.",
                kind="mail_server",
            ) from None

    def _compose(self, recipient: str, bodies: Bodies, name: str) -> EmailMessage:
        policy = SMTP if recipient.isascii() else SMTPUTF8
        mail = EmailMessage(policy=policy)
        domain = self._sender.rpartition("@")[2]
        mail["Subject"] = bodies.subject
        mail["From"] = Address("Act-On Integration", addr_spec=self._sender)
        mail["To"] = Address(addr_spec=recipient)
        mail["Date"] = format_datetime(self._now())
        # The same with every try, so that a mail that came twice is known for one.
        mail["Message-ID"] = f"<{sha256(name.encode()).hexdigest()[:32]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in return
        mail["X-Auto-Response-Suppress"] = "All"
        mail.set_content(bodies.text)
        if bodies.html:
            mail.add_alternative(bodies.html, subtype="html")
        return mail

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        # Our own name for a greeting: the machine's is nobody's business, and may be long to find.
        us = self._sender.rpartition("@")[2]
        context = self._context or ssl.create_default_context()
        if server.tls:
            return smtplib.SMTP_SSL(
                server.host, server.port, us, timeout=self._seconds, context=context
            )
        line = smtplib.SMTP(server.host, server.port, us, timeout=self._seconds)
        if server.starttls:
            try:
                line.starttls(context=context)
            except BaseException:
                line.close()
                raise
        return line

    def _log_in(self, line: smtplib.SMTP) -> None:
        if self._server.username is not None and self._server.password is not None:
            line.login(self._server.username, self._server.password)


def _refused(code: int) -> SetupError | TryLater:
    if code in OF_SENDER:
        return TryLater(
            f"The mail server does not accept our log-in ({code}).",
            hint="Let the operator check SMTP_URL.",
            kind="mail_server",
        )
    if code in PERMANENT:
        return SetupError(
            f"The mail server refused the mail ({code}).",
            hint="Check the recipient's address; if it is right, let the operator check MAIL_FROM.",
            kind="mail_refused",
        )
    return TryLater(
        f"The mail server put us off ({code}).",
        hint="It is tried again by itself.",
        kind="mail_server",
    )
