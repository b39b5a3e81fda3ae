"""The connections of a pool: what we know about each, and which are kept."""

from __future__ import annotations

import asyncio
import functools
import math
import ssl
import time
import weakref
from typing import Any, cast

import h11
import httpcore

from navai._background import current_loop
from navai._http.keepalive import IDLE_PATIENCE, LAST_IDLE_PATIENCE, IdleConnections
from navai._http.proxies import Route
from navai._http.timers import Watch
from navai._http.tls import verifying_context
from navai._http.turns import Turns

# The attributes that lead from a response's stream in httpx to httpcore's connection, which has h11's state. Private, and pinned by
# a test: no public API tells whether bytes follow a response.
_LINKS = ("_connection", "_stream", "_httpcore_stream")


def has_surplus(holder: Any, tls: Any = None) -> bool:
    """Whether anything follows the response: bytes, which would be taken for the next response, or the end of the connection.

    Args:
        holder: An httpcore connection, or the stream of a response over one.
        tls: The connection's `ssl` object; None to leave it alone. It is read from, so do not reuse a connection with a surplus.
    """
    connection = _h11_connection(holder)
    if connection is None:  # Not HTTP/1.
        return False
    state = connection._h11_state  # noqa: SLF001
    return state.trailing_data != (b"", False) or (isinstance(tls, ssl.SSLObject) and _has_unread_data(tls))


def prevent_reuse(holder: Any) -> None:
    """Marks an httpcore connection so that it is not used again.

    Args:
        holder: The stream of a response over it.
    """
    connection = _h11_connection(holder)
    if connection is not None:
        connection._h11_state.send_failed()  # noqa: SLF001


def close_after_surplus(response: Any) -> None:
    """Has the connection of an httpx response closed at its end, rather than used again, if anything follows the response.

    This is checked where httpcore decides it: httpcore also does so when the exception of a signal handler ends the reading, and
    another one may come before we could look. `_response_closed` is private, and pinned by a test.
    """
    connection = _h11_connection(response.stream)
    if connection is None or "_response_closed" in vars(connection):
        return
    if not hasattr(connection, "_response_closed"):  # A version of httpcore that we do not know.
        prevent_reuse(connection)
        return
    network_stream = response.extensions.get("network_stream")
    # Without a reference cycle, in which its socket would stay open.
    connection._response_closed = functools.partial(_response_closed, weakref.ref(connection), network_stream)  # noqa: SLF001


def _response_closed(reference: weakref.ref[Any], network_stream: Any) -> Any:
    connection: Any = reference()
    state = connection._h11_state  # noqa: SLF001
    if state.our_state is h11.DONE and state.their_state is h11.DONE:  # Otherwise httpcore closes it.
        try:
            tls = None if network_stream is None else network_stream.get_extra_info("ssl_object")
            if has_surplus(connection, tls):
                prevent_reuse(connection)
        except Exception:  # noqa: BLE001 (a closed stream may not tell)
            prevent_reuse(connection)
    return cast("Any", type(connection))._response_closed(connection)  # noqa: SLF001


def _h11_connection(holder: Any) -> Any:
    while holder is not None and not hasattr(holder, "_h11_state"):
        holder = next((getattr(holder, link) for link in _LINKS if getattr(holder, link, None) is not None), None)
    return holder


def _has_unread_data(tls: ssl.SSLObject) -> bool:
    """Whether the session has unread data already received: a library may have read several records at once."""
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        pass  # The end, or an error from which the session cannot continue.
    return True


class Connection:
    """An httpcore connection, and what we know about it.

    Args:
        origin: Where it leads.
        route: How it gets there.
        pool_class: An httpcore pool class. It knows how to connect through any kind of proxy, and is used only for that.
        backend: Opens its sockets.
    """

    def __init__(self, origin: httpcore.Origin, route: Route, pool_class: Any, backend: Any) -> None:
        self.origin = origin
        # When it can no longer be reused, and since when it is idle, on the clock of `time.monotonic`.
        self.expires = self.idle_since = 0.0
        self.network = backend
        self.route = route
        self.is_set_up = not route.needs_setup
        context = verifying_context() if origin.scheme == b"https" else None  # Loading certificates takes time.
        self.http = pool_class(context, route.proxy, network_backend=backend).create_connection(origin)

    def on_trace_event(self, event: str, info: dict[str, Any]) -> None:
        """The trace hook for httpcore. The first request other than CONNECT is sent once the tunnel is open."""
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.is_set_up, self.network.setup = True, None

    async def on_trace_event_async(self, event: str, info: dict[str, Any]) -> None:
        """The async version of `on_trace_event`."""
        self.on_trace_event(event, info)

    def is_alive(self) -> bool:
        """Whether it can take another request: it has not expired, and there is nothing to read, not even the end."""
        return self.expires > time.monotonic() and not self.http.has_expired()

    def close(self) -> None:
        """Closes the socket. Never waits. Idempotent."""
        self.network.close()

    def is_clean(self) -> bool:
        """Whether nothing of the last response is left, so that another request may follow."""
        return bool(self.http.is_idle()) and not has_surplus(self.http)


class Scope:
    """The connections of one process, or of one event loop in it.

    Args:
        max_connections: How many calls may have one at once; None for the default.
        watch: Calls a function later and again: see `navai._http.timers`. None where nothing can.
    """

    def __init__(self, max_connections: int | None = None, watch: Watch | None = None) -> None:
        self.turns = Turns()
        if max_connections is not None:
            self.turns.limit = max_connections
        self.idle: IdleConnections[Any] = IdleConnections()
        self._watch = watch
        self._is_watched = self._makes_room = False
        # The calls that wait for the first response over a connection. A call that was interrupted ends with its object.
        self._first_calls: set[weakref.ref[Any]] = set()

    @functools.cached_property
    def can_watch_sockets(self) -> bool:
        """Whether the running event loop is one of asyncio's that watch sockets; trio and asyncio's on Windows do not."""
        loop: object = current_loop()
        add_reader = getattr(type(loop), "add_reader", None)
        return add_reader not in (None, asyncio.AbstractEventLoop.add_reader)

    def keep(self, connection: Any) -> list[Any]:
        """Keeps a connection until it expires. Returns the connections that are no longer kept, for the caller to close."""
        dropped = self.idle.put(connection)
        if self._watch is not None and not self._is_watched:
            self._is_watched = self._watch(connection.expires - connection.idle_since, self._close_expired)
        return dropped

    def begin_first(self, call: object) -> None:
        """Notes that a call waits for the first response over its connection, and makes room for it meanwhile."""
        self._first_calls.add(weakref.ref(call, self._first_calls.discard))
        if self._watch is not None and not self._makes_room:
            self._makes_room = self._watch(IDLE_PATIENCE, self._make_room_again)

    def end_first(self, call: object) -> None:
        """Notes that it has its response, or has ended. Idempotent."""
        self._first_calls.discard(weakref.ref(call))

    def make_room(self) -> None:
        """Closes connections that nobody has taken for a while: the backend may need what it reserves for them. Never waits."""
        now = time.monotonic()
        for connection in self.idle.take_stale(now - IDLE_PATIENCE, now - LAST_IDLE_PATIENCE):
            connection.close()

    def _make_room_again(self) -> float | None:
        self._makes_room = bool(self._first_calls)
        if not self._makes_room:
            return None
        self.make_room()
        return IDLE_PATIENCE

    def _close_expired(self) -> float | None:
        for connection in self.idle.take_stale(-math.inf):
            connection.close()
        expiry = self.idle.next_expiry()
        self._is_watched = expiry is not None
        return None if expiry is None else expiry - time.monotonic()

    def close(self) -> None:
        """Closes idle connections, from any thread. Never waits."""
        for connection in self.idle.take_all():
            connection.close()
