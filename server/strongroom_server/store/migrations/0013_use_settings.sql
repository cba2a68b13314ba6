-- The columns of credentials that signature format 2 adds: settings for using a credential, labels, and warnings. In rows of format 1
-- they are empty. Adding them rewrites no row.
alter table credentials
    -- A serialised Credential.UseSettings.
    add column use_settings bytea not null default '',
    -- Key and value of each label, alternating, ordered by key.
    add column labels text[] not null default '{}',
    -- Field and text of each warning, alternating.
    add column warnings text[] not null default '{}';

-- Nodes of the previous version still send new_credentials.
create type new_credentials_with_use_settings as (
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
