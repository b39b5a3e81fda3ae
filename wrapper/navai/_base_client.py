"""What the sync and the async client share: their options, and what is built once, when the first call needs it.

Nothing here imports an HTTP library, or the generated package, which imports one: that waits for the first call.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, Unpack

from navai._errors import ConfigurationError, frameless
from navai._secrets import Hidden
from navai._settings import Options, Settings, environment_of

if TYPE_CHECKING:
    from navai._calls import Call, Calls
    from navai._exchange import Exchange

_T = TypeVar("_T")
_R = TypeVar("_R")
_P = ParamSpec("_P")


class _Later(Generic[_T]):
    """A value that is built when it is first asked for. Two threads may build one each; the first is kept."""

    def __init__(self, build: Callable[[], _T]) -> None:
        self._build = build
        self._built: list[_T] = []

    @functools.cached_property
    def value(self) -> _T:
        self._built.append(self._build())
        return self._built[0]


class BaseClient(Generic[_T]):
    """The options, calls and transport of a client.

    Args:
        options: All of the constructor's but `http_client`, as the caller gave them.
        build_transport: Makes the transport, on the first call.
    """

    def __init__(self, options: Hidden, build_transport: Callable[[], _T]) -> None:
        self._options = options
        self._transport = _Later(build_transport)
        self._owns_connections = True
        # Read here and not at the call, so that a client never changes its backend on the way.
        options["env"] = self._checked(environment_of, options)
        self._settings = self._checked(Settings.of, options)

    @staticmethod
    def _checked(check: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """What `check` makes of its arguments, which come from the caller; its refusals without the frames that hold them."""
        try:
            return check(*args, **kwargs)
        except ConfigurationError as error:
            raise frameless(error)  # noqa: B904 (it is the same error)

    def __repr__(self) -> str:
        settings = vars(self).get("_settings")  # A client that was refused has none, and shows in reports of the refusal.
        return f"{type(self).__name__}({'' if settings is None else f'api_base_url={settings.api_base_url!r}'})"

    @functools.cached_property
    def _calls(self) -> Calls:
        from navai._calls import Calls  # noqa: PLC0415 (see the top)

        return Calls(self._settings)

    @functools.cached_property
    def _exchange(self) -> Callable[[Call[Any], Any, Any], Exchange[Any]]:
        """Begins the exchange of a call, with the limits that are its own."""
        from navai._exchange import Exchange  # noqa: PLC0415 (see the top)

        return functools.partial(Exchange, self._settings)

    def with_options(self, **options: Unpack[Options]) -> Self:
        """A client with other options over the same connections, for example ``client.with_options(deadline=2)``.

        Takes every option of the constructor except ``env``, ``http_client`` and ``transport``; what is not given stays as it is,
        None stands for the default. Closing the new client does nothing: the connections end with the client that opened them.

        Raises:
            ConfigurationError: An option cannot be right.
        """
        given = Hidden(options)
        del options
        unknown = sorted(given.keys() - Options.__annotations__.keys())
        if unknown:
            raise TypeError(f"with_options() got an unexpected keyword argument {unknown[0]!r}")
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        for derived in ("_calls", "_exchange", "sdk"):
            other.__dict__.pop(derived, None)
        other._options = Hidden(self._options | given)
        other._settings = self._checked(Settings.of, other._options)
        other._owns_connections = False
        return other
