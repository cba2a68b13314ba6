

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

CREATE TYPE public.new_audit_events AS (
	organisation_id text,
	event_id uuid,
	event_time timestamp with time zone,
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
	mac bytea
);

CREATE TYPE public.new_boxes AS (
	organisation_id text,
	credential_id uuid,
	version bigint,
	variant text,
	sealing_key_id text,
	box bytea,
	create_time timestamp with time zone,
	creator_key_id text
);

CREATE TYPE public.new_credentials AS (
	organisation_id text,
	id uuid,
	number bigint,
	surface bigint,
	variant text,
	state bigint,
	provider bigint,
	name text,
	slug text,
	description text,
	metadata_json text,
	allowed_hosts text[],
	read_access bigint,
	team_id bigint,
	folder_id bigint,
	shared_team_ids bigint[],
	redact_fields text[],
	expire_time timestamp with time zone,
	reminder_time timestamp with time zone,
	live_credential_id uuid,
	test_enabled boolean,
	tines_settings bytea,
	violations text[],
	version bigint,
	revision bigint,
	sealing_key_id text,
	box_sha256 bytea,
	create_time timestamp with time zone,
	update_time timestamp with time zone,
	delete_time timestamp with time zone,
	signature_format bigint,
	signer_id text,
	signature bytea
);

CREATE TYPE public.new_request_ids AS (
	organisation_id text,
	request_id text,
	method text,
	digest_key_id text,
	body_digest bytea,
	credential_id uuid,
	create_time timestamp with time zone
);

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

CREATE FUNCTION public.strongroom_analyze_grown() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$
declare
    name text;
begin
    if not pg_try_advisory_xact_lock(hashtext('strongroom_analyze_grown')) then
        return;
    end if;
    for name in
        select c.relname from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
        and pg_relation_size(c.oid) / current_setting('block_size')::bigint > 10 * greatest(c.relpages, 1)
    loop
        execute format('analyze %I', name);
    end loop;
end
$$;

CREATE FUNCTION public.strongroom_drop_audit_partition(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $_$
begin
    if name !~ '^audit_events_[0-9]{4}_[0-9]{2}$' then
        raise exception 'no month of audit events';
    end if;
    execute format('drop table %I', name);
end
$_$;

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
    signature bytea NOT NULL,
    jwt_public_key text DEFAULT ''::text NOT NULL,
    revision bigint DEFAULT 0 NOT NULL
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
    chain_position bigint,
    revision bigint,
    outcome text DEFAULT 'OK'::text NOT NULL,
    peer text DEFAULT ''::text NOT NULL,
    mac bytea DEFAULT '\x'::bytea NOT NULL,
    redact_fields text[] DEFAULT '{}'::text[] NOT NULL,
    chain_hash bytea
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
    chain_position bigint,
    revision bigint,
    outcome text DEFAULT 'OK'::text CONSTRAINT audit_events_outcome_not_null NOT NULL,
    peer text DEFAULT ''::text CONSTRAINT audit_events_peer_not_null NOT NULL,
    mac bytea DEFAULT '\x'::bytea CONSTRAINT audit_events_mac_not_null NOT NULL,
    redact_fields text[] DEFAULT '{}'::text[] CONSTRAINT audit_events_redact_fields_not_null NOT NULL,
    chain_hash bytea
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
    chain_position bigint,
    revision bigint,
    outcome text DEFAULT 'OK'::text CONSTRAINT audit_events_outcome_not_null NOT NULL,
    peer text DEFAULT ''::text CONSTRAINT audit_events_peer_not_null NOT NULL,
    mac bytea DEFAULT '\x'::bytea CONSTRAINT audit_events_mac_not_null NOT NULL,
    redact_fields text[] DEFAULT '{}'::text[] CONSTRAINT audit_events_redact_fields_not_null NOT NULL,
    chain_hash bytea
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
    chain_position bigint,
    revision bigint,
    outcome text DEFAULT 'OK'::text CONSTRAINT audit_events_outcome_not_null NOT NULL,
    peer text DEFAULT ''::text CONSTRAINT audit_events_peer_not_null NOT NULL,
    mac bytea DEFAULT '\x'::bytea CONSTRAINT audit_events_mac_not_null NOT NULL,
    redact_fields text[] DEFAULT '{}'::text[] CONSTRAINT audit_events_redact_fields_not_null NOT NULL,
    chain_hash bytea
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
    chain_position bigint,
    revision bigint,
    outcome text DEFAULT 'OK'::text CONSTRAINT audit_events_outcome_not_null NOT NULL,
    peer text DEFAULT ''::text CONSTRAINT audit_events_peer_not_null NOT NULL,
    mac bytea DEFAULT '\x'::bytea CONSTRAINT audit_events_mac_not_null NOT NULL,
    redact_fields text[] DEFAULT '{}'::text[] CONSTRAINT audit_events_redact_fields_not_null NOT NULL,
    chain_hash bytea
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
    chain_position bigint,
    revision bigint,
    outcome text DEFAULT 'OK'::text CONSTRAINT audit_events_outcome_not_null NOT NULL,
    peer text DEFAULT ''::text CONSTRAINT audit_events_peer_not_null NOT NULL,
    mac bytea DEFAULT '\x'::bytea CONSTRAINT audit_events_mac_not_null NOT NULL,
    redact_fields text[] DEFAULT '{}'::text[] CONSTRAINT audit_events_redact_fields_not_null NOT NULL,
    chain_hash bytea
);

CREATE TABLE public.audit_heads (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    "position" bigint NOT NULL,
    chain_hash bytea NOT NULL,
    head_time timestamp with time zone NOT NULL,
    signature_format integer NOT NULL,
    signer_id text NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT audit_heads_kind_check CHECK ((kind = ANY (ARRAY['newest'::text, 'dropped'::text])))
);

CREATE TABLE public.boxes (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    credential_id uuid NOT NULL,
    version bigint NOT NULL,
    sealing_key_id text NOT NULL,
    box bytea,
    create_time timestamp with time zone NOT NULL,
    variant text NOT NULL,
    creator_key_id text DEFAULT ''::text NOT NULL,
    destroy_time timestamp with time zone
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
    name text NOT NULL COLLATE pg_catalog."C",
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
END) STORED,
    restricted boolean GENERATED ALWAYS AS ((cardinality(allowed_hosts) > 0)) STORED
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
    create_time timestamp with time zone NOT NULL,
    kept_versions integer DEFAULT 10 NOT NULL,
    undelete_window interval DEFAULT '30 days'::interval NOT NULL,
    revision bigint DEFAULT 1 NOT NULL,
    update_time timestamp with time zone NOT NULL
);

CREATE TABLE public.request_ids (
    organisation_id text NOT NULL COLLATE pg_catalog."C",
    request_id text NOT NULL COLLATE pg_catalog."C",
    method text NOT NULL,
    digest_key_id text NOT NULL,
    body_digest bytea NOT NULL,
    credential_id uuid,
    create_time timestamp with time zone NOT NULL,
    subject text
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
	('bootstrap', 'default', '', '\xab1b0982cf8caa4a6b449a4a1c736ac886b825dddc6c0b606b41982d2e1a9941', '{1,2,3,4,5}', '{}', NULL, '2026-11-28 11:59:15.277876+00', NULL, 2, '24077360', '\x4111da709488092d11f458157b9552b5462731cf73bb04948ef3887fbd532f4c3ec197d0ecc71818120354a69a2ce7153de7cd2032795564278a2e159d040d01', '', 1),
	('hk5a4w5fuaju', 'other-2a1d719', '', '\x251cfa20cd14de8d5b8791454aa5c98184e35f0daa47f5e12494ca6b3129d57b', '{4}', '{}', NULL, '2026-11-28 11:59:16.277249+00', NULL, 2, '24077360', '\x9b467f9c7fa241f2c0e6df38ea72962e45c5a0fbe213899301e4a59e0d3bdb9aad9b8be5029ae4d514232dd72b72bcd959daf33f34cb0524f564b77faddaf909', '', 1),
	('vcymlmxfattj', 'other-2a1d719', '', '\x799b0af1e08590613b276a072bf82619ddd0ebfbc62ba4a28d66af085d24d24b', '{2,1,3}', '{}', NULL, '2026-11-28 11:59:16.286723+00', NULL, 2, '24077360', '\x4c523f321372ca507c3de50fccaf9bd4ecff77e2002b5382927feab9862e52d7eddaf5341a420b7614138edaf6bef938d38bdf30f84a3601d807d7447ab7e002', '', 1),
	('oopmsjih5v6w', 'default', '', '\xd5fccfb74286aaab75c4f345de8811977d4cee79be961b5afcf9ed8da05df543', '{2,1,3}', '{}', NULL, '2026-11-28 11:59:16.374979+00', NULL, 2, '24077360', '\xc70ed69a0794ba80e7e254ee6332ba7310fd0e267ac0ddb8e644642ab1693f0691578c160b027e0788e07a782b6fa2dabada44b68c0f770cc82f6f817ee2d70c', '', 1),
	('3ogufeq3xvel', 'default', '', '\x71d6f843bfffc6d7992818f367019a5baf6e96628f97f40544234c6f4e423e7a', '{2,1,3}', '{4}', NULL, '2026-11-28 11:59:16.377323+00', NULL, 2, '24077360', '\xb949aec6ea823e3a2839c94dc5293a79a562e34d479ca9747ef38540ce0a8352a2b4195a1bad81fc7930df44d71d1459288fe0a3defb59b509442efe5e82c40d', '', 1),
	('ckptwpv6gxye', 'default', '', '\x', '{2,1,3}', '{}', NULL, '2026-11-28 11:59:16.383206+00', NULL, 2, '24077360', '\xee76279d5f5d157a2047b803dd8c3b23f3a71eebcd3154b41f60f2f803682ff0a4e2b71a020ebfcc339810bc5df95600a419da1f5ab100b70a476ce499a8040b', '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjks/s8GwJ4b4eOPcccF/
zOkNJtPKSnMF+sVbwe3shpkEf3htHFYWb48KRyTjc/DjaepYbpDCpZQ0nNqxsPlA
Sr+iO9i0zy8qZE/qZtpsQkx5F0gMbE8T1A+UMgPxW+WImbQEJtqDt0ZFGF45nL9h
WI8ftDw9lCFXwbFtyNhPGdA/ILQzyWnmFeeB8zJNqIUVr6p9U2GZXl040I0qPWZs
jKmfkvotN7HnLLaECp2R4Y37/PR3Ea3Z2axlmLTaG0Xo3CHfhfO2fsIN9xhhzNxY
+OmhZqcguFb2gIkVCL4toOOMrp7s/TMxm4ddkuF1R+n0WqZfhPvOFCC0sy1ST9P+
bwIDAQAB
-----END PUBLIC KEY-----
', 1),
	('nn62qkpovinl', 'default', '', '\xac401c053b6d1c432a964a34af4381cfeac13251e57e0ca8e2781bd9b31959cd', '{2,1,3}', '{}', NULL, '2026-11-28 11:59:16.381202+00', '2026-11-28 11:59:16.39984+00', 2, '24077360', '\x7841ef85e9f69c49747d38f3328abd410416d7ffd62de8327f37898b5c50e0a88059ab70fe77a0b94a9e506bff9459241336acc5026198e5d75e06a51200900b', '', 2);

INSERT INTO public.audit_events_2026_11 VALUES
	('default', '01a22206-1b52-7586-bc57-f8821c3bbe16', '2026-11-28 11:59:15.277876+00', 'CreateApiKey', '', NULL, '{}', NULL, NULL, NULL, 'bootstrap', 1, NULL, 'OK', '', '\x09fd2dd66ca0968efa870f956f02477d168f7d382e1f3504b9a88fb5fcaeb91c', '{}', '\x51e15dcacc726df235178959925866aaf6c1238df686ad6cf6a9f8222641e588'),
	('strongroom', '01a22206-1b4e-727b-9173-ef67e5872176', '2026-11-28 11:59:15.277876+00', 'CreateOrganisation', '', NULL, '{}', NULL, NULL, NULL, 'default', 1, NULL, 'OK', '', '\xbcf8907d589b858d3d1448b430d1d94c4c52ad11974f8b1e4be92ea0a7c6139c', '{}', '\xe0e2625ce4c6f96e0709a16b6bcca9192fd1e8f7c336a4d3f132692dcd208739'),
	('default', '01a22206-1f4c-752b-9017-74515b20929d', '2026-11-28 11:59:16.300427+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '3', 2, NULL, 'OK', '127.0.0.1', '\x953c2080dbc7fcfb105993b756d440a16fd89366c73fe77855a685bc8e58605d', '{}', '\x8ce115cceef2931fd2dabf65d30bdf80369bbb5613830caf1d0737b46da3f794'),
	('default', '01a22206-1f52-715e-adb1-f73566de8294', '2026-11-28 11:59:16.306241+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '4', 3, NULL, 'OK', '127.0.0.1', '\xa55a8511fbed683a04a5ee8ee8e77628b941777fe5316a3965877a482e6c459b', '{}', '\x39e78faa264fb33cec003d978d74b88257f740f1659c9df37d5fd6a42bd44bf6'),
	('other-2a1d719', '01a22206-1f37-72ad-8131-6ef4bed5a571', '2026-11-28 11:59:16.279342+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'hk5a4w5fuaju', 1, NULL, 'OK', '127.0.0.1', '\x5d9404472d922792fb3ea4955f20040e7148845fabd772c6fa545248bfdb881e', '{}', '\x1d7d0bc42ac25b6fa466f663a024e137f2dceb4c85760a4f21bb1afa33974b76'),
	('other-2a1d719', '01a22206-1f3e-72db-9234-93c91bad4d2a', '2026-11-28 11:59:16.286893+00', 'CreateApiKey', 'hk5a4w5fuaju', NULL, '{}', NULL, NULL, NULL, 'vcymlmxfattj', 2, NULL, 'OK', '127.0.0.1', '\xf504e6888fe5f65ed5a4748c5decafe2def8c0b80361f2f96630a52c4861682c', '{}', '\xf5f406e877a6811346dcafea769b85f0b9c6131841e00e52251f38d87de5371e'),
	('other-2a1d719', '01a22206-1f42-7078-8658-beeeb1f56e18', '2026-11-28 11:59:16.290736+00', 'CreateCredential', 'vcymlmxfattj', '01a22206-1f41-7296-ab45-6eb26bbcd0ad', '{}', 1, '\x579a5d181ee8d08cae858b6d7062d7820d2d4ca1c3bcc8eca22a4beaba664fa8', NULL, NULL, 3, 1, 'OK', '127.0.0.1', '\xd8a68b6b4582f5d48e431ec896fe89a69cfb1b7aec55a0e56a2faf63546b5575', '{}', '\x42105aa6b21931d1345ac2db37cb8ab9052e1edb3405deb4bd4eeb4a9a9ed81a'),
	('strongroom', '01a22206-1f35-71a1-9871-79a1b3904e6e', '2026-11-28 11:59:16.27759+00', 'CreateOrganisation', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'other-2a1d719', 2, NULL, 'OK', '127.0.0.1', '\xc7a7a213de1e808831474a0fdbb1e0705b7817e4a363872542241d3dcb4bdfbb', '{}', '\xe2da58487bceea33af192ea7e9cad661ff62f07323adf361896a629a35095ba1'),
	('default', '01a22206-1f57-77bf-8914-9d15816914cf', '2026-11-28 11:59:16.311103+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '1', 4, NULL, 'OK', '127.0.0.1', '\x7d7b015913e7bff8e660f6d94bcaeae51f74292a2f507b078a24e6f50d4babcc', '{}', '\x1db004b1da833a593a8c8c477573b44ed2232fcd3a5ec20c12d2c93e0b3af207'),
	('default', '01a22206-1f5e-716e-9dd9-479a6b385850', '2026-11-28 11:59:16.318605+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '2', 5, NULL, 'OK', '127.0.0.1', '\x88f702b4e9494a00fe1da499c314cf12bf6d9439b5174b639c6880afe7b219ee', '{}', '\xe4bb8c6e97e9dcdd1dd34b265933038e2d1a290c2fc408b72f97f23030770636'),
	('default', '01a22206-1f97-7021-b1e6-db8d46073ee9', '2026-11-28 11:59:16.375186+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'oopmsjih5v6w', 6, NULL, 'OK', '127.0.0.1', '\x54d106b2d735c009b6840745c43afaf35a20b1ef77c94d4e81dcef4d08527964', '{}', '\x13db6c2b6e2e7ed45a0e3f504874a0d6f352f6c63df99f20ac8a952e49abf271'),
	('default', '01a22206-1f9a-75b8-8a44-fe3b958811bc', '2026-11-28 11:59:16.378371+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '3ogufeq3xvel', 7, NULL, 'OK', '127.0.0.1', '\x5974b7642e8fad50e79e7f1cc5ed358e56853add96e33c59106cb02e54c6ac69', '{}', '\x8b96ca335a016c0a160021a2aef2d8e78e08934451f095086fb247e7a65baa05'),
	('default', '01a22206-1f9d-707d-aaeb-f1efad701d80', '2026-11-28 11:59:16.381355+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'nn62qkpovinl', 8, NULL, 'OK', '127.0.0.1', '\xf470067cc6b12ae5a1a16a9ee8488517fc14b5d5ac185296a26e47d54893cd13', '{}', '\x6e1c7d3a8212b7ecf78f15711f9e142dc2ab21c7aa633eb683a3437129e49a4d'),
	('default', '01a22206-1f9f-701e-b165-cae906be647c', '2026-11-28 11:59:16.383678+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'ckptwpv6gxye', 9, NULL, 'OK', '127.0.0.1', '\xca93ce2e46a787b30166abc42563af8243c01d2515136c363a748315e4eee76a', '{}', '\x67e628be8ba9e20013301111c592b0bcc37f155d709bf0c960f3dee2e1be5c7f'),
	('default', '01a22206-1fa2-7500-9c77-86f8d55c092c', '2026-11-28 11:59:16.399889+00', 'RevokeApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'nn62qkpovinl', 10, NULL, 'OK', '127.0.0.1', '\xf9cd1ba5ad37d07833d319cdddf0dcba320478956a266e026ec8ce94b1ad68f9', '{}', '\x5cf3329f4768bf555ccc8c8a36ffa2e50fa58a33433aae02a4f67c35401b4844'),
	('default', '01a22206-1fab-759d-a00d-2e13e906cf0e', '2026-11-28 11:59:16.409756+00', 'CreateCredential', 'bootstrap', '01a22206-1fb9-7135-b912-69a166138bee', '{}', 1, '\xf7f8d3798fafab26f219f4926dfc2cccc833c281093bbf185730f946ad8e5627', NULL, NULL, 11, 1, 'OK', '127.0.0.1', '\xb3be795811dd192b1fb615304db0857beb6d28050008417406fa088b9b873262', '{}', '\x015665c70a2a12280dc2b9de12c05835d3797a1370fb0afe5379639c927d6c15'),
	('default', '01a22206-1fb2-73ac-a43a-c7d55efa2a03', '2026-11-28 11:59:16.416009+00', 'CreateCredential', 'bootstrap', '01a22206-1fbf-7368-b823-665a7203d1fc', '{}', 1, '\x1517d67a87b022e8f310dc445c6e9ca7e1f60de770cac5f282e8e86d99159c1e', NULL, NULL, 12, 1, 'OK', '127.0.0.1', '\xfd6b04e0096d117939975b5235b41e0075a3208abbdb2a16fefde8bfd5b5510a', '{}', '\xa955f9ad3ed9f3fe53a084a905180a0b2f2e8b6bbad5eea12689d5cfeb506cd9'),
	('default', '01a22206-1fba-7065-95cf-53b1608559f2', '2026-11-28 11:59:16.424136+00', 'CreateCredential', 'bootstrap', '01a22206-1fc7-7abb-a69d-1b5d3ecf3f51', '{}', 1, '\x0aba830e1c8d1e53ac2bb1b20e627e7621ff75d0da13c03d601abf51133aa9c6', NULL, NULL, 13, 1, 'OK', '127.0.0.1', '\xf5d1751c6cf8acc9d9eb1fcaf51e475796d4ec1384b4f3d21b18d71c52db9b06', '{}', '\x2ee8789ce00fd449b0ace21f594323ae434b43fec0415b9fb35a2f22a67ea1b9'),
	('default', '01a22206-1fbd-73fb-aac3-e32050b345ee', '2026-11-28 11:59:16.426847+00', 'CreateCredential', 'bootstrap', '01a22206-1fca-75b8-8ac7-935f3e1dd391', '{}', 1, '\x049db9941b558c61765b46a6e0c4c4ab4c75d23afc6ca33c876070b2bf8d07c0', NULL, NULL, 14, 1, 'OK', '127.0.0.1', '\xa8e2a12a83f45f1205fa87eaa222bc9ec4d5d4f2742012619b67175b4267130d', '{}', '\x6f5b7465135bb929e5889c33f1ca99dca79e86cb31f5704300a186c9f842f49b'),
	('default', '01a22206-1fc1-746d-8772-d359b7d4f2ce', '2026-11-28 11:59:16.43122+00', 'CreateCredential', 'bootstrap', '01a22206-1fcf-7deb-9d2b-2b0823e04e3e', '{}', 1, '\x5dd9365087a8c7cd399a23ee3725dd74c9b243c931bd593f7ae1e9e4d89ac9aa', NULL, NULL, 15, 1, 'OK', '127.0.0.1', '\xbc0f13a8e9655557dff3f09f65054e71d2d5f0c34a63f939e05154ba36299b8a', '{}', '\x3d5d46b8ceffe852bf567f3d01a8c14db5eac4fcb38a187dd09c2bdda0169242'),
	('default', '01a22206-1fc6-776b-a26b-750721e257b6', '2026-11-28 11:59:16.436834+00', 'CreateCredential', 'bootstrap', '01a22206-1fd4-7799-b7ce-68db29990355', '{}', 1, '\x845e843f87e57cae5ee91e43ce6e9f3158d172d97862bd87219c2ac4474738cd', NULL, NULL, 16, 1, 'OK', '127.0.0.1', '\xd904fb3774b9bab7afff012bed5716e5c52809ae9c194390c8038f2964736faf', '{}', '\xe54ee7a0b58dfb0b097c1b30e354294400f3cf6d51728c8138d088e2156f07e3'),
	('default', '01a22206-1fca-76df-b206-735f19f41150', '2026-11-28 11:59:16.439939+00', 'CreateCredential', 'bootstrap', '01a22206-1fd7-770f-966e-38c68e88bf46', '{}', 1, '\x6cc148e27b617a985cde185391bfa0d8b83ad250788c29a60da4aed4134380f2', NULL, NULL, 17, 1, 'OK', '127.0.0.1', '\x11ba9e9e10834c28439ee2bc9108913f2370929d453f6f8ea30da5bc754f0717', '{}', '\x63cce20ee2f1ad6d826e20fb1601f9fbf761a88d9b30471afab27df0b0d64a0d'),
	('default', '01a22206-1fcd-770c-b605-a63053b0d6a1', '2026-11-28 11:59:16.443509+00', 'CreateCredential', 'bootstrap', '01a22206-1fdb-71e3-b535-aae1f6649c74', '{}', 1, '\x6b9877c2caf9eca5bf163984ef650f9ecaf3edc9f3e43aefafc5313c0043d1d0', NULL, NULL, 18, 1, 'OK', '127.0.0.1', '\xcbbab62a8bf1f14e685018c781ade915ba7f05cb6be9ecf2b13a1ac64869e7b0', '{}', '\x641946e1899a3013bf6b03ef10dbf7e997226cf48c690453bd1dbe5cc9097b0b'),
	('default', '01a22206-1fd1-7068-a40d-32ed18609464', '2026-11-28 11:59:16.447527+00', 'CreateCredential', 'bootstrap', '01a22206-1fdf-7abb-98fc-89e2b4b7b039', '{}', 1, '\x7e2a65e09df576a8b3d866619c2c0b20910e1e54df16f28d96f90ceb5fcaf959', NULL, NULL, 19, 1, 'OK', '127.0.0.1', '\x2ff54ec9ff849011e35ce1eef7fb1828071a0a898903c51a6597c879e11c2bba', '{}', '\x23ca56f83b359bb709a049a670024d3e19ba9fff700c3a8cbf854e4666681f65'),
	('default', '01a22206-1fd5-77d1-90dd-32cdce8696c5', '2026-11-28 11:59:16.451771+00', 'CreateCredential', 'bootstrap', '01a22206-1fe3-7106-b92f-0e7a0a5e25c2', '{}', 1, '\x7a92b926798cb47ec541dc40e5490eb93eb68bffb47708028bba3ae6e3b3260f', NULL, NULL, 20, 1, 'OK', '127.0.0.1', '\xb47b87c93e0419f425ab4f17dbcecc633a936893d2e44b27907fab889bea8e8f', '{}', '\x16c2447e7f88b75691f7ebc2063d13f75be1adbe44d3b104591942644fb00de0'),
	('default', '01a22206-1fda-76b4-87ff-ac3c5f57342f', '2026-11-28 11:59:16.455926+00', 'CreateCredential', 'bootstrap', '01a22206-1fe7-71db-b3f9-34cbadcb62ff', '{}', 1, '\xf511c5006bef21f34b954cef0f7dc41e577d60adfbdeea4e7aefaa7f122922ef', NULL, NULL, 21, 1, 'OK', '127.0.0.1', '\x9af0fe3f07510ef6179273a9d4952370ce8029c0aaf3a10bc5ec211a26f175a6', '{}', '\x35ac7885128c7b3ad26c4e71bb741d47c32edc2d300a9df23ccf824085bbfb0c'),
	('default', '01a22206-1fdd-74c4-9dd9-a5f08be4248c', '2026-11-28 11:59:16.459741+00', 'CreateCredential', 'bootstrap', '01a22206-1feb-72fe-a5f7-1d47afcc0b95', '{}', 1, '\x75ab66ba0b666f495808f9cfa1e004064b937ce296c3509ee2658d499d959e01', NULL, NULL, 22, 1, 'OK', '127.0.0.1', '\x951f5d3792130158895ca50b18dd410e57866a2a3bb7477beed9f8e6365e2d91', '{}', '\x04e11d4d8e401202f98798fce5f594c4bc2422c792fc4f9d3404e7919980f4d3'),
	('default', '01a22206-1fe1-7041-b071-8a799c060bce', '2026-11-28 11:59:16.463102+00', 'CreateCredential', 'bootstrap', '01a22206-1fee-7df3-99f7-6d243878be1a', '{}', 1, '\x5c3c217307a3d691b4ddca36c5b307e5d5a18bfbd9805220de1e83ea711faa1d', NULL, NULL, 23, 1, 'OK', '127.0.0.1', '\xfe3be311eb40f02700457d8621e4b1ca31c16d5e8e7d0a8d9a82d2674bba4de8', '{}', '\xb0654266c63704c6aa20c293b229ef1daafc61ef869c87a093f99a993165eeb5'),
	('default', '01a22206-1fe5-72c2-9dd9-20d17c2a3a2f', '2026-11-28 11:59:16.467822+00', 'CreateCredential', 'bootstrap', '01a22206-1ff3-74e7-8390-ca13ea973fcb', '{}', 1, '\xf6178378faf8ea0dcafe6d146cbe74b4fd61e696c769f413ef0ff51afe8f316c', NULL, NULL, 24, 1, 'OK', '127.0.0.1', '\x59d4aea4e40a7e5056bf7d3ab83a542ad971f694161060d270c838d2e0d739b3', '{}', '\x1a6abd88dff747b2e137d3e51c908b2d9783767e5b9541cfdeb8492b625ba317'),
	('default', '01a22206-1fe9-7760-a65a-c7d35cabb850', '2026-11-28 11:59:16.471788+00', 'CreateCredential', 'bootstrap', '01a22206-1ff7-76dc-ba24-8d725d52e31a', '{}', 1, '\xb14f6b1a7c100c034bd69c408fadfe83d64687483db6dacab5217e0c3a9d8245', NULL, NULL, 25, 1, 'OK', '127.0.0.1', '\x49673065f3d765b40729fdc9f884dc3912ee6e0e7e6efeb4f83e632556182d6f', '{}', '\x9e995b38802091fd6a4ab9228a151422ebd58ab3f7ef888925ce03d7d458e005'),
	('default', '01a22206-1fed-76d9-b704-a540ef1b8d1d', '2026-11-28 11:59:16.475716+00', 'CreateCredential', 'bootstrap', '01a22206-1ffb-7eb4-9fbd-93ac50b9e328', '{}', 1, '\x95541f43f9b87ab1c84c590707092d592a808f03218c6f7576b91a8dcb7336f2', NULL, NULL, 26, 1, 'OK', '127.0.0.1', '\x73d4fe43da005c874cce708c90ea1d0313b05ff06d5bd7d67a8d1b27748a78c4', '{}', '\xd63f0d871995ac89be10e51b0ef6e4f919b59230e82554dae21a7415a577c624'),
	('default', '01a22206-1ff0-73b7-8329-fe61dc8fb33e', '2026-11-28 11:59:16.478686+00', 'CreateCredential', 'bootstrap', '01a22206-1ffe-7c2c-a204-33c63f2a4df4', '{}', 1, '\xa421e19086cfe4a7af62dd3b8e3488ca353f7d51b2c7ae23060787ec0dd10a8f', NULL, NULL, 27, 1, 'OK', '127.0.0.1', '\x763f50119d73d222bf21cd568f1ab75c7bc4be241f7a31dde051623e69f5d860', '{hidden}', '\xdc64655d5c01c0acc19359ec662d68f9d993cb1841e59b9a4d0eed473437d0c0'),
	('default', '01a22206-1ff6-704a-9453-12e68de5995f', '2026-11-28 11:59:16.483943+00', 'CreateCredential', 'bootstrap', '01a22206-2003-7ff3-9b87-f33cec1e0143', '{}', 1, '\x9970a47e90483fcb5cff5345f15492726b5624ee3ce74528737fd2a374d69fab', NULL, NULL, 28, 1, 'OK', '127.0.0.1', '\x7e30f934e9caf32089770d04bdca1a0e4383de5d930e98f60515711cf7a02a50', '{}', '\x281fd8d1fe30c4cdd6364b683aef5a5fbab4574d1fae74b5616a13e61a17640a'),
	('default', '01a22206-1ffa-7028-b43a-bef44b92d355', '2026-11-28 11:59:16.488642+00', 'CreateCredential', 'bootstrap', '01a22206-2007-72a5-a4be-d46b2857414b', '{}', 1, '\x687f9836f2238ba802c7617277057c31764b5dda8a483be30efb8fdbf093f8c6', NULL, NULL, 29, 1, 'OK', '127.0.0.1', '\x14d8119a9670baf36cbff562413deec51587a2737d07acc26ee2eb02511a60e9', '{}', '\xc9f1a3e49bf8fe6325c0f539361f2dcedb92bb1851ce1c4e2f6e9ff33c2985bb'),
	('default', '01a22206-2005-7290-8683-c3354b1722c1', '2026-11-28 11:59:16.498887+00', 'CreateCredential', 'bootstrap', '01a22206-2012-7607-b563-185ac3b6d921', '{}', 1, '\xe3c024b1b4cea1c9ab3f5ccf1d18bd754cddbac3e80b3a2a1e5e507edf315bfb', NULL, NULL, 30, 1, 'OK', '127.0.0.1', '\xa0ef2045b5e3ec0738afbea9127ff2fbf7134e7cf3ffc15e2f3db3ed0df05b4c', '{}', '\x0e4d577244d9291767bfb3c09e2f8a1121db7f8b99ca2bf12275287457e00ab8'),
	('default', '01a22206-2036-718a-95b5-68878c901519', '2026-11-28 11:59:16.547961+00', 'CreateCredential', 'bootstrap', '01a22206-2043-7ad9-b956-1d59c96aa2fd', '{}', 1, '\xbe0c05fc29f19a3171edd619affde63d03189083fef5bcd7b5b6c275020c8db8', NULL, NULL, 31, 1, 'OK', '127.0.0.1', '\x9346ae2c5a9650da6b0a18380f4dcd1ccf90f2aef63ccd7303cea3667ede3bed', '{}', '\xdba85a76415151a217adffa9a070cc21bacc818ed87743aff3b0d99adc2bc26b'),
	('default', '01a22206-203a-7695-9853-8c05d5cf77ca', '2026-11-28 11:59:16.552405+00', 'CreateCredential', 'bootstrap', '01a22206-2046-7042-b392-3f79da2b6c8e', '{}', 1, '\x0ae77126aa5cde9dd2824581d6daad8d2300ce69e3ff5ef2cd8c087de36c4984', NULL, NULL, 32, 1, 'OK', '127.0.0.1', '\x3d99186e8027712a1ea9a107419f1c2d7323c6ff005e8016d2067b080a6acae6', '{}', '\xa303965b3c08d89c8c30be73e9f223a62c000827560eb16830ae17c376b6ce7e'),
	('default', '01a22206-203d-7344-acc2-9a6883d7d12b', '2026-11-28 11:59:16.554922+00', 'CreateCredential', 'bootstrap', '01a22206-204a-79e9-9c9b-228ebe34b54b', '{}', 1, '\x97e9eceac022339720cef8c829ba8fcaf1d358b8d80c2191f3a606f20dca6705', NULL, NULL, 33, 1, 'OK', '127.0.0.1', '\xe5f13520e53878cc30aaa5b68fba9e1b5e66d4a23c80ccd15eb5523e33c48a9c', '{}', '\xb57b493f78bf1e54b0d18a072c88a763fae00c0699db8738dd43c15a296e2aca'),
	('default', '01a22206-2040-74d6-8e9d-a2e2287f6f22', '2026-11-28 11:59:16.558226+00', 'CreateCredential', 'bootstrap', '01a22206-204d-7f7b-a11f-bd4b51148eeb', '{}', 1, '\x33d5e3e3253e889a543eff99bbcdecaf61bb37fdf5dd168c06f098711220e068', NULL, NULL, 34, 1, 'OK', '127.0.0.1', '\x0c4a6cfbd3023198a2182636e60b48afbea587054569817cd23d363d67c175c1', '{}', '\x71446d0653dfd8389bdea6fa8fc81d6528938ee484d647aaf37ae5f76850a2ac'),
	('default', '01a22206-2042-76c3-8096-287c2639d10a', '2026-11-28 11:59:16.560161+00', 'CreateCredential', 'bootstrap', '01a22206-204f-7a2a-b733-cd023eb1db5b', '{}', 1, '\x79ee328a0cd512ef93beee137b07884eaa7603014dc414dbd80dbf6d9295beaf', NULL, NULL, 35, 1, 'OK', '127.0.0.1', '\xa82f0e45e8ef37283e1982a3b343bb4835351b39dfdf99b9d75e2fdf1da67d7b', '{}', '\xb4ec494fd8ea795dea3252ac1ac72265aa5ec700ed2f6c79b15c5422b06788cc'),
	('default', '01a22206-204a-7519-adf8-a999836ff633', '2026-11-28 11:59:16.568717+00', 'DeleteCredential', 'bootstrap', '01a22206-204f-7a2a-b733-cd023eb1db5b', '{}', 1, NULL, NULL, NULL, 36, 2, 'OK', '127.0.0.1', '\xbb796fc0bd0ef88cfa38fc27be88908f788918e193ef86b57c6e74a2313fadff', '{}', '\x984c1df6f4c7b728646e452df192af4f3817b1559db9c424c58f39658a337928'),
	('default', '01a22206-2050-70aa-af94-8d9427b97796', '2026-11-28 11:59:16.573907+00', 'CreateCredential', 'bootstrap', '01a22206-205d-7b8d-aa0f-d6e433d7a49d', '{}', 1, '\x9e3800fa10bc29e7b43a298024073a55062d77729d3fc318f3ec287be76c7a89', '82ad096d-9fe1-4754-a7c1-b2a63be050d5', NULL, 37, 1, 'OK', '127.0.0.1', '\x667307a2f459cdf0e6d5e666f11bbd35fa1e70ead5cce363ef0e4266b2833692', '{}', '\x6987a422e0da7e5fecb3e7c43504f38715051465145849b425fcbc5bdd7554c2'),
	('default', '01a22206-2055-7101-911e-32157b24dd1d', '2026-11-28 11:59:16.57943+00', 'CreateCredential', 'bootstrap', '01a22206-2063-7d9d-af88-f81eed36acb2', '{}', 1, '\xe9f4efe7ed0e14b54170a4054a6012461b9b160b76a597e4de0a90f3cba84215', NULL, NULL, 38, 1, 'OK', '127.0.0.1', '\xb1f85195903b801fa455c863cabe160943c68c2ed5d39c74abbe45c60f0f6a26', '{}', '\xa9ada1fe3e1f723173085a2ab20d87976de8012ca769576d9d05c16009a145f9'),
	('default', '01a22206-2059-7636-95e3-84ee01248b32', '2026-11-28 11:59:16.583833+00', 'UpdateCredential', 'bootstrap', '01a22206-2063-7d9d-af88-f81eed36acb2', '{}', 2, '\xe15b0948e8bcde68c5242185656fb699bf52d45149bf521e387d4d9da2dd2994', '74928b98-69ba-4e10-8799-0ac655fdb091', NULL, 39, 2, 'OK', '127.0.0.1', '\x2af8115e1efc81319ac76eca2d5f8b66498701b8bfe388b039d51dcc0efbd52c', '{}', '\x30842d7a11d7412b6e92a623bf2dff511409097137ac132c0045b54bef82d0ee'),
	('default', '01a22206-205d-7709-a8d5-7821b108af6a', '2026-11-28 11:59:16.587683+00', 'UpdateCredential', 'bootstrap', '01a22206-2063-7d9d-af88-f81eed36acb2', '{}', 3, '\x1c8f66bb0a4aafc7bca5fbe209ccf4dfb9f19dcfcf8d2360eacbcfc73e61c8ac', '04d910b1-f188-46b9-857b-c49dabc0fc5c', NULL, 40, 3, 'OK', '127.0.0.1', '\xea4c8cfa4ebeb82576d2608f35f71546c0e21a180189d5d8c6ee2040df442671', '{}', '\x9af199aab00ba3298954740551c957bb3241794509fffda4309c5b318ad37177'),
	('default', '01a22206-2063-7740-ae78-883cd9560bd3', '2026-11-28 11:59:16.592935+00', 'UpdateCredential', 'bootstrap', '01a22206-2063-7d9d-af88-f81eed36acb2', '{}', 4, '\xf288c29ea1f852cdcae7965e2d4828df7f450670064a745edb6f0d2d5589763f', 'c843a42e-c796-4f2d-bff5-7ed637f3b1b6', NULL, 41, 4, 'OK', '127.0.0.1', '\x4106ff6f5d54df75a08977ff7f97b11a529cc30213bc2015fc244dfefcce8274', '{}', '\xd14924cf93a8a79d5af4a697d018db2503be14815c12538227a8f38076d2fff0'),
	('default', '01a22206-206c-7467-b599-4c4adfb14d5d', '2026-11-28 11:59:16.601962+00', 'UpdateCredential', 'bootstrap', '01a22206-2063-7d9d-af88-f81eed36acb2', '{}', 5, '\x209ae908616cd5215f3376b9f1980ef39e01716cadbcb3fa2a0e3b8a663d74f3', 'dff60951-d319-4c75-a9f2-5a14571c4f3d', NULL, 42, 5, 'OK', '127.0.0.1', '\x5825b33437b08513faf54c17e4c04d2ead82687979b2103895d6c549be72f575', '{}', '\xac6804fac89a7a4e98372efe17a3984d6e36c92c9ac86bcac0ec73b28b510d9e'),
	('default', '01a22206-2070-77e0-9537-3976e70e1ba3', '2026-11-28 11:59:16.606748+00', 'DestroyCredentialVersion', 'bootstrap', '01a22206-2063-7d9d-af88-f81eed36acb2', '{}', 2, '\x', NULL, NULL, 43, 5, 'OK', '127.0.0.1', '\x11a4e9a99e798028ad21eaaa5f96b4eef4dd098d9129356e06b627c0746ada46', '{}', '\xb0500175865da05288585e480642fd4af62bfc7781b878d87bafa6b7aa8bee67'),
	('default', '01a22206-2089-72b3-b52f-47d082cd479b', '2026-11-28 11:59:16.631913+00', 'AccessCredential', 'bootstrap', '01a22206-2063-7d9d-af88-f81eed36acb2', '{}', 5, NULL, NULL, NULL, 44, 5, 'OK', '127.0.0.1', '\x8835fd5eb434ffdace6b1f94c6d948d78327886e59826113eb69a7b1a424f570', '{}', '\xeaa144b9efe32e224581c8868bc781b4f9a036fb8d9c749d2823874990dcb79d'),
	('default', '01a22206-2090-72d8-b7ed-58b2a38667c4', '2026-11-28 11:59:16.638568+00', 'UpdateCredential', 'bootstrap', '01a22206-2063-7d9d-af88-f81eed36acb2', '{}', 5, NULL, NULL, NULL, 45, 6, 'OK', '127.0.0.1', '\xb05eb7a8a06874bba902e51f9fe0285dac3ba2d4cd14e044be71e309e36a7c77', '{}', '\x1737ea60118c4bfd974bf3a494e0c5bfc8bd641522e03fcb9b68c3f39e1cf871');

INSERT INTO public.audit_heads VALUES
	('default', 'newest', 45, '\x1737ea60118c4bfd974bf3a494e0c5bfc8bd641522e03fcb9b68c3f39e1cf871', '2026-11-28 11:59:16.65755+00', 1, '24077360', '\x88bcd05220dec8cb20030254b131c278814162554c28e51f931d322e2c16d68a1536762f66c9d62243edbfd0caf1350dcc1f172fc013a12938934fac6a035708'),
	('other-2a1d719', 'newest', 3, '\x42105aa6b21931d1345ac2db37cb8ab9052e1edb3405deb4bd4eeb4a9a9ed81a', '2026-11-28 11:59:16.663674+00', 1, '24077360', '\x32f1c89c3b4b547322025469f45dcec4b1715ae66c7b4d0e11d27d8f56efcddb4675c3c73a5fcb6e1d560f2eac0c746f908f6c1929d39a223b3e27568f316c04'),
	('strongroom', 'newest', 2, '\xe2da58487bceea33af192ea7e9cad661ff62f07323adf361896a629a35095ba1', '2026-11-28 11:59:16.666679+00', 1, '24077360', '\x2c3f7abe84a9b2b2ad60c9db8603b5ffa7335b0b21961375338d1d63ab491e16d9cb7fe2e67fb528ee810e29a7887b0b0b69d1e2f0fbe476029f2cc293b97808');

INSERT INTO public.boxes VALUES
	('other-2a1d719', '01a22206-1f41-7296-ab45-6eb26bbcd0ad', 1, '9c11257f', '\xcbbfb932e19045609c74d535dbc47567d1773205c25c3b2c26f2f9e04979c439058b08d0683abe395d53d55dbd30cea96e346c4e75d4580a16b3565eb33787c3d7666f7eab4f0dc8deeedc69406bbb6aceb048dfc98f6c3edbe5e5859b912d6a14451711ed7c3b1885ef0a29582c597102ee1384dee2ef92e7fdf82794b96b164de2ff7ee8d62ab26c4af4629039dc870c8b38fdad2510ff0e1d25bb9fbb007ebdaa1dd08670d34d780fa5ba17784a64579bc35d1c0f785308f192cc28161af7fb170a91534221b00c3a3e9243be946d61e4df4a9891127d2a301430a1f5bdb8d48870cf18db59dc856e396462ef977424b671e504fdb493b4bd730dfe3a6aedfd6acbf9358530e4d4602f2948597de25258cfe7f079979fe57a2efcb2d10bbf3a2bae0bc5141714306b3e92f7f24be2', '2026-11-28 11:59:16.289607+00', 'text', 'vcymlmxfattj', NULL),
	('default', '01a22206-1fb9-7135-b912-69a166138bee', 1, '9c11257f', '\xabeb838e7269716cceecd9afc7d891a30dd36dc8cded318cfe3b66240aaf5c55d46ef39e84ad5754604e99386dcf6956846822e8b93636785c0d57141e5a1dade33eac2b728eadef28bec41004059e1264658c80ee51beaeb67fc6d4d7f3dbaee0a21997f6db6442a3a9609458627b32695e0977e4b48d95633cd325606321ed904831f2e0656a15baaa220cf688e24f5c3fed7532326cb4e8af838ef5a8020295c1ee7e9b7fa964f5e81fb060f2e56265ae43b594ea3d12183aa7551ca728f19b87a59ec25ed111920d192f070727381b29f92e5dd556cbd807d2dfc43367b08f69a89de9acb567ee65345c24d6fb46c5b764ee89aceb7fcaa2a024e8f0f3a44f2735acd506e5e80eeaebb25abaab3f56dc53fb09bcdc65f392d826e3f7fe3d222ed49a4c96ae1c2f06ac03050d0a79', '2026-11-28 11:59:16.40949+00', 'key_values', 'bootstrap', NULL),
	('default', '01a22206-1fbf-7368-b823-665a7203d1fc', 1, '9c11257f', '\x7a0ede847f47bc0f9e1faf8e5477c6055b4131402e532ca3a660cc2372469a514642b01098d4ececd9f907c60e452ae09e8b6954b619d32db4e082722c70adbcfc255b7d5e704a6d11cf2455969bab6c00e3354f4ffd62acebbc0b018914dcccd229bfcc2713578a5e0da4493c1a5866608712e7220e1dc6b1983245dd2ac911ae997c802c6f0e57af99dc998799c6668dae53940a975b64c04d3783ae674f726fff938fb54e722d99857dc98bd4e434b93eac89510ad988cc7234a1ca7b78ae5684618798cff43e0dfda47d642369ce175c4a59ff5fb1a072a6012c9ec0868fe66e4405bd38a3ffa7c3c327f09743d174d7b2bcbb3a2b676cb486682a5cb2de7debd6353e52b4680294e31ec2696090a32f7daef14066a3d4b5b72ce3730aef0fe2c1abe158c5078980109a7908dbf4', '2026-11-28 11:59:16.415761+00', 'raw', 'bootstrap', NULL),
	('default', '01a22206-1fc7-7abb-a69d-1b5d3ecf3f51', 1, '9c11257f', '\x7438741c7a9de18957251671c49aff19329893534c8a301eb298956ed181d70b8bda81cd5c4275fecb0b51e7ae4c2945139e8b3745e1ea2c992831292a94eae98ca4e5a45cea83375b4652a5d52aa6db4f0834d6b8c4fdc27036feda485290a427112ac8d4cf0cc1de4ada6a255af57de74cbba1c3ffdd748ed0c0840422965d5ca438eedb0313be74ff0b12c5538e944e2997a2a7158f8b013c693c8db632a2fea81be6af24b76f8c336797c44676e5371aa88104bbe6071e68bb0cfe3b629feba3ea1b7c02167583d34893e18dbdb60b9073d0e93aa58a99240d6894b96ad97bd990909f078c678cb9c905b808ebf34d4861da6b160e40733426d78acfa7fb55f7a396c24f3ba49216d203c58354a5d5b0a73038972b5dd409ea4865701094b8d3c26d840e31883ea9d5f5bde8da1f', '2026-11-28 11:59:16.423869+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22206-1fca-75b8-8ac7-935f3e1dd391', 1, '9c11257f', '\x52191abe53acaf6c192ef5afe81aeefe41f79181debeb932e1a13708d8063a5dbdf199ff163eab682f968d31f5374edb75acd1be0d55d92ab2693c479a648d319f0fcc3ccd3ebb68cb9cc2166917d8592d93745bf08b830ebb0cb2ead88a0b86e47b82e5df4c8de5417975ddf827aca2d61cea444421f7cac36957468ae329de35841e2f0c7e81ec173f86f2603b132c20cb3c22fc8fcd50a52fd5a0c66258349936de466ff2392503a7c503c63b4793b321959d705f3df5af4c738fac9e4a27019262b87568be242764542105aca1f9f382db1c1b15d51f7d274360eb50da8cc2a0246884e756226bbc4c5ea503b7b87667fa5a9c5e293621d479d97036ea4158a4f25a50a5524e8088d3d2d5f8c8d8085d87f15757b22dfc79e7dff5e81205f10230a284e40d0d1d6143131a56d308', '2026-11-28 11:59:16.426572+00', 'oauth2_refresh', 'bootstrap', NULL),
	('default', '01a22206-1fcf-7deb-9d2b-2b0823e04e3e', 1, '9c11257f', '\xd77b992490cf4aa283fead7211092bbb332f7a26f24b76a6230de6b2eb218c1d67c21dd7f7f583e9dcb0aa0476b8d8b7acebdc1518cc57486128b1ab18d4284c1b24225c988db181b60a543c4b219f0700f52932fb8d8151d3fe6b857580a2941ae6301df557122c4c0ec803166fe1c8e7515ed8314d535c4f4af3aeaf4514ff3cbd0a187eb117a95e48cc61b18c2d74c8a0a1a9904b968a8a0183a97f3646c493a64c8cc98f11243a2fa9ba2beec3a906306cc390052c64f89537dc0e605972f199c7c388731e08e1d5d2542197f02aaa5932482ee98b8b2fdc97aa4ef65091241d9ec38bd173f709856dab5a9783d42482d524ebbd0b0d95380ba602fb550a4faa2572799c395f908a95720dbf1272efeda16eab1cf2004a3b4bbec2e4c91ddc7939181b27a18fd9631e69bf18512c', '2026-11-28 11:59:16.431002+00', 'api_key', 'bootstrap', NULL),
	('default', '01a22206-1fd4-7799-b7ce-68db29990355', 1, '9c11257f', '\x5666ec7f088c2238dcf4c015a751009eccc6352e30c4cb64e146fe95b53bd561c22754af9713da70859dcfcd53cd2d5340df0e796e756ce6efa3fb9d6c62832ec727d23680ec03758d9b7131f0fc548b425473a909f6ee2c25fffd8896e9ad9f3806da01fe2b4e2e6243eb0d65f6a294c159274dd3f10e33456ad72e193481cd625cf2530fbdb13ac391dec3f715dc254355ccf48c50f17f47225ac4de1d4f1391824adac8f941dfc1d690e4360316517fafe2074b4d1fb8b35fcdfb8609585c3157abdcc7b9cf24b1741f40b3b8889835720d76987162602737e64976a57bfaf958199c09ce9c019fb7cf960e9abe933771ae0d4e3513b3c2b32c99719d224c334ea12037e2807e9738d80fa226dc02c9c45b99d2337342e19b0ba3c970d87982dce820442d52dc4b99845640104885', '2026-11-28 11:59:16.436614+00', 'api_id_key', 'bootstrap', NULL),
	('default', '01a22206-1fd7-770f-966e-38c68e88bf46', 1, '9c11257f', '\xab4af9d659a155c3c2a3f4a41f6aae5a1052bf61c8d93c1dfb9dba8e4279017cf2df00c34eb9e388f4f61a8495efaf95ed6d2757db35d535d9ce9ce3cc457b0317d109a9b3bf855ed2f3aaef489b3988832ec543ba1da355b352b7e09cbf582edf943cb2d04c1178cbe69bc67056a2a4f6c5fc2844857e17056a285596d12b240f982fa00e359d70c860be085bf716861e947ec03bc4ca49333291f99ecc555ed601b641151a5d2ff4ff6abee3e444dcb2f46abec739980fa90c06ea1650648cbebdaefaca55396465c8b545250cfe1450cb7d683ff54c6aa2a0778fb99b2e191c596bce153cb43c6c0e3b726104551a117e608da1b2ea451112f1e406736a88908d0a64cf8900a44377c1b1e7c4ead75529b2874de83fa25e39210f2bc917c5f7761acc5c8fa3c3ed15395dadf81165', '2026-11-28 11:59:16.43973+00', 'client_credentials', 'bootstrap', NULL),
	('default', '01a22206-1fdb-71e3-b535-aae1f6649c74', 1, '9c11257f', '\x442550b2bcbfbc4dce62e9423f79ba6a69be5ada50f9d38c06de92d6dc195b40c0d77d375456ccd6e4cc296f084b4deddc098f9cb4f4b1abdc648424c3c69361cc034cb14e58828ef1ef506984d97aa17091090220b431bb7f5f0cb90b5e418c9207b992c4755fe6fdafee5a4f32a7e717740b08cf5714215aa0b4df120a8000709aff5e636bfe84500ef47d164cf284576b9ddbfac8d17b55a11b6d7873a27eb90a4dfd7bea159c7652b1d013a8560d80b9e751c7b526c8b59a5226cdb3931a3a1d63861b8a689c6044401e266f1d47a2910701e8596045463acaded176b7e8599e266a3634059e0faae2e3c3257d7c23e7078ce0c4406e830e0e39bb84934920561c4695d294b531b7653605308003869da5b32fe71149d46b5197383f9d6e309ba3d350a2b110db53d8d13575f5ca', '2026-11-28 11:59:16.443321+00', 'access_token', 'bootstrap', NULL),
	('default', '01a22206-1fdf-7abb-98fc-89e2b4b7b039', 1, '9c11257f', '\xd1f0a4141ac94bd465fac837765044210c4e0b06860315e2c66e6f6452d0fd06adca4c32b6c7ef19a720445bcb9d410fdf43a38b987aced7df56ad71931ca71d02fb0ed104d7f808d1bf09c1f2561721f599d0f98ba9644756164e802d889960faa4432ec6e4c9fa222818a664de0d4cc5f8d25ec6232075375fe03d90aff930df992839a180e106334dea469141021bd8774fd22dd85ff537337c23e394656b3311fa300c1a3726089c3c35dbcfd92b64d77d03d4d254ffc021436b2a8783b5e5bbdf4da92098d424160068613799989da82d6a8b2247656733a9ed75ce2cd35079833f73633c08cdbf1c00e58d5e6088b74b6d296f8c9f5a5120cb59a7f356a3f1afed680364708f6a32456dc64413fc9d8d13750f0683d894a40e3d842bd98194a36bbf8159232315c9fc072a8fc0', '2026-11-28 11:59:16.447293+00', 'json_document', 'bootstrap', NULL),
	('default', '01a22206-1fe3-7106-b92f-0e7a0a5e25c2', 1, '9c11257f', '\x5c4b3a967b09fdd599566a37a8de224a18ad09db33090f71df9a0d313ebeb61731135b332b8f57c0ad0680510ab6beaaba81f2e046c00adbfb0c079fc3a8c50de53f8382236fd5ad2a36dfe90ffd2e24d63b95f76f46cd6f47160355ddacbc6cec50e70edc8ee1ae83b447a58ff9f248734a482dc38895585e3094f10ed59e31e8b6e75c512507104c734077cf3baf51d2ce7400c10f5821e108359fda6cfd7ae28ec84f02259fea7db294472a24be28121d8544ee40dde53b0ade1c5a431870466e0fa049502e05bd2376966e5ba8f0777dd18708296c7bbf23b6ab9bf0738e20e741da5febd03785cbb4bd889f8b37b4172e87e69c127944c993c136aec5277b03681578d1173774d55374abff9299428a9752ec99f54e8d077cd5cba62fcb62d07236447ee0380bf342fc6892bf85', '2026-11-28 11:59:16.451553+00', 'text', 'bootstrap', NULL),
	('default', '01a22206-1fe7-71db-b3f9-34cbadcb62ff', 1, '9c11257f', '\xeeac5635d2eac4afa3d4fdb3ee83a122aef8082f39ffefd7722f25aa1dda6e653d1dd41fcc965862aa4467c8e57b826efcfc9d8b9faff8d08a4f8e42c32951b52f1f3b9c44539a66c7bb4a8fdf8e49e22df89d6168c1d8f104f9a6306129dc3cd851710a67b129f84dbf9b93a970b879c27f2349965f71a029a3c61c860757ebf5b96e42c3c0f219b06938f191eee9c47e9e3cc5db5e44cfb42f5b921350f112f1c741234222ec3ff14f5d54ca48af808e759a49fe07916fbf8a6cc9aaec12fbe5385f6263f15c89bdca9c7c69060785a95a4f954b96bff7d13a7b1bdc0d4983579997d3ebcfbb2acdb3fcabddb27fb892efad60117980070e9f9530b848f4fd789985cf072d251f0cb97ddd644f76d9a0391eca01251ef97a2d137dc8980c08949d0cef9841f7f5cc9772d8cd017ddd', '2026-11-28 11:59:16.455681+00', 'jwt', 'bootstrap', NULL),
	('default', '01a22206-1feb-72fe-a5f7-1d47afcc0b95', 1, '9c11257f', '\xbd31f093dde25db5fa6b4b87925a7abd3aa593170bebcc293654f9a7ecc22200f8991843024e6b7145b3fa1cb37c2bf96fd388bd110a18597020ed7552884abee54c5c2de95946bed88bb10e089623705ea75a6c02d831062f344b37c0ce0b7376ee9a97e0272e5ee58fd86fe0f2aebff9b1da8dc502eb94f04a71b64985906850ecbf6cd64f7d7772038a55ecd6753472d6f7bee2dcfe38041709782800fa33e4e3205ae7211289df27644e12355321f5cd353a3aab562afdddaf42dbb9c685711d3675387883b38169608c8b2b1a907abd59b605757ec42f96fac8233ac09da0e44b20ce7f07b24fbe20f617f09a248cbc1982c1e76c87b13ce4208bf4e4babbdff8c5cafa68d9364f7309fbf33eb4d1763b24313fbcd53fc53bb3ff04e9a051e6fcaa26dbb250574597ee3f1cf89b', '2026-11-28 11:59:16.459468+00', 'oauth', 'bootstrap', NULL),
	('default', '01a22206-1fee-7df3-99f7-6d243878be1a', 1, '9c11257f', '\x8f8a3c8ff60d54c6c049ac96bd93295908e8be2b4420965d228db18b939c7e685f9837903c1eee6601272c6e3e9ac2ddbe132c13d3296dcf29eb30fddbe476f396afb5f1849561158071b80d39d3c0cd0abdc0da39fed51ff6c8c3e2ba0f4e860d91e46195957ebb4f912badb0bab27ce4752a86f650dc7e1fc7087f6b584c8252596079c0c99f6607320216c55074e8b1db00590cdfe77845943a4dc9bbcd90cc8999e88dc39e6e1a563206591c423c2e8d4e37e5ab8f6a8ff2461e3d56b012bb5547574caf8ac6fb1b0c1f7c8a03f1c10f76267e8a7ba627033e594994bc4b384075147d6fc2ea2865bd2c246911cf5ffb40ae7107f9f2610374699adeaa541ae81dcf532a753bb4c5b21aa8f395c6dd97264c4931aced3e00e9d1b92eb408d0e4b7aff8a018e522fc92b0f45c1b5e', '2026-11-28 11:59:16.462862+00', 'aws', 'bootstrap', NULL),
	('default', '01a22206-1ff3-74e7-8390-ca13ea973fcb', 1, '9c11257f', '\x9a043b85c63ecf922953c2a4747a8724385492d893b20e95f508d69f16f84d0eee067a592be05535044b1c66760ce577f40c0abe30d45916aef2c11e69c7d1b719ec68ebe1cfa009c34f3d31eb4b10531ca8ed8ec23d9912280704a03ad9c83df14f6c5e47865f38402b33ecf3784f416bb01e806ca757eb184410eebadedcad9f06d7e73065b37d913ebf30f67bf6d05e55734ef832348048d669ea663a79467b42a3e90ff761f0f213b4ad053becbcd4bbf0ec34f73b8e7a61aff1740daa4693e63198b37be630baf2d0c39495e3709a7c3f8b46e1532d49d1381a19bcf9386d2a88d79743ff71f95c1edb47f0b31abb17ff7c441839cde290e7d9684b7cefef039e319f008868a254bbee90d8e8163c8d681a3c42574103185c0346c90bb396bf67ef20d5ee2c8050fd47ad705739', '2026-11-28 11:59:16.467609+00', 'mtls', 'bootstrap', NULL),
	('default', '01a22206-1ff7-76dc-ba24-8d725d52e31a', 1, '9c11257f', '\x0d831c05cb403f97c8450a373ed62240aba24b68979eeab87814675dfc8e954a9f8e18b52be745a4e4f9f2cd4834033e84fd38b13d75c2cb400d94c2702f4b59f6b6b9d76ac90411e8b0ccf23e9293b2942aa89b41d5d3dc68149facacf2e136bc2a9558bbbda2640134b8f890f5a4f38aa6ae83c472d2cd0247d7fbd1a0ddcf95e9a95cae189373c7607984a8aa2f430cdbfddc8e8ae4848cc838fa61ac6267ab3f1daf1dd4ac735b6429555802f9edf0f38b41dbdf1726f1c453e7e7394aea66b4caeb9f10c9be95f486dfcdf8da8c7cbae7f067b927aaa2f55c8bb4ce8dc543000c49a3f3bed65f276a0e599c118168aea5f5a35a7a06be756d7cccc4b5f9039821eca168d8ae274bbee948248bb5b0de0c1d6943d7e5a9b981c20d95a2157c04455a4bd0d0d95736f65dd910d35e', '2026-11-28 11:59:16.471555+00', 'http_request', 'bootstrap', NULL),
	('default', '01a22206-1ffb-7eb4-9fbd-93ac50b9e328', 1, '9c11257f', '\x8ed39a3a780d1a4ddbb0d5f5aba4d66ad5efd5fdf2ac67fdc621f556c74ea24722469d9ce93275535f77f5466104a56a1fcb0935b08354074202e697c979d84d3051a23b4f50424330a43148b3d91c38c7cad20cc77dfe62071f6ad1a57690f3a8a7973aef1ad92bcdad073ee45852ff63f44a1bab1117bddaef6a77a1e6ec210fc3f56470f5d7c39a7f4df8171eaf1e4f3bdd7ca99f5067e4ac009be82587625d3216e092abc58738308c87b5342e75886a714e554f07eeb0bda73683f713098cb2005c088d41d3d7c510db70f5a96308b51575c5f62efec60af4dd1cceb6e97cf8f1a4cccc708f736cfffa094fb66b3e4084238b8240b897cda4318a0c066b13547961ddc8456d18294c4173f333f705194fb1680568be1536e0c7235f51482143f971f86544be0466c7d49f5b894b', '2026-11-28 11:59:16.475472+00', 'multi_request', 'bootstrap', NULL),
	('default', '01a22206-1ffe-7c2c-a204-33c63f2a4df4', 1, '9c11257f', '\x2c258175a11688902080f2270482beaa5cae35785930141f93ddc7cd46f5b24125b195d68ce91e0fe72710bc9995df6f1738af3f66bd8b1189a7e7a84f8cb9c88dbf45eaddea1ebcde45e057b8ebf55dbf2770c183e487bcc8af215adea2c38b3a8937e81ce18bc75678c7685a8c21226fc83dc40253fa0d0397a976b2a68aa735fb72cfd0fb75bf7885e476c56cdb0c7a8955b5094354e2587c242dff6e5f61e682cb374cf7721f85fe8d2519c69955c4accee68f2a68085880c0ad385b716c5741eb6fd92f12dc5c60a9fad6eac8317756f7da3d928c1d352bf3307565399da0d257895a5382b31bd4962668448f8a4edf88fc89cae4c10aa91ef885b31e5124c35c0c4a42a2e4a0a908602ddc8748e6a480757b8139d3971d672a56d8a17b47fbaf8bf65add82d8ea8a03cc466e95', '2026-11-28 11:59:16.478489+00', 'key_values', 'bootstrap', NULL),
	('default', '01a22206-2003-7ff3-9b87-f33cec1e0143', 1, '9c11257f', '\x746f8c26f1f0857a7124544bfd8c30e3e67f59bfe845715bf0bb064a1dc7f21bc24f4a05f48b71e3aa449600792135a7700d0c59d32230d2e4bd1daff2491112aadf647b08475bb7e2b82758390eda1263af089f408309270f1a3a29693626a41208e3880fd4c240ee5ff2f24ec7ff3e83e7a4a6209d2ebb095a77cfb33b96622ae728a782eaf3211b422b3bce2e462a90d9223f17c7b280f63bf753bb3036dfaaf2319fd7c3f97a30ee1964345ffca6f6c9afe15eec2abde2c685335668f824c122cacca478f81dad12fd89d59c2d51b3c8a7dac6d732be5baa90bf0798d76a43138c61cf895f8cc130fcfecdd5acadc2fe216bc161dd20ede5a9abdec282cec24a597218d1a4efb6ed3f76606955dd0be896103e590b0b3732ed9582eba8394660c8a4ef4fa9f0abb629f712922548', '2026-11-28 11:59:16.483725+00', 'api_key', 'bootstrap', NULL),
	('default', '01a22206-2007-72a5-a4be-d46b2857414b', 1, '9c11257f', '\xff9b83a639bf1430f450cb1a9686159754a45431dea8bc14293fa11374ac67258d14708b26886c1f2f8edcb693eade568522113e17063685603ca93439acd5be17100c31ad3c0bf52bb49442349393daa31b685eba8761633de2f12072e6af94ea962d79b66fba2c4434a83d198e4d3547f917a2ab6df31ba14bd1c046fad858b9426c9f65c714d2a49997e2ee576264c345ba5ad481d254b2d89ecfa23f55a41f2c6445af680808bf85b9cba7da22913f8f9da1be02505c86ba619ad846ee5af05bbe6474126c027c63c2e08bd00783fa11396df438146e7d1f42c009fd8f82b695dbd5f62ba23e38771f1f7188030cf4179abaf97ff79dc8808bdc29964d5e1c47855492d283fc5567455074e5a491ae232bbf4303a4dc713b4a6702aae5ca5ea7f1ddb315eb7647286dfc63eef192', '2026-11-28 11:59:16.48763+00', 'aws', 'bootstrap', NULL),
	('default', '01a22206-2012-7607-b563-185ac3b6d921', 1, '9c11257f', '\xe68149245132080c2ec9fc039414f631b9f572cf80f24d5dac4ec175e4b3f84b89b1cf7c3290d639aa726566a44664211f68cc9fd4fb654ff7542d6e5000afd459311baaeea47b55c5e2079ec95dae989153392ac18ae183f3f15d2f082c8663944a28a2c973dd3705653bb93e50a0ebdb925acd6181aaaedd02112cde32916980f99cd47ce1b051d4ee73522085ad63e14aab64794d547aeb41f4278e018f4950346bf4b05dbece889b6526621860752e6c78b9b903e60e86f881f6511761d3e6e64c45d04055f117ebbbcf33dbd8a0972b471c966ebb26488b19d9ff371f04188b60c7ae122f53d3b29a94c5a64fa74f30c3750be0119075b5f02e187a66cf62545cdca8bb42c489eae3731ffe264485029116e6130bab2383843a69cf57f609c8b2b7229103d7252ddd78fb03381b', '2026-11-28 11:59:16.498637+00', 'http_request', 'bootstrap', NULL),
	('default', '01a22206-2043-7ad9-b956-1d59c96aa2fd', 1, '9c11257f', '\x3f7411ab34c1648b4e088d5fd3ed18e8a6e5a82b532009d85aaed289081fec1df1ea99581a8ad7da8eb7906b7907b3d4bb333be4c0c1237ade908110c69dafaa7a4cc46f02a8bd715e254cff96840bee4b1ed345ccb364bea491a66df67f7e8af0d51e377997d496828f9526816361b2da925786c7a486c9ba99f321de19a23e1ea4fc1dcc167aecd92489a8c79329eeb9af1a1e5f645857a1361ce277757102d0f6a93e4fb3f9b3015118e9cc97923e25e048a21250f5c7af196b8d6e25f3475c57fbbc04134bab7a2a0df38eb6ff8e228c3129eb9c74c5d21481300bc6d027050f5f551a1cb6ccd393e83b7edbe2cced4e5570a9d47f36d791a2e6a53979acd2dbdde9bc89b7ccd9e1f676a9ca7908e6be1f92cbc22e74c0e2381c78b886317c1cb0b4031fad6e15448c630b6fba22', '2026-11-28 11:59:16.547653+00', 'text', 'bootstrap', NULL),
	('default', '01a22206-2046-7042-b392-3f79da2b6c8e', 1, '9c11257f', '\x93692e059b0d5c4e50580237a1bc9634dd2575efeaaa83f3033a52c87b711751a27965439611af7e8ceefac8c0b791a888c8aca8a8b0512dc4c0f38c45387136328c1d4d14156103f71a18491502f6018be6c73e5ca59e3aba8d10cb4f46a0f61281f6f6694a1eb4c3e46bc8b225292f6ec2de40b04209b65926b563189fb709241c9afa4452ea3f10cb0f59f2f326c48394cc123692cd98123bf39ab08230d9cd1d7d9bd6cde19e54cefe1913ed3fd0bb1b29124745d0c5849866b76f1bb35d3bb5e5fe9a2e8100c8254bde936f8385e59dc9ced85639872e1c2da8071b52d5995b1fad21b2ab344873474b90ea2eb222cb532158c292ee8861b212537279f3a9e9c5f7e08c581f6841f6c0b69349484a2538984d0c49758b432696e54113bb56d9f3b046a1a0bedbc4578fbcf37966', '2026-11-28 11:59:16.55029+00', 'text', 'bootstrap', NULL),
	('default', '01a22206-204a-79e9-9c9b-228ebe34b54b', 1, '9c11257f', '\x5a8300ad4855e8eec8f41c2437275854b6b030201a2cac87749803a0db1aae75481eaaba25560db0430f4ee068d9f1931b2c0233bdd301a089488b5aa337db9f18f2a789614a6bac5595aabd0da20307a26186ba72a9eadba622812496239062ccfaa4ec0f8a6eb2c602aa996508d1de71717bda6a86fe20f1b6cec7104233f7450df70c74e8ece0f4f532d9dd0d0e20ac63b1007ae759e917c7cc722e0a5bf5c29691993c6aadd75308a1e500661dd11b00d6b6be037cd58355baa54a4df8bd72e0fac9aa345c8acf27fbf9b7a2f0168d3c7b370adc90a4d1e463038d5de06bf3e87a0a6943a01441f0bb3e712db8d3f42a4b4da4b50bb45f196d2223df0a0bf6006b12317cc2f999c64b7664535d51fc665b50b2a1c050a4c856caf08b98fa39e178d7b6892dd260db16ab3a39007d', '2026-11-28 11:59:16.554719+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22206-204d-7f7b-a11f-bd4b51148eeb', 1, '9c11257f', '\x747ba46adca2975afb303bec3dc0f7a883564e445cbe957a0c18856fb9e71e40b6467ae50790e5c005e11dc23628f38e85d7b2866d9c9438695601026b38f0907250289e192ab973b8791fe47679fbbfb6f301af3ee0f77e10574935d2a3354d3f6d975d8ce8c39fa8cb47e68b78fbd77dcaff935791a676d05621eef662399683dd52c06e19e681bebf2caffc329034de1c3bc020306a177388fadec4272b56f965b39d5bd6b36169042e56d5667a333c03b2dd7a4969e2fce9466db85548ea0a6e6c199af83ceaa30b5e4fc5941b0adc9a4dbd484ef2baa2d0e80784f0dee4125a927bcd52832a34d573905cf1e7faea60a92210c33c63218da73c7a469f81b5a9f9368a5587f12b2f506aadf2193ea1b03a1623649ba1f102565308312ce07df67e23fbf8319abb67e7350c208783', '2026-11-28 11:59:16.557978+00', 'text', 'bootstrap', NULL),
	('default', '01a22206-204f-7a2a-b733-cd023eb1db5b', 1, '9c11257f', '\xfc750476be11762c102d39a7257184ebbe1ead8811806b55917ab83ff921e22cc1ef3fab6faac8187a9a9b2d80732b1d2afa37b590d8e66d4c9e4c969c91e4f0ec1e15cbb88928b4a28c605c85fd72ba08568b9cd42aaf14ec4f00e222dc3d4fb48495f41abf6cea6dff55d4b196d8eee28d1b0eb01f3f5e3cbe1c41b5b7deeb826d2812df6fdeb7efef98b14df1913d031d08743e8045891cd6286f3cc473f6ebad085ff42b1f780ed76b1e4a9beaebc25e5d9f2f64d7041f54f8b13c84e29a756a11dd66c1fd857d27d408d4a95f6ca5012e0f2ee41835294054931bb7b318eba482157dda33e6305ac82bf6aaf82c70b49bd310910d3a731bc683451d6c6dd50b8df8118168b8d8f2e57bc0b407098d93c5488326132f181da3c34fc1424e013b790fb6bdac5d452cd526ec26b6fb', '2026-11-28 11:59:16.559968+00', 'text', 'bootstrap', NULL),
	('default', '01a22206-205d-7b8d-aa0f-d6e433d7a49d', 1, '9c11257f', '\x26c911d0f57b890d2b0f303e53df7517187acfce59ec33c97d62ad3ceba0ff51cd9125d7c5046c504d6dee194be4b3a4c749c3b7887819e8cdbb385a766134dfc29f9e8a01abfa5b68d36326d666fce6bca500b29d1cc0220f3ef63c29921e32a2cde846f91bd63635e4e5682b194c850f0f63808785bd2bd97d7b490d08f9fabc3a37a2df099ffcd9d560ca6fd24c890ca4bb079f9851257225cd292c3ec0fded7c1560dd8954b9a1a1af3cbfb8c302c15bbd71628b87f8e6d5850e8782cb20426c76938e369cac943e3a36749b0d00bd60e3ddc924136e80916f27797ba70a149b1ee63a1aa2d7dde41e1e918abc41c1268f98555904d6aeed56519d3e1410192837eef0fe65196b0ec48eb4e55e383d7e748eff20bfc5cef905e2351fbd54be538908cd32fa89fde2656eeb273c81', '2026-11-28 11:59:16.57368+00', 'text', 'bootstrap', NULL),
	('default', '01a22206-2063-7d9d-af88-f81eed36acb2', 1, '9c11257f', '\x34e0d5046e5abd6c16fe6b41ccece42a52d436a1471d02c0d2a553306eaff46f4b95a7b9117852a09e3ae3788bd62163439f7ef51ecca58948af7bfb1e887c3aae567c85bfe411fa0e2aa0301e0a15f8f3521e28885d61e5f32ab779a4caeef2a4fe5d628267947667dbbc5a5bb8fd5454dfacaebf17087187f5724cdddffd14e2ec7d8a3d9953e594a3da23f572168f81c23dfbe873256cb06dc5509304cb4712a41836f72e33661b255712926232300308d78de1ccace5cecf524ef2c0c23a2e1fa817c794fddc9a5cd2dae2285c6f27a7b5c315e3ec8683b6ce51806649f1bc044ffdb4b404dfd0492adbb722a700de461250688a92c510e3057247b2ae71c00d952a98c36ff0dd7408ddd61cec6691efe314605d4891553ac08a1b3e0037ea13141cb7b6e8746dd7f06e4b4f804b', '2026-11-28 11:59:16.579189+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22206-2063-7d9d-af88-f81eed36acb2', 3, '9c11257f', '\xdbeb1f5894e2783982adb76a969a9b67a79d0a31cb7a2a466a58c9a9f655333ed92fae238b2e3d4a71cf55621f8cc955be58f3a4692103ea6fe26328b908c6d32cf5b053e96b0f6732aeb350b257ba43583e0b654d561d72b3773af74839b8454e3751ea46ac363bfe90a5e172752c982a2a9b0b3a6e73aa319a6ad155ff27ba23e0654a61bb93264714c363eebb03cabed8e365590c0bde5a8c6bfd6f464129e9817f0784250e1d3b3a9713d87436cd8ed2063a9d0b83085b4409f4c5555182efb8e44b335046ea57d4f4c48023ba1889ea160ebb79f5b64dc884bb1464b808ca46833b6c6e20924bed281c7085699975633299576bced6e2eebe6cfa5a4b9ede4f475c6bea032602516c41360762047846e64a93e533dd3a130ac2b4d9bc3ef4f9d4141b4fc654004d3658271dd86f', '2026-11-28 11:59:16.587632+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22206-2063-7d9d-af88-f81eed36acb2', 4, '9c11257f', '\xd62e7401b7a27832c93127207497a6e815cad99917b9fe418e7a69b23191a6538b170946164944a3a16afd12a8c779fade0dd85f59e780481db9fb5f42f4803a7e8fc51ea8b09879f24d7bcc95674f176ea829a7243c124f080bb7988006858a0adf9019638798ee4fdf57a4f449110160a4362e21db96f725924fb6b19ad12bf6b488c432af84cd8154ce27b80d72f490ce1ffd016d9e02f478ba0d2546b3aed44b6028f98783f0c69126c9d778a241657568cf745414f4801d9d3cf240f99c345efcd3890e6d5c37c29c9dab50b9e07af076914c795b20ab106ad7b272af9da978d33a8216406cfe1e79330a5232e0807f3a198166d099b7495a7e1d21e2a21c677484cdc6e483f9b22a964709b5d6b2bff8ba64e36729c20f136a9bbe5d8547f1fbfea2c99cd636d4cf16d540c895', '2026-11-28 11:59:16.592879+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22206-2063-7d9d-af88-f81eed36acb2', 5, '9c11257f', '\x817f05bdbc1ec0607cecbff9363ade6f11ffcd43a7b1d7d561ebfe658700a8172ac293881d3c38d0e223bf0f3a0a68fe89960ac06a92418174fd458540880faa5c50a0c7640275f094dc06d11f7810e3dd6a61be8bedf8715485fdaf02bb0e8ee9a8c85d632e70c461a553a9e54c6d0c5b885ff50a7a5a593d187e114121fbec4ccb2b640aa45708e7805002033737e0fd81110cf30742e3db7a77a8b08f08f46dea50d35c9cba0a3ba93751b05b2ce034166f424a0397f4630007051684bf56515288fca958ec835ff54c3ba82a8a9fd57fa0079d90521ab04ab3305ad427c30bf763378cd7f7ed27065bd8a0a8eba63c914d1fa0c2bb3bb90ec21955aedda00eaa3e54966510464431cade6d4275211b59d8173727e55266c8563d6ecfbf29987a9f10a81196b31e6fa70c948d1609', '2026-11-28 11:59:16.601828+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22206-2063-7d9d-af88-f81eed36acb2', 2, '9c11257f', NULL, '2026-11-28 11:59:16.583782+00', 'basic_auth', 'bootstrap', '2026-11-28 11:59:16.606748+00');

INSERT INTO public.credentials VALUES
	('other-2a1d719', '01a22206-1f41-7296-ab45-6eb26bbcd0ad', 1, 1, 'text', 1, 0, 'of the other organisation', 'of_the_other_organisation', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x579a5d181ee8d08cae858b6d7062d7820d2d4ca1c3bcc8eca22a4beaba664fa8', '2026-11-28 11:59:16.289607+00', '2026-11-28 11:59:16.289607+00', NULL, 1, '24077360', '\xc141c62c4c09b34625a84288c9b85f6f6b5a24cf84326fb81d862e5f011a7ad6423c3a477f365a7e63e1042f4bf4fbb5706c0608d27f7e433c3353df34cf1d09', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fb9-7135-b912-69a166138bee', 2, 1, 'key_values', 1, 0, 'native key_values', 'native_key_values', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\xf7f8d3798fafab26f219f4926dfc2cccc833c281093bbf185730f946ad8e5627', '2026-11-28 11:59:16.40949+00', '2026-11-28 11:59:16.40949+00', NULL, 1, '24077360', '\xd8793f87ac8293258fb09c21236e801a26761a7af060333d6fa442b42e0633c01d77b6c9962df15bab8eab49aaf5139b7d78fdc906b35fded5eda4b2e8d9e90d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fbf-7368-b823-665a7203d1fc', 3, 1, 'raw', 1, 0, 'native raw', 'native_raw', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x1517d67a87b022e8f310dc445c6e9ca7e1f60de770cac5f282e8e86d99159c1e', '2026-11-28 11:59:16.415761+00', '2026-11-28 11:59:16.415761+00', NULL, 1, '24077360', '\x94fbb8fd4a610bc0ccd4165692e610727c49b67943434354354d7716fd52c9191b38884b9d6f01be09661aa0b17b335429f562ec459b8ad44baf42ddd6576a0f', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fc7-7abb-a69d-1b5d3ecf3f51', 4, 1, 'basic_auth', 1, 0, 'native basic_auth', 'native_basic_auth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x0aba830e1c8d1e53ac2bb1b20e627e7621ff75d0da13c03d601abf51133aa9c6', '2026-11-28 11:59:16.423869+00', '2026-11-28 11:59:16.423869+00', NULL, 1, '24077360', '\x0ebbd8ff35efe69e34707df64ff3757aa47cd119833490a7ba6f582394965cd654df64b8a086754a3176d0b922f7e0b895004d700dd83706195d251951e86d01', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fca-75b8-8ac7-935f3e1dd391', 5, 1, 'oauth2_refresh', 1, 0, 'native oauth2_refresh', 'native_oauth2_refresh', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x049db9941b558c61765b46a6e0c4c4ab4c75d23afc6ca33c876070b2bf8d07c0', '2026-11-28 11:59:16.426572+00', '2026-11-28 11:59:16.426572+00', NULL, 1, '24077360', '\x4830758cc9bb6907c336c775586b9d860ad3ee721c73ee9b4faff99bb084a09a4db528b39cf66a80b688c616d78ad101270c9b8f1c257eddaf7eadac4c7ecf07', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fcf-7deb-9d2b-2b0823e04e3e', 6, 1, 'api_key', 1, 0, 'native api_key', 'native_api_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x5dd9365087a8c7cd399a23ee3725dd74c9b243c931bd593f7ae1e9e4d89ac9aa', '2026-11-28 11:59:16.431002+00', '2026-11-28 11:59:16.431002+00', NULL, 1, '24077360', '\xd51400bb6b9713dd342d9b99fa3cd86da425752b7968ad9ee2e2a5066a65ddca94dd4e8b8e758506956aecf4ea375b0c38bed658e139c7d1f3d4e5c1e2653f09', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fd4-7799-b7ce-68db29990355', 7, 1, 'api_id_key', 1, 0, 'native api_id_key', 'native_api_id_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x845e843f87e57cae5ee91e43ce6e9f3158d172d97862bd87219c2ac4474738cd', '2026-11-28 11:59:16.436614+00', '2026-11-28 11:59:16.436614+00', NULL, 1, '24077360', '\x4094396ef16125581fb7fe8533c7c28198dd296d7d56aec5a63579544e977254304fe71963aab36be53b410909e6acd0dfc512b6792a40a508a124ce82f9b107', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fd7-770f-966e-38c68e88bf46', 8, 1, 'client_credentials', 1, 0, 'native client_credentials', 'native_client_credentials', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x6cc148e27b617a985cde185391bfa0d8b83ad250788c29a60da4aed4134380f2', '2026-11-28 11:59:16.43973+00', '2026-11-28 11:59:16.43973+00', NULL, 1, '24077360', '\x6522d5224a0e4717b34de8c92c01793be0a1e5d620f6cb6c0410453301ee771f59419437ac865bf729108c6e1d88fad5450395050c0746bc6379bcc226c4800a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fdb-71e3-b535-aae1f6649c74', 9, 1, 'access_token', 1, 0, 'native access_token', 'native_access_token', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x6b9877c2caf9eca5bf163984ef650f9ecaf3edc9f3e43aefafc5313c0043d1d0', '2026-11-28 11:59:16.443321+00', '2026-11-28 11:59:16.443321+00', NULL, 1, '24077360', '\x85eca09dba1470d26643b29599b60ac050ac61e06e38891e8c43c385e0c3311862ca6d22ef0b339b55a9a41fde8ce428db7f3809eebb77eb2df49424fa231c08', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fdf-7abb-98fc-89e2b4b7b039', 10, 1, 'json_document', 1, 0, 'native json_document', 'native_json_document', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x7e2a65e09df576a8b3d866619c2c0b20910e1e54df16f28d96f90ceb5fcaf959', '2026-11-28 11:59:16.447293+00', '2026-11-28 11:59:16.447293+00', NULL, 1, '24077360', '\x1e1101e0bc911affae0b43c5c93fc9b0980481a4b218f1aba521d3bd424edf7fc1dae03f3a909d13ddeed7e2c2744112692f40c367d7e7e1b9ed77521c02630b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fe3-7106-b92f-0e7a0a5e25c2', 11, 1, 'text', 1, 0, 'native text', 'native_text', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x7a92b926798cb47ec541dc40e5490eb93eb68bffb47708028bba3ae6e3b3260f', '2026-11-28 11:59:16.451553+00', '2026-11-28 11:59:16.451553+00', NULL, 1, '24077360', '\x21c9c51e9f25ec7c003cc3668709efd6be67e867e29e7d2d6f601ceeadb7bd5fb4c38b423e12a3e5e911973d37fffa90e28f83861ef3d57fa168dd81bb69f904', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fe7-71db-b3f9-34cbadcb62ff', 12, 1, 'jwt', 1, 0, 'native jwt', 'native_jwt', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\xf511c5006bef21f34b954cef0f7dc41e577d60adfbdeea4e7aefaa7f122922ef', '2026-11-28 11:59:16.455681+00', '2026-11-28 11:59:16.455681+00', NULL, 1, '24077360', '\x38b42ac223e23d86e5186317e5b93a7228c34227c0a51d46c44c7bdde7cf496df73fa8d466a4ec9910ed9caa87edefeac6f304f41c0373e5d322ac8c0b412c05', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1feb-72fe-a5f7-1d47afcc0b95', 13, 1, 'oauth', 1, 0, 'native oauth', 'native_oauth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x75ab66ba0b666f495808f9cfa1e004064b937ce296c3509ee2658d499d959e01', '2026-11-28 11:59:16.459468+00', '2026-11-28 11:59:16.459468+00', NULL, 1, '24077360', '\xf658d380c166e996137d7e3a9584facc2fb9761ff22c9240d530a33b601dab45f8c457ca69d76c663f968afedfffc762dd9c7f123d89a8ccab810f340426d304', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1fee-7df3-99f7-6d243878be1a', 14, 1, 'aws', 1, 0, 'native aws', 'native_aws', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x5c3c217307a3d691b4ddca36c5b307e5d5a18bfbd9805220de1e83ea711faa1d', '2026-11-28 11:59:16.462862+00', '2026-11-28 11:59:16.462862+00', NULL, 1, '24077360', '\x68cb1dceb25140071c02c9fee7c07366e8aa242ecd0ff2daadda5785798bf3e4100d51b4893013f162d232fdc8666f6dfd06d01b39be4df7d20d3441256f3f01', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1ff3-74e7-8390-ca13ea973fcb', 15, 1, 'mtls', 1, 0, 'native mtls', 'native_mtls', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\xf6178378faf8ea0dcafe6d146cbe74b4fd61e696c769f413ef0ff51afe8f316c', '2026-11-28 11:59:16.467609+00', '2026-11-28 11:59:16.467609+00', NULL, 1, '24077360', '\x6091c22bbf2dcf24025fa69a548bb8a429d40198f25be0288c1e75000c3aa81145dbbd1f9eb095dc7c23943b2ee2f739de65ac7cef63b7c1eb07916126465b0e', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1ff7-76dc-ba24-8d725d52e31a', 16, 1, 'http_request', 1, 0, 'native http_request', 'native_http_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\xb14f6b1a7c100c034bd69c408fadfe83d64687483db6dacab5217e0c3a9d8245', '2026-11-28 11:59:16.471555+00', '2026-11-28 11:59:16.471555+00', NULL, 1, '24077360', '\x61946bb5b9a629c41b838396efd19af4bf4d47da5a781462aec5134ed80c231c13399287ae474bbd669ed67d5f5b74f4980b5cf3b001dc531dcd5eead2c99409', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1ffb-7eb4-9fbd-93ac50b9e328', 17, 1, 'multi_request', 1, 0, 'native multi_request', 'native_multi_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x95541f43f9b87ab1c84c590707092d592a808f03218c6f7576b91a8dcb7336f2', '2026-11-28 11:59:16.475472+00', '2026-11-28 11:59:16.475472+00', NULL, 1, '24077360', '\x341b97402551eda3c4f2c222b5241caf2f21500259a31c92fc847a2f4a46b1c22ede093baf91e414fcb95c286b1edb2336756ed2ee8c388b61b9bacb221f0704', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-1ffe-7c2c-a204-33c63f2a4df4', 18, 2, 'key_values', 1, 0, 'vendor key_values', 'vendor_key_values', '', '{}', '{}', 1, NULL, NULL, '{}', '{hidden}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\xa421e19086cfe4a7af62dd3b8e3488ca353f7d51b2c7ae23060787ec0dd10a8f', '2026-11-28 11:59:16.478489+00', '2026-11-28 11:59:16.478489+00', NULL, 1, '24077360', '\x96ef6202f9b253492eb3243b03f6b29b3e4d521617062130614bed59370f3463899ad47c78ae3ff275f8f8c83a2b9e049c90568102a995d938fc1431a2472f0a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-2003-7ff3-9b87-f33cec1e0143', 19, 3, 'api_key', 1, 3, 'vendor api_key', 'vendor_api_key', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x9970a47e90483fcb5cff5345f15492726b5624ee3ce74528737fd2a374d69fab', '2026-11-28 11:59:16.483725+00', '2026-11-28 11:59:16.483725+00', NULL, 1, '24077360', '\x83c0251ace3641db16370afb5e4f7f70ca175362cae320f4b4b46814759fbb9d293069a9ff2100ba2844dd97c76b72ccd130a1a1ae8871e14b141ecefdb20b04', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-2007-72a5-a4be-d46b2857414b', 20, 4, 'aws', 1, 0, 'vendor aws', 'vendor_aws', '', '{}', '{}', 3, 3, 2, '{4}', '{}', NULL, NULL, NULL, false, '\x0802122438333135383439632d643436382d346439332d623462612d3337666561363461333563311801', '{}', 1, 1, '9c11257f', '\x687f9836f2238ba802c7617277057c31764b5dda8a483be30efb8fdbf093f8c6', '2026-11-28 11:59:16.48763+00', '2026-11-28 11:59:16.48763+00', NULL, 1, '24077360', '\xb410942843e802073a6bc84abbc7bbe257e895a4001da37d1da531247df0cf5a059ffc8d4fcdee2399527fac13889d4fe91694cd05d67eda008453cce3c8e202', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-2012-7607-b563-185ac3b6d921', 21, 4, 'http_request', 1, 0, 'vendor http_request', 'vendor_http_request', '', '{}', '{}', 1, 3, 2, '{}', '{}', NULL, NULL, NULL, false, '\x203c', '{}', 1, 1, '9c11257f', '\xe3c024b1b4cea1c9ab3f5ccf1d18bd754cddbac3e80b3a2a1e5e507edf315bfb', '2026-11-28 11:59:16.498637+00', '2026-11-28 11:59:16.498637+00', NULL, 1, '24077360', '\x2871fe9c4f1f52cf2b771f34b6b67003eed277e83afba937defe3f58dc988742b13c349bedcaccd19df1736c560d16a18087237232539b2a00b437ea6c068f05', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-2043-7ad9-b956-1d59c96aa2fd', 22, 4, 'text', 1, 0, 'live', 'live', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\xbe0c05fc29f19a3171edd619affde63d03189083fef5bcd7b5b6c275020c8db8', '2026-11-28 11:59:16.547653+00', '2026-11-28 11:59:16.547653+00', NULL, 1, '24077360', '\x5d985c31e9cfb5494b27b39a755df4d8cf37e3546d049dab789994398ee5f6b71011bd3400fe3ff7714959ef007ded4b78a8dbd98a6fd113619a0269b2d9dd06', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-2046-7042-b392-3f79da2b6c8e', 23, 4, 'text', 1, 0, 'test', 'test', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, '01a22206-2043-7ad9-b956-1d59c96aa2fd', true, '\x', '{}', 1, 1, '9c11257f', '\x0ae77126aa5cde9dd2824581d6daad8d2300ce69e3ff5ef2cd8c087de36c4984', '2026-11-28 11:59:16.55029+00', '2026-11-28 11:59:16.55029+00', NULL, 1, '24077360', '\x37aef92325d90268da70a0e6cc86bf2a3b3436ae416897f423d1a4320e25511e87b3a03b020ac7d45105129453ce257ce8e75b57104671f6521e9e3187e32101', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-204a-79e9-9c9b-228ebe34b54b', 24, 2, 'basic_auth', 2, 0, 'invalid', 'invalid', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{basic_auth.password,"is required"}', 1, 1, '9c11257f', '\x97e9eceac022339720cef8c829ba8fcaf1d358b8d80c2191f3a606f20dca6705', '2026-11-28 11:59:16.554719+00', '2026-11-28 11:59:16.554719+00', NULL, 1, '24077360', '\x841fe5d4d896fe0b70438343e88b4cd6c8234fbc173903b87b3f962d797e4784db3f399f2e52c2f0dbad3b1e2d7adc91fd354528b79252cdf44c1386f6519a03', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-204d-7f7b-a11f-bd4b51148eeb', 25, 1, 'text', 1, 0, 'expired', 'expired', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', '2026-11-28 11:59:17.542319+00', NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x33d5e3e3253e889a543eff99bbcdecaf61bb37fdf5dd168c06f098711220e068', '2026-11-28 11:59:16.557978+00', '2026-11-28 11:59:16.557978+00', NULL, 1, '24077360', '\xe66e392203d963245e7be8334913f3619a4960d5b00931f1e320a71f8fcd6a8f14ed39f4d537dd0818cedd624d19165431d2caf185352ebcc5dd2544318ee90d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-204f-7a2a-b733-cd023eb1db5b', 26, 1, 'text', 1, 0, 'deleted', 'deleted', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 2, '9c11257f', '\x79ee328a0cd512ef93beee137b07884eaa7603014dc414dbd80dbf6d9295beaf', '2026-11-28 11:59:16.559968+00', '2026-11-28 11:59:16.56853+00', '2026-11-28 11:59:16.56853+00', 1, '24077360', '\x237f65ee751a96e24a865cfab98a860d04d7216f11d271de3b19f1f8bf6168f2a3ad6dc82bc59f8d028b2bb4313e11c4dd03c92c01ecad5c17755dfdfdfe820f', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-205d-7b8d-aa0f-d6e433d7a49d', 27, 1, 'text', 1, 0, 'replayed', 'replayed', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '9c11257f', '\x9e3800fa10bc29e7b43a298024073a55062d77729d3fc318f3ec287be76c7a89', '2026-11-28 11:59:16.57368+00', '2026-11-28 11:59:16.57368+00', NULL, 1, '24077360', '\x3ec58a64156313a822d805baceb30709f3b69c487af06dc463dafc49304a8f79dd24e17d048b7833476df102b920918c296a7e43bf7a31cb67d0cbc064055007', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22206-2063-7d9d-af88-f81eed36acb2', 28, 1, 'basic_auth', 1, 0, 'versions', 'versions', 'renamed', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 5, 6, '9c11257f', '\x209ae908616cd5215f3376b9f1980ef39e01716cadbcb3fa2a0e3b8a663d74f3', '2026-11-28 11:59:16.579189+00', '2026-11-28 11:59:16.638438+00', NULL, 1, '24077360', '\xd37a0e53b1a486daf445b4873c0b0cab98526d5ee96249689ab6bc57ddb8fd552f17eed12550f935742b82ef4b93c5aced748ee4454d07c28bacfdee1e1c2205', DEFAULT, DEFAULT, DEFAULT);

INSERT INTO public.folders VALUES
	('default', 1, 3, NULL, 'outer', 1, '2026-11-28 11:59:16.310479+00', '2026-11-28 11:59:16.310479+00'),
	('default', 2, 3, 1, 'inner', 1, '2026-11-28 11:59:16.31785+00', '2026-11-28 11:59:16.31785+00');

INSERT INTO public.organisations VALUES
	('other-2a1d719', '', 2, 0, '2026-11-28 11:59:16.277249+00', 10, '30 days', 1, '2026-11-28 11:59:16.277249+00'),
	('default', '', 4, 2, '2026-11-28 11:59:15.277876+00', 10, '30 days', 1, '2026-11-28 11:59:15.277876+00');

INSERT INTO public.request_ids VALUES
	('default', '82ad096d-9fe1-4754-a7c1-b2a63be050d5', 'CreateCredential', 'e352cf3f', '\x858de6b6cb4a64af5a790a0a19c72ba2a4fa7f47b2d80708bd799bd897c31ff7', '01a22206-205d-7b8d-aa0f-d6e433d7a49d', '2026-11-28 11:59:16.573907+00', NULL),
	('default', '74928b98-69ba-4e10-8799-0ac655fdb091', 'UpdateCredential', 'e352cf3f', '\x7e00494c805a59406371bcf194d388dc5105fbc3b612293ab32f7d98f6d09cab', '01a22206-2063-7d9d-af88-f81eed36acb2', '2026-11-28 11:59:16.583833+00', NULL),
	('default', '04d910b1-f188-46b9-857b-c49dabc0fc5c', 'UpdateCredential', 'e352cf3f', '\xc0b44afa176f889de473d83f148236594927187f8d661cec277727521ec84bd1', '01a22206-2063-7d9d-af88-f81eed36acb2', '2026-11-28 11:59:16.587683+00', NULL),
	('default', 'c843a42e-c796-4f2d-bff5-7ed637f3b1b6', 'UpdateCredential', 'e352cf3f', '\xaa82661b83fc5f3cf50e167612bdcbda8f786d1e68d5ff9ec75e505618899f69', '01a22206-2063-7d9d-af88-f81eed36acb2', '2026-11-28 11:59:16.592935+00', NULL),
	('default', 'dff60951-d319-4c75-a9f2-5a14571c4f3d', 'UpdateCredential', 'e352cf3f', '\x236ef65bbc45e94a3dd2c7537d85290385e0294471d6471ba2e36ca81f090997', '01a22206-2063-7d9d-af88-f81eed36acb2', '2026-11-28 11:59:16.601962+00', NULL);

INSERT INTO public.schema_migrations VALUES
	(1, '0001_initial.sql', '\xaaaefe138da8b0d3957f9a72b75a0d4d6c4294dd0526e28a18a77d718127ac59', '2026-11-28 11:59:14.751953+00'),
	(2, '0002_whole_apis.sql', '\x2f8d00c19cfec9d21d7ce62a50c13e3406e7793164bb52dc6017bacb49be9b8c', '2026-11-28 11:59:14.77492+00'),
	(3, '0003_nothing_lost.sql', '\xb930524f36e4fd7c000af141c58ce7c205875f52f4770ddc3601e753f62d7c29', '2026-11-28 11:59:14.781193+00'),
	(4, '0004_shared_statements.sql', '\x379a903fe20c99f99a813d3624fe766bb923e2d9a271f315f1b16ba00b1f212c', '2026-11-28 11:59:14.793265+00'),
	(5, '0005_chained_alone.sql', '\x13139f2bd14ebb45e4f3d9b3a9f52b7abfeba7def303f74b110fc0a389ecc1cc', '2026-11-28 11:59:14.794656+00');

INSERT INTO public.sealing_keys VALUES
	('9c11257f', '\xa57beb77d2761facd6b513158ef760e848412931d8cef2520ddf88ea71951d74', 'active', '\x570baf8737a65cafc23a5502203dc881ac2ed0243685e32bb57323e617904958dd0e3abe0f5bd499232c0babdfe655af6a4acc7fb2bf17b257f51c04f89341b7fc3c081b11d80d04c2d733268681f81ae963cdc25ea15760e81507f96b2ff1ba38ef1c3882966b410656a59121c06d7c98c51bd86f872ccd6c82891c0c7f85bca8ee75a2a007e01bdf6e436b40d758f61747276828a012e5df7896f80768a5478257a3eb135c91c095536793e5f7b87e33bf9880a2b60dcd64b3858353443948f374248e0306f06f11a09265e16583fcf5e324d9287b89991702202b268ef45e2e4ba0edc4f71219a8bf57c08ec4897df45376d2cde53c536ab90079c21d0cbe24e99e01ccdb75f7c180871eee74dafdab169c820bb06a5e9c6352cf29ca07e4462c3e91a70ea85d29fbb52a76a8356e', '2026-11-28 11:59:14.846803+00', 1, '\xd331ef476af15f9b6eb1e4e4f3989ff1502a58140cc28081845b16a3722ba3ff88e49464c69556312c1da654edfafbb1782f5a790c2fd3954a064f07dc80aa0a');

INSERT INTO public.signing_keys VALUES
	('24077360', '\xef04fee3055044782a186746a7a0b959ee8cbb0d76879631674a285898300cb3', 'active', '2026-11-28 11:59:14.846803+00', 1, '\xe66ceba7a89fe6b2dab574f750f5409b8b452098ccc5663a4f53b53ad5dc3ef25468006675372d75f06119aa00d6656bc03ae0693050255018cd2c9661b7a708');

INSERT INTO public.teams VALUES
	('default', 1, 'Team 1', 'team_1', 1, '2026-11-28 11:59:15.277876+00', '2026-11-28 11:59:15.277876+00'),
	('default', 2, 'Team 2', 'team_2', 1, '2026-11-28 11:59:15.277876+00', '2026-11-28 11:59:15.277876+00'),
	('other-2a1d719', 1, 'Team 1', 'team_1', 1, '2026-11-28 11:59:16.277249+00', '2026-11-28 11:59:16.277249+00'),
	('other-2a1d719', 2, 'Team 2', 'team_2', 1, '2026-11-28 11:59:16.277249+00', '2026-11-28 11:59:16.277249+00'),
	('default', 3, 'payments 2a1d719', 'payments_2a1d719', 1, '2026-11-28 11:59:16.297608+00', '2026-11-28 11:59:16.297608+00'),
	('default', 4, 'friends 2a1d719', 'friends_2a1d719', 1, '2026-11-28 11:59:16.305828+00', '2026-11-28 11:59:16.305828+00');

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

ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT audit_heads_pkey PRIMARY KEY (organisation_id, kind);

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

CREATE INDEX audit_events_by_position ON ONLY public.audit_events USING btree (organisation_id, chain_position) WHERE (chain_position IS NOT NULL);

CREATE INDEX audit_events_2026_11_organisation_id_chain_position_idx ON public.audit_events_2026_11 USING btree (organisation_id, chain_position) WHERE (chain_position IS NOT NULL);

CREATE INDEX audit_events_of_versions ON ONLY public.audit_events USING btree (organisation_id, credential_id, version) WHERE ((box_sha256 IS NOT NULL) OR (redact_fields <> '{}'::text[]));

CREATE INDEX audit_events_2026_11_organisation_id_credential_id_version_idx ON public.audit_events_2026_11 USING btree (organisation_id, credential_id, version) WHERE ((box_sha256 IS NOT NULL) OR (redact_fields <> '{}'::text[]));

CREATE INDEX audit_events_unchained ON ONLY public.audit_events USING btree (organisation_id, event_time, event_id) WHERE (chain_position IS NULL);

CREATE INDEX audit_events_2026_11_organisation_id_event_time_event_id_idx ON public.audit_events_2026_11 USING btree (organisation_id, event_time, event_id) WHERE (chain_position IS NULL);

CREATE INDEX audit_events_2026_12_organisation_id_chain_position_idx ON public.audit_events_2026_12 USING btree (organisation_id, chain_position) WHERE (chain_position IS NOT NULL);

CREATE INDEX audit_events_2026_12_organisation_id_credential_id_version_idx ON public.audit_events_2026_12 USING btree (organisation_id, credential_id, version) WHERE ((box_sha256 IS NOT NULL) OR (redact_fields <> '{}'::text[]));

CREATE INDEX audit_events_2026_12_organisation_id_event_time_event_id_idx ON public.audit_events_2026_12 USING btree (organisation_id, event_time, event_id) WHERE (chain_position IS NULL);

CREATE INDEX audit_events_2027_01_organisation_id_chain_position_idx ON public.audit_events_2027_01 USING btree (organisation_id, chain_position) WHERE (chain_position IS NOT NULL);

CREATE INDEX audit_events_2027_01_organisation_id_credential_id_version_idx ON public.audit_events_2027_01 USING btree (organisation_id, credential_id, version) WHERE ((box_sha256 IS NOT NULL) OR (redact_fields <> '{}'::text[]));

CREATE INDEX audit_events_2027_01_organisation_id_event_time_event_id_idx ON public.audit_events_2027_01 USING btree (organisation_id, event_time, event_id) WHERE (chain_position IS NULL);

CREATE INDEX audit_events_2027_02_organisation_id_chain_position_idx ON public.audit_events_2027_02 USING btree (organisation_id, chain_position) WHERE (chain_position IS NOT NULL);

CREATE INDEX audit_events_2027_02_organisation_id_credential_id_version_idx ON public.audit_events_2027_02 USING btree (organisation_id, credential_id, version) WHERE ((box_sha256 IS NOT NULL) OR (redact_fields <> '{}'::text[]));

CREATE INDEX audit_events_2027_02_organisation_id_event_time_event_id_idx ON public.audit_events_2027_02 USING btree (organisation_id, event_time, event_id) WHERE (chain_position IS NULL);

CREATE INDEX audit_events_default_organisation_id_chain_position_idx ON public.audit_events_default USING btree (organisation_id, chain_position) WHERE (chain_position IS NOT NULL);

CREATE INDEX audit_events_default_organisation_id_credential_id_version_idx ON public.audit_events_default USING btree (organisation_id, credential_id, version) WHERE ((box_sha256 IS NOT NULL) OR (redact_fields <> '{}'::text[]));

CREATE INDEX audit_events_default_organisation_id_event_time_event_id_idx ON public.audit_events_default USING btree (organisation_id, event_time, event_id) WHERE (chain_position IS NULL);

CREATE INDEX credentials_by_deletion ON public.credentials USING btree (delete_time) WHERE (delete_time IS NOT NULL);

CREATE INDEX credentials_by_expiry ON public.credentials USING btree (expire_time) WHERE (expire_time IS NOT NULL);

CREATE INDEX credentials_by_folder ON public.credentials USING btree (organisation_id, owning_folder_id, id) INCLUDE (expire_time, live_credential_id, surface, team_id, restricted, read_access, shared_team_ids) WHERE (owning_folder_id IS NOT NULL);

CREATE INDEX credentials_by_name ON public.credentials USING btree (organisation_id, surface, name, id) WHERE ((delete_time IS NULL) AND (live_credential_id IS NULL));

CREATE INDEX credentials_by_surface ON public.credentials USING btree (organisation_id, surface, id) INCLUDE (expire_time, team_id, restricted, read_access, shared_team_ids) WHERE ((delete_time IS NULL) AND (live_credential_id IS NULL));

CREATE INDEX credentials_by_team ON public.credentials USING btree (organisation_id, owning_team_id, id) INCLUDE (expire_time, live_credential_id, surface, team_id, restricted, read_access, shared_team_ids) WHERE (owning_team_id IS NOT NULL);

CREATE INDEX credentials_deleted ON public.credentials USING btree (organisation_id, id) WHERE (delete_time IS NOT NULL);

CREATE UNIQUE INDEX credentials_test_credential ON public.credentials USING btree (organisation_id, live_credential_id) WHERE ((live_credential_id IS NOT NULL) AND (delete_time IS NULL));

CREATE INDEX credentials_versioned ON public.credentials USING btree (update_time) WHERE (version > 1);

CREATE INDEX folders_by_parent ON public.folders USING btree (organisation_id, team_id, parent_folder_id);

CREATE INDEX folders_by_team ON public.folders USING btree (organisation_id, team_id, folder_id);

CREATE INDEX request_ids_by_time ON public.request_ids USING btree (create_time);

ALTER INDEX public.audit_events_by_position ATTACH PARTITION public.audit_events_2026_11_organisation_id_chain_position_idx;

ALTER INDEX public.audit_events_of_versions ATTACH PARTITION public.audit_events_2026_11_organisation_id_credential_id_version_idx;

ALTER INDEX public.audit_events_unchained ATTACH PARTITION public.audit_events_2026_11_organisation_id_event_time_event_id_idx;

ALTER INDEX public.audit_events_pkey ATTACH PARTITION public.audit_events_2026_11_pkey;

ALTER INDEX public.audit_events_by_position ATTACH PARTITION public.audit_events_2026_12_organisation_id_chain_position_idx;

ALTER INDEX public.audit_events_of_versions ATTACH PARTITION public.audit_events_2026_12_organisation_id_credential_id_version_idx;

ALTER INDEX public.audit_events_unchained ATTACH PARTITION public.audit_events_2026_12_organisation_id_event_time_event_id_idx;

ALTER INDEX public.audit_events_pkey ATTACH PARTITION public.audit_events_2026_12_pkey;

ALTER INDEX public.audit_events_by_position ATTACH PARTITION public.audit_events_2027_01_organisation_id_chain_position_idx;

ALTER INDEX public.audit_events_of_versions ATTACH PARTITION public.audit_events_2027_01_organisation_id_credential_id_version_idx;

ALTER INDEX public.audit_events_unchained ATTACH PARTITION public.audit_events_2027_01_organisation_id_event_time_event_id_idx;

ALTER INDEX public.audit_events_pkey ATTACH PARTITION public.audit_events_2027_01_pkey;

ALTER INDEX public.audit_events_by_position ATTACH PARTITION public.audit_events_2027_02_organisation_id_chain_position_idx;

ALTER INDEX public.audit_events_of_versions ATTACH PARTITION public.audit_events_2027_02_organisation_id_credential_id_version_idx;

ALTER INDEX public.audit_events_unchained ATTACH PARTITION public.audit_events_2027_02_organisation_id_event_time_event_id_idx;

ALTER INDEX public.audit_events_pkey ATTACH PARTITION public.audit_events_2027_02_pkey;

ALTER INDEX public.audit_events_by_position ATTACH PARTITION public.audit_events_default_organisation_id_chain_position_idx;

ALTER INDEX public.audit_events_of_versions ATTACH PARTITION public.audit_events_default_organisation_id_credential_id_version_idx;

ALTER INDEX public.audit_events_unchained ATTACH PARTITION public.audit_events_default_organisation_id_event_time_event_id_idx;

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

