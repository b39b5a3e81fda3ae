"""The body of a request, as httpx and httpx2 send it."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

# How much is given to a caller's client at once: its limit of time holds for each chunk, as in our own connections.
_CHUNK_SIZE = 65536


class Content:
    """A request's body, which notices when it is read: then the request is on its way."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.was_read = False

    def __iter__(self) -> Iterator[bytes]:
        self.was_read = True
        return (self._content[start : start + _CHUNK_SIZE] for start in range(0, len(self._content), _CHUNK_SIZE))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _AsyncChunks(iter(self))


@functools.cache
def stream_class(kind: type[Any], library: Any) -> Any:
    """`kind` as a stream of httpx or of httpx2."""
    return type(kind.__name__, (kind, library.SyncByteStream, library.AsyncByteStream), {})


class _AsyncChunks:
    """An iterator, awaited. No generator, which trio warns of when an early answer leaves it halfway."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration
