"""What only the NAVAI plugin for WordPress does."""

from __future__ import annotations

from typing import Any

import pytest

from navai._wordpress import is_refused_by_openai, runs_in_browser


@pytest.mark.parametrize(
    ("body", "is_refused"),
    [
        (b"OpenAI client_secrets failed (401)", True),
        (b'{"message": "OpenAI client_secrets failed (400): no"}', True),
        (b"OpenAI client_secrets failed (429)", False),
        (b"OpenAI client_secrets failed (500)", False),
        (b" " * 4096 + b"OpenAI client_secrets failed (401)", False),
    ],
)
def test_a_refusal_of_openai_is_known_by_how_a_response_begins(body: bytes, is_refused: bool) -> None:
    assert is_refused_by_openai(body) is is_refused


@pytest.mark.parametrize(
    ("source", "metadata", "runs"),
    [
        ("navai-dashboard-custom", {"execution_scope": "frontend"}, True),
        ("navai-dashboard-custom", {"execution_scope": "backend"}, False),
        ("navai-dashboard-custom", None, False),
        ("a plugin", {"execution_scope": "frontend"}, False),
    ],
)
def test_a_function_of_the_dashboard_for_the_front_end_runs_in_a_browser(source: str, metadata: Any, runs: bool) -> None:
    assert runs_in_browser(source, metadata) is runs
