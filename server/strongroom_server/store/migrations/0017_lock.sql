-- Whether an operator has locked the nodes. While they are locked none starts, and a running one ends at once.
create table node_lock (
    only_row boolean primary key default true check (only_row),
    locked boolean not null,
    update_time timestamptz not null
);
insert into node_lock (locked, update_time) values (false, strongroom_now());

-- Nodes read the table: grant it to the roles that may read the tables of keys.
do $$
declare
    reader regrole;
begin
    for reader in
        select distinct a.grantee::regrole from pg_class c, aclexplode(c.relacl) a
        where c.oid = 'signing_keys'::regclass and a.privilege_type = 'SELECT' and a.grantee not in (0, c.relowner)
    loop
        execute format('grant select on node_lock to %s', reader);
    end loop;
end
$$;
