"""The generated low level, `navai_sdk`, over the connections of a wrapper client.

The generated client asks its own `httpx.Client` for the contract's paths. Here that client has the wrapper's base URL, headers and
timeout, and hands every request on to what the wrapper sends over.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
from attrs import asdict

import navai_sdk
from navai._calls import Calls
from navai._errors import ConfigurationError
from navai._settings import Settings
from navai._transports._httpcore import AsyncHttpcoreTransport, HttpcoreTransport, core_url
from navai._transports._httpcore_connections import Answer, AsyncAnswer, AsyncConnections, Connections
from navai._transports._httpx import AsyncHttpxTransport, HttpxTransport, sending

if TYPE_CHECKING:
    from navai._transports._choice import AsyncTransport, Transport


@contextmanager
def _as_httpx() -> Generator[None]:
    """Raises the errors of httpcore as those of httpx, which have the same names."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error


class _Chunks(httpx.SyncByteStream):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.chunks

    def close(self) -> None:
        self._answer.close()


class _AsyncChunks(httpx.AsyncByteStream):
    def __init__(self, answer: AsyncAnswer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for chunk in self._answer.chunks:
                yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()


def _core(request: httpx.Request) -> httpcore.Request:
    url, headers = core_url(str(request.url)), request.headers.raw
    return httpcore.Request(request.method, url, headers=headers, content=request.stream, extensions=request.extensions)


class _HandOn(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands requests on, to the URLs that the wrapper's path options say.

    Args:
        transport: Of the wrapper client.
        url_of: Gives the URL for the one that the contract gives.
    """

    def __init__(self, transport: Any, url_of: Callable[[str], str]) -> None:
        self._transport = transport
        self._url_of = url_of

    def _redirected(self, request: httpx.Request) -> tuple[httpx.Request, Any]:
        """The request as it goes out, and the client of httpx that it goes over; None for connections of ours."""
        request.url = httpx.URL(self._url_of(str(request.url)))
        if isinstance(self._transport, HttpxTransport | AsyncHttpxTransport):
            return request, self._transport.client
        return request, self._transport.proxy_for(str(request.url))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request, client = self._redirected(request)
        if client is not None:
            response: httpx.Response = client.send(request, **sending(request.headers))
            return response
        with _as_httpx():
            connections: Connections = self._transport.connections.get(request.url.scheme == "https")
            answer = connections.open(_core(request), request.extensions["timeout"]["pool"], None)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Chunks(answer))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request, client = self._redirected(request)
        if client is not None:
            response: httpx.Response = await client.send(request, **sending(request.headers))
            return response
        with _as_httpx():
            connections: AsyncConnections = self._transport.connections.get(request.url.scheme == "https")
            answer = await connections.open(_core(request), request.extensions["timeout"]["pool"])
        return httpx.Response(answer.status, headers=answer.headers, stream=_AsyncChunks(answer))


def generated_client(settings: Settings, calls: Calls, transport: Transport | AsyncTransport) -> navai_sdk.Client:
    """A generated client; for its sync functions over a sync transport, for its async functions over an async one.

    Raises:
        ConfigurationError: `transport` is the fast one, or sends over a client of httpx2.
    """
    is_ours = isinstance(transport, HttpcoreTransport | AsyncHttpcoreTransport)
    if not is_ours and getattr(transport, "library", None) is not httpx:
        raise ConfigurationError(
            "The generated client speaks httpx only: leave transport out, and http_client unless it is of httpx."
        )
    options: dict[str, Any] = {
        "base_url": settings.api_base_url,
        "headers": settings.headers,
        "transport": _HandOn(transport, calls.url_of),
    }
    if settings.timeout is not None:
        options["timeout"] = httpx.Timeout(**asdict(settings.timeout))
    # The headers stay out of the generated client itself, whose repr shows them.
    client = navai_sdk.Client(base_url=settings.api_base_url)
    if isinstance(transport, HttpcoreTransport | HttpxTransport):
        return client.set_httpx_client(httpx.Client(**options))
    return client.set_async_httpx_client(httpx.AsyncClient(**options))
