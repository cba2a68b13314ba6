-- Grants are refreshed ahead of need, and are in doubt after a promotion.

-- When a grant was last used, exact to a day, and when it is next refreshed without a caller. Null: never, as tokens that are no grants.
alter table tokens add column used_time timestamptz, add column refresh_time timestamptz;
create index tokens_refresh_time on tokens (refresh_time) where refresh_time is not null;
create index tokens_refresh_of_organisation on tokens (organisation_id, refresh_time) where refresh_time is not null;
create index tokens_failing on tokens (state, state_time) where state <> 1;

-- Nobody recorded whether they were used: they count as used now.
update tokens t set used_time = strongroom_now(), refresh_time = strongroom_now() from credentials c
where t.parameters_sha256 = '' and t.box is not null and t.state <> 4
and c.organisation_id = t.organisation_id and c.id = t.credential_id and c.variant = 'oauth2_refresh';

-- The timeline of the write-ahead log that nodes have last seen: one row. On another one, what was committed last may be lost.
create table timeline_seen (
    only_row boolean primary key default true check (only_row),
    timeline integer not null
);

-- Writer nodes show the state of grants.
do $$
declare
    role regrole;
begin
    for role in
        select distinct a.grantee::regrole from pg_class c, aclexplode(c.relacl) a
        where c.oid = 'audit_events'::regclass and a.privilege_type = 'INSERT' and a.grantee not in (0, c.relowner)
    loop
        execute format(
            'grant select (organisation_id, credential_id, parameters_sha256, generation, expire_time, state, state_time, reason,'
            ' retry_time) on tokens to %1$s; grant select (organisation_id, credential_id) on connections to %1$s', role
        );
    end loop;
end
$$;
