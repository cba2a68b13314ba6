"""Revokes the tokens of a connection at its provider, and deletes it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import (
    REVOCATION_OUTCOME_FAILED,
    REVOCATION_OUTCOME_NOT_SUPPORTED,
    REVOCATION_OUTCOME_REVOKED,
    DisconnectResponse,
    RevocationOutcome,
)
from strongroom.v1.credential_service_pb2 import DeleteCredentialRequest
from strongroom_server.access.caller import require_team
from strongroom_server.connections.clients import read_client
from strongroom_server.connections.connections import read
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials import delete
from strongroom_server.credentials.pairs import open_pair, origin_of
from strongroom_server.rules import fields
from strongroom_server.rules.surfaces import number_violations
from strongroom_server.schemes.revocation import revoke_token
from strongroom_server.schemes.sending import Sender
from strongroom_server.store import audit, connections, credential_locks, tokens
from strongroom_server.store.credentials import Visible
from strongroom_server.store.tokens import Key
from strongroom_server.use.connected import DISCONNECTED

if TYPE_CHECKING:
    from strongroom.v1.connection_service_pb2 import DisconnectRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context
    from strongroom_server.core import records
    from strongroom_server.credentials.pairs import Pair
    from strongroom_server.store.connections import ConnectedCredential
    from strongroom_server.store.database import Transaction

_ACTION: Final = "Disconnect"
# All of the revocation, with its connect. The caller waits for it.
_REVOCATION_SECONDS: Final = 10.0

_log = structlog.get_logger()


async def disconnect(context: Context, request: DisconnectRequest, caller: Caller) -> DisconnectResponse:
    """Revoke the tokens of a connection as well as that works, then delete it. Raises ServiceError.

    The credential is deleted too, except on Tines' surface, where it existed before the connection.
    """
    fields.require(number_violations("surface", request.surface))
    found = await read(context, request.id, caller, request.surface, box=True)
    row = found.stored.row
    require_team(caller, row.team_id)
    await context.vault.verify(row)
    outcome = await _revoked(context, found)
    if found.connection.app_id == row.id:
        await _end(context, row, caller, outcome)
    else:
        await delete.delete(
            context.vault,
            DeleteCredentialRequest(id=str(row.id)),
            caller,
            before=lambda transaction, locked: _forget(context, transaction, locked, caller, outcome),
        )
    return DisconnectResponse(revocation=outcome)


async def _end(context: Context, row: records.Credential, caller: Caller, outcome: RevocationOutcome.ValueType) -> None:
    """Delete the connection and the tokens of a credential that stays."""
    visible = Visible(row.organisation_id, caller.team_ids, limits=caller.scope)

    async def end(transaction: Transaction) -> None:
        locked = await credential_locks.lock_with_test_credential(transaction, visible, row.id)
        if locked is None:
            raise ServiceError(reasons.ERROR_REASON_CONNECTION_NOT_FOUND)
        require_team(caller, locked[0].team_id)
        await connections.delete_in(transaction, row.organisation_id, row.id)
        await tokens.disconnect(transaction, Key(row.organisation_id, row.id, b""), "")
        event = context.vault.recorder.event(caller, _ACTION, locked[0], subject=_name_of(outcome))
        await audit.record(transaction, context.vault.recorder.act(event, caller.request))

    await context.vault.database.in_transaction(end)


async def _forget(
    context: Context,
    transaction: Transaction,
    row: records.Credential,
    caller: Caller,
    outcome: RevocationOutcome.ValueType,
) -> None:
    """Delete the tokens of a credential that is about to be deleted. Undeleted, it says that it was disconnected."""
    await tokens.disconnect(transaction, Key(row.organisation_id, row.id, b""), DISCONNECTED)
    event = context.vault.recorder.event(caller, _ACTION, row, subject=_name_of(outcome))
    await audit.record_events(transaction, [event])


async def _revoked(context: Context, found: ConnectedCredential) -> RevocationOutcome.ValueType:
    """What the provider says of the revocation. Whatever is broken here must not keep the connection alive."""
    row, token = found.stored.row, found.token
    if token is None or token.box is None:
        return REVOCATION_OUTCOME_NOT_SUPPORTED
    try:
        pair = await open_pair(context.vault.keyring, row, b"", token)
        async with asyncio.timeout(_REVOCATION_SECONDS):
            return await _revoke(context, found, pair)
    except TimeoutError:
        return REVOCATION_OUTCOME_FAILED
    except ServiceError as error:
        _log.warning("tokens not revoked", credential=str(row.id), error=str(error))
        return REVOCATION_OUTCOME_FAILED


async def _revoke(context: Context, found: ConnectedCredential, pair: Pair) -> RevocationOutcome.ValueType:
    everything = Visible(found.connection.organisation_id, None)
    try:
        client = await read_client(context, everything, "app_id", str(found.connection.app_id))
    except ServiceError as error:
        if error.reason == reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND:
            return REVOCATION_OUTCOME_NOT_SUPPORTED
        raise
    url = client.provider.revocation_url
    if not url:
        return REVOCATION_OUTCOME_NOT_SUPPORTED
    if origin_of(url) != pair.endpoint_origin:
        # The app may have been changed by somebody who must not get the tokens of its connections.
        _log.warning("revocation_url has another origin than the token endpoint", app=str(found.connection.app_id))
        return REVOCATION_OUTCOME_FAILED
    sender = Sender(context.client, _REVOCATION_SECONDS, found.connection.organisation_id)
    request = client.request(url, {})
    if pair.refresh_token:
        revoked = await revoke_token(sender, request, pair.refresh_token)
    else:
        revoked = await revoke_token(sender, request, pair.access_token, "access_token")
    return REVOCATION_OUTCOME_REVOKED if revoked == "revoked" else REVOCATION_OUTCOME_FAILED


def _name_of(outcome: RevocationOutcome.ValueType) -> str:
    return RevocationOutcome.Name(outcome).removeprefix("REVOCATION_OUTCOME_").lower()
