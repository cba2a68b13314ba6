"""When a call is repeated, and after which pause."""

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

# The server or its database is away. A server that stops cancels calls that it has not executed; a caller's own cancelling is no
# status but asyncio.CancelledError.
CODES: Final = frozenset({StatusCode.UNAVAILABLE, StatusCode.CANCELLED})

# By which a server asks for a pause, or with a negative number for no repeat (gRFC A6).
_PUSHBACK: Final = "grpc-retry-pushback-ms"


def pauses() -> Iterator[float]:
    """The pauses between the attempts of one call, in seconds, with a jitter of a fifth."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.8, 1.2)  # noqa: S311 - nothing is to be kept from anyone
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def pause_after(error: aio.AioRpcError, pauses: Iterator[float]) -> float | None:
    """How long to wait before the call is repeated; None if it is not."""
    if error.code() not in CODES:
        return None
    for name, value in error.trailing_metadata() or ():
        if name == _PUSHBACK:
            milliseconds = str(value)
            return int(milliseconds) / 1000 if milliseconds.isdecimal() else None
    return next(pauses)
