"""The generated low level, `navai_sdk`, over the connections of a wrapper client."""

from __future__ import annotations

from typing import Any

import httpx
from attrs import asdict

import navai_sdk
from navai._calls import Calls
from navai._errors import ConfigurationError
from navai._http.httpx_transport import AsyncHttpxTransport, HttpxTransport
from navai._settings import Settings


def generated_client(settings: Settings, calls: Calls, transport: Any) -> navai_sdk.Client:
    """A generated client; for its sync functions over a sync transport, for its async functions over an async one.

    Raises:
        ConfigurationError: `transport` is the fast one, or sends over a client of httpx2.
    """
    if not isinstance(transport, HttpxTransport | AsyncHttpxTransport) or transport.library is not httpx:
        raise ConfigurationError(
            "The generated client speaks httpx only: leave transport out, and http_client unless it is of httpx."
        )

    def take_path_option(request: httpx.Request) -> None:
        request.url = httpx.URL(calls.url_of(str(request.url)))

    async def take_path_option_async(request: httpx.Request) -> None:
        take_path_option(request)

    options: dict[str, Any] = {
        "base_url": settings.api_base_url,
        "headers": settings.headers,
        "transport": transport.httpx_transport,
    }
    if settings.timeout is not None:
        options["timeout"] = httpx.Timeout(**asdict(settings.timeout))
    # The headers stay out of the generated client itself, whose repr shows them.
    client = navai_sdk.Client(base_url=settings.api_base_url)
    if isinstance(transport, HttpxTransport):
        return client.set_httpx_client(httpx.Client(event_hooks={"request": [take_path_option]}, **options))
    return client.set_async_httpx_client(httpx.AsyncClient(event_hooks={"request": [take_path_option_async]}, **options))
