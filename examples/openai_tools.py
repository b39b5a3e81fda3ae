"""A question that OpenAI's model answers with the functions of your backend.

    OPENAI_API_KEY=... NAVAI_API_URL=... python examples/openai_tools.py "Send user@example.com a hello."

Needs the package openai.
"""

import asyncio
import sys
from typing import Any

from openai import AsyncOpenAI

from navai import AsyncNavaiBackendClient
from navai.tools import Tools, backend_tools


async def answer(tools: Tools, question: str) -> str | None:
    messages: list[Any] = [{"role": "user", "content": question}]
    async with AsyncOpenAI() as openai:
        while True:
            completion = await openai.chat.completions.create(model="gpt-5-mini", messages=messages, tools=tools.as_openai("chat"))
            message = completion.choices[0].message
            messages.append(message)
            if not message.tool_calls:
                return message.content
            for call in message.tool_calls:
                if call.type == "function":
                    text = await tools.call(call.function.name, call.function.arguments)
                    messages.append({"role": "tool", "tool_call_id": call.id, "content": text})


async def main() -> None:
    async with AsyncNavaiBackendClient() as client:
        tools = await backend_tools(client)
        for warning in tools.warnings:
            print(warning, file=sys.stderr)
        print(await answer(tools, sys.argv[1]))


if __name__ == "__main__":
    asyncio.run(main())
