"""Agents whose backend speaks for them are heard: the real runner, a stand-in for the realtime server, real backends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from agents.realtime import RealtimeModelAudioInterruptedEvent, RealtimeSession

from examples.realtime_stand_in import RealtimeStandIn
from navai import AsyncNavaiBackendClient, ConfigurationError, NavaiBackendClient, SpeechConfig, SynthesizedSpeech
from navai.agents import NavaiRoute, NavaiSession, Speaker, open_session
from navai.testing import LocalBackend
from tests.express.backend import ELEVENLABS, ExpressBackend
from tests.secrecy import HEADER, assert_nothing_planted

ROUTES = [NavaiRoute("Profile", "/profile")]
SPOKEN = {"provider": "elevenlabs", "mimeType": "audio/mpeg", "audioBase64": "SUQz"}


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    with LocalBackend(speech_provider="elevenlabs") as running:
        yield running


class Player:
    """Plays speech until it is let go on, and remembers what it played."""

    def __init__(self) -> None:
        self.begun: list[SynthesizedSpeech] = []
        self.ended: list[SynthesizedSpeech] = []
        self.cancelled = 0
        self.go_on = asyncio.Event()

    async def __call__(self, speech: SynthesizedSpeech) -> None:
        self.begun.append(speech)
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended.append(speech)


class Talk:
    """A session in which the agent says what it is asked to say."""

    def __init__(self, ready: NavaiSession, stand_in: RealtimeStandIn, session: RealtimeSession, speaker: Speaker) -> None:
        self.ready = ready
        self.stand_in = stand_in
        self.session = session
        self.speaker = speaker

    async def say(self, *texts: str) -> None:
        for text in texts:
            await self.session.send_message(text)
            async with asyncio.timeout(20):
                async for event in self.session:
                    if event.type == "agent_end":
                        break

    async def send(self, **event: Any) -> None:
        """An event of the realtime server."""
        await self.stand_in.send(self.stand_in.conversations[0], **event)


@contextlib.asynccontextmanager
async def talking(url: str, play: Any, *, client_class: Any = AsyncNavaiBackendClient, **inputs: Any) -> AsyncIterator[Talk]:
    stand_in = RealtimeStandIn(lambda conversation: str(conversation.items[-1]["content"][0]["text"]))
    async with contextlib.AsyncExitStack() as stack:
        realtime = await stack.enter_async_context(stand_in.running())
        client: Any = client_class(url, max_retries=0)
        if isinstance(client, NavaiBackendClient):
            stack.enter_context(client)
        else:
            await stack.enter_async_context(client)
        ready = await open_session(client, navigate=print, routes=ROUTES, model_config={"url": realtime})
        session = await stack.enter_async_context(await ready.run())
        speaker = await stack.enter_async_context(ready.speaking(session, play, **inputs))
        yield Talk(ready, stand_in, session, speaker)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (nothing tells what a backend has received)
            await asyncio.sleep(0.005)


def test_each_text_is_heard_in_order(backend: LocalBackend) -> None:
    async def main() -> None:
        player = Player()
        async with talking(backend.url, player, voice_id="v") as talk:
            assert talk.ready.speech == SpeechConfig("elevenlabs")
            await talk.say("One.", "Two.", "Three.")
            # All are synthesized at once, and played one after the other.
            await until(lambda: len(backend.spoken) == 3 and len(player.begun) == 1)
            player.go_on.set()
            await until(lambda: len(player.ended) == 3)
        assert player.begun == player.ended
        assert player.cancelled == 0

    asyncio.run(main())
    assert backend.spoken == ["One.", "Two.", "Three."]
    assert [request.json["voiceId"] for request in backend.requests if "speech" in request.path] == ["v"] * 3


def test_they_are_played_in_the_order_of_the_texts_however_long_each_takes(backend: LocalBackend) -> None:
    async def main() -> list[bytes]:
        played: list[bytes] = []
        async with talking(backend.url, lambda speech: played.append(speech.audio)) as talk:
            for encoded in ("QQ==", "Qg==", "Qw=="):
                backend.respond_next(200, SPOKEN | {"audioBase64": encoded})
            await talk.say("One.", "Two.", "Three.")
            await until(lambda: len(played) == 3)
        return played

    assert asyncio.run(main()) == [b"A", b"B", b"C"]


@pytest.mark.parametrize("kind", ["input_audio_buffer.speech_started", "conversation.item.input_audio_transcription.started"])
def test_the_user_interrupts(backend: LocalBackend, kind: str) -> None:
    async def main() -> None:
        player = Player()
        async with talking(backend.url, player) as talk:
            await talk.say("One.", "Two.")
            await until(lambda: len(player.begun) == 1 and len(backend.spoken) == 2)
            await talk.send(type=kind, item_id="item", audio_start_ms=0)
            await until(lambda: player.cancelled == 1)
            player.go_on.set()
            await talk.say("Three.")
            await until(lambda: len(player.ended) == 1)
        assert len(player.begun) == 2  # Two was never played.

    asyncio.run(main())
    assert backend.spoken == ["One.", "Two.", "Three."]


def test_a_cancelled_response_is_an_interruption_too(backend: LocalBackend) -> None:
    async def main() -> None:
        player = Player()
        async with talking(backend.url, player) as talk:
            await talk.say("One.")
            await until(lambda: len(player.begun) == 1)
            output = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Half a"}]}]
            await talk.send(type="response.done", response={"id": "r", "status": "cancelled", "output": output})
            await until(lambda: player.cancelled == 1)

    asyncio.run(main())
    assert backend.spoken == ["One."]


def test_a_text_that_comes_with_the_response_only_is_spoken_once(backend: LocalBackend) -> None:
    def output(*texts: str) -> list[dict[str, Any]]:
        parts = [{"type": "output_text", "text": text} for text in texts]
        return [
            {"type": "message", "role": "user", "content": [{"type": "output_text", "text": "mine"}]},
            {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c", "id": "i"},
            {"type": "message", "role": "assistant", "content": parts},
        ]

    async def main() -> None:
        player = Player()
        player.go_on.set()
        async with talking(backend.url, player) as talk:
            await talk.send(type="response.output_text.done", response_id="r1", item_id="i", text=" A ")
            await talk.send(type="response.done", response={"id": "r1", "status": "completed", "output": output("A")})
            await talk.send(type="response.done", response={"id": "r2", "status": "completed", "output": output("B", " ", "C")})
            await until(lambda: len(player.ended) == 3)

    asyncio.run(main())
    assert backend.spoken == ["A", "B", "C"]


def test_a_failure_is_told_and_the_conversation_goes_on(backend: LocalBackend, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> list[bytes]:
        played: list[bytes] = []

        def play(speech: SynthesizedSpeech) -> None:
            if not played:
                played.append(b"")
                raise OSError("No speaker")
            played.append(speech.audio)

        async with talking(backend.url, play) as talk:
            backend.respond_next(500, {"error": "ElevenLabs is\ntired"})
            backend.respond_next(200, SPOKEN | {"audioBase64": "Qg=="})
            backend.respond_next(200, SPOKEN)
            await talk.say("One.", "Two.", "Three.")
            await until(lambda: len(played) == 2)
        return played

    with caplog.at_level(logging.WARNING, "navai"):
        assert asyncio.run(main()) == [b"", b"ID3"]
    assert [record.getMessage() for record in caplog.records if record.name == "navai"] == [
        "What the agent says could not be synthesized: HTTP 500: ElevenLabs is tired",
        "What the agent says could not be played: No speaker",
    ]


def test_what_is_no_error_of_ours_is_told_too(backend: LocalBackend, caplog: pytest.LogCaptureFixture) -> None:
    """For example what a hook of the caller's own HTTP client raises."""

    async def main() -> None:
        async def failing(_: str) -> SynthesizedSpeech:
            raise ZeroDivisionError("a hook failed")

        speaker = Speaker(failing, print)
        speaker.speak("One.")
        await speaker.wait()

    with caplog.at_level(logging.WARNING, "navai"):
        asyncio.run(main())
    assert [record.getMessage() for record in caplog.records if record.name == "navai"] == [
        "What the agent says could not be synthesized: a hook failed"
    ]


def test_interruptions_at_any_moment_leave_no_coroutine_behind() -> None:
    """It would be a RuntimeWarning, which is an error here."""

    class Playing:
        async def __call__(self, _: SynthesizedSpeech) -> None:
            await asyncio.sleep(0)

    async def play(_: SynthesizedSpeech) -> None:
        await asyncio.sleep(0)

    async def synthesize(_: str) -> SynthesizedSpeech:
        return SynthesizedSpeech("elevenlabs", "audio/mpeg", b"")

    async def main() -> None:
        for player in (play, Playing()):
            speaker = Speaker(synthesize, player)
            for turns in range(200):
                speaker.speak("One.")
                for _ in range(turns % 8):
                    await asyncio.sleep(0)
                speaker.interrupt()
            await speaker.wait()
        gc.collect()

    asyncio.run(main())


def test_a_thread_that_cannot_be_started_mutes_one_text_only(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[bytes] = []

    async def synthesize(text: str) -> SynthesizedSpeech:
        return SynthesizedSpeech("elevenlabs", "audio/mpeg", text.encode())

    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def main() -> None:
        speaker = Speaker(synthesize, lambda speech: played.append(speech.audio))
        with monkeypatch.context() as broken:
            broken.setattr(threading.Thread, "start", no_thread)
            speaker.speak("One.")
            await speaker.wait()
        speaker.speak("Two.")
        async with asyncio.timeout(20):
            await speaker.wait()

    asyncio.run(main())
    assert played == [b"Two."]


def test_what_is_done_in_the_session_is_heeded_until_the_block_ends(backend: LocalBackend) -> None:
    async def main() -> None:
        player = Player()
        async with talking(backend.url, player) as talk:
            listeners = talk.session.model._listeners  # type: ignore[attr-defined]
            assert any(type(listener).__name__ == "SpeechListener" for listener in listeners)
            await talk.send(type="response.text.done", response_id="r1", item_id="i", text="A")  # As older servers say it.
            await until(lambda: len(player.begun) == 1)
            for listener in listeners:
                if type(listener).__name__ == "SpeechListener":
                    await listener.on_event(RealtimeModelAudioInterruptedEvent(item_id="i", content_index=0))
            await until(lambda: player.cancelled == 1)
        assert not any(type(listener).__name__ == "SpeechListener" for listener in listeners)

    asyncio.run(main())


def test_refusals_show_nothing_of_the_inputs(backend: LocalBackend) -> None:
    async def main() -> None:
        async with talking(backend.url, print, voice="v", extra_headers={"X-Key": HEADER}):
            pass

    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(main())
    frames = [str(entry.frame.f_locals) for entry in caught.traceback if "wrapper/navai" in str(entry.path)]
    assert_nothing_planted([str(caught.value), *frames])


def test_a_sync_player_is_never_called_twice_at_once(backend: LocalBackend) -> None:
    """Nothing can stop its thread: what follows an interruption waits for it."""
    playing: list[str] = []
    go_on = threading.Event()

    def play(speech: SynthesizedSpeech) -> None:
        playing.append("begins")
        go_on.wait(20)
        playing.append("ends")

    async def main() -> None:
        async with talking(backend.url, play) as talk:
            talk.speaker.speak("One.")
            await until(lambda: playing == ["begins"])
            talk.speaker.interrupt()
            talk.speaker.speak("Two.")
            await until(lambda: len(backend.spoken) == 2)
            await asyncio.sleep(0.05)
            assert playing == ["begins"]
            go_on.set()
            await talk.speaker.wait()

    asyncio.run(main())
    assert playing == ["begins", "ends", "begins", "ends"]


def test_the_end_of_the_block_drops_the_rest_and_leaves_nothing_behind(backend: LocalBackend) -> None:
    async def main() -> None:
        player = Player()
        before = threading.active_count()
        async with talking(backend.url, player) as talk:
            await talk.say("One.", "Two.")
            await until(lambda: len(player.begun) == 1)
        assert player.cancelled == 1
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert threading.active_count() <= before + 1

    asyncio.run(main())


def test_a_session_that_speaks_by_itself_is_left_alone(navai_backend: LocalBackend) -> None:
    async def main() -> None:
        async with talking(navai_backend.url, print) as talk:
            assert talk.ready.speech == SpeechConfig("openai")
            await talk.send(type="response.output_text.done", response_id="r1", item_id="i", text="A")
            await talk.say("One.")

    asyncio.run(main())
    assert navai_backend.spoken == []


def test_one_can_say_more_and_wait_until_it_was_heard(backend: LocalBackend) -> None:
    async def main() -> None:
        player = Player()
        async with talking(backend.url, player) as talk:
            await talk.say("One.")
            talk.speaker.speak("Goodbye.")
            await until(lambda: len(player.begun) == 1)
            waiting = asyncio.create_task(talk.speaker.wait())
            await asyncio.sleep(0.05)
            assert not waiting.done()
            player.go_on.set()
            await waiting
            assert len(player.ended) == 2

    asyncio.run(main())
    assert backend.spoken == ["One.", "Goodbye."]


def test_a_sync_client_speaks_too(backend: LocalBackend) -> None:
    async def main() -> None:
        player = Player()
        player.go_on.set()
        async with talking(backend.url, player, client_class=NavaiBackendClient) as talk:
            await talk.say("One.")
            await until(lambda: len(player.ended) == 1)

    asyncio.run(main())
    assert backend.spoken == ["One."]


def test_wrong_arguments_are_refused(backend: LocalBackend) -> None:
    async def main(play: Any, **inputs: Any) -> None:
        async with talking(backend.url, play, **inputs):
            pass

    with pytest.raises(ConfigurationError, match="play must be a function that takes a SynthesizedSpeech"):
        asyncio.run(main("speaker"))
    with pytest.raises(ConfigurationError, match=r"^speaking\(\) takes no 'voice'; it takes voice_id, model_id, "):
        asyncio.run(main(print, voice="v"))
    with pytest.raises(ConfigurationError, match=r"^voice_settings must be a VoiceSettings, not \{'stability': 0\.5\}"):
        asyncio.run(main(print, voice_settings={"stability": 0.5}))
    with pytest.raises(ConfigurationError, match="deadline must be a positive number of seconds"):
        asyncio.run(main(print, deadline=-1))


def test_a_session_that_is_not_awaited_is_refused(backend: LocalBackend) -> None:
    async def main() -> None:
        async with AsyncNavaiBackendClient(backend.url) as client:
            ready = await open_session(client, navigate=print, routes=ROUTES)
            running: Any = ready.run()
            try:
                async with ready.speaking(running, print):
                    pass
            finally:
                running.close()

    with pytest.raises(
        ConfigurationError, match=r"^session must be what run\(\) returned, not coroutine: write `async with await "
    ):
        asyncio.run(main())


def test_what_cannot_be_spoken_is_refused_at_once(backend: LocalBackend) -> None:
    async def main() -> None:
        async with talking(backend.url, print) as talk:
            words: Any
            for words in (None, b"x", 5):
                with pytest.raises(ConfigurationError, match="text must be a string"):
                    talk.speaker.speak(words)
            with pytest.raises(ConfigurationError, match="text is blank"):
                talk.speaker.speak(" ")
        with pytest.raises(ConfigurationError, match="This speaker has ended"):
            talk.speaker.speak("Too late.")

    asyncio.run(main())
    assert backend.spoken == []


@pytest.mark.usefixtures("express")
def test_the_real_express_backend_speaks() -> None:
    async def main() -> list[bytes]:
        played: list[bytes] = []
        with ExpressBackend(backend_options=ELEVENLABS) as backend:
            async with talking(backend.url, lambda speech: played.append(speech.audio)) as talk:
                await talk.say("Hola.", "Adiós.")
                await until(lambda: len(played) == 2)
            assert backend.upstream()[0]["body"]["session"]["output_modalities"] == ["text"]
        return played

    assert asyncio.run(main()) == [b"audio of Hola.", "audio of Adiós.".encode()]
