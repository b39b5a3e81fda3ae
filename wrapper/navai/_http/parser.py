"""Reads answers by llhttp, the parser of Node itself: strictly, within limits, and to the last byte. No I/O."""

from __future__ import annotations

import httpcore
import httptools

from navai._http.body import Body, Decoded
from navai._messages import Reply, Request

# How many bytes may come without a piece of the body being among them: heads, and what frames the pieces. As in httpcore.
_MOST_BYTES_BETWEEN = 100 * 1024

_WITHOUT_BODY = (204, 304)

# llhttp would take RTSP and ICE as well.
_BEGINNING = b"HTTP/"


class ResponseParser:
    """Reads the answers of one connection, one after the other.

    Attributes:
        is_complete: Whether the whole answer has come, or more of it than is wanted.
        is_clean: Whether the connection may be used again: the backend keeps it, and nothing came behind the answer.
        keep_alive: The header Keep-Alive of the answer; empty without it.
    """

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        # What llhttp calls by name. A list's own method, so that no handler of a signal can run in it.
        self.on_body = self._chunks.append
        self._parser = httptools.HttpResponseParser(self)
        self._forget()
        self.is_complete = self.is_clean = False
        self.keep_alive = ""

    def _forget(self) -> None:
        self._request: Request | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: Body | None = None

    def expect(self, request: Request) -> None:
        """An answer to `request` comes next."""
        self._request = request
        self._beginning = b""
        self._status = 0
        self._until_the_end = False
        self._is_whole = self._is_kept = False
        self._unaccounted = 0
        self._chunks.clear()
        self.is_complete = self.is_clean = False

    # What llhttp calls, by these names. After the whole answer, all that comes is surplus.

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._body is None:  # Else it is a trailer.
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._is_whole:
            return
        self._status = self._parser.get_status_code()
        known: dict[bytes, bytes] = {}
        for name, value in self._headers:
            key = name.lower()
            known[key] = b"%b, %b" % (known[key], value) if key in known else value
        coding, is_interim = known.get(b"transfer-encoding"), 100 <= self._status < 200
        if self._status < 100 or self._status == 101:
            raise httpcore.RemoteProtocolError(f"an answer with the status {self._status:03}, which nothing asked for")
        if self._parser.get_http_version() not in ("1.0", "1.1"):
            raise httpcore.RemoteProtocolError("an answer in a version of HTTP that was not asked for")
        # Blanks behind it llhttp takes, but a tab makes it something else there.
        if coding is not None and coding.rstrip(b" ").lower() != b"chunked":
            raise httpcore.RemoteProtocolError("an answer in a transfer coding that was not asked for")
        if is_interim:
            # It has no body (RFC 9110 section 15.2). llhttp reads one, which would begin that of the answer.
            if coding is not None or b"content-length" in known:
                raise httpcore.RemoteProtocolError("an informational answer with a body")
            return
        assert self._request is not None  # noqa: S101 (an answer is expected)
        self._headers = [(name, value.rstrip(b" \t")) for name, value in self._headers]
        self.keep_alive = known.get(b"keep-alive", b"").decode("latin-1")
        self._until_the_end = coding is None and b"content-length" not in known and self._status not in _WITHOUT_BODY
        self._body = Body(self._request, known.get(b"content-encoding", b"").decode("latin-1"))

    def on_chunk_header(self) -> None:
        self._unaccounted = 0

    def on_message_complete(self) -> None:
        if self._is_whole:
            return
        if self._body is None:  # It was an interim answer.
            self._headers = []
            return
        self._is_whole = True
        # As h11 has it, no connection of HTTP/1.0 is kept.
        self._is_kept = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
        self._wanted = len(self._chunks)

    # What the connection calls.

    def feed(self, data: bytes) -> None:
        """Reads what has come; nothing is the end.

        Raises:
            httpcore.RemoteProtocolError: It is no answer, or the end comes too early.
            CannotUnpack: The body is not what its header says.
            TimeoutError: The deadline has passed.
        """
        if not data:
            self._end()
            return
        self._unaccounted += len(data)
        if len(self._beginning) < len(_BEGINNING):
            self._beginning = (self._beginning + data).lstrip(b"\r\n")[: len(_BEGINNING)]
            if not _BEGINNING.startswith(self._beginning):
                raise httpcore.RemoteProtocolError("what came is no answer in HTTP")
        try:
            # The last byte by itself tells whether the answer ends with it.
            self._parser.feed_data(data[:-1])
            ends_here = not self._is_whole
            if ends_here:
                self._parser.feed_data(data[-1:])
        except httptools.HttpParserCallbackError as error:
            # Of ours, or of a signal's handler.
            raise error.__context__ or error from None
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            ends_here = False
            if not self._is_whole:
                raise httpcore.RemoteProtocolError(str(error)) from error
        if self._chunks:
            self._take(self._wanted if self._is_whole else len(self._chunks))
        if self._is_whole:
            self.is_complete = True
            self.is_clean = ends_here and self._is_kept
        elif self._unaccounted > _MOST_BYTES_BETWEEN:
            raise httpcore.RemoteProtocolError("the head of the answer has no end")

    def _take(self, count: int) -> None:
        assert self._body is not None  # noqa: S101 (llhttp reads no body before the head)
        self._unaccounted = 0
        for chunk in self._chunks[:count]:
            if self._body.add(chunk):
                self.is_complete = True
                break
        self._chunks.clear()

    def _end(self) -> None:
        if self._body is None:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if not self._until_the_end:
            raise httpcore.RemoteProtocolError("Server disconnected in the middle of its answer.")
        self.is_complete = True

    def reply(self) -> Reply:
        """The answer that has come, of which nothing is kept here.

        Raises:
            CannotUnpack: The packed body breaks off.
        """
        assert self._body is not None  # noqa: S101 (complete)
        reply = self._body.reply(self._status, Decoded(self._headers))
        self._forget()
        return reply
