"""Owns CredentialService: for each method the checks, the sealing and the one statement, in the order in which they happen."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final, TypedDict
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import (
    CREDENTIAL_STATE_ACTIVE,
    CREDENTIAL_STATE_INVALID,
    SURFACE_NATIVE,
    Credential,
    CredentialData,
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
    UpdateCredentialRequest,
)
from strongroom_server import fields, records, variants
from strongroom_server.access import hosts
from strongroom_server.access.caller import Caller, may_change, require_team
from strongroom_server.errors import FieldViolation, ServiceError
from strongroom_server.rpc import credential_messages as messages
from strongroom_server.rpc import credential_problems as problems
from strongroom_server.rpc import live_credential, page_tokens, update_mask
from strongroom_server.store import credentials, organisations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.v1.credential_pb2 import Surface
    from strongroom_server.records import AuditEvent, StoredCredential
    from strongroom_server.sealing.keyring import Keyring, Sealed
    from strongroom_server.store.audit import AuditWriter
    from strongroom_server.store.database import Database
    from strongroom_server.store.numbers import Numbers
    from strongroom_server.store.watch import Watch

# How often a write is tried again when what it was based on changes under it.
_TRIES: Final = 5
_LARGEST_FULL_PAGE: Final = 50
# A page of large credentials is cut short of what an answer may have.
_LARGEST_PAGE_BYTES: Final = 24 * 1024 * 1024


class CredentialServicer:
    """The methods of CredentialService. Each takes a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(
        self, database: Database, keyring: Keyring, numbers: Numbers, audit_writer: AuditWriter, watch: Watch
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._numbers = numbers
        self._audit = audit_writer
        self._watch = watch

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
        stored = await self._get(request.id, _scope(caller, request.surface), box=full)
        if not full:
            return messages.message_of(stored)
        data = await self._redacted(stored)
        await self._audit.commit(self._event(caller, "GetCredential", stored.row))
        return messages.message_of(stored, data)

    async def list_credentials(self, request: ListCredentialsRequest, caller: Caller) -> ListCredentialsResponse:
        fields.require(problems.of_list(request))
        full = request.view == CREDENTIAL_VIEW_FULL
        size = page_tokens.page_size(request.page_size, _LARGEST_FULL_PAGE if full else page_tokens.LARGEST_SIZE)
        narrowed = credentials.Filter(request.variant, request.team_id, request.name_prefix)
        scope = _scope(caller, request.surface)
        listed = ("credentials", caller.organisation_id, request.surface, dataclasses.astuple(narrowed), full)
        token = request.page_token
        after = UUID(page_tokens.decode(self._keyring, token, *listed)) if token else None
        if full:
            self._require_opening()
        found = await credentials.page(self._database, scope, narrowed, after=after, size=size + 1, box=full)
        data = [await self._redacted(stored) if full else None for stored in found[:size]]
        page = _fitting(list(map(messages.message_of, found, data)))
        if full and page:
            ids = tuple(stored.row.id for stored in found[: len(page)])
            await self._audit.commit(self._event(caller, "ListCredentials", credential_ids=ids))
        more = len(found) > len(page)
        return ListCredentialsResponse(
            credentials=page,
            next_page_token=page_tokens.encode(self._keyring, page[-1].id, *listed) if more else "",
        )

    async def update_credential(self, request: UpdateCredentialRequest, caller: Caller) -> Credential:
        mask = update_mask.parse(request.update_mask)
        fields.require(fields.surface("surface", request.surface))
        for _ in range(_TRIES):
            stored, boxed = await self._read_to_update(request, mask, caller)
            require_team(caller, stored.row.team_id)
            _require_etag(request.credential.etag, stored.row)
            await self._keyring.verify(stored.row)
            sent = request.credential.data
            data = sent if mask.whole_data else None
            if boxed:
                data = update_mask.lay_over_data(self._opened(stored), sent, mask)
            updated, sealed = await self._updated(stored, request, mask, caller, data)
            event = self._event(caller, "UpdateCredential", updated.row, box_sha256=sealed.sha256 if sealed else None)
            if await credentials.replace(
                self._database,
                updated.row,
                sealed.box if sealed else None,
                event,
                stored.row.revision,
                shared_teams_changed=mask.changes_shared_teams,
            ):
                shown = variants.redacted(sent, updated.row.redact_fields) if mask.whole_data else None
                return messages.message_of(updated, shown)
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)

    async def delete_credential(self, request: DeleteCredentialRequest, caller: Caller) -> DeleteCredentialResponse:
        fields.require(fields.surface("surface", request.surface))
        credential_id = fields.credential_id("id", request.id)
        async with self._database.transaction() as transaction:
            locked = await credentials.lock_with_test_credential(
                transaction, _scope(caller, request.surface), credential_id
            )
            if locked is None:
                raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
            require_team(caller, locked[0].row.team_id)
            _require_etag(request.etag, locked[0].row)
            now = self._watch.now()
            for stored in filter(None, locked):
                await self._keyring.verify(stored.row)
                revision = stored.row.revision
                row = self._keyring.sign(
                    dataclasses.replace(stored.row, revision=revision + 1, update_time=now, delete_time=now)
                )
                event = self._event(caller, "DeleteCredential", row)
                if not await credentials.replace(transaction, row, None, event, revision, shared_teams_changed=False):
                    raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
        return DeleteCredentialResponse()

    async def access_credential(self, request: AccessCredentialRequest, caller: Caller) -> Credential:
        fields.require(problems.of_access(request))
        stored = await self._get(request.id, _scope(caller, request.surface), box=True)
        await self._keyring.verify(stored.row)
        row = stored.row
        if row.allowed_hosts and not (request.target_host and hosts.is_allowed(row.allowed_hosts, request.target_host)):
            raise ServiceError(reasons.ERROR_REASON_HOST_NOT_ALLOWED)
        if row.violations and not request.allow_invalid:
            raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_INVALID, messages.violations_of(row))
        data = self._opened(stored)
        await self._audit.commit(self._event(caller, "AccessCredential", row))
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
        now = self._watch.now()
        variant = sent.data.WhichOneof("variant") or ""
        broken = _judged(sent.data, sent.tines_settings, accept_invalid=request.accept_invalid)
        credential_id = uuid7(nanoseconds=int(now.timestamp() * 1_000_000) * 1000)
        number = await self._numbers.take()
        sealed = self._keyring.seal(caller.organisation_id, credential_id, 1, variant, sent.data.SerializeToString())
        for _ in range(_TRIES):
            credential, live = sent, await self._live(sent, caller)
            if live:
                live_credential.require_same_surface(live, surface)
                live_credential.require_same_variant(live.row.variant, variant)
                credential = live_credential.with_defaults(sent, live)
                fields.require(fields.metadata(credential, fields.METADATA_RULES, surface))
            require_team(caller, credential.team_id or None)
            shared = await self._shared_teams(caller, credential)
            external_id = messages.external_id_of(variant, surface)
            policy = messages.policy_of(credential, list(shared.values()), external_id)
            fields.require(fields.future("credential.expire_time", policy["expire_time"], now))
            row = self._keyring.sign(
                records.Credential(
                    organisation_id=caller.organisation_id,
                    id=credential_id,
                    number=number,
                    surface=surface,
                    variant=variant,
                    **policy,
                    **_state(broken),
                    live_credential_id=live.row.id if live else None,
                    test_enabled=live is not None,
                    version=1,
                    revision=1,
                    sealing_key_id=sealed.key_id,
                    box_sha256=sealed.sha256,
                    create_time=now,
                    update_time=now,
                    delete_time=None,
                    signature_format=records.SIGNATURE_FORMAT,
                    signer_id="",
                    signature=b"",
                )
            )
            event = self._event(
                caller, "CreateCredential", row, box_sha256=sealed.sha256, request_id=request.request_id or None
            )
            live_revision = live.row.revision if live else None
            try:
                stored = await credentials.create(self._database, row, sealed.box, event, request_id, live_revision)
            except credentials.RequestIdTaken:
                break
            if stored:
                return records.StoredCredential(row, list(shared), None)
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)

    async def _made_before(self, request_id: credentials.RequestId, caller: Caller) -> StoredCredential | None:
        """What the same request made before, as it is now; None if nothing. Raises REQUEST_ID_REUSED for another request."""
        known = await credentials.read_request_id(self._database, caller.organisation_id, request_id.request_id)
        if known is None:
            return None
        if known[0] != request_id:
            raise ServiceError(reasons.ERROR_REASON_REQUEST_ID_REUSED)
        return await self._get(str(known[1]), _scope(caller), box=False)

    async def _get(self, id_text: str, scope: credentials.Scope, *, box: bool) -> StoredCredential:
        credential_id = fields.credential_id("id", id_text)
        if box:
            self._require_opening()
        stored = await credentials.get(self._database, scope, credential_id, box=box)
        if stored is None:
            raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
        return stored

    def _require_opening(self) -> None:
        """A node without private keys does not even read boxes: its database role cannot."""
        if not self._keyring.opens:
            raise ServiceError(reasons.ERROR_REASON_OPENING_KEY_ABSENT)

    async def _redacted(self, stored: StoredCredential) -> CredentialData:
        await self._keyring.verify(stored.row)
        return variants.redacted(self._opened(stored), stored.row.redact_fields)

    def _opened(self, stored: StoredCredential) -> CredentialData:
        """The data of a credential whose row was verified."""
        return CredentialData.FromString(self._keyring.unseal(stored.row, stored.box))

    async def _live(self, sent: Credential, caller: Caller) -> StoredCredential | None:
        """The live credential that a new test credential names, if it is one. Raises LIVE_CREDENTIAL_UNKNOWN."""
        if not sent.live_credential_id:
            return None
        live_id = fields.credential_id("credential.live_credential_id", sent.live_credential_id)
        live = await credentials.get(self._database, _scope(caller), live_id)
        if live is None or live.row.live_credential_id is not None or not may_change(caller, live.row.team_id):
            raise live_credential.unknown()
        return live

    async def _shared_teams(self, caller: Caller, credential: Credential) -> dict[str, int]:
        """The teams of shared_team_slugs, as slug and number, in their order. Raises TEAM_UNKNOWN."""
        slugs = list(dict.fromkeys(credential.shared_team_slugs))
        if not slugs:
            return {}
        found = await organisations.team_ids_of_slugs(self._database, caller.organisation_id, slugs)
        unknown = tuple(
            FieldViolation(f"credential.shared_team_slugs[{index}]", "must be the slug of a team of the organisation")
            for index, slug in enumerate(credential.shared_team_slugs)
            if slug not in found
        )
        if unknown:
            raise ServiceError(reasons.ERROR_REASON_TEAM_UNKNOWN, unknown)
        return {slug: found[slug] for slug in slugs}

    async def _read_to_update(
        self, request: UpdateCredentialRequest, mask: update_mask.Mask, caller: Caller
    ) -> tuple[StoredCredential, bool]:
        """The credential, and whether its box was read: where a part of its data changes or is judged by other settings."""
        scope = _scope(caller, request.surface)
        stored = await self._get(request.id, scope, box=bool(mask.data))
        judged_anew = update_mask.judges_anew(mask, messages.message_of(stored), request.credential)
        if judged_anew:
            stored = await self._get(request.id, scope, box=True)
        return stored, bool(mask.data) or judged_anew

    async def _updated(
        self,
        stored: StoredCredential,
        request: UpdateCredentialRequest,
        mask: update_mask.Mask,
        caller: Caller,
        data: CredentialData | None,
    ) -> tuple[StoredCredential, Sealed | None]:
        """The credential as the request leaves it, signed, and the box of a new version. `data` is its data where judged."""
        row = stored.row
        now = self._watch.now()
        merged = update_mask.lay_over(messages.message_of(stored), request.credential, mask)
        if data is not None:
            merged.data.CopyFrom(data)
        variant = (data.WhichOneof("variant") or "") if data is not None else row.variant
        fields.require(problems.of_merged(merged, row, mask, variant, checks_data=data is not None))
        if row.live_credential_id or stored.test_credential:
            live_credential.require_same_variant(row.variant, variant)
        if "team_id" in mask.metadata:
            require_team(caller, merged.team_id or None)
        slugs, shared_team_ids = stored.shared_team_slugs, row.shared_team_ids
        if mask.changes_shared_teams:
            shared = await self._shared_teams(caller, merged)
            slugs, shared_team_ids = list(shared), list(shared.values())
        external_id = messages.external_id_of(variant, row.surface, merged.tines_settings.external_id)
        policy = messages.policy_of(merged, shared_team_ids, external_id)
        if "expire_time" in mask.metadata:
            fields.require(fields.future("credential.expire_time", policy["expire_time"], now))
        row = dataclasses.replace(row, **policy, revision=row.revision + 1, update_time=now)
        sealed = None
        if data is not None:
            broken = _judged(data, merged.tines_settings, accept_invalid=request.accept_invalid)
            row = dataclasses.replace(row, **_state(broken), variant=variant)
        if data is not None and mask.changes_data:
            version = row.version + 1
            sealed = self._keyring.seal(row.organisation_id, row.id, version, variant, data.SerializeToString())
            row = dataclasses.replace(row, version=version, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256)
        return records.StoredCredential(self._keyring.sign(row), slugs, stored.test_credential), sealed

    def _request_id(self, request: CreateCredentialRequest) -> credentials.RequestId | None:
        if not request.request_id:
            return None
        body = CreateCredentialRequest()
        body.CopyFrom(request)
        body.ClearField("request_id")
        body.ClearField("organisation_id")
        key_id, digest = self._keyring.digest(body.SerializeToString(deterministic=True))
        return credentials.RequestId(request.request_id, "CreateCredential", key_id, digest)

    def _event(
        self,
        caller: Caller,
        action: str,
        row: records.Credential | None = None,
        *,
        credential_ids: Sequence[UUID] = (),
        box_sha256: bytes | None = None,
        request_id: str | None = None,
    ) -> AuditEvent:
        return records.AuditEvent(
            organisation_id=caller.organisation_id,
            event_id=uuid4(),
            event_time=self._watch.now(),
            action=action,
            key_id=caller.key_id,
            credential_id=row.id if row else None,
            credential_ids=credential_ids,
            version=row.version if row else None,
            box_sha256=box_sha256,
            request_id=request_id,
        )


class _State(TypedDict):
    state: int
    violations: Sequence[str]


def _state(broken: Sequence[FieldViolation]) -> _State:
    state = CREDENTIAL_STATE_INVALID if broken else CREDENTIAL_STATE_ACTIVE
    return _State(state=state, violations=[part for violation in broken for part in violation])


def _judged(
    data: CredentialData, settings: Credential.TinesSettings, *, accept_invalid: bool
) -> tuple[FieldViolation, ...]:
    """The violations of the data. Raises DATA_INVALID unless they are accepted."""
    broken = variants.violations(data, settings)
    if broken and not accept_invalid:
        raise ServiceError(
            reasons.ERROR_REASON_DATA_INVALID,
            tuple(FieldViolation(f"credential.data.{violation.field}", violation.rule) for violation in broken),
        )
    return broken


def _scope(caller: Caller, surface: int = 0) -> credentials.Scope:
    return credentials.Scope(caller.organisation_id, caller.team_ids, surface)


def _require_etag(etag: str, row: records.Credential) -> None:
    if etag and etag != str(row.revision):
        raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)


def _fitting(page: list[Credential]) -> list[Credential]:
    """As much of a page as one answer takes, at least one credential."""
    total = 0
    for count, credential in enumerate(page):
        total += credential.ByteSize()
        if count and total > _LARGEST_PAGE_BYTES:
            return page[:count]
    return page
