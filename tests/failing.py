"""Functions that fail, for what calls functions of the user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def raising(error: BaseException) -> Callable[[], Any]:
    def function() -> None:
        raise error

    return function


def raising_async(error: BaseException) -> Callable[[], Any]:
    async def function() -> None:
        raise error

    return function
