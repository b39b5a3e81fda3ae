"""Where the agent may navigate to, and how what somebody says finds it. No I/O."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from attrs import field, frozen

from navai._whitespace import trim
from navai.agents._checks import is_list_of_texts, is_text

# The accents that decomposing leaves beside their letters.
_ACCENTS = re.compile("[\u0300-\u036f]")


@frozen
class NavaiRoute:
    """A place in the app.

    Attributes:
        name: What people call it, for example ``"Profile"``.
        path: Where it is, for example ``"/profile"``.
        description: What it is for, in a sentence.
        synonyms: What else people call it, for example ``["my account"]``.

    Raises:
        ConfigurationError: If a field is not of its type.
    """

    __module__ = "navai.agents"

    name: str = field(validator=is_text)
    path: str = field(validator=is_text)
    description: str = field(default="", validator=is_text)
    synonyms: Sequence[str] = field(default=(), kw_only=True, validator=is_list_of_texts)


def resolve_route(target: str, routes: Iterable[NavaiRoute]) -> str | None:
    """The path of the route that `target` means; None if it means none.

    Compared without regard to case, accents and surrounding blanks: first with the paths, then with the names and synonyms of each
    route in turn; then a route is taken whose name or synonym occurs in `target`. The rules are those of ``resolveNavaiRoute``.

    Args:
        target: What somebody said, for example ``"go to my profile"``.
        routes: The places that there are.
    """
    said, known = _plain(target), list(routes)
    exact = next((route.path for route in known if _plain(route.path) == said), None)
    if exact is not None:
        return exact
    tests: list[Callable[[str], bool]] = [lambda name: _plain(name) == said, lambda name: _plain(name) in said]
    for fits in tests:
        for route in known:
            if any(fits(name) for name in (route.name, *route.synonyms)):
                return route.path
    return None


def _plain(text: str) -> str:
    return trim(_ACCENTS.sub("", unicodedata.normalize("NFD", text))).lower()


def route_lines(routes: Iterable[NavaiRoute]) -> list[str]:
    """The routes as the agent is told of them, a line each."""
    return [
        f"- {route.name} ({route.path})" + (f", aliases: {', '.join(route.synonyms)}" if route.synonyms else "") for route in routes
    ]
