"""Connections of the fast transport: one request goes out, llhttp reads the answer."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any, NamedTuple

import httpcore

from navai._background import LONGEST_WAIT
from navai._http.messages import Request, Response
from navai._http.network import AsyncBackend, Backend
from navai._http.parser import ResponseParser
from navai._http.streams import Readability
from navai._http.timeouts import DEFAULT_TIMEOUT
from navai._http.tls import AsyncTLSStream, connect_errors, verifying_context

_READ_SIZE = 65536
_NOTHING = memoryview(b"")


class Origin(NamedTuple):
    """Where a connection leads."""

    scheme: str
    host: str
    port: int


class _Common:
    """What both kinds of connection know.

    Args:
        origin: Where it leads.
        network: Opens its socket.
    """

    def __init__(self, origin: Origin, network: Any) -> None:
        self.origin = origin
        self.network = network
        network.holds_back = False  # A request comes as a whole.
        self._context = verifying_context() if origin.scheme == "https" else None
        # Until when it may be used again, on the clock of `time.monotonic`.
        self.expires = 0.0
        self.parser = ResponseParser()

    def is_clean(self) -> bool:
        """Whether nothing is left of the last answer, and another request may follow."""
        return self.parser.is_clean

    def close(self) -> None:
        """Closes the socket. Never waits. Idempotent."""
        self.network.close()


class FastConnection(_Common):
    """A connection of a sync client."""

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin, Backend())
        self._stream: Any = None

    def is_alive(self) -> bool:
        """Whether a request may go over it once more: it has not expired, and there is nothing to read, not even the end."""
        return self.expires > time.monotonic() and not self._stream.get_extra_info("is_readable")

    def exchange(self, request: Request, content: bytes) -> Response:
        """Sends `content`, and reads the answer."""
        timeout = request.timeout or DEFAULT_TIMEOUT
        if self._stream is None:
            stream = self.network.connect_tcp(self.origin.host, self.origin.port, timeout.connect)
            if self._context is not None:
                stream = stream.start_tls(self._context, self.origin.host, timeout.connect)
            self._stream = stream
        stream, parser = self._stream, self.parser
        parser.expect(request)
        is_sent = True
        try:
            stream.write(content, timeout.write)
        except httpcore.WriteError:  # An answer may have come before the whole request was taken.
            is_sent = False
        while not parser.is_complete:
            parser.feed(stream.read(_READ_SIZE, timeout.read))
        parser.is_clean = parser.is_clean and is_sent
        return parser.response()


class AsyncFastConnection(_Common):
    """A connection of an async client on asyncio, which watches its socket all the time: what comes unasked closes it at once."""

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin, AsyncBackend())
        self._process = os.getpid()
        self._loop = asyncio.get_running_loop()
        self._socket: Any = None
        self._tls: AsyncTLSStream | None = None
        # What is still to be written.
        self._unsent = _NOTHING
        # The call that waits for an answer, its limits, and when something was last taken or given.
        self._waiter: asyncio.Future[None] | None = None
        self._timeout = DEFAULT_TIMEOUT
        self._progress = 0.0
        # When to look whether it has waited too long.
        self._timer: asyncio.TimerHandle | None = None

    def is_alive(self) -> bool:
        """Whether a request may go over it once more: it has not expired, and there is nothing to read, not even the end."""
        return self._socket is not None and self.expires > time.monotonic() and not self._is_readable(0)

    async def exchange(self, request: Request, content: bytes) -> Response:
        """Sends `content`, and reads the answer: see `FastConnection.exchange`."""
        self._timeout = request.timeout or DEFAULT_TIMEOUT
        if self._socket is None:
            await self._open(self._timeout.connect)
        self.parser.expect(request)
        self._waiter = waiter = self._loop.create_future()
        self._progress = time.monotonic()
        self._write(content)
        self._set_timer()
        try:
            await waiter
        finally:
            self._waiter = None
        self.parser.is_clean = self.parser.is_clean and not self._unsent
        self._unsent = _NOTHING
        return self.parser.response()

    async def _open(self, limit: float) -> None:
        stream: Any = await self.network.connect_tcp(self.origin.host, self.origin.port, limit)
        if self._context is not None:
            self._tls = stream = await stream.start_tls(self._context, self.origin.host, limit)
        self._socket = stream.get_extra_info("socket")
        self._is_readable = Readability(self._socket)
        self._loop.add_reader(self._socket, self._on_readable)

    def _left(self) -> float:
        """Seconds until the present wait is over."""
        limit = self._timeout.write if self._unsent else self._timeout.read
        left = self._progress + limit - time.monotonic()
        deadline = self.network.deadline
        return min(LONGEST_WAIT, left if deadline is None else min(left, deadline - time.monotonic()))

    def _set_timer(self) -> None:
        """Sets the timer, unless it fires before. A call leaves it to the next one, since few wait that long."""
        due = self._loop.time() + self._left()
        if self._timer is None or due < self._timer.when():
            self._cancel_timer()
            self._timer = self._loop.call_at(due, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._waiter is not None and self._left() > 0:
            self._set_timer()
        else:
            self._fail(httpcore.WriteTimeout() if self._unsent else httpcore.ReadTimeout())

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def _write(self, content: bytes) -> None:
        if self._tls is not None:
            with connect_errors():  # It could not be sent.
                content = self._tls.encrypt(content)
        self._unsent = memoryview(content)
        if self._has_more_to_write():
            self._loop.add_writer(self._socket, self._on_writable)

    def _on_writable(self) -> None:
        if not self._has_more_to_write():
            self._loop.remove_writer(self._socket)
            self._set_timer()  # Now by the limit to read, which may be shorter.

    def _has_more_to_write(self) -> bool:
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
            self._progress = time.monotonic()
        except BlockingIOError:
            return True
        except OSError:  # An answer may have come before the whole request was taken; if not, reading says what is wrong.
            return False
        return bool(self._unsent)

    def _on_readable(self) -> None:
        try:
            self._read()
        except Exception as error:  # noqa: BLE001 (raised where it is waited for)
            if self._waiter is None:
                self.close()
            self._fail(error)

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ_SIZE)
        except BlockingIOError:
            return
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._progress = time.monotonic()
        pieces = [data] if self._tls is None else self._tls.decrypt(data)
        if self._waiter is None:
            if next(iter(pieces), None) is not None:
                self.close()
            return
        try:
            for piece in pieces:
                if self.parser.is_complete:
                    self.parser.is_clean = False
                    break
                self.parser.feed(piece)
        except httpcore.ReadError:  # Behind a whole answer it is no loss.
            if not self.parser.is_complete:
                raise
            self.parser.is_clean = False
        if self.parser.is_complete and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """Closes the socket, from wherever. Never waits. Idempotent."""
        if self._socket is None or self._socket.fileno() < 0:
            self.network.close()
        elif self._loop.is_closed() or self._process != os.getpid():  # In a child, the loop's watch is its parent's.
            self._socket.close()
        elif not self._loop.is_running() or self._is_running_here():
            self._close_here()
        else:
            try:
                self._loop.call_soon_threadsafe(self._close_here)
            except RuntimeError:  # It was closed meanwhile.
                self._socket.close()

    def _is_running_here(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def _close_here(self) -> None:
        self._cancel_timer()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()
