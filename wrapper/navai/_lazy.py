"""The one boundary of lazy loading: what the clients name here is loaded by the first call, or by entering a client.

Building a client must not load the HTTP library, nor the generated package, which imports one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["Lazy", "_call", "_sdk", "attempts", "navai_sdk", "operations", "responses"]


class Lazy:
    """Stands for a module that takes long to load, until one of its names is used; by an annotation, for example.

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
