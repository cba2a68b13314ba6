"""Logs one line and counts metrics for each call."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import structlog
from google.rpc import code_pb2
from prometheus_client import Counter, Histogram

from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.core.errors import ServiceError, log_internal_error
from strongroom_server.core.names import DIRECT
from strongroom_server.core.reasons import REASONS
from strongroom_server.core.tracing import trace_id_of
from strongroom_server.rpc.noisiest import Noisiest

if TYPE_CHECKING:
    from strongroom_server.access.caller import Presented
    from strongroom_server.core.tracing import Span, Tracer

_log = structlog.get_logger()

_CALLS = Counter(
    "strongroom_calls", "Calls by method, status code, reason and surface.", ("method", "code", "reason", "surface")
)
_SECONDS = Histogram(
    "strongroom_call_seconds",
    "How long calls took.",
    ("method",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
_noisiest = Noisiest()


@dataclass(slots=True)
class CallLog:
    """What is known of a call so far, until `write` logs it."""

    method: str
    peer: str
    surface: str = DIRECT
    traceparent: str = ""
    organisation: str = ""
    # After a failed authentication: the key id that the caller claimed.
    key: str = ""
    principal: str = ""
    code: int = code_pb2.OK
    reason: str = ""
    # Of the requests.
    bytes: int = 0
    start: float = dataclasses.field(default_factory=time.perf_counter)
    # None while traces are off, and of a call that can be made without a key.
    span: Span | None = None

    @classmethod
    def of(cls, method: str, presented: Presented) -> Self:
        """That of a call that begins now."""
        return cls(method, presented.peer, presented.surface, presented.traceparent)

    def begin_span(self, tracer: Tracer) -> None:
        """Begin the call's span, once its caller is known."""
        if self.span is None:
            self.span = tracer.begin(self.method, self.traceparent, has_statements=True)
            self.traceparent = self.span.traceparent

    def set_error(self, error: BaseException) -> BaseException:
        """Set how the call failed. Returns the error to raise, which is INTERNAL for an unexpected exception."""
        # The second closes a stream whose caller has left.
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            self.code, self.reason = code_pb2.CANCELLED, "CANCELLED"
            return error
        if isinstance(error, Exception):
            if not isinstance(error, ServiceError):
                error = log_internal_error(self.method, error)
            self.code = REASONS[error.reason][0]
            self.reason = ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")
        return error

    def write(self) -> None:
        """Log and count the call."""
        seconds = time.perf_counter() - self.start
        code, calls, times = _series(self.method, self.code, self.reason, self.surface)
        calls.inc()
        times.observe(seconds)
        _noisiest.count((self.organisation, self.key, self.peer), self.code, seconds, self.bytes)
        fields = {"trace": trace_id_of(self.traceparent)} if self.traceparent else {}
        _log.info(
            "call",
            method=self.method,
            surface=self.surface,
            organisation=self.organisation,
            key=self.key,
            principal=self.principal,
            peer=self.peer,
            status=code,
            reason=self.reason,
            ms=round(seconds * 1000, 2),
            **fields,
        )
        if self.span is not None:
            self.span.end(
                {"method": self.method, "status": code, "reason": self.reason, "surface": self.surface},
            )


@functools.cache
def _series(method: str, code: code_pb2.Code.ValueType, reason: str, surface: str) -> tuple[str, Counter, Histogram]:
    """The name of a status code, and the metrics of the calls that end with it."""
    name = code_pb2.Code.Name(code)
    return name, _CALLS.labels(method, name, reason, surface), _SECONDS.labels(method)
