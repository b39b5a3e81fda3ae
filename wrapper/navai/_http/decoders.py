"""Decompressing a response while it is read, within a limit: a few compressed bytes can expand to gigabytes. No I/O."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

# What requests accept. The standard library has both, and can decompress them piece by piece.
ACCEPTED = "gzip, deflate"

# Registered with IANA, and in use.
_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd", "dcb", "dcz"})

# Bytes to produce at once: one compressed byte can expand to a thousand.
_MAX_OUTPUT = 1024 * 1024

# Compressed bytes to take at once: the rest of the input is copied after each gzip member, which can be as short as 20 bytes.
_MAX_INPUT = 16384

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


class DecodingError(Exception):
    """The body does not match its Content-Encoding."""


class BodyDecoder:
    """Decodes one body.

    Args:
        content_encoding: The header; empty if there is none.

    Raises:
        DecodingError: If it is an encoding that was not requested.
    """

    def __init__(self, content_encoding: str) -> None:
        names = [encoding.strip().lower() for encoding in content_encoding.split(",")]
        # Anything that is not an encoding ("utf-8" is a common mistake) is ignored, as in fetch.
        encodings = [encoding for encoding in names if encoding in _ENCODINGS]
        if encodings not in ([], ["gzip"], ["x-gzip"], ["deflate"]):
            raise DecodingError(f"the response is encoded with {', '.join(encodings)}, which was not requested")
        self._is_encoded = encodings != []
        # Of deflate, the first two bytes tell the format; they may arrive one by one.
        self._start = b""
        # Several gzip members are one body (RFC 1952 section 2.2), until zeros follow, as gzip pads on a tape.
        self._has_members = encodings in (["gzip"], ["x-gzip"])
        self._stream = zlib.decompressobj(_GZIP)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The next bytes of the body, piece by piece. The caller may stop early.

        Raises:
            DecodingError: If the data is not what the header says.
        """
        if not self._is_encoded:
            yield data
            return
        if len(self._start) < 2:
            self._start = data = self._start + data
            if len(data) < 2:
                return
            if not self._has_members:
                # Some servers send "deflate" without the zlib header (RFC 1950 section 2.2), against RFC 9110 section 8.4.1.2.
                has_header = data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0
                self._stream = zlib.decompressobj(_ZLIB if has_header else _RAW_DEFLATE)
        try:
            for start in range(0, len(data), _MAX_INPUT):
                yield from self._decompress(data[start : start + _MAX_INPUT])
        except zlib.error as error:
            raise DecodingError(str(error)) from error

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._stream.eof and data:
                self._has_members = self._has_members and data[0] != 0
                if not self._has_members:  # Anything more is ignored, as in Node.
                    return
                self._stream = zlib.decompressobj(_GZIP)
            piece = self._stream.decompress(data, _MAX_OUTPUT)
            yield piece
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            if not data and len(piece) < _MAX_OUTPUT:
                return

    def end(self) -> None:
        """Marks the end of the data.

        Raises:
            DecodingError: If the compressed body is incomplete.
        """
        if self._start and not self._stream.eof:
            raise DecodingError("the compressed response is incomplete")
