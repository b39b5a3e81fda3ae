"""Where Python differs from the published client on purpose: every row of docs/parity.md, on both sides."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from navai import (
    APIConnectionError,
    APIStatusError,
    ConfigurationError,
    FunctionExecutionError,
    InvalidResponseError,
    NavaiBackendClient,
)
from navai.testing import LocalBackend
from tests.conftest import Blocking, Connect
from tests.parity.cases import Case
from tests.parity.clients import Parity

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "parity.md"


class Sides:
    """The published client and one of ours, before one answer."""

    def __init__(self, parity: Parity, connect: Connect) -> None:
        self._parity = parity
        self.url = f"{parity.server.url}/c/y"
        self.ours = connect(self.url, max_retries=0)
        parity.server.cut_off.clear()

    def answer(self, operation: str, body: str | bytes, status: int = 200, *, wire: bytes = b"", cut_off: bool = False) -> None:
        content = body.encode() if isinstance(body, str) else body
        self._parity.server.answers["y"] = wire or Case(operation, content, status).wire()
        if cut_off:
            self._parity.server.cut_off.add("y")

    def theirs(self, operation: str, payload: Any = None, **options: str) -> Any:
        """What the published client makes of it."""
        job = {
            "options": {"apiBaseUrl": self.url} | options,
            "operation": operation,
            "input": {"functionName": "f", "payload": payload},
        }
        return self._parity.typescript.outcomes([job])[0]

    def sent(self) -> list[Any]:
        return self._parity.server.requests.pop("y", [])


@pytest.fixture
def sides(parity: Parity, connect: Connect) -> Sides:
    return Sides(parity, connect)


def test_speech_is_bytes(sides: Sides) -> None:
    sides.answer("speech", '{"provider": "elevenlabs", "mimeType": "audio/mpeg", "audioBase64": "SUQz"}')
    assert sides.theirs("speech") == ["speech", "audio/mpeg", "494433"]  # As its widget decodes it.
    assert sides.ours.synthesize_speech("Hello").audio == b"ID3"
    sides.answer("speech", '{"provider": "elevenlabs", "mimeType": "audio/mpeg", "audioBase64": "<p>"}')
    with pytest.raises(InvalidResponseError, match=r"^Invalid speech synthesis response\. Its audio is not base64\.$"):
        sides.ours.synthesize_speech("Hello")


def test_integers_stay_exact(sides: Sides) -> None:
    sides.answer("execute", '{"ok": true, "result": 9007199254740993}')
    assert sides.theirs("execute") == ["result", 9007199254740992.0]
    assert sides.ours.execute_function("f") == 9007199254740993


def test_a_failed_listing_has_an_error(sides: Sides) -> None:
    sides.answer("list", '{"error": "Closed."}', 503)
    warning = "[navai] Failed to load backend functions (503)."
    assert sides.theirs("list") == ["functions", [], [warning]]
    result = sides.ours.list_functions()
    assert (result.functions, result.warnings, str(result.error)) == ([], [warning], "HTTP 503: Closed.")


def test_a_listing_without_items_has_an_error(sides: Sides) -> None:
    sides.answer("list", '{"functions": [{"name": "a"}]}')
    result = sides.ours.list_functions()
    assert sides.theirs("list") == ["functions", result.functions, result.warnings] == ["functions", [], []]
    assert str(result.error).endswith(' It has no "items".')


def test_unknown_fields_are_kept(sides: Sides) -> None:
    sides.answer("list", '{"items": [{"name": "a", "metadata": {"requires_approval": true}}]}')
    assert sides.theirs("list") == ["functions", [["a", None, None]], []]
    assert sides.ours.list_functions().functions[0].extra == {"metadata": {"requires_approval": True}}
    sides.answer("secret", '{"value": "s", "session": {"key": "k"}}')
    assert sides.ours.create_client_secret().extra == {"session": {"key": "k"}}


def test_a_pending_approval_has_words(sides: Sides) -> None:
    sides.answer("execute", '{"ok": false, "pending_approval": true, "message": "Ask Ana."}', 202)
    assert sides.theirs("execute") == ["error", "Backend function failed."]
    with pytest.raises(FunctionExecutionError, match=r"^Ask Ana\.$") as caught:
        sides.ours.execute_function("f")
    assert caught.value.pending_approval


def test_javascript_for_a_browser_has_not_run(sides: Sides) -> None:
    sides.answer("execute", '{"ok": true, "result": {"execution_mode": "client_js", "code": "a()"}}')
    assert sides.theirs("execute") == ["result", {"execution_mode": "client_js", "code": "a()"}]
    with pytest.raises(FunctionExecutionError, match=r"^Nothing has run: ") as caught:
        sides.ours.execute_function("f")
    assert caught.value.json["result"]["code"] == "a()"


def test_validation_errors_are_in_the_text(sides: Sides) -> None:
    sides.answer("execute", '{"ok": false, "error": "No.", "validation_errors": ["$.b is required."]}')
    assert sides.theirs("execute") == ["error", "No."]
    with pytest.raises(FunctionExecutionError, match=r"^No\. \$\.b is required\.$"):
        sides.ours.execute_function("f")


def test_what_a_guardrail_holds_back_has_run(sides: Sides) -> None:
    sides.answer("execute", '{"ok": false, "error": "Blocked.", "guardrail": {"scope": "output"}}')
    assert sides.theirs("execute") == ["error", "Blocked."]
    with pytest.raises(FunctionExecutionError, match=r"^Blocked\. The function has run\.$"):
        sides.ours.execute_function("f")


def test_a_response_that_is_no_json_says_what_may_have_happened(sides: Sides) -> None:
    sides.answer("execute", 'Warning: x {"ok": true}')
    assert sides.theirs("execute") == ["error", "Invalid backend function response."]
    with pytest.raises(InvalidResponseError, match=r"^Invalid backend function response\. The function may have run\.$"):
        sides.ours.execute_function("f")
    sides.answer("secret", "<!DOCTYPE html><p>Home")
    assert sides.theirs("secret") == ["error", "Invalid client-secret response."]
    with pytest.raises(InvalidResponseError, match=r"^Invalid client-secret response\. An HTML page came instead of JSON\.$"):
        sides.ours.create_client_secret()
    sides.answer("list", "<!DOCTYPE html><title>Home</title>")
    listed = sides.ours.list_functions()
    assert sides.theirs("list") == ["functions", [], listed.warnings]
    assert str(listed.error).endswith(' An HTML page came instead of JSON, titled "Home".')


def test_a_status_has_its_number_and_the_backends_words(sides: Sides) -> None:
    body = '{"error": "Unknown function.", "available_functions": ["a"]}'
    sides.answer("execute", body, 404)
    assert sides.theirs("execute") == ["error", body]
    with pytest.raises(APIStatusError) as caught:
        sides.ours.execute_function("f")
    assert str(caught.value) == "HTTP 404: Unknown function. Available: a."
    assert (caught.value.body, caught.value.status_code, caught.value.available_functions) == (body, 404, ["a"])


def test_ok_false_is_a_function_failure_with_any_status(sides: Sides) -> None:
    body = '{"ok": false, "error": "Blocked.", "details": "By a guardrail."}'
    sides.answer("execute", body, 403)
    assert sides.theirs("execute") == ["error", body]
    with pytest.raises(FunctionExecutionError, match=r"^By a guardrail\.$") as caught:
        sides.ours.execute_function("f")
    assert (caught.value.status_code, caught.value.body) == (403, body)


def test_keys_are_redacted_in_errors(sides: Sides) -> None:
    sides.answer("secret", '{"error": "Incorrect API key: sk-0123456789abcdef"}', 500)
    assert "sk-0123456789abcdef" in sides.theirs("secret")[1]
    with pytest.raises(APIStatusError, match=r"^HTTP 500: Incorrect API key: \*\*\*$") as caught:
        sides.ours.create_client_secret()
    assert "sk-0123" not in caught.value.body


@pytest.mark.parametrize("bad", ["localhost:3000", "ftp://backend.example", "http://backend.example?a=b", "http://"])
def test_bad_options_are_refused_early(sides: Sides, bad: str) -> None:
    assert sides.theirs("list", apiBaseUrl=bad)[2][0].startswith("[navai] Failed to load backend functions: ")
    with pytest.raises(ConfigurationError, match="api_base_url"):
        NavaiBackendClient(bad)


@pytest.mark.parametrize("path", ["/a b", "http://elsewhere.example/functions", "", "/a#b"])
def test_bad_paths_are_refused_early(sides: Sides, path: str) -> None:
    sides.answer("list", "{}")
    assert sides.theirs("list", functionsListPath=path) == ["functions", [], []]  # It asks some other address.
    with pytest.raises(ConfigurationError, match="functions_list_path"):
        NavaiBackendClient(sides.url, functions_list_path=path)


def test_what_is_no_json_is_refused_early(sides: Sides) -> None:
    sides.answer("execute", '{"ok": true}')
    sides.sent()
    assert sides.theirs("execute", {"a": float("inf")}) == ["result", None]
    assert json.loads(sides.sent()[0].body)["payload"] == {"a": None}
    with pytest.raises(ConfigurationError, match=r"payload\['a'\] is inf"):
        sides.ours.execute_function("f", {"a": float("inf")})
    assert sides.sent() == []


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_breaks_off_is_a_lost_connection(sides: Sides, status: int) -> None:
    sides.answer("list", "", wire=f'HTTP/1.1 {status} X\r\nContent-Length: 100\r\n\r\n{{"items": ['.encode(), cut_off=True)
    theirs = sides.theirs("list")[2][0].partition(":")[0]
    # Where the end overtakes the head, on a busy machine, fetch fails, and they say what we always do.
    assert theirs in (
        "[navai] Failed to parse backend functions response.",
        "[navai] Failed to load backend functions (500).",
        "[navai] Failed to load backend functions",
    )
    result = sides.ours.list_functions()
    assert result.warnings[0].startswith("[navai] Failed to load backend functions: The connection to http://127.0.0.1:")
    assert isinstance(result.error, APIConnectionError)
    assert sides.theirs("execute")[1] in ("Invalid backend function response." if status == 200 else "HTTP 500", "fetch failed")
    with pytest.raises(APIConnectionError) as caught:
        sides.ours.execute_function("f")
    assert caught.value.request_sent


def test_an_answer_that_cannot_be_unpacked_is_a_lost_connection(sides: Sides) -> None:
    sides.answer("list", "", wire=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")
    assert sides.theirs("list") == ["functions", [], ["[navai] Failed to parse backend functions response."]]
    assert isinstance(sides.ours.list_functions().error, APIConnectionError)


def test_an_answer_that_was_packed_twice_is_a_lost_connection(sides: Sides) -> None:
    """Nobody asked for it, and each unpacking multiplies what a small answer may become."""
    body = gzip.compress(gzip.compress(b'{"ok": true, "result": 7}'))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    sides.answer("execute", "", wire=head + body)
    assert sides.theirs("execute") == ["result", 7]
    with pytest.raises(APIConnectionError, match="encoded with gzip, gzip, which was not requested"):
        sides.ours.execute_function("f")


def test_an_empty_line_before_an_answer_is_an_error_of_most_clients(sides: Sides) -> None:
    """RFC 9112 section 2.2 allows it before requests only. The fast transport reads over it, as Node does."""
    sides.answer("execute", "", wire=b'\r\nHTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{"ok": true, "result": 7}')
    assert sides.theirs("execute") == ["result", 7]
    with contextlib.suppress(APIConnectionError):
        assert sides.ours.execute_function("f") == 7


def test_an_answer_that_would_become_too_much_is_refused(sides: Sides) -> None:
    sides.answer("execute", '{"ok": true, "result": [' + "1.5," * 240_000 + "1]}")
    assert sides.theirs("execute")[0] == "result"
    with pytest.raises(InvalidResponseError, match="more than 8 times max_response_bytes of memory: raise that option"):
        Blocking(sides.ours.with_options(max_response_bytes=1_000_000), sides.ours._runner).execute_function("f")


def test_an_answer_of_too_many_small_arrays_is_refused(sides: Sides) -> None:
    sides.answer("execute", '{"ok": true, "result": [' + "[]," * 310_000 + "1]}")
    assert sides.theirs("execute")[0] == "result"
    with pytest.raises(InvalidResponseError, match="too many arrays and objects for its length: have the backend"):
        sides.ours.execute_function("f")


@pytest.mark.parametrize("status", [407, 421])
def test_statuses_that_fetch_keeps_for_itself_are_statuses(sides: Sides, status: int) -> None:
    sides.answer("execute", '{"error": "e"}', status)
    theirs = sides.theirs("execute")
    assert theirs == (["network", "..."] if status == 407 else ["error", '{"error": "e"}'])
    sides.sent()
    with pytest.raises(APIStatusError) as caught:
        sides.ours.execute_function("f")
    assert caught.value.status_code == status
    assert len(sides.sent()) == 1


def test_fetch_executes_again_after_421(sides: Sides) -> None:
    """Why 421 is among the differences: fetch sends the same POST a second time by itself."""
    sides.answer("execute", '{"error": "e"}', 421)
    sides.sent()
    sides.theirs("execute")
    assert len(sides.sent()) == 2


@pytest.mark.parametrize(
    ("deep", "shallow"), [("[" * 100_000 + "]" * 100_000, "["), ('{"a":' * 100_000 + "1" + "}" * 100_000, "{")]
)
def test_a_body_nested_100000_deep_is_one_of_our_errors(sides: Sides, deep: str, shallow: str) -> None:
    """JSON.parse gives the value. Python's decoder crashes or stops, and a value so deep could be neither shown nor compared."""
    sides.answer("execute", f'{{"ok": true, "result": {deep}}}')
    with pytest.raises(InvalidResponseError, match=r"^Invalid backend function response\. The function may have run\.$"):
        sides.ours.execute_function("f")
    sides.answer("execute", f'{{"error": {deep}}}', 500)
    with pytest.raises(APIStatusError) as caught:
        sides.ours.execute_function("f")
    assert caught.value.json is None
    sides.answer("list", f'{{"items": [{deep}, {{"name": "a"}}]}}')
    assert isinstance(sides.ours.list_functions().error, InvalidResponseError)
    sides.answer("secret", f'{{"value": "s", "x": {deep}}}')
    with pytest.raises(InvalidResponseError):
        sides.ours.create_client_secret()


def test_requests_say_who_asks_and_that_json_is_wanted(sides: Sides) -> None:
    sides.answer("list", "{}")
    sides.sent()
    sides.theirs("list")
    sides.ours.list_functions()
    theirs, ours = (request.headers for request in sides.sent())
    assert (theirs["accept"], theirs["user-agent"]) == ("*/*", "node")
    assert (ours["accept"], ours["user-agent"].partition("/")[0]) == ("application/json", "navai-sdk-python")


def redirect(status: int, location: str) -> bytes:
    return f"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirected_post_is_an_error_that_names_its_target(sides: Sides, status: int) -> None:
    sides.answer("execute", "", wire=redirect(status, "/c/elsewhere"))
    sides._parity.server.answers["elsewhere"] = Case("execute", b'{"ok": true, "result": "as GET"}').wire()
    assert sides.theirs("execute") == ["result", "as GET"]
    assert sides._parity.server.requests.pop("elsewhere")[0].method == "GET"
    with pytest.raises(APIStatusError, match="redirect to '/c/elsewhere', not followed"):
        sides.ours.execute_function("f")


def test_a_post_never_goes_to_another_origin(sides: Sides) -> None:
    with LocalBackend({"f": lambda: "there"}) as other:
        sides.answer("execute", "", wire=redirect(307, f"{other.url}/navai/functions/execute"))
        assert sides.theirs("execute") == ["result", "there"]
        with pytest.raises(APIStatusError, match="not followed"):
            sides.ours.execute_function("f")
    assert len(other.calls) == 1


def test_each_row_of_the_document_names_a_test_and_each_test_is_there() -> None:
    named = re.findall(r"\| `(test_\w+)` \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    here = [
        name
        for name in globals()
        if name.startswith("test_") and name != "test_each_row_of_the_document_names_a_test_and_each_test_is_there"
    ]
    assert sorted(named) == sorted(here)
