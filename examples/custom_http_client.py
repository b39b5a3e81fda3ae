"""A custom HTTP client (the page's custom fetch): your own httpx client, for proxies,
certificates, transports or event hooks."""

import httpx

from navai import NavaiBackendClient


def log_request(request: httpx.Request) -> None:
    print(f"{request.method} {request.url.path}")


with httpx.Client(event_hooks={"request": [log_request]}, timeout=10) as http_client:
    # Uses http_client, and never closes it
    client = NavaiBackendClient(http_client=http_client)
    client.list_functions()
    client.create_client_secret()
