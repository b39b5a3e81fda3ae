"""What can go wrong, as one tree.

    NavaiError
     ├─ ConfigurationError (also ValueError)   bad options or arguments, refused before anything is sent
     ├─ APIConnectionError (ConnectionError)   no response: refused, reset, DNS, TLS, protocol
     │   └─ APITimeoutError (TimeoutError)     no response in time
     └─ APIError                               a response came, but not a successful one
         ├─ APIStatusError                     its status is not 2xx
         ├─ InvalidResponseError               2xx, but not what the contract says
         └─ FunctionExecutionError             `ok` is not true: the function failed, or waits for approval

`str(error)` is one line for a log, of at most 2,000 printable characters. Errors can be pickled, and hold no type of any HTTP
library. The underlying error, if there is one, is `__cause__`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from navai._json import as_list, as_object
from navai._printable import one_line
from navai._request_id import request_id

_E = TypeVar("_E", bound=BaseException)

# The longest message of an error, in characters. It may quote a backend or a library.
_MAX_LENGTH = 2000


def _rebuild(cls: type[_E], args: tuple[object, ...], state: dict[str, object]) -> _E:
    error = cls.__new__(cls, *args)
    error.args = args  # OSError leaves that to `__init__`.
    error.__dict__.update(state)
    return error


class _LazyAttribute:
    # An attribute that may be set to a function, which computes it on first access: most errors are never inspected.

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, error: Any, _: Any) -> Any:
        if error is None:  # Documentation tools access it on the class.
            return self
        state: dict[str, Any] = error.__dict__
        if self._name not in state:  # A subclass did not call our `__init__`.
            raise AttributeError(f"{type(error).__name__!r} object has no attribute {self._name!r}", name=self._name, obj=error)
        value = state[self._name]  # Read only once: another thread may compute it meanwhile.
        if callable(value):
            value = state[self._name] = value()
        return value

    def __set__(self, error: Any, value: Any) -> None:
        vars(error)[self._name] = value


def available_functions(json: Any) -> list[str] | None:
    """The function names in the body of an error response; None if it has none."""
    names = as_list((as_object(json) or {}).get("available_functions"))
    return None if names is None else [name for name in names if isinstance(name, str)]


class NavaiError(Exception):
    """The base class of all errors that this package raises. ``str(error)`` is one line of at most 2,000 printable characters."""

    __module__ = "navai"

    def __init__(self, *args: object) -> None:
        super().__init__(*(one_line(arg, _MAX_LENGTH) if isinstance(arg, str) else arg for arg in args))

    def __reduce__(self) -> tuple[Any, ...]:
        # By default, an exception is rebuilt from `args` alone, which lacks keyword-only arguments.
        return _rebuild, (type(self), self.args, {name: getattr(self, name) for name in self.__dict__})


class ConfigurationError(NavaiError, ValueError):
    """An option, an argument, or an environment variable (of a proxy, or of certificates) is not valid, or the client is closed.

    Nothing was sent. The message says what to write instead.
    """

    __module__ = "navai"


class APIConnectionError(NavaiError, ConnectionError):
    """No response came: connection refused or reset, name not found, TLS or protocol failure.

    Attributes:
        request_sent: False if the request cannot have reached the backend, so that nothing was executed. True if it may have: the
            response may have been lost on its way.
        method: The HTTP method, for example ``"POST"``.
        url: The URL that failed, after redirects: without credentials, and with ``***`` for each query value except that of
            ``rest_route``. The target of a redirect is shown without its query.
    """

    __module__ = "navai"

    def __init__(self, message: str, *, request_sent: bool, method: str, url: str) -> None:
        super().__init__(message)
        self.request_sent = request_sent
        self.method = method
        self.url = url


class APITimeoutError(APIConnectionError, TimeoutError):
    """No response came within ``timeout`` or before ``deadline``."""

    __module__ = "navai"


class APIError(NavaiError):
    """A response came, but not a successful one.

    Attributes:
        status_code: The HTTP status as an int, which need not be a standard one.
        headers: The response headers, with the secrets of the request redacted. Lookup is case-insensitive.
        body: The response body as text (UTF-8, invalid bytes replaced), with the secrets of the request redacted; only its
            beginning if it is larger than ``max_response_bytes``.
        json: The body as JSON, redacted likewise; None if it is not JSON.
        method: The HTTP method, for example ``"POST"``.
        url: The URL that responded, after redirects: shown as that of `APIConnectionError`.
        retry_after: Seconds that the backend asks to wait (``Retry-After``, RFC 9110 section 10.2.3); None if it does not.
        request_sent: Always true; as of `APIConnectionError`.
    """

    __module__ = "navai"
    request_sent: bool = True

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        headers: Mapping[str, str],
        body: str,
        json: Any,
        method: str,
        url: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.headers = headers
        self.body = body
        self.json = json
        self.method = method
        self.url = url
        self.retry_after = retry_after

    @property
    def request_id(self) -> str | None:
        """The header ``X-Request-ID`` or ``Request-ID`` of the response; None if it has neither."""
        return request_id(self.headers)

    @property
    def available_functions(self) -> list[str] | None:
        """The names of the functions that can be executed, if the backend lists them (for an unknown function); else None."""
        return available_functions(self.json)


class APIStatusError(APIError):
    """The status of the response is not 2xx.

    Attributes:
        message: The backend's own message; None if it sent none. In ``str(error)``, the status comes before it.
        function_name: The function that was called, as the caller named it; None if the call was not an execution.
    """

    __module__ = "navai"

    def __init__(self, text: str, *, message: str | None, function_name: str | None = None, **response: Any) -> None:
        super().__init__(text, **response)
        self.message = message
        self.function_name = function_name


class InvalidResponseError(APIError):
    """The status is 2xx, but the response is not what the contract says, or is larger than ``max_response_bytes``.

    Attributes:
        function_name: The function that has run, if its result is not of the ``result_type`` that was asked for; else None.
        place: Where in the result, for example ``"result.items[2].price"``; else None.
    """

    __module__ = "navai"

    def __init__(self, text: str, *, function_name: str | None = None, place: str | None = None, **response: Any) -> None:
        super().__init__(text, **response)
        self.function_name = function_name
        self.place = place


class FunctionExecutionError(APIError):
    """The backend responded, but there is no result: the function failed, was refused, waits for approval, or is one for a browser.

    ``json`` is the whole response.

    Attributes:
        function_name: The function that was called, as the caller named it.
        error: The backend's ``error``; None if it is not a string.
        details: The backend's ``details``; None if it is not a string.
        pending_approval: Whether the call waits for approval (WordPress): it has not run, but may run later.
        may_have_run: True if the function has run, but a guardrail of WordPress withholds the result; False if it cannot run there;
            None if the backend does not say.
        validation_errors: What is wrong with the payload (WordPress), at most the first 100; None if the backend lists nothing.
            ``str(error)`` has the first ten.
        approval_id: The number, or the name, of the approval that the call waits for (WordPress); None if there is none.
        trace_id: The name under which the backend keeps a record of the call (WordPress); None if there is none.
    """

    __module__ = "navai"

    def __init__(
        self,
        text: str,
        *,
        function_name: str,
        error: str | None,
        details: str | None,
        pending_approval: bool,
        may_have_run: bool | None = None,
        validation_errors: list[str] | None = None,
        approval_id: int | str | None = None,
        trace_id: str | None = None,
        **response: Any,
    ) -> None:
        super().__init__(text, **response)
        self.function_name = function_name
        self.error = error
        self.details = details
        self.pending_approval = pending_approval
        self.may_have_run = may_have_run
        self.validation_errors = validation_errors
        self.approval_id = approval_id
        self.trace_id = trace_id


for _name in ("body", "json"):
    setattr(APIError, _name, _LazyAttribute(_name))
for _name in ("error", "details", "validation_errors", "approval_id", "trace_id"):
    setattr(FunctionExecutionError, _name, _LazyAttribute(_name))
