-- When the client certificate of an mtls credential expires: the column of credentials that signature format 3 adds. In rows of older
-- formats it is null. Adding it rewrites no row.
alter table credentials add column certificate_expire_time timestamptz;

-- Nodes of the previous version still send new_credentials_with_use_settings.
create type new_credentials_with_expiry as (
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
    use_settings bytea,
    labels text[],
    warnings text[],
    certificate_expire_time timestamptz,
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
