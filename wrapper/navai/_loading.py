"""Loading the HTTP library, and everything that needs it, in a separate thread, once for all clients.

It takes a quarter of a second. The thread keeps it from blocking an event loop or overrunning a deadline, and a signal handler that
raises does not interrupt it halfway. A `fork` waits for it: a child could never finish an import begun by a thread of its parent.
"""

from __future__ import annotations

import _thread
import codecs
import contextlib
import importlib
import logging  # noqa: F401 # pyright: ignore[reportUnusedImport] (see below)
import os
import sys

from navai._background import Background

# First the module that a call needs for its result if it does not wait for the rest.
_MODULES = ("navai._contract.responses", "navai._call")

# Keyed by the module of the transport, whether it is for an async client, and whether TLS is needed.
_loads: dict[tuple[str, bool, bool], Background[None]] = {}
_lock = _thread.RLock()
# `fork` waits by hooks, and runs the last one registered first. The hook of logging takes a lock that loading needs too, so ours
# must run before it, and logging must be loaded already.


def _before_fork() -> None:
    with _lock:
        pass  # Loads in progress end first.
    # Python warns of a fork while there is another thread, even if all that thread has left to do is to end.
    for loading in list(_loads.values()):
        loading.join()  # Without the lock: it may be one that still has to find that there is nothing left to do.
    _lock.acquire()


def _after_fork_in_child() -> None:
    _loads.clear()  # The child does not have a thread that had not started yet.
    _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_lock.release, after_in_child=_after_fork_in_child)


def load(transport: str, *, is_async: bool, with_tls: bool) -> Background[None]:
    """Loads what a call needs. The first caller starts it; all share the result.

    Args:
        transport: The module of the transport.
        is_async: Whether to load what an async client needs, too.
        with_tls: Whether to load the certificates to trust, too.
    """
    key = transport, is_async, with_tls
    loading = _loads.get(key)
    if loading is None or loading.has_failed:
        loading = _loads[key] = Background(lambda: _load(*key))
    return loading.start(fallback_to_caller=True)


def _load(transport: str, is_async: bool, with_tls: bool) -> None:
    with _lock:
        for name in (*_MODULES, transport):
            importlib.import_module(name)
        # `socket.getaddrinfo` uses this codec, which the first call would have to load otherwise.
        codecs.lookup("idna")
        if with_tls:
            importlib.import_module("navai._http.tls").verifying_context()
        if is_async:
            _load_event_loops()


def _load_event_loops() -> None:
    """Loads what anyio loads on its first wait on an event loop, by waiting on a loop in this thread instead of the caller's."""
    anyio = importlib.import_module("anyio")

    async def wait() -> None:
        with anyio.move_on_after(0):
            await anyio.Event().wait()

    for backend in ("asyncio", "trio"):
        if backend in sys.modules:
            # If no thread could be started, this is the caller's, whose loop is running and will load it.
            with contextlib.suppress(RuntimeError):
                anyio.run(wait, backend=backend)
