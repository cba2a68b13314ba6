"""Authenticates the callers of requests before their bodies are read, in front of a service in another process.

The service authenticates them again in each call, so an answer that is a second old decides only whether a body is read.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from strongroom.v1.identity_service_pb2 import GetCallerRequest
from strongroom_server.core.names import SURFACE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from strongroom_server.gateway.requests import Metadata

_KEPT_SECONDS: Final = 1.0
# More than call within a second. With more, all are asked for again.
_MOST_KEPT: Final = 10_000
_NEVER: Final = (-float("inf"), "")
CALL_SECONDS: Final = 10.0


class Callers:
    """The callers that the service has authenticated within the last second."""

    def __init__(self, get_caller: Callable[..., Awaitable[Any]]) -> None:
        """`get_caller` is the stub's method."""
        self._get_caller = get_caller
        # When each answer was asked for, and the caller's organisation, by the hash of what the caller presents.
        self._kept: dict[bytes, tuple[float, str]] = {}

    async def authenticate(self, metadata: Metadata) -> str:
        """The caller's organisation. Raises the service's error unless it knows the caller. Only its positive answers are kept."""
        who = [pair for pair in metadata if pair[0] != SURFACE]
        digest, now = hashlib.sha256(msgspec.msgpack.encode(who)).digest(), time.monotonic()
        asked_at, organisation_id = self._kept.get(digest, _NEVER)
        if now - asked_at < _KEPT_SECONDS:
            return organisation_id
        caller = await self._get_caller(GetCallerRequest(), metadata=metadata, timeout=CALL_SECONDS)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[digest] = now, caller.organisation_id
        return str(caller.organisation_id)
