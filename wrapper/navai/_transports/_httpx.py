"""Requests over httpx."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import anyio
import httpx

from navai._encodings import Unpacker
from navai._messages import Headers, Reply, Request
from navai._transports._httpx_clients import Clients, httpx_timeout, this_loop, this_process
from navai._transports._httpx_errors import mapped_errors

# How many bytes of an answer beyond `max_response_bytes` are kept, for people to see what it was.
_KEPT_OF_TOO_LONG = 65536

# Seconds after its deadline that an async call is cancelled: a step that ends at the deadline itself knows better what happened.
_GRACE = 0.02


def _limits(request: Request, client: httpx.Client | httpx.AsyncClient) -> httpx.Timeout:
    """How long each step may take: not longer than the time left."""
    timeout = client.timeout if request.timeout is None else httpx_timeout(request.timeout)
    if request.deadline is not None:
        left = max(0.001, request.deadline - time.monotonic())
        steps = timeout.as_dict().items()
        timeout = httpx.Timeout(**{step: left if limit is None else min(limit, left) for step, limit in steps})
    return timeout


def _prepared(request: Request, client: httpx.Client | httpx.AsyncClient, limits: httpx.Timeout) -> httpx.Request:
    """The request as httpx takes it."""
    extensions = {"timeout": limits.as_dict(), "deadline": request.deadline}
    # Not always of `client`, whose own headers, cookies and query would go along.
    build = client.build_request if request.trusted else httpx.Request
    return build(request.method, request.url, headers=request.headers, content=request.content, extensions=extensions)


def sending(header_names: Iterable[str], *, trusted: bool = True) -> dict[str, Any]:
    """How a request is sent, beside what it says."""
    # Redirects are ours to follow: httpx would turn a POST into a GET.
    options: dict[str, Any] = {"stream": True, "follow_redirects": False}
    if not trusted or any(name.lower() == "authorization" for name in header_names):
        options["auth"] = None  # Credentials of ours replace those of the caller's own client; another origin gets none.
    return options


class _Body:
    """Collects a body, unpacked, up to its limit."""

    def __init__(self, request: Request, response: httpx.Response) -> None:
        self._request = request
        self._response = response
        self._chunks = bytearray()
        self._received = 0
        # A response that a transport made in memory (a mock) is unpacked already, and its raw bytes are gone.
        self.read = response.is_stream_consumed
        self._unpacker = Unpacker("" if self.read else response.headers.get("content-encoding", ""))
        if self.read:
            self.add(response.content)

    def add(self, chunk: bytes) -> bool:
        """Whether that was more than enough."""
        self._received += len(chunk)
        for piece in self._unpacker.feed(chunk):
            self._chunks += piece
            if self._is_too_long():
                return True
        if self._request.deadline is not None and time.monotonic() > self._request.deadline:
            raise httpx.ReadTimeout("")
        return self._is_too_long()

    def reply(self) -> Reply:
        if not self._is_too_long():
            self._unpacker.end()
        pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._response.headers.raw)
        truncated = self._is_too_long()
        if truncated:
            del self._chunks[_KEPT_OF_TOO_LONG:]
        return Reply(self._response.status_code, Headers(pairs), bytes(self._chunks), truncated)

    def _is_too_long(self) -> bool:
        most = self._request.max_response_bytes
        # Packed bytes can stand for nothing at all, without end. Packing adds far less than what is granted here.
        return len(self._chunks) > most or self._received > 2 * most + 1024


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
            prepared = _prepared(request, client, limits)
            response = client.send(prepared, **sending(dict(request.headers), trusted=request.trusted))
            try:
                body = _Body(request, response)
                if not body.read:
                    for chunk in response.iter_raw():
                        if body.add(chunk):
                            break
                return body.reply()
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
        left = None if request.deadline is None else request.deadline + _GRACE - time.monotonic()
        limits = _limits(request, client)
        with mapped_errors(request, limits):
            with anyio.move_on_after(left):
                prepared = _prepared(request, client, limits)
                response = await client.send(prepared, **sending(dict(request.headers), trusted=request.trusted))
                try:
                    body = _Body(request, response)
                    if not body.read:
                        async for chunk in response.aiter_raw():
                            if body.add(chunk):
                                break
                    return body.reply()
                finally:
                    await response.aclose()
            raise httpx.ReadTimeout("")

    async def aclose(self) -> None:
        """Closes what is not the caller's. Again does nothing."""
        for client in self.clients.close():
            await client.aclose()
