"""Calls that are made while the caller's program handles an exception of its own."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from navai import APIConnectionError, APIStatusError, AsyncNavaiBackendClient, ConfigurationError, NavaiError
from navai._call import Call
from navai._contract.operations import execute_function
from navai._http.deadline import Deadline
from navai._options.settings import Settings
from navai.testing import LocalBackend
from tests.conftest import Connect


def frames_of(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def lookup() -> None:
    raise KeyError("of the caller")


def handle_with(call: Callable[[], Any]) -> None:
    """What a program does that tidies up, or reports, and raises again."""
    try:
        lookup()
    except KeyError:
        call()
        raise


def chain_of(error: BaseException | None) -> list[BaseException]:
    """An error and its contexts, down to the first."""
    return [] if error is None else [error, *chain_of(error.__context__)]


def unanswered(backend: LocalBackend, client: Any) -> None:
    backend.stop()
    client.list_functions()


def refused(backend: LocalBackend, client: Any) -> None:
    backend.respond_next(500, {"error": "no"})
    with pytest.raises(APIStatusError):
        client.execute_function("f")


def unusable(backend: LocalBackend, client: Any) -> None:
    backend.respond_next(200, {})
    with pytest.raises(NavaiError):
        client.create_client_secret()


def closed(backend: LocalBackend, client: Any) -> None:
    client.list_functions()
    client.close()
    with pytest.raises(ConfigurationError):
        client.list_functions()


def bad_argument(backend: LocalBackend, client: Any) -> None:
    with pytest.raises(ConfigurationError):
        client.execute_function("f", {"a": object()})
    with pytest.raises(ConfigurationError):
        client.list_functions(deadline=-1)


def bad_option(backend: LocalBackend, client: Any) -> None:
    with pytest.raises(ConfigurationError):
        client.with_options(timeout=-1)
    with pytest.raises(ConfigurationError):
        type(client.client)("ftp://backend.example")


@pytest.mark.parametrize("call", [unanswered, refused, unusable, closed, bad_argument, bad_option])
def test_the_traceback_of_what_the_caller_handles_is_the_callers(
    backend: LocalBackend, connect: Connect, call: Callable[[LocalBackend, Any], None]
) -> None:
    """However the call fails: who raises the exception again shows where it came from."""
    client = connect(backend.url, max_retries=0)
    with pytest.raises(KeyError) as caught:
        handle_with(lambda: call(backend, client))
    assert frames_of(caught.value)[-1] == "lookup"


def test_an_error_still_says_what_was_handled_when_it_came(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url, max_retries=0)
    backend.stop()
    with pytest.raises(NavaiError) as caught:
        handle_with(lambda: client.execute_function("f"))
    *ours, handled = chain_of(caught.value)
    assert repr(handled) == "KeyError('of the caller')"
    assert all(error.__traceback__ is None for error in ours[1:])


def test_a_call_beneath_many_handlers_takes_no_longer(backend: LocalBackend, connect: Connect) -> None:
    """Without end, where each handler doubles the work."""
    client = connect(backend.url, max_retries=0)
    backend.stop()

    def within(handlers: int) -> Any:
        if not handlers:
            return client.list_functions()
        try:
            lookup()
        except KeyError as error:
            try:
                raise ValueError from error
            except ValueError:
                return within(handlers - 1)

    assert within(60).error is not None


def test_frames_of_ours_do_not_stay_in_the_error_of_a_listing(backend: LocalBackend, connect: Connect) -> None:
    """Their locals hold what was sent, and the result may be kept for long."""
    client = connect(backend.url, max_retries=0)
    backend.respond_next(500, {})
    refusal = client.list_functions().error
    backend.stop()
    for error in (refusal, client.list_functions().error):
        assert [each.__traceback__ for each in chain_of(error)] == [None] * len(chain_of(error))


def test_a_call_that_ends_while_the_event_loop_is_run_by_a_handler(backend: LocalBackend) -> None:
    """Begun before: then what is handled is the context of what the call meets, and none of its business either."""
    with asyncio.Runner() as runner:
        client = AsyncNavaiBackendClient(backend.url, env={}, max_retries=0)
        backend.stop()

        async def begin() -> asyncio.Task[Any]:
            task = asyncio.create_task(client.execute_function("f"))
            await asyncio.sleep(0)
            return task

        task = runner.run(begin())

        def end() -> None:
            with pytest.raises(NavaiError):
                runner.get_loop().run_until_complete(task)

        with pytest.raises(KeyError) as caught:
            handle_with(end)
        assert frames_of(caught.value)[-1] == "lookup"


def test_a_call_that_is_begun_by_a_handler_and_ends_after_it() -> None:
    """As in a task that begins at once, where it is created."""
    settings = Settings.from_options({})
    lost = APIConnectionError("lost", request_sent=False, method="POST", url="")
    try:
        lookup()
    except KeyError as error:
        handled = error
        call = Call(settings, execute_function("f", None), None, None, Deadline(None))
        with contextlib.suppress(APIConnectionError):
            raise lost  # noqa: B904 (in its context, as whatever is raised meanwhile)
    assert lost.__context__ is handled
    call.wait_after(lost)
    with pytest.raises(APIConnectionError):
        call.result()
    assert frames_of(handled)[-1] == "lookup"
