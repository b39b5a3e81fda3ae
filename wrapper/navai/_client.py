"""The synchronous client."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar

import navai
from navai._base_client import BaseClient
from navai._errors import APIConnectionError, APITimeoutError, ConfigurationError, Refusals
from navai._http.deadline import Deadline
from navai._http.transport import HTTPClient, Transport
from navai._lazy import _call, attempts, navai_sdk, operations
from navai._redaction import RedactedDict

_T = TypeVar("_T")


class NavaiBackendClient(BaseClient[Transport]):
    """A client for a Navai voice backend: creates client secrets, lists functions and executes them.

    Use it as a context manager, or call `close` when done. It is thread-safe. Nothing is sent before the first call. Entering the
    client loads the HTTP library (about 0.2 s, once per process); otherwise the first call does, within its deadline.

    Args:
        api_base_url: The URL of the backend, for example ``"https://api.example.com"``; it may have a path, and credentials, which
            are used like `auth`. Default: the environment variable ``NAVAI_API_URL``, or else ``"http://localhost:3000"``.
        env: Where to look up ``NAVAI_API_URL``, once, now. Default: ``os.environ``.
        http_client: Your own ``httpx.Client`` or ``httpx2.Client``, which is never closed by this client. Its timeout applies
            unless `timeout` is given, its ``auth`` unless `auth` is given. Redirects are followed by our rules, not its own.
        transport: ``"fast"`` for a transport that needs a fraction of the CPU; install ``navai-sdk[fast]``. Tools that hook into
            httpx do not see its calls.
        client_secret_path: The path of the client secret endpoint. Default ``"/navai/realtime/client-secret"``. May have a query.
        functions_list_path: The path of the functions list endpoint. Default ``"/navai/functions"``.
        functions_execute_path: The path of the function execution endpoint. Default ``"/navai/functions/execute"``.
        headers: Headers to add to every request; for a single call, use `extra_headers`. Their values are secrets, as are those of
            a query in a path option. Secrets shorter than 6 characters are not redacted when a backend repeats them.
        auth: Username and password for HTTP basic authentication (RFC 7617), for example a WordPress application password.
        timeout: Seconds that each step of an attempt may take, or a `Timeout` with one limit per kind of step. Default:
            ``Timeout()``, 5 s to connect and 60 s for everything else.
        deadline: Seconds that a whole call may take, with all attempts, the waits between them, and reading the response. Default:
            no limit. (A sync call through your own `http_client` can exceed it while the head of a response drips in.)
        max_retries: How often a call is sent again where that is safe: a listing after a temporary failure, a client secret
            likewise but not after a timeout, an execution only if it cannot have reached the backend. Default 2.
        max_response_bytes: The largest response to accept, in bytes after decompression. Default 32 MiB. Parsing it takes at most 8
            times as much memory; a response that would take more is refused.

    Raises:
        ConfigurationError: If an option is not valid; the message says what to write instead.
    """

    __module__ = "navai"

    def __init__(
        self,
        api_base_url: str | None = None,
        *,
        env: Mapping[str, str] | None = None,
        http_client: HTTPClient | None = None,
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
        super().__init__(options, transport, http_client, is_async=False)

    def create_client_secret(
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
        """Creates an ephemeral client secret for one OpenAI Realtime session. The backend has a default for whatever is left out.

        Args:
            model: The realtime model, for example ``"gpt-realtime"``.
            voice: The voice that speaks, for example ``"marin"``.
            instructions: The system instructions.
            language: The language to reply in, for example ``"Spanish"``.
            voice_accent: The accent to speak with.
            voice_tone: The tone to speak in.
            api_key: An OpenAI API key to use, for backends that have none and allow it. Secret.
            extra_body: More fields of the request, by their JSON names, for example WordPress's ``session_key``.
            extra_headers: Headers for this call, which replace the client's `headers` and `auth`; None omits one. Secret.
            timeout: The client's option, for this call.
            deadline: The client's option, for this call.

        Raises:
            ConfigurationError: If an argument is not valid. Nothing was sent.
            APIConnectionError: If no response came; `APITimeoutError` if it did not come in time.
            APIStatusError: If the status is not 2xx.
            InvalidResponseError: If the response is not an object with a string ``value``.
        """
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
        self._load(until)
        with Refusals(until.handled):
            operation = operations.create_client_secret(inputs, redacted["extra_body"])
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, until)
        return self._send(call)

    def list_functions(
        self,
        *,
        extra_headers: Mapping[str, str | None] | None = None,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
    ) -> navai.BackendFunctionsResult:
        """Lists the functions. Never raises because of the backend or the network: see `BackendFunctionsResult.error`.

        Args:
            extra_headers: Headers for this call, which replace the client's `headers` and `auth`; None omits one. Secret.
            timeout: The client's option, for this call.
            deadline: The client's option, for this call.

        Raises:
            ConfigurationError: If an argument is not valid, or the client is closed.
        """
        redacted = RedactedDict(extra_headers=extra_headers)
        del extra_headers
        until = self._start(deadline)
        try:
            self._load(until)
        except APITimeoutError as error:
            return self._functions_unavailable(error, until)
        with Refusals(until.handled):
            call = _call.Call(self._settings, operations.list_functions(), redacted["extra_headers"], timeout, until)
        return self._send(call)

    def execute_function(
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
        """Executes a function and returns its result, any JSON value. None may also mean that the function returned nothing.

        Args:
            function_name: The name as listed.
            payload: The arguments, a dict of JSON values; None for no arguments.
            extra_body: More fields of the request, by their JSON names, for example WordPress's ``session_key``.
            extra_headers: Headers for this call, which replace the client's `headers` and `auth`; None omits one. Secret.
            idempotent: Whether running the function twice has the same effect as running it once. Only then is a call that may
                have reached the backend sent again (see `max_retries`).
            timeout: The client's option, for this call.
            deadline: The client's option, for this call.

        Raises:
            ConfigurationError: If an argument is not valid, for example a payload that is not JSON. Nothing was sent.
            APIConnectionError: If no response came; its `request_sent` says whether the function may have run.
            APIStatusError: If the status is not 2xx. For an unknown function it has `available_functions`.
            FunctionExecutionError: If ``ok`` is not true: the function failed, was refused, or waits for approval.
            InvalidResponseError: If the response is not a JSON object.
        """
        redacted = RedactedDict(payload=payload, extra_body=extra_body, extra_headers=extra_headers)
        del payload, extra_body, extra_headers
        until = self._start(deadline)
        self._load(until)
        with Refusals(until.handled):
            operation = operations.execute_function(function_name, redacted["payload"], redacted["extra_body"], idempotent)
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, until)
        return self._send(call)

    def _load(self, until: Deadline) -> None:
        if self._is_loaded:
            return
        try:
            self._loading().wait(until.left())
        except TimeoutError:
            raise self._deadline_error(until) from None
        self._is_loaded = True

    def _send(self, call: _call.Call[_T]) -> _T:
        transport = self._connections.transport()
        while True:
            try:
                outcome: attempts.Outcome = transport.send(call.next_request())
            except (APIConnectionError, ConfigurationError) as error:
                outcome = error
            wait = call.wait_after(outcome)
            if wait is None:
                return call.result(outcome)
            time.sleep(wait)

    @property
    def sdk(self) -> navai_sdk.Client:
        """The generated client over the same connections, for example ``list_functions.sync_detailed(client=client.sdk)``.

        It uses this client's base URL, paths, headers and timeout, but never retries, does not check responses, and raises the
        errors of httpx. Use its sync functions. Next to ``transport="fast"`` it has connections of its own.
        """
        return self._generated_client()

    def close(self) -> None:
        """Closes the connections. Idempotent; later calls are refused."""
        transport = self._connections.close() if self._owns_connections else None
        if transport is not None:
            transport.close()

    def __enter__(self) -> Self:
        self._load(Deadline.from_now(None))
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
