"""A voice agent in Python, as the documentation page's last example builds one, to be talked to from a terminal.

    python -m examples.voice_agent                      type to it; in place of OpenAI and your backend there are stand-ins
    python -m examples.voice_agent --backend URL        your backend creates the secret, and OpenAI answers
    python -m examples.voice_agent --demo               a conversation that ends by itself

Without --backend it needs no key. With the package sounddevice and a microphone, it listens and speaks as well. What a backend
speaks (by ElevenLabs, in place of which there is a stand-in) goes into files.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator
from typing import Any

from agents.realtime import RealtimeSession, RealtimeSessionEvent

from examples.backend import FUNCTIONS
from examples.realtime_stand_in import RealtimeStandIn
from examples.sound import Files, sound
from navai import AsyncNavaiBackendClient
from navai.agents import NavaiAgentConfig, NavaiRoute, NavaiSession, Speaker, open_session
from navai.testing import LocalBackend
from tests.express.backend import ELEVENLABS, ExpressBackend

ROUTES = [
    NavaiRoute("Profile", "/profile", "Who you are", synonyms=["my account", "perfil"]),
    NavaiRoute("Settings", "/settings", "How the app behaves", synonyms=["ajustes"]),
]

DEMO = [
    "What can you do?",
    'Please call send_email {"to": "user@example.com", "subject": "Hello"}',
    "Call local_time",
    "Now open my account",
    "Let me talk to the food specialist",
    "Call recommend_meal",
]


def local_time() -> str:
    """Tells the time in this program, not in the backend."""
    return "noon"


def navigate(path: str) -> None:
    print(f"  app    shows {path}")


def recommend_meal() -> str:
    """Recommends what to eat."""
    return "soup"


FOOD = NavaiAgentConfig("Food specialist", [recommend_meal], description="Knows what to eat.")
MAIN = NavaiAgentConfig("Navai", [local_time], is_primary=True)


class Conversation:
    """Prints what happens, and knows when the agent has finished its turn."""

    def __init__(self, session: RealtimeSession, speaker: Speaker) -> None:
        self._session = session
        self._speaker = speaker
        self._last: Any = None

    async def say(self, text: str) -> None:
        """Says something, and waits for what comes of it."""
        print(f"  you    {text}")
        await self._session.send_message(text)
        async for event in self._session:
            self._show(event)
            if event.type == "error":
                sys.exit(f"The session failed: {event.error}")
            # A turn that called tools is followed by one that tells what came of it.
            if event.type == "agent_end" and getattr(self._last, "role", None) == "assistant":
                await self._speaker.wait()
                return

    def _show(self, event: RealtimeSessionEvent) -> None:
        if event.type == "tool_start":
            print(f"  calls  {event.tool.name} {event.arguments}")
        elif event.type == "tool_end":
            print(f"  gets   {event.output}")
        elif event.type == "handoff":
            print(f"  agent  hands off to {event.to_agent.name}")
        elif event.type == "history_added":
            self._last = event.item
        elif event.type == "history_updated" and event.history:
            self._last = event.history[-1]
        elif event.type == "agent_end" and getattr(self._last, "role", None) == "assistant":
            parts = (part.transcript if part.type == "audio" else part.text for part in self._last.content)
            print(f"  agent  {' '.join(part or '' for part in parts)}")


@contextlib.asynccontextmanager
async def opened(backend_url: str, realtime_url: str | None) -> AsyncGenerator[NavaiSession]:
    """A session with the backend, over the realtime server or its stand-in."""
    async with AsyncNavaiBackendClient(backend_url) as client:
        config: Any = {} if realtime_url is None else {"url": realtime_url}
        yield await open_session(client, navigate=navigate, routes=ROUTES, agents=[MAIN, FOOD], model_config=config)


async def talk(opened_session: NavaiSession, turns: list[str] | None) -> None:
    for warning in opened_session.warnings:
        print(f"  note   {warning}")
    async with await opened_session.run() as session, opened_session.speaking(session, Files()) as speaker:
        conversation = Conversation(session, speaker)
        if turns is not None:
            for turn in turns:
                await conversation.say(turn)
            return
        with sound(session):
            print("Say something; an empty line ends.")
            while text := (await asyncio.to_thread(sys.stdin.readline)).strip():
                await conversation.say(text)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--backend", metavar="URL", help='your backend; "express" starts the real npm backend, with the stand-in for OpenAI'
    )
    parser.add_argument("--demo", action="store_true", help="a conversation that ends by itself")
    given = parser.parse_args()
    turns = DEMO if given.demo else None
    async with contextlib.AsyncExitStack() as stack:
        realtime_url = None
        if given.backend in (None, "express"):
            realtime_url = await stack.enter_async_context(RealtimeStandIn().running())
            if given.backend is None:
                given.backend = stack.enter_context(LocalBackend(FUNCTIONS)).url
            else:
                given.backend = stack.enter_context(ExpressBackend(backend_options=ELEVENLABS)).url
        await talk(await stack.enter_async_context(opened(given.backend, realtime_url)), turns)


if __name__ == "__main__":
    asyncio.run(main())
