"""Somebody's typed program, checked by mypy strict and pyright strict against the wheel that a package index gave."""

import asyncio
import sys
from typing import Any

from navai import (
    APIStatusError,
    AsyncNavaiBackendClient,
    BackendFunction,
    ClientSecret,
    FunctionExecutionError,
    NavaiBackendClient,
    Timeout,
)
from navai.testing import LocalBackend
from navai_sdk.api.functions import list_functions
from navai_sdk.models import FunctionItem, ListFunctionsResponse


def add(a: int, b: int) -> int:
    return a + b


def names(functions: list[BackendFunction]) -> list[str]:
    return [function.name for function in functions]


def call(url: str) -> Any:
    with NavaiBackendClient(url, timeout=Timeout(connect=2), max_retries=1, transport="fast") as client:
        secret: ClientSecret = client.create_client_secret(model="gpt-realtime")
        assert secret.expires_at is None or secret.expires_at > 0
        assert names(client.list_functions().functions) == ["add"]
        try:
            client.execute_function("unknown")
        except APIStatusError as error:
            known: list[str] | None = error.available_functions
            assert known == ["add"]
        except FunctionExecutionError as error:
            details: str | None = error.details
            return details
        return client.execute_function("add", {"a": 1, "b": 2})


async def call_async(url: str) -> Any:
    async with AsyncNavaiBackendClient(url, deadline=5) as client:
        return await client.execute_function("add", {"a": 1, "b": 2})


def low_level(url: str) -> list[FunctionItem]:
    with NavaiBackendClient(url) as client:
        answer = list_functions.sync(client=client.sdk)
        assert isinstance(answer, ListFunctionsResponse)
        return answer.items or []


if __name__ == "__main__":
    with LocalBackend([add]) as backend:
        assert call(backend.url) == asyncio.run(call_async(backend.url)) == 3
        assert [item.name for item in low_level(backend.url)] == ["add"]
    sys.stdout.write("All well.\n")
