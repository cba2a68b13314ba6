"""Stores the pair of tokens that a person's consent gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.core import records
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials.pairs import encode, policy_of
from strongroom_server.store import tokens
from strongroom_server.use import told

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.credentials.pairs import Pair
    from strongroom_server.store.database import Transaction
    from strongroom_server.use.context import Context


async def put_pair(
    context: Context,
    transaction: Transaction,
    row: records.Credential,
    pair: Pair,
    expire_time: datetime | None,
    connection: records.Connection,
) -> int:
    """Store a pair as the next generation of a credential's grant, whatever is stored or under way, and return the generation.

    A grant that had failed has recovered, which is told with the app and the user of the connection. The response of a refresh that
    is under way comes too late then: it is of an earlier generation.

    Raises KEY_RETIRED, SEALING_KEY_DESTROYED, and Conflict if the credential is gone.
    """
    if not pair.endpoint_origin:
        raise ValueError("the pair of a consent must have an endpoint_origin")
    key = tokens.Key(row.organisation_id, row.id, b"")
    await tokens.add(transaction, key)
    present = await tokens.read(transaction, key, lock=True)
    if present is None:
        raise Conflict
    token = records.Token(
        *key,
        version=row.version,
        policy_sha256=policy_of(row),
        generation=present.token.generation + 1,
        sealing_key_id="",
        box_sha256=b"",
        create_time=context.vault.watch.now(),
        expire_time=expire_time,
    )
    sealed, box = context.vault.keyring.seal_token(token, encode(pair))
    recovered = told.of_success(context.vault.recorder, key, connection)
    if not await tokens.replace(transaction, present.token.generation, sealed, box, recovered):
        raise Conflict
    return token.generation
