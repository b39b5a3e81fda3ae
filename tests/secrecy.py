"""Planted secrets, and all that people and programs get to see of an error."""

from __future__ import annotations

import pickle
import traceback
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

PLANTED = "planted-7f3a9c"
API_KEY = f"{PLANTED}-key"
HEADER = f"{PLANTED}-header"
PASSWORD = f"{PLANTED}-password"
MINTED = f"ek_{PLANTED}-minted"
# Any of these in what is shown is a leak; the last is the password as the header Authorization carries it, with the user "ana".
SECRETS = (PLANTED, b64encode(f"ana:{PASSWORD}".encode()).decode())

_TESTS = str(Path(__file__).parent)


def shown_by(error: BaseException) -> list[str]:
    """What an error shows: its words, its attributes, its pickle, and what a report with the locals of each frame would say."""
    shown = [str(error), repr(error), str(vars(error)), str(pickle.dumps(error))]
    report: traceback.TracebackException | None = traceback.TracebackException.from_exception(error, capture_locals=True)
    pending = [report]
    while pending:
        report = pending.pop()
        if report is not None:
            pending += [report.__cause__, report.__context__]
            shown += [*report.format_exception_only()]
            # The tests' own frames hold what they planted.
            shown += [f"{frame.name} {frame.locals}" for frame in report.stack if not frame.filename.startswith(_TESTS)]
    return shown


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the logger of the package was told."""
    records = [record for record in caplog.records if record.name == "navai"]
    assert records
    return [f"{record.getMessage()} {record.args} {record.exc_text} {vars(record)}" for record in records]


def assert_nothing_planted(shown: list[Any]) -> None:
    for each in shown:
        for secret in SECRETS:
            assert secret not in str(each)
