-- How a credential was used: a serialised CredentialUse. Empty for other acts.
alter table audit_events add column use bytea not null default '';

-- Nodes of the previous version still send new_audit_events_of_principals.
create type new_audit_events_of_uses as (
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
    principal text,
    use bytea,
    signer_id text,
    mac bytea
);
