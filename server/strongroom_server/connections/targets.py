"""The connection that gets a new consent: what must be known of it before, and what stays of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import REFRESH_STATE_REAUTH_REQUIRED
from strongroom_server.access.caller import require_team
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials.pairs import open_pair, origin_of, sha256_of
from strongroom_server.credentials.vault import visible_to
from strongroom_server.schemes.account import Account
from strongroom_server.store import connections, credentials, tokens

if TYPE_CHECKING:
    from uuid import UUID

    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.clients import Client
    from strongroom_server.connections.context import Context
    from strongroom_server.core import records


class Target(NamedTuple):
    """A connection that gets a new consent. `connection` is None for a credential of Tines' surface without one yet.

    `seed_sha256` is the hash of the refresh token in the credential's data, which stays.
    """

    row: records.Credential
    connection: records.Connection | None
    seed_sha256: bytes


class Kept(NamedTuple):
    """A refresh token that stays, and the generation of the pair that has it."""

    refresh_token: str
    generation: int

    def __repr__(self) -> str:
        """Without the token."""
        return f"Kept(generation={self.generation})"


async def read_target(context: Context, connection_id: UUID, client: Client, caller: Caller) -> Target:
    """The connection that gets a new consent. Raises CONNECTION_NOT_FOUND, TEAM_NOT_ALLOWED, SEAL_BROKEN."""
    vault = context.vault
    stored = await credentials.get(vault.database, visible_to(caller), connection_id, box=True)
    connection = await connections.of_credential(vault.database, caller.organisation_id, connection_id)
    if stored is None or (connection is None and not client.is_connection):
        raise ServiceError(reasons.ERROR_REASON_CONNECTION_NOT_FOUND)
    await vault.verify(stored.row)
    if connection is not None:
        await context.use.verify_connection(connection)
    require_team(caller, stored.row.team_id)
    # A credential of the variant oauth has no refresh token in its data.
    return Target(stored.row, connection, sha256_of(vault.open(stored).oauth2_refresh.refresh_token))


def is_other_account(connection: records.Connection | None, account: Account | None) -> bool:
    """Whether tokens are for another account than that of the connection, or for one that nobody knows."""
    if connection is None or not connection.account_subject:
        return False
    before = Account(connection.account_subject, "", connection.account_issuer)
    if account is None:
        return True
    # Only an id_token names the issuer, and one consent may have been without the scope openid.
    if not (account.issuer and before.issuer):
        return account.subject != before.subject
    return not account.is_same(before)


async def read_kept(context: Context, client: Client, target: Target) -> Kept | None:
    """The refresh token that a new consent leaves if it brings none: many providers issue one only at the first consent.

    None if the account is not known, so that it may be another's, or if the token is no longer of use.
    """
    if target.connection is None or not target.connection.account_subject:
        return None
    row, keyring = target.row, context.vault.keyring
    stored = await tokens.read(context.vault.database, tokens.Key(row.organisation_id, row.id, b""))
    if stored is None or stored.box is None or stored.refresh.state == REFRESH_STATE_REAUTH_REQUIRED:
        return None
    try:
        pair = await open_pair(keyring, row, b"", stored)
    except ServiceError:
        # A new consent is what mends a broken pair.
        return None
    if pair.endpoint_origin != origin_of(client.data.token_url):
        return None
    return Kept(pair.refresh_token, stored.token.generation)
