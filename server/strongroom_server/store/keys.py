"""Owns the SQL of sealing keys, signing keys, digest keys and API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom_server.records import ApiKey, DigestKeyCheck, SealingKey, SigningKey
from strongroom_server.store import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.records import Act, Row
    from strongroom_server.store.database import Database, Transaction

# The channel on which the ids of changed API keys are told.
API_KEYS_CHANNEL: Final = "strongroom_api_keys"


def _columns(row: type[Row]) -> str:
    return ", ".join(row.__struct_fields__)


def _insert(table: str, row: type[Row]) -> str:
    placeholders = ", ".join(f"${index}" for index in range(1, len(row.__struct_fields__) + 1))
    return f"insert into {table} ({_columns(row)}) values ({placeholders})"


_ACT = len(ApiKey.__struct_fields__) + 2
_API_KEY_ARGUMENTS = ", ".join(f"${index}" for index in range(1, _ACT - 1))
_SELECT_API_KEY = f"select {_columns(ApiKey)} from api_keys"
_CREATE_API_KEY = (
    f"with changed as ({_insert('api_keys', ApiKey)} returning 1) {audit.recorded(_ACT - 1)} select 1 from changed"
)
_REPLACE_API_KEY = f"""
    with changed as (
        update api_keys set ({_columns(ApiKey)}) = row({_API_KEY_ARGUMENTS})
        where id = $1 and organisation_id = $2 and revoke_time is null and revision = ${_ACT - 1}
        returning pg_notify('{API_KEYS_CHANNEL}', id)
    ) {audit.recorded(_ACT)} select * from changed
"""


async def lock(transaction: Transaction) -> None:
    """Let nobody else make keys before the commit."""
    await transaction.execute("lock table sealing_keys, api_keys in share row exclusive mode")


async def sealing_keys(database: Database | Transaction) -> list[SealingKey]:
    """Every sealing key that is not destroyed."""
    found = await database.fetch(f"select {_columns(SealingKey)} from sealing_keys where state <> 'destroyed'")
    return [SealingKey(*row) for row in found]


async def signing_keys(database: Database | Transaction) -> list[SigningKey]:
    """Every writer's key."""
    found = await database.fetch(f"select {_columns(SigningKey)} from signing_keys")
    return [SigningKey(*row) for row in found]


async def add_sealing_key(database: Database | Transaction, key: SealingKey) -> None:
    """Store a sealing key that the root key signed."""
    await database.fetchrow(_insert("sealing_keys", SealingKey), *structs.astuple(key))


async def add_signing_key(database: Database | Transaction, key: SigningKey) -> None:
    """Store a writer's key that the root key signed."""
    await database.fetchrow(_insert("signing_keys", SigningKey), *structs.astuple(key))


async def digest_keys(database: Database | Transaction) -> list[DigestKeyCheck]:
    """The check value of every digest key."""
    found = await database.fetch(f"select {_columns(DigestKeyCheck)} from digest_keys")
    return [DigestKeyCheck(*row) for row in found]


async def add_digest_key(database: Database | Transaction, key: DigestKeyCheck) -> None:
    """Store the check value of a digest key."""
    await database.fetchrow(_insert("digest_keys", DigestKeyCheck), *structs.astuple(key))


async def api_keys_exist(database: Database | Transaction) -> bool:
    """Whether there is any API key."""
    return await database.fetchrow("select 1 from api_keys limit 1") is not None


async def create_api_key(database: Database | Transaction, key: ApiKey, act: Act) -> None:
    """Store an API key and what is recorded of it, in one statement. Raises RequestIdTaken."""
    await database.fetchrow(_CREATE_API_KEY, *structs.astuple(key), *audit.arguments(act))


async def replace_api_key(database: Database, key: ApiKey, present_revision: int, act: Act) -> bool:
    """Replace an API key that is not revoked and of that revision, and tell every node, in one statement; else False."""
    arguments = (*structs.astuple(key), present_revision)
    return await database.fetchrow(_REPLACE_API_KEY, *arguments, *audit.arguments(act)) is not None


async def api_key(database: Database, key_id: str) -> ApiKey | None:
    """The API key of that id, of any organisation: identity is found here."""
    found = await database.fetchrow(f"{_SELECT_API_KEY} where id = $1", key_id)
    return ApiKey(*found) if found else None


async def api_key_page(
    database: Database, organisation_id: str, team_ids: Sequence[int] | None, *, after: str, size: int
) -> list[ApiKey]:
    """At most `size` keys of the organisation, by id, after that id; with team ids only keys within those teams."""
    found = await database.fetch(
        f"{_SELECT_API_KEY} where organisation_id = $1 and id > $2"
        " and ($3::bigint[] is null or (team_ids <> '{}' and team_ids <@ $3)) order by id limit $4",
        organisation_id,
        after,
        team_ids,
        size,
    )
    return [ApiKey(*row) for row in found]
