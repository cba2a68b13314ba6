"""A collector of OpenTelemetry traces: a gRPC server that keeps the spans that it gets."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc.aio
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Collector:
    """What was sent to it."""

    url: str = ""
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        """All spans."""
        return [
            span
            for request in self.requests
            for of in request.resource_spans
            for s in of.scope_spans
            for span in s.spans
        ]

    def of_trace(self, trace_id: str) -> dict[str, Span]:
        """The spans of a trace by their names."""
        return {span.name: span for span in self.spans if span.trace_id.hex() == trace_id}


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    """A collector that runs."""
    collected = Collector()

    async def export(request: ExportTraceServiceRequest, _: grpc.aio.ServicerContext[Any, Any]) -> Any:
        collected.requests.append(request)
        return ExportTraceServiceResponse()

    handler = grpc.unary_unary_rpc_method_handler(
        export, ExportTraceServiceRequest.FromString, ExportTraceServiceResponse.SerializeToString
    )
    server = grpc.aio.server()
    name = "opentelemetry.proto.collector.trace.v1.TraceService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {"Export": handler}),))
    collected.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield collected
    finally:
        await server.stop(None)
