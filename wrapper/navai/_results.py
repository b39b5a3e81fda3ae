"""What the operations return."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, Literal

from attrs import field, fields, frozen

from navai._errors import NavaiError
from navai._models import ResultT
from navai._request_id import request_id


def _redacted(_: object) -> str:
    return "'***'"


def _keys_only(extra: dict[str, Any]) -> str:
    # Keys only: WordPress puts a session key among the values.
    return "{" + ", ".join(f"{key!r}: ..." for key in extra) + "}"


@frozen
class SpeechConfig:
    """Who speaks for the agent of a session.

    Attributes:
        provider: ``"openai"`` if the realtime session itself does. ``"elevenlabs"`` if it answers in text, which
            `synthesize_speech` turns into speech.
    """

    __module__ = "navai"

    provider: Literal["openai", "elevenlabs"] = "openai"

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: Any) -> Any:
        from navai._pydantic import result_schema  # noqa: PLC0415 (called by pydantic)

        return result_schema(cls, handler)


@frozen
class ClientSecret:
    """An ephemeral secret for one OpenAI Realtime session. The repr does not show it, nor the values in `extra`.

    Attributes:
        value: The secret itself; open the realtime session with it.
        expires_at: When it expires, in seconds since 1970-01-01T00:00:00Z, as sent by the backend; None if it sent no number.
        extra: Any other fields from the backend, by their JSON names, for example ``session`` (WordPress).
        speech: Who speaks for the agent.
    """

    __module__ = "navai"
    __hash__: ClassVar[None] = None  # type: ignore[assignment] # pyright: ignore[reportIncompatibleMethodOverride] (a field is mutable)

    value: str = field(repr=_redacted)
    expires_at: float | None = None
    extra: dict[str, Any] = field(factory=dict[str, Any], repr=_keys_only)
    speech: SpeechConfig = SpeechConfig()

    @property
    def expires_at_datetime(self) -> datetime | None:
        """`expires_at` as an aware datetime in UTC; None if there is none, or if it is outside the years 1 to 9999."""
        if self.expires_at is None:
            return None
        try:
            # Not `fromtimestamp`, whose range depends on the platform.
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self.expires_at)
        except (OverflowError, ValueError):
            return None

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: Any) -> Any:
        from navai._pydantic import secret_schema  # noqa: PLC0415 (called by pydantic)

        return secret_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, _: Any, __: Any) -> Any:
        from navai._pydantic import refuse_secret  # noqa: PLC0415 (called by pydantic)

        return refuse_secret(cls)


@frozen
class BackendFunction:
    """One function that the backend offers.

    Attributes:
        name: The name to execute it by; never blank.
        description: What it does, for a model or a person to read; None if the backend sent no string.
        source: Where it comes from, for a person to find it; None if the backend sent no string.
        extra: Any other fields from the backend, by their JSON names, for example ``metadata`` (WordPress).
    """

    __module__ = "navai"
    __hash__: ClassVar[None] = None  # type: ignore[assignment] # pyright: ignore[reportIncompatibleMethodOverride] (a field is mutable)

    name: str
    description: str | None = None
    source: str | None = None
    extra: dict[str, Any] = field(factory=dict[str, Any])

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: Any) -> Any:
        from navai._pydantic import result_schema  # noqa: PLC0415 (called by pydantic)

        return result_schema(cls, handler)


_name, _description, _source, _extra = (vars(BackendFunction)[slot.name].__set__ for slot in fields(BackendFunction))


def make_function(name: str, description: str | None, source: str | None, extra: dict[str, Any]) -> BackendFunction:
    """Creates a `BackendFunction` in two thirds of the time, since a backend may list thousands."""
    function = object.__new__(BackendFunction)
    _name(function, name)
    _description(function, description)
    _source(function, source)
    _extra(function, extra)
    return function


@frozen
class BackendFunctionsResult:
    """The backend's functions, or why they could not be listed.

    Attributes:
        functions: The functions, in the backend's order; empty if they could not be listed.
        warnings: The backend's warnings, or one line that says why the functions could not be listed; not even that for a response
            without ``items``, as in the TypeScript client.
        error: Why the functions could not be listed; None if they were. Distinguishes "no functions" from "no backend".
    """

    __module__ = "navai"
    __hash__: ClassVar[None] = None  # type: ignore[assignment] # pyright: ignore[reportIncompatibleMethodOverride] (a field is mutable)

    functions: list[BackendFunction] = field(factory=list[BackendFunction])
    warnings: list[str] = field(factory=list[str])
    error: NavaiError | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: Any) -> Any:
        from navai._pydantic import result_schema  # noqa: PLC0415 (called by pydantic)

        return result_schema(cls, handler)


def _length(audio: bytes) -> str:
    return f"<{len(audio)} bytes>"


@frozen
class SynthesizedSpeech:
    """A text as speech. The repr shows only how many bytes there are.

    Attributes:
        provider: Who spoke, always ``"elevenlabs"``.
        mime_type: The type of the audio, for example ``"audio/mpeg"``.
        audio: The audio itself, the content of a file of that type.
        extra: Any other fields from the backend, by their JSON names.
    """

    __module__ = "navai"
    __hash__: ClassVar[None] = None  # type: ignore[assignment] # pyright: ignore[reportIncompatibleMethodOverride] (a field is mutable)

    provider: Literal["elevenlabs"]
    mime_type: str
    audio: bytes = field(repr=_length)
    extra: dict[str, Any] = field(factory=dict[str, Any], repr=_keys_only)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: Any) -> Any:
        from navai._pydantic import result_schema  # noqa: PLC0415 (called by pydantic)

        return result_schema(cls, handler)


@frozen(eq=False)
class APIResponse(Generic[ResultT]):
    """A result, and what came with it: see `NavaiBackendClient.with_raw_response`.

    Attributes:
        result: What the method returns otherwise.
        status_code: The HTTP status, 2xx. Of functions that could not be listed any other; None if no response came.
        headers: The response headers, with the secrets of the request redacted. Lookup is case-insensitive. Their repr has only the
            names, since values may be secret (``Set-Cookie``).
    """

    __module__ = "navai"

    result: ResultT
    status_code: int | None
    headers: Mapping[str, str]

    @property
    def request_id(self) -> str | None:
        """The header ``X-Request-ID`` or ``Request-ID`` of the response; None if it has neither."""
        return request_id(self.headers)
