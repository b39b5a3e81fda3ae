"""The body of a request, as httpx and httpx2 send it."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

from navai._http.messages import Request
from navai._http.streams import WRITE_BUFFER_SIZE

# How much is passed to the caller's client at once: its timeout applies to each chunk, as on our own connections.
_CHUNK_SIZE = 65536


class Content:
    """The body of a request. Records when it is read, since the request is then being sent."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.was_read = False

    def __iter__(self) -> Iterator[bytes]:
        self.was_read = True
        return (self._content[start : start + _CHUNK_SIZE] for start in range(0, len(self._content), _CHUNK_SIZE))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _AsyncChunks(iter(self))


def is_unsent(request: Request, stream: Any) -> bool:
    """Whether nothing of a request was sent, as its body tells: nobody has read it, and the head waits for it in a buffer.

    Args:
        request: The request.
        stream: Its body, a `Content`. A tool that hooks into httpx, such as vcrpy, may have replaced it: then there is no telling.
    """
    if getattr(stream, "was_read", True):  # As after nearly every call.
        return False
    head = len(request.url) + sum(len(name) + len(value) + 4 for name, value in request.headers)
    return head < WRITE_BUFFER_SIZE // 2  # A proxy's credentials may be added.


@functools.cache
def stream_class(kind: type[Any], library: Any) -> Any:
    """`kind` as an httpx or httpx2 stream."""
    return type(kind.__name__, (kind, library.SyncByteStream, library.AsyncByteStream), {})


class _AsyncChunks:
    """An async iterator. Not a generator: trio warns about those if an early response leaves them unfinished."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration
