"""What passes between a call and a transport: a `Request` goes out, a `Response` comes back. No I/O, no HTTP library."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from navai._redaction import redact_url

if TYPE_CHECKING:
    from navai._http.timeouts import Timeout


class Headers(Mapping[str, str]):
    """The headers of an answer: names are looked up without regard to case, and iterate in lower case.

    A header that came more than once has its values joined with ``", "`` (RFC 9110 section 5.3). The repr shows names only,
    since values may be secret (``Set-Cookie``).

    Args:
        pairs: Names and values. Threads may read them at the same time, so it must not matter how often they are gone through.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = pairs

    @functools.cached_property
    def _values(self) -> dict[str, str]:
        # Made when a header is asked for: most answers are read without.
        values: dict[str, str] = {}
        for name, value in self._pairs:
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
    """One attempt: what a transport shall send, and within which limits."""

    method: str
    url: str = field(repr=redact_url)
    # Both may hold secrets.
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes | None = field(repr=False)
    # None: the caller's own HTTP client knows.
    timeout: Timeout | None
    # On the clock of `time.monotonic`, in seconds.
    deadline: float | None
    # How much of the body to read, counted after decompression.
    max_response_bytes: int
    # Whether it goes to the backend; else to another origin, and nothing of the caller's own HTTP client may go along.
    trusted: bool = True


@frozen
class RequestInfo:
    """What the reader of an answer must know of the request: to name it in errors, and to keep its secrets out of them."""

    method: str
    url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    # The client's option, which also bounds what becomes of the answer; None: any.
    max_response_bytes: int | None = None
    # Whether the response is a redirect that was not followed because too many had been.
    has_redirected_too_often: bool = False
    # Whether the answer holds a new secret.
    mints: bool = False


@define
class Response:
    """What came back, whatever the status."""

    status: int
    # Also a name may be secret: a backend repeats anything.
    headers: Headers = field(repr=False)
    # A bytearray where it came in pieces: to copy it once more would double it.
    body: bytes | bytearray = field(repr=False)
    # The body is longer than `Request.max_response_bytes`; `body` is at most its beginning.
    truncated: bool = False
    # What the caller's own HTTP client has added to the request that is secret.
    more_secrets: Callable[[], Iterable[str]] = field(default=tuple, repr=False)
