"""The headers that a client writes by itself, and which of a request's headers go along to another origin."""

from __future__ import annotations

from navai._http.decoders import ACCEPTED
from navai._version import __version__

HeaderPairs = tuple[tuple[str, str], ...]

# A caller may replace them, or leave them out.
DEFAULT_HEADERS = {"Accept": "application/json", "User-Agent": f"navai-sdk-python/{__version__}"}
FIXED_HEADERS = {"Accept-Encoding": ACCEPTED}
# All that goes along to another origin.
PUBLIC_HEADERS = DEFAULT_HEADERS | FIXED_HEADERS


def public_headers(headers: HeaderPairs) -> HeaderPairs:
    """Those of the headers of a request that go along to another origin: with our values, since a caller's may be secret."""
    names = {name.lower() for name, _ in headers}
    return tuple((name, value) for name, value in PUBLIC_HEADERS.items() if name.lower() in names)
