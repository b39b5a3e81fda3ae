"""Loading the HTTP library, and all that needs it: in a thread of its own, once for all clients.

It takes a quarter of a second, for which no event loop is held up, and no deadline is overrun. A signal handler that raises does
not interrupt it halfway, and a `fork` waits for it: a child could never finish what a thread of its parent has begun to import.
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

# First what a call that does not wait for the rest makes its result of.
_MODULES = ("navai._contract.responses", "navai._call")

# By the module of the transport, whether it is for an async client, and whether TLS is needed.
_loads: dict[tuple[str, bool, bool], Background[None]] = {}
_lock = _thread.RLock()
# Forks wait by hooks, the latest registered first. Those of logging take its lock, which loading needs too: so ours must come
# before them, and logging must be loaded already.


def _after_fork_in_child() -> None:
    _loads.clear()  # A thread that had not begun yet is not in the child.
    _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_after_fork_in_child)


def load(transport: str, *, is_async: bool, with_tls: bool) -> Background[None]:
    """Loads what a call needs: begun by the first that asks, and the same for all.

    Args:
        transport: The module of the transport.
        is_async: Also what an async client needs.
        with_tls: Also the certificates to trust.
    """
    key = transport, is_async, with_tls
    loading = _loads.get(key)
    if loading is None or loading.has_failed:
        loading = _loads[key] = Background(lambda: _load(*key), fallback_to_caller=True)
    return loading


def _load(transport: str, is_async: bool, with_tls: bool) -> None:
    with _lock:
        for name in (*_MODULES, transport):
            importlib.import_module(name)
        # What `socket.getaddrinfo` encodes a host with would else be loaded by the first call.
        codecs.lookup("idna")
        if with_tls:
            importlib.import_module("navai._http.tls").verifying_context()
        if is_async:
            _load_event_loops()


def _load_event_loops() -> None:
    """Loads what anyio would load when it first waits on an event loop: on a loop of this thread, not on the caller's."""
    anyio = importlib.import_module("anyio")

    async def wait() -> None:
        with anyio.move_on_after(0):
            await anyio.Event().wait()

    for backend in ("asyncio", "trio"):
        if backend in sys.modules:
            # Where there can be no other thread, this is the caller's, whose loop is running and will load it.
            with contextlib.suppress(RuntimeError):
                anyio.run(wait, backend=backend)
