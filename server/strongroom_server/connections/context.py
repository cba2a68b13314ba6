"""Holds what every method of ConnectionService uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.egress.client import Client
    from strongroom_server.use.context import Context as UseContext


@dataclass(frozen=True, slots=True)
class Context:
    """The use of credentials, and where browsers reach this deployment: an https URL without a path, or empty."""

    use: UseContext
    public_url: str = ""

    @property
    def vault(self) -> Vault:
        """The credentials."""
        return self.use.vault

    @property
    def client(self) -> Client:
        """The client for outbound requests."""
        return self.use.client
