"""What a server can do wrong with TLS. Importing this adds them to the table."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator

import pytest
import trustme

from navai._http.tls import verifying_context
from tests.faults.faults import FAULTS, GOOD_BODY, HEAD, SURPLUS, Fault, forever, go_on, reset, sends_later
from tests.faults.server import FaultyServer

AUTHORITY = trustme.CA()
_STRANGER = trustme.CA()


def context(authority: trustme.CA, name: str = "127.0.0.1", not_after: dt.datetime | None = None) -> ssl.SSLContext:
    """How a server speaks TLS, with a certificate for `name`."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=not_after).configure_cert(made)
    return made


def _speak(how: Callable[[], ssl.SSLContext]) -> Fault:
    """A TLS server that the client cannot trust: the handshake, and a request that must not come."""

    def act(connection: socket.socket, _: bytes) -> None:
        with contextlib.suppress(ssl.SSLError), how().wrap_socket(connection, server_side=True) as secure:
            request = secure.recv(65536)
            assert request == b"", "A request was sent to a server that cannot be trusted."

    return Fault(act, "connection", "https")


def _shaking_hands(*pieces: bytes) -> Fault:
    """Bytes instead of a handshake."""

    def act(connection: socket.socket, _: bytes) -> None:
        connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)

    return Fault(act, "connection", "https")


def _wait_for_the_end(connection: socket.socket, seconds: float) -> None:
    """Waits until the client hangs up, or says nothing for so long."""
    connection.settimeout(seconds)
    while connection.recv(65536):
        pass


def _dripping_handshake(connection: socket.socket, _: bytes) -> None:
    go_on(connection, bytes.fromhex("16030340000200"), forever(b"\x00"), 0.05)


def _plain_within_tls(connection: socket.socket, _: bytes) -> None:
    """Half an answer as it should be, and the rest past TLS."""
    connection.sendall(HEAD + b"Content-Length: 500\r\n\r\n")
    with socket.socket(fileno=os.dup(connection.fileno())) as below:
        below.sendall(GOOD_BODY)


def _cut(connection: socket.socket, _: bytes) -> None:
    """The end of the connection within the body, without the end of TLS, as somebody on the way could do it. Neither client hears
    of that, but half of a JSON object is not JSON.
    """
    connection.sendall(HEAD + b"\r\n" + GOOD_BODY[:-1])
    with socket.socket(fileno=os.dup(connection.fileno())) as below:
        below.shutdown(socket.SHUT_WR)
        _wait_for_the_end(below, 0.3)


def _drips(connection: socket.socket, _: bytes) -> None:
    def head() -> Iterator[bytes]:
        for number in range(10_000_000):
            yield b"X-%d: y\r\n" % number

    go_on(connection, HEAD, head(), 0.05)


def _in_one_record(own: bytes, surplus: bytes) -> Fault:
    return Fault(lambda connection, _: connection.sendall(own + surplus), "request", "https", keeps=True)


def _in_two_records(own: bytes, surplus: bytes) -> Fault:
    """Both in one segment, where the system can do that, so that one read below TLS gets both."""
    cork = getattr(socket, "TCP_CORK", None)

    def act(connection: socket.socket, _: bytes) -> None:
        if cork is not None:
            connection.setsockopt(socket.IPPROTO_TCP, cork, 1)
        connection.sendall(own)
        connection.sendall(surplus)
        if cork is not None:
            connection.setsockopt(socket.IPPROTO_TCP, cork, 0)

    return Fault(act, "request", "https", keeps=True)


@contextlib.contextmanager
def faulty_servers() -> Iterator[dict[str, FaultyServer]]:
    """A server for each scheme; clients trust the certificates of the second as they do in the field, by SSL_CERT_FILE."""
    with (
        pytest.MonkeyPatch.context() as environment,
        tempfile.NamedTemporaryFile() as file,
        FaultyServer() as plain,
        FaultyServer(context(AUTHORITY)) as secure,
    ):
        AUTHORITY.cert_pem.write_to_path(file.name)
        environment.setenv("SSL_CERT_FILE", file.name)
        verifying_context.cache_clear()
        yield {"http": plain, "https": secure}
    verifying_context.cache_clear()


YEAR_2001 = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)

FAULTS["TLS where none is spoken"] = _shaking_hands(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
FAULTS["none spoken where there is TLS"] = Fault(
    lambda connection, _: context(AUTHORITY).wrap_socket(connection, server_side=True).close(), "connection"
)
FAULTS["a closed handshake"] = Fault(lambda *_: None, "connection", "https")
FAULTS["a reset handshake"] = Fault(reset, "connection", "https")
FAULTS["a silent handshake"] = Fault(lambda connection, _: _wait_for_the_end(connection, 3), "connection", "https")
FAULTS["a dripping handshake"] = Fault(_dripping_handshake, "connection", "https")
FAULTS["garbage in the handshake"] = _shaking_hands(b"\x00\xff\x13\x37" * 500)
FAULTS["an alert in the handshake"] = _shaking_hands(bytes.fromhex("15030300020228"))
FAULTS["half a handshake"] = _shaking_hands(bytes.fromhex("160303004002000000"))
FAULTS["a certificate of a stranger"] = _speak(functools.partial(context, _STRANGER))
FAULTS["a certificate of another name"] = _speak(functools.partial(context, AUTHORITY, "other.example"))
FAULTS["an expired certificate"] = _speak(functools.partial(context, AUTHORITY, not_after=YEAR_2001))
FAULTS["plain bytes within TLS"] = Fault(_plain_within_tls, "request", "https")
FAULTS["TLS that is cut off"] = Fault(_cut, "request", "https")
FAULTS["dripping headers over TLS"] = Fault(_drips, "request", "https")
FAULTS["a reset over TLS"] = Fault(reset, "request", "https")

for _name, (_own, _surplus) in SURPLUS.items():
    FAULTS[f"{_name}, in its TLS record"] = _in_one_record(_own, _surplus)
    FAULTS[f"{_name}, in the next TLS record"] = _in_two_records(_own, _surplus)
FAULTS["a forged answer later over TLS"] = Fault(sends_later, "request", "https", keeps=True)
