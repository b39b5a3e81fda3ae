"""An HTTP proxy, which forwards requests with a whole URL, and opens tunnels (CONNECT). And what one can do wrong."""

from __future__ import annotations

import binascii
import itertools
import socket
import ssl
from base64 import b64decode
from urllib.parse import urlsplit

from tests.faults.faults import Fault, go_on, read_request, reset
from tests.proxies.proxy import Credentials, Proxy, Seen, hang, relay

OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
_NOT_FOUND = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"


class HTTPProxy(Proxy):
    """An HTTP proxy, with `tls` an https:// one. Its `fault` is met before anything else."""

    def __init__(
        self, credentials: Credentials | None = None, tls: ssl.SSLContext | None = None, hosts: dict[str, str] | None = None
    ) -> None:
        super().__init__("http" if tls is None else "https", credentials, tls, hosts)

    def _answer_requests(self, plain: socket.socket, fault: Fault | None) -> None:
        with plain if self._tls is None else self._tls.wrap_socket(plain, server_side=True) as client:
            if fault is not None:
                request = read_request(client)
                if not request:
                    return
                self._see(request)
                fault.act(client, request)
                if not fault.keeps:
                    return
                self.over.set()
            request = self._next(client)
            if not request:
                return
            is_tunnel = self.seen[-1].method == "CONNECT"
            target = self.seen[-1].target
            try:
                backend = self._reach(target if is_tunnel else urlsplit(target).netloc)
            except OSError:
                client.sendall(_NOT_FOUND)
                return
            with backend:
                if is_tunnel:
                    client.sendall(OPENED)
                    relay(client, backend, lambda: client.recv(65536))
                else:
                    backend.sendall(request)
                    relay(client, backend, lambda: self._next(client))

    def _next(self, client: socket.socket) -> bytes:
        """The next request that is to be served, as the backend shall get it; nothing when the client has gone."""
        while request := read_request(client):
            seen = self._see(request)
            if self.credentials in (None, seen.credentials):
                head, _, body = request.partition(b"\r\n\r\n")
                own = [each for each in head.split(b"\r\n")[1:] if not each.lower().startswith(b"proxy-")]
                url = urlsplit(seen.target)
                path = url._replace(scheme="", netloc="").geturl() or "/"
                return b"\r\n".join([f"{seen.method} {path} HTTP/1.1".encode(), *own, b"", body])
            client.sendall(_REFUSED)
        return b""

    def _see(self, request: bytes) -> Seen:
        first, *headers = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        by_name = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in headers)}
        seen = Seen(method, target, by_name, _credentials(by_name.get("proxy-authorization", "")))
        self.seen.append(seen)
        return seen


def _credentials(header: str) -> Credentials | None:
    try:
        user, colon, password = b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def _says(*pieces: bytes) -> Fault:
    def act(connection: socket.socket, _: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return Fault(act)


def _drips(connection: socket.socket, _: bytes) -> None:
    go_on(connection, b"", (b"%c" % each for each in itertools.chain(b"HTTP/1.1 200 OK\r\nX: ", itertools.repeat(b"x"[0]))), 0.05)


def _repeats_credentials(connection: socket.socket, request: bytes) -> None:
    """In its reason phrase and its body, as they came and decoded."""
    lines = request.split(b"\r\n")
    words = next(line.partition(b": ")[2] for line in lines if line.lower().startswith(b"proxy-authorization"))
    words += b" " + b64decode(words.removeprefix(b"Basic "))
    connection.sendall(b"HTTP/1.1 407 %b is wrong\r\nContent-Length: %d\r\n\r\n" % (words, len(words)) + words)


def _repeats_credentials_without_http(connection: socket.socket, request: bytes) -> None:
    connection.sendall(
        next(line for line in request.split(b"\r\n") if line.lower().startswith(b"proxy-authorization")) + b"\r\n\r\n"
    )


def _garbage_in_the_tunnel(connection: socket.socket, _: bytes) -> None:
    connection.sendall(OPENED)
    connection.recv(65536)
    connection.sendall(b"\x00\xff\x13\x37" * 500)


def _hangs_in_the_tunnel(connection: socket.socket, _: bytes) -> None:
    connection.sendall(OPENED)
    hang(connection)


# What a proxy can do wrong, also before it opens a tunnel.
HTTP_FAULTS: dict[str, Fault] = {
    "closes at once": Fault(lambda *_: None, "connection"),
    "resets": Fault(reset, "connection"),
    "closes": Fault(lambda *_: None),
    "hangs at once": Fault(hang, "connection"),
    "hangs": Fault(hang),
    "hangs in the tunnel": Fault(_hangs_in_the_tunnel),
    "drips": Fault(_drips),
    "answers 407": _says(_REFUSED),
    "answers 407 with the credentials": Fault(_repeats_credentials),
    "answers garbage with the credentials": Fault(_repeats_credentials_without_http),
    "answers 407 in many words": _says(b"HTTP/1.1 407 " + b"no " * 5000 + b"\r\nContent-Length: 0\r\n\r\n"),
    "answers 502": _says(_NOT_FOUND),
    "answers 302": _says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"),
    "answers 599": _says(b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n"),
    "answers garbage": _says(b"\x00\xff\x13\x37" * 500),
    "answers garbage instead of TLS": Fault(_garbage_in_the_tunnel),
    "closes the tunnel": _says(OPENED),
}
