"""A planted secret shows nowhere: not in a repr, a str, a log record, an exception, its pickle or its traceback."""

from __future__ import annotations

import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from navai import NavaiError
from navai.testing import LocalBackend
from tests.conftest import Connect

PLANTED = "planted-7f3a9c"
OPTIONS: dict[str, Any] = {"headers": {"X-Api-Key": f"{PLANTED}-header"}, "auth": ("ana", f"{PLANTED}-password"), "max_retries": 0}
BASIC = b64encode(f"ana:{PLANTED}-password".encode()).decode()  # As the header Authorization carries it.


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    with LocalBackend() as running:
        yield running


def echoed(backend: LocalBackend, status: int) -> None:
    """Makes the backend repeat all that it was sent, as a debug page does."""
    everything = {
        "error": f"no: {PLANTED}-key {PLANTED}-header {PLANTED}-password",
        "request": {"headers": [f"X-Api-Key: {PLANTED}-header", f"Authorization: Basic {BASIC}"], f"{PLANTED}-key": True},
        "ok": False,
    }
    backend.respond_next(status, everything, {"Content-Type": "application/json"})


def page(backend: LocalBackend) -> None:
    backend.respond_next(500, f"<h1>Failed with {PLANTED}-key and {PLANTED}-password</h1>", {"Content-Type": "text/html"})


def nothing_listens(backend: LocalBackend) -> None:
    backend.stop()


def invalid_secret(backend: LocalBackend) -> None:
    backend.respond_next(200, {"value": None, "echo": f"{PLANTED}-key"})


@pytest.mark.parametrize(
    "prepare",
    [lambda backend: echoed(backend, 500), lambda backend: echoed(backend, 200), page, nothing_listens, invalid_secret],
)
@pytest.mark.parametrize("call", ["create_client_secret", "execute_function", "list_functions"])
def test_no_error_log_or_repr_shows_a_secret(
    backend: LocalBackend, connect: Connect, call: str, prepare: Callable[[LocalBackend], None], caplog: pytest.LogCaptureFixture
) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "create_client_secret": {"api_key": f"{PLANTED}-key"},
        "execute_function": {"function_name": "f", "payload": {}, "extra_body": {"session_key": "s"}},
        "list_functions": {},
    }
    client = connect(backend.url, **OPTIONS)
    if call != "create_client_secret":
        client = connect(backend.url, **OPTIONS | {"headers": {"X-Api-Key": f"{PLANTED}-header", "X-Other": f"{PLANTED}-key"}})
    prepare(backend)
    seen: list[object] = [repr(client.client), str(client.client)]
    with caplog.at_level(logging.DEBUG):
        try:
            outcome = getattr(client, call)(**arguments[call])
            seen += [repr(outcome), outcome.warnings, pickle.dumps(outcome), vars(outcome.error) if outcome.error else None]
        except NavaiError as error:
            seen += [str(error), repr(error), vars(error), pickle.dumps(error), traceback.format_exc()]
    # Of other libraries' loggers, httpx's and httpcore's: what they say of headers is theirs to mask, and they do.
    seen += [(record.getMessage(), record.args, record.exc_text) for record in caplog.records if record.name == "navai"]
    assert any(record.name == "navai" for record in caplog.records)
    for each in seen:
        assert PLANTED not in str(each)
        assert BASIC not in str(each)


def test_a_minted_secret_is_not_shown(backend: LocalBackend, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    backend.respond_next(200, {"value": PLANTED, "session": {"key": PLANTED}})
    with caplog.at_level(logging.DEBUG, "navai"):
        secret = connect(backend.url).create_client_secret()
    assert secret.value == PLANTED
    assert PLANTED not in f"{secret} {secret!r} {[secret]} {caplog.text}"


def test_an_invalid_secret_answer_shows_no_openai_secret(backend: LocalBackend, connect: Connect) -> None:
    backend.respond_next(200, {"client_secret": {"value": "ek_0123456789abcdef"}})
    with pytest.raises(NavaiError) as caught:
        connect(backend.url).create_client_secret()
    assert "ek_0123" not in f"{vars(caught.value)} {caught.value}"


def test_the_local_backend_does_not_show_what_it_recorded(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url, **OPTIONS)
    client.create_client_secret(api_key=f"{PLANTED}-key")
    assert PLANTED not in repr(backend.requests)
    assert backend.requests[0].json == {"apiKey": f"{PLANTED}-key"}
