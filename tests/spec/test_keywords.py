"""The wrapper has a keyword for each request field of the spec, by the generated models. Part of `make check`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from navai import AsyncNavaiBackendClient, NavaiBackendClient
from navai_sdk import models

# The arguments of a method that are no field of its request.
OPTIONS = {"self", "extra_body", "extra_headers", "timeout", "deadline", "idempotent"}


@pytest.mark.parametrize("client", [NavaiBackendClient, AsyncNavaiBackendClient])
@pytest.mark.parametrize(
    ("method", "request_model"),
    [("create_client_secret", models.CreateClientSecretRequest), ("execute_function", models.ExecuteFunctionRequest)],
)
def test_the_keywords_are_the_fields_of_the_generated_request(client: Any, method: str, request_model: Any) -> None:
    function: Callable[..., Any] = getattr(client, method)
    keywords = inspect.signature(function).parameters.keys() - OPTIONS
    fields = {field.name for field in attrs.fields(request_model) if field.init}
    place = f"{client.__name__}.{method}()"
    assert not fields - keywords, f"{place} lacks the keywords of these fields of the spec: {', '.join(sorted(fields - keywords))}"
    assert not keywords - fields, f"{place} has keywords that the spec has no fields for: {', '.join(sorted(keywords - fields))}"
