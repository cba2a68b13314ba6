"""What the tokens of a session become: a new connection, or the next pair of one that exists. Stores them in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from google.rpc import code_pb2

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import CONNECTION_SESSION_STATE_COMPLETED
from strongroom_server.audit import outbox
from strongroom_server.connections import session_rows as rows
from strongroom_server.connections.targets import is_other_account, read_kept, read_target
from strongroom_server.connections.templates import prepare_credential, require_storable
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError, log_fields
from strongroom_server.core.reasons import REASONS
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials.pairs import Pair, origin_of, sha256_of
from strongroom_server.schemes.account import Account
from strongroom_server.store import connection_sessions as sessions
from strongroom_server.store import connections, credential_writes, events
from strongroom_server.use import consented

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.clients import Client
    from strongroom_server.connections.context import Context
    from strongroom_server.connections.targets import Kept, Target
    from strongroom_server.schemes.token import Token
    from strongroom_server.schemes.token_endpoint import Style
    from strongroom_server.store.connection_sessions import StoredSession
    from strongroom_server.store.database import Transaction

# How long the tokens are tried to be stored while the database does not take them.
_STORE_SECONDS: Final = 600.0
_LONGEST_PAUSE_SECONDS: Final = 2.0
_KEYS_CHANGED: Final = (reasons.ERROR_REASON_KEY_RETIRED, reasons.ERROR_REASON_SEALING_KEY_DESTROYED)
# What a later attempt does not change.
_FINAL: Final = frozenset(
    {
        code_pb2.NOT_FOUND,
        code_pb2.INVALID_ARGUMENT,
        code_pb2.PERMISSION_DENIED,
        code_pb2.FAILED_PRECONDITION,
        code_pb2.DATA_LOSS,
    }
)
_NOBODY: Final = Account("", "")

COMPLETE: Final = "CompleteConnection"

_log = structlog.get_logger()


class Issued(NamedTuple):
    """What a provider issued, when it was requested, and whose account it is for, if that is known."""

    token: Token
    style: Style
    account: Account | None
    time: datetime

    def __repr__(self) -> str:
        """Without the token."""
        return "<Issued>"


class _SessionChanged(Exception):
    """The session is not as it was before its code was sent."""


class NotStorable(Exception):
    """The tokens cannot be stored, at no time. `error` says why."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(str(error))
        self.error = error


async def require_result(context: Context, session: records.ConnectionSession, client: Client, caller: Caller) -> None:
    """Check that the tokens of a session can be stored, before its code is sent.

    Raises what CreateCredential raises, CONNECTION_NOT_FOUND, TEAM_NOT_ALLOWED, SEAL_BROKEN.
    """
    if session.connection_id is None:
        await require_storable(context, await prepare_credential(context, session, client, caller))
    else:
        await read_target(context, session.connection_id, client, caller)


async def store(context: Context, stored: StoredSession, client: Client, caller: Caller, issued: Issued) -> UUID:
    """Store what was issued for a session, and return the id of the connection.

    Tries again for ten minutes while the database does not take it, or a key is retired. Raises NotStorable, and the last error.
    """
    loop = asyncio.get_running_loop()
    latest, pause, has_logged = loop.time() + _STORE_SECONDS, 0.05, False
    while True:
        try:
            return await _store(context, stored, client, caller, issued)
        except Exception as error:  # after any error that may pass the tokens must still be stored
            if isinstance(error, NotStorable) or _is_final(error):
                raise NotStorable(error) if isinstance(error, ServiceError) else error from None
            if loop.time() > latest:
                raise
            if not has_logged:
                _log.warning("connection not stored yet", session=str(stored.session.id), **log_fields(error))
            has_logged = True
            if isinstance(error, ServiceError) and error.reason in _KEYS_CHANGED:
                with contextlib.suppress(Exception):
                    await context.vault.keyring.reload()
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def _store(context: Context, stored: StoredSession, client: Client, caller: Caller, issued: Issued) -> UUID:
    """One attempt, in one transaction. All is prepared anew, because rows and keys may have changed."""
    session, new, target, kept = stored.session, None, None, None
    row: records.Credential
    if session.connection_id is None:
        new = await prepare_credential(context, session, client, caller, issued.token.refresh_token or "", issued.style)
        row = new.row
    else:
        target = await read_target(context, session.connection_id, client, caller)
        row = target.row
        if target.connection is not None and target.connection.consent_time > issued.time:
            # A provider that keeps one grant of an account has ended this one, and its tokens would replace those that work.
            raise NotStorable(ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE))
        if is_other_account(target.connection, issued.account):
            raise ServiceError(reasons.ERROR_REASON_SUBJECT_MISMATCH)
        if not issued.token.refresh_token:
            kept = await read_kept(context, client, target)
    pair = _pair_of(issued, client, session, target, kept)
    connection = context.vault.keyring.sign(_connection_of(session, row, client, issued, pair, target))

    async def write(transaction: Transaction) -> None:
        if new is not None and not await credential_writes.create_in(transaction, new):
            raise Conflict
        before = target.connection if target is not None else None
        if before is None:
            await connections.insert_in(transaction, connection)
        elif not await connections.replace_in(transaction, connection, before.revision):
            raise Conflict
        if client.needs_consent:
            life = issued.token.expire_seconds
            end = None if life is None else issued.time + timedelta(seconds=life)
            generation = await consented.put_pair(context.use, transaction, row, pair, end, connection)
            if kept is not None and generation != kept.generation + 1:
                # A refresh has replaced the refresh token that was kept.
                raise Conflict
        if before is None:
            await events.add(transaction, created_event(context, connection))
        done = await rows.replace(
            context,
            stored,
            caller,
            COMPLETE,
            database=transaction,
            state=CONNECTION_SESSION_STATE_COMPLETED,
            error="",
            connection_id=row.id,
        )
        if done is None:
            raise _SessionChanged

    try:
        await context.vault.database.in_transaction(write)
    except _SessionChanged:
        return await _stored_before(context, session)
    return row.id


async def _stored_before(context: Context, session: records.ConnectionSession) -> UUID:
    """The connection that an earlier attempt has stored, whose commit was not confirmed."""
    present = await sessions.get(context.vault.database, session.organisation_id, session.id)
    if present is not None:
        await rows.verify(context, present.session)
        if present.session.state == CONNECTION_SESSION_STATE_COMPLETED and present.session.connection_id is not None:
            return present.session.connection_id
    raise NotStorable(ServiceError(reasons.ERROR_REASON_CONNECTION_SESSION_NOT_FOUND))


def _pair_of(
    issued: Issued, client: Client, session: records.ConnectionSession, target: Target | None, kept: Kept | None
) -> Pair:
    token = issued.token
    refresh_token = token.refresh_token or (kept.refresh_token if kept is not None else "")
    return Pair(
        token.access_token,
        token.token_type,
        # A provider that names no scopes has granted those that were requested.
        token.scopes or client.requested(session.scopes),
        refresh_token=refresh_token,
        seed_sha256=target.seed_sha256 if target is not None else sha256_of(refresh_token),
        endpoint_origin=origin_of(client.data.token_url),
    )


def _connection_of(
    session: records.ConnectionSession,
    row: records.Credential,
    client: Client,
    issued: Issued,
    pair: Pair,
    target: Target | None,
) -> records.Connection:
    account = issued.account or _NOBODY
    before = target.connection if target is not None else None
    return records.Connection(
        organisation_id=session.organisation_id,
        credential_id=row.id,
        app_id=client.row.id,
        user_id=session.user_id,
        account_issuer=account.issuer or (before.account_issuer if before else ""),
        account_subject=account.subject or (before.account_subject if before else ""),
        account_label=account.label or (before.account_label if before else ""),
        scopes=pair.scopes,
        create_time=before.create_time if before else issued.time,
        consent_time=issued.time,
        revision=before.revision + 1 if before else 1,
    )


def created_event(context: Context, connection: records.Connection) -> records.OutboxEvent:
    """The event that says that a connection was stored."""
    data = {
        "connection_id": str(connection.credential_id),
        "app_id": str(connection.app_id),
        "user": connection.user_id,
    }
    return outbox.prepare_event(
        context.vault.recorder,
        connection.organisation_id,
        outbox.CONNECTION_CREATED,
        connection.credential_id,
        data,
    )


def _is_final(error: Exception) -> bool:
    if not isinstance(error, ServiceError) or error.reason in _KEYS_CHANGED:
        return False
    return REASONS[error.reason][0] in _FINAL
