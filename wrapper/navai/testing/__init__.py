"""A local Navai backend for tests, demos and development. Needs the extra ``navai-sdk[testing]``.

    from navai import NavaiBackendClient
    from navai.testing import LocalBackend

    def send_email(to, subject):
        "Send an email"
        return {"messageId": "abc123"}

    with LocalBackend([send_email]) as backend, NavaiBackendClient(backend.url) as client:
        client.execute_function("send_email", {"to": "user@example.com", "subject": "Hello"})
    assert backend.calls[0].payload["subject"] == "Hello"

With pytest, the fixture ``navai_backend`` is a running `LocalBackend` without functions, a new one for each test.
"""

from navai.testing._functions import FunctionFailure
from navai.testing._local_backend import LocalBackend
from navai.testing._recorded import RecordedCall, RecordedRequest
from navai.testing._wordpress import WordPressStandIn

__all__ = ["FunctionFailure", "LocalBackend", "RecordedCall", "RecordedRequest", "WordPressStandIn"]
