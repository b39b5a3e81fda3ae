"""Parses responses with llhttp, Node's own parser: strictly, within limits, and to the last byte. No I/O."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import httpcore
import httptools

from navai._http.body import BodyReader, joined
from navai._http.messages import Headers, Request, Response

# How many bytes may arrive without any part of the body among them: heads, and the framing of chunks. As in httpcore.
MAX_BYTES_BETWEEN_CHUNKS = 100 * 1024

# The events of llhttp, besides pieces of the body.
_HEAD, _CHUNK, _END = object(), object(), object()


class _Head(Headers):
    """The headers of a valid head, parsed at the first access.

    Args:
        head: The line with the status and those of the headers, without the empty line at the end.
    """

    def __init__(self, head: bytes | bytearray) -> None:
        self._head = head

    def _decoded(self) -> Iterator[tuple[str, str]]:
        for line in self._head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            yield name, value.strip(" \t")


# The headers that say how to read a response, and how long its connection is kept, in a head in lower case. Each LF ends a line:
# llhttp refuses others.
_FRAMING = re.compile(rb"\n(keep-alive|content-length|transfer-encoding|content-encoding):(.*)")


def _framing(head: bytes | bytearray) -> dict[bytes, bytes]:
    """The values of these headers in a valid head in lower case; those of a repeated one are joined.

    Only spaces are stripped: llhttp treats tabs differently.
    """
    values: dict[bytes, bytes] = {}
    for name, value in _FRAMING.findall(head):
        stripped = value.strip(b" \r")  # The end of the line, too.
        values[name] = values[name] + b", " + stripped if name in values else stripped
    return values


class ResponseParser:
    """Parses the responses of one connection, one after the other: for each, call `expect`, then `feed` until `is_complete`, then
    `response`.

    Attributes:
        is_complete: Whether the whole response has arrived, or as much of it as is wanted.
        is_clean: Whether the connection can be reused: the backend keeps it open, and nothing followed the response.
        keep_alive: The response's header Keep-Alive; empty without one.
    """

    def __init__(self) -> None:
        self._events: list[Any] = []
        # llhttp calls these, by these names. None is a Python function, in which a signal handler could run, and none raises:
        # httptools would raise the exception that the caller is handling instead.
        self.on_body = self._events.append
        self.on_headers_complete = functools.partial(self._events.append, _HEAD)
        self.on_chunk_header = functools.partial(self._events.append, _CHUNK)
        self.on_message_complete = functools.partial(self._events.append, _END)
        self._parser = httptools.HttpResponseParser(self)
        self.is_complete = self.is_clean = False
        self.keep_alive = b""

    def expect(self, request: Request) -> None:
        """The next response is to `request`."""
        self._request: Request | None = request
        self._body: BodyReader | None = None
        # What arrived until the head was complete, and where the head begins in it, after informational ones.
        self._head: bytes | bytearray = b""
        self._start = 0
        self._unaccounted = 0
        self._events.clear()
        self.is_complete = self.is_clean = False

    def feed(self, data: bytes) -> None:
        """Parses what arrived; empty data is the end of the connection.

        Raises:
            httpcore.RemoteProtocolError: If it is not a response, or ends too early.
            DecodingError: If the body is not encoded as its header says.
            TimeoutError: If the deadline has passed.
        """
        if not data:
            self._end()
            return
        self._unaccounted += len(data)
        if self._body is None:
            self._head = joined(self._head, data) if self._head else data.lstrip(b"\r\n")
        try:
            # The last byte is fed separately, to see whether the response ends with it.
            self._parser.feed_data(data[:-1])
            is_kept, early_events = self._parser.should_keep_alive(), len(self._events)  # llhttp forgets the first at the end.
            self._parser.feed_data(data[-1:])
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            end = self._handle_events()  # The response may have ended before the error.
            if not end:
                raise httpcore.RemoteProtocolError(str(error)) from error
        else:
            end = self._handle_events()
            # Like h11, never reuse a connection of HTTP/1.0.
            self.is_clean = is_kept and early_events < end and self._lines[7:8] == b"1"
        if end:
            self.is_complete = True
        elif self._unaccounted > MAX_BYTES_BETWEEN_CHUNKS:
            raise httpcore.RemoteProtocolError("the head of the response has no end")
        self._events.clear()

    def _handle_events(self) -> int:
        """Handles the events of llhttp. Returns how many there were until the end of the response, 0 if it has not come."""
        end = 0
        chunks: list[bytes] = []
        for number, event in enumerate(self._events, 1):
            if event is _HEAD:
                self._read_head()
            elif event is _CHUNK:
                self._unaccounted = 0
            elif event is not _END:
                chunks.append(event)
            elif self._body is not None:  # Otherwise it was the end of an informational response.
                end = number
                break
        if chunks:
            assert self._body is not None  # noqa: S101 (llhttp reads no body before the head)
            self._unaccounted = 0
            self.is_complete = self._body.add(b"".join(chunks))
        return end

    def _read_head(self) -> None:
        end = self._head.index(b"\r\n\r\n", self._start)
        lines = self._head[self._start : end]
        known = lines.lower()
        if not known.startswith((b"http/1.1 ", b"http/1.0 ")):  # llhttp also accepts other versions, RTSP and ICE.
            raise httpcore.RemoteProtocolError("a response in a protocol or version that was not asked for")
        self._status = status = int(known[9:12])  # llhttp may already be at the next response.
        if status < 100 or status == 101:
            raise httpcore.RemoteProtocolError(f"a response with the status {status:03}, which nothing asked for")
        framing = _framing(known)
        has_coding, has_length = b"transfer-encoding" in framing, b"content-length" in framing
        if status < 200:
            # It has no body (RFC 9110 section 15.2). llhttp would read one, as the beginning of the response's.
            if has_coding or has_length:
                raise httpcore.RemoteProtocolError("an informational response with a body")
            self._start = end + 4
            return
        if has_coding and framing[b"transfer-encoding"] != b"chunked":
            raise httpcore.RemoteProtocolError("a response in a transfer coding that was not asked for")
        assert self._request is not None  # noqa: S101 (a response is expected)
        self._lines: bytes | bytearray = lines
        self.keep_alive = framing.get(b"keep-alive", b"")
        self._until_the_end = not has_coding and not has_length
        self._body = BodyReader(self._request, framing.get(b"content-encoding", b"").decode("latin-1"))
        self._request = None

    def _end(self) -> None:
        if self._body is None:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if not self._until_the_end:
            raise httpcore.RemoteProtocolError("Server disconnected in the middle of its response.")
        self.is_complete = True

    def response(self) -> Response:
        """The response that arrived. The parser keeps nothing of it.

        Raises:
            DecodingError: If the compressed body is incomplete.
        """
        assert self._body is not None  # noqa: S101 (complete)
        response = self._body.response(self._status, _Head(self._lines))
        self._body, self._head, self._lines = None, b"", b""
        return response
