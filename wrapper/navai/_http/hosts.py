"""What a URL may name as its host. No I/O."""

from __future__ import annotations

import ipaddress


def is_host(host: str | None) -> bool:
    """Whether a URL may have this host, as `urlsplit` gives it: an address, or a name whose labels DNS can carry (RFC 1035).

    Some HTTP libraries hand any other to the system, and fail in ways of their own. Zones of addresses are among these.
    """
    if not host or "%" in host:
        return False
    try:
        labels = host.encode("idna").split(b".") if not host.isascii() else host.encode().split(b".")
    except UnicodeError:
        return False
    if not labels[-1]:
        labels.pop()  # The root.
    return bool(labels) and all(0 < len(label) < 64 for label in labels) and sum(map(len, labels)) + len(labels) <= 254


def is_address(host: str) -> bool:
    """Whether `host` is an address, so that nobody has to be asked. ``1.2.3.4.5`` is none, nor is ``127.1``."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
