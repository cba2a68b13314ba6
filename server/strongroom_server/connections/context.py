"""Holds what every method of ConnectionService uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from strongroom_server.connections.exchanges import Exchanges

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.credentials.vault import Vault
    from strongroom_server.egress.client import Client
    from strongroom_server.use.context import Context as UseContext


@dataclass(frozen=True, slots=True)
class Context:
    """The use of credentials, where browsers reach this deployment, and the exchanges of codes that are under way.

    `public_url` is an https URL without a path, or empty.
    """

    use: UseContext
    public_url: str = ""
    # Whether the node has begun to stop, so that nothing is waited for.
    is_stopping: Callable[[], bool] = lambda: False
    # Called in a call without an API key before it waits for a provider, so that it takes no place from the others.
    leave_strangers: Callable[[], None] = lambda: None
    exchanges: Exchanges = field(default_factory=Exchanges)

    @property
    def vault(self) -> Vault:
        """The credentials."""
        return self.use.vault

    @property
    def client(self) -> Client:
        """The client for outbound requests."""
        return self.use.client
