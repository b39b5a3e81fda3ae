"""Speaks for an agent whose realtime session answers in text: the backend synthesizes each text, and they are played in order."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

from agents.realtime import RealtimeModelEvent, RealtimeModelListener

from navai._errors import ConfigurationError
from navai._json import as_list, as_object, as_text
from navai._outcomes import Outcome, describe_error, outcome_of
from navai._printable import one_line
from navai._results import SynthesizedSpeech
from navai.tools._checks import check_kind

logger = logging.getLogger("navai")

# What plays a text that was synthesized, async or sync.
Play = Callable[[SynthesizedSpeech], object]

# The longest reason in a log line, in characters.
_MAX_REASON_LENGTH = 300

# The events of the realtime protocol with which the user begins to speak.
_USER_SPEAKS = frozenset({"input_audio_buffer.speech_started", "conversation.item.input_audio_transcription.started"})

_TEXT_DONE = frozenset({"response.output_text.done", "response.text.done"})


class Speaker:
    """Speaks texts, one after the other. Each is synthesized at once, and played after the one before. See `NavaiSession.speaking`.

    Args:
        synthesize: Synthesizes a text.
        play: Plays the speech, and returns when it has been heard.
    """

    __module__ = "navai.agents"

    def __init__(self, synthesize: Callable[[str], Awaitable[SynthesizedSpeech]], play: Play) -> None:
        self._synthesize = synthesize
        self._play = play
        self._is_closed = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._last: asyncio.Task[None] | None = None
        # Done when `play` has returned, which nothing can hasten if it is not async.
        self._returned: asyncio.Future[None] | None = None

    def speak(self, text: str) -> None:
        """Speaks a text after those that are still to be spoken. Returns at once; what goes wrong then is logged.

        Raises:
            ConfigurationError: If the text is not a string or blank, or the block of `NavaiSession.speaking` has ended.
        """
        check_kind("text", text, str, "a string")
        if not text.strip():
            raise ConfigurationError("text is blank: pass the words to speak.")
        if self._is_closed:
            raise ConfigurationError("This speaker has ended: speak inside the block of speaking().")
        synthesis = self._started(self._synthesized(text))
        self._last = self._started(self._played(synthesis, self._last))

    def interrupt(self) -> None:
        """Drops what was not played yet."""
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Drops what was not played yet, and speaks no further. Idempotent; the end of the block does it."""
        self._is_closed = True
        self.interrupt()
        await self.wait()

    async def wait(self) -> None:
        """Waits until everything was played or dropped, for example before hanging up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _started(self, coroutine: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _synthesized(self, text: str) -> SynthesizedSpeech | None:
        outcome = await outcome_of(self._synthesize, text)
        if outcome.error is not None:
            _warn("could not be synthesized", describe_error(outcome.error))
        return cast("SynthesizedSpeech | None", outcome.result)

    async def _played(self, synthesis: asyncio.Task[SynthesizedSpeech | None], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        speech = await synthesis
        if speech is None:
            return
        outcome = await self._outcome_of_play(speech)
        if outcome.error is not None:
            _warn("could not be played", describe_error(outcome.error))

    async def _outcome_of_play(self, speech: SynthesizedSpeech) -> Outcome:
        if inspect.iscoroutinefunction(self._play):
            return await outcome_of(self._play, speech)
        if self._returned is not None:
            await asyncio.wait([self._returned])
        self._returned = returned = asyncio.get_running_loop().create_future()
        outcome = await outcome_of(functools.partial(_call, self._play, speech, returned))
        _note(returned)  # If no thread could be started, nobody else does.
        return outcome


def _call(play: Play, speech: SynthesizedSpeech, returned: asyncio.Future[None]) -> object:
    """Calls `play`, which is not async, and notes when it has returned."""
    try:
        return play(speech)
    finally:
        with contextlib.suppress(RuntimeError):  # The event loop has ended.
            returned.get_loop().call_soon_threadsafe(_note, returned)


def _note(returned: asyncio.Future[None]) -> None:
    if not returned.done():
        returned.set_result(None)


def _warn(what: str, reason: str) -> None:
    logger.warning("What the agent says %s: %s", what, one_line(reason, _MAX_REASON_LENGTH))


class SpeechListener(RealtimeModelListener):
    """Speaks the finished texts of the agent, until the user speaks. By the events that `useWebVoiceAgent` (TypeScript) heeds."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        # The responses whose texts were spoken as they were finished.
        self._spoken: set[str | None] = set()

    async def on_event(self, event: RealtimeModelEvent) -> None:
        """Called by openai-agents for everything that happens in the session."""
        if event.type == "audio_interrupted":
            self._speaker.interrupt()
        elif event.type == "raw_server_event":
            self._on_server_event(as_object(event.data) or {})

    def _on_server_event(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        if kind in _USER_SPEAKS:
            self._speaker.interrupt()
        elif kind in _TEXT_DONE:
            self._spoken.add(as_text(event.get("response_id")))
            self._speak(as_text(event.get("text")))
        elif kind == "response.done":
            self._on_response(as_object(event.get("response")) or {})

    def _on_response(self, response: dict[str, Any]) -> None:
        response_id = as_text(response.get("id"))
        if response.get("status") == "cancelled":
            self._speaker.interrupt()
        elif response_id not in self._spoken:
            for text in _texts(response):
                self._speak(text)
        self._spoken.discard(response_id)

    def _speak(self, text: str | None) -> None:
        if text is not None and text.strip():
            self._speaker.speak(text.strip())


def _texts(response: dict[str, Any]) -> Iterator[str | None]:
    """The texts of the assistant's messages in a response."""
    for item in map(as_object, as_list(response.get("output")) or []):
        if item is not None and item.get("role") == "assistant":
            for part in map(as_object, as_list(item.get("content")) or []):
                if part is not None and part.get("type") == "output_text":
                    yield as_text(part.get("text"))
