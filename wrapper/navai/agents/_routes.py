"""The places that the agent may navigate to, and how a spoken target is matched to one. No I/O."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from attrs import field, frozen

from navai._whitespace import trim
from navai.tools._checks import is_list_of_texts, is_text

# Combining accents, which Unicode decomposition separates from their letters.
_ACCENTS = re.compile("[\u0300-\u036f]")


@frozen
class NavaiRoute:
    """A place in the app.

    Attributes:
        name: Its name, for example ``"Profile"``.
        path: Its path, for example ``"/profile"``.
        description: What it is for, in a sentence.
        synonyms: Other names of it, for example ``["my account"]``.

    Raises:
        ConfigurationError: If a field is not of its type.
    """

    __module__ = "navai.agents"

    name: str = field(validator=is_text)
    path: str = field(validator=is_text)
    description: str = field(default="", validator=is_text)
    synonyms: Sequence[str] = field(default=(), kw_only=True, validator=is_list_of_texts)


def resolve_route(target: str, routes: Iterable[NavaiRoute]) -> str | None:
    """Finds the route that `target` names, and returns its path, or None if there is none.

    Case, accents and surrounding whitespace are ignored. `target` is compared to the paths, then to the names and synonyms of each
    route in turn; after that, the first route with a name or synonym that occurs in `target` is taken. These are the rules of
    ``resolveNavaiRoute``.

    Args:
        target: What a user spoken, for example ``"go to my profile"``.
        routes: The places in the app.
    """
    spoken, known = _plain(target), list(routes)
    exact = next((route.path for route in known if _plain(route.path) == spoken), None)
    if exact is not None:
        return exact
    tests: list[Callable[[str], bool]] = [lambda name: _plain(name) == spoken, lambda name: _plain(name) in spoken]
    for fits in tests:
        for route in known:
            if any(fits(name) for name in (route.name, *route.synonyms)):
                return route.path
    return None


def _plain(text: str) -> str:
    return trim(_ACCENTS.sub("", unicodedata.normalize("NFD", text))).lower()


def route_lines(routes: Iterable[NavaiRoute]) -> list[str]:
    """The lines about the routes in the agent's instructions."""
    return [
        f"- {route.name} ({route.path})" + (f", aliases: {', '.join(route.synonyms)}" if route.synonyms else "") for route in routes
    ]
