"""The error of a response whose status is not 2xx: the backend's own message, and what else explains the status."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from navai._contract.error_message import extract_message, page_of_wordpress, short_line
from navai._contract.failed_response import FailedResponse, error_details
from navai._errors import APIStatusError, available_functions
from navai._http.messages import RequestInfo
from navai._http.redirects import MAX_REDIRECTS, find_location
from navai._printable import one_line
from navai._secrets import redact_url

# The longest redirect target shown in an error, in characters.
_MAX_TARGET_LENGTH = 300

# How nginx, Apache and Go answer a request in plain HTTP to a port for TLS.
_WANTS_TLS = ("The plain HTTP request was sent to HTTPS port", "speaking plain HTTP to an SSL-enabled", "HTTP request to an HTTPS")


def status_error(failed: FailedResponse, function_name: str | None = None) -> APIStatusError:
    """The error.

    Args:
        failed: The response.
        function_name: The function that was called, as the caller named it; None if none was.
    """
    response = failed.response
    message = extract_message(failed.text, failed.value, failed.beginning)
    text = f"HTTP {response.status}{_reason_phrase(response.status)}" if message is None else f"HTTP {response.status}: {message}"
    page = page_of_wordpress(failed.text, failed.info.url) if response.status == HTTPStatus.NOT_FOUND else ""
    if page:
        text = f"{text.removesuffix('.')}. {page}"
    names = available_functions(failed.value)
    text = " ".join([text, *(f"({note})" for note in _notes(failed, is_endpoint=names is not None))])
    if names:
        stop = "" if text.endswith((".", "!", "?")) else "."
        text = f"{text}{stop} Available: {_join_names(list(map(failed.beginning, names[:10])), len(names))}."
    return APIStatusError(text, message=message, function_name=function_name, **error_details(failed))


def _notes(failed: FailedResponse, *, is_endpoint: bool) -> Iterator[str]:
    status, info = failed.response.status, failed.info
    if status == HTTPStatus.NOT_FOUND and not is_endpoint:
        yield _where(info)
    if status == HTTPStatus.BAD_REQUEST and info.url.startswith("http:") and any(words in failed.text for words in _WANTS_TLS):
        yield "use an https:// URL"
    location = find_location(failed.response) if 300 <= status <= 399 else None
    if location is not None:
        target = one_line(redact_url(failed.redactor.text(location)), _MAX_TARGET_LENGTH)
        reason = f"after {MAX_REDIRECTS} others" if info.has_redirected_too_often else "configure the client with that URL"
        yield f"redirect to {target!r}, not followed: {reason}"
    if info.redirected_to is not None and status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        yield f"redirected to {info.redirected_to!r}, where no credentials are sent: configure the client with that URL"


def _where(info: RequestInfo) -> str:
    """The request; and where its path comes from, if the base URL has one too."""
    path = info.url.removeprefix(info.base_url).partition("?")[0]
    if not urlsplit(info.base_url).path or path == info.url:  # Without a path, or redirected elsewhere.
        return f"{info.method} {info.url}"
    return f"{info.method} {info.url}: {path} is appended to the path of the base URL"


def _reason_phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _join_names(names: list[str], total: int) -> str:
    return short_line(", ".join(names)) + (f" and {total - len(names)} more" if total > len(names) else "")
