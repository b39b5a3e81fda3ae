"""The local backend: the contract over real HTTP."""

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

from attrs import field, frozen

from navai._contract.operations import Operation, create_client_secret, execute_function, list_functions
from navai._options.settings import Settings
from navai.testing._functions import Answer, Functions, RecordedCall, answer
from navai.testing._scripted import ScriptedAnswer, scripted_answer

try:
    from aiohttp import web
except ModuleNotFoundError as error:
    if error.name != "aiohttp":  # It is there, and lacks something itself.
        raise
    raise ImportError("navai.testing needs an extra: pip install 'navai-sdk[testing]'") from error

# How many seconds `stop` waits for functions that were cancelled.
_PATIENCE = 2.0

_F = TypeVar("_F", bound=Callable[..., Any])


@frozen
class RecordedRequest:
    """One request that the backend got. The repr leaves out what may be secret.

    Attributes:
        method: The HTTP method, for example ``"POST"``.
        path: The path with its query.
        headers: The headers, names in lower case.
        json: The body as JSON; None where it was empty or not JSON.
    """

    __module__ = "navai.testing"

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    json: Any = field(repr=False)


class LocalBackend:
    """A Navai backend on this machine, with Python functions. Use it as a context manager.

    A function is called with the payload's entries as keyword arguments, in a thread of its own if it is not async. It returns
    JSON, raises `FunctionFailure` to answer with ``ok: false``, or raises anything else, be it ``pytest.fail`` or ``sys.exit()``,
    to answer with status 500 and what happened. Client secrets are fake: they begin with ``ek_fake_``.

    Args:
        functions: Callables, listed under their own names, or a mapping from other names to them.
        warnings: What the listing shall warn of.
        client_secret_path: As for the client: the path of the client secret endpoint, with a query if need be.
        functions_list_path: As for the client.
        functions_execute_path: As for the client.
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
    ) -> None:
        self.warnings: list[str] = list(warnings)
        #: Every request, in the order of arrival.
        self.requests: list[RecordedRequest] = []
        self._functions = Functions(functions)
        self._paths = {
            "client_secret_path": client_secret_path,
            "functions_list_path": functions_list_path,
            "functions_execute_path": functions_execute_path,
        }
        self._scripted: deque[ScriptedAnswer] = deque()
        self._secrets = itertools.count(1)
        self._stop: Callable[[], None] | None = None
        self._url: str | None = None

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
        """Every execution of a function that there is, in the order of arrival."""
        return self._functions.calls

    def function(self, function: _F) -> _F:
        """Adds a function; a decorator.

        Raises:
            ValueError: There is one of that name.
        """
        self._functions.add(function)
        return function

    def respond_next(self, status: int, body: Any = b"", headers: Mapping[str, str] | None = None) -> None:
        """Answers the next request with this, whatever it asks for; several are answered in the order given.

        Args:
            status: The HTTP status, from 200 to 599.
            body: Bytes as they are, a str in UTF-8, or anything else as JSON.
            headers: Headers of the answer. A JSON body has its content type by default.

        Raises:
            TypeError: If `status` is not an int, a header is not a string, or `body` cannot be written as JSON.
            ValueError: If the answer cannot be sent over HTTP, or `body` holds NaN or infinity.
        """
        self._scripted.append(scripted_answer(status, body, headers))

    def start(self, port: int = 0) -> Self:
        """Starts to serve, in a thread.

        Args:
            port: Where to listen on 127.0.0.1. Default: any free one.

        Raises:
            RuntimeError: It serves already.
            OSError: The port is taken.
        """
        if self._stop is not None:
            raise RuntimeError("This backend serves already.")
        listener = socket.create_server(("127.0.0.1", port))
        self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = Settings.from_options({"api_base_url": self._url, **self._paths})
        self._routes = {
            _route(settings, create_client_secret({})): self._create_client_secret,
            _route(settings, list_functions()): self._list_functions,
            _route(settings, execute_function("", None)): self._execute_function,
        }
        loop = asyncio.new_event_loop()

        def run() -> None:
            ends = False
            while not ends:
                # What a function leaves behind, for example a task, may exit; the backend shall not end by that.
                with contextlib.suppress(SystemExit, KeyboardInterrupt):
                    loop.run_forever()
                    ends = True
            loop.close()

        thread = threading.Thread(target=run, name="navai-local-backend", daemon=True)
        thread.start()

        async def serve() -> web.ServerRunner:
            # No waiting for functions that still run when the backend stops.
            runner = web.ServerRunner(web.Server(self._respond, access_log=None), shutdown_timeout=0.1)
            await runner.setup()
            await web.SockSite(runner, listener).start()
            return runner

        runner = asyncio.run_coroutine_threadsafe(serve(), loop).result()

        async def finish() -> None:
            try:
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
                # A function blocks the event loop, or does not end when it is cancelled. It is left to itself, and the event loop
                # ends after it, with nothing to say and nobody to answer: only it can close the socket.
                loop.set_exception_handler(_say_nothing)
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)

        self._stop = stop
        return self

    def stop(self) -> None:
        """Stops to serve, and waits at most 2 seconds for functions that still run. Idempotent."""
        stop, self._stop = self._stop, None
        if stop is not None:
            stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _respond(self, request: web.BaseRequest) -> web.Response:
        try:
            body = json.loads(await request.content.read())
        except (ValueError, RecursionError):
            body = None
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(RecordedRequest(request.method, request.path_qs, headers, body))
        if self._scripted:
            scripted = self._scripted.popleft()
            return web.Response(status=scripted.status, body=scripted.content, headers=scripted.headers)
        respond = self._routes.get((request.method, unquote(request.path_qs)), self._not_found)
        found = await respond(body)
        return web.Response(status=found.status, text=found.json, content_type="application/json")

    async def _create_client_secret(self, _: Any) -> Answer:
        value = f"ek_fake_not_a_secret_{next(self._secrets):06}"
        return answer(200, {"value": value, "expires_at": int(time.time()) + 600, "speech": {"provider": "openai"}})

    async def _list_functions(self, _: Any) -> Answer:
        return self._functions.listing(self.warnings)

    async def _execute_function(self, body: Any) -> Answer:
        return await self._functions.execution(body)

    async def _not_found(self, _: Any) -> Answer:
        return answer(404, {"error": "Not found."})


def _say_nothing(_: asyncio.AbstractEventLoop, __: dict[str, Any]) -> None:
    pass


def _route(settings: Settings, operation: Operation[Any]) -> tuple[str, str]:
    parts = urlsplit(settings.endpoint(operation.path_option, operation.path, operation.headers).url)
    return operation.method, unquote(f"{parts.path}?{parts.query}".rstrip("?"))
