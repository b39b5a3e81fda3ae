"""What a call and a transport exchange: a `Request` and a `Response`. No I/O, no HTTP library."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from navai._secrets import redact_url

if TYPE_CHECKING:
    from navai._http.timeouts import Timeout


class Headers(Mapping[str, str]):
    """The headers of a response. Lookup is case-insensitive; iteration yields names in lower case.

    The values of a repeated header are joined with ``", "`` (RFC 9110 section 5.3). The repr shows names only, since values may
    be secret (``Set-Cookie``).

    Args:
        pairs: Names and values. Must be iterable more than once, since several threads may read the headers at the same time.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = pairs

    def _decoded(self) -> Iterable[tuple[str, str]]:
        return self._pairs

    @functools.cached_property
    def _values(self) -> dict[str, str]:
        # Built on first use: most responses are read without it.
        values: dict[str, str] = {}
        for name, value in self._decoded():
            key = name.lower()
            values[key] = f"{values[key]}, {value}" if key in values else value
        return values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Headers: {', '.join(self._values)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Headers, (list(self._values.items()),)


@define
class Request:
    """One attempt: what a transport is to send, and within which limits."""

    method: str
    url: str = field(repr=redact_url)
    # Both may hold secrets.
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes | None = field(repr=False)
    # None to use that of the caller's own HTTP client.
    timeout: Timeout | None
    # On the clock of `time.monotonic`, in seconds.
    deadline: float | None
    # How many bytes of the response body to read, counted after decompression.
    max_response_bytes: int
    # How many seconds the whole call may take; None without a deadline.
    seconds: float | None = None
    # Whether it goes to the backend. Another origin must not get anything from the caller's own HTTP client.
    trusted: bool = True
    # Whether it is over and nothing of it was sent, as far as the transport knows.
    was_unsent: bool = False


@frozen
class RequestInfo:
    """What reading a response needs to know about the request: to name it in errors, and to keep its secrets out of them.

    Calls share it, also those of several threads.
    """

    method: str
    url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    # The client's option, which also bounds the memory that parsing the response may take; None for no limit.
    max_response_bytes: int | None = None
    # What the caller configured: the URL of a request that was not redirected begins with it.
    base_url: str = ""
    # Whether the response is a redirect that was not followed because there were too many before it.
    has_redirected_too_often: bool = False
    # The URL at another origin that a redirect led to, as errors show it; None if there was none. No credentials are sent there.
    redirected_to: str | None = None
    # Whether the response contains a new client secret.
    creates_secret: bool = False


@define
class Response:
    """A response, whatever its status."""

    status: int
    # Even a name may be secret: a backend may repeat anything.
    headers: Headers = field(repr=False)
    # A bytearray if it came in pieces: copying it once more would double the memory.
    body: bytes | bytearray = field(repr=False)
    # Whether the body is longer than `Request.max_response_bytes`; if so, `body` holds at most its beginning.
    truncated: bool = False
    # The secrets that the caller's own HTTP client added to the request.
    more_secrets: Callable[[], Iterable[str]] = field(default=tuple, repr=False)
