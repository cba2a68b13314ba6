-- A request id belongs to the API key that used it: two keys may use the same one, and neither learns what the other sent.
-- Rows without a key are those of earlier versions. Their request ids are refused to every key until the sweeper deletes them.
-- `mac` proves that a node of this deployment wrote the row as it is: HMAC-SHA-256 under the deployment's digest key.

alter table request_ids
    add column key_id text collate "C" not null default '',
    add column mac bytea not null default '';
alter table request_ids
    drop constraint request_ids_pkey,
    add constraint request_ids_pkey primary key (organisation_id, request_id, key_id);

-- A node of an earlier version inserts rows without a key while nodes are upgraded one by one. It must not do a request that a
-- newer node did before. Rows with a key don't run this.
create function strongroom_refuse_used_request_id() returns trigger
language plpgsql set search_path from current as $$
begin
    if exists (
        select from request_ids where organisation_id = new.organisation_id and request_id = new.request_id
    ) then
        raise unique_violation using constraint = 'request_ids_pkey';
    end if;
    return new;
end
$$;
create trigger request_ids_without_key before insert on request_ids
    for each row when (new.key_id = '') execute function strongroom_refuse_used_request_id();

create type new_request_ids_of_callers as (
    organisation_id text,
    key_id text,
    request_id text,
    method text,
    digest_key_id text,
    body_digest bytea,
    credential_id uuid,
    subject text,
    create_time timestamptz,
    mac bytea
);
