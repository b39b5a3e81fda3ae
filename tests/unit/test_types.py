"""What programs that ask for types at run time get: attrs, cattrs and `typing.get_type_hints`."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attrs
import pytest

import navai
import navai.testing
from navai import (
    APITimeoutError,
    AsyncNavaiBackendClient,
    BackendFunction,
    BackendFunctionsResult,
    ClientSecret,
    NavaiBackendClient,
    Timeout,
)
from navai._options.settings import Options

CLIENTS = [NavaiBackendClient, AsyncNavaiBackendClient]
RESULTS: list[Any] = [ClientSecret, BackendFunction, BackendFunctionsResult, Timeout]


def annotated(package: ModuleType) -> Iterator[tuple[str, Any]]:
    """What is public of a package, and all that has annotations in it."""
    for name in set(package.__all__) - {"__version__", "WORDPRESS_PATHS", "WORDPRESS_PLAIN_PATHS"}:
        cls = getattr(package, name)
        yield name, cls
        for attribute, member in inspect.getmembers(cls):
            function = member.fget if isinstance(member, property) else member
            if inspect.isroutine(function) and str(getattr(function, "__module__", None)).startswith("navai"):
                yield f"{name}.{attribute}", function


@pytest.mark.parametrize(
    "thing", [pytest.param(thing, id=name) for package in (navai, navai.testing) for name, thing in sorted(annotated(package))]
)
def test_every_annotation_resolves(thing: Any) -> None:
    typing.get_type_hints(thing)


def test_the_methods_of_the_clients_are_among_them() -> None:
    names = {name for name, _ in annotated(navai)}
    for client in CLIENTS:
        methods = {"__init__", "create_client_secret", "list_functions", "execute_function", "with_options", "sdk"}
        assert {f"{client.__name__}.{method}" for method in methods} <= names


@pytest.mark.parametrize("client", CLIENTS)
def test_annotations_name_the_public_types(client: Any) -> None:
    assert typing.get_type_hints(client.create_client_secret)["return"] is ClientSecret
    listing = typing.get_type_hints(client.list_functions)
    assert listing["timeout"] == float | Timeout | None
    assert listing["return"] is BackendFunctionsResult
    assert typing.get_type_hints(Options)["timeout"] == float | Timeout | None


@pytest.mark.parametrize("result", RESULTS)
def test_attrs_resolves_the_types_of_results(result: Any) -> None:
    attrs.resolve_types(result)
    assert not any(isinstance(field.type, str) for field in attrs.fields(result))


def test_a_result_becomes_a_dict_by_one_call() -> None:
    failed = BackendFunctionsResult(
        [BackendFunction("f", "does f")], ["w"], APITimeoutError("slow", request_sent=False, method="GET", url="u")
    )
    assert json.loads(json.dumps(attrs.asdict(failed), default=str)) == {
        "functions": [{"name": "f", "description": "does f", "source": None, "extra": {}}],
        "warnings": ["w"],
        "error": "slow",
    }
