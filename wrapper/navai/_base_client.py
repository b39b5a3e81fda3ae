"""What the sync and async clients share: their options, and the transport that the first call creates.

Nothing here imports an HTTP library, or the generated package, which imports one: see `navai._lazy`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import Any, Generic, NoReturn, Self, TypeVar, Unpack, cast

import navai
from navai._background import Background
from navai._errors import APITimeoutError, ConfigurationError
from navai._http.deadline import Deadline
from navai._http.scoped import client_closed_error
from navai._http.transport import check_transport, create_transport, module_of
from navai._lazy import _call, _sdk, navai_sdk, responses
from navai._loading import load
from navai._options.limits import checked_deadline, checked_max_connections
from navai._options.settings import Options, Settings, changed_options, read_environment
from navai._redacted_dict import RedactedDict
from navai._tracebacks import without_tracebacks

_T = TypeVar("_T")


class Connections(Generic[_T]):
    """The transport of a client and of all clients derived from it by `with_options`. Created by the first call.

    If two threads create one each, the first is kept.

    Args:
        owner: The name of the client in a warning.
        transport: The client's option.
        http_client: The client's option.
        max_connections: The client's option, checked.
        is_async: Whether the client is async.

    Attributes:
        name: The client's option `transport`.
        is_closed: Whether further calls are refused.

    Raises:
        ConfigurationError: If one of the options is not valid.
    """

    def __init__(self, owner: str, transport: Any, http_client: Any, max_connections: int | None = None, *, is_async: bool) -> None:
        check_transport(transport, http_client, max_connections, is_async=is_async)
        self._owner = owner
        self.name = transport
        self._http_client = http_client
        self._max_connections = max_connections
        self._is_async = is_async
        self._created: list[_T] = []
        self.is_closed = False

    def load(self, *, is_tls: bool) -> Background[None]:
        """Starts loading what the transport needs."""
        # The caller's own client has its own certificates.
        return load(module_of(self.name), is_async=self._is_async, with_tls=is_tls and self._http_client is None)

    def transport(self) -> _T:
        """The transport.

        Raises:
            ConfigurationError: If it is closed.
        """
        if self.is_closed:
            raise client_closed_error()
        if not self._created:
            created = create_transport(self.name, self._http_client, self._max_connections, is_async=self._is_async)
            self._created.append(created)
            if self.is_closed:  # Another thread closed it meanwhile, and found nothing to close.
                raise client_closed_error()
        return self._created[0]

    def close(self) -> _T | None:
        """Refuses further calls. Returns the transport, if there is one, for the caller to close."""
        self.is_closed = True
        return self._created[0] if self._created else None

    def __del__(self) -> None:
        for transport in vars(self).get("_created", ()):
            pool = getattr(transport, "pool", None)
            if not self.is_closed and pool is not None and pool.is_open():
                remedy = (
                    "await its aclose(), or use it in an async with block"
                    if self._is_async
                    else "close it, or use it in a with block"
                )
                try:
                    warnings.warn(f"unclosed {self._owner}: {remedy}", ResourceWarning, stacklevel=1, source=self)
                finally:  # Warnings may be turned into errors.
                    pool.shut()


class BaseClient(Generic[_T]):
    """The options and the connections of a client.

    Args:
        options: All arguments of the constructor except the following, as passed by the caller.
        transport: The argument, as passed by the caller.
        http_client: The argument, as passed by the caller.
        max_connections: The argument, as passed by the caller.
        is_async: Whether the client is async.
    """

    def __init__(self, options: RedactedDict, transport: Any, http_client: Any, max_connections: Any, *, is_async: bool) -> None:
        with options:
            # Copied now, so that later changes to them do not affect the client.
            options["env"] = read_environment(options)
            if isinstance(options["headers"], Mapping):
                options["headers"] = dict(options["headers"])  # pyright: ignore[reportUnknownArgumentType]
            settings = Settings.from_options(options)
            limit = checked_max_connections(max_connections)
        owner = f"{type(self).__name__}(api_base_url={settings.api_base_url!r})"
        connections: Connections[_T] = Connections(owner, transport, http_client, limit, is_async=is_async)
        self._set(options, settings, connections, owns_connections=True)

    def _set(self, options: RedactedDict, settings: Settings, connections: Connections[_T], *, owns_connections: bool) -> None:
        self._options = options
        self._connections = connections
        self._settings = settings
        self._owns_connections = owns_connections
        self._is_loaded = False
        self._returns_results = True  # Otherwise responses.

    def __repr__(self) -> str:
        settings = vars(self).get("_settings")  # Missing if the options were refused, when an error report may show the client.
        if settings is None:
            return f"{type(self).__name__}()"
        shown = {"api_base_url": settings.api_base_url, "transport": self._connections.name, "deadline": settings.deadline}
        options = ", ".join(f"{name}={value!r}" for name, value in shown.items() if value is not None)
        return f"{type(self).__name__}({options}{', closed' if self._connections.is_closed else ''})"

    @property
    def api_base_url(self) -> str:
        """The URL of the backend, without credentials and without a slash at its end."""
        return self._settings.api_base_url

    def _start(self, seconds: float | None) -> Deadline:
        """The deadline of a call that starts now.

        Raises:
            ConfigurationError: If it is not valid, or the interpreter is shutting down.
        """
        if sys.is_finalizing():  # It is too late to wait for a thread or to import anything.
            raise ConfigurationError("The interpreter is shutting down: make calls before the program ends, or from atexit.")
        if seconds is None:
            return Deadline(self._settings.deadline)
        with RedactedDict(deadline=seconds) as given:
            return Deadline(checked_deadline(given["deadline"]))

    def _loading(self) -> Background[None]:
        return self._connections.load(is_tls=self._settings.api_base_url.startswith("https:"))

    def _deadline_error(self, deadline: Deadline) -> APITimeoutError:
        """The error of a call whose deadline passed while the HTTP library was being loaded."""
        return deadline.error("", self._settings.api_base_url, request_sent=False)

    def _functions_unavailable(self, error: APITimeoutError, deadline: Deadline) -> navai.BackendFunctionsResult:
        result = responses.functions_unavailable(without_tracebacks(error, deadline.handled))
        return result if self._returns_results else cast(Any, navai.APIResponse(result, None, {}))

    def _returning_responses(self) -> Self:
        """A copy whose methods return an `APIResponse`."""
        other = self.with_options()
        other._returns_results = False
        return other

    def _seam(self) -> _call.Seam:
        return _call.Seam(self._settings, self._connections.transport(), self._start(None))

    def _generated_client(self) -> navai_sdk.Client:
        return _sdk.generated_client(self._settings, self._connections.transport())

    def with_options(self, **options: Unpack[Options]) -> Self:
        """A client with other options over the same connections, for example ``client.with_options(deadline=2)``.

        Takes every option of the constructor except ``env`` and those of the connections: ``http_client``, ``transport`` and
        ``max_connections``. Options that are not passed stay as they are; None stands for the default. ``headers`` are merged:
        ``headers={"X-Tenant": "blue"}`` adds one header or changes its value, and ``{"X-Tenant": None}`` removes it (``Accept`` and
        ``User-Agent`` too). ``auth=None`` drops the credentials, also those that came with the URL.
        Closing the new client does nothing: the connections are closed with the client that opened them. Attributes that a
        subclass has added are the same.

        Raises:
            ConfigurationError: If an option is not valid.
        """
        changes = RedactedDict(options)
        del options
        unknown = sorted(changes.keys() - Options.__annotations__.keys())
        if unknown:
            raise TypeError(f"with_options() got an unexpected keyword argument {unknown[0]!r}")
        with changes:
            merged, settings = changed_options(self._options, self._settings, changes)
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))  # What a subclass has added.
        other._set(merged, settings, self._connections, owns_connections=False)
        return other

    def __copy__(self) -> Self:
        # Closing a copy must not close the original.
        return self.with_options()

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"{name} cannot be pickled or deep-copied, since it holds connections: build one where it is needed, for example in "
            "each process, from the same options. (copy.copy and with_options() return one over the same connections.)"
        )
