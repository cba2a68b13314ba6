"""Logs once a minute which callers made the node work most. Its memory is bounded, however many callers there are."""

from __future__ import annotations

import asyncio
from typing import Final, TypeAlias

import structlog
from google.rpc import code_pb2

WINDOW_SECONDS: Final = 60.0
# How many callers a line names.
NAMED: Final = 5
# With more callers in a minute, the half of them that took the least time is forgotten. One that takes much time stays.
MOST_KNOWN: Final = 1_024

# What callers were refused with, by a limit or because of their rights.
_REFUSALS: Final = frozenset(
    {code_pb2.RESOURCE_EXHAUSTED, code_pb2.UNAVAILABLE, code_pb2.UNAUTHENTICATED, code_pb2.PERMISSION_DENIED}
)

# An organisation, the id of the key or identity, and an address. The first is empty if the caller was not authenticated.
Caller: TypeAlias = tuple[str, str, str]

_log = structlog.get_logger()


class Noisiest:
    """The callers of the present minute. It begins with its first call, so that an idle node logs nothing."""

    def __init__(self) -> None:
        # Calls, refused calls, seconds and bytes of each.
        self._callers: dict[Caller, list[float]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        return len(self._callers)

    def count(self, caller: Caller, code: int, seconds: float, size: int) -> None:
        """Count a call that has ended."""
        counts = self._callers.get(caller)
        if counts is None:
            counts = self._add(caller)
        counts[0] += 1
        counts[1] += code in _REFUSALS
        counts[2] += seconds
        counts[3] += size

    def write(self) -> None:
        """Log the callers that took the most time, and forget all."""
        callers, self._callers, self._loop = self._callers, {}, None
        noisiest = sorted(callers.items(), key=lambda each: each[1][2], reverse=True)[:NAMED]
        _log.info(
            "noisiest callers",
            callers=[
                {
                    "organisation": organisation,
                    "key": key,
                    "peer": peer,
                    "calls": int(calls),
                    "refused": int(refused),
                    "seconds": round(seconds, 3),
                    "bytes": int(size),
                }
                for (organisation, key, peer), (calls, refused, seconds, size) in noisiest
            ],
        )

    def _add(self, caller: Caller) -> list[float]:
        loop = asyncio.get_running_loop()
        # A loop that was closed does not run its timers any more.
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(WINDOW_SECONDS, self.write)
        if len(self._callers) >= MOST_KNOWN:
            by_seconds = sorted(self._callers.items(), key=lambda each: each[1][2], reverse=True)
            self._callers = dict(by_seconds[: MOST_KNOWN // 2])
        counts = self._callers[caller] = [0, 0, 0.0, 0]
        return counts
