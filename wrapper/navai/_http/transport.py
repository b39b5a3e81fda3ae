"""The interface through which the rest of the package sends requests. An implementation is loaded only when it is chosen."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from navai._errors import ConfigurationError
from navai._json import short_repr

if TYPE_CHECKING:
    from navai._http.messages import Request, Response


class Transport(Protocol):
    """Sends the requests of a sync client."""

    def send(self, request: Request) -> Response:
        """The response, whatever its status.

        Raises:
            APIConnectionError: If no response came.
            ConfigurationError: If the client is closed, or the environment names a proxy or certificates that cannot be used.
        """
        ...

    def close(self) -> None:
        """Closes the connections opened here, and refuses further requests. Idempotent."""
        ...


class AsyncTransport(Protocol):
    """Sends the requests of an async client: see `Transport`."""

    async def send(self, request: Request) -> Response: ...

    async def aclose(self) -> None: ...


class _Response(Protocol):
    """What we use of a response from the caller's own HTTP client."""

    @property
    def is_stream_consumed(self) -> bool: ...

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Any: ...

    @property
    def stream(self) -> Any: ...

    @property
    def extensions(self) -> Any: ...


class HTTPResponse(_Response, Protocol):
    """A response from an `HTTPClient`."""

    def close(self) -> None:
        """Releases the connection."""
        ...


class AsyncHTTPResponse(_Response, Protocol):
    """A response from an `AsyncHTTPClient`."""

    async def aclose(self) -> None:
        """Releases the connection."""
        ...


class _Client(Protocol):
    """What the caller's own HTTP client has, sync or async."""

    @property
    def is_closed(self) -> bool: ...

    @property
    def timeout(self) -> Any: ...

    def build_request(self, method: str, url: str, *, headers: Any, content: Any, extensions: Any) -> Any:
        """A request with the client's own headers and cookies."""
        ...


class HTTPClient(_Client, Protocol):
    """What we use of the caller's `http_client`. For type checkers, which can then check an httpx2 client without httpx2."""

    def send(self, request: Any, *, stream: bool, auth: Any, follow_redirects: bool) -> HTTPResponse:
        """The response, with its body not yet read."""
        ...


class AsyncHTTPClient(_Client, Protocol):
    """The async version of `HTTPClient`."""

    async def send(self, request: Any, *, stream: bool, auth: Any, follow_redirects: bool) -> AsyncHTTPResponse:
        """The response, with its body not yet read."""
        ...


def check_transport(name: Any, http_client: Any, max_connections: int | None = None, *, is_async: bool) -> None:
    """Rejects options that `create_transport` cannot use. Loads nothing.

    Args:
        name: The option `transport`.
        http_client: The option `http_client`.
        max_connections: The option `max_connections`, a whole number.
        is_async: Whether the client is async.

    Raises:
        ConfigurationError: If one of the options is not valid.
    """
    if http_client is not None and name is not None:
        raise ConfigurationError("Pass either transport or http_client, not both.")
    kind = "AsyncClient" if is_async else "Client"
    if http_client is not None and max_connections is not None:
        raise ConfigurationError(
            "max_connections is for connections of our own: limit those of your http_client, for example with "
            f"httpx.{kind}(limits=httpx.Limits(max_connections=8))."
        )
    if http_client is not None and not isinstance(http_client, getattr(library_of(http_client), kind, ())):
        raise ConfigurationError(
            f"http_client must be an httpx.{kind} or httpx2.{kind}. (NavaiBackendClient takes a Client, and "
            "AsyncNavaiBackendClient an AsyncClient.)"
        )
    if name not in (None, "fast"):
        raise ConfigurationError(f'transport must be "fast", or left out, not {short_repr(name)}.')
    if name == "fast" and not _is_installed("httptools"):
        raise ConfigurationError('transport="fast" needs httptools: pip install "navai-sdk[fast]".')


def _is_installed(package: str) -> bool:
    import importlib.util  # noqa: PLC0415 (rarely needed)

    return importlib.util.find_spec(package) is not None


def module_of(name: Any) -> str:
    """The module that `create_transport` needs for the option `transport`."""
    return "navai._http.fast_transport" if name == "fast" else "navai._http.httpx_transport"


def create_transport(name: Any, http_client: Any, max_connections: int | None = None, *, is_async: bool) -> Any:
    """Creates a `Transport` or `AsyncTransport`, and loads the HTTP library for it. Same arguments as `check_transport`."""
    module = importlib.import_module(module_of(name))
    if name == "fast":
        return module.AsyncFastTransport(max_connections) if is_async else module.FastTransport(max_connections)
    transport = module.AsyncHttpxTransport if is_async else module.HttpxTransport
    return transport(http_client, max_connections)


def library_of(client: Any) -> ModuleType | None:
    """The library that `client` comes from, httpx or httpx2; None if neither."""
    # A library that has not been loaded has no clients.
    for library in filter(None, map(sys.modules.get, ("httpx", "httpx2"))):
        # The classes are missing while another thread is loading the library.
        if isinstance(client, (getattr(library, "Client", ()), getattr(library, "AsyncClient", ()))):
            return library
    return None
