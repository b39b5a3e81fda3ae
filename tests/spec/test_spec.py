"""Every example of the spec fits its schema, and the documentation page's examples are among them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SPEC: dict[str, Any] = yaml.safe_load((ROOT / "openapi" / "navai-backend.yaml").read_text("utf-8"))


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = SPEC
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        node = found
    return node


def media(place: str, holder: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for content in resolve(holder).get("content", {}).values():
        for name, example in content["examples"].items():
            yield f"{place} {name}", content["schema"], example["value"]


def examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Place, schema and value of every example."""
    for path, item in SPEC["paths"].items():
        for method, operation in item.items():
            if "requestBody" in operation:
                yield from media(f"{method} {path} request", operation["requestBody"])
            for status, response in operation["responses"].items():
                yield from media(f"{method} {path} {status}", response)
    for name, schema in SPEC["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            for value in described.get("examples", []):
                yield f"{name}.{field}", described, value


def valid(schema: dict[str, Any], value: Any) -> bool:
    whole = schema | {"components": SPEC["components"]}
    return bool(jsonschema.Draft202012Validator(whole).is_valid(value))


EXAMPLES = list(examples())


@pytest.mark.parametrize(("schema", "value"), [each[1:] for each in EXAMPLES], ids=[each[0] for each in EXAMPLES])
def test_the_example_fits_its_schema(schema: dict[str, Any], value: Any) -> None:
    assert valid(schema, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CreateClientSecretResponse", {"value": 5}),
        ("CreateClientSecretResponse", {"value": "s", "expires_at": "5"}),
        ("CreateClientSecretResponse", {}),
        ("FunctionItem", {"name": " "}),
        ("ExecuteFunctionResponse", {"ok": 1}),
        ("ExecuteFunctionResponse", {"ok": False}),
        ("FunctionFailure", {"ok": True}),
        ("ExecuteFunctionRequest", {"function_name": "f"}),
        ("ExecuteFunctionRequest", {"function_name": "f", "payload": [1]}),
        ("ListFunctionsResponse", {"items": [{"description": "no name"}]}),
    ],
)
def test_the_schemas_refuse_what_the_contract_refuses(name: str, value: Any) -> None:
    assert not valid({"$ref": f"#/components/schemas/{name}"}, value)


def test_the_documentation_pages_examples_are_there() -> None:
    values = [value for _, _, value in EXAMPLES]
    for documented in (
        {"model": "gpt-4o-realtime-preview-2024-12-17", "voice": "alloy", "instructions": "You are helpful."},
        {"value": "sk-...", "expires_at": 1234567890},
        {"items": [{"name": "send_email", "description": "Send an email", "source": "backend"}], "warnings": []},
        {"function_name": "send_email", "payload": {"to": "user@example.com", "subject": "Hello"}},
        {"ok": True, "result": {"messageId": "abc123"}},
        {"ok": False, "error": "Invalid email address", "details": "user@example is not a valid email"},
    ):
        assert documented in values


def test_every_field_is_described_and_secrets_are_marked() -> None:
    for name, schema in SPEC["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert resolve(described).get("description"), f"{name}.{field}"
    schemas = SPEC["components"]["schemas"]
    for described in (
        schemas["CreateClientSecretRequest"]["properties"]["apiKey"],
        schemas["CreateClientSecretResponse"]["properties"]["value"],
    ):
        assert described["format"] == "password"
        assert described["description"].startswith("Secret.")
