"""A SOCKS5 proxy (RFC 1928), with or without user names (RFC 1929). And what one can do wrong."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable

from tests.faults.faults import Fault, forever, go_on, reset
from tests.proxies.proxy import Credentials, Proxy, Seen, hang, relay

_EVERYBODY, _BY_PASSWORD, _NOBODY = 0, 2, 255
_OPENED, _REFUSED = 0, 5
_IPV4, _NAME = 1, 3


class SOCKSProxy(Proxy):
    """A SOCKS5 proxy. Its `fault` is met at once.

    Attributes:
        in_pieces: Whether the reply to the request comes in two pieces, the second after 2 s unless the client hangs up before; set
            it before the call.
    """

    def __init__(self, credentials: Credentials | None = None, hosts: dict[str, str] | None = None) -> None:
        super().__init__("socks5", credentials, hosts=hosts)
        self.in_pieces = False

    def _answer_requests(self, plain: socket.socket, fault: Fault | None) -> None:
        with plain as client:
            credentials = None
            if self.credentials is None:
                _agree(client, _EVERYBODY)
            else:
                _agree(client, _BY_PASSWORD)
                credentials = _read_credentials(client)
                client.sendall(bytes([1, credentials != self.credentials]))
                if credentials != self.credentials:
                    return
            target = _read_target(client)
            self.seen.append(Seen("CONNECT", target, {}, credentials))
            try:
                backend = self._reach(target)
            except OSError:
                client.sendall(_reply(_REFUSED))
                return
            with backend:
                reply = _reply(_OPENED)
                if self.in_pieces:
                    client.sendall(reply[:4])
                    # Who takes that for the whole reply hangs up. The rest must not come before, however late the client reads.
                    if select.select([client], [], [], 2)[0]:
                        return
                    reply = reply[4:]
                client.sendall(reply)
                relay(client, backend, lambda: client.recv(65536))


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = connection.recv(count, socket.MSG_WAITALL)
    if len(data) < count:
        raise ConnectionAbortedError
    return data


def _agree(client: socket.socket, method: int) -> None:
    """Reads the ways in which the client can say who it is, and chooses one."""
    version, count = _exactly(client, 2)
    offered = _exactly(client, count)
    if version != 5 or method not in offered:
        client.sendall(bytes([5, _NOBODY]))
        raise ConnectionAbortedError
    client.sendall(bytes([5, method]))


def _read_credentials(client: socket.socket) -> Credentials:
    _, length = _exactly(client, 2)
    user = _exactly(client, length).decode()
    return user, _exactly(client, _exactly(client, 1)[0]).decode()


def _read_target(client: socket.socket) -> str:
    _, command, _, kind = _exactly(client, 4)
    assert command == 1
    if kind == _NAME:
        host = _exactly(client, _exactly(client, 1)[0]).decode()
    elif kind == _IPV4:
        host = socket.inet_ntop(socket.AF_INET, _exactly(client, 4))
    else:
        host = socket.inet_ntop(socket.AF_INET6, _exactly(client, 16))
    return f"{host}:{struct.unpack('>H', _exactly(client, 2))[0]}"


def _reply(code: int) -> bytes:
    return bytes([5, code, 0, _IPV4, 127, 0, 0, 1, 0, 80])


def _at_once(act: Callable[[socket.socket], None]) -> Fault:
    return Fault(lambda connection, _: act(connection), "connection")


def _when_asked(act: Callable[[socket.socket], None]) -> Fault:
    """A fault in what follows the greeting, of a client with credentials."""

    def agree_and_act(connection: socket.socket, _: bytes) -> None:
        _agree(connection, _BY_PASSWORD)
        _read_credentials(connection)
        act(connection)

    return Fault(agree_and_act, "connection")


def _says(*pieces: bytes) -> Callable[[socket.socket], None]:
    def act(connection: socket.socket) -> None:
        # So that closing is no reset, which would overtake what is said.
        connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)

    return act


def _answers(*pieces: bytes) -> Fault:
    """The reply to the request itself."""

    def act(connection: socket.socket) -> None:
        connection.sendall(b"\x01\x00")
        _says(*pieces)(connection)

    return _when_asked(act)


def _hangs_when_asked(connection: socket.socket) -> None:
    connection.sendall(b"\x01\x00")
    hang(connection)


def _drips(connection: socket.socket) -> None:
    """A reply that is right as far as it goes: the name of the host that it connected from has no end."""
    connection.recv(65536)
    go_on(connection, b"", (bytes([each]) for each in [5, _BY_PASSWORD]), 0.05)
    connection.recv(65536)
    go_on(connection, b"", (bytes([each]) for each in [1, 0]), 0.05)
    connection.recv(65536)
    go_on(connection, bytes([5]), (bytes([each]) for each in [_OPENED, 0, _NAME, 255]), 0.05)
    go_on(connection, b"", forever(b"x"), 0.05)


# What a proxy can do wrong before it opens the way, to clients with credentials.
SOCKS_FAULTS: dict[str, Fault] = {
    "closes at once": Fault(lambda *_: None, "connection"),
    "resets": Fault(reset, "connection"),
    "hangs at once": Fault(hang, "connection"),
    "hangs": _when_asked(_hangs_when_asked),
    "drips": _at_once(_drips),
    "closes": _at_once(_says()),
    "closes after the credentials": _when_asked(lambda _: None),
    "answers garbage": _at_once(_says(b"\x00\xff\x13\x37" * 500)),
    "answers in HTTP": _at_once(_says(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    "speaks SOCKS4": _at_once(_says(b"\x00\x5a" + bytes(6))),
    "accepts nobody": _at_once(_says(bytes([5, _NOBODY]))),
    "wants no credentials": _at_once(_says(bytes([5, _EVERYBODY]))),
    "refuses the credentials": _when_asked(lambda connection: connection.sendall(b"\x01\x01")),
    "refuses the connection": _answers(_reply(_REFUSED)),
    "answers with an unknown code": _answers(_reply(0x99)),
    "answers half": _answers(_reply(_OPENED)[:5]),
    "answers garbage when asked": _answers(b"\x00\xff\x13\x37" * 500),
}
