"""The ID of a request, for support and logs. No standard says where it is."""

from collections.abc import Mapping


def request_id(headers: Mapping[str, str]) -> str | None:
    """The value of ``X-Request-ID`` or ``Request-ID`` in the headers of a response; None if it has neither."""
    return headers.get("x-request-id") or headers.get("request-id")
