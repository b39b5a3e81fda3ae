"""What to ask a backend, and what the answers must be beyond their schema. No I/O."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve, frozen

from navai._check.contract import Contract, Deviation
from navai._contract.failed_response import response_text
from navai._contract.operations import Operation, create_client_secret, execute_function, list_functions
from navai._http.messages import Response
from navai._javascript import NotJSON, parse_json
from navai._json import as_list, as_number, as_object, as_text
from navai._whitespace import trim

# What more the JSON of an answer must be.
Rule = Callable[[dict[str, Any]], Iterator[Deviation]]

# No minted secret lives longer than this, in seconds; what seems to has its end in milliseconds.
_LONGEST_LIFE = 10 * 365 * 24 * 3600

# A thousand wrong items are one fault, and nobody reads a thousand lines of it.
_MOST_DEVIATIONS = 20

# How many letters of a function's name are told.
_LONGEST_NAME = 60


@frozen
class Probe:
    """One question to a backend.

    Attributes:
        operation: The operationId.
        what: What is asked, for people.
        request: What is sent.
        statuses: The statuses that the answer may have, for people and as a set.
        rule: What more its JSON must be, where the status is right.
    """

    operation: str
    what: str
    request: Operation[Any]
    statuses: tuple[str, frozenset[int]]
    rule: Rule

    def deviations(self, contract: Contract, response: Response, until: float = math.inf) -> list[Deviation]:
        """Where the answer is not what it must be; the first 20 places, if there are more.

        Args:
            contract: What is documented.
            response: The answer.
            until: How long to look, on the clock of `time.monotonic`.
        """
        # By way of a dict: what the contract says already, a rule need not say again.
        found: dict[Deviation, None] = {}
        for deviation in self._all(contract, response, until):
            if len(found) == _MOST_DEVIATIONS:
                return [*found, Deviation("answer", f"deviates in more places; these are the first {_MOST_DEVIATIONS}")]
            found[deviation] = None
        return list(found)

    def _all(self, contract: Contract, response: Response, until: float) -> Iterator[Deviation]:
        said, allowed = self.statuses
        if response.status not in allowed:
            yield Deviation("status", f"is {response.status}, must be {said}")
        yield from contract.deviations(self.operation, response, until)
        if response.status not in allowed or time.monotonic() >= until:
            return
        try:
            answer = as_object(parse_json(response_text(response)))
        except NotJSON:
            return
        if answer is not None:
            yield from self.rule(answer)


_OK = ("200", frozenset({200}))
_BAD_REQUEST = ("400", frozenset({400}))
_UNKNOWN = ("404", frozenset({404}))
# How a framework refuses what it cannot even read is its own affair; that it does is the contract's.
_REFUSED = ("400 to 599", frozenset(range(400, 600)))
# A function may fail, be blocked, or wait for approval, and say so as documented.
_RAN_OR_FAILED = ("200, 202, 400, 403, 404, 429 or 500", frozenset({200, 202, 400, 403, 404, 429, 500}))


def listing() -> list[Probe]:
    """The list of functions."""
    return [Probe("listFunctions", "the list", list_functions(), _OK, _listed)]


def refusals() -> list[Probe]:
    """Executions that no backend carries out."""
    nothing = f"navai_check_{uuid.uuid4().hex}"  # A name that no function has.
    return [
        Probe("executeFunction", "a function that does not exist", execute_function(nothing, None), _UNKNOWN, _unknown),
        Probe("executeFunction", "no function name", _raw(b'{"payload":null}'), _BAD_REQUEST, _explained),
        Probe("executeFunction", "a blank function name", execute_function(" ", None), _BAD_REQUEST, _explained),
        Probe("executeFunction", "a body that is not JSON", _raw(b'{"function_name":'), _REFUSED, _explained),
    ]


def minting() -> list[Probe]:
    """A client secret, by the backend's defaults."""
    return [Probe("createClientSecret", "a secret", create_client_secret({}), _OK, _minted)]


def execution(name: str, payload: dict[str, Any] | None) -> list[Probe]:
    """A real execution.

    Raises:
        ConfigurationError: The payload is not JSON.
    """
    what = f"the function {json.dumps(name)}"
    return [Probe("executeFunction", what, execute_function(name, payload), _RAN_OR_FAILED, _executed)]


def _raw(content: bytes) -> Operation[Any]:
    return evolve(execute_function("", None), content=content)


def _listed(answer: dict[str, Any]) -> Iterator[Deviation]:
    for key in ("items", "warnings"):
        if key not in answer:
            # The published client bears it, so that the schema does; no backend of today leaves one out.
            yield Deviation(f"$.{key}", "is missing (clients take it as empty)")
    names = [as_text((as_object(item) or {}).get("name")) for item in as_list(answer.get("items")) or []]
    for index, name in enumerate(names):
        if name is not None and not trim(name):
            yield Deviation(f"$.items[{index}].name", "must not be blank")
    # Backends compare names without regard to case and surrounding blanks.
    for name, count in Counter(trim(name).lower() for name in names if name is not None and trim(name)).items():
        if count > 1:
            shown = json.dumps(name[:_LONGEST_NAME])
            yield Deviation("$.items", f"has the name {shown} {count} times: only one of them can be executed")


def _minted(answer: dict[str, Any]) -> Iterator[Deviation]:
    if answer.get("value") == "":
        yield Deviation("$.value", "must not be empty")
    expires_at, now = as_number(answer.get("expires_at")), time.time()
    if expires_at is not None and expires_at <= now:
        yield Deviation("$.expires_at", "is in the past (it is in seconds since 1970)")
    elif expires_at is not None and expires_at > now + _LONGEST_LIFE:
        yield Deviation("$.expires_at", "is years away (it is in seconds since 1970, not milliseconds)")


def _explained(answer: dict[str, Any]) -> Iterator[Deviation]:
    if not any(as_text(answer.get(key)) for key in ("error", "message", "details")):
        yield Deviation("$.error", "is missing: nothing says what went wrong (nor does $.message)")


def _unknown(answer: dict[str, Any]) -> Iterator[Deviation]:
    yield from _explained(answer)
    if "available_functions" not in answer:
        yield Deviation("$.available_functions", "is missing: the names that may be executed")


def _executed(answer: dict[str, Any]) -> Iterator[Deviation]:
    if answer.get("ok") is False:
        yield from _explained(answer)
