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

-- Looks anew at the tables that have grown tenfold since they were last looked at. Statements are planned once, and from what is
-- known of an empty table one of its indexes is as good as another; a plan goes when its tables are analysed. Autovacuum does the
-- same, up to a minute later: too late for a table that grows by thousands of rows a second. Runs as its owner, as others may not.
create function strongroom_analyze_grown() returns void
language plpgsql security definer set search_path from current as $$
declare
    name text;
begin
    if not pg_try_advisory_xact_lock(hashtext('strongroom_analyze_grown')) then
        return;
    end if;
    for name in
        select c.relname from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
        and pg_relation_size(c.oid) / current_setting('block_size')::bigint > 10 * greatest(c.relpages, 1)
    loop
        execute format('analyze %I', name);
    end loop;
end
$$;
