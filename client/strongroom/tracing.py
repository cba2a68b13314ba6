"""Passes on the current span of a program that uses OpenTelemetry. Does not import it: a program without it has no spans."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom.authentication import Metadata


def with_trace(metadata_of_call: Callable[[], Metadata]) -> Callable[[], Metadata]:
    """A function that adds `traceparent` (W3C Trace Context) to the metadata of a call within a span."""

    def metadata() -> Metadata:
        trace = sys.modules.get("opentelemetry.trace")
        if trace is None:
            return metadata_of_call()
        context = trace.get_current_span().get_span_context()
        if not context.is_valid:
            return metadata_of_call()
        traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
        return (*metadata_of_call(), ("traceparent", traceparent))

    return metadata
