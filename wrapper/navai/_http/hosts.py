"""Which hosts a URL may have. No I/O."""

from __future__ import annotations

import ipaddress


def is_host(host: str | None) -> bool:
    """Whether a URL may have this host, as returned by `urlsplit`: an address, or a name whose labels fit DNS (RFC 1035).

    Some HTTP libraries pass any other host to the system, and fail in ways of their own; so they do for addresses with a zone.
    """
    if not host or "%" in host:
        return False
    try:
        labels = host.encode("ascii" if host.isascii() else "idna").split(b".")
    except UnicodeError:
        return False
    if not labels[-1]:
        labels.pop()  # The root.
    return bool(labels) and all(0 < len(label) < 64 for label in labels) and len(b".".join(labels)) <= 253


def is_address(host: str) -> bool:
    """Whether `host` is an IP address, which needs no lookup. ``1.2.3.4.5`` and ``127.1`` are not."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
