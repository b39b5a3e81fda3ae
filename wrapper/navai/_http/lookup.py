"""The addresses of a host, and how to connect to the first of them that answers. The waiting is the caller's."""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from typing import Any

from navai._background import Background

# What `socket.getaddrinfo` gives for one address: family, kind, protocol, canonical name, address.
AddressInfo = tuple[Any, Any, int, str, Any]

# How many names may be looked up at once, each in a thread of its own that nothing can end.
MAX_LOOKUPS = 64

# Seconds after which the next address is tried beside those that have not answered yet (RFC 8305 section 5).
_CONNECT_INTERVAL = 0.25

_lookups: dict[tuple[str, int], Background[list[AddressInfo]]] = {}
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_lookups.clear)  # Their threads are not in a child process.


def find_addresses(host: str, port: int) -> list[AddressInfo]:
    """The addresses of `host`.

    Raises:
        OSError: There are none.
    """
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # An empty label, or one of more than 63 letters.
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} is no host name: {error}") from error


def look_up(host: str, port: int) -> Background[list[AddressInfo]]:
    """Looks `host` up in a thread, which callers that look for the same at once share: the system's resolver knows no timeout.

    Raises:
        OSError: Too many names are being looked up already, or there can be no thread.
    """
    lookup = _lookups.get((host, port))
    if lookup is not None and not lookup.is_done:
        return lookup
    for key, other in list(_lookups.items()):
        if other.is_done:
            _lookups.pop(key, None)
    if len(_lookups) >= MAX_LOOKUPS:
        raise OSError(f"{MAX_LOOKUPS} other names are being looked up, and the resolver answers none of them")
    try:
        lookup = _lookups[host, port] = Background(lambda: find_addresses(host, port))
    except RuntimeError as error:
        raise OSError(f"no thread to look the name up in: {error}") from error
    return lookup


# The sockets that wait to be writable, and the longest time in seconds to wait for one of them; None: any.
Wait = tuple[list[socket.socket], float | None]


def connecting(addresses: list[AddressInfo]) -> Generator[Wait, list[socket.socket], socket.socket]:
    """Connects to the first of `addresses` that answers; closed before that, it leaves no socket open.

    Yields:
        What to wait for; to be sent the sockets that are writable.

    Raises:
        OSError: None answers.
    """
    remaining, pending = list(addresses), list[socket.socket]()
    failure = OSError("the host has no address")
    try:
        while remaining or pending:
            if remaining:
                try:
                    _start_connect(remaining.pop(0), pending)
                except OSError as error:
                    failure = error
                    continue
            for each in (yield pending, _CONNECT_INTERVAL if remaining else None):
                pending.remove(each)
                code = each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return each
                each.close()
                failure = OSError(code, os.strerror(code))
        raise failure
    finally:
        for each in pending:
            each.close()


def _start_connect(address: AddressInfo, pending: list[socket.socket]) -> None:
    family, kind, protocol, _, where = address
    connection = socket.socket(family, kind, protocol)
    pending.append(connection)
    try:
        connection.setblocking(False)
        connection.connect(where)
    except BlockingIOError:
        pass  # As it should be: it is on its way.
    except BaseException:
        pending.remove(connection)
        connection.close()
        raise
