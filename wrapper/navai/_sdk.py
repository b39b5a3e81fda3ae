"""The generated low-level client, `navai_sdk.Client`, over the connections of a wrapper client."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from http.cookiejar import Cookie, DefaultCookiePolicy
from typing import Any

import httpx
from attrs import asdict

import navai_sdk
from navai._contract.operations import all_operations
from navai._errors import ConfigurationError, NavaiError
from navai._http.body import BodyReader
from navai._http.decoders import DecodingError
from navai._http.headers import PUBLIC_HEADERS
from navai._http.messages import Headers, Request
from navai._options.settings import Settings
from navai._redaction import Redactor
from navai._tracebacks import without_locals, without_tracebacks

_PUBLIC_NAMES = frozenset(map(str.lower, PUBLIC_HEADERS))
# Headers that no longer describe a decoded body.
_OF_ENCODED_BODY = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


def generated_client(settings: Settings, transport: Any) -> navai_sdk.Client:
    """A generated client. Over a sync transport it serves the sync functions, over an async one the async functions.

    Raises:
        ConfigurationError: If `transport` sends over an httpx2 client.
    """
    if transport.library is not httpx:
        raise ConfigurationError("The generated client works with httpx only: leave http_client out, or pass an httpx client.")
    return _Client(
        base_url=settings.api_base_url,
        headers={name: value for name, value in settings.headers if name.lower() in _PUBLIC_NAMES},
        timeout=httpx.Timeout(**(transport.httpx_transport.timeouts if settings.timeout is None else asdict(settings.timeout))),
        httpx_args={"transport": _Transport(settings, transport)},
    )


class _Client(navai_sdk.Client):
    """The generated client. Its httpx client adds nothing of its own to requests; closing it has no effect."""

    def get_httpx_client(self) -> httpx.Client:
        if self._client is None or self._client.is_closed:
            self._client = None
            _reduce(super().get_httpx_client(), self._headers)
        return super().get_httpx_client()

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        if self._async_client is None or self._async_client.is_closed:
            self._async_client = None
            _reduce(super().get_async_httpx_client(), self._headers)
        return super().get_async_httpx_client()


class _KeepNone(DefaultCookiePolicy):
    """A cookie of one response is not sent with the next request, which may be another tenant's."""

    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        return False


def _reduce(client: httpx.Client | httpx.AsyncClient, headers: Mapping[str, str]) -> None:
    """Lets an httpx client keep no cookies, and removes those of its default headers that are not in `headers`."""
    client.cookies.jar.set_policy(_KeepNone())
    for name in _PUBLIC_NAMES - set(map(str.lower, headers)):
        client.headers.pop(name, None)


class _Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Adds the paths, and the headers that may be secret, to the requests of the generated client.

    This keeps them out of its httpx client, and of that client's requests and log lines. The response is read here as a whole, so
    that no error carries frames in which it, or the request, can be seen, and within the limit of the client.

    Args:
        settings: The options of the client. Its headers are sent only to its backend.
        transport: The transport to send over.
    """

    def __init__(self, settings: Settings, transport: Any) -> None:
        self._headers = {name: value for name, value in settings.headers if name.lower() not in _PUBLIC_NAMES}
        # Maps URLs with the contract's paths, as httpx writes them, to those with the client's path options.
        self._urls = {
            str(httpx.URL(settings.api_base_url + operation.path)): settings.endpoint(
                operation.path_option, operation.path, operation.headers
            ).url
            for operation in all_operations()
        }
        self._redactor = Redactor(settings.secrets)
        self._origin = _origin(httpx.URL(settings.api_base_url))
        self._transport = transport
        # Only for the limit of a body.
        self._limits = Request("", "", (), None, None, None, settings.max_response_bytes)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        handled = sys.exception()
        try:
            response: httpx.Response = self._transport.httpx_transport.handle_request(self._complete(request))
            try:
                return _whole(response, self._transport.read(self._limits, response))
            finally:
                response.close()
        except (httpx.HTTPError, NavaiError, DecodingError) as error:
            raise self._redact(error, handled)  # noqa: B904 (it is the same error)
        except BaseException as error:  # noqa: BLE001 (raised again)
            raise without_locals(error, handled)  # noqa: B904 (it is the same error)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        handled = sys.exception()
        try:
            response: httpx.Response = await self._transport.httpx_transport.handle_async_request(self._complete(request))
            try:
                return _whole(response, await self._transport.read(self._limits, response))
            finally:
                await response.aclose()
        except (httpx.HTTPError, NavaiError, DecodingError) as error:
            raise self._redact(error, handled)  # noqa: B904 (it is the same error)
        except BaseException as error:  # noqa: BLE001 (raised again)
            raise without_locals(error, handled)  # noqa: B904 (it is the same error)

    def _complete(self, request: httpx.Request) -> httpx.Request:
        headers = request.headers.copy()
        if _origin(request.url) == self._origin:
            for name, value in self._headers.items():
                headers.setdefault(name, value)  # A header of the request itself takes precedence.
        url = self._urls.get(str(request.url), str(request.url))
        return httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=request.extensions)

    def _redact(self, error: Exception, handled: BaseException | None) -> Exception:
        if isinstance(error, DecodingError):
            cause, error = error, httpx.DecodingError(str(error))
            error.__cause__ = cause
        self._redactor.error(error)
        return without_tracebacks(error, handled)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _whole(response: httpx.Response, body: BodyReader) -> httpx.Response:
    """The response with its whole body, decoded.

    Raises:
        DecodingError: If the body is incomplete or too large.
    """
    read = body.response(response.status_code, Headers())
    if read.truncated:
        raise DecodingError("The response is larger than max_response_bytes.")
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_ENCODED_BODY]
    return httpx.Response(read.status, headers=headers, content=bytes(read.body), extensions=response.extensions)
