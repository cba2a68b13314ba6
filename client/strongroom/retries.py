"""Decides whether to retry a failed call, and after which pause."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from grpc import StatusCode

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


def pauses() -> Iterator[float]:
    """The pauses between the attempts of one call, in seconds, each with a random deviation of up to 20 %."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.8, 1.2)  # noqa: S311 - jitter need not be secret
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def pause_after(error: aio.AioRpcError, pauses: Iterator[float]) -> float | None:
    """The pause before the next attempt, in seconds. None means that the call is not retried."""
    if error.code() not in RETRIED_CODES:
        return None
    for name, value in error.trailing_metadata() or ():
        if name == _PUSHBACK:
            milliseconds = str(value)
            return int(milliseconds) / 1000 if milliseconds.isdecimal() else None
    return next(pauses)
