# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.synthesize_speech_request import SynthesizeSpeechRequest
from ...models.synthesize_speech_response import SynthesizeSpeechResponse
from ...types import Response


def _get_kwargs(
    *,
    body: SynthesizeSpeechRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/navai/speech/synthesize",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | SynthesizeSpeechResponse:
    if response.status_code == 200:
        response_200 = SynthesizeSpeechResponse.from_dict(response.json())

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
) -> Response[ErrorResponse | SynthesizeSpeechResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SynthesizeSpeechRequest,
) -> Response[ErrorResponse | SynthesizeSpeechResponse]:
    """Synthesize speech

     Turns a text into speech, for agents whose backend says `elevenlabs` in the `speech` of a client
    secret: their realtime
    session answers in text. What is left out takes the backend's default. Each call costs the backend a
    synthesis. A
    backend without speech has no such path, as WordPress, or answers with an error, as Express.

    Args:
        body (SynthesizeSpeechRequest): What to say, and how. A field that is left out takes the
            backend's default.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | SynthesizeSpeechResponse]
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
    body: SynthesizeSpeechRequest,
) -> ErrorResponse | SynthesizeSpeechResponse | None:
    """Synthesize speech

     Turns a text into speech, for agents whose backend says `elevenlabs` in the `speech` of a client
    secret: their realtime
    session answers in text. What is left out takes the backend's default. Each call costs the backend a
    synthesis. A
    backend without speech has no such path, as WordPress, or answers with an error, as Express.

    Args:
        body (SynthesizeSpeechRequest): What to say, and how. A field that is left out takes the
            backend's default.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | SynthesizeSpeechResponse
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SynthesizeSpeechRequest,
) -> Response[ErrorResponse | SynthesizeSpeechResponse]:
    """Synthesize speech

     Turns a text into speech, for agents whose backend says `elevenlabs` in the `speech` of a client
    secret: their realtime
    session answers in text. What is left out takes the backend's default. Each call costs the backend a
    synthesis. A
    backend without speech has no such path, as WordPress, or answers with an error, as Express.

    Args:
        body (SynthesizeSpeechRequest): What to say, and how. A field that is left out takes the
            backend's default.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | SynthesizeSpeechResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: SynthesizeSpeechRequest,
) -> ErrorResponse | SynthesizeSpeechResponse | None:
    """Synthesize speech

     Turns a text into speech, for agents whose backend says `elevenlabs` in the `speech` of a client
    secret: their realtime
    session answers in text. What is left out takes the backend's default. Each call costs the backend a
    synthesis. A
    backend without speech has no such path, as WordPress, or answers with an error, as Express.

    Args:
        body (SynthesizeSpeechRequest): What to say, and how. A field that is left out takes the
            backend's default.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | SynthesizeSpeechResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
