"""Requests over httpx."""

from __future__ import annotations

import functools
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import anyio
import httpx

from navai._errors import APIConnectionError, APITimeoutError, ConfigurationError, NavaiError
from navai._messages import Headers, Reply, Request, Timeout

_C = TypeVar("_C", httpx.Client, httpx.AsyncClient)

# Idle connections are dropped before the backend drops them: Node does after 5 s. The other two limits are httpx's own defaults,
# written out because `Limits` takes what is left out for "unlimited".
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4.0)


@functools.cache
def _verifying_context() -> ssl.SSLContext:
    """One for all clients: loading the certificates takes about 40 ms."""
    return httpx.create_ssl_context()


def _client_options(scheme: str) -> dict[str, Any]:
    # A plain http client is never to speak TLS: its context trusts nobody, and costs nothing.
    context = _verifying_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A call must not depend on the one before it, so cookies are not kept.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return {"verify": context, "limits": _LIMITS, "cookies": no_cookies, "timeout": httpx_timeout(Timeout())}


def httpx_timeout(timeout: Timeout) -> httpx.Timeout:
    """Ours as httpx's."""
    return httpx.Timeout(connect=timeout.connect, read=timeout.read, write=timeout.write, pool=timeout.pool)


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


@contextmanager
def _mapped_errors(request: Request, limits: httpx.Timeout) -> Generator[None]:
    try:
        yield
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"{request.url!r} is not a valid URL: {error}") from error
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise mapped(error, request, limits) from error


# By the first class that fits: what happened, which limit it was, and whether the request may have reached the backend.
_TIMEOUTS: tuple[tuple[type[httpx.TimeoutException], str, str, bool], ...] = (
    (httpx.ConnectTimeout, "Could not connect to {origin}", "connect", False),
    (httpx.PoolTimeout, "No connection to {origin} became free", "pool", False),
    (httpx.WriteTimeout, "{origin} did not take the request", "write", True),
    (httpx.TimeoutException, "{origin} did not answer", "read", True),
)
_FAILURES: tuple[tuple[type[Exception], str, bool], ...] = (
    (httpx.ConnectError, "Could not connect to {origin}", False),
    (httpx.ProxyError, "Could not connect to {origin} through the proxy", False),
    (httpx.UnsupportedProtocol, "Could not connect to {origin}", False),
    (Exception, "The connection to {origin} failed", True),
)


def mapped(error: Exception, request: Request, limits: httpx.Timeout) -> NavaiError:
    """One of httpx's errors, or of the operating system's, as one of ours."""
    parts = urlsplit(request.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    known = {"method": request.method, "url": request.url}
    for timeout, happened, step, sent in _TIMEOUTS:
        if isinstance(error, timeout):
            limit = limits.as_dict()[step]
            within = "in time" if limit is None else f"within {limit:g} s"
            if request.deadline is not None and time.monotonic() >= request.deadline - 0.01:
                within = "before the deadline"
            return APITimeoutError(f"{happened.format(origin=origin)} {within}.", request_sent=sent, **known)
    happened, sent = next((happened, sent) for failure, happened, sent in _FAILURES if isinstance(error, failure))
    reason = str(error) or type(error).__name__
    return APIConnectionError(f"{happened.format(origin=origin)}: {reason}", request_sent=sent, **known)


class _Clients(Generic[_C]):
    """The caller's own HTTP client, or clients of ours: one for each scheme, built when first needed."""

    def __init__(self, callers: Any, build: type[_C]) -> None:
        if callers is not None and not isinstance(callers, build):
            raise ConfigurationError(
                f"http_client must be an httpx.{build.__name__}. (NavaiBackendClient takes an httpx.Client, and "
                "AsyncNavaiBackendClient an httpx.AsyncClient.)"
            )
        self._callers: _C | None = callers
        self._build: Callable[..., _C] = build
        self._own: dict[str, _C] = {}
        self._lock = threading.Lock()
        self._closed = False

    def for_url(self, url: str) -> _C:
        """The client that requests to `url` go over.

        Raises:
            ConfigurationError: It is closed.
        """
        scheme = url.partition(":")[0]
        client = self._callers or self._own.get(scheme)
        if client is None:
            with self._lock:
                client = self._own.get(scheme) or self._build(**_client_options(scheme))
                self._own[scheme] = client
        if self._closed or client.is_closed:
            raise ConfigurationError("This client is closed: make calls before closing it, or build another one.")
        return client

    def close(self) -> list[_C]:
        """No more calls; the clients of ours that are to be closed."""
        with self._lock:
            self._closed = True
            closing, self._own = list(self._own.values()), {}
        return closing


class HttpxTransport:
    """Sends over `httpx.Client`."""

    def __init__(self, http_client: httpx.Client | None) -> None:
        self.clients = _Clients(http_client, httpx.Client)

    def send(self, request: Request) -> Reply:
        """The answer, whatever its status.

        Raises:
            APIConnectionError: No answer came.
            ConfigurationError: The client is closed.
        """
        client = self.clients.for_url(request.url)
        limits = _limits(request, client)
        with _mapped_errors(request, limits):
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
        self.clients = _Clients(http_client, httpx.AsyncClient)

    async def send(self, request: Request) -> Reply:
        """The answer, whatever its status.

        Raises:
            APIConnectionError: No answer came.
            ConfigurationError: The client is closed.
        """
        client = self.clients.for_url(request.url)
        left = None if request.deadline is None else request.deadline - time.monotonic()
        limits = _limits(request, client)
        with _mapped_errors(request, limits):
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
