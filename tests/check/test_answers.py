"""What an answer must be beyond its status, by literals."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from navai._check.contract import published_contract
from navai._check.probes import Probe, creation, execution, listing, refusals
from navai._http.messages import Headers, Response

LISTING, SECRET, EXECUTION = listing()[0], creation()[0], execution("f", None)[0]
UNKNOWN, NAMELESS, BLANK, NO_JSON, SILENT = refusals()
STATUSES = {200, 201, 202, 204, 302, 399, 400, 401, 403, 404, 409, 429, 499, 500, 503, 599, 600}
HOUR = 3600
YEAR = 365 * 24 * HOUR


def told(probe: Probe, status: int, body: Any, content_type: str = "application/json") -> list[str]:
    response = Response(status, Headers([("Content-Type", content_type)]), json.dumps(body).encode())
    return [f"{each.where} {each.what}" for each in probe.deviations(published_contract(), response)]


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", "application/json ; charset=utf-8"])
def test_a_media_type_is_known_in_any_spelling(content_type: str) -> None:
    assert told(LISTING, 200, {"items": [], "warnings": []}, content_type) == []


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (HOUR, []),
        (9 * YEAR, []),
        (11 * YEAR, ["$.expires_at is years away (it is in seconds since 1970, not milliseconds)"]),
        (-1, ["$.expires_at is in the past (it is in seconds since 1970)"]),
    ],
)
def test_a_secret_ends_within_ten_years(left: float, words: list[str]) -> None:
    assert told(SECRET, 200, {"value": "ek_1", "expires_at": time.time() + left}) == words


@pytest.mark.parametrize(
    ("probe", "allowed"),
    [
        (LISTING, {200}),
        (SECRET, {200}),
        (UNKNOWN, {404}),
        (NAMELESS, {400}),
        (BLANK, {400}),
        (NO_JSON, {status for status in STATUSES if 400 <= status <= 599}),
        (SILENT, {status for status in STATUSES if 400 <= status <= 599}),
        (EXECUTION, {200, 202, 400, 403, 404, 429, 500}),
    ],
    ids=["list", "secret", "unknown", "no name", "blank name", "no JSON", "blank text", "execution"],
)
def test_these_statuses_are_allowed(probe: Probe, allowed: set[int]) -> None:
    body = {"error": "no", "ok": False, "available_functions": [], "items": [], "warnings": [], "value": "ek_1"}
    refused = {status: f"status is {status}, must be {probe.statuses[0]}" for status in STATUSES}
    assert {status for status, words in refused.items() if words not in told(probe, status, body)} == allowed


@pytest.mark.parametrize("name", ["", " ", "\t\n", "\ufeff", "\u2028\u00a0"])
def test_a_name_is_blank_as_javascript_has_it(name: str) -> None:
    assert told(LISTING, 200, {"items": [{"name": name}], "warnings": []}) == ["$.items[0].name must not be blank"]


@pytest.mark.parametrize("field", ["error", "message", "details"])
def test_a_failure_is_explained_by_any_of_three_fields(field: str) -> None:
    missing = "$.error is missing: nothing says what went wrong (nor does $.message)"
    assert missing not in told(EXECUTION, 200, {"ok": False, field: "no"})
    assert missing in told(EXECUTION, 200, {"ok": False, field: ""})


def test_who_refuses_an_unknown_function_names_those_that_are_known() -> None:
    assert told(UNKNOWN, 404, {"error": "no"}) == ["$.available_functions is missing: the names that may be executed"]
    assert told(UNKNOWN, 404, {"error": "no", "available_functions": ["f"]}) == []
