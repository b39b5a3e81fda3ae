"""An answer's body while it is read: unpacked, up to its limit. No I/O."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from navai._http.decoders import BodyDecoder
from navai._http.messages import Headers, Request, Response

# How many bytes of an answer beyond `max_response_bytes` are kept, for people to see what it was.
_MAX_TRUNCATED_BODY = 65536


class DecodedHeaders:
    """Headers as text, decoded when they are gone through; what is not ASCII counts as Latin-1 (RFC 9110 section 5.5)."""

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._headers = headers

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers)


class BodyReader:
    """Collects a body.

    Args:
        request: What it answers; for its limits.
        content_encoding: The answer's header; empty without it.
    """

    def __init__(self, request: Request, content_encoding: str) -> None:
        self._max_bytes = request.max_response_bytes
        self._deadline = request.deadline
        # One piece as it came, more of them joined.
        self._data: bytes | bytearray = b""
        self._received = 0
        self._decoder = BodyDecoder(content_encoding) if content_encoding else None

    def add(self, chunk: bytes) -> bool:
        """Whether that was more than enough.

        Raises:
            TimeoutError: The deadline has passed.
            DecodingError: The body is not what its header says.
        """
        self._received += len(chunk)
        for piece in (chunk,) if self._decoder is None else self._decoder.feed(chunk):
            if not self._data:
                self._data = piece
            elif isinstance(self._data, bytearray):
                self._data += piece
            else:
                self._data = bytearray(self._data) + piece
            if self._is_too_long():
                return True
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise TimeoutError
        return False

    def response(self, status: int, headers: Iterable[tuple[str, str]]) -> Response:
        """The whole answer.

        Args:
            status: Its status.
            headers: Its headers; read when one is asked for.

        Raises:
            DecodingError: The packed body breaks off.
        """
        if self._is_too_long():
            return Response(status, Headers(headers), self._data[:_MAX_TRUNCATED_BODY], truncated=True)
        if self._decoder is not None:
            self._decoder.end()
        return Response(status, Headers(headers), self._data)

    def _is_too_long(self) -> bool:
        # Packed bytes can stand for nothing at all, without end. Packing adds far less than what is granted here.
        return len(self._data) > self._max_bytes or self._received > 2 * self._max_bytes + 1024
