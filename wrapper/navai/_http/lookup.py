"""Looks up the addresses of a host, and connects to the first that responds. The caller does the waiting."""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from typing import Any

from navai._background import Background

# What `socket.getaddrinfo` returns for one address: family, kind, protocol, canonical name, address.
AddressInfo = tuple[Any, Any, int, str, Any]

# How many names may be looked up at once, each in its own thread, which cannot be stopped.
MAX_LOOKUPS = 64

# Seconds before the next address is tried in parallel with those that have not responded yet (RFC 8305 section 5).
_CONNECT_INTERVAL = 0.25

# Those in progress.
_lookups: dict[tuple[str, int], Background[list[AddressInfo]]] = {}
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_lookups.clear)  # A child process does not have their threads.


def find_addresses(host: str, port: int) -> list[AddressInfo]:
    """The addresses of `host`.

    Raises:
        OSError: If there are none.
    """
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # An empty label, or one of more than 63 characters.
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} is not a host name: {error}") from error


def look_up(host: str, port: int) -> Background[list[AddressInfo]]:
    """Looks up `host` in a thread, since the system's resolver has no timeout. Concurrent lookups of the same host share a thread.

    Raises:
        OSError: If too many names are being looked up already, or no thread can be started.
    """
    key = host, port
    try:
        lookup = _lookups.get(key)
        if lookup is None:
            if len(_lookups) >= MAX_LOOKUPS:
                raise OSError(f"{MAX_LOOKUPS} other names are being looked up, and the resolver is not responding")
            lookup = _lookups.setdefault(key, Background(lambda: _find_addresses(key)))
        return lookup.start()
    except BaseException as error:
        _lookups.pop(key, None)  # Also if a signal handler raised it: nobody else may ever start it.
        if isinstance(error, RuntimeError):
            raise OSError(f"cannot start a thread to look up the name: {error}") from error
        raise


def _find_addresses(key: tuple[str, int]) -> list[AddressInfo]:
    """The addresses for a lookup. Takes it out of those in progress, whether they are found or not."""
    try:
        return find_addresses(*key)
    finally:
        _lookups.pop(key, None)


# The sockets to wait for until one is writable, and the maximum wait in seconds; None for no limit.
Wait = tuple[list[socket.socket], float | None]


def connecting(addresses: list[AddressInfo]) -> Generator[Wait, list[socket.socket], socket.socket]:
    """Connects to the first of `addresses` that responds. Leaves no socket open if it is closed before that.

    Yields:
        What to wait for; send it the sockets that are writable.

    Raises:
        OSError: If no address can be connected to.
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
            for connection in (yield pending, _CONNECT_INTERVAL if remaining else None):
                pending.remove(connection)
                code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return connection
                connection.close()
                failure = OSError(code, os.strerror(code))
        raise failure
    finally:
        for connection in pending:
            connection.close()


def _start_connect(address: AddressInfo, pending: list[socket.socket]) -> None:
    family, kind, protocol, _, socket_address = address
    connection = socket.socket(family, kind, protocol)
    pending.append(connection)
    try:
        connection.setblocking(False)
        connection.connect(socket_address)
    except BlockingIOError:
        pass  # As expected: the connection is in progress.
    except BaseException:
        pending.remove(connection)
        connection.close()
        raise
