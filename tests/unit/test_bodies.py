"""An answer's body while it is read: within its limits, and kept only as far as it is of use."""

from __future__ import annotations

import gzip
import time
from types import SimpleNamespace

import pytest

from navai._http.body import BodyReader, RawHeaders
from navai._http.messages import Headers, Request, Response


def body(*chunks: bytes, most: int = 100, encoding: str = "") -> tuple[list[bool], Response]:
    """Whether each chunk was more than enough, and the answer."""
    request = Request("GET", "http://backend.example", (), None, None, None, most)
    collected = BodyReader(request, encoding)
    return [collected.add(chunk) for chunk in chunks], collected.response(200, Headers([("A", "1")]))


def test_a_body_is_joined_of_its_pieces() -> None:
    enough, response = body(b"a" * 50, b"b" * 30, b"c" * 20)
    assert (enough, bytes(response.body)) == ([False] * 3, b"a" * 50 + b"b" * 30 + b"c" * 20)
    assert (response.status, dict(response.headers), response.truncated) == (200, {"a": "1"}, False)


def test_a_body_that_comes_in_one_piece_is_not_copied() -> None:
    chunk = b"a" * 100
    assert body(chunk)[1].body is chunk


def test_no_body_at_all_is_an_empty_one() -> None:
    assert body() == ([], Response(200, Headers([("A", "1")]), b"", truncated=False))


def test_one_byte_more_than_the_limit_is_too_much() -> None:
    enough, response = body(b"a" * 100, b"b")
    assert (enough, response.truncated) == ([False, True], True)


def test_the_beginning_of_what_is_too_long_is_kept() -> None:
    """For people to see what it was."""
    _, response = body(b"a" * 100_000, most=70_000)
    assert (response.truncated, bytes(response.body)) == (True, b"a" * 65536)


def test_a_packed_body_is_limited_by_what_it_stands_for() -> None:
    enough, response = body(gzip.compress(b"a" * 100), encoding="gzip")
    assert (enough, bytes(response.body), response.truncated) == ([False], b"a" * 100, False)
    for packed in (gzip.compress(b"a" * 101), gzip.compress(b"a" * 100) + gzip.compress(b"b")):
        enough, response = body(packed, encoding="gzip")
        assert (enough, response.truncated) == ([True], True)


def test_packed_bytes_that_stand_for_nothing_are_limited_too() -> None:
    nothing = gzip.compress(b"")
    enough, response = body(nothing * (1224 // len(nothing)), encoding="gzip")
    assert (enough, response.truncated) == ([False], False)
    enough, response = body(nothing * (1224 // len(nothing) + 1), encoding="gzip")
    assert (enough, response.truncated) == ([True], True)


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_that_drips_in_ends_at_the_deadline(encoding: str) -> None:
    chunk = gzip.compress(b"a") if encoding else b"a"
    now = time.monotonic()
    for deadline, is_over in ((now + 60, False), (now - 1, True)):
        collected = BodyReader(Request("GET", "http://backend.example", (), None, None, deadline, 100), encoding)
        if is_over:
            with pytest.raises(TimeoutError):
                collected.add(chunk)
        else:
            assert collected.add(chunk) is False


def test_headers_beyond_ascii_count_as_latin_1() -> None:
    assert dict(RawHeaders([(b"X-\xc4", b"caf\xe9"), (b"a", b"")])) == {"x-\u00e4": "caf\u00e9", "a": ""}


def test_what_is_too_long_still_has_its_status_and_headers() -> None:
    _, response = body(b"a" * 101)
    assert (response.status, dict(response.headers)) == (200, {"a": "1"})


def test_an_answer_without_a_body_has_an_empty_one() -> None:
    assert body()[1].body == b""
    assert body(encoding="gzip")[1].body == b""


def empty_member(length: int) -> bytes:
    """A gzip file of that many bytes, which stands for nothing; its name fills it."""
    plain = gzip.compress(b"")
    return plain[:3] + b"\x08" + plain[4:10] + b"x" * (length - len(plain) - 1) + b"\0" + plain[10:]


@pytest.mark.parametrize(("last", "is_enough"), [(224, False), (225, True)])
def test_packed_bytes_may_be_twice_as_many_as_the_limit_and_a_little(last: int, is_enough: bool) -> None:
    """Packing never adds more than that."""
    enough, response = body(empty_member(500), empty_member(500), empty_member(last), encoding="gzip")
    assert (enough, response.truncated) == ([False, False, is_enough], is_enough)


@pytest.mark.parametrize(("deadline", "is_over"), [(100.5, False), (100.0, False), (99.5, True)])
def test_a_body_may_come_until_the_deadline(deadline: float, is_over: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("navai._http.body.time", SimpleNamespace(monotonic=lambda: 100.0))
    collected = BodyReader(Request("GET", "http://backend.example", (), None, None, deadline, 100), "")
    if is_over:
        with pytest.raises(TimeoutError):
            collected.add(b"a")
    else:
        assert collected.add(b"a") is False
