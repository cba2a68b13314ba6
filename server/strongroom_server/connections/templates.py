"""What a new connection becomes: a credential, prepared from what the request of the session says and what the provider issued."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import (
    CLIENT_AUTHENTICATION_BASIC,
    CLIENT_AUTHENTICATION_BODY,
    ClientCredentialsData,
    Credential,
    CredentialData,
    OAuth2RefreshData,
)
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom_server.access.exposure import require_as_narrow
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.credentials.create import prepare_create
from strongroom_server.rules.surfaces import SETTINGS
from strongroom_server.store import credential_writes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.clients import Client
    from strongroom_server.connections.context import Context
    from strongroom_server.core import records
    from strongroom_server.schemes.token_endpoint import Style

_TAKEN: Final = (
    *("name", "description", "metadata_json", "allowed_hosts", "read_access", "team_id", "folder_id"),
    *("shared_team_slugs", "labels", "expire_time"),
)
# What else a request can set of a credential. As everywhere, values of output only fields are ignored.
_NOT_TAKEN: Final = (
    *("surface", "provider", "redact_fields", "reminder_time", "live_credential_id", "data"),
    *SETTINGS,
)
# What oauth2_refresh has as auth_style, as Go's oauth2 names it.
_AUTH_STYLES: Final[Mapping[str, str]] = {"basic": "header", "body": "params"}
_AUTHENTICATIONS: Final = {"basic": CLIENT_AUTHENTICATION_BASIC, "body": CLIENT_AUTHENTICATION_BODY}


class _RolledBack(Exception):
    """Ends a transaction whose changes are not wanted."""


def template_violations(sent: Credential) -> Iterator[FieldViolation]:
    """Only what a request may say of a new connection's credential may be set."""
    for field, _ in sent.ListFields():
        if field.name in _NOT_TAKEN:
            yield FieldViolation(f"credential.{field.name}", f"must be unset: only {', '.join(_TAKEN)} may be set")


def template_of(sent: Credential, name: str) -> bytes:
    """What is stored of a checked template, with this name unless it has one."""
    template = Credential()
    template.CopyFrom(sent)
    for field, _ in sent.ListFields():
        if field.name not in _TAKEN:
            template.ClearField(field.name)  # type: ignore[arg-type] # a name of a field
    template.name = template.name or name
    return template.SerializeToString(deterministic=True)


async def prepare_credential(
    context: Context,
    session: records.ConnectionSession,
    client: Client,
    caller: Caller,
    refresh_token: str = "",
    style: Style | None = None,
) -> credential_writes.NewCredential:
    """Prepare the credential of a new connection, checked as CreateCredential checks it. Raises ServiceError."""
    credential = Credential.FromString(session.template)
    credential.surface = client.surface  # type: ignore[assignment] # a number of the enumeration
    data, settings = client.data, client.settings
    if client.needs_consent:
        refresh = OAuth2RefreshData(
            client_id=data.client_id,
            client_secret=data.client_secret,
            token_url=data.token_url,
            refresh_token=refresh_token,
            auth_style=_AUTH_STYLES.get(style or client.provider.authentication, ""),
        )
        credential.data.CopyFrom(CredentialData(oauth2_refresh=refresh))
        credential.use_settings.managed = True
        if settings.HasField("refresh_token_rotates"):
            credential.use_settings.refresh_token_rotates = settings.refresh_token_rotates
    else:
        own = ClientCredentialsData(client_id=data.client_id, client_secret=data.client_secret)
        credential.data.CopyFrom(CredentialData(client_credentials=own))
        credential.use_settings.token_url = data.token_url
        credential.use_settings.scopes.extend(session.scopes)
        if (authentication := _AUTHENTICATIONS.get(style or client.provider.authentication)) is not None:
            credential.use_settings.client_authentication = authentication
    prepared = await prepare_create(
        context.vault, CreateCredentialRequest(credential=credential), caller, connects=True
    )
    if not client.needs_consent:
        # No person consents, so this is a second place for what the app already can do.
        require_as_narrow(caller, client.row, prepared.new.row)
    return prepared.new


async def require_storable(context: Context, new: credential_writes.NewCredential) -> None:
    """Have the database check a prepared credential, and store nothing. Raises TEAM_UNKNOWN, FOLDER_UNKNOWN, CONCURRENT_CHANGE."""
    with contextlib.suppress(_RolledBack):
        async with context.vault.database.transaction() as transaction:
            stored = await credential_writes.create_in(transaction, new)
            raise _RolledBack if stored else ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
