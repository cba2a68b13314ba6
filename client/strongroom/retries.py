"""Decides whether to retry a failed call, and after which pause."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from grpc import StatusCode

from strongroom.errors import from_rpc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grpc import aio

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 1.0
SHORTEST_ATTEMPT_SECONDS: Final = 0.2

# UNAVAILABLE: the server or its database does not answer. CANCELLED: a stopping server cancels calls that it has not executed. A
# call that the caller cancels raises asyncio.CancelledError instead.
RETRIED_CODES: Final = frozenset({StatusCode.UNAVAILABLE, StatusCode.CANCELLED})

# With this metadata a server asks for a pause, or with a negative number for no retry (gRFC A6).
_PUSHBACK: Final = "grpc-retry-pushback-ms"
# Reasons that pass with time. The server has done nothing, so a request that must not be sent twice is sent again too.
_REFUSED_REASONS: Final = frozenset(
    {"CALL_RATE_LIMITED", "CALLS_AT_ONCE_LIMITED", "BYTES_IN_FLIGHT_LIMITED", "STREAMS_EXHAUSTED", "OVERLOADED"}
)


def pauses() -> Iterator[float]:
    """The pauses between the attempts of one call, in seconds, each with a random deviation of up to 20 %."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.8, 1.2)  # noqa: S311 - jitter need not be secret
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def pause_after(error: aio.AioRpcError, pauses: Iterator[float], *, is_retried: bool = True) -> float | None:
    """The pause before the next attempt, in seconds: at least what the server asks for. None means that the call is not retried.

    is_retried: whether the request may be sent again if the server may have handled it.
    """
    refusal = from_rpc(error)
    if refusal.reason in _REFUSED_REASONS:
        seconds = refusal.metadata.get("retry_seconds", "")
        # Callers that were refused together do not come back together.
        return (int(seconds) if seconds.isdecimal() else 0) * random.uniform(1.0, 1.5) + next(pauses)  # noqa: S311 - as above
    if not is_retried or error.code() not in RETRIED_CODES:
        return None
    for name, value in error.trailing_metadata() or ():
        if name == _PUSHBACK:
            milliseconds = str(value)
            return int(milliseconds) / 1000 if milliseconds.isdecimal() else None
    return next(pauses)
