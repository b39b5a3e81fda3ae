"""Each fault before each operation of each client: the outcome is ours and in time, no planted secret shows, the next calls get
their own answers, and nothing is left open.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import pytest

from navai import NavaiError
from tests.conftest import KINDS, Connect
from tests.faults.faults import FAULTS
from tests.faults.server import FaultyServer
from tests.secrecy import API_KEY, HEADER, MINTED, PASSWORD, assert_nothing_planted, logged, shown_by
from tests.threads import Threads

# Seconds that a call may take: its deadline is 1, and this machine may be busy.
IN_TIME = 4

LIMITS: dict[str, Any] = {"timeout": 0.5, "deadline": 1, "max_retries": 0, "max_response_bytes": 1_000_000}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "create_client_secret": {"api_key": API_KEY},
    "list_functions": {},
    "execute_function": {"function_name": "f", "extra_body": {"session_key": "s"}},
    "synthesize_speech": {"text": "Hello"},
}
# A synthesis differs from a client secret only by how its answer is read: some faults of each kind are enough.
OF_SPEECH = [
    "close", "reset", "silence", "silence within the body", "garbage", "101", "a header without a colon", "a body that breaks off",
    "a length of letters", "chunks that break off", "broken gzip", "a gzip bomb", "deep JSON", "a page of errors",
    "a body beyond the limit", "an error that repeats the request", "the request repeated, and an end", "a redirect to nobody",
    "a forged answer behind the answer", "a forged answer later",
]  # fmt: skip
CASES = [(name, operation) for name in FAULTS for operation in ARGUMENTS if operation != "synthesize_speech" or name in OF_SPEECH]

# Those that docs/reliability.md tells of.
MEASURED = ("execute_function", "list_functions", "create_client_secret")


def test_the_documents_tell_of_each_fault() -> None:
    """Otherwise `make reliability` writes docs/reliability.md again."""
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "reliability.md").read_text("utf-8")
    table = page.partition("<!-- fault_table -->\n")[2].partition("<!-- end of fault_table -->")[0]
    rows, _, summary = table.strip().rpartition("\n\n")
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows.splitlines()[2:]] == list(FAULTS)
    assert summary.startswith(f"{len(FAULTS)} faults, {len(FAULTS) * len(MEASURED) * len(KINDS)} calls; ")
    assert f"the outcome of {len(FAULTS)} measured faults" in (root / "README.md").read_text("utf-8")


# Python's own `SSLContext.wrap_socket` forgets to close its socket, until it is collected, when it finds the connection reset.
@pytest.mark.filterwarnings("ignore:.*ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("name", "operation"), CASES)
def test_a_fault_ends_in_an_outcome_of_ours_in_time_and_the_next_calls_get_their_own_answers(
    servers: dict[str, FaultyServer], connect: Connect, caplog: pytest.LogCaptureFixture, name: str, operation: str
) -> None:
    fault = FAULTS[name]
    server = servers[fault.scheme]
    threads = Threads()
    client = connect(f"{fault.scheme}://ana:{PASSWORD}@{server.address}", headers={"X-Key": HEADER}, **LIMITS)
    server.fault = fault
    server.over.clear()
    said, shown = "", [repr(client.client), str(vars(client.client))]
    began = time.monotonic()
    with caplog.at_level(logging.DEBUG, "navai"):
        try:
            outcome = getattr(client, operation)(**ARGUMENTS[operation])
            took = time.monotonic() - began
            shown.append(repr(outcome))
            if operation == "list_functions":
                said = str(outcome.error)
                shown += [] if outcome.error is None else shown_by(outcome.error)
        except NavaiError as error:
            took = time.monotonic() - began
            said = str(error)
            shown += shown_by(error)
    assert took < IN_TIME
    assert len(said) < 500
    assert_nothing_planted(shown + logged(caplog))
    # A connection that closes just when the next request goes out would lose that one, and rightly so.
    assert server.over.wait(7)
    for payload in ({"number": 1}, {"number": 2}):
        assert client.execute_function("f", payload, deadline=IN_TIME, timeout=IN_TIME) == payload
    listing = client.list_functions(deadline=IN_TIME, timeout=IN_TIME)
    assert (listing.error, [function.name for function in listing.functions]) == (None, [str(server.answers)])
    assert client.create_client_secret(voice="3", deadline=IN_TIME, timeout=IN_TIME).value == f"{MINTED}3"
    client.close()
    assert server.all_gone(5)
    assert client.tasks() == set()
    assert threads.count(at_most=0) == 0


def test_there_are_more_than_forty_faults() -> None:
    assert len(FAULTS) >= 40
