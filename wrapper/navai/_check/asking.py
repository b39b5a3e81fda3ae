"""Sends the probes to a backend, and reports where its answers deviate from the contract."""

from __future__ import annotations

import math
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from attrs import frozen

from navai._check.contract import Deviation, published_contract
from navai._check.probes import creation, execution, listing, refusals, synthesis
from navai._contract.operations import Operation
from navai._errors import APIConnectionError, APIStatusError, APITimeoutError, NavaiError
from navai._http.messages import RequestInfo, Response
from navai._results import BackendFunctionsResult

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
        obstacle: Why nothing can be said about the contract: the backend wants credentials, or a later request, it did not answer
            in time, the function gave no result, or the request could not be sent. None if something can.
        says: What a client makes of an answer that deviates, or is in the way: the backend's own words, without secrets.
        error: Why the request could not be sent; None if it was.
    """

    operation: str
    what: str
    status: int | None
    deviations: list[Deviation]
    obstacle: str | None = None
    says: str | None = None
    error: APIConnectionError | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON."""
        deviations = [{"where": deviation.where, "what": deviation.what} for deviation in self.deviations]
        known = {"operation": self.operation, "what": self.what, "status": self.status, "deviations": deviations}
        more = {"obstacle": self.obstacle, "says": self.says}
        return known | {name: text for name, text in more.items() if text is not None}


def ask(
    seam: Seam, *, create_secret: bool, execute: tuple[str, dict[str, Any] | None] | None, speech: str | None = None
) -> Iterator[Finding]:
    """Sends each probe once, and yields its finding before the next is sent. The client's deadline covers all of them.

    Ends at the first probe that could not be sent: nothing listens there, for example, or the deadline has passed.

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
            response, info = seam.send_once(probe.request)
        except APIConnectionError as error:
            if not error.request_sent:
                yield Finding(probe.operation, probe.what, None, [], f"the check ends here: {error}", error=error)
                return
            is_late = isinstance(error, APITimeoutError)
            deviations = [] if is_late else [Deviation("answer", f"did not come: {error}")]
            yield Finding(probe.operation, probe.what, None, deviations, str(error) if is_late else None)
            continue
        refusal = _error_of(probe.request, response, info)
        obstacle = _obstacle(refusal, has_credentials=seam.has_credentials)
        until = math.inf if seam.deadline.at is None else seam.deadline.at
        deviations = probe.deviations(published_contract(), response, until) if obstacle is None else []
        if probe.needs_result and refusal is not None and not deviations:
            obstacle = obstacle or "gave no result that could be checked"
        says = str(refusal) if refusal is not None and (deviations or obstacle is not None) else None
        yield Finding(probe.operation, probe.what, response.status, deviations, obstacle, says)


def _error_of(operation: Operation[Any], response: Response, info: RequestInfo) -> NavaiError | None:
    """The error that a client makes of a response; None if it makes a result of it."""
    try:
        result = operation.read(response, info)
    except NavaiError as error:
        return error
    return result.error if isinstance(result, BackendFunctionsResult) else None


def _obstacle(error: NavaiError | None, *, has_credentials: bool) -> str | None:
    # Not a `FunctionExecutionError`: that is the answer of a function.
    if not isinstance(error, APIStatusError):
        return None
    if error.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"needs {'other ' if has_credentials else ''}credentials: --auth"
    if error.status_code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return "asks to wait" if error.retry_after is None else f"asks to wait {error.retry_after:.0f} s"
    return None
