"""The options of a client, checked: argument over environment over default. All invalid options are refused here.

They are refused when the client is built, with a message that says what to write instead and never shows a secret.
"""

from __future__ import annotations

import os
from binascii import b2a_base64
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypedDict, cast

import navai
from navai._errors import ConfigurationError
from navai._http.headers import HeaderPairs
from navai._options.headers import checked_headers, completed_headers, find_header_secrets, merged_headers
from navai._options.limits import checked_deadline, checked_integer, checked_timeout
from navai._options.urls import ENVIRONMENT_VARIABLE, checked_base_url, checked_credentials, checked_path
from navai._redacted_dict import RedactedDict
from navai._secrets import query_secrets, redact_url

if TYPE_CHECKING:
    from navai._http.timeouts import Timeout

DEFAULT_MAX_RETRIES = 2
DEFAULT_MAX_RESPONSE_BYTES = 32 * 1024 * 1024

_PATHS = ("client_secret_path", "functions_list_path", "functions_execute_path", "speech_synthesize_path")


class Options(TypedDict, total=False):
    """The options that `with_options` can change, as documented in the constructor of the client."""

    api_base_url: str | None
    client_secret_path: str | None
    functions_list_path: str | None
    functions_execute_path: str | None
    speech_synthesize_path: str | None
    headers: Mapping[str, str | None] | None
    auth: tuple[str, str] | None
    timeout: float | navai.Timeout | None
    deadline: float | None
    max_retries: int | None
    max_response_bytes: int | None


class Endpoint:
    """The URL and the headers of the requests of one operation.

    Args:
        url: The whole URL.
        headers: All headers.
    """

    def __init__(self, url: str, headers: HeaderPairs) -> None:
        self.url = url
        self.shown_url = redact_url(url)
        self.headers = headers
        # What errors may say about its requests, a `RequestInfo`; None before the first.
        self.info: Any = None

    def __repr__(self) -> str:
        return f"<Endpoint {self.shown_url}>"


class Settings(SimpleNamespace):
    """The checked options of one client.

    Not an attrs class, since importing attrs would slow down building a client; and not a tuple, since error reporters print the
    items of a tuple instead of its repr.
    """

    # Without a trailing slash, and without credentials.
    api_base_url: str
    # None for the path in the contract.
    client_secret_path: str | None
    functions_list_path: str | None
    functions_execute_path: str | None
    speech_synthesize_path: str | None
    # All headers of every request except Content-Type, including credentials.
    headers: HeaderPairs
    # Whether there are any in auth or in the URL.
    has_credentials: bool
    # These must not show in any error.
    secrets: tuple[str, ...]
    # None if not given.
    timeout: Timeout | None
    deadline: float | None
    max_retries: int
    max_response_bytes: int
    # By the option that replaces its path, of which each operation has one.
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
        endpoint = self.endpoints.get(path_option)
        if endpoint is None:
            url = self.api_base_url + (getattr(self, path_option) or path)
            endpoint = self.endpoints[path_option] = Endpoint(url, self.headers + headers)
        return endpoint

    @classmethod
    def from_options(cls, options: Mapping[str, Any] | RedactedDict) -> Settings:
        """Checks the options.

        Args:
            options: `Options` as passed by the caller, of any type, where None means not given; and `env`, from `read_environment`.

        Raises:
            ConfigurationError: If an option is not valid.
        """
        base_url, credentials = checked_base_url(options.get("api_base_url"), options.get("env", {}).get(ENVIRONMENT_VARIABLE))
        headers = checked_headers("headers", options.get("headers"))
        auth = checked_credentials(options.get("auth")) or credentials
        if auth and "authorization" in map(str.lower, headers):
            raise ConfigurationError(
                "The credentials are given twice: in auth (or in the URL) and in the Authorization header. Leave one out. In "
                "with_options, auth=None leaves out those of the client, and headers={'Authorization': None} its header."
            )
        paths = {name: checked_path(name, options.get(name)) for name in _PATHS}
        secrets = find_header_secrets(headers)
        for path in filter(None, paths.values()):
            secrets += query_secrets(path)
        if auth:
            basic = b2a_base64(":".join(auth).encode(), newline=False).decode("ascii")
            headers["Authorization"] = f"Basic {basic}"
            secrets += [auth[1], basic]
        max_retries, max_bytes = options.get("max_retries"), options.get("max_response_bytes")
        return cls(
            api_base_url=base_url,
            **paths,
            headers=completed_headers(headers),
            has_credentials=auth is not None,
            secrets=tuple(dict.fromkeys(filter(None, secrets))),
            timeout=checked_timeout(options.get("timeout")),
            deadline=checked_deadline(options.get("deadline")),
            max_retries=DEFAULT_MAX_RETRIES if max_retries is None else checked_integer("max_retries", max_retries, minimum=0),
            max_response_bytes=(
                DEFAULT_MAX_RESPONSE_BYTES if max_bytes is None else checked_integer("max_response_bytes", max_bytes, minimum=1)
            ),
            endpoints={},
        )


def changed_options(options: RedactedDict, settings: Settings, changes: RedactedDict) -> tuple[RedactedDict, Settings]:
    """The options of a client with changes applied, and checked: see `with_options`.

    Args:
        options: The options of the client.
        settings: The same, checked.
        changes: The options to change.

    Raises:
        ConfigurationError: If an option is not valid.
    """
    changed, names = options | changes, changes.keys()
    if changes.get("headers") is not None:
        changed["headers"] = merged_headers(options["headers"] or {}, changes["headers"])
    if "auth" in names and changes["auth"] is None and "api_base_url" not in names:
        changed["api_base_url"] = settings.api_base_url  # Without its credentials.
    checked = Settings.from_options(changed)
    # Each client has one source of credentials. If a header could hide another one, what would a later `auth` mean?
    if checked.has_credentials and "auth" not in names and _removes_authorization(changes.get("headers")):
        raise ConfigurationError(
            "headers={'Authorization': None} does not remove credentials that are given in auth or in the URL: pass auth=None."
        )
    return changed, checked


def _removes_authorization(headers: Mapping[str, Any] | None) -> bool:
    return headers is not None and any(name.lower() == "authorization" and headers[name] is None for name in headers)


def read_environment(options: RedactedDict) -> dict[str, Any]:
    """The environment variables that a client uses, as they are now, from the mapping `options["env"]` or from the process.

    Raises:
        ConfigurationError: If `env` is not a mapping.
    """
    env = os.environ if options["env"] is None else options["env"]
    if not isinstance(env, Mapping):
        raise ConfigurationError("env must be a mapping such as {'NAVAI_API_URL': 'https://api.example.com'}.")
    return {ENVIRONMENT_VARIABLE: cast("Mapping[Any, Any]", env).get(ENVIRONMENT_VARIABLE)}
