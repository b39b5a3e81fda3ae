"""Reading a response body: decoded, up to its limit. No I/O."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from navai._http.decoders import BodyDecoder
from navai._http.messages import Headers, Request, Response

# How many bytes are kept of a response that exceeds `max_response_bytes`, so that people can see what it was.
_MAX_TRUNCATED_BODY = 65536


def joined(data: bytes | bytearray, piece: bytes) -> bytearray:
    """`data` with `piece` behind it; `data` itself if it has been joined before, so that nothing is copied twice."""
    if isinstance(data, bytearray):
        data += piece
        return data
    return bytearray(data) + piece


class RawHeaders(Headers):
    """Headers of bytes, decoded lazily; what is not ASCII is read as Latin-1 (RFC 9110 section 5.5).

    Args:
        pairs: Names and values, as for `Headers`.
    """

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._raw = pairs

    def _decoded(self) -> Iterator[tuple[str, str]]:
        return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._raw)


class BodyReader:
    """Collects a body.

    Args:
        request: The request, for its limits.
        content_encoding: The response header; empty if there is none.
    """

    _data: bytes | bytearray = b""
    _received = 0
    _is_too_long = False

    def __init__(self, request: Request, content_encoding: str) -> None:
        self._max_bytes = request.max_response_bytes
        self._deadline = request.deadline
        self._decoder = BodyDecoder(content_encoding) if content_encoding else None

    def add(self, chunk: bytes) -> bool:
        """Adds a chunk, and returns whether the body now exceeds its limit.

        Raises:
            TimeoutError: If the deadline has passed.
            DecodingError: If the body does not match its Content-Encoding.
        """
        self._received += len(chunk)
        for piece in (chunk,) if self._decoder is None else self._decoder.feed(chunk):
            self._data = joined(self._data, piece) if self._data else piece
            if len(self._data) > self._max_bytes:
                break
        # Compressed data can decode to nothing at all, without end. Compression never adds as much as is allowed here.
        self._is_too_long = len(self._data) > self._max_bytes or self._received > 2 * self._max_bytes + 1024
        if self._deadline is not None and not self._is_too_long and time.monotonic() > self._deadline:
            raise TimeoutError
        return self._is_too_long

    def response(self, status: int, headers: Headers) -> Response:
        """The whole response.

        Args:
            status: Its status.
            headers: Its headers.

        Raises:
            DecodingError: If the compressed body is incomplete.
        """
        if self._is_too_long:
            return Response(status, headers, self._data[:_MAX_TRUNCATED_BODY], truncated=True)
        if self._decoder is not None:
            self._decoder.end()
        return Response(status, headers, self._data)
