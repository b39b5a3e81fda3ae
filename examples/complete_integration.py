"""Complete integration, the backend's half: all that an agent needs, asked for at once. (The agent itself is a later chapter.)"""

import asyncio

from navai import AsyncNavaiBackendClient


async def main() -> None:
    # Create client; it reads NAVAI_API_URL
    async with AsyncNavaiBackendClient(deadline=10) as client:
        # Get ephemeral key and functions
        secret, result = await asyncio.gather(
            client.create_client_secret(model="gpt-4o-realtime-preview-2024-12-17"),
            client.list_functions(),
        )

        # Build agent: its tools are the backend's functions
        tools = {function.name: function.description for function in result.functions}
        print(f"Session with {secret}")
        print(f"Tools: {tools}")

        # Whenever the model calls a tool
        print(await client.execute_function("send_email", {"to": "user@example.com", "subject": "Hello"}))


asyncio.run(main())
