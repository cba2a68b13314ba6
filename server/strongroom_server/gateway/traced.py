"""Makes the span of a request, and passes on the trace that the request belongs to.

Anybody can send a `traceparent`, and its flag asks for the trace to be kept. So the span of a request is sent only if the service
knew the caller, and a request that the gateway refuses by itself has none.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc.aio

from strongroom_server.core import tracing
from strongroom_server.core.tracing import TRACEPARENT, valid_traceparent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from strongroom_server.core.tracing import Span
    from strongroom_server.gateway.requests import Metadata


def passed_on(request: Request) -> Metadata:
    """The metadata that names the trace of a request, while this process makes no spans."""
    traceparent = valid_traceparent(request.headers.get(TRACEPARENT, ""))
    return ((TRACEPARENT, traceparent),) if traceparent else ()


@contextmanager
def span_of(request: Request, surface: str, route: str) -> Iterator[Metadata]:
    """A context for the calls for a request, which gives the metadata that names their trace. Ended by an error of ours, it has no
    span.
    """
    if tracing.tracer is None:
        yield passed_on(request)
        return
    traceparent = valid_traceparent(request.headers.get(TRACEPARENT, ""))
    span = tracing.tracer.begin(f"{surface} {request.method} {route}", traceparent, has_statements=False)
    try:
        yield ((TRACEPARENT, span.traceparent),)
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.UNAUTHENTICATED:
            _end(span, request, surface, error.code().name)
        raise
    _end(span, request, surface, grpc.StatusCode.OK.name)


def _end(span: Span, request: Request, surface: str, status: str) -> None:
    span.end({"method": request.method, "status": status, "surface": surface})
