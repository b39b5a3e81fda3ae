"""Connections of the fast transport of an async client, on asyncio."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from navai._background import MAX_WAIT
from navai._http.fast_connections import READ_SIZE, FastConnectionBase, Origin
from navai._http.messages import Request, Response
from navai._http.network import AsyncBackend
from navai._http.readiness import Readability
from navai._http.timeouts import DEFAULT_TIMEOUT
from navai._http.tls import connect_errors
from navai._http.tls_streams import AsyncTLSStream

_NOTHING = memoryview(b"")


class AsyncFastConnection(FastConnectionBase):
    """A connection of an async client on asyncio. It always watches its socket: anything that arrives unasked closes it at once."""

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin, AsyncBackend())
        self._process = os.getpid()
        self._loop = asyncio.get_running_loop()
        self._socket: Any = None
        self._tls: AsyncTLSStream | None = None
        # The rest of the request.
        self._unsent = _NOTHING
        # The call that waits for a response, its limits, and when something was last read or written.
        self._waiter: asyncio.Future[None] | None = None
        self._timeout = DEFAULT_TIMEOUT
        self._progress = 0.0
        # Checks whether the call has waited too long; and the `_due` for which it was set.
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0

    def is_alive(self) -> bool:
        """Whether it can be reused: it has not expired, and there is nothing to read, not even the end."""
        return self._socket is not None and self.expires > time.monotonic() and not self._is_readable(0)

    async def exchange(self, request: Request, content: bytes) -> Response:
        """Sends `content` and reads the response: see `FastConnection.exchange`."""
        self._timeout = request.timeout or DEFAULT_TIMEOUT
        if self._socket is None:
            await self._open(self._timeout.connect)
        self.parser.expect(request)
        self._waiter = waiter = self._loop.create_future()
        self._progress = time.monotonic()
        if self._tls is not None:
            with connect_errors():  # Nothing was sent.
                content = self._tls.encrypt(content)
        self._send(content)
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
        if self._tls is not None:
            self._loop.call_soon(self._on_readable)  # A response may have arrived with the end of the handshake.

    def _due(self) -> float:
        """When the current wait times out, on the clock of `time.monotonic`."""
        due = self._progress + (self._timeout.write if self._unsent else self._timeout.read)
        deadline = self.network.deadline
        return due if deadline is None else min(due, deadline)

    def _set_timer(self) -> None:
        """Sets the timer, unless it fires earlier anyway. A call leaves its timer to the next one, since few wait that long."""
        due = self._due()
        if self._timer is None or due < self._timer_due:
            self._cancel_timer()
            self._timer_due = due
            self._timer = self._loop.call_later(min(MAX_WAIT, due - time.monotonic()), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._waiter is not None and self._due() > time.monotonic():
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

    def _send(self, data: bytes) -> None:
        self._unsent = memoryview(bytes(self._unsent) + data) if self._unsent else memoryview(data)
        if self._has_more_to_write():
            self._loop.add_writer(self._socket, self._on_writable)

    def _on_writable(self) -> None:
        if not self._has_more_to_write():
            self._loop.remove_writer(self._socket)
            self._set_timer()  # The limit to read may be shorter.

    def _has_more_to_write(self) -> bool:
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
            self._progress = time.monotonic()
        except BlockingIOError:
            return True
        except OSError:  # The backend may have responded without taking the whole request; if not, reading raises an error.
            return False
        return bool(self._unsent)

    def _on_readable(self) -> None:
        try:
            self._read()
        except Exception as error:  # noqa: BLE001 (raised by the call that waits)
            if self._waiter is None:
                self.close()
            self._fail(error)

    def _read(self) -> None:
        data: bytes | None = None
        try:
            data = self._socket.recv(READ_SIZE)
            self._progress = time.monotonic()
        except BlockingIOError:
            if self._tls is None:
                return
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        try:
            self._take([data] if self._tls is None else self._tls.decrypt(data))
        finally:
            if self._tls is not None and (data := self._tls.to_send()):
                self._send(data)

    def _take(self, pieces: Iterable[Any]) -> None:
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
        except httpcore.ReadError:  # After the whole response nothing is lost by it.
            if not self.parser.is_complete:
                raise
            self.parser.is_clean = False
        if self.parser.is_complete and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """Closes the socket, from any thread. Never waits. Idempotent."""
        if self._socket is None or self._socket.fileno() < 0:
            self.network.close()
        elif self._loop.is_closed() or self._process != os.getpid():  # In a forked child, the loop belongs to the parent.
            self._socket.close()
        elif not self._loop.is_running() or self._is_running_here():
            self._close_here()
        else:
            try:
                self._loop.call_soon_threadsafe(self._close_here)
            except RuntimeError:  # The loop was closed meanwhile.
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
