-- What the vendors' lists ask for: order by name, by page number, and exact totals. Each list has an index that holds whatever
-- narrows it, so that a total and what a page leaves out are counted in the index alone.

-- Lists compare names by their code points, whatever the database's own collation is.
alter table credentials alter column name type text collate "C";
alter table credentials add column restricted boolean generated always as (cardinality(allowed_hosts) > 0) stored;

drop index credentials_by_surface;
create index credentials_by_surface on credentials (organisation_id, surface, id)
    include (expire_time, team_id, restricted, read_access, shared_team_ids)
    where delete_time is null and live_credential_id is null;
create index credentials_by_name on credentials (organisation_id, surface, name, id)
    where delete_time is null and live_credential_id is null;

-- These two also serve the foreign keys, so test credentials stand in them.
drop index credentials_by_team;
create index credentials_by_team on credentials (organisation_id, owning_team_id, id)
    include (expire_time, live_credential_id, surface, team_id, restricted, read_access, shared_team_ids)
    where owning_team_id is not null;
create index credentials_by_folder on credentials (organisation_id, owning_folder_id, id)
    include (expire_time, live_credential_id, surface, team_id, restricted, read_access, shared_team_ids)
    where owning_folder_id is not null;

create index folders_by_team on folders (organisation_id, team_id, folder_id);

-- An RSA public key whose tokens are taken in place of a secret; empty for a key with a secret.
alter table api_keys add column jwt_public_key text not null default '';
