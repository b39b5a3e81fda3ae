"""The headers that a client adds by itself, and those that may be sent to another origin."""

from __future__ import annotations

from navai._http.decoders import ACCEPTED
from navai._version import __version__

HeaderPairs = tuple[tuple[str, str], ...]

# A caller may replace or remove these.
DEFAULT_HEADERS = {"Accept": "application/json", "User-Agent": f"navai-sdk-python/{__version__}"}
FIXED_HEADERS = {"Accept-Encoding": ACCEPTED}
# The only headers sent to another origin.
PUBLIC_HEADERS = DEFAULT_HEADERS | FIXED_HEADERS


def public_headers(headers: HeaderPairs) -> HeaderPairs:
    """The headers to send to another origin: with our values, since the caller's may be secret."""
    names = {name.lower() for name, _ in headers}
    return tuple((name, value) for name, value in PUBLIC_HEADERS.items() if name.lower() in names)
