"""Prepares what is recorded of an act: its audit event, and the row of its request id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs
from uuid_utils.compat import uuid7

from strongroom_server.core.records import Act, AuditEvent, Made
from strongroom_server.sealing.signatures import ADMINISTRATIVE_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Credential, RequestId
    from strongroom_server.sealing.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Recorder:
    """Prepares events with this deployment's proof and the time of the given clock. It stores nothing."""

    keyring: Keyring
    now: Callable[[], datetime]

    def event(
        self,
        caller: Caller,
        action: str,
        row: Credential | None = None,
        *,
        outcome: str = "OK",
        organisation_id: str = "",
        credential_ids: Sequence[UUID] = (),
        version: int | None = None,
        box_sha256: bytes | None = None,
        changed: bool = False,
        subject: str | None = None,
        revision: int | None = None,
        use: bytes = b"",
    ) -> AuditEvent:
        """The event of an act of the caller, in the caller's organisation unless another is given.

        `changed` says that the act created or changed the data of `row`. `use` is a serialised CredentialUse.
        """
        return self.keyring.event_with_mac(
            AuditEvent(
                organisation_id=organisation_id or caller.organisation_id,
                event_id=uuid7(),
                event_time=self.now(),
                action=action,
                outcome=outcome,
                key_id=caller.key_id,
                peer=caller.peer,
                credential_id=row.id if row else None,
                credential_ids=credential_ids,
                version=version or (row.version if row else None),
                revision=row.revision if row else revision,
                box_sha256=box_sha256,
                redact_fields=row.redact_fields if row and changed and row.variant == "key_values" else (),
                request_id=caller.request.request_id if caller.request else None,
                subject=subject,
                principal=caller.principal,
                use=use,
            )
        )

    def administrative_event(
        self, caller: Caller, action: str, subject: str, revision: int, *, organisation_id: str = ""
    ) -> AuditEvent:
        """The event of a change of a row that an admin key signs, signed by the same key. `revision` is the row's new one.

        Raises SIGNER_ROLE_ABSENT.
        """
        assert action in ADMINISTRATIVE_ACTIONS
        return self.keyring.signed_event(
            AuditEvent(
                organisation_id=organisation_id or caller.organisation_id,
                event_id=uuid7(),
                event_time=self.now(),
                action=action,
                outcome="OK",
                key_id=caller.key_id,
                peer=caller.peer,
                revision=revision,
                request_id=caller.request.request_id if caller.request else None,
                subject=subject,
                principal=caller.principal,
            )
        )

    def act(self, event: AuditEvent, request: RequestId | None) -> Act:
        """The event together with the row of the request id, if there is one."""
        if request is None:
            return Act(event)
        made = Made(
            **structs.asdict(request),
            credential_id=event.credential_id,
            subject=event.subject,
            create_time=event.event_time,
        )
        return Act(event, self.keyring.made_with_mac(made))
