"""Stores credentials together with their boxes, request ids and audit events, in one statement each."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from strongroom_server.core.errors import InternalError, ServiceError
from strongroom_server.core.records import Credential, Row
from strongroom_server.store import audit, many, request_ids
from strongroom_server.store.database import Database, RequestIdTaken, UniqueViolation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Transaction


class NewCredential(NamedTuple):
    """A row to insert, its box, and its audit event with the request id."""

    row: Credential
    box: bytes
    act: Act


@dataclass(frozen=True, slots=True)
class Change:
    """A row that replaces the one of `present_revision`, with its audit event and, for a new version, its box."""

    row: Credential
    present_revision: int
    act: Act
    box: bytes | None = dataclasses.field(default=None, repr=False)
    shared_teams_changed: bool = False


class Box(Row, frozen=True):
    """A new row of `boxes`."""

    organisation_id: str
    credential_id: UUID
    version: int
    variant: str
    sealing_key_id: str
    box: bytes
    create_time: datetime
    creator_key_id: str


_NAMES = Credential.__struct_fields__

# The arguments of a statement for one row: the row's columns, then these.
_BOX_ARGUMENT = len(_NAMES) + 1
_PRESENT_REVISION = _BOX_ARGUMENT + 1
_ACT = _PRESENT_REVISION + 1


def _argument(column: str) -> str:
    return f"${_NAMES.index(column) + 1}"


_ARGUMENTS = ", ".join(_argument(name) for name in _NAMES)

# Raises unless the row's signer may still sign and, for a new version, its sealing key may still seal. The node may have been
# frozen since it chose them. Other changes, such as a deletion, are possible under a destroyed sealing key.
_KEYS_ARE_VALID = f"""
    strongroom_require_keys(
        case when ${_BOX_ARGUMENT}::bytea is null then '{{}}' else array[{_argument("sealing_key_id")}]::text[] end,
        array[{_argument("signer_id")}]::text[]
    )
"""

_INSERT_BOX = f"""
    insert into boxes (organisation_id, credential_id, version, variant, sealing_key_id, box, create_time, creator_key_id)
    select $1, $2, {_argument("version")}, {_argument("variant")}, {_argument("sealing_key_id")}, ${_BOX_ARGUMENT},
        {_argument("update_time")}, {audit.argument(_ACT, "key_id")}
    from changed where ${_BOX_ARGUMENT}::bytea is not null
"""

# Holds if all shared teams still exist. The lock blocks their deletion until the commit.
_SHARED_TEAMS_EXIST = f"""
    (select count(*) from (
        select 1 from teams where organisation_id = $1 and team_id = any({_argument("shared_team_ids")}) for key share
    ) s) = cardinality({_argument("shared_team_ids")}::bigint[])
"""

# Holds if the live credential still has the revision that was read. The lock blocks its deletion until the commit.
_LIVE_IS_UNCHANGED = f"""
    ({_argument("live_credential_id")}::uuid is null or exists (
        select 1 from credentials where organisation_id = $1 and id = {_argument("live_credential_id")}
        and revision = ${_PRESENT_REVISION}::bigint and delete_time is null for share
    ))
"""

# Inserts one credential that depends on rows that were read before.
_CREATE_DEPENDENT = f"""
    with changed as (
        insert into credentials ({", ".join(_NAMES)}) select {_ARGUMENTS}
        where {_SHARED_TEAMS_EXIST} and {_LIVE_IS_UNCHANGED} and {_KEYS_ARE_VALID} returning 1
    ), box as ({_INSERT_BOX}) {audit.insert_act(_ACT)} select 1 from changed
"""

# Inserts any number of credentials that depend on no other row.
_CREATE = f"""
    with credential as (
            {many.insert("credentials", Credential, 1, "new_credentials_with_expiry")}
            where (select strongroom_require_keys($5, $6))
        ),
        box as ({many.insert("boxes", Box, 2)}),
        request as ({request_ids.insert(3)})
    {audit.insert_many(4)}
"""


def _replace_where(condition: str) -> str:
    return f"""
        with changed as (
            update credentials set ({", ".join(_NAMES)}) = row({_ARGUMENTS})
            where organisation_id = $1 and id = $2 and revision = ${_PRESENT_REVISION}::bigint and {condition} and {_KEYS_ARE_VALID}
            returning 1
        ), box as ({_INSERT_BOX}) {audit.insert_act(_ACT)} select 1 from changed
    """


_REPLACE = _replace_where("delete_time is null")
_REPLACE_WITH_SHARED_TEAMS = _replace_where(f"delete_time is null and {_SHARED_TEAMS_EXIST}")
_UNDELETE = _replace_where("delete_time is not null")


async def create(database: Database, new: NewCredential, live_revision: int | None) -> bool:
    """Store a credential. One that depends on no other row is batched with concurrent creates.

    Returns False and stores nothing if a shared team was deleted or the live credential changed since they were read. Raises
    RequestIdTaken, and ServiceError if the team, folder or live credential does not accept it.
    """
    row = new.row
    if not row.shared_team_ids and row.live_credential_id is None:
        await database.batch(_create, row.organisation_id, new)
        return True
    arguments = (*structs.astuple(row), new.box, live_revision, *audit.arguments(new.act))
    return await database.fetchrow(_CREATE_DEPENDENT, *arguments) is not None


async def create_in(transaction: Transaction, new: NewCredential) -> bool:
    """Store a credential without a live credential in a transaction; False if a shared team was deleted since it was read."""
    arguments = (*structs.astuple(new.row), new.box, None, *audit.arguments(new.act))
    return await transaction.fetchrow(_CREATE_DEPENDENT, *arguments) is not None


async def create_many(
    database: Database, organisation_id: str, creates: Sequence[NewCredential]
) -> Sequence[Exception | None]:
    """Store credentials of one organisation that depend on no other row, in one statement.

    Returns for each credential the error that kept it from being stored, or None. Raises errors that concern all of them.
    """
    try:
        return await _create(database, organisation_id, creates) if creates else []
    except (ServiceError, RequestIdTaken, UniqueViolation, InternalError) as error:
        if len(creates) > 1:
            raise
        return [error]


async def _create(
    database: Database, organisation_id: str, creates: Sequence[NewCredential]
) -> Sequence[Exception | None]:
    """Store all credentials in one statement or, if one of them breaks a constraint, each in a statement of its own."""
    try:
        await database.fetch(
            _CREATE,
            many.rows(each.row for each in creates),
            many.rows(map(_box_of, creates)),
            many.rows(each.act.made for each in creates if each.act.made),
            many.rows(each.act.event for each in creates),
            list({each.row.sealing_key_id for each in creates}),
            list({each.row.signer_id for each in creates}),
        )
    except ServiceError as error:
        # Without a field violation the error concerns all credentials, such as an unavailable database.
        if len(creates) == 1 or not error.violations:
            raise
    except (RequestIdTaken, UniqueViolation, InternalError):
        if len(creates) == 1:
            raise
    else:
        return [None] * len(creates)
    alone = await asyncio.gather(
        *(_create(database, organisation_id, [each]) for each in creates), return_exceptions=True
    )
    return [result if isinstance(result, Exception) else None for result in alone]


def _box_of(new: NewCredential) -> Box:
    row, box, act = new
    return Box(
        row.organisation_id,
        row.id,
        row.version,
        row.variant,
        row.sealing_key_id,
        box,
        row.update_time,
        act.event.key_id,
    )


async def replace(database: Database, changes: Sequence[Change]) -> bool:
    """Store all of the changes or none.

    Returns False if a row has another revision, or a team that it is newly shared with was deleted. Raises RequestIdTaken.
    """
    if not changes:
        return True
    if len(changes) == 1:
        return await _replace(database, changes[0])

    async def replace_all(transaction: Transaction) -> None:
        for change in changes:
            if not await _replace(transaction, change):
                raise _Stale

    try:
        await database.in_transaction(replace_all)
    except _Stale:
        return False
    return True


class _Stale(Exception):
    """A row that a change replaces has another revision."""


async def _replace(database: Database | Transaction, change: Change) -> bool:
    statement = _REPLACE_WITH_SHARED_TEAMS if change.shared_teams_changed else _REPLACE
    stored = await database.fetchrow(
        statement, *structs.astuple(change.row), change.box, change.present_revision, *audit.arguments(change.act)
    )
    return stored is not None


async def replace_in(transaction: Transaction, change: Change) -> bool:
    """Store a change in a transaction; False if the row has another revision."""
    return await _replace(transaction, change)


async def replace_locked(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Store changes of metadata to rows that the transaction has locked."""
    await transaction.executemany(_REPLACE, list(map(_metadata_arguments, changes)))


async def undelete(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Store changes that undelete rows that the transaction has locked."""
    await transaction.executemany(_UNDELETE, list(map(_metadata_arguments, changes)))


def _metadata_arguments(change: Change) -> tuple[object, ...]:
    return (*structs.astuple(change.row), None, change.present_revision, *audit.arguments(change.act))


async def remove(transaction: Transaction, organisation_id: str, credential_ids: Sequence[UUID]) -> None:
    """Delete the rows and boxes of deleted credentials."""
    await transaction.execute(
        "delete from credentials where organisation_id = $1 and id = any($2::uuid[]) and delete_time is not null",
        organisation_id,
        credential_ids,
    )
