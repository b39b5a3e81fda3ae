"""Reads answers by llhttp, the parser of Node itself: strictly, within limits, and to the last byte. No I/O."""

from __future__ import annotations

import httpcore
import httptools

from navai._http.body import Body, Decoded
from navai._messages import Reply, Request

# How many bytes may come without a piece of the body being among them: heads, and what frames the pieces. As in httpcore.
_MOST_BYTES_BETWEEN = 100 * 1024

_WITHOUT_BODY = (204, 304)


class ResponseParser:
    """Reads the answers of one connection, one after the other.

    Attributes:
        is_complete: Whether the whole answer has come, or more of it than is wanted.
        is_clean: Whether the connection may be used again: the backend keeps it, and nothing came behind the answer.
    """

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        # What llhttp calls by name. A list's own method, so that no handler of a signal can run in it.
        self.on_body = self._chunks.append
        self._parser = httptools.HttpResponseParser(self)
        self.is_complete = self.is_clean = False

    def expect(self, request: Request) -> None:
        """An answer to `request` comes next."""
        self._request = request
        self._headers: list[tuple[bytes, bytes]] = []
        self._status = 0
        self._body: Body | None = None
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
        if self._status < 200:
            return
        known = {name.lower(): value for name, value in self._headers}
        coding = known.get(b"transfer-encoding")
        if self._parser.get_http_version() not in ("1.0", "1.1") or (coding is not None and coding.lower() != b"chunked"):
            raise httpcore.RemoteProtocolError("an answer in a version or coding that was not asked for")
        self._until_the_end = coding is None and b"content-length" not in known and self._status not in _WITHOUT_BODY
        packings = [value.decode("latin-1") for name, value in self._headers if name.lower() == b"content-encoding"]
        self._body = Body(self._request, ", ".join(packings))

    def on_chunk_header(self) -> None:
        self._unaccounted = 0

    def on_message_complete(self) -> None:
        if self._is_whole:
            return
        if self._status < 200:
            self._headers = []
            return
        self._is_whole = True
        self._is_kept = self._parser.should_keep_alive()
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
        try:
            # The last byte by itself tells whether the answer ends with it.
            self._parser.feed_data(data[:-1])
            ends_here = not self._is_whole
            if ends_here:
                self._parser.feed_data(data[-1:])
        except httptools.HttpParserCallbackError as error:
            # Of ours, or of a signal's handler.
            raise error.__context__ or error from None
        except httptools.HttpParserUpgrade as error:
            raise httpcore.RemoteProtocolError("an answer that changes the protocol, which was not asked for") from error
        except httptools.HttpParserError as error:
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
        """The answer that has come.

        Raises:
            CannotUnpack: The packed body breaks off.
        """
        assert self._body is not None  # noqa: S101 (complete)
        return self._body.reply(self._status, Decoded(self._headers))

    @property
    def keep_alive(self) -> str:
        """The header Keep-Alive of the answer that has come; empty without it."""
        return b",".join(value for name, value in self._headers if name.lower() == b"keep-alive").decode("latin-1")
