"""Checks of arguments, which say what to write instead. No I/O."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, cast

from attrs import Attribute

from navai._errors import ConfigurationError
from navai._json import brief


def check_kind(name: str, value: object, kind: type | tuple[type, ...], wanted: str) -> None:
    """Refuses a value of another type.

    Args:
        name: The argument.
        value: Its value, of which only the type is shown.
        kind: The type or types that it may have.
        wanted: What it must be, for the message.

    Raises:
        ConfigurationError: If the value is not an instance of `kind`.
    """
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name} must be {wanted}; not {type(value).__name__}.")


def check_callable(name: str, value: object, wanted: str) -> None:
    """Refuses what cannot be called.

    Raises:
        ConfigurationError: See there.
    """
    if not callable(value):
        raise ConfigurationError(f"{name} must be {wanted}; not {type(value).__name__}.")


def check_text(name: str, value: object) -> None:
    """Refuses what is neither a string nor None.

    Raises:
        ConfigurationError: See there.
    """
    check_kind(name, value, (str, type(None)), "a string")


def check_list(name: str, values: object, kind: type, wanted: str) -> None:
    """Refuses what is not a list of instances of `kind`, such as a string, which is a list of strings to Python.

    Raises:
        ConfigurationError: See there.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        raise ConfigurationError(f"{name} must be a list of {wanted}; not {type(values).__name__}.")
    check_elements(name, cast("Sequence[object]", values), kind, wanted)


def check_elements(name: str, values: Iterable[object], kind: type, wanted: str) -> None:
    """Refuses an iterable that has an element of another type.

    Raises:
        ConfigurationError: See there.
    """
    for each in values:
        if not isinstance(each, kind):
            raise ConfigurationError(f"{name} must be a list of {wanted}; it has {type(each).__name__}.")


def check_arguments(name: str, given: Iterable[object], function: Callable[..., Any], except_for: Collection[str] = ()) -> None:
    """Refuses names that a function does not take as keyword arguments.

    Args:
        name: The argument that holds them.
        given: The names.
        function: The function or class.
        except_for: Parameters that are passed otherwise.

    Raises:
        ConfigurationError: If there is such a name.
    """
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    names = [parameter.name for parameter in parameters if parameter.name not in except_for]
    for each in given:
        if each not in names:
            takes = f"{function.__name__}() takes {', '.join(names)}"
            raise ConfigurationError(f"{name} must be a dict of arguments; {takes}, but not {brief(each)}.")


# --- validators of attrs ----------------------------------------------------------------------------------------------------------


def _named(instance: object, attribute: Attribute[Any]) -> str:
    return f"{attribute.name} of {type(instance).__name__}"


def is_text(instance: object, attribute: Attribute[Any], value: object) -> None:
    """A string."""
    check_kind(_named(instance, attribute), value, str, "a string")


def is_text_or_none(instance: object, attribute: Attribute[Any], value: object) -> None:
    """A string or None."""
    check_text(_named(instance, attribute), value)


def is_flag(instance: object, attribute: Attribute[Any], value: object) -> None:
    """True or False."""
    check_kind(_named(instance, attribute), value, bool, "True or False")


def is_list_of_texts(instance: object, attribute: Attribute[Any], value: object) -> None:
    """A list of strings."""
    check_list(_named(instance, attribute), value, str, "strings")
