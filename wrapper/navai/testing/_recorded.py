"""What a local backend remembers of the requests that it received."""

from typing import Any

from attrs import field, frozen


@frozen
class RecordedCall:
    """One execution of a registered function.

    Attributes:
        function_name: The function's name, as registered.
        payload: The arguments as received, or None if the client sent null or something other than an object.
    """

    __module__ = "navai.testing"

    function_name: str
    payload: dict[str, Any] | None


@frozen
class RecordedRequest:
    """One request that the backend received. The repr leaves out what may be secret.

    Attributes:
        method: The HTTP method, for example ``"POST"``.
        path: The path with its query.
        headers: The headers, with lower-case names.
        json: The decoded JSON of the body, or None if it was empty or not JSON.
    """

    __module__ = "navai.testing"

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    json: Any = field(repr=False)
