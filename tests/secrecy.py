"""Planted secrets, and all that people and programs get to see of an error."""

from __future__ import annotations

import json
import pickle
import traceback
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.scrubber import EventScrubber
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

PLANTED = "planted-7f3a9c"
API_KEY = f"{PLANTED}-key"
HEADER = f"{PLANTED}-header"
PASSWORD = f"{PLANTED}-password"
MINTED = f"ek_{PLANTED}-minted"
# Any of these in what is shown is a leak; the last is the password as the header Authorization carries it, with the user "ana".
SECRETS = (PLANTED, b64encode(f"ana:{PASSWORD}".encode()).decode())

_TESTS = str(Path(__file__).parent)


def shown_by(error: BaseException) -> list[str]:
    """What an error shows: its words, its pickle, the attributes of it and of what led to it, and what a report with the locals of
    each frame would say.
    """
    shown = [str(error), str(pickle.dumps(error))]
    seen: set[int] = set()
    links: list[Any] = [error]
    while links:
        link = links.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            # Also one that `from None` keeps from being printed.
            links += [link.__cause__, link.__context__, *getattr(link, "exceptions", ())]
            shown += [repr(link), str(vars(link))]
    report: traceback.TracebackException | None = traceback.TracebackException.from_exception(error, capture_locals=True)
    pending = [report]
    while pending:
        report = pending.pop()
        if report is not None:
            pending += [report.__cause__, report.__context__]
            shown += [*report.format_exception_only()]
            # The tests' own frames hold what they planted.
            shown += [f"{frame.name} {frame.locals}" for frame in report.stack if not frame.filename.startswith(_TESTS)]
    return [*shown, *sentry_sends(error)]


class _Captured(Transport):
    """Keeps what Sentry would be sent."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self.events: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.events.append(envelope.get_event())


def sentry_sends(error: BaseException) -> list[str]:
    """What the real Sentry would be sent of an error: its values, and each frame with its locals but for those of the tests.

    Sentry walks through dicts, tuples and lists instead of asking for their repr. By default it leaves out what has a telling name,
    such as ``password``; here it does not, so that nothing relies on that.
    """
    client = sentry_sdk.Client(
        dsn="http://public@sentry.example/1",
        transport=_Captured,
        default_integrations=False,
        event_scrubber=EventScrubber(denylist=[], pii_denylist=[]),
        max_value_length=1_000_000,
    )
    client.capture_event(*event_from_exception(error, client.options))
    assert isinstance(client.transport, _Captured)
    (event,) = client.transport.events
    client.close()
    shown: list[str] = []
    for value in event["exception"]["values"]:
        frames = value.pop("stacktrace", {"frames": []})["frames"]
        shown += [json.dumps(value)]
        # Not the lines of source around each frame.
        shown += [f"{each['function']} {each['vars']}" for each in frames if not each["abs_path"].startswith(_TESTS)]
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
