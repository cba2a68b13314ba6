"""Stand-in until the owner's module is merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.core import records
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials.pairs import Pair, encode, policy_of
from strongroom_server.store import tokens

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.store.database import Transaction
    from strongroom_server.use.context import Context


async def put_pair(
    context: Context, transaction: Transaction, row: records.Credential, pair: Pair, expire_time: datetime | None
) -> int:
    key = tokens.Key(row.organisation_id, row.id, b"")
    await tokens.add(transaction, key)
    present = await tokens.read(transaction, key, lock=True)
    assert present is not None
    generation = present.token.generation + 1
    token = records.Token(
        *key,
        version=row.version,
        policy_sha256=policy_of(row),
        generation=generation,
        sealing_key_id="",
        box_sha256=b"",
        create_time=context.vault.watch.now(),
        expire_time=expire_time,
    )
    sealed, box = context.vault.keyring.seal_token(token, encode(pair))
    if not await tokens.replace(transaction, generation - 1, sealed, box):  # type: ignore[arg-type]
        raise Conflict
    return generation
