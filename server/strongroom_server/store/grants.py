"""Grants a database role what a node without private keys needs. It does not include reading boxes."""

from __future__ import annotations

from typing import Final

from strongroom_server.store.migrate import connected

_WRITER: Final = """
    grant usage on schema {schema} to {role};
    grant execute on function strongroom_now() to {role};
    grant execute on function strongroom_newer_events(text, text, text[], bigint, bigint, bigint) to {role};
    grant select on schema_migrations, sealing_keys, signing_keys, digest_keys, node_lock to {role};
    grant usage on credential_numbers to {role};
    grant select, insert, update on organisations, api_keys, credentials to {role};
    grant select, insert, update, delete on teams, folders to {role};
    grant select, insert on request_ids to {role};
    grant insert on boxes, audit_events to {role};
    grant select (
        organisation_id, credential_id, version, variant, sealing_key_id, create_time, creator_key_id, destroy_time
    ) on boxes to {role};
"""


async def grant_writer(url: str, role: str) -> bool:
    """Grant a role what a writer needs; False if the role does not exist. Raises MigrationError."""
    async with connected(url) as connection:
        if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", role):
            return False
        names = await connection.fetchrow(
            "select quote_ident($1) as role, quote_ident(current_schema()) as schema", role
        )
        assert names is not None
        await connection.execute(_WRITER.format(**names))
        return True
