"""A call from its options to its result; and what `navai check` sends. Over a stand-in for a transport, without sockets."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import pytest

from navai import APIConnectionError, APIStatusError, BackendFunctionsResult, ConfigurationError, InvalidResponseError
from navai._call import Call, Seam
from navai._contract.operations import Operation, create_client_secret, execute_function, list_functions
from navai._http.attempts import Outcome
from navai._http.deadline import Deadline
from navai._http.messages import Headers, Request, Response
from navai._options.settings import Settings

OPTIONS = {
    "api_base_url": "https://backend.example/api",
    "functions_list_path": "/functions?token=planted-token",
    "headers": {"X-Key": "planted-client"},
    "max_response_bytes": 100_000,
}


def settings() -> Settings:
    """New for each test, since they keep what calls have in common."""
    return Settings.from_options(OPTIONS)


def called(operation: Operation[Any], extra_headers: dict[str, str | None] | None = None) -> Call[Any]:
    return Call(settings(), operation, extra_headers, None, Deadline(None))


def ended(call: Call[Any], outcome: Outcome) -> Call[Any]:
    call.wait_after(outcome)
    return call


def answer(body: str, status: int = 200, **headers: str) -> Response:
    return Response(status, Headers(headers.items()), body.encode())


def lost(words: str = "lost", url: str = "") -> APIConnectionError:
    return APIConnectionError(words, request_sent=True, method="GET", url=url)


def test_a_request_knows_how_long_the_whole_call_may_take() -> None:
    call = Call(settings(), list_functions(), None, None, Deadline(7))
    assert call.next_request().seconds == 7


def test_an_error_shows_no_secret_of_the_client_the_operation_or_the_call() -> None:
    call = called(create_client_secret({"api_key": "planted-key"}), {"X-Own": "planted-own"})
    with pytest.raises(APIStatusError) as caught:
        ended(call, answer("planted-client planted-key planted-own", 403)).result()
    assert caught.value.message == "*** *** ***"
    assert ("X-Own", "planted-own") in call.next_request().headers


def test_the_headers_of_a_call_replace_and_remove_those_of_the_client() -> None:
    names = [name for name, _ in called(list_functions(), {"x-key": None, "USER-AGENT": None, "X-Own": "1"}).next_request().headers]
    assert names == ["Accept", "Accept-Encoding", "X-Own"]
    with pytest.raises(ConfigurationError, match=r"^extra_headers: 'X\.\.\.' is not a header name"):
        called(list_functions(), {"X A": "1"})


def test_an_error_names_the_request_and_where_its_path_comes_from() -> None:
    error = ended(called(list_functions()), answer("", 404)).result().error
    assert (error.method, error.url) == ("GET", "https://backend.example/api/functions?token=***")
    assert str(error).endswith(f"({error.method} {error.url}: /functions is appended to the path of the base URL)")


def test_the_limit_of_a_response_bounds_what_reading_it_takes() -> None:
    with pytest.raises(InvalidResponseError, match="max_response_bytes"):
        ended(called(execute_function("f", None)), answer('{"ok": true, "result": [' + "1.5," * 24_000 + "0]}")).result()


def test_a_connection_error_is_redacted_before_it_is_raised_or_told_of() -> None:
    error = lost("planted-client", "https://backend.example/api/functions?token=planted-token")
    found = ended(called(list_functions()), error).result()
    assert found.error is error
    assert (str(error), error.url) == ("***", "https://backend.example/api/functions?token=***")
    assert found.warnings == ["[navai] Failed to load backend functions: ***"]


def test_a_refusal_is_raised_though_a_listing_tells_of_all_else() -> None:
    refusal = ConfigurationError("This client is closed.")
    with pytest.raises(ConfigurationError) as caught:
        ended(called(list_functions()), refusal).result()
    assert caught.value is refusal


@pytest.mark.parametrize("operation", [list_functions(), execute_function("f", None)], ids=["list", "execute"])
def test_what_a_program_was_handling_keeps_its_frames(operation: Operation[Any]) -> None:
    """Both when the call began and when it ended: the event loop may have been stopped and run again between them."""
    first, second, failure = KeyError("first"), KeyError("second"), lost()
    failure.__cause__ = first
    try:
        raise first
    except KeyError:
        call = called(operation)
    try:
        raise second
    except KeyError:
        failure.__context__ = second
        with contextlib.suppress(APIConnectionError):
            ended(call, failure).result()
    assert None not in (first.__traceback__, second.__traceback__)


def test_a_raw_response_has_status_and_headers_beside_the_result() -> None:
    raw = ended(called(list_functions()), answer('{"items": []}', 203, X_Name="1", X_Echo="planted-client")).response()
    assert (raw.result, raw.status_code) == (BackendFunctionsResult(), 203)
    assert dict(raw.headers) == {"x_name": "1", "x_echo": "***"}


def test_the_headers_of_a_raw_response_do_not_repeat_a_new_secret() -> None:
    """Which only one operation makes: what another one calls `value` is none."""
    repeating = answer('{"value": "a new secret", "ok": true}', Echo="a new secret")
    raw = ended(called(create_client_secret({})), repeating).response()
    assert (raw.result.value, raw.headers["echo"]) == ("a new secret", "***")
    assert ended(called(execute_function("f", None)), repeating).response().headers["echo"] == "a new secret"


def test_of_what_got_no_response_a_raw_one_has_no_status_and_no_headers() -> None:
    raw = ended(called(list_functions()), lost()).response()
    assert (str(raw.result.error), raw.status_code, dict(raw.headers)) == ("lost", None, {})


# --- what `navai check` sends ----------------------------------------------------------------------------------------------------


class StandInForATransport:
    """Answers, or raises, what it is given."""

    def __init__(self, outcome: Response | BaseException) -> None:
        self.outcome = outcome
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        if isinstance(self.outcome, BaseException):
            request.was_unsent = True
            raise self.outcome
        return self.outcome


@pytest.mark.parametrize("status", [200, 404, 503])
def test_the_seam_sends_once_and_gives_whatever_comes(caplog: pytest.LogCaptureFixture, status: int) -> None:
    caplog.set_level(logging.INFO, "navai")
    transport = StandInForATransport(answer("", status))
    seam = Seam(settings(), transport, Deadline(7))
    response, info = seam.send_once(list_functions())
    assert response is transport.outcome
    assert (info.method, info.url, info.base_url) == ("GET", "https://backend.example/api/functions?token=***", seam.api_base_url)
    assert [(each.method, each.seconds, each.deadline) for each in transport.requests] == [("GET", 7, seam.deadline.at)]
    assert [f"GET {info.url}: {status} in " in record.getMessage() for record in caplog.records] == [True]


def test_the_seam_logs_and_redacts_what_it_could_not_send(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "navai")
    error = lost("planted-client")
    with pytest.raises(APIConnectionError, match=r"^\*\*\*$") as caught:
        Seam(settings(), StandInForATransport(error), Deadline(None)).send_once(list_functions())
    assert caught.value is error
    assert [": APIConnectionError in " in record.getMessage() for record in caplog.records] == [True]


def test_the_seam_says_of_what_interrupts_it_that_nothing_was_sent() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        Seam(settings(), StandInForATransport(KeyboardInterrupt()), Deadline(None)).send_once(list_functions())
    assert caught.value.__notes__ == ["Nothing was sent."]


@pytest.mark.parametrize(
    ("options", "has"),
    [({"auth": ("ana", "x")}, True), ({"headers": {"AUTHORIZATION": "x"}}, True), ({"headers": {"X-A": "x"}}, False)],
)
def test_the_seam_knows_whether_its_requests_have_credentials(options: dict[str, Any], has: bool) -> None:
    seam = Seam(Settings.from_options(options), StandInForATransport(lost()), Deadline(None))
    assert seam.has_credentials is has
