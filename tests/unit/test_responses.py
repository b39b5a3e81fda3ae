"""What an answer means: every row of the contract's table of answers, by literals."""

from __future__ import annotations

import json
import math
import pickle
import time
from typing import Any

import pytest
from attrs import evolve

from navai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    BackendFunction,
    BackendFunctionsResult,
    ClientSecret,
    FunctionExecutionError,
    InvalidResponseError,
    SpeechConfig,
    SynthesizedSpeech,
    _javascript,
)
from navai._contract.failed_response import FailedResponse, response_text
from navai._contract.responses import (
    functions_unavailable,
    read_create_client_secret,
    read_execute_function,
    read_list_functions,
    read_synthesize_speech,
)
from navai._http.messages import Headers, RequestInfo, Response
from navai._javascript import NotJSON, parse_json
from navai._redaction import Redactor

SENT = RequestInfo("POST", "http://localhost:3000/navai", ("planted-secret",))


def response(body: str | bytes, status: int = 200, **headers: str) -> Response:
    content = body if isinstance(body, bytes) else body.encode()
    return Response(status, Headers((name.replace("_", "-"), value) for name, value in headers.items()), content)


def execute(body: str | bytes, status: int = 200, **headers: str) -> Any:
    return read_execute_function(response(body, status, **headers), SENT, "send_email")


# --- JSON as JSON.parse reads it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" \t\r\n{} ", {}),
        ("1e999", math.inf),
        ("-1e999", -math.inf),
        ("9007199254740993", 9007199254740993),
        ("1.0", 1.0),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('"\\ud800"', "\ud800"),
        ('"\u2028"', "\u2028"),
        ("9" * 5000, math.inf),
    ],
)
def test_json_is_read(text: str, value: object) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "NaN",
        "Infinity",
        "-Infinity",
        "[1,]",
        "{'a': 1}",
        "{} {}",
        "// x\n1",
        "01",
        "1.",
        '"\n"',
        "\u00a01",
        "\ufeff1",
        "[" * 100_000,
    ],
)
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(NotJSON):
        parse_json(text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\xef\xbb\xbf{}", "{}"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "{}"),
        (b"\xef\xbb\xbf" * 3 + b"{}", "\ufeff{}"),
        ("é".encode("latin-1"), "\ufffd"),
        (b"\xe6\xbc", "\ufffd"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        ("{}".encode("utf-16"), "\ufffd\ufffd{\x00}\x00"),
    ],
)
def test_text_is_utf8_whatever_else_it_claims_to_be(body: bytes, text: str) -> None:
    assert response_text(response(body)) == text


def test_reset_content_has_no_body_whatever_came() -> None:
    with pytest.raises(InvalidResponseError):
        execute('{"ok": true}', 205)
    assert response_text(response("x", 205)) == ""


# --- client secret --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "secret"),
    [
        ('{"value": "s", "expires_at": 5}', ClientSecret("s", 5)),
        ('{"value": "s", "expires_at": 5.5}', ClientSecret("s", 5.5)),
        ('{"value": ""}', ClientSecret("")),
        ('{"value": "s", "expires_at": null}', ClientSecret("s")),
        ('{"value": "s", "expires_at": "5"}', ClientSecret("s")),
        ('{"value": "s", "expires_at": true}', ClientSecret("s")),
        (
            '{"value": "s", "speech": {"provider": "openai"}, "x": null}',
            ClientSecret("s", None, {"x": None}),
        ),
        ('{"value": "s", "speech": {"provider": "elevenlabs"}}', ClientSecret("s", speech=SpeechConfig("elevenlabs"))),
        # What says more than that stays.
        ('{"value": "s", "speech": {"provider": "azure"}}', ClientSecret("s", None, {"speech": {"provider": "azure"}})),
        ('{"value": "s", "speech": "elevenlabs"}', ClientSecret("s", None, {"speech": "elevenlabs"})),
        (
            '{"value": "s", "speech": {"provider": "elevenlabs", "voice": "v"}}',
            ClientSecret("s", None, {"speech": {"provider": "elevenlabs", "voice": "v"}}, SpeechConfig("elevenlabs")),
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 299])
def test_a_secret_is_read_and_what_is_unknown_is_kept(status: int, body: str, secret: ClientSecret) -> None:
    assert read_create_client_secret(response(body, status), SENT) == secret


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        "null",
        "1",
        "true",
        '"s"',
        '{"value": 5}',
        '{"value": null}',
        '{"value": ["s"]}',
        '[{"value": "s"}]',
        "<p>",
        "NaN",
    ],
)
def test_any_other_2xx_is_an_invalid_client_secret_response(body: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        read_create_client_secret(response(body), SENT)
    assert str(caught.value) == "Invalid client-secret response."
    assert (caught.value.status_code, caught.value.body) == (200, body)


# --- speech ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoded", "audio"),
    [
        ("", b""),
        ("SUQz", b"ID3"),
        ("AA==", b"\0"),
        ("AA", b"\0"),
        ("AAA=", b"\0\0"),
        (" S U\\nQ\\tz ", b"ID3"),
        ("+/+/", b"\xfb\xff\xbf"),
        ("X/8X", b"_\xff\x17"),
    ],
)
def test_speech_is_decoded(encoded: str, audio: bytes) -> None:
    body = f'{{"provider": "elevenlabs", "mimeType": "audio/mpeg", "audioBase64": "{encoded}", "x": 1}}'
    assert read_synthesize_speech(response(body), SENT) == SynthesizedSpeech("elevenlabs", "audio/mpeg", audio, {"x": 1})


@pytest.mark.parametrize("encoded", ["A", "AA=", "A===", "====", "AAAA====", "AAAA=", "-_-_", "AA==AA==", "A\u00a0AA", "é"])
def test_what_is_no_base64_is_an_invalid_speech_synthesis_response(encoded: str) -> None:
    body = f'{{"provider": "elevenlabs", "mimeType": "audio/mpeg", "audioBase64": "{encoded}"}}'
    with pytest.raises(InvalidResponseError) as caught:
        read_synthesize_speech(response(body), SENT)
    assert str(caught.value) == "Invalid speech synthesis response. Its audio is not base64."
    assert (caught.value.status_code, caught.value.body) == (200, body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"mimeType": "a/b", "audioBase64": ""}',
        '{"provider": "openai", "mimeType": "a/b", "audioBase64": ""}',
        '{"provider": ["elevenlabs"], "mimeType": "a/b", "audioBase64": ""}',
        '{"provider": "elevenlabs", "audioBase64": ""}',
        '{"provider": "elevenlabs", "mimeType": "a/b", "audioBase64": null}',
    ],
)
def test_any_other_2xx_is_an_invalid_speech_synthesis_response(body: str) -> None:
    with pytest.raises(InvalidResponseError, match=r"^Invalid speech synthesis response\.$"):
        read_synthesize_speech(response(body), SENT)


NEW_SECRET = "eph-7f3c/9a1b"
WITH_NEW_SECRET = [
    f'{{"value": "{NEW_SECRET}", "error": "no {NEW_SECRET}"}}',
    json.dumps({"value": NEW_SECRET}).replace("/", "\\/"),
]
NOT_QUITE_WITH_NEW_SECRET = [
    f'{{"value": "{NEW_SECRET}", "expires_at": 1,}}',
    f'Notice: x\n{{"value" : "{NEW_SECRET}"}}',
    f'{{"client_secret": {{"value": "{NEW_SECRET}"}}}}',
    f'{{"client_secret": "{NEW_SECRET}"}}',
    f'[[{{"value": "{NEW_SECRET}"}}]]',
    json.dumps({"error": json.dumps({"value": NEW_SECRET})}),
    json.dumps({"error": repr({"value": NEW_SECRET})}),
    f'{{"value": "{NEW_SECRET}',
]


@pytest.mark.parametrize(
    ("body", "status"),
    [(body, status) for body in WITH_NEW_SECRET for status in (302, 500)]
    + [(body, status) for body in NOT_QUITE_WITH_NEW_SECRET for status in (200, 302, 500)],
)
def test_a_minted_secret_is_in_no_error_whatever_its_form(body: str, status: int) -> None:
    answer = response(body, status, Location=f"/{NEW_SECRET}", X_Echo=NEW_SECRET)
    with pytest.raises(APIError) as caught:
        read_create_client_secret(answer, SENT)
    error = caught.value
    assert "eph-7f3c" not in f"{error} {error.body} {error.json} {dict(error.headers)}"
    assert "***" in error.body


def test_what_a_function_calls_a_value_is_no_secret() -> None:
    with pytest.raises(APIStatusError) as caught:
        execute('{"value": "not-a-secret"}', 500)
    assert caught.value.json == {"value": "not-a-secret"}


def test_thousands_of_minted_secrets_take_no_time() -> None:
    body = "".join(f'{{"value": "eph-{number:08}"}}' for number in range(100_000))
    began = time.process_time()
    with pytest.raises(APIStatusError) as caught:
        read_create_client_secret(response(body, 500), SENT)
    assert caught.value.body.startswith('{"value": "***"}{"value": "***"}')
    assert time.process_time() - began < 10  # To look for each of them takes hours.


def test_what_is_too_short_for_a_secret_is_shown_however_it_is_escaped() -> None:
    """As by the TypeScript client."""
    with pytest.raises(APIStatusError) as caught:
        read_create_client_secret(response('{"value": "\\u00a0"}', 300), SENT)
    assert caught.value.body == '{"value": "\\u00a0"}'


@pytest.mark.parametrize("status", [199, 300, 304, 400, 401, 404, 429, 500, 520, 599, 999])
@pytest.mark.parametrize("read", [read_create_client_secret, lambda answer, sent: read_execute_function(answer, sent, "f")])
def test_a_status_that_is_not_2xx_is_an_error_with_the_body(read: Any, status: int) -> None:
    with pytest.raises(APIStatusError) as caught:
        read(response('{"error": "no"}', status, x_trace="7"), SENT)
    error = caught.value
    assert (error.status_code, error.body, error.json, error.message) == (status, '{"error": "no"}', {"error": "no"}, "no")
    assert (error.method, error.url, error.headers["X-Trace"]) == ("POST", "http://localhost:3000/navai", "7")
    assert str(error) == (f"HTTP {status}: no" if status != 404 else "HTTP 404: no (POST http://localhost:3000/navai)")


# --- functions ------------------------------------------------------------------------------------------------------------------


def test_functions_are_read_leniently_and_what_is_unknown_is_kept() -> None:
    body = """{"items": [
        {"name": "a", "description": "A", "source": "s", "metadata": {"retries": 0}},
        {"name": " b ", "description": 5, "source": null},
        {"name": "c", "description": ["x"], "source": {}}
    ], "warnings": ["w", 5, null, "", ["x"]], "x": 1}"""
    assert read_list_functions(response(body), SENT) == BackendFunctionsResult(
        [BackendFunction("a", "A", "s", {"metadata": {"retries": 0}}), BackendFunction(" b "), BackendFunction("c")], ["w", ""]
    )


@pytest.mark.parametrize(
    "item",
    [
        '{"name": ""}',
        '{"name": " \\t\\u00a0\\ufeff\\u2028"}',
        '{"name": 5}',
        '{"name": null}',
        "{}",
        "[]",
        '["name"]',
        "null",
        '"name"',
        "5",
    ],
)
def test_an_item_without_a_name_is_left_out(item: str) -> None:
    found = read_list_functions(response(f'{{"items": [{item}, {{"name": "a"}}]}}'), SENT)
    assert [function.name for function in found.functions] == ["a"]


@pytest.mark.parametrize("name", ["\\u0085", "\\u001c", "\\u200b", "\\u0000"])
def test_a_name_is_blank_only_where_javascript_trims_it_away(name: str) -> None:
    assert len(read_list_functions(response(f'{{"items": [{{"name": "{name}"}}]}}'), SENT).functions) == 1


@pytest.mark.parametrize(
    "body", ['{"items": null}', '{"items": {"name": "a"}, "warnings": "w"}', '{"warnings": null}', '{"items": {}}']
)
def test_missing_and_wrong_lists_count_as_empty_ones(body: str) -> None:
    assert read_list_functions(response(body), SENT) == BackendFunctionsResult()


@pytest.mark.parametrize("body", ["{}", "[]", '[{"name": "a"}]', '{"functions": [{"name": "a"}]}', '{"ok": false}'])
def test_a_response_without_a_listing_is_an_error_without_a_warning(body: str) -> None:
    """The published client says nothing of it."""
    found = read_list_functions(response(body), SENT)
    assert (found.functions, found.warnings) == ([], [])
    assert isinstance(found.error, InvalidResponseError)
    assert str(found.error) == '[navai] Failed to parse backend functions response. It has no "items".'
    assert (found.error.body, found.error.json, found.error.url) == (body, json.loads(body), SENT.url)


@pytest.mark.parametrize("body", ["", "null", "5", "true", '"items"', "<html>", "{", "[" * 100_000])
def test_a_listing_that_is_no_object_gives_one_warning_and_the_error(body: str) -> None:
    found = read_list_functions(response(body), SENT)
    assert (found.functions, found.warnings) == ([], ["[navai] Failed to parse backend functions response."])
    assert isinstance(found.error, InvalidResponseError)


@pytest.mark.parametrize("status", [301, 404, 500, 520])
def test_a_listing_that_is_not_2xx_gives_one_warning_and_the_error(status: int) -> None:
    found = read_list_functions(response('{"items": [{"name": "a"}]}', status), SENT)
    assert (found.functions, found.warnings) == ([], [f"[navai] Failed to load backend functions ({status})."])
    assert isinstance(found.error, APIStatusError)
    assert found.error.status_code == status


# --- execution ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ('{"ok": true, "result": {"a": [1, null]}}', {"a": [1, None]}),
        ('{"ok": true, "result": null}', None),
        ('{"ok": true}', None),
        ('{"ok": true, "result": false, "error": "x", "details": "y"}', False),
        ('{"ok": true, "result": {"ok": false}}', {"ok": False}),
        ('{"ok": false, "ok": true, "result": 1}', 1),
    ],
)
@pytest.mark.parametrize("status", [200, 202])
def test_a_result_is_returned_when_ok_is_true(status: int, body: str, result: object) -> None:
    assert execute(body, status) == result


@pytest.mark.parametrize("ok", ["false", "null", "1", '"true"', "[true]", "{}", "1.0"])
def test_ok_must_be_exactly_true(ok: str) -> None:
    with pytest.raises(FunctionExecutionError, match=r"^no$"):
        execute(f'{{"ok": {ok}, "result": 1, "error": "no"}}')


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ('"error": "e", "details": "d", "message": "m"', "d"),
        ('"error": "e", "details": 5, "message": "m"', "e"),
        ('"error": null, "message": "m"', "m"),
        ('"error": "", "message": "m"', ""),
        ('"details": "", "error": "e"', ""),
        ('"error": {"message": "x"}', "Backend function failed."),
        ('"x": 1', "Backend function failed."),
    ],
)
def test_a_failure_says_what_the_typescript_client_says(fields: str, words: str) -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute(f'{{"ok": false, {fields}}}')
    assert str(caught.value) == words


@pytest.mark.parametrize("body", ["[]", '[{"ok": true}]', "{}"])
def test_an_object_or_array_without_ok_is_a_failure(body: str) -> None:
    with pytest.raises(FunctionExecutionError, match=r"^Backend function failed\.$"):
        execute(body)


@pytest.mark.parametrize("body", ["null", "true", "5", '"ok"'])
def test_anything_else_is_an_invalid_backend_function_response(body: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        execute(body)
    assert str(caught.value) == "Invalid backend function response."


@pytest.mark.parametrize("body", ["", "<p>", 'Warning: x\n{"ok": true}', '{"ok": true} x', "{" * 100_000])
def test_what_is_no_json_may_be_the_answer_of_a_function_that_spoiled_it(body: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        execute(body)
    assert str(caught.value) == "Invalid backend function response. The function may have run."


PAGE = "An HTML page came instead of JSON"
HINT = f"{PAGE}: the site may have plain permalinks, which need **WORDPRESS_PLAIN_PATHS, or no NAVAI plugin."
PAGES = ["<html>", "\n<!DOCTYPE html><p>", "<!-- cached --><!doctype HTML>", '<?xml version="1.0"?> <!-- a --> <html lang="en">']


@pytest.mark.parametrize("page", PAGES)
def test_an_error_says_that_a_page_came_and_of_wordpress_why(page: str) -> None:
    wordpress = RequestInfo("GET", "http://shop.example/blog/wp-json/navai/v1/functions")
    assert str(read_list_functions(response(page), SENT).error).endswith(f"response. {PAGE}.")
    assert str(read_list_functions(response(page), wordpress).error).endswith(f"response. {HINT}")
    asked = "(GET http://shop.example/blog/wp-json/navai/v1/functions)"
    assert str(read_list_functions(response(page, 404), wordpress).error) == f"HTTP 404 Not Found. {HINT} {asked}"
    with_words = response(f"{page}<p>Nothing here.", 404)
    assert str(read_list_functions(with_words, wordpress).error) == f"HTTP 404: Nothing here. {HINT} {asked}"
    assert str(read_list_functions(response(page, 404), SENT).error) == "HTTP 404 Not Found (POST http://localhost:3000/navai)"
    assert str(read_list_functions(response(page, 500), wordpress).error) == "HTTP 500 Internal Server Error"
    assert str(read_list_functions(response('{"error": "No."}', 404), wordpress).error) == f"HTTP 404: No. {asked}"
    with pytest.raises(InvalidResponseError, match=rf"^Invalid client-secret response\. {PAGE}\.$"):
        read_create_client_secret(response(page), SENT)
    with pytest.raises(InvalidResponseError, match=rf"^Invalid backend function response\. {PAGE}\. The function may have run\.$"):
        execute(page)


def test_a_page_is_named_by_its_title() -> None:
    page = "<!DOCTYPE html>\n<html><head><title>\n  A &amp; &quot;planted-secret&quot; &#112;lanted-secret\n</title></head>Welcome"
    titled = f'{PAGE}, titled "A & "***" ***"'
    assert str(read_list_functions(response(page), SENT).error).endswith(f" {titled}.")
    wordpress = evolve(SENT, url="http://shop.example/wp-json/navai/v1/functions")
    assert str(read_list_functions(response(page), wordpress).error).endswith(f" {HINT.replace(PAGE, titled)}")


@pytest.mark.parametrize("body", ["<htmlx>", "html", "<p><html>", "Warning: x <html>", "<!doctype xml>", "<!-- a --"])
def test_what_is_no_page_is_not_called_one(body: str) -> None:
    assert PAGE not in str(read_list_functions(response(body), SENT).error)


def test_many_declarations_before_a_page_are_read_quickly() -> None:
    assert PAGE not in str(read_list_functions(response("<!a> " * 1_000_000), SENT).error)


@pytest.mark.parametrize("result", ['{"execution_mode": "client_js", "code": ""}'])
def test_javascript_for_a_browser_is_no_result(result: str) -> None:
    """The NAVAI plugin for WordPress answers so, and has run nothing."""
    with pytest.raises(FunctionExecutionError, match=r"^Nothing has run: this function is JavaScript") as caught:
        execute(f'{{"ok": true, "result": {result}, "trace_id": "t"}}')
    assert (caught.value.error, caught.value.details, caught.value.pending_approval) == (None, None, False)
    assert caught.value.trace_id == "t"
    assert caught.value.json["result"]["code"] == ""


@pytest.mark.parametrize(
    "result",
    [
        '{"execution_mode": "client_js"}',
        '{"execution_mode": "client_js", "code": 5}',
        '{"execution_mode": "php", "code": ""}',
        '"client_js"',
    ],
)
def test_what_only_resembles_it_is_a_result(result: str) -> None:
    assert execute(f'{{"ok": true, "result": {result}}}') == json.loads(result)


def test_validation_errors_are_in_the_text_and_whole_in_an_attribute() -> None:
    reasons = [f"$.a{number} is required.\x1b[31m" for number in range(12)]
    body = json.dumps({"ok": False, "error": "Payload does not match.", "validation_errors": [*reasons, 5, None]})
    with pytest.raises(FunctionExecutionError) as caught:
        execute(body, 400)
    shown = " ".join(f"$.a{number} is required. [31m" for number in range(10))
    assert str(caught.value) == f"Payload does not match. {shown} And 2 more."
    assert caught.value.validation_errors == reasons


def test_long_validation_errors_are_shortened_in_the_text() -> None:
    body = json.dumps({"ok": False, "error": "e", "validation_errors": ["x" * 5000, "y"]})
    with pytest.raises(FunctionExecutionError) as caught:
        execute(body, 400)
    assert str(caught.value) == f"e {'x' * 297}... y"


def test_no_attribute_shows_a_secret_of_the_request() -> None:
    info = RequestInfo("POST", "http://shop.example/", ("planted secret",))
    reasons = ["$.a is planted secret", "planted", "secret"]
    names = {"trace_id": "planted secret", "approval": {"id": "planted secret"}}
    body = {"ok": False, "error": "e", "validation_errors": reasons, **names}
    with pytest.raises(FunctionExecutionError) as caught:
        read_execute_function(response(json.dumps(body), 400), info, "f")
    error = caught.value
    assert str(error) == "e $.a is *** ***"
    assert (error.validation_errors, error.trace_id, error.approval_id) == (["$.a is ***", "planted", "secret"], "***", "***")


@pytest.mark.parametrize(("number", "expected"), [("7", 7), ('"a7"', "a7"), ("null", None), ("true", None), ("[7]", None)])
def test_an_approval_has_a_number_or_a_name(number: str, expected: object) -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute(f'{{"ok": false, "pending_approval": true, "approval": {{"id": {number}}}, "trace_id": "t"}}', 202)
    assert (caught.value.approval_id, caught.value.trace_id) == (expected, "t")


def test_what_wordpress_does_not_say_is_none() -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute('{"ok": false, "error": "e", "validation_errors": "v", "trace_id": 5, "approval": 7}')
    assert (caught.value.validation_errors, caught.value.approval_id, caught.value.trace_id) == (None, None, None)
    assert str(caught.value) == "e"


@pytest.mark.parametrize(("scope", "has_run"), [("output", True), ("input", False), ("tool", False)])
def test_a_guardrail_for_the_output_blocks_after_the_function_has_run(scope: str, has_run: bool) -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute(f'{{"ok": false, "error": "Blocked.", "guardrail": {{"scope": "{scope}", "trace_id": "t"}}}}', 403)
    assert str(caught.value) == ("Blocked. The function has run." if has_run else "Blocked.")
    assert caught.value.trace_id == "t"


@pytest.mark.parametrize("status", [400, 403, 500, 302])
def test_ok_false_is_a_failure_with_any_status(status: int) -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute('{"ok": false, "error": "e", "details": "d", "validation_errors": ["v"]}', status)
    error = caught.value
    assert (error.status_code, error.function_name, error.error, error.details) == (status, "send_email", "e", "d")
    assert error.json["validation_errors"] == ["v"]
    assert error.pending_approval is False


def test_a_pending_approval_says_so() -> None:
    with pytest.raises(FunctionExecutionError, match=r"^Wait\.$") as caught:
        execute('{"ok": false, "pending_approval": true, "message": "Wait.", "approval": {"id": 1}}', 202)
    assert caught.value.pending_approval is True
    assert caught.value.json["approval"] == {"id": 1}


@pytest.mark.parametrize("body", ['{"ok": true, "result": 1}', '{"ok": null}', '{"ok": 0}', "[]", '"x"'])
def test_a_bad_status_without_ok_false_is_a_status_error(body: str) -> None:
    with pytest.raises(APIStatusError):
        execute(body, 500)


# --- what errors tell -----------------------------------------------------------------------------------------------------------


def test_an_unknown_function_names_those_there_are() -> None:
    with pytest.raises(APIStatusError) as caught:
        execute('{"error": "Unknown.", "available_functions": ["a", 5, "b"]}', 404)
    assert caught.value.available_functions == ["a", "b"]
    assert str(caught.value) == "HTTP 404: Unknown. Available: a, b."
    assert caught.value.message == "Unknown."


@pytest.mark.parametrize(("said", "shown"), [("Gone!", "Gone!"), ("Which?", "Which?"), ("Gone", "Gone.")])
def test_the_functions_there_are_begin_a_sentence(said: str, shown: str) -> None:
    with pytest.raises(APIStatusError) as caught:
        execute(json.dumps({"error": said, "available_functions": ["a"]}), 400)
    assert str(caught.value) == f"HTTP 400: {shown} Available: a."


@pytest.mark.parametrize(("too_often", "reason"), [(True, "after 20 others"), (False, "configure the client with that URL")])
def test_a_redirect_that_was_not_followed_says_why(too_often: bool, reason: str) -> None:
    info = RequestInfo("GET", "http://a.example/x", has_redirected_too_often=too_often)
    found = read_list_functions(response("", 302, Location="/y"), info)
    assert str(found.error) == f"HTTP 302 Found (redirect to '/y', not followed: {reason})"


def test_an_error_of_an_execution_names_the_function() -> None:
    for body, status in (('{"error": "Unknown."}', 404), ("<pre>Error: kaboom</pre>", 500), ('{"ok": false}', 200)):
        with pytest.raises((APIStatusError, FunctionExecutionError)) as caught:
            execute(body, status)
        assert pickle.loads(pickle.dumps(caught.value)).function_name == "send_email"
    found = read_list_functions(response("", 500), SENT)
    assert isinstance(found.error, APIStatusError)
    assert found.error.function_name is None


APPENDED = "/navai/functions is appended to the path of the base URL"


@pytest.mark.parametrize(
    ("base", "url", "note"),
    [
        ("http://a.example", "http://a.example/navai/functions", ""),
        ("http://a.example/api", "http://a.example/api/navai/functions", f": {APPENDED}"),
        ("http://a.example/navai/functions", "http://a.example/navai/functions/navai/functions", f": {APPENDED}"),
        ("http://a.example/api", "http://a.example/api/list?key=***", ": /list is appended to the path of the base URL"),
        ("http://a.example/api", "http://b.example/navai/functions", ""),
    ],
)
def test_a_404_says_where_nothing_was_found(base: str, url: str, note: str) -> None:
    info = RequestInfo("GET", url, base_url=base)
    found = read_list_functions(response('{"detail": "Not Found"}', 404), info)
    assert str(found.error) == f"HTTP 404: Not Found (GET {url}{note})"


@pytest.mark.parametrize("names", ["[]", '["a"]'])
def test_a_404_for_an_unknown_function_blames_no_url(names: str) -> None:
    info = RequestInfo("POST", "http://a.example/api/navai/functions/execute", base_url="http://a.example/api")
    with pytest.raises(APIStatusError) as caught:
        read_execute_function(response(f'{{"error": "Unknown.", "available_functions": {names}}}', 404), info, "f")
    assert "a.example" not in str(caught.value)


@pytest.mark.parametrize(
    "words",
    [
        "<html><center>The plain HTTP request was sent to HTTPS port</center><hr><center>nginx</center>",
        "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
        "Client sent an HTTP request to an HTTPS server.",
    ],
)
def test_a_port_for_tls_asks_for_https(words: str) -> None:
    """The words of nginx, Apache and Go."""
    for url, says_so in (("http://a.example/x", True), ("https://a.example/x", False)):
        found = read_list_functions(response(words, 400), RequestInfo("GET", url))
        assert str(found.error).endswith(" (use an https:// URL)") is says_so


def test_a_long_list_of_functions_is_cut_in_the_text_only() -> None:
    names = [f"f{index}" for index in range(40)]
    with pytest.raises(APIStatusError) as caught:
        execute(f'{{"error": "Unknown.", "available_functions": {names}}}'.replace("'", '"'), 404)
    assert caught.value.available_functions == names
    assert str(caught.value).endswith("f8, f9 and 30 more.")


@pytest.mark.parametrize("body", ['{"available_functions": "a"}', "[]", "x", '{"error": "e"}'])
def test_without_a_list_available_functions_is_none(body: str) -> None:
    with pytest.raises(APIStatusError) as caught:
        execute(body, 404)
    assert caught.value.available_functions is None


@pytest.mark.parametrize("status", [199, 300])
def test_only_2xx_has_a_result(status: int) -> None:
    body = '{"ok": true, "result": 1}'
    assert (execute(body, 200), execute(body, 299)) == (1, 1)
    with pytest.raises(APIStatusError) as caught:
        execute(body, status)
    assert caught.value.function_name == "send_email"


@pytest.mark.parametrize(("status", "text"), [(502, "HTTP 502 Bad Gateway"), (520, "HTTP 520")])
def test_without_words_the_status_is_named(status: int, text: str) -> None:
    with pytest.raises(APIStatusError) as caught:
        execute("", status)
    assert (str(caught.value), caught.value.message) == (text, None)


def test_a_redirect_names_its_target() -> None:
    with pytest.raises(APIStatusError, match=r"HTTP 301 Moved Permanently \(redirect to 'https://b\.example/', not followed"):
        execute("", 301, location="https://b.example/")


def test_the_secrets_of_the_request_are_redacted_in_all_that_an_error_tells() -> None:
    body = '{"error": "bad planted-secret", "planted-secret": ["planted-secret", {"a": "sk-0123456789abcdef"}]}'
    with pytest.raises(APIStatusError) as caught:
        execute(body, 500)
    told = repr(vars(caught.value)) + str(caught.value) + repr(caught.value)
    assert "planted-secret" not in told
    assert "sk-0123" not in told
    assert caught.value.json == {"error": "bad ***", "***": ["***", {"a": "***"}]}


def test_secrets_are_redacted_beside_a_letter_whose_lower_case_is_longer() -> None:
    body = '{"error": "Geçersiz İstek: X-Key AbCdEf123456"}'
    with pytest.raises(APIStatusError) as caught:
        read_execute_function(
            response(body, 401), RequestInfo("POST", "http://localhost:3000/navai", ("AbCdEf123456",)), "send_email"
        )
    error = caught.value
    assert error.json == {"error": "Geçersiz İstek: X-Key ***"}
    assert error.body == body.replace("AbCdEf123456", "***")
    assert "AbCdEf123456" not in repr((str(error), error.message, error.__reduce__()))


def test_retry_after_is_told() -> None:
    with pytest.raises(APIStatusError) as caught:
        execute("", 503, retry_after="600")
    assert caught.value.retry_after == 600


def test_an_answer_beyond_the_limit_is_an_error_and_keeps_the_beginning_of_a_bad_status() -> None:
    cut = Response(200, Headers(), b'{"ok": true}', truncated=True)
    with pytest.raises(InvalidResponseError, match="larger than max_response_bytes"):
        read_execute_function(cut, SENT, "f")
    assert isinstance(read_list_functions(cut, SENT).error, InvalidResponseError)
    with pytest.raises(APIStatusError) as caught:
        read_execute_function(Response(500, Headers(), b"Too bad, and", truncated=True), SENT, "f")
    assert caught.value.body == "Too bad, and"


def test_a_secret_in_a_header_of_the_answer_is_redacted() -> None:
    with pytest.raises(APIStatusError) as caught:
        execute("", 401, WWW_Authenticate="Bearer error=planted-secret", X_Request="17")
    assert dict(caught.value.headers) == {"www-authenticate": "Bearer error=***", "x-request": "17"}


@pytest.mark.parametrize(
    ("count", "told"),
    [(1, "f0"), (10, "f0, f1, f2, f3, f4, f5, f6, f7, f8, f9"), (11, "f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 and 1 more")],
)
def test_up_to_ten_available_functions_are_told_in_full(count: int, told: str) -> None:
    names = ", ".join(f'"f{number}"' for number in range(count))
    with pytest.raises(APIStatusError) as caught:
        execute(f'{{"error": "no", "available_functions": [{names}]}}', 404)
    assert str(caught.value) == f"HTTP 404: no. Available: {told}."


@pytest.mark.parametrize(("status", "is_told"), [(299, False), (300, True), (308, True), (399, True), (400, False)])
def test_the_target_of_a_redirect_is_told_without_credentials(status: int, is_told: bool) -> None:
    found = read_list_functions(response("", status, Location="http://ana:planted@other.example/there"), SENT)
    told = "redirect to 'http://***@other.example/there', not followed: configure the client with that URL"
    assert (told in str(found.error)) is is_told
    assert "planted" not in str(found.error)


def test_a_listing_that_got_no_answer_says_so() -> None:
    error = APIConnectionError("lost", request_sent=True, method="GET", url="u")
    found = functions_unavailable(error)
    assert found.warnings == ["[navai] Failed to load backend functions: lost"]
    assert found.error is error


@pytest.mark.parametrize("status", [200, 500])
def test_a_failure_names_its_function(status: int) -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute('{"ok": false}', status)
    assert caught.value.function_name == "send_email"


@pytest.mark.parametrize("status", [200, 500])
def test_an_error_whose_answer_is_no_json_has_none(status: int) -> None:
    with pytest.raises(APIError) as caught:
        execute("no JSON", status)
    assert caught.value.json is None


# --- what an answer may cost -----------------------------------------------------------------------------------------------------

BOUNDED = RequestInfo("GET", "http://localhost:3000/navai", ("planted-secret",), 1_000_000)
MUCH = '{"ok": true, "items": [' + "1.5," * 240_000 + "0]}"


@pytest.mark.parametrize(
    "read", [read_create_client_secret, read_list_functions, lambda answer, sent: read_execute_function(answer, sent, "f")]
)
def test_an_answer_that_would_become_too_much_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch, read: Any) -> None:
    monkeypatch.setattr(_javascript, "_decode", lambda _: pytest.fail("it was decoded"))
    try:
        error = read(response(MUCH), BOUNDED).error
    except InvalidResponseError as raised:
        error = raised
    assert " It would take more than 8 times max_response_bytes of memory" in str(error)
    assert (error.json, error.body) == (None, MUCH)


def test_an_answer_of_too_many_parts_is_an_error_that_says_so() -> None:
    with pytest.raises(InvalidResponseError, match="It has too many arrays and objects for its length"):
        execute("[" + "[]," * 310_000 + "0]")


@pytest.mark.parametrize("body", ['{"ok": false}', '{"ok": true, "result": {"execution_mode": "client_js", "code": ""}}'])
def test_a_failure_is_read_once(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Reading a long one again would take as much time and memory again."""
    read: list[str] = []
    decode = _javascript._decode

    def noticed(text: str) -> Any:
        read.append(text)
        return decode(text)

    monkeypatch.setattr(_javascript, "_decode", noticed)
    with pytest.raises(FunctionExecutionError) as caught:
        execute(body)
    assert (read, caught.value.function_name) == ([body], "send_email")


def test_a_refusal_that_would_become_too_much_has_its_beginning_as_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_javascript, "_decode", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(APIStatusError) as caught:
        read_execute_function(response(MUCH, 500), BOUNDED, "f")
    assert str(caught.value).startswith('HTTP 500: {"ok": true, "items": [1.5,')
    assert len(str(caught.value)) < 400


def test_nothing_is_redacted_before_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 30 MB that a backend says, a log shows a line."""
    redacted: list[int] = []
    text_of_redactor = Redactor.text

    def noticed(self: Redactor, text: str, **options: Any) -> str:
        redacted.append(len(text))
        return text_of_redactor(self, text, **options)

    monkeypatch.setattr(Redactor, "text", noticed)
    details = "planted-secret " * 200_000
    with pytest.raises(FunctionExecutionError) as caught:
        execute(f'{{"ok": false, "error": "e", "details": "{details}"}}')
    assert sum(redacted) < 100_000
    assert (len(str(caught.value)), "planted" in str(caught.value)) == (2000, False)
    assert caught.value.details == "*** " * 200_000
    assert caught.value.json["details"] == caught.value.details
    assert "planted" not in caught.value.body


@pytest.mark.parametrize("number", [65_530, 65_536 - 14, 65_536, 80_000])
@pytest.mark.parametrize("status", [200, 500])
def test_no_half_of_a_secret_is_shown_where_a_text_is_cut(number: int, status: int) -> None:
    long_secret = "planted" * 100
    sent = RequestInfo("POST", "u", (long_secret,))
    words = (long_secret * 100)[: number - 350] + " " * 350 if status == 200 else " " * (number - 350)
    body = json.dumps({"ok": False, "details": (words + long_secret)[:number] + long_secret * 30})
    with pytest.raises((APIStatusError, FunctionExecutionError)) as caught:
        read_execute_function(response(body, status), sent, "f")
    assert "planted" not in str(caught.value)


def test_what_was_redacted_in_place_is_read_again_by_whoever_needs_it() -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute(json.dumps({"ok": False, "error": "x" * 70_000 + " \\u0070lanted-secret", "details": ["planted-secret"]}))
    assert caught.value.json["details"] == ["***"]
    assert caught.value.error == "x" * 70_000 + " ***"
    assert caught.value.json is caught.value.json


def test_a_new_secret_that_is_too_short_is_not_redacted_though_it_is_written_longer() -> None:
    body = '{"value": "\\u0061bcde"}'
    with pytest.raises(APIStatusError) as caught:
        read_create_client_secret(response(body, 500), SENT)
    assert caught.value.body == body


def test_a_secret_that_the_json_writes_as_escapes_is_redacted_too() -> None:
    with pytest.raises(APIStatusError) as caught:
        execute('{"error": "\\u0070lanted-secret"}', 500)
    assert caught.value.json == {"error": "***"}


@pytest.mark.parametrize("hint", ["<!-- x", "%3c!-- x", "1 < 2"])
def test_a_secret_parted_by_tags_is_redacted_whatever_begins_in_another_string(hint: str) -> None:
    """A comment that is never closed hides what follows it in one page, but not in another string of the JSON."""
    with pytest.raises(FunctionExecutionError) as caught:
        execute(json.dumps({"ok": False, "hint": hint, "details": "No plan<b>ted</b>-secret", "note": "2 > 1 -->"}))
    assert caught.value.json == {"ok": False, "hint": hint, "details": "No ***", "note": "2 > 1 -->"}
    assert caught.value.body == f'{{"ok": false, "hint": "{hint}", "details": "No ***", "note": "2 > 1 -->"}}'


def test_a_secret_parted_by_a_comment_is_redacted_in_the_json_whatever_begins_in_another_string() -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute(json.dumps({"ok": False, "hint": "<!-- x", "details": "No plan<!-- > -->ted-secret"}))
    assert caught.value.json == {"ok": False, "hint": "<!-- x", "details": "No ***"}


@pytest.mark.parametrize("blank", ["\n", "\r\n\t", "\xa0", "  ", "\x1b", "\\ ", "\\40"])
@pytest.mark.parametrize("status", [200, 500])
def test_an_error_does_not_put_a_secret_together_on_its_line(blank: str, status: int) -> None:
    """Redacted was the text with its line breaks, and then it was put on one line."""
    sent = RequestInfo("POST", "u", ("abcd efgh ijkl",))
    repeated = blank.join(["abcd", "efgh", "ijkl"])
    for body in (json.dumps({"ok": False, "error": f"No {repeated}!"}), f"No {repeated}!", f"<p>No {repeated}!</p>"):
        with pytest.raises(APIError) as caught:
            read_execute_function(response(body, status), sent, "f")
        assert "efgh" not in f"{caught.value} {caught.value.body} {caught.value.json}"


def test_a_secret_beyond_ascii_is_redacted_in_headers() -> None:
    """They are read as Latin-1."""
    sent = RequestInfo("POST", "u", ("p\xe4ssw\xf6rd",))
    with pytest.raises(APIStatusError) as caught:
        read_create_client_secret(response("", 401, X_Echo="No p\xe4ssw\xf6rd".encode().decode("latin-1")), sent)
    assert caught.value.headers["x-echo"] == "No ***"


def test_a_failure_of_an_array_shows_the_array() -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute("[1]")
    assert (caught.value.json, caught.value.body) == ([1], "[1]")


def test_the_target_of_a_redirect_is_told_in_a_line() -> None:
    with pytest.raises(APIStatusError) as caught:
        execute("", 302, location="/" + "x" * 60_000)
    assert len(str(caught.value)) < 500


# --- what an error shows of it ---------------------------------------------------------------------------------------------------


def test_an_answer_that_was_cut_does_not_end_with_the_beginning_of_a_secret() -> None:
    cut = Response(500, Headers(), b"No: planted-sec", truncated=True)
    with pytest.raises(APIStatusError, match=r"HTTP 500: No: \*\*\*$") as caught:
        read_create_client_secret(cut, SENT)
    assert caught.value.body == "No: ***"


def test_a_failure_is_told_on_one_line_and_its_details_stay_as_sent() -> None:
    details = "one\ntwo\r\nERROR root forged\u2028\x1b[31m\u202e"
    with pytest.raises(FunctionExecutionError) as caught:
        execute(json.dumps({"ok": False, "error": "a\nb", "details": details}))
    assert str(caught.value) == "one two  ERROR root forged  [31m "
    assert (caught.value.details, caught.value.error) == (details, "a\nb")
    with pytest.raises(FunctionExecutionError) as caught:
        execute(json.dumps({"ok": False, "details": "x" * 10**6}))
    assert len(str(caught.value)) == 2000
    assert caught.value.details == "x" * 10**6


def test_a_failed_response_shows_nothing_of_itself() -> None:
    assert repr(FailedResponse(response("planted-secret"), SENT)) == "<FailedResponse>"


def test_a_name_of_a_header_that_is_a_secret_is_redacted() -> None:
    with pytest.raises(APIStatusError) as caught:
        read_create_client_secret(response("", 500, X_Planted_Secret="1"), SENT)
    assert dict(caught.value.headers) == {"x-***": "1"}
    assert "planted" not in repr(response("", 500, X_Planted_Secret="1"))


@pytest.mark.parametrize(("status", "says_so"), [(401, True), (403, True), (400, False), (404, False), (500, False)])
def test_a_refusal_after_a_redirect_says_where_no_credentials_went(status: int, says_so: bool) -> None:
    info = RequestInfo("GET", "http://shop.example/", redirected_to="http://www.shop.example/")
    where = "redirected to 'http://www.shop.example/', where no credentials are sent: configure the client with that URL"
    found = read_list_functions(response('{"error": "No."}', status), info)
    assert str(found.error).startswith(f"HTTP {status}: No.")
    assert str(found.error).endswith(f" ({where})") is says_so


@pytest.mark.parametrize(
    ("body", "may_have_run"),
    [
        ('{"ok": false, "error": "no"}', None),
        ('{"ok": false, "error": "no", "guardrail": {"scope": "input"}}', None),
        ('{"ok": false, "error": "no", "guardrail": {"scope": "output"}}', True),
        ('{"ok": false, "pending_approval": true}', None),
        ('{"ok": true, "result": {"execution_mode": "client_js", "code": "x"}}', False),
    ],
)
def test_whether_the_function_may_have_run(body: str, may_have_run: bool | None) -> None:
    with pytest.raises(FunctionExecutionError) as caught:
        execute(body)
    assert caught.value.may_have_run is may_have_run


def test_a_hostile_number_of_validation_errors_is_cut() -> None:
    body = json.dumps({"ok": False, "error": "no", "validation_errors": [f"reason {number}" for number in range(100_000)]})
    with pytest.raises(FunctionExecutionError) as caught:
        execute(body)
    assert caught.value.validation_errors == [f"reason {number}" for number in range(100)]
    assert len(caught.value.json["validation_errors"]) == 100_000
