"""The probes that are sent to a backend, and the rules for their answers beyond the schema. No I/O."""

from __future__ import annotations

import json
import math
import time
import uuid
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve, frozen

from navai._check.contract import Contract, Deviation
from navai._contract.failed_response import response_text
from navai._contract.operations import Operation, create_client_secret, execute_function, list_functions, synthesize_speech
from navai._http.messages import Response
from navai._javascript import NotJSON, parse_json
from navai._json import as_list, as_number, as_object, as_text
from navai._whitespace import trim

# A rule for the JSON of an answer.
Rule = Callable[[dict[str, Any]], Iterator[Deviation]]

# In seconds: no client secret is valid for longer. An expiry beyond that is probably in milliseconds.
_MAX_LIFETIME = 10 * 365 * 24 * 3600

# A thousand invalid items are one mistake, and nobody reads a thousand lines about it.
_MAX_DEVIATIONS = 20

# How many characters of a function's name are shown.
_MAX_NAME_LENGTH = 60


@frozen
class Probe:
    """One request to a backend, and what its answer must be.

    Attributes:
        operation: The operationId.
        what: The name of the probe, for people.
        request: The request.
        statuses: The valid statuses of the answer, for people and as a set.
        rule: The rule for its JSON, which applies if the status is valid.
        needs_result: Whether an answer without a result, though the contract allows it, says too little to be called checked.
    """

    operation: str
    what: str
    request: Operation[Any]
    statuses: tuple[str, frozenset[int]]
    rule: Rule
    needs_result: bool = False

    def deviations(self, contract: Contract, response: Response, until: float = math.inf) -> list[Deviation]:
        """Where the answer deviates from the contract, at most the first 20 places.

        Args:
            contract: The documented answers.
            response: The answer.
            until: When to stop, on the clock of `time.monotonic`.
        """
        # A dict, so that a rule does not repeat a deviation from the schema.
        unique: dict[Deviation, None] = {}
        for deviation in self._all(contract, response, until):
            if len(unique) == _MAX_DEVIATIONS:
                return [*unique, Deviation("answer", f"deviates in more places; these are the first {_MAX_DEVIATIONS}")]
            unique[deviation] = None
        return list(unique)

    def _all(self, contract: Contract, response: Response, until: float) -> Iterator[Deviation]:
        shown, allowed = self.statuses
        if response.status not in allowed:
            yield Deviation("status", f"is {response.status}, must be {shown}")
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
# The contract requires that a body that cannot be read is refused, but leaves the status to the framework.
_REFUSED = ("400 to 599", frozenset(range(400, 600)))
# The documented statuses of a function that ran, failed, was blocked or awaits approval.
_RAN_OR_FAILED = ("200, 202, 400, 403, 404, 429 or 500", frozenset({200, 202, 400, 403, 404, 429, 500}))


def listing() -> list[Probe]:
    """The listing of the functions."""
    return [Probe("listFunctions", "the list", list_functions(), _OK, _of_list_functions)]


def refusals() -> list[Probe]:
    """Requests that every backend must refuse."""
    unknown = f"navai_check_{uuid.uuid4().hex}"  # No function has this name.
    return [
        Probe("executeFunction", "a function that does not exist", execute_function(unknown, None), _UNKNOWN, _unknown),
        Probe("executeFunction", "no function name", _raw(b'{"payload":null}'), _BAD_REQUEST, _explained),
        Probe("executeFunction", "a blank function name", execute_function(" ", None), _BAD_REQUEST, _explained),
        Probe("executeFunction", "a body that is not JSON", _raw(b'{"function_name":'), _REFUSED, _explained),
        # A backend that does not speak refuses it too: it has no such path, or is not set up.
        Probe(
            "synthesizeSpeech", "a blank text", evolve(synthesize_speech("-", {}), content=b'{"text":" "}'), _REFUSED, _explained
        ),
    ]


def creation() -> list[Probe]:
    """The creation of a client secret with the backend's defaults."""
    return [Probe("createClientSecret", "a secret", create_client_secret({}), _OK, _of_create_client_secret)]


def execution(name: str, payload: dict[str, Any] | None) -> list[Probe]:
    """The execution of a function.

    Raises:
        ConfigurationError: If the payload is not JSON.
    """
    what, operation = f"the function {json.dumps(name)}", execute_function(name, payload)
    return [Probe("executeFunction", what, operation, _RAN_OR_FAILED, _of_execute_function, needs_result=True)]


def synthesis(text: str) -> list[Probe]:
    """The synthesis of a text with the backend's defaults.

    Raises:
        ConfigurationError: If the text is blank.
    """
    return [Probe("synthesizeSpeech", "a text", synthesize_speech(text, {}), _OK, _of_synthesize_speech)]


def _raw(content: bytes) -> Operation[Any]:
    return evolve(execute_function("", None), content=content)


def _of_list_functions(answer: dict[str, Any]) -> Iterator[Deviation]:
    for key in ("items", "warnings"):
        if key not in answer:
            # The schema allows it since the published client does, but no known backend leaves one out.
            yield Deviation(f"$.{key}", "is missing (clients take it as empty)")
    names = [as_text((as_object(item) or {}).get("name")) for item in as_list(answer.get("items")) or []]
    for index, name in enumerate(names):
        if name is not None and not trim(name):
            yield Deviation(f"$.items[{index}].name", "must not be blank")
    # Backends ignore case and surrounding whitespace when they compare names.
    for name, count in Counter(trim(name).lower() for name in names if name is not None and trim(name)).items():
        if count > 1:
            shown = json.dumps(name[:_MAX_NAME_LENGTH])
            yield Deviation("$.items", f"has the name {shown} {count} times: only one of them can be executed")


def _of_create_client_secret(answer: dict[str, Any]) -> Iterator[Deviation]:
    if answer.get("value") == "":
        yield Deviation("$.value", "must not be empty")
    expires_at, now = as_number(answer.get("expires_at")), time.time()
    if expires_at is not None and expires_at <= now:
        yield Deviation("$.expires_at", "is in the past (it is in seconds since 1970)")
    elif expires_at is not None and expires_at > now + _MAX_LIFETIME:
        yield Deviation("$.expires_at", "is years away (it is in seconds since 1970, not milliseconds)")


def _of_synthesize_speech(answer: dict[str, Any]) -> Iterator[Deviation]:
    audio = as_text(answer.get("audioBase64"))
    if audio is not None:
        try:
            b64decode(audio, validate=True)
        except ValueError:
            yield Deviation("$.audioBase64", "is not base64 (RFC 4648, section 4)")
        if not audio:
            yield Deviation("$.audioBase64", "must not be empty")


def _explained(answer: dict[str, Any]) -> Iterator[Deviation]:
    if not any(as_text(answer.get(key)) for key in ("error", "message", "details")):
        yield Deviation("$.error", "is missing: nothing says what went wrong (nor does $.message)")


def _unknown(answer: dict[str, Any]) -> Iterator[Deviation]:
    yield from _explained(answer)
    if "available_functions" not in answer:
        yield Deviation("$.available_functions", "is missing: the names that may be executed")


def _of_execute_function(answer: dict[str, Any]) -> Iterator[Deviation]:
    if answer.get("ok") is False:
        yield from _explained(answer)
