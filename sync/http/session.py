"""The session under every call: time-outs that cannot be forgotten, TLS on, nothing of the machine
(proxies, netrc, cookies) mixed in, and a look at who answers before anything is said to them."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse
from urllib3.util import Retry

from sync.http.hosts import HostPolicy

USER_AGENT = "acton-pipeliner"


def make_session(
    policy: HostPolicy,
    *,
    connect_seconds: float = 3.05,
    read_seconds: float = 60.0,
    connections: int = 10,
) -> requests.Session:
    """A session for one vendor. Threads may share it; a caller waits where all lines are in use."""
    session = requests.Session()
    session.trust_env = False  # only settings decide: no proxy, no netrc, no certificate bundle
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # tenants share the line
    session.headers["User-Agent"] = USER_AGENT
    adapter = _Adapter(policy, (connect_seconds, read_seconds), connections)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Adapter(HTTPAdapter):
    """One try, with our time-outs, over connections that look at their peer."""

    def __init__(self, policy: HostPolicy, timeout: tuple[float, float], connections: int) -> None:
        self._policy = policy
        self._timeout = timeout
        super().__init__(
            pool_connections=connections,
            pool_maxsize=connections,
            pool_block=True,
            max_retries=Retry(0, read=False, redirect=0, respect_retry_after_header=False),
        )

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = guarded_pools(self._policy)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer to one try; `timeout` in seconds replaces the adapter's for reading."""
        if not isinstance(timeout, tuple):
            timeout = (self._timeout[0], timeout or self._timeout[1])
        return super().send(
            request,
            stream=stream,
            timeout=timeout,
            verify=verify,
            cert=cert,
            proxies=proxies,
        )


def guarded_pools(policy: HostPolicy) -> dict[str, type[HTTPConnectionPool]]:
    """Pool classes, by scheme, whose connections refuse a peer that the policy refuses.

    Looking at the connection itself, not at a name look-up before it, leaves no gap in which the
    name could come to mean another machine. No request has been sent yet at that point.
    """

    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            _check_peer(policy, self)

        def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
            with _cut_off(self):
                return super().getresponse()

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            _check_peer(policy, self)

        def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
            with _cut_off(self):
                return super().getresponse()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


@contextmanager
def _cut_off(connection: HTTPConnection) -> Iterator[None]:
    """Close the line if the head of an answer is not there in time as a whole: a socket's own
    time-out begins anew with every byte."""
    line, seconds = connection.sock, connection.timeout
    if line is None or not isinstance(seconds, int | float):
        yield
        return
    timer = threading.Timer(seconds, _shut, args=(line,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(line: socket.socket) -> None:
    with suppress(OSError):  # it may be closed by now
        line.shutdown(socket.SHUT_RDWR)


def _check_peer(policy: HostPolicy, connection: HTTPConnection) -> None:
    address = connection.sock.getpeername()[0] if connection.sock else ""
    try:
        policy.check_peer(connection.host.strip("[]"), connection.port, address)
    except BaseException:
        connection.close()
        raise
