"""Requests over a client of httpx, or of httpx2: the caller's, or one of ours for proxies."""

from __future__ import annotations

import sys
import time
from types import ModuleType
from typing import Any

import anyio

from navai._errors import ConfigurationError
from navai._messages import Reply, Request
from navai._transports._body import Body, decoded
from navai._transports._failures import raise_as_ours
from navai._transports._limits import GRACE, Limits, limits_of
from navai._transports._places import closed


def library_of(client: Any, kind: str) -> ModuleType:
    """The library that `client` is of.

    Args:
        client: What the caller gave as `http_client`.
        kind: The name of its class, ``"Client"`` or ``"AsyncClient"``.

    Raises:
        ConfigurationError: `client` is of another class.
    """
    # One of its classes was given, so it is loaded.
    for library in filter(None, map(sys.modules.get, ("httpx", "httpx2"))):
        if isinstance(client, getattr(library, kind)):
            return library
    raise ConfigurationError(
        f"http_client must be an httpx.{kind} or httpx2.{kind}. (NavaiBackendClient takes a Client, and AsyncNavaiBackendClient an "
        "AsyncClient.)"
    )


def sending(header_names: Any, *, trusted: bool = True) -> dict[str, Any]:
    """How a request is sent, beside what it says."""
    # Redirects are ours to follow: httpx would turn a POST into a GET.
    options: dict[str, Any] = {"stream": True, "follow_redirects": False}
    if not trusted or any(name.lower() == "authorization" for name in header_names):
        options["auth"] = None  # Credentials of ours replace those of the caller's own client; another origin gets none.
    return options


def _prepared(client: Any, library: ModuleType, request: Request, limits: Limits) -> tuple[Any, dict[str, Any]]:
    """The request as the library takes it, and how it is sent."""
    # Not always of `client`, whose own headers, cookies and query would go along.
    build = client.build_request if request.trusted else library.Request
    extensions = {"timeout": dict(limits)}
    prepared = build(request.method, request.url, headers=request.headers, content=request.content, extensions=extensions)
    return prepared, sending((name for name, _ in request.headers), trusted=request.trusted)


def _body_of(request: Request, response: Any) -> Body:
    # A response that a transport made in memory (a mock) is unpacked already, and its raw bytes are gone.
    body = Body(request, "" if response.is_stream_consumed else response.headers.get("content-encoding", ""))
    if response.is_stream_consumed:
        body.add(response.content)
    return body


def send_over(client: Any, library: ModuleType, request: Request) -> Reply:
    """The answer, whatever its status, to a request over a sync client.

    Raises:
        APIConnectionError: No answer came.
        ConfigurationError: The client is closed.
    """
    if client.is_closed:
        raise closed()
    otherwise: Limits = client.timeout.as_dict()
    try:
        prepared, options = _prepared(client, library, request, limits_of(request, otherwise))
        response = client.send(prepared, **options)
        try:
            body = _body_of(request, response)
            if not response.is_stream_consumed:
                any(map(body.add, response.iter_raw()))
            return body.reply(response.status_code, decoded(response.headers.raw))
        finally:
            response.close()
    except Exception as error:  # noqa: BLE001 (raises it, or ours)
        raise_as_ours(error, request, otherwise)


async def send_over_async(client: Any, library: ModuleType, request: Request) -> Reply:
    """The same over an async client."""
    if client.is_closed:
        raise closed()
    left = None if request.deadline is None else request.deadline + GRACE - time.monotonic()
    otherwise: Limits = client.timeout.as_dict()
    try:
        with anyio.move_on_after(left):
            prepared, options = _prepared(client, library, request, limits_of(request, otherwise))
            response = await client.send(prepared, **options)
            try:
                body = _body_of(request, response)
                if not response.is_stream_consumed:
                    async for chunk in response.aiter_raw():
                        if body.add(chunk):
                            break
                return body.reply(response.status_code, decoded(response.headers.raw))
            finally:
                await response.aclose()
        raise TimeoutError
    except Exception as error:  # noqa: BLE001 (raises it, or ours)
        raise_as_ours(error, request, otherwise)


class HttpxTransport:
    """Sends over the caller's sync client, which it never closes.

    Raises:
        ConfigurationError: `client` is no such client.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        self.library = library_of(client, "Client")
        self._closed = False

    def send(self, request: Request) -> Reply:
        """The answer, whatever its status: see `send_over`."""
        if self._closed:
            raise closed()
        return send_over(self.client, self.library, request)

    def close(self) -> None:
        """No more calls. Again does nothing."""
        self._closed = True


class AsyncHttpxTransport:
    """Sends over the caller's async client, which it never closes.

    Raises:
        ConfigurationError: `client` is no such client.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        self.library = library_of(client, "AsyncClient")
        self._closed = False

    async def send(self, request: Request) -> Reply:
        """The answer, whatever its status: see `send_over_async`."""
        if self._closed:
            raise closed()
        return await send_over_async(self.client, self.library, request)

    async def aclose(self) -> None:
        """No more calls. Again does nothing."""
        self._closed = True
