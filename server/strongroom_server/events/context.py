"""Holds what the methods of EventService and the jobs that deliver use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom_server.audit.record import Recorder
    from strongroom_server.egress.client import Client
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database


@dataclass(frozen=True, slots=True)
class Context:
    """The database, the keys with the clock, and the client for outbound requests."""

    database: Database
    recorder: Recorder
    client: Client

    @property
    def keyring(self) -> Keyring:
        """The keys of this node."""
        return self.recorder.keyring
