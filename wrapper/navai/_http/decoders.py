"""Unpacking an answer while it is read, never beyond a limit: a few compressed bytes can stand for gigabytes. No I/O."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

# What requests offer to take; both are in the standard library, and can be unpacked piece by piece.
ACCEPTED = "gzip, deflate"

# Registered with IANA, and in use.
_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd", "dcb", "dcz"})

# Bytes unpacked at once: a packed byte can stand for a thousand.
_MAX_OUTPUT = 1024 * 1024

# Packed bytes taken at once: what follows a member is copied with each, and a member can be 20 bytes.
_MAX_INPUT = 16384

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


class DecodingError(Exception):
    """The body is not what its Content-Encoding says."""


class BodyDecoder:
    """Unpacks one body.

    Args:
        content_encoding: The header; empty without it.

    Raises:
        DecodingError: It is an encoding that no request offers to take.
    """

    def __init__(self, content_encoding: str) -> None:
        names = [encoding.strip().lower() for encoding in content_encoding.split(",")]
        # What is no encoding at all ("utf-8" is a common mistake) is passed over, as fetch does.
        encodings = [encoding for encoding in names if encoding in _ENCODINGS]
        if encodings not in ([], ["gzip"], ["x-gzip"], ["deflate"]):
            raise DecodingError(f"the answer is packed with {', '.join(encodings)}, which was not asked for")
        self._is_encoded = encodings != []
        # Zeros have come behind the last member, as on a tape (gzip pads so); then nothing else counts, as for Node.
        self._is_padding = False
        # How the data begins is told by its first two bytes, which may come one by one.
        self._start = b""
        self._wbits = _GZIP if encodings in (["gzip"], ["x-gzip"]) else 0
        self._stream = zlib.decompressobj(self._wbits or _ZLIB)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The next bytes of the body, piece by piece; who has enough stops taking them.

        Raises:
            DecodingError: They are not what the header says.
        """
        if not self._is_encoded:
            yield data
            return
        if len(self._start) < 2:
            self._start = data = self._start + data
            if len(data) < 2:
                return
            if not self._wbits:
                # Some send "deflate" without zlib's header (RFC 1950 section 2.2), against RFC 9110 section 8.4.1.2.
                has_header = data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0
                self._stream = zlib.decompressobj(_ZLIB if has_header else _RAW_DEFLATE)
        try:
            for start in range(0, len(data), _MAX_INPUT):
                yield from self._decompress(data[start : start + _MAX_INPUT])
        except zlib.error as error:
            raise DecodingError(str(error)) from error

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        piece = b""
        while data or len(piece) == _MAX_OUTPUT:
            if self._stream.eof and self._wbits and data:  # Several gzip members are one body (RFC 1952 section 2.2).
                self._is_padding = self._is_padding or data[0] == 0
                if self._is_padding:
                    return
                self._stream = zlib.decompressobj(_GZIP)
            piece = self._stream.decompress(data, _MAX_OUTPUT)
            yield piece
            data = (self._stream.unused_data if self._wbits else b"") if self._stream.eof else self._stream.unconsumed_tail

    def end(self) -> None:
        """Says that all bytes have come.

        Raises:
            DecodingError: The packed body breaks off.
        """
        if self._start and not self._stream.eof:
            raise DecodingError("the packed answer breaks off")
