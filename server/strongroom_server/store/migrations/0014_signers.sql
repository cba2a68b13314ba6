-- Adds what signing keys with a purpose, signed organisations and teams, and key rotation store. Rows from before have empty values;
-- `setup` signs them again.

-- Organisations may have sealing keys of their own. `wrapping` says what wraps the private part: nothing for a key file.
alter table sealing_keys
    add column organisation_id text collate "C" not null default '',
    add column wrapping text not null default '',
    add column wrapped_private_key bytea not null default '',
    add column update_time timestamptz,
    add column revision bigint not null default 0;

-- `purpose` is write or admin: sealing/signatures.py says what each signs.
alter table signing_keys
    add column purpose text not null default '',
    add column update_time timestamptz,
    add column revision bigint not null default 0;

alter table organisations
    add column signature_format integer not null default 0,
    add column signer_id text not null default '',
    add column signature bytea not null default '';

alter table teams
    add column signature_format integer not null default 0,
    add column signer_id text not null default '',
    add column signature bytea not null default '';

-- Set for administrative events: `mac` is then the signature of this admin signer, not the MAC under the digest key.
alter table audit_events add column signer_id text not null default '';

create type new_signed_audit_events as (
    organisation_id text,
    event_id uuid,
    event_time timestamptz,
    action text,
    outcome text,
    key_id text,
    peer text,
    credential_id uuid,
    credential_ids uuid[],
    version bigint,
    revision bigint,
    box_sha256 bytea,
    redact_fields text[],
    request_id text,
    subject text,
    signer_id text,
    mac bytea
);
