"""Finds what the database's schema has besides that of the migrations: what could change, hide or invent rows between a node and
its tables.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from strongroom_server.store.database import Database

# The SHA-256 of the body of each function. A migration that changes a function changes its hash here: a test compares them.
FUNCTIONS: Final = {
    "strongroom_add_audit_partitions": "2a5bf8c6024a2bb9f635dc5c44fed169749d86c2684e1fc8a834ff7f65052388",
    "strongroom_analyze_grown": "e60724f3a0145f551495486a4a62fb342215ea3c2709d5d782224649371e4412",
    "strongroom_drop_audit_partition": "e5612f1e8bfebd9f9ab29851dbb03d1e4bc4d1b6a6280019d9c601d8eb09b615",
    "strongroom_newer_events": "be526e1523ad15773b90c316290b4c1e56c7252423ad5df7cd47e0dc10f25423",
    "strongroom_notify_api_key": "c821c689ca84c3ac802b7578e294b4cc53afbdba02def4ce449b0d9ddf846239",
    "strongroom_newer_signed_events": "c6cc0581c96c7211a7da086048a2ddddcbfdd48f0a9702c8ae21cb38fd788216",
    "strongroom_notify_keys": "177fe494ddc7c16f57cc29fa279df8ffe49392a1bf1e1cbe8cdb0e7b3009bc5d",
    "strongroom_now": "103c5a4756563103ad8a3f95c05e22f24b34b0b1f9b81348e01debd3d3a17a23",
    "strongroom_refuse_used_request_id": "09be9f84b712e9e62caa08ba17dd495ca3602b1a261c4248fa2246d02cf3b8d8",
    "strongroom_require_keys": "33e19b5e54164274feeb0dfed9a630596034f98c333fc413254a146ef1e13d0c",
    "strongroom_require_signer": "6f91dd7f70a25d6ef99a43380ed7ebdfcba0c044dc1f2f5aeb857277c450642a",
    "strongroom_schedule_notices": "d016b704e5004d1a186060ec76902cdc7baed4f6c99972f9fb5a794a92be6615",
}

TRIGGERS: Final = frozenset(
    {
        "api_keys.strongroom_api_key_created",
        "api_keys.strongroom_signer_is_valid",
        "audit_heads.strongroom_signer_is_valid",
        "connection_sessions.strongroom_signer_is_valid",
        "connections.strongroom_signer_is_valid",
        "credentials.strongroom_notices_of_changed",
        "credentials.strongroom_notices_of_new",
        "identities.strongroom_signer_is_valid",
        "identity_issuers.strongroom_signer_is_valid",
        "organisations.strongroom_signer_is_valid",
        "request_ids.request_ids_without_key",
        "sealing_keys.strongroom_keys_changed",
        "signing_keys.strongroom_keys_changed",
        "teams.strongroom_signer_is_valid",
        "webhooks.strongroom_signer_is_valid",
    }
)

TABLES: Final = frozenset(
    {
        "api_keys",
        "audit_events",
        "audit_heads",
        "boxes",
        "connection_sessions",
        "connections",
        "credentials",
        "deliveries",
        "digest_keys",
        "event_heads",
        "events",
        "folders",
        "identities",
        "identity_issuers",
        "node_lock",
        "notices",
        "organisations",
        "request_ids",
        "sealing_keys",
        "signing_keys",
        "teams",
        "timeline_seen",
        "tokens",
        "webhooks",
    }
)

_RELATIONS: Final = """
    select c.relname::text, c.relkind::text, c.relrowsecurity, n.nspname::text = current_schema() from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relname = any($1::text[]) and c.relkind not in ('i', 'I', 't') and n.nspname not like 'pg\\_%'
"""
_TRIGGERS: Final = """
    select c.relname || '.' || t.tgname, t.tgenabled <> 'D' from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and c.relnamespace = current_schema()::regnamespace
    union all select 'event trigger ' || evtname, true from pg_event_trigger
"""
_RULES: Final = """
    select c.relname || '.' || r.rulename from pg_rewrite r join pg_class c on c.oid = r.ev_class
    where r.rulename <> '_RETURN' and c.relnamespace = current_schema()::regnamespace
    union all select c.relname || '.' || p.polname from pg_policy p join pg_class c on c.oid = p.polrelid
    where c.relnamespace = current_schema()::regnamespace
"""
_FUNCTIONS: Final = "select proname::text, prosrc from pg_proc where pronamespace = current_schema()::regnamespace"
_UNIQUE: Final = """
    select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
    where i.indisunique and i.indisvalid and t.relnamespace = current_schema()::regnamespace and not t.relispartition
"""

# Without these a superuser could store a number, a slug or a request id twice.
UNIQUE: Final = frozenset(
    {
        "api_keys_pkey",
        "audit_events_pkey",
        "audit_heads_pkey",
        "boxes_pkey",
        "connection_sessions_by_link",
        "connection_sessions_by_state",
        "connection_sessions_pkey",
        "connections_pkey",
        "credentials_number",
        "credentials_pkey",
        "credentials_test_credential",
        "deliveries_pkey",
        "digest_keys_pkey",
        "event_heads_pkey",
        "events_pkey",
        "events_sequence",
        "folders_in_team",
        "folders_pkey",
        "identities_pkey",
        "identity_issuers_pkey",
        "notices_pkey",
        "organisations_pkey",
        "request_ids_pkey",
        "sealing_keys_pkey",
        "signing_keys_pkey",
        "teams_pkey",
        "teams_slug",
        "timeline_seen_pkey",
        "tokens_pkey",
        "webhooks_pkey",
    }
)


def hash_of(body: str) -> str:
    """The hash of a function's body. White space does not change it."""
    return hashlib.sha256(" ".join(body.split()).encode()).hexdigest()


async def differences(database: Database) -> list[str]:
    """What differs from the schema of the migrations, each as a sentence. Indexes for speed are not compared."""
    found: list[str] = []
    relations = await database.fetch(_RELATIONS, sorted(TABLES))
    for name, kind, has_policies, is_here in relations:
        if not is_here:
            found.append(f"another schema has a relation named {name}: drop it")
        elif kind not in {"r", "p"}:
            found.append(f"{name} is not a table")
        elif has_policies:
            found.append(f"{name} has row security, which can hide rows")
    missing = TABLES - {row[0] for row in relations if row[3]}
    found += [f"the table {name} is gone" for name in sorted(missing)]
    triggers = {row[0]: row[1] for row in await database.fetch(_TRIGGERS)}
    found += [f"the trigger {name} is not of a migration" for name in sorted(triggers.keys() - TRIGGERS)]
    found += [f"the trigger {name} is gone or disabled" for name in sorted(TRIGGERS) if not triggers.get(name)]
    found += [f"the rule or policy {row[0]} is not of a migration" for row in await database.fetch(_RULES)]
    for name, body in await database.fetch(_FUNCTIONS):
        if FUNCTIONS.get(name) != hash_of(body):
            found.append(f"the function {name} is not of a migration, or was changed")
    unique = {row[0] for row in await database.fetch(_UNIQUE)}
    return found + [f"the unique index {name} is gone" for name in sorted(UNIQUE - unique)]
