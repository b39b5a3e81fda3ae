"""What the sync and the async client share: their options, and what is built once, when the first call needs it.

Nothing here imports an HTTP library, or the generated package, which imports one: that waits for the first call.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, Unpack

from navai._settings import Options, Settings
from navai._urls import environment_url

if TYPE_CHECKING:
    from navai._calls import Calls
    from navai._exchange import Exchange

_T = TypeVar("_T")


class _Later(Generic[_T]):
    """A value that is built when it is first asked for. Two threads may build one each; the first is kept."""

    def __init__(self, build: Callable[[], _T]) -> None:
        self._build = build
        self._built: list[_T] = []

    def get(self) -> _T:
        if not self._built:
            self._built.append(self._build())
        return self._built[0]


class BaseClient(Generic[_T]):
    """The options, calls and transport of a client.

    Args:
        options: As the caller gave them.
        env: Where to look for `NAVAI_API_URL`; None: the process's environment.
        build_transport: Makes the transport, on the first call.
    """

    def __init__(self, options: Options, env: Mapping[str, str] | None, build_transport: Callable[[], _T]) -> None:
        self._options = options
        # Read here and not at the call, so that a client never changes its backend on the way.
        self._environment_url = environment_url(os.environ if env is None else env)
        self._settings = Settings.of(options, self._environment_url)
        self._transport = _Later(build_transport)
        self._owns_connections = True

    def __repr__(self) -> str:
        return f"{type(self).__name__}(api_base_url={self._settings.api_base_url!r})"

    @functools.cached_property
    def _calls(self) -> Calls:
        from navai._calls import Calls  # noqa: PLC0415 (see the top)

        return Calls(self._settings)

    def _exchange(self, call: Any, timeout: Any, deadline: Any) -> Exchange:
        from navai._exchange import Exchange  # noqa: PLC0415 (see the top)

        return Exchange(call, self._settings, timeout, deadline)

    def with_options(self, **options: Unpack[Options]) -> Self:
        """A client with other options over the same connections, for example ``client.with_options(deadline=2)``.

        Takes every option of the constructor except ``env`` and ``http_client``; what is not given stays as it is, None stands
        for the default. Closing the new client does nothing: the connections end with the client that opened them.

        Raises:
            ConfigurationError: An option cannot be right.
        """
        unknown = sorted(options.keys() - Options.__annotations__.keys())
        if unknown:
            raise TypeError(f"with_options() got an unexpected keyword argument {unknown[0]!r}")
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        for derived in ("_calls", "sdk"):
            other.__dict__.pop(derived, None)
        other._options = self._options | options
        other._settings = Settings.of(other._options, self._environment_url)
        other._owns_connections = False
        return other
