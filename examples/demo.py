"""Walks through the documentation page's examples, showing each call and its outcome: `make demo`."""

from __future__ import annotations

import argparse
import contextlib
import socket
import sys
from typing import Any

from examples.backend import CUSTOM_PATHS, FUNCTIONS
from navai import BackendFunctionsResult, NavaiBackendClient, NavaiError
from navai.testing import LocalBackend
from tests.express.backend import ELEVENLABS, ExpressBackend

# By the names that the Express package gives its options.
EXPRESS_PATHS = {
    "clientSecretPath": CUSTOM_PATHS["client_secret_path"],
    "functionsListPath": CUSTOM_PATHS["functions_list_path"],
    "functionsExecutePath": CUSTOM_PATHS["functions_execute_path"],
}

COLOUR = sys.stdout.isatty()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", choices=["local", "express"], default="local", help="navai.testing, or the npm package")
    kind = parser.parse_args().backend
    with contextlib.ExitStack() as stack:
        express = kind == "express"
        backend: Any = stack.enter_context(
            ExpressBackend(backend_options=ELEVENLABS) if express else LocalBackend(FUNCTIONS, speech_provider="elevenlabs")
        )
        elsewhere: Any = stack.enter_context(
            ExpressBackend(routes=EXPRESS_PATHS) if express else LocalBackend(FUNCTIONS, **CUSTOM_PATHS)
        )
        what = (
            "the real @navai/voice-backend on Express; only OpenAI and ElevenLabs are played"
            if express
            else "navai.testing; its secrets are fake, and its speech is a tone"
        )
        print(styled("1", "The documentation page's examples, in Python"))
        print(f"Backend: {backend.url} ({what})")
        walk(stack, backend.url, elsewhere.url)


def walk(stack: contextlib.ExitStack, url: str, custom_url: str) -> None:
    """Shows the examples in the page's order."""
    client = title(stack, "Basic usage", f'client = NavaiBackendClient("{url}")')
    show(client, "client.create_client_secret()")
    show(client, "client.list_functions()")
    show(client, 'client.execute_function("send_email", {"to": "user@example.com", "subject": "Hello"})')

    client = title(stack, "Environment variables", f'client = NavaiBackendClient(env={{"NAVAI_API_URL": "{url}"}})')
    show(client, "client")

    arguments = "".join(f', {name}="{path}"' for name, path in CUSTOM_PATHS.items())
    client = title(stack, "Custom paths", f'client = NavaiBackendClient("{custom_url}"{arguments})')
    show(client, "client.create_client_secret()")
    show(client, 'client.execute_function("send_email", {"to": "user@example.com"})')

    client = title(stack, "Model override", f'client = NavaiBackendClient("{url}")')
    show(client, 'client.create_client_secret(model="gpt-4o-realtime-preview-2024-12-17", voice="alloy")')

    client = title(stack, "Executing backend functions", f'client = NavaiBackendClient("{url}")')
    show(client, 'client.execute_function("create_order", {"items": [{"id": 1, "quantity": 2}], "userId": "123"})')

    client = title(stack, "A failing function", f'client = NavaiBackendClient("{url}")')
    show(client, 'client.execute_function("send_email", {"to": "invalid"})')
    show(client, 'client.execute_function("fails")')
    show(client, 'client.execute_function("no_such_function")')

    client = title(stack, "Speech", f'client = NavaiBackendClient("{url}")')
    show(client, "client.create_client_secret().speech")
    show(client, 'client.synthesize_speech("Hello!")')

    client = title(
        stack, "An unreachable backend", f'client = NavaiBackendClient("http://127.0.0.1:{unused_port()}", max_retries=0)'
    )
    show(client, "client.list_functions()")
    show(client, "client.create_client_secret()")

    title(stack, "A mistake, refused before anything is sent")
    show(None, 'NavaiBackendClient("localhost:3000")')


def title(stack: contextlib.ExitStack, text: str, code: str = "") -> Any:
    """Begins a chapter; `code` assigns its client, is shown and run, and the client closed at the end."""
    print(f"\n{styled('1', text)}")
    if not code:
        return None
    print(styled("36", f"  >>> {code}"))
    return stack.enter_context(run(code.removeprefix("client = "), None))


def show(client: Any, code: str) -> None:
    """Shows a call, runs it, and shows what came of it."""
    print(styled("36", f"  >>> {code}"))
    try:
        outcome = run(code, client)
    except NavaiError as error:
        print(styled("31", f"  {type(error).__name__}: {error}"))
        return
    if isinstance(outcome, BackendFunctionsResult):
        for function in outcome.functions:
            print(f"  {function.name:<14} {function.description}")
        for warning in outcome.warnings:
            print(styled("33", f"  warning: {warning}"))
    else:
        print(f"  {outcome!r}")


def run(code: str, client: Any) -> Any:
    # What is shown is what is run.
    return eval(code, {"client": client, "NavaiBackendClient": NavaiBackendClient})  # noqa: S307 (our own text)


def unused_port() -> int:
    """A port of this machine where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def styled(style: str, text: str) -> str:
    """`text` with an ANSI style, on a terminal."""
    return f"\033[{style}m{text}\033[0m" if COLOUR else text


if __name__ == "__main__":
    main()
