"""Time and attempts."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from navai import APIConnectionError, APIStatusError, APITimeoutError, InvalidResponseError, Timeout
from navai.testing import LocalBackend
from tests.conftest import Connect


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    async def sleep(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "slept"

    with LocalBackend([sleep]) as running:
        yield running


def endless(piece: bytes, pause: float) -> Iterator[str]:
    """The URL of a server that answers one request without end: a piece of the body, a pause, and so on for 50 s."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # The test is over, and no client ever came.
            with connection:
                connection.recv(65536)
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    until = time.monotonic() + 50
                    while time.monotonic() < until:
                        connection.sendall(piece)
                        time.sleep(pause)
                except OSError:
                    pass  # The client has gone.

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def dripping() -> Iterator[str]:
    yield from endless(b" ", 0.05)


@pytest.fixture
def gushing() -> Iterator[str]:
    yield from endless(b" " * 65536, 0)


@pytest.mark.parametrize("limit", [{"timeout": 0.6}, {"timeout": Timeout(read=0.6)}, {"deadline": 0.6}])
@pytest.mark.parametrize("of", ["client", "call"])
def test_a_slow_function_ends_in_a_timeout_and_is_not_executed_again(
    backend: LocalBackend, connect: Connect, limit: dict[str, float], of: str
) -> None:
    client = connect(backend.url, **(limit if of == "client" else {}))
    client.execute_function("sleep", {"seconds": 0}, timeout=20, deadline=20)  # What has to be loaded is no part of the limit.
    with pytest.raises(APITimeoutError, match=r"did not respond (within|before the deadline of) 0\.6 s\.") as caught:
        client.execute_function("sleep", {"seconds": 5}, **(limit if of == "call" else {}))
    assert caught.value.request_sent is True
    until = time.monotonic() + 5
    while len(backend.calls) < 2 and time.monotonic() < until:
        time.sleep(0.01)  # The backend's thread may not have got to it.
    assert len(backend.calls) == 2


def test_a_dripping_answer_ends_at_the_deadline(dripping: str, connect: Connect) -> None:
    began = time.monotonic()
    with pytest.raises(APITimeoutError, match=r"did not respond before the deadline of 2 s\.$"):
        connect(dripping).execute_function("f", deadline=2)
    assert time.monotonic() - began < 10


def test_an_endless_answer_ends_at_max_response_bytes(gushing: str, connect: Connect) -> None:
    began = time.monotonic()
    with pytest.raises(InvalidResponseError, match="larger than max_response_bytes"):
        connect(gushing, max_response_bytes=1_000_000).execute_function("f")
    assert time.monotonic() - began < 20


def test_a_listing_is_tried_again_and_an_execution_is_not(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url)
    for _ in range(2):
        backend.respond_next(503, b"", {"Retry-After": "0"})
    assert client.list_functions().error is None
    assert len(backend.requests) == 3
    backend.respond_next(503, b"", {"Retry-After": "0"})
    with pytest.raises(APIStatusError):
        client.execute_function("sleep", {"seconds": 0})
    assert backend.calls == []
    backend.respond_next(503, b"", {"Retry-After": "0"})
    assert client.execute_function("sleep", {"seconds": 0}, idempotent=True) == "slept"
    backend.respond_next(429, b"", {"Retry-After": "0"})
    assert client.create_client_secret().value


def test_attempts_end_with_max_retries(backend: LocalBackend, connect: Connect) -> None:
    for _ in range(4):
        backend.respond_next(503, b"", {"Retry-After": "0"})
    result = connect(backend.url, max_retries=3).list_functions()
    assert result.warnings == ["[navai] Failed to load backend functions (503)."]
    assert len(backend.requests) == 4


@pytest.mark.parametrize(("retry_after", "deadline"), [("61", None), ("50", 30)])
def test_a_wait_that_is_too_long_is_the_end_at_once(
    backend: LocalBackend, connect: Connect, retry_after: str, deadline: float | None
) -> None:
    backend.respond_next(503, b"", {"Retry-After": retry_after})
    began = time.monotonic()
    with pytest.raises(APIStatusError) as caught:
        connect(backend.url).create_client_secret(deadline=deadline)
    assert time.monotonic() - began < 20
    assert caught.value.retry_after == float(retry_after)
    assert len(backend.requests) == 1


def test_what_never_reached_a_backend_is_sent_again_even_an_execution(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "navai"), pytest.raises(APIConnectionError) as caught:
        connect("http://127.0.0.1:9", max_retries=1).execute_function("f")
    assert caught.value.request_sent is False
    assert len([record for record in caplog.records if record.name == "navai"]) == 2


def test_every_attempt_is_one_log_line(backend: LocalBackend, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    backend.respond_next(503, b"", {"Retry-After": "0"})
    with caplog.at_level(logging.INFO, "navai"):
        connect(backend.url).list_functions()
    first, second = (record.getMessage() for record in caplog.records if record.name == "navai")
    assert first.startswith(f"GET {backend.url}/navai/functions: 503 in ")
    assert first.endswith(" ms, attempt 1 of 3, next in 0.00 s")
    assert second.endswith(" ms, attempt 2 of 3")


def test_a_call_that_was_ever_sent_says_so() -> None:
    """A lost attempt may have run the function, whatever came of the attempts after it."""
    from navai._call import Call
    from navai._contract.operations import execute_function
    from navai._http.deadline import Deadline
    from navai._options.settings import Settings

    operation = execute_function("f", None, idempotent=True)
    call = Call(Settings.from_options({}), operation, None, None, Deadline(None))
    call.next_request()
    lost = APIConnectionError("lost", request_sent=True, method="POST", url="u")
    refused = APIConnectionError("refused", request_sent=False, method="POST", url="u")
    assert call.wait_after(lost) is not None
    call.next_request()
    assert call.wait_after(refused) is not None
    assert refused.request_sent is True


def test_a_deadline_that_has_passed_sends_nothing() -> None:
    from navai._call import Call
    from navai._contract.operations import list_functions
    from navai._http.deadline import Deadline
    from navai._options.settings import Settings

    call = Call(Settings.from_options({}), list_functions(), None, None, Deadline(0.001))
    time.sleep(0.01)
    with pytest.raises(APITimeoutError, match=r"^The deadline of 0\.001 s has passed\.$") as caught:
        call.next_request()
    assert caught.value.request_sent is False
