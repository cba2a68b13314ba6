-- Revokes all rights of PUBLIC in this schema, and adds indexes for the filters of lists.

-- Postgres lets PUBLIC execute every new function. These functions run with their owner's rights, so any role that could connect
-- was able to drop a month of audit events. Roles with rights on the tables are granted the functions that they call.
do $$
declare
    here name := current_schema();
    function regprocedure;
    role record;
begin
    for function in
        select p.oid from pg_proc p where p.pronamespace = here::regnamespace and p.proname in (
            'strongroom_now', 'strongroom_add_audit_partitions', 'strongroom_drop_audit_partition', 'strongroom_analyze_grown',
            'strongroom_refuse_used_request_id'
        )
    loop
        execute format('revoke execute on function %s from public', function);
    end loop;
    -- The search path until now ("$user", the schema) searches pg_temp first, where any role may create a table. Postgres
    -- searches pg_catalog first if it is not named; if it were named first, the partitions would be created there.
    for function in
        select p.oid from pg_proc p where p.pronamespace = here::regnamespace and p.prosecdef
        and p.proname in ('strongroom_add_audit_partitions', 'strongroom_drop_audit_partition', 'strongroom_analyze_grown')
    loop
        execute format('alter function %s set search_path = %I, pg_temp', function, here);
    end loop;

    for role in
        select quote_ident(r.rolname) as name, bool_or(a.privilege_type = 'DELETE') as removes
        from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
        where c.oid = 'credentials'::regclass and a.grantee <> c.relowner group by r.rolname
    loop
        execute format('grant execute on function strongroom_now() to %s', role.name);
        if role.removes then
            execute format(
                'grant execute on function strongroom_add_audit_partitions(timestamptz),'
                ' strongroom_drop_audit_partition(text), strongroom_analyze_grown() to %s',
                role.name
            );
        end if;
    end loop;

    -- A database created by a PostgreSQL before 15 lets PUBLIC create objects in the schema public. Only its owner can revoke it.
    if exists (
        select from pg_namespace n, aclexplode(n.nspacl) a
        where n.nspname = here and a.grantee = 0 and a.privilege_type = 'CREATE'
    ) then
        begin
            execute format('revoke create on schema %I from public', here);
        exception when insufficient_privilege then
            raise warning 'PUBLIC may create objects in schema %: its owner should revoke that', here;
        end;
    end if;
end
$$;
revoke usage on type new_credentials, new_boxes, new_request_ids, new_request_ids_of_callers, new_audit_events from public;
-- The same for the functions and types of later migrations.
alter default privileges revoke execute on functions from public;
alter default privileges revoke usage on types from public;

-- In these keys the filters of the vendors' lists come before the order, so a filter without matches reads no rows. Lists without
-- such a filter merge the ranges of its values. Other filters are checked in the index, without reading the table.
drop index credentials_by_surface;
create index credentials_by_surface on credentials (organisation_id, surface, restricted, id)
    include (expire_time, team_id, read_access, shared_team_ids, variant)
    where delete_time is null and live_credential_id is null;
drop index credentials_by_team;
create index credentials_by_team on credentials (organisation_id, owning_team_id, surface, restricted, id)
    include (expire_time, live_credential_id, team_id, read_access, shared_team_ids, variant)
    where owning_team_id is not null;
drop index credentials_by_folder;
create index credentials_by_folder on credentials (organisation_id, owning_folder_id, surface, restricted, id)
    include (expire_time, live_credential_id, team_id, read_access, shared_team_ids, variant)
    where owning_folder_id is not null;
