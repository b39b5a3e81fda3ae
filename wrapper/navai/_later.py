"""Modules that annotations name, and that are loaded only when somebody asks what those mean."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Later:
    """Stands for a module that takes long to load, where annotations are evaluated: by `typing.get_type_hints`, for example.

    Args:
        module: The module's whole name.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._module), name)
