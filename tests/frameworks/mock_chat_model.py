"""A mock of a model: Chat Completions on this machine, with turns that a test writes down. A real model would need a key."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

# What the model says, or the tools that it calls with their arguments.
Turn = str | list[tuple[str, dict[str, Any]]]

# Frameworks leave the connections of their clients of OpenAI to the garbage collector, which would warn of them.
CLOSE = {"Connection": "close"}


class MockChatModel:
    """Takes these turns, one for each request.

    Attributes:
        requests: The JSON of each request, in order.
    """

    def __init__(self, *turns: Turn) -> None:
        self._turns = list(turns)
        self.requests: list[dict[str, Any]] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serves at the address that it yields, the base URL for a client of OpenAI."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        finally:
            await runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        turn = self._turns[len(self.requests)]
        self.requests.append(body)
        message = self._message(turn)
        reason = "stop" if isinstance(turn, str) else "tool_calls"
        answer = {"id": "mock", "created": 0, "model": body["model"], "system_fingerprint": "mock"}
        if not body.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": reason}
            return web.json_response(answer | {"object": "chat.completion", "choices": [choice]}, headers=CLOSE)
        response = web.StreamResponse(headers=CLOSE | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        # A call in each chunk, as OpenAI does; Pipecat reads no more.
        deltas = [message | {"tool_calls": [call]} for call in message["tool_calls"]] if "tool_calls" in message else [message]
        for delta, finish_reason in [*((delta, None) for delta in deltas), ({}, reason)]:
            choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
            chunk = answer | {"object": "chat.completion.chunk", "choices": [choice]}
            await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    def _message(self, turn: Turn) -> dict[str, Any]:
        if isinstance(turn, str):
            return {"role": "assistant", "content": turn}
        number = len(self.requests)
        calls = [
            {
                "index": index,
                "id": f"call_{number}_{index}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            for index, (name, arguments) in enumerate(turn)
        ]
        return {"role": "assistant", "content": None, "tool_calls": calls}

    def told(self, request: int) -> list[Any]:
        """What the tools had told the model by its request of that number, in the order of its calls."""
        messages = [message for message in self.requests[request]["messages"] if message["role"] == "tool"]
        return [json.loads(message["content"]) for message in sorted(messages, key=lambda message: str(message["tool_call_id"]))]


# Functions of the Express backend: one call that works, one that fails, one that is refused.
CALLS: Turn = [
    ("send_email", {"payload": {"to": "user@example.com", "subject": "Hello"}}),
    ("send_email", {"payload": {"to": "nobody"}}),
    ("send_email", {"to": "user@example.com"}),
]


def assert_told(model: MockChatModel) -> None:
    """Asserts that the functions were offered to the model, and that it was told what came of these calls."""
    (offered,) = [tool for tool in model.requests[0]["tools"] if tool["function"]["name"] == "send_email"]
    parameters = offered["function"]["parameters"]
    assert (list(parameters["properties"]), parameters["required"]) == (["payload"], ["payload"])
    sent, failed, refused = model.told(1)
    assert sent == {
        "ok": True,
        "function_name": "send_email",
        "source": "src/ai/functions-modules/email.js#send_email",
        "result": {"messageId": "abc123", "to": "user@example.com", "subject": "Hello"},
    }
    assert failed == {
        "ok": False,
        "function_name": "send_email",
        "error": "Function execution failed.",
        "details": "HTTP 500: nobody is not a valid email",
    }
    refusal = 'Nothing was executed: this tool takes no argument "to". Pass the function\'s arguments inside payload.'
    assert refused == {"ok": False, "error": refusal}
