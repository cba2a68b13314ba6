-- How a node finds out that its digest key file holds another key than the deployment's. `check_value` is an HMAC-SHA-256 under
-- the key, so it needs no signature and reveals nothing of the key.
create table digest_keys (
    id text primary key,
    check_value bytea not null,
    create_time timestamptz not null
);

-- A writer reads it at start: the roles that may read the other keys may read this one too.
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
