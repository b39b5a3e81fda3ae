"""Finds the proxy for a request in ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``. No I/O.

httpcore speaks to the proxy. This module configures it, and explains the proxy's refusals.
"""

from __future__ import annotations

import contextlib
import importlib
import ipaddress
import re
from typing import NamedTuple
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from navai._errors import ConfigurationError
from navai._http.exceptions import proxy_refusal
from navai._http.tls import verifying_context

_SCHEMES = ("http", "https", "socks5", "socks5h")


class Route(NamedTuple):
    """The route to an origin.

    Attributes:
        proxy: The proxy to use; None for a direct connection.
        name: The URL of the proxy to display, without credentials; None for a direct connection.
        is_forwarding: Whether the proxy itself reads the request, as HTTP proxies do for http.
    """

    proxy: httpcore.Proxy | None = None
    name: str | None = None
    is_forwarding: bool = False

    @property
    def needs_setup(self) -> bool:
        """Whether the proxy has to open a tunnel first, by CONNECT or SOCKS."""
        return self.proxy is not None and not self.is_forwarding


def find_route(scheme: str, host: str, port: int | None) -> Route:
    """The route to an origin, according to the environment as it is now.

    Raises:
        ConfigurationError: If a variable does not name a usable proxy.
    """
    proxies = getproxies()
    variable = scheme if scheme in proxies else "all"
    if variable not in proxies or _is_excluded(host, port, proxies.get("no", "")):
        return Route()
    return _route_over(f"{variable.upper()}_PROXY", proxies[variable], scheme)


def _is_excluded(host: str, port: int | None, no_proxy: str) -> bool:
    """Whether ``NO_PROXY`` names the host (with or without the port), a parent domain, or a network that contains it."""
    entries = {entry.strip() for entry in no_proxy.split(",")}
    if entries & {"*", f"{host}:{port}", f"[{host}]", f"[{host}]:{port}"}:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(proxy_bypass(f"{host}:{port}"))
    for entry in entries:
        with contextlib.suppress(ValueError):  # It is not a network, but a name.
            if address in ipaddress.ip_network(entry, strict=False):
                return True
    return bool(proxy_bypass(host))


# Scheme, credentials, host, port.
_PROXY_URL = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.-]*)://)?(?:([^/?#@\s]*)@)?([^/?#@:\s\\\[\]]{1,253}|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?/*"
)


def _route_over(variable: str, value: str, scheme: str) -> Route:
    # The value is not shown: the part that cannot be parsed may be a password.
    advice = (
        f"The variable {variable} is not a valid proxy URL: write it like 'http://proxy.example:3128', and percent-encode special "
        "characters in the username and password (a slash is %2F)."
    )
    parts = _PROXY_URL.fullmatch(value)
    if parts is None or (parts[4] and not 0 < int(parts[4]) < 65536):
        raise ConfigurationError(advice)
    kind, userinfo = (parts[1] or "http").lower(), parts[2]
    if kind not in _SCHEMES:
        raise ConfigurationError(f"The variable {variable} has the scheme {kind[:20]!r}: it must be one of {', '.join(_SCHEMES)}.")
    try:
        parsed = httpx.URL(scheme=kind, host=parts[3].strip("[]"), port=int(parts[4]) if parts[4] else None)
    except httpx.InvalidURL:
        raise ConfigurationError(advice) from None
    if kind.startswith("socks"):
        try:
            importlib.import_module("socksio")
        except ImportError:
            raise ConfigurationError(
                f'{variable} names a SOCKS proxy, which needs socksio: pip install "navai-sdk[socks]".'
            ) from None
    username, _, password = (userinfo or "").partition(":")
    proxy = httpcore.Proxy(
        httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=b"/"),
        auth=None if userinfo is None else (unquote(username).encode(), unquote(password).encode()),
        ssl_context=verifying_context() if parsed.scheme == "https" else None,
    )
    return Route(proxy, str(parsed), is_forwarding=scheme == "http" and not kind.startswith("socks"))


def is_network_error(error: Exception) -> bool:
    """Whether it comes from the network or from a proxy; any other is a bug, or an exception raised by a signal handler."""
    errors = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError)
    return isinstance(error, errors) or type(error).__module__.partition(".")[0] == "socksio"


def setup_error(error: Exception) -> Exception:
    """Converts an error from before a proxy opened its tunnel into one that says that the request was not sent."""
    if isinstance(error, httpcore.TimeoutException):
        return httpcore.ConnectTimeout(str(error))
    if isinstance(error, httpcore.ProxyError):
        # The original error, the cause of the new one, must not repeat the credentials either.
        error.args = (proxy_refusal(str(error)),)
    return httpcore.ProxyError(str(error))
