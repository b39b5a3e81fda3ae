"""Which transport a client sends over. Each is loaded only when it is chosen."""

# ruff: noqa: PLC0415 (that is what the imports within functions are for)

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from navai._errors import ConfigurationError

if TYPE_CHECKING:
    from navai._transports._httpcore import AsyncHttpcoreTransport, HttpcoreTransport
    from navai._transports._httpx import AsyncHttpxTransport, HttpxTransport
    from navai._transports._pyreqwest import AsyncPyreqwestTransport, PyreqwestTransport

    Transport = HttpcoreTransport | HttpxTransport | PyreqwestTransport
    AsyncTransport = AsyncHttpcoreTransport | AsyncHttpxTransport | AsyncPyreqwestTransport


def _is_fast(name: Any, http_client: Any) -> bool:
    """Whether the fast transport is asked for.

    Raises:
        ConfigurationError: It is not there, or it is unknown what is asked for.
    """
    if name is None:
        return False
    if name != "fast":
        raise ConfigurationError(f'transport must be "fast", or left out; not {name!r}.')
    if http_client is not None:
        raise ConfigurationError("transport and http_client exclude each other: give one of them.")
    if importlib.util.find_spec("pyreqwest") is None:
        raise ConfigurationError('transport="fast" needs pyreqwest: pip install "navai-sdk[fast]".')
    return True


def transport_of(name: Any, http_client: Any) -> Transport:
    """The transport of a sync client.

    Args:
        name: Its option `transport`.
        http_client: Its option `http_client`.

    Raises:
        ConfigurationError: One of them cannot be right.
    """
    if _is_fast(name, http_client):
        from navai._transports._pyreqwest import PyreqwestTransport

        return PyreqwestTransport()
    if http_client is not None:
        from navai._transports._httpx import HttpxTransport

        return HttpxTransport(http_client)
    from navai._transports._httpcore import HttpcoreTransport

    return HttpcoreTransport()


def async_transport_of(name: Any, http_client: Any) -> AsyncTransport:
    """The transport of an async client: see `transport_of`."""
    if _is_fast(name, http_client):
        from navai._transports._pyreqwest import AsyncPyreqwestTransport

        return AsyncPyreqwestTransport()
    if http_client is not None:
        from navai._transports._httpx import AsyncHttpxTransport

        return AsyncHttpxTransport(http_client)
    from navai._transports._httpcore import AsyncHttpcoreTransport

    return AsyncHttpcoreTransport()
