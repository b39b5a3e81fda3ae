"""The asynchronous client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from navai._base_client import BaseClient
from navai._errors import APIConnectionError, APITimeoutError, ConfigurationError, frameless
from navai._secrets import Hidden
from navai._settings import Deadline

if TYPE_CHECKING:
    import httpx
    import httpx2

    import navai_sdk
    from navai._calls import Call, Calls
    from navai._http.transport import AsyncTransport  # noqa: F401 (in quotes below)
    from navai._messages import Reply, Timeout
    from navai._results import BackendFunctionsResult, ClientSecret

_T = TypeVar("_T")


class AsyncNavaiBackendClient(BaseClient["AsyncTransport"]):
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
        http_client: httpx.AsyncClient | httpx2.AsyncClient | None = None,
        transport: Literal["fast"] | None = None,
        client_secret_path: str | None = None,
        functions_list_path: str | None = None,
        functions_execute_path: str | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | Timeout | None = None,
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
        timeout: float | Timeout | None = None,
        deadline: float | None = None,
    ) -> ClientSecret:
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
        given = Hidden(extra_body=extra_body)
        del api_key, extra_body
        until = self._start(deadline)
        calls = self._calls or await self._load(until)
        return await self._send(self._checked(calls.client_secret, inputs, given["extra_body"]), timeout, until)

    async def list_functions(
        self, *, timeout: float | Timeout | None = None, deadline: float | None = None
    ) -> BackendFunctionsResult:
        """Lists the functions, without raising: see `NavaiBackendClient.list_functions`, awaited."""
        until = self._start(deadline)
        try:
            calls = self._calls or await self._load(until)
        except APITimeoutError as error:
            return self._unlisted(error)
        return await self._send(calls.functions(), timeout, until)

    async def execute_function(
        self,
        function_name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        extra_body: Mapping[str, Any] | None = None,
        idempotent: bool = False,
        timeout: float | Timeout | None = None,
        deadline: float | None = None,
    ) -> Any:
        """Executes a function and returns its result: see `NavaiBackendClient.execute_function`, awaited."""
        given = Hidden(payload=payload, extra_body=extra_body)
        del payload, extra_body
        until = self._start(deadline)
        calls = self._calls or await self._load(until)
        call = self._checked(calls.execution, function_name, given["payload"], given["extra_body"], idempotent)
        return await self._send(call, timeout, until)

    async def _load(self, until: Deadline) -> Calls:
        try:
            await self._loading().wait_async(until.left())
        except TimeoutError:
            raise self._too_late(until) from None
        return self._loaded()

    async def _send(self, call: Call[_T], timeout: float | Timeout | None, until: Deadline) -> _T:
        import anyio  # noqa: PLC0415 (comes with the HTTP library)

        exchange = self._begin(call, timeout, until)
        transport = self._shared.transport()
        while True:
            try:
                outcome: Reply | APIConnectionError = await transport.send(exchange.next_request())
            except APIConnectionError as error:
                outcome = error
            except ConfigurationError as error:
                raise frameless(error)  # noqa: B904 (it is the same error)
            except anyio.get_cancelled_exc_class() as error:
                # A timeout of the caller's comes of it, with the frames.
                raise error.with_traceback(None)  # noqa: B904 (it is the same error)
            wait = exchange.wait_after(outcome)
            if wait is None:
                return exchange.end(outcome)
            await anyio.sleep(wait)

    @property
    def sdk(self) -> navai_sdk.Client:
        """The generated low level over the same connections, for example
        ``await list_functions.asyncio_detailed(client=client.sdk)``.

        It follows the base URL, paths, headers and timeout of this client, but neither sends anything again nor checks answers,
        and raises the errors of httpx. Use its asyncio functions.
        """
        if self._sdk is None:
            from navai._sdk import generated_client  # noqa: PLC0415 (loads the HTTP library)

            self._sdk = generated_client(self._settings, self._calls or self._loaded(), self._shared.transport())
        return self._sdk

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
