"""The asynchronous client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import navai
from navai._async_driver import AsyncDriver
from navai._errors import APITimeoutError
from navai._lazy import _call, operations
from navai._models import Payload, ResultT
from navai._raw_response import AsyncWithRawResponse
from navai._redaction import RedactedDict
from navai._refusals import Refusals


class AsyncNavaiBackendClient(AsyncDriver):
    """The async version of `NavaiBackendClient`, with the same options, methods, results and errors.

    Use it as an async context manager, or await `aclose` when done. One client can serve any number of tasks.

    Args:
        api_base_url: As for `NavaiBackendClient`, like all options except `http_client`.
        http_client: Your own ``httpx.AsyncClient`` or ``httpx2.AsyncClient``, which is never closed by this client.

    Raises:
        ConfigurationError: If an option is not valid; the message says what to write instead.
    """

    __module__ = "navai"

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
        call_deadline = self._start(deadline)
        await self._load(call_deadline)
        with Refusals(call_deadline.handled):
            operation = operations.create_client_secret(inputs, redacted["extra_body"])
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, call_deadline)
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
        call_deadline = self._start(deadline)
        try:
            await self._load(call_deadline)
        except APITimeoutError as error:
            return self._functions_unavailable(error, call_deadline)
        with Refusals(call_deadline.handled):
            call = _call.Call(self._settings, operations.list_functions(), redacted["extra_headers"], timeout, call_deadline)
        return await self._send(call)

    async def execute_function(
        self,
        function_name: str | navai.BackendFunction,
        payload: Payload | None = None,
        *,
        result_type: type[ResultT] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        idempotent: bool = False,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
    ) -> ResultT:
        """Executes a function and returns its result: see `NavaiBackendClient.execute_function`."""
        redacted = RedactedDict(payload=payload, extra_body=extra_body, extra_headers=extra_headers)
        del payload, extra_body, extra_headers
        call_deadline = self._start(deadline)
        await self._load(call_deadline)
        with Refusals(call_deadline.handled):
            operation = operations.execute_function(
                function_name, redacted["payload"], redacted["extra_body"], idempotent, result_type
            )
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, call_deadline)
        return await self._send(call)

    @property
    def with_raw_response(self) -> AsyncWithRawResponse:
        """The same methods, each returning an `APIResponse`: its result with the status, the headers and the request ID.

        For example ``await client.with_raw_response.execute_function("send_email", message)``.
        """
        return AsyncWithRawResponse(self._returning_responses())

    async def synthesize_speech(
        self,
        text: str,
        *,
        voice_id: str | None = None,
        model_id: str | None = None,
        output_format: str | None = None,
        optimize_streaming_latency: float | None = None,
        voice_settings: navai.VoiceSettings | None = None,
        extra_body: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
    ) -> navai.SynthesizedSpeech:
        """Synthesizes speech: see `NavaiBackendClient.synthesize_speech`."""
        inputs = RedactedDict(
            voice_id=voice_id,
            model_id=model_id,
            output_format=output_format,
            optimize_streaming_latency=optimize_streaming_latency,
            voice_settings=voice_settings,
        )
        redacted = RedactedDict(extra_body=extra_body, extra_headers=extra_headers)
        del extra_body, extra_headers
        call_deadline = self._start(deadline)
        await self._load(call_deadline)
        with Refusals(call_deadline.handled):
            operation = operations.synthesize_speech(text, inputs, redacted["extra_body"])
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, call_deadline)
        return await self._send(call)
