"""What can go wrong, as one tree.

    NavaiError
     ├─ ConfigurationError (also ValueError)   bad options or arguments, refused before anything is sent
     ├─ APIConnectionError                     no answer: refused, reset, DNS, TLS, protocol
     │   └─ APITimeoutError                    no answer in time
     └─ APIError                               an answer came, and it is not what was asked for
         ├─ APIStatusError                     its status is not 2xx
         ├─ InvalidResponseError               2xx, but not what the contract says
         └─ FunctionExecutionError             `ok` is not true: the function failed, or waits for approval

`str(error)` is one line for a log, of at most 2,000 letters that can be printed. Errors pickle, and hold no type of any HTTP
library. The error of the layer below, where there is one, is `__cause__`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from navai._json import as_list, as_object
from navai._printable import one_line

_E = TypeVar("_E", bound=BaseException)

# Of what an error says, in letters. What a backend or a library says is part of it.
_MAX_LENGTH = 2000


def _rebuild(cls: type[_E], args: tuple[object, ...], state: dict[str, object]) -> _E:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class _LazyAttribute:
    # An attribute that may be set to a function, which makes it when somebody looks: most errors are never looked into.

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, error: Any, _: Any) -> Any:
        if error is None:  # Documentation looks at the class.
            return self
        state: dict[str, Any] = error.__dict__
        if self._name not in state:  # A subclass does without our `__init__`.
            raise AttributeError(f"{type(error).__name__!r} object has no attribute {self._name!r}", name=self._name, obj=error)
        value = state[self._name]  # Once: another thread may make it meanwhile.
        if callable(value):
            value = state[self._name] = value()
        return value

    def __set__(self, error: Any, value: Any) -> None:
        vars(error)[self._name] = value


def _lazy_attributes(*names: str) -> Callable[[type[_E]], type[_E]]:
    """Lets these attributes of a class be set to a function, which makes them when somebody looks."""

    def adapt(cls: type[_E]) -> type[_E]:
        for name in names:
            setattr(cls, name, _LazyAttribute(name))
        return cls

    return adapt


def available_functions(json: Any) -> list[str] | None:
    """The names that an error answer says, None without any."""
    names = as_list((as_object(json) or {}).get("available_functions"))
    return None if names is None else [name for name in names if isinstance(name, str)]


class NavaiError(Exception):
    """The base of every error that this package raises. ``str(error)`` is one line of at most 2,000 letters that can be printed."""

    __module__ = "navai"

    def __init__(self, *args: object) -> None:
        super().__init__(*(one_line(arg, _MAX_LENGTH) if isinstance(arg, str) else arg for arg in args))

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is rebuilt from `args` alone, which keyword-only arguments are not part of.
        return _rebuild, (type(self), self.args, {name: getattr(self, name) for name in self.__dict__})


class ConfigurationError(NavaiError, ValueError):
    """An option or argument cannot be right. Nothing was sent. The message says what to write instead."""

    __module__ = "navai"


class APIConnectionError(NavaiError):
    """No answer came: connection refused or reset, name not found, TLS or protocol failure.

    Attributes:
        request_sent: False when the request surely never reached the backend, so that nothing can have been executed. True
            when it may have: an answer lost on its way looks like this too.
        method: The HTTP method, for example ``"POST"``.
        url: The URL without credentials, and with ``***`` for each value of its query but that of ``rest_route``.
    """

    __module__ = "navai"

    def __init__(self, message: str, *, request_sent: bool, method: str, url: str) -> None:
        super().__init__(message)
        self.request_sent = request_sent
        self.method = method
        self.url = url


class APITimeoutError(APIConnectionError):
    """No answer came within ``timeout`` or before ``deadline``."""

    __module__ = "navai"


@_lazy_attributes("body", "json")
class APIError(NavaiError):
    """An answer came, and it is not what was asked for.

    Attributes:
        status_code: The HTTP status, as an int; also one that no RFC knows.
        headers: The answer's headers, with the secrets of the request masked; names are looked up without regard to case.
        body: The answer's body as text (UTF-8, invalid bytes replaced), with the secrets of the request masked; its beginning, if
            it is larger than ``max_response_bytes``.
        json: The body as JSON, masked likewise; None where it was not JSON.
        method: The HTTP method, for example ``"POST"``.
        url: The URL without credentials, and with ``***`` for each value of its query but that of ``rest_route``.
        retry_after: Seconds that the backend asks to wait (``Retry-After``, RFC 9110 section 10.2.3); None if it does not.
    """

    __module__ = "navai"

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
    def available_functions(self) -> list[str] | None:
        """The names that may be executed, where the backend says them (unknown function); else None."""
        return available_functions(self.json)


class APIStatusError(APIError):
    """The answer's status is not 2xx.

    Attributes:
        message: The backend's own words, where it gave any; None otherwise. ``str(error)`` has the status before them.
    """

    __module__ = "navai"

    def __init__(self, text: str, *, message: str | None, **answer: Any) -> None:
        super().__init__(text, **answer)
        self.message = message


class InvalidResponseError(APIError):
    """The status is 2xx, but the answer is not what the contract says, or is larger than ``max_response_bytes``."""

    __module__ = "navai"


@_lazy_attributes("error", "details")
class FunctionExecutionError(APIError):
    """The backend answered, and ``ok`` is not true: the function failed, was refused, or waits for somebody's approval.

    ``json`` is the whole answer, for example with ``validation_errors`` or ``approval``.

    Attributes:
        function_name: The function that was called, as the caller named it.
        error: The backend's ``error``; None where it is no text.
        details: The backend's ``details``; None where it is no text.
        pending_approval: Whether the call waits for somebody's approval (WordPress): it has not run, and may run later.
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
        **answer: Any,
    ) -> None:
        super().__init__(text, **answer)
        self.function_name = function_name
        self.error = error
        self.details = details
        self.pending_approval = pending_approval
