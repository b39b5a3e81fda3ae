"""A planted secret shows nowhere: not in a repr, a str, a log record, an exception, its pickle or its traceback."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import signal
import socket
import threading
from base64 import b64encode
from collections import UserDict
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from navai import APIConnectionError, APIError, AsyncNavaiBackendClient, ConfigurationError, NavaiBackendClient, NavaiError
from navai.testing import LocalBackend
from tests.conftest import Connect
from tests.faults.faults import FAULTS, Fault
from tests.faults.server import FaultyServer
from tests.secrecy import (
    API_KEY,
    HEADER,
    MINTED,
    PASSWORD,
    PLANTED,
    SECRETS,
    assert_nothing_planted,
    logged,
    sentry_sends,
    shown_by,
)

OPTIONS: dict[str, Any] = {"headers": {"X-Api-Key": HEADER}, "auth": ("ana", PASSWORD), "max_retries": 0}
BASIC = b64encode(f"ana:{PASSWORD}".encode()).decode()  # As the header Authorization carries it.


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
    # Of other libraries' loggers, httpx's and httpcore's: what they say of headers is theirs to redact, and they do.
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
        {"auth": ("ana", f"{PASSWORD}\ud800")},
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


# --- what reports of errors walk through ----------------------------------------------------------------------------------------


def test_sentry_is_sent_what_is_planted() -> None:
    """If it walked through nothing, the tests here could not fail."""
    code = compile("def fail(options, pair):\n    raise ValueError\n", "somewhere.py", "exec")
    place: dict[str, Any] = {}
    exec(code, place)  # noqa: S102 (a frame that is not of the tests)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (it says nothing)
        place["fail"]({"timeout": HEADER}, (API_KEY,))
    assert any(HEADER in each and API_KEY in each for each in sentry_sends(caught.value))


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_client_secret", {"timeout": -1}),
        ("create_client_secret", {"timeout": "soon"}),
        ("create_client_secret", {"deadline": float("nan")}),
        ("create_client_secret", {"model": 5}),
        ("create_client_secret", {"api_key": API_KEY.encode()}),
        ("create_client_secret", {"extra_body": {"model": "m", "session_key": PLANTED}}),
        ("create_client_secret", {"extra_body": {"session_key": PLANTED, "when": {1}}}),
        ("create_client_secret", {"extra_body": [PLANTED]}),
        ("execute_function", {"function_name": "f", "payload": {"session_key": PLANTED, "when": {1}}}),
        ("execute_function", {"function_name": "f", "payload": PLANTED}),
        ("execute_function", {"function_name": "f", "extra_body": {"session_key": PLANTED, "payload": {}}}),
        ("execute_function", {"function_name": 5, "extra_body": {"session_key": PLANTED}}),
        ("execute_function", {"function_name": "f", "idempotent": 1, "payload": {"session_key": PLANTED}}),
        ("execute_function", {"function_name": "f", "timeout": 0, "payload": {"session_key": PLANTED}}),
        ("list_functions", {"timeout": 0}),
        ("list_functions", {"deadline": 0}),
    ],
)
def test_no_refusal_of_an_argument_shows_a_secret(operation: str, arguments: dict[str, Any], connect: Connect) -> None:
    client = connect(f"http://ana:{PASSWORD}@127.0.0.1:9", headers={"X-Key": HEADER}, functions_list_path=f"/?key={PLANTED}")
    given = {"api_key": API_KEY} | arguments if operation == "create_client_secret" else arguments
    with pytest.raises(ConfigurationError) as caught:
        getattr(client, operation)(**given)
    assert_nothing_planted(shown_by(caught.value))


def test_a_call_after_closing_shows_no_secret(connect: Connect) -> None:
    client = connect(f"http://ana:{PASSWORD}@127.0.0.1:9", headers={"X-Key": HEADER})
    client.close()
    for call in (
        client.list_functions,
        lambda: client.create_client_secret(api_key=API_KEY),
        lambda: client.synthesize_speech("Hi"),
    ):
        with pytest.raises(ConfigurationError, match="closed") as caught:
            call()
        assert_nothing_planted(shown_by(caught.value))


@pytest.mark.calm
@pytest.mark.parametrize("transport", [None, "fast"])
def test_a_timeout_of_the_callers_own_shows_no_secret(transport: Any) -> None:
    """A cancelled call takes its frames along, down to what was being sent: more than a socket takes at once."""

    async def call(url: str) -> None:
        async with AsyncNavaiBackendClient(
            url, env={}, transport=transport, headers={"X-Key": HEADER}, auth=("ana", PASSWORD)
        ) as client:
            with pytest.raises(TimeoutError) as caught:
                async with asyncio.timeout(1):
                    await client.create_client_secret(api_key=API_KEY, extra_body={"session_key": PLANTED * 500_000})
            assert_nothing_planted(sentry_sends(caught.value))

    with socket.create_server(("127.0.0.1", 0)) as server:  # Nobody takes anything from it.
        asyncio.run(call(f"http://127.0.0.1:{server.getsockname()[1]}"))


class SoftTimeLimit(Exception):
    """What the handlers of signals of task queues raise."""


def interrupt(*_: object) -> None:
    raise SoftTimeLimit


@pytest.fixture
def alarm() -> Iterator[None]:
    """Lets SIGALRM raise, and gives it back afterwards."""
    before = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.signal(signal.SIGALRM, before)


def _sends_signal(connection: socket.socket, answer: bytes) -> None:
    connection.recv(1000)
    connection.sendall(answer)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
    connection.recv(1000)


MOMENTS: dict[str, tuple[bytes, int]] = {
    "writing": (b"", 700_000),
    "waiting": (b"", 1),
    "reading": (b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"value":"' + MINTED.encode(), 1),
}


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", ["sync", "fast", "httpx"])
def test_an_exception_of_a_signal_handler_says_where_and_shows_no_secret(kind: str, moment: str) -> None:
    answer, times = MOMENTS[moment]
    options: dict[str, Any] = {"headers": {"X-Key": HEADER}, "client_secret_path": f"/?key={PLANTED}"}
    before = ValueError()
    with FaultyServer() as server, httpx.Client() as mine:
        server.fault = Fault(lambda connection, _: _sends_signal(connection, answer), "connection")
        more: dict[str, Any] = {"http_client": mine} if kind == "httpx" else {"transport": "fast" if kind == "fast" else None}
        with NavaiBackendClient(f"http://{server.address}", env={}, **options, **more) as client:
            try:
                raise before
            except ValueError:
                with pytest.raises(SoftTimeLimit) as caught:
                    client.create_client_secret(api_key=API_KEY, extra_body={"text": f"{PLANTED} " * times})
    assert_nothing_planted(shown_by(caught.value))
    names = [entry.name for entry in caught.traceback]
    assert names[0] == "test_an_exception_of_a_signal_handler_says_where_and_shows_no_secret"
    # Where a library's generator reads the body, the traceback ends before it.
    assert names[-1] == "interrupt" or (moment, names[-1]) == ("reading", "read")
    assert before.__traceback__ is not None


def test_an_exception_that_an_argument_raises_shows_no_secret(connect: Connect) -> None:
    """There a signal handler may raise as well."""

    class Body(UserDict[str, Any]):
        def keys(self) -> Any:
            raise SoftTimeLimit

    client = connect(f"http://ana:{PASSWORD}@127.0.0.1:9")
    with pytest.raises(SoftTimeLimit) as caught:
        client.create_client_secret(api_key=API_KEY, extra_body=Body(session_key=PLANTED))
    assert_nothing_planted(shown_by(caught.value))


# --- what a backend repeats in another form ---------------------------------------------------------------------------------------

FORMS: dict[str, Callable[[str], str]] = {
    "HTML": lambda text: f"<p>No: {html.escape(text)}</p>",
    "numeric entities": lambda text: f"<p>No: {''.join(f'&#{ord(letter)};' for letter in text)}</p>",
    "inline tags": lambda text: f"<p>No: {text[:9]}<wbr>{text[9:]}</p>",
    "comments": lambda text: f"<p>No: {text[:9]}<!-- -->{text[9:]}</p>",
    "percent-encoded": lambda text: f"No: {''.join(f'%{ord(letter):02X}' for letter in text)}",
    "JSON of Go": lambda text: json.dumps({"error": f"No: {text}"}).replace("p", "\\u0070"),
    "HTML in JSON": lambda text: json.dumps({"message": f"<p>No: {''.join(f'&#{ord(letter)};' for letter in text)}</p>"}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("status", [200, 500])
def test_a_secret_that_is_repeated_in_another_form_is_redacted(
    backend: LocalBackend, connect: Connect, form: str, status: int
) -> None:
    for secret in (API_KEY, HEADER, PASSWORD):
        kind = "text/html" if form != "HTML in JSON" else "application/json"
        backend.respond_next(status, FORMS[form](secret), {"Content-Type": kind})
        with pytest.raises(APIError) as caught:
            connect(backend.url, **OPTIONS).create_client_secret(api_key=API_KEY)
        error = caught.value
        assert_nothing_planted(shown_by(error))
        everything = html.unescape(html.unescape(f"{error} {error.body} {error.json}"))
        assert PLANTED not in everything.replace("<wbr>", "").replace("<!-- -->", "")
        assert quote(PLANTED, safe="") not in everything
        assert "%70" not in everything
        assert "\\u0070" not in everything
        if status == 500:
            assert str(error) == "HTTP 500: No: ***"


@pytest.mark.parametrize(
    ("headers", "repeated"),
    [
        ({"Cookie": f"theme=dark; session={PLANTED}"}, PLANTED),
        ({"X-Auth": f"Token {PLANTED}"}, PLANTED),
        ({"Authorization": f"Basic {BASIC}"}, PASSWORD),
    ],
)
def test_a_part_of_a_header_that_is_repeated_by_itself_is_redacted(
    backend: LocalBackend, connect: Connect, headers: dict[str, str], repeated: str
) -> None:
    backend.respond_next(401, {"error": f"No session {repeated}!"}, {f"X-{repeated}": "1", "X-Echo": repeated})
    with pytest.raises(APIError, match=r"No session \*\*\*!") as caught:
        connect(backend.url, headers=headers, max_retries=0).create_client_secret()
    assert_nothing_planted([*shown_by(caught.value), dict(caught.value.headers)])


ENCODED = "".join(f"%{ord(letter):02x}" for letter in API_KEY)


@pytest.mark.parametrize("secret", [API_KEY, quote(API_KEY), ENCODED])
@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_that_repeats_a_secret_shows_it_nowhere(
    backend: LocalBackend, connect: Connect, caplog: pytest.LogCaptureFixture, secret: str, status: int
) -> None:
    """One that is followed, and one that is not: in the error, its attributes and the log, whose target has no query."""
    with caplog.at_level(logging.INFO, "navai"):
        backend.respond_next(status, "", {"Location": f"/elsewhere/{secret}?state=a-state&key={secret}#x"})
        with pytest.raises(APIError) as caught:
            connect(backend.url, **OPTIONS).create_client_secret(api_key=API_KEY)
    shown = [*shown_by(caught.value), *logged(caplog)]
    assert_nothing_planted([*shown, dict(caught.value.headers)])
    assert "%70%6c" not in f"{shown} {dict(caught.value.headers)}"
    assert "a-state" not in str([str(caught.value), *logged(caplog)])
    if status == 307:
        assert "redirected to" in caplog.text
        assert "/elsewhere/***" in caplog.text


def test_a_lost_connection_after_a_redirect_shows_neither_query_nor_secret(
    backend: LocalBackend, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    target = f"http://127.0.0.1:9/{ENCODED}?key={ENCODED}"
    backend.respond_next(302, "", {"Location": target})
    with caplog.at_level(logging.INFO, "navai"):
        error = connect(backend.url, headers={"X-Key": API_KEY}, max_retries=0).list_functions().error
    assert isinstance(error, APIConnectionError)
    assert error.url == "http://127.0.0.1:9/***"
    shown = [*shown_by(error), *logged(caplog)]
    assert_nothing_planted(shown)
    assert "%70%6c" not in str(shown)


def test_a_log_line_of_a_redirect_is_one_printable_line(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    hostile = "/x\x1b]0;title\x07\x9b31m\u2028ERROR forged\u202e".encode()
    answer = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with FaultyServer() as server, caplog.at_level(logging.INFO, "navai"):
        # h11 lets no control letters through, but for those beyond ASCII.
        server.fault = Fault(lambda connection, _: connection.sendall(answer % hostile.replace(b"\x1b", b"").replace(b"\x07", b"")))
        error = connect(f"http://{server.address}", max_retries=0, timeout=2).list_functions().error
    assert [record.getMessage() for record in caplog.records if not record.getMessage().isprintable()] == []
    assert error is None or str(error).isprintable()


@pytest.mark.parametrize(
    "answer", [f"{PLANTED}", f"X: \x00{PLANTED}", f"Content-Length: {PLANTED}", f"Transfer-Encoding: {PLANTED}"]
)
def test_a_lost_connection_does_not_quote_what_came(connect: Connect, answer: str) -> None:
    with FaultyServer() as server:
        server.fault = Fault(lambda connection, _: connection.sendall(f"HTTP/1.1 200 OK\r\n{answer}\r\n\r\n".encode()))
        error = connect(f"http://{server.address}", headers={"X-Key": PLANTED}, max_retries=0, timeout=1).list_functions().error
    assert error is not None
    assert_nothing_planted(shown_by(error))


@pytest.mark.parametrize(
    "wrong",
    [
        f"https://ana:{PASSWORD}@backend.example/x",
        f"//ana:{PASSWORD}@backend.example/x",
        f"https://ana:a/b?c#{PASSWORD}@backend.example/x",
        f"/x?key={PLANTED}#fragment",
        f"/x y?key={PLANTED}",
    ],
)
def test_a_refused_path_shows_no_secret(connect: Connect, wrong: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        connect("http://127.0.0.1:9", functions_list_path=wrong)
    assert_nothing_planted(shown_by(caught.value))


def test_a_refused_url_does_not_show_its_query(connect: Connect) -> None:
    with pytest.raises(ConfigurationError, match="has a query") as caught:
        connect(f"http://127.0.0.1:9?key={PLANTED}")
    assert_nothing_planted(shown_by(caught.value))


def test_a_secret_in_the_query_of_a_path_shows_nowhere(
    backend: LocalBackend, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(backend.url, max_retries=0, functions_list_path=f"/?rest_route=/navai&key={PLANTED}")
    backend.respond_next(401, {"error": f"Wrong key {PLANTED}"})
    with caplog.at_level(logging.INFO, "navai"):
        answered = client.list_functions().error
        backend.stop()
        lost = client.list_functions(timeout=1).error
    for error in (answered, lost):
        assert isinstance(error, APIError | APIConnectionError)
        assert error.url == f"{backend.url}/?rest_route=/navai&key=***"
        assert_nothing_planted(shown_by(error))
    assert_nothing_planted(logged(caplog))


def test_a_redirect_that_repeats_a_secret_of_the_callers_client_shows_it_nowhere(
    backend: LocalBackend, caplog: pytest.LogCaptureFixture
) -> None:
    with httpx.Client(headers={"X-Key": HEADER}) as mine, NavaiBackendClient(backend.url, env={}, http_client=mine) as client:
        for _ in range(2):
            backend.respond_next(307, {}, {"Location": f"/there/{HEADER}"})
        with caplog.at_level(logging.INFO, "navai"), pytest.raises(APIError) as caught:
            client.execute_function("f")
    assert caught.value.url == f"{backend.url}/there/***"
    assert_nothing_planted([*shown_by(caught.value), *logged(caplog)])


# --- the generated client ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True])
def test_the_httpx_client_of_the_generated_client_shows_no_secret(
    backend: LocalBackend, own: bool, caplog: pytest.LogCaptureFixture
) -> None:
    from navai_sdk.api.functions import list_functions

    with httpx.Client() as mine, caplog.at_level(logging.INFO):
        options: dict[str, Any] = {"headers": {"X-Key": HEADER}, "auth": ("ana", PASSWORD), "http_client": mine if own else None}
        with NavaiBackendClient(backend.url, env={}, functions_list_path=f"/list?key={PLANTED}", **options) as client:
            inner = client.sdk.get_httpx_client()
            answer = inner.get("/navai/functions")
            elsewhere = inner.get(backend.url.replace("127.0.0.1", "localhost"))
            list_functions.sync_detailed(client=client.sdk)
            shown = [repr(client.sdk)]
    shown += [repr(inner), str(vars(inner)), repr(inner.headers), repr(answer.request.headers)]
    # The caller's own client writes log lines of its own.
    assert_nothing_planted([*shown, *([] if own else [caplog.text])])
    assert [request.headers.get("x-key") for request in backend.requests] == [HEADER, None, HEADER]
    assert backend.requests[0].headers["authorization"] == f"Basic {BASIC}"
    assert backend.requests[2].path == f"/list?key={PLANTED}"
    assert elsewhere.request.headers.get("authorization") is None


# It has no deadline, and would read those for seconds.
WITHOUT_END = {name for name in FAULTS if "without end" in name or "dripping" in name}


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.scheme == "http" and name not in WITHOUT_END])
def test_a_failure_of_the_generated_client_shows_no_secret(name: str) -> None:
    from navai_sdk.api.functions import list_functions

    with FaultyServer() as server:
        server.fault = FAULTS[name]
        url = f"http://ana:{PASSWORD}@{server.address}"
        with NavaiBackendClient(url, env={}, headers={"X-Key": HEADER}, timeout=0.3) as client:
            try:
                list_functions.sync_detailed(client=client.sdk)
            except httpx.HTTPError as error:
                shown = [str(error), repr(error.request.headers), *sentry_sends(error)]
                assert not [each for each in shown if any(secret in each for secret in SECRETS)]
            except (ValueError, TypeError, KeyError, RecursionError):
                pass  # Of the generated parsers: the answer was none.
