"""What a maintainer writes by hand when the contract gains a field or an endpoint. The rehearsal writes it, and counts its lines.

By file: text that stands there, and what replaces it.
"""

from __future__ import annotations

Edits = dict[str, tuple[tuple[str, str], ...]]


def before(anchor: str, lines: str) -> tuple[str, str]:
    return anchor, lines + anchor


def after(anchor: str, lines: str) -> tuple[str, str]:
    return anchor, anchor + lines


# CreateClientSecretRequest.pace
FIELD_OF_A_REQUEST: Edits = {
    "wrapper/navai/_async_client.py": (
        after("        voice_tone: str | None = None,\n", "        pace: str | None = None,\n"),
        after("            voice_tone: The tone to speak in.\n", "            pace: The pace to speak at.\n"),
        after("            voice_tone=voice_tone,\n", "            pace=pace,\n"),
    ),
    "wrapper/navai/_cli/commands.py": (
        after(
            '@click.option("--voice-tone", help="The tone to speak in.")\n',
            '@click.option("--pace", help="The pace to speak at.")\n',
        ),
        ('"voice_accent", "voice_tone", "api_key")', '"voice_accent", "voice_tone", "pace", "api_key")'),
    ),
    "README.md": (("voice_tone=, api_key=)", "voice_tone=, pace=, api_key=)"),),
}

# FunctionItem.tag
FIELD_OF_AN_ANSWER: Edits = {
    "wrapper/navai/_results.py": (
        after(
            "        source: Where it comes from, for a person to find it; None if the backend sent no string.\n",
            "        tag: A word of the backend's own; None if the backend sent no string.\n",
        ),
        after("    source: str | None = None\n", "    tag: str | None = None\n"),
        ("_name, _description, _source, _extra = (", "_name, _description, _source, _tag, _extra = ("),
        (
            "(name: str, description: str | None, source: str | None, extra: dict[str, Any]) -> BackendFunction:\n",
            "(\n"
            "    name: str, description: str | None, source: str | None, tag: str | None, extra: dict[str, Any]\n"
            ") -> BackendFunction:\n",
        ),
        after("    _source(function, source)\n", "    _tag(function, tag)\n"),
    ),
    "wrapper/navai/_contract/responses.py": (
        after(
            '        name, description, source = rest.pop("name", None), rest.pop("description", None), rest.pop("source", None)\n',
            '        tag = rest.pop("tag", None)\n',
        ),
        after(
            "                source if isinstance(source, str) else None,\n",
            "                tag if isinstance(tag, str) else None,\n",
        ),
    ),
    "wrapper/navai/testing/_functions.py": (
        (
            '{"name": name, "description": description, "source": source})',
            '{"name": name, "description": description, "source": source, "tag": ""})',
        ),
    ),
    "README.md": (("`name`, `description`, `source`, `extra`", "`name`, `description`, `source`, `tag`, `extra`"),),
}

# The option of a driver that replaces a path.
OPTION = (
    after("        speech_synthesize_path: str | None = None,\n", "        translate_text_path: str | None = None,\n"),
    after(
        "            speech_synthesize_path=speech_synthesize_path,\n",
        "            translate_text_path=translate_text_path,\n",
    ),
    ("functions_execute_path, speech_synthesize_path\n", "functions_execute_path, speech_synthesize_path, translate_text_path\n"),
)

# translateText
ENDPOINT: Edits = {
    "wrapper/navai/_contract/operations.py": (
        after("    read_synthesize_speech,\n", "    read_translate_text,\n"),
        (
            "BackendFunctionsResult, ClientSecret, SynthesizedSpeech\n",
            "BackendFunctionsResult, ClientSecret, SynthesizedSpeech, Translation\n",
        ),
        after(
            "from navai_sdk.api.speech import synthesize_speech as synthesize_speech_endpoint\n",
            "from navai_sdk.api.text import translate_text as translate_text_endpoint\n",
        ),
        after(
            "from navai_sdk.models.synthesize_speech_request import SynthesizeSpeechRequest\n",
            "from navai_sdk.models.translate_text_request import TranslateTextRequest\n",
        ),
        before(
            "def all_operations() ",
            """\
def translate_text(text: str, extra_body: Mapping[str, Any] | None = None) -> Operation[Translation]:
    \"\"\"Translates a text.

    Raises:
        ConfigurationError: If the text is not a string, or `extra_body` is not JSON.
    \"\"\"
    body = TranslateTextRequest(_string("text", text))
    body.additional_properties = _extra_fields(TranslateTextRequest, extra_body)
    request = translate_text_endpoint._get_kwargs(body=body)
    return _operation("translate_text", "translate_text_path", request, UNLESS_TIMED_OUT, read_translate_text)


""",
        ),
        (
            '    return create_client_secret({}), list_functions(), execute_function("", None), synthesize_speech("Hello", {})\n',
            '    secret, functions, execution = create_client_secret({}), list_functions(), execute_function("", None)\n'
            '    return secret, functions, execution, synthesize_speech("Hello", {}), translate_text("")\n',
        ),
    ),
    "wrapper/navai/_contract/responses.py": (
        after("    SynthesizedSpeech,\n", "    Translation,\n"),
        before(
            "def _read_object(",
            """\
def read_translate_text(response: Response, info: RequestInfo) -> Translation:
    \"\"\"The translation.

    Raises:
        APIStatusError: If the status is not 2xx.
        InvalidResponseError: If the response is not an object with a string `translation`.
    \"\"\"
    data = _read_object(response, info, "Invalid translation response.")
    text = data.pop("translation", None)
    if not isinstance(text, str):
        raise InvalidResponseError("Invalid translation response.", **error_details(FailedResponse(response, info)))
    return Translation(text, extra=data)


""",
        ),
    ),
    "wrapper/navai/_results.py": (
        before(
            "@frozen\nclass BackendFunction:\n",
            """\
@frozen
class Translation:
    \"\"\"A translated text.

    Attributes:
        text: The translation.
        extra: Any other fields from the backend, by their JSON names.
    \"\"\"

    __module__ = "navai"
    __hash__: ClassVar[None] = None  # type: ignore[assignment] # pyright: ignore[reportIncompatibleMethodOverride] (a field is mutable)

    text: str
    extra: dict[str, Any] = field(factory=dict[str, Any])

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: Any) -> Any:
        from navai._pydantic import result_schema  # noqa: PLC0415 (called by pydantic)

        return result_schema(cls, handler)


""",  # noqa: E501 (a line with long ignores)
        ),
    ),
    "wrapper/navai/__init__.py": (
        after("        SynthesizedSpeech,\n", "        Translation,\n"),
        after('    "Timeout",\n', '    "Translation",\n'),
        after('    "Timeout": "navai._http.timeouts",\n', '    "Translation": "navai._results",\n'),
    ),
    "wrapper/navai/_options/settings.py": (
        ('"speech_synthesize_path")\n', '"speech_synthesize_path", "translate_text_path")\n'),
        before("    headers: Mapping[str, str | None] | None\n", "    translate_text_path: str | None\n"),
        before("    # All headers of every request except ", "    translate_text_path: str | None\n"),
    ),
    "wrapper/navai/_async_client.py": (
        before(
            "        headers: Headers to add to every request;",
            '        translate_text_path: The path of the translation endpoint. Default ``"/navai/text/translate"``.\n',
        ),
        before(
            "    async def synthesize_speech(",
            """\
    async def translate_text(
        self,
        text: str,
        *,
        extra_body: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        timeout: float | navai.Timeout | None = None,
        deadline: float | None = None,
    ) -> navai.Translation:
        \"\"\"Translates a text.

        Args:
            text: The text to translate.
            extra_body: More fields of the request, by their JSON names.
            extra_headers: Headers for this call, which replace the client's `headers` and `auth`; None omits one. Secret.
            timeout: The client's option, for this call.
            deadline: The client's option, for this call.

        Raises:
            ConfigurationError: If an argument is not valid. Nothing was sent.
            APIConnectionError: If no response came; `APITimeoutError` if it did not come in time.
            APIStatusError: If the status is not 2xx.
            InvalidResponseError: If the response is not an object with a string ``translation``.
        \"\"\"
        redacted = RedactedDict(extra_body=extra_body, extra_headers=extra_headers)
        del extra_body, extra_headers
        call_deadline = self._start(deadline)
        await self._load(call_deadline)
        with redacted:
            operation = operations.translate_text(text, redacted["extra_body"])
            call = _call.Call(self._settings, operation, redacted["extra_headers"], timeout, call_deadline)
        return await self._send(call)

""",
        ),
    ),
    "wrapper/navai/_raw_response.py": (
        after(
            "        self.synthesize_speech: Final = _returns_response(copy.synthesize_speech)\n",
            "        self.translate_text: Final = _returns_response(copy.translate_text)\n",
        ),
        after(
            "        self.synthesize_speech: Final = _returns_response_async(copy.synthesize_speech)\n",
            "        self.translate_text: Final = _returns_response_async(copy.translate_text)\n",
        ),
    ),
    "wrapper/navai/_async_driver.py": OPTION,
    "wrapper/navai/_cli/connection.py": (
        after(
            '    "functions-execute": ("/functions/execute", "functions are executed"),\n',
            '    "translate-text": ("/text/translate", "texts are translated"),\n',
        ),
    ),
    "wrapper/navai/_cli/commands.py": (
        before(
            '@command(main, name="check")\n',
            """\
@command(main, name="translate")
@click.argument("text", metavar="TEXT")
def translate(output: Output, text: str, **connection: Any) -> None:
    \"\"\"Translate a text.

    For example:  navai translate "Good morning"
    \"\"\"
    with connected(**connection) as client, progress():
        translation = client.translate_text(text)
    output.json({"translation": translation.text})


""",
        ),
    ),
    "wrapper/navai/_check/probes.py": (
        (
            "import Operation, create_client_secret, execute_function, list_functions, synthesize_speech\n",
            "import (\n"
            "    Operation,\n"
            "    create_client_secret,\n"
            "    execute_function,\n"
            "    list_functions,\n"
            "    synthesize_speech,\n"
            "    translate_text,\n"
            ")\n",
        ),
        before(
            "def _raw(",
            """\
def translations() -> list[Probe]:
    \"\"\"The translation of a word.\"\"\"
    return [Probe("translateText", "a translation", translate_text("Hello"), _OK, _translated)]


""",
        ),
        before(
            "def _explained(",
            """\
def _translated(answer: dict[str, Any]) -> Iterator[Deviation]:
    if answer.get("translation") == "":
        yield Deviation("$.translation", "must not be empty")


""",
        ),
    ),
    "wrapper/navai/_check/asking.py": (
        ("refusals, synthesis\n", "refusals, synthesis, translations\n"),
        ("    probes = [*listing(), *refusals()]\n", "    probes = [*listing(), *refusals(), *translations()]\n"),
    ),
    "wrapper/navai/testing/_local_backend.py": (
        (
            "import Operation, create_client_secret, execute_function, list_functions, synthesize_speech\n",
            "import (\n"
            "    Operation,\n"
            "    create_client_secret,\n"
            "    execute_function,\n"
            "    list_functions,\n"
            "    synthesize_speech,\n"
            "    translate_text,\n"
            ")\n",
        ),
        after("        functions_execute_path: As for the client.\n", "        translate_text_path: As for the client.\n"),
        after("        functions_execute_path: str | None = None,\n", "        translate_text_path: str | None = None,\n"),
        after(
            '            "functions_execute_path": functions_execute_path,\n',
            '            "translate_text_path": translate_text_path,\n',
        ),
        after(
            '            _route(settings, execute_function("", None)): self._execute_function,\n',
            '            _route(settings, translate_text("")): self._translate_text,\n',
        ),
        before(
            "    async def _not_found(",
            """\
    async def _translate_text(self, body: Any) -> Answer:
        if not isinstance(body, dict) or "text" not in body:
            return answer(400, {"error": "text is required."})
        return answer(200, {"translation": f"Translated: {body['text']}"})

""",
        ),
    ),
    "tests/spec/test_complete.py": (
        after('    "synthesizeSpeech": ["speech", "f"],\n', '    "translateText": ["translate", "f"],\n'),
    ),
    "README.md": (
        after(
            "`execute_function(function_name, payload)`; also `result_type=`, a type for the result |\n",
            "| `translateText({ text })` | `translate_text(text)` |\n",
        ),
    ),
}
