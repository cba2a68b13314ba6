"""What an attacker can do with key files: sign rows, record events, open boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg
from attacks.acts import access
from attacks.attack import ReadNothingError
from attacks.world import SECRET, Attacked
from conftest import ORGANISATION
from msgspec import structs
from nacl.bindings import crypto_sign_keypair

from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.records import (
    ApiKey,
    AuditEvent,
    AuditHead,
    Credential,
    Identity,
    IdentityIssuer,
    Organisation,
    SigningKey,
    Team,
    Webhook,
)
from strongroom_server.node import service as node
from strongroom_server.node.embedded_postgres import ROLE
from strongroom_server.sealing import chain, key_files, registration, signatures
from strongroom_server.sealing.key_files import SigningPair
from strongroom_server.store.grants import grant_writer

if TYPE_CHECKING:
    from attacks.acts import Act

    from strongroom_server.sealing.signatures import Row

TABLES: dict[type[Row], str] = {
    Credential: "credentials",
    ApiKey: "api_keys",
    Organisation: "organisations",
    Team: "teams",
    Identity: "identities",
    IdentityIssuer: "identity_issuers",
    Webhook: "webhooks",
    AuditHead: "audit_heads",
    SigningKey: "signing_keys",
}


async def stored(attacked: Attacked, row: type[Row], where: str) -> Row:
    """A row as it is stored."""
    columns = ", ".join(row.__struct_fields__)
    found = await attacked.sql.fetchrow(
        f"select {columns} from {TABLES[row]} where {where.format(**attacked.world.ids)}"
    )
    assert found is not None
    return row(*found)


async def replace(attacked: Attacked, row: Row, where: str) -> None:
    """Store a row in place of another."""
    names = type(row).__struct_fields__
    sets = ", ".join(names)
    places = ", ".join(f"${index}" for index in range(1, len(names) + 1))
    await attacked.sql.execute(
        f"update {TABLES[type(row)]} set ({sets}) = row({places}) where {where.format(**attacked.world.ids)}",
        *structs.astuple(row),
    )
    await attacked.hear()


def writers_key(attacked: Attacked) -> SigningPair:
    """The signing key that every node has, a writer node too."""
    return attacked.service.recorder.keyring._files.signing


def signed(pair: SigningPair, row: Row) -> Row:
    """The row signed by this key, whether or not the key may sign such rows."""
    row = structs.replace(row, signature_format=signatures.NEWEST_FORMAT[type(row)], signer_id=pair.id, signature=b"")
    return structs.replace(row, signature=signatures.sign(pair.secret_key, row))


def sign_as_writer(row: type[Row], where: str, **changes: object) -> Act:
    """Change a row, and sign it with a writer's key."""

    async def act(attacked: Attacked) -> None:
        changed = structs.replace(await stored(attacked, row, where), **changes)
        await replace(attacked, signed(writers_key(attacked), changed), where)

    return act


def sign_as_full_node(row: type[Row], where: str, **changes: object) -> Act:
    """Change a row, and sign it with an admin key."""

    async def act(attacked: Attacked) -> None:
        admin = attacked.service.recorder.keyring._admin_pair()
        changed = structs.replace(await stored(attacked, row, where), **changes)
        await replace(attacked, signed(admin, changed), where)

    return act


def sign_head_at(position: int) -> Act:
    """Sign a head of the chain at this position with a writer's key."""

    async def act(attacked: Attacked) -> None:
        where = f"organisation_id = '{ORGANISATION}' and kind = 'newest'"
        chain_hash = await attacked.sql.fetchval(
            "select chain_hash from audit_events where organisation_id = $1 and chain_position = $2",
            ORGANISATION,
            position,
        )
        head = structs.replace(await stored(attacked, AuditHead, where), position=position, chain_hash=chain_hash)
        await replace(attacked, signed(writers_key(attacked), head), where)

    return act


def record_of_credential(action: str, name: str, *, revision: int) -> Act:
    """Record an event of a credential with the MAC that every node can make."""

    async def act(attacked: Attacked) -> None:
        await record(action, credential_id=UUID(attacked.world.ids[name]), revision=revision)(attacked)

    return act


def open_as_writer(name: str) -> Act:
    """Access a credential on a node that has a writer's key files."""

    async def act(attacked: Attacked) -> object:
        async with node.service(attacked.world.writer, attacked.url, opens=False) as service:
            writer = Attacked(attacked.world, attacked.url, attacked.sql, service)
            return await access(name)(writer)

    return act


async def search_dump(attacked: Attacked) -> None:
    """Search every column of every table for the secret. Raises ReadNothingError if it is in none."""
    for (table,) in await attacked.sql.fetch(
        "select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables"
        " where schemaname in ('public', 'dump')"
    ):
        found = await attacked.sql.fetchval(
            f"select count(*) from {table} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0",
            SECRET,
            SECRET.encode().hex(),
        )
        if found:
            return
    raise ReadNothingError


def record(action: str, *, as_admin: bool = False, **columns: object) -> Act:
    """Record an event with the MAC that every node can make, or with a signature that claims to be an admin key's."""

    async def act(attacked: Attacked) -> None:
        ids = attacked.world.ids
        event = AuditEvent(ORGANISATION, uuid4(), attacked.service.watch.now(), action, "OK", "", "")
        values = {name: value.format(**ids) if isinstance(value, str) else value for name, value in columns.items()}
        event = structs.replace(event, **values)
        if as_admin:
            event = structs.replace(event, signer_id=writers_key(attacked).id)
            event = structs.replace(
                event, mac=signatures.sign_bytes(writers_key(attacked).secret_key, chain.encode(event))
            )
        else:
            event = attacked.service.recorder.keyring.event_with_mac(event)
        await insert(attacked, "audit_events", event)
        await attacked.hear()

    return act


STOLEN = SigningPair("stolen", *crypto_sign_keypair())


async def retire_stolen_key(attacked: Attacked) -> SigningKey:
    """Register the signing key STOLEN and retire it, as an operator with the root key does. Returns its active row."""
    root = await key_files.root_pair(attacked.world.settings.root_key_path)
    now = attacked.service.watch.now()
    active = registration.register_signing_key(root, STOLEN, now)
    retired = registration.root_signed(root, structs.replace(active, state="retired", revision=2))
    await insert(attacked, "signing_keys", retired)
    event = AuditEvent(
        OPERATORS_ORGANISATION, uuid4(), now, "RetireSigningKey", "OK", "", "", revision=2, subject=STOLEN.id
    )
    await insert(attacked, "audit_events", attacked.service.recorder.keyring.signed_event(event))
    await attacked.service.recorder.keyring.reload()
    return active


async def sign_with_retired_key(attacked: Attacked) -> None:
    """Widen a credential, and sign it with a key that was retired."""
    await retire_stolen_key(attacked)
    await _widen(attacked)


async def put_retired_key_back(attacked: Attacked) -> None:
    """Put the active row of a retired key back, and sign a widened credential with it."""
    active = await retire_stolen_key(attacked)
    await replace(attacked, active, f"id = '{STOLEN.id}'")
    await attacked.service.recorder.keyring.reload()
    await _widen(attacked)


async def add_signing_key(attacked: Attacked) -> None:
    """Add a signing key of the attacker's, and sign a widened credential with it."""
    _, stranger = crypto_sign_keypair()
    root = SigningPair("root", b"", stranger)
    await insert(
        attacked, "signing_keys", registration.register_signing_key(root, STOLEN, attacked.service.watch.now(), "admin")
    )
    await _widen(attacked)


async def _widen(attacked: Attacked) -> None:
    where = "id = '{narrowed}'"
    row = structs.replace(await stored(attacked, Credential, where), allowed_hosts=[])
    await replace(attacked, signed(STOLEN, row), where)


async def insert(attacked: Attacked, table: str, row: Row | AuditEvent) -> None:
    """Insert a row."""
    names = type(row).__struct_fields__
    places = ", ".join(f"${index}" for index in range(1, len(names) + 1))
    await attacked.sql.execute(f"insert into {table} ({', '.join(names)}) values ({places})", *structs.astuple(row))


def as_writers_role(statement: str) -> Act:
    """Run SQL with the rights of a writer's database role."""

    async def act(attacked: Attacked) -> None:
        role = f"writer_{uuid4().hex}"
        await attacked.sql.execute(f"create role {role}")
        try:
            await attacked.sql.execute(f"grant {role} to {ROLE}")
            assert await grant_writer(attacked.url, role)
            connection = await asyncpg.connect(f"{attacked.url}&role={role}")
            try:
                await connection.execute(statement.format(**attacked.world.ids))
            finally:
                await connection.close()
        finally:
            await attacked.sql.execute(f"drop owned by {role}; drop role {role}")

    return act
