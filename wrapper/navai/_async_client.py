"""The asynchronous client."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar

import navai
from navai._base_client import BaseClient
from navai._errors import APIConnectionError, APITimeoutError, ConfigurationError, Refusals
from navai._http.deadline import Deadline
from navai._http.transport import AsyncHTTPClient, AsyncTransport
from navai._lazy import _call, attempts, navai_sdk, operations
from navai._redaction import RedactedDict
from navai._tracebacks import without_tracebacks

_T = TypeVar("_T")


class AsyncNavaiBackendClient(BaseClient[AsyncTransport]):
    """The async version of `NavaiBackendClient`, with the same options, methods, results and errors.

    Use it as an async context manager, or await `aclose` when done. One client can serve any number of tasks.

    Args:
        api_base_url: As for `NavaiBackendClient`, like all options except `http_client`.
        http_client: Your own ``httpx.AsyncClient`` or ``httpx2.AsyncClient``, which is never closed by this client.

    Raises:
        ConfigurationError: If an option is not valid; the message says what to write instead.
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
        options = RedactedDict(
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
        """Creates an ephemeral client secret: see `NavaiBackendClient.create_client_secret`."""
        inputs = RedactedDict(
            model=model,
            voice=voice,
            instructions=instructions,
            language=language,
            voice_accent=voice_accent,
            voice_tone=voice_tone,
            api_key=api_key,
        )
        redacted = RedactedDict(extra_body=extra_body, extra_headers=extra_headers)
        del api_key, extra_body, extra_headers
        until = self._start(deadline)
        await self._load(until)
        with Refusals(until.handled):
            operation = operations.create_client_secret(inputs, redacted["extra_body"])
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, until)
        return await self._send(call)

    async def list_functions(
        self,
        *,
        extra_headers: Mapping[str, str | None] | None = None,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
    ) -> navai.BackendFunctionsResult:
        """Lists the functions, without raising: see `NavaiBackendClient.list_functions`."""
        redacted = RedactedDict(extra_headers=extra_headers)
        del extra_headers
        until = self._start(deadline)
        try:
            await self._load(until)
        except APITimeoutError as error:
            return self._functions_unavailable(error, until)
        with Refusals(until.handled):
            call = _call.Call(self._settings, operations.list_functions(), redacted["extra_headers"], timeout, until)
        return await self._send(call)

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
        """Executes a function and returns its result: see `NavaiBackendClient.execute_function`."""
        redacted = RedactedDict(payload=payload, extra_body=extra_body, extra_headers=extra_headers)
        del payload, extra_body, extra_headers
        until = self._start(deadline)
        await self._load(until)
        with Refusals(until.handled):
            operation = operations.execute_function(function_name, redacted["payload"], redacted["extra_body"], idempotent)
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, until)
        return await self._send(call)

    async def _load(self, until: Deadline) -> None:
        if self._is_loaded:
            return
        try:
            await self._loading().wait_async(until.left())
        except TimeoutError:
            raise self._deadline_error(until) from None
        self._is_loaded = True

    async def _send(self, call: _call.Call[_T]) -> _T:
        import anyio  # noqa: PLC0415 (comes with the HTTP library)

        handled = sys.exception()
        transport = self._connections.transport()
        while True:
            try:
                outcome: attempts.Outcome = await transport.send(call.next_request())
            except (APIConnectionError, ConfigurationError) as error:
                outcome = error
            except anyio.get_cancelled_exc_class() as error:
                # The caller may turn it into a timeout error, which would keep the frames.
                raise without_tracebacks(error, handled)  # noqa: B904 (it is the same error)
            wait = call.wait_after(outcome)
            if wait is None:
                return call.result(outcome)
            await anyio.sleep(wait)

    @property
    def sdk(self) -> navai_sdk.Client:
        """The generated client over the same connections, for example
        ``await list_functions.asyncio_detailed(client=client.sdk)``.

        It uses this client's base URL, paths, headers and timeout, but never retries, does not check responses, and raises the
        errors of httpx. Use its asyncio functions. Next to ``transport="fast"`` it has connections of its own.
        """
        return self._generated_client()

    async def aclose(self) -> None:
        """Closes the connections. Idempotent; later calls are refused."""
        transport = self._connections.close() if self._owns_connections else None
        if transport is not None:
            await transport.aclose()

    async def __aenter__(self) -> Self:
        await self._load(Deadline.from_now(None))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
