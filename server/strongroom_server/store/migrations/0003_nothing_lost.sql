-- Versions that can be taken back, deletions that can be undone, retries of every write, and an audit trail that tells when it
-- was bent.

-- What an organisation decides for itself.
alter table organisations
    add column kept_versions integer not null default 10,
    add column undelete_window interval not null default interval '30 days',
    add column revision bigint not null default 1,
    add column update_time timestamptz;
update organisations set update_time = create_time;
alter table organisations alter column update_time set not null;

-- 0 is what rows had before they were counted.
alter table api_keys add column revision bigint not null default 0;

-- A version is kept as long as its box; destroyed, only its row is left.
alter table boxes
    add column variant text,
    add column creator_key_id text not null default '',
    add column destroy_time timestamptz,
    alter column box drop not null;
update boxes b set variant = c.variant from credentials c
where c.organisation_id = b.organisation_id and c.id = b.credential_id;
alter table boxes alter column variant set not null;

create index credentials_deleted on credentials (organisation_id, id) where delete_time is not null;

-- What may have versions that are kept no longer.
create index credentials_versioned on credentials (update_time) where version > 1;

-- A request is remembered with whatever its answer is made of: a credential's id, a team's number, a count.
alter table request_ids alter column credential_id drop not null;
alter table request_ids add column subject text;

-- `mac` is the writing node's proof over every column but those of the chain: HMAC-SHA-256 under the deployment's digest key.
-- The chain is written afterwards, in blocks: `chain_hash` covers the event and all those before it.
alter table audit_events
    add column revision bigint,
    add column outcome text not null default 'OK',
    add column peer text not null default '',
    add column mac bytea not null default '',
    add column redact_fields text[] not null default '{}',
    add column chain_hash bytea;
create index audit_events_unchained on audit_events (organisation_id, event_time, event_id) where chain_position is null;
create index audit_events_by_position on audit_events (organisation_id, chain_position);
create index audit_events_of_versions on audit_events (organisation_id, credential_id, version)
    where box_sha256 is not null or redact_fields <> '{}';

-- Up to where a chain goes, signed by the node that wrote it: `newest`, and `dropped` where what comes before was let go of.
create table audit_heads (
    organisation_id text collate "C" not null,
    kind text not null check (kind in ('newest', 'dropped')),
    position bigint not null,
    chain_hash bytea not null,
    head_time timestamptz not null,
    signature_format integer not null,
    signer_id text not null,
    signature bytea not null,
    primary key (organisation_id, kind)
);

-- Lets go of a month of events, by the name of its partition. Runs as its owner, as the making of partitions does.
create function strongroom_drop_audit_partition(name text) returns void
language plpgsql security definer set search_path from current as $$
begin
    if name !~ '^audit_events_[0-9]{4}_[0-9]{2}$' then
        raise exception 'no month of audit events';
    end if;
    execute format('drop table %I', name);
end
$$;
