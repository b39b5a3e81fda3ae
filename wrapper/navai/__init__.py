"""The Python client of Navai voice backends."""

from navai._async_client import AsyncNavaiBackendClient
from navai._client import NavaiBackendClient
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
from navai._messages import Timeout
from navai._results import BackendFunction, BackendFunctionsResult, ClientSecret
from navai._version import __version__

__all__ = [
    "APIConnectionError",
    "APIError",
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
    "Timeout",
    "__version__",
]
