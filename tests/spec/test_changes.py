"""`make check-spec` tells what has changed in the contract since the last release, and ties it to the versions."""

from __future__ import annotations

import copy
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import require_node

ROOT = Path(__file__).resolve().parents[2]

Document = dict[str, Any]


@pytest.fixture(scope="module")
def tool() -> Any:
    """openapi/changes.py, which is no part of a package."""
    require_node("openapi")
    specification = importlib.util.spec_from_file_location("changes", ROOT / "openapi" / "changes.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["changes"] = module
    specification.loader.exec_module(module)
    return module


def schemas(document: Document) -> Document:
    found: Document = document["components"]["schemas"]
    return found


def renamed(mapping: Document, old: str, new: str) -> None:
    mapping[new] = mapping.pop(old)


def an_endpoint(document: Document) -> None:
    document["paths"]["/navai/text/translate"] = {"post": {"operationId": "translate", "responses": {"200": {"description": "d"}}}}


def a_request_field(document: Document) -> None:
    schemas(document)["CreateClientSecretRequest"]["properties"]["pace"] = {"type": "string"}


def an_answer_field(document: Document) -> None:
    schemas(document)["FunctionItem"]["properties"]["tag"] = {"type": "string"}


def a_required_request_field(document: Document) -> None:
    schemas(document)["CreateClientSecretRequest"]["required"] = ["model"]


def a_renamed_request_field(document: Document) -> None:
    renamed(schemas(document)["CreateClientSecretRequest"]["properties"], "voiceAccent", "accent")


def a_renamed_answer_field(document: Document) -> None:
    renamed(schemas(document)["CreateClientSecretResponse"]["properties"], "value", "secret")


def a_renamed_schema(document: Document) -> None:
    schemas(document)["Copy"] = schemas(document).pop("Approval")
    schemas(document)["FunctionFailure"]["properties"]["approval"]["$ref"] = "#/components/schemas/Copy"


def an_answer_field_no_longer_sure(document: Document) -> None:
    del schemas(document)["CreateClientSecretResponse"]["required"]


def another_type(document: Document) -> None:
    schemas(document)["FunctionItem"]["properties"]["name"]["type"] = "integer"


def a_removed_operation(document: Document) -> None:
    del document["paths"]["/navai/functions"]


def a_moved_operation(document: Document) -> None:
    renamed(document["paths"], "/navai/functions", "/navai/tools")


def another_method(document: Document) -> None:
    renamed(document["paths"]["/navai/functions"], "get", "post")


def a_removed_answer(document: Document) -> None:
    del document["paths"]["/navai/functions/execute"]["post"]["responses"]["202"]


def another_operation_id(document: Document) -> None:
    document["paths"]["/navai/functions"]["get"]["operationId"] = "getFunctions"


def another_tag(document: Document) -> None:
    document["paths"]["/navai/functions"]["get"]["tags"] = ["realtime"]


def another_constant(document: Document) -> None:
    schemas(document)["ExecuteFunctionResponse"]["properties"]["ok"]["const"] = 1


def other_words(document: Document) -> None:
    document["info"]["description"] = "Other words."


CHANGES: dict[Callable[[Document], None], tuple[str, str]] = {
    an_endpoint: ("addition", "add: paths / /navai/text/translate / post"),
    a_request_field: ("addition", "add: components / schemas / CreateClientSecretRequest / properties / pace"),
    an_answer_field: ("addition", "add: components / schemas / FunctionItem / properties / tag"),
    a_required_request_field: ("breaking", "required / 0"),
    a_renamed_request_field: ("breaking", "remove: components / schemas / CreateClientSecretRequest / properties / voiceAccent"),
    a_renamed_answer_field: ("breaking", "remove: components / schemas / CreateClientSecretResponse / properties / value"),
    a_renamed_schema: ("breaking", "remove: components / schemas / Approval"),
    an_answer_field_no_longer_sure: ("breaking", "required / 0"),
    another_type: ("breaking", "replace: components / schemas / FunctionItem / properties / name / type"),
    a_removed_operation: ("breaking", "remove: paths / /navai/functions / get"),
    a_moved_operation: ("breaking", "remove: paths / /navai/functions / get"),
    another_method: ("breaking", "remove: paths / /navai/functions / get"),
    a_removed_answer: ("breaking", "remove: paths / /navai/functions/execute / post / responses / 202"),
    another_operation_id: ("breaking", "replace: paths / /navai/functions / get / operationId"),
    another_tag: ("breaking", "paths / /navai/functions / get / tags"),
    another_constant: ("breaking", "replace: components / schemas / ExecuteFunctionResponse / properties / ok / const"),
    other_words: ("wording", "replace: info / description"),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_named_and_weighed(tool: Any, change: Callable[[Document], None]) -> None:
    before = tool.contract()
    after = copy.deepcopy(before)
    change(after)
    kind, words = CHANGES[change]
    found = tool.changes(before, after)
    assert found[0].kind == kind
    assert any(each.kind == kind and words in each.what for each in found), found


def test_the_same_contract_has_no_changes(tool: Any) -> None:
    assert tool.changes(tool.contract(), tool.contract()) == []


@pytest.mark.parametrize(
    ("kind", "contract", "package", "wrong"),
    [
        ("breaking", "2.0.0", "0.2.0", []),
        ("breaking", "1.1.0", "0.1.1", ["2.0.0", "0.2.0"]),
        ("addition", "1.1.0", "0.1.1", []),
        ("addition", "1.0.1", "0.1.0", ["1.1.0", "0.1.1"]),
        ("wording", "1.0.1", "0.1.1", []),
        ("wording", "1.0.0", "0.1.0", ["1.0.1", "0.1.1"]),
        ("wording", "2.0.0", "1.0.0", []),
    ],
)
def test_the_versions_must_say_what_has_changed(tool: Any, kind: str, contract: str, package: str, wrong: list[str]) -> None:
    released = {"version": "0.1.0", "contract": {"info": {"version": "1.0.0"}}}
    told = tool.faults([tool.Change(kind, "w")], released, {"info": {"version": contract}}, package)
    assert [each.rpartition("write ")[2].removesuffix(" or higher.") for each in told] == wrong


def test_from_version_1_on_breaking_means_a_major_version(tool: Any) -> None:
    released = {"version": "1.2.0", "contract": {"info": {"version": "1.0.0"}}}
    (fault,) = tool.faults([tool.Change("breaking", "w")], released, {"info": {"version": "2.0.0"}}, "1.3.0")
    assert fault == "The version of the package is 1.3.0, and 1.2.0 is released: write 2.0.0 or higher."
