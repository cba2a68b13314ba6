"""Creates credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from uuid_utils.compat import uuid7

from strongroom.v1.credential_pb2 import SURFACE_NATIVE
from strongroom_server.access.caller import may_change, require_team
from strongroom_server.access.scopes import require_create
from strongroom_server.core import records
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials import checks, live_credential, messages
from strongroom_server.credentials.usability import usability_of
from strongroom_server.credentials.vault import until_stored, visible_to
from strongroom_server.rules import fields
from strongroom_server.rules.state import state_of
from strongroom_server.rules.surfaces import surface_of
from strongroom_server.store import credential_writes, credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.v1.credential_pb2 import Credential
    from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import StoredCredential
    from strongroom_server.credentials.vault import Vault


class Prepared(NamedTuple):
    """A new credential that is not stored yet, and what was read for it."""

    new: credential_writes.NewCredential
    shared_team_slugs: Sequence[str]
    live_revision: int | None


def depends_on_rows(request: CreateCredentialRequest) -> bool:
    """Whether the new credential is prepared from other rows, which must not change before it is stored."""
    return bool(request.credential.live_credential_id or request.credential.shared_team_slugs)


async def create(vault: Vault, request: CreateCredentialRequest, caller: Caller) -> StoredCredential:
    """Prepare and store a new credential. Raises ServiceError."""

    async def attempt() -> StoredCredential:
        new, slugs, live_revision = await prepare_create(vault, request, caller)
        if not await credential_writes.create(vault.database, new, live_revision):
            raise Conflict
        return records.StoredCredential(new.row, slugs, None)

    return await until_stored(attempt)


async def prepare_create(
    vault: Vault, request: CreateCredentialRequest, caller: Caller, *, connects: bool = False
) -> Prepared:
    """Check, seal and sign a new credential. `connects` says that ConnectionService creates it. Raises ServiceError."""
    sent = request.credential
    surface = sent.surface or SURFACE_NATIVE
    now = vault.watch.now()
    violations = checks.check_create(request, surface, now, connects=connects)
    variant = sent.data.WhichOneof("variant") or ""
    credential, live = sent, await _live(vault, sent, caller) if sent.live_credential_id else None
    if live:
        live_credential.require_same_surface(live, surface)
        live_credential.require_same_variant(live.row.variant, variant)
        credential = live_credential.with_defaults(sent, live)
        checks.check_metadata(credential, surface, now)
    require_team(caller, credential.team_id or None)
    require_create(caller, credential.folder_id, surface)
    shared = await vault.shared_teams(caller, credential)
    credential_id = uuid7(nanoseconds=int(now.timestamp() * 1_000_000) * 1000)
    sealed = vault.keyring.seal(caller.organisation_id, credential_id, 1, variant, sent.data.SerializeToString())
    row = vault.keyring.sign(
        records.Credential(
            organisation_id=caller.organisation_id,
            id=credential_id,
            number=await vault.numbers.take(),
            surface=surface,
            variant=variant,
            **messages.policy_of(credential, list(shared.values())),
            **messages.settings_of(credential, variant, surface_of(surface)),
            **state_of(violations),
            **usability_of(sent.data, credential.allowed_hosts, violations),
            live_credential_id=live.row.id if live else None,
            test_enabled=live is not None,
            version=1,
            revision=1,
            sealing_key_id=sealed.key_id,
            box_sha256=sealed.sha256,
            create_time=now,
            update_time=now,
            delete_time=None,
            signature_format=0,
            signer_id="",
            signature=b"",
        )
    )
    event = vault.recorder.event(caller, "CreateCredential", row, box_sha256=sealed.sha256, changed=True)
    new = credential_writes.NewCredential(row, sealed.box, vault.recorder.act(event, caller.request))
    return Prepared(new, list(shared), live.row.revision if live else None)


async def _live(vault: Vault, sent: Credential, caller: Caller) -> StoredCredential:
    """Read the live credential that a new test credential names. Raises LIVE_CREDENTIAL_UNKNOWN."""
    live_id = fields.credential_id("credential.live_credential_id", sent.live_credential_id)
    live = await credentials.get(vault.database, visible_to(caller), live_id)
    if live is None or live.row.live_credential_id is not None or not may_change(caller, live.row.team_id):
        raise live_credential.unknown()
    return live
