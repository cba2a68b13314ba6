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
    Surface,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    CredentialView,
    DeleteCredentialRequest,
    DeleteCredentialResponse,
    GetCredentialRequest,
    ListCredentialsRequest,
    ListCredentialsResponse,
    UpdateCredentialRequest,
)
from strongroom_server import fields, records, variants
from strongroom_server.access import hosts
from strongroom_server.access.caller import Caller, require_team
from strongroom_server.errors import FieldViolation, ServiceError
from strongroom_server.rpc import credential_messages as messages
from strongroom_server.rpc import page_tokens, update_mask
from strongroom_server.store import credentials, organisations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from strongroom_server.records import AuditEvent, StoredCredential
    from strongroom_server.sealing.keyring import Keyring, Sealed
    from strongroom_server.store.audit import AuditWriter
    from strongroom_server.store.database import Database
    from strongroom_server.store.numbers import Numbers
    from strongroom_server.store.watch import Watch

# How often a write is tried again when what it was based on changes under it.
_TRIES: Final = 5
_LARGEST_FULL_PAGE: Final = 50


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
        sent = request.credential
        surface = sent.surface or SURFACE_NATIVE
        now = self._watch.now()
        fields.require(_create_problems(request, surface))
        variant = sent.data.WhichOneof("variant") or ""
        broken = _judged(sent.data, sent.tines_settings, accept_invalid=request.accept_invalid)
        request_id = self._request_id(request)
        credential_id = uuid7(nanoseconds=int(now.timestamp() * 1_000_000) * 1000)
        number = await self._numbers.take()
        sealed = self._keyring.seal(caller.organisation_id, credential_id, 1, variant, sent.data.SerializeToString())
        for _ in range(_TRIES):
            credential, live = await self._with_live_defaults(sent, surface, variant, caller)
            if live:
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
                created = await credentials.create(self._database, row, sealed.box, event, request_id, live_revision)
            except credentials.RequestIdTaken:
                assert request_id is not None
                return await self._replayed(request, request_id, caller)
            if created:
                stored = records.StoredCredential(row, list(shared), None)
                return messages.message_of(stored, variants.redacted(sent.data, row.redact_fields))
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)

    async def get_credential(self, request: GetCredentialRequest, caller: Caller) -> Credential:
        fields.require(_view_problems(request))
        full = request.view == CREDENTIAL_VIEW_FULL
        stored = await self._get(request.id, _scope(caller, request.surface), box=full)
        if not full:
            return messages.message_of(stored)
        data = await self._redacted(stored)
        await self._audit.commit(self._event(caller, "GetCredential", stored.row))
        return messages.message_of(stored, data)

    async def list_credentials(self, request: ListCredentialsRequest, caller: Caller) -> ListCredentialsResponse:
        fields.require(_list_problems(request))
        full = request.view == CREDENTIAL_VIEW_FULL
        size = page_tokens.page_size(request.page_size, _LARGEST_FULL_PAGE if full else page_tokens.LARGEST_SIZE)
        narrowed = credentials.Filter(request.variant, request.team_id, request.name_prefix)
        scope = _scope(caller, request.surface)
        listed = ("credentials", caller.organisation_id, request.surface, dataclasses.astuple(narrowed), full)
        after = UUID(page_tokens.decode(request.page_token, *listed)) if request.page_token else None
        if full:
            self._require_opening()
        found = await credentials.page(self._database, scope, narrowed, after=after, size=size + 1, box=full)
        page = found[:size]
        data: list[CredentialData | None] = [None] * len(page)
        if full and page:
            data = [await self._redacted(stored) for stored in page]
            ids = tuple(stored.row.id for stored in page)
            await self._audit.commit(self._event(caller, "ListCredentials", credential_ids=ids))
        return ListCredentialsResponse(
            credentials=map(messages.message_of, page, data),
            next_page_token=page_tokens.encode(str(page[-1].row.id), *listed) if len(found) > size else "",
        )

    async def update_credential(self, request: UpdateCredentialRequest, caller: Caller) -> Credential:
        mask = update_mask.parse(request.update_mask)
        fields.require(_update_problems(request))
        if mask.opens:
            self._require_opening()
        for _ in range(_TRIES):
            stored = await self._get(request.id, _scope(caller, request.surface), box=mask.opens)
            _require_etag(request.credential.etag, stored.row)
            require_team(caller, stored.row.team_id)
            await self._keyring.verify(stored.row)
            updated, sealed = await self._updated(stored, request, mask, caller)
            event = self._event(caller, "UpdateCredential", updated.row, box_sha256=sealed.sha256 if sealed else None)
            if await credentials.replace(
                self._database,
                updated.row,
                sealed.box if sealed else None,
                event,
                stored.row.revision,
                shared_teams_changed=bool(mask.touched & {"shared_team_slugs", "read_access"}),
            ):
                sent = request.credential.data
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
            _require_etag(request.etag, locked[0].row)
            require_team(caller, locked[0].row.team_id)
            now = self._watch.now()
            for stored in filter(None, locked):
                await self._keyring.verify(stored.row)
                revision = stored.row.revision
                row = self._keyring.sign(
                    dataclasses.replace(stored.row, revision=revision + 1, update_time=now, delete_time=now)
                )
                event = self._event(caller, "DeleteCredential", row)
                await credentials.replace(transaction, row, None, event, revision, shared_teams_changed=False)
        return DeleteCredentialResponse()

    async def access_credential(self, request: AccessCredentialRequest, caller: Caller) -> Credential:
        fields.require(_access_problems(request))
        stored = await self._get(request.id, _scope(caller, request.surface), box=True)
        await self._keyring.verify(stored.row)
        row = stored.row
        if row.allowed_hosts and not (request.target_host and hosts.is_allowed(row.allowed_hosts, request.target_host)):
            raise ServiceError(reasons.ERROR_REASON_HOST_NOT_ALLOWED)
        if row.violations and not request.allow_invalid:
            raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_INVALID, messages.violations_of(row))
        data = CredentialData.FromString(self._keyring.unseal(row, stored.box))
        await self._audit.commit(self._event(caller, "AccessCredential", row))
        return messages.message_of(stored, data)

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
        data = CredentialData.FromString(self._keyring.unseal(stored.row, stored.box))
        return variants.redacted(data, stored.row.redact_fields)

    async def _with_live_defaults(
        self, sent: Credential, surface: int, variant: str, caller: Caller
    ) -> tuple[Credential, StoredCredential | None]:
        """The credential as sent, and for a test credential with what it takes over from its live one."""
        if not sent.live_credential_id:
            return sent, None
        credential = Credential()
        credential.CopyFrom(sent)
        live_id = fields.credential_id("credential.live_credential_id", sent.live_credential_id)
        live = await credentials.get(self._database, _scope(caller, surface), live_id)
        if live is None or live.row.live_credential_id is not None:
            raise ServiceError(
                reasons.ERROR_REASON_LIVE_CREDENTIAL_UNKNOWN,
                (FieldViolation("credential.live_credential_id", "must be a live credential of this surface"),),
            )
        require_team(caller, live.row.team_id)
        if live.row.variant != variant:
            raise _mismatch()
        credential.description = sent.description or live.row.description
        if not sent.read_access:
            credential.read_access = live.row.read_access  # type: ignore[assignment] # an enumeration's number
            if not sent.shared_team_slugs:
                credential.shared_team_slugs.extend(live.shared_team_slugs)
        if not sent.team_id:
            credential.team_id = live.row.team_id or 0
            credential.folder_id = sent.folder_id or live.row.folder_id or 0
        return credential, live

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

    async def _updated(
        self, stored: StoredCredential, request: UpdateCredentialRequest, mask: update_mask.Mask, caller: Caller
    ) -> tuple[StoredCredential, Sealed | None]:
        """The credential as the request leaves it, signed, and the box of a new version if its data changes."""
        row = stored.row
        now = self._watch.now()
        merged = update_mask.lay_over(messages.message_of(stored), request.credential, mask)
        data, changes = self._updated_data(stored, request, mask)
        if data is not None:
            merged.data.CopyFrom(data)
        variant = (data.WhichOneof("variant") or "") if data is not None else row.variant
        fields.require(_merged_problems(merged, row, mask, variant, checks_data=data is not None))
        if variant != row.variant and (row.live_credential_id or stored.test_credential):
            raise _mismatch()
        if "team_id" in mask.metadata:
            require_team(caller, merged.team_id or None)
        shared_team_ids = row.shared_team_ids
        if mask.touched & {"shared_team_slugs", "read_access"}:
            shared_team_ids = list((await self._shared_teams(caller, merged)).values())
        external_id = messages.external_id_of(variant, row.surface, merged.tines_settings.external_id)
        policy = messages.policy_of(merged, shared_team_ids, external_id)
        if "expire_time" in mask.metadata:
            fields.require(fields.future("credential.expire_time", policy["expire_time"], now))
        row = dataclasses.replace(row, **policy, revision=row.revision + 1, update_time=now)
        if data is not None:
            broken = _judged(data, merged.tines_settings, accept_invalid=request.accept_invalid)
            row = dataclasses.replace(row, **_state(broken), variant=variant)
        sealed = None
        if data is not None and changes:
            sealed = self._keyring.seal(row.organisation_id, row.id, row.version + 1, variant, data.SerializeToString())
            row = dataclasses.replace(
                row, version=row.version + 1, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256
            )
        slugs = list(merged.shared_team_slugs)
        return records.StoredCredential(self._keyring.sign(row), slugs, stored.test_credential), sealed

    def _updated_data(
        self, stored: StoredCredential, request: UpdateCredentialRequest, mask: update_mask.Mask
    ) -> tuple[CredentialData | None, bool]:
        """The data that is judged, if any, and whether it makes a new version."""
        sent = request.credential.data
        if mask.whole_data:
            return sent, True
        if not mask.opens:
            return None, False
        present = CredentialData.FromString(self._keyring.unseal(stored.row, stored.box))
        return update_mask.lay_over_data(present, sent, mask), bool(mask.data)

    def _request_id(self, request: CreateCredentialRequest) -> credentials.RequestId | None:
        if not request.request_id:
            return None
        body = CreateCredentialRequest()
        body.CopyFrom(request)
        body.ClearField("request_id")
        body.ClearField("organisation_id")
        key_id, digest = self._keyring.digest(body.SerializeToString(deterministic=True))
        return credentials.RequestId(request.request_id, "CreateCredential", key_id, digest)

    async def _replayed(
        self, request: CreateCredentialRequest, request_id: credentials.RequestId, caller: Caller
    ) -> Credential:
        """The credential that the same request made before, as it is now."""
        known = await credentials.read_request_id(self._database, caller.organisation_id, request_id.request_id)
        if known is None:
            raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
        if known[0] != request_id:
            raise ServiceError(reasons.ERROR_REASON_REQUEST_ID_REUSED)
        stored = await self._get(str(known[1]), _scope(caller, 0), box=False)
        return messages.message_of(stored, variants.redacted(request.credential.data, stored.row.redact_fields))

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


def _mismatch() -> ServiceError:
    """A live credential and its test credential are of one variant."""
    return ServiceError(
        reasons.ERROR_REASON_LIVE_CREDENTIAL_MISMATCH,
        (FieldViolation("credential.data", "must be of the variant of the live credential and its test credential"),),
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


def _scope(caller: Caller, surface: int) -> credentials.Scope:
    return credentials.Scope(caller.organisation_id, caller.team_ids, surface)


def _require_etag(etag: str, row: records.Credential) -> None:
    if etag and etag != str(row.revision):
        raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)


def _create_problems(request: CreateCredentialRequest, surface: Surface.ValueType) -> Iterator[fields.Problem]:
    yield from fields.known(request, "request")
    yield from fields.known(request.credential, "credential")
    yield from fields.request_id(request.request_id)
    yield from fields.surface("credential.surface", surface)
    yield from fields.data(request.credential, surface)
    variant = request.credential.data.WhichOneof("variant") or ""
    yield from fields.aws_authentication_type(variant, surface, request.credential.tines_settings)
    # A test credential is checked once it has taken over what its live one has.
    if not request.credential.live_credential_id:
        yield from fields.metadata(request.credential, fields.METADATA_RULES, surface)


def _view_problems(request: GetCredentialRequest | ListCredentialsRequest) -> Iterator[fields.Problem]:
    yield from fields.enumeration("view", request.view, CredentialView.DESCRIPTOR)
    yield from fields.surface("surface", request.surface)


def _list_problems(request: ListCredentialsRequest) -> Iterator[fields.Problem]:
    yield from fields.known(request, "request")
    yield from _view_problems(request)
    if request.variant and request.variant not in variants.VARIANTS:
        yield "variant", "must be the name of an arm of CredentialData"
    yield from fields.number("team_id", request.team_id)
    yield from fields.text("name_prefix", request.name_prefix, fields.LONGEST_NAME)


def _update_problems(request: UpdateCredentialRequest) -> Iterator[fields.Problem]:
    yield from fields.known(request, "request")
    yield from fields.known(request.credential, "credential")
    yield from fields.surface("surface", request.surface)


def _merged_problems(
    merged: Credential, row: records.Credential, mask: update_mask.Mask, variant: str, *, checks_data: bool
) -> Iterator[fields.Problem]:
    touched = set(mask.touched)
    # Some rules look at two fields.
    if touched & {"read_access", "shared_team_slugs"}:
        touched |= {"read_access", "shared_team_slugs"}
    if "team_id" in touched:
        touched.add("folder_id")
    yield from fields.metadata(merged, sorted(touched), row.surface)
    if checks_data:
        yield from fields.data(merged, row.surface)
    yield from fields.aws_authentication_type(variant, row.surface, merged.tines_settings)


def _access_problems(request: AccessCredentialRequest) -> Iterator[fields.Problem]:
    yield from fields.surface("surface", request.surface)
    if request.target_host and not hosts.is_host(request.target_host):
        yield "target_host", "must be a DNS name or IPv4 address, without scheme, port and path"
