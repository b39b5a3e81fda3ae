"""The 128 recorded answers of WordPress fit the response schemas of the spec, but for three that are no JSON at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from navai._check.contract import published_contract
from navai._http.messages import Headers, Response

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "wordpress" / "answers.json").read_text("utf-8"))

DEVIATES = {
    # A function that prints, or ends PHP, spoils its own answer.
    "execute_prints": ["body is not JSON"],
    "execute_exit": ["body is not JSON"],
    # Without its database WordPress answers anybody in HTML.
    "site_db_down_list_accept_any": ["Content-Type is text/html, must be application/json"],
}


def operation_of(path: str) -> str:
    return "createClientSecret" if "client-secret" in path else "executeFunction" if "execute" in path else "listFunctions"


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_recorded_answer_fits_the_spec(case: dict[str, Any]) -> None:
    response = case["response"]
    response = Response(response["status"], Headers(response["headers"].items()), response["body"].encode())
    found = published_contract().deviations(operation_of(case["request"]["path"]), response)
    assert [f"{each.where} {each.what}" for each in found] == DEVIATES.get(case["case"], [])
