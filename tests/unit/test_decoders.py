"""Unpacking, never beyond a limit."""

from __future__ import annotations

import gzip
import random
import time
import tracemalloc
import zlib

import pytest

from navai._http import decoders
from navai._http.decoders import BodyDecoder, DecodingError

TEXT = b'{"ok": true, "result": "' + b"x" * 1000 + b'"}'
RAW = zlib.compressobj(wbits=-15)
PACKED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT[:100]) + gzip.compress(b"") + gzip.compress(TEXT[100:]),
    " GZIP ": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "Deflate": RAW.compress(TEXT) + RAW.flush(),
    "identity": TEXT,
    "utf-8": TEXT,
    "none, binary": TEXT,
    "utf-8, gzip": gzip.compress(TEXT),
    "": TEXT,
}


def unpacked(coding: str, data: bytes, piece: int) -> bytes:
    unpacker, found = BodyDecoder(coding), b""
    for start in range(0, len(data), piece):
        found += b"".join(unpacker.feed(data[start : start + piece]))
    unpacker.end()
    return found


@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize("piece", [1, 2, 7, 10_000])
def test_what_was_packed_is_unpacked_in_pieces_of_any_size(coding: str, piece: int) -> None:
    assert unpacked(coding, PACKED[coding], piece) == TEXT


@pytest.mark.parametrize("coding", PACKED)
def test_no_body_at_all_is_an_empty_one(coding: str) -> None:
    assert unpacked(coding, b"", 1) == b""


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip, br", "utf-8, br"])
def test_what_was_not_asked_for_is_refused(coding: str) -> None:
    with pytest.raises(DecodingError, match="was not requested"):
        BodyDecoder(coding)


@pytest.mark.parametrize(
    "data",
    [b"not packed", b"{}", gzip.compress(TEXT)[:-9] + b"123456789", gzip.compress(TEXT) + b"trailing"],
    ids=["text", "JSON", "another checksum", "trailing bytes"],  # gzip writes the time into its bytes.
)
@pytest.mark.parametrize("piece", [1, 10_000])
def test_what_is_not_packed_is_refused(data: bytes, piece: int) -> None:
    with pytest.raises(DecodingError):
        unpacked("gzip", data, piece)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_packed_body_that_breaks_off_is_refused(coding: str) -> None:
    with pytest.raises(DecodingError, match="is incomplete"):
        unpacked(coding, PACKED[coding][:-10], 7)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "Deflate"])
def test_a_body_comes_whole_wherever_its_pieces_end(coding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """zlib may have taken all packed bytes and still hold back unpacked ones, when a piece is full."""
    monkeypatch.setattr(decoders, "_MAX_OUTPUT", 1024)
    wbits = {"gzip": 31, "deflate": 15, "Deflate": -15}[coding]
    chance = random.Random(1)  # noqa: S311 (no secret)
    for _ in range(300):
        size = 1024 * chance.randrange(1, 6) + chance.choice([0, chance.randrange(-258, 258)])
        phrase = bytes(chance.choices(b"abcdefgh", k=chance.randrange(1, 60)))
        text = (phrase * size)[:size]
        data = zlib.compress(text, chance.choice([1, 6, 9]), wbits=wbits)
        for piece in (3, 17, 10**6):
            assert unpacked(coding, data, piece) == text


def test_a_bomb_costs_no_more_than_what_is_taken() -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 1)
    tracemalloc.start()
    try:
        pieces = BodyDecoder("gzip").feed(bomb)
        assert len(next(pieces)) == len(next(pieces)) == 1024 * 1024
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packed", [PACKED["deflate"], PACKED["Deflate"]], ids=["zlib", "bare"])
def test_what_comes_behind_a_deflated_body_is_dropped(packed: bytes) -> None:
    """Unlike gzip's, it has no second part."""
    unpacker = BodyDecoder("deflate")
    assert b"".join(unpacker.feed(packed + b"more")) == TEXT
    unpacker.end()


@pytest.mark.parametrize("packed", [PACKED["deflate"], gzip.compress(TEXT) + b"\0"], ids=["deflate", "gzip"])
def test_what_is_dropped_is_not_collected(packed: bytes) -> None:
    """zlib would copy all of it again for each piece."""
    unpacker, behind = BodyDecoder("gzip" if packed[0] == 31 else "deflate"), b"x" * 2_000_000
    assert b"".join(unpacker.feed(packed)) == TEXT
    tracemalloc.start()
    try:
        assert b"".join(unpacker.feed(behind)) == b""
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()
    unpacker.end()


def test_nothing_may_come_between_the_pieces() -> None:
    unpacker = BodyDecoder("gzip")
    packed = gzip.compress(TEXT)
    pieces = [b"".join(unpacker.feed(piece)) for piece in (packed[:9], b"", packed[9:], b"")]
    assert b"".join(pieces) == TEXT


@pytest.mark.parametrize(
    "behind", [bytes(1), bytes(1000), b"\0 and more", b"\0" + gzip.compress(b"more")], ids=["one", "many", "text", "member"]
)
@pytest.mark.parametrize("piece", [1, 7, 10**6])
def test_zeros_behind_a_member_are_padding_and_nothing_comes_after_them(behind: bytes, piece: int) -> None:
    """As for Node, and for gzip itself."""
    assert unpacked("gzip", gzip.compress(b"a") + gzip.compress(b"b") + behind, piece) == b"ab"


def test_members_of_nothing_are_not_copied_again_and_again() -> None:
    """What follows a member is copied to go on with it."""
    data = gzip.compress(b"") * 200_000
    began = time.process_time()
    assert unpacked("gzip", data, len(data)) == b""
    assert time.process_time() - began < 5  # It was 20 s.
