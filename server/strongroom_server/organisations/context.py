"""Holds what every method of OrganisationService and IdentityService uses: database, keys, recorder, clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import Act
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database
    from strongroom_server.store.watch import Watch


@dataclass(frozen=True, slots=True)
class Context:
    """The database, the keys and the clock of both services."""

    database: Database
    keyring: Keyring
    recorder: Recorder
    watch: Watch
    # Removes an API key from this node's cache, by its id.
    forget_api_key: Callable[[str], None]
    # Removes an organisation from this node's cache, by its id.
    forget_organisation: Callable[[str], None]
    # Removes an issuer or identity from this node's memory. The text is that of a notification: store/identities.py.
    forget_identity: Callable[[str], None]

    def act(self, caller: Caller, action: str, subject: str, revision: int) -> Act:
        """What is recorded of a write: its audit event, and the request id if the request has one.

        `revision` is the new one of the row.
        """
        event = self.recorder.event(caller, action, subject=subject, revision=revision)
        return self.recorder.act(event, caller.request)

    def administrative_act(
        self, caller: Caller, action: str, subject: str, revision: int, *, organisation_id: str = ""
    ) -> Act:
        """What is recorded of a write of a row that an admin key signs: in the caller's organisation unless another is given.

        Raises SIGNER_ROLE_ABSENT.
        """
        event = self.recorder.administrative_event(caller, action, subject, revision, organisation_id=organisation_id)
        return self.recorder.act(event, caller.request)
