"""vcrpy records calls and plays them again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import vcr
from vcr.errors import CannotOverwriteExistingCassetteException

from navai import AsyncNavaiBackendClient, NavaiBackendClient
from navai.testing import LocalBackend


def call(url: str, **options: Any) -> Any:
    with NavaiBackendClient(url, env={}, **options) as client:
        return client.execute_function("add", {"a": 1, "b": 2})


def call_over_httpx(url: str) -> Any:
    with httpx.Client() as mine:
        return call(url, http_client=mine)


async def call_async(url: str, **options: Any) -> Any:
    async with AsyncNavaiBackendClient(url, env={}, **options) as client:
        return await client.execute_function("add", {"a": 1, "b": 2})


async def call_async_over_httpx(url: str) -> Any:
    async with httpx.AsyncClient() as mine:
        return await call_async(url, http_client=mine)


@pytest.mark.parametrize(
    "run",
    [call, lambda url: asyncio.run(call_async(url)), call_over_httpx, lambda url: asyncio.run(call_async_over_httpx(url))],
    ids=["sync", "async", "httpx", "httpx-async"],
)
def test_what_was_recorded_is_answered_when_the_backend_is_gone(
    run: Callable[[str], Any], backend: LocalBackend, tmp_path: Path
) -> None:
    cassette = str(tmp_path / "add.yaml")
    with vcr.use_cassette(cassette) as recorded:
        assert run(backend.url) == 3
    assert (len(recorded), len(backend.requests)) == (1, 1)
    backend.stop()
    with vcr.use_cassette(cassette, record_mode="none") as played:
        assert run(backend.url) == 3
    assert played.play_count == 1


def test_a_request_that_is_not_on_the_cassette_fails_the_test(backend: LocalBackend, tmp_path: Path) -> None:
    """Even of a listing, which otherwise never raises."""
    with vcr.use_cassette(str(tmp_path / "empty.yaml"), record_mode="none"), NavaiBackendClient(backend.url, env={}) as client:
        with pytest.raises(CannotOverwriteExistingCassetteException):
            client.list_functions()
    assert backend.requests == []
