"""The options of a client."""

from __future__ import annotations

import asyncio
import math
import sys
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from navai import AsyncNavaiBackendClient, ConfigurationError, NavaiBackendClient, Timeout
from navai._http.deadline import Deadline
from navai._options.limits import checked_max_connections
from navai._options.settings import Settings, changed_options, read_environment
from navai._redacted_dict import RedactedDict
from navai._version import __version__
from tests.conftest import Connect


def settings(**options: Any) -> Settings:
    return Settings.from_options(options)


def test_defaults_are_those_of_the_documentation() -> None:
    found = settings()
    assert dict(found.headers) == {
        "Accept": "application/json",
        "User-Agent": f"navai-sdk-python/{__version__}",
        "Accept-Encoding": "gzip, deflate",
    }
    assert (found.timeout, found.deadline, found.max_retries, found.max_response_bytes) == (None, None, 2, 32 * 1024 * 1024)
    assert Timeout() == Timeout(connect=5, read=60, write=60, pool=60)


def test_headers_of_the_caller_replace_ours_whatever_their_case() -> None:
    found = settings(headers={"accept": "text/plain", "X-Tenant": "  blue "})
    assert found.headers[:-1] == (("User-Agent", f"navai-sdk-python/{__version__}"), ("accept", "text/plain"), ("X-Tenant", "blue"))


@pytest.mark.parametrize(
    ("headers", "advice"),
    [
        ({"X-A": "a\r\nX-B: b"}, "line break"),
        ({"X-A": "a\n"}, "line break"),
        ({"X-A": "a\x00"}, "control character"),
        ({"X-A": "ñ"}, "non-ASCII"),
        ({"X A": "a"}, "not a header name"),
        ({"X-A:": "a"}, "not a header name"),
        ({"": "a"}, "not a header name"),
        ({5: "a"}, "not a header name"),
        ({"X-A": 5}, "must be a string"),
        ({"X-A": None}, "must be a string"),
        ({"Content-Type": "text/plain"}, "leave 'Content-Type' out"),
        ({"transfer-encoding": "chunked"}, "leave 'transfer-encoding' out"),
        ({"Accept-Encoding": "br"}, "leave 'Accept-Encoding' out"),
        ({"X-A": "a", "x-a": "b"}, "given twice"),
        ([("X-A", "a")], "must be a mapping"),
    ],
)
def test_a_bad_header_is_refused_with_advice(headers: object, advice: str) -> None:
    with pytest.raises(ConfigurationError, match="headers") as caught:
        settings(headers=headers)
    assert advice in str(caught.value)


def test_a_refused_header_value_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(headers={"Authorization": "Bearer planted\n"})
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("X-Api-Key: planted", "'X-Api-Key...'"), ("X-Api-Key=\nplanted", "'X-Api-Key...'"), (b"X: planted", '"b\'X..."'), (5, "'5'")],
)
def test_of_a_refused_header_name_is_shown_what_can_be_one(name: Any, shown: str) -> None:
    """A whole line of a header was given as its name, with a secret in it."""
    with pytest.raises(ConfigurationError) as caught:
        settings(headers={name: ""})
    assert str(caught.value).startswith(f"headers: {shown} is not a header name")


def test_auth_becomes_basic_authentication_in_utf8() -> None:
    assert dict(settings(auth=("ana", "päss word")).headers)["Authorization"] == "Basic YW5hOnDDpHNzIHdvcmQ="


def test_auth_replaces_the_credentials_of_the_url() -> None:
    found = settings(api_base_url="https://eve:x@a.example", auth=("ana", "secret"))
    assert dict(found.headers)["Authorization"] == "Basic YW5hOnNlY3JldA=="


def test_two_kinds_of_credentials_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="given twice"):
        settings(auth=("ana", "secret"), headers={"authorization": "Bearer x"})


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, True, "5", [5]])
@pytest.mark.parametrize("option", ["timeout", "deadline"])
def test_a_time_that_is_no_positive_number_is_refused(option: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=f"{option} must be a positive number of seconds"):
        settings(**{option: value})


def test_a_timeout_of_several_values_is_checked_by_value() -> None:
    with pytest.raises(ConfigurationError, match=r"timeout\.read must be a positive number"):
        settings(timeout=Timeout(read=0))


def test_a_client_shows_where_its_calls_go_and_how(connect: Connect) -> None:
    client = connect("https://ana:secret@a.example/x/", headers={"X-Key": "planted"}, env={})
    name, transport = type(client.client).__name__, client.client._connections.name
    options = "api_base_url='https://a.example/x'" + (f", transport={transport!r}" if transport else "")
    assert client.api_base_url == "https://a.example/x"
    assert repr(client.client) == f"{name}({options})"
    assert repr(client.client.with_raw_response) == f"{name}({options}).with_raw_response"
    quick = client.with_options(deadline=3)
    assert repr(quick) == f"{name}({options}, deadline=3.0)"
    client.close()
    assert (repr(client.client), repr(quick)) == (f"{name}({options}, closed)", f"{name}({options}, deadline=3.0, closed)")


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@pytest.mark.parametrize(
    ("arguments", "named", "expression"),
    [
        ((5,), {}, "navai.Timeout(connect=5, read=5, write=5, pool=5)"),
        ((10,), {"connect": 2.5}, "navai.Timeout(connect=2.5, read=10, write=10, pool=10)"),
        ((5,), {"read": None}, "navai.Timeout(connect=5, write=5, pool=5)"),
        ((None,), {}, "navai.Timeout()"),
    ],
)
def test_a_timeout_of_httpx_is_refused_with_what_to_write(library: str, arguments: Any, named: Any, expression: str) -> None:
    of_httpx = pytest.importorskip(library, reason="the lowest dependencies are too low for it").Timeout(*arguments, **named)
    with pytest.raises(ConfigurationError) as caught:
        settings(timeout=of_httpx)
    note = " Every step has a limit here; one that is left out has its default." if None in of_httpx.as_dict().values() else ""
    assert str(caught.value) == f"timeout: write {expression} instead of {library}.Timeout.{note}"


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        ((3, 5), "navai.Timeout(connect=3, read=5)"),
        ((None, 5), "navai.Timeout(read=5)"),
        ((10**5000,), "navai.Timeout(connect=an object"),
    ],
)
def test_a_timeout_that_is_a_tuple_is_refused_with_what_to_write(value: Any, expression: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(timeout=value)
    assert str(caught.value).startswith(f"timeout: write {expression}")
    assert "instead of a tuple." in str(caught.value)


@pytest.mark.parametrize("value", [httpx.Limits(), asyncio.Timeout(None)])
def test_nothing_else_of_httpx_and_no_other_timeout_is_taken_for_one(value: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^timeout must be a positive number of seconds"):
        settings(timeout=value)


def test_a_number_as_timeout_counts_for_each_step() -> None:
    assert settings(timeout=7).timeout == Timeout(7, 7, 7, 7)


@pytest.mark.parametrize(
    ("option", "value"), [("max_retries", -1), ("max_retries", 1.5), ("max_retries", True), ("max_response_bytes", 0)]
)
def test_a_count_that_is_no_whole_number_is_refused(option: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=f"{option} must be a whole number"):
        settings(**{option: value})


def test_what_is_redacted_are_the_values_of_headers_and_the_credentials() -> None:
    found = settings(headers={"Accept": "text/plain", "X-Key": "key-value"}, auth=("ana", "app password"))
    assert found.secrets == ("key-value", "app password", "YW5hOmFwcCBwYXNzd29yZA==")
    assert settings(headers={"Authorization": "Bearer token-value"}).secrets == ("Bearer token-value", "token-value")
    paths = {"client_secret_path": "/a?key=of-one-path", "functions_list_path": "/b?key=of-another"}
    assert settings(headers={"X-Key": "key-value"}, **paths).secrets == ("key-value", "of-one-path", "of-another")


def test_the_endpoint_of_an_operation_is_made_once() -> None:
    found = settings(api_base_url="https://a.example")
    endpoint = found.endpoint("functions_list_path", "/functions", (("X-A", "1"),))
    assert (endpoint.url, endpoint.headers) == ("https://a.example/functions", (*found.headers, ("X-A", "1")))
    assert found.endpoint("functions_list_path", "/functions", ()) is endpoint


def changed(options: dict[str, Any], *changes: dict[str, Any]) -> Settings:
    """The settings of a client after changes, one after the other."""
    merged = RedactedDict({"headers": None} | options)
    found = Settings.from_options(merged)
    for each in changes:
        merged, found = changed_options(merged, found, RedactedDict(each))
    return found


@pytest.mark.parametrize(
    ("headers", "changes", "expected"),
    [
        (None, [{"headers": {"X-A": "1"}}], {"X-A": "1"}),
        ({"X-A": "1", "X-B": "2"}, [{"headers": {"x-a": "3"}}, {"deadline": 5}], {"x-a": "3", "X-B": "2"}),
        ({"X-A": "1", "X-B": "2"}, [{"headers": {"x-a": None}}, {"headers": {"X-C": "3"}}], {"X-B": "2", "X-C": "3"}),
        ({"X-A": "1"}, [{"headers": None}], {}),
    ],
)
def test_changed_headers_are_merged(headers: Any, changes: list[dict[str, Any]], expected: dict[str, str]) -> None:
    found = changed({"headers": headers}, *changes).headers
    assert {name: value for name, value in found if name.lower().startswith("x-")} == expected


def test_our_own_headers_that_are_taken_away_stay_away_until_they_are_given() -> None:
    without: list[dict[str, Any]] = [{"headers": {"USER-AGENT": None, "accept": None, "X-A": "1"}}, {"deadline": 5}]
    assert [name for name, _ in changed({}, *without).headers] == ["X-A", "Accept-Encoding"]
    found = dict(changed({}, *without, {"headers": {"User-Agent": "mine"}}).headers)
    assert found == {"X-A": "1", "User-Agent": "mine", "Accept-Encoding": "gzip, deflate"}


def test_a_bad_header_among_changes_is_refused_as_one() -> None:
    with pytest.raises(ConfigurationError, match=r"^headers: 'X\.\.\.' is not a header name"):
        changed({}, {"headers": {"X A": "1"}})


OF_URL = {"api_base_url": "https://ana:x@a.example"}
OF_AUTH = {"api_base_url": "https://a.example", "auth": ("ana", "x")}
BEARER = {"headers": {"Authorization": "Bearer u"}}
NO_HEADER = {"headers": {"authorization": None}}
ANA, EVE = "Basic YW5hOng=", "Basic ZXZlOnk="


@pytest.mark.parametrize("options", [OF_URL, OF_AUTH])
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([{"deadline": 5}], ANA),
        ([{"headers": {"X-A": None}}], ANA),
        ([{"auth": ("eve", "y")}], EVE),
        ([{"auth": ("eve", "y")} | NO_HEADER], EVE),
        ([{"auth": None}], None),
        ([{"auth": None} | NO_HEADER], None),
        ([{"auth": None} | BEARER], "Bearer u"),
        ([{"auth": None}, {"deadline": 5}, BEARER, NO_HEADER], None),
        ([{"auth": None}, OF_URL], ANA),
        ([{"auth": None} | OF_URL], ANA),
    ],
)
def test_changed_credentials_take_the_place_of_those_before(
    options: dict[str, Any], changes: list[dict[str, Any]], expected: str | None
) -> None:
    found = changed(options, *changes)
    assert (found.api_base_url, dict(found.headers).get("Authorization")) == ("https://a.example", expected)
    assert found.has_credentials is (expected in (ANA, EVE))


@pytest.mark.parametrize("options", [OF_URL, OF_AUTH])
def test_a_header_that_would_only_seem_to_remove_credentials_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"does not remove credentials"):
        changed(options, NO_HEADER)


def test_the_repr_shows_no_header_and_no_secret() -> None:
    shown = repr(settings(headers={"X-Key": "planted-header"}, auth=("ana", "planted-password")))
    assert "planted" not in shown
    assert "Basic" not in shown


@pytest.mark.parametrize("name", ["accept-encoding", "content-type", "content-length", "transfer-encoding", "connection"])
def test_the_headers_that_frame_a_request_are_ours(name: str) -> None:
    with pytest.raises(ConfigurationError, match="the client sets it itself"):
        settings(headers={name.title(): "1"})


@pytest.mark.parametrize("names", [("X-A", "x-a"), ("x-a", "X-A")])
def test_a_header_is_given_once_whatever_its_spelling(names: tuple[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=f"{names[1]!r} is given twice"):
        settings(headers=dict.fromkeys(names, "1"))


def test_an_empty_environment_is_not_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVAI_API_URL", "http://process.example")
    assert read_environment(RedactedDict(env={})) == {"NAVAI_API_URL": None}
    assert read_environment(RedactedDict(env={"NAVAI_API_URL": "http://a.example", "X": "1"})) == {
        "NAVAI_API_URL": "http://a.example"
    }
    assert read_environment(RedactedDict(env=None)) == {"NAVAI_API_URL": "http://process.example"}


def test_the_least_counts_are_taken() -> None:
    assert settings(max_retries=0).max_retries == 0
    assert settings(max_response_bytes=1).max_response_bytes == 1


def test_options_that_may_hold_secrets_show_their_names_only() -> None:
    assert repr(RedactedDict(api_key="planted", headers={"X-Key": "planted"})) == "<api_key, headers>"


def test_a_deadline_tells_what_is_left_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("navai._http.deadline.time", SimpleNamespace(monotonic=lambda: now))
    deadline = Deadline(2)
    assert (deadline.seconds, deadline.at, deadline.left()) == (2, 102, 2)
    now = 103.0
    assert deadline.left() == -1
    assert Deadline(None).left() is None


def test_a_deadline_knows_what_its_caller_is_handling() -> None:
    """Which keeps its traceback, whatever comes of the call."""
    handled = LookupError()
    try:
        raise handled
    except LookupError:
        assert Deadline(None).handled is handled
    assert Deadline(None).handled is None


def test_what_everybody_may_know_is_no_secret_and_all_of_a_token_is() -> None:
    assert settings(headers={"User-Agent": "my-program/1.0", "accept": "text/plain"}).secrets == ()
    assert "two:more words" in settings(headers={"Authorization": "Bearer two:more words"}).secrets


@pytest.mark.parametrize("value", [10**400, 10**5000, 1e300, 1e10, 2_000_001], ids=lambda _: "")
def test_a_time_beyond_what_a_system_can_count_is_the_longest_that_it_can(value: float) -> None:
    assert settings(deadline=value).deadline == 2_000_000
    assert settings(timeout=value).timeout == Timeout(*[2_000_000] * 4)
    assert settings(timeout=Timeout(read=value)).timeout == Timeout(read=2_000_000)


class Unshowable:
    def __repr__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize("option", ["deadline", "timeout", "max_retries", "max_response_bytes"])
@pytest.mark.parametrize("value", [-(10**5000), "x" * 10**6, [1] * 10**6, math.nan, -math.inf, 1j, Unshowable()], ids=lambda _: "")
def test_the_refusal_of_a_number_is_ours_and_short(option: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=f"{option} must be a") as caught:
        settings(**{option: value})
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("value", [-(10**5000), "x" * 10**6, Unshowable()], ids=lambda _: "")
def test_so_is_that_of_a_transport_and_of_idempotent(value: Any, connect: Connect) -> None:
    client = connect("http://backend.example")
    with pytest.raises(ConfigurationError, match=r'^transport must be "fast", or left out, not ') as caught:
        connect("http://backend.example", transport=value)
    assert len(str(caught.value)) < 250
    with pytest.raises(ConfigurationError, match=r"^idempotent must be True or False, not ") as caught:
        client.execute_function("f", idempotent=value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("option", ["max_retries", "max_response_bytes"])
def test_a_count_can_be_any_whole_number(option: str) -> None:
    assert str(getattr(settings(**{option: 10**5000}), option)) == "9223372036854775807"


def test_a_limit_of_connections_is_a_positive_whole_number() -> None:
    assert [checked_max_connections(value) for value in (None, 1, 8, 10**5000)] == [None, 1, 8, sys.maxsize]
    for value in (0, -1, 1.5, "8", True):
        with pytest.raises(ConfigurationError, match="max_connections must be a whole number, 1 or more"):
            checked_max_connections(value)


@pytest.mark.parametrize("client", [NavaiBackendClient, AsyncNavaiBackendClient])
def test_a_wrong_name_of_an_option_is_told_of_the_client(client: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{client.__name__}\.__init__\(\) got an unexpected keyword argument 'base_url'"):
        client(base_url="http://a.example")
