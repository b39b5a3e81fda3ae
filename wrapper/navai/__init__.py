"""The Python client of Navai voice backends."""

from typing import TYPE_CHECKING, Any

from navai._errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    ConfigurationError,
    FunctionExecutionError,
    InvalidResponseError,
    NavaiError,
)
from navai._version import __version__

if TYPE_CHECKING:
    from navai._async_client import AsyncNavaiBackendClient
    from navai._client import NavaiBackendClient
    from navai._contract.voice_settings import VoiceSettings
    from navai._http.timeouts import Timeout
    from navai._results import (
        APIResponse,
        BackendFunction,
        BackendFunctionsResult,
        ClientSecret,
        SpeechConfig,
        SynthesizedSpeech,
    )
    from navai._wordpress import WORDPRESS_PATHS, WORDPRESS_PLAIN_PATHS

__all__ = [
    "WORDPRESS_PATHS",
    "WORDPRESS_PLAIN_PATHS",
    "APIConnectionError",
    "APIError",
    "APIResponse",
    "APIStatusError",
    "APITimeoutError",
    "AsyncNavaiBackendClient",
    "BackendFunction",
    "BackendFunctionsResult",
    "ClientSecret",
    "ConfigurationError",
    "FunctionExecutionError",
    "InvalidResponseError",
    "NavaiBackendClient",
    "NavaiError",
    "SpeechConfig",
    "SynthesizedSpeech",
    "Timeout",
    "VoiceSettings",
    "__version__",
]

# These are loaded when they are asked for, or a call makes one: a program waits for one kind of client only, and not for attrs,
# which takes longer to load than all else that is here.
_LATER = {
    "APIResponse": "navai._results",
    "AsyncNavaiBackendClient": "navai._async_client",
    "BackendFunction": "navai._results",
    "BackendFunctionsResult": "navai._results",
    "ClientSecret": "navai._results",
    "NavaiBackendClient": "navai._client",
    "SpeechConfig": "navai._results",
    "SynthesizedSpeech": "navai._results",
    "Timeout": "navai._http.timeouts",
    "VoiceSettings": "navai._contract.voice_settings",
    "WORDPRESS_PATHS": "navai._wordpress",
    "WORDPRESS_PLAIN_PATHS": "navai._wordpress",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415 (see above)

    if name not in _LATER:
        raise AttributeError(f"module 'navai' has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return __all__


del TYPE_CHECKING, Any
