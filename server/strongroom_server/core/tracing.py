"""Spans of requests, calls and statements, if traces are on. Knows no OpenTelemetry: node/traces.py sets what makes the spans."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

# The header, and the metadata of a call, that name the trace and the span that a request belongs to (W3C Trace Context).
TRACEPARENT: Final = "traceparent"

_TRACEPARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


class Span(Protocol):
    """What takes time. A span that is never ended is not sent."""

    @property
    def traceparent(self) -> str:
        """The value of TRACEPARENT for what belongs to the span."""

    @property
    def trace_id(self) -> str:
        """The id of its trace, as 32 hexadecimal digits."""

    def end(self, attributes: Mapping[str, str | int]) -> None:
        """End the span. Attributes never contain ids, names or values."""


class Tracer(Protocol):
    """Makes spans."""

    def begin(self, name: str, traceparent: str, *, has_statements: bool) -> Span:
        """Begin the span of a request or call. With `has_statements` those of this task are within it from now on."""

    def begin_statement(self, name: str) -> Span | None:
        """Begin the span of a statement within the current one, if there is one that is sent."""


# None while traces are off.
tracer: Tracer | None = None


def begin_statement(*within: str) -> Span | None:
    """Begin the span of a statement. It has the name of the function that runs the statement, outside of these modules. Returns
    None if none is sent.
    """
    if tracer is None:
        return None
    frame = sys._getframe(1)  # noqa: SLF001 - inspect.currentframe is the same and may return None
    while frame.f_back is not None and frame.f_globals.get("__name__") in within:
        frame = frame.f_back
    module = frame.f_globals.get("__name__", "").removeprefix("strongroom_server.")
    return tracer.begin_statement(f"{module}.{frame.f_code.co_qualname}")


def valid_traceparent(text: str) -> str:
    """The value of TRACEPARENT, or an empty text if it is malformed."""
    return text if _TRACEPARENT.fullmatch(text) else ""


def trace_id_of(traceparent: str) -> str:
    """The id of the trace that a valid value of TRACEPARENT names."""
    return traceparent[3:35]
