"""Defines the client, which has one method for each RPC of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from strongroom.api_keys import ApiKeyCalls
from strongroom.audit import AuditCalls
from strongroom.connections import ConnectionCalls
from strongroom.credentials import CredentialCalls
from strongroom.events import EventCalls
from strongroom.identities import IdentityCalls
from strongroom.keys import KeyCalls
from strongroom.organisations import OrganisationCalls
from strongroom.use import UseCalls
from strongroom.versions import VersionCalls

if TYPE_CHECKING:
    from types import TracebackType


class Client(
    CredentialCalls,
    VersionCalls,
    UseCalls,
    ConnectionCalls,
    OrganisationCalls,
    ApiKeyCalls,
    IdentityCalls,
    AuditCalls,
    EventCalls,
    KeyCalls,
):
    """A client of one Strongroom deployment. It uses one channel; create it once and use it for the lifetime of your service.

        async with strongroom.Client("vault.example:443", api_key) as client: ...

    Create it inside the event loop that uses it. Any number of tasks may share it. The key or identity decides the
    organisation.

    Timeouts: every call has a deadline. It is the client's `timeout_seconds`, unless the call sets its own. In a list the timeout
    counts for each page, in an import for each response.

    Retries: if the server is UNAVAILABLE or cannot be reached, the client repeats a call within its deadline, with increasing
    pauses. It repeats no stream of events, no test of a webhook, and no forwarded request that may change something. Every write
    has a request_id, so the server does it only once; of a connection's consent each step is done once without. After
    UnavailableError or DeadlineExceededError, send the same request with the same request_id to find out whether it was done.

    Errors: calls raise subclasses of `StrongroomError`. If you cancel the task, its call is cancelled and raises
    asyncio.CancelledError. The docstrings of the methods name only the errors that are specific to them.
    """

    def __repr__(self) -> str:
        return f"<strongroom.Client {self._target}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the channel and cancel calls in flight. Closing a closed client does nothing."""
        await self._channel.close()
