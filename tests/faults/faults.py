"""What a server can do wrong, by name. Those of TLS are in tls_faults.py, and the table of all is `FAULTS`.

Where the client might take the connection for usable after a fault, the server keeps it, and goes on answering.
"""

from __future__ import annotations

import gzip
import json
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import Literal

from attrs import frozen

from tests.secrecy import MINTED


@frozen
class Fault:
    """One thing that a server can do wrong.

    Attributes:
        act: Does it to a connection; its second argument is the request, headers and body.
        when: Whether it is done when a request has come, or as soon as there is a connection; then the request is empty.
        scheme: What the client thinks that it speaks.
        keeps: Whether the server goes on answering on that connection; else it closes it.
        late: What precedes the answer to the next request on a connection that is kept.
    """

    act: Callable[[socket.socket, bytes], None]
    when: Literal["request", "connection"] = "request"
    scheme: Literal["http", "https"] = "http"
    keeps: bool = False
    late: bytes = b""


FAULTS: dict[str, Fault] = {}

HEAD = b"HTTP/1.1 200 OK\r\n"
GOOD_BODY = b'{"ok": true, "result": 1, "value": "%s", "items": []}' % MINTED.encode()
FORGED_BODY = b'{"ok":true,"result":"FORGED","value":"FORGED","items":[{"name":"FORGED"}]}'
FORGED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(FORGED_BODY) + FORGED_BODY
BOMB = gzip.compress(bytes(64 * 1024 * 1024), 1)


def _sends(*pieces: bytes) -> Callable[[socket.socket, bytes], None]:
    def act(connection: socket.socket, _: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return act


def says(name: str, *pieces: bytes) -> None:
    """A fault that is nothing but bytes, on a connection that is kept."""
    FAULTS[name] = Fault(_sends(*pieces), keeps=True)


def says_and_closes(name: str, *pieces: bytes) -> None:
    FAULTS[name] = Fault(_sends(*pieces))


def says_and_stalls(name: str, begun: bytes = b"", rest: bytes = b"") -> None:
    """A fault that is silence within an answer; its rest comes when there is another request on the connection."""
    FAULTS[name] = Fault(_sends(begun), keeps=True, late=rest)


def repeats(name: str, first: bytes, pieces: Iterable[bytes], pause: float = 0) -> None:
    FAULTS[name] = Fault(lambda connection, _: go_on(connection, first, pieces, pause))


def go_on(connection: socket.socket, first: bytes, pieces: Iterable[bytes], pause: float) -> None:
    """Says `first`, and then the pieces until the client has gone, at most for 6 s."""
    connection.sendall(first)
    until = time.monotonic() + 6
    for piece in pieces:
        connection.sendall(piece)
        time.sleep(pause)
        if time.monotonic() > until:
            return


def reset(connection: socket.socket, _: bytes) -> None:
    """Ends the connection the hard way: what was sent and is on its way is lost."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _repeats_all(connection: socket.socket, request: bytes) -> None:
    body = json.dumps({"ok": False, "error": request.decode(), "value": None}).encode()
    connection.sendall(b"HTTP/1.1 500 X\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def _repeats_all_and_breaks_off(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 500 X\r\nContent-Length: 100000\r\n\r\n" + request)


def _repeats_headers(connection: socket.socket, request: bytes) -> None:
    headers = request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    repeated = b"".join(b"X-Seen-%s\r\n" % header for header in headers)
    connection.sendall(b"HTTP/1.1 400 X\r\n" + repeated + b"Content-Length: 0\r\n\r\n")


def _repeats_in_the_status_line(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 " + request)


def _answer(body: bytes, *headers: bytes) -> bytes:
    return HEAD + b"".join(header + b"\r\n" for header in headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def read_request(connection: socket.socket) -> bytes:
    """One request, headers and body; nothing when the client has gone."""
    received = b""
    while True:
        head, end, body = received.partition(b"\r\n\r\n")
        lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        if end and len(body) >= (int(lengths[0]) if lengths else 0):
            return received
        data = connection.recv(65536)
        if not data:
            return b""
        received += data


def _answers_before_the_request(connection: socket.socket, _: bytes) -> None:
    """So the answer to the request is one too many."""
    connection.sendall(_answer(GOOD_BODY))
    if read_request(connection):
        connection.sendall(FORGED)


def forever(piece: bytes) -> Iterable[bytes]:
    while True:
        yield piece


# No answer
says_and_closes("close")
FAULTS["reset"] = Fault(reset)
FAULTS["close before the request"] = Fault(lambda *_: None, "connection")
FAULTS["reset before the request"] = Fault(reset, "connection")
FAULTS["an answer before the request"] = Fault(_answers_before_the_request, "connection", keeps=True)
says_and_stalls("silence", rest=FORGED)
says_and_stalls("silence after half a status line", FORGED[:10], FORGED[10:])
says_and_stalls("silence after the headers", FORGED[: -len(FORGED_BODY)], FORGED_BODY)
says_and_stalls("silence within the body", FORGED[:-1], FORGED[-1:])

# No HTTP
says_and_closes("half a status line", b"HTTP/1.1 2")
says_and_closes("garbage", b"\x00\xff\x13\x37" * 500)
says_and_closes("zeros", bytes(5000))
says_and_closes("line breaks only", b"\r\n" * 1000)
says_and_closes("a page without HTTP", b"<html><body>Hello</body></html>")
says_and_closes("a TLS alert", bytes.fromhex("15030300020228"))
says_and_closes("HTTP/2", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00")
says_and_closes("SSH", b"SSH-2.0-OpenSSH_9.2\r\n")
says("the request's own echo", b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")

# Status lines
says("another version", b"HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n")
says_and_closes("version 1.0", b"HTTP/1.0 200 OK\r\n\r\n" + GOOD_BODY)
says("no reason", b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}")
says("a status of letters", b"HTTP/1.1 abc OK\r\n\r\n")
says("status 99", b"HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n")
says("status 1000", b"HTTP/1.1 1000 High\r\nContent-Length: 0\r\n\r\n")
says("status 000", b"HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n")
says_and_closes("a long reason", b"HTTP/1.1 200 " + b"x" * 200_000 + b"\r\n\r\n")

# Informational answers
says("100 and then the answer", b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + _answer(GOOD_BODY))
says("101", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
repeats("100 without end", b"", forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000))
says_and_closes("103 and close", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")

# Headers
says("a header without a colon", HEAD + b"nonsense\r\n\r\n")
says("a header name with a space", HEAD + b"a b: c\r\n\r\n")
says("a header with a zero", HEAD + b"A: b\x00c\r\nContent-Length: 0\r\n\r\n")
says("a header in Latin-1", _answer(GOOD_BODY, b"X-Name: \xe9\xff"))
says("a folded header", _answer(GOOD_BODY, b"X-Name: a\r\n b"))
says_and_closes("headers that break off", HEAD + b"Content-Ty")
says("a header of 1 MB", HEAD + b"A: " + b"x" * 1_000_000 + b"\r\n\r\n")
repeats("headers without end", HEAD, (b"X-%d: y\r\n" % number for number in range(10_000_000)))
repeats("dripping headers", HEAD, (b"X-%d: y\r\n" % number for number in range(10_000_000)), pause=0.05)
says("an odd Retry-After", b"HTTP/1.1 503 X\r\nRetry-After: Thu, 99 Foo 2026 25:61:61 GMT\r\nContent-Length: 0\r\n\r\n")
says("a huge Retry-After", b"HTTP/1.1 503 X\r\nRetry-After: " + b"9" * 400 + b"\r\nContent-Length: 0\r\n\r\n")
says("odd cookies", _answer(GOOD_BODY, b"Set-Cookie: =;;;\xff", b"Set-Cookie: a=b; Expires=never; Domain=..; Max-Age=x"))

# Lengths
says_and_closes("a body that breaks off", HEAD + b"Content-Length: 500\r\n\r\n" + GOOD_BODY)
says("a negative length", HEAD + b"Content-Length: -5\r\n\r\n" + GOOD_BODY)
says("a length of letters", HEAD + b"Content-Length: many\r\n\r\n" + GOOD_BODY)
says("two lengths", HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + GOOD_BODY)
says_and_closes("a huge length", HEAD + b"Content-Length: 99999999999999999999\r\n\r\n" + GOOD_BODY)
says("more than the length", _answer(GOOD_BODY) + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nBAD")
says_and_closes("an answer of no length", HEAD + b"\r\n" + GOOD_BODY)
says("204 with a body", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello")

# Chunks
says("a chunk of no size", HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n")
says_and_closes("chunks that break off", HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel")
says("chunks and a length", HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
says_and_closes("an unknown transfer encoding", HEAD + b"Transfer-Encoding: rot13\r\n\r\n" + GOOD_BODY)
says_and_closes("a chunk of a huge size", HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nhello")
repeats("chunks without end", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", forever(b"1000\r\n" + b" " * 4096 + b"\r\n"))
repeats("a body without end", HEAD + b"\r\n", forever(b" " * 65536))
repeats("a dripping body", HEAD + b"\r\n", forever(b" "), pause=0.05)

# Content
says("broken gzip", _answer(b"no gzip", b"Content-Encoding: gzip"))
says("gzip that breaks off", _answer(gzip.compress(GOOD_BODY)[:-5], b"Content-Encoding: gzip"))
says("a gzip bomb", _answer(BOMB, b"Content-Encoding: gzip"))
says("an encoding nobody asked for", _answer(GOOD_BODY, b"Content-Encoding: br"))
says("deep JSON", _answer(b"[" * 500_000))
says("deep and whole JSON", _answer(b'{"ok":false,"error":' + b"[" * 100_000 + b"]" * 100_000 + b"}"))
says_and_closes(
    "a page of errors", b"HTTP/1.1 500 X\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<" + b"<style>" * 300_000
)
says("a body beyond the limit", _answer(b'"' + b"x" * 5_000_000 + b'"'))

# Secrets
FAULTS["an error that repeats the request"] = Fault(_repeats_all, keeps=True)
FAULTS["the request repeated, and an end"] = Fault(_repeats_all_and_breaks_off)
FAULTS["headers that repeat the request's"] = Fault(_repeats_headers, keeps=True)
FAULTS["a status line that repeats the request"] = Fault(_repeats_in_the_status_line, keeps=True)

# Redirects
says("a redirect to itself", b"HTTP/1.1 302 X\r\nLocation: ?\r\nContent-Length: 0\r\n\r\n")
says("a redirect to nobody", b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")
says("a redirect to TLS", b"HTTP/1.1 307 X\r\nLocation: https://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")
says("a redirect to nonsense", b"HTTP/1.1 307 X\r\nLocation: http://[::::/\xff\r\nContent-Length: 0\r\n\r\n")

# Surplus: an answer that is right, and bytes behind it that belong to nobody.
SURPLUS = {
    "a forged answer behind the answer": (_answer(GOOD_BODY), FORGED),
    "a line break behind the answer": (_answer(GOOD_BODY), b"\r\n"),
    "204 with a forged answer for its body": (b"HTTP/1.1 204 No Content\r\nContent-Length: %d\r\n\r\n" % len(FORGED), FORGED),
    "304 with a forged answer for its body": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: %d\r\n\r\n" % len(FORGED), FORGED),
    "a forged answer behind the last chunk": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD_BODY), GOOD_BODY),
        FORGED,
    ),
    "a forged answer behind version 1.0": (
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n" % len(GOOD_BODY) + GOOD_BODY,
        FORGED,
    ),
    "a forged answer behind Connection: close": (_answer(GOOD_BODY, b"Connection: close"), FORGED),
}


def sends_later(connection: socket.socket, _: bytes) -> None:
    """A forged answer when the client has probably read its own."""
    connection.sendall(_answer(GOOD_BODY))
    time.sleep(0.02)
    connection.sendall(FORGED)


for _name, (_own, _surplus) in SURPLUS.items():
    says(_name, _own + _surplus)
FAULTS["a forged answer later"] = Fault(sends_later, keeps=True)
