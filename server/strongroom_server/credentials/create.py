"""Owns how a credential comes to be: the checks, the box, and the row with its signature, up to what the store takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from uuid_utils.compat import uuid7

from strongroom.v1.credential_pb2 import SURFACE_NATIVE
from strongroom_server.access.caller import may_change, require_team
from strongroom_server.core import records
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials import checks as problems
from strongroom_server.credentials import live_credential, messages
from strongroom_server.credentials.vault import judged, scope_of, state_of, until_stored
from strongroom_server.rules import fields
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


def depends_on_others(request: CreateCredentialRequest) -> bool:
    """Whether something is read for the new credential, which must still stand when it is stored."""
    return bool(request.credential.live_credential_id or request.credential.shared_team_slugs)


async def created(vault: Vault, request: CreateCredentialRequest, caller: Caller) -> StoredCredential:
    """Make and store a new credential."""

    async def attempt() -> StoredCredential:
        new, slugs, live_revision = await prepared(vault, request, caller)
        if not await credential_writes.create(vault.database, new, live_revision):
            raise Conflict
        return records.StoredCredential(new.row, slugs, None)

    return await until_stored(attempt)


async def prepared(vault: Vault, request: CreateCredentialRequest, caller: Caller) -> Prepared:
    """Check, seal and sign a new credential."""
    sent = request.credential
    surface = sent.surface or SURFACE_NATIVE
    fields.require(problems.of_create(request, surface))
    now = vault.watch.now()
    variant = sent.data.WhichOneof("variant") or ""
    broken = judged(sent.data, sent.tines_settings, accept_invalid=request.accept_invalid)
    credential, live = sent, await _live(vault, sent, caller) if sent.live_credential_id else None
    if live:
        live_credential.require_same_surface(live, surface)
        live_credential.require_same_variant(live.row.variant, variant)
        credential = live_credential.with_defaults(sent, live)
        fields.require(fields.metadata(credential, fields.METADATA_RULES, surface))
    require_team(caller, credential.team_id or None)
    shared = await vault.shared_teams(caller, credential)
    external_id = messages.external_id_of(variant, surface)
    policy = messages.policy_of(credential, list(shared.values()), external_id)
    fields.require(fields.future("credential.expire_time", policy["expire_time"], now))
    credential_id = uuid7(nanoseconds=int(now.timestamp() * 1_000_000) * 1000)
    sealed = vault.keyring.seal(caller.organisation_id, credential_id, 1, variant, sent.data.SerializeToString())
    row = vault.keyring.sign(
        records.Credential(
            organisation_id=caller.organisation_id,
            id=credential_id,
            number=await vault.numbers.take(),
            surface=surface,
            variant=variant,
            **policy,
            **state_of(broken),
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
    """The live credential that a new test credential names. Raises LIVE_CREDENTIAL_UNKNOWN."""
    live_id = fields.credential_id("credential.live_credential_id", sent.live_credential_id)
    live = await credentials.get(vault.database, scope_of(caller), live_id)
    if live is None or live.row.live_credential_id is not None or not may_change(caller, live.row.team_id):
        raise live_credential.unknown()
    return live
