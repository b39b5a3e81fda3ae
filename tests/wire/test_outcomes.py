"""What both clients make of answers that come over a real socket."""

from __future__ import annotations

import gzip
import json
import re
import tracemalloc
from typing import Any

import pytest

from navai import (
    APIConnectionError,
    APIStatusError,
    BackendFunction,
    ConfigurationError,
    FunctionExecutionError,
    InvalidResponseError,
    NavaiError,
    SpeechConfig,
)
from navai.testing import FunctionFailure, LocalBackend
from tests.conftest import Connect

NOTHING_LISTENS = "http://127.0.0.1:9"


def send_email(to: str, subject: str) -> dict[str, str]:
    """Send an email.

    More.
    """
    return {"to": to, "subject": subject}


async def slowly(**payload: Any) -> dict[str, Any]:
    return payload


def fails() -> None:
    raise RuntimeError("kaboom")


def refuses() -> None:
    raise FunctionFailure("Invalid email address", "user@example is not a valid email")


def waits() -> None:
    raise FunctionFailure("", status=202, pending_approval=True, message="Somebody must approve.")


@pytest.fixture
def backend() -> Any:
    with LocalBackend([send_email, slowly, fails, refuses, waits], warnings=["[navai] careful"]) as running:
        yield running


def test_a_secret_is_minted(backend: LocalBackend, connect: Connect) -> None:
    secret = connect(backend.url).create_client_secret()
    assert secret.value.startswith("ek_fake_")
    assert (secret.speech, secret.extra) == (SpeechConfig("openai"), {})
    assert secret.expires_at_datetime.utcoffset().total_seconds() == 0


def test_functions_are_listed_with_warnings(backend: LocalBackend, connect: Connect) -> None:
    result = connect(backend.url).list_functions()
    assert result.functions[0] == BackendFunction("send_email", "Send an email.", f"{__name__}:send_email")
    assert [function.name for function in result.functions] == ["send_email", "slowly", "fails", "refuses", "waits"]
    assert (result.warnings, result.error) == (["[navai] careful"], None)


@pytest.mark.parametrize("name", ["send_email", "slowly", " SEND_email "])
def test_a_function_is_executed_once(backend: LocalBackend, connect: Connect, name: str) -> None:
    payload = {"to": "user@example.com", "subject": "Olá 漢 🎉 \ud800"}
    assert connect(backend.url).execute_function(name, payload) == payload
    assert [call.payload for call in backend.calls] == [payload]


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("fails", APIStatusError, "HTTP 500: kaboom"),
        ("refuses", FunctionExecutionError, "user@example is not a valid email"),
        ("waits", FunctionExecutionError, ""),
        (
            "unknown",
            APIStatusError,
            "HTTP 404: Unknown or disallowed function. Available: send_email, slowly, fails, refuses, waits.",
        ),
        (" ", APIStatusError, "HTTP 400: function_name is required."),
        ("send_email", APIStatusError, "HTTP 500: send_email() missing 2 required positional arguments: 'to' and 'subject'"),
    ],
)
def test_a_failure_is_raised(backend: LocalBackend, connect: Connect, name: str, kind: type[NavaiError], text: str) -> None:
    with pytest.raises(kind) as caught:
        connect(backend.url).execute_function(name)
    assert (type(caught.value), str(caught.value)) == (kind, text)


def test_an_unreachable_backend_gives_warnings_to_a_listing_and_errors_to_the_rest(connect: Connect) -> None:
    client = connect(NOTHING_LISTENS, max_retries=0)
    result = client.list_functions()
    assert result.functions == []
    assert len(result.warnings) == 1
    assert result.warnings[0].startswith("[navai] Failed to load backend functions: Could not connect to http://127.0.0.1:9: ")
    assert isinstance(result.error, APIConnectionError)
    for call in (client.create_client_secret, lambda: client.execute_function("f")):
        with pytest.raises(APIConnectionError, match=r"^Could not connect to http://127\.0\.0\.1:9: ") as caught:
            call()
        assert caught.value.request_sent is False
        assert caught.value.__cause__ is not None


ODD_ANSWERS: list[tuple[int, bytes, dict[str, str]]] = [
    (status, body, headers)
    for status in (200, 204, 299, 301, 304, 400, 404, 418, 429, 500, 503, 520, 599, 799, 999)
    for body, headers in [
        (b"", {}),
        (b"<!DOCTYPE html><p>Broken</p>", {"Content-Type": "text/html"}),
        (b'{"ok": 1, "items": 5, "value": []}', {"Content-Type": "application/json"}),
        (b'{"ok": tru', {"Content-Type": "application/json"}),
        (b"\xff\xfe{\x00}\x00", {"Content-Type": "application/json; charset=utf-16"}),
        (b"[" * 200_000, {"Content-Type": "application/json"}),
        (b"null", {"Content-Type": "application/json; charset=nonsense"}),
    ]
    if status not in (204, 304) or not body
]


@pytest.mark.parametrize(("status", "body", "headers"), ODD_ANSWERS, ids=lambda value: str(value)[:20])
def test_any_answer_ends_in_a_warning_or_in_one_of_our_errors(
    backend: LocalBackend, connect: Connect, status: int, body: bytes, headers: dict[str, str]
) -> None:
    client = connect(backend.url, max_retries=0)
    for call in (client.create_client_secret, lambda: client.execute_function("send_email")):
        backend.respond_next(status, body, headers)
        with pytest.raises(NavaiError) as caught:
            call()
        assert caught.value.status_code == status  # type: ignore[attr-defined]
        assert len(str(caught.value)) < 400
    backend.respond_next(status, body, headers)
    result = client.list_functions()
    assert result.functions == []
    assert len(result.warnings) == (0 if result.error is None else 1)
    assert all(re.fullmatch(r"\[navai\] Failed to (load|parse) backend functions.*\.", warning) for warning in result.warnings)
    assert isinstance(client.execute_function("slowly", {}), dict)  # The next call works.


def test_a_compressed_answer_is_read(backend: LocalBackend, connect: Connect) -> None:
    backend.respond_next(200, gzip.compress(b'{"ok": true, "result": "unpacked"}'), {"Content-Encoding": "gzip"})
    assert connect(backend.url).execute_function("f") == "unpacked"


def test_a_gzip_bomb_ends_at_max_response_bytes_and_costs_little(backend: LocalBackend, connect: Connect) -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 1)
    client = connect(backend.url, max_response_bytes=1_000_000)
    client.list_functions()
    backend.respond_next(200, bomb, {"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        with pytest.raises(InvalidResponseError, match="larger than max_response_bytes"):
            client.execute_function("f")
        # The bomb itself is among it: the backend runs in this process.
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


def test_packed_bytes_that_stand_for_nothing_end_at_max_response_bytes(backend: LocalBackend, connect: Connect) -> None:
    backend.respond_next(200, gzip.compress(b"") * 200_000, {"Content-Encoding": "gzip"})
    with pytest.raises(InvalidResponseError, match="larger than max_response_bytes"):
        connect(backend.url, max_response_bytes=1_000_000).execute_function("f")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_an_encoding_that_was_not_asked_for_is_one_of_our_errors(backend: LocalBackend, connect: Connect, coding: str) -> None:
    backend.respond_next(200, b"x", {"Content-Encoding": coding})
    with pytest.raises(APIConnectionError, match="which was not requested"):
        connect(backend.url).execute_function("f")


def test_an_answer_that_cannot_be_unpacked_is_one_of_our_errors(backend: LocalBackend, connect: Connect) -> None:
    backend.respond_next(200, b"not gzip", {"Content-Encoding": "gzip"})
    with pytest.raises(APIConnectionError) as caught:
        connect(backend.url).execute_function("f")
    assert caught.value.request_sent is True


def test_an_answer_beyond_max_response_bytes_is_refused_and_one_of_that_size_is_taken(
    backend: LocalBackend, connect: Connect
) -> None:
    body = json.dumps({"ok": True, "result": "x" * 10_000})
    backend.respond_next(200, body)
    assert len(connect(backend.url, max_response_bytes=len(body)).execute_function("f")) == 10_000
    backend.respond_next(200, gzip.compress(body.encode(), 0), {"Content-Encoding": "gzip"})  # Longer than what it stands for.
    assert len(connect(backend.url, max_response_bytes=len(body)).execute_function("f")) == 10_000
    backend.respond_next(200, gzip.compress(body.encode()), {"Content-Encoding": "gzip"})
    with pytest.raises(InvalidResponseError, match="larger than max_response_bytes"):
        connect(backend.url, max_response_bytes=len(body) - 1).execute_function("f")


def test_a_closed_client_refuses_calls_and_closing_again_is_nothing(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url)
    client.list_functions()
    client.close()
    client.close()
    calls = (
        client.list_functions,
        client.create_client_secret,
        lambda: client.execute_function("f"),
        lambda: client.synthesize_speech("f"),
    )
    for call in calls:
        with pytest.raises(ConfigurationError, match="This client is closed"):
            call()


def test_a_client_that_never_called_can_be_closed(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url)
    client.close()
    with pytest.raises(ConfigurationError, match="This client is closed"):
        client.list_functions()
