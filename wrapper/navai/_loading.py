"""Loading the HTTP library, and all that needs it: in a thread of its own, once for all clients.

It takes a quarter of a second, for which no event loop is held up, and no deadline is overrun. A signal handler that raises does
not interrupt it halfway, and a `fork` waits for it: a child could never finish what a thread of its parent has begun to import.
"""

from __future__ import annotations

import _thread
import codecs
import importlib
import logging  # noqa: F401 # pyright: ignore[reportUnusedImport] (see below)
import os

from navai._background import Background

# First what a call that does not wait for the rest makes its result of.
_MODULES = ("navai._replies", "navai._calls", "navai._exchange", "navai._http.httpx_transport")

# Without TLS, and with it.
_loads: dict[bool, Background[None]] = {}
_lock = _thread.RLock()
# Forks wait by hooks, the latest registered first. Those of logging take its lock, which loading needs too: so ours must come
# before them, and logging must be loaded already.


def _after_fork_in_child() -> None:
    _loads.clear()  # A thread that had not begun yet is not in the child.
    _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_after_fork_in_child)


def load(*, with_tls: bool) -> Background[None]:
    """Loads what a call needs: begun by the first that asks, and the same for all.

    Args:
        with_tls: Also the certificates to trust.
    """
    loading = _loads.get(with_tls)
    if loading is None or loading.has_failed:
        loading = _loads[with_tls] = Background(lambda: _load(with_tls=with_tls), in_need_here=True)
    return loading


def _load(*, with_tls: bool) -> None:
    with _lock:
        for name in _MODULES:
            importlib.import_module(name)
        # What `socket.getaddrinfo` encodes a host with would else be loaded by the first call.
        codecs.lookup("idna")
        if with_tls:
            importlib.import_module("navai._http.tls").verifying_context()
