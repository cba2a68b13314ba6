"""Creates and changes connections without consent: the request has the secret, and nobody is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1.connection_service_pb2 import GetConnectionRequest
from strongroom.v1.credential_pb2 import SURFACE_VERSORI, Credential
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, UpdateCredentialRequest
from strongroom_server.connections import connections
from strongroom_server.connections import session_rows as rows
from strongroom_server.connections.clients import read_client
from strongroom_server.connections.results import created_event
from strongroom_server.connections.templates import template_of, template_violations
from strongroom_server.core import records
from strongroom_server.core.errors import FieldViolation, invalid
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials import update as updates
from strongroom_server.credentials.create import prepare_create
from strongroom_server.credentials.vault import until_stored, visible_to
from strongroom_server.rules import fields
from strongroom_server.rules.surfaces import number_violations
from strongroom_server.rules.use_settings import USE_SETTINGS
from strongroom_server.store import connections as store
from strongroom_server.store import credential_writes, events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from strongroom.v1.connection_service_pb2 import Connection, CreateConnectionRequest, UpdateConnectionRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.clients import Client
    from strongroom_server.connections.context import Context
    from strongroom_server.store.database import Transaction

_CLIENT_CREDENTIALS: Final = "client_credentials"
# The variants whose secret a caller has before there is a connection.
_VARIANTS: Final = ("raw", "basic_auth", _CLIENT_CREDENTIALS, "jwt")
_RULE: Final = f"must be one of {', '.join(_VARIANTS)}"
# Those of connections that a person has consented to.
_CONSENTED: Final = ("oauth2_refresh", "oauth")
_PATHS: Final = frozenset({"name", "data", "use_settings"})


async def create(context: Context, request: CreateConnectionRequest, caller: Caller) -> Connection:
    """Store a credential and its connection to an app. Raises ServiceError."""
    fields.require(_violations(request))
    vault = context.vault
    vault.require_opening()
    client = await read_client(context, visible_to(caller), "app_id", request.app_id)
    if client.surface != SURFACE_VERSORI:
        raise invalid("app_id", "must be an app whose connection_surface is SURFACE_VERSORI")
    credential = _credential_of(request.credential, client)

    async def attempt() -> UUID:
        prepared = await prepare_create(vault, CreateCredentialRequest(credential=credential), caller, connects=True)
        row = prepared.new.row
        connection = vault.keyring.sign(_connection_of(row, client, request.user))

        async def write(transaction: Transaction) -> bool:
            if not await credential_writes.create_in(transaction, prepared.new):
                return False
            await store.insert_in(transaction, connection)
            await events.add(transaction, created_event(context, connection))
            return True

        if not await vault.database.in_transaction(write):
            raise Conflict
        return row.id

    created = await until_stored(attempt)
    return await connections.get(context, GetConnectionRequest(id=str(created)), caller)


async def update(context: Context, request: UpdateConnectionRequest, caller: Caller) -> Connection:
    """Rename a connection, or replace the secret of one without consent. Raises ServiceError."""
    paths = set(request.update_mask.paths)
    if not paths or not paths <= _PATHS:
        raise invalid("update_mask", f"must name at least one of {', '.join(sorted(_PATHS))}, and nothing else")
    fields.require(number_violations("surface", request.surface))
    connected = await connections.read(context, request.id, caller, request.surface)
    row, credential = connected.stored.row, Credential()
    # The new row keeps the endpoint of this one.
    await context.vault.verify(row)
    credential.CopyFrom(request.credential)
    if paths != {"name"} and row.variant in _CONSENTED:
        raise invalid(
            "update_mask", "must name only `name`: a person has consented to this connection, so use Reconnect"
        )
    if "data" in paths and credential.data.WhichOneof("variant") not in _VARIANTS:
        raise invalid("credential.data", _RULE)
    if "use_settings" in paths and row.variant == _CLIENT_CREDENTIALS:
        _keep_endpoint(credential, USE_SETTINGS.of(row))
    changes = UpdateCredentialRequest(id=str(row.id), credential=credential, update_mask=request.update_mask)
    await updates.update(context.vault, changes, caller, connects=True)
    return await connections.get(context, GetConnectionRequest(id=str(row.id)), caller)


def _violations(request: CreateConnectionRequest) -> Iterator[FieldViolation]:
    yield from fields.request_id(request.request_id)
    yield from fields.text("user", request.user, rows.LONGEST_USER, shortest=1)
    if request.credential.data.WhichOneof("variant") not in _VARIANTS:
        yield FieldViolation("credential.data", _RULE)
    template = Credential()
    template.CopyFrom(request.credential)
    template.ClearField("data")
    template.ClearField("use_settings")
    yield from template_violations(template)


def _credential_of(sent: Credential, client: Client) -> Credential:
    credential = Credential.FromString(template_of(sent, client.row.name))
    credential.surface = SURFACE_VERSORI
    credential.data.CopyFrom(sent.data)
    if sent.HasField("use_settings"):
        credential.use_settings.CopyFrom(sent.use_settings)
    if sent.data.WhichOneof("variant") == _CLIENT_CREDENTIALS:
        _keep_endpoint(credential, Credential.UseSettings(token_url=client.data.token_url, scopes=client.scopes))
    return credential


def _keep_endpoint(credential: Credential, known: Credential.UseSettings) -> None:
    """The client's secret goes to the endpoint of the app alone, for its scopes unless others are set."""
    credential.use_settings.token_url = known.token_url
    if not credential.use_settings.scopes:
        credential.use_settings.scopes.extend(known.scopes)


def _connection_of(row: records.Credential, client: Client, user: str) -> records.Connection:
    return records.Connection(
        organisation_id=row.organisation_id,
        credential_id=row.id,
        app_id=client.row.id,
        user_id=user,
        account_issuer="",
        account_subject="",
        account_label="",
        scopes=(),
        create_time=row.create_time,
        consent_time=row.create_time,
        revision=1,
    )
