"""Reads and writes sealing keys, signing keys, digest keys and API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.records import ApiKey, AuditEvent, DigestKeyCheck, SealingKey, SigningKey
from strongroom_server.store import audit, scans, subjects

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from asyncpg import Record

    from strongroom_server.core.records import Act, Row
    from strongroom_server.store.database import Database, Transaction

# The notification channels for the ids of changed API keys, and for changes of sealing and signing keys.
API_KEYS_CHANNEL: Final = "strongroom_api_keys"
KEYS_CHANNEL: Final = "strongroom_keys"


def _columns(row: type[Row]) -> str:
    return ", ".join(row.__struct_fields__)


def _insert(table: str, row: type[Row]) -> str:
    placeholders = ", ".join(f"${index}" for index in range(1, len(row.__struct_fields__) + 1))
    return f"insert into {table} ({_columns(row)}) values ({placeholders})"


def _replace(table: str, row: type[Row]) -> str:
    placeholders = ", ".join(f"${index}" for index in range(1, len(row.__struct_fields__) + 1))
    return f"update {table} set ({_columns(row)}) = row({placeholders}) where id = $1"


_REPLACE_SEALING_KEY = _replace("sealing_keys", SealingKey)
_REPLACE_SIGNING_KEY = _replace("signing_keys", SigningKey)
_ACT = len(ApiKey.__struct_fields__) + 2
_API_KEY_ARGUMENTS = ", ".join(f"${index}" for index in range(1, _ACT - 1))
_SELECT_API_KEY = f"select {_columns(ApiKey)} from api_keys"
# It looks for events also if there is no key, so that the time does not show which keys exist.
_API_KEY_WITH_NEWER = f"""
    select {subjects.columns_with_newer(ApiKey)} from (values ($1::text)) w (id) left join api_keys r on r.id = w.id
    left join lateral (
        select * from strongroom_newer_signed_events(coalesce(r.organisation_id, ''), w.id, $2, coalesce(r.revision, 0), 1, 0)
    ) e on true
"""
_NEWER_KEY_EVENTS = " union all ".join(
    f"select {subjects.EVENT} from {table} k, lateral strongroom_newer_signed_events("
    f"'{OPERATORS_ORGANISATION}', k.id, ${index}, k.revision, 1000, 0) e"
    for index, table in enumerate(("sealing_keys", "signing_keys"), 1)
)
_SELECT_KNOWN_KEY = (
    "select id, secret_sha256, jwt_public_key, jwt_audience, organisation_id, revoke_time is not null from api_keys"
)
_CREATE_API_KEY = (
    f"with changed as ({_insert('api_keys', ApiKey)} returning 1) {audit.insert_act(_ACT - 1)} select 1 from changed"
)
_REPLACE_API_KEY = f"""
    with changed as (
        update api_keys set ({_columns(ApiKey)}) = row({_API_KEY_ARGUMENTS})
        where id = $1 and organisation_id = $2 and revoke_time is null and revision = ${_ACT - 1}
        returning pg_notify('{API_KEYS_CHANNEL}', id)
    ) {audit.insert_act(_ACT)} select * from changed
"""

# In formats before 3 every admin key could create admin keys: see access/grants.py.
_ANOTHER_ADMIN_KEY = """
    select 1 from api_keys
    where organisation_id = $1 and id <> $2 and revoke_time is null and (expire_time is null or expire_time > $3)
        and $4 = any(roles)
        and (not $5 or (team_ids = '{}' and (signature_format < 3 or $4 = any(grantable_roles))))
    limit 1
"""


async def lock(transaction: Transaction) -> datetime:
    """Lock the tables of keys until the commit: no other transaction creates keys. Returns the time by the database's clock."""
    await transaction.execute("lock table sealing_keys, api_keys in share row exclusive mode")
    now: datetime = await transaction.fetchval("select strongroom_now()")
    return now


async def sealing_keys(database: Database | Transaction) -> list[SealingKey]:
    """Every sealing key, oldest first."""
    found = await database.fetch(f"select {_columns(SealingKey)} from sealing_keys order by create_time, id")
    return [SealingKey(*row) for row in found]


async def signing_keys(database: Database | Transaction) -> list[SigningKey]:
    """Every node's signing keys, oldest first."""
    found = await database.fetch(f"select {_columns(SigningKey)} from signing_keys order by create_time, id")
    return [SigningKey(*row) for row in found]


async def newer_key_events(database: Database | Transaction) -> list[AuditEvent]:
    """The events that say that a sealing or signing key was changed after the revision of its row."""
    found = await database.fetch(_NEWER_KEY_EVENTS, subjects.actions_of(SealingKey), subjects.actions_of(SigningKey))
    return [AuditEvent(*row) for row in found]


async def add_sealing_key(database: Database | Transaction, key: SealingKey) -> None:
    """Store a sealing key that the root key signed."""
    await database.fetchrow(_insert("sealing_keys", SealingKey), *structs.astuple(key))


async def add_signing_key(database: Database | Transaction, key: SigningKey) -> None:
    """Store a writer's signing key that the root key signed."""
    await database.fetchrow(_insert("signing_keys", SigningKey), *structs.astuple(key))


async def replace_sealing_key(transaction: Transaction, key: SealingKey) -> None:
    """Replace the row of a sealing key."""
    await transaction.execute(_REPLACE_SEALING_KEY, *structs.astuple(key))


async def replace_signing_key(transaction: Transaction, key: SigningKey) -> None:
    """Replace the row of a signing key."""
    await transaction.execute(_REPLACE_SIGNING_KEY, *structs.astuple(key))


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


async def all_api_keys(transaction: Transaction) -> list[ApiKey]:
    """Every API key."""
    return [ApiKey(*row) for row in await transaction.fetch(f"{_SELECT_API_KEY} order by id")]


async def replace_api_key_signature(transaction: Transaction, key: ApiKey) -> None:
    """Store an API key that was signed again, whose revision stays the same."""
    await transaction.execute(
        f"update api_keys set ({_columns(ApiKey)}) = row({_API_KEY_ARGUMENTS}) where id = $1", *structs.astuple(key)
    )


async def create_api_key(database: Database | Transaction, key: ApiKey, act: Act) -> None:
    """Store an API key and its audit event, in one statement. Raises RequestIdTaken."""
    await database.fetchrow(_CREATE_API_KEY, *structs.astuple(key), *audit.arguments(act))


async def replace_admin_key(
    database: Database, key: ApiKey, present_revision: int, act: Act, *, after: datetime, role: int, makes_admins: bool
) -> bool:
    """Replace an admin key as `replace_api_key` does, if another admin key is valid after that time. Raises LAST_ADMIN_KEY.

    role: the number of the role admin. makes_admins: whether the other key must be able to create admin keys.
    """
    async with database.transaction() as transaction:
        # The lock makes a concurrent change wait, so that it sees this one.
        await transaction.execute(
            "select 1 from organisations where organisation_id = $1 for no key update", key.organisation_id
        )
        if not await transaction.fetchrow(_ANOTHER_ADMIN_KEY, key.organisation_id, key.id, after, role, makes_admins):
            raise ServiceError(error_reason_pb2.ERROR_REASON_LAST_ADMIN_KEY)
        return await replace_api_key(transaction, key, present_revision, act)


async def replace_api_key(database: Database | Transaction, key: ApiKey, present_revision: int, act: Act) -> bool:
    """Replace an unrevoked API key of that revision and notify every node, in one statement; False if there is none."""
    arguments = (*structs.astuple(key), present_revision)
    return await database.fetchrow(_REPLACE_API_KEY, *arguments, *audit.arguments(act)) is not None


async def api_key(database: Database | Transaction, key_id: str) -> ApiKey | None:
    """Read an API key by its id, of any organisation: the key tells which organisation a caller belongs to."""
    found = await database.fetchrow(f"{_SELECT_API_KEY} where id = $1", key_id)
    return ApiKey(*found) if found else None


async def api_key_with_newer(database: Database, key_id: str) -> tuple[ApiKey | None, list[AuditEvent]]:
    """Read an API key by its id, and the newest event that is newer than it, if there is one."""
    found = await database.fetchrow(_API_KEY_WITH_NEWER, key_id, subjects.actions_of(ApiKey))
    return subjects.with_newer(ApiKey, found) if found and found[0] is not None else (None, [])


async def known_keys(database: Database, after: str, limit: int) -> list[Record]:
    """The columns of access.known_keys.KnownKey, after the id, of at most so many API keys: by id, after that id."""
    return await database.fetch(f"{_SELECT_KNOWN_KEY} where id > $1 order by id limit $2", after, limit)


async def known_keys_of(database: Database, key_ids: Collection[str]) -> list[Record]:
    """The same columns of the API keys with these ids."""
    return await database.fetch(f"{_SELECT_KNOWN_KEY} where id = any($1)", list(key_ids))


async def api_key_page(
    database: Database, organisation_id: str, team_ids: Sequence[int] | None, *, after: str, size: int
) -> tuple[list[ApiKey], str | None]:
    """Read at most `size` API keys by id, after that id. With team ids only keys that are limited to some of those teams.

    If it stopped after scans.SCANNED keys before the page was full, also returns the id of the last key read.
    """
    found, edge = await scans.page_within_teams(
        database, "api_keys", _columns(ApiKey), organisation_id, team_ids, after=after, size=size
    )
    return [ApiKey(*row) for row in found], edge
