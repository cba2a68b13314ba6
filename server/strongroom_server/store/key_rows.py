"""Changes the rows of sealing and signing keys, and counts the rows that are under each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.core.records import SealingKey
from strongroom_server.store import audit, keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import Act, SigningKey
    from strongroom_server.store.database import Database, Transaction

# Counting reads whole tables: about a second for a million rows.
_COUNT_SECONDS: Final = 600

# Every table with a column that names a sealing key, except sessions of consent: they end within ten minutes, and one under a
# destroyed key, or of a retired signer, fails clearly. A destroyed version has no box, so nothing of it is under a key.
_UNDER_SEALING_KEYS: Final = """
    select sealing_key_id as key_id, count(*) as rows from boxes
        where box is not null and ($1 = '' or sealing_key_id = $1) group by 1
    union all select sealing_key_id, count(*) from tokens where box is not null and ($1 = '' or sealing_key_id = $1) group by 1
    union all select sealing_key_id, count(*) from webhooks where $1 = '' or sealing_key_id = $1 group by 1
    union all select sealing_key_id, count(*) from credentials where $1 = '' or sealing_key_id = $1 group by 1
    union all select substr(wrapping, 9), count(*) from sealing_keys
        where wrapping like 'sealing:%' and state <> 'destroyed' and ($1 = '' or wrapping = 'sealing:' || $1) group by 1
"""
# Every table with a column that names a signer. Events are not signed again: a retired signer's stay in their chains.
SIGNED_TABLES: Final = (
    "credentials",
    "connections",
    "api_keys",
    "organisations",
    "teams",
    "identity_issuers",
    "identities",
    "webhooks",
    "audit_heads",
)
_UNDER_SIGNERS: Final = " union all ".join(
    f"select signer_id as key_id, count(*) as rows from {table} where $1 = '' or signer_id = $1 group by 1"
    for table in SIGNED_TABLES
) + (
    # Without a box the signature is of a token that is gone.
    " union all select signer_id, count(*) from tokens where box is not null and ($1 = '' or signer_id = $1) group by 1"
)


async def lock_tables(transaction: Transaction) -> None:
    """Lock the key tables until the commit: changes of keys run one after the other."""
    await transaction.execute("lock table sealing_keys, signing_keys in share row exclusive mode")


async def lock_against_writes(transaction: Transaction, key_id: str) -> None:
    """Wait for the writes in flight under a key, and make later ones wait until the commit."""
    await transaction.execute("select pg_advisory_xact_lock(hashtextextended('strongroom key ' || $1, 0))", key_id)


async def rows_under_sealing_keys(transaction: Transaction, key_id: str = "") -> dict[str, int]:
    """The number of rows under each sealing key, or under one; keys without rows are left out."""
    return await _count(transaction, _UNDER_SEALING_KEYS, key_id)


async def rows_under_signers(transaction: Transaction, key_id: str = "") -> dict[str, int]:
    """The number of rows under each signing key, or under one; keys without rows are left out."""
    return await _count(transaction, _UNDER_SIGNERS, key_id)


async def boxes_under(transaction: Transaction, key_ids: Sequence[str], organisation_id: str) -> int:
    """The number of boxes under these sealing keys, in one organisation or, if that is empty, in all."""
    await _allow_scan(transaction)
    row = await transaction.fetchrow(
        """
        select sum(rows)::bigint from (
            select count(*) as rows from boxes
            where box is not null and sealing_key_id = any($1::text[]) and ($2 = '' or organisation_id = $2)
            union all select count(*) from tokens
            where box is not null and sealing_key_id = any($1::text[]) and ($2 = '' or organisation_id = $2)
            union all select count(*) from webhooks
            where sealing_key_id = any($1::text[]) and ($2 = '' or organisation_id = $2)
        ) c
        """,
        key_ids,
        organisation_id,
        timeout=_COUNT_SECONDS,
    )
    assert row is not None
    return int(row[0])


async def _count(transaction: Transaction, counted: str, key_id: str) -> dict[str, int]:
    await _allow_scan(transaction)
    found = await transaction.fetch(
        f"select key_id, sum(rows)::bigint from ({counted}) c group by 1", key_id, timeout=_COUNT_SECONDS
    )
    return {row[0]: row[1] for row in found}


async def _allow_scan(transaction: Transaction) -> None:
    await transaction.execute(
        f"set local enable_seqscan = on; set local statement_timeout = '{_COUNT_SECONDS}s';"
        " set local idle_in_transaction_session_timeout = 0"
    )


async def add(transaction: Transaction, key: SealingKey | SigningKey, act: Act) -> None:
    """Store a new key and its event."""
    if isinstance(key, SealingKey):
        await keys.add_sealing_key(transaction, key)
    else:
        await keys.add_signing_key(transaction, key)
    await audit.record(transaction, act)


async def replace(transaction: Transaction, key: SealingKey | SigningKey, act: Act) -> None:
    """Replace the row of a key, and store its event."""
    if isinstance(key, SealingKey):
        await keys.replace_sealing_key(transaction, key)
    else:
        await keys.replace_signing_key(transaction, key)
    await audit.record(transaction, act)


async def organisation_exists(database: Database | Transaction, organisation_id: str) -> bool:
    """Whether there is such an organisation."""
    return (
        await database.fetchrow("select 1 from organisations where organisation_id = $1", organisation_id) is not None
    )
