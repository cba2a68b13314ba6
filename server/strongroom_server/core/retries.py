"""Owns how work is retried when somebody else changed what it was based on. Knows no database and no call."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final, TypeVar

from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from strongroom.v1 import error_reason_pb2

# The longest pause before a retry. It is random, so that the attempts of concurrent callers do not collide again.
_PAUSE_SECONDS: Final = 0.02

T = TypeVar("T")


class Conflict(Exception):
    """What an attempt was based on changed at the same moment. The attempt has changed nothing, so it can be repeated."""


async def retried(
    attempt: Callable[[], Awaitable[T]], tries: int, exhausted: error_reason_pb2.ErrorReason.ValueType
) -> T:
    """The result of the first attempt that does not raise Conflict. Raises ServiceError with `exhausted` after so many tries."""
    for _ in range(tries - 1):
        try:
            return await attempt()
        except Conflict:
            await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - it protects no secret
    try:
        return await attempt()
    except Conflict:
        raise ServiceError(exhausted) from None
