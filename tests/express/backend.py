"""Starts the real Express backend of server.mjs."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve().parent

# The options of a backend that speaks by ElevenLabs.
ELEVENLABS = {"ttsProvider": "elevenlabs", "elevenLabsApiKey": "xi-fake", "elevenLabsVoiceId": "the-backends-voice"}


class ExpressBackend:
    """The real `@navai/voice-backend` on a free port of this machine. Use it as a context manager.

    Args:
        error_handler: Whether errors are answered as JSON, as in the documented playground; else express answers in HTML.
        backend_options: `NavaiVoiceBackendOptions`, for example ``{"allowApiKeyFromRequest": True}``.
        routes: More options of `registerNavaiExpressRoutes`, for example the three paths.
        exact_idle_seconds: After how many seconds idle connections are closed, exactly; None: as Node does it.
    """

    def __init__(
        self,
        *,
        error_handler: bool = True,
        backend_options: dict[str, Any] | None = None,
        routes: dict[str, Any] | None = None,
        exact_idle_seconds: float | None = None,
    ) -> None:
        self._questions = 0
        self._options = {
            "errorHandler": error_handler,
            "backendOptions": backend_options or {},
            "routes": routes or {},
            "exactIdleSeconds": exact_idle_seconds,
        }

    def __enter__(self) -> Self:
        environment = os.environ | {"NODE_ENV": "test"}  # Express then leaves stderr alone.
        command = ["node", "server.mjs", json.dumps(self._options)]
        self._process = subprocess.Popen(
            command, cwd=HERE, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The Express backend did not start: exit status {self._process.wait()}.")
        self.url = f"http://127.0.0.1:{json.loads(line)['port']}"
        return self

    def __exit__(self, *_: object) -> None:
        # The server ends with its standard input, so it cannot outlive this process either.
        self._process.communicate(timeout=10)

    def upstream(self) -> list[dict[str, Any]]:
        """What OpenAI would have seen so far: the header `authorization` and the JSON `body` of each request."""
        seen: list[dict[str, Any]] = self._get("_upstream")
        return seen

    def speech(self) -> list[dict[str, Any]]:
        """What ElevenLabs would have seen so far: `voice`, `query`, `key` and the JSON `body` of each request."""
        seen: list[dict[str, Any]] = self._get("_speech")
        return seen

    def connections(self) -> int:
        """How many connections there were so far, this question's not counted."""
        return int(self._get("_connections")) - self._questions

    def _get(self, path: str) -> Any:
        self._questions += 1
        with urllib.request.urlopen(f"{self.url}/{path}") as answer:  # noqa: S310 (our own server)
            return json.load(answer)
