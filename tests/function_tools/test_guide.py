"""The program of the guide "Tools for a model" runs as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from examples.backend import FUNCTIONS
from navai.testing import LocalBackend

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "tools.md"


def test_its_program_runs() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    with LocalBackend(FUNCTIONS) as backend:
        result = subprocess.run(
            [sys.executable, "-c", program], env={"NAVAI_API_URL": backend.url}, capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stderr) == (0, "")
        assert [call.payload for call in backend.calls] == [{"to": "user@example.com", "subject": "Hello"}]
    assert "send_email Send an email {'type': 'object'" in result.stdout
    assert '"result": "/profile is open"' in result.stdout
