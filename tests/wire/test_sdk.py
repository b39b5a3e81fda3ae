"""`client.sdk`, the generated low level over the connections of the client, on every kind of client that has one."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import Any

import httpx
import pytest

from navai import NavaiBackendClient
from navai.testing import LocalBackend
from tests.secrecy import assert_nothing_planted, sentry_sends
from tests.wire.kinds import CALLERS, OURS, Awaited, Kind

KINDS = OURS | {name: kind for name, kind in CALLERS.items() if kind.library == "httpx"}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


async def list_by(kind: Kind, sdk: Any) -> Any:
    """A listing by the generated function."""
    from navai_sdk.api.functions import list_functions

    return await list_functions.asyncio_detailed(client=sdk) if kind.is_async else list_functions.sync_detailed(client=sdk)


def sdk_of(client: Awaited) -> Any:
    return client.client.sdk


WRITTEN = [
    "http://LOCALHOST:{port}",
    "HTTP://localhost:{port}/",
    "http://localhost:{port}/a/../b",
    "http://localhost:{port}/a/..",
    "http://localhost:{port}/b/.",
    "http://localhost:{port}/\u00e4/%e4",
    "http://localhost:{port}/b%2fc//d",
    "http://localhost:{port}/{{b}}^|`",
]


@pytest.mark.parametrize("written", WRITTEN)
@each_kind
def test_path_options_are_used_however_the_base_url_is_written(kind: Kind, written: str, backend: LocalBackend) -> None:
    url = written.format(port=backend.url.rpartition(":")[2])

    async def main() -> None:
        async with kind.connect(url, functions_list_path="/custom?key=1", max_retries=0) as client:
            await client.list_functions()
            await list_by(kind, sdk_of(client))

    kind.run(main)
    first, second = backend.requests
    assert first.path.endswith("/custom?key=1")
    assert second.path == first.path


def test_path_options_are_used_if_the_base_url_has_the_default_port() -> None:
    """Where nobody listens in tests."""
    inner = NavaiBackendClient("https://backend.example:443", env={}, functions_list_path="/custom").sdk.get_httpx_client()
    completed = inner._transport._complete(inner.build_request("GET", "/navai/functions"))  # type: ignore[attr-defined]
    assert str(completed.url) == "https://backend.example/custom"


def bomb(letters: int) -> bytes:
    """That many letters, compressed to a thousandth."""
    return gzip.compress(b" " * letters)


@pytest.mark.parametrize("encoded", [True, False], ids=["gzip", "identity"])
@each_kind
def test_a_response_beyond_the_limit_is_an_error_of_httpx_that_fills_no_memory(
    kind: Kind, encoded: bool, backend: LocalBackend
) -> None:
    body = bomb(50_000_000) if encoded else b" " * 2_000_000
    headers = {"Content-Encoding": "gzip"} if encoded else {}

    async def main() -> None:
        async with kind.connect(backend.url, max_response_bytes=100_000) as client:
            backend.respond_next(200, body, headers)
            tracemalloc.start()
            try:
                with pytest.raises(httpx.DecodingError, match=r"^The response is larger than max_response_bytes\.$") as caught:
                    await list_by(kind, sdk_of(client))
                assert tracemalloc.get_traced_memory()[1] < 20_000_000
            finally:
                tracemalloc.stop()
            assert_nothing_planted(sentry_sends(caught.value))
            assert (await list_by(kind, sdk_of(client))).status_code == 200

    kind.run(main)


@each_kind
def test_a_response_is_decoded_once(kind: Kind, backend: LocalBackend) -> None:
    body = b'{"items":[],"warnings":["a warning"]}'

    async def main() -> None:
        async with kind.connect(backend.url) as client:
            for sent, headers in ((body, {}), (gzip.compress(body), {"Content-Encoding": "gzip"})):
                backend.respond_next(200, sent, headers | {"X-Own": "1"})
                response = await list_by(kind, sdk_of(client))
                assert response.parsed.warnings == ["a warning"]
                assert response.content == body
                assert response.headers["x-own"] == "1"
                assert response.headers["content-length"] == str(len(body))
                assert "content-encoding" not in response.headers
            backend.respond_next(200, gzip.compress(body)[:-5], {"Content-Encoding": "gzip"})
            with pytest.raises(httpx.DecodingError) as caught:
                await list_by(kind, sdk_of(client))
            assert caught.value.__cause__ is not None
            assert caught.value.__cause__.__traceback__ is None

    kind.run(main)
