"""Connections of the fast transport: a request is written, and llhttp parses the response."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import httpcore

from navai._http.messages import Request, Response
from navai._http.network import Backend
from navai._http.parser import ResponseParser
from navai._http.timeouts import DEFAULT_TIMEOUT
from navai._http.tls import verifying_context

READ_SIZE = 65536


class Origin(NamedTuple):
    """Where a connection leads."""

    scheme: str
    host: str
    port: int


class FastConnectionBase:
    """What both kinds of connection share.

    Args:
        origin: Where it leads.
        network: Opens its socket.
    """

    def __init__(self, origin: Origin, network: Any) -> None:
        self.origin = origin
        self.network = network
        network.buffers_writes = False  # A request is written in one piece.
        self._context = verifying_context() if origin.scheme == "https" else None
        # Until when it may be reused, and since when it is idle, on the clock of `time.monotonic`.
        self.expires = self.idle_since = 0.0
        self.parser = ResponseParser()

    def is_clean(self) -> bool:
        """Whether nothing is left of the last response, so that another request may follow."""
        return self.parser.is_clean

    def close(self) -> None:
        """Closes the socket. Never waits. Idempotent."""
        self.network.close()


class FastConnection(FastConnectionBase):
    """A connection of a sync client."""

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin, Backend())
        self._stream: Any = None

    def is_alive(self) -> bool:
        """Whether it can be reused: it has not expired, and there is nothing to read, not even the end."""
        return self.expires > time.monotonic() and not self._stream.get_extra_info("is_readable")

    def exchange(self, request: Request, content: bytes) -> Response:
        """Sends `content` and reads the response."""
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
        except httpcore.WriteError:  # The backend may have responded without taking the whole request.
            is_sent = False
        while not parser.is_complete:
            parser.feed(stream.read(READ_SIZE, timeout.read))
        parser.is_clean = parser.is_clean and is_sent
        return parser.response()
