"""Somebody's program where the wheel alone is installed, without any extra: checked by mypy strict and pyright strict, then run."""

import importlib.util
import inspect
import sys
import typing

import attrs
import httpx

import navai
from navai import AsyncNavaiBackendClient, BackendFunction, BackendFunctionsResult, ClientSecret, NavaiBackendClient


class Mine(NavaiBackendClient):
    def __init__(self, url: str) -> None:
        super().__init__(url, http_client=httpx.Client(), headers={"X-Mine": "1"})

    def names(self) -> list[str]:
        return [function.name for function in self.list_functions(timeout=navai.Timeout(connect=1)).functions]


class MineToo(AsyncNavaiBackendClient):
    def __init__(self, url: str) -> None:
        super().__init__(url, http_client=httpx.AsyncClient())


def mistakes() -> None:
    # Each of these is an error to both type checkers; without one, the ignore itself is reported.
    NavaiBackendClient(http_client=3)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    NavaiBackendClient(http_client=httpx.AsyncClient())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    AsyncNavaiBackendClient(http_client=httpx.Client())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def introspect() -> int:
    """Resolves all annotations. How many functions had some."""
    resolved = 0
    for name in navai.__all__:
        cls = getattr(navai, name)
        if not inspect.isclass(cls):
            continue
        typing.get_type_hints(cls)
        for _, member in inspect.getmembers(cls):
            function = member.fget if isinstance(member, property) else member
            if inspect.isfunction(function):
                resolved += bool(typing.get_type_hints(function))
    for result in (ClientSecret, BackendFunction, BackendFunctionsResult, navai.Timeout):
        attrs.resolve_types(result)
    return resolved


if __name__ == "__main__":
    assert not any(map(importlib.util.find_spec, ("httpx2", "pydantic", "aiohttp", "agents", "pyreqwest", "click")))
    assert Mine("http://localhost:3000").with_options(deadline=5)
    assert MineToo("http://localhost:3000").with_options(deadline=5)
    assert introspect() > 40
    sys.stdout.write("All well.\n")
