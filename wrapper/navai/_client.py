# Generated from _async_client.py by `make generate`. Never edit by hand: `make check-generated` would fail.
"""The synchronous client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import navai
from navai._driver import Driver
from navai._errors import APITimeoutError
from navai._lazy import _call, operations
from navai._models import Payload, ResultT
from navai._raw_response import WithRawResponse
from navai._redacted_dict import RedactedDict


class NavaiBackendClient(Driver):
    """A client for a Navai voice backend: creates client secrets, lists functions, executes them, and synthesizes speech.

    Use it as a context manager, or call `close` when done. It is thread-safe.

    Nothing is sent before the first call. Entering the client loads the HTTP library (about 0.2 s, once per process); otherwise the
    first call does, within its deadline.

    Args:
        api_base_url: The URL of the backend, for example ``"https://api.example.com"``; it may have a path, and credentials, which
            are used like `auth`. Default: the environment variable ``NAVAI_API_URL``, or else ``"http://localhost:3000"``.
        env: Where to look up ``NAVAI_API_URL``, once, now. Default: ``os.environ``.
        http_client: Your own ``httpx.Client`` or ``httpx2.Client``, which is never closed by this client. Its timeout
            applies unless `timeout` is given, its ``auth`` unless `auth` is given. Redirects follow our rules, not its own.
        transport: ``"fast"`` for a transport that needs a fraction of the CPU; install ``navai-sdk[fast]``. Tools that hook into
            httpx do not see its calls.
        client_secret_path: The path of the client secret endpoint. Default ``"/navai/realtime/client-secret"``. May have a query.
        functions_list_path: The path of the functions list endpoint. Default ``"/navai/functions"``.
        functions_execute_path: The path of the function execution endpoint. Default ``"/navai/functions/execute"``.
        speech_synthesize_path: The path of the speech endpoint. Default ``"/navai/speech/synthesize"``.
        headers: Headers to add to every request; for a single call, use `extra_headers`. Their values are secrets, as are those of
            a query in a path option. Secrets shorter than 6 characters are not redacted when a backend repeats them.
        auth: Username and password for HTTP basic authentication (RFC 7617), for example a WordPress application password.
        timeout: Seconds that each step of an attempt may take, or a `Timeout` with one limit per kind of step. Default:
            ``Timeout()``, 5 s to connect and 60 s for everything else.
        deadline: Seconds that a whole call may take, with all attempts, the waits between them, and reading the response. Default:
            no limit. (A sync call through your own `http_client` can exceed it while the head of a response drips in.)
        max_retries: How often a call is sent again where that is safe: a listing after a temporary failure, a client secret or
            speech likewise but not after a timeout, an execution only if it cannot have reached the backend. Default 2.
        max_response_bytes: The largest response to accept, in bytes after decompression. Default 32 MiB. Parsing it takes at most 8
            times as much memory; a response that would take more is refused.
        max_connections: How many calls may be in progress at once, in each process and event loop; each has its own connection, and
            further calls wait. Default 100. Lower it for hosts with few workers, as WordPress often has. Not for `http_client`.

    Raises:
        ConfigurationError: If an option is not valid; the message says what to write instead.
    """

    __module__ = "navai"

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
        call_deadline = self._start(deadline)
        self._load(call_deadline)
        with redacted:
            operation = operations.create_client_secret(inputs, redacted["extra_body"])
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, call_deadline)
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
            ConfigurationError: If an argument is not valid, the client is closed, or the environment names a proxy or certificates
                that cannot be used.
        """
        redacted = RedactedDict(extra_headers=extra_headers)
        del extra_headers
        call_deadline = self._start(deadline)
        try:
            self._load(call_deadline)
        except APITimeoutError as error:
            return self._functions_unavailable(error, call_deadline)
        with redacted:
            call = _call.Call(self._settings, operations.list_functions(), redacted["extra_headers"], timeout, call_deadline)
        return self._send(call)

    def execute_function(
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
        """Executes a function and returns its result. None may also mean that the function returned nothing.

        Args:
            function_name: The name as listed, or the `BackendFunction` itself.
            payload: The arguments, a dict of JSON values, a pydantic model (written by alias), or a dataclass of JSON values; None
                for no arguments.
            result_type: What the result is to be, for example ``list[Order]``, or None for JSON as it comes: a pydantic model, or
                with ``navai-sdk[typed]`` a dataclass, an attrs class, a ``TypedDict``, or a type made of these.
            extra_body: More fields of the request, by their JSON names, for example WordPress's ``session_key``.
            extra_headers: Headers for this call, which replace the client's `headers` and `auth`; None omits one. Secret.
            idempotent: Whether running the function twice has the same effect as running it once. Only then is a call that may
                have reached the backend sent again (see `max_retries`).
            timeout: The client's option, for this call.
            deadline: The client's option, for this call.

        Raises:
            ConfigurationError: If an argument is not valid, for example a payload that is not JSON. Nothing was sent.
            APIConnectionError: If no response came; its `request_sent` says whether the function may have run.
            APIStatusError: If the status is not 2xx: on Express also if the function throws. For an unknown function it has
                `available_functions`.
            FunctionExecutionError: If ``ok`` is not true: the function failed, was refused, or waits for approval.
            InvalidResponseError: If the response is not a JSON object, or the result is not of `result_type`.
        """
        redacted = RedactedDict(payload=payload, extra_body=extra_body, extra_headers=extra_headers)
        del payload, extra_body, extra_headers
        call_deadline = self._start(deadline)
        self._load(call_deadline)
        with redacted:
            operation = operations.execute_function(
                function_name, redacted["payload"], redacted["extra_body"], idempotent, result_type
            )
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, call_deadline)
        return self._send(call)

    @property
    def with_raw_response(self) -> WithRawResponse:
        """The same methods, each returning an `APIResponse`: its result with the status, the headers and the request ID.

        For example ``client.with_raw_response.execute_function("send_email", message)``. In a subclass, a method that calls
        one of these by ``super()`` gets an `APIResponse` from it then, too.
        """
        return WithRawResponse(self._returning_responses())

    def synthesize_speech(
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
        """Synthesizes speech, for an agent whose backend speaks by ElevenLabs (`ClientSecret.speech`). WordPress has none.

        What is left out has the backend's default.

        Args:
            text: The text to speak, not blank.
            voice_id: The voice, by its ID at ElevenLabs.
            model_id: The speech model, by its ID at ElevenLabs, for example ``"eleven_multilingual_v2"``.
            output_format: The format of the audio, by its name at ElevenLabs, for example ``"mp3_44100_128"``.
            optimize_streaming_latency: How much quality to give up for an earlier start, from 0 to 4.
            voice_settings: How the voice speaks.
            extra_body: More fields of the request, by their JSON names.
            extra_headers: Headers for this call, which replace the client's `headers` and `auth`; None omits one. Secret.
            timeout: The client's option, for this call.
            deadline: The client's option, for this call.

        Raises:
            ConfigurationError: If an argument is not valid, for example a blank text. Nothing was sent.
            APIConnectionError: If no response came; `APITimeoutError` if it did not come in time.
            APIStatusError: If the status is not 2xx, for example because the backend is not set up to speak.
            InvalidResponseError: If the response has no audio in base64 from ElevenLabs.
        """
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
        self._load(call_deadline)
        with redacted:
            operation = operations.synthesize_speech(text, inputs, redacted["extra_body"])
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, call_deadline)
        return self._send(call)
