"""Each fault before each operation of each client: the outcome is ours, in time, and the next call works."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from navai import NavaiError
from tests.conftest import Connect
from tests.faults.faults import FAULTS, GOOD_BODY, Fault

# Seconds that a call may take: its deadline is 1, and this machine may be busy.
IN_TIME = 4


class FaultyServer:
    """Meets the first connection with a fault, once a request has come, and every later one with a good answer."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.fault: Fault | None = None
        # Set when the faulty connection is closed.
        self.over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # Closed.
            fault, self.fault = self.fault, None
            threading.Thread(target=self._meet, args=(connection, fault), daemon=True).start()

    def _meet(self, connection: socket.socket, fault: Fault | None) -> None:
        try:
            with connection:
                while self._request_came(connection):
                    if fault is not None:
                        fault(connection)
                        return
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(GOOD_BODY) + GOOD_BODY)
        except OSError:
            pass  # The client has gone.
        finally:
            if fault is not None:
                self.over.set()

    @staticmethod
    def _request_came(connection: socket.socket) -> bool:
        received = b""
        while True:
            head, end, body = received.partition(b"\r\n\r\n")
            lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
            if end and len(body) >= (int(lengths[0]) if lengths else 0):
                return True
            data = connection.recv(65536)
            if not data:
                return False
            received += data

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyServer]:
    running = FaultyServer()
    yield running
    running.close()


@pytest.mark.parametrize("operation", ["create_client_secret", "list_functions", "execute_function"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_in_an_outcome_of_ours_in_time_and_the_next_call_works(
    server: FaultyServer, connect: Connect, name: str, operation: str
) -> None:
    client = connect(server.url, timeout=0.5, deadline=1, max_retries=0, max_response_bytes=1_000_000)
    arguments = {"function_name": "f"} if operation == "execute_function" else {}
    server.fault = FAULTS[name]
    server.over.clear()
    began = time.monotonic()
    try:
        outcome = getattr(client, operation)(**arguments)
        said = str(outcome.error) if operation == "list_functions" else ""
    except NavaiError as error:
        said = str(error)
    assert time.monotonic() - began < IN_TIME
    assert len(said) < 500
    # A connection that closes just when the next request goes out would lose that one, and rightly so.
    assert server.over.wait(7)
    client.execute_function("f", deadline=IN_TIME, timeout=IN_TIME)
    assert client.list_functions().error is None
    assert client.create_client_secret().value == "s"


def test_there_are_more_than_forty_faults() -> None:
    assert len(FAULTS) >= 40
