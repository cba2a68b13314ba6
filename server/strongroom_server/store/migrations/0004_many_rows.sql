-- The rows of one statement that stores many: what a node sends for each. A later migration that changes one of these makes another
-- beside it, as the nodes of the version before still send this one.

create type new_credentials as (
    organisation_id text,
    id uuid,
    number bigint,
    surface bigint,
    variant text,
    state bigint,
    provider bigint,
    name text,
    slug text,
    description text,
    metadata_json text,
    allowed_hosts text[],
    read_access bigint,
    team_id bigint,
    folder_id bigint,
    shared_team_ids bigint[],
    redact_fields text[],
    expire_time timestamptz,
    reminder_time timestamptz,
    live_credential_id uuid,
    test_enabled boolean,
    tines_settings bytea,
    violations text[],
    version bigint,
    revision bigint,
    sealing_key_id text,
    box_sha256 bytea,
    create_time timestamptz,
    update_time timestamptz,
    delete_time timestamptz,
    signature_format bigint,
    signer_id text,
    signature bytea
);

create type new_boxes as (
    organisation_id text,
    credential_id uuid,
    version bigint,
    variant text,
    sealing_key_id text,
    box bytea,
    create_time timestamptz,
    creator_key_id text
);

create type new_request_ids as (
    organisation_id text,
    request_id text,
    method text,
    digest_key_id text,
    body_digest bytea,
    credential_id uuid,
    create_time timestamptz
);

create type new_audit_events as (
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
    mac bytea
);
