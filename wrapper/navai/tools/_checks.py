"""Checks of arguments. Their errors say what to write instead. No I/O."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, cast

from attrs import Attribute

from navai._errors import ConfigurationError
from navai._json import short_repr


def check_kind(name: str, value: object, kind: type | tuple[type, ...], expected: str) -> None:
    """Checks the type of a value.

    Args:
        name: The argument.
        value: Its value, of which only the type is shown.
        kind: The type or types that are valid.
        expected: What is valid, for the message.

    Raises:
        ConfigurationError: If the value is not an instance of `kind`.
    """
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name} must be {expected}, not {type(value).__name__}.")


def check_callable(name: str, value: object, expected: str) -> None:
    """Checks that a value can be called.

    Raises:
        ConfigurationError: If it cannot.
    """
    if not callable(value):
        raise ConfigurationError(f"{name} must be {expected}, not {type(value).__name__}.")


def check_client(client: object, *methods: str) -> None:
    """Checks that a value is a client, or has the methods of one that are needed.

    Raises:
        ConfigurationError: If it does not.
    """
    if isinstance(client, type) or not all(callable(getattr(client, name, None)) for name in methods):
        kind = f"the class {client.__name__}" if isinstance(client, type) else type(client).__name__
        raise ConfigurationError(f"client must be an AsyncNavaiBackendClient or a NavaiBackendClient, not {kind}.")


def check_text(name: str, value: object) -> None:
    """Checks that a value is a string or None.

    Raises:
        ConfigurationError: If it is not.
    """
    check_kind(name, value, (str, type(None)), "a string")


def check_list(name: str, values: object, kind: type, expected: str) -> None:
    """Checks that a value is a list of instances of `kind`. A string is not a list, though to Python it is a sequence of strings.

    Raises:
        ConfigurationError: If it is not.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        raise ConfigurationError(f"{name} must be a list of {expected}, not {type(values).__name__}.")
    check_elements(name, cast("Sequence[object]", values), kind, expected)


def check_elements(name: str, values: Iterable[object], kind: type, expected: str) -> None:
    """Checks the types of the elements of a list.

    Raises:
        ConfigurationError: If an element is not an instance of `kind`.
    """
    for element in values:
        if not isinstance(element, kind):
            raise ConfigurationError(f"{name} must be a list of {expected}; it has {type(element).__name__}.")


def check_arguments(name: str, given: Iterable[object], function: Callable[..., Any], except_for: Collection[str] = ()) -> None:
    """Checks that a function takes keyword arguments of these names.

    Args:
        name: The argument that holds them.
        given: The names.
        function: The function or class.
        except_for: Parameters that are not to be passed this way.

    Raises:
        ConfigurationError: If it does not take one of them.
    """
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    names = [parameter.name for parameter in parameters if parameter.name not in except_for]
    for argument in given:
        if argument not in names:
            takes = f"{function.__name__}() takes {', '.join(names)}"
            raise ConfigurationError(f"{name} must be a dict of arguments; {takes}, but not {short_repr(argument)}.")


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
