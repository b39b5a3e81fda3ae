"""The options of a client, checked: argument over environment over default. Every refusal of a bad option is here.

What is refused is refused when the client is built, with a message that says what to write instead and never shows a secret.
"""

from __future__ import annotations

import math
import os
import sys
from binascii import b2a_base64
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypedDict, cast

import navai
from navai._background import MAX_WAIT
from navai._errors import ConfigurationError
from navai._http.headers import HeaderPairs
from navai._json import short_repr
from navai._options.headers import checked_headers, completed_headers, find_header_secrets
from navai._options.urls import ENVIRONMENT_VARIABLE, checked_base_url, checked_credentials, checked_path
from navai._redaction import RedactedDict, query_secrets, redact_url

if TYPE_CHECKING:
    from navai._http.timeouts import Timeout

DEFAULT_MAX_RETRIES = 2
DEFAULT_MAX_RESPONSE_BYTES = 32 * 1024 * 1024

_PATHS = ("client_secret_path", "functions_list_path", "functions_execute_path")


class Options(TypedDict, total=False):
    """The options of a client that `with_options` can change; their meaning is at the constructor of the client."""

    api_base_url: str | None
    client_secret_path: str | None
    functions_list_path: str | None
    functions_execute_path: str | None
    headers: Mapping[str, str | None] | None
    auth: tuple[str, str] | None
    timeout: float | navai.Timeout | None
    deadline: float | None
    max_retries: int | None
    max_response_bytes: int | None


class Endpoint:
    """Where the requests of one operation go, and how they begin.

    Args:
        url: The whole URL.
        headers: All headers.
    """

    def __init__(self, url: str, headers: HeaderPairs) -> None:
        self.url = url
        self.shown_url = redact_url(url)
        self.headers = headers

    def __repr__(self) -> str:
        return f"<Endpoint {self.shown_url}>"


class Settings(SimpleNamespace):
    """The checked options of one client. Not of attrs, which a program that builds a client would have to wait for, and no tuple:
    reports of errors walk through those instead of asking for their repr.
    """

    # Without a trailing slash, and without credentials.
    api_base_url: str
    # None: the path that the contract gives.
    client_secret_path: str | None
    functions_list_path: str | None
    functions_execute_path: str | None
    # All headers of every request, credentials included, except Content-Type.
    headers: HeaderPairs
    # What must not show in any error.
    secrets: tuple[str, ...]
    # None: not given.
    timeout: Timeout | None
    deadline: float | None
    max_retries: int
    max_response_bytes: int
    # By the path in the contract.
    endpoints: dict[str, Endpoint]

    def __repr__(self) -> str:
        return f"Settings(api_base_url={self.api_base_url!r})"

    def endpoint(self, path_option: str, path: str, headers: HeaderPairs) -> Endpoint:
        """The endpoint of an operation.

        Args:
            path_option: The option that replaces its path.
            path: Its path in the contract.
            headers: The headers that describe its body.
        """
        endpoint = self.endpoints.get(path)
        if endpoint is None:
            url = self.api_base_url + (getattr(self, path_option) or path)
            endpoint = self.endpoints[path] = Endpoint(url, self.headers + headers)
        return endpoint

    @classmethod
    def from_options(cls, options: Mapping[str, Any] | RedactedDict) -> Settings:
        """Checks the options.

        Args:
            options: `Options` as the caller gave them, of any type; None counts as not given. And `env`, of `read_environment`.

        Raises:
            ConfigurationError: An option cannot be right.
        """
        base_url, credentials = checked_base_url(options.get("api_base_url"), options.get("env", {}).get(ENVIRONMENT_VARIABLE))
        headers = checked_headers("headers", options.get("headers"))
        auth = checked_credentials(options.get("auth")) or credentials
        if auth and "authorization" in map(str.lower, headers):
            raise ConfigurationError("The credentials are given twice: by auth (or in the URL) and by the header Authorization.")
        paths = {name: checked_path(name, options.get(name)) for name in _PATHS}
        secrets = [*find_header_secrets(headers), *(each for path in filter(None, paths.values()) for each in query_secrets(path))]
        if auth:
            basic = b2a_base64(":".join(auth).encode(), newline=False).decode("ascii")
            headers["Authorization"] = f"Basic {basic}"
            secrets += [auth[1], basic]
        retries, most = options.get("max_retries"), options.get("max_response_bytes")
        return cls(
            api_base_url=base_url,
            **paths,
            headers=completed_headers(headers),
            secrets=tuple(dict.fromkeys(filter(None, secrets))),
            timeout=checked_timeout(options.get("timeout")),
            deadline=checked_deadline(options.get("deadline")),
            max_retries=DEFAULT_MAX_RETRIES if retries is None else _integer("max_retries", retries, minimum=0),
            max_response_bytes=DEFAULT_MAX_RESPONSE_BYTES if most is None else _integer("max_response_bytes", most, minimum=1),
            endpoints={},
        )


def read_environment(options: RedactedDict) -> dict[str, Any]:
    """The variables that a client heeds, as they are now: of the mapping `options["env"]`, or of the process.

    Raises:
        ConfigurationError: `env` is no mapping.
    """
    env = os.environ if options["env"] is None else options["env"]
    if not isinstance(env, Mapping):
        raise ConfigurationError("env must be a mapping such as {'NAVAI_API_URL': 'https://api.example.com'}.")
    return {ENVIRONMENT_VARIABLE: cast("Mapping[Any, Any]", env).get(ENVIRONMENT_VARIABLE)}


def checked_timeout(value: Any) -> Timeout | None:
    """A `timeout` option as a `Timeout`; a number counts for each step.

    Raises:
        ConfigurationError: It is not a positive, finite number.
    """
    if value is None:
        return None
    from navai._http.timeouts import Timeout  # noqa: PLC0415 (loads attrs)

    if isinstance(value, Timeout):
        steps = ("connect", "read", "write", "pool")
        return Timeout(**{step: _positive_seconds(f"timeout.{step}", getattr(value, step)) for step in steps})
    each = _positive_seconds("timeout", value)
    return Timeout(connect=each, read=each, write=each, pool=each)


def checked_deadline(value: Any) -> float | None:
    """A `deadline` option in seconds.

    Raises:
        ConfigurationError: It is not a positive, finite number.
    """
    return None if value is None else _positive_seconds("deadline", value)


def _positive_seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigurationError(f"{name} must be a positive number of seconds, for example {name}=10; not {short_repr(value)}.")
    return float(min(value, MAX_WAIT))


def _integer(name: str, value: Any, *, minimum: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise ConfigurationError(f"{name} must be a whole number, {minimum} or more; not {short_repr(value)}.")
    return min(value, sys.maxsize)  # More than 4,300 digits cannot even be logged.
