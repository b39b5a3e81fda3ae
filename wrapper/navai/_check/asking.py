"""Asks a backend, and reports where its answers are not what the contract says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import frozen

from navai._check.contract import Deviation, published_contract
from navai._check.probes import execution, listing, minting, refusals
from navai._errors import APIConnectionError

if TYPE_CHECKING:
    from navai._call import Seam


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


def ask(seam: Seam, *, mint: bool, execute: tuple[str, dict[str, Any] | None] | None) -> Iterator[Finding]:
    """Sends each question once, and tells what came of it before the next is sent. The client's deadline holds for all together.

    Args:
        seam: The client's, which goes to the backend.
        mint: Whether to mint a client secret.
        execute: The name and the payload of a function to execute, for real; None for none.

    Raises:
        ConfigurationError: The payload is not JSON, or the client is closed.
    """
    probes = [*listing(), *refusals()]
    probes += minting() if mint else []
    probes += [] if execute is None else execution(*execute)
    for probe in probes:
        try:
            response = seam.send_once(probe.request)
        except APIConnectionError as error:
            yield Finding(probe.operation, probe.what, None, [Deviation("answer", f"did not come: {error}")])
            continue
        deviations = probe.deviations(published_contract(), response, math.inf if seam.deadline.at is None else seam.deadline.at)
        yield Finding(probe.operation, probe.what, response.status, deviations)
