"""Reads and writes the tokens that UseService got from providers, and the leases by which one node at a time asks for a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from strongroom.v1.credential_pb2 import REFRESH_STATE_ACTIVE as ACTIVE
from strongroom.v1.credential_pb2 import REFRESH_STATE_REAUTH_REQUIRED as REAUTH_REQUIRED
from strongroom_server.core.records import Credential, Refresh, StoredCredential, StoredToken, Token
from strongroom_server.store import credentials, events, grant_rows, node_session
from strongroom_server.store.credential_order import Arguments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from strongroom_server.core.records import OutboxEvent
    from strongroom_server.store.credentials import Visible
    from strongroom_server.store.database import Database, Transaction
    from strongroom_server.store.node_session import Held

# How many sets of parameters a credential has tokens for.
MOST_PARAMETERS: Final = 20
# At most one request in this time because a receiver has rejected a token.
FORCED_SECONDS: Final = 60
# An expired token is kept so long for those that wait for it.
EXPIRED_FOR: Final = "10 minutes"
# The longest for which a token is used whose provider does not say when it expires.
LONGEST_LIFE: Final = "1 day"

_TOKEN = Token.__struct_fields__
_REFRESH = Refresh.__struct_fields__
COLUMNS_WITHOUT_BOX = ", ".join((*(f"k.{name}" for name in (*_TOKEN, *_REFRESH)), "null::bytea"))
COLUMNS = ", ".join(f"k.{name}" for name in (*_TOKEN, *_REFRESH, "box"))
# The columns of a credential with its box come before.
_START = len(Credential.__struct_fields__) + 7

# By the kind of id. $5 is the hash of the parameters.
_JOIN = "left join tokens k on k.organisation_id = c.organisation_id and k.credential_id = c.id and k.parameters_sha256 = $5"
_GET = {
    kind: f"{credentials.select(box=True, joined=_JOIN, added=f', {COLUMNS}')} where {credentials.VISIBLE} and c.{column} = any($4)"
    for kind, column in ((UUID, "id"), (int, "number"))
}

# The row of a token, of which nothing is requested yet.
_OF_KEY = "k.organisation_id = $1 and k.credential_id = $2 and k.parameters_sha256 = $3"
_KEY_OF_JOINED = """
    t.organisation_id = k.organisation_id and t.credential_id = k.credential_id and t.parameters_sha256 = k.parameters_sha256
"""
_KEY = "t.organisation_id = $1 and t.credential_id = $2 and t.parameters_sha256 = $3"
_EMPTY: Final = {
    "generation": "(select coalesce(max(o.generation), 0) from tokens o where o.organisation_id = $1 and o.credential_id = $2)",
    **dict.fromkeys(("version", "signature_format", "failures", "fence"), "0"),
    **dict.fromkeys(("policy_sha256", "box_sha256", "signature"), "''::bytea"),
    **dict.fromkeys(("sealing_key_id", "signer_id", "reason"), "''"),
    **dict.fromkeys(("create_time", "state_time"), "strongroom_now()"),
    "state": "1",
    "in_doubt": "false",
}
# Without parameters there is always room: the row may be a grant.
_ADD = f"""
    with dropped as (
        delete from tokens where organisation_id = $1 and credential_id = $2 and parameters_sha256 in (
            select t.parameters_sha256 from tokens t
            where t.organisation_id = $1 and t.credential_id = $2 and t.parameters_sha256 <> ''
            and (t.lease_until is null or t.lease_until < strongroom_now())
            order by t.create_time limit greatest(0, 1 - {MOST_PARAMETERS} + (
                select count(*) from tokens o where o.organisation_id = $1 and o.credential_id = $2
            ))
        )
    )
    insert into tokens (organisation_id, credential_id, parameters_sha256, {", ".join(_EMPTY)})
    select organisation_id, id, $3, {", ".join(_EMPTY.values())} from credentials where organisation_id = $1 and id = $2
    on conflict do nothing
"""

# A holder is dead if its session is gone. Its lease is taken earlier than one whose holder is silent.
_TAKE = f"""
    update tokens t set fence = t.fence + 1, lease_node = $5, lease_until = strongroom_now() + $7::interval,
        in_doubt = t.in_doubt or t.lease_until is not null,
        forced_time = case when $10 then strongroom_now() else t.forced_time end
    where {_KEY} and t.generation = $4 and {node_session.holds("$5", "$6")}
    and exists (select from credentials c where c.organisation_id = $1 and c.id = $2 and c.version = $12)
    and ($11 or (t.state <> {REAUTH_REQUIRED} and (t.retry_time is null or t.retry_time <= strongroom_now())))
    and (
        t.lease_until is null or t.lease_until + $8::interval < strongroom_now()
        or (t.lease_node = $9 and not {node_session.holds("t.lease_node")})
    )
    and not ($10 and exists (
        select from tokens o where o.organisation_id = $1 and o.credential_id = $2
        and o.forced_time > strongroom_now() - interval '{FORCED_SECONDS} seconds'
    ))
    returning t.fence, t.in_doubt, strongroom_now()
"""
_EXTEND = f"""
    update tokens t set lease_until = strongroom_now() + $7::interval
    where {_KEY} and t.fence = $4 and t.lease_node = $5 and {node_session.holds("$5", "$6")} returning 1
"""

_SIGNED = [name for name in _TOKEN if name not in {"organisation_id", "credential_id", "parameters_sha256"}]
_STORED = (*_SIGNED, "box")
# By the generation, not by the fence: what a provider has issued is stored, however late. A failure is stored by the fence.
_OF_GENERATION = f"{_KEY} and t.generation = $4"
_OF_FENCE = f"{_OF_GENERATION} and t.fence = $5"
_STORED_FROM = 5


def _argument(name: str) -> str:
    return f"${_STORED_FROM + _STORED.index(name)}"


_REPLACE = f"""
    update tokens t set ({", ".join(_STORED)}) = row({", ".join(map(_argument, _STORED))}),
        state = 1, state_time = case when t.state = 1 then t.state_time else strongroom_now() end, reason = '', failures = 0,
        failure_time = null, retry_time = null, in_doubt = false, lease_node = null, lease_until = null,
        refresh_time = case when {grant_rows.is_grant("t")} then {
    grant_rows.refresh_time_of(
        f"{_argument('create_time')}::timestamptz", f"{_argument('expire_time')}::timestamptz", "t.used_time"
    )
} end
    from before where {_OF_GENERATION} and strongroom_require_keys(
        array[{_argument("sealing_key_id")}]::text[], array[{_argument("signer_id")}]::text[]
    )
"""
# A request with older data says nothing of the present data: it counts as one that failed before the change.
_FAIL = f"""
    update tokens t set state = $6, state_time = case when t.state = $6 then t.state_time else strongroom_now() end, reason = $7,
        failures = t.failures + 1, retry_time = strongroom_now() + $8::interval, in_doubt = $9,
        failure_time = coalesce(
            (
                select c.update_time - interval '1 microsecond' from credentials c
                where c.organisation_id = $1 and c.id = $2 and c.revision > $10
            ),
            strongroom_now()
        ),
        refresh_time = strongroom_now() + $8::interval, lease_node = null, lease_until = null
    from before where {_OF_FENCE}
"""
_RELEASE = f"update tokens t set lease_node = null, lease_until = null where {_KEY} and t.fence = $4"
# With a new generation and a new fence, so that what a request that is under way returns is not stored.
_DISCONNECT = f"""
    update tokens t set box = null, generation = t.generation + 1, fence = t.fence + 1, state = $4, state_time = strongroom_now(),
        reason = $5, failures = 0, failure_time = case when $5 = '' then null else strongroom_now() end, retry_time = null,
        in_doubt = false, lease_node = null, lease_until = null, refresh_time = null
    where {_KEY}
"""
_FORCED = "select max(forced_time) from tokens where organisation_id = $1 and credential_id = $2"
# A row stays, so that the generation goes on.
_FORGET_EXPIRED = f"""
    update tokens t set box = null from (
        select o.organisation_id, o.credential_id, o.parameters_sha256 from tokens o
        where o.box is not null and not {grant_rows.is_grant("o")}
        and coalesce(o.expire_time, o.create_time + interval '{LONGEST_LIFE}') < strongroom_now() - interval '{EXPIRED_FOR}'
        limit $1 for update of o skip locked
    ) k where {_KEY_OF_JOINED} returning 1
"""


class Key(NamedTuple):
    """The key of a row."""

    organisation_id: str
    credential_id: UUID
    parameters_sha256: bytes


class Lease(NamedTuple):
    """The right to request a token, and the time by the database's clock at which it was given.

    `in_doubt` says that an earlier request with the same pair may have been answered.
    """

    fence: int
    in_doubt: bool
    time: datetime


class Taking(NamedTuple):
    """How a lease is taken: for how long, how long after its end another's may be taken, and whose session is gone."""

    lease: timedelta
    patience: timedelta
    gone_node: int | None = None
    # Whether a receiver has rejected the token, and whether the state of earlier requests is ignored.
    is_forced: bool = False
    ignores_state: bool = False


class Failure(NamedTuple):
    """What is stored of a request that gave no token. The reason is a code of OAuth, or empty."""

    state: int
    reason: str
    retry: timedelta | None
    in_doubt: bool


class CredentialWithToken(NamedTuple):
    """A credential with its box, and its token for one set of parameters. Nothing is verified."""

    stored: StoredCredential
    token: StoredToken | None


async def get(
    database: Database, visible: Visible, id_or_number: UUID | int, parameters_sha256: bytes
) -> CredentialWithToken | None:
    """Read a visible credential with its box and its token, batched with concurrent reads."""
    kind = UUID if isinstance(id_or_number, UUID) else int
    return await database.batch(_get, (visible, kind, parameters_sha256), id_or_number)


async def _get(
    database: Database, key: tuple[Visible, type[UUID | int], bytes], ids: Sequence[UUID | int]
) -> Sequence[CredentialWithToken | None]:
    visible, kind, parameters_sha256 = key
    arguments = Arguments((visible.organisation_id, visible.team_ids, visible.surface, ids, parameters_sha256))
    read = " and ".join((_GET[kind], *credentials.within(visible.limits, arguments.add)))
    by_id = {}
    for row in await database.fetch(read, *arguments):
        found = CredentialWithToken(credentials.stored_of(row[:_START]), token_of(row[_START:]))
        by_id[found.stored.row.id if kind is UUID else found.stored.row.number] = found
    return [by_id.get(each) for each in ids]


def token_of(found: tuple[Any, ...]) -> StoredToken | None:
    """The token in the columns of COLUMNS, which are null if there is none."""
    if found[0] is None:
        return None
    end = len(_TOKEN)
    return StoredToken(Token(*found[:end]), Refresh(*found[end:-1]), found[-1])


async def add(database: Database | Transaction, key: Key) -> None:
    """Add a row without a token. Of more than MOST_PARAMETERS sets of parameters, the oldest is dropped."""
    await database.fetch(_ADD, *key)


async def take(
    database: Database, key: Key, version: int, generation: int, session: Held, taking: Taking
) -> Lease | None:
    """Take the lease of the pair with this generation for a node whose session is held, in one commit. None if another has it, the
    credential's version, the pair or the session is another, or a request may not be made yet.
    """
    found = await database.fetchrow(
        _TAKE,
        *key,
        generation,
        session.number,
        session.pid,
        taking.lease,
        taking.patience,
        taking.gone_node,
        taking.is_forced,
        taking.ignores_state,
        version,
    )
    return Lease(*found) if found else None


async def extend(database: Database, key: Key, fence: int, session: Held, lease: timedelta) -> bool:
    """Begin the time of a lease again, for a second request with the same pair; False if it was lost."""
    return await database.fetchrow(_EXTEND, *key, fence, session.number, session.pid, lease) is not None


async def replace(
    database: Database | Transaction, generation: int, token: Token, box: bytes, told: Sequence[OutboxEvent] = ()
) -> bool:
    """Store a token in place of the one with this generation, whoever has the lease; False if there is none. Raises KEY_RETIRED.

    `told` are events that are stored in the same statement, each if the grant's state changes as its type says.
    """
    values = (*(getattr(token, name) for name in _SIGNED), box)
    key = (token.organisation_id, token.credential_id, token.parameters_sha256)
    arguments = (*key, generation, *values)
    statement = grant_rows.telling(_REPLACE, _OF_GENERATION, len(arguments) + 1, told)
    return await database.fetchrow(statement, *arguments, *_of(told)) is not None


async def fail(
    database: Database,
    key: Key,
    revision: int,
    generation: int,
    fence: int,
    failure: Failure,
    told: Sequence[OutboxEvent] = (),
) -> None:
    """Store a failure of a request for this revision of the credential, unless the lease or the pair is another by now.

    `told` is as in `replace`.
    """
    arguments = (*key, generation, fence, *failure, revision)
    statement = grant_rows.telling(_FAIL, _OF_FENCE, len(arguments) + 1, told)
    await database.fetch(statement, *arguments, *_of(told))


def _of(told: Sequence[OutboxEvent]) -> list[object]:
    return [value for event in told for value in events.arguments(event)]


async def release(database: Database, key: Key, fence: int) -> None:
    """Give a lease back."""
    await database.fetch(_RELEASE, *key, fence)


async def forced_time(database: Database, organisation_id: str, credential_id: UUID) -> datetime | None:
    """When a receiver's rejection last caused a request for the credential."""
    found = await database.fetchrow(_FORCED, organisation_id, credential_id)
    return found[0] if found else None


async def forget_expired(database: Database, *, limit: int) -> int:
    """Delete the boxes of at most `limit` tokens that can be requested again and have expired, and return how many."""
    return len(await database.fetch(_FORGET_EXPIRED, limit))


async def read(database: Database | Transaction, key: Key, *, lock: bool = False) -> StoredToken | None:
    """The row of a key, locked until the end of the transaction if `lock` is set."""
    found = await database.fetchrow(
        f"select {COLUMNS} from tokens k where {_OF_KEY}{' for update' if lock else ''}", *key
    )
    return token_of(tuple(found)) if found else None


async def disconnect(transaction: Transaction, key: Key, reason: str) -> None:
    """Delete the pair of a grant. Its row stays, so that the generation goes on. With a reason, a new consent is required."""
    await transaction.execute(_DISCONNECT, *key, REAUTH_REQUIRED if reason else ACTIVE, reason)


async def delete(transaction: Transaction, key: Key) -> None:
    """Delete a row."""
    await transaction.execute(f"delete from tokens k where {_OF_KEY}", *key)
