"""Makes spans with OpenTelemetry's SDK, and sends them from a thread of its own. Only node/traces.py imports this.

The SDK keeps at most OTEL_BSP_MAX_QUEUE_SIZE spans (2,048) and drops the rest, so a collector that does not answer delays no call.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from typing import TYPE_CHECKING, Final

import structlog
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

# How long one attempt to send may take, and how long the end of the process waits for the last spans.
_SEND_SECONDS: Final = 5
_CLOSE_SECONDS: Final = 2.0

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_log = structlog.get_logger()


class OpenTelemetry:
    """The tracer of core/tracing.py."""

    def __init__(self, url: str) -> None:
        named = "OTEL_SERVICE_NAME" in os.environ or "service.name" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        exporter = _Exporter(OTLPSpanExporter(endpoint=url, insecure=url.startswith("http://"), timeout=_SEND_SECONDS))
        self._provider = TracerProvider(
            resource=Resource.create({} if named else {SERVICE_NAME: "strongroom"}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("strongroom")

    def begin(self, name: str, traceparent: str, *, has_statements: bool) -> _Span:
        """Begin the span of a request or call. With `has_statements` those of this task are within it from now on."""
        parent = _PROPAGATOR.extract({"traceparent": traceparent}, contexts.Context())
        span = self._tracer.start_span(name, parent, trace.SpanKind.SERVER)
        if has_statements:
            # Nothing resets it: a task makes calls of one request only, and each of them names its parent.
            contexts.attach(trace.set_span_in_context(span))
        return _Span(span)

    def begin_statement(self, name: str) -> _Span | None:
        """Begin the span of a statement within the current one, if there is one that is sent."""
        if not trace.get_current_span().is_recording():
            return None
        return _Span(self._tracer.start_span(name, kind=trace.SpanKind.CLIENT))

    async def close(self) -> None:
        """Send the last spans, if the collector takes them at once."""
        loop, closed = asyncio.get_running_loop(), asyncio.Event()

        def close() -> None:
            self._provider.shutdown()
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(closed.set)

        # A thread that does not hold up the end of the process.
        threading.Thread(target=close, daemon=True).start()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await closed.wait()
        except TimeoutError:
            _log.warning("last traces not sent")


class _Span:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        context = self._span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    @property
    def trace_id(self) -> str:
        return f"{self._span.get_span_context().trace_id:032x}"

    def end(self, attributes: Mapping[str, str | int]) -> None:
        self._span.set_attributes(attributes)
        self._span.end()


class _Exporter(SpanExporter):
    """Logs when a collector stops to take spans, and when it takes them again. The SDK's own log is off."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._loop = asyncio.get_running_loop()
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans, from the SDK's thread."""
        result = self._inner.export(spans)
        fails = result is not SpanExportResult.SUCCESS
        if fails is not self._fails:
            self._fails = fails
            write = _log.warning if fails else _log.info
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self._loop.call_soon_threadsafe(write, "traces not sent" if fails else "traces sent again")
        return result

    def shutdown(self) -> None:
        """End an export that is under way, and the connection."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept here."""
        return self._inner.force_flush(timeout_millis)
