"""The generated low level, `navai_sdk`, over the connections of a wrapper client.

The generated client asks its own `httpx.Client` for the contract's paths. Here that client has the wrapper's base URL, headers and
timeout, and hands every request on to the client that the wrapper sends over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

import navai_sdk
from navai._calls import Calls
from navai._settings import Settings
from navai._transports._httpx import AsyncHttpxTransport, HttpxTransport, sending
from navai._transports._httpx_clients import httpx_timeout


class _HandOn(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends over the clients of another transport, to the URLs that the wrapper's path options say."""

    def __init__(self, clients: Any, url_of: Callable[[str], str]) -> None:
        self._clients = clients
        self._url_of = url_of

    def _send(self, request: httpx.Request) -> Any:
        request.url = httpx.URL(self._url_of(str(request.url)))
        return self._clients.for_url(str(request.url)).send(request, **sending(request.headers))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = self._send(request)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = await self._send(request)
        return response


def generated_client(settings: Settings, calls: Calls, transport: HttpxTransport | AsyncHttpxTransport) -> navai_sdk.Client:
    """A generated client; for its sync functions over a sync transport, for its async functions over an async one."""
    limits = settings.timeout
    options: dict[str, Any] = {
        "base_url": settings.api_base_url,
        "headers": settings.headers,
        "transport": _HandOn(transport.clients, calls.url_of),
    }
    if limits is not None:
        options["timeout"] = httpx_timeout(limits)
    # The headers stay out of the generated client itself, whose repr shows them.
    client = navai_sdk.Client(base_url=settings.api_base_url)
    if isinstance(transport, HttpxTransport):
        return client.set_httpx_client(httpx.Client(**options))
    return client.set_async_httpx_client(httpx.AsyncClient(**options))
