-- Every table that holds an organisation's rows has organisation_id first in its primary key; no foreign key crosses
-- organisations. Enumerations are their numbers in the protos. Signed rows are described in records.py.

-- The only clock of the service's SQL; tests replace it in their own database.
create function strongroom_now() returns timestamptz language sql stable as 'select statement_timestamp()';

-- Reference tables.

create table sealing_keys (
    id text primary key,
    public_key bytea not null,
    state text not null check (state in ('pending', 'active', 'retiring', 'retired', 'destroyed')),
    canary bytea not null,
    create_time timestamptz not null,
    signature_format integer not null,
    signature bytea not null
);

create table signing_keys (
    id text primary key,
    public_key bytea not null,
    state text not null check (state in ('pending', 'active', 'retiring', 'retired', 'destroyed')),
    create_time timestamptz not null,
    signature_format integer not null,
    signature bytea not null
);

create table organisations (
    organisation_id text collate "C" primary key,
    display_name text not null,
    last_team_id bigint not null,
    last_folder_id bigint not null,
    create_time timestamptz not null
);

create table api_keys (
    id text collate "C" primary key,
    organisation_id text collate "C" not null references organisations,
    display_name text not null,
    secret_sha256 bytea not null,
    roles integer[] not null,
    team_ids bigint[] not null,
    expire_time timestamptz,
    create_time timestamptz not null,
    revoke_time timestamptz,
    signature_format integer not null,
    signer_id text not null,
    signature bytea not null
);
create index api_keys_of_organisation on api_keys (organisation_id, id);

-- An organisation's rows.

create table teams (
    organisation_id text collate "C" not null references organisations,
    team_id bigint not null,
    name text not null,
    slug text not null,
    revision bigint not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    primary key (organisation_id, team_id),
    constraint teams_slug unique (organisation_id, slug)
);

create table folders (
    organisation_id text collate "C" not null,
    folder_id bigint not null,
    team_id bigint not null,
    parent_folder_id bigint,
    name text not null,
    revision bigint not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    primary key (organisation_id, folder_id),
    constraint folders_in_team unique (organisation_id, team_id, folder_id),
    constraint folders_team foreign key (organisation_id, team_id) references teams,
    constraint folders_parent foreign key (organisation_id, team_id, parent_folder_id)
        references folders (organisation_id, team_id, folder_id)
);
create index folders_by_parent on folders (organisation_id, team_id, parent_folder_id);

-- Nodes take numbers in blocks of the increment.
create sequence credential_numbers increment by 64;

create table credentials (
    organisation_id text collate "C" not null,
    id uuid not null,
    number bigint not null,
    surface integer not null,
    variant text not null,
    state integer not null,
    provider integer not null,
    name text not null,
    slug text not null,
    description text not null,
    metadata_json text not null,
    allowed_hosts text[] not null,
    read_access integer not null,
    team_id bigint,
    folder_id bigint,
    shared_team_ids bigint[] not null,
    redact_fields text[] not null,
    expire_time timestamptz,
    reminder_time timestamptz,
    live_credential_id uuid,
    test_enabled boolean not null,
    tines_settings bytea not null,
    violations text[] not null,
    version bigint not null,
    revision bigint not null,
    sealing_key_id text not null,
    box_sha256 bytea not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    delete_time timestamptz,
    signature_format integer not null,
    signer_id text not null,
    signature bytea not null,
    -- What is deleted holds no team and no folder back.
    owning_team_id bigint generated always as (case when delete_time is null then team_id end) stored,
    owning_folder_id bigint generated always as (case when delete_time is null then folder_id end) stored,
    primary key (organisation_id, id),
    constraint credentials_number unique (organisation_id, number),
    constraint credentials_team foreign key (organisation_id, owning_team_id) references teams,
    constraint credentials_folder foreign key (organisation_id, owning_team_id, owning_folder_id)
        references folders (organisation_id, team_id, folder_id)
);
create unique index credentials_test_credential on credentials (organisation_id, live_credential_id)
    where live_credential_id is not null and delete_time is null;
create index credentials_by_surface on credentials (organisation_id, surface, id) where delete_time is null;
create index credentials_by_team on credentials (organisation_id, owning_team_id, owning_folder_id, id);
create index credentials_by_expiry on credentials (expire_time) where expire_time is not null;
create index credentials_by_deletion on credentials (delete_time) where delete_time is not null;

-- The sealed data by version. A writer's database role inserts here and cannot select the box.
create table boxes (
    organisation_id text collate "C" not null,
    credential_id uuid not null,
    version bigint not null,
    sealing_key_id text not null,
    box bytea not null,
    create_time timestamptz not null,
    primary key (organisation_id, credential_id, version),
    foreign key (organisation_id, credential_id) references credentials on delete cascade
);
-- Boxes are random bytes: compressing them only costs.
alter table boxes alter column box set storage external;

create table request_ids (
    organisation_id text collate "C" not null,
    request_id text collate "C" not null,
    method text not null,
    digest_key_id text not null,
    body_digest bytea not null,
    credential_id uuid not null,
    create_time timestamptz not null,
    primary key (organisation_id, request_id)
);
create index request_ids_by_time on request_ids (create_time);

-- Who did what. chain_position is null until the event is chained.
create table audit_events (
    organisation_id text collate "C" not null,
    event_id uuid not null,
    event_time timestamptz not null,
    action text not null,
    key_id text not null,
    credential_id uuid,
    credential_ids uuid[] not null,
    version bigint,
    box_sha256 bytea,
    request_id text,
    subject text,
    chain_position bigint,
    primary key (organisation_id, event_time, event_id)
) partition by range (event_time);
create table audit_events_default partition of audit_events default;

-- Makes the monthly partitions from this month up to a time; those there are stay, and a month of which the default partition
-- has events already stays there. Runs as its owner, so that the serving role needs no right to make tables.
create function strongroom_add_audit_partitions(until timestamptz) returns void
language plpgsql security definer set search_path from current as $$
declare
    month timestamptz := date_trunc('month', strongroom_now(), 'UTC');
    name text;
begin
    perform pg_advisory_xact_lock(hashtext('strongroom_add_audit_partitions'));
    while month < until loop
        name := 'audit_events_' || to_char(month at time zone 'UTC', 'YYYY_MM');
        if to_regclass(name) is null then
            begin
                execute format(
                    'create table %I partition of audit_events for values from (%L) to (%L)',
                    name, month, month + interval '1 month'
                );
            exception when check_violation then null;
            end;
        end if;
        month := month + interval '1 month';
    end loop;
end
$$;
select strongroom_add_audit_partitions(strongroom_now() + interval '3 months');
