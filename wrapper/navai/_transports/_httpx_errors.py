"""The errors of httpx as ours."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from navai._encodings import CannotUnpack
from navai._errors import APIConnectionError, APITimeoutError, NavaiError
from navai._messages import Request


@contextmanager
def mapped_errors(request: Request, limits: httpx.Timeout) -> Generator[None]:
    """Raises an error of ours for each of httpx, or of the operating system."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, CannotUnpack, OSError) as error:
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
    (httpx.InvalidURL, "There can be no {origin}", False),
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
