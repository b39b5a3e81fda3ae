"""The methods of a client with what came with their results: what `with_raw_response` returns.

The methods are those of a copy of the client that returns an `APIResponse`; here they get the types that say so.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, ParamSpec, cast

from navai._models import ResultT

if TYPE_CHECKING:
    import navai

_P = ParamSpec("_P")


def _returns_response(method: Callable[_P, ResultT]) -> Callable[_P, navai.APIResponse[ResultT]]:
    return cast("Callable[_P, navai.APIResponse[ResultT]]", method)


def _returns_response_async(
    method: Callable[_P, Coroutine[Any, Any, ResultT]],
) -> Callable[_P, Coroutine[Any, Any, navai.APIResponse[ResultT]]]:
    return cast("Callable[_P, Coroutine[Any, Any, navai.APIResponse[ResultT]]]", method)


class WithRawResponse:
    """The methods of a client. Each takes the same arguments, raises the same errors, and returns an `APIResponse`.

    Args:
        copy: A copy of the client that returns them.
    """

    def __init__(self, copy: navai.NavaiBackendClient) -> None:
        self._copy: Final = copy
        self.create_client_secret: Final = _returns_response(copy.create_client_secret)
        self.list_functions: Final = _returns_response(copy.list_functions)
        self.execute_function: Final = _returns_response(copy.execute_function)
        self.synthesize_speech: Final = _returns_response(copy.synthesize_speech)

    def __repr__(self) -> str:
        return f"{self._copy!r}.with_raw_response"


class AsyncWithRawResponse:
    """As `WithRawResponse`, to be awaited."""

    def __init__(self, copy: navai.AsyncNavaiBackendClient) -> None:
        self._copy: Final = copy
        self.create_client_secret: Final = _returns_response_async(copy.create_client_secret)
        self.list_functions: Final = _returns_response_async(copy.list_functions)
        self.execute_function: Final = _returns_response_async(copy.execute_function)
        self.synthesize_speech: Final = _returns_response_async(copy.synthesize_speech)

    def __repr__(self) -> str:
        return f"{self._copy!r}.with_raw_response"
