"""Servers on this machine that catch what is sent: mail by SMTP, and posts to webhooks.

Small, but over real sockets: what they are told is kept word for word.
"""

import base64
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SECRET = "hunter2"


@dataclass
class MailCatcher:
    """A mail server. `answers`: what it says instead of taking, by command (`RCPT`, `AUTH`, …);
    "hang up" for a line that breaks."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    secured: list[bool] = field(default_factory=list)  # of each mail: whether it came over TLS
    tls: ssl.SSLContext | None = None  # it offers STARTTLS
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logged_in_as: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass
class HookCatcher:
    """A receiver of webhooks. `answers`: (status, headers) of the next answers, in turn."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    """One line to the mail server."""

    catcher: MailCatcher

    def handle(self) -> None:
        self._say("220 catcher ready")
        while line := self.rfile.readline().decode(errors="replace").strip():
            self.catcher.said.append(line)
            command = line.split(":")[0].split(" ")[0].upper()
            answer = self.catcher.answers.get(command)
            if answer == "hang up":
                return
            if answer is not None:
                self._say(answer)
            elif not self._take(command, line):
                return

    def _take(self, command: str, line: str) -> bool:
        catcher = self.catcher
        if command == "EHLO":
            offered = "250-STARTTLS\r\n" if catcher.tls and not self._is_secure() else ""
            self._say(f"250-catcher\r\n{offered}250-8BITMIME\r\n250 AUTH PLAIN")
        elif command == "STARTTLS" and catcher.tls:
            self._say("220 go on")
            return self._secure(catcher.tls)
        elif command == "AUTH":
            told = base64.b64decode(line.split(" ")[2]).decode().split("\0")
            catcher.logged_in_as.append(told[1])
            self._say("235 welcome" if told[2] == SECRET else "535 no, not " + told[2])
        elif command == "RCPT":
            catcher.recipients.append(line.partition("<")[2].partition(">")[0])
            self._say("250 ok")
        elif command == "DATA":
            self._say("354 go on")
            self._keep()
            self._say("250 taken")
        elif command == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("250 ok")
        return True

    def _secure(self, context: ssl.SSLContext) -> bool:
        self.finish()
        try:
            self.request = context.wrap_socket(self.connection, server_side=True)
        except OSError:
            return False  # somebody does not trust us
        self.setup()
        return True

    def finish(self) -> None:
        super().finish()
        if self._is_secure():
            self.connection.close()

    def _is_secure(self) -> bool:
        return isinstance(self.connection, ssl.SSLSocket)

    def _keep(self) -> None:
        self.catcher.secured.append(self._is_secure())
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        mail = message_from_bytes(b"".join(lines), policy=default)
        assert isinstance(mail, EmailMessage)
        self.catcher.mails.append(mail)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is not None:
            with suppress(OSError), self.tls.wrap_socket(request, server_side=True) as line:
                super().finish_request(line, client_address)  # OSError: we are not trusted
            return
        super().finish_request(request, client_address)


@contextmanager
def catching_mail(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None
) -> Iterator[MailCatcher]:
    """A mail server on a free port, with TLS from the first byte or when it is asked for."""
    catcher = MailCatcher(tls=starttls)
    handler = type("Talk", (_Talk,), {"catcher": catcher})
    with _Server(("127.0.0.1", 0), handler) as server, _serving(server):
        server.tls = tls
        catcher.port = server.server_address[1]
        yield catcher


@contextmanager
def catching_hooks() -> Iterator[HookCatcher]:
    """A receiver of webhooks on a free port; its path is a secret."""
    catcher = HookCatcher()

    class Talk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            catcher.asked.append(self.path)
            status, headers = catcher.answers.pop(0) if catcher.answers else (200, {})
            if status == 200:
                catcher.taken.append(json.loads(body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Talk) as server, _serving(server):
        catcher.url = f"http://127.0.0.1:{server.server_address[1]}/services/{SECRET}"
        yield catcher


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def certify(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(what a server on this machine shows, what a client needs to trust it): nobody else does."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "catcher")])
    now = datetime.now(UTC)
    local = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([local]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown = folder / "catcher.pem"
    shown.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown)
    trusting = ssl.create_default_context(cadata=certificate.public_bytes(Encoding.PEM).decode())
    return server, trusting
