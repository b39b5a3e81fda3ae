"""Speech: a text as audio, by a backend that speaks by ElevenLabs."""

import mimetypes
import tempfile
from pathlib import Path

from navai import APIStatusError, NavaiBackendClient, VoiceSettings

with NavaiBackendClient() as client:
    try:
        speech = client.synthesize_speech("Your order is on its way.", voice_settings=VoiceSettings(stability=0.7))
    except APIStatusError as error:  # The backend is not set up to speak, for example.
        print("No speech:", error)
    else:
        file = Path(tempfile.mkdtemp()) / f"order{mimetypes.guess_extension(speech.mime_type) or ''}"
        file.write_bytes(speech.audio)
        print(f"{len(speech.audio):,} bytes of {speech.mime_type} in {file}")
