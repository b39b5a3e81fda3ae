"""The synchronous client."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar

import navai
from navai._base_client import BaseClient
from navai._errors import APIConnectionError, APITimeoutError, ConfigurationError
from navai._http.transport import HTTPClient, Transport
from navai._later import _calls, _exchange, navai_sdk
from navai._secrets import Hidden
from navai._settings import Deadline

_T = TypeVar("_T")


class NavaiBackendClient(BaseClient[Transport]):
    """Talks to a Navai voice backend: mints client secrets, lists functions, executes them.

    Use it as a context manager, or call `close` at the end. One client serves any number of threads. Options are checked here,
    once; nothing is sent before the first call. Entering the client loads the HTTP library (about 0.2 s, once per process); without
    that, the first call does, within its deadline.

    Args:
        api_base_url: Where the backend is, for example ``"https://api.example.com"``; may have a path. Blanks around it are
            dropped. Credentials in it (``https://user:password@host``) are taken out and used like `auth`. Default: the
            variable ``NAVAI_API_URL``, else ``"http://localhost:3000"``. A blank one counts as not given.
        env: Where ``NAVAI_API_URL`` is looked up, once, now. Default: ``os.environ``.
        http_client: Your own ``httpx.Client`` or ``httpx2.Client``, for proxies, certificates, transports. It is never closed by
            this client; its timeout holds unless `timeout` is given, its ``auth`` unless `auth` is; redirects are followed by our
            rules, not its.
        transport: ``"fast"`` for a transport that takes a fraction of the CPU, of the extra ``navai-sdk[fast]``. Tools
            that hook into httpx do not see its calls.
        client_secret_path: Path of the client secret endpoint, with a query if need be. Default
            ``"/navai/realtime/client-secret"``. WordPress: ``"/wp-json/navai/v1/realtime/client-secret"``.
        functions_list_path: Path of the functions list endpoint. Default ``"/navai/functions"``.
        functions_execute_path: Path of the function execution endpoint. Default ``"/navai/functions/execute"``.
        headers: More headers for every request. (For one call: `extra_headers`.) Their values are treated as secrets, and so are
            those of a query in a path option; secrets of fewer than 6 letters are not masked where a backend repeats them.
        auth: User name and password for HTTP basic authentication (RFC 7617), for example a WordPress application password.
        timeout: Seconds that each step of an attempt may take, or a `Timeout` with a limit for each kind of step. Default:
            ``Timeout()``, 5 s to connect and 60 s for the rest.
        deadline: Seconds that a whole call may take: all attempts, the waits between them and the answer's body. Default: none. (A
            sync call over an `http_client` of yours can overrun it while the head of an answer drips in.)
        max_retries: How often a call is sent again where that is safe: a listing after a failure that may pass, a client secret
            likewise but not after a timeout, an execution only if it surely never reached the backend. Default 2.
        max_response_bytes: The largest answer to accept, in bytes after decompression. Default 32 MiB. What is made of it takes at
            most 8 times as much memory; an answer that would take more is refused.

    Raises:
        ConfigurationError: An option cannot be right; the message says what to write instead.
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
        """Mints an ephemeral secret for one OpenAI Realtime session. What is left out takes the backend's default.

        Args:
            model: The realtime model, for example ``"gpt-realtime"``.
            voice: The voice that speaks, for example ``"marin"``.
            instructions: The system instructions.
            language: The language to reply in, for example ``"Spanish"``.
            voice_accent: The accent to speak with.
            voice_tone: The tone to speak in.
            api_key: An OpenAI API key to mint with, for backends that have none and allow it. Secret.
            extra_body: More fields of the request by their JSON names, for example WordPress's ``session_key``.
            extra_headers: More headers for this call, over the client's `headers` and `auth`. None for one leaves it out. Secret.
            timeout: As for the client, for this call.
            deadline: As for the client, for this call.

        Raises:
            ConfigurationError: An argument cannot be right; nothing was sent.
            APIConnectionError: No answer came; `APITimeoutError` if not in time.
            APIStatusError: The status is not 2xx.
            InvalidResponseError: The answer is not an object with a string ``value``.
        """
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
        calls = self._calls or self._load(until)
        call = self._checked(calls.client_secret, inputs, given["extra_body"], given["extra_headers"])
        return self._send(call, timeout, until)

    def list_functions(
        self,
        *,
        extra_headers: Mapping[str, str | None] | None = None,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
    ) -> navai.BackendFunctionsResult:
        """Lists the functions. Never raises for what the backend or the network does: see `BackendFunctionsResult.error`.

        Args:
            extra_headers: More headers for this call, over the client's `headers` and `auth`. None for one leaves it out. Secret.
            timeout: As for the client, for this call.
            deadline: As for the client, for this call.

        Raises:
            ConfigurationError: An argument cannot be right, or the client is closed.
        """
        given = Hidden(extra_headers=extra_headers)
        del extra_headers
        until = self._start(deadline)
        try:
            calls = self._calls or self._load(until)
        except APITimeoutError as error:
            return self._unlisted(error, until)
        return self._send(self._checked(calls.functions, given["extra_headers"]), timeout, until)

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
        """Executes a function and returns its result, any JSON value; None also when the function returned nothing.

        Args:
            function_name: The name as listed.
            payload: The arguments, a dict of JSON values; None for none.
            extra_body: More fields of the request by their JSON names, for example WordPress's ``session_key``.
            extra_headers: More headers for this call, over the client's `headers` and `auth`. None for one leaves it out. Secret.
            idempotent: Whether running twice does no more than running once. Only then is a call sent again (see `max_retries`)
                that may have reached the backend.
            timeout: As for the client, for this call.
            deadline: As for the client, for this call.

        Raises:
            ConfigurationError: An argument cannot be right, for example a payload that is not JSON; nothing was sent.
            APIConnectionError: No answer came; its `request_sent` tells whether the function may have run.
            APIStatusError: The status is not 2xx; an unknown function's has `available_functions`.
            FunctionExecutionError: ``ok`` is not true: the function failed, was refused, or waits for approval.
            InvalidResponseError: The answer is not a JSON object.
        """
        given = Hidden(payload=payload, extra_body=extra_body, extra_headers=extra_headers)
        del payload, extra_body, extra_headers
        until = self._start(deadline)
        calls = self._calls or self._load(until)
        call = self._checked(
            calls.execution, function_name, given["payload"], given["extra_body"], idempotent, given["extra_headers"]
        )
        return self._send(call, timeout, until)

    def _load(self, until: Deadline) -> _calls.Calls:
        try:
            self._loading().wait(until.left())
        except TimeoutError:
            raise self._too_late(until) from None
        return self._loaded()

    def _send(self, call: _calls.Call[_T], timeout: float | navai.Timeout | None, until: Deadline) -> _T:
        exchange = self._begin(call, timeout, until)
        transport = self._shared.transport()
        while True:
            try:
                outcome: _exchange.Outcome = transport.send(exchange.next_request())
            except (APIConnectionError, ConfigurationError) as error:
                outcome = error
            wait = exchange.wait_after(outcome)
            if wait is None:
                return exchange.end(outcome)
            time.sleep(wait)

    @property
    def sdk(self) -> navai_sdk.Client:
        """The generated low level over the same connections, for example ``list_functions.sync_detailed(client=client.sdk)``.

        It follows the base URL, paths, headers and timeout of this client, but neither sends anything again nor checks answers,
        and raises the errors of httpx. Use its sync functions. Beside ``transport="fast"`` it has connections of its own.
        """
        return self._generated_client()

    def close(self) -> None:
        """Closes the connections. Idempotent; a call after it is refused."""
        transport = self._shared.close() if self._owns_connections else None
        if transport is not None:
            transport.close()

    def __enter__(self) -> Self:
        if self._calls is None:
            self._load(Deadline.from_now(None))
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
