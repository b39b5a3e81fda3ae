"""The options that are numbers, checked: how long, how often, how many."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn, cast

from navai._background import MAX_WAIT
from navai._errors import ConfigurationError
from navai._json import short_repr

if TYPE_CHECKING:
    from navai._http.timeouts import Timeout

_STEPS = ("connect", "read", "write", "pool")


def checked_timeout(value: Any) -> Timeout | None:
    """A `timeout` option as a `Timeout`; a number applies to each step.

    Raises:
        ConfigurationError: If it is not a positive, finite number, or such a `Timeout`.
    """
    if value is None:
        return None
    from navai._http.timeouts import Timeout  # noqa: PLC0415 (loads attrs)

    if isinstance(value, Timeout):
        return Timeout(**{step: _positive_seconds(f"timeout.{step}", getattr(value, step)) for step in _STEPS})
    # Not by the name of its module, which openai changes. A library that has not been loaded has no timeouts.
    libraries = [name for name in ("httpx", "httpx2") if isinstance(value, getattr(sys.modules.get(name), "Timeout", ()))]
    if libraries:
        _refuse_timeout({step: getattr(value, step) for step in _STEPS}, f"{libraries[0]}.Timeout")
    if isinstance(value, tuple):  # As requests has them.
        _refuse_timeout(dict(zip(_STEPS, cast("tuple[Any, ...]", value), strict=False)), "a tuple")
    seconds = _positive_seconds("timeout", value)
    return Timeout(connect=seconds, read=seconds, write=seconds, pool=seconds)


def _refuse_timeout(limits: dict[str, Any], kind: str) -> NoReturn:
    given = ", ".join(f"{step}={short_repr(limit)}" for step, limit in limits.items() if limit is not None)
    note = " Every step has a limit here; one that is left out has its default." if None in limits.values() else ""
    raise ConfigurationError(f"timeout: write navai.Timeout({given}) instead of {kind}.{note}")


def checked_deadline(value: Any) -> float | None:
    """A `deadline` option in seconds.

    Raises:
        ConfigurationError: If it is not a positive, finite number.
    """
    return None if value is None else _positive_seconds("deadline", value)


def checked_max_connections(value: Any) -> int | None:
    """A `max_connections` option.

    Raises:
        ConfigurationError: If it is not a positive whole number.
    """
    return None if value is None else checked_integer("max_connections", value, minimum=1)


def _positive_seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ConfigurationError(f"{name} must be a positive number of seconds, for example {name}=10, not {short_repr(value)}.")
    return float(min(value, MAX_WAIT))


def checked_integer(name: str, value: Any, *, minimum: int) -> int:
    """An option that is a whole number.

    Raises:
        ConfigurationError: If it is none, or less than `minimum`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise ConfigurationError(f"{name} must be a whole number, {minimum} or more, not {short_repr(value)}.")
    return min(value, sys.maxsize)  # An int of more than 4,300 digits cannot even be logged.
