"""Answers read by llhttp, from literals: what is a result, what is refused, and whether the connection may be used again."""

from __future__ import annotations

import gzip
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

httpcore = pytest.importorskip("httpcore")
pytest.importorskip("httptools", reason="needs the extra navai-sdk[fast]")

from navai._http.body import BodyReader  # noqa: E402
from navai._http.decoders import DecodingError  # noqa: E402
from navai._http.messages import Request, Response  # noqa: E402
from navai._http.parser import ResponseParser  # noqa: E402
from navai._http.timeouts import Timeout  # noqa: E402

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
FORGED = b'{"ok":true,"result":"EVIL"}'
CHUNKS = b"2\r\n{}\r\n0\r\n\r\n"


def expecting(most: int = 1000) -> ResponseParser:
    """A parser whose request has been sent."""
    parser = ResponseParser()
    parser.expect(Request("GET", "http://backend.example/", (), None, Timeout(), None, most))
    return parser


def read(*pieces: bytes) -> tuple[Response, bool]:
    """The answer that comes in these pieces, and whether its connection may be used again."""
    parser = expecting()
    for piece in pieces:
        if not parser.is_complete:
            parser.feed(piece)
    assert parser.is_complete
    is_clean = parser.is_clean
    return parser.response(), is_clean


@pytest.mark.parametrize(
    ("answer", "is_clean"),
    [
        (OK, True),
        (b"\r\n\r\n" + OK, True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS, True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked \r\n\r\n" + CHUNKS, True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nContent-Encoding: gzip\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nX-Transfer-Encoding: gzip\r\nX-Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}", True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, True),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, True),
        (OK + b"\r\n", False),
        (OK + OK, False),
        (OK + OK[:10], False),
        (OK + b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nmore", False),
        (OK + b"junk", False),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}", False),
    ],
)
def test_an_answer_is_read_however_it_is_cut(answer: bytes, is_clean: bool) -> None:
    for cut in range(1, len(answer)):
        response, _ = read(answer[:cut], answer[cut:])
        assert (response.status, response.body) == (200, b"{}")
    assert read(answer)[1] is is_clean


@pytest.mark.parametrize("length", [b"", b"Content-Length: 2\r\n"])
@pytest.mark.parametrize("status", [204, 304])
def test_what_follows_an_answer_without_a_body_is_not_its_body(status: int, length: bytes) -> None:
    head = b"HTTP/1.1 %d None\r\n%b\r\n" % (status, length)
    response, is_clean = read(head)
    assert (response.body, is_clean) == (b"", True)
    for surplus in (b"{}", b"{", b"H", b"\r"):
        response, is_clean = read(head + surplus)
        assert (response.body, is_clean) == (b"", False)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"junk\r\n\r\n", "Expected HTTP/"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", "protocol or version"),
        (b"ICE/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", "protocol or version"),
        (b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", "protocol or version"),
        (b"HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\n{}", "the status 000"),
        (b"HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\n{}", "the status 099"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nmore", "the status 101"),
        (b"HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS + OK, "informational response with a body"),
        (
            b"HTTP/1.1 199 Forged\r\nContent-Length: 27\r\n\r\n" + b'{"ok":true,"result":"EVIL"}' + OK,
            "informational response with a body",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS, "transfer coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS, "transfer coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS, "transfer coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunkedX\r\n\r\n" + CHUNKS, "transfer coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Xchunked\r\n\r\n" + CHUNKS, "transfer coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n" + CHUNKS, "transfer coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n" + CHUNKS, "Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}", "Content-Length"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", "CR|LF"),
    ],
)
def test_what_is_no_answer_is_refused_however_it_is_cut(answer: bytes, reason: str) -> None:
    for cut in range(len(answer)):
        with pytest.raises(httpcore.RemoteProtocolError, match=reason):
            read(*[piece for piece in (answer[:cut], answer[cut:]) if piece])


@pytest.mark.parametrize(
    "pieces",
    [(b"",), (b"HTTP/1.1 200 OK\r\n", b""), (OK[:-1], b""), (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}", b"")],
)
def test_an_end_that_comes_too_early_is_refused(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(httpcore.RemoteProtocolError, match="disconnected"):
        read(*pieces)


def test_what_is_wrong_with_an_answer_is_said_while_the_caller_handles_another_error_too() -> None:
    """A call in an `except` block: httptools would raise the caller's error once more."""
    with pytest.raises(httpcore.RemoteProtocolError, match="transfer coding"):  # noqa: PT012 (what is handled belongs to it)
        try:
            raise KeyError("of the caller")
        except KeyError:
            read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")


def test_an_answer_without_a_length_lasts_until_the_end() -> None:
    response, is_clean = read(b"HTTP/1.1 200 OK\r\n\r\n{", b"}", b"")
    assert (response.body, is_clean) == (b"{}", False)


def test_header_values_have_no_blanks_around_them() -> None:
    response, _ = read(b"HTTP/1.1 200 OK\r\nLocation: \thttp://a/X \t\r\nOdd: a\xa0\r\nEmpty:\r\nContent-Length: 0\r\n\r\n")
    assert [response.headers[name] for name in ("location", "odd", "empty")] == ["http://a/X", "a\xa0", ""]


@pytest.mark.parametrize("most", [1000, 1])
def test_nothing_of_an_answer_is_kept_once_it_was_given(most: int) -> None:
    """A connection that waits for its next call would hold it: a body, or a new secret."""
    parser = expecting(most)
    parser.feed(OK)
    parser.response()
    held = [value for value in vars(parser).values() if isinstance(value, list | bytes | bytearray | Request | BodyReader)]
    assert held == [[], b"", b"", b""]


def test_a_connection_over_which_no_answer_has_come_is_not_kept() -> None:
    parser = ResponseParser()
    assert (parser.is_complete, parser.is_clean, parser.keep_alive) == (False, False, b"")


@pytest.mark.parametrize(
    ("lines", "keep_alive"),
    [
        (b"", b""),
        (b"Keep-Alive: timeout=5\r\n", b"timeout=5"),
        (b"keep-alive: timeout=5 \r\nKEEP-ALIVE:max=2\r\n", b"timeout=5, max=2"),
        (b"Keep-Alive: timeout=\xb2\r\n", b"timeout=\xb2"),
    ],
)
def test_how_long_the_connection_is_kept_is_what_the_last_answer_says(lines: bytes, keep_alive: bytes) -> None:
    parser = expecting()
    parser.feed(b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\n{}")
    parser.response()
    parser.expect(Request("GET", "http://backend.example/", (), None, Timeout(), None, 1000))
    parser.feed(b"HTTP/1.1 200 OK\r\n%bContent-Length: 2\r\n\r\n{}" % lines)
    assert parser.keep_alive == keep_alive
    assert parser.response().body == b"{}"


@pytest.mark.parametrize("name", [b"Content-Encoding", b"content-encoding"])
def test_a_packed_body_is_unpacked(name: bytes) -> None:
    packed = gzip.compress(b"{}")
    response, is_clean = read(b"HTTP/1.1 200 OK\r\n%b: gzip\r\nContent-Length: %d\r\n\r\n%b" % (name, len(packed), packed))
    assert (response.body, is_clean) == (b"{}", True)


def test_what_other_headers_say_is_no_packing() -> None:
    response, _ = read(b"HTTP/1.1 200 OK\r\nContent-Encoding: utf-8\r\nAccept-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")
    assert response.body == b"{}"


def test_a_packing_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(DecodingError):
        read(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}")


def test_an_answer_is_complete_as_soon_as_it_is_too_long() -> None:
    parser = expecting(most=3)
    parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123")
    assert not parser.is_complete
    parser.feed(b"4")
    assert (parser.is_complete, parser.is_clean) == (True, False)
    assert parser.response().truncated


# What may come without a piece of the body: heads, and what frames the pieces.
MOST = 100 * 1024

# What comes before, in pieces, and how what has the limit begins.
FRAMES: dict[str, tuple[tuple[bytes, ...], bytes]] = {
    "a head": ((), b"HTTP/1.1 200 OK\r\n"),
    "informational heads": ((), b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\n"),
    "behind a chunk": ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}",), b"\r\n2;"),
    "a trailer": ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}", b"\r\n0\r\n"), b""),
}


@pytest.mark.parametrize("name", FRAMES)
def test_what_is_no_body_has_a_limit_in_how_many_pieces_ever_it_comes(name: str) -> None:
    before, frame = FRAMES[name]
    parser = expecting()
    for piece in before:
        parser.feed(piece)
    fill = (b"A: " if not frame.endswith(b";") else b"") + b"b" * MOST
    left = frame + fill[: MOST - len(frame)]
    assert len(left) == MOST
    for start in range(0, MOST, 20000):
        parser.feed(left[start : start + 20000])
    assert not parser.is_complete
    with pytest.raises(httpcore.RemoteProtocolError, match="has no end"):
        parser.feed(b"b")


HEADS = st.lists(
    st.sampled_from(
        [
            b"Content-Length: 2\r\n",
            b"Content-Length: 0\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: gzip\r\n",
            b"Connection: close\r\n",
            b"Connection: upgrade\r\nUpgrade: x\r\n",
            b"Content-Encoding: gzip\r\n",
            b"A:b \r\n",
        ]
    ),
    max_size=3,
).map(b"".join)
STATUSES = st.sampled_from([b"000", b"099", b"100", b"101", b"103", b"150", b"199", b"200", b"204", b"304", b"500", b"999"])
BODIES = st.sampled_from([b"", b"{}", b"\r\n", CHUNKS, b"0\r\n\r\n", OK])
MESSAGES = st.builds(
    lambda version, status, head, body: b"%b %b X\r\n%b\r\n%b" % (version, status, head, body),
    st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"RTSP/1.0", b"\r\nHTTP/1.1"]),
    STATUSES,
    HEADS,
    BODIES,
)


@settings(max_examples=300, deadline=None)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=3), cuts=st.lists(st.integers(0, 400), max_size=4))
def test_any_bytes_are_an_answer_or_a_refusal_and_the_same_one_however_they_are_cut(messages: list[bytes], cuts: list[int]) -> None:
    answer = b"".join(messages)

    def outcome(pieces: list[bytes]) -> object:
        parser = expecting()
        try:
            for piece in [*pieces, b""]:
                parser.feed(piece)
                if parser.is_complete:
                    response = parser.response()
                    return response.status, bytes(response.body), list(response.headers.items())
        except (httpcore.RemoteProtocolError, DecodingError):
            return None
        raise AssertionError("neither an answer nor an end")

    places = sorted({0, len(answer), *(cut for cut in cuts if cut < len(answer))})
    assert outcome([answer[start:end] for start, end in itertools.pairwise(places)]) == outcome([answer])
