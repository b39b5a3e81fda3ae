"""Headers of a client, of those that `with_options` makes of it, and of single calls; and copies of clients."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest

from navai import AsyncNavaiBackendClient, ConfigurationError, NavaiBackendClient, NavaiError
from navai._version import __version__
from navai.testing import LocalBackend
from tests.conftest import Blocking, Connect
from tests.secrecy import HEADER, PLANTED, assert_nothing_planted, logged, shown_by
from tests.wire.kinds import CALLERS, OURS, Awaited, Kind

# The operations, each as a call of a client.
CALLS: dict[str, Callable[..., Any]] = {
    "create_client_secret": lambda client, **more: client.create_client_secret(**more),
    "list_functions": lambda client, **more: client.list_functions(**more),
    "execute_function": lambda client, **more: client.execute_function("echo", **more),
    "synthesize_speech": lambda client, **more: client.synthesize_speech("Hello", **more),
}
each_kind = pytest.mark.parametrize("kind", OURS.values(), ids=list(OURS))
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def other_of(client: Any, **options: Any) -> Blocking:
    """As `with_options`, with methods that are called without await."""
    return Blocking(client.with_options(**options), client._runner)


def sent(backend: LocalBackend, name: str) -> list[str | None]:
    """A header of every request."""
    return [request.headers.get(name) for request in backend.requests]


# --- of with_options ----------------------------------------------------------------------------------------------------------


def test_with_options_keeps_the_headers_that_it_is_not_given(backend: LocalBackend, connect: Connect) -> None:
    """Credentials among them."""
    client = connect(backend.url, headers={"Authorization": "Bearer t", "X-Tenant": "blue"})
    other_of(client, headers={"X-Trace": "1"}).list_functions()
    other_of(client, headers={"x-tenant": "red"}).list_functions()
    other_of(client, headers={}).list_functions()
    client.list_functions()
    assert sent(backend, "authorization") == ["Bearer t"] * 4
    assert sent(backend, "x-tenant") == ["blue", "red", "blue", "blue"]
    assert sent(backend, "x-trace") == ["1", None, None, None]


def test_with_options_takes_a_header_away_that_is_none(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url, headers={"X-Key": "k", "User-Agent": "mine", "X-Tenant": "blue"})
    without = other_of(client, headers={"x-key": None, "USER-AGENT": None, "X-Unknown": None})
    without.list_functions()
    other_of(without, headers={"X-Key": "new"}).list_functions()
    other_of(client, headers=None).list_functions()
    assert sent(backend, "x-key") == [None, "new", None]
    assert sent(backend, "user-agent") == [None, None, f"navai-sdk-python/{__version__}"]
    assert sent(backend, "x-tenant") == ["blue", "blue", None]


OWN = {"accept": "application/json", "user-agent": f"navai-sdk-python/{__version__}"}


@pytest.mark.parametrize("name", [*OURS, *CALLERS])
def test_none_leaves_our_own_headers_out_too_on_every_kind_of_client(backend: LocalBackend, name: str) -> None:
    """It brought ours back. Only a client of the caller's has its own of these names, which go then."""
    kind = (OURS | CALLERS)[name]

    async def main() -> None:
        async with kind.connect(backend.url, headers={"User-Agent": "mine", "Accept": "x/y"}) as client:
            await client.list_functions(extra_headers={"user-agent": None, "Accept": None})
            without = Awaited(client.client.with_options(headers={"User-Agent": None, "Accept": None}))
            await without.list_functions()
            await without.list_functions(extra_headers={"X-Trace": "1"})
            await Awaited(without.client.with_options(deadline=5)).list_functions()
            await Awaited(without.client.with_options(headers={"User-Agent": "new"})).list_functions()
            await without.list_functions(extra_headers={"Accept": "a/b"})
            await Awaited(without.client.with_options(headers=None)).list_functions()

    kind.run(main)
    library = kind.library and f"python-{kind.library}/{version(kind.library)}"
    assert sent(backend, "user-agent") == [*[library] * 4, "new", library, OWN["user-agent"]]
    assert sent(backend, "accept") == [*[kind.library and "*/*"] * 5, "a/b", OWN["accept"]]


def test_what_was_left_out_goes_to_no_other_origin_either(backend: LocalBackend, connect: Connect) -> None:
    with LocalBackend() as other:
        backend.respond_next(307, b"", {"Location": f"{other.url}/navai/functions"})
        connect(backend.url).list_functions(extra_headers={"User-Agent": None})
        assert (sent(other, "user-agent"), sent(other, "accept")) == ([None], ["application/json"])


def test_one_kind_of_credentials_is_changed_for_another(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url, headers={"Authorization": "Bearer t"})
    with pytest.raises(ConfigurationError, match="credentials are given twice"):
        client.with_options(auth=("ana", "x"))
    basic = other_of(client, auth=("ana", "x"), headers={"authorization": None})
    basic.list_functions()
    other_of(basic, auth=None, headers={"Authorization": "Bearer u"}).list_functions()
    assert sent(backend, "authorization") == ["Basic YW5hOng=", "Bearer u"]


@pytest.mark.parametrize("source", ["auth", "url"])
def test_credentials_are_dropped_by_auth_and_not_by_a_header_that_would_only_seem_to(
    backend: LocalBackend, connect: Connect, source: str
) -> None:
    of_url = backend.url.replace("//", "//ana:x@")
    client = connect(of_url) if source == "url" else connect(backend.url, auth=("ana", "x"))
    with pytest.raises(ConfigurationError, match=r"does not remove credentials .*: pass auth=None\."):
        client.with_options(headers={"authorization": None})
    with pytest.raises(ConfigurationError, match=r"given twice.* In with_options, auth=None leaves out those of the client"):
        client.with_options(headers={"Authorization": "Bearer u"})
    without = other_of(client, auth=None)
    without.list_functions()
    other_of(client, auth=None, headers={"Authorization": None}).list_functions()
    other_of(client, auth=None, headers={"Authorization": "Bearer u"}).list_functions()
    other_of(without, headers={"Authorization": "Bearer v"}).list_functions()
    other_of(without, headers={"Authorization": None}, deadline=5).list_functions()
    other_of(without, auth=("eve", "y")).list_functions()
    other_of(without, api_base_url=of_url).list_functions()
    other_of(without, api_base_url=of_url, auth=None).list_functions()
    client.list_functions()
    ana, eve = "Basic YW5hOng=", "Basic ZXZlOnk="
    assert sent(backend, "authorization") == [None, None, "Bearer u", "Bearer v", None, eve, ana, ana, ana]


@pytest.mark.parametrize("wrong", [5, [("X-A", "a")], {"X A": None}, {"X-A": 5}, {"X-A": "a\n"}, {"Content-Type": None}])
def test_with_options_checks_headers_as_the_constructor_does(connect: Connect, wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^headers"):
        connect(headers={"X-Tenant": "blue"}).with_options(headers=wrong)


def test_the_constructor_refuses_none_for_a_header(connect: Connect) -> None:
    """There is nothing to take away: a variable of the environment is not set, for example."""
    with pytest.raises(ConfigurationError, match="the value of 'X-Key' must be a string, not NoneType"):
        connect(headers={"X-Key": None})


# --- of a call ----------------------------------------------------------------------------------------------------------------


@each_call
def test_a_call_sends_headers_of_its_own_over_those_of_its_client(
    backend: LocalBackend, connect: Connect, call: Callable[..., Any]
) -> None:
    client = connect(backend.url, headers={"X-Tenant": "blue", "X-Key": "k"}, auth=("ana", "x"))
    call(client, extra_headers={"x-tenant": "red", "X-Trace": " 1 ", "accept": "text/plain", "User-Agent": "mine"})
    call(client, extra_headers={"authorization": "Bearer u", "X-Key": None})
    call(client, extra_headers={"Authorization": None, "Accept": None})
    call(client, extra_headers=MappingProxyType({}))
    call(client)
    assert sent(backend, "x-tenant") == ["red", "blue", "blue", "blue", "blue"]
    assert sent(backend, "x-trace") == ["1", None, None, None, None]
    assert sent(backend, "x-key") == ["k", None, "k", "k", "k"]
    assert sent(backend, "authorization") == ["Basic YW5hOng=", "Bearer u", None, "Basic YW5hOng=", "Basic YW5hOng="]
    assert sent(backend, "accept") == ["text/plain", "application/json", None, *["application/json"] * 2]
    assert sent(backend, "user-agent") == ["mine", *[f"navai-sdk-python/{__version__}"] * 4]
    assert set(sent(backend, "accept-encoding")) == {"gzip, deflate"}
    assert len(set(sent(backend, "content-type"))) == 1


@each_call
@pytest.mark.parametrize(
    ("extra", "advice"),
    [
        (5, "must be a mapping of names to values, not int"),
        ({"X A": "a"}, "is not a header name"),
        ({"X-A": 5}, "must be a string, not int"),
        ({"X-A": f"{HEADER}\r\nX-B: b"}, "line break"),
        ({"X-A": f"{HEADER} ñ"}, "non-ASCII"),
        ({"X-A": HEADER, "x-a": None}, "given twice"),
        ({"X-A": HEADER, "Content-Length": "5"}, "leave 'Content-Length' out"),
        ({"Accept-Encoding": None}, "leave 'Accept-Encoding' out"),
    ],
)
def test_headers_of_a_call_are_checked_as_those_of_a_client(
    backend: LocalBackend, connect: Connect, call: Callable[..., Any], extra: Any, advice: str
) -> None:
    """And refused without being shown, or sent."""
    with pytest.raises(ConfigurationError, match=r"^extra_headers") as caught:
        call(connect(backend.url), extra_headers=extra)
    assert advice in str(caught.value)
    assert_nothing_planted(shown_by(caught.value))
    assert backend.requests == []


@each_call
@pytest.mark.parametrize("status", [500, 200])
def test_headers_of_a_call_are_redacted_as_those_of_a_client(
    backend: LocalBackend, connect: Connect, call: Callable[..., Any], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(backend.url, max_retries=0)
    backend.respond_next(status, {"error": f"no: {HEADER}", "headers": [f"Bearer {PLANTED}", PLANTED], "ok": False, "value": 5})
    shown: list[object] = []
    with caplog.at_level("INFO"):
        try:
            result = call(client, extra_headers={"X-Key": HEADER, "Authorization": f"Bearer {PLANTED}"})
            shown += [repr(result), *([] if result.error is None else shown_by(result.error))]
        except NavaiError as error:
            shown += shown_by(error)
    assert_nothing_planted(shown + logged(caplog))


def test_headers_of_a_call_go_along_with_each_of_its_attempts(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url)
    backend.respond_next(503, {}, {"Retry-After": "0"})
    assert client.list_functions(extra_headers={"X-Trace": "1"}).error is None
    assert sent(backend, "x-trace") == ["1", "1"]


def test_headers_of_a_call_go_to_no_other_origin(backend: LocalBackend, connect: Connect) -> None:
    with LocalBackend() as other:
        backend.respond_next(307, b"", {"Location": "/once"})
        backend.respond_next(307, b"", {"Location": f"{other.url}/navai/functions"})
        assert connect(backend.url).list_functions(extra_headers={"X-Trace": "1", "User-Agent": "mine"}).error is None
        assert sent(backend, "x-trace") == ["1", "1"]
        assert sent(other, "x-trace") == [None]
        assert sent(other, "user-agent") == [f"navai-sdk-python/{__version__}"]


def test_headers_of_a_call_stand_above_those_of_the_callers_http_client(backend: LocalBackend) -> None:
    with (
        httpx.Client(headers={"X-Mine": "1", "X-Tenant": "blue"}, auth=("mine", "x")) as mine,
        NavaiBackendClient(backend.url, env={}, http_client=mine) as client,
    ):
        client.list_functions(extra_headers={"X-Tenant": "red", "Authorization": "Bearer u"})
        client.list_functions()
    assert sent(backend, "x-mine") == ["1", "1"]
    assert sent(backend, "x-tenant") == ["red", "blue"]
    assert sent(backend, "authorization") == ["Bearer u", f"Basic {b64encode(b'mine:x').decode()}"]


# --- copies -------------------------------------------------------------------------------------------------------------------


def test_what_the_caller_changes_later_changes_no_client(backend: LocalBackend, connect: Connect) -> None:
    headers, env = {"X-Tenant": "blue"}, {"NAVAI_API_URL": backend.url}
    client = connect(env=env, headers=headers)
    changes: dict[str, str | None] = {"X-Trace": "1"}
    other = other_of(client, headers=changes)
    headers |= {"X-Tenant": "red", "X A": "not even valid"}
    changes["X-Trace"] = env["NAVAI_API_URL"] = "other"
    for each in (client, other, other_of(client, deadline=5), other_of(other, deadline=5)):
        assert each.list_functions().error is None
    assert sent(backend, "x-tenant") == ["blue"] * 4
    assert sent(backend, "x-trace") == [None, "1", None, "1"]


def test_a_copy_is_a_client_over_the_same_connections_and_closing_it_leaves_them_open(
    backend: LocalBackend, connect: Connect
) -> None:
    client = connect(backend.url, headers={"X-Tenant": "blue"})
    again = Blocking(copy.copy(client.client), client._runner)
    assert type(again.client) is type(client.client)
    assert again.list_functions().error is None
    again.close()
    assert client.list_functions().error is None
    assert sent(backend, "x-tenant") == ["blue", "blue"]
    client.close()
    with pytest.raises(ConfigurationError, match="This client is closed"):
        again.list_functions()


@each_kind
def test_a_copy_of_a_subclass_has_what_that_has_added(kind: Kind, backend: LocalBackend) -> None:
    base: Any = AsyncNavaiBackendClient if kind.is_async else NavaiBackendClient

    class Tenant(base):  # type: ignore[misc] # (of either kind)
        def __init__(self, *args: Any, tenant: str, **options: Any) -> None:
            super().__init__(*args, headers={"X-Tenant": tenant}, transport=kind.transport, env={}, **options)
            self.tenant = tenant

    async def main() -> None:
        client = Tenant(backend.url, tenant="blue")
        try:
            await Awaited(client).list_functions()
            for other in (copy.copy(client), client.with_options(deadline=5)):
                assert (type(other), other.tenant) == (Tenant, "blue")
                other.tenant = "red"
                await Awaited(other).list_functions()
                await Awaited(other).aclose() if kind.is_async else other.close()
            assert client.tenant == "blue"
            await Awaited(client).list_functions()
        finally:
            await Awaited(client).aclose() if kind.is_async else client.close()

    kind.run(main)
    assert sent(backend, "x-tenant") == ["blue"] * 4


@pytest.mark.parametrize("again", [pickle.dumps, copy.deepcopy])
@pytest.mark.parametrize("is_used", [False, True])
def test_what_cannot_be_done_with_a_client_says_what_to_do(
    backend: LocalBackend, connect: Connect, again: Callable[[Any], Any], is_used: bool
) -> None:
    client = connect(backend.url, headers={"X-Key": HEADER})
    if is_used:
        client.list_functions()
    for thing in (client.client, client.client.execute_function, {"client": client.client}):
        with pytest.raises(TypeError, match=r"BackendClient cannot be pickled or deep-copied, .*: build one where it is needed"):
            again(thing)


def test_the_programs_of_the_guide_run_as_they_stand_there() -> None:
    guide = Path(__file__).resolve().parents[2] / "docs" / "guides" / "headers.md"
    program = "\n".join(re.findall(r"```python\n(.*?)```", guide.read_text("utf-8"), re.DOTALL))
    program += "\nfor other in (red, anonymous, basic): other.list_functions()\nclient.close()"

    def send_email(to: str) -> None:
        """Sends none."""

    with LocalBackend([send_email]) as backend:
        command = [sys.executable, "-W", "error", "-c", program]
        ended = subprocess.run(command, env={"NAVAI_API_URL": backend.url}, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    service, basic = "Bearer service-token", f"Basic {b64encode(b'ana:app password').decode()}"
    assert sent(backend, "authorization") == [service, "Bearer users-token", service, service, None, basic]
    assert sent(backend, "x-tenant") == ["blue", "blue", None, "red", "blue", "blue"]
