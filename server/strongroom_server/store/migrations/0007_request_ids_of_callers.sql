-- A request id belongs to the API key that used it: two keys may use the same id, and neither learns what the other sent.
-- Rows without a key are from earlier versions. Their request ids are refused to every key until the sweeper deletes them.
-- `mac` is an HMAC-SHA-256 of the row under the deployment's digest key: it proves that a node of this deployment wrote the row.

alter table request_ids
    add column key_id text collate "C" not null default '',
    add column mac bytea not null default '';
alter table request_ids
    drop constraint request_ids_pkey,
    add constraint request_ids_pkey primary key (organisation_id, request_id, key_id);

-- During an upgrade, nodes of an earlier version still insert rows without a key. They must not repeat a request that a newer node
-- has executed. The trigger does not run for rows with a key.
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
