"""Which proxy of the environment a request goes over."""

from __future__ import annotations

import pytest

from navai._http.proxies import find_route

PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("variable", "for_http", "for_https"),
    [("HTTP_PROXY", True, False), ("HTTPS_PROXY", False, True), ("ALL_PROXY", True, True)],
)
def test_each_variable_counts_for_its_scheme(
    variable: str, for_http: bool, for_https: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, PROXY)
    assert find_route("http", "backend.example", None).name == (PROXY if for_http else None)
    assert find_route("https", "backend.example", None).name == (PROXY if for_https else None)


def test_the_variable_of_the_scheme_goes_before_that_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://other.example:1")
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    assert find_route("http", "backend.example", None).name == PROXY


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "is_direct"),
    [
        ("backend.example", "backend.example", 80, True),
        ("other.example, .example", "backend.example", 80, True),
        ("backend.example:8080", "backend.example", 8080, True),
        ("backend.example:8080", "backend.example", 80, False),
        ("end.example", "backend.example", 80, False),
        ("*", "backend.example", 80, True),
        ("10.0.0.0/8", "10.1.2.3", 80, True),
        ("10.0.0.0/8", "11.1.2.3", 80, False),
        ("10.1.2.3", "10.1.2.3", 80, True),
        ("[::1]", "::1", 80, True),
        ("[::1]:80", "::1", 80, True),
        ("", "backend.example", 80, False),
    ],
)
def test_no_proxy_names_what_is_reached_directly(
    no_proxy: str, host: str, port: int, is_direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert (find_route("http", host, port).name is None) is is_direct
