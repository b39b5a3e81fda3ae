"""What sends the calls of the asynchronous client: it loads what they need, makes the attempts, and closes the connections."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar, cast

import navai
from navai._base_client import BaseClient
from navai._errors import APIConnectionError, ConfigurationError, NavaiError
from navai._http.deadline import Deadline
from navai._http.transport import AsyncHTTPClient, AsyncTransport
from navai._lazy import _call, attempts, navai_sdk
from navai._redacted_dict import RedactedDict
from navai._tracebacks import without_locals

_T = TypeVar("_T")


class AsyncDriver(BaseClient[AsyncTransport]):
    """The part of `AsyncNavaiBackendClient` that knows no operation."""

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
        speech_synthesize_path: str | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        max_response_bytes: int | None = None,
        max_connections: int | None = None,
    ) -> None:
        options = RedactedDict(
            api_base_url=api_base_url,
            env=env,
            client_secret_path=client_secret_path,
            functions_list_path=functions_list_path,
            functions_execute_path=functions_execute_path,
            speech_synthesize_path=speech_synthesize_path,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            max_response_bytes=max_response_bytes,
        )
        del api_base_url, env, headers, auth
        del client_secret_path, functions_list_path, functions_execute_path, speech_synthesize_path
        super().__init__(options, transport, http_client, max_connections, is_async=True)

    # As a TypeError about the arguments names it.
    __init__.__qualname__ = "AsyncNavaiBackendClient.__init__"

    async def _load(self, deadline: Deadline) -> None:
        if self._is_loaded:
            return
        try:
            await self._loading().wait_async(deadline.left())
        except TimeoutError:
            raise self._deadline_error(deadline) from None
        self._is_loaded = True

    async def _send(self, call: _call.Call[_T]) -> _T:
        handled = sys.exception()
        try:
            transport = self._connections.transport()
            while True:
                try:
                    outcome: attempts.Outcome = await transport.send(call.next_request())
                except (APIConnectionError, ConfigurationError) as error:
                    outcome = error
                wait = call.wait_after(outcome)
                if wait is None:
                    return call.result() if self._returns_results else cast(Any, call.response())
                import anyio  # noqa: PLC0415 (loaded with the HTTP library; most calls never wait)

                await anyio.sleep(wait)
        except NavaiError:
            raise
        except BaseException as error:  # noqa: BLE001 (raised again)
            # Cancellation: the caller may turn it into a timeout error, which would keep the frames. There may be no event loop any
            # more that could tell: a task that never ended is closed with GeneratorExit.
            call.was_interrupted(error)
            raise without_locals(error, handled)  # noqa: B904 (it is the same error)

    @property
    def sdk(self) -> navai_sdk.Client:
        """The generated client over the same connections, for example
        ``await list_functions.asyncio_detailed(client=client.sdk)``.

        It uses this client's base URL, paths, headers, timeout and ``max_response_bytes``, but never retries, has no deadline, does
        not check responses, and raises the errors of httpx; a response that is too large is an ``httpx.DecodingError``. Use its
        asyncio functions. Next to ``transport="fast"`` it has connections of its own.

        Each access returns a new one, which keeps no cookies. Its ``with_headers``, ``with_cookies`` and ``with_timeout`` return
        another one, but also change the one that they are called on, unless it has not been used yet. Leaving it as a context
        manager closes nothing: the connections are closed with this client.
        """
        return self._generated_client()

    async def aclose(self) -> None:
        """Closes the connections. Idempotent; later calls are refused."""
        transport = self._connections.close() if self._owns_connections else None
        if transport is not None:
            await transport.aclose()

    async def __aenter__(self) -> Self:
        await self._load(Deadline(None))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
