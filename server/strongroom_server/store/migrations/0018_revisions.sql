-- Nodes compare the revision of an API key, organisation, team or key that they load with the administrative events about it.

create index audit_events_of_subjects on audit_events (organisation_id, action, subject, revision) where signer_id <> '';

-- The administrative events about a row that are newer than its revision, newest first. An event of a deletion is newer than the
-- row that was deleted. The subject of events about organisations is not the row, so `about` is null for them. Runs as its owner, because a writer's role may not read events. These events hold no secret.
create function strongroom_newer_events(
    in_organisation text, about text, actions text[], above bigint, most bigint, skipped bigint
) returns setof new_signed_audit_events
language sql stable security definer as $$
    select organisation_id, event_id, event_time, action, outcome, key_id, peer, credential_id, credential_ids, version, revision,
        box_sha256, redact_fields, request_id, subject, signer_id, mac
    from (
        select * from audit_events where about is not null and organisation_id = in_organisation and action = any(actions)
            and subject = about and signer_id <> '' and revision + (action like '%Delete%')::integer > above
        union all
        select * from audit_events where about is null and organisation_id = in_organisation and action = any(actions)
            and signer_id <> '' and revision > above
    ) e where outcome = 'OK' order by revision desc, event_id limit most offset skipped
$$;

do $$
declare
    role record;
begin
    execute format(
        'alter function strongroom_newer_events(text, text, text[], bigint, bigint, bigint) set search_path = %I, pg_temp',
        current_schema()
    );
    execute 'revoke execute on function strongroom_newer_events(text, text, text[], bigint, bigint, bigint) from public';
    for role in
        select distinct quote_ident(r.rolname) as name
        from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
        where c.oid = 'credentials'::regclass and a.grantee <> c.relowner
    loop
        execute format(
            'grant execute on function strongroom_newer_events(text, text, text[], bigint, bigint, bigint) to %s', role.name
        );
    end loop;
end
$$;
