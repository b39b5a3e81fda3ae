"""A stand-in for OpenAI's Realtime server, so that the voice agent can be tried, and tested, without a key.

It speaks the protocol's events over a real WebSocket; in place of the model there is a function that looks at the conversation and
says something, or calls tools. The one here understands "open PLACE", "call FUNCTION {JSON}", "talk to SPECIALIST", and tells what
it can do.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed


@dataclass
class Conversation:
    """What one session has said so far.

    Attributes:
        items: Messages, tool calls and their outputs, as the protocol has them.
        session: The session as it was last updated: instructions, tools.
        secret: What the session was opened with.
    """

    items: list[dict[str, Any]] = field(default_factory=list)
    session: dict[str, Any] = field(default_factory=dict)
    secret: str = ""

    @property
    def tools(self) -> list[str]:
        return [tool["name"] for tool in self.session.get("tools", [])]

    def last(self, kind: str) -> dict[str, Any]:
        return next(item for item in reversed(self.items) if item["type"] == kind)


# What the model does next: words to say, or tools to call, each with its arguments.
Turn = str | list[tuple[str, dict[str, Any]]]
Model = Callable[[Conversation], Turn | Awaitable[Turn]]


def obedient(conversation: Conversation) -> Turn:
    """Does what it is told, in so many words."""
    item = conversation.items[-1]
    if item["type"] == "function_call_output":
        return f"I got {item['output']}"
    text = " ".join(part.get("text") or part.get("transcript") or "" for part in item.get("content", []))
    if place := re.search(r"\b(?:open|go to) (.+)", text, re.IGNORECASE):
        return [("navigate_to", {"target": place[1]})]
    if called := re.search(r"\bcall (\S+)\s*(\{.*\})?", text, re.IGNORECASE):
        payload = json.loads(called[2]) if called[2] else None
        if called[1] in conversation.tools:
            return [(called[1], {"payload": payload})]
        return [("execute_app_function", {"function_name": called[1], "payload": payload})]
    if asked := re.search(r"\btalk to (?:the )?(.+)", text, re.IGNORECASE):
        return [(f"transfer_to_{asked[1].lower().replace(' ', '_')}", {})]
    return f"I can use {', '.join(conversation.tools)}."


class RealtimeStandIn:
    """The server. ``async with RealtimeStandIn().running() as url:`` serves meanwhile, and `url` is its address.

    Args:
        model: What stands in for the model.
        speaks: Whether it answers in sound (silence, with a transcript) rather than in text, if the session does not say.
    """

    def __init__(self, model: Model = obedient, *, speaks: bool = True) -> None:
        self.model = model
        self.conversations: list[Conversation] = []
        self._speaks = speaks
        self._connections: dict[int, ServerConnection] = {}
        self._responding: dict[int, asyncio.Task[None]] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[str]:
        """Serves meanwhile; gives the address."""
        async with serve(self._serve, "127.0.0.1", 0) as server:
            yield f"ws://127.0.0.1:{_port(server)}/v1/realtime"

    async def send(self, conversation: Conversation, **event: Any) -> None:
        """Sends one more event to a session."""
        await self._connections[id(conversation)].send(json.dumps({"event_id": _new("event"), **event}))

    async def _serve(self, connection: ServerConnection) -> None:
        headers = connection.request.headers if connection.request is not None else {}
        conversation = Conversation(secret=headers.get("Authorization", "").removeprefix("Bearer "))
        self.conversations.append(conversation)
        self._connections[id(conversation)] = connection
        session = {"type": "realtime", "object": "realtime.session", "id": _new("sess"), "model": "stand-in"}
        await self.send(conversation, type="session.created", session=session)
        try:
            async for message in connection:
                await self._take(conversation, json.loads(message))
        except ConnectionClosed:
            pass
        finally:
            if task := self._responding.pop(id(conversation), None):
                task.cancel()

    async def _take(self, conversation: Conversation, event: dict[str, Any]) -> None:
        if event["type"] == "session.update":
            conversation.session |= event["session"]
            await self.send(conversation, type="session.updated", session={"type": "realtime", "model": "stand-in"})
        elif event["type"] == "conversation.item.create":
            item = {"id": _new("item"), "object": "realtime.item", "status": "completed", **event["item"]}
            conversation.items.append(item)
            await self.send(conversation, type="conversation.item.added", previous_item_id=None, item=item)
        elif event["type"] == "response.create":
            self._responding[id(conversation)] = asyncio.create_task(self._respond(conversation))
        elif event["type"] == "response.cancel" and (task := self._responding.pop(id(conversation), None)):
            task.cancel()

    async def _respond(self, conversation: Conversation) -> None:
        response = {"id": _new("resp"), "object": "realtime.response", "status": "in_progress", "output": []}
        with contextlib.suppress(ConnectionClosed):
            await self.send(conversation, type="response.created", response=response)
            try:
                turn = self.model(conversation)
                turn = turn if isinstance(turn, str | list) else await turn
                if isinstance(turn, str):
                    await self._say(conversation, response["id"], turn)
                else:
                    for index, (name, arguments) in enumerate(turn):
                        await self._call(conversation, response["id"], index, name, arguments)
                response["status"] = "completed"
            except asyncio.CancelledError:
                response["status"] = "cancelled"
            await self.send(conversation, type="response.done", response=response)

    async def _say(self, conversation: Conversation, response: Any, words: str) -> None:
        where = {"response_id": response, "item_id": _new("item"), "output_index": 0, "content_index": 0}
        item: dict[str, Any] = {
            "id": where["item_id"],
            "object": "realtime.item",
            "type": "message",
            "role": "assistant",
            "content": [],
        }
        out = {"response_id": response, "output_index": 0}
        await self.send(conversation, type="response.output_item.added", **out, item=item | {"status": "in_progress"})
        speaks = "audio" in conversation.session.get("output_modalities", ["audio"] if self._speaks else [])
        if speaks:
            silence = base64.b64encode(bytes(4800)).decode()  # 0.1 s of PCM16 at 24 kHz
            for word in re.findall(r"\S+\s*", words):
                await self.send(conversation, type="response.output_audio.delta", **where, delta=silence)
                await self.send(conversation, type="response.output_audio_transcript.delta", **where, delta=word)
            await self.send(conversation, type="response.output_audio.done", **where)
        else:
            await self.send(conversation, type="response.output_text.delta", **where, delta=words)
            await self.send(conversation, type="response.output_text.done", **where, text=words)
        item |= {
            "status": "completed",
            "content": [{"type": "output_audio", "transcript": words} if speaks else {"type": "output_text", "text": words}],
        }
        conversation.items.append(item)
        await self.send(conversation, type="response.output_item.done", **out, item=item)

    async def _call(self, conversation: Conversation, response: Any, index: int, name: str, arguments: dict[str, Any]) -> None:
        call = {
            "id": _new("item"),
            "object": "realtime.item",
            "type": "function_call",
            "status": "completed",
            "call_id": _new("call"),
        }
        call |= {"name": name, "arguments": json.dumps(arguments)}
        conversation.items.append(call)
        await self.send(conversation, type="response.output_item.done", response_id=response, output_index=index, item=call)


_numbers = itertools.count(1)


def _new(kind: str) -> str:
    return f"{kind}_{next(_numbers)}"


def _port(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port
