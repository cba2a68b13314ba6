-- Events that organisations are told of, and the webhooks that they are sent to.

-- The outbox: a statement that changes something inserts its event in the same transaction. The event has no sequence number until a job
-- gives it one, after the commit and under a lock, so that numbers appear in their order and without gaps.
create table events (
    organisation_id text collate "C" not null references organisations,
    event_id uuid primary key,
    event_type text not null,
    create_time timestamptz not null,
    credential_id uuid,
    data_json text not null,
    -- Proves that a node of this deployment wrote the columns above.
    mac bytea not null,
    sequence bigint
);
create unique index events_sequence on events (organisation_id, sequence);
create index events_unnumbered on events (organisation_id, create_time, event_id) where sequence is null;
create index events_by_time on events (create_time);

-- The sequence number of each organisation's newest event. The job locks the row while it gives numbers.
create table event_heads (
    organisation_id text collate "C" primary key references organisations,
    sequence bigint not null,
    -- That of the write-ahead log when the number was given. On another one numbers are left out, because later ones may be lost.
    timeline integer not null
);

create table webhooks (
    organisation_id text collate "C" not null references organisations,
    id uuid primary key,
    display_name text not null,
    url text not null,
    -- Empty: all types.
    event_types text[] not null,
    paused boolean not null,
    sealing_key_id text not null,
    box_sha256 bytea not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    revision bigint not null,
    signature_format integer not null,
    signer_id text not null,
    signature bytea not null,
    -- The sealed secret of the signatures.
    box bytea not null,
    -- What is not signed, because the job that delivers sets it.
    failing_since_time timestamptz,
    disable_time timestamptz,
    disable_reason text not null default ''
);
create index webhooks_of_organisation on webhooks (organisation_id, id);
create trigger strongroom_signer_is_valid before insert or update of signature on webhooks
    for each row when (new.signer_id <> '') execute function strongroom_require_signer();

create table deliveries (
    organisation_id text collate "C" not null references organisations,
    webhook_id uuid not null references webhooks on delete cascade,
    event_id uuid not null references events on delete cascade,
    -- A number of DeliveryState.
    state smallint not null check (state between 1 and 3),
    -- After this time it is given up. RedeliverEvent sets it again.
    give_up_time timestamptz not null,
    -- Attempts that failed since then.
    failures integer not null default 0,
    -- Set while it is pending. A node that takes it moves this to the end of its lease.
    next_attempt_time timestamptz check ((state = 1) = (next_attempt_time is not null)),
    lease_until timestamptz,
    -- Each attempt whose outcome is known.
    attempt_times timestamptz[] not null default '{}',
    attempt_outcomes text[] not null default '{}',
    primary key (webhook_id, event_id)
);
create index deliveries_due on deliveries (webhook_id, next_attempt_time) where state = 1;
create index deliveries_oldest on deliveries (webhook_id, give_up_time) where state = 1;
create index deliveries_pending on deliveries (next_attempt_time) where state = 1;
create index deliveries_leased on deliveries (organisation_id) where lease_until is not null;
create index deliveries_of_event on deliveries (event_id);

-- Writer nodes insert events with their changes, and have nothing to do with webhooks.
do $$
declare
    role regrole;
begin
    for role in
        select distinct a.grantee::regrole from pg_class c, aclexplode(c.relacl) a
        where c.oid = 'audit_events'::regclass and a.privilege_type = 'INSERT' and a.grantee not in (0, c.relowner)
    loop
        execute format('grant insert on events to %s', role);
    end loop;
end
$$;
