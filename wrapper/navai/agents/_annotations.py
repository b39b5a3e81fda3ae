"""Annotations that resolve at run time. No I/O."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any, TypeVar

_C = TypeVar("_C", bound=type[Any])


def evaluated(names: dict[str, Any]) -> Callable[[_C], _C]:
    """Decorates a class: evaluates its annotations, for `typing.get_type_hints`.

    `typing.get_type_hints` looks up their names in the class's public module, which does not have them. They are unevaluated in
    the source because pyright reports the types of openai-agents as unknown where annotations are evaluated.

    Args:
        names: The globals of the module that defines the class.
    """

    def decorate(cls: _C) -> _C:
        cls.__annotations__ = typing.get_type_hints(cls, names)
        return cls

    return decorate
