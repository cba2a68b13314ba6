"""Gives out a credential's data for use, with an audit event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.access.use import require_use
from strongroom_server.credentials import checks, grants, messages
from strongroom_server.credentials.vault import until_stored, visible_to
from strongroom_server.credentials.versions import open_version
from strongroom_server.store import audit

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import Credential
    from strongroom.v1.credential_service_pb2 import AccessCredentialRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.credentials.vault import Vault


async def access(vault: Vault, request: AccessCredentialRequest, caller: Caller) -> Credential:
    """Open a credential, in the version that the request names. Raises ServiceError."""
    checks.check_access(request)
    if request.version or request.unmanage:
        # The version may be sealed under another key between the reads, or the credential changed.
        return await until_stored(lambda: _access(vault, request, caller))
    return await _access(vault, request, caller)


async def _access(vault: Vault, request: AccessCredentialRequest, caller: Caller) -> Credential:
    names_version = bool(request.version)
    stored = await vault.get(request.id, visible_to(caller, request.surface), box=not names_version)
    await vault.verify(stored.row)
    # Of the present settings, also for an older version.
    is_managed = grants.is_managed(stored.row)
    host = request.target_host
    # The violations of a named version are found when it is opened.
    require_use(caller, stored.row, host, allow_invalid=request.allow_invalid or names_version)
    if names_version:
        stored, data = await open_version(vault, stored, request.version, caller)
        require_use(caller, stored.row, host, allow_invalid=request.allow_invalid)
    else:
        data = vault.open(stored)
    if request.unmanage:
        return await grants.unmanage(vault, stored, data, caller)
    await audit.commit(vault.database, vault.recorder.event(caller, "AccessCredential", stored.row))
    if is_managed:
        return await grants.message_of(vault, stored, data)
    return messages.message_of(stored, data)
