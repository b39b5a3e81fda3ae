# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.execute_function_request import ExecuteFunctionRequest
from ...models.execute_function_response import ExecuteFunctionResponse
from ...models.function_failure import FunctionFailure
from ...models.unknown_function_response import UnknownFunctionResponse
from ...types import Response


def _get_kwargs(
    *,
    body: ExecuteFunctionRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/navai/functions/execute",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> (
    ErrorResponse
    | ErrorResponse
    | FunctionFailure
    | ExecuteFunctionResponse
    | FunctionFailure
    | FunctionFailure
    | UnknownFunctionResponse
):
    if response.status_code == 200:

        def _parse_response_200(data: object) -> ExecuteFunctionResponse | FunctionFailure:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = ExecuteFunctionResponse.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_200_type_1 = FunctionFailure.from_dict(data)

            return response_200_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = FunctionFailure.from_dict(response.json())

        return response_202

    if response.status_code == 400:

        def _parse_response_400(data: object) -> ErrorResponse | FunctionFailure:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_400_type_0 = FunctionFailure.from_dict(data)

                return response_400_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_400_type_1 = ErrorResponse.from_dict(data)

            return response_400_type_1

        response_400 = _parse_response_400(response.json())

        return response_400

    if response.status_code == 403:

        def _parse_response_403(data: object) -> ErrorResponse | FunctionFailure:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_403_type_0 = FunctionFailure.from_dict(data)

                return response_403_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_403_type_1 = ErrorResponse.from_dict(data)

            return response_403_type_1

        response_403 = _parse_response_403(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = UnknownFunctionResponse.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        response_429 = ErrorResponse.from_dict(response.json())

        return response_429

    if response.status_code == 500:

        def _parse_response_500(data: object) -> ErrorResponse | FunctionFailure:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_500_type_0 = FunctionFailure.from_dict(data)

                return response_500_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_500_type_1 = ErrorResponse.from_dict(data)

            return response_500_type_1

        response_500 = _parse_response_500(response.json())

        return response_500

    response_default = ErrorResponse.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[
    ErrorResponse
    | ErrorResponse
    | FunctionFailure
    | ExecuteFunctionResponse
    | FunctionFailure
    | FunctionFailure
    | UnknownFunctionResponse
]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteFunctionRequest,
) -> Response[
    ErrorResponse
    | ErrorResponse
    | FunctionFailure
    | ExecuteFunctionResponse
    | FunctionFailure
    | FunctionFailure
    | UnknownFunctionResponse
]:
    """Execute a function

     Executes one of the listed functions and answers with its result. A function may have effects that
    cannot be undone:
    a client must not send the same execution twice unless it knows that the first never reached the
    backend.

    Args:
        body (ExecuteFunctionRequest): Which function to execute, and with what.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | ErrorResponse | FunctionFailure | ExecuteFunctionResponse | FunctionFailure | FunctionFailure | UnknownFunctionResponse]
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
    body: ExecuteFunctionRequest,
) -> (
    ErrorResponse
    | ErrorResponse
    | FunctionFailure
    | ExecuteFunctionResponse
    | FunctionFailure
    | FunctionFailure
    | UnknownFunctionResponse
    | None
):
    """Execute a function

     Executes one of the listed functions and answers with its result. A function may have effects that
    cannot be undone:
    a client must not send the same execution twice unless it knows that the first never reached the
    backend.

    Args:
        body (ExecuteFunctionRequest): Which function to execute, and with what.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | ErrorResponse | FunctionFailure | ExecuteFunctionResponse | FunctionFailure | FunctionFailure | UnknownFunctionResponse
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteFunctionRequest,
) -> Response[
    ErrorResponse
    | ErrorResponse
    | FunctionFailure
    | ExecuteFunctionResponse
    | FunctionFailure
    | FunctionFailure
    | UnknownFunctionResponse
]:
    """Execute a function

     Executes one of the listed functions and answers with its result. A function may have effects that
    cannot be undone:
    a client must not send the same execution twice unless it knows that the first never reached the
    backend.

    Args:
        body (ExecuteFunctionRequest): Which function to execute, and with what.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | ErrorResponse | FunctionFailure | ExecuteFunctionResponse | FunctionFailure | FunctionFailure | UnknownFunctionResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteFunctionRequest,
) -> (
    ErrorResponse
    | ErrorResponse
    | FunctionFailure
    | ExecuteFunctionResponse
    | FunctionFailure
    | FunctionFailure
    | UnknownFunctionResponse
    | None
):
    """Execute a function

     Executes one of the listed functions and answers with its result. A function may have effects that
    cannot be undone:
    a client must not send the same execution twice unless it knows that the first never reached the
    backend.

    Args:
        body (ExecuteFunctionRequest): Which function to execute, and with what.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | ErrorResponse | FunctionFailure | ExecuteFunctionResponse | FunctionFailure | FunctionFailure | UnknownFunctionResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
