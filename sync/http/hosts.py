"""Which hosts may be called at all, decided before a request and again when the line is up.

Addresses come from admins, and behind some of them are things that must not be reached from here:
metadata services, databases, the loopback. So: https to the vendors' own domains, and beyond that
only what the operator names in ALLOWED_API_HOSTS.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final, NoReturn
from urllib.parse import SplitResult, urlsplit

from sync.errors import SetupError
from sync.languages import lazy_gettext as _

SETTING: Final = "ALLOWED_API_HOSTS"
VENDOR_DOMAINS: Final = ("actonsoftware.com", "pipelinersales.com", "coevera.com")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
# What Python takes for addresses of the world and is none: carriers of IPv4 addresses that nobody
# uses in earnest, site-local, for documents, and for the network's own services.
NOT_OUTSIDE: Final = tuple(
    ipaddress.ip_network(one)
    for one in (
        *("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10", "3fff::/20", "5f00::/16"),
        *("192.0.0.0/24", "192.88.99.0/24"),
    )
)
DEFAULT_PORTS: Final = {"https": 443, "http": 80}

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_IN_ADDRESS = re.compile(r"[!-~]+")  # printable ASCII without blanks


class HostPolicy:
    """The allow-list of one service.

    `extra_hosts`: `host` (its scheme's own port) or `host:port`; IPv6 addresses in brackets.
    `domains` None: those of everybody, as long as they do not lead inside.
    """

    def __init__(
        self,
        extra_hosts: Iterable[str] = (),
        *,
        domains: Iterable[str] | None = VENDOR_DOMAINS,
    ) -> None:
        self._extra = {_read_extra(text) for text in extra_hosts}
        self._ends = ("",) if domains is None else tuple(f".{domain}" for domain in domains)

    def check(self, url: str) -> None:
        """Pass only where this address may be called.

        Raises SetupError that names the host and the setting.
        """
        parts = _split(url)
        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
        named = self._names(host, port, parts.scheme)
        if parts.scheme == "http":
            if not (named and _is_loopback_name(host)):
                _refuse(host, _("must be called with https"))
        elif parts.scheme != "https":
            _refuse(host, _("must be called with https"))
        if named:
            return
        if _is_ip_address(host):
            _refuse(host, _("is a bare IP address and may not be called"))
        if not host.endswith(self._ends) or "." not in host:
            _refuse(host, _("is not one that may be called"))
        if port != DEFAULT_PORTS["https"]:
            _refuse(f"{host}:{port}", _("names a port other than 443 and may not be called"))

    def check_peer(self, host: str, port: int, address: str) -> None:
        """Pass only where the machine that answers for `host` may be called: not one inside.

        Raises SetupError.
        """
        if (host, port) in self._extra or (host, None) in self._extra:
            return
        found = _meant(ipaddress.ip_address(address.partition("%")[0]))
        inside = any(found in network for network in NOT_OUTSIDE)
        if inside or not found.is_global or found.is_multicast:
            _refuse(host, _("leads to a private address and may not be called"))

    def _names(self, host: str, port: int, scheme: str) -> bool:
        own = port == DEFAULT_PORTS.get(scheme)
        return (host, port) in self._extra or (own and (host, None) in self._extra)


def _meant(address: Address) -> Address:
    """The machine that answers: some IPv6 addresses only carry an IPv4 address to a translator."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _read_extra(text: str) -> tuple[str, int | None]:
    parts = urlsplit(f"//{text.strip().lower()}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if not parts.hostname or port == -1 or parts.username is not None or parts.path:
        raise SetupError(
            f"{SETTING} holds {text!r}, which is neither host nor host:port.",
            hint="Write for example: 127.0.0.1:8765",
        )
    return parts.hostname, port


def _split(url: str) -> SplitResult:
    """The parts of an address that every library reads the same way. Raises SetupError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        _refuse("", _("cannot be read"))
    plain = _IN_ADDRESS.fullmatch(url) and "\\" not in url
    bracketed = f"[{host}]" if ":" in host else host
    netloc = bracketed if port is None else f"{bracketed}:{port}"
    if not plain or parts.username is not None or parts.netloc.lower() != netloc:
        _refuse(host, _("is written in a way that may not be called"))
    if parts.fragment or "#" in url:
        _refuse(
            host,
            _("is followed by a fragment (#…), which has no place in an API address"),
        )
    if not (_HOST_NAME.fullmatch(host) or ":" in host):
        _refuse(host, _("is not a host name"))
    return parts


def _is_ip_address(host: str) -> bool:
    """Whether some library would read the host as a number: 127.1, 0x7f000001, 017700000001."""
    last = host.rpartition(".")[2]
    return ":" in host or last.isdecimal() or re.fullmatch(r"0x[0-9a-f]*", last) is not None


def _is_loopback_name(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(host: str, why: str) -> NoReturn:
    shown = host[:100] if host.isprintable() else ""
    raise SetupError(
        _("The host %(host)r %(why)s.", host=shown, why=why)
        if shown
        else _("The address %(why)s.", why=why),
        hint=_(
            "Correct the address, or let the operator add the host to %(setting)s.", setting=SETTING
        ),
        kind="host",
    )
