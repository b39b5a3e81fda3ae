"""The functions of the real Express backend as tools."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from navai import AsyncNavaiBackendClient, NavaiBackendClient
from navai.tools import Tools, backend_tools
from tests.express.backend import ExpressBackend


@pytest.fixture(scope="module")
def url(express: None) -> Iterator[str]:
    with ExpressBackend() as backend:
        yield backend.url


CALLS: list[tuple[str, Any, dict[str, Any]]] = [
    (
        "create_order",
        {"payload": {"items": [{"id": 1, "quantity": 2}], "userId": "7"}},
        {"ok": True, "result": {"orderId": 17, "userId": "7", "quantity": 2}},
    ),
    ("echo", '{"payload": {"args": ["ü"]}}', {"ok": True, "result": "ü"}),
    ("zero", None, {"ok": True, "result": 0}),
    ("fails", {}, {"ok": False, "error": "Function execution failed.", "details": "HTTP 500: kaboom"}),
    (
        "echo",
        {"value": 5},
        {
            "ok": False,
            "error": 'Nothing was executed: this tool takes no argument "value". Pass the function\'s arguments inside payload.',
        },
    ),
]


@pytest.mark.parametrize("kind", [AsyncNavaiBackendClient, NavaiBackendClient])
def test_its_functions_are_called_and_what_comes_of_it_is_told(url: str, kind: type[Any]) -> None:
    async def main() -> tuple[Tools, list[Any]]:
        client = kind(url, env={})
        tools = await backend_tools(client)
        answers = [json.loads(await tools.call(name, arguments)) for name, arguments, _ in CALLS]
        if isinstance(client, AsyncNavaiBackendClient):
            await client.aclose()
        else:
            client.close()
        return tools, answers

    tools, answers = asyncio.run(main())
    assert {"create_order", "echo", "send_email"} <= {tool.name for tool in tools}
    assert [warning for warning in tools.warnings if "empty.js" in warning]
    for answer, (name, _, expected) in zip(answers, CALLS, strict=True):
        assert answer.items() >= expected.items(), name


def test_a_function_runs_once_for_each_call(url: str) -> None:
    async def main() -> Any:
        async with AsyncNavaiBackendClient(url, env={}) as client:
            tools = await backend_tools(client)
            await asyncio.gather(*(tools.call("count", {"payload": {"id": f"tools-{number}"}}) for number in range(20)))
            return json.loads(await tools.call("all_counts"))["result"]

    counts = asyncio.run(main())
    assert [counts[f"tools-{number}"] for number in range(20)] == [1] * 20
