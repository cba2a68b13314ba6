"""Grants a database role what a writer node needs. It does not include reading boxes, or changing rows that admin keys sign."""

from __future__ import annotations

from typing import Final

from strongroom_server.store.migrate import connected

# An earlier version granted more. A role that may update one column may lock rows: creating a folder locks the organisation, and
# sharing a credential locks teams.
_WRITER: Final = """
    revoke insert, update, delete on organisations, api_keys, teams from {role};
    grant usage on schema {schema} to {role};
    grant execute on function strongroom_now(), strongroom_require_keys(text[], text[]) to {role};
    grant execute on function strongroom_newer_signed_events(text, text, text[], bigint, bigint, bigint) to {role};
    grant select on schema_migrations, sealing_keys, signing_keys, digest_keys, node_lock to {role};
    grant usage on credential_numbers to {role};
    grant select on organisations, api_keys, teams, identity_issuers, identities to {role};
    grant update (last_folder_id) on organisations to {role};
    grant update (lockable) on teams to {role};
    grant select, insert, update on credentials to {role};
    grant select, insert, update, delete on folders to {role};
    grant select, insert on request_ids to {role};
    grant insert on boxes, audit_events, events to {role};
    grant select (
        organisation_id, credential_id, parameters_sha256, generation, expire_time, state, state_time, reason, retry_time
    ) on tokens to {role};
    grant select (
        organisation_id, credential_id, version, variant, sealing_key_id, create_time, creator_key_id, destroy_time
    ) on boxes to {role};
    grant select (organisation_id, credential_id) on connections to {role};
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
