# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.create_client_secret_request import CreateClientSecretRequest
from ...models.create_client_secret_response import CreateClientSecretResponse
from ...models.error_response import ErrorResponse
from ...types import Response


def _get_kwargs(
    *,
    body: CreateClientSecretRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/navai/realtime/client-secret",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CreateClientSecretResponse | ErrorResponse:
    if response.status_code == 200:
        response_200 = CreateClientSecretResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 429:
        response_429 = ErrorResponse.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    response_default = ErrorResponse.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CreateClientSecretResponse | ErrorResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateClientSecretRequest,
) -> Response[CreateClientSecretResponse | ErrorResponse]:
    """Create an ephemeral client secret

     Creates a short-lived secret with which a client may open one OpenAI Realtime session. Every input
    is optional; what is
    left out takes the backend's configured default. Each call creates another secret.

    Args:
        body (CreateClientSecretRequest): What the session shall be like. A field that is left out
            takes the backend's default.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateClientSecretResponse | ErrorResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: CreateClientSecretRequest,
) -> CreateClientSecretResponse | ErrorResponse | None:
    """Create an ephemeral client secret

     Creates a short-lived secret with which a client may open one OpenAI Realtime session. Every input
    is optional; what is
    left out takes the backend's configured default. Each call creates another secret.

    Args:
        body (CreateClientSecretRequest): What the session shall be like. A field that is left out
            takes the backend's default.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateClientSecretResponse | ErrorResponse
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateClientSecretRequest,
) -> Response[CreateClientSecretResponse | ErrorResponse]:
    """Create an ephemeral client secret

     Creates a short-lived secret with which a client may open one OpenAI Realtime session. Every input
    is optional; what is
    left out takes the backend's configured default. Each call creates another secret.

    Args:
        body (CreateClientSecretRequest): What the session shall be like. A field that is left out
            takes the backend's default.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateClientSecretResponse | ErrorResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CreateClientSecretRequest,
) -> CreateClientSecretResponse | ErrorResponse | None:
    """Create an ephemeral client secret

     Creates a short-lived secret with which a client may open one OpenAI Realtime session. Every input
    is optional; what is
    left out takes the backend's configured default. Each call creates another secret.

    Args:
        body (CreateClientSecretRequest): What the session shall be like. A field that is left out
            takes the backend's default.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateClientSecretResponse | ErrorResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
