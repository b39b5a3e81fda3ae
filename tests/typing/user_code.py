"""A user's program, checked by mypy strict and pyright strict in `make check`; it is never run."""

from __future__ import annotations

import dataclasses
from typing import Any, TypedDict, assert_type

import attrs
import httpx
import httpx2
import pydantic

import navai_sdk
from navai import (
    WORDPRESS_PATHS,
    WORDPRESS_PLAIN_PATHS,
    APIError,
    APIResponse,
    AsyncNavaiBackendClient,
    BackendFunction,
    BackendFunctionsResult,
    ClientSecret,
    FunctionExecutionError,
    NavaiBackendClient,
    NavaiError,
    Timeout,
)
from navai.testing import LocalBackend, RecordedCall


def sync_program() -> None:
    with NavaiBackendClient("https://api.example.com", timeout=5, auth=("ana", "x"), http_client=httpx.Client()) as client:
        NavaiBackendClient(http_client=httpx2.Client())
        assert_type(client, NavaiBackendClient)
        secret = client.create_client_secret(model="gpt-realtime", extra_body={"session_key": "k"}, deadline=3)
        assert_type(secret, ClientSecret)
        assert_type(secret.value, str)
        assert_type(secret.expires_at, float | None)
        result = client.list_functions(timeout=Timeout(connect=1))
        assert_type(result, BackendFunctionsResult)
        assert_type(result.functions, list[BackendFunction])
        assert_type(result.error, NavaiError | None)
        assert_type(client.execute_function("f", {"a": 1}, idempotent=True), Any)
        assert_type(client.with_options(deadline=2, max_retries=0), NavaiBackendClient)
        assert_type(client.sdk, navai_sdk.Client)


async def async_program() -> None:
    mine = httpx2.AsyncClient()
    async with AsyncNavaiBackendClient(env={"NAVAI_API_URL": "https://api.example.com"}, http_client=mine) as client:
        assert_type(client, AsyncNavaiBackendClient)
        assert_type(await client.create_client_secret(), ClientSecret)
        assert_type(await client.list_functions(), BackendFunctionsResult)
        assert_type(await client.execute_function("f"), Any)
        assert_type(client.with_options(headers={"X-A": "b"}), AsyncNavaiBackendClient)


class Model(pydantic.BaseModel):
    id: int


@dataclasses.dataclass
class Item:
    price: float


@attrs.define
class Booking:
    room: int


class Row(TypedDict):
    id: int


def payloads_and_results(client: NavaiBackendClient) -> None:
    client.execute_function(BackendFunction("f"), Model(id=1))
    client.execute_function("f", Item(1.5))
    client.execute_function("f", Row(id=1))
    assert_type(client.execute_function("f", result_type=Model), Model)
    assert_type(client.execute_function("f", result_type=Item), Item)
    assert_type(client.execute_function("f", result_type=Booking), Booking)
    assert_type(client.execute_function("f", result_type=Row), Row)
    assert_type(client.execute_function("f", result_type=list[Item]), list[Item])
    raw = client.with_raw_response
    assert_type(raw.execute_function("f", deadline=2), APIResponse[Any])
    assert_type(raw.execute_function("f", result_type=list[Item]), APIResponse[list[Item]])
    response = raw.create_client_secret(model="m")
    assert_type(response, APIResponse[ClientSecret])
    assert_type(response.result.value, str)
    assert_type(response.status_code, int | None)
    assert_type(response.request_id, str | None)
    assert_type(response.headers["x"], str)


async def payloads_and_results_async(client: AsyncNavaiBackendClient) -> None:
    assert_type(await client.execute_function("f", Item(1), result_type=list[Item]), list[Item])
    assert_type(await client.with_raw_response.execute_function("f"), APIResponse[Any])
    assert_type(await client.with_raw_response.execute_function("f", result_type=Item), APIResponse[Item])
    assert_type(await client.with_raw_response.list_functions(deadline=1), APIResponse[BackendFunctionsResult])


def errors(client: NavaiBackendClient) -> str:
    try:
        client.execute_function("f")
    except FunctionExecutionError as error:
        assert_type(error.details, str | None)
        assert_type(error.validation_errors, list[str] | None)
        assert_type(error.approval_id, int | str | None)
        assert_type(error.trace_id, str | None)
        return error.function_name
    except APIError as error:
        assert_type(error.status_code, int)
        assert_type(error.available_functions, list[str] | None)
        return error.body
    return ""


def mistakes(client: NavaiBackendClient) -> None:
    # Each of these is an error to the type checkers; without one, the ignore itself is reported.
    client.execute_function("f", [1])  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    client.execute_function("f", Item)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    client.execute_function("f", result_type=5)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    client.with_raw_response.execute_function(f="f")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    client.create_client_secret("gpt-realtime")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    client.create_client_secret(voiceAccent="x")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    client.with_options(env={})  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    NavaiBackendClient(http_client=httpx.AsyncClient())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    NavaiBackendClient(http_client=httpx2.AsyncClient())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    NavaiBackendClient(http_client=3)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    AsyncNavaiBackendClient(http_client=httpx.Client())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    NavaiBackendClient(auth="token")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def tested(navai_backend: LocalBackend) -> None:
    @navai_backend.function
    def add(a: int, b: int) -> int:
        return a + b

    assert_type(add(1, 2), int)
    assert_type(navai_backend.calls, list[RecordedCall])


def wordpress() -> None:
    assert_type(NavaiBackendClient("https://shop.example", **WORDPRESS_PATHS, auth=("ana", "x")), NavaiBackendClient)
    assert_type(AsyncNavaiBackendClient("https://shop.example", **WORDPRESS_PLAIN_PATHS), AsyncNavaiBackendClient)
    assert_type(NavaiBackendClient().with_options(**WORDPRESS_PATHS, deadline=2), NavaiBackendClient)
    LocalBackend(**WORDPRESS_PATHS)
    assert_type(WORDPRESS_PATHS["functions_list_path"], str)
