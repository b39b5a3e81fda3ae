"""The microphone and the speaker of the voice agent, where there are any; files where there are none."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import mimetypes
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agents.realtime import RealtimeModelEvent, RealtimeModelListener, RealtimeSession

from navai import SynthesizedSpeech

RATE = 24_000  # PCM16, mono, as the realtime protocol has it.


class Files:
    """Plays speech into a folder, where people find it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="navai-speech-"))
        self._numbers = itertools.count(1)

    def __call__(self, speech: SynthesizedSpeech) -> None:
        file = self._folder / f"{next(self._numbers)}{mimetypes.guess_extension(speech.mime_type) or ''}"
        file.write_bytes(speech.audio)
        print(f"  sound  {len(speech.audio):,} bytes of {speech.mime_type} in {file}")


@contextlib.contextmanager
def sound(session: RealtimeSession) -> Iterator[None]:
    """Sends what the microphone hears meanwhile, and plays what the agent says; does nothing without the hardware."""
    try:
        import sounddevice  # noqa: PLC0415 (only who has the hardware needs it)

        sounddevice.query_devices(kind="input")
        sounddevice.query_devices(kind="output")
    except Exception as error:  # noqa: BLE001 (PortAudio's own errors, or none installed)
        print(f"Text only: {error}")
        yield
        return
    loop = asyncio.get_running_loop()

    def heard(data: Any, *_: Any) -> None:
        asyncio.run_coroutine_threadsafe(session.send_audio(bytes(data)), loop)

    speaker = sounddevice.RawOutputStream(samplerate=RATE, channels=1, dtype="int16")

    class Player(RealtimeModelListener):
        async def on_event(self, event: RealtimeModelEvent) -> None:
            if event.type == "audio":
                await asyncio.to_thread(speaker.write, event.data)
            elif event.type == "audio_interrupted":
                speaker.abort()
                speaker.start()

    player = Player()
    session.model.add_listener(player)
    try:
        with speaker, sounddevice.RawInputStream(samplerate=RATE, channels=1, dtype="int16", callback=heard):
            yield
    finally:
        session.model.remove_listener(player)
