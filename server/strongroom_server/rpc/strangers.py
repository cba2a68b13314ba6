"""Limits the calls of methods that need no API key, so that they leave the node to callers with keys.

A peer that opens unknown links is refused for a while, before anything of its calls is read. Links that exist do not count.
"""

from __future__ import annotations

import math
from collections import Counter
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.core.networks import network_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# The query of a callback, which may have 16,384 characters, and a cookie.
LARGEST_REQUEST: Final = 32 * 1024
# Calls at a time. They take milliseconds: one that exchanges a code leaves before, because a provider may take its time.
MOST_CALLS: Final = 16
MOST_CALLS_OF_PEER: Final = 4
# The unknown links that a peer may open at once, and the seconds after which it may open another one.
UNKNOWN_LINKS: Final = 30
SECONDS_PER_LINK: Final = 2.0
# More peers than open unknown links within a minute. With more, the one whose last unknown link is the oldest is forgotten.
_MOST_PEERS: Final = 10_000
# What ends the counting of the present call.
_PLACE: ContextVar[ExitStack] = ContextVar("_PLACE")


class Strangers:
    """The calls without an API key that are under way, and the peers that opened unknown links."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        # When each peer may open as many unknown links again as any other, in seconds of the monotonic clock.
        self._free_at: dict[str, float] = {}

    @contextmanager
    def admit(self, peer: str, size: int) -> Iterator[None]:
        """Count a call with a request of this size, and whether its link is unknown. Raises CONSENT_LIMITED, FIELD_INVALID."""
        who = network_of(peer)
        self._require_few_unknown(who)
        if self._calls.total() >= MOST_CALLS or self._calls[who] >= MOST_CALLS_OF_PEER:
            raise _limited(1)
        if size > LARGEST_REQUEST:
            raise invalid("request", "must be at most 32 KiB")
        with ExitStack() as place:
            self._calls[who] += 1
            place.callback(self._remove, who)
            reset = _PLACE.set(place)
            try:
                yield
            except ServiceError as error:
                if error.reason == error_reason_pb2.ERROR_REASON_CONSENT_UNKNOWN:
                    self._note_unknown(who)
                raise
            finally:
                _PLACE.reset(reset)

    def leave(self) -> None:
        """Count the present call no longer: it had a state that is accepted once, and waits for a provider now."""
        _PLACE.get().close()

    def _remove(self, who: str) -> None:
        self._calls[who] -= 1
        if not self._calls[who]:
            del self._calls[who]

    def _require_few_unknown(self, who: str) -> None:
        excess = self._free_at.get(who, 0.0) - monotonic() - (UNKNOWN_LINKS - 1) * SECONDS_PER_LINK
        if excess > 0:
            raise _limited(math.ceil(excess))

    def _note_unknown(self, who: str) -> None:
        now = monotonic()
        # It moves to the end, so the first entry is the one to forget.
        free_at = max(self._free_at.pop(who, now), now)
        while len(self._free_at) >= _MOST_PEERS:
            del self._free_at[next(iter(self._free_at))]
        self._free_at[who] = free_at + SECONDS_PER_LINK


def _limited(seconds: int) -> ServiceError:
    return ServiceError(error_reason_pb2.ERROR_REASON_CONSENT_LIMITED, retry_seconds=str(seconds))
