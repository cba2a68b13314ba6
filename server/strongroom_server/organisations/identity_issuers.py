"""Binds identity issuers to organisations; reads, lists, updates and disables them.

An operator does this, so the events are in the operators' organisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.identity_service_pb2 import ListIdentityIssuersResponse
from strongroom.v1.organisation_service_pb2 import ROLE_OPERATOR
from strongroom_server.access.newest import verify_newest
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.core.names import OPERATORS_ORGANISATION, new_id
from strongroom_server.organisations import identity_checks as checks
from strongroom_server.organisations.identity_messages import issuer_message, source_columns
from strongroom_server.organisations.verified_rows import verified_rows
from strongroom_server.rules import field_masks
from strongroom_server.rules.etags import require_etag
from strongroom_server.rules.pages import page_of
from strongroom_server.store import identities, organisations

if TYPE_CHECKING:
    from strongroom.v1.identity_service_pb2 import (
        CreateIdentityIssuerRequest,
        DisableIdentityIssuerRequest,
        GetIdentityIssuerRequest,
        IdentityIssuer,
        ListIdentityIssuersRequest,
        UpdateIdentityIssuerRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.organisations.context import Context

# An issuer or identity can take 200 KB, and the largest response is 32 MB.
LARGEST_PAGE: Final = 100


async def create(context: Context, request: CreateIdentityIssuerRequest, caller: Caller) -> IdentityIssuer:
    """Bind an issuer to an organisation. Raises ServiceError."""
    checks.check_create_issuer(request)
    sent = request.identity_issuer
    found = await organisations.get_with_newer(context.database, sent.organisation_id)
    if found is None:
        raise invalid("identity_issuer.organisation_id", "must be the id of an organisation")
    await verify_newest(context.database, context.keyring, *found)
    issuer = context.keyring.sign(
        records.IdentityIssuer(
            id=f"iss-{new_id()}",
            organisation_id=sent.organisation_id,
            display_name=sent.display_name,
            **source_columns(sent),
            denied_serials=tuple(dict.fromkeys(sent.denied_serials)),
            create_time=context.watch.now(),
            disable_time=None,
            revision=1,
        )
    )
    act = _act(context, caller, "CreateIdentityIssuer", issuer)
    try:
        await context.database.in_transaction(lambda transaction: identities.create_issuer(transaction, issuer, act))
    finally:
        context.forget_identity(issuer.id)
    return issuer_message(issuer)


async def get(context: Context, request: GetIdentityIssuerRequest) -> IdentityIssuer:
    """Read an issuer of any organisation. Raises ServiceError."""
    return issuer_message(await read(context, request.id))


async def list_issuers(
    context: Context, request: ListIdentityIssuersRequest, caller: Caller
) -> ListIdentityIssuersResponse:
    """Read a page of issuers by id: for an operator of all organisations, else of the caller's. Raises ServiceError."""
    organisation_id = None if ROLE_OPERATOR in caller.roles else caller.organisation_id
    page = page_of(context.keyring, request, "identity issuers", organisation_id, largest=LARGEST_PAGE)
    rows = await identities.issuer_page(context.database, organisation_id, after=page.after, size=page.limit)
    shown, next_page_token = page.cut(rows, lambda issuer: issuer.id)
    verified = await verified_rows(context.keyring, shown)
    return ListIdentityIssuersResponse(
        identity_issuers=(issuer_message(issuer, with_keys=False) for issuer in verified),
        next_page_token=next_page_token,
    )


async def update(context: Context, request: UpdateIdentityIssuerRequest, caller: Caller) -> IdentityIssuer:
    """Change what an issuer denies, its keys or its display name. Raises ServiceError."""
    checks.check_update_issuer(request)
    issuer = await read(context, request.id)
    require_etag(request.identity_issuer.etag, issuer.revision)
    if issuer.disable_time is not None:
        raise ServiceError(reasons.ERROR_REASON_IDENTITY_DISABLED)
    checks.check_oidc_mask(request.update_mask, issuer.kind)
    merged = issuer_message(issuer)
    for path in request.update_mask.paths:
        if path in checks.OIDC_FIELDS:
            field_masks.copy_field(request.identity_issuer.oidc, merged.oidc, path.removeprefix("oidc."))
        else:
            field_masks.copy_field(request.identity_issuer, merged, path)
    checks.check_issuer(merged)
    changed = structs.replace(
        issuer,
        display_name=merged.display_name,
        denied_serials=tuple(dict.fromkeys(merged.denied_serials)),
        jwks_json=merged.oidc.jwks_json,
        jwks_url=merged.oidc.jwks_url,
    )
    return issuer_message(await _replace(context, caller, "UpdateIdentityIssuer", changed))


async def disable(context: Context, request: DisableIdentityIssuerRequest, caller: Caller) -> IdentityIssuer:
    """Disable an issuer for good, and with it its identities. Raises ServiceError."""
    issuer = await read(context, request.id)
    require_etag(request.etag, issuer.revision)
    if issuer.disable_time is not None:
        return issuer_message(issuer)
    disabled = structs.replace(issuer, disable_time=context.watch.now())
    return issuer_message(await _replace(context, caller, "DisableIdentityIssuer", disabled))


async def read(context: Context, issuer_id: str) -> records.IdentityIssuer:
    """Read and verify an issuer of any organisation. Raises FIELD_INVALID, IDENTITY_ISSUER_NOT_FOUND, SEAL_BROKEN."""
    checks.check_id(issuer_id)
    found = await identities.issuer_with_newer(context.database, issuer_id)
    if found is None:
        raise ServiceError(reasons.ERROR_REASON_IDENTITY_ISSUER_NOT_FOUND)
    await verify_newest(context.database, context.keyring, *found)
    return found[0]


async def _replace(
    context: Context, caller: Caller, action: str, changed: records.IdentityIssuer
) -> records.IdentityIssuer:
    """Store a changed issuer as the next revision. Raises CONCURRENT_CHANGE."""
    signed = context.keyring.sign(structs.replace(changed, revision=changed.revision + 1))
    try:
        replaced = await identities.replace(
            context.database, signed, changed.revision, _act(context, caller, action, signed)
        )
    finally:
        # Other nodes get a notification. This node forgets the issuer before it responds, even if the outcome is unknown.
        context.forget_identity(signed.id)
    if not replaced:
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
    return signed


def _act(context: Context, caller: Caller, action: str, issuer: records.IdentityIssuer) -> records.Act:
    return context.administrative_act(
        caller, action, issuer.id, issuer.revision, organisation_id=OPERATORS_ORGANISATION
    )
