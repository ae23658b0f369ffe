"""A door in front of a server: while it is shut, who knocks is refused, or left unanswered."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

PIECE = 65536


class Outage(Enum):
    """How a server is away."""

    REFUSED = "the server is down: lines break, and new ones are refused"
    SILENT = "the server stands still: lines stay, and no answer comes"


class Door:
    """Passes on what is said between clients and the server at an address, until it is `cut`.

    After `mend` it is as it was. Lines that were silent are gone for good: whatever came in between
    has forgotten them.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 0)
        self._lines: set[socket.socket] = set()
        self._changing = threading.Lock()
        self._outage: Outage | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        user = f"{parts.username}@" if parts.username else ""
        self.url = parts._replace(netloc=f"{user}127.0.0.1:{self.port}").geturl()
        self.knocks = 0

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changing:
            self._outage = Outage.REFUSED
            self._shut_listener()
            self._drop_lines()

    def cut(self, outage: Outage) -> None:
        """From now on the server is away in this way."""
        with self._changing:
            self._outage = outage
            if outage is Outage.REFUSED:
                self._shut_listener()
                self._drop_lines()

    def mend(self) -> None:
        """The server is back."""
        with self._changing:
            was, self._outage = self._outage, None
            self._drop_lines()
            if was is Outage.REFUSED:
                self._listener = socket.create_server(("127.0.0.1", self.port))
        if was is Outage.REFUSED:
            self._listen()

    # --- inside ----------------------------------------------------------------------------------

    def _listen(self) -> None:
        threading.Thread(target=self._let_in, args=(self._listener,), daemon=True).start()

    def _let_in(self, listener: socket.socket) -> None:
        with suppress(OSError):  # the listener was shut
            while True:
                client, _ = listener.accept()
                self.knocks += 1
                with self._changing:
                    self._lines.add(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self._outage is not None:
            return  # the line stays open, and nobody is there
        with suppress(OSError):
            server = socket.create_connection(self._server)
            with self._changing:
                self._lines.add(server)
            self._pass_on(client, server)
        self._forget(client)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        others = {client: server, server: client}
        with selectors.DefaultSelector() as ready, server:
            for one in others:
                ready.register(one, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    line = key.fileobj
                    assert isinstance(line, socket.socket)
                    said = line.recv(PIECE)
                    if self._outage is not None:
                        return  # what was said is lost
                    if not said:
                        client.close()
                        return
                    others[line].sendall(said)

    def _forget(self, client: socket.socket) -> None:
        if self._outage is None:
            client.close()

    def _shut_listener(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _drop_lines(self) -> None:
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines.clear()


@contextmanager
def open_door(url: str) -> Iterator[Door]:
    """A door to the server at this address, open."""
    with Door(url) as door:
        yield door
