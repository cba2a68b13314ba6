"""Retries work after a concurrent change. Knows no database and no call."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final, TypeVar

from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from strongroom.v1 import error_reason_pb2

# The longest pause before a retry. Pauses are random, so that concurrent callers do not collide again.
_PAUSE_SECONDS: Final = 0.02

T = TypeVar("T")


class Conflict(Exception):
    """A concurrent change made an attempt fail. The attempt stored nothing, so it can be repeated."""


async def retry(
    attempt: Callable[[], Awaitable[T]], tries: int, exhausted: error_reason_pb2.ErrorReason.ValueType
) -> T:
    """Repeat the attempt while it raises Conflict, and return its result. Raises `exhausted` after so many tries."""
    for _ in range(tries - 1):
        try:
            return await attempt()
        except Conflict:
            await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - not for cryptography
    try:
        return await attempt()
    except Conflict:
        raise ServiceError(exhausted) from None
