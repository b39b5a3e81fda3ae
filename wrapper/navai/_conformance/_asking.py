"""Asks a backend, and reports where its answers are not what the contract says.

What it sends no method of a client would, so that this module reaches into one.
"""

# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import frozen

from navai._conformance._contract import Deviation, published_contract
from navai._conformance._probes import execution, listing, minting, refusals
from navai._errors import APIConnectionError

if TYPE_CHECKING:
    from navai._client import NavaiBackendClient


@frozen
class Finding:
    """What came of one question.

    Attributes:
        operation: The operationId.
        what: What was asked, for people.
        status: The status of the answer; None without one.
        deviations: Where the answer is not what it must be.
    """

    operation: str
    what: str
    status: int | None
    deviations: list[Deviation]

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON."""
        told = [{"where": each.where, "what": each.what} for each in self.deviations]
        return {"operation": self.operation, "what": self.what, "status": self.status, "deviations": told}


def address(client: NavaiBackendClient) -> str:
    """The base URL of the backend that a client goes to, without credentials."""
    return client._settings.api_base_url


def ask(client: NavaiBackendClient, *, mint: bool, execute: tuple[str, dict[str, Any] | None] | None) -> Iterator[Finding]:
    """Sends each question once, and tells what came of it before the next is sent. The client's deadline holds for all together.

    Args:
        client: Goes to the backend.
        mint: Whether to mint a client secret.
        execute: The name and the payload of a function to execute, for real; None for none.

    Raises:
        ConfigurationError: The payload is not JSON, or the client is closed.
    """
    until = client._start(None)
    calls = client._loaded()
    probes = [*listing(calls), *refusals(calls)]
    probes += minting(calls) if mint else []
    probes += [] if execute is None else execution(calls, *execute)
    for probe in probes:
        try:
            # The first attempt of a call, and its only one.
            request = client._begin(probe.call, None, until).next_request()
            reply = client._shared.transport().send(request)
        except APIConnectionError as error:
            yield Finding(probe.operation, probe.what, None, [Deviation("answer", f"did not come: {error}")])
            continue
        deviations = probe.deviations(published_contract(), reply, math.inf if until.at is None else until.at)
        yield Finding(probe.operation, probe.what, reply.status, deviations)
