"""Requests over httpx."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import anyio
import httpx

from navai._messages import Headers, Reply, Request
from navai._transports._httpx_clients import Clients, httpx_timeout, this_loop, this_process
from navai._transports._httpx_errors import mapped_errors


def _limits(request: Request, client: httpx.Client | httpx.AsyncClient) -> httpx.Timeout:
    """How long each step may take: not longer than the time left."""
    timeout = client.timeout if request.timeout is None else httpx_timeout(request.timeout)
    if request.deadline is not None:
        left = max(0.001, request.deadline - time.monotonic())
        steps = timeout.as_dict().items()
        timeout = httpx.Timeout(**{step: left if limit is None else min(limit, left) for step, limit in steps})
    return timeout


def _arguments(request: Request, limits: httpx.Timeout) -> dict[str, Any]:
    """The request as httpx takes it."""
    return {
        "method": request.method,
        "url": request.url,
        "headers": request.headers,
        "content": request.content,
        "timeout": limits,
    }


def sending(header_names: Iterable[str]) -> dict[str, Any]:
    """How a request is sent, beside what it says."""
    # Redirects are not followed: httpx would turn a POST into a GET, and send our headers along.
    options: dict[str, Any] = {"stream": True, "follow_redirects": False}
    if any(name.lower() == "authorization" for name in header_names):
        options["auth"] = None  # Credentials of ours replace those of the caller's own client.
    return options


class _Body:
    """Collects a body up to its limit."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._chunks = bytearray()

    def add(self, chunk: bytes) -> bool:
        """Whether that was more than enough."""
        self._chunks += chunk
        if self._request.deadline is not None and time.monotonic() > self._request.deadline:
            raise httpx.ReadTimeout("")
        return len(self._chunks) > self._request.max_response_bytes

    def reply(self, response: httpx.Response) -> Reply:
        pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
        most = self._request.max_response_bytes
        return Reply(response.status_code, Headers(pairs), bytes(self._chunks[:most]), truncated=len(self._chunks) > most)


class HttpxTransport:
    """Sends over `httpx.Client`."""

    def __init__(self, http_client: httpx.Client | None) -> None:
        self.clients = Clients(http_client, httpx.Client, this_process)

    def send(self, request: Request) -> Reply:
        """The answer, whatever its status.

        Raises:
            APIConnectionError: No answer came.
            ConfigurationError: The client is closed.
        """
        client = self.clients.for_url(request.url)
        limits = _limits(request, client)
        with mapped_errors(request, limits):
            prepared = client.build_request(**_arguments(request, limits))
            response = client.send(prepared, **sending(name for name, _ in request.headers))
            try:
                body = _Body(request)
                for chunk in response.iter_bytes():
                    if body.add(chunk):
                        break
                return body.reply(response)
            finally:
                response.close()

    def close(self) -> None:
        """Closes what is not the caller's. Again does nothing."""
        for client in self.clients.close():
            client.close()


class AsyncHttpxTransport:
    """Sends over `httpx.AsyncClient`."""

    def __init__(self, http_client: httpx.AsyncClient | None) -> None:
        self.clients = Clients(http_client, httpx.AsyncClient, this_loop)

    async def send(self, request: Request) -> Reply:
        """The answer, whatever its status.

        Raises:
            APIConnectionError: No answer came.
            ConfigurationError: The client is closed.
        """
        client = self.clients.for_url(request.url)
        left = None if request.deadline is None else request.deadline - time.monotonic()
        limits = _limits(request, client)
        with mapped_errors(request, limits):
            with anyio.move_on_after(left):
                prepared = client.build_request(**_arguments(request, limits))
                response = await client.send(prepared, **sending(name for name, _ in request.headers))
                try:
                    body = _Body(request)
                    async for chunk in response.aiter_bytes():
                        if body.add(chunk):
                            break
                    return body.reply(response)
                finally:
                    await response.aclose()
            raise httpx.ReadTimeout("")

    async def aclose(self) -> None:
        """Closes what is not the caller's. Again does nothing."""
        for client in self.clients.close():
            await client.aclose()
