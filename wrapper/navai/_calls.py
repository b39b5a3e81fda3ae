"""What each operation sends, how its answer is read, and whether it may be sent again.

Paths, methods and JSON names come from the generated `navai_sdk`; importing this module imports it, and with it httpx.
`_get_kwargs` is private in the generated modules, but is all of them that says what to send: it is touched here only, and a test
pins what it gives.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Generic, NoReturn, TypeVar

from attrs import define, evolve, field, fields, frozen

from navai._answers import Sent
from navai._errors import APIConnectionError, ConfigurationError
from navai._headers import Headers, extra_headers_of
from navai._messages import Reply
from navai._payloads import json_object, to_json
from navai._replies import read_client_secret, read_function_result, read_functions, unreachable_functions
from navai._results import BackendFunctionsResult, ClientSecret
from navai._retries import MINTS, NEVER_TWICE, READ_ONLY, RetryRule
from navai._secrets import Hidden, shown_url
from navai._settings import Settings
from navai_sdk.api.functions import execute_function, list_functions
from navai_sdk.api.realtime import create_client_secret
from navai_sdk.models.create_client_secret_request import CreateClientSecretRequest
from navai_sdk.models.execute_function_request import ExecuteFunctionRequest

_T = TypeVar("_T")

ExtraHeaders = Mapping[str, str | None] | None


def _raise(error: APIConnectionError) -> NoReturn:
    raise error


@frozen
class Operation:
    """What all requests of one operation share: the HTTP method in capitals, the whole URL, all headers."""

    method: str
    url: str = field(repr=shown_url)
    headers: Headers = field(repr=False)


@define
class Call(Generic[_T]):
    """One call of one operation.

    Attributes:
        operation: Where it goes.
        content: The JSON of the body, None without one.
        rule: After what it may be sent again.
        read: Makes the result of an answer, or raises one of our errors.
        fail: Makes the result of no answer, or raises the error.
        secrets: What must not show in any error.
    """

    operation: Operation
    content: bytes | None = field(repr=False)
    rule: RetryRule
    read: Callable[[Reply], _T] = field(repr=False)
    fail: Callable[[APIConnectionError], _T] = field(repr=False, default=_raise)
    secrets: tuple[str, ...] = field(repr=False, default=())


class Calls:
    """The operations, for one client's settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # From the URLs that the contract gives to those that the path options give.
        self._urls: dict[str, str] = {}
        mint = create_client_secret._get_kwargs(body=CreateClientSecretRequest())
        execute = execute_function._get_kwargs(body=ExecuteFunctionRequest("", None))
        self.mint = self._operation(mint, settings.client_secret_path)
        self.list = self._operation(list_functions._get_kwargs(), settings.functions_list_path)
        self.execute = self._operation(execute, settings.functions_execute_path)
        self._listed, self._executed = self._sent(self.list), self._sent(self.execute)

    def _operation(self, generated: dict[str, Any], path: str | None) -> Operation:
        documented = self._settings.api_base_url + generated["url"]
        url = self._urls[documented] = self._settings.api_base_url + (path or generated["url"])
        headers = self._settings.headers + tuple(generated.get("headers", {}).items())
        return Operation(generated["method"].upper(), url, headers)

    def url_of(self, url: str) -> str:
        """Where a request to `url`, as the generated client builds it, belongs by the path options."""
        return self._urls.get(url, url)

    def client_secret(
        self,
        inputs: Mapping[str, str | None] | Hidden,
        extra_body: Mapping[str, Any] | None,
        extra_headers: ExtraHeaders = None,
    ) -> Call[ClientSecret]:
        """Mint a client secret.

        Args:
            inputs: The documented inputs, by the names that the generated model gives them; None is left out.
            extra_body: More fields of the request, by their JSON names.
            extra_headers: More headers of the request; None for one leaves that of the client out.

        Raises:
            ConfigurationError: An input is not a string, `extra_body` is not JSON, or a header cannot be right.
        """
        body = {} if extra_body is None else _extra(extra_body, _SECRET_NAMES)
        body |= {_SECRET_NAMES[name]: _string(name, value) for name, value in inputs.items() if value is not None}
        sent = self._sent(self.mint, *filter(None, [inputs.get("api_key")]))
        operation, sent = self._with(extra_headers, self.mint, sent)
        read = functools.partial(read_client_secret, sent=sent)
        return Call(operation, to_json(body), MINTS, read, secrets=sent.secrets)

    def functions(self, extra_headers: ExtraHeaders = None) -> Call[BackendFunctionsResult]:
        """List the functions.

        Raises:
            ConfigurationError: A header cannot be right.
        """
        operation, sent = self._with(extra_headers, self.list, self._listed)
        read = functools.partial(read_functions, sent=sent)
        return Call(operation, None, READ_ONLY, read, unreachable_functions, sent.secrets)

    def execution(
        self,
        function_name: str,
        payload: Mapping[str, Any] | None,
        extra_body: Mapping[str, Any] | None,
        idempotent: bool,
        extra_headers: ExtraHeaders = None,
    ) -> Call[Any]:
        """Execute a function.

        Raises:
            ConfigurationError: The name is not a string, `idempotent` no bool, `payload` or `extra_body` is not JSON, or a header
                cannot be right.
        """
        name = _string("function_name", function_name)
        body = {} if extra_body is None else _extra(extra_body, _EXECUTE_NAMES)
        body[_EXECUTE_NAMES["function_name"]] = name
        body[_EXECUTE_NAMES["payload"]] = None if payload is None else json_object("payload", payload)
        if type(idempotent) is not bool:
            raise ConfigurationError(f"idempotent must be True or False; not {idempotent!r}.")
        rule = READ_ONLY if idempotent else NEVER_TWICE
        operation, sent = self._with(extra_headers, self.execute, self._executed)
        read = functools.partial(read_function_result, sent=sent, function_name=name)
        return Call(operation, to_json(body), rule, read, secrets=sent.secrets)

    @staticmethod
    def _with(extra_headers: ExtraHeaders, operation: Operation, sent: Sent) -> tuple[Operation, Sent]:
        """What goes out, and what is known of it, with the headers of one call."""
        if extra_headers is None:
            return operation, sent
        headers, secrets = extra_headers_of(operation.headers, extra_headers)
        return evolve(operation, headers=headers), evolve(sent, secrets=sent.secrets + secrets)

    def _sent(self, operation: Operation, *secrets: str) -> Sent:
        return Sent(operation.method, shown_url(operation.url), self._settings.secrets + secrets, self._settings.max_response_bytes)


def _string(name: str, value: Any) -> str:
    # Only the type is told: the value may be a secret.
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a string; not {type(value).__name__}.")
    return value


def _extra(extra_body: Mapping[str, Any], documented: dict[str, str]) -> dict[str, Any]:
    """A copy of `extra_body`, once it is known to hold no field that has an argument of its own."""
    extra = json_object("extra_body", extra_body)
    for key in extra:
        if key in documented.values():
            raise ConfigurationError(f"extra_body: {key!r} has an argument of its own; use that.")
    return extra


def _json_names(model: type[Any]) -> dict[str, str]:
    """The JSON name of each field of a generated request, by its Python name."""
    names = [each.name for each in fields(model) if each.init]
    return {name: json_name for json_name, name in model(*names).to_dict().items()}


_SECRET_NAMES = _json_names(CreateClientSecretRequest)
_EXECUTE_NAMES = _json_names(ExecuteFunctionRequest)
