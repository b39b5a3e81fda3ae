"""Whatever host or number there is, of options, of redirects and of headers: nothing that a client raises is a library's."""

from __future__ import annotations

import contextlib
import math
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from navai import AsyncNavaiBackendClient, NavaiBackendClient, NavaiError, Timeout
from navai.testing import LocalBackend
from tests.wire.kinds import CALLERS, OURS, Awaited, Kind

FAST = {"fast": Kind(is_async=False), "fast-async": Kind(is_async=True)}

# The same each time. Each example is a list of sixty, since a client takes a while to be made.
few = settings(
    max_examples=2, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck], phases=[Phase.generate]
)
LIMITS = {"max_retries": 0, "deadline": 5, "timeout": 2}


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked for a name, but names are encoded as the real one does."""
    real = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **kwargs: Any) -> list[Any]:
        name = host.encode("idna") if isinstance(host, str) else host
        if name in (b"127.0.0.1", b"::1"):
            return real(host, *args, **kwargs)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def no_proxy_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # It does not listen.
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def backend() -> Iterator[LocalBackend]:
    with LocalBackend([]) as running:
        yield running


def check(kind: str, url: str, calls: Iterable[Callable[[Any], Awaitable[Any]]]) -> None:
    """Makes the calls, each with a client of this kind; each must end with a result, or with an error of ours."""

    async def main() -> None:
        async with contextlib.AsyncExitStack() as stack:
            if kind in FAST:
                cls: Any = AsyncNavaiBackendClient if FAST[kind].is_async else NavaiBackendClient
                client = Awaited(cls(url, env={}, transport="fast", **LIMITS))
                stack.push_async_callback(getattr(client, "aclose" if FAST[kind].is_async else "close"))
            else:
                client = await stack.enter_async_context((OURS | CALLERS)[kind].connect(url, **LIMITS))
            for call in calls:
                with contextlib.suppress(NavaiError):
                    await call(client.client)

    (OURS | CALLERS | FAST)[kind].run(main)


async def called(client: Any, *, method: str, options: dict[str, Any] | None = None, **of_call: Any) -> Any:
    return await getattr(Awaited(client.with_options(**(options or {}))), method)(**of_call)


LABEL = st.one_of(
    st.text("abcXYZ019-_", min_size=0, max_size=8),
    st.sampled_from(
        ["", "xn--", "xn--a", "xn--99999999", "xn--u-ccb", "xn--0ca24w", "xn--e1afmkfd", "a" * 63, "a" * 64, "%00", "%41", "%"]
    ),
    st.text("é☃漢🎉ßı\u200b\u00ad\u3002\u2488\uff11\u0378\ufdd0", min_size=1, max_size=3),
    st.text("!$&'()*+,;=~|^`{}<>\"", min_size=1, max_size=2),
)
NUMBER = st.sampled_from(["0", "00", "1", "127", "255", "256", "999", "0x7f", "4294967295", "1e1"])
ADDRESS = st.one_of(
    st.lists(NUMBER, min_size=1, max_size=5).map(".".join),
    st.sampled_from(["::1", "::", "::g", "::1%lo", "::1%25lo", "v1.a", "1.2.3.4", "::ffff:1.2.3.4", "1::2::3", "", ":"]).map(
        "[{}]".format
    ),
)
HOST = st.one_of(st.lists(LABEL, min_size=1, max_size=4).map(".".join), ADDRESS)
PORT = st.sampled_from(["", "", ":", ":0", ":1", ":65535", ":65536", ":99999999", ":-1", ":+1", ":1_0", ":\uff11", ":a", ":1:2"])


class Huge(int):
    """An integer that can be shown when a test fails."""

    def __repr__(self) -> str:
        return "Huge"


SECONDS = st.one_of(
    st.floats(),
    st.floats(1, 1e308),
    st.integers(-2, 10),
    st.sampled_from(
        [10**10, 2**31, 2**31 / 1000, 2**63, 10**400, Huge(10**5000), 5e-324, 1e-12, math.nan, math.inf, True, "1", None, 1j]
    ),
)
STEP = st.sampled_from(["connect", "read", "write", "pool"])
COUNT = st.one_of(
    st.integers(-1, 3), st.sampled_from([10**400, Huge(10**5000), Huge(-(10**5000)), sys.maxsize, 2**31, 1.0, True, "1"])
)


@pytest.fixture(params=[*OURS, *CALLERS, *FAST])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@few
@given(addresses=st.lists(st.tuples(HOST, PORT), min_size=60, max_size=60))
def test_no_host_of_an_option_is_an_error_of_a_library(no_proxy_answers: None, kind: str, addresses: list[tuple[str, str]]) -> None:
    urls = [f"http://{host}{port}" for host, port in addresses]
    check(
        kind,
        "http://127.0.0.1:1",
        [partial(called, method="execute_function", function_name="f", options={"api_base_url": url}) for url in urls],
    )


@few
@given(addresses=st.lists(st.tuples(HOST, PORT), min_size=60, max_size=60))
def test_no_host_of_a_redirect_is_an_error_of_a_library(
    no_proxy_answers: None, backend: LocalBackend, kind: str, addresses: list[tuple[str, str]]
) -> None:
    async def redirected(client: Any, location: str) -> None:
        backend.respond_next(302, b"", {"Location": location})
        assert (await called(client, method="list_functions")).error is not None

    locations = [f"http://{host}{port}/".encode().decode("latin-1") for host, port in addresses]
    check(kind, backend.url, [partial(redirected, location=location) for location in locations])


@few
@given(numbers=st.lists(st.tuples(SECONDS, st.sampled_from(["connect", "read", "write", "pool"]), COUNT), min_size=60, max_size=60))
def test_no_number_is_an_error_of_a_library(backend: LocalBackend, kind: str, numbers: list[tuple[Any, str, Any]]) -> None:
    def calls() -> Iterator[Callable[[Any], Awaitable[Any]]]:
        for seconds, step, count in numbers:
            for limits in ({"deadline": seconds}, {"timeout": seconds}, {"timeout": Timeout(**{step: seconds})}):
                yield partial(called, method="list_functions", options=limits)
                yield partial(called, method="list_functions", **limits)
            for option in ("max_retries", "max_response_bytes"):
                options = {option: count, "deadline": 1}
                yield partial(called, method="list_functions", options=options)

    check(kind, backend.url, calls())


@few
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from(["Retry-After", "Keep-Alive", "Age"]),
            st.sampled_from(["", "timeout="]),
            st.integers(-1, 100).map(str)
            | st.floats().map(str)
            | st.sampled_from(["9" * 5000, "0" * 5000, "1_0", "+1", "0x1", "1e999"]),
        ),
        min_size=60,
        max_size=60,
    )
)
def test_no_number_of_a_header_is_an_error_of_a_library(
    backend: LocalBackend, kind: str, headers: list[tuple[str, str, str]]
) -> None:
    async def answered(client: Any, name: str, value: str) -> None:
        backend.respond_next(503, b"{}", {name: value})
        await called(client, method="create_client_secret")

    check(kind, backend.url, [partial(answered, name=name, value=prefix + number) for name, prefix, number in headers])
