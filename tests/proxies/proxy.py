"""What the proxies of the tests have in common."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable
from urllib.parse import quote

from attrs import frozen

from tests.faults.faults import reset
from tests.faults.server import FaultyServer

Credentials = tuple[str, str]


@frozen
class Seen:
    """What a proxy was asked for.

    Attributes:
        method: The HTTP method; that of SOCKS is called CONNECT too.
        target: The URL, or for CONNECT the host and port.
        headers: The headers, names in lower case; SOCKS has none.
        credentials: The user name and password that the proxy was given.
    """

    method: str
    target: str
    headers: dict[str, str]
    credentials: Credentials | None


class Proxy(FaultyServer):
    """Forwards what it is asked to, but meets the next connection with `fault`, if one is set. Use it as a context manager.

    Args:
        scheme: Of its URL.
        credentials: Whom alone it serves; None: everybody.
        tls: How it speaks TLS itself; None: it does not.
        hosts: The names that it knows, and their addresses.

    Attributes:
        name: Its URL without credentials.
        url: Its URL, as a variable of the environment has it.
        credentials: As the argument; may be changed.
        seen: What it was asked for.
    """

    def __init__(
        self,
        scheme: str,
        credentials: Credentials | None = None,
        tls: ssl.SSLContext | None = None,
        hosts: dict[str, str] | None = None,
    ) -> None:
        super().__init__(tls)
        self.name = f"{scheme}://{self.address}"
        userinfo = "" if credentials is None else ":".join(quote(each, safe="") for each in credentials) + "@"
        self.url = f"{scheme}://{userinfo}{self.address}"
        self.seen: list[Seen] = []
        self.credentials = credentials
        self._hosts = hosts or {}

    def _reach(self, target: str) -> socket.socket:
        """A connection to a host and port."""
        host, _, port = target.rpartition(":")
        opened = socket.create_connection((self._hosts.get(host, host), int(port)))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened


def relay(client: socket.socket, backend: socket.socket, read: Callable[[], bytes]) -> None:
    """Forwards bytes both ways, until one side ends; a reset is passed on.

    Args:
        client: The connection of the client.
        backend: That of the backend.
        read: Gives what the client sends to the backend; nothing at the end.
    """
    while True:
        # A TLS record was read as a whole, and may not have been taken as a whole.
        is_pending = isinstance(client, ssl.SSLSocket) and client.pending()
        if is_pending or client in select.select([client, backend], [], [])[0]:
            data, target = read(), backend
        else:
            try:
                data, target = backend.recv(65536), client
            except ConnectionResetError:
                reset(client, b"")
                return
        if not data:
            return
        target.sendall(data)


def hang(connection: socket.socket, _: bytes = b"") -> None:
    """Says nothing until the other side hangs up."""
    while connection.recv(65536):
        pass
