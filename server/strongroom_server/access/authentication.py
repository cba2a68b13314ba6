"""Finds the caller of a request by what it presents: an API key or a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom_server.access.api_keys import ApiKeys
    from strongroom_server.access.caller import Caller, Presented
    from strongroom_server.store.watch import Watch


class Authenticator:
    """Authenticates callers. It asks the module of each way to do so, and knows none of their details."""

    def __init__(self, api_keys: ApiKeys) -> None:
        self._api_keys = api_keys

    async def identify(self, presented: Presented, watch: Watch) -> Caller:
        """The caller of a request. Raises AuthenticationFailed."""
        return await self._api_keys.identify(presented.authorization, watch)
