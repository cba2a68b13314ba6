"""Bounds how many refreshes one provider has under way on a node, so that a slow one leaves room for others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(slots=True)
class _Provider:
    free: asyncio.Semaphore
    # With those that wait for a slot.
    refreshes: int = 0


class ProviderSlots:
    """The slots of each provider, by the origin of its token endpoint. `waiting` is how many refreshes wait for one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._providers: dict[str, _Provider] = {}
        self.waiting = 0

    @asynccontextmanager
    async def of(self, origin: str) -> AsyncIterator[None]:
        """A slot of a provider, once one is free. Raises REFRESH_PENDING if as many refreshes wait as it has slots."""
        provider = self._providers.setdefault(origin, _Provider(asyncio.Semaphore(self._most)))
        if provider.refreshes == 2 * self._most:
            raise ServiceError(reasons.ERROR_REASON_REFRESH_PENDING)
        provider.refreshes += 1
        try:
            await self._wait(provider)
            try:
                yield
            finally:
                provider.free.release()
        finally:
            provider.refreshes -= 1
            if not provider.refreshes:
                del self._providers[origin]

    async def _wait(self, provider: _Provider) -> None:
        self.waiting += 1
        try:
            await provider.free.acquire()
        finally:
            self.waiting -= 1
