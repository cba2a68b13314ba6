

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE FUNCTION public.strongroom_add_audit_partitions(until timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$
declare
    month timestamptz := date_trunc('month', strongroom_now(), 'UTC');
    name text;
begin
    perform pg_advisory_xact_lock(hashtext('strongroom_add_audit_partitions'));
    while month < until loop
        name := 'audit_events_' || to_char(month at time zone 'UTC', 'YYYY_MM');
        if to_regclass(name) is null then
            begin
                execute format(
                    'create table %I partition of audit_events for values from (%L) to (%L)',
                    name, month, month + interval '1 month'
                );
            exception when check_violation then null;
            end;
        end if;
        month := month + interval '1 month';
    end loop;
end
$$;

CREATE FUNCTION public.strongroom_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$select statement_timestamp()$$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.api_keys (
    id text NOT NULL COLLATE pg_catalog."C",
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    display_name text NOT NULL,
    secret_sha256 bytea NOT NULL,
    roles integer[] NOT NULL,
    team_ids bigint[] NOT NULL,
    expire_time timestamp with time zone,
    create_time timestamp with time zone NOT NULL,
    revoke_time timestamp with time zone,
    signature_format integer NOT NULL,
    signer_id text NOT NULL,
    signature bytea NOT NULL
);

CREATE TABLE public.audit_events (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    event_id uuid NOT NULL,
    event_time timestamp with time zone NOT NULL,
    action text NOT NULL,
    key_id text NOT NULL,
    credential_id uuid,
    credential_ids uuid[] NOT NULL,
    version bigint,
    box_sha256 bytea,
    request_id text,
    subject text,
    chain_position bigint
)
PARTITION BY RANGE (event_time);

CREATE TABLE public.audit_events_2026_11 (
    organisation_id text CONSTRAINT audit_events_organisation_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_id uuid CONSTRAINT audit_events_event_id_not_null NOT NULL,
    event_time timestamp with time zone CONSTRAINT audit_events_event_time_not_null NOT NULL,
    action text CONSTRAINT audit_events_action_not_null NOT NULL,
    key_id text CONSTRAINT audit_events_key_id_not_null NOT NULL,
    credential_id uuid,
    credential_ids uuid[] CONSTRAINT audit_events_credential_ids_not_null NOT NULL,
    version bigint,
    box_sha256 bytea,
    request_id text,
    subject text,
    chain_position bigint
);

CREATE TABLE public.audit_events_2026_12 (
    organisation_id text CONSTRAINT audit_events_organisation_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_id uuid CONSTRAINT audit_events_event_id_not_null NOT NULL,
    event_time timestamp with time zone CONSTRAINT audit_events_event_time_not_null NOT NULL,
    action text CONSTRAINT audit_events_action_not_null NOT NULL,
    key_id text CONSTRAINT audit_events_key_id_not_null NOT NULL,
    credential_id uuid,
    credential_ids uuid[] CONSTRAINT audit_events_credential_ids_not_null NOT NULL,
    version bigint,
    box_sha256 bytea,
    request_id text,
    subject text,
    chain_position bigint
);

CREATE TABLE public.audit_events_2027_01 (
    organisation_id text CONSTRAINT audit_events_organisation_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_id uuid CONSTRAINT audit_events_event_id_not_null NOT NULL,
    event_time timestamp with time zone CONSTRAINT audit_events_event_time_not_null NOT NULL,
    action text CONSTRAINT audit_events_action_not_null NOT NULL,
    key_id text CONSTRAINT audit_events_key_id_not_null NOT NULL,
    credential_id uuid,
    credential_ids uuid[] CONSTRAINT audit_events_credential_ids_not_null NOT NULL,
    version bigint,
    box_sha256 bytea,
    request_id text,
    subject text,
    chain_position bigint
);

CREATE TABLE public.audit_events_2027_02 (
    organisation_id text CONSTRAINT audit_events_organisation_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_id uuid CONSTRAINT audit_events_event_id_not_null NOT NULL,
    event_time timestamp with time zone CONSTRAINT audit_events_event_time_not_null NOT NULL,
    action text CONSTRAINT audit_events_action_not_null NOT NULL,
    key_id text CONSTRAINT audit_events_key_id_not_null NOT NULL,
    credential_id uuid,
    credential_ids uuid[] CONSTRAINT audit_events_credential_ids_not_null NOT NULL,
    version bigint,
    box_sha256 bytea,
    request_id text,
    subject text,
    chain_position bigint
);

CREATE TABLE public.audit_events_default (
    organisation_id text CONSTRAINT audit_events_organisation_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_id uuid CONSTRAINT audit_events_event_id_not_null NOT NULL,
    event_time timestamp with time zone CONSTRAINT audit_events_event_time_not_null NOT NULL,
    action text CONSTRAINT audit_events_action_not_null NOT NULL,
    key_id text CONSTRAINT audit_events_key_id_not_null NOT NULL,
    credential_id uuid,
    credential_ids uuid[] CONSTRAINT audit_events_credential_ids_not_null NOT NULL,
    version bigint,
    box_sha256 bytea,
    request_id text,
    subject text,
    chain_position bigint
);

CREATE TABLE public.boxes (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    credential_id uuid NOT NULL,
    version bigint NOT NULL,
    sealing_key_id text NOT NULL,
    box bytea NOT NULL,
    create_time timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.boxes ALTER COLUMN box SET STORAGE EXTERNAL;

CREATE SEQUENCE public.credential_numbers
    START WITH 1
    INCREMENT BY 64
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.credentials (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    id uuid NOT NULL,
    number bigint NOT NULL,
    surface integer NOT NULL,
    variant text NOT NULL,
    state integer NOT NULL,
    provider integer NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    description text NOT NULL,
    metadata_json text NOT NULL,
    allowed_hosts text[] NOT NULL,
    read_access integer NOT NULL,
    team_id bigint,
    folder_id bigint,
    shared_team_ids bigint[] NOT NULL,
    redact_fields text[] NOT NULL,
    expire_time timestamp with time zone,
    reminder_time timestamp with time zone,
    live_credential_id uuid,
    test_enabled boolean NOT NULL,
    tines_settings bytea NOT NULL,
    violations text[] NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    sealing_key_id text NOT NULL,
    box_sha256 bytea NOT NULL,
    create_time timestamp with time zone NOT NULL,
    update_time timestamp with time zone NOT NULL,
    delete_time timestamp with time zone,
    signature_format integer NOT NULL,
    signer_id text NOT NULL,
    signature bytea NOT NULL,
    owning_team_id bigint GENERATED ALWAYS AS (
CASE
    WHEN (delete_time IS NULL) THEN team_id
    ELSE NULL::bigint
END) STORED,
    owning_folder_id bigint GENERATED ALWAYS AS (
CASE
    WHEN (delete_time IS NULL) THEN folder_id
    ELSE NULL::bigint
END) STORED
);

CREATE TABLE public.folders (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    folder_id bigint NOT NULL,
    team_id bigint NOT NULL,
    parent_folder_id bigint,
    name text NOT NULL,
    revision bigint NOT NULL,
    create_time timestamp with time zone NOT NULL,
    update_time timestamp with time zone NOT NULL
);

CREATE TABLE public.organisations (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    display_name text NOT NULL,
    last_team_id bigint NOT NULL,
    last_folder_id bigint NOT NULL,
    create_time timestamp with time zone NOT NULL
);

CREATE TABLE public.request_ids (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    request_id text NOT NULL COLLATE pg_catalog."C",
    method text NOT NULL,
    digest_key_id text NOT NULL,
    body_digest bytea NOT NULL,
    credential_id uuid NOT NULL,
    create_time timestamp with time zone NOT NULL
);

CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 bytea NOT NULL,
    apply_time timestamp with time zone NOT NULL
);

CREATE TABLE public.sealing_keys (
    id text NOT NULL,
    public_key bytea NOT NULL,
    state text NOT NULL,
    canary bytea NOT NULL,
    create_time timestamp with time zone NOT NULL,
    signature_format integer NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT sealing_keys_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'active'::text, 'retiring'::text, 'retired'::text, 'destroyed'::text])))
);

CREATE TABLE public.signing_keys (
    id text NOT NULL,
    public_key bytea NOT NULL,
    state text NOT NULL,
    create_time timestamp with time zone NOT NULL,
    signature_format integer NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT signing_keys_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'active'::text, 'retiring'::text, 'retired'::text, 'destroyed'::text])))
);

CREATE TABLE public.teams (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    team_id bigint NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    revision bigint NOT NULL,
    create_time timestamp with time zone NOT NULL,
    update_time timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.audit_events ATTACH PARTITION public.audit_events_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');

ALTER TABLE ONLY public.audit_events ATTACH PARTITION public.audit_events_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');

ALTER TABLE ONLY public.audit_events ATTACH PARTITION public.audit_events_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');

ALTER TABLE ONLY public.audit_events ATTACH PARTITION public.audit_events_2027_02 FOR VALUES FROM ('2027-02-01 00:00:00+00') TO ('2027-03-01 00:00:00+00');

ALTER TABLE ONLY public.audit_events ATTACH PARTITION public.audit_events_default DEFAULT;

INSERT INTO public.api_keys VALUES
	('bootstrap', 'default', '', '\xab1b0982cf8caa4a6b449a4a1c736ac886b825dddc6c0b606b41982d2e1a9941', '{1,2,3,4,5}', '{}', NULL, '2026-11-28 12:04:19.34095+00', NULL, 1, 'ba6fe10b', '\x3e14807c7f66f983d95ceddf1e7c6a23b87dfef63b2db0cd503a3850eef934bf03e0ab18d597da73d1c8c218c1feb5742a75f1a4b3cbe30dacdc162b1b90330e'),
	('ue63kujbghwk', 'other-72bc27a', '', '\x6e6166650f7c04bc5b4ce0732d2337286a8ef84cfefdcb26e9074863211bc0ef', '{4}', '{}', NULL, '2026-11-28 12:04:19.690706+00', NULL, 1, 'ba6fe10b', '\xda33751912ccb6652408683cfb9d543ae58b3319718c162a8e08590970f75311154fcebb687569a4f9a4811fbf4440b72dab10f6b926acc2d49d0a974b8f680a'),
	('mzirixa52su6', 'other-72bc27a', '', '\xe7f7d28aff2eab18e7582824ca03e11f9bd5331203fb15efd56b89c9d1a0eb4b', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:19.749621+00', NULL, 1, 'ba6fe10b', '\x77ef6ae354620a490ea790b2d3c65c5a482388271470976423ef1a13d0d47a05f4d7a4d361e4cf23d6fd4baa411031feb17bd34b307ed9c8e489d9885bd52b0d'),
	('yvnlz5zpbpzy', 'default', '', '\xa8e8fdc3ec0eab3d930b77dafd53d09be0e0ade5aaef19ca4fd182d8ab4564c9', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:19.784486+00', NULL, 1, 'ba6fe10b', '\xad550e5e1040fb3eb184e96606b34922736f0db457c3bfffdd9613af6bfefdd03e4c8f3e3834ab471ae66eeae719057c2011d52c64f5267462d7017ab3ab8d02'),
	('qwi2gzbgxq4p', 'default', '', '\xd532a5a6be0ebef8505b9496b86fe68bba07dd64a48182947ce60a789275e25e', '{2,1,3}', '{4}', NULL, '2026-11-28 12:04:19.798121+00', NULL, 1, 'ba6fe10b', '\x752acb8b7594eeb76295694022e6fb0f82ff46a98b4be7a37e07ebcfb8753156ea17b537ae9a3e732fa8bab6f5e1f2d8353c169c5644a62fd8308fbeb4747206'),
	('2chj3act4f3x', 'default', '', '\x826daca7f1a3e2f2a5af36e14d96d94bde9a5c646597a695071aade48b0e2e80', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:19.81088+00', '2026-11-28 12:04:19.819172+00', 1, 'ba6fe10b', '\x3b19481165bd79d3b45cce0d53d771024758c16e6d26d87532fdadeeb2084b7c119dadb7625616ccdc285a684266e0c35c6b968e8321b802147a9408858e3a05');

INSERT INTO public.audit_events_2026_11 VALUES
	('strongroom', '26575b13-4f16-4c29-bf5d-48bf3214f6fd', '2026-11-28 12:04:19.34095+00', 'CreateOrganisation', '', NULL, '{}', NULL, NULL, NULL, 'default', NULL),
	('default', 'a4ec7af1-d017-4aba-bd81-ef2791966a33', '2026-11-28 12:04:19.34095+00', 'CreateApiKey', '', NULL, '{}', NULL, NULL, NULL, 'bootstrap', NULL),
	('strongroom', '8354f7eb-57b5-406c-a305-6d98a8282cf3', '2026-11-28 12:04:19.690706+00', 'CreateOrganisation', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'other-72bc27a', NULL),
	('other-72bc27a', 'a670a21c-0033-4829-9692-bf31a53eea35', '2026-11-28 12:04:19.690706+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'ue63kujbghwk', NULL),
	('other-72bc27a', '995872f5-f7e6-413f-8543-4725da6a7731', '2026-11-28 12:04:19.749796+00', 'CreateApiKey', 'ue63kujbghwk', NULL, '{}', NULL, NULL, NULL, 'mzirixa52su6', NULL),
	('other-72bc27a', '8da005bc-3f8e-4ae1-876f-495d5a182392', '2026-11-28 12:04:19.760232+00', 'CreateCredential', 'mzirixa52su6', '01a2220a-c0ae-7698-bfc3-d3b531922d20', '{}', 1, '\xa0fc85170264adb3d5e18b9d56d9617718761499866c09f06f29d3c11d8e8b95', NULL, NULL, NULL),
	('default', '10eead91-a389-44a0-baf5-5f7484459564', '2026-11-28 12:04:19.768556+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'payments 72bc27a', NULL),
	('default', 'b8d64eb1-db3c-49e7-9336-dbe99c1d538d', '2026-11-28 12:04:19.771148+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'friends 72bc27a', NULL),
	('default', '827e4abb-632d-4fc7-8b43-4f287e89e415', '2026-11-28 12:04:19.773673+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'outer', NULL),
	('default', 'e3923c0d-3610-48f5-8c7e-afc1e8c8b7e0', '2026-11-28 12:04:19.77811+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'inner', NULL),
	('default', '90742eb7-80a2-4ef2-af15-0ba69125c424', '2026-11-28 12:04:19.784688+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'yvnlz5zpbpzy', NULL),
	('default', 'ae3e24c0-2ca2-4575-8ee8-0a307921e354', '2026-11-28 12:04:19.800278+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'qwi2gzbgxq4p', NULL),
	('default', '48369ec8-6c98-49ab-9116-392a5aa95b23', '2026-11-28 12:04:19.81111+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '2chj3act4f3x', NULL),
	('default', 'a5c4a70a-4dd7-4d1b-9ea8-4267393b9cf6', '2026-11-28 12:04:19.819238+00', 'RevokeApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '2chj3act4f3x', NULL),
	('default', 'a3e5a778-4615-47bf-a520-750e66ae47f6', '2026-11-28 12:04:19.833853+00', 'CreateCredential', 'bootstrap', '01a2220a-c0f9-7fd2-a068-b60eeffe20eb', '{}', 1, '\x3d0871d14475a9c66cf9c353bc782a393e0f9978ae49f89e2a8ff4d334ef8f25', NULL, NULL, NULL),
	('default', '78fd8bb3-2548-48dd-930c-a03ea5e17f19', '2026-11-28 12:04:19.837363+00', 'CreateCredential', 'bootstrap', '01a2220a-c0fd-7ade-a49f-6028a44d6897', '{}', 1, '\xa9efbeaf6daa505691c7a23aee507be2124530b83d14b03184fb5e45abe977c6', NULL, NULL, NULL),
	('default', '39581aac-da46-4a53-91a5-3f6343565a7d', '2026-11-28 12:04:19.842838+00', 'CreateCredential', 'bootstrap', '01a2220a-c102-7a45-adca-14bb7766a174', '{}', 1, '\xc3231a1327df79f220bad0eb761007edb81d9edb141386035e92820580c3d00f', NULL, NULL, NULL),
	('default', 'bd5f9c85-db24-46e5-b649-77c944d705b7', '2026-11-28 12:04:19.852005+00', 'CreateCredential', 'bootstrap', '01a2220a-c10b-7866-bcad-a59e1c543b3b', '{}', 1, '\x9e950ecd86276175be11c46e6a959b525e9b9c1f8161ff095b8523b5cbf402f5', NULL, NULL, NULL),
	('default', '91488e7e-b636-4380-a852-a99c685d273a', '2026-11-28 12:04:19.859263+00', 'CreateCredential', 'bootstrap', '01a2220a-c112-78c3-8881-91ed8af65813', '{}', 1, '\x5bc029341b0e555159328ba7788e1670cda7d1163ebb048422dddda098843311', NULL, NULL, NULL),
	('default', '04d32e5d-8f30-4360-9432-9cdd75e0185b', '2026-11-28 12:04:19.86722+00', 'CreateCredential', 'bootstrap', '01a2220a-c11a-7bb6-a919-a5e4b567cf91', '{}', 1, '\x4099c937b14675fc3d448c7c6621d570a328b6558ea39b1614593589f3328ddf', NULL, NULL, NULL),
	('default', '45e46c78-6752-410a-a508-0b02d99ac664', '2026-11-28 12:04:19.874377+00', 'CreateCredential', 'bootstrap', '01a2220a-c122-7b9a-b4bb-04a83e7581f4', '{}', 1, '\x74d7754c0896a591113b395236ad772b5a6ffb49e90eeaeb03d30dae21514e39', NULL, NULL, NULL),
	('default', 'f56d37f2-2904-4174-bd73-26a8b14da749', '2026-11-28 12:04:19.880623+00', 'CreateCredential', 'bootstrap', '01a2220a-c128-755e-972f-2798eb38cd85', '{}', 1, '\x8ea742a12a68b103883408b7927be1d0528d4352903c9cd4af1f99638f19b9f4', NULL, NULL, NULL),
	('default', 'd89b6cc8-8de8-433d-80a9-c67def365e39', '2026-11-28 12:04:19.886965+00', 'CreateCredential', 'bootstrap', '01a2220a-c12e-7fe4-aae7-cebada2bc80c', '{}', 1, '\x111f7129866f7c9da6f01fbc161e184269fd3fb9002735a66fc1de0d15b282d8', NULL, NULL, NULL),
	('default', '8d332658-6ed6-4afa-b87f-3e976f9e15f4', '2026-11-28 12:04:19.891336+00', 'CreateCredential', 'bootstrap', '01a2220a-c133-710a-8423-cec587ae4bfe', '{}', 1, '\x82dbfcec230cf6101aa203c7ba7e8c1f8ff599f001c776bc4dae9c81b581fe7a', NULL, NULL, NULL),
	('default', 'f9dc9eaa-dbb1-413c-a10c-7aa5013d8af6', '2026-11-28 12:04:19.898971+00', 'CreateCredential', 'bootstrap', '01a2220a-c13a-7ed2-af28-8704cf5fd53c', '{}', 1, '\x6d7d6acd941087971847f8444031b676d5f644ad5f54e00c92fa0f1f582291e6', NULL, NULL, NULL),
	('default', '9bf1cdc6-3686-4f87-b678-9b62589d32c1', '2026-11-28 12:04:19.909149+00', 'CreateCredential', 'bootstrap', '01a2220a-c144-75d9-a8c2-f309f84c9e52', '{}', 1, '\x28082f6fc1e98aa9991a018241e594096a0749cc357468f043a6fb764829a162', NULL, NULL, NULL),
	('default', 'e83bb68d-bcc5-4a74-bbd5-7068cd75a3ee', '2026-11-28 12:04:19.916701+00', 'CreateCredential', 'bootstrap', '01a2220a-c14c-78cc-9d9f-2b9735780548', '{}', 1, '\x548f600cc8ab5fbba3bc4ed0ec62a234b14f61f931bae7559366a085cff46095', NULL, NULL, NULL),
	('default', 'a53875a0-99bc-47bc-8fa4-3154779118b0', '2026-11-28 12:04:19.922489+00', 'CreateCredential', 'bootstrap', '01a2220a-c152-7af2-9b4f-6312f4dcfc66', '{}', 1, '\xf1fbbc8df9ac283149637d073453a58261cd8df8f268bf4ab51307913222ccf3', NULL, NULL, NULL),
	('default', 'e9bae6ee-843a-48db-9334-e4172fc25570', '2026-11-28 12:04:19.93003+00', 'CreateCredential', 'bootstrap', '01a2220a-c159-72b7-ab48-a98e80068d45', '{}', 1, '\x6b662ae8c2791539ff9181c39b33ec8a7dcd57dc03b465add57d2725ff26fb6e', NULL, NULL, NULL),
	('default', '5a90ecee-bd3c-4715-b670-70c987da28ac', '2026-11-28 12:04:19.937267+00', 'CreateCredential', 'bootstrap', '01a2220a-c160-7ba5-845b-7f713ae76a74', '{}', 1, '\x4a3a69e361b30dcec1045e519dde041b781200663010d3c639d75ef90606a54c', NULL, NULL, NULL),
	('default', '35a6393b-b86c-41fc-b6da-33cd44c112d5', '2026-11-28 12:04:19.948855+00', 'CreateCredential', 'bootstrap', '01a2220a-c16c-7f9e-bb1f-20c8bec144b9', '{}', 1, '\xd4032789af9f377599325be2091b3c239e541a564dea3ab08490b384a6dca5d7', NULL, NULL, NULL),
	('default', '2cd4a88a-69ed-49c4-a6f4-584d30fffcbd', '2026-11-28 12:04:19.956009+00', 'CreateCredential', 'bootstrap', '01a2220a-c173-7012-ae2c-bb0068330867', '{}', 1, '\x44ef1025682f4e6ff0be22788ca0b0b3ef87024ca6f055a84c6edfd124d3b595', NULL, NULL, NULL),
	('default', '8eb44381-4169-48c3-b488-c35566524992', '2026-11-28 12:04:19.962099+00', 'CreateCredential', 'bootstrap', '01a2220a-c178-7536-8414-7f7a24745f21', '{}', 1, '\x228dc0364a26bd63d62507a46d246a137a3a8d81c539d4f8a969a7f3be426bb0', NULL, NULL, NULL),
	('default', '121933f1-2a24-4771-a70d-1272efb0392b', '2026-11-28 12:04:19.971159+00', 'CreateCredential', 'bootstrap', '01a2220a-c182-7a08-a746-4b7285ef7b0f', '{}', 1, '\x9efc7bcf6f48451ae2012cbf0afe5c936d6dd9db17253e83b2338a4f1e8c4028', NULL, NULL, NULL),
	('default', 'cf91c509-c841-4e2d-9e25-e77127d65310', '2026-11-28 12:04:19.978603+00', 'CreateCredential', 'bootstrap', '01a2220a-c18a-7869-a38b-964e94430000', '{}', 1, '\x95c7676c5b10db589edd13a2db2ee7ce3a9d821e1b846a8aedc54b42f5fd210a', NULL, NULL, NULL),
	('default', 'a83829d2-52dd-4416-8f95-37f4bc3edc62', '2026-11-28 12:04:19.99292+00', 'CreateCredential', 'bootstrap', '01a2220a-c192-791d-b4ff-d8f82054c686', '{}', 1, '\xf1eded25cec3c1447342a3205c8316067a28b8ebf1bfc9fbd3d2d372c3eeb63b', NULL, NULL, NULL),
	('default', 'f3b596e1-58cc-49ce-953c-2e434d5e4eeb', '2026-11-28 12:04:19.999271+00', 'CreateCredential', 'bootstrap', '01a2220a-c19e-7e1b-a1b4-736d3c92f1a1', '{}', 1, '\xbd83be08f16be20ecf9ba2f7612fbcefc5af86c417b91dc65cd2ac6912471a3f', NULL, NULL, NULL),
	('default', '02eec67b-581d-44f7-9db4-21876f0dbc86', '2026-11-28 12:04:20.010285+00', 'CreateCredential', 'bootstrap', '01a2220a-c1a9-7348-b675-dc3a6ed3d465', '{}', 1, '\xbee9cc2031bca4ecaba319d053c41c295ddfecb03fa012bb9b7fe75017f4c57b', NULL, NULL, NULL),
	('default', '4ab96b31-0d36-40f8-b214-6b94e0c60500', '2026-11-28 12:04:20.016213+00', 'CreateCredential', 'bootstrap', '01a2220a-c1af-7401-bc55-c455450f806c', '{}', 1, '\x84ead7e387fb5e52327da92c2eb6ecbe8ee40166956103097807c650ce6ed8a2', '18490933-ec21-4f9b-a4d4-5a746f9bc5b8', NULL, NULL);

INSERT INTO public.boxes VALUES
	('other-72bc27a', '01a2220a-c0ae-7698-bfc3-d3b531922d20', 1, 'bbe8c47b', '\x340458e55b78f37c05780a3d4c832fd153abb31af6e1bbfcb92bc4e866d8da356e9432dbfb377466615b487c878104e87d4df61a5da3e2385335d2b94d835b9dd0f0804204af081c3d4c01cfeef2d35743ede9c2a6ac4321e4a2ccce76612375740187b7bbf7a4a25c74470877b0a274d14344cb143278035236c29d378e2453882d8650cf21323ecb3e088e73a260a71d97c288ed7693ceb575055ab1b5255614f41f544c9e65ebffedfb6a89715c5666365ebb6c6cc019becc570fa40ddbb3fef85979ce8c3c539bfd6ddca252877dc9cab2632549a959583bfa38521567230f1d37a41963bb10888a34e5de9e4ea2ba1db7fa8e23ceca80c67683254eec4dee4ba7c4332b41098e417fb54282404e6a1b649b729194d31369c6dd7948d108f1a7289a287f5409fee6cedd83512f48', '2026-11-28 12:04:19.758238+00'),
	('default', '01a2220a-c0f9-7fd2-a068-b60eeffe20eb', 1, 'bbe8c47b', '\x5413e2a8f03deadd86f10bdc2511e7d88910891d18dc20eccdfa1c4747c92a08dd6758a69e05fd23ac8ecee934812e1e060a8136069ed2149952814b08b90fe39ea532d2baa7ef52896996aba70cf04fda28a116b118a967de6c7ec4dcde8c65ea36875125a68622527513906d88ff9085763f85e7304bf8c0dacd15e7958096bc8599b79e8e6c4ad8906752ab991ae49d9a7c95a8121d55ed111550beb3f8927672d37f25ed7d3a251761c47e02abd7c25eaf89915c34976f4ddabf3d9251d5ba235899910ef9923489f9967cc37a8c3450da8b113e4a0fed4d66a426ba40f43397eff365a4cc0af4824592f761ca3afd383edde56d812c03e36133478cf1dfc9d0f60af6fcc6cfe5d702c0fdb4d4c184ee53bcc237858616b2531ffee455728d1e9e79e84797ac6592cf3b7bcf896b', '2026-11-28 12:04:19.833508+00'),
	('default', '01a2220a-c0fd-7ade-a49f-6028a44d6897', 1, 'bbe8c47b', '\x428549c5552627a773c3a5cb95757e86768a87c68e0f2c426684fde8f825bb0949c8101c80eab6533c3491bd157b03f177244090af7c0fc7ed60e2b2ed3edfefd99c2983fc3dd3f4e96d419ae9e033a0aa44a7866f1e96647d7b4457dbb460b06675bb766aa65c438f1cd439a6cfa515dc100e68130fa710e20e5bd9aaeada4c712ce0de8a0dbfcfb5ffb091efbc307ebe9cc80f54988f32afa5b25661e312cea0eb4a8cecf2c0013cf7d4b0b55b3f9ee11e57c757a161b5e26189f7fddc551dd535e3011cacf3428bffcbcf1517f83c9a868a4519379c2ca959da45c27ca9dd62b96f61ba282d0e6b0927ca7083e4bac376c88e7474ea31758828eb4d20f4827f03dd46c85dc8fafb28f0f5f6087ca01cc74e1a472a8d7694503bbd87b7ab280e998306cd10333ac9e1ed8fbff532e0', '2026-11-28 12:04:19.837066+00'),
	('default', '01a2220a-c102-7a45-adca-14bb7766a174', 1, 'bbe8c47b', '\x9d32442f6d421d33ac35cb08607bd876269beb706fb672f85ef3d3f8a724ac0ff12cf665723f1bdf0a362a363c82aadaea245706c23da9c54d5e1f622a9a8542d02c837af7ec4c5bd951062a5149b44eb4e9a968cc07312ffffb859a83a853d3fec47441a273a119678116c3f79951908be100584af5a89a9ed70dea5fba350dcd6c56583534852cfe8c345058b91caf3cf249dc90dfcdd923a72abe3746f6b7544c2cb5b84e88ebd5082579f3cc7eff112dece0ed93687b95b505b55a2b0730180e61d0c5423029c19fbd7292b86d083d24a489d0914c481ef06afbdfaed615b4a772c42dcd8386bf599fa752a781e6163a1315eccc304292c45b59ba48174e652079036d2fa32733b2e5c2a9dc366740fe460089cfca9c3071f18856867ca204f5c5e57d93dd705159f59779e51180', '2026-11-28 12:04:19.842486+00'),
	('default', '01a2220a-c10b-7866-bcad-a59e1c543b3b', 1, 'bbe8c47b', '\x3f5f69ad61ed798c27c65d05c6206b879b9d8b40aa70779c4592a726e48c2f0aa2b7c840e3ce11219873dda1a66ae00488a23d024b16e891c4c4ca3356201187fc027968331484cd979361271e8a8a1648d690f571d519410df9cc5eda3979450c6dfdb6640d021948d9b35908cd316e033950a3a0863a0709414a01612f1365d64d80d1c477d88fa8377dbbbf5c96642de0e717715fdc6c964b4e99ed078cbe3bfc1ad92a16d76957dfc491656923c74bdf525cac4864f2cec4234f4df7fa688ccb74c57503a090b20b5558e49a6252558bd154f40212710f6fb07a38e8acd28185f8e819aa6f228f818187277ac175cf006f15874b83e2474db64214a8afc8cc3d75b4e666f0c0b700d6761bd662ccde526231d77c6be3c9fc5d65119971016fa983bb2d6b60a0ae94e62d67fd07b2', '2026-11-28 12:04:19.851561+00'),
	('default', '01a2220a-c112-78c3-8881-91ed8af65813', 1, 'bbe8c47b', '\x7c554b2872c524d77f4e429838a29e90cd87d885200e86b055a8905140cc371af20aac53b12e35b017e52d69bd134e8a93f5329f1aec4b4d1700fb0f1033ce0047a6ecc8b59cfc6a31fbf46f24c9eaf4353327bb1d7624b3a6d4bfa3b2e0ed1aba9e1347de8f2034d8bc65776e1831135fc3e0a37ebba717fcbf97fae1e9a3875466a33507252745eb75f50310a2b44823c35dd1cf6d1676a247ef9ace8d6b352f4af0f95fd791dd59babdbf3c9ad591ab7f06a954d2f69206b8772618284227effbb2c0b4b71d0ee928b3b2bf38f3768f1e4c997914ef371f3f7b8e346dfe3e243db313687928474008120a47ca9eb2cd84e423a79f12308f4e1254a2d0a618e10ced4de1a37e8ee6a79ea1430a9f455b7a38e87113b25bac5d79bc9d52b40a0d9592f99e6a85034d6374e9edc707b6', '2026-11-28 12:04:19.858947+00'),
	('default', '01a2220a-c11a-7bb6-a919-a5e4b567cf91', 1, 'bbe8c47b', '\xa9f15c413474f7741086e23dfcbd19130d07f7f834f8d3cd31e0e454251c7638feb55b523bada4db69d119a8c5f014edf330abcbd7520d6273c36bea43ac70b51e67dbe0bddd7f435f6d2a00d84ab8ffd46b4a77ffbbbcab7351e4ab724892cce99bf668cd644b71aacbcb349ac3ae6b0d3f9ecdb777a6cf7153c021a69feb52d48669a3c82131b1aacd98bd78621998e645124965ed47f85d4b23f1b5d01d9930e08b076375055e77534493ad9ce5a62c2a5e282629a5af8a13cde23101cb4aa0c3584a263e5156bdbfca04b029f94fd1d09efe40ed1762c787cd370cfa8055d4036b4639ef297a7b42ae6e5a2f3642de4783fc081f7b398bc7b50442ab37c5b086fbf05c6817722df3965e6899c371a980fa16f489f29868a8aadf28580dc1fdbefce18841e971f79aead4575f88c9', '2026-11-28 12:04:19.866893+00'),
	('default', '01a2220a-c122-7b9a-b4bb-04a83e7581f4', 1, 'bbe8c47b', '\x9d18bf6172e456ae20b5a000162a00f6ab5b209973bc00c14c2c465b42eac4695158b9ff5e0f26d8d4e6b69969a8f3e540bd822709c656846c5269b43dd52d6c6387170477e4c97e286005940fd39273ec26f781cf8f4716991ac75b6cbcb258dd4349c1b5d3b1e7f7cc302ef31b686341e2188ddd53ceacfbe5d931c7abe5305f93225c75d470187aa5e0830dc02e42ad9f3b026e382bd4a18c0d88f2efcd56487dc20d3d405977ca90a67a159905504b573fc1184c7030282a85518c6fb1cfde6c6794cc3ef372fe115fc3675fc93ae904104d9bb0111b4c42b0731fd099973ed391ec3d42f4e7c8202795e879dfeb17e8dfc4ccd9989f116a0e6972302ed9c8940f8e8482e482187cc4fad72c84694300b667fcf3b5b2145f99eb6dbc23f6b03c8da917388fe6000c89fcae9f4702', '2026-11-28 12:04:19.874008+00'),
	('default', '01a2220a-c128-755e-972f-2798eb38cd85', 1, 'bbe8c47b', '\xd6fe6e6aeaa339b2b0632fcd4ea5ab29c4e191cc824ace4ebf9aa13cea336b0c390604b41ee2b970312c8f7cc8656136bc74f3053a223a56fd5db457c58fc9c1eb935e6f526a121a2e8111c798e77f59f1fa83fd205d1901570bc216fa4769fc2bfeb77cd53e31fd059ef0cd78c0b30e3fc0b063984d9061d7c38018c7708a6770d52f354eeebb14a9430b9c1d126cba71198b56d70755fbeb275a274cd4951a444eb620fc115621da09cca5be1c4bd501d5fa3dd1912f85e13a79348514a77a5baa229447b13909d988c427bafc7cfa0f54bc4688163b98a2707369a78c253ab94b93a96f219fba2bda3dc04e762a3a6ae2e4eed2cba41d2a4ab3cd5fa6aabe34fa22ed17b2dcd2676393a8271e42765c2d1871e9dcc931d94e6db9e451c8569b72a82cce9edbca31fd11d121d6de36', '2026-11-28 12:04:19.880286+00'),
	('default', '01a2220a-c12e-7fe4-aae7-cebada2bc80c', 1, 'bbe8c47b', '\xe86b589e90897e5e4b3b77c1cb7d56b8e3c4af9762798c4a6e39fc4e5ba0466748da27e0a74d5f2cc82b66c4cb1913a830ed36dc468ad4dedaf448ab69fc636533336f8a967c50dfe59a98b0da1b8aeaeb2852d52b49ec0f858468aa4046ed0421832290db8bb8095e7a98099e0b65f71aa264cdbaae30c5ff8aab2f53480400f39b5bc15718ca36d940041f6d19ab785b4f8a586f598d67f29de02db46d090eff17537dc35058bc9153b5e1a3c72286ade1dd78151041e0ce873d0742c6b9c64b67387344c5d7471c8b066675448e2a55c9acc762677f5bacb219e6ff46c546c01100ea897e8ce8d46c803ea488b6b20dfe85d0a89f7b2371768efa8c786ef174ebc9cb61858775bbc998c1934cbd954fa2bbd16f5f684723365042def7a832d1b2224c715145af504f47790e234b4c', '2026-11-28 12:04:19.88658+00'),
	('default', '01a2220a-c133-710a-8423-cec587ae4bfe', 1, 'bbe8c47b', '\x4e7a9efc577207cd668dc02bec66a347fdeb94cf50613b89274435e33a20285451adf6fd9980dc0be47f20b9b93884d9c03af8933310bff906e7f919987943e50febbd0bb2e3eaef8fab1b8d28a85c1c01ff2516c4924af803a68736c325ccbadf734094a7fb6dbaa3b65cfec542c2af3f2608e5bef84cd8d148b0aa6e3a4d8f51197ae40ec52fc5a34ebf862f3b8397d5845438d29440c0e72417227a7e3450ff6d1dffda97fd0b205e742287c700badf97e5e020e3827367b935b16a85566f029f84739e58a51e59b4078b2f28017f4086fbaf9bab6318d2a8fdd9af4c1546dbfee53f4feda8bbe4bb115399a37d34dcece69ac3dfd2d0d0aa50f0f3cc86ebc9ce66ceded5b3b6ea8228a67d4b175c45c34c3214bc2b501f72a38f32e2c4ab4c463e88e8628f3e304f2a8a2c5fe591', '2026-11-28 12:04:19.891001+00'),
	('default', '01a2220a-c13a-7ed2-af28-8704cf5fd53c', 1, 'bbe8c47b', '\xd548af6eb95682353ee3e37244796c0abec356e1cae69ebeb7097bb80679927abf717a006b187988cd551a27dd0b750350d3908ba39c57f48d571d0578929c62912079441f6cbd1411061e9cddbb694d9204fa8a73c77693f234c6d748c5d2453e4e0aea1f544619d4c595ca6a6e0fa1c4530c4101941b9c29f64eab529223a9aad6036d2e01919ea757a7bfd5e20f533f3c6ddebd5a36194ae38e247dd3461879d8a7936f4f72ed92f55fd67d530d529119ed296cb73893566f31afa6802d903048c556c0220feaade4e48fe8af2ab0b904b5663324300faa35456d4f04e0635190d950fff50b689dde87e5cb3969bb2cec1ddd36feb1e9717a6594e89db7a23dac410a27b6e970804e28504d7c9f9e6d27dbf641b96493eaa72f374fd187ba89072afd4b08120f0dc7bae5a7d2d16a', '2026-11-28 12:04:19.898627+00'),
	('default', '01a2220a-c144-75d9-a8c2-f309f84c9e52', 1, 'bbe8c47b', '\x887c4843c2a351dc2d1392e3e4b2d0f58d44ecacb75595f212eea08ef339fc1bf0f3df86d2480de02fd7cfce9d7e23647af0c6c945d084e2d9342d016a7f5d776e48e790ccb80222b27cc1e720304ee8d7d1272f0e9970db2185e1d09245ec9d5d19a0c2e31bd7276de4dbf725962a5eb54dddb2f2fa884870849da6414eaebf1ea39446a2dee174ae438b4b5c7b61085d20a6e3f1f912b9e1d07ab122209b477504ca2b4978907cb6195dff035577f0267283f902edeafd013e54c53b2e9a5b106f7c6a5de7615f58d1503b8eb915fecb652df08155cd33d3e8d059ab661e9ea68ded31d37af992e8899d8914370a28a969950723f77fd19f566bf100e8d6745db57be0790e8210851ab9d814b3ebfd63cde0dbcab8498bc8b04495f6b936b58777c8641af580a17aeafc6c03bc8f8d', '2026-11-28 12:04:19.908788+00'),
	('default', '01a2220a-c14c-78cc-9d9f-2b9735780548', 1, 'bbe8c47b', '\x346d4632d56e792559badb109772e9c06e7c69160fb441c4c30d80d9bcc8b30de2cb33e0011ea250f721007539921e4d8aefe9701a3c7b01763b137e98ef23f256b6afa236b05754bc4fdc94d537f0dae86853ccd9abdb2b9f7d6a844d50fa38aca29b01f7fce38967e4506e9130e57a6a0a6898e5ea436838ed9eb4bb8707cf75f50f2ec34e7c23e13ebb3646eea3ecb10226eea7e402677db69a0c04a58cbfb01d0162d0cd71161ec0176806a31ff463f99e28add7a174471d40cd7dc8b1a1e9c3b824572f409f78347a02c6f052989f31d977dd9b5f1e16d89aa824a66f75313f8db00ac7fbfc96126eb880c9dd7ff4bef5253ef09ed307da0b1e8eccb8ba5364e1e13df974717d2e6b04d7d5ce3fde74c19e9a37ea9c611a9e86799aea703053bcc23d0034b5f71b923b132ed982', '2026-11-28 12:04:19.91632+00'),
	('default', '01a2220a-c152-7af2-9b4f-6312f4dcfc66', 1, 'bbe8c47b', '\x4628af2c4edb07561a62b3b4b5d73039df474cd7eb8ac7133cdaa7cff6d5336110ae480d031cccea7d5e405b93961c594b172dd4af2f8bbdb0acc29c690649c12e452c4a5041313f8d05b9cc9d1980e295e6e7e2692c649d3b5653a03f5438b84b334de7f63c4475ad854d8e2f9c80298f523a069526eac69dcf36908924cc3d290fe0027f136d52519c4830e2191d54fe3e38a652e1a6592e913b6c35d311053a308a8cb50011acad30fe8f534c024bfc2187e7e1c1f54ace4cab7fd532af51354a4f01521f2ab381aef1b3cb12f484ea59e40ac862dfefd8b7553e402368b44404fdc3546304ad272bcdade1ba72c9488e065b15a5fbbdb939f5d543af2208ab8240e65d384ad909c4e0635527a6c794cfd92943ffec14a28415b21b4242b35446dd43240ce804464329a1ab670c46', '2026-11-28 12:04:19.922125+00'),
	('default', '01a2220a-c159-72b7-ab48-a98e80068d45', 1, 'bbe8c47b', '\xf18883b3424f18cb6c7ca7a828347b8057be64a18a7a2515e8f3898ccbe16d1bc9b50859047e97bc17e9048f5f3ae384309b78475de96c54c608bffab7abd0ec82728c62a7fd6b86f1ee19791cd4401060ab37726ea61c8a0d50533391528793a872a8417c7f1e2f44551a6317903145215dedd9688fce4a697dadbf551615b16499ad63652c6be685560c17cf63882dcad3f61d1a560dfc97d97d922335b8b12edfed002468370ef97920dde198f2a34d78533eec51cb9bf3790e90582cb4a12110ebd46fbf754afec0f3ff2b0d82710b1cf87045b33d9301d9f89c8427fb361eaba81f4f165df20ed26c90283ec8c727dbb3fb7f21a3cf28c695774f1395e3febe24c749a5fbba60377d777db240bf0a4187db8478746c72af51e2021eaa6e160dc98e21c86547953b74df5ad22ea0', '2026-11-28 12:04:19.929658+00'),
	('default', '01a2220a-c160-7ba5-845b-7f713ae76a74', 1, 'bbe8c47b', '\x9e55840c3b28448e05095e429d8c984fa5106c9a7c46eed4c276fe60580fea7d4704eb5ac4c6cbe70744475d1b2e8afcbd5dba0c32b4afbcbf4ef35029024d0d248596645b5986c56b7179494f40fa04fadf405ee9caa9331e97c6d19b49b842a13d55f639e130ec1cd0eb0dca816c9308e3029de3128e5316652f8042fbfd24b38a6034f2303a5e002890344b3a67af245dc0855492b470172be88f5c13dcb66b635202b2beb3178bf688a49bd60639cf18c2d5a0b5dd20129d13fb21d2103fcbfb5a18c6b251cb3546f8b6f563f49d4ddbcbafdf3872ec5c5be84b18366d172604331fa76defa9b4dc3b217596f414fb13c9ead3096926a5afdbe725124b522815772cfd65c2e3fff8b14eebb4bdbe96d28b7e9c5c37cd97568c64869c3441d910068c09e7f9bd04f8f19718bf6ede', '2026-11-28 12:04:19.936844+00'),
	('default', '01a2220a-c16c-7f9e-bb1f-20c8bec144b9', 1, 'bbe8c47b', '\xcd2a2bf98090a85b05a3847f0f667e81e61c200154938a7a9098f5ad9c8ab936b21c30c3e5ef60a14505c52c87f350830e2c146dc5e9b320d2b0c138e832d8e7b4fd9bfec6778baa223a0035f75cab14821f866e22eca188cfb62e8403bc3bebab0a3122e9d6fc64e061c9acd76ee11fee3b58e90ee1d384426c6051b8bf5d2eecc0e9ae725e64287b67be53afbb2d75717bfa56ad89158a34ec433bf3e813ebe0b4a87aac95d4b2c227d304a89ea34ea370a523c3df929e3d69fd7a2a16910b41a19c444e72c11c1fc5d958256b06db3b5fbc9fbe6b61484ea84a39bb59788cadb927a59c0278cbd1fc701defab525bb1fe89621ba03ff1aacaadbc01e5d8e168b21f399c47b0f19f240b145afccf457945e6ba439dd20e2a534adb04f42acd7bcd71516c19bfb1b983ab9d9eed431d', '2026-11-28 12:04:19.948433+00'),
	('default', '01a2220a-c173-7012-ae2c-bb0068330867', 1, 'bbe8c47b', '\xfedb97b14d9a187db6ce46faf992c07fdae18191756889f72b4716a9a10f5e553b681c343bd1c75235b27f0e7932ccc7e927ebb6e23574bdb75c2425a0e017e52fc3536b9dfbf25f88fbc81571a59e140172320e1d8af7576658533d1882563ca8b15685b83178c83b7d91c4f0dee669adc29e53e6f1c2a9bf09e7bc9175f05c8d0a7a1eb8899f7f74bb80d13a12cc1690b71fe7d054c0f88035efc2e69c7ec6ceba2d29fc7ca9833e10933b64626d454e31805c96beb31d2265c1c4ec1413d7ae2e3db2badfda43e779327e34c85730dc7e76867d2f757f93e90e50cf17bf5e55ea801023e12c5271ca1724cdbfa3846aa70c80e104e9bac2e603fff91a912c6472f792689222d0156a75580ca9928d7973ce633d34769b2bef5677b62092202ab8c63dc9e8037f80f642a454ea6835', '2026-11-28 12:04:19.955634+00'),
	('default', '01a2220a-c178-7536-8414-7f7a24745f21', 1, 'bbe8c47b', '\x20cc67d86fc47b02c31d827c6ea2d545911ad1fbf3a1ff7a8633f1cbd4d7b6351152e42fd7b44f5d117f6618a541eeab0d17b48e28070b145a3931247d4660f6bd71ecee56026a197308b5ca19dd49a0ee37cb6efdbff1a53e5a47f7f6e0d461c6ff36982f7b5cd0e5f706891c9546d479ca6c9a91957e25eaad1762d4a01807f544c27e92d71fa64f42a75654258738842eaa96da96a9a193b82131250280d134844eb1af41952eead22204f43d4ae7da592b2c3ae7ed69eadf09b54db0065176bea1e81f49777000253f7f51de29c82501d8a3ce1b57f29cac20cba1f4135fdb5ea0be1a4278979c31aeef6da5edfd55f4db6b8a8f124dd58c5034de4b930598f31c9ea64c726672ec698823e1498f5d8fb5d46bcc54d15bed2a07425db1647ca55697830221a297da330dea11442c', '2026-11-28 12:04:19.960074+00'),
	('default', '01a2220a-c182-7a08-a746-4b7285ef7b0f', 1, 'bbe8c47b', '\xbc63492f367653da7c788b457c8f32f12ef346cc5a3b08afbf8b1bccd5518872aaee201f0af0d286cdba6c4f1338eb9e2478078d3ec8d8c17184adb393f9d4b1a7658840a915f5db1afabe1b04b05da1311a038b553128f5b3b038e02d43dd8dca899e0021889d253f4249ca524a3aff3dcacf6f8a6b3c08b84d42c763a1df229348e2448dfe91c751410625e87766eab0441be27a062598ffb3bb6bf5ce0a5fe50237fdfcea7722ee390cb16131b58c4573654a6d93990fc49a0f236b5a45cec4f4d08ac4531e641c89dbae30f0e2d104a18ec224c61442c6c8894073af584033c2e43b8a0a230e632851fbffb739d148b0b9c49b32a4ef26ad3f61806f3dc760a2ba74f0469ce001f30ee1653e3bea621efcdc5a47646b88babe20d59bb598a7214c7fb8a96ac67f23da2ccb3e1ae3', '2026-11-28 12:04:19.970764+00'),
	('default', '01a2220a-c18a-7869-a38b-964e94430000', 1, 'bbe8c47b', '\xe891c351560b70999c838208bb5041ebe4186fabf2fecc605486d471fd00827ef93c886211708491e72a5c764f0af695c9ddf36c3d13c4c3f9c186786b4f51da9bbd3ddb4a1cb5090c516f578f61c220818b2abecdef7ae71211887a2ad3f701f772b6559118e4fa160e3f4d2739571a9ecde4a1288422f39e300fe88f73063c0a39e401c0614d5c975b2d6359ad0be451b7cadbd788f6f7563a6cc563e6eebf437260b0b2b59d5c6920ac854a46e9e5c87d7fad3d43f4adc4c895ba93ffc608cb8d6c2e8ccdf80bc06730b25c101f1e23f431ead7f32e6244725e9f393d0b922fc122a7f45895cbadaa3882be0a9aabb08cf76265d9f5da3584766b133882191cf7ddbe6eaf747f54351346718aa5ed9a4f567e67f7673b37cadae60f567d7746e8fb64a1bef193514d763669d0d69d', '2026-11-28 12:04:19.97822+00'),
	('default', '01a2220a-c192-791d-b4ff-d8f82054c686', 1, 'bbe8c47b', '\x0807baed681d59e08fd5b783644d34f2df8f8331477bcd325b3f0a5550e8fe6e24c4aaffe3e08d4feeaa99fd3e6e0740937015951098c7e8d29181a5ba1bb75421b714d5b1a79d4dc82d0a890926774dd81ad4bef65acbc4743aef952427f84036be05aaed6769da089c2ef33c55acb5a106cc761d035c9340c510a35dcc9e572bb8f3ea59083464e68b004423995879bbbc32203befb8c682dcdfde2d59c5ed0dbda40db681d0f41c5b123aebf7216faab76a637307d78e98127ab2247ff4e61c57e7497e8bf7213c096b0ed4863c1d4e84a8b71d134666e58cb8f6aa125e3299475d2d62657739ce268d8145252d0e21408e19764262c59889c491626e482d2e24a335052e6e2c3996093fafc22f6f075963c176d8607db0521dccfafd5c8ccd17a4712c88e50941b0cb2ae21a02d1', '2026-11-28 12:04:19.986755+00'),
	('default', '01a2220a-c19e-7e1b-a1b4-736d3c92f1a1', 1, 'bbe8c47b', '\xcfa27d225b24db04f3582c9cb94beec3fad5606ab885fe103c34a8dddcd82f5b84681b5f21680de4c174c53a44ba797ac6db25b086b44e0fc4ed0c2c387e03c3340ae85a98729bc5841c973d115c41b1838eef443dadffff844de18d4b8a33d26030006b558c55649e5319c61e2ab02f1c2f8870c71bd3098b9d1a072817dcce2cf69c1c74cc5c119a210b32cba71edc6e5f01cfa26c957925b4a39beab8cb670b5867c820a992111004af13c315009a3fc1a8f76318f9bb762deaedf4ef98c009a9c304a44b9c8641781c13d580e66cac043e5cc0a7849ed22fb6f005f9833cf24eb8aabf2824c7bfb4adf0ea7349f5e5095a58d219624a3d6d21e0f4ff740ec580c7b24787a231a6f915946dec90025cda0072ea4e96355785b4de2c99b9a613935c32723881cbcc3d14ed23fee1a9', '2026-11-28 12:04:19.998976+00'),
	('default', '01a2220a-c1a9-7348-b675-dc3a6ed3d465', 1, 'bbe8c47b', '\xbf2329f1acb70a9688cc988e8c622adfa7b64e772d93262531318098e5171824e3045cc29eff9926fe7c02344cd21640ef23d98ae00301f3b7e60e296b7b94f302e8d680e76897f7c4ef7ad7fd563257b697de9b1519cdbae336c404fe362ed1fb7849a8eb710790f9fbb93c28a33747c52955d57033d0fe03172faa261ad62b35954bebc053a8455fb19240ca8817801e220c4f36d9d8e643e7a8c5973063536c66473add338435d93d2f4a08a495684f7b383657f6608ac18bb1e475aeb671c5fae2642cd1c8be2faf24676c5cf396d85c49b2914eb7cb1777fda0656a6ad199a4ad821e24902552a2d8752d57cc5c7c2c2e00fdbec5f799a37149ffa2a4e9e91c6f1e676390c186d2f2c064f2648d972d89da8d569bca3247cf83f97cdc73a3ccae337cdaa4e04db9b00f3a0984c7', '2026-11-28 12:04:20.009803+00'),
	('default', '01a2220a-c1af-7401-bc55-c455450f806c', 1, 'bbe8c47b', '\xdd6dc27d241b0589a51fe2ac3ae08f49c11274f6f4f090dfb27ffb620ab12461c63b066904e8d2070cc98c5d1d46510a7c0c72c530319ee11189e864ba4524a5d5268bf3eb4abe45bd697064bd3eb3c19fac0101982172697069066bfea7792046e2155dcea42a416171db458111b3b8c4ca64abe82db00fd3c4161c0ef4fce94427d42784f490e9faf084782ea8a82007845b279b0661f167ba532f5b0ca0b79b8ccb5c66899c63599d43bcc7326dc5defbb7c6cc63c0ec391de4d8321911f8bc3d639a6817633184590fb396ad3c62bd249991612c767c4013270bdfbfb996e2d1d212508db52acbe4a5a29b7b289ae77e78544c2f336bad20ce5683c30d15b28a51fba57f0bfdb442c268094462dd75cfdb2152bfd67c794609fae4995f3685077c4984c7394ae183d28e377a4115', '2026-11-28 12:04:20.015855+00');

INSERT INTO public.credentials VALUES
	('other-72bc27a', '01a2220a-c0ae-7698-bfc3-d3b531922d20', 1, 1, 'text', 1, 0, 'of the other organisation', 'of_the_other_organisation', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xa0fc85170264adb3d5e18b9d56d9617718761499866c09f06f29d3c11d8e8b95', '2026-11-28 12:04:19.758238+00', '2026-11-28 12:04:19.758238+00', NULL, 1, 'ba6fe10b', '\xfe0c3f7ce0f40368310b52641fe181cde83507d3ab214f18843fbf2a8a25ce3eb886d61aad5c0884dff1fc847e3b636c40ec1129e2cbc17a1312b1d38909f00d', DEFAULT, DEFAULT),
	('default', '01a2220a-c0f9-7fd2-a068-b60eeffe20eb', 2, 1, 'key_values', 1, 0, 'native key_values', 'native_key_values', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x3d0871d14475a9c66cf9c353bc782a393e0f9978ae49f89e2a8ff4d334ef8f25', '2026-11-28 12:04:19.833508+00', '2026-11-28 12:04:19.833508+00', NULL, 1, 'ba6fe10b', '\x2f399ae72afbc37085752b833a2d7021dea041f896597fcb42e099d580afe00c3cff46cebafbc9a93d2d031383d1e2d5f1a0c7d07479c8ffb9642840e8d17b0d', DEFAULT, DEFAULT),
	('default', '01a2220a-c0fd-7ade-a49f-6028a44d6897', 3, 1, 'raw', 1, 0, 'native raw', 'native_raw', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xa9efbeaf6daa505691c7a23aee507be2124530b83d14b03184fb5e45abe977c6', '2026-11-28 12:04:19.837066+00', '2026-11-28 12:04:19.837066+00', NULL, 1, 'ba6fe10b', '\x6286e7a80066486ccfc9e3471c9e4b88379cf9d5eee1516bc6a71669f5807e2219f838c077968ac1f15b2868dc15f3eef760b921fee2275f2a4391ad4fdbef06', DEFAULT, DEFAULT),
	('default', '01a2220a-c102-7a45-adca-14bb7766a174', 4, 1, 'basic_auth', 1, 0, 'native basic_auth', 'native_basic_auth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xc3231a1327df79f220bad0eb761007edb81d9edb141386035e92820580c3d00f', '2026-11-28 12:04:19.842486+00', '2026-11-28 12:04:19.842486+00', NULL, 1, 'ba6fe10b', '\x00a193d897ca977662842dd622e74af23cb1719daf81a7fb51988c2f5b2b345c31ffc645a82a7536bfd5969a4be348c7d69164776e497582854a32a3ca770905', DEFAULT, DEFAULT),
	('default', '01a2220a-c10b-7866-bcad-a59e1c543b3b', 5, 1, 'oauth2_refresh', 1, 0, 'native oauth2_refresh', 'native_oauth2_refresh', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x9e950ecd86276175be11c46e6a959b525e9b9c1f8161ff095b8523b5cbf402f5', '2026-11-28 12:04:19.851561+00', '2026-11-28 12:04:19.851561+00', NULL, 1, 'ba6fe10b', '\x8d772c7bfab597bdff7a74f9671e67bfdb373dc118137765cbde20821bedb85879b9a88f7ce5bf8855306e26326ef915301020dd76b9ebf19dfe7f346daffb0b', DEFAULT, DEFAULT),
	('default', '01a2220a-c112-78c3-8881-91ed8af65813', 6, 1, 'api_key', 1, 0, 'native api_key', 'native_api_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x5bc029341b0e555159328ba7788e1670cda7d1163ebb048422dddda098843311', '2026-11-28 12:04:19.858947+00', '2026-11-28 12:04:19.858947+00', NULL, 1, 'ba6fe10b', '\xd470ae747572b567cc5a7b38c166c6324750b7ccad6d5d4755e8993e356fe916770c35d10b3c8b2ce0f36e71199723aad0bbddb3899b2ceb475b0f3b2702100d', DEFAULT, DEFAULT),
	('default', '01a2220a-c11a-7bb6-a919-a5e4b567cf91', 7, 1, 'api_id_key', 1, 0, 'native api_id_key', 'native_api_id_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x4099c937b14675fc3d448c7c6621d570a328b6558ea39b1614593589f3328ddf', '2026-11-28 12:04:19.866893+00', '2026-11-28 12:04:19.866893+00', NULL, 1, 'ba6fe10b', '\xdee5d1137bf9311208e7f161fbde41bd96aff86d06531ebb377458f9a7c7c94d5ab3756b51bbb2988e2ede6510cf0b6cdc9977f8adcf63e79e297fd2a9acd10f', DEFAULT, DEFAULT),
	('default', '01a2220a-c122-7b9a-b4bb-04a83e7581f4', 8, 1, 'client_credentials', 1, 0, 'native client_credentials', 'native_client_credentials', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x74d7754c0896a591113b395236ad772b5a6ffb49e90eeaeb03d30dae21514e39', '2026-11-28 12:04:19.874008+00', '2026-11-28 12:04:19.874008+00', NULL, 1, 'ba6fe10b', '\x567ff9fd7f7d06cf39a2c90a26892b85b4e5051d86fdf228ece0cdbafcea1ad7bebae49828a162dea7de78079ab728edf6de33fde1a8d5d59444ddf064f9cd07', DEFAULT, DEFAULT),
	('default', '01a2220a-c128-755e-972f-2798eb38cd85', 9, 1, 'access_token', 1, 0, 'native access_token', 'native_access_token', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x8ea742a12a68b103883408b7927be1d0528d4352903c9cd4af1f99638f19b9f4', '2026-11-28 12:04:19.880286+00', '2026-11-28 12:04:19.880286+00', NULL, 1, 'ba6fe10b', '\x6e7e0d431afcc3fafb9c1211e21726a64b7721a8012363902df6dbfffef500774ca14a2343787a72b9ae3228cdb7525aef5bc9c49f913e7ea3674f830ca3f404', DEFAULT, DEFAULT),
	('default', '01a2220a-c12e-7fe4-aae7-cebada2bc80c', 10, 1, 'json_document', 1, 0, 'native json_document', 'native_json_document', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x111f7129866f7c9da6f01fbc161e184269fd3fb9002735a66fc1de0d15b282d8', '2026-11-28 12:04:19.88658+00', '2026-11-28 12:04:19.88658+00', NULL, 1, 'ba6fe10b', '\x9375309fcd29fe37cf6b660d6e24d3bc653dd8aa599477ce3f52e864388fe7587964bbbde1ea018b4e5d7c7965ee786bbe07d216c2923628b6cec5058ce8a00a', DEFAULT, DEFAULT),
	('default', '01a2220a-c133-710a-8423-cec587ae4bfe', 11, 1, 'text', 1, 0, 'native text', 'native_text', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x82dbfcec230cf6101aa203c7ba7e8c1f8ff599f001c776bc4dae9c81b581fe7a', '2026-11-28 12:04:19.891001+00', '2026-11-28 12:04:19.891001+00', NULL, 1, 'ba6fe10b', '\x8c91c1f1e3635e3d1faa0825b29fe6a82d286e1a32f2a972312e6fa92e7c5db303e374298868ef029592652bc55ccf1a7927b8735b3a145f19b4962457cd450a', DEFAULT, DEFAULT),
	('default', '01a2220a-c13a-7ed2-af28-8704cf5fd53c', 12, 1, 'jwt', 1, 0, 'native jwt', 'native_jwt', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x6d7d6acd941087971847f8444031b676d5f644ad5f54e00c92fa0f1f582291e6', '2026-11-28 12:04:19.898627+00', '2026-11-28 12:04:19.898627+00', NULL, 1, 'ba6fe10b', '\x7c239742fc45c2bcb98d41edb30ec3366c9377da6c3957d38bb0b4fe170af6fd595502a3a0f2bebc5eb5bbefa94a1e4e8ffc402d9cb7535502ee26e94a5e3000', DEFAULT, DEFAULT),
	('default', '01a2220a-c144-75d9-a8c2-f309f84c9e52', 13, 1, 'oauth', 1, 0, 'native oauth', 'native_oauth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x28082f6fc1e98aa9991a018241e594096a0749cc357468f043a6fb764829a162', '2026-11-28 12:04:19.908788+00', '2026-11-28 12:04:19.908788+00', NULL, 1, 'ba6fe10b', '\x1f2e42a0a946a5ad0c6c694da4ffae0eb99e53b9ef9a2fed2e7cf548e2fa58a7ae58e5c42fc5a511d841fb0a1b2b47a684b7c662c81ad85062c9b8302fbdf708', DEFAULT, DEFAULT),
	('default', '01a2220a-c14c-78cc-9d9f-2b9735780548', 14, 1, 'aws', 1, 0, 'native aws', 'native_aws', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x548f600cc8ab5fbba3bc4ed0ec62a234b14f61f931bae7559366a085cff46095', '2026-11-28 12:04:19.91632+00', '2026-11-28 12:04:19.91632+00', NULL, 1, 'ba6fe10b', '\xcd5ee801e795b07e99acf28bcf3e3e17a39264428b12e61d28480b8f0050346ea1aec8c784cb9995a1116c746d0194fb9f0c796eb70a80eece9ff04c89be8301', DEFAULT, DEFAULT),
	('default', '01a2220a-c152-7af2-9b4f-6312f4dcfc66', 15, 1, 'mtls', 1, 0, 'native mtls', 'native_mtls', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xf1fbbc8df9ac283149637d073453a58261cd8df8f268bf4ab51307913222ccf3', '2026-11-28 12:04:19.922125+00', '2026-11-28 12:04:19.922125+00', NULL, 1, 'ba6fe10b', '\x14330338788defcb589d9b23ca228017214cb162057c2cc8350d9906d9c239b0ed46eb953544cf2ecb655590cf23b9b8a883c08c5d861df4173285886bd4800b', DEFAULT, DEFAULT),
	('default', '01a2220a-c159-72b7-ab48-a98e80068d45', 16, 1, 'http_request', 1, 0, 'native http_request', 'native_http_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x6b662ae8c2791539ff9181c39b33ec8a7dcd57dc03b465add57d2725ff26fb6e', '2026-11-28 12:04:19.929658+00', '2026-11-28 12:04:19.929658+00', NULL, 1, 'ba6fe10b', '\x29de75dcf50401fbdcfbc22ac11cb6b0d8a030a0539060222e0c28a8cf352520d70497a2920105dd88f03afc1e35918939753075018dc4d7be2c9546f843b400', DEFAULT, DEFAULT),
	('default', '01a2220a-c160-7ba5-845b-7f713ae76a74', 17, 1, 'multi_request', 1, 0, 'native multi_request', 'native_multi_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x4a3a69e361b30dcec1045e519dde041b781200663010d3c639d75ef90606a54c', '2026-11-28 12:04:19.936844+00', '2026-11-28 12:04:19.936844+00', NULL, 1, 'ba6fe10b', '\xaab19c0e3837cb520a87fa510aa63fc7eccce0b5da3fc98939126a30bb190befc9dd0bebb3b1ef902694c80adc4dc1f3bc83738911368c730b778a4a62bcdb07', DEFAULT, DEFAULT),
	('default', '01a2220a-c16c-7f9e-bb1f-20c8bec144b9', 18, 2, 'key_values', 1, 0, 'vendor key_values', 'vendor_key_values', '', '{}', '{}', 1, NULL, NULL, '{}', '{hidden}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xd4032789af9f377599325be2091b3c239e541a564dea3ab08490b384a6dca5d7', '2026-11-28 12:04:19.948433+00', '2026-11-28 12:04:19.948433+00', NULL, 1, 'ba6fe10b', '\x57642d09a837f752fba6040c0cc4ab811a47ed37f9eea1815e21f05605e57d53d313e12c1f72c4ec5a3013785192b4d0b9f6f09f5c35bca0c66e97b693948404', DEFAULT, DEFAULT),
	('default', '01a2220a-c173-7012-ae2c-bb0068330867', 19, 3, 'api_key', 1, 3, 'vendor api_key', 'vendor_api_key', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x44ef1025682f4e6ff0be22788ca0b0b3ef87024ca6f055a84c6edfd124d3b595', '2026-11-28 12:04:19.955634+00', '2026-11-28 12:04:19.955634+00', NULL, 1, 'ba6fe10b', '\x9699e5538f6a411290444a9430ae9cc0b319cd99844877346125f3d176105b62c84d31bfc0720d6595f10eccf19603d9818127dbe42600880ae4108d02fc5602', DEFAULT, DEFAULT),
	('default', '01a2220a-c178-7536-8414-7f7a24745f21', 20, 4, 'aws', 1, 0, 'vendor aws', 'vendor_aws', '', '{}', '{}', 3, 3, 2, '{4}', '{}', NULL, NULL, NULL, false, '\x0802122466353530653731362d656663632d346639662d383066612d6564623439333633323234391801', '{}', 1, 1, 'bbe8c47b', '\x228dc0364a26bd63d62507a46d246a137a3a8d81c539d4f8a969a7f3be426bb0', '2026-11-28 12:04:19.960074+00', '2026-11-28 12:04:19.960074+00', NULL, 1, 'ba6fe10b', '\xdca742e87c2bf5282e9b5274cb29fae319eb480088fdd9883db025a3137d57dd79622ae756a1126aa1da55b7a156901abb71419e924b69fa02d0fe7639862b0d', DEFAULT, DEFAULT),
	('default', '01a2220a-c182-7a08-a746-4b7285ef7b0f', 21, 4, 'http_request', 1, 0, 'vendor http_request', 'vendor_http_request', '', '{}', '{}', 1, 3, 2, '{}', '{}', NULL, NULL, NULL, false, '\x203c', '{}', 1, 1, 'bbe8c47b', '\x9efc7bcf6f48451ae2012cbf0afe5c936d6dd9db17253e83b2338a4f1e8c4028', '2026-11-28 12:04:19.970764+00', '2026-11-28 12:04:19.970764+00', NULL, 1, 'ba6fe10b', '\x77634cd9eadfc1049900033c72c0a5ffa291a79893830a5dea01d521a2c2531a48a288b824f1cbdee487961f2bd16435d16b702f376c3e426e3f33b8b1ca4f02', DEFAULT, DEFAULT),
	('default', '01a2220a-c18a-7869-a38b-964e94430000', 22, 4, 'text', 1, 0, 'live', 'live', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x95c7676c5b10db589edd13a2db2ee7ce3a9d821e1b846a8aedc54b42f5fd210a', '2026-11-28 12:04:19.97822+00', '2026-11-28 12:04:19.97822+00', NULL, 1, 'ba6fe10b', '\x35158d1afc2727e7c8da06fbd3299c355dcfd097ba284fe87908ad34253d35f4d38bc22a78b4f46b47bec2a13fa6cb6f348b9ed9f2954730278e5ba31146fd04', DEFAULT, DEFAULT),
	('default', '01a2220a-c192-791d-b4ff-d8f82054c686', 23, 4, 'text', 1, 0, 'test', 'test', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, '01a2220a-c18a-7869-a38b-964e94430000', true, '\x', '{}', 1, 1, 'bbe8c47b', '\xf1eded25cec3c1447342a3205c8316067a28b8ebf1bfc9fbd3d2d372c3eeb63b', '2026-11-28 12:04:19.986755+00', '2026-11-28 12:04:19.986755+00', NULL, 1, 'ba6fe10b', '\x9edefcfc61af365a52498b94024aa53587f877979b152d61c61041ce45d040a4a8ac6ce573324e5bb338e2c5ff9ca4eb1dbf74d7dd7689944e580c09aefe2703', DEFAULT, DEFAULT),
	('default', '01a2220a-c19e-7e1b-a1b4-736d3c92f1a1', 24, 2, 'basic_auth', 2, 0, 'invalid', 'invalid', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{basic_auth.password,"is required"}', 1, 1, 'bbe8c47b', '\xbd83be08f16be20ecf9ba2f7612fbcefc5af86c417b91dc65cd2ac6912471a3f', '2026-11-28 12:04:19.998976+00', '2026-11-28 12:04:19.998976+00', NULL, 1, 'ba6fe10b', '\x87acfc2ce942406fcb06c3fdcf06411489537ebfd8a33d4230ab8e58454808e8ee7a0f0645e8b7990a966cb5db6f7428d5996697ae59389ebc557de696989f09', DEFAULT, DEFAULT),
	('default', '01a2220a-c1a9-7348-b675-dc3a6ed3d465', 25, 1, 'text', 1, 0, 'expired', 'expired', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', '2026-11-28 12:04:21.003918+00', NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xbee9cc2031bca4ecaba319d053c41c295ddfecb03fa012bb9b7fe75017f4c57b', '2026-11-28 12:04:20.009803+00', '2026-11-28 12:04:20.009803+00', NULL, 1, 'ba6fe10b', '\xecd7490e5bc9c66591a80f6c51cac8264577a9a39582f70d691f9c1dd46c889b25cb3b820733ca6d53f5db86d559f09a5359e85510f4c7a965ac3cdedfcad209', DEFAULT, DEFAULT),
	('default', '01a2220a-c1af-7401-bc55-c455450f806c', 26, 1, 'text', 1, 0, 'replayed', 'replayed', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x84ead7e387fb5e52327da92c2eb6ecbe8ee40166956103097807c650ce6ed8a2', '2026-11-28 12:04:20.015855+00', '2026-11-28 12:04:20.015855+00', NULL, 1, 'ba6fe10b', '\x47fc7b09ae01b818c9fd868296ed10056a8abc4ff7757768ec61d1222b9fd94e943f1df106874930e20b9af112f0c92c375b58c255891e1bc7518bb3daa9c204', DEFAULT, DEFAULT);

INSERT INTO public.folders VALUES
	('default', 1, 3, NULL, 'outer', 1, '2026-11-28 12:04:19.773669+00', '2026-11-28 12:04:19.773669+00'),
	('default', 2, 3, 1, 'inner', 1, '2026-11-28 12:04:19.778105+00', '2026-11-28 12:04:19.778105+00');

INSERT INTO public.organisations VALUES
	('other-72bc27a', '', 2, 0, '2026-11-28 12:04:19.690706+00'),
	('default', '', 4, 2, '2026-11-28 12:04:19.34095+00');

INSERT INTO public.request_ids VALUES
	('default', '18490933-ec21-4f9b-a4d4-5a746f9bc5b8', 'CreateCredential', '288cdda3', '\xf9e5f4bf767cb2baeb53577d140f5a126efdef869787e345a5fe98f84a6b18db', '01a2220a-c1af-7401-bc55-c455450f806c', '2026-11-28 12:04:20.015855+00');

INSERT INTO public.schema_migrations VALUES
	(1, '0001_initial.sql', '\xaaaefe138da8b0d3957f9a72b75a0d4d6c4294dd0526e28a18a77d718127ac59', '2026-11-28 12:04:19.236001+00');

INSERT INTO public.sealing_keys VALUES
	('bbe8c47b', '\xac18c88f8012aee376610c276de7b481fab1cade32bbe45013911c274c581d74', 'active', '\x25543e6fc073c43c81d29ce2197468d328a024628e0fdb55169f3d319aed8b21b46cbaf2a2368cfc5fd4ad48eee1b76e3e7eb9aa0b1660d90512f489e0a26ae7b3f6c88cada8509422e1ad2138f9b590e3c26446066a46fc169a9b2e7b9080e94f655118b9162df8dc12da6a755a07ca7b383fe98b9116000307f54a46dc447b2cb8f5ceea7b4c36e36e9e81c1dd44fdb611c8da361e1bf44c7405a13becf298cdf51bb83f0b1c68f0a54e5ed61b5b5b0f0aab3823e43f448a48a0e6ebfd1d5393768d99b8e0db8a302be9d038c2e163cf9579ddeaa4270ec62a566d9546d8ff7e66b9bc5d2bb1891f69149e139bdae2774606233ba435d12e6e4882e4130df8cd452f04f6442d2cdc82a0a45c9a086521be6183bb939d1cadf746fb3367c83b0797d547dbf3416a4a74e0bf5cb0a01f', '2026-11-28 12:04:19.334895+00', 1, '\x60ee9a7b53b50afbd56f5d02180a28a06d60287e4a6da7c3008bd7de2b6825e788114314c25e0a365f9f866c6ae71c1522653cbcfca31d6ef48d78683469f008');

INSERT INTO public.signing_keys VALUES
	('ba6fe10b', '\x3bda6430cfab82732faed73b8b7321a757620658e1a36cfb0bb95acdaef8cb4a', 'active', '2026-11-28 12:04:19.334895+00', 1, '\xf43d2def7cf4560db215c158f0c220073adb6438d95ed752a2dad1769c427284bcc75ded70a78687e4d12b7355c0356f1ae7dc81aa3ea65af123eeb00c76340a');

INSERT INTO public.teams VALUES
	('default', 1, 'Team 1', 'team_1', 1, '2026-11-28 12:04:19.34095+00', '2026-11-28 12:04:19.34095+00'),
	('default', 2, 'Team 2', 'team_2', 1, '2026-11-28 12:04:19.34095+00', '2026-11-28 12:04:19.34095+00'),
	('other-72bc27a', 1, 'Team 1', 'team_1', 1, '2026-11-28 12:04:19.690706+00', '2026-11-28 12:04:19.690706+00'),
	('other-72bc27a', 2, 'Team 2', 'team_2', 1, '2026-11-28 12:04:19.690706+00', '2026-11-28 12:04:19.690706+00'),
	('default', 3, 'payments 72bc27a', 'payments_72bc27a', 1, '2026-11-28 12:04:19.768549+00', '2026-11-28 12:04:19.768549+00'),
	('default', 4, 'friends 72bc27a', 'friends_72bc27a', 1, '2026-11-28 12:04:19.771143+00', '2026-11-28 12:04:19.771143+00');

SELECT pg_catalog.setval('public.credential_numbers', 1, true);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (organisation_id, event_time, event_id);

ALTER TABLE ONLY public.audit_events_2026_11
    ADD CONSTRAINT audit_events_2026_11_pkey PRIMARY KEY (organisation_id, event_time, event_id);

ALTER TABLE ONLY public.audit_events_2026_12
    ADD CONSTRAINT audit_events_2026_12_pkey PRIMARY KEY (organisation_id, event_time, event_id);

ALTER TABLE ONLY public.audit_events_2027_01
    ADD CONSTRAINT audit_events_2027_01_pkey PRIMARY KEY (organisation_id, event_time, event_id);

ALTER TABLE ONLY public.audit_events_2027_02
    ADD CONSTRAINT audit_events_2027_02_pkey PRIMARY KEY (organisation_id, event_time, event_id);

ALTER TABLE ONLY public.audit_events_default
    ADD CONSTRAINT audit_events_default_pkey PRIMARY KEY (organisation_id, event_time, event_id);

ALTER TABLE ONLY public.boxes
    ADD CONSTRAINT boxes_pkey PRIMARY KEY (organisation_id, credential_id, version);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_number UNIQUE (organisation_id, number);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.folders
    ADD CONSTRAINT folders_in_team UNIQUE (organisation_id, team_id, folder_id);

ALTER TABLE ONLY public.folders
    ADD CONSTRAINT folders_pkey PRIMARY KEY (organisation_id, folder_id);

ALTER TABLE ONLY public.organisations
    ADD CONSTRAINT organisations_pkey PRIMARY KEY (organisation_id);

ALTER TABLE ONLY public.request_ids
    ADD CONSTRAINT request_ids_pkey PRIMARY KEY (organisation_id, request_id);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.sealing_keys
    ADD CONSTRAINT sealing_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (organisation_id, team_id);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_slug UNIQUE (organisation_id, slug);

CREATE INDEX api_keys_of_organisation ON public.api_keys USING btree (organisation_id, id);

CREATE INDEX credentials_by_deletion ON public.credentials USING btree (delete_time) WHERE (delete_time IS NOT NULL);

CREATE INDEX credentials_by_expiry ON public.credentials USING btree (expire_time) WHERE (expire_time IS NOT NULL);

CREATE INDEX credentials_by_surface ON public.credentials USING btree (organisation_id, surface, id) WHERE (delete_time IS NULL);

CREATE INDEX credentials_by_team ON public.credentials USING btree (organisation_id, owning_team_id, owning_folder_id, id);

CREATE UNIQUE INDEX credentials_test_credential ON public.credentials USING btree (organisation_id, live_credential_id) WHERE ((live_credential_id IS NOT NULL) AND (delete_time IS NULL));

CREATE INDEX folders_by_parent ON public.folders USING btree (organisation_id, team_id, parent_folder_id);

CREATE INDEX request_ids_by_time ON public.request_ids USING btree (create_time);

ALTER INDEX public.audit_events_pkey ATTACH PARTITION public.audit_events_2026_11_pkey;

ALTER INDEX public.audit_events_pkey ATTACH PARTITION public.audit_events_2026_12_pkey;

ALTER INDEX public.audit_events_pkey ATTACH PARTITION public.audit_events_2027_01_pkey;

ALTER INDEX public.audit_events_pkey ATTACH PARTITION public.audit_events_2027_02_pkey;

ALTER INDEX public.audit_events_pkey ATTACH PARTITION public.audit_events_default_pkey;

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(organisation_id);

ALTER TABLE ONLY public.boxes
    ADD CONSTRAINT boxes_organisation_id_credential_id_fkey FOREIGN KEY (organisation_id, credential_id) REFERENCES public.credentials(organisation_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_folder FOREIGN KEY (organisation_id, owning_team_id, owning_folder_id) REFERENCES public.folders(organisation_id, team_id, folder_id);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_team FOREIGN KEY (organisation_id, owning_team_id) REFERENCES public.teams(organisation_id, team_id);

ALTER TABLE ONLY public.folders
    ADD CONSTRAINT folders_parent FOREIGN KEY (organisation_id, team_id, parent_folder_id) REFERENCES public.folders(organisation_id, team_id, folder_id);

ALTER TABLE ONLY public.folders
    ADD CONSTRAINT folders_team FOREIGN KEY (organisation_id, team_id) REFERENCES public.teams(organisation_id, team_id);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(organisation_id);

