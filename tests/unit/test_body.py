"""A body while it is read."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from navai._http.body import BodyReader, joined
from navai._http.httpx_transport import _read_body
from navai._http.messages import Headers, Request

REQUEST = Request("GET", "http://localhost/", (), None, None, None, 32 * 1024 * 1024)


def test_a_body_in_chunks_of_one_byte_takes_what_it_is_long() -> None:
    body = BodyReader(REQUEST, "")
    tracemalloc.start()
    try:
        for _ in range(200_000):
            body.add(b"x")
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()
    assert body.response(200, Headers()).body == b"x" * 200_000


def test_others_in_the_event_loop_get_their_turn_between_chunks_that_need_no_wait() -> None:
    turns = 0

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"x"

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def main() -> None:
        task = asyncio.ensure_future(others())
        await _read_body(SimpleNamespace(stream=chunks()), BodyReader(REQUEST, ""), pytest.fail)
        task.cancel()

    asyncio.run(main())
    assert turns > 100


def test_only_the_first_two_pieces_of_a_body_are_copied() -> None:
    """Copying all that has come for each further piece would take quadratic time."""
    data = joined(b"1", b"2")
    assert joined(data, b"3") is data
    assert data == b"123"
