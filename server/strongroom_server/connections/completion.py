"""Completes sessions: checks who asks, and has the code exchanged and the connection stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_COMPLETED,
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_EXPIRED,
    CONNECTION_SESSION_STATE_FAILED,
    CONNECTION_SESSION_STATE_PENDING,
    GetConnectionRequest,
)
from strongroom_server.access.absent import read_caller
from strongroom_server.access.roles import METHOD_ROLES
from strongroom_server.connections import connections
from strongroom_server.connections import session_rows as rows
from strongroom_server.connections.callbacks import store_callback
from strongroom_server.connections.clients import read_client
from strongroom_server.connections.exchange import Exchange
from strongroom_server.connections.redirects import leads_to_program
from strongroom_server.connections.results import COMPLETE, require_result
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.rules import fields
from strongroom_server.schemes.authorization import InvalidCallback, callback_of, is_from
from strongroom_server.store import connection_sessions as store
from strongroom_server.store.credentials import Visible

if TYPE_CHECKING:
    from uuid import UUID

    from strongroom.v1.connection_service_pb2 import CompleteConnectionRequest, Connection
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.clients import Client
    from strongroom_server.connections.context import Context
    from strongroom_server.store.connection_sessions import StoredSession

_QUERY: Final = "callback_query"
_USER_MISMATCH: Final = "USER_MISMATCH"


async def complete(context: Context, request: CompleteConnectionRequest, caller: Caller) -> Connection:
    """Exchange the code of a session of the caller, and return the connection. One that is completed is returned again.

    The exchange goes on when the call is cancelled. Raises ServiceError.
    """
    fields.require(fields.text("user", request.user, rows.LONGEST_USER, shortest=1))
    context.vault.require_opening()
    stored = await rows.read_own(context, "session_id", request.session_id, caller)
    if stored.session.user_id != request.user:
        await _fail_if_consented(context, stored, caller)
        raise ServiceError(reasons.ERROR_REASON_USER_MISMATCH)
    _require_query(context, stored, request.callback_query)
    connection_id = await context.exchanges.join(
        stored.session.id, lambda: _complete(context, stored, request.callback_query, caller)
    )
    return await connections.get(context, GetConnectionRequest(id=str(connection_id)), caller)


async def _fail_if_consented(context: Context, stored: StoredSession, caller: Caller) -> None:
    """End a session with whose consent another user has come back: its own user could complete it afterwards with that account."""
    is_consented = rows.state_of(stored.session, context.vault.watch.now()) == CONNECTION_SESSION_STATE_CONSENTED
    if is_consented and stored.session.redirect_uri:
        await rows.replace(
            context,
            stored,
            caller,
            COMPLETE,
            outcome=_USER_MISMATCH,
            state=CONNECTION_SESSION_STATE_FAILED,
            error=_USER_MISMATCH,
        )


async def complete_at_once(context: Context, stored: StoredSession, peer: str) -> UUID:
    """Complete a session whose code has come, in the name of its creator and with its present rights. Raises ServiceError."""
    session, vault = stored.session, context.vault
    key_id, _, principal = session.creator.partition(" ")
    creator = await read_caller(vault.database, vault.keyring, key_id, principal, vault.watch.now())
    if creator is None or creator.roles.isdisjoint(METHOD_ROLES["CompleteConnection"]):
        # Only the creator could complete it. The person who waits for the answer does not learn why it cannot.
        raise rows.failed(rows.CREATOR_REVOKED)
    caller = structs.replace(creator, peer=peer)
    return await context.exchanges.join(session.id, lambda: _complete(context, stored, "", caller))


def _require_query(context: Context, stored: StoredSession, query: str) -> None:
    is_loopback = leads_to_program(context.public_url, stored.session.redirect_uri)
    if query and not is_loopback:
        raise invalid(_QUERY, "must be empty without a loopback_redirect_uri")
    if is_loopback and not query and stored.session.state == CONNECTION_SESSION_STATE_PENDING:
        raise invalid(_QUERY, "is required with a loopback_redirect_uri")


async def _complete(context: Context, stored: StoredSession, query: str, caller: Caller) -> UUID:
    while True:
        session = stored.session
        state = rows.state_of(session, context.vault.watch.now())
        if state == CONNECTION_SESSION_STATE_COMPLETED:
            assert session.connection_id is not None
            return session.connection_id
        if state == CONNECTION_SESSION_STATE_EXPIRED:
            raise rows.failed(rows.EXPIRED)
        if state == CONNECTION_SESSION_STATE_FAILED:
            raise rows.failed(session.error)
        client = await read_client(context, Visible(session.organisation_id, None), "app_id", str(session.app_id))
        next_stored: StoredSession | None
        if state == CONNECTION_SESSION_STATE_PENDING:
            if not query:
                raise ServiceError(reasons.ERROR_REASON_CONSENT_PENDING)
            next_stored = await _receive(context, stored, client, query, caller)
        else:
            assert state == CONNECTION_SESSION_STATE_CONSENTED
            await require_result(context, session, client, caller)
            done = await Exchange(context, stored, client, caller).run()
            if done is not None:
                return done
            next_stored = None
        # Another node was faster.
        stored = next_stored or await _again(context, stored)


async def _receive(
    context: Context, stored: StoredSession, client: Client, query: str, caller: Caller
) -> StoredSession | None:
    """Store the callback that a program on the person's machine got. None if the session has changed. Raises FIELD_INVALID."""
    try:
        callback = callback_of(query)
    except InvalidCallback as error:
        raise invalid(_QUERY, f"must be the query of a callback: {error}") from None
    if not rows.is_secret(callback.state, stored.session.state_sha256):
        raise invalid(_QUERY, "must have the state of this session")
    if not is_from(client.provider, callback):
        raise invalid(_QUERY, "must be from the provider of the app")
    return await store_callback(context, stored, callback, caller)


async def _again(context: Context, stored: StoredSession) -> StoredSession:
    session = stored.session
    present = await store.get(context.vault.database, session.organisation_id, session.id)
    if present is None:
        raise ServiceError(reasons.ERROR_REASON_CONNECTION_SESSION_NOT_FOUND)
    await rows.verify(context, present.session)
    return present
