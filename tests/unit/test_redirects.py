"""Which redirects are followed, and what goes along."""

from __future__ import annotations

import pytest

from navai._http.messages import Headers, Response
from navai._http.redirects import MAX_REDIRECTS, Redirect, find_redirect

URL = "http://backend.example/wp/navai/functions?a=b"


def target(location: str | None, status: int = 307, method: str = "POST", url: str = URL) -> Redirect | None:
    headers = Headers([] if location is None else [("Location", location)])
    return find_redirect(method, url, Response(status, headers, b""))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_get_is_followed_after_each_redirect_and_a_post_after_two(status: int) -> None:
    there = Redirect("http://backend.example/there", trusted=True)
    assert target("/there", status, "GET") == there
    assert target("/there", status, "POST") == (there if status in (307, 308) else None)


@pytest.mark.parametrize("status", [200, 201, 300, 304, 305, 306, 309, 404])
def test_other_statuses_are_no_redirects(status: int) -> None:
    assert target("/there", status, "GET") is None


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/there", "http://backend.example/there"),
        ("there?c=d", "http://backend.example/wp/navai/there?c=d"),
        ("?c=d", "http://backend.example/wp/navai/functions?c=d"),
        ("//backend.example/there", "http://backend.example/there"),
        ("http://BACKEND.example:80/there", "http://BACKEND.example:80/there"),
        ("http://ana:secret@backend.example/there#part", "http://backend.example/there"),
        ("https://backend.example/there", "https://backend.example/there"),
        ("https://backend.example:8443/there", "https://backend.example:8443/there"),
        ("/\u00c3\u00b1", "http://backend.example/\u00f1"),
    ],
)
def test_the_same_backend_is_trusted(location: str, url: str) -> None:
    assert target(location) == Redirect(url, trusted=True)


@pytest.mark.parametrize(
    "location",
    [
        "http://other.example/",
        "//other.example/there",
        "http://backend.example:8080/",
        "https://sub.backend.example/",
        "http://backend.example.evil/",
    ],
)
def test_another_origin_is_not_and_a_post_does_not_go_there(location: str) -> None:
    found = target(location, method="GET")
    assert found is not None
    assert not found.trusted
    assert target(location) is None


def test_from_https_to_http_no_trust_goes_along() -> None:
    found = target("http://backend.example/", 301, "GET", "https://backend.example/")
    assert found == Redirect("http://backend.example/", trusted=False)


# Without the credentials, no URLs.
NO_HOSTS_AFTER_CREDENTIALS = [
    "http://a[::1]@[x",
    "https://a[::1]@[127.0.0.1",
    "http://[::1]@[",
    "http://=xn--zca[::1%25lo]@[",
    "//a[::1]@[backend.example",
]

NO_HOSTS = ["http://.example/", f"//{'a' * 64}.example/", "http://[::1%lo]/", "http://%00/", "//a..b"]


@pytest.mark.parametrize(
    "location", [None, "ftp://backend.example/", "javascript:alert(1)", "http://[::1", "http://a:port/", "mailto:a@b", *NO_HOSTS]
)
def test_what_is_no_address_is_not_followed(location: str | None) -> None:
    assert target(location, method="GET") is None


@pytest.mark.parametrize("location", NO_HOSTS_AFTER_CREDENTIALS)
@pytest.mark.parametrize(("method", "status"), [("GET", 302), ("POST", 307)])
def test_what_is_no_address_without_its_credentials_is_not_followed(location: str, method: str, status: int) -> None:
    assert target(location, status, method, "http://[::1]:80/") is None
    assert target(location, status, method) is None


@pytest.mark.parametrize("location", ["https:///there", "https://:443/there", "http://:80/there", "//:80/there"])
def test_an_address_without_a_host_is_not_followed(location: str) -> None:
    assert target(location, method="GET") is None


@pytest.mark.parametrize("location", ["https://backend.example:8443/", "https://backend.example/"])
def test_between_the_ports_of_https_no_trust_goes_along(location: str) -> None:
    """Only the way up from http is trusted on another port."""
    found = target(location, 301, "GET", "https://backend.example:9443/")
    assert found == Redirect(location, trusted=False)


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert target("/caf\u00e9") == Redirect("http://backend.example/caf\ufffd", trusted=True)


def test_as_many_redirects_are_followed_as_fetch_follows() -> None:
    assert MAX_REDIRECTS == 20
