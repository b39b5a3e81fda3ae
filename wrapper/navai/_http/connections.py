"""The connections of a pool: what is known of each, and which are kept."""

from __future__ import annotations

import ssl
import time
from typing import Any

import httpcore

from navai._http.keepalive import IdleConnections
from navai._http.proxies import Route
from navai._http.tls import verifying_context
from navai._http.turns import Turns

# How the objects of httpx and httpcore hold each other, from a response's stream down to h11's state. Private names, pinned by a
# test: nothing public tells whether bytes came behind an answer.
_LINKS = ("_connection", "_stream", "_httpcore_stream")


def has_surplus(holder: Any, tls: Any = None) -> bool:
    """Whether more came than the answer, which would be taken for the answer of the next request, or the end.

    Args:
        holder: A connection of httpcore, or the stream of a response over one.
        tls: The `ssl` object of a connection that is not used again if there is more: it is read from. None: do not look there.
    """
    state = _h11_state(holder)
    if state is None:  # Not HTTP/1.
        return False
    return state.trailing_data != (b"", False) or (isinstance(tls, ssl.SSLObject) and _has_unread_data(tls))


def prevent_reuse(holder: Any) -> None:
    """Sees to it that a connection of httpcore is not used again.

    Args:
        holder: The stream of a response over it.
    """
    state = _h11_state(holder)
    if state is not None:
        state.send_failed()


def _h11_state(holder: Any) -> Any:
    while holder is not None and not hasattr(holder, "_h11_state"):
        holder = next((getattr(holder, link) for link in _LINKS if getattr(holder, link, None) is not None), None)
    return None if holder is None else holder._h11_state  # noqa: SLF001


def _has_unread_data(tls: ssl.SSLObject) -> bool:
    """Whether there is anything in a session whose input was received already: a library may have taken several records at once."""
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        pass  # The end, or nothing that could go on.
    return True


class Connection:
    """A connection of httpcore, and what we know of it.

    Args:
        origin: Where it leads.
        route: How it gets there.
        pool_class: httpcore's own pool, which knows how to connect, through any kind of proxy, and is used for nothing else.
        backend: Opens its sockets.
    """

    def __init__(self, origin: httpcore.Origin, route: Route, pool_class: Any, backend: Any) -> None:
        self.origin = origin
        # Until when it may be used again, on the clock of `time.monotonic`.
        self.expires = 0.0
        self.network = backend
        self.route = route
        self.is_set_up = not route.needs_setup
        context = verifying_context() if origin.scheme == b"https" else None  # A plain one costs nothing.
        self.http = pool_class(context, route.proxy, network_backend=backend).create_connection(origin)

    def on_trace_event(self, event: str, info: dict[str, Any]) -> None:
        """Told by httpcore of each step: the first request that is not for a proxy goes out when the way is open."""
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.is_set_up, self.network.setup = True, None

    async def on_trace_event_async(self, event: str, info: dict[str, Any]) -> None:
        """As `on_trace_event`, awaited."""
        self.on_trace_event(event, info)

    def is_alive(self) -> bool:
        """Whether a request may go over it once more: it has not expired, and there is nothing to read, not even the end."""
        return self.expires > time.monotonic() and not self.http.has_expired()

    def close(self) -> None:
        """Closes the socket. Never waits. Idempotent."""
        self.network.close()

    def is_clean(self) -> bool:
        """Whether nothing is left of the last answer, and another request may follow."""
        return bool(self.http.is_idle()) and not has_surplus(self.http)


class Scope:
    """The connections of one process, or of one event loop in it."""

    def __init__(self, _: None) -> None:
        self.turns = Turns()
        self.idle: IdleConnections[Any] = IdleConnections()

    def close(self) -> None:
        """Closes what is idle, from wherever. Never waits."""
        for connection in self.idle.take_all():
            connection.close()
