"""Reads one credential, with its redacted data and an audit event in the full view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials import checks, grant_states, messages
from strongroom_server.credentials.vault import visible_to
from strongroom_server.store import audit

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import Credential
    from strongroom.v1.credential_service_pb2 import GetCredentialRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.credentials.vault import Vault


async def get(vault: Vault, request: GetCredentialRequest, caller: Caller, variant: str = "") -> Credential:
    """Read a credential, of one variant unless that is empty, in the view that the request names. Raises ServiceError."""
    checks.check_get(request)
    full = request.view == CREDENTIAL_VIEW_FULL
    stored = await vault.get(request.id, visible_to(caller, request.surface), box=full)
    if variant and stored.row.variant != variant:
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
    data = await vault.open_redacted(stored) if full else None
    if full:
        await audit.commit(vault.database, vault.recorder.event(caller, "GetCredential", stored.row))
    message = messages.message_of(stored, data)
    if grant_states.may_have_grant(stored.row):
        await grant_states.show(vault, [(message, stored)])
    return message
