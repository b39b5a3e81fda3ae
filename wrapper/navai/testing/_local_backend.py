"""The local backend, which implements the contract over real HTTP."""

import asyncio
import contextlib
import itertools
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import unquote, urlsplit

from navai._contract.operations import Operation, create_client_secret, execute_function, list_functions, synthesize_speech
from navai._options.settings import Settings
from navai.testing._functions import Answer, Functions, answer
from navai.testing._recorded import RecordedCall, RecordedRequest
from navai.testing._scripted import ScriptedAnswer, scripted_answer
from navai.testing._speech import Speech

try:
    from aiohttp import web
except ModuleNotFoundError as error:
    if error.name != "aiohttp":  # It is installed, but one of its own dependencies is missing.
        raise
    raise ImportError("navai.testing needs an extra: pip install 'navai-sdk[testing]'") from error

# How many seconds `stop` waits for cancelled functions.
_PATIENCE = 2.0

_F = TypeVar("_F", bound=Callable[..., Any])


class LocalBackend:
    """A Navai backend on this machine that serves Python functions. Use it as a context manager.

    A function is called with the entries of the payload as keyword arguments; a sync function runs in a thread of its own. What it
    returns is sent as JSON. `FunctionFailure` makes an answer with ``ok: false``; anything else that it raises, even by
    ``pytest.fail`` or ``sys.exit()``, one with status 500 that says what happened.
    Client secrets are fake: ``ek_fake_...``. Speech is a short tone, as WAV.

    Args:
        functions: A list of functions, or a mapping from names to functions.
        warnings: The warnings in the listing.
        client_secret_path: As for the client: the path of the client secret endpoint, which may have a query.
        functions_list_path: As for the client.
        functions_execute_path: As for the client.
        speech_synthesize_path: As for the client.
        speech_provider: Who speaks for the agents of sessions, as client secrets say it: ``"openai"`` or ``"elevenlabs"``. Speech
            is synthesized for either.
    """

    __module__ = "navai.testing"

    def __init__(
        self,
        functions: Iterable[Callable[..., Any]] | Mapping[str, Callable[..., Any]] = (),
        *,
        warnings: Iterable[str] = (),
        client_secret_path: str | None = None,
        functions_list_path: str | None = None,
        functions_execute_path: str | None = None,
        speech_synthesize_path: str | None = None,
        speech_provider: str = "openai",
    ) -> None:
        self.warnings: list[str] = list(warnings)
        #: All requests, in the order of arrival.
        self.requests: list[RecordedRequest] = []
        self._functions = Functions(functions)
        self._paths = {
            "client_secret_path": client_secret_path,
            "functions_list_path": functions_list_path,
            "functions_execute_path": functions_execute_path,
            "speech_synthesize_path": speech_synthesize_path,
        }
        self._speech = Speech()
        if speech_provider not in ("openai", "elevenlabs"):
            raise ValueError(f'speech_provider must be "openai" or "elevenlabs", not {speech_provider!r}.')
        self._speech_provider = speech_provider
        self._scripted: deque[ScriptedAnswer] = deque()
        self._secrets = itertools.count(1)
        self._stop: Callable[[], None] | None = None
        self._url: str | None = None

    def __repr__(self) -> str:
        state = self._url if self._stop is not None else "not serving"
        return f"<{type(self).__name__} {state}: {', '.join(self._functions.names()) or 'no functions'}>"

    @property
    def url(self) -> str:
        """The base URL to give to a client, for example ``"http://127.0.0.1:40123"``. After `stop`, nothing answers there.

        Raises:
            RuntimeError: If the backend was never started.
        """
        if self._url is None:
            raise RuntimeError("This backend has no URL before it starts: use it in a with block, or call start().")
        return self._url

    @property
    def calls(self) -> list[RecordedCall]:
        """The executions of registered functions, in the order of arrival."""
        return self._functions.calls

    @property
    def spoken(self) -> list[str]:
        """The texts that were synthesized, in the order of arrival."""
        return self._speech.texts

    def function(self, function: _F) -> _F:
        """Registers a function. May be used as a decorator.

        Raises:
            ValueError: If there is already a function of that name.
        """
        self._functions.add(function)
        return function

    def respond_next(self, status: int, body: Any = b"", headers: Mapping[str, str] | None = None) -> None:
        """Scripts the answer to the next request, whichever it is. Several answers are sent in the order of the calls.

        Args:
            status: The HTTP status, from 200 to 999.
            body: Bytes as they are, a str in UTF-8, or anything else as JSON.
            headers: Headers of the answer. A JSON body has its content type by default.

        Raises:
            TypeError: If `status` is not an int, a header is not a string, or `body` cannot be written as JSON.
            ValueError: If the answer cannot be sent over HTTP, or `body` holds NaN or infinity.
        """
        self._scripted.append(scripted_answer(status, body, headers))

    def start(self, port: int = 0) -> Self:
        """Starts serving, in a thread.

        Args:
            port: The port of 127.0.0.1 to listen on. Defaults to any free port.

        Raises:
            RuntimeError: If it is already serving.
            OSError: If the port is in use.
        """
        if self._stop is not None:
            raise RuntimeError("This backend is already serving.")
        listener = socket.create_server(("127.0.0.1", port))
        self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = Settings.from_options({"api_base_url": self._url, **self._paths})
        self._routes = {
            _route(settings, create_client_secret({})): self._create_client_secret,
            _route(settings, list_functions()): self._list_functions,
            _route(settings, execute_function("", None)): self._execute_function,
            _route(settings, synthesize_speech("Hello", {})): self._synthesize_speech,
        }
        loop = asyncio.new_event_loop()

        def run() -> None:
            ends = False
            while not ends:
                # A task that a function leaves behind may call sys.exit(), which must not end the backend.
                with contextlib.suppress(SystemExit, KeyboardInterrupt):
                    loop.run_forever()
                    ends = True
            loop.close()

        thread = threading.Thread(target=run, name="navai-local-backend", daemon=True)
        thread.start()

        async def serve() -> web.ServerRunner:
            # Does not wait for functions that still run when the backend stops.
            runner = web.ServerRunner(web.Server(self._respond, access_log=None), shutdown_timeout=0.1)
            await runner.setup()
            await web.SockSite(runner, listener).start()
            return runner

        runner = asyncio.run_coroutine_threadsafe(serve(), loop).result()

        async def finish() -> None:
            try:
                if isinstance(loop, asyncio.SelectorEventLoop):
                    loop.remove_reader(listener)  # It never closes a connection that came just before its server closed.
                await asyncio.sleep(0)
                await runner.cleanup()
                still_running = asyncio.all_tasks() - {asyncio.current_task()}
                for task in still_running:
                    task.cancel()
                await asyncio.gather(*still_running, return_exceptions=True)
            finally:
                listener.close()
                loop.stop()

        def stop() -> None:
            asyncio.run_coroutine_threadsafe(finish(), loop)
            if thread is threading.current_thread():  # A function stops its own backend.
                return
            thread.join(_PATIENCE)
            if thread.is_alive():
                # A function blocks the event loop, or ignores its cancellation: the event loop ends silently after it. Only that
                # can close the socket.
                loop.set_exception_handler(lambda _, __: None)
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)

        self._stop = stop
        return self

    def stop(self) -> None:
        """Stops serving, and waits at most 2 seconds for functions that still run. Idempotent."""
        stop, self._stop = self._stop, None
        if stop is not None:
            stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _respond(self, request: web.BaseRequest) -> web.Response:
        body: Any = None
        with contextlib.suppress(ValueError, RecursionError):
            body = json.loads(await request.content.read())
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(RecordedRequest(request.method, request.path_qs, headers, body))
        if self._scripted:
            scripted = self._scripted.popleft()
            return web.Response(status=scripted.status, body=scripted.content, headers=scripted.headers)
        response = await self._routes.get((request.method, unquote(request.path_qs)), self._not_found)(body)
        return web.Response(status=response.status, text=response.json, content_type="application/json")

    async def _create_client_secret(self, body: Any) -> Answer:
        value = f"ek_fake_not_a_secret_{next(self._secrets):06}"
        return answer(200, {"value": value, "expires_at": int(time.time()) + 600, "speech": {"provider": self._speech_provider}})

    async def _list_functions(self, body: Any) -> Answer:
        return self._functions.listing(self.warnings)

    async def _execute_function(self, body: Any) -> Answer:
        return await self._functions.execution(body)

    async def _synthesize_speech(self, body: Any) -> Answer:
        return self._speech.synthesis(body)

    async def _not_found(self, _: Any) -> Answer:
        return answer(404, {"error": "Not found."})


def _route(settings: Settings, operation: Operation[Any]) -> tuple[str, str]:
    parts = urlsplit(settings.endpoint(operation.path_option, operation.path, operation.headers).url)
    return operation.method, unquote(f"{parts.path}?{parts.query}".rstrip("?"))
