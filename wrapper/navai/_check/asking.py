"""Sends the probes to a backend, and reports where its answers deviate from the contract."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import frozen

from navai._check.contract import Deviation, published_contract
from navai._check.probes import creation, execution, listing, refusals, synthesis
from navai._errors import APIConnectionError

if TYPE_CHECKING:
    from navai._call import Seam


@frozen
class Finding:
    """The result of one probe.

    Attributes:
        operation: The operationId.
        what: The name of the probe, for people.
        status: The status of the answer, or None if there was none.
        deviations: Where the answer deviates from the contract.
    """

    operation: str
    what: str
    status: int | None
    deviations: list[Deviation]

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON."""
        deviations = [{"where": deviation.where, "what": deviation.what} for deviation in self.deviations]
        return {"operation": self.operation, "what": self.what, "status": self.status, "deviations": deviations}


def ask(
    seam: Seam, *, create_secret: bool, execute: tuple[str, dict[str, Any] | None] | None, speech: str | None = None
) -> Iterator[Finding]:
    """Sends each probe once, and yields its finding before the next is sent. The client's deadline covers all of them.

    Args:
        seam: The client's connection to the backend.
        create_secret: Whether to create a client secret.
        execute: The name and the payload of a function to execute, for real, or None.
        speech: A text to synthesize, for real, or None.

    Raises:
        ConfigurationError: If the payload is not JSON, the text is blank, or the client is closed.
    """
    probes = [*listing(), *refusals()]
    probes += creation() if create_secret else []
    probes += [] if execute is None else execution(*execute)
    probes += [] if speech is None else synthesis(speech)
    for probe in probes:
        try:
            response = seam.send_once(probe.request)
        except APIConnectionError as error:
            yield Finding(probe.operation, probe.what, None, [Deviation("answer", f"did not come: {error}")])
            continue
        deviations = probe.deviations(published_contract(), response, math.inf if seam.deadline.at is None else seam.deadline.at)
        yield Finding(probe.operation, probe.what, response.status, deviations)
