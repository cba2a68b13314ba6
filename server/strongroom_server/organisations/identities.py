"""Maps the names and claims of an organisation's issuers to roles: creates, reads, lists, updates and disables identities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.identity_service_pb2 import ListIdentitiesResponse
from strongroom_server.access import claims, grants
from strongroom_server.access.caller import is_within_teams
from strongroom_server.access.newest import verify_newest
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.core.names import new_id
from strongroom_server.organisations import identity_checks as checks
from strongroom_server.organisations import identity_issuers
from strongroom_server.organisations.api_keys import require_teams
from strongroom_server.organisations.identity_messages import changeable_columns, identity_message
from strongroom_server.organisations.verified_rows import verified_rows
from strongroom_server.rules import field_masks, fields
from strongroom_server.rules.etags import require_etag
from strongroom_server.rules.pages import page_of
from strongroom_server.store import identities

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom.v1.identity_service_pb2 import (
        CreateIdentityRequest,
        DisableIdentityRequest,
        GetIdentityRequest,
        Identity,
        ListIdentitiesRequest,
        UpdateIdentityRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.organisations.context import Context

# Each request compares its name with the patterns of all of them.
MOST_IDENTITIES: Final = 1000


async def create(context: Context, request: CreateIdentityRequest, caller: Caller) -> Identity:
    """Map a name or claims to roles. Raises ServiceError."""
    sent, now = request.identity, context.watch.now()
    issuer = await _issuer_of(context, sent.issuer_id, caller)
    expire_time = _expire_time_of(sent)
    checks.check_identity(sent, issuer, expire_time, now)
    identity = context.keyring.sign(
        records.Identity(
            id=f"id-{new_id()}",
            organisation_id=caller.organisation_id,
            issuer_id=issuer.id,
            name=sent.name,
            claims=claims.encode(sent.claims),
            create_time=now,
            disable_time=None,
            revision=1,
            **changeable_columns(sent, expire_time),
        )
    )
    grants.require_grant(caller, identity)
    await _require_teams(context, caller, identity)
    if await identities.count(context.database, issuer.id) >= MOST_IDENTITIES:
        raise invalid("identity.issuer_id", f"has {MOST_IDENTITIES} identities already: disable some")
    act = context.administrative_act(caller, "CreateIdentity", identity.id, identity.revision)
    try:
        await identities.create_identity(context.database, identity, act)
    finally:
        _forget(context, identity)
    return identity_message(identity)


async def get(context: Context, request: GetIdentityRequest, caller: Caller) -> Identity:
    """Read an identity. Raises ServiceError."""
    return identity_message(await _read(context, request.id, caller))


async def list_identities(context: Context, request: ListIdentitiesRequest, caller: Caller) -> ListIdentitiesResponse:
    """Read a page of identities, by id. Raises ServiceError."""
    page = page_of(
        context.keyring,
        request,
        "identities",
        caller.organisation_id,
        caller.team_ids,
        largest=identity_issuers.LARGEST_PAGE,
    )
    rows, edge = await identities.identity_page(
        context.database, caller.organisation_id, caller.team_ids, after=page.after, size=page.limit
    )
    shown, next_page_token = page.cut(rows, lambda identity: identity.id, edge or "")
    verified = await verified_rows(context.keyring, shown)
    return ListIdentitiesResponse(identities=map(identity_message, verified), next_page_token=next_page_token)


async def update(context: Context, request: UpdateIdentityRequest, caller: Caller) -> Identity:
    """Change what an identity may do, or which names it denies. Raises ServiceError."""
    checks.check_update_identity(request)
    identity = await _read(context, request.id, caller)
    require_etag(request.identity.etag, identity.revision)
    if identity.disable_time is not None:
        raise ServiceError(reasons.ERROR_REASON_IDENTITY_DISABLED)
    issuer = await identity_issuers.read(context, identity.issuer_id)
    merged = identity_message(identity)
    for path in request.update_mask.paths:
        field_masks.copy_field(request.identity, merged, path)
    expire_time = _expire_time_of(merged)
    is_new = "expire_time" in request.update_mask.paths
    checks.check_identity(merged, issuer, expire_time if is_new else None, context.watch.now())
    changed = structs.replace(identity, **changeable_columns(merged, expire_time))
    grants.require_change(caller, identity, changed)
    await _require_teams(context, caller, changed)
    return identity_message(await _replace(context, caller, "UpdateIdentity", changed))


async def disable(context: Context, request: DisableIdentityRequest, caller: Caller) -> Identity:
    """Disable an identity for good. Raises ServiceError."""
    identity = await _read(context, request.id, caller)
    require_etag(request.etag, identity.revision)
    if identity.disable_time is not None:
        return identity_message(identity)
    disabled = structs.replace(identity, disable_time=context.watch.now())
    return identity_message(await _replace(context, caller, "DisableIdentity", disabled))


async def _read(context: Context, identity_id: str, caller: Caller) -> records.Identity:
    """Read and verify an identity of the caller's organisation. A caller limited to teams finds only those within these teams."""
    checks.check_id(identity_id)
    found = await identities.identity_with_newer(context.database, identity_id)
    if (
        found is None
        or found[0].organisation_id != caller.organisation_id
        or not is_within_teams(caller, found[0].team_ids)
    ):
        raise ServiceError(reasons.ERROR_REASON_IDENTITY_NOT_FOUND)
    await verify_newest(context.database, context.keyring, *found)
    return found[0]


async def _issuer_of(context: Context, issuer_id: str, caller: Caller) -> records.IdentityIssuer:
    """The issuer of a new identity. Raises IDENTITY_ISSUER_NOT_FOUND, also for one of another organisation, IDENTITY_DISABLED."""
    checks.check_issuer_id(issuer_id)
    issuer = await identity_issuers.read(context, issuer_id)
    if issuer.organisation_id != caller.organisation_id:
        raise ServiceError(reasons.ERROR_REASON_IDENTITY_ISSUER_NOT_FOUND)
    if issuer.disable_time is not None:
        raise ServiceError(reasons.ERROR_REASON_IDENTITY_DISABLED)
    return issuer


async def _require_teams(context: Context, caller: Caller, identity: records.Identity) -> None:
    await require_teams(
        context.database, context.keyring, caller.organisation_id, identity.team_ids, "identity.team_ids"
    )


async def _replace(context: Context, caller: Caller, action: str, changed: records.Identity) -> records.Identity:
    """Store a changed identity as the next revision. Raises CONCURRENT_CHANGE."""
    signed = context.keyring.sign(structs.replace(changed, revision=changed.revision + 1))
    act = context.administrative_act(caller, action, signed.id, signed.revision)
    try:
        replaced = await identities.replace(context.database, signed, changed.revision, act)
    finally:
        _forget(context, signed)
    if not replaced:
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
    return signed


def _forget(context: Context, identity: records.Identity) -> None:
    """Other nodes get a notification. This node forgets the identity before it responds, even if the outcome is unknown."""
    context.forget_identity(f"{identity.issuer_id} {identity.id}")


def _expire_time_of(sent: Identity) -> datetime | None:
    """Raises FIELD_INVALID."""
    return fields.time("identity.expire_time", sent.expire_time) if sent.HasField("expire_time") else None
