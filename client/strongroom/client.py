"""The client: one method an RPC of CredentialService, OrganisationService and AuditService."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from strongroom.audit import AuditCalls
from strongroom.credentials import CredentialCalls
from strongroom.organisations import OrganisationCalls

if TYPE_CHECKING:
    from types import TracebackType


class Client(CredentialCalls, OrganisationCalls, AuditCalls):
    """A client of one Strongroom, over one channel; for as long as the service that uses it lives.

        async with strongroom.Client("vault.example:443", api_key) as client: ...

    Must be made inside the event loop that uses it; any number of tasks may call it at once. The organisation is the
    API key's.

    Every call has a deadline, `timeout_seconds` of the client unless the call gives its own; lists count it by the
    page, an import by the answer. Every call but the stream of audit events is repeated with growing pauses within that
    deadline when the server is UNAVAILABLE or cannot be reached: what changes something carries a request_id, by which
    it happens once. After UnavailableError or DeadlineExceededError the same request with the same request_id tells
    whether it happened.

    Calls raise `StrongroomError`, by its subclasses; a cancelled task's call is cancelled and raises
    asyncio.CancelledError. The methods' docstrings name only what is particular to them.
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
        """Close the channel. Calls in flight are cancelled; closing again changes nothing."""
        await self._channel.close()
