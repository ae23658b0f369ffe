"""Where mail is handed in, as one address says it: `smtps://user:password@host:465`, or
`smtp://host:587?starttls`. Pure."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from sync.checks import LOOPBACK

PORTS: Final = {"smtps": 465, "smtp": 587}
FORM: Final = "is not an address such as smtps://user:password@mail.example.com:465"


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """A mail server. `tls`: from the first byte; `starttls`: before anything is said."""

    host: str
    port: int
    tls: bool
    starttls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def read_mail_server(value: str) -> MailServer:
    """The server that the address names.

    Raises ValueError with a phrase that goes on after the setting's name, and holds no value.
    """
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(FORM) from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(FORM)
    if parts.query not in ("", "starttls", "starttls=") or parts.fragment:
        raise ValueError("may end in ?starttls and in nothing else")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("needs a user name and a password, or neither")
    tls, starttls = parts.scheme == "smtps", bool(parts.query)
    if tls and starttls:
        raise ValueError("is either smtps:// or smtp:// with ?starttls")
    if not (tls or starttls) and parts.hostname not in LOOPBACK:
        raise ValueError("must use TLS (smtps://, or smtp:// with ?starttls)")
    return MailServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        tls=tls,
        starttls=starttls,
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )
