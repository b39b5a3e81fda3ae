"""The asynchronous client."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar

import navai
from navai._base_client import BaseClient
from navai._errors import APIConnectionError, APITimeoutError, ConfigurationError, frameless
from navai._http.transport import AsyncHTTPClient, AsyncTransport
from navai._later import _calls, _exchange, navai_sdk
from navai._secrets import Hidden
from navai._settings import Deadline

_T = TypeVar("_T")


class AsyncNavaiBackendClient(BaseClient[AsyncTransport]):
    """The asynchronous twin of `NavaiBackendClient`: the same options, methods, results and errors, awaited.

    Use it as ``async with``, or await `aclose` at the end. One client serves any number of tasks.

    Args:
        api_base_url: As for `NavaiBackendClient`, and so the other options; only `http_client` differs.
        http_client: Your own ``httpx.AsyncClient`` or ``httpx2.AsyncClient``. It is never closed by this client.

    Raises:
        ConfigurationError: An option cannot be right; the message says what to write instead.
    """

    __module__ = "navai"

    def __init__(
        self,
        api_base_url: str | None = None,
        *,
        env: Mapping[str, str] | None = None,
        http_client: AsyncHTTPClient | None = None,
        transport: Literal["fast"] | None = None,
        client_secret_path: str | None = None,
        functions_list_path: str | None = None,
        functions_execute_path: str | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        max_response_bytes: int | None = None,
    ) -> None:
        options = Hidden(
            api_base_url=api_base_url,
            env=env,
            client_secret_path=client_secret_path,
            functions_list_path=functions_list_path,
            functions_execute_path=functions_execute_path,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            max_response_bytes=max_response_bytes,
        )
        del api_base_url, env, client_secret_path, functions_list_path, functions_execute_path, headers, auth
        super().__init__(options, transport, http_client, is_async=True)

    async def create_client_secret(
        self,
        *,
        model: str | None = None,
        voice: str | None = None,
        instructions: str | None = None,
        language: str | None = None,
        voice_accent: str | None = None,
        voice_tone: str | None = None,
        api_key: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
    ) -> navai.ClientSecret:
        """Mints an ephemeral secret: see `NavaiBackendClient.create_client_secret`, awaited."""
        inputs = Hidden(
            model=model,
            voice=voice,
            instructions=instructions,
            language=language,
            voice_accent=voice_accent,
            voice_tone=voice_tone,
            api_key=api_key,
        )
        given = Hidden(extra_body=extra_body, extra_headers=extra_headers)
        del api_key, extra_body, extra_headers
        until = self._start(deadline)
        calls = self._calls or await self._load(until)
        call = self._checked(calls.client_secret, inputs, given["extra_body"], given["extra_headers"])
        return await self._send(call, timeout, until)

    async def list_functions(
        self,
        *,
        extra_headers: Mapping[str, str | None] | None = None,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
    ) -> navai.BackendFunctionsResult:
        """Lists the functions, without raising: see `NavaiBackendClient.list_functions`, awaited."""
        given = Hidden(extra_headers=extra_headers)
        del extra_headers
        until = self._start(deadline)
        try:
            calls = self._calls or await self._load(until)
        except APITimeoutError as error:
            return self._unlisted(error, until)
        return await self._send(self._checked(calls.functions, given["extra_headers"]), timeout, until)

    async def execute_function(
        self,
        function_name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        extra_body: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        idempotent: bool = False,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
    ) -> Any:
        """Executes a function and returns its result: see `NavaiBackendClient.execute_function`, awaited."""
        given = Hidden(payload=payload, extra_body=extra_body, extra_headers=extra_headers)
        del payload, extra_body, extra_headers
        until = self._start(deadline)
        calls = self._calls or await self._load(until)
        call = self._checked(
            calls.execution, function_name, given["payload"], given["extra_body"], idempotent, given["extra_headers"]
        )
        return await self._send(call, timeout, until)

    async def _load(self, until: Deadline) -> _calls.Calls:
        try:
            await self._loading().wait_async(until.left())
        except TimeoutError:
            raise self._too_late(until) from None
        return self._loaded()

    async def _send(self, call: _calls.Call[_T], timeout: float | navai.Timeout | None, until: Deadline) -> _T:
        import anyio  # noqa: PLC0415 (comes with the HTTP library)

        handled = sys.exception()
        exchange = self._begin(call, timeout, until)
        transport = self._shared.transport()
        while True:
            try:
                outcome: _exchange.Outcome = await transport.send(exchange.next_request())
            except (APIConnectionError, ConfigurationError) as error:
                outcome = error
            except anyio.get_cancelled_exc_class() as error:
                # A timeout of the caller's comes of it, with the frames.
                raise frameless(error, handled)  # noqa: B904 (it is the same error)
            wait = exchange.wait_after(outcome)
            if wait is None:
                return exchange.end(outcome)
            await anyio.sleep(wait)

    @property
    def sdk(self) -> navai_sdk.Client:
        """The generated low level over the same connections, for example
        ``await list_functions.asyncio_detailed(client=client.sdk)``.

        It follows the base URL, paths, headers and timeout of this client, but neither sends anything again nor checks answers,
        and raises the errors of httpx. Use its asyncio functions. Beside ``transport="fast"`` it has connections of its own.
        """
        return self._generated_client()

    async def aclose(self) -> None:
        """Closes the connections. Idempotent; a call after it is refused."""
        transport = self._shared.close() if self._owns_connections else None
        if transport is not None:
            await transport.aclose()

    async def __aenter__(self) -> Self:
        if self._calls is None:
            await self._load(Deadline.from_now(None))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
