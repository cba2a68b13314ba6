"""Begins sessions in which people consent, and says how far they are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from msgspec import structs
from uuid_utils.compat import uuid7

from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_PENDING,
    BeginConnectionResponse,
)
from strongroom.v1.credential_pb2 import SURFACE_VERSORI
from strongroom_server.access.caller import require_team
from strongroom_server.connections import connections
from strongroom_server.connections import session_rows as rows
from strongroom_server.connections.clients import Client, read_client
from strongroom_server.connections.redirects import leads_to_program, redirect_uri_of
from strongroom_server.connections.session_rows import Content
from strongroom_server.connections.templates import (
    prepare_credential,
    require_storable,
    template_of,
    template_violations,
)
from strongroom_server.core import records
from strongroom_server.core.errors import FieldViolation, invalid
from strongroom_server.credentials.vault import visible_to
from strongroom_server.rules import fields
from strongroom_server.rules.oauth import parameter_violations, scope_violations
from strongroom_server.schemes.authorization import OPENID, is_loopback_redirect
from strongroom_server.store import connection_sessions as store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from strongroom.v1.connection_service_pb2 import (
        BeginConnectionRequest,
        ConnectionSession,
        GetConnectionSessionRequest,
        ReconnectRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context
    from strongroom_server.store.connection_sessions import StoredSession

_LONGEST_URL: Final = 2_048
_LONGEST_WAIT_SECONDS: Final = 25
# Between two reads of a session that is waited for. Reads of concurrent waits are batched.
_POLL_SECONDS: Final = 0.5


async def begin(context: Context, request: BeginConnectionRequest, caller: Caller) -> BeginConnectionResponse:
    """Begin a session for a new connection, or for a credential of Tines' surface. Raises ServiceError."""
    fields.require((*_violations(request), *template_violations(request.credential)))
    context.vault.require_opening()
    client = await read_client(context, visible_to(caller), "app_id", request.app_id)
    if client.is_connection:
        if request.HasField("credential"):
            raise invalid("credential", "must be unset on SURFACE_TINES, where the credential exists")
        if not client.needs_consent:
            raise invalid("app_id", "must have the grant_type authorization_code: this credential needs no consent")
        require_team(caller, client.row.team_id)
    template = b"" if client.is_connection else template_of(request.credential, client.row.name)
    connection_id = client.row.id if client.is_connection else None
    return await _begin(context, request, caller, client, connection_id, template, "BeginConnection")


async def begin_again(context: Context, request: ReconnectRequest, caller: Caller) -> BeginConnectionResponse:
    """Begin a session for a new consent for a connection. Raises ServiceError."""
    fields.require(_violations(request))
    connected = await connections.read(context, request.id, caller)
    row = connected.stored.row
    await context.vault.verify(row)
    require_team(caller, row.team_id)
    # The caller may change the connection, whether or not it sees the app.
    visible = visible_to(caller)._replace(team_ids=None, limits=None)
    client = await read_client(context, visible, "id", str(connected.connection.app_id))
    if not client.needs_consent:
        raise invalid("id", "must be a connection that somebody has consented to")
    if connected.connection.account_issuer and OPENID not in client.requested(_scopes_of(request, client)):
        raise invalid("scopes", f"must have {OPENID}: without an id_token the account cannot be compared")
    return await _begin(context, request, caller, client, row.id, b"", "Reconnect")


async def get_session(context: Context, request: GetConnectionSessionRequest, caller: Caller) -> ConnectionSession:
    """Read a session. Waits while it is pending and the node does not stop, without a connection to the database.

    Raises ServiceError.
    """
    if not 0 <= request.wait_seconds <= _LONGEST_WAIT_SECONDS:
        raise invalid("wait_seconds", f"must be 0 to {_LONGEST_WAIT_SECONDS}")
    context.vault.require_opening()
    loop = asyncio.get_running_loop()
    end = loop.time() + request.wait_seconds
    while True:
        session = (await rows.read_own(context, "id", request.id, caller)).session
        message, left = rows.message_of(session, context.vault.watch.now()), end - loop.time()
        if message.state != CONNECTION_SESSION_STATE_PENDING or left <= 0 or context.is_stopping():
            return message
        await asyncio.sleep(min(left, _POLL_SECONDS))


def _violations(request: BeginConnectionRequest | ReconnectRequest) -> Iterator[FieldViolation]:
    yield from fields.text("user", request.user, rows.LONGEST_USER, shortest=1)
    yield from scope_violations("scopes", request.scopes)
    yield from parameter_violations("parameters", request.parameters)
    loopback = request.loopback_redirect_uri
    if loopback and (len(loopback) > _LONGEST_URL or not is_loopback_redirect(loopback)):
        yield FieldViolation(
            "loopback_redirect_uri", "must be http://127.0.0.1 or http://[::1] with a port and a path, without a query"
        )
    if loopback and request.return_url:
        yield FieldViolation("return_url", "must be empty with a loopback_redirect_uri")


async def _begin(
    context: Context,
    request: BeginConnectionRequest | ReconnectRequest,
    caller: Caller,
    client: Client,
    connection_id: UUID | None,
    template: bytes,
    action: str,
) -> BeginConnectionResponse:
    redirect_uri = request.loopback_redirect_uri
    if client.needs_consent:
        redirect_uri = redirect_uri or redirect_uri_of(context.public_url, client.surface)
        await _require_return_url(context, request.return_url, caller)
    elif redirect_uri or request.return_url or request.parameters:
        raise invalid(
            "app_id",
            "has the grant_type client_credentials, which has no consent, so no URL and no parameters may be set",
        )
    now = context.vault.watch.now()
    session = records.ConnectionSession(
        organisation_id=caller.organisation_id,
        id=uuid7(),
        creator=rows.creator_of(caller),
        app_id=client.row.id,
        connection_id=connection_id,
        surface=client.surface,
        user_id=request.user,
        template=template,
        scopes=_scopes_of(request, client),
        parameters=tuple(text for pair in request.parameters.items() for text in pair),
        redirect_uri=redirect_uri,
        return_url=request.return_url,
        link_sha256=b"",
        state_sha256=b"",
        cookie_sha256=b"",
        state=CONNECTION_SESSION_STATE_PENDING if client.needs_consent else CONNECTION_SESSION_STATE_CONSENTED,
        error="",
        create_time=now,
        expire_time=now + rows.LIFE,
        revision=1,
    )
    if connection_id is None:
        await require_storable(context, await prepare_credential(context, session, client, caller))
    prepared, url = _prepare(context, session, client)
    act = rows.act_of(context, session, caller, action)
    await context.vault.database.in_transaction(lambda transaction: store.create(transaction, prepared, act))
    return BeginConnectionResponse(session=rows.message_of(prepared.session, now), url=url)


def _prepare(context: Context, session: records.ConnectionSession, client: Client) -> tuple[StoredSession, str]:
    """The session with its secrets, and the URL for the person. Raises FIELD_INVALID, SEALING_KEY_DESTROYED."""
    content, url = rows.EMPTY, ""
    if client.needs_consent:
        consent = client.consent(session)
        if session.surface == SURFACE_VERSORI or leads_to_program(context.public_url, session.redirect_uri):
            content, url = Content(consent.verifier, consent.nonce, client.sha256), consent.url
            session = structs.replace(session, state_sha256=rows.sha256_of(consent.state))
        else:
            # The consent URL was made only to check it. StartConsent makes the one that the browser goes to.
            link = rows.new_secret()
            url = f"{context.public_url}/connect/{link}"
            session = structs.replace(session, link_sha256=rows.sha256_of(link))
    return rows.prepare(context, session, content), url


def _scopes_of(request: BeginConnectionRequest | ReconnectRequest, client: Client) -> tuple[str, ...]:
    """The scopes to request, without those that the provider needs to issue a refresh token. Raises FIELD_INVALID."""
    if client.scopes and not set(request.scopes) <= {*client.scopes, *client.provider.offline_scopes}:
        raise invalid("scopes", "must be among the scopes of the app")
    return tuple(dict.fromkeys(request.scopes)) or client.scopes


async def _require_return_url(context: Context, url: str, caller: Caller) -> None:
    """Raises FIELD_INVALID unless the organisation allows browsers to go to this URL, if there is one."""
    if url and url not in (await context.vault.settings(caller.organisation_id)).return_urls:
        raise invalid("return_url", "must be exactly one of the organisation's return_urls")
