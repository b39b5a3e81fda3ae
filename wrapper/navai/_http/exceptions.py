"""Maps the errors of HTTP libraries to ours.

Errors are recognized by name: httpx, httpx2 and httpcore, on which both are built, use the same ones.
"""

from __future__ import annotations

import os
import re
import ssl
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from navai._errors import APIConnectionError, APITimeoutError, NavaiError
from navai._http.decoders import DecodingError
from navai._http.messages import Request
from navai._http.timeouts import StepTimeouts, by_step

# The first name that matches decides: the message, the limit that was exceeded, and whether the request may have reached the
# backend.
_TIMEOUTS = (
    ("ConnectTimeout", "Could not connect to {origin}", "connect", False),
    ("PoolTimeout", "No connection to {origin} became free", "pool", False),
    ("WriteTimeout", "{origin} did not accept the request", "write", True),
    ("TimeoutException", "{origin} did not respond", "read", True),
    ("TimeoutError", "{origin} did not respond", "read", True),
)
_LOST = "The connection to {origin} failed"
_FAILURES = (
    ("ConnectError", "Could not connect to {origin}", False),
    ("ProxyError", "Could not connect to {origin}", False),
    ("UnsupportedProtocol", "Could not connect to {origin}", False),
    ("InvalidURL", "{origin} is not a valid URL", False),
    ("HTTPError", _LOST, True),
    ("StreamError", _LOST, True),
    ("NetworkError", _LOST, True),
    ("ProtocolError", _LOST, True),
    ("OSError", _LOST, True),
    (DecodingError.__name__, _LOST, True),
    ("InvalidURL", _LOST, True),
    ("IDNAError", _LOST, True),  # httpx parses the target of a redirect even if it is not to follow it.
)


def map_exception(
    error: Exception, request: Request, default: StepTimeouts, *, was_sent: bool = False, proxy: str | None = None
) -> APIConnectionError | None:
    """Maps an error from a library or the operating system to one of ours. None for any other, and for one that is ours already.

    The caller raises the result: an error referenced from a frame of its own traceback would keep all those frames alive, and
    with them the connection of an interrupted call.

    Args:
        error: The error that a transport caught.
        request: The request that it was sending.
        default: The limits to name if the request has none.
        was_sent: Whether the request may have reached the backend, whatever the name of the error.
        proxy: The proxy that the request went through, without credentials.
    """
    if isinstance(error, NavaiError):
        return None
    _redact_quotes(error)
    timeouts = default if request.timeout is None else by_step(request.timeout)
    names = {cls.__name__ for cls in type(error).__mro__}
    parts = urlsplit(request.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if proxy is not None:
        origin += f" through the proxy {proxy}"
    elif "ProxyError" in names:
        origin += " through the proxy"
    request_info = {"method": request.method, "url": request.url}
    for name, template, step, sent in _TIMEOUTS:
        if name in names and sent >= was_sent:
            limit = timeouts[step]
            within = "in time" if limit is None else f"within {limit:g} s"
            if request.deadline is not None and time.monotonic() >= request.deadline - 0.01:
                within = f"before the deadline of {request.seconds:g} s"
            return APITimeoutError(f"{template.format(origin=origin)} {within}.", request_sent=sent, **request_info)
    for name, template, sent in _FAILURES:
        if name in names and sent >= was_sent:
            reason = _reason(error)
            if not sent and _NO_TLS.search(reason):
                if proxy is not None and proxy.startswith("https:"):
                    reason += ". The proxy or the backend seems to speak plain http: use an http:// URL for that one."
                else:
                    reason += ". The other side seems to speak plain http: use an http:// URL."
            return APIConnectionError(f"{template.format(origin=origin)}: {reason}", request_sent=sent, **request_info)
    return None


# What anyio and trio say instead of the system's reason, if anything; the reason is in the cause.
_NO_REASON = re.compile(r"|All connection attempts failed|all attempts to connect to .* failed")
# They may lead in a circle.
_MOST_CAUSES = 20
# How OpenSSL says that a handshake is answered with something else.
_NO_TLS = re.compile("WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE")


def _reason(error: Exception) -> str:
    """The message of an error; the system's reason if a library withholds it."""
    message = str(error)
    cause: Any = error if _NO_REASON.fullmatch(message) else None
    for _ in range(_MOST_CAUSES):
        if not isinstance(cause, BaseException):
            break
        if isinstance(cause, OSError) and cause.errno is not None:
            return str(cause) if isinstance(cause, ssl.SSLError) else f"[Errno {cause.errno}] {os.strerror(cause.errno)}"
        # A group has one for each address; httpcore has the cause as an argument.
        group = getattr(cause, "exceptions", ())
        cause = group[-1] if group else cause.__cause__ or (cause.args[0] if cause.args else None)
    return message or type(error).__name__


def invalid_url_error(error: ValueError, request: Request) -> APIConnectionError:
    """The error for a URL that a library rejects: each has its own idea of what a host may be."""
    parts = urlsplit(request.url)
    reason = f"{parts.scheme}://{parts.netloc} is not a valid URL: {error}"
    return APIConnectionError(reason, request_sent=False, method=request.method, url=request.url)


# How h11 quotes what it does not understand. A quote may repeat anything, for example credentials for a proxy.
_LIBRARIES = {"httpx", "httpx2", "httpcore", "httpcore2", "h11"}
_QUOTE = re.compile(r"bytearray\(b.*\)", re.DOTALL)


def _redact_quotes(error: BaseException | None) -> None:
    """Redacts raw bytes and proxy messages in an error and in those that led to it."""
    # Only in errors of these libraries: beyond them there may be errors of the caller's own.
    while error is not None and type(error).__module__.partition(".")[0] in _LIBRARIES:
        error.args = tuple(_QUOTE.sub("***", arg) if isinstance(arg, str) else arg for arg in error.args)
        if "ProxyError" in {cls.__name__ for cls in type(error).__mro__}:
            error.args = (proxy_refusal(str(error)),)
        error = error.__cause__ or error.__context__


def proxy_refusal(message: str) -> str:
    """A proxy's refusal, with the standard phrase for its status: the proxy's own words may repeat credentials."""
    status = re.match(r"\d{3}\b", message)
    if status is None:
        return message
    phrase = HTTPStatus(int(status[0])).phrase if int(status[0]) in set(HTTPStatus) else ""
    return f"{status[0]} {phrase}".rstrip()
