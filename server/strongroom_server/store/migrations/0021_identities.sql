-- Identities: what a client certificate or a workload's token stands for.

-- A source of identities that an operator bound to one organisation. `kind` is a number of core/records.py. Empty columns do not apply to
-- the kind.
create table identity_issuers (
    id text collate "C" primary key,
    organisation_id text collate "C" not null references organisations,
    display_name text not null,
    kind smallint not null,
    -- The trust domain, the suffix, or the `iss` of tokens.
    name text collate "C" not null,
    audience text not null,
    claim text not null,
    claim_prefix text not null,
    jwks_json text not null,
    jwks_url text not null,
    denied_serials text[] not null,
    create_time timestamptz not null,
    disable_time timestamptz,
    revision bigint not null,
    signature_format integer not null,
    signer_id text not null,
    signature bytea not null
);

create table identities (
    id text collate "C" primary key,
    organisation_id text collate "C" not null references organisations,
    issuer_id text collate "C" not null references identity_issuers,
    display_name text not null,
    -- The pattern of the name; empty for an issuer of tokens, whose patterns are in `claims`.
    name text not null,
    claims bytea not null,
    roles bigint[] not null,
    team_ids bigint[] not null,
    scope bytea not null,
    expire_time timestamptz,
    denied_names text[] not null,
    denied_serials text[] not null,
    create_time timestamptz not null,
    disable_time timestamptz,
    revision bigint not null,
    signature_format integer not null,
    signer_id text not null,
    signature bytea not null
);
create index identity_issuers_of_organisation on identity_issuers (organisation_id, id);
create index identities_of_organisation on identities (organisation_id, id);
create index identities_of_issuer on identities (issuer_id);

create trigger strongroom_signer_is_valid before insert or update of signature on identity_issuers
    for each row when (new.signer_id <> '') execute function strongroom_require_signer();
create trigger strongroom_signer_is_valid before insert or update of signature on identities
    for each row when (new.signer_id <> '') execute function strongroom_require_signer();

-- The name in the certificate, or the issuer and subject of the token, that acted. Empty for an API key.
alter table audit_events add column principal text not null default '';

-- Nodes of the previous version still send new_signed_audit_events.
create type new_audit_events_of_principals as (
    organisation_id text,
    event_id uuid,
    event_time timestamptz,
    action text,
    outcome text,
    key_id text,
    peer text,
    credential_id uuid,
    credential_ids uuid[],
    version bigint,
    revision bigint,
    box_sha256 bytea,
    redact_fields text[],
    request_id text,
    subject text,
    principal text,
    signer_id text,
    mac bytea
);

-- As strongroom_newer_events, which nodes of the previous version call, but with the principal, which the signature of an event covers.
create function strongroom_newer_signed_events(
    in_organisation text, about text, actions text[], above bigint, most bigint, skipped bigint
) returns setof new_audit_events_of_principals
language sql stable security definer as $$
    select organisation_id, event_id, event_time, action, outcome, key_id, peer, credential_id, credential_ids, version, revision,
        box_sha256, redact_fields, request_id, subject, principal, signer_id, mac
    from (
        select * from audit_events where about is not null and organisation_id = in_organisation and action = any(actions)
            and subject = about and signer_id <> '' and revision + (action like '%Delete%')::integer > above
        union all
        select * from audit_events where about is null and organisation_id = in_organisation and action = any(actions)
            and signer_id <> '' and revision > above
    ) e where outcome = 'OK' order by revision desc, event_id limit most offset skipped
$$;

-- Nodes read the tables and call the function: grant them to the roles that may read API keys, and to those with any right on
-- credentials.
do $$
declare
    role regrole;
begin
    execute format(
        'alter function strongroom_newer_signed_events(text, text, text[], bigint, bigint, bigint) set search_path = %I, pg_temp',
        current_schema()
    );
    execute 'revoke execute on function strongroom_newer_signed_events(text, text, text[], bigint, bigint, bigint) from public';
    for role in
        select distinct a.grantee::regrole from pg_class c, aclexplode(c.relacl) a
        where c.oid = 'api_keys'::regclass and a.privilege_type = 'SELECT' and a.grantee not in (0, c.relowner)
    loop
        execute format('grant select on identity_issuers, identities to %s', role);
    end loop;
    for role in
        select distinct a.grantee::regrole from pg_class c, aclexplode(c.relacl) a
        where c.oid = 'credentials'::regclass and a.grantee not in (0, c.relowner)
    loop
        execute format(
            'grant execute on function strongroom_newer_signed_events(text, text, text[], bigint, bigint, bigint) to %s', role
        );
    end loop;
end
$$;
