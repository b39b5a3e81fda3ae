# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
"""Contains all the data models used in inputs/outputs"""

from .approval import Approval
from .create_client_secret_request import CreateClientSecretRequest
from .create_client_secret_response import CreateClientSecretResponse
from .error_response import ErrorResponse
from .error_response_data import ErrorResponseData
from .execute_function_payload import ExecuteFunctionPayload
from .execute_function_request import ExecuteFunctionRequest
from .execute_function_response import ExecuteFunctionResponse
from .function_failure import FunctionFailure
from .function_item import FunctionItem
from .list_functions_response import ListFunctionsResponse
from .speech_settings import SpeechSettings
from .synthesize_speech_request import SynthesizeSpeechRequest
from .synthesize_speech_response import SynthesizeSpeechResponse
from .unknown_function_response import UnknownFunctionResponse
from .voice_settings import VoiceSettings

__all__ = (
    "Approval",
    "CreateClientSecretRequest",
    "CreateClientSecretResponse",
    "ErrorResponse",
    "ErrorResponseData",
    "ExecuteFunctionPayload",
    "ExecuteFunctionRequest",
    "ExecuteFunctionResponse",
    "FunctionFailure",
    "FunctionItem",
    "ListFunctionsResponse",
    "SpeechSettings",
    "SynthesizeSpeechRequest",
    "SynthesizeSpeechResponse",
    "UnknownFunctionResponse",
    "VoiceSettings",
)
