"""Where requests go, and which addresses are refused. The rules: contract, "Requests"."""

from __future__ import annotations

import pytest

from navai import ConfigurationError, NavaiBackendClient
from navai._http.hosts import is_address, is_host
from navai._options.urls import checked_base_url, checked_credentials, checked_path


@pytest.mark.parametrize(
    ("argument", "environment", "expected"),
    [
        ("https://a.example", "https://b.example", "https://a.example"),
        (None, "https://b.example", "https://b.example"),
        ("", "https://b.example", "https://b.example"),
        (" \t\n", "https://b.example", "https://b.example"),
        ("\ufeff\u00a0", "https://b.example", "https://b.example"),
        (None, None, "http://localhost:3000"),
        (None, " ", "http://localhost:3000"),
        ("  https://a.example/  ", None, "https://a.example"),
        ("https://a.example///", None, "https://a.example"),
        ("https://a.example/api/v1/", None, "https://a.example/api/v1"),
        ("HTTP://A.example:8080", None, "http://A.example:8080"),
        ("http://[::1]:3000", None, "http://[::1]:3000"),
        ("http://münchen.example", None, "http://münchen.example"),
        ("http://under_score.example", None, "http://under_score.example"),
    ],
)
def test_argument_over_environment_over_default_trimmed(argument: str | None, environment: str | None, expected: str) -> None:
    assert checked_base_url(argument, environment) == (expected, None)


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("localhost:3000", "write 'http://localhost:3000'"),
        ("127.0.0.1:3000/api", "write 'http://127.0.0.1:3000/api'"),
        ("[::1]:3000", "write 'http://[::1]:3000'"),
        ("api.example.com", "write 'https://api.example.com'"),
        ("//api.example.com", "write 'https://api.example.com'"),
        ("/navai", "has no scheme"),
        ("ftp://api.example.com", "speaks http or https"),
        ("ws://localhost:3000", "speaks http or https"),
        ("https://api.example.com?x=1", "has a query or a fragment"),
        ("https://api.example.com/a#b", "has a query or a fragment"),
        ("http://", "no valid host"),
        ("http:localhost", "no valid host"),
        ("http:/localhost", "no valid host"),
        ("http://:3000", "no valid host"),
        ("http://host:port", "no valid host"),
        ("http://host:99999", "no valid host"),
        ("http://host:0", "no valid host"),
        ("http://[::1", "no valid host"),
        ("http://a..münchen", "no valid host"),
        ("http://api.example.com/a b", "percent-encode"),
        ("http://api.example.com/\r\nX: y", "percent-encode"),
        ("http:\\\\api.example.com", "no valid host"),
        ("http://api.example.com\\x", "percent-encode"),
        ("http://api.example.com/\ud800", "percent-encode"),
    ],
)
def test_a_bad_base_url_is_refused_with_advice_and_its_source(url: str, advice: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^api_base_url ") as caught:
        NavaiBackendClient(url, env={})
    assert advice in str(caught.value)
    with pytest.raises(ConfigurationError, match=r"^NAVAI_API_URL "):
        NavaiBackendClient(env={"NAVAI_API_URL": url})


@pytest.mark.parametrize(
    ("url", "without"),
    [
        ('"http://api.example.com/x"', "http://api.example.com/x"),
        (" 'http://api.example.com' ", "http://api.example.com"),
        ("\u201chttp://api.example.com\u201d", "http://api.example.com"),
        ('"http://api.example.com', "http://api.example.com"),
        ('"http://ana:secret@api.example.com"', "http://***@api.example.com"),
        ('""', "http://localhost:3000"),
    ],
)
def test_quotes_around_a_base_url_are_named(url: str, without: str) -> None:
    """Docker, for one, takes a value in a .env file with its quotes."""
    with pytest.raises(ConfigurationError) as caught:
        NavaiBackendClient(env={"NAVAI_API_URL": url})
    assert str(caught.value) == f"NAVAI_API_URL has quotes around it: write {without} without them."


@pytest.mark.parametrize("value", [3000, b"http://localhost", ["http://localhost"]])
def test_a_base_url_that_is_no_string_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match="must be a string such as 'http://localhost:3000'"):
        checked_base_url(value, None)


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        ("https://ana:p%40ss%3A@a.example/x", ("ana", "p@ss:")),
        ("https://ana@a.example/x", ("ana", "")),
        ("https://ana:secret@a.example/x", ("ana", "secret")),
    ],
)
def test_credentials_are_taken_out_of_the_base_url(url: str, credentials: tuple[str, str]) -> None:
    assert checked_base_url(url, None) == ("https://a.example/x", credentials)


@pytest.mark.parametrize(
    "url",
    [
        "ana:secret@host",
        "https://ana:se/cret@host",
        "https://ana:secret@host?x",
        "ftp://ana:secret@host",
        "https://ana:se@cret@h h",
    ],
)
def test_no_refusal_shows_a_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_base_url(url, None)
    assert "cret" not in str(caught.value)
    assert "***@" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (None, None),
        ("/api/functions", "/api/functions"),
        ("api/functions", "/api/functions"),
        ("/?rest_route=/navai/v1/functions", "/?rest_route=/navai/v1/functions"),
        ("?rest_route=/navai/v1/functions", "/?rest_route=/navai/v1/functions"),
        ("/", "/"),
        ("/a:b", "/a:b"),
        ("/go?to=https://a.example", "/go?to=https://a.example"),
        ("/it's?name='a'", "/it's?name=%27a%27"),
        ("/a?", "/a"),
        ("?", "/"),
    ],
)
def test_a_path_option_gets_a_leading_slash_and_may_have_a_query(path: str | None, expected: str | None) -> None:
    assert checked_path("functions_list_path", path) == expected


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("https://a.example/functions", "is a whole URL"),
        ("//a.example/functions", "is a whole URL"),
        ("", "leave it out"),
        (" ", "leave it out"),
        (5, "leave it out"),
        ("/a b", "percent-encode"),
        ("/a\r\nX: y", "percent-encode"),
        ("/a#b", "percent-encode"),
    ],
)
@pytest.mark.parametrize("option", ["client_secret_path", "functions_list_path", "functions_execute_path"])
def test_a_bad_path_option_is_refused_when_the_client_is_built(option: str, path: object, advice: str) -> None:
    options: dict[str, object] = {option: path}
    with pytest.raises(ConfigurationError, match=f"^{option} ") as caught:
        NavaiBackendClient(env={}, **options)  # type: ignore[arg-type]
    assert advice in str(caught.value)


@pytest.mark.parametrize("env", ["http://localhost", 5, [("NAVAI_API_URL", "x")]])
def test_an_environment_that_is_no_mapping_is_refused(env: object) -> None:
    with pytest.raises(ConfigurationError, match="env must be a mapping"):
        NavaiBackendClient(env=env)  # type: ignore[arg-type]


def test_the_environment_is_read_when_the_client_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVAI_API_URL", "https://first.example")
    client = NavaiBackendClient()
    monkeypatch.setenv("NAVAI_API_URL", "https://second.example")
    assert client.api_base_url == client.with_options(deadline=1).api_base_url == "https://first.example"


@pytest.mark.parametrize(
    "auth", ["token", ("ana",), ("ana", "b", "c"), ("ana", 5), ["ana", "secret"], ("a:b", "secret"), ("ana", "secret\ud800")]
)
def test_bad_credentials_are_refused_without_being_shown(auth: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^auth") as caught:
        checked_credentials(auth)
    assert "secret" not in str(caught.value)
    assert "token" not in str(caught.value).replace("bearer token", "")


@pytest.mark.parametrize("letter", ["\x00", "\x1f", " ", "\x7f", "\\", "\ud800", "\udfff"])  # noqa: PT014 (it takes all surrogates for the same)
def test_what_cannot_stand_in_an_address_is_refused(letter: str) -> None:
    with pytest.raises(ConfigurationError, match="percent-encode it"):
        checked_base_url(f"http://a.example/{letter}x", None)
    with pytest.raises(ConfigurationError, match="percent-encode it"):
        checked_path("functions_list_path", f"/{letter}x")


def test_what_is_next_to_that_may_stand_in_an_address() -> None:
    path = "/!~\x80X\u00e9\ud7ff\ue000"
    assert checked_path("functions_list_path", path) == path


@pytest.mark.parametrize("between", ["\n", "\r\n", "\u2028", "@", "@\n@", "//", "/\n", "?\n"])
def test_a_password_of_several_lines_is_not_shown(between: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_base_url(f"http://ana:planted{between}planted@a.example/x y", None)
    assert "planted" not in str(caught.value)


def test_an_address_that_is_refused_is_shown_without_its_credentials() -> None:
    with pytest.raises(ConfigurationError, match=r"^api_base_url 'http://\*\*\*@a\.example/x y' contains a space"):
        checked_base_url("http://ana:planted@a.example/x y", None)


@pytest.mark.parametrize("url", ["https://a.example/x://y", "https://a.example/X"])
def test_a_path_is_kept_as_it_is(url: str) -> None:
    assert checked_base_url(url, None) == (url, None)


@pytest.mark.parametrize("url", ["HTTP:///a.example", "Https:a.example"])
def test_a_scheme_in_capitals_needs_a_host_too(url: str) -> None:
    with pytest.raises(ConfigurationError, match="has no valid host and port"):
        checked_base_url(url, None)


def test_apostrophes_are_encoded_in_all_of_a_query_and_nowhere_else() -> None:
    assert checked_path("functions_list_path", "/a'b?c'd?e'") == "/a'b?c%27d?e%27"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "a.example.",
        "a" * 63 + ".example",
        ".".join(["a" * 61] * 4) + ".aaaaa",
        ".".join(["a" * 61] * 4) + ".aaaaa.",
        "my_backend",
        "127.0.0.1",
        "::1",
        "☃.example",
        "a\u3002example",
        "xn--e1afmkfd",
    ],
)
def test_hosts_that_there_can_be(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        ".",
        ".example",
        "a..b",
        "a" * 64,
        ".".join(["a" * 61] * 4) + ".aaaaaa",
        "::1%lo",
        "%00",
        "a%41",
        "é" * 70,
        "a\u3002\u3002b",
    ],
)
def test_hosts_that_there_cannot_be(host: str | None) -> None:
    assert not is_host(host)
    if host:
        with pytest.raises(ConfigurationError, match="no valid host"):
            checked_base_url(f"http://[{host}]/" if ":" in host else f"http://{host}/", None)


@pytest.mark.parametrize(
    ("host", "needs_no_lookup"),
    [("127.0.0.1", True), ("::1", True), ("127.1", False), ("1.2.3.4.5", False), ("localhost", False)],
)
def test_an_address_needs_no_lookup(host: str, needs_no_lookup: bool) -> None:
    assert is_address(host) is needs_no_lookup
