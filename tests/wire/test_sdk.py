"""`client.sdk`, the generated low level over the connections of the client, on every kind of client that has one."""

from __future__ import annotations

from typing import Any

import pytest

from navai import NavaiBackendClient
from navai.testing import LocalBackend
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
