-- With this table a node detects that its digest key file has another key than the deployment's. `check_value` is an HMAC-SHA-256
-- under the key, so it needs no signature and reveals nothing of the key.
create table digest_keys (
    id text primary key,
    check_value bytea not null,
    create_time timestamptz not null
);

-- Nodes read the table when they start: grant it to the roles that may read the other key tables.
do $$
declare
    reader regrole;
begin
    for reader in
        select distinct a.grantee::regrole from pg_class c, aclexplode(c.relacl) a
        where c.oid = 'signing_keys'::regclass and a.privilege_type = 'SELECT' and a.grantee not in (0, c.relowner)
    loop
        execute format('grant select on digest_keys to %s', reader);
    end loop;
end
$$;
