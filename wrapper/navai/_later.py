"""Modules that annotations name, and that are loaded only when somebody asks what those mean."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["Later", "_calls", "_exchange", "navai_sdk"]


class Later:
    """Stands for a module that takes long to load, where annotations are evaluated: by `typing.get_type_hints`, for example.

    Args:
        module: The module's whole name.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._module), name)


if TYPE_CHECKING:
    import navai_sdk
    from navai import _calls, _exchange
else:
    navai_sdk, _calls, _exchange = Later("navai_sdk"), Later("navai._calls"), Later("navai._exchange")
