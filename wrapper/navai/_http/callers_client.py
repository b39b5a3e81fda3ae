"""Requests over the caller's own httpx or httpx2 client, which is never closed here."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx

from navai._errors import APIConnectionError, ConfigurationError
from navai._http.connections import close_after_surplus, prevent_reuse
from navai._http.content import Content, stream_class
from navai._http.exceptions import invalid_url_error, map_exception
from navai._http.messages import Request
from navai._http.scoped import client_closed_error
from navai._http.timeouts import StepTimeouts, step_timeouts
from navai._http.transport import library_of
from navai._secrets import header_secrets, query_secrets

# Headers that every client sends.
_NOT_SECRET = ("host", "accept-encoding", "connection", "content-type", "content-length")


class ClientTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The caller's httpx or httpx2 client as a transport, with its auth, event hooks and cookies."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.library: Any = library_of(client)

    @property
    def timeouts(self) -> StepTimeouts:
        """The limits of requests without any."""
        timeouts: StepTimeouts = self._client.timeout.as_dict()
        return timeouts

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = self._client.send(request, **self._options(request))
        close_after_surplus(response)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = await self._client.send(request, **self._options(request))
        close_after_surplus(response)
        return response

    @staticmethod
    def _options(request: httpx.Request) -> dict[str, Any]:
        # We follow redirects ourselves: httpx would turn a POST into a GET.
        options: dict[str, Any] = {"stream": True, "follow_redirects": False}
        if "authorization" in request.headers:
            options["auth"] = None  # Ours replaces the client's.
        return options


def _check_host(url: Any) -> None:
    """Raises ValueError if the host of a URL of the library cannot be decoded, which otherwise the client would find out."""
    str(url.host)


class CallersClient:
    """Requests over the caller's own client, which is never closed here."""

    pool = None

    def __init__(self, client: Any) -> None:
        self._client = client
        self.transport = ClientTransport(client)
        self.library = self.transport.library
        self._is_closed = False

    def build(self, request: Request) -> Any:
        if self._is_closed:
            raise client_closed_error()
        if self._client.is_closed:
            raise ConfigurationError(
                "The http_client that was passed in is closed: close it after the last call, or pass another one."
            )
        # An untrusted request must not get the client's own headers, cookies and query.
        build = self._client.build_request if request.trusted else self.library.Request
        extensions = {"timeout": dict(step_timeouts(request, self.transport.timeouts))}
        try:
            prepared = build(request.method, request.url, headers=request.headers, content=request.content, extensions=extensions)
            _check_host(prepared.url)
        except ValueError as error:
            raise invalid_url_error(error, request) from error
        prepared.stream = stream_class(Content, self.library)(request.content or b"")
        return prepared

    def transport_for(self, request: Request, prepared: Any) -> Any:
        # Another origin gets only the client's route, and none of its auth, hooks or cookies. Private, and pinned by a test.
        return self.transport if request.trusted else self._client._transport_for_url(prepared.url)  # noqa: SLF001

    def check(self, response: Any, request: Request, prepared: Any) -> None:
        """Rejects a response from the client's forwarding proxy itself: the request has not reached the backend.

        Also watches the connection of a response that did not come through `transport`.

        Raises:
            APIConnectionError: If the proxy wants credentials. Its response is not shown, since it may repeat wrong ones.
        """
        if not request.trusted:
            close_after_surplus(response)
        if response.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED and prepared.url.scheme == "http":
            # Private, and pinned by a test.
            pool = getattr(self._client._transport_for_url(prepared.url), "_pool", None)  # noqa: SLF001
            if type(pool).__name__ in ("HTTPProxy", "AsyncHTTPProxy"):
                refusal = map_exception(self.library.ProxyError("407"), request, {})
                assert refusal is not None  # noqa: S101 (it is a library's error)
                raise refusal

    def secrets_of(self, prepared: Any) -> list[str]:
        """The secrets in the request as sent, including the client's own headers, cookies, auth and query."""
        headers = [pair for pair in prepared.headers.items() if pair[0] not in _NOT_SECRET]
        return [*query_secrets(str(prepared.url)), *(secret for pair in headers for secret in header_secrets(*pair))]

    def map_exception(self, error: Exception, request: Request, prepared: Any) -> APIConnectionError | None:
        # An error from a hook, or from a second request that auth sends, says nothing about ours.
        # To another origin there is no client in between, so nothing else can fail.
        is_our_request = prepared is None or not request.trusted or getattr(error, "_request", None) is prepared
        was_sent = not is_our_request or (prepared is not None and prepared.stream.was_read)
        return map_exception(error, request, self.transport.timeouts, was_sent=was_sent)

    def discard_connection(self, response: Any) -> None:
        """Keeps a closed connection out of the pool: httpcore does not notice after a complete response, and trio then fails."""
        prevent_reuse(response.stream)

    def release(self, prepared: Any, request: Request) -> None:
        """Does nothing: the client manages its own connections."""

    def close(self) -> None:
        self._is_closed = True
