"""OpenTelemetry's instrumentation of httpx sees every attempt of the default clients."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from navai import APIConnectionError, AsyncNavaiBackendClient, NavaiBackendClient
from navai.testing import LocalBackend
from tests.conftest import Connect, over_httpx


class Tracing:
    """Collects spans in memory."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def instrument(self) -> None:
        HTTPXClientInstrumentor().instrument(tracer_provider=self.provider)

    def uninstrument(self) -> None:
        HTTPXClientInstrumentor().uninstrument()

    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()


@pytest.fixture
def tracing() -> Iterator[Tracing]:
    tracing = Tracing()
    tracing.instrument()
    yield tracing
    if HTTPXClientInstrumentor().is_instrumented_by_opentelemetry:
        tracing.uninstrument()
    tracing.provider.shutdown()


def traceparent(span: ReadableSpan) -> str:
    """How a span is called in the header, but for its flags."""
    assert span.context is not None
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}"


@over_httpx
def test_each_attempt_is_a_span_and_its_traceparent_arrives(connect: Connect, backend: LocalBackend, tracing: Tracing) -> None:
    backend.respond_next(503, headers={"Retry-After": "0"})
    assert connect(backend.url).list_functions().error is None
    first, second = tracing.spans()
    for span, status in ((first, 503), (second, 200)):
        assert span.name == "GET"
        assert span.attributes is not None
        assert span.attributes["http.url"] == f"{backend.url}/navai/functions"
        assert span.attributes["http.status_code"] == status
    assert (first.status.status_code, second.status.status_code) == (StatusCode.ERROR, StatusCode.UNSET)
    assert [request.headers["traceparent"][:-3] for request in backend.requests] == [traceparent(first), traceparent(second)]


async def call_async(url: str) -> object:
    async with AsyncNavaiBackendClient(url, env={}) as client:
        return await client.execute_function("add", {"a": 1, "b": 2})


def call(url: str) -> object:
    with NavaiBackendClient(url, env={}) as client:
        return client.execute_function("add", {"a": 1, "b": 2})


@pytest.mark.parametrize("run", [call, lambda url: asyncio.run(call_async(url))], ids=["sync", "async"])
def test_the_span_of_a_call_belongs_to_the_callers_span(
    run: Callable[[str], object], backend: LocalBackend, tracing: Tracing
) -> None:
    with tracing.provider.get_tracer("mine").start_as_current_span("turn") as turn:
        assert run(backend.url) == 3
    attempt, _ = tracing.spans()
    assert attempt.parent == turn.get_span_context()


@over_httpx
def test_an_attempt_without_an_answer_is_a_span_with_the_error(connect: Connect, tracing: Tracing) -> None:
    with socket.socket() as nobody:  # Bound, so that no other server gets the port, but not listening.
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(APIConnectionError):
            connect(f"http://127.0.0.1:{nobody.getsockname()[1]}", max_retries=1).execute_function("add")
    spans = tracing.spans()
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR] * 2
    assert ["ConnectError" in str(span.status.description) for span in spans] == [True, True]


@over_httpx
def test_clients_that_were_made_before_are_seen_too_and_none_after(
    connect: Connect, backend: LocalBackend, tracing: Tracing
) -> None:
    tracing.uninstrument()
    client = connect(backend.url)
    client.list_functions()
    tracing.instrument()
    client.list_functions()
    tracing.uninstrument()
    client.list_functions()
    assert len(tracing.spans()) == 1
    assert ["traceparent" in request.headers for request in backend.requests] == [False, True, False]


@over_httpx
def test_no_secret_is_in_a_span(connect: Connect, backend: LocalBackend, tracing: Tracing) -> None:
    client = connect(backend.url, headers={"X-Key": "planted"}, auth=("ana", "planted"))
    secret = client.create_client_secret(api_key="planted").value
    (span,) = tracing.spans()
    assert "planted" not in span.to_json()
    assert secret not in span.to_json()
