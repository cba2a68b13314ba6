-- When organisations are told of the times of their credentials and of credentials that became INVALID, and an index to list what
-- expires.

-- One row for each thing that a credential has to be told about.
create table notices (
    organisation_id text collate "C" not null,
    credential_id uuid not null,
    -- A column of credentials: expire_time, certificate_expire_time, reminder_time; or state, for an INVALID version.
    about text not null,
    -- The value of that column. For a state: when the version was stored.
    time timestamptz not null,
    -- When the next event is due. Null: everything was told.
    due_time timestamptz,
    primary key (organisation_id, credential_id, about),
    foreign key (organisation_id, credential_id) references credentials (organisation_id, id) on delete cascade
);
create index notices_due on notices (due_time) where due_time is not null;

-- Keeps the rows of `notices` in the transaction of each change, so that none is forgotten. A row whose time stays keeps what was
-- told, except that each INVALID version is told: two may have the same time. The job moves due_time on, and jobs/notices.py has the
-- same first lead time. Runs as its owner, because a writer's database role has no right on the table.
create function strongroom_schedule_notices() returns trigger language plpgsql security definer as $$
begin
    if tg_op = 'UPDATE' then
        delete from notices n where n.organisation_id = new.organisation_id and n.credential_id = new.id and case n.about
            when 'expire_time' then new.expire_time is null
            when 'certificate_expire_time' then new.certificate_expire_time is null
            when 'reminder_time' then new.reminder_time is null
            else new.state <> 2
        end;
    end if;
    insert into notices as n (organisation_id, credential_id, about, time, due_time)
    -- A certificate may have expired in the year 1, and Python has no year before that.
    select new.organisation_id, new.id, t.about, t.time, greatest(t.due_time, 'epoch') from (values
        ('expire_time', new.expire_time, new.expire_time - interval '720 hours'),
        ('certificate_expire_time', new.certificate_expire_time, new.certificate_expire_time - interval '720 hours'),
        ('reminder_time', new.reminder_time, new.reminder_time),
        ('state', case when new.state = 2 and old.version is distinct from new.version then new.update_time end, new.update_time)
    ) t (about, time, due_time) where t.time is not null
    on conflict (organisation_id, credential_id, about) do update set time = excluded.time, due_time = excluded.due_time
    where n.time <> excluded.time or n.about = 'state';
    return null;
end
$$;
do $$
begin
    execute format('alter function strongroom_schedule_notices() set search_path = %I, pg_temp', current_schema());
end
$$;
revoke execute on function strongroom_schedule_notices() from public;

-- Most credentials have no such time, and Postgres then only checks the condition.
create trigger strongroom_notices_of_new after insert on credentials for each row
    when (new.expire_time is not null or new.certificate_expire_time is not null or new.reminder_time is not null or new.state = 2)
    execute function strongroom_schedule_notices();
create trigger strongroom_notices_of_changed after update on credentials for each row
    when (
        old.expire_time is distinct from new.expire_time
        or old.certificate_expire_time is distinct from new.certificate_expire_time
        or old.reminder_time is distinct from new.reminder_time
        or old.version <> new.version and (old.state = 2 or new.state = 2)
    )
    execute function strongroom_schedule_notices();

-- Of credentials that exist, only what comes due from now on.
insert into notices (organisation_id, credential_id, about, time, due_time)
select c.organisation_id, c.id, t.about, t.time, t.time - max(t.lead)
from (
    select organisation_id, id, expire_time, certificate_expire_time, reminder_time from credentials
    where expire_time is not null or certificate_expire_time is not null or reminder_time is not null
) c cross join lateral (
    select 'expire_time', c.expire_time, unnest(array[720, 168, 24]) * interval '1 hour'
    union all select 'certificate_expire_time', c.certificate_expire_time, unnest(array[720, 168, 24, 0]) * interval '1 hour'
    union all select 'reminder_time', c.reminder_time, interval '0 hours'
) t (about, time, lead)
where t.time - t.lead > strongroom_now()
group by c.organisation_id, c.id, t.about, t.time;

-- An array of it is the argument of statements that insert many events.
create type new_events as (
    organisation_id text,
    event_id uuid,
    event_type text,
    create_time timestamptz,
    credential_id uuid,
    data_json text,
    mac bytea
);

create index credentials_by_end on credentials (organisation_id, least(expire_time, certificate_expire_time))
    where delete_time is null and live_credential_id is null and least(expire_time, certificate_expire_time) is not null;
