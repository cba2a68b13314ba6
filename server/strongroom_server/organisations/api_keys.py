"""Creates, reads, lists, updates and revokes API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ListApiKeysResponse
from strongroom_server.access import api_keys, grants, scopes
from strongroom_server.access.caller import is_within_teams
from strongroom_server.access.newest import verify_newest
from strongroom_server.core import records
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.organisations import checks
from strongroom_server.organisations.messages import api_key_message
from strongroom_server.organisations.verified_rows import verified_rows
from strongroom_server.rules import field_masks, fields
from strongroom_server.rules.etags import require_etag
from strongroom_server.rules.pages import page_of
from strongroom_server.store import keys, teams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom.v1.organisation_service_pb2 import (
        ApiKey,
        CreateApiKeyRequest,
        GetApiKeyRequest,
        ListApiKeysRequest,
        RevokeApiKeyRequest,
        UpdateApiKeyRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.organisations.context import Context
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database


async def create(context: Context, request: CreateApiKeyRequest, caller: Caller) -> ApiKey:
    """Create an API key, which only this response shows. Raises ServiceError."""
    sent, now = request.api_key, context.watch.now()
    checks.check_api_key(sent, _expire_time_of(sent), now)
    whole_key = api_keys.generate()
    key = prepare_api_key(context.keyring, whole_key, caller.organisation_id, now, sent)
    grants.require_grant(caller, key)
    await require_teams(context.database, context.keyring, caller.organisation_id, sent.team_ids)
    await keys.create_api_key(
        context.database, key, context.administrative_act(caller, "CreateApiKey", key.id, key.revision)
    )
    return api_key_message(key, "" if sent.jwt_public_key else whole_key)


async def get(context: Context, request: GetApiKeyRequest, caller: Caller) -> ApiKey:
    """Read an API key. Raises ServiceError."""
    checks.check_api_key_id(request)
    key, newer = await _read(context, request.id, caller)
    await verify_newest(context.database, context.keyring, key, newer)
    return api_key_message(key)


async def list_api_keys(context: Context, request: ListApiKeysRequest, caller: Caller) -> ListApiKeysResponse:
    """Read a page of API keys, by id. Raises ServiceError."""
    page = page_of(context.keyring, request, "api keys", caller.organisation_id, caller.team_ids)
    rows, edge = await keys.api_key_page(
        context.database, caller.organisation_id, caller.team_ids, after=page.after, size=page.limit
    )
    shown, next_page_token = page.cut(rows, lambda key: key.id, edge or "")
    verified = await verified_rows(context.keyring, shown)
    return ListApiKeysResponse(api_keys=map(api_key_message, verified), next_page_token=next_page_token)


async def update(context: Context, request: UpdateApiKeyRequest, caller: Caller) -> ApiKey:
    """Change what an API key may do. Raises ServiceError."""
    checks.check_update_api_key(request)
    key, newer = await _read(context, request.id, caller)
    require_etag(request.api_key.etag, key.revision)
    if key.revoke_time is not None:
        raise ServiceError(reasons.ERROR_REASON_API_KEY_REVOKED)
    await verify_newest(context.database, context.keyring, key, newer)
    paths = request.update_mask.paths
    merged = api_key_message(key)
    for name in paths:
        field_masks.copy_field(request.api_key, merged, name)
    if "grantable_roles" not in paths:
        merged.grantable_roles[:] = grants.still_grantable(merged.grantable_roles, merged.roles)  # type: ignore[assignment] # numbers
    new_expire_time = _expire_time_of(merged) if "expire_time" in paths else None
    checks.check_api_key(merged, new_expire_time, context.watch.now())
    changed = context.keyring.sign(
        structs.replace(key, **_changeable_columns(merged), revision=key.revision + 1),
    )
    grants.require_change(caller, key, changed)
    await require_teams(context.database, context.keyring, caller.organisation_id, merged.team_ids)
    await _replace(context, key, changed, context.administrative_act(caller, "UpdateApiKey", key.id, changed.revision))
    return api_key_message(changed)


async def revoke(context: Context, request: RevokeApiKeyRequest, caller: Caller) -> ApiKey:
    """Revoke an API key for good. Raises ServiceError."""
    checks.check_api_key_id(request)
    key, newer = await _read(context, request.id, caller)
    require_etag(request.etag, key.revision)
    # First, because a revoke_time that nobody signed can be removed again.
    await verify_newest(context.database, context.keyring, key, newer)
    if key.revoke_time is not None:
        return api_key_message(key)
    grants.require_revocation(caller, key)
    revoked = context.keyring.sign(
        structs.replace(key, revoke_time=context.watch.now(), revision=key.revision + 1),
    )
    await _replace(context, key, revoked, context.administrative_act(caller, "RevokeApiKey", key.id, revoked.revision))
    return api_key_message(revoked)


async def require_teams(
    database: Database, keyring: Keyring, organisation_id: str, team_ids: Sequence[int], path: str = "api_key.team_ids"
) -> None:
    """Raises TEAM_UNKNOWN unless the organisation has all of these teams, and SEAL_BROKEN if one does not verify."""
    if not team_ids:
        return
    present = set()
    for team, newer in await teams.by_ids(database, organisation_id, team_ids):
        await verify_newest(database, keyring, team, newer)
        present.add(team.team_id)
    unknown = tuple(
        FieldViolation(f"{path}[{index}]", "must be a team of the organisation")
        for index, team_id in enumerate(team_ids)
        if team_id not in present
    )
    if unknown:
        raise ServiceError(reasons.ERROR_REASON_TEAM_UNKNOWN, unknown)


def prepare_api_key(
    keyring: Keyring, whole_key: str, organisation_id: str, create_time: datetime, sent: ApiKey
) -> records.ApiKey:
    """A signed row with the id and the secret of this key, and the rights in a checked message."""
    key_id, secret_sha256 = api_keys.split(whole_key)
    return keyring.sign(
        records.ApiKey(
            id=key_id,
            organisation_id=organisation_id,
            # A key with a public key has no secret. No secret has an empty hash.
            secret_sha256=b"" if sent.jwt_public_key else secret_sha256,
            create_time=create_time,
            revoke_time=None,
            jwt_public_key=sent.jwt_public_key,
            revision=1,
            signature_format=0,
            signer_id="",
            signature=b"",
            **_changeable_columns(sent),
        )
    )


async def _read(context: Context, key_id: str, caller: Caller) -> tuple[records.ApiKey, Sequence[records.AuditEvent]]:
    """Read a key of the caller's organisation, and the newest event that is newer than it, if there is one.

    A caller limited to teams finds only keys within these teams.
    """
    key, newer = await keys.api_key_with_newer(context.database, key_id)
    if key is None or key.organisation_id != caller.organisation_id or not is_within_teams(caller, key.team_ids):
        raise ServiceError(reasons.ERROR_REASON_API_KEY_NOT_FOUND)
    return key, newer


async def _replace(context: Context, before: records.ApiKey, after: records.ApiKey, act: records.Act) -> None:
    """Store a changed key, unless the organisation would be left without an admin key. Raises LAST_ADMIN_KEY,
    CONCURRENT_CHANGE.
    """
    admin_until = grants.admin_until(before, after, context.watch.now())
    try:
        if admin_until is None:
            replaced = await keys.replace_api_key(context.database, after, before.revision, act)
        else:
            replaced = await keys.replace_admin_key(
                context.database,
                after,
                before.revision,
                act,
                after=admin_until,
                role=ROLE_ADMIN,
                makes_admins=grants.makes_admins(before),
            )
    finally:
        # Other nodes get a notification. This node forgets the key before it responds, even if the commit's outcome is unknown.
        context.forget_api_key(after.id)
    if not replaced:
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)


class _ChangeableColumns(TypedDict):
    """The columns of an API key that an update can change."""

    display_name: str
    roles: Sequence[int]
    team_ids: Sequence[int]
    expire_time: datetime | None
    grantable_roles: Sequence[int]
    jwt_audience: str
    max_token_age_seconds: int
    scope: bytes


def _changeable_columns(sent: ApiKey) -> _ChangeableColumns:
    return _ChangeableColumns(
        display_name=sent.display_name,
        roles=tuple(dict.fromkeys(sent.roles)),
        team_ids=tuple(dict.fromkeys(sent.team_ids)),
        expire_time=_expire_time_of(sent),
        grantable_roles=tuple(dict.fromkeys(sent.grantable_roles)),
        jwt_audience=sent.jwt_audience,
        max_token_age_seconds=sent.max_token_age.seconds,
        scope=scopes.encode(scopes.of_message(sent.scope)),
    )


def _expire_time_of(sent: ApiKey) -> datetime | None:
    """Raises FIELD_INVALID."""
    return fields.time("api_key.expire_time", sent.expire_time) if sent.HasField("expire_time") else None
