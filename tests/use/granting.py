"""Managed grants of the mock provider, and what is stored of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemes.provider import CLIENT_ID, CLIENT_SECRET
from use.minting import stored

from strongroom.v1.credential_pb2 import CredentialData, OAuth2RefreshData

if TYPE_CHECKING:
    import asyncpg
    from conftest import Deployment
    from schemes.provider import Provider

    from strongroom.v1.connection_service_pb2 import Connection
    from strongroom.v1.credential_pb2 import Credential


def refresh_data(provider: Provider, refresh_token: str = "", **fields: Any) -> CredentialData:
    """An oauth2_refresh credential of the provider, with a new grant unless a refresh token is given."""
    data = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "token_url": provider.token_url,
        "refresh_token": refresh_token or provider.grant(),
    }
    return CredentialData(oauth2_refresh=OAuth2RefreshData(**{**data, **fields}))


async def managed(
    node: Deployment, provider: Provider, settings: dict[str, Any] | None = None, **fields: Any
) -> Credential:
    """Create a managed credential with a grant of its own."""
    return await stored(node, refresh_data(provider, **fields), {"managed": True, **(settings or {})})


async def row_of(node: Deployment, credential: Credential | Connection) -> asyncpg.Record:
    """The row of the credential's grant."""
    async with node.sql() as sql:
        row = await sql.fetchrow("select * from tokens where credential_id = $1", credential.id)
    assert row is not None
    return row


async def change_row(node: Deployment, credential: Credential | Connection, assignments: str) -> None:
    """Change the row of a credential's grant as a superuser can."""
    async with node.sql() as sql:
        await sql.execute(f"update tokens set {assignments} where credential_id = $1", credential.id)
