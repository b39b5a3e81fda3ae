"""Where the time of one execution goes: by library, from a profile of the process that calls."""

from __future__ import annotations

import cProfile
import pstats
import re
from collections import defaultdict
from typing import Any

from navai import NavaiBackendClient

_CALLS = 2000

# The first that fits a function's file and name says where it belongs.
_PLACES = (
    ("waiting, and the kernel", r"_socket.socket|select.poll|method 'acquire'"),
    ("llhttp", r"HttpParser|feed_data"),
    ("navai", r"/navai/"),
    ("h11", r"/h11/"),
    ("httpcore", r"/httpcore/"),
    ("httpx", r"/httpx/"),
    ("json", r"/json/|raw_decode|c_make_encoder"),
)


def profile_of(url: str, **options: Any) -> dict[str, float]:
    """The share of each place in an execution, 0 to 1, by the time spent in it alone."""
    with NavaiBackendClient(url, **options) as client:
        client.execute_function("sized", {"size": 100})
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(_CALLS):
            client.execute_function("sized", {"size": 100})
        profile.disable()
    shares: dict[str, float] = defaultdict(float)
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = vars(pstats.Stats(profile))["stats"]
    for (file, _, name), (_, _, alone, _, _) in stats.items():
        place = next((place for place, pattern in _PLACES if re.search(pattern, f"{file} {name}")), "Python's own")
        shares[place] += alone
    whole = sum(shares.values())
    return {place: share / whole for place, share in sorted(shares.items(), key=lambda each: -each[1])}
