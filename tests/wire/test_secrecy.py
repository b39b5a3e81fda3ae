"""A planted secret shows nowhere: not in a repr, a str, a log record, an exception, its pickle or its traceback."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from navai import ConfigurationError, NavaiError
from navai.testing import LocalBackend
from tests.conftest import Connect
from tests.secrecy import API_KEY, HEADER, PASSWORD, PLANTED, assert_nothing_planted, logged, shown_by

OPTIONS: dict[str, Any] = {"headers": {"X-Api-Key": HEADER}, "auth": ("ana", PASSWORD), "max_retries": 0}
BASIC = b64encode(f"ana:{PASSWORD}".encode()).decode()  # As the header Authorization carries it.


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    with LocalBackend() as running:
        yield running


def echoed(backend: LocalBackend, status: int) -> None:
    """Makes the backend repeat all that it was sent, as a debug page does."""
    everything = {
        "error": f"no: {API_KEY} {HEADER} {PASSWORD}",
        "request": {"headers": [f"X-Api-Key: {HEADER}", f"Authorization: Basic {BASIC}"], API_KEY: True},
        "ok": False,
    }
    backend.respond_next(status, everything, {"Content-Type": "application/json"})


def page(backend: LocalBackend) -> None:
    backend.respond_next(500, f"<h1>Failed with {API_KEY} and {PASSWORD}</h1>", {"Content-Type": "text/html"})


def nothing_listens(backend: LocalBackend) -> None:
    backend.stop()


def invalid_secret(backend: LocalBackend) -> None:
    backend.respond_next(200, {"value": None, "echo": API_KEY})


@pytest.mark.parametrize(
    "prepare",
    [lambda backend: echoed(backend, 500), lambda backend: echoed(backend, 200), page, nothing_listens, invalid_secret],
)
@pytest.mark.parametrize("call", ["create_client_secret", "execute_function", "list_functions"])
def test_no_error_log_or_repr_shows_a_secret(
    backend: LocalBackend, connect: Connect, call: str, prepare: Callable[[LocalBackend], None], caplog: pytest.LogCaptureFixture
) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "create_client_secret": {"api_key": API_KEY},
        "execute_function": {"function_name": "f", "payload": {}, "extra_body": {"session_key": "s"}},
        "list_functions": {},
    }
    client = connect(backend.url, **OPTIONS)
    if call != "create_client_secret":
        client = connect(backend.url, **OPTIONS | {"headers": {"X-Api-Key": HEADER, "X-Other": API_KEY}})
    prepare(backend)
    shown: list[object] = [repr(client.client), str(client.client), vars(client.client)]
    with caplog.at_level(logging.DEBUG):
        try:
            outcome = getattr(client, call)(**arguments[call])
            shown += [repr(outcome), outcome.warnings, *([] if outcome.error is None else shown_by(outcome.error))]
        except NavaiError as error:
            shown += shown_by(error)
    # Of other libraries' loggers, httpx's and httpcore's: what they say of headers is theirs to mask, and they do.
    assert_nothing_planted(shown + logged(caplog))


URL = f"https://ana:{PASSWORD}@backend.example"


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": {"X-Key": HEADER, "Connection": HEADER}},
        {"headers": {"X-Key": f"{HEADER}\n"}},
        {"headers": {"X-Key": HEADER.encode()}},
        {"headers": HEADER},
        {"auth": (f"{PLANTED}:", PASSWORD)},
        {"auth": (PLANTED, PASSWORD, PASSWORD)},
        {"auth": ("ana", PASSWORD), "headers": {"Authorization": f"Bearer {API_KEY}"}},
        {"auth": ("ana", PASSWORD), "headers": {"X-Key": HEADER}, "timeout": -1},
        {"api_base_url": f"{URL}:port"},
        {"api_base_url": f"{URL}?key={PASSWORD}@"},
        {"env": {"NAVAI_API_URL": f"{URL}:port"}},
        {"env": URL},
    ],
)
def test_a_refused_option_shows_no_secret(wrong: dict[str, Any], connect: Connect) -> None:
    with pytest.raises(ConfigurationError) as caught:
        connect(**wrong)
    assert_nothing_planted(shown_by(caught.value))
    if "env" not in wrong:
        with pytest.raises(ConfigurationError) as caught:
            connect("http://backend.example").with_options(**wrong)
        assert_nothing_planted(shown_by(caught.value))


def test_a_refused_argument_shows_no_secret(connect: Connect) -> None:
    client = connect(env={"NAVAI_API_URL": URL})
    assert_nothing_planted([vars(client.client), client.with_options(headers={"X-Key": HEADER}).__dict__])
    for wrong in ({"model": 5}, {"extra_body": {"model": "m"}}, {"deadline": -1}):
        with pytest.raises(ConfigurationError) as caught:
            client.create_client_secret(api_key=API_KEY, **wrong)
        assert_nothing_planted(shown_by(caught.value))
    with pytest.raises(TypeError, match="unexpected keyword argument 'header'") as unknown:
        client.with_options(header={"X-Key": HEADER})
    assert_nothing_planted(shown_by(unknown.value))


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
    client.create_client_secret(api_key=API_KEY)
    assert PLANTED not in repr(backend.requests)
    assert backend.requests[0].json == {"apiKey": API_KEY}
