"""Owns CredentialService: for each method the checks, the sealing and the one statement, in the order in which they happen."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from uuid_utils.compat import uuid7

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import (
    SURFACE_NATIVE,
    Credential,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    DeleteCredentialResponse,
    GetCredentialRequest,
    ListCredentialsRequest,
    ListCredentialsResponse,
    PurgeCredentialsRequest,
    PurgeCredentialsResponse,
    UpdateCredentialRequest,
)
from strongroom_server import fields, records, variants
from strongroom_server.access import hosts
from strongroom_server.access.caller import Caller, may_change, require_team
from strongroom_server.errors import ServiceError
from strongroom_server.rpc import credential_lists, credential_update, live_credential, update_mask
from strongroom_server.rpc import credential_messages as messages
from strongroom_server.rpc import credential_problems as problems
from strongroom_server.rpc.vault import Vault, judged, require_etag, scope_of, state_of
from strongroom_server.store import credential_lists as listing
from strongroom_server.store import credentials

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import Surface
    from strongroom_server.records import StoredCredential

# How often a write is tried again when what it was based on changes under it.
_TRIES: Final = 5
_PURGED_AT_ONCE: Final = 500


class CredentialServicer:
    """The methods of CredentialService. Each takes a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def create_credential(self, request: CreateCredentialRequest, caller: Caller) -> Credential:
        surface = request.credential.surface or SURFACE_NATIVE
        fields.require(problems.of_create(request, surface))
        request_id = self._request_id(request)
        try:
            stored = await self._created(request, surface, request_id, caller)
        except ServiceError:
            # What stands in the way of a repeated request may be its own first time.
            before = await self._made_before(request_id, caller) if request_id else None
            if before is None:
                raise
            stored = before
        first_version = stored.row.version == 1
        data = variants.redacted(request.credential.data, stored.row.redact_fields) if first_version else None
        return messages.message_of(stored, data)

    async def get_credential(self, request: GetCredentialRequest, caller: Caller) -> Credential:
        fields.require(problems.of_view(request))
        full = request.view == CREDENTIAL_VIEW_FULL
        stored = await self._vault.get(request.id, scope_of(caller, request.surface), box=full)
        if not full:
            return messages.message_of(stored)
        data = await self._vault.redacted(stored)
        await self._vault.audit.commit(self._vault.event(caller, "GetCredential", stored.row))
        return messages.message_of(stored, data)

    async def list_credentials(self, request: ListCredentialsRequest, caller: Caller) -> ListCredentialsResponse:
        fields.require(problems.of_list(request))
        asked = credential_lists.asked(request, caller.organisation_id, self._vault.keyring)
        if asked.full:
            self._vault.require_opening()
        # One more is read than is shown: it tells whether there is more.
        size = asked.window.size
        window = dataclasses.replace(asked.window, size=size + 1)
        scope, total = scope_of(caller, request.surface), 0
        if request.with_total_size:
            found, total = await listing.page_and_total(
                self._vault.database, scope, asked.narrowed, window, box=asked.full
            )
        else:
            found = await listing.page(self._vault.database, scope, asked.narrowed, window, box=asked.full)
        data = [await self._vault.redacted(stored) if asked.full else None for stored in found[:size]]
        page = credential_lists.fitting(list(map(messages.message_of, found, data)))
        if asked.full and page:
            ids = tuple(stored.row.id for stored in found[: len(page)])
            await self._vault.audit.commit(self._vault.event(caller, "ListCredentials", credential_ids=ids))
        more = len(found) > len(page)
        shown = page[::-1] if window.backward else page
        following, previous = credential_lists.tokens(self._vault.keyring, asked, shown, more=more)
        return ListCredentialsResponse(
            credentials=shown, next_page_token=following, previous_page_token=previous, total_size=total
        )

    async def update_credential(self, request: UpdateCredentialRequest, caller: Caller) -> Credential:
        mask = update_mask.parse(request.update_mask)
        fields.require(problems.of_update(request))
        for _ in range(_TRIES):
            update = await credential_update.prepared(self._vault, request, mask, caller)
            if update and (not update.changes or await credentials.replace(self._vault.database, update.changes)):
                return update.answer
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)

    async def delete_credential(self, request: DeleteCredentialRequest, caller: Caller) -> DeleteCredentialResponse:
        fields.require(fields.surface("surface", request.surface))
        credential_id = fields.credential_id("id", request.id)
        async with self._vault.database.transaction() as transaction:
            locked = await credentials.lock_with_test_credential(
                transaction, scope_of(caller, request.surface), credential_id
            )
            if locked is None:
                raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
            require_team(caller, locked[0].team_id)
            require_etag(request.etag, locked[0])
            await credentials.replace_locked(transaction, [await self._deletion(row, caller) for row in locked])
        return DeleteCredentialResponse()

    async def purge_credentials(self, request: PurgeCredentialsRequest, caller: Caller) -> PurgeCredentialsResponse:
        fields.require(problems.of_purge(request))
        require_team(caller, None)
        async with self._vault.database.transaction() as transaction:
            locked = await credentials.lock_surface(transaction, caller.organisation_id, request.surface)
            for start in range(0, len(locked), _PURGED_AT_ONCE):
                batch = locked[start : start + _PURGED_AT_ONCE]
                await credentials.replace_locked(transaction, [await self._deletion(row, caller) for row in batch])
        return PurgeCredentialsResponse(deleted_count=len(locked))

    async def access_credential(self, request: AccessCredentialRequest, caller: Caller) -> Credential:
        fields.require(problems.of_access(request))
        stored = await self._vault.get(request.id, scope_of(caller, request.surface), box=True)
        await self._vault.keyring.verify(stored.row)
        row = stored.row
        if row.allowed_hosts and not (request.target_host and hosts.is_allowed(row.allowed_hosts, request.target_host)):
            raise ServiceError(reasons.ERROR_REASON_HOST_NOT_ALLOWED)
        if row.violations and not request.allow_invalid:
            raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_INVALID, messages.violations_of(row))
        data = self._vault.opened(stored)
        await self._vault.audit.commit(self._vault.event(caller, "AccessCredential", row))
        return messages.message_of(stored, data)

    async def _created(
        self,
        request: CreateCredentialRequest,
        surface: Surface.ValueType,
        request_id: credentials.RequestId | None,
        caller: Caller,
    ) -> StoredCredential:
        """Seal and store a new credential. Raises CONCURRENT_CHANGE also where the request id was used before."""
        sent = request.credential
        now = self._vault.watch.now()
        variant = sent.data.WhichOneof("variant") or ""
        broken = judged(sent.data, sent.tines_settings, accept_invalid=request.accept_invalid)
        credential_id = uuid7(nanoseconds=int(now.timestamp() * 1_000_000) * 1000)
        number = await self._vault.numbers.take()
        sealed = self._vault.keyring.seal(
            caller.organisation_id, credential_id, 1, variant, sent.data.SerializeToString()
        )
        for _ in range(_TRIES):
            credential, live = sent, await self._live(sent, caller)
            if live:
                live_credential.require_same_surface(live, surface)
                live_credential.require_same_variant(live.row.variant, variant)
                credential = live_credential.with_defaults(sent, live)
                fields.require(fields.metadata(credential, fields.METADATA_RULES, surface))
            require_team(caller, credential.team_id or None)
            shared = await self._vault.shared_teams(caller, credential)
            external_id = messages.external_id_of(variant, surface)
            policy = messages.policy_of(credential, list(shared.values()), external_id)
            fields.require(fields.future("credential.expire_time", policy["expire_time"], now))
            row = self._vault.keyring.sign(
                records.Credential(
                    organisation_id=caller.organisation_id,
                    id=credential_id,
                    number=number,
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
            event = self._vault.event(
                caller, "CreateCredential", row, box_sha256=sealed.sha256, request_id=request.request_id or None
            )
            live_revision = live.row.revision if live else None
            try:
                stored = await credentials.create(
                    self._vault.database, row, sealed.box, event, request_id, live_revision
                )
            except credentials.RequestIdTaken:
                break
            if stored:
                return records.StoredCredential(row, list(shared), None)
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)

    async def _made_before(self, request_id: credentials.RequestId, caller: Caller) -> StoredCredential | None:
        """What the same request made before, as it is now; None if nothing. Raises REQUEST_ID_REUSED for another request."""
        known = await credentials.read_request_id(self._vault.database, caller.organisation_id, request_id.request_id)
        if known is None:
            return None
        if known[0] != request_id:
            raise ServiceError(reasons.ERROR_REASON_REQUEST_ID_REUSED)
        return await self._vault.get(str(known[1]), scope_of(caller))

    async def _deletion(self, row: records.Credential, caller: Caller) -> credentials.Change:
        """The change that hides a row from everyone."""
        await self._vault.keyring.verify(row)
        now = self._vault.watch.now()
        deleted = self._vault.keyring.sign(
            dataclasses.replace(row, revision=row.revision + 1, update_time=now, delete_time=now)
        )
        return credentials.Change(deleted, row.revision, self._vault.event(caller, "DeleteCredential", deleted))

    async def _live(self, sent: Credential, caller: Caller) -> StoredCredential | None:
        """The live credential that a new test credential names, if it is one. Raises LIVE_CREDENTIAL_UNKNOWN."""
        if not sent.live_credential_id:
            return None
        live_id = fields.credential_id("credential.live_credential_id", sent.live_credential_id)
        live = await credentials.get(self._vault.database, scope_of(caller), live_id)
        if live is None or live.row.live_credential_id is not None or not may_change(caller, live.row.team_id):
            raise live_credential.unknown()
        return live

    def _request_id(self, request: CreateCredentialRequest) -> credentials.RequestId | None:
        if not request.request_id:
            return None
        body = CreateCredentialRequest()
        body.CopyFrom(request)
        body.ClearField("request_id")
        body.ClearField("organisation_id")
        body.ClearField("all_regions_timeout_seconds")
        key_id, digest = self._vault.keyring.digest(body.SerializeToString(deterministic=True))
        return credentials.RequestId(request.request_id, "CreateCredential", key_id, digest)
