"""What people import."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import navai
import navai.testing
from navai import AsyncNavaiBackendClient, NavaiBackendClient

WRAPPER = Path(navai.__file__).parent


def test_the_public_names_are_pinned_and_sorted() -> None:
    assert navai.__all__ == [
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
    assert navai.testing.__all__ == [
        "FunctionFailure",
        "LocalBackend",
        "RecordedCall",
        "RecordedRequest",
        "WordPressStandIn",
    ]
    public = {name for name in vars(navai) if not name.startswith("_") and not inspect.ismodule(getattr(navai, name))}
    assert public <= set(navai.__all__) == set(dir(navai))
    assert all(hasattr(navai, name) for name in navai.__all__)
    assert not hasattr(navai, "Any")


@pytest.mark.parametrize("statement", ["import navai", "import navai; navai.NavaiBackendClient(); navai.AsyncNavaiBackendClient()"])
def test_importing_and_building_loads_no_http_library(statement: str) -> None:
    heavy = "{'httpx', 'httpcore', 'anyio', 'navai_sdk', 'ssl', 'dateutil'}"
    program = f"import sys; {statement}; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert loaded == "[]\n"


def _signatures(client: type[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Parameters by method, without the types that must differ."""
    methods = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}
    return {
        methods.get(name, name): [
            (each.name, each.kind, each.default, str(each.annotation).replace("AsyncHTTPClient", "HTTPClient"))
            for each in inspect.signature(method).parameters.values()
        ]
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_") or name in ("__init__", "__enter__", "__exit__", "__aenter__", "__aexit__")
    }


def test_both_clients_have_the_same_methods_and_signatures() -> None:
    found = _signatures(NavaiBackendClient)
    assert found == _signatures(AsyncNavaiBackendClient)
    assert set(found) == {
        "__init__", "__enter__", "__exit__", "close", "create_client_secret", "execute_function", "list_functions",
        "synthesize_speech", "with_options",
    }  # fmt: skip
    assert hasattr(NavaiBackendClient, "sdk")
    assert hasattr(AsyncNavaiBackendClient, "sdk")


def test_all_arguments_of_the_constructor_but_the_first_are_keyword_only() -> None:
    parameters = list(inspect.signature(NavaiBackendClient).parameters.values())
    assert [parameter.name for parameter in parameters] == [
        "api_base_url", "env", "http_client", "transport", "client_secret_path", "functions_list_path", "functions_execute_path",
        "speech_synthesize_path", "headers", "auth", "timeout", "deadline", "max_retries", "max_response_bytes", "max_connections",
    ]  # fmt: skip
    assert {parameter.kind for parameter in parameters[1:]} == {inspect.Parameter.KEYWORD_ONLY}


def test_every_public_name_is_documented() -> None:
    for name in set(navai.__all__) - {"__version__", "WORDPRESS_PATHS", "WORDPRESS_PLAIN_PATHS"}:
        cls = getattr(navai, name)
        assert cls.__doc__, name
        for attribute, member in vars(cls).items():
            if not attribute.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                assert member.__doc__, f"{name}.{attribute}"


@pytest.mark.parametrize("file", sorted(WRAPPER.rglob("*.py")), ids=lambda file: str(file.relative_to(WRAPPER)))
def test_no_file_grows_beyond_what_one_can_hold_in_mind(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= 250


def test_only_transports_and_what_hands_on_to_them_know_the_http_library() -> None:
    """Knowledge without I/O: the other modules name httpx for type checkers at most."""
    knowing = set()
    for file in WRAPPER.rglob("*.py"):
        code = file.read_text("utf-8")
        if any(f"\n{verb} {library}" in code for verb in ("import", "from") for library in ("httpx", "httpcore")):
            knowing.add(str(file.relative_to(WRAPPER)))
    assert {file for file in knowing if not file.startswith("_http/")} == {"_sdk.py"}
    without_io = ("body", "decoders", "exceptions", "keepalive", "lookup", "timeouts", "turns")
    assert not knowing & {f"_http/{name}.py" for name in without_io}
