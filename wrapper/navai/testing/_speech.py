"""A backend's answers to syntheses: a short tone, whatever the text. No I/O.

The answers are those of the Express backend with the error handler of its documented playground.
"""

import base64
import functools
import io
import math
import wave
from typing import Any

from navai._json import as_object
from navai.testing._functions import Answer, answer

_SAMPLES_PER_SECOND = 8000
_SECONDS = 0.25
_HERTZ = 440


class Speech:
    """The syntheses of a backend.

    Attributes:
        texts: The texts that were spoken, in the order of arrival.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []

    def synthesis(self, request: Any) -> Answer:
        """The answer to a synthesis.

        Args:
            request: The decoded JSON of the request.
        """
        text = (as_object(request) or {}).get("text")
        if not isinstance(text, str) or not text.strip():
            return answer(500, {"error": "text is required."})
        self.texts.append(text)
        return answer(200, {"provider": "elevenlabs", "mimeType": "audio/wav", "audioBase64": _tone()})


@functools.cache
def _tone() -> str:
    """A tone as a WAV file (16 bits, one channel), in base64."""
    step = 2 * math.pi * _HERTZ / _SAMPLES_PER_SECOND
    samples = (int(8000 * math.sin(step * number)) for number in range(int(_SECONDS * _SAMPLES_PER_SECOND)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_SAMPLES_PER_SECOND)
        sound.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
    return base64.b64encode(file.getvalue()).decode("ascii")
