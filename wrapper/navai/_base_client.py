"""What the sync and the async client share: their options, and what is built once, when the first call needs it.

Nothing here imports an HTTP library, or the generated package, which imports one: that waits for the first call, or for entering
the client.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Generic, NoReturn, ParamSpec, Self, TypeVar, Unpack

import navai
from navai._background import Background
from navai._errors import APITimeoutError, ConfigurationError, frameless
from navai._headers import merged_headers
from navai._http.scoped import closed
from navai._http.transport import check_transport, create_transport, module_of
from navai._later import _calls, _exchange, navai_sdk
from navai._loading import load
from navai._secrets import Hidden
from navai._settings import Deadline, Options, Settings, deadline_of, environment_of

_T = TypeVar("_T")
_R = TypeVar("_R")
_P = ParamSpec("_P")


class Shared(Generic[_T]):
    """The transport of a client, and of all the clients that `with_options` makes of it: built by the first call.

    Two threads may build one each; the first is kept.

    Args:
        owner: The client, for people.
        build: Makes the transport.
    """

    def __init__(self, owner: str, build: Callable[[], _T]) -> None:
        self._owner = owner
        self._build = build
        self._built: list[_T] = []
        self._is_closed = False

    def transport(self) -> _T:
        """The transport.

        Raises:
            ConfigurationError: It was closed.
        """
        if self._is_closed:
            raise closed()
        if not self._built:
            self._built.append(self._build())
            if self._is_closed:  # Meanwhile, by another thread, which found nothing to close.
                raise closed()
        return self._built[0]

    def close(self) -> _T | None:
        """Refuses further calls. The transport, which is to be closed, if there is one."""
        self._is_closed = True
        return self._built[0] if self._built else None

    def __del__(self) -> None:
        for transport in self._built:
            pool = getattr(transport, "pool", None)
            if not self._is_closed and pool is not None and pool.is_open():
                try:
                    warnings.warn(
                        f"unclosed {self._owner}: close it, or use it in a with block", ResourceWarning, stacklevel=1, source=self
                    )
                finally:  # A warning may be an error.
                    pool.shut()


class BaseClient(Generic[_T]):
    """The options, calls and transport of a client.

    Args:
        options: All of the constructor's but `transport` and `http_client`, as the caller gave them.
        transport: As the caller gave it.
        http_client: As the caller gave it.
        is_async: Of which kind the client is.
    """

    def __init__(self, options: Hidden, transport: Any, http_client: Any, *, is_async: bool) -> None:
        self._options = options
        # Read here and not later, so that a client never changes on the way.
        options["env"] = self._checked(environment_of, options)
        if isinstance(options["headers"], Mapping):
            options["headers"] = dict(options["headers"])  # pyright: ignore[reportUnknownArgumentType]
        self._settings = self._checked(Settings.of, options)
        check_transport(transport, http_client, is_async=is_async)
        self._shared: Shared[_T] = Shared(repr(self), lambda: create_transport(transport, http_client, is_async=is_async))
        self._owns_connections = True
        self._transport_module = module_of(transport)
        self._is_async = is_async
        self._needs_certificates = http_client is None  # A client of the caller's has its own.
        self._forget_settings()

    def _forget_settings(self) -> None:
        """Drops what was built by the settings."""
        self._calls: _calls.Calls | None = None
        self._exchange: Callable[[_calls.Call[Any], Any, Deadline], _exchange.Exchange[Any]] | None = None
        self._sdk: navai_sdk.Client | None = None

    @staticmethod
    def _checked(check: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """What `check` makes of its arguments, which come from the caller; its refusals without the frames that hold them."""
        handled = sys.exception()
        try:
            return check(*args, **kwargs)
        except ConfigurationError as error:
            del args, kwargs
            raise frameless(error, handled)  # noqa: B904 (it is the same error)

    def __repr__(self) -> str:
        settings = vars(self).get("_settings")  # A client that was refused has none, and shows in reports of the refusal.
        return f"{type(self).__name__}({'' if settings is None else f'api_base_url={settings.api_base_url!r}'})"

    def _start(self, deadline: float | None) -> Deadline:
        """The deadline of a call that starts now.

        Raises:
            ConfigurationError: It cannot be right, or the interpreter is shutting down.
        """
        if sys.is_finalizing():  # No thread can be waited for any more, and nothing be imported.
            raise ConfigurationError("The interpreter is shutting down: make calls before the program ends, or from atexit.")
        return Deadline.from_now(self._settings.deadline if deadline is None else self._checked(deadline_of, deadline))

    def _loading(self) -> Background[None]:
        with_tls = self._needs_certificates and self._settings.api_base_url.startswith("https:")
        return load(self._transport_module, is_async=self._is_async, with_tls=with_tls)

    def _loaded(self) -> _calls.Calls:
        """The operations, once all is loaded."""
        from navai._calls import Calls  # noqa: PLC0415 (see the top)

        self._calls = Calls(self._settings)
        return self._calls

    def _begin(self, call: _calls.Call[_R], timeout: Any, deadline: Deadline) -> _exchange.Exchange[_R]:
        """The attempts of a call, with the limits that are its own."""
        if self._exchange is None:
            from navai._exchange import Exchange  # noqa: PLC0415 (see the top)

            self._exchange = functools.partial(Exchange, self._settings)
        return self._exchange(call, timeout, deadline)  # pyright: ignore[reportUnknownVariableType]

    def _too_late(self, deadline: Deadline) -> APITimeoutError:
        """The refusal of a call whose deadline has passed while the HTTP library was being loaded."""
        return deadline.error("", self._settings.api_base_url, request_sent=False)

    @staticmethod
    def _unlisted(error: APITimeoutError, deadline: Deadline) -> navai.BackendFunctionsResult:
        from navai._replies import unreachable_functions  # noqa: PLC0415 (see the top)

        return unreachable_functions(frameless(error, deadline.handled))

    def _generated_client(self) -> navai_sdk.Client:
        if self._sdk is None:
            from navai._sdk import generated_client  # noqa: PLC0415 (see the top)

            self._sdk = generated_client(self._settings, self._calls or self._loaded(), self._shared.transport())
        return self._sdk

    def with_options(self, **options: Unpack[Options]) -> Self:
        """A client with other options over the same connections, for example ``client.with_options(deadline=2)``.

        Takes every option of the constructor except ``env``, ``http_client`` and ``transport``; what is not given stays as it is,
        None stands for the default. Of ``headers``, too, what is not given stays: ``headers={"X-Tenant": "blue"}`` adds one header
        or changes its value, and ``{"X-Tenant": None}`` takes it away (``Accept`` and ``User-Agent`` too).
        Closing the new client does nothing: the connections end with the client that opened them.

        Raises:
            ConfigurationError: An option cannot be right.
        """
        given = Hidden(options)
        del options
        unknown = sorted(given.keys() - Options.__annotations__.keys())
        if unknown:
            raise TypeError(f"with_options() got an unexpected keyword argument {unknown[0]!r}")
        if given.get("headers") is not None:
            given["headers"] = self._checked(merged_headers, self._options["headers"] or {}, given["headers"])
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._forget_settings()
        other._options = self._options | given
        other._settings = self._checked(Settings.of, other._options)
        other._owns_connections = False
        return other

    def __copy__(self) -> Self:
        # Closing a copy must not close the original.
        return self.with_options()

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"{name} cannot be pickled or copied deeply, since it holds connections: build one where it is needed, for example in "
            "each process, of the options that this one was built of. (copy.copy and with_options() give one over the same "
            "connections.)"
        )
