"""One call: an operation, sent with the client's options, and its result. Importing this module loads the HTTP library."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from attrs import evolve

from navai._contract.failed_response import FailedResponse, error_details
from navai._contract.operations import Operation
from navai._errors import APIConnectionError, NavaiError
from navai._http.attempts import Attempts
from navai._http.deadline import Deadline
from navai._http.messages import Headers, Request, RequestInfo, Response
from navai._options.headers import with_extra_headers
from navai._options.limits import checked_timeout
from navai._options.settings import Settings
from navai._results import APIResponse, BackendFunctionsResult, ClientSecret
from navai._tracebacks import without_tracebacks

_T = TypeVar("_T")


class Call(Attempts, Generic[_T]):
    """One call of an operation.

    Args:
        settings: The options of the client.
        operation: The operation to call.
        extra_headers: More headers for this call; None as a value removes the client's header.
        timeout: The limits of the steps of an attempt; None for the client's.
        deadline: When the call ends.

    Raises:
        ConfigurationError: If `extra_headers` or `timeout` is not valid.
    """

    def __init__(
        self,
        settings: Settings,
        operation: Operation[_T],
        extra_headers: Mapping[str, str | None] | None,
        timeout: Any,
        deadline: Deadline,
    ) -> None:
        self._operation = operation
        endpoint = settings.endpoint(operation.path_option, operation.path, operation.headers)
        if endpoint.info is None:
            endpoint.info = RequestInfo(
                operation.method, endpoint.shown_url, settings.secrets, settings.max_response_bytes, settings.api_base_url
            )
        headers, secrets = endpoint.headers, operation.secrets
        if extra_headers is not None:
            headers, more_secrets = with_extra_headers(headers, extra_headers)
            secrets += more_secrets
        request = Request(
            operation.method,
            endpoint.url,
            headers,
            operation.content,
            settings.timeout if timeout is None else checked_timeout(timeout),
            deadline.at,
            settings.max_response_bytes,
            deadline.seconds,
        )
        info: RequestInfo = endpoint.info
        if secrets:
            info = evolve(info, secrets=info.secrets + secrets)
        super().__init__(request, info, operation.retry_rule, settings.max_retries, deadline)

    def names(self) -> dict[str, str | None]:
        return {"operation": self._operation.name, "function_name": self._operation.function_name}

    def result(self) -> _T:
        """The result of the call, once it has an outcome.

        Raises:
            NavaiError: If the call failed.
        """
        # The event loop may have been stopped meanwhile, and run again while another exception is being handled.
        handled = self.deadline.handled, sys.exception()
        try:
            result = self._read()
        except NavaiError as error:
            raise without_tracebacks(error, *handled)  # noqa: B904 (it is the same error)
        if isinstance(result, BackendFunctionsResult) and result.error is not None:
            without_tracebacks(result.error, *handled)
        return result

    def response(self) -> APIResponse[_T]:
        """The result of the call, and what came with it.

        Raises:
            NavaiError: If the call failed.
        """
        result = self.result()
        if not isinstance(self.outcome, Response):
            return APIResponse(result, None, Headers())
        info = evolve(self.info, creates_secret=isinstance(result, ClientSecret))
        return APIResponse(result, self.outcome.status, error_details(FailedResponse(self.outcome, info))["headers"])

    def _read(self) -> _T:
        outcome = self.outcome
        if isinstance(outcome, Response):
            return self._operation.read(outcome, self.final_info())
        if isinstance(outcome, APIConnectionError):
            self.redact(outcome)
            return self._operation.fail(outcome)
        assert outcome is not None  # noqa: S101 (the call is over)
        raise outcome


class Seam:
    """Sends requests that no client method would, once each, and returns the raw responses. For `navai check`.

    Args:
        settings: The options of the client.
        transport: The transport of the client.
        deadline: When all requests together must have ended.
    """

    def __init__(self, settings: Settings, transport: Any, deadline: Deadline) -> None:
        self.deadline = deadline
        self.api_base_url = settings.api_base_url
        self._settings = settings
        self._transport = transport

    @property
    def has_credentials(self) -> bool:
        """Whether the requests carry credentials."""
        return any(name.lower() == "authorization" for name, _ in self._settings.headers)

    def send_once(self, operation: Operation[Any]) -> tuple[Response, RequestInfo]:
        """The response, whatever its status, and what reading it needs to know of the request.

        Raises:
            APIConnectionError: If none came.
        """
        call = Call(self._settings, operation, None, None, self.deadline)
        try:
            response: Response = self._transport.send(call.next_request())
        except APIConnectionError as error:
            call.wait_after(error)  # Logs it.
            call.redact(error)
            raise
        except BaseException as error:  # Of a signal handler: Ctrl-C, for example.
            call.was_interrupted(error)
            raise
        call.wait_after(response)
        return response, call.info
