"""Stores tokens that no provider has issued."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from strongroom_server.core.records import Token
from strongroom_server.credentials.pairs import Pair, encode, origin_of, policy_of, sha256_of
from strongroom_server.store import credentials, tokens
from strongroom_server.store.credentials import Visible
from strongroom_server.store.tokens import Key

if TYPE_CHECKING:
    from conftest import Deployment


async def put_token(
    deployment: Deployment,
    credential_id: str,
    access_token: str,
    refresh_token: str = "",
    organisation_id: str = "default",
    token_url: str = "",
) -> None:
    """Store the next token of a credential, or the next pair of its grant, which begins with the refresh token of its data.

    With a token_url it is the pair of a consent.
    """
    database, keyring = deployment.service.database, deployment.service.recorder.keyring
    stored = await credentials.get(database, Visible(organisation_id, None), UUID(credential_id))
    assert stored is not None
    row, key, now = stored.row, Key(organisation_id, stored.row.id, b""), deployment.service.watch.now()
    await tokens.add(database, key)
    before = await tokens.read(database, key)
    assert before is not None
    generation = before.token.generation
    token = Token(*key, row.version, policy_of(row), generation + 1, "", b"", now, now + timedelta(hours=1))
    pair = Pair(
        access_token,
        "Bearer",
        refresh_token=refresh_token,
        seed_sha256=sha256_of(refresh_token),
        endpoint_origin=origin_of(token_url) if token_url else "",
    )
    assert await tokens.replace(database, generation, *keyring.seal_token(token, encode(pair)))
