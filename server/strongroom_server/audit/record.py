"""Owns what is recorded of a call: its audit event, and what its request id stands for."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec import structs
from uuid_utils.compat import uuid7

from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.records import Act, AuditEvent, Made, RequestId
from strongroom_server.sealing import request_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Credential
    from strongroom_server.sealing.keyring import Keyring

# Of what an operator does, and so of its request ids too.
_OF_OPERATORS: Final = frozenset({"CreateOrganisation"})
# What does not change what a request asks for.
_NOT_IN_DIGEST: Final = ("request_id", "organisation_id", "accept_invalid", "all_regions_timeout_seconds")


@dataclass(frozen=True, slots=True)
class Recorder:
    """Makes events that carry this deployment's proof, by the given clock."""

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
    ) -> AuditEvent:
        """The event of what the caller does now, of the caller's organisation unless another is given. `changed` says that the
        row was made so by the act.
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
                revision=row.revision if row else None,
                box_sha256=box_sha256,
                redact_fields=row.redact_fields if row and changed and row.variant == "key_values" else (),
                request_id=caller.request.request_id if caller.request else None,
                subject=subject,
            )
        )

    def act(self, event: AuditEvent, request: RequestId | None) -> Act:
        """What is stored with an act: its event, and what its request did, with this deployment's proof."""
        if request is None:
            return Act(event)
        made = Made(
            **structs.asdict(request),
            credential_id=event.credential_id,
            subject=event.subject,
            create_time=event.event_time,
        )
        return Act(event, self.keyring.made_with_mac(made))

    def request_id(self, method: str, request: Message, caller: Caller) -> RequestId:
        """What a request with an id stands for."""
        body = type(request)()
        body.CopyFrom(request)
        for name in _left_out(request.DESCRIPTOR):
            body.ClearField(name)
        organisation_id = OPERATORS_ORGANISATION if method in _OF_OPERATORS else caller.organisation_id
        request_id: str = request.request_id  # type: ignore[attr-defined] # it has one
        octets = body.SerializeToString(deterministic=True)
        digest_key_id, digest = self.keyring.digest(
            request_ids.encode_request(organisation_id, caller.key_id, request_id, method, octets)
        )
        return RequestId(organisation_id, caller.key_id, request_id, method, digest_key_id, digest)


@functools.cache
def _left_out(request: Descriptor) -> tuple[str, ...]:
    """The fields of such a request that its digest leaves out."""
    return tuple(name for name in _NOT_IN_DIGEST if name in request.fields_by_name)
