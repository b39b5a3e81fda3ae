"""The one place for lazy imports: the modules that the clients use from here are loaded by the first call, or by entering a client.

Building a client must not load the HTTP library, nor the generated package, which imports one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["Lazy", "_call", "_sdk", "attempts", "navai_sdk", "operations", "responses"]


class Lazy:
    """A placeholder for a module that takes long to load. Using one of its names loads the module, as resolving annotations does.

    Args:
        module: The full name of the module.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self._module), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import navai_sdk
    from navai import _call, _sdk
    from navai._contract import operations, responses
    from navai._http import attempts
else:
    navai_sdk = Lazy("navai_sdk")
    operations, responses = Lazy("navai._contract.operations"), Lazy("navai._contract.responses")
    attempts = Lazy("navai._http.attempts")
    _call, _sdk = Lazy("navai._call"), Lazy("navai._sdk")
