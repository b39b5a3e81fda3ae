"""Requests over our own connections: the default. httpcore speaks HTTP here, as it does below httpx."""

from __future__ import annotations

import functools
import ssl
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import httpcore
import httpx

from navai._messages import Reply, Request
from navai._transports._body import Body, decoded
from navai._transports._failures import raise_as_ours
from navai._transports._httpcore_connections import AsyncConnections, Connections
from navai._transports._httpx import send_over, send_over_async
from navai._transports._idle import LONGEST_IDLE, MOST_CONNECTIONS, MOST_IDLE
from navai._transports._limits import DEFAULT_LIMITS, GRACE, Limits, limits_of
from navai._transports._places import PerPlace, this_loop, this_process


@functools.cache
def verifying_context() -> ssl.SSLContext:
    """One for all clients: loading the certificates takes about 40 ms."""
    return httpx.create_ssl_context()


def _context(https: bool) -> ssl.SSLContext | None:
    return verifying_context() if https else None  # A plain connection never speaks TLS, and costs nothing.


def _proxied_options() -> dict[str, Any]:
    """For a client of httpx that goes over the proxies of the environment: it reads the same variables as `_is_proxied`."""
    # A call must not depend on the one before it, so cookies are not kept.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_IDLE, keepalive_expiry=LONGEST_IDLE)
    timeout = httpx.Timeout(**DEFAULT_LIMITS)
    return {"cookies": no_cookies, "limits": limits, "timeout": timeout, "verify": verifying_context()}


def _is_proxied(url: str) -> bool:
    """Whether the environment says (``HTTPS_PROXY``, ``NO_PROXY`` and the like) that requests to `url` go over a proxy."""
    parts, proxies = urlsplit(url), getproxies()
    return (parts.scheme in proxies or "all" in proxies) and not proxy_bypass(parts.hostname or "")


def core_url(url: str) -> httpcore.URL:
    """A URL as httpcore takes it, percent-encoded and in ASCII.

    Raises:
        httpx.InvalidURL: It is none.
    """
    parsed = httpx.URL(url)
    return httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path)


class _Target:
    """What all requests with one URL and the same headers share."""

    def __init__(self, url: str, headers: tuple[tuple[str, str], ...]) -> None:
        self.url = core_url(url)
        host = ("Host", httpx.URL(url).netloc.decode("ascii"))
        self.headers = [(name.encode("ascii"), value.encode("ascii")) for name, value in (host, *headers)]

    def request(self, request: Request, limits: Limits) -> httpcore.Request:
        headers = self.headers
        if request.content is not None:
            headers = [*headers, (b"Content-Length", b"%d" % len(request.content))]
        return httpcore.Request(request.method, self.url, headers=headers, content=request.content, extensions={"timeout": limits})


class _Routes:
    """How requests get where they are to go. Bounded, since a backend can redirect to any number of places."""

    def __init__(self) -> None:
        self.is_proxied = functools.lru_cache(16)(_is_proxied)
        self.target = functools.lru_cache(16)(_Target)


def _encoding(headers: list[tuple[bytes, bytes]]) -> str:
    return ",".join(value.decode("latin-1") for name, value in headers if name.lower() == b"content-encoding")


class HttpcoreTransport:
    """Sends over connections of its own."""

    def __init__(self) -> None:
        self._routes = _Routes()
        self.connections: PerPlace[bool, Connections] = PerPlace(lambda https: Connections(_context(https)), this_process)
        self._proxied: PerPlace[bool, httpx.Client] = PerPlace(lambda _: httpx.Client(**_proxied_options()), this_process)

    def send(self, request: Request) -> Reply:
        """The answer, whatever its status.

        Raises:
            APIConnectionError: No answer came.
            ConfigurationError: The client is closed.
        """
        proxy = self.proxy_for(request.url)
        if proxy is not None:
            return send_over(proxy, httpx, request)
        connections = self.connections.get(request.url.startswith("https:"))
        limits = limits_of(request, DEFAULT_LIMITS)
        try:
            target = self._routes.target(request.url, request.headers)
            answer = connections.open(target.request(request, limits), limits["pool"], request.deadline)
            try:
                body = Body(request, _encoding(answer.headers))
                any(map(body.add, answer.chunks))
                return body.reply(answer.status, decoded(answer.headers))
            finally:
                answer.close()
        except Exception as error:  # noqa: BLE001 (raises it, or ours)
            raise_as_ours(error, request, DEFAULT_LIMITS)

    def proxy_for(self, url: str) -> httpx.Client | None:
        """The client for requests that go over a proxy; None when `url` needs none."""
        return self._proxied.get(True) if self._routes.is_proxied(url) else None

    def close(self) -> None:
        """Closes what was opened here. Again does nothing."""
        for connections in self.connections.close():
            connections.close()
        for client in self._proxied.close():
            client.close()


class AsyncHttpcoreTransport:
    """Sends over connections of its own."""

    def __init__(self) -> None:
        self._routes = _Routes()
        self.connections: PerPlace[bool, AsyncConnections] = PerPlace(lambda https: AsyncConnections(_context(https)), this_loop)
        self._proxied: PerPlace[bool, httpx.AsyncClient] = PerPlace(lambda _: httpx.AsyncClient(**_proxied_options()), this_loop)

    async def send(self, request: Request) -> Reply:
        """The answer, whatever its status.

        Raises:
            APIConnectionError: No answer came.
            ConfigurationError: The client is closed.
        """
        proxy = self.proxy_for(request.url)
        if proxy is not None:
            return await send_over_async(proxy, httpx, request)
        connections = self.connections.get(request.url.startswith("https:"))
        limits = limits_of(request, DEFAULT_LIMITS)
        try:
            target = self._routes.target(request.url, request.headers)
            core = target.request(request, limits)
            if request.deadline is None:
                return await self._exchanged(connections, core, limits, request)
            with anyio.move_on_after(request.deadline + GRACE - time.monotonic()):
                return await self._exchanged(connections, core, limits, request)
            raise TimeoutError
        except Exception as error:  # noqa: BLE001 (raises it, or ours)
            raise_as_ours(error, request, DEFAULT_LIMITS)

    @staticmethod
    async def _exchanged(connections: AsyncConnections, core: httpcore.Request, limits: Limits, request: Request) -> Reply:
        answer = await connections.open(core, limits["pool"])
        try:
            body = Body(request, _encoding(answer.headers))
            async for chunk in answer.chunks:
                if body.add(chunk):
                    break
            return body.reply(answer.status, decoded(answer.headers))
        finally:
            await answer.aclose()

    def proxy_for(self, url: str) -> httpx.AsyncClient | None:
        """The client for requests that go over a proxy; None when `url` needs none."""
        return self._proxied.get(True) if self._routes.is_proxied(url) else None

    async def aclose(self) -> None:
        """Closes what was opened here. Again does nothing."""
        for connections in self.connections.close():
            await connections.aclose()
        for client in self._proxied.close():
            await client.aclose()
