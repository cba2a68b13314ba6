"""Apps: credentials of the variant oauth on SURFACE_NATIVE, as ConnectionService shows them.

The use cases of CredentialService store them, so that their rules for teams, scopes, etags and secrets hold here too.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import DeleteAppResponse, ListAppsResponse
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, Credential
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom_server.connections import app_checks
from strongroom_server.connections.app_messages import (
    DISCOVERED,
    PATHS,
    VARIANT,
    Facts,
    app_of,
    error_of,
    new_credential,
    put,
    put_facts,
)
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials import create, delete, get, lists, messages, update
from strongroom_server.credentials.vault import until_stored
from strongroom_server.schemes.discovery import DiscoveryFailed, discover
from strongroom_server.schemes.providers.provider import Provider
from strongroom_server.schemes.providers.table import PROVIDERS
from strongroom_server.schemes.sending import Sender
from strongroom_server.store import connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.v1.connection_service_pb2 import (
        App,
        CreateAppRequest,
        DeleteAppRequest,
        GetAppRequest,
        ListAppsRequest,
        UpdateAppRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context
    from strongroom_server.core import records
    from strongroom_server.store.database import Transaction

_DISCOVERY_SECONDS: Final = 10.0
_UNKNOWN: Final = Provider("", "", "", "")


async def create_app(context: Context, request: CreateAppRequest, caller: Caller) -> App:
    """Create the credential of an app, with what is known of its provider. Raises ServiceError."""
    context.vault.require_opening()
    app_checks.check_create(request.app)
    credential = new_credential(request.app, await _facts_of(context, request.app.provider, request.app.issuer, caller))
    app_checks.check_credential(credential, request.app, PATHS)
    try:
        stored = await create.create(context.vault, CreateCredentialRequest(credential=credential), caller)
    except ServiceError as error:
        raise error_of(error, PATHS) from None
    return app_of(messages.message_of(stored, credential.data), context.public_url)


async def get_app(context: Context, request: GetAppRequest, caller: Caller) -> App:
    """Read an app. Raises ServiceError."""
    return app_of(await _read(context, request.id, caller), context.public_url)


async def list_apps(context: Context, request: ListAppsRequest, caller: Caller) -> ListAppsResponse:
    """Read a page of apps. Raises ServiceError."""
    listed = await lists.list_credentials(
        context.vault,
        ListCredentialsRequest(
            surface=SURFACE_NATIVE,
            variant=VARIANT,
            view=CREDENTIAL_VIEW_FULL,
            page_size=request.page_size,
            page_token=request.page_token,
        ),
        caller,
    )
    apps = [app_of(credential, context.public_url) for credential in listed.credentials]
    return ListAppsResponse(apps=apps, next_page_token=listed.next_page_token)


async def update_app(context: Context, request: UpdateAppRequest, caller: Caller) -> App:
    """Change an app. Raises ServiceError."""
    names = app_checks.check_update(request)
    sent, facts = request.app, None

    async def attempt() -> App:
        nonlocal facts
        present = await _read(context, request.id, caller)
        merged, changed = Credential(), set(names)
        merged.CopyFrom(present)
        put(merged, sent, names)
        settings = merged.use_settings.app
        if "issuer" in names and sent.issuer != present.use_settings.app.issuer:
            if sent.issuer:
                facts = facts or await _facts_of(context, settings.provider, sent.issuer, caller)
                put_facts(merged, facts, names)
                changed |= DISCOVERED
            else:
                settings.sends_iss, settings.jwks_url = False, ""
        app_checks.check_credential(merged, sent, changed)
        merged.etag = sent.etag or present.etag
        mask = FieldMask(paths=sorted({PATHS[name] for name in changed}))
        changes = UpdateCredentialRequest(id=present.id, surface=SURFACE_NATIVE, credential=merged, update_mask=mask)
        try:
            updated = await update.update(context.vault, changes, caller)
        except ServiceError as error:
            if error.reason == reasons.ERROR_REASON_ETAG_MISMATCH and not sent.etag:
                # The credential has changed since it was read.
                raise Conflict from None
            raise error_of(error, names) from None
        updated.data.CopyFrom(merged.data)
        return app_of(updated, context.public_url)

    return await until_stored(attempt)


async def delete_app(context: Context, request: DeleteAppRequest, caller: Caller) -> DeleteAppResponse:
    """Delete an app that has no connections. Raises ServiceError."""
    context.vault.require_opening()
    deletion = DeleteCredentialRequest(id=request.id, surface=SURFACE_NATIVE, etag=request.etag)
    with _naming_the_app():
        await delete.delete(context.vault, deletion, caller, variant=VARIANT, before=_require_unused)
    return DeleteAppResponse()


async def _require_unused(transaction: Transaction, row: records.Credential) -> None:
    """Raises APP_IN_USE."""
    if await connections.has_connections(transaction, row.organisation_id, row.id):
        raise ServiceError(reasons.ERROR_REASON_APP_IN_USE)


async def _read(context: Context, app_id: str, caller: Caller) -> Credential:
    """The credential of an app, with its redacted data. Raises CREDENTIAL_NOT_FOUND."""
    request = GetCredentialRequest(id=app_id, surface=SURFACE_NATIVE, view=CREDENTIAL_VIEW_FULL)
    with _naming_the_app():
        return await get.get(context.vault, request, caller, variant=VARIANT)


@contextmanager
def _naming_the_app() -> Iterator[None]:
    """CredentialService calls what is missing a credential."""
    try:
        yield
    except ServiceError as error:
        if error.reason != reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND:
            raise
        raise app_checks.not_found("id") from None


async def _facts_of(context: Context, provider: str, issuer: str, caller: Caller) -> Facts:
    """What is known of a provider by its name, which may be empty, and from the metadata of its issuer. Raises DISCOVERY_FAILED."""
    known = PROVIDERS.get(provider, _UNKNOWN)
    if not issuer or issuer == known.issuer:
        return Facts(known)
    sender = Sender(context.client, _DISCOVERY_SECONDS, caller.organisation_id)
    try:
        found, jwks_url = await discover(sender, issuer)
    except DiscoveryFailed as failed:
        raise app_checks.discovery_failed(failed) from None
    facts = known._replace(
        authorization_url=found.authorization_url,
        token_url=found.token_url,
        issuer=found.issuer,
        revocation_url=found.revocation_url,
        sends_iss=found.sends_iss,
        # What is known of these is known because the metadata does not tell it.
        uses_pkce=known.uses_pkce and found.uses_pkce,
        authentication=found.authentication if known.authentication == "auto" else known.authentication,
    )
    return Facts(facts, jwks_url)
