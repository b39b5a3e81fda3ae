"""How long a voice session takes to start, behind a network with a round trip of 100 ms: `python -m benchmarks.session_start`.

The secret and the functions are asked for at the same time by `open_session`, and one after the other by the sequence that one
writes without it; the rounds are interleaved.
"""

from __future__ import annotations

import asyncio
import statistics
import time

from navai import AsyncNavaiBackendClient
from navai.agents import build_navai_agent, open_session
from navai.testing import LocalBackend
from tests.faults.proxies import LagProxy

LAG, ROUNDS = 0.05, 20


async def sequential(client: AsyncNavaiBackendClient) -> None:
    await client.create_client_secret()
    listed = await client.list_functions()
    build_navai_agent(
        navigate=print, routes=[], backend_functions=listed.functions, execute_backend_function=client.execute_function
    )


async def at_once(client: AsyncNavaiBackendClient) -> None:
    await open_session(client, navigate=print, routes=[])


async def measured(url: str) -> dict[str, list[float]]:
    """Seconds of each round: a program's first session, and a later one over the connections that are open by then."""
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, start in (("sequential", sequential), ("at once", at_once)):
            async with AsyncNavaiBackendClient(url) as client:
                for which in ("first", "later"):
                    began = time.perf_counter()
                    await start(client)
                    found.setdefault(f"{which}, {name}", []).append(time.perf_counter() - began)
    return found


def main() -> None:
    with LocalBackend() as backend, LagProxy(backend.url, LAG) as proxy:
        found = asyncio.run(measured(proxy.url))
    for name, seconds in found.items():
        print(f"{name:18} {statistics.median(seconds) * 1e3:.0f} ms ({min(seconds) * 1e3:.0f} to {max(seconds) * 1e3:.0f})")
    for which in ("first", "later"):
        ratio = statistics.median(found[f"{which}, at once"]) / statistics.median(found[f"{which}, sequential"])
        print(f"{which}, ratio       {ratio:.2f}")


if __name__ == "__main__":
    main()
