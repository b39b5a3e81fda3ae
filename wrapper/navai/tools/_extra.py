"""What is sent along with each execution: the key of the backend's session, and what the caller adds. No I/O."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from navai._contract.payloads import json_object
from navai._errors import ConfigurationError
from navai._json import as_object, as_text
from navai._results import ClientSecret
from navai.tools._functions import ExecuteBackendFunction


def execution_fields(secret: ClientSecret | None, extra: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields that are added to each execution.

    Args:
        secret: The secret to whose session the executions belong, as from WordPress. None if there is none.
        extra: What the caller adds; a ``session_key`` replaces that of the secret.
    """
    session = {} if secret is None else as_object(secret.extra.get("session")) or {}
    key = as_text(session.get("key"))
    return ({"session_key": key} if key else {}) | dict(extra or {})


def check_extra(extra: Mapping[Any, Any]) -> None:
    """Checks the fields that the caller adds to each execution.

    Raises:
        ConfigurationError: If they are not JSON, or have what each execution has anyway.
    """
    for name in ("function_name", "payload"):
        if name in extra:
            raise ConfigurationError(f"execute_extra: {name!r} is chosen by the model; leave it out.")
    json_object("execute_extra", extra)


class _WithExtra(functools.partial[Any]):
    """`execute_function` with more fields, which may be secret. Unlike an object of another class it is async if the method is."""

    def __repr__(self) -> str:
        return "<execute_function with more fields>"


def with_fields(execute: ExecuteBackendFunction, fields: dict[str, Any]) -> ExecuteBackendFunction:
    """`execute`, a client's `execute_function`, with more fields in each execution."""
    return _WithExtra(execute, extra_body=fields) if fields else execute
