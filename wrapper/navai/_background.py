"""Functions running in their own threads. Any number of callers can wait for one, each for as long as it likes.

For work that cannot be cancelled and must not block an event loop (looking up a name, loading the HTTP library), and for work that
needs more stack than its caller has left. A caller that gives up, or is interrupted, leaves no lock behind.
"""

from __future__ import annotations

import _thread
import contextlib
import functools
import sys
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

# The longest wait in seconds, whatever a caller asks for: operating systems count milliseconds in 32 bits.
MAX_WAIT = 2_000_000.0

_T = TypeVar("_T")


def current_loop() -> Any:
    """The running asyncio event loop, or the token of the running trio event loop."""
    asyncio, sniffio = sys.modules.get("asyncio"), sys.modules.get("sniffio")
    # Trio sets this name while it runs, even as a guest of asyncio, whose loop is running then too. The attributes may be missing
    # while another thread is loading sniffio.
    is_trio = getattr(getattr(sniffio, "thread_local", None), "name", None) == "trio"
    try:
        if not is_trio and asyncio is not None:
            return asyncio.get_running_loop()
    except RuntimeError:
        pass
    from trio.lowlevel import current_trio_token  # noqa: PLC0415 (it is running)

    return current_trio_token()


class Background(Generic[_T]):
    """Runs `function` in a thread of its own, once started.

    Args:
        function: The function to run, once.
    """

    def __init__(self, function: Callable[[], _T]) -> None:
        self._function = function
        self._unclaimed = [True]
        self._is_started = False
        self._outcome: tuple[_T | None, Exception | None] | None = None
        self._wakers: list[Callable[[], object]] = []
        self._join: Callable[[], object] = _nothing_to_join

    def start(self, *, fallback_to_caller: bool = False) -> Self:
        """Starts the thread, unless another caller has. Each of them calls this before it waits.

        Args:
            fallback_to_caller: Whether to run the function in the caller's thread if no other can be started.

        Raises:
            RuntimeError: If no thread can be started: the system's limit is reached, or the interpreter is shutting down.
        """
        if self._is_started:
            return self
        # Not `threading.Thread`, whose `start` takes locks in Python code: a signal handler that raises could leave one locked.
        try:
            self._join = _start(self._run_once)
        except RuntimeError:
            if self._unclaimed and not self._is_started:  # Otherwise another caller's thread runs it.
                if not fallback_to_caller:
                    raise
                self._run()
        self._is_started = True
        return self

    def _run_once(self) -> None:
        # Threads that callers start at the same time decide here which one runs it, where no signal handler can interrupt them.
        try:
            self._unclaimed.pop()
        except IndexError:
            return
        self._run()

    def _run(self) -> None:
        try:
            self._outcome = self._function(), None
        except Exception as error:  # noqa: BLE001 (raised where it is waited for)
            self._outcome = None, error
        # Whoever adds a waker after this finds that there is an outcome.
        for waker in self._wakers:
            with contextlib.suppress(RuntimeError):  # Its event loop has ended.
                waker()
        self._wakers = []

    @property
    def is_done(self) -> bool:
        """Whether waiting would end at once."""
        return self._outcome is not None

    @property
    def has_failed(self) -> bool:
        """Whether the function raised an error."""
        return self._outcome is not None and self._outcome[1] is not None

    def join(self) -> None:
        """Waits until the thread is gone, if the function has returned. Python before 3.13 does not know when that is."""
        if self.is_done:
            self._join()

    def wait(self, seconds: float | None) -> _T:
        """Waits for the function, and returns its result or raises its error.

        Args:
            seconds: How long to wait; None for no limit.

        Raises:
            TimeoutError: If it does not return in that time.
        """
        if self._outcome is None:
            gate = _thread.allocate_lock()
            gate.acquire()
            self._wakers.append(gate.release)
            # Check again now that the waker is in place: a function that ended before would not call it.
            if self._outcome is None and not gate.acquire(timeout=_lock_timeout(seconds)):
                raise TimeoutError
        return self._result()

    async def wait_async(self, seconds: float | None) -> _T:
        """The async version of `wait`, on asyncio or trio. Can be cancelled."""
        loop = current_loop()
        if not self.is_done and hasattr(loop, "create_future"):
            await self._wait_on_asyncio(loop, seconds)
        elif not self.is_done:
            await self._wait_on_trio(loop, seconds)
        if not self.is_done:
            raise TimeoutError
        return self._result()

    async def _wait_on_asyncio(self, loop: Any, seconds: float | None) -> None:
        future = loop.create_future()
        self._wakers.append(functools.partial(loop.call_soon_threadsafe, _finish, future))
        timer = None if seconds is None else loop.call_later(seconds, _finish, future)
        try:
            if not self.is_done:
                await future
        finally:
            if timer is not None:
                timer.cancel()

    async def _wait_on_trio(self, token: Any, seconds: float | None) -> None:
        import trio  # noqa: PLC0415 (it is running)

        event = trio.Event()
        self._wakers.append(functools.partial(token.run_sync_soon, event.set))
        with trio.move_on_after(float("inf") if seconds is None else max(0, seconds)):
            if not self.is_done:
                await event.wait()

    def _result(self) -> _T:
        assert self._outcome is not None  # noqa: S101 (waited for)
        result, error = self._outcome
        if error is not None:
            import copy  # noqa: PLC0415 (rarely needed)

            # Each waiter gets its own copy, since raising and handling an error changes it.
            raise copy.copy(error).with_traceback(error.__traceback__) from None
        return result  # type: ignore[return-value] # Without an error it is what the function returned.


def on_fresh_stack(function: Callable[[], _T]) -> _T:
    """Runs `function` on the stack of a new thread: the caller's has too little left, since Python 3.11 counts C calls too."""
    return Background(function).start().wait(None)


def _nothing_to_join() -> None:
    pass


def _start(function: Callable[[], None]) -> Callable[[], object]:
    """Starts a thread, and returns what waits until it is gone."""
    if sys.version_info >= (3, 13):
        return _thread.start_joinable_thread(function).join
    _thread.start_new_thread(function, ())
    return _nothing_to_join


def _finish(future: Any) -> None:
    if not future.done():
        future.set_result(None)


def _lock_timeout(seconds: float | None) -> float:
    return -1 if seconds is None else min(max(seconds, 0), _thread.TIMEOUT_MAX)
