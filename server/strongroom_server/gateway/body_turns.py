"""Decides whose body is read and parsed next: organisations take turns, and so do the callers of each.

Parsing has only a part of the event loop's time.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.activity import Activity
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.fair_queue import RETRY_SECONDS, FairQueue
from strongroom_server.gateway import json_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.core.fair_queue import Turn
    from strongroom_server.gateway.json_body import JsonObject

# Bodies of at most this size need no turn: parsing one takes less than 0.5 ms. Larger ones take up to 10 ms.
SMALL: Final = 4 * 1024
# How many bodies of an organisation, and of all, are read or parsed at once. A waiting one is read up to 256 KiB by the connection.
_MOST: Final = 4
_MOST_IN_ALL: Final = 64
# A refused body is read all the same, so that the client gets the response. Refusals at once would cost more than patience.
_WAIT_SECONDS: Final = 10.0
# The time that reading and parsing a body takes is left to others this many times before the next one is parsed. Shorter rests are
# added up.
_REST: Final = 3
_SECONDS_TO_READ_A_BYTE: Final = 2e-9
_SHORTEST_REST_SECONDS: Final = 0.002


class BodyTurns:
    """The larger bodies of requests that are read and parsed, and those that wait."""

    def __init__(self) -> None:
        self._queue = FairQueue("body", Activity(), _MOST, _MOST, _MOST_IN_ALL, grows=False)
        self._parsing = asyncio.Lock()
        self._rested_at = 0.0

    @asynccontextmanager
    async def turn(self, organisation_id: str, caller: str) -> AsyncIterator[Turn]:
        """A context that begins when the body may be read. It can be left early with `end`. Raises OVERLOADED."""
        turn = self._queue.turn(organisation_id, caller, sheds=False)
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await turn.__aenter__()
        except TimeoutError:
            self._queue.count_refused(_WAIT_SECONDS)
            reason = error_reason_pb2.ERROR_REASON_OVERLOADED
            raise ServiceError(reason, retry_seconds=str(RETRY_SECONDS)) from None
        try:
            yield turn
        finally:
            turn.end()

    async def parse(self, content: bytes) -> JsonObject:
        """The JSON object of a body. Raises RefusedError.

        It is not parsed in a thread: a parser holds the interpreter, and the event loop, which gives it up in every turn, would get
        it back after 5 ms each time.
        """
        if len(content) <= SMALL:
            return json_body.parse(content)
        async with self._parsing:
            if (seconds := self._rested_at - monotonic()) > _SHORTEST_REST_SECONDS:
                await asyncio.sleep(seconds)
            began = monotonic()
            try:
                return json_body.parse(content)
            finally:
                ended = monotonic()
                took = ended - began + len(content) * _SECONDS_TO_READ_A_BYTE
                self._rested_at = max(self._rested_at, ended) + _REST * took
