"""Limits what peers may do without an API key, so that they leave the node to callers with keys.

A peer that opens unknown links is refused for a while, before anything of its calls is read. Links that exist do not count. A peer
that fails to authenticate too often waits for its refusals. Calls with valid keys from the same address do not wait.
"""

from __future__ import annotations

import math
from collections import Counter
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.bounds import PEER_BOUNDS
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.core.networks import network_of
from strongroom_server.rpc.limits import count_limited
from strongroom_server.rpc.refusals import Allowance, Refusals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom_server.core.bounds import PeerBounds

# The query of a callback, which may have 16,384 characters, and a cookie.
LARGEST_REQUEST: Final = 32 * 1024
# Calls at a time. They take milliseconds: one that exchanges a code leaves before, because a provider may take its time.
MOST_CALLS: Final = 16
# The unknown links that a peer may open at once, and the seconds after which it may open another one.
UNKNOWN_LINKS: Final = 30
SECONDS_PER_LINK: Final = 2.0
# What ends the counting of the present call.
_PLACE: ContextVar[ExitStack] = ContextVar("_PLACE")


class Strangers:
    """The calls without an API key that are under way, and the peers that opened unknown links or failed to authenticate.

    None is no limit of a peer. Unknown links have their limit even so, because it protects the links from guessing.
    """

    def __init__(self, bounds: PeerBounds | None = PEER_BOUNDS) -> None:
        self._most_calls = MOST_CALLS if bounds is None else bounds.calls
        self._calls: Counter[str] = Counter()
        self._links = Allowance(UNKNOWN_LINKS, SECONDS_PER_LINK)
        self._failures = None if bounds is None else Refusals(bounds.failures, bounds.rate)

    @contextmanager
    def admit(self, peer: str, size: int) -> Iterator[None]:
        """Count a call with a request of this size, and whether its link is unknown. Raises CONSENT_LIMITED, FIELD_INVALID."""
        who = network_of(peer)
        if (excess := self._links.excess(who)) > 0:
            raise _limited(math.ceil(excess))
        if self._calls.total() >= MOST_CALLS or self._calls[who] >= self._most_calls:
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
                    self._links.use(who)
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

    async def refuse_often(self, peer: str) -> None:
        """Count a failed authentication. Raises FAILED_AUTHENTICATIONS_LIMITED, after a while, if there were too many."""
        failures = self._failures
        if failures is None:
            return
        excess = await failures.hold(network_of(peer))
        if excess <= 0:
            return
        count_limited("FAILED_AUTHENTICATIONS_LIMITED", "peer")
        raise ServiceError(
            error_reason_pb2.ERROR_REASON_FAILED_AUTHENTICATIONS_LIMITED,
            of="peer",
            limit=str(failures.most),
            retry_seconds=str(math.ceil(excess)),
        )


def _limited(seconds: int) -> ServiceError:
    count_limited("CONSENT_LIMITED", "peer")
    return ServiceError(error_reason_pb2.ERROR_REASON_CONSENT_LIMITED, retry_seconds=str(seconds))
