

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
	('bootstrap', 'default', '', '\xab1b0982cf8caa4a6b449a4a1c736ac886b825dddc6c0b606b41982d2e1a9941', '{1,2,3,4,5}', '{}', NULL, '2026-11-28 12:02:27.347652+00', NULL, 1, 'a3b56792', '\x608ad103c7e404d1a5da09ca68bd530999f01f54baf06b07d070b8931d4e274a834cfe9a79f9ca52c1b73539bb4792f23f3bc368aa07d03de3535bc18c8ee003', '', 0),
	('m2qfjf6hfsuz', 'other-72bc27a', '', '\x6611c08e9c88429630a04fe5e1800b64c360566f2256c88a9c537fb3a0e88090', '{4}', '{}', NULL, '2026-11-28 12:02:34.82165+00', NULL, 1, 'a3b56792', '\x301dbd84382f4f8724866ceb31e13af483183ea3d3ef30a314f484909b413fb7ccc698de622a8e19f3c9bb51ada5dd4d9fe85128c05d47ad899768ada7871909', '', 0),
	('dd4ixpsysukx', 'other-72bc27a', '', '\x0c9cb90dcce7a81ddb012354bd2cdbff15d7f54ae8aa27f4744f27bc7873f6de', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:34.855243+00', NULL, 1, 'a3b56792', '\x4bf615d2f751e82826e4d43e29e5717f9a72c9ddf6e4f9b7a3a2f73aaa1594caed486c88fc69cfae0d9ac7b3ad6e0e234aef277b23e7cd761e30f01851522a07', '', 0),
	('ifdznpttz76o', 'default', '', '\xddbdef46020aa92e57a7740fa34706ed1b1f974eaac3cac1e02314b05944e7b2', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:34.905673+00', NULL, 1, 'a3b56792', '\x18c3fb1073b0cf2f95adc7e3b529e7fa445c9cbd9ecfdd8b9fd4c3b8a09a6a2435212edde368106d862a580d9b5c8d368a63e6b0c08b5d4eed6dee9fe6314f07', '', 0),
	('4zcwo364ai4z', 'default', '', '\x6d9016fb510892451de304b8f633e2ae87090df9ee2fba21b0d882e4f4f95e2f', '{2,1,3}', '{4}', NULL, '2026-11-28 12:02:34.910277+00', NULL, 1, 'a3b56792', '\xb9981633ac36676c0931e80fa566634fdec7fd0f3146b69e8e6a003ed9a3d28e5dec481f7131d5d5a8dccb87203683be9f5d29f23913495aa62b5927e62ef00b', '', 0),
	('2xjy6bmkzi6s', 'default', '', '\x548fd50a36713b1262258c638fcf77a8dcef36ce2ab681b9b1440854295bc268', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:34.914692+00', '2026-11-28 12:02:34.921463+00', 1, 'a3b56792', '\x2069da15327dc72f9da9d6df3f575ebdeaaf209b3fab0693966ddd0f3dd7960919b18026fce26d3de8cdc2810d957a222cac3152d1eb2837c68df46a62e5a70e', '', 0),
	('sfb5yse5buj7', 'other-2a1d719', '', '\xf336847c75a615482bf857501ab736ae5eb145c75a7317781342de9d0878d5a4', '{4}', '{}', NULL, '2026-11-28 12:02:50.468956+00', NULL, 2, 'a3b56792', '\x7ce6604483ca91988e018af75df5fb37851e44dec1cfe472be6afc1f36fc51b282b83d602aa5054b93b85546f2fe04c333113982c051c7c9f8ffc978bc9f9504', '', 1),
	('rc4hc4asqjva', 'other-2a1d719', '', '\x66a1a0631808fc8df1283e299dde601cb736a2547e503472e4c85b497bd6dfc0', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:50.958428+00', NULL, 2, 'a3b56792', '\x007a0d19dff85642ff72e92cbb8df1ef07eb8d45c405b9c96a0966da614135349460748876348d9d4a35529955e6fd78d0e909137773a67129b7e5e15a895409', '', 1),
	('sgsq5lqzzrg2', 'default', '', '\x1eee8f58cfc7e809be5a52c5ef26908448d3b06e601a94cf306e0ce44697de7d', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:51.38759+00', NULL, 2, 'a3b56792', '\x86e6240740eb25cccc39b31e9ce74f2fbc8267a0899cb10f42f41e174a8cc39e0e8baf56e2b301d4b50ddb34c5cc6e2f28fb7033e29040f87b04f25aee74bf06', '', 1),
	('p5m2f2vtbrrf', 'default', '', '\xbcfd252a52e05d4f6cd869ac12aca726bef7f946ac2d8d5714a692aaa4c5f0f6', '{2,1,3}', '{6}', NULL, '2026-11-28 12:02:51.606023+00', NULL, 2, 'a3b56792', '\xea4216cd6c73ee0cd63852c855994c7204efb76a4357307889f32768b2968ae3afeebdb66b9b032f89aaacb43343f23172fee116ad689f39f4c706eb054fd10a', '', 1),
	('g75563cunobt', 'default', '', '\x', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:51.632259+00', NULL, 2, 'a3b56792', '\xfa75393b8f7c2702343655336d4155ba487c98e61197dd4475d99d77e8ba5c49be954798cbc98791a46c1715092b66d685a7d147e4836ed048b3911e9cfdce04', '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzgEjkrgZi4DvdTuAX+95
J9HdlJBHPxcxYCDZ+TCoDlivThZuQMPHEurmTBWSol/6NXPP3AvugNjyNEx/mmXw
F6chiJnvGDtaoVtjw7Q1WC2xs+FAE/0LxNwpNBykSsBnWdOUXUZNTQdcyJFc9avP
R/7UkJWW5J4VBot4xytR6/LiyGeXaeWI6GxWS6DT/TwAdam9Rueg/c6AqXFh5oEk
+WJ7hElasr8v3NlJw5v8nICny4h0rH8dSBaYIhEyeNmAFWaZ3WVnMz3AcfN9WT2y
QlwEd/EtjybKuoe4YgTZXy7MsSeCnPGQ1kyKEE8Q5OCLisO6vSy9FNiFUQpFFNcM
SQIDAQAB
-----END PUBLIC KEY-----
', 1),
	('zc3o6jzwjohb', 'default', '', '\x9bec7e16735a59e8e2575e5d2c911ed9f74f29277967fa76f718f665197bc914', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:51.628516+00', '2026-11-28 12:02:51.639049+00', 2, 'a3b56792', '\xc529848434d8a484124de6c3ef841fbe047fc45071bff542946881a7607f4bee24ad7cdd245dd4c05e01cad54f882778f4d97b33033ee38ef3aec1b5f3fb4808', '', 2);

INSERT INTO public.audit_events_2026_11 VALUES
	('default', 'b0deeeeb-ccd2-48e6-9496-d1612eafc137', '2026-11-28 12:02:27.347652+00', 'CreateApiKey', '', NULL, '{}', NULL, NULL, NULL, 'bootstrap', 1, NULL, 'OK', '', '\x22d6546a0e5da9bd190505b9fd106be85af4d65f1522184aa60ce284a7b0787c', '{}', '\x0a8e0976d379247218c445f6855cb152262478a5991d5de1fa76213911af96e8'),
	('default', '5a3414ab-cad2-4ba6-b4b1-3ee0ef705ad2', '2026-11-28 12:02:34.867396+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'payments 72bc27a', 2, NULL, 'OK', '', '\x95024b85516962bab4b1a386bef8187bed8c67833113a427a18a403856b49f51', '{}', '\x252f3d4cb56f749d350f352731dc5000f5f058957ecc0cd1821115110c748c14'),
	('default', '83ceb1a5-32cf-4c26-837b-5959b597d5cd', '2026-11-28 12:02:34.877247+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'friends 72bc27a', 3, NULL, 'OK', '', '\x1209a849d6521402507964f4610a89164c161869727916fc2a462c11a821ea6b', '{}', '\x71811d850a254fdf78d48de89fd8b0bcfa9a59044c326934bd454d7ec3e16baf'),
	('default', '65bc4706-77c7-4182-abb2-4d652ea9bb48', '2026-11-28 12:02:34.887897+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'outer', 4, NULL, 'OK', '', '\x019d9442497eb9c61e6016c9d6fce64aa8852d4c68cec203d2e9925a5eb198ce', '{}', '\xdf870d74ea698aff8d239a8620cadf32e96c7da68ec7d6f0a17adc1464093cd4'),
	('default', '3cb0feff-7b0e-4dfc-9ded-7ab9b5f0a83c', '2026-11-28 12:02:34.898793+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'inner', 5, NULL, 'OK', '', '\x27c0ac39991c6e8b768964e72c9df38b972e85eb6c1376d40d866755d3db4a04', '{}', '\xffdc20365fabb5ade2aaf36a1b99f220c8916a1dbb47fe79f005b276e10c1503'),
	('default', 'a7a5a06d-2213-4747-b204-bc7d83de62cb', '2026-11-28 12:02:34.90588+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'ifdznpttz76o', 6, NULL, 'OK', '', '\x0ad3b6e4f530ec7b19ec73800c1ede5b3310b1f2e68d12d4bc1ccb08e660e4e9', '{}', '\xf72e8c1050987fec4077da10c0e5bd6f6c8cd5082c957c035174aea93f2e406f'),
	('default', '4fe27205-8308-4ee8-a567-4872025175e3', '2026-11-28 12:02:34.911939+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '4zcwo364ai4z', 7, NULL, 'OK', '', '\x2127f3b9775f4fe5e2050f2d1f05bfbc2ea2bb629d76ac8a8845e1e595c90958', '{}', '\x9c5e53da303a568f4b291acd01311caaf35798c774c15574ac209fb4289df2bd'),
	('default', 'd6b75292-731b-4a8d-b2cc-adfefcc53e0c', '2026-11-28 12:02:34.914862+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '2xjy6bmkzi6s', 8, NULL, 'OK', '', '\x9a3f9c1464a52c2afa7470728975c97704584bd536f14b88d8c96cb255ddca20', '{}', '\x2941a8cd2254745eb6b254fc42148814f49c47cc5a2522cbdf2821047ba40d5d'),
	('default', 'dc2ba421-29a6-475a-a02f-7b756523e993', '2026-11-28 12:02:34.921524+00', 'RevokeApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '2xjy6bmkzi6s', 9, NULL, 'OK', '', '\xc84457093ab798dda81edb4507c221b66f602d2f8af6d862e62b967d8e6dc164', '{}', '\x3824ef1083701c4f3abb046d88db0a8c992b9b6402898d291e73252cccb73ffe'),
	('default', '4428b714-c74e-4cba-83bc-2c6d11ba44ea', '2026-11-28 12:02:34.930065+00', 'CreateCredential', 'bootstrap', '01a22209-2731-78cb-978b-37521905840c', '{}', 1, '\x7e11a3db06592d18bf99a9e5073e39f15cc89e69cd6ac3ce885cb46332b340cf', NULL, NULL, 10, NULL, 'OK', '', '\x9292e240c437c578badf8dca64f3a1dfc7235f9f7ba708391988e7b89907d237', '{}', '\x4db25bd89501e8b4d223aa8ae9a0f3811de1988e23897d09441504d2708fbb42'),
	('default', '659e8e0c-2f56-4d00-9246-eb5cb9c1e315', '2026-11-28 12:02:34.936091+00', 'CreateCredential', 'bootstrap', '01a22209-2737-7434-a548-839f4ec50a86', '{}', 1, '\x24c23d79ab920a59e46ebe36036a3f82b60ecef8cdce8789b66a248835b03a44', NULL, NULL, 11, NULL, 'OK', '', '\x21819f3fcdbf70b9f1f72bb0bd2e03e5ce5a3840845c04fc33e1a104e9505709', '{}', '\x96b132dabea4bcfcd6ca80f3c19f9e1dfdede0ddb2dc7f19312a5dcbfa54946f'),
	('default', '4784b2d6-83c9-46de-aacb-95e2ac8a9cd1', '2026-11-28 12:02:34.946244+00', 'CreateCredential', 'bootstrap', '01a22209-2741-71e1-a777-95088a6cb943', '{}', 1, '\x9f8ac7d452010a967ac7268639acc25a9a8ce4ca79c3fec18e7fc384ae2968b7', NULL, NULL, 12, NULL, 'OK', '', '\x7182077f2d36d64adcde0794035ac50a2187bd93504c027a70bca94c03c522b4', '{}', '\x57c0858c6700f06a5557bf138db52b5fb2f0430012707af6a654d98fdbc16cd5'),
	('default', 'd9dc6677-d0e5-49b8-aa31-562d840074af', '2026-11-28 12:02:34.955758+00', 'CreateCredential', 'bootstrap', '01a22209-274b-7448-9f9c-06aa9003d36e', '{}', 1, '\xb409f3cee06b70e2827dbc9a49af6d0a4c6b4df1da6f8497ecb392fd3960c262', NULL, NULL, 13, NULL, 'OK', '', '\xa2acc4d7541a9c31d10f84162bada726f659958e5adf45c8a2bdd8021f747dd2', '{}', '\x739e0449ea36874277b303581956faf054f51bddeadfef69c2b7c5451e46d6b3'),
	('default', '9c5db0e4-97d6-4f1b-b6bf-53a1e6490d40', '2026-11-28 12:02:34.961766+00', 'CreateCredential', 'bootstrap', '01a22209-2751-7f2a-aa0d-3f18eac2d291', '{}', 1, '\xecbadb807980194372d633f4cc2b8574b6c90b8089212dd93761aaf58e875d05', NULL, NULL, 14, NULL, 'OK', '', '\x3ee515791804e119400d4fb6a0740b5463da3ec6560bcbee6018b304377c1a32', '{}', '\x852844fb2a58abb0827bad6e75a0e8761f5303d2de33ff43d43c626eeb5da71b'),
	('default', 'cf71e104-99c4-45fa-907b-efb9a282c86f', '2026-11-28 12:02:34.971355+00', 'CreateCredential', 'bootstrap', '01a22209-275b-728a-a8a8-2e34a9fd309a', '{}', 1, '\x9745f0edfd5b45cacc77e5820e4f52bcb1f69bc709b9e477d98a8539d964876e', NULL, NULL, 15, NULL, 'OK', '', '\x4ced14761280036d0dc89408b774fcdb63a349c8a15b7e09839df0ed0e38bfa2', '{}', '\x1d88b35a081617fc9b9ca49a59abbca14d2a714c2f798cc5c76975cffaa12aef'),
	('default', 'e8689a99-1d8b-4db5-bc78-21754356581d', '2026-11-28 12:02:34.979403+00', 'CreateCredential', 'bootstrap', '01a22209-2763-7ce9-bfd0-dd801ed0a6e4', '{}', 1, '\xb6eebb167b3b18afdcbcbf59940ba8da1d7a963974677320dd0806ca85f786de', NULL, NULL, 16, NULL, 'OK', '', '\xd81acd88414c263edf556e673bc64600c4022befe55ff749236cf14ed7a9ec52', '{}', '\xd7fb54c34720fe0347932549e092c5e106593f08e2faf5f733871bc2a999d86d'),
	('default', '5d816083-bd70-4029-9965-5df6b00aed8c', '2026-11-28 12:02:34.992523+00', 'CreateCredential', 'bootstrap', '01a22209-2770-7510-bb32-ed3d9befa5da', '{}', 1, '\x73a4005355c6faea0b34e6cd0c6362f430cd2a00477bae4cffc7df49940918c0', NULL, NULL, 17, NULL, 'OK', '', '\x8b0487565e1d81a3f5e9b0183c1d0ea4b6897835a383e09d4f2620d79cc3b56c', '{}', '\x751b88b071ad20f868a3bfdf00ffca7265a5d4fd1fe881a106cc3c64d80dc80f'),
	('default', '7340aa9f-f48a-44be-b62c-8b54f69ca542', '2026-11-28 12:02:34.999336+00', 'CreateCredential', 'bootstrap', '01a22209-2776-75cb-9a66-78e18cff5636', '{}', 1, '\x6611b9928866327850ebfeacc9e6eb0cabdfda3e8a24796721a56342c80c9281', NULL, NULL, 18, NULL, 'OK', '', '\x9b4e9017fcbeb0c8560c0dcf9fca8ae2d790aaeee35039abc1b3eacda3f13c0a', '{}', '\xb399e9fe12f0dedc899792d25b25a6045f73a0aca56f46b089ef36b2db7d743e'),
	('other-72bc27a', '2947b8c7-2607-4497-be54-6e1caa1b4b2d', '2026-11-28 12:02:34.82165+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'm2qfjf6hfsuz', 1, NULL, 'OK', '', '\x082ce2f1ed5df138d8ac32719309cf6ccef4dc32890b5758eef3fc2d117822f0', '{}', '\x530467bf729c38863b90acc3eccd6f8caafdf9cafcbef4992fcc73c57e83e71a'),
	('other-72bc27a', '086a376f-c012-4983-a2d2-049679add3b5', '2026-11-28 12:02:34.855485+00', 'CreateApiKey', 'm2qfjf6hfsuz', NULL, '{}', NULL, NULL, NULL, 'dd4ixpsysukx', 2, NULL, 'OK', '', '\x0ff24b2b816384be2ba977b540a8c8c99c5acef6c6ca0a4721ac48d236b4de59', '{}', '\xf1ff0d643dabf5d54d1e0828523eca7a1514fc8e9df1140b6af33cc58dcc11bd'),
	('other-72bc27a', '006d05e3-fd31-4653-839a-d4377d44e7ad', '2026-11-28 12:02:34.857498+00', 'CreateCredential', 'dd4ixpsysukx', '01a22209-26e7-75c3-a786-90ea33cc892b', '{}', 1, '\x7f93bf5de9e860a20e26d9f3171299c88fb6f7833ad3fefb5ef88568566fe2f4', NULL, NULL, 3, NULL, 'OK', '', '\xb8dc71fad2434b9ef6d007b3c584f6d9c60acb91a632d56510de653a56a57955', '{}', '\x9c78c7eaf0c787b780e8eb7019332472131378aea2959f556e64705756a8ceec'),
	('strongroom', 'da36a3ab-97a4-48ba-859a-8be68425fe6e', '2026-11-28 12:02:27.347652+00', 'CreateOrganisation', '', NULL, '{}', NULL, NULL, NULL, 'default', 1, NULL, 'OK', '', '\x931d5b7881603d480102abc0d812ed95e3aca0f24b7ab18c3b2d1ff8ff969aa9', '{}', '\x44b0d0646af494081ef9e59d3c7a0db4399cac2f3fed53f5f4066c881447b586'),
	('strongroom', 'f48f9869-2105-4727-91bc-fff00b1fbaba', '2026-11-28 12:02:34.82165+00', 'CreateOrganisation', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'other-72bc27a', 2, NULL, 'OK', '', '\x8a9856b5dfb64d0a041da9415bc67015a2709b97b9623d3633788df3c578266b', '{}', '\xa6df3d34a4067abfd7f03f01b1232fa4304b45fe70aea07c0847c0ad9da070c2'),
	('default', '01a22209-5c74-735b-a895-0bf648f370dc', '2026-11-28 12:02:48.561938+00', 'RemoveCredential', '', '01a22209-2804-7590-87dc-7d32ebe0fd56', '{}', 1, NULL, NULL, NULL, 35, 1, 'OK', '', '\x5a7869c9af4e5fe1f33f6cca96c40c1421b825f4b7e8a5fe77a8df4142529c04', '{}', '\x9562868b4a7371787a6b01a9af99d55a03ddf4afd8cca7df0ebb7b2030e413af'),
	('default', 'b88c34fb-6bbd-4b0f-bad8-e7be53a032e3', '2026-11-28 12:02:35.007087+00', 'CreateCredential', 'bootstrap', '01a22209-277e-772f-920b-49df7194d275', '{}', 1, '\x939b5995dc81e91d2b6d2ed09ea6632a563f4e20006490ac4e1676bc32d3957e', NULL, NULL, 19, NULL, 'OK', '', '\x6a54c4501e0acc6484455359e349b2375b20535bd38552392d97db971426ef44', '{}', '\x4813cb365328ec29bbadc8b0b237068266a47265c965a378de8f2fed298b279d'),
	('default', 'c920b9e4-fc2b-4786-af8f-5bd0410c974d', '2026-11-28 12:02:35.015219+00', 'CreateCredential', 'bootstrap', '01a22209-2786-7031-b4fb-fabc3503027c', '{}', 1, '\x5704fb5c89800233a5c37212c284e9778774cfc60fa9c27462d1209ed1273bbf', NULL, NULL, 20, NULL, 'OK', '', '\xc3e185dd6b1276a40b578bb42715037b5f0f20e2521ff16a5ec4646677b7c7e0', '{}', '\xb47bc383233db07d6eaa2974433769cdbc1dfc96330a9637623504318c49e4a0'),
	('default', '17938511-d150-4df0-b0f8-550fdfcfa75d', '2026-11-28 12:02:35.026618+00', 'CreateCredential', 'bootstrap', '01a22209-2792-76b0-b91f-1f7f9117dd2e', '{}', 1, '\xea29d7e35fd242edd5c9e8af7f1a973bf9dd90abc8bd592ff3579a6ce3a943fd', NULL, NULL, 21, NULL, 'OK', '', '\x3b3a16fe82e69678ee8404a5a3967fe3d20f5ebaea02c2042f7b9579fbe35087', '{}', '\x699dd8276b2bffa15553386fdd4ed4bc80fbb6103628c4dc0bdbeb92b1770227'),
	('default', 'f5a2ae6b-bb63-461f-b0f3-2c18509da939', '2026-11-28 12:02:35.033302+00', 'CreateCredential', 'bootstrap', '01a22209-2798-7751-8cb5-8703c80a3450', '{}', 1, '\xe4b062a2c5541b29ceb1bfa8e7aeb485f3e7f60987f09e7c75efff5a91e6c87e', NULL, NULL, 22, NULL, 'OK', '', '\x2193592242b3588bb34cfebf13b8376243e3005204dc969b51296db6780d00dc', '{}', '\x99a5caf990a243af80c60311eb577bbbaf72a671d790bbd516aea1f704211994'),
	('default', 'e10deb84-b975-47bc-8ee9-6fb50f6714a7', '2026-11-28 12:02:35.038895+00', 'CreateCredential', 'bootstrap', '01a22209-279e-74f0-9728-fe2a0ec30554', '{}', 1, '\xcc63bd8ea3a5627c8fa4ce3f61ba9aa609b09c4baa107905f219ac912b305b18', NULL, NULL, 23, NULL, 'OK', '', '\xf908adbbedb5d3573cf189d46e2bf40279048f4ae1e337c5e4f8c6822a74035a', '{}', '\xd35e43cb43ab9741cb28a793ff06d8c94439573e7e3bd569104e7f4632d8f2a3'),
	('default', 'a9f415f4-5ed4-4bd8-967b-a5701b51243e', '2026-11-28 12:02:35.042656+00', 'CreateCredential', 'bootstrap', '01a22209-27a2-7502-a2a1-159c55f762a5', '{}', 1, '\xadbb83c298ab3e8ceec51c2f7ffafced45e791b8bf13498f521b94c6e003cb4d', NULL, NULL, 24, NULL, 'OK', '', '\x0d08be50e4d0f9dbcfecb05133cb5304bd18e40bebf8cff41a422a93f0acdb93', '{}', '\x22146e50b921b9ea3b7124e4261ab792e5b04b0f84aea9c0818036db824c2f50'),
	('default', '4b9a6c8c-7dd8-445a-9592-d89b6faacebb', '2026-11-28 12:02:35.055048+00', 'CreateCredential', 'bootstrap', '01a22209-27ae-79cb-a747-98f6650fadf1', '{}', 1, '\x3105a24ac0f40670152771389192f9a3012fac8fedb89df80f8d8f55ebb2f650', NULL, NULL, 25, NULL, 'OK', '', '\xebf0f19f03c552b40da31fe27db811a319f301342fd42e4738bc3d6d5dba50ae', '{}', '\xf78c02a3c5977652b7ebd68d42bb4ed46d1e7ab64ecaeede7b4731ffcaacfe23'),
	('default', '12726988-443c-411b-bb34-9ca58c845886', '2026-11-28 12:02:35.060222+00', 'CreateCredential', 'bootstrap', '01a22209-27b3-70ca-b781-6b9d09b53d71', '{}', 1, '\xe2ac5265557b203dc2fd44ce3f0f5466c8d20b69a5be0515a2cd1d3aac81ab8c', NULL, NULL, 26, NULL, 'OK', '', '\xf4cc86bbcb26f48545e4625692ea08a20a4d396c7a372b26a64d3e8acf0cb33a', '{}', '\x273e34a0110d8a80661ad1323169d4c1c1abe011d82c370818ab2871aad2c7a5'),
	('default', '62ad9e4d-b1e8-484b-84d1-81c85f476cf1', '2026-11-28 12:02:35.066856+00', 'CreateCredential', 'bootstrap', '01a22209-27ba-7611-a525-9323b88b7579', '{}', 1, '\x5e4a13970f1ae6d20c3a56bdc74364e04ae4e38e860346d06e4ca65a96a35e38', NULL, NULL, 27, NULL, 'OK', '', '\x01f050899500289942265f54796a6d36e7f677c98dd31df50e8ab224012bbf12', '{}', '\xbdf9ca4ba80977839aa72bdb50f942ab45acc0ce769a5bb1e41619cfe9f17a26'),
	('default', 'd7a6f663-f0d1-4ccc-8122-08713b20109a', '2026-11-28 12:02:35.076802+00', 'CreateCredential', 'bootstrap', '01a22209-27c3-7377-8928-7010f9cd8389', '{}', 1, '\x276291cd6c27932c1b1d5c765843a409b81ad2260d694730ac467d462a694a99', NULL, NULL, 28, NULL, 'OK', '', '\x4de7a416819428362824238a6c4b6939a6df444fedaf1b6ea12d375aaa92e201', '{}', '\x77e27621509696bd69d29bb32f935bc2f42aeff9d0cdb1f6bd3d729ff96b8e0c'),
	('default', '81858e5a-4541-44f8-a5dc-eeb83ad183b9', '2026-11-28 12:02:35.087952+00', 'CreateCredential', 'bootstrap', '01a22209-27cf-7c7e-a399-edc9e0c71cc3', '{}', 1, '\x88378d9ae34b501d52831f4129dcc088418833f5481e41e1173faf82262531aa', NULL, NULL, 29, NULL, 'OK', '', '\x20de92e452c041925264dbc81fa3c2ed8ef19aae32f269eb0ff119fb55bf2e76', '{}', '\x02d86a0c6826a31b5d636de6ebc0f11fcde6adbc205e6a3da47ff46417a819dc'),
	('default', 'ce3bded2-ddbe-4b0e-987a-52c6f3444e5c', '2026-11-28 12:02:35.098356+00', 'CreateCredential', 'bootstrap', '01a22209-27da-797a-a950-31740168cfe5', '{}', 1, '\x79af59eaba44980f34eed75987cf3d786ccab7d2b400e16b7c222a4352e3c58b', NULL, NULL, 30, NULL, 'OK', '', '\xcb055b88833b862bded12db2a078f83692ba5807be4a49aa37ca01ffb0f35dc9', '{}', '\x365b46c108c07ad15a6d91fd7b8b8614fba9aa5668cae8fc546ae38bc2627f2a'),
	('default', '7e942540-3941-4061-8925-08d8f1567d41', '2026-11-28 12:02:35.118707+00', 'CreateCredential', 'bootstrap', '01a22209-27eb-7b0c-9d2b-39d34936dea3', '{}', 1, '\xe2e494dad26381ee9e7ced032ad6ab787da3b0ec48fa333ede485e81091413b8', NULL, NULL, 31, NULL, 'OK', '', '\x1664865a60defc5e37772002222488ca0aca9bbb7d24029906cdf459b58ea882', '{}', '\x187ebfc9ad38a15993608ca95c4676013290605569bb5a5ebf340768aa6e28c5'),
	('default', 'b4530a16-cef7-400e-8ea6-4b81f60cdbfc', '2026-11-28 12:02:35.129144+00', 'CreateCredential', 'bootstrap', '01a22209-27f8-7d7d-a774-78081fec4818', '{}', 1, '\x409dbf0ac18d8517620cadc3d638bda9f93a1dbb230b2689be9e65568ad02097', NULL, NULL, 32, NULL, 'OK', '', '\x1e4a9288796c0f3b14f0b23aff5898c7ae97e0907b33851b200c3d692e9e925d', '{}', '\xce7a4b8faf5345256784dd36ef70b4918cf04d297d480d1e52703fd000e4b9ef'),
	('default', 'c174a264-c1cc-426c-8508-341c4fb84349', '2026-11-28 12:02:35.140994+00', 'CreateCredential', 'bootstrap', '01a22209-2804-7590-87dc-7d32ebe0fd56', '{}', 1, '\x988752e61321149b39b83def942f5cdf2f6c93a795870f899493b435ae7e25bd', NULL, NULL, 33, NULL, 'OK', '', '\x4d3a344c1c258ed1f20dc67e5ab599be7798f0ee9c426840022c98a5b42ecd93', '{}', '\x08bbf5bb9cd67063716710e4ad4049bfc2600f18eb9c4a975a9b1f70f4785280'),
	('default', 'b5b0b633-fb60-4b2a-b162-d581d0f7a21e', '2026-11-28 12:02:35.151244+00', 'CreateCredential', 'bootstrap', '01a22209-280e-7f40-aecf-de8a36deb9c1', '{}', 1, '\x3e85968f8914a98c0debb668c27d90a8671f782a6d2cdc1210c8732b9e1af046', '7e8f0c10-3dc8-4f55-9493-0e72f1e68d9a', NULL, 34, NULL, 'OK', '', '\x0f1c6fed8c53d7118feb73bc7f87f4132c29166262176539b384b00816b3112b', '{}', '\x23c0e11b8f48d699029fa63d6e81fdbee3e9a1d1eb0d594eedf25cf7a73c0891'),
	('default', '01a22209-6641-7518-876d-0d8c7267deb3', '2026-11-28 12:02:51.073853+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '5', 36, NULL, 'OK', '127.0.0.1', '\x8567a0f281b94ec50f7058b805b9d0ad6cbe43e9a369901f8fe7c8695992a426', '{}', '\x98296595f665150b536932e836a58a8ab7c82c2deabf6d1620efe663ea268855'),
	('default', '01a22209-6658-726d-8f2b-e9f53f0c0d2b', '2026-11-28 12:02:51.097249+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '6', 37, NULL, 'OK', '127.0.0.1', '\xe659caba5dcef8741f9a38b5dd643fc5376a52eb2ac67c9ee6c1e916c7701c49', '{}', '\x805e1acb1221fa488ef8cdca25e249015627b3a53175813dc4fccaf00b5268d4'),
	('default', '01a22209-6678-7773-aad3-0b903ed74c24', '2026-11-28 12:02:51.128751+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '3', 38, NULL, 'OK', '127.0.0.1', '\xe178c187a683147219918b4c8df13c649597b059074e3f98cb4511ca90891515', '{}', '\x8f8c93109b699baae3315a755ecabb88d6500ad13ee52fde35cc1bb1228c182b'),
	('default', '01a22209-6698-76ac-91da-2432aef83e77', '2026-11-28 12:02:51.161352+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '4', 39, NULL, 'OK', '127.0.0.1', '\x35ef4f09e39e3aea262d2123d8fe3e091e12126690471fa9e349e2c112f468ea', '{}', '\x9f2fad5cdaa6c6335dafef05549f51f31623b502537079ffb8cdc11f1cedc7ec'),
	('other-2a1d719', '01a22209-63f5-727f-a3f4-e750bd328e20', '2026-11-28 12:02:50.485584+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'sfb5yse5buj7', 1, NULL, 'OK', '127.0.0.1', '\xfac1ec88cdeef921ce62ecb654e480eabb64e4259f002a2e69eceafb2a097ed2', '{}', '\xf754f8da291319fcd8820cb4c0d350ee8ba0c066fcb58b66ca83937ed1d3ffde'),
	('other-2a1d719', '01a22209-65ce-714a-b0ef-e134e38e2c98', '2026-11-28 12:02:50.958631+00', 'CreateApiKey', 'sfb5yse5buj7', NULL, '{}', NULL, NULL, NULL, 'rc4hc4asqjva', 2, NULL, 'OK', '127.0.0.1', '\x875e577c0f48e323576dad61a8f489d1ee5f800a36bc23f1519b80fe37e252f7', '{}', '\x3879011d1346d7eb444c65e9391bec215d8a1fb91f1bd5a04a3b8425ce9941c9'),
	('other-2a1d719', '01a22209-660d-76a4-bb4b-b1c091958e9c', '2026-11-28 12:02:51.022368+00', 'CreateCredential', 'rc4hc4asqjva', '01a22209-65f9-7ef4-82c2-f71a404d9c32', '{}', 1, '\xc4451bb3079104c0047b3e1e19cdc9bcb461f4f8f56aa772628087e6854bfb9c', NULL, NULL, 3, 1, 'OK', '127.0.0.1', '\xfc7c6658f1d078d81a5cf606dcee982849a485a7859e4c10f99be47837156664', '{}', '\x7fbdbae185817277d5ce1eab0bebdaf2c44f933cf9fca32f3875cd6a7a1ef52e'),
	('strongroom', '01a22209-63e8-7560-ad57-50fa174cd314', '2026-11-28 12:02:50.472738+00', 'CreateOrganisation', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'other-2a1d719', 3, NULL, 'OK', '127.0.0.1', '\x303958f52bcc52b5b3ddc2d6d7a8336f8bbd19291753ad9701ffa9eb3c8c54ab', '{}', '\x0dd1d627d1b9226274c1e4d94f33fdc937e3d610da9d3996706c3e3d8e200f62'),
	('default', '01a22209-676d-70f5-b11b-8208c4da7b94', '2026-11-28 12:02:51.387875+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'sgsq5lqzzrg2', 40, NULL, 'OK', '127.0.0.1', '\x221cb6b44ce8f7a237e0ca1e8e7c1cf9380e1b29e536eff3a37ac69fb772d9cd', '{}', '\xd7b370c5fec71eb1ed4085853d39e37e352f2aa9fe89f06cc049c2a4603b4906'),
	('default', '01a22209-68e0-7614-acb8-a66c23a48f45', '2026-11-28 12:02:51.744732+00', 'CreateCredential', 'bootstrap', '01a22209-68e0-7da3-975c-b36f6eb1d9ae', '{}', 1, '\xdf7a5dfa5d6af69366c71f237017e65cde3ef6ad9540761d20a3816f19a8b83e', NULL, NULL, 48, 1, 'OK', '127.0.0.1', '\x5343f44c1a9461b106da8da7defb471e1b835d3b28f0e73a69771f70e7a6e4ca', '{}', '\x4bb712d6c680ab96d5e7222c8251690cdfd67a0c32f937d4eaf29818bad0e187'),
	('default', '01a22209-6a61-756b-a7b5-b99ff50ab284', '2026-11-28 12:02:52.129238+00', 'UpdateCredential', 'bootstrap', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '{}', 5, NULL, NULL, NULL, 79, 6, 'OK', '127.0.0.1', '\xa6e932ed6acf9b33b29ca998bdf753bda0526b760fbbddcfdabeb53399ce230a', '{}', '\xf705182b5f00812fc57e09752d1dc55e4f09d2195305773a2310f089863d2498'),
	('default', '01a22209-685d-75ba-8037-4f01a65fd696', '2026-11-28 12:02:51.613585+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'p5m2f2vtbrrf', 41, NULL, 'OK', '127.0.0.1', '\xf25e15e5feb34995c2bf7e61a1302151301e4310e303f75ee74772fc0f03cdba', '{}', '\x15a23790a30101df64058eafa9875533d00080991ef2efc9bdb2ab580d547dc0'),
	('default', '01a22209-686c-73f9-b039-0e043d0c7648', '2026-11-28 12:02:51.628743+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'zc3o6jzwjohb', 42, NULL, 'OK', '127.0.0.1', '\xa7679ed96d3f377fa757dedcba886322cf691c2b2f668a695975a5aa66423d75', '{}', '\x6c4a9657739e047c1010005a6e8c2fce857d042da62d8eea8c1bad4bd16bedee'),
	('default', '01a22209-6870-7180-abe2-1282b850f53b', '2026-11-28 12:02:51.632923+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'g75563cunobt', 43, NULL, 'OK', '127.0.0.1', '\x25dfc6388126ed2450b59141eb8a325d8619c06bca7e7f0355840deaa1a7c781', '{}', '\x6425144c850fccd0d3ceb74a79a5ddcc4f6b80a30de8feeb22f90f08791d3951'),
	('default', '01a22209-6877-76ad-ab86-cf66a0de1f98', '2026-11-28 12:02:51.639168+00', 'RevokeApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'zc3o6jzwjohb', 44, NULL, 'OK', '127.0.0.1', '\x240acbd8aea1ba4a2e39fa17d4561855735696f66e70aea69e14e5c4c8f7ea2f', '{}', '\x259899dd24579df1b058ce6a8206764b4dd4ecd8a4f83ee762e569d833325cd7'),
	('default', '01a22209-6894-76b7-998a-b1508cc9cb48', '2026-11-28 12:02:51.668546+00', 'CreateCredential', 'bootstrap', '01a22209-6894-70b7-a2c3-9b6d5acbbeb4', '{}', 1, '\xd801327063372908630151e1d168fa0d1acd4d8a30b0533604f782b05d36f83a', NULL, NULL, 45, 1, 'OK', '127.0.0.1', '\xe57698774b32376d78ede4bd098aa2513d1ee121a0c421706da307a430332c4b', '{}', '\x67b7849219ede9f471aa453983ceb16bf17f2d6022d881e65cc43d82ae7d9a13'),
	('default', '01a22209-68b7-7137-a337-adce09ce5bb8', '2026-11-28 12:02:51.703857+00', 'CreateCredential', 'bootstrap', '01a22209-68b7-734c-a4b3-ff09e72362dd', '{}', 1, '\xcb86601fabdd0c4782341692cf5f6dc93295832371bdd150cec06d677be6ce97', NULL, NULL, 46, 1, 'OK', '127.0.0.1', '\x09355b061b7c8527050cc789abc050be3e0426b2ef970007634e9224319e2d06', '{}', '\x00dfdcb57f7bdb1c056238600613d8fe33b9d4d647dc5d5164332c4a7b649bad'),
	('default', '01a22209-68c2-7556-a956-f45e5bf0f5a6', '2026-11-28 12:02:51.714863+00', 'CreateCredential', 'bootstrap', '01a22209-68c1-7058-8ff0-e3c76764a172', '{}', 1, '\x9ba31f4f0ffb82502ffcb1745a5d4ca7b7ad21ddaf66d90111b7ba83865fd108', NULL, NULL, 47, 1, 'OK', '127.0.0.1', '\xcdb1f545acd969967f75456613d9480e095c3efcbc9bda8bb709702c47329c76', '{}', '\xc7759c22c45a4762a3e43170ea2f1121b0fbc5f4ff850345c5ccee73e9923725'),
	('default', '01a22209-68ef-75a0-8c17-0d9f5c8f49eb', '2026-11-28 12:02:51.759692+00', 'CreateCredential', 'bootstrap', '01a22209-68ef-7f40-9563-e7b8fcd9a0f0', '{}', 1, '\x9bc258cf21539052a6a191fab52d6c47656ce3c4b4d6e82e24eca5fad3d53b0d', NULL, NULL, 49, 1, 'OK', '127.0.0.1', '\x203b8036545aa08ae0e7fc68e2c7dc3a72a8584204457e0f056238f2b6f0d0a6', '{}', '\xd38abf3eaba8136edbb3b99d3e8371cd594f0bb2df44c50a0c254b86e2556e02'),
	('default', '01a22209-6910-7305-ab92-f88944dd7c70', '2026-11-28 12:02:51.792661+00', 'CreateCredential', 'bootstrap', '01a22209-6910-73d1-84ac-f0c540e4b608', '{}', 1, '\x643e70213371722def130e469a5e86d0e1f428e5f4f0a0b002e08de605af9f0f', NULL, NULL, 50, 1, 'OK', '127.0.0.1', '\xce37ba40df443ea0a35db0ea18a0d20150c46d9e8ca1d310733935bfaa25248b', '{}', '\x74e4fa6b9fd437d0f5e31128f7fff1bddd14e0cb0477aa4b1ff9972bb5c06546'),
	('default', '01a22209-691a-7739-b813-977ba31d3b7d', '2026-11-28 12:02:51.802616+00', 'CreateCredential', 'bootstrap', '01a22209-691a-7b5b-9a64-72434bba7085', '{}', 1, '\x3c9e5aab8f2cc469240a775f232aaf4d82495b45ef97b2c1ce050339e54e7db7', NULL, NULL, 51, 1, 'OK', '127.0.0.1', '\x99c15ca17c62da3606f3247484a0fa5cacc65d500c3d0b972dc284327ccaf491', '{}', '\xb60ba3c77d84617156b0f1909c8e400881490c4cbfeb5c6bab85642179bd1b85'),
	('default', '01a22209-6925-76f0-96f6-28dd31012222', '2026-11-28 12:02:51.81365+00', 'CreateCredential', 'bootstrap', '01a22209-6925-7c77-b440-be2d1dc2aeb4', '{}', 1, '\x298930b57fe2208c8d9d55d4233578c1dd8d66a8dc0b52c356d335e31a2b940f', NULL, NULL, 52, 1, 'OK', '127.0.0.1', '\xc485940ba8b28939469f2e61d0b08e179620c76bf2963cc803ec15ed935f33f1', '{}', '\x49ea745785872225a2df4f08064973fbb5420986f2d039ecd339d1762772a965'),
	('default', '01a22209-6929-7415-9774-784df8abb97a', '2026-11-28 12:02:51.817729+00', 'CreateCredential', 'bootstrap', '01a22209-6929-7d74-9f15-cb1582b718ac', '{}', 1, '\x07f1a4bf0079f3dbbe53d11189cc7bc7b052fdfef3db76fb5c1aa5805b3e0736', NULL, NULL, 53, 1, 'OK', '127.0.0.1', '\x29a13da48128e5ca00c23b3249ba05d418383ff1661199b0e4c8c2a54eff1dba', '{}', '\x1b6bf5989d08797b582708d0fe6c00ae2cd0690af3f6ae2c73d4c787d27417e8'),
	('default', '01a22209-692f-77f8-8097-d9941fb3f3b0', '2026-11-28 12:02:51.823211+00', 'CreateCredential', 'bootstrap', '01a22209-692e-7405-954b-5d3a85778ae9', '{}', 1, '\xaa8b8c5a090b184ecaa76ac315a65fcb3f7118e530aeb378fcf7fd92d30bc9d0', NULL, NULL, 54, 1, 'OK', '127.0.0.1', '\x04afbdd562313b811128bd36d4a9d26fa2341737135bc340bad6d1a0a7a22feb', '{}', '\xbe63508014fba7e0c98534f936bac2b3b1ee93e991c69fb9ce1691246f40f45b'),
	('default', '01a22209-6937-755b-8b83-9ad5f94d5831', '2026-11-28 12:02:51.831465+00', 'CreateCredential', 'bootstrap', '01a22209-6937-70fc-8f49-951df15426bf', '{}', 1, '\xaee9d9a1db461f23887453aec0868f712f9bb68ec79966ac2852183e376573b3', NULL, NULL, 55, 1, 'OK', '127.0.0.1', '\x06373dfad28d5209381052276fa24863e94fe82d61238de36e51cae59ea66886', '{}', '\x61d1f353c9ab144d9a71b845c6326c0cf02d425b11a10a019a89845f2b555ada'),
	('default', '01a22209-6942-7743-b953-b4546676e9be', '2026-11-28 12:02:51.841786+00', 'CreateCredential', 'bootstrap', '01a22209-6941-7405-9755-7b488a445aff', '{}', 1, '\xb13ee6c865d105829e7151067e9ec29da8883b407211291a4d5a2c7a3cb539ef', NULL, NULL, 56, 1, 'OK', '127.0.0.1', '\xb4c698ec4cadea4528534c05989182a9a85640eb1b69f8d9cbe1435e7e6e400c', '{}', '\x5a018f3e19ea0883f4014d8a6bdcbee5647dd66b07bea3b31d0f9c8a6429ea0b'),
	('default', '01a22209-694a-721f-b428-5d4ac195ec5e', '2026-11-28 12:02:51.850316+00', 'CreateCredential', 'bootstrap', '01a22209-694a-7af5-8617-6b1b29f67046', '{}', 1, '\x44ac070fd4990ea16b7dd30620018d2adc5e73bccdfca0417bc56aa900d7b26d', NULL, NULL, 57, 1, 'OK', '127.0.0.1', '\x16b78e82557819e798e8081331e15faef6ec699f4ed4a0ad3a3ef0385be74d5b', '{}', '\x2df1364560dda550aa30cb2d51e77bd0e1096a24e6f4c9fd73e2ddb15f54de40'),
	('default', '01a22209-6953-722c-bd1d-38446def1e4b', '2026-11-28 12:02:51.85902+00', 'CreateCredential', 'bootstrap', '01a22209-6952-75bb-b8fc-49bc406a6215', '{}', 1, '\xa56392b94f370adae03ea244cbbd17284fb9a867e242d92099ea6c70cffbe886', NULL, NULL, 58, 1, 'OK', '127.0.0.1', '\x06fce92bf67b157eafceea58928bb9015cd14ff5bba4306172fff4db6f387a8e', '{}', '\xa7e14860a346af87da40c4dbac38e9a6d26bc2a474ddc0599ccdba9dc8f8a652'),
	('default', '01a22209-695b-7046-b570-62f3468a749a', '2026-11-28 12:02:51.866947+00', 'CreateCredential', 'bootstrap', '01a22209-695a-70fd-ab29-1207422dec87', '{}', 1, '\x08163b99423bdcbafeedd66f29f7ab534e71891f5145e3f10d017dfc2a97ae30', NULL, NULL, 59, 1, 'OK', '127.0.0.1', '\x92389c19bc7943847d2cc3c7a9b26b3114ed727733dfff356c7e837fc9b5a918', '{}', '\xd9812506a1b41dcede8382d0e20fbbf51e2f3107686f415042dea7b2e8f01821'),
	('default', '01a22209-6967-77a6-be22-65510c644d89', '2026-11-28 12:02:51.878895+00', 'CreateCredential', 'bootstrap', '01a22209-6966-7bb0-b05b-a659bc715934', '{}', 1, '\xccfcd6740aa90098b1243998e1b9e19cba2f0c2cb248658d0cbf02b9a6f45ebf', NULL, NULL, 60, 1, 'OK', '127.0.0.1', '\x656343f08329706a6dd6bca8262fc5899b73178ec30aae7f1bfdc879ddcc5997', '{}', '\x6fccc6945c0f690400651ea9c2435604324dc4e82574cad3c142c141b720ba9b'),
	('default', '01a22209-6975-76bc-98d3-5cf3aea60b13', '2026-11-28 12:02:51.893509+00', 'CreateCredential', 'bootstrap', '01a22209-6974-7d15-ac5e-6fa6cac2fa37', '{}', 1, '\xf0379a797613c15f68829f0bdeec26cacc45b38c6c5d665ef60bd6a531c5df3e', NULL, NULL, 61, 1, 'OK', '127.0.0.1', '\x4cdbc3a06e2164a5ae6be0ae67654da54a1e6d08d99c29baf23e29807ec79ee5', '{hidden}', '\x5c836f288ac11f471c9d5816bb4e1ff6ca0db88c3dba757a63cfcf0581eff522'),
	('default', '01a22209-6981-75bf-bc7e-cc74446ee979', '2026-11-28 12:02:51.905208+00', 'CreateCredential', 'bootstrap', '01a22209-6980-73b3-86ad-2f608769637a', '{}', 1, '\xa3828435de76f426d8150bd5c27232b07224fc0179e3865bc8404bdacd8585a1', NULL, NULL, 62, 1, 'OK', '127.0.0.1', '\x7a6c32a6ff4f05814ef84e34cfa1d94bfbbaefb81683aa4d8d24ec02f5760d81', '{}', '\x962b0bd92da3ba8b09b7bac155cfd99be87325df7545e994c0cb79e908170edb'),
	('default', '01a22209-6988-7393-84db-ff7f6a3cc422', '2026-11-28 12:02:51.912718+00', 'CreateCredential', 'bootstrap', '01a22209-6986-7ae4-9088-75ed7260d93b', '{}', 1, '\x857f9ccbbb3c4fb814c896e43e569d0b927d094bada8ed3bd334a76e1198cd42', NULL, NULL, 63, 1, 'OK', '127.0.0.1', '\xe9e16d8e245ce03c973b8de827e74d948637f44a82140042f9395da6cab24cf4', '{}', '\x8f87f029b6fbcca6dbafc23ebb269d99a1bbc48ded548eb0a1e01636378f82c0'),
	('default', '01a22209-699b-77ce-8ec1-cfed973c7a89', '2026-11-28 12:02:51.930901+00', 'CreateCredential', 'bootstrap', '01a22209-699a-7218-9e0c-c1a9e2c43425', '{}', 1, '\x23a65cf234870bdb9ce7909ac0d2de292eba6f173213b46744990aca899796be', NULL, NULL, 64, 1, 'OK', '127.0.0.1', '\x66373d7e73b56f1a04a71dcde2405eb04545dbaefd76c9acd4150882991bcdcb', '{}', '\x055f7d0663723ab407b6fbca73ae09bd2bf50fdb556bbbd486fef82ca259a8a3'),
	('default', '01a22209-69aa-7439-b86c-74f510ea06fa', '2026-11-28 12:02:51.946636+00', 'CreateCredential', 'bootstrap', '01a22209-69aa-7a5c-882e-3d421dfc3e7e', '{}', 1, '\x608500b92e054f82c241f5b5374981fe97f3a5e16c0123e67b13159c676b5ce2', NULL, NULL, 65, 1, 'OK', '127.0.0.1', '\x2408a3a201d8ee89927f74e8083ad13ebe9c9b86ef99e9b94b8aaa0ff1e5acb1', '{}', '\xff63ba4579cb011a5552c4085c4b90c6a6d2454fe9b7086c19bc834fb2420be0'),
	('default', '01a22209-69b8-7235-93fd-180e00cce083', '2026-11-28 12:02:51.959846+00', 'CreateCredential', 'bootstrap', '01a22209-69b4-7e89-b9ef-cc8987ebc3a0', '{}', 1, '\x93a09ac79ed30bf377ea17520feb2c129bbac17521401c46d77c6410a4905707', NULL, NULL, 66, 1, 'OK', '127.0.0.1', '\x19ac4aafc61305ab94f96578154a68de4b36ddce341ab32daed457e42c8968c4', '{}', '\xe9c8bc4c7e5f4416b8c288ee371dd5d16132354c265dbc43bb6ecba1b7549eda'),
	('default', '01a22209-69c6-77a8-86c7-a79d770edf1a', '2026-11-28 12:02:51.974184+00', 'CreateCredential', 'bootstrap', '01a22209-69c5-7a52-83fb-c2c31c3d6ef8', '{}', 1, '\x7419a8a4e1242983c2cc09870bdba7e6f2b309320d99e2cc2e7c3d9a68eb0aa6', NULL, NULL, 67, 1, 'OK', '127.0.0.1', '\xe9cbdfbfe673d0253c94e66e0abf00a0cd5b5d8a257cda8acec89e6bce52a107', '{}', '\x792eb886e962f1d73295cf94d83e062495331b450144e375529ceebcb9ff6438'),
	('default', '01a22209-69cf-753a-8c61-857420c1edff', '2026-11-28 12:02:51.982827+00', 'CreateCredential', 'bootstrap', '01a22209-69ce-70bb-b8b0-0c16044ad34e', '{}', 1, '\x85ab13d262eeba33f9c31edd966edebda6be90c84112be94a8da02bda6dfa2ee', NULL, NULL, 68, 1, 'OK', '127.0.0.1', '\x211ac449bce540bf63e931bd80b502f669cac28fb66f0683dd7209a886765ae9', '{}', '\xb17c700db23d0a641f4a7702a4172bf75af9ca62c9ba5ef447f59473c9176b4f'),
	('default', '01a22209-69d5-760e-b6c8-0d61e137f606', '2026-11-28 12:02:51.989063+00', 'CreateCredential', 'bootstrap', '01a22209-69d4-71d6-9773-86b78a7a4129', '{}', 1, '\x59454955bb9a6264ae737434df4c4445be8ddb77130cdc98c32e0fd1758c5bf3', NULL, NULL, 69, 1, 'OK', '127.0.0.1', '\xadfd9bdd0a3393bc366bd8a2f3e81c29130ad7b02d737ff913b2abcb9b8ca718', '{}', '\x65ac46ea2d8412fea84b3c5632a0f76c7bb6d7a25f85ee0ee6efd78217007eb2'),
	('default', '01a22209-69e4-70be-a4bc-5f3d4871d1bc', '2026-11-28 12:02:52.004449+00', 'DeleteCredential', 'bootstrap', '01a22209-69d4-71d6-9773-86b78a7a4129', '{}', 1, NULL, NULL, NULL, 70, 2, 'OK', '127.0.0.1', '\x263796ab98ceb0ab566007bef0d9ad5a6f08a2df168900ac4273dffa32fab133', '{}', '\xd4304e2cd56e062d960d703c1cbf690543a0096d85d81ac7a1723a7e62d829bc'),
	('default', '01a22209-69ef-72ba-9b19-4c88a88fee1e', '2026-11-28 12:02:52.01507+00', 'CreateCredential', 'bootstrap', '01a22209-69ee-7577-a507-bb0f70eca329', '{}', 1, '\x4ccfa1886929dc68f0d5ffb7eca6adf5eccd66d6bd53b5774c09a89185dfe69c', '3e35a067-8e70-4144-a972-323e860ccafd', NULL, 71, 1, 'OK', '127.0.0.1', '\x31d43af9720115384033288ae671066a040185c0d7496bdac71a951e71090d6d', '{}', '\xd1c71b5c6c8e2aae4131764ef69e539248da883b9bcd3287caaa500dc26b3b1a'),
	('default', '01a22209-69fb-7671-8d0c-2354182e6d77', '2026-11-28 12:02:52.027461+00', 'CreateCredential', 'bootstrap', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '{}', 1, '\x2064920284cfee469fccfe0fa124a91aa742764a275776d144bef90dc9c4fe86', NULL, NULL, 72, 1, 'OK', '127.0.0.1', '\x1d82cd5d6a3de4b8bd6456b449fc183bc24821fd2f7b93fe620ed8e52c8c3163', '{}', '\xfb068c0fd2dfb9db45c5eb2f2be5c528795c4cae3860bd0c93020ff309371a4b'),
	('default', '01a22209-6a0a-7388-91ff-67d6d6572f36', '2026-11-28 12:02:52.04295+00', 'UpdateCredential', 'bootstrap', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '{}', 2, '\x22716d853dcc7096cc05b1892246b6e89c6a3d5f2710c374f6a167b0356a36bf', '4aa6717e-acf2-4d37-9dd5-71715cae08ea', NULL, 73, 2, 'OK', '127.0.0.1', '\x270527cff4b92b9ca25cd2b73936efb13aae1dc07002192b839a490012bd2001', '{}', '\xad765cd2827f8011e41ec9f84b7d8baaa788bf79deba16a497983400a3a9babd'),
	('default', '01a22209-6a18-7582-bcd0-81f0523aa826', '2026-11-28 12:02:52.05699+00', 'UpdateCredential', 'bootstrap', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '{}', 3, '\x5fb9dba732bbb75236db327722bfaa23abcbfba83f1c426db1fb06581969c516', 'b7f7d664-7f5c-433a-85c1-cc814f26ab53', NULL, 74, 3, 'OK', '127.0.0.1', '\x2fdf03a74050371e082756910ca1cae254abcb3ad410b15034b447f1969878d2', '{}', '\x6d57f09b15dbd6b5aa9f4583f1f407156c55aa0c87b56e54d0ed3a7b8bd102db'),
	('default', '01a22209-6a23-7401-bd71-a12ceac40f80', '2026-11-28 12:02:52.067381+00', 'UpdateCredential', 'bootstrap', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '{}', 4, '\xa28fae306cd0ceaba3fac7c13ff1c8d618916c4b25bd0252980f3ce3f8b5762a', 'a416bc30-2c43-47b5-8f95-ed01180123bf', NULL, 75, 4, 'OK', '127.0.0.1', '\x31759ab97c843ec4c550d5ca3de2f41aae9a3c30661e897127039e019c844b30', '{}', '\x37cc0b86cc468c82b6521bcb65e0ac722f29f74a43b63274bc9e32457f095789'),
	('default', '01a22209-6a29-72eb-878f-12d4b5832f3f', '2026-11-28 12:02:52.073318+00', 'UpdateCredential', 'bootstrap', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '{}', 5, '\x2cbc07034cead4b532e22212bdc10bf5a8e5e1209bd2779a1a27137b9141d8b1', '8a1113a6-5c41-4828-bb8e-de675818620b', NULL, 76, 5, 'OK', '127.0.0.1', '\xb6ff1d5d00f8a9d03188708003147583129a5c05c96f0aec0fd59fef2dccebb6', '{}', '\x7d70689e258433944c298377983868c051f59c5e165b777a66dc8c2697e4e494'),
	('default', '01a22209-6a35-7676-a468-4823ce0f779f', '2026-11-28 12:02:52.085102+00', 'DestroyCredentialVersion', 'bootstrap', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '{}', 2, '\x', NULL, NULL, 77, 5, 'OK', '127.0.0.1', '\x45a99ee18cea1959e2f4f8e14f510e84b8ff8b50aba91340a9ff7a2e77b21090', '{}', '\x5c50680196c685deb8204d7ea4780b391f6c41640642d1c14d961c342ebfcffc'),
	('default', '01a22209-6a48-7557-9866-beaba57b489e', '2026-11-28 12:02:52.104247+00', 'AccessCredential', 'bootstrap', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '{}', 5, NULL, NULL, NULL, 78, 5, 'OK', '127.0.0.1', '\x59a555c91b406e8f72abdda20f302bd880e04ee285f0e8f0ccba231eda82c76e', '{}', '\xd0c5368386270a715967ad2a4bdc6800b1ce8d647f2000d849e09076010504e7');

INSERT INTO public.audit_heads VALUES
	('other-72bc27a', 'newest', 3, '\x9c78c7eaf0c787b780e8eb7019332472131378aea2959f556e64705756a8ceec', '2026-11-28 12:02:48.851935+00', 1, 'a3b56792', '\xc81f601e80af3b58b965f63b5ac14b8fc81e76b7e57aba395888fce10d6877910ea0344ed664069a3c6ae745e94fce1354b2ecc296b00c4ee75790b73f79710b'),
	('other-2a1d719', 'newest', 3, '\x7fbdbae185817277d5ce1eab0bebdaf2c44f933cf9fca32f3875cd6a7a1ef52e', '2026-11-28 12:02:51.601945+00', 1, 'a3b56792', '\x66ff461df790ac2d0569071f40d8f1f631b6e54e88378923fadf4d3f8cd3444c357a46d2632d078991b5227b7cd243df10e33b7d40e2e8881cf21384e1fb890f'),
	('strongroom', 'newest', 3, '\x0dd1d627d1b9226274c1e4d94f33fdc937e3d610da9d3996706c3e3d8e200f62', '2026-11-28 12:02:51.629608+00', 1, 'a3b56792', '\xba17965584bbb3c17c95f1ad382fd23d6d08ec542f5f8816b877ec08b1925843844a0123a6d731bbb09d7aa593cea8fa522a9daf768a9ef9023afac91ea29f04'),
	('default', 'newest', 79, '\xf705182b5f00812fc57e09752d1dc55e4f09d2195305773a2310f089863d2498', '2026-11-28 12:02:52.656941+00', 1, 'a3b56792', '\x6dabbd4298dc29c77357fa86dcb6f819ba7079f8ce2e441a58ad59b278ba21bc2cdcb41b24f1ca7e437dd5836071a843c418c18f934d534e593d913adcd7d80b');

INSERT INTO public.boxes VALUES
	('other-72bc27a', '01a22209-26e7-75c3-a786-90ea33cc892b', 1, '5c2712c9', '\x1a4c6af62b67f3c47e07fb961bb503c5c460682e5d65174ef99305d364827113f8569584fb770af59865f612283f4c76725515407bc5a30546afb8fa20d362fd2311afecd6fd54eeea3adcbc843fa056536920a7f0aa49e2876659b7943ef0bed6ebbd96a752e8283cc27f217cec87d116b769d54e00e4801a6b2c2facf98b1af37d5a95434a389fe67230ab8557ce48f2041a0f16177c7bc914ef5a72ac5cb277ac2e56c2c999a800e25a1daa44cc99e6b04dcd15aa197e0fe5ba0449e31f66b48ec4d69cf8335865fe1cd433f68965539a4413bd0bf5d145d662117385abf594aa626f769ffc0841cc017d8ddd380e59a92f493c05d8a4c68b27c968d255ba7cfa2ff735229a899d49afd8f6d339e57ebdb435d37e58556417649aa3208a39bef43932ea35d1bb8368a52cf5b7dcfc', '2026-11-28 12:02:34.855431+00', 'text', '', NULL),
	('default', '01a22209-2731-78cb-978b-37521905840c', 1, '5c2712c9', '\xcd3cc42ca882e97ddf466ceabd6d42536d286ae72ffb4a8b75d9caca018b227bf1c6da2d39087540f4245c577a23871b4e9ac5996d514cc0f4a69db90a63e2342a36e7fb2e5210ce005f25268d2138819415cada438ded483db2a00ce408dcfac63661d7001ac54cb5188ce84984d5faab64aa99f419e320bfa5904d6531defc62f2e1a3eb1fbbfca1748a835aab7b910670853435a887629ba4b5d150b81ef8822395338b17cf4616dabad69ae1686e86a9e02fd44c8780c707f52274f7e3cfd895fee668c0c1e90762cc72d6c3bffcbc98e885493534e1201dc358e2f512c24e85f435b4c6fa5c4b06b8ce38f2c38b5679750bc0959b12e90b01b264c6785c0711a3387519bb0a91a803e7d9d3d28c9aec90175aaa45cd7f1d160e4939e348cb4914a41460c89d773b9cad7efbcc71', '2026-11-28 12:02:34.929697+00', 'key_values', '', NULL),
	('default', '01a22209-2737-7434-a548-839f4ec50a86', 1, '5c2712c9', '\x90b4dcefef1481d7cac0730b42b7db9614a77dadadab4a5b6819c98712213e7503f3382f914589e981533abec741f82b3d927bcd0eb1e8aac3f786ef0c7c50474808b41a126a8aa8fa4f11f215ee48b81e27865b6da6d431292cdf27115529f9a788a5e8b057768fa63f403c69457476805d98e53db0a3f81fd42eb5667243fedee6ccf158f58b0e7171c045f0eaae960bf5768dfa4c5b5c300044f08be61a12cf9bb8028651af6d1b77c6f5ebb42c53ab0cebd67ea03b4e72f1d328771de8eecd2a0bd771df35f92ae211ef3cff319355fd34f8419f74c6ca191ec163c1ff01568703db3c8c0fd522bdabebffdeb4d6e86d9c1c5ab32d7b2e329c6ec5f4ef4e5ec79696ed3a7653dae23a25fb37e5055bfbf54d60d22639a963c665464d74b7c4fdef1b3a64f69efa0eb556cdb36f5d', '2026-11-28 12:02:34.93577+00', 'raw', '', NULL),
	('default', '01a22209-2741-71e1-a777-95088a6cb943', 1, '5c2712c9', '\x21968501fc4b181a24f63cebe97923c764bb731354fac23dd7be70022c44806d7edad628901352eabaeb7b8135d409ce624eaa5c9883f388ff335680e3ac82b7cff74c772dcf0a9c573d0b7e618e843376b98df16bcd4127146e5c9846e37b284e6400bc0026e68807711a96367f3245877ce38368aa4c130c0eace37a450440fc75af28f75c566e87309ffe4045a6d7f05a3b323484f3cf7dbb1e2c8b6ff451656089fbfb69cb3ee00cae846a3a8093d91d60f8fa62f3e4dd2c82dfc471bf343c8cd35fd1845c504412733c975c118ee2898ff3c1ef0a1521fc942bf86385980d038d329507e83b1e9cbfcf90c5b6140afdf25031fba10a8b471f01012dd6ad845bf4566444923f1fbce3788bbd6464133be6e52956c4f87409e06cbe9ccdea6731ab2e347ee83d7c6e93e100c09b2b', '2026-11-28 12:02:34.94583+00', 'basic_auth', '', NULL),
	('default', '01a22209-274b-7448-9f9c-06aa9003d36e', 1, '5c2712c9', '\x90d06dd020db25d77f4ad2bcd91aa26e4f057154088c073e7635f86be8871b7c1c06795dd1963aacd27c77d6491b518e0967d6a57b7f008f4df5cc1922c49097eb3352a1b78d35de182055d83fae2c1f7d790a76cca9808e3fb00a02559016a61029214c9184fa7a7bb65e5808a047b10a7f9616602be5f70ab027a5cf1dc657deb82eb2afec2aea2b84070c5e5e1d526c2d6cdafd082530a911253bd77fb2a30dc493d9f35e0883aeec2937cfdafde557918678341727ea2a26d9bdb0253d2bf41ae8ec42ec9db6c367f2961747cb26b36593ea41c35a87eae30bd9ae97a87868a01d093bc32d7e0f2aeaf55a8088315737b9c356e6c952f60e6c6003ba4ae88798094a0fc1b6af351580bf0441b962502e9dd17cdc029a3f3e8ea9bedbd7f33184453af63c6b02f4c51d93ca1a8ee8', '2026-11-28 12:02:34.955312+00', 'oauth2_refresh', '', NULL),
	('default', '01a22209-2751-7f2a-aa0d-3f18eac2d291', 1, '5c2712c9', '\x58a870726714cf7a600ba4e05e9a04331ac88216b23870e080a18eb45b276f74194949fd5a5a48fd85a5b0e4993b55fbd7d17e151b63c7c3ab5fa071e3993e653e4ac4f4f735bcc4b9d58507cc8fe9f4a57dcc7bebbaf4b575d56d61f7011de95fbf5177db4d807272e9c7adaee0d8d7ff8178676f91d3a6d6df7eb62524aa51a4fd390f4dab3b881e077930a874cf66d293cd11768c1c54b33b1e320f2d244ec41605ed67b25494295971816f2d87eee5fad6b094753d363f0068bdff9267c89d57a0d0e0ded5c24ab508cd4ff3782aad0192d1f6c1db38435463b711f1d1cce819aeac2da18caa852825f30c23ebe222b32e6b2eac889d8ab984b113f3c835907c7afc19eb3fd6a34552cd9a75904eec15d3df65298acef1beeb613ae118b9cc79dd7441fd433be9504bdca94a390c', '2026-11-28 12:02:34.961339+00', 'api_key', '', NULL),
	('default', '01a22209-275b-728a-a8a8-2e34a9fd309a', 1, '5c2712c9', '\xb0d6ba784d5b0ceb9e60d24daca8d0d696d8ed6d931763c12cb84e615d8c094428eda480eb57d06ae3f50e4e6dbdf9d8c1fd75cd2443db54a470994b45ec6ab487e324af1997ad7707882fcbc3c123e797e179c674a0fd2cee99b93fa30dd8a2f9ec9b1da16ea153f328c18316b559b017efb8cf060bf609200e5aadd9077204f3687dd5fd01ce2f6a4c9322032e33840df1f80088c7701aaf7b83ade8e7b499d0ccca29a2ce0b5c0328e19630d8bcbdaa85b6e8bfeedbe8f2917faa7e64ce4c7b7b59d0062f0bf99a622499018f03e16269512c9fc2316654b392fc270a004b6b02d33633100ed45335778feed6c6590f5bfbb8f8b82672ebaa1d64871601d1d47d8599a201fc6e200a5d3c9d86cc73d1787d8aa77b485b2f74bd66e79adc147c6e6838b2294e6b8dbcbfd0fdc10773', '2026-11-28 12:02:34.971027+00', 'api_id_key', '', NULL),
	('default', '01a22209-2763-7ce9-bfd0-dd801ed0a6e4', 1, '5c2712c9', '\x14679f9069647897611a2b6cfff07c3ae93a6af20952e20a4a8dd01c7a2c106582a09de112c03ca5d7f2e9cd327f3277f4c4623bd00b4437fce93d532e444ddb8b2a9a5235752f18835172b1be96b07b7e6fc11bbf3891dd88ee593198f49707611c15b1e1048e5a34048e34e1b7062dc6cfbc5fcd2949f3802c8b7ffead1a735157e9972995245f6e5e23f2b531191996d6078988d47f7640be687960bd891606472a894a145461932d0a9156a981725497b6aee60cb5c6aca7bea8a2280f1694afe57da09e28f81dfdd960ef2ade3dec6aa307cf747d5ab5562103d81beb17d91e36ed7677ec7151d8fc44ad46792d4579eff8acb71cc41271b363495f5fb9af5fc66de98fda277c7fc210c89726a1206156b9a94d1c1c8ffe8f215da4be311b5300839cbe6fea9bb6730893832ffd', '2026-11-28 12:02:34.979091+00', 'client_credentials', '', NULL),
	('default', '01a22209-2770-7510-bb32-ed3d9befa5da', 1, '5c2712c9', '\x6e9e4b2fb003cab5027c7d4350b521ee5b179fc30e50c0c9e13547307fec9310e492a1cde7b2df4981cd73de883f54a8566707329427cf26405145ec3388d03994b5ae973d65f935726eaf734db0998c5f73e3b6f03d79a229b2e1b35ac1c2dfb10afbbdeb2bb6ca8ab8cfb3aa08aa4bddb1b8623fc760751c6b2a7d6bc0cbd14702eb99aab382390774ebf864698f314953e4e7711a248b104caa8dcb78bf211282e20e417650b8a84a5e096da196af6e8cc0247cfca083b316e8379849fef93d46f9d2de53821779ae5ea4568d3f5caee04bd4aa6631f120c7ee7aec5f54269e9aa0553753f5f9a3eb12f7a53e450edfc5a54bdac2da83e9ed54fa3db634b0141c4310a689f4a8abd73c86de285222f98ce60fd0e228b3263ae34fb46d0ee5242bdcca6fe74a33587ab516755d9616', '2026-11-28 12:02:34.992146+00', 'access_token', '', NULL),
	('default', '01a22209-2776-75cb-9a66-78e18cff5636', 1, '5c2712c9', '\xdbb30cbfe7210c24c7d36507bc41b960b35f55950cc545ebb24d1894e06bb936351cc4e7c5f09bd3d6e42319b047f254ea8f3b73afb8c40fadd367b14f6ac56f4d0c84fc14f025c00a0d85f648d8d7c4856229fe07509f5c91b4c3f26e7eee04f697ad8fdbc4b76bd9a6a09b11da53ff5503f5587273724a1cc2bc70995a62fa98fbe6235f4d37b7c7bc241c183189829c59de4e41111d81664bd4a48f4234ce7f2c0eaeff88bcf8ae5553d6778c80040bf3b587844b1e66b7ecb51ffe2d14da1289e8279d25f8a72871c4b080ceb6cb136fe49af0c3f313f53b92097d816945a62cd775b7eb3e70d8287a2d7fb67a2fe5586245e0918f64339a006cf3ca8d70853643940aba284fb670d904c04c960972559be0e421919adc4935e59951e1abf2306dd19d87e4e812b23de3fc71deee', '2026-11-28 12:02:34.998975+00', 'json_document', '', NULL),
	('default', '01a22209-277e-772f-920b-49df7194d275', 1, '5c2712c9', '\x5bd4386ba36086627b93a234d0505a0aa4f6b13d10ab789a4f408e683d9f341283bda0da76d6e639c727a1df0d30cd45ce2d874644c7482620e5fbafaac3aca97de1ed6afc3404d8a3d69ebe87bf57ef569cccc2683cf1ce6b0fee34bd97584c6a8788d7f3998fc6db5799ef588002cf13b842974f9b90f0388dfd3f24475de2ab120f4cdb8e361a86e6651cee076694dc90afe2816624c02a228de0dbe7b5b828cc3755151a8e61b255cd272f908f5acfa40fb640abeb61da4ef09cca83b832bd69dfe63360210d2fd44cc7e457f96e4626e059b769df498552d1836fc3a7e272c4109443455db11c39d0fa83e46f1d280d947d388ec0688f2caa8dc2d06cb9da8bf516c6d149795ea77b8d063dd2d099bd2fa215117b0c7f2bcece252e3eb5519dbefd241eca001c1c0ad0d346af97', '2026-11-28 12:02:35.006736+00', 'text', '', NULL),
	('default', '01a22209-2786-7031-b4fb-fabc3503027c', 1, '5c2712c9', '\x14d5bb73ca77c0afc29d7ee4d295ed28a7b8bf82acf83164e988fde0968eae19d24dd81736ce8c0870196116741eb4552039f81a795f746c4b3b6f4f70b44de5f3bfe8b4ede03fd12811e0b00b475e75ea5c5c3844ae683e67b08214f8633371fda572bb1ec77d5e18a9fc74153800a606d51768e9510a3e1fdb790076cc05eb28e5c3f6aaa3fcbf24480c386d7fec19b9bc54a853c04b943e7680fff27844fe1c9c0762ed6e10ffe1eaa7f6bbf37fac19cb5c4b4563e6212d5dabc947fa7c90ef95955f4e8c409cbb2abe2ca5c6e6a9ef0d41f1f8cc6c4110bb65a713285f6913f8e5d3d6f73db7916dd719fecb4e9fb3e3eefcddd4bdf0e316fa3f225a7939a7906027c24268ea6ce8de60fa153764a9ea27beb0bf4a9fed91bf65e6270be9cf49629cbde76a1ea120656be3d30b5f', '2026-11-28 12:02:35.014878+00', 'jwt', '', NULL),
	('default', '01a22209-2792-76b0-b91f-1f7f9117dd2e', 1, '5c2712c9', '\x32abccaa7d703ce1790f172ea7a47258ca977f9f5f2005e09f5c9c9ed45f225b1cdd126e46cf71a98b203a8b3eac9e8d1cc1c17f876bb3109f858acc102d0d33b4e26e8e7576bbb59da894d68aa758b4727477bf16b8f6eee315f148f3bda3a64c41fbf412e71675123186f5ef0ac993ba33de89d0b6df0d2053e86d9af13ee974890d9f43726862f8732d7b12b411e0b28a846faa48d63b12f3a0c49be1eb4efe77f4ede8c05807cec61ff3513d885b83478fdf47036abf68ee9b8e4e54352da1cb2613e792a2e3c803e59b3d7d2f9dda9e32959213c0eba8ae5f697dd5badaa7b8675ab5d6286b8b142b7554ae7c580a8ced8396db5c88982f2dc8e153dabf74ea5f76c9e395fc6d0ea3a8bec580768f4f9fde72305d68932b775ce660032c3f9517ece2ba5fc52acdd07a9f0040ab', '2026-11-28 12:02:35.026242+00', 'oauth', '', NULL),
	('default', '01a22209-2798-7751-8cb5-8703c80a3450', 1, '5c2712c9', '\x0ad2316108bfb2ba31694e5e63cd46b18775f3810f41aa6c1963ab407f7ae420e7cbb61f3e55cf11f65059b68d0814ba150e39e4c51b595e271f8055bad5ad735d7ffa481ad3484955d22c43f81925ed7eeb5015ca95926939937bb16f12b235c9559fde85a75bac387fa8323db84f24fc1e14f8c5a2a6d35dfe07b1e36460f74a45b89ffae60a4d5ff6a229e4b766fd761d45ac69a87170dbca344672a7dde4504cc7f4a9730b8aa5b2a552651b5405d457c659cde1d7868d8b8a96f6783c290953254fa428f1bb66ac3dfea7ed7a90f9f90d2d1d62b37bff26487be8fbafb54468376ca013bd6ad743a3f134fd05b442ce420ae7896f7582a1f9ac9f0c8aa19aa0abc961778833daecef88cded4e819f316641f13ace98df580322da1d0274eea58752319f54550256c0e0c47332a2', '2026-11-28 12:02:35.032922+00', 'aws', '', NULL),
	('default', '01a22209-279e-74f0-9728-fe2a0ec30554', 1, '5c2712c9', '\x9e6c3c555dbaf596079707fa56c849f57229ee4f5e26ea701a0ecef410e70f62e7354dc44cd2b6c22db0621d8e0b23f701aecba04a3111906bf990b11b877afec79a8e771caa5a1973240577140f9a238b0f6b2315b99d36d98349bd601f92041dacde55b7e534431890c8f39e52ee7e1ed67437d12d09a502a6f191f4ba0b0f6d555a14a7b92b67fbd4f66272c880a78fc1f4b44c1bbeb4f794368c06cf1ebec7e1d8aa4e04bd5d26e18dfd6b963ddbecc2ab932d139d4396b3b0f3299751582f563f839f41bd06715a533acb7ebf643a33bd7e356e806a2a8980cf70ca24a44697ad0ea8f85729488a32f729e60b6a800b6b62694b268ef607eae5a46b16c8c55c3d084515f587a6a15c12d2454c07e3b92071f7e12576f2d8333c94f6fdabbdcc38431a8f545d8815060dbf106e89', '2026-11-28 12:02:35.038615+00', 'mtls', '', NULL),
	('default', '01a22209-27a2-7502-a2a1-159c55f762a5', 1, '5c2712c9', '\x128254fc24e7599d2330770d833ef9f43bbcbb1517cd1288b597860cfaa3c63034a3b00db88f4994793a4215c3e3b0e77a2989ec089c84f550df0f7aab1c82ad8d008f1e8cfeb742eb3f11417bd86d205dfbc727f4071b720f9c68d734d8b8a7602b69a906dfd7e70723b1215d24e98e128776e0659b60abbb736e95a72ac1a7e6ecd0ef7ed5d57191395c86a5e99b737396d502b89ec29302917e7f6932ae59abe68b75f2b6aa083100062f78421334c6d9f8bfde57ab263cd0f4907a712b5734ced973ef84c5fbcc24bc4f156fb8d2c065146d5c3d0c1e149a6f09c3e1db6ec0b40a5cfc6b4f4438b3d50292e0b843402b8abdaef1180860ff2f0d26e20ffe410d5021c66cb8fa1863762741cf8fffa79dea6a816eb9f3cde1a45ec85b920e6bf0cb6f5ba47a9c5adc2fdfc7811173', '2026-11-28 12:02:35.042353+00', 'http_request', '', NULL),
	('default', '01a22209-27ae-79cb-a747-98f6650fadf1', 1, '5c2712c9', '\x17f2631f233a401f6238d73b16b3fc1db55a90432d5e310f1b69046f1c8349414d8c6bfdd2b8443d3d0226f5ab5d4ba4f3513e7be242a3d071a46f1f22e1d6fd68e945c15590375dedaad69477832244eeeb32c2ffc2ad311d1e6c322ffb71a6401f5f8173f86093ec8523ed6b60d1e1b4f6e4b6ca1cbea9d0e43a1e0d3ace6b34b0775d82bf3e363c33af44f366964086c451cbd8a7e62f38068b4da4cb61a151bd8d57c6da7634724b0800754ecda6c6801d6c9a5f794b9d528bf4b49af863475e2ac4bd389a4f4f75349335c98ecdde3cfc2ac5d88ed865bd30432fd1627e16738ac9a16465a3d84d2b171884a957d73e1e159bee8972b75e3cc1850ef6dbbc0c5dfdac05c57d8640b7389d52b2d6c42826ca122024d708c524b1a2ee5d7bfb5ada0fcf0ab1b08163f293cc37acb9', '2026-11-28 12:02:35.054535+00', 'multi_request', '', NULL),
	('default', '01a22209-27b3-70ca-b781-6b9d09b53d71', 1, '5c2712c9', '\x31088d342a64083b6b1cf05d1a8a96266ea677ad848118da45d63b61da72d12598352f148363b4fa7f771e6e91e4e24cb21a9ebcd0709d4a48001d05a2e9c968c1118d1cf5c6136277801984d4924a51201d3a0dddc79d52eed6fcc822e46704470a3f5032c5d1aa6a0b30fd6b5493391dae584634b8418273afc32c3fb892bb5473672ced98c392f741c36fc905f4db8306c8ac623be0b916dad2b46979c6a962fb36bc7e040c0bf5fc65f17ddddef080686321d4f29be5788ce79ac3e19953f29ed2d01c10114d9d64a51b534959516deb07dccc10e88f56611daa3b3eae8f962cb80f563e061f7b706dafbcff7ba65d77d851f7472e442ac18a0e80725038191dd962a3384c9eba316bbe251b4fc39172f8e7f448fecf3c4af9a6c7bf8459719b6a003d4ea2eed9a86bb30215bfcf', '2026-11-28 12:02:35.059956+00', 'key_values', '', NULL),
	('default', '01a22209-27ba-7611-a525-9323b88b7579', 1, '5c2712c9', '\x27d43444323665054d1013387c7365ed1af124cf7e6d5727d99ec35f9c95c97b31ad6af0336416aa80aa06faa25edb9b0d0d1876d167c6e42c2328f1ffd88d81c62579648faac7ee31f03da61fab1c24ba59acc37851530ccf7377c2ce9df05b52f23a21971c0ca1ef8e7422d35f01298fc3cfbd9d64fdaf27bfad09fc5b4679d4dfa515e31e656ff142eafea42197169d4983414731afe3b718696a8cb10163e17cd2219ee4d2da1eb99876416b8e8e1425371d49a0a0262f24ecec433e48c978bd6edba0ac0fd11e5dd99656c95fb3f8a80ca63a769ca3124419b459bf08541a01424b7c539b0432c2190307d3b6df4cbb705327f21388eddb344b6c3b957e05bd217021d64a80addfd100b26edb667e3e525ca246a9e8b393201c7a99a8a529cd8e3d6ba80ebce34a3ff40e3c127d', '2026-11-28 12:02:35.066584+00', 'api_key', '', NULL),
	('default', '01a22209-27c3-7377-8928-7010f9cd8389', 1, '5c2712c9', '\x7861f584108983cdf2951143448fbc5afdeb9c2dcb3929489da817426ba51444cdc60b33fbfe3b45c4ec02272498e74d2307d889ab1f74b04740eb9b9bb9dc66babd32249bf60a9d6768fe7713069cf6e008771cf0716b926ba6aea4e032a5f59a03056a803532d8131850d3c105bae5f484bd71a0168badae5a4e9320d992b1d3d7224c9be36e8d1e58aa8ed0f9d7c7d502ac0dc4bd11622c3312601dc9b251fd9f7edaa1f38f30aae5b5ba43d5174db01b08cfdaa2719e3c6287256ff20d978ea3a0bb6aadc607ff516fb19c4cdcfa0234deb7e903547e19984029eb70ef7baded65cec7d8371881698514a1aa93be698e3a2995bb5b011deceb5f3e6811ee5df9acbde9d939304b29e34f741955e161c3d3de8fc252e884214f354e798327f52d43a2638f3355a0aa94a6abf0231b', '2026-11-28 12:02:35.075037+00', 'aws', '', NULL),
	('default', '01a22209-27cf-7c7e-a399-edc9e0c71cc3', 1, '5c2712c9', '\xbe1ef91bdb61709cb90f29c4bac2a84b4df6d43fb187e6888236282cace02645378da0e21aefe59ca0918efd04b7dec052ef8573d00026bb8ac7389b0d924c85680411be19955167d22bf5cf12ed20cfff55d5aca3a8c5575f1ddcb2acf137f4d93c5d446c4767877e298e44e82f6e6dcb84d4d279516ee98c74fa209ce8db908bd2c4501e63422091b8db005c6ed77ec606622a52b1f632fb8e736df57d0669990d0b4bcd0c474aa5c447f2a526ce1a08c29641fba7c590b505c702272fa85f4d3fcde77f32ab2aca1cf1f94de63dfc94478793665b12da734ac99e68639c83783cb8721a8f876c765e239595fca0a3e6095fa5927730440ff7ff6e46d6a69676fe92f9aa4008b9f0012d4231ee0d13f6a2fe4803ccb85cf2a3aa51e2638c9016c5f3516bc34a3ccaf54e6ced42c088', '2026-11-28 12:02:35.087507+00', 'http_request', '', NULL),
	('default', '01a22209-27da-797a-a950-31740168cfe5', 1, '5c2712c9', '\x0eaa8ac5c729e12fd1473966095b7a431f7f1c04d18a1781912496678f21fb2006d36300e8348d57def8a8ae947f289034301c1f17e5cf68c4f7901ad4445a7bcb4a05148331fb8a022a0a66dffe7d070067ec841e5c1e0c44385f4f4122dd5aee9b1ed527a0b8858d0753a376b4bb99d03b2c816ea6bac4117caf7d051bd230bc5fcc08d06bbd2f5585b756b21adff1c8ddd77b3f8d0222b4b35418e048994785243bc054ac4b0f2009712491ea71e7bfa6d3327c4e661cabc8373ced82118b1e6ebf154da5b8359703969b1bd5d378669c3a898c619ef706bc879f9cf27c9c48b080391d17aba7276b38bc66b73de3a295d753abb76aedf0bed1fe92bbb533edffddc3370d0406c4b485ae9ac16e2cf51c2a94b6f7a6fcffbac544aaabc38374af81721aef455db1bf43f387d0c7e8', '2026-11-28 12:02:35.098057+00', 'text', '', NULL),
	('default', '01a22209-27eb-7b0c-9d2b-39d34936dea3', 1, '5c2712c9', '\x8fa0d4f5b86abadeb9fb94b4e049a72a2c361786c07acd7661565d92dc801e5c96e02a2f8c28b2613888ab9776f98e7e5ee16f0d4c5735962ca55b12ff72fe776d5d5a5e03bc71f39853eb119a269aed7d690390d0827d0aad31f5243cfd21c414292ab150e454a9f2e74a6cbe8a642b9a40cf63b8d9c116d06248508bf1418cec437066c820e42bdcd04ca26686b51ea3a76a5fc7bc8e48ecf1bd9f2fcf7ec8f854ff11a94fc41f519acd9b4d6a5b9b88950cdfd5f06d6b1cece82db40f74ed5e5a3903859f0da135f883af65b003c22efc99967afd7cfc39a58bf105b63cd87b45f3bb10d8d1ad025003fc5ef71bf7d9fffe0f262ac1c0308b9d7b3a83af42d7014a83c9a39f6abe260f7b58058a416073df5d4e7cf069d5bdd3d9e9f10084dcb4ea99859839b1fa4d7487cf8a278c', '2026-11-28 12:02:35.115009+00', 'text', '', NULL),
	('default', '01a22209-27f8-7d7d-a774-78081fec4818', 1, '5c2712c9', '\x48d63e5e21c4dd0b402dc589f0af001b4f6c8329561634bf2f6046e6343e806c32cfd717033182dc45ba318ca8ac3e4838f32c11c9e5fe1a410fc4fb3f513f95c932fbcf6d43fe2cffdee27072017a747b6dd89aabab8669481c5008dc35658e1e28262d998a0479c6a54ffb25d688171c96ad53cd73ab5f261d194646eb8f842332d14913827bb3bc18b1cf0438a14d93a77e2f5e1ec7ed2af4e4209b7761c893dbab8d5fa6676cd425d212c528c554c1a5a5d92e225cc96e50ae07231e7d515f26c4e506b20f37628ab8bedeeb89a36b63d49f1448876ed96422376fd66ca2afb6b4c7c9794e0590ee24c7d6eb0a014837c850fa95e04aa996f0ae74bdcc672d573f1b65bbd35c8e381f6b9f734c08dff20bbf7dbed9212ec2b4cb3972c950ca5d282a5c4a5b5c2cf19d5faa35f822', '2026-11-28 12:02:35.128778+00', 'basic_auth', '', NULL),
	('default', '01a22209-280e-7f40-aecf-de8a36deb9c1', 1, '5c2712c9', '\xe53dbf070041e4e1b5e7854f6d0d1e4122f8c412724ecdfbe259709f0d6e195aa5dc0301f8494dc2c493453e19824457facd41e104a23223f6999ec8cd86bfa07b3cd0dff83cd05a1d4d8f961ed894284f4997b8db2a3589ab9ea146cfd883d425179ddbb334135ebce7277bfe71325cee62cfc2b9c3c5d5d23f63cc3530ae1e1dea76c67afa4ed1059d0bccb84c911502f1a025bc938c0e5bb26c1477a852f5e6657b9f27bca7e63fede20fc6b77d57cd581dbe015c0f64b112943a59bda345b382c7f102cc0c48c6c634cbf74d35dd0866ab1e9c76f113718c11ce368f1eb3fa7004667d5a2202df3a1b252663c59df285cdfad78cc9cc066ac2c30c230a3abf0b0de92ba4d64a2762197b4c236efabb7b96aef7fd8b96504fa3003708eae0c596ab5cffa214dc1d1574178eeeb53e', '2026-11-28 12:02:35.150871+00', 'text', '', NULL),
	('other-2a1d719', '01a22209-65f9-7ef4-82c2-f71a404d9c32', 1, '5c2712c9', '\x39c62430b2ccdb0d75dea5ce66d325ca39dc382eb43bd097565adc71e152680875ec0a31dba9c0e4181b8ee60903f1ac39892e52051452eccfc40d67a4a712be3c14a3635366b8e73687fbad8f3d4b662fab2da0049deb72b2cc568485ffd1c9a3e792e3424317740c73a47708e02c17f2fa81abf62a8bfb66e275c01f6f1629966d986851797d9ccf0c9d488db28c6c0754130788076d48ac14fb1a60c1467d1fe748649f2ef9c50898d36d28a575957ab2117b44acb7728619cb86044aed2f362504044b397f00412695cefa859115e582b3b8e7d2f744ae59c0dfd021c400383e979707ce5411fd86d03a2cd4142c1c07affb4320adbb9be7fb1076d33af9ce4295d13560a9ef5ade573feb68c0e511b81199682c139fe27c16cf52de0e3c65a031a818fc50550d7caecc68a03c56', '2026-11-28 12:02:51.001351+00', 'text', 'rc4hc4asqjva', NULL),
	('default', '01a22209-6894-70b7-a2c3-9b6d5acbbeb4', 1, '5c2712c9', '\xf704f446c6bffc7dbe380a0a4b88038e9962c2fae033b7e32789184c8fbaf25fc9f54ab82a3076f9e446d4fe8bf856e3ce1a07f7843048471235761b5f796de92e765d9328c50b44090b4276e3bcbfc21cc2ae56df2944a361b314df5547a36c83d9d4eb2a14dc96d55e98665dc7e5bc2133558dca951895ccc2f9e5bad8a8f0a5c60dce0e0d12e4d3bc7f81ac86d7a83d425fcfe9bc8b8047d953cb995c984e28b426bd8c41e065cd35163a1c3c0b4f589608d305d1f4e39ee03a93b2fdb6f49a21477bf4afcef03083b0e907affc93909cc4daab6013b609a881b48e72479af6d2c47503db8f1dc6e2cb816aa6e4ee6970097e92548521382726740e941a3b0ff61d63414a4eef52524ad36ab616f15749b5153d30c15dc8367be5316196b36f4de2bda678855dcd9d6e7c295c0add', '2026-11-28 12:02:51.668111+00', 'key_values', 'bootstrap', NULL),
	('default', '01a22209-68b7-734c-a4b3-ff09e72362dd', 1, '5c2712c9', '\xbf7440690f647cba0a59b4ee88fba1833faa46e45e9c6a3ccb6093c14621315ac77bbd3bc8f501abc900543448634f7f1f1a76547d01eb0566d0a6f17e9283ace7607ba8cb8608a9074bf37d049e9fa9e5205045d54c4d2beda67177c2364560f51fedb81e51f28f56fc4c9586d3c9bfc1a1284c5f7a1a0f05d66f236857daaed727c81bcfc40e0946c7e9f78f265dddcb5cfed536f5d663f89a91f85f1104921e9ee9db120455e65fd57af18546203dc22aed22f43fd2da1d68a57e37e8814ca5310b4676ad2f5fb72629ea7b30796a724764c2129f310450e30440c0d526cf060c81466ac88ac9914fa6a1f3b744387eb2cf7f6336fd374faf49fc8b6f99461efc5b81eea41c6b9714d5a6e3f25a6d187f544e96c90cc8ba6fc03c56dc6ffad2d3f70fc9f7365d7b654f476bb0f851', '2026-11-28 12:02:51.703489+00', 'raw', 'bootstrap', NULL),
	('default', '01a22209-68c1-7058-8ff0-e3c76764a172', 1, '5c2712c9', '\x73ffaf396fac5960054eb0684969fa04ecf09bdfb99d22ee4a77426675d75b0b5fca949f28f7b5aed91a678c61bca8355aaf3064700704b2ee283a4f30bf6b5f80692d30cc0f92f531407f740781bb43a3eabb71abf92b5de9583f914f9553a7e3ac90128e782474b516a99dfc78aedf5a6a82eb6111dddf0f363fb053dd181883a8dc2e38b4b9d398035f938b6a01b5304349b09d47e1b7f5009a7b01ecc64dae2846a49dc15450e537d079769ac12f1b904042a1525459741a95233e9af2cadd37c095ff50be49e8911eef5ebc34e1ffed0e7e034d2acbf5190e33cc1c1b55c65df0bea8118ec6eea4ab112fe4a94d71a1261930af426fc755860219c7a5a76118c4a1b35f3eeb50723b13dbc28ef2978f29bc9b32adfcef041c1c404fe89e8e3580e9a716ce19b7e09a5b23bf5986', '2026-11-28 12:02:51.713435+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22209-68e0-7da3-975c-b36f6eb1d9ae', 1, '5c2712c9', '\xde7e95733efb4c4d65097e69181f99cd29417470e2c8ae58c6eb2a7bae59ee29b77c899b03d2d370a8a96318bcc88f7f2632e660f8f6f138df94185508594c92d059fad4df013b046ce9470f11c332110123c81019258f9b001e946e55a38b2bf68d2607bef44ef36039244edb25792faf96f7bcc2f3f53f2bf68e12443e6827efa50b8fe10ec1ca6cbb113eb0d8d89f3f0337d9227474b34bc1952b66148ec37063f2251db5835c2abc1992c251ebc18003069b6b90909e3f0911bd72fae1a54269eacd581710c953fb711c9d8f3f008f7f7a9d3a91088fd8a0bd0bb3f7548257bcd085c3cb7795252e4fd8ba9a6df530018dbbe6ab9beed840997759eed4b943a742c3368c6479824d2560e640cf5077ce7e7281585ca5187259b396c3fb22b91beb0ffde484cc1adf5591b2244029', '2026-11-28 12:02:51.744185+00', 'oauth2_refresh', 'bootstrap', NULL),
	('default', '01a22209-68ef-7f40-9563-e7b8fcd9a0f0', 1, '5c2712c9', '\x08c8f8b694abcf423500a5c3af5a1915c628a41edb24bbb29992e6ca27b5f1490e57d556ad4846d49c71668cd49b5c36a73d3917683847426a12a395679b038322aabf7a880487f85bf0584e6db00869d01341f191228450bed08742166044de036e83cd4f66c286b111b5575fd91367b5b5fcecd4703c4cbbd1dfad6499fc1b2e916a7b37dda57b8769cdf10e0657bcfd1004985fef261f5f02e5bf9b2e079ede71420920c909c403b64e9bef432908fbcae236e0f0322773de72b17d538a96e58ae1c67dbbf78a08202bf72de03cee4312ad47f211afac2d7472e1459e0b9088dd1f762222a3daa355847f2952e1d0bb8f92d78aa5452dfbdcea4a065a2b6d09adc47afc0a454ccfc6be09e5edc03b7955cfb2e2740c5600674af0154539b6d16a9aa48a0c31d7080ecb646bc25a7b', '2026-11-28 12:02:51.759348+00', 'api_key', 'bootstrap', NULL),
	('default', '01a22209-6910-73d1-84ac-f0c540e4b608', 1, '5c2712c9', '\xc80a31565829eb48ff4199d3a7502f0480c38ab16cfa881cfa281533e1338e55a7556fc6a3ee892e40e6d74d1eefdfc2fdb9f8e5d4e932ec88f74bcc6ff80190e96afa63bcd11934cf77fda4e0c822b9eea98ecd55ebde1ac6e2ea5f2ad8fe18235398b26d31b639d3a1e1eac85f10453f2fb9c11ba2575d8df7c3df69ec89b500f7cef7a43e1dff51ad1b2b801665e66b4755ac1642d64a45eb1bc1dd233fc63b285ebba5c83795bc45fff8862eda3fe075ce9dc8d69495814531018c88b860466b6f17b9b49558f69a1347dc377fa9905f1e8918169ed8b511327165a0395d81c75dde4c6c30b0b67950199e216193311e6464e4fc922792ab28c90807e24bfbedca952b79ec1bd34b696bf38b240bdd2ef2b60b26457d9e60a92e394cf472c30c5fadd9861b62b8fa0a884e1e859c', '2026-11-28 12:02:51.792348+00', 'api_id_key', 'bootstrap', NULL),
	('default', '01a22209-691a-7b5b-9a64-72434bba7085', 1, '5c2712c9', '\x3d9a2d22602e5b11dc49054e1d6ae406174dbb267ecc76ae4db697aa3489a6697c98eac44f7dca99b696d16abccc3d5f841a24f96f6785e684ce8f480fa028061336a82deef351da236d618cf2d5a504c5077ed5050409005c8a4c40c6ce51e9da0d4c95503bb69912c7cd5a13314d14b89ac16c6465b3966daf4c5dccb6270a6d8c28dc4f4c528e893e195d82fa8b7a91185f016d2193467aa2f1dd5c2aaa4734cb3266f1dfaff340048719e97c2cdac5794412fe73686cd0f479531a7709a365805c62b6124d4c93336f3c406d7c770be02cbb755d840f1d1662f4cb0c10fae4d64315501b8c0d6ffba5211cd11b0ad828277c073b46a8433ad0709588fe48c1447f96f3e7a4b6cb6ab28437b037ea2d64d2bba10ace58c9ce880641adfa27eb3d1d1870e48d4a571e5c0186d16147', '2026-11-28 12:02:51.802283+00', 'client_credentials', 'bootstrap', NULL),
	('default', '01a22209-6925-7c77-b440-be2d1dc2aeb4', 1, '5c2712c9', '\xe822b2f058408f21cd6c77caac45232844a946fd0a64bf224066e0a8b30c855be0d489d2f4eb166d7d8f3a4f54c5bb261beb8bbdcdd54deb8db1177fc76acac986b9ca31530ebc7bbc4b79734522d798b5cc2055bfb4f8fbe0d42d0a730bd88c1e8d1066580fbc353ca095e7defc5b8840397c8c533e301a84577f876d3af655dd05cb26c7ec8bd4caa2d098bd83e167089232830267177d76d20e45b8b0502e0a22ee4ae830fe8ef3f7f64cec9368bbd3ed787ef6110e65e398bcd8bfcd362f1b05f3cc1aa89e524b830857b326c1c8bf8f77d3a0bfa132a7c55476fd4278bad213bc1ad99c0e21c1c6d704f16941558db9c661963ec1decee88bf33d224350efb1962ff963166ebbf2b0cffc1b34cc3c4f17d9a8ceaa571ad7f76522db6c2ffae80c6650220dd191799fddfe9b8cf2', '2026-11-28 12:02:51.813297+00', 'access_token', 'bootstrap', NULL),
	('default', '01a22209-6929-7d74-9f15-cb1582b718ac', 1, '5c2712c9', '\x3a5d518b1e52bde9b2ecb181a6783ad0abd8fae3f051a0914b927fbac54cd02bd0cf64ca18f257c84a36f51678171a37f8a76e1462c12e8ce02d379bcd0e347d4aed547294e426d05c761919f8078c342dd8199eb0e47f1af1706ac428270749a8763014bf913bfe605c8bacf05addc548b75dc769ff4cbbdea5fca694aa90ee4929f258958757b233b0e5c870d217927c71965dee52dc58e5f876aa1babf2138a606874db371500a0036d8bf4fd2cfdd31729bf84390327d1513d15efa10c8ea2c82e2ec70055c150da084be0b2da7a9a23e0410d1e6b827fc2b46ffc429a6b7729385cf4fd999ad1b1162bcf864628100c35588fb7dee2cd6ca7a67a2914cbb4da802de13ada47f56cb5b4ac7d574c7979c908ddefb543a8ec4967fe1bda7d2aa3f3f7b3115ced45d7a3587ef81436', '2026-11-28 12:02:51.81742+00', 'json_document', 'bootstrap', NULL),
	('default', '01a22209-692e-7405-954b-5d3a85778ae9', 1, '5c2712c9', '\x63d54e24b5e684787a6962096877018be0ec045a981cb69e8af420c719afac4f6a141000b35e7d315b5f062d6ec04ff39856f1c594e25d27ec9b6d4c9e470403c5835c0c17ac228498db1f87819a03a3835b164eef8b4f9bc548c6905191ac613d231f83a9db3f9b4ab0bcb3b44bced8a1246f003923a7a6ccd0f1a1df820299c86a47e74684d014325ff7a40a3587a7d8a7df9cfc3c12b5e029ead7cdb4580f5ced8013f74dbd7b562f4a02607373b5b693a478f16ce2ab76a1a366d9af2ca4a3a3527723cfd9bdce08d8c0ec2a40eb0daf07929e6e9aa21082fb1a07826da61be9dbad74a94202dfbd25d2f3a23be0a6584840b0fa44b9ae7e1ada774d68398fd580c281bf5a2f863dab7983f3f8b907838af68cc39c9d71968fe46b58f4ca57c0e554403b36431c9b969a1a6e0a9b', '2026-11-28 12:02:51.822849+00', 'text', 'bootstrap', NULL),
	('default', '01a22209-6937-70fc-8f49-951df15426bf', 1, '5c2712c9', '\x5a0bf77f25502e3efcb8a009de73ed2d257891f2e2e4fffa1426fd36f6291a48e3c985cd4e1b7a9b2021d7d162e5b014a4d2af13f9abc3bcaf7b7b417fc7de06fd1d5f7108b54cb9109268e00224bf31883daa773ad186fbdacb61bdcf496227f7a90b5b007efcd52861c68daa9bf3c4f5804ac4da29c89d486c36846ed95f968279c7e628a9b65ecb4563d71cdf54937a990faef62d19c58bb1dcc891d37911116fde6e8f96e7a198141923b1370561c34be0939b32251288b1a2ab2fbde56134a39e7ef2831ec15fb561edb106dfe756a393f9aad7e1716bbd0b73a2ea4a3d36ebacb47ae34e28891ad6221edd074606a106263661ee3e156d070c40fd8454714efc7ce3fbd89b6ab641ac38fa83fbbafc8427f32f8d73aa9f95ee0ff7f6726b83fa9717769294f7cd44842d48c2e0', '2026-11-28 12:02:51.831133+00', 'jwt', 'bootstrap', NULL),
	('default', '01a22209-6941-7405-9755-7b488a445aff', 1, '5c2712c9', '\x78f6b5e3197136d1d185186a346d7b1610d8ea7d2a14316e241a34520a2a033e34aebe35a8cd134969de2ced08b442dc54e7b83b31769fcd38a691d3b06636f9d65eaab25b793d56d46428713c14f7a8cf5af684486be5900d72dd3e9c06eb8c91c68ae926050a63b1daa5648a05cf5040a508cfcbba9321362f0006ea85252d7b60fc57ae61e2f2bc15da73ac0675b1927c9217e837b3b13d8daaeda47e7d9ce38547991e2c6bcfcdfd4d9d4ddfd6f53d36b7e9e2806bf0489d62b15d064df09ccad85e883cbd6e68c34eb1eeda206a3e930233306165be51caf359ed14d3949919bbf0ef017ed43ca0a0eeb2e95ff18374adf4fd464ccda4a313b67485ed4d85a58c82eef4982efacd1554890a48154251d1983597fd162b77bf9d5149b0bbc79019c54fd4c7e9025d966e5fcd250d', '2026-11-28 12:02:51.841435+00', 'oauth', 'bootstrap', NULL),
	('default', '01a22209-694a-7af5-8617-6b1b29f67046', 1, '5c2712c9', '\x627dbdb9ac7959c89573cf42b3987093ae68765b4468792fa9f1209d9a353d657678bbdb948df49a9c337ded901ff944b514050eaf6543674b0f99149e4f5f2521a61176faf40f77adb7e1b70a842eb5e351e3c3d56c6cf6a1fe8987c72746a6dbc11f58a13123d81a4f3d08d4f1ecd0f2d7790792efa9b292aad78665a3c59fa84e42beceabebd48021bb7de52d3375dd2d5e151dab53e42541a20a902399640dfaa817ab2367eb0560ef8e5f73e1fd61534408bf426171becdd2394ed3fb91e02946f4b935e0096f1e8afff3bd00c9e2a37efd072138d02f51f0f353228a12ce89fa659aa0e4049edab0323d92aeb002d79ecfa5b9e003341f90d39265dc61c083f80218a6131959a6debb10199601b66a6a6a61774e205bcbf6920dd66a43763cd568da79acec7819ff59823f7caf', '2026-11-28 12:02:51.850009+00', 'aws', 'bootstrap', NULL),
	('default', '01a22209-6952-75bb-b8fc-49bc406a6215', 1, '5c2712c9', '\xadbca0968897a59a29f0ba5301444ccb836d9815fcda572735e3925ea13dff15a2f9dcb413677643fe36274bdf6c741c033597feb7c59f408b0614fe355524f94c467c0b9fb2a2c1cdb6ad22f64b0352723dec66e94b54dcceea5d0236787a7e8507f2f650b9404d4aa694d78758e9225e03f6cac0304edb936c0a753723bd2b97f640c1bae36889c460dc653563a24fe95e829d7a643fc6f139ca333acebc8bdc98016325ef8d2c0c417ddc77cb6a48277aceafa2cd05a356cad8adfeb7de2b46f6251cf1e6b1982a78c71d134866bfdcad22c11af3ee7795982de7cb93c2c32dd30b3178a56c705ae0d85aa730210520dce961ab5eaf7d3869509e44992ccd9e0c6941111e3a6f369b081769289fc430d8d089800504faad9b38bb2d8b223b9dd8cfc153fa8b2749c68a9b38b55096', '2026-11-28 12:02:51.858719+00', 'mtls', 'bootstrap', NULL),
	('default', '01a22209-695a-70fd-ab29-1207422dec87', 1, '5c2712c9', '\xef2f1b15cb60463c790404bc5dfe47df0c34d56cc2d5eb8265fc0a75e2a4da773f1f20a7d9259f9222939d868e2b58d939364a32508f6049e150c6e7980256a357ab1853e7050ec03a957aade7bb4d6c12203351cd796e53b8a9bb583b84a78806f291237672cace21a4838ed9d84681e4e91b8586b53b961bbbf5bae341888086f1ef2911ebc6552875a93568af70f89ea6e15f9a82b802fa5a451cb5ff0f572c34bfe09c94a841e10b8f5e7281da5de45fb2fcf7678e5adf92b2bd51c252289251f6870240f28e9caa138a7d19b6e295ce3df99c99c9243b1a122a3448da361ff5d8ca8754c71659957ff1747068d33535d320f3f86273c7fae9c355cd157b118900f0214f30a992162b9a2d97055de29ad0414162c14bde8e62a45fe5c0e5bfb616592daf7a0cfbc9504ff6ba89a8', '2026-11-28 12:02:51.866623+00', 'http_request', 'bootstrap', NULL),
	('default', '01a22209-6966-7bb0-b05b-a659bc715934', 1, '5c2712c9', '\xdc8de22fdbfe07f9327e1404e94c6d926d8564bf4db63fabd98fb85ae4106b6accdf73b01a16531b2ee3300c8da1a274b52b5fbc4869e787e2771cd23772e961a810066315dfe1c12b4fbf4fbab625dbe86961d70318de59cde3597d04c0e65570ba4d4934f679e8bfc5e1736a34ae7429056d45af8e9333314013fc2e576cb016b6c2dfec3fdf841ad2218ac8904c37b90490b1a4ecab17951d4e28158c9381c8e940dfe0acd9e6100d089af99b964dcae03754c92de995e8d0fb10a449dd9f193e1e119ee502cc305b9d75dec535931b032365b1de6e97c1ee8c7a94afaa5665570ce0372c75479de2e69c2e60987d7aebc6bc2016f47133ee581eef2b04b52a1ea15b470e786b4adec13edb3a0d697f481d83f28d0b204f164df9a07733c3e44a559b631d634502f05de6517026b1', '2026-11-28 12:02:51.878539+00', 'multi_request', 'bootstrap', NULL),
	('default', '01a22209-6974-7d15-ac5e-6fa6cac2fa37', 1, '5c2712c9', '\x5315b8fed6e66ef4c4973f8a2954fdf34522cd5eaeb968ec2a0b063044f1a3694773ac5ca245dea98ca5af04d51855d23be9b1be0eae922e74e6f5ad60f0e5c780fff98606297b1af24a14afea4f765b7ff328711025acfae78ac7626c39ea1e21657eb87992bb96bb98d38969b380611e2e3e17f928f65d2bf64ecabf07f70d24e2e51921c8db9347ed69f67c235a466f6eb557b69b668be1f26610b92a68e19627d5760534b9650859e7545b2cb9515b7df51c9764ad6078c3708c1a96de1f4ec6c95201a2ff2a81be036cab86476a0bcbe52a2e83713ba72361649d1c0f40ea76b4f3d5bac7836a5abd39fc99ac395d03417ff59db64405c6b33b02157963362597ba71fd445a645077dfab092f5a2c948d79f01eea6847d758ea1734c2bc8cd17c5329186709fd8d3279c7f912b6', '2026-11-28 12:02:51.892815+00', 'key_values', 'bootstrap', NULL),
	('default', '01a22209-6980-73b3-86ad-2f608769637a', 1, '5c2712c9', '\x80b1cc9e87d720679e7e07e5332de9a4589b179a2959771455439ec47041a72df7a23bbf540713cb4448b4de79b4552c21b50b6d0e69a5c763f87369164cbcc01f2b7e4f66bf7088fbcac1a50deecb9c893f92a341731455575acbc74e41437dce4003ec0ce5d2550c035f6e6f652ac111eb428fa336a68877f61ffc965421b7c0d03d4a19e83a1f7875451736924a73f7d6de66dc13b348d83f69805b47ca70cabcbef62429b70adf92c15b2ed65d9f7d45ae9ed7581b1e372faf984040f56388ce58b33e3607e07b481f1222bc8de62935865d4f91d44d450f35e045007637cd1c21dd532175ddf421f69cc204679d6cbda1a90b1230ec8b19c8536807b4fc1887f7c47655dcd7b4edcbaa7629c9af571df1df4fd220fef1f81840a078487edbada652f7833cf3da5d671c96a0f5cd', '2026-11-28 12:02:51.904897+00', 'api_key', 'bootstrap', NULL),
	('default', '01a22209-6986-7ae4-9088-75ed7260d93b', 1, '5c2712c9', '\x29adf8879174012faa3b13b2cc689b37e58aabcc439a151a5d881fc2aa34f30de75059e6baf595227aab7d65000830cfd38b0f4909a0df14ef1d0fc68248e721368a8bbf62c0067bf951c924490d2d2abfc0c894a3013241fc0f0164e25539089c7e7b95617971d0387166f8666136f94836123d063a489e061965f126ad7a7e2d9556f64980a6752f01d8cec54a652c6abf0a52172fa4b7cdb71bd0d6e9c0bdbdf39c05dda075406723d268e088ba3f3cefb0db3c130ea3bf1d8c0e6d1a33db1473b84d563b5ea32b2bbf5f8f43a6021d4503843a4cf8cf236d7fa69b4a082ee3891fb6acee803698972d26a342f10690edb24dd739bf74bf83e54024779b272ac1e173c9ce9485d2f6d456a23717b62eb3e98e80db94e47444d67be06c13b4979d0317c0ac2aad74ad0ceea868a8e0', '2026-11-28 12:02:51.910309+00', 'aws', 'bootstrap', NULL),
	('default', '01a22209-699a-7218-9e0c-c1a9e2c43425', 1, '5c2712c9', '\x3843c2cc7962c445c2a1b48e37573d3c10d098943843eee3fe7129c6e60bf25ad72ac7539ddc94fd6fb75d97223a6525d6d561cb5d9a85a103cef4428d725cd514641c3ea7d07608ea2eb909d704917577e41da228381786d01ee40d0cff5dafaeb3cd0240b326c6370e3b0ac184a3b32df20494806478f621fa60090f2a645cb3fd79f8cd2c8a7a6ef9f98721b8d36dfdfdf002b16f4892fab77cc29749f203d496a5a43e0828677e32c5cf45fbef53ef031bb5c4c69df3a21a4b8932e10504536c5201dc0dde99c2884d38fbe63ccac9304f92e4f55c55ae160bc4477b469720888167b66a85066cd4a46a674f848282501fc8d82a9cccef70a80210cfdfa3570d5951ed978f9e5025ba1b0f02b6ff32c5e3cf3fbc1222e39e49b369a0593f86b1a3e79d123ba951b1318490b4090d', '2026-11-28 12:02:51.930446+00', 'http_request', 'bootstrap', NULL),
	('default', '01a22209-69aa-7a5c-882e-3d421dfc3e7e', 1, '5c2712c9', '\xd422b0c1abe71c6c34da3a68a80fb69bb47523746d9dece81310ac3f9f48be58cb184dd64f58279b6d0ba0c6ebb599cb919ccf2976c006fea2c25cf8b46e8796333361a23e90e9b94c7cb77dd26c2d2354935d545106f18c7a1922cf7584dc236670a035c2ce905483e62906462761a7c976a9e3779242385a882662610b348cf1eb51970610c70cab6eb4ab999a4e2490135173f2bd3a71c4764c3eb9eae826240b522a7faeb5607fcef2cc88d01c8c904d1ad2fe662fe92914fcc0a37e9f1b77ec04bcf75605d0d0af36d0920002ac3962c02629cc848aa5a2b7aa84f8ab2c7b5db6f1fd5ee1851635e24e39b33fc54b8270ab4960699b01c631d2787885d7ed218b2330f04a8e274c238fdadf1c4134ed43f7f50f9ee02a9d8b8dd7e979ca903c7d2655cc5b5f2dff310fd311f280', '2026-11-28 12:02:51.946318+00', 'text', 'bootstrap', NULL),
	('default', '01a22209-69b4-7e89-b9ef-cc8987ebc3a0', 1, '5c2712c9', '\xf52d87ff4a36766d026e7a39113463b89872d59d71ba3e10946d5e7b4b7cac2e46cf7267cb5758c5ca8c9f99439a2ef295177bc9a3e9ac197fbfe2a4a50527464965cc1251784b9f5068bdd7ad1545b6cf0a338c6cb25a87c584807f39edb03fe1248816d8701f0c75b2be9a7656dc5f8103979958d2dea41805aa9ef91bcf4b5c20a0ca1dc4d789666b75e46b6fbc4a42a006909f23c27e552891cf3f311a7d5bd9f6080956f1e31bbdd3f0529e520506e07e562cc9edfddbfddeeec06f203f1abc3e6b6c09564793acc7c027ab3cfa9f78a51a79b7d946ed55a35d8a2fbdc856405645ceff2d8f4642d5e2758d109639cc6e530e5621335d7515ac37a95b1781f24d89f60352257f294eeb87abb9909a50d74ceb4503dee14af8ae1e6067fe067a0c7465aaaac6f39bf9e13d03c5e0', '2026-11-28 12:02:51.956365+00', 'text', 'bootstrap', NULL),
	('default', '01a22209-69c5-7a52-83fb-c2c31c3d6ef8', 1, '5c2712c9', '\xeb18f622dc420751df2f444054d3db05e06455fe9b5950288d4845062b46996b42a0311bd1e7b5692e2424c6b2fdd18bea4f38cc02773e57e30712c9bd27597b420df35360b3fbaaa5fe572c6c107b09d45dc5e27f41ce081bc35f0cc8bf25272e7dece858a6a7c91f3b756291e7597c087999dd48dcd8c219a23f5f61d21d6db9cd55dc53fe2ff10bf7310fbd47bae97b3b6dbc3aa2597c90032c05cbebc57d65e0af0278a924bcc7f3a83491b96442d90113ba51184cf5ade782ec8cb300bfeae45a2e7cf3d6c09382cb74740a5b32c23a7339703912d82957c9e70ea050add0586fb97df4fc1f3f30c63e8b63238c109423810e8664130a4dbd15be60acc2de581ac40fe41beb7e76fcb25a0a5b4f5c67f3e4690fd844005171c132732fb75308ab25c487bce7bbcb2ba2612bf569', '2026-11-28 12:02:51.973877+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22209-69ce-70bb-b8b0-0c16044ad34e', 1, '5c2712c9', '\xec41d458ecb9d9e597adcdf20dac27b6e7932389dd88a57ab32444b1366a9a4ed6704e0f3c08947ece4a755c109b16fef6b548db676ffe58194c0decb1078884877a4d883314bb1ee8e747bd5deb8485cc910788f98f83ea0ac98b1e96e629f6d05353cfd39ede88d57de6695c1f8658a32e3dd94505a4286ce5deb17a67c4de0c4d93a33aff5bf74d97db907b5ee3c3de567c5bba283babf039cb5a5169dac752756fea6e40a5a88361d024e6716e759c6a07dca73cdc37b40829e6c6c04c8ec6e684e50c6e0b6c640bee6ded276fe0b56d2417213d7b4bef9f9202de72fda70e2c5cf7405dcce9a5ff650d4606d86666966a56da9bd730f43cc6cae59e32a4b5510c7f5cdcf7aed0baa11ea82f39768801e6b9048b6e2b49ea60a5c5b535cd8da6fae3a9766c4289108ccb74c9f2a9', '2026-11-28 12:02:51.982525+00', 'text', 'bootstrap', NULL),
	('default', '01a22209-69d4-71d6-9773-86b78a7a4129', 1, '5c2712c9', '\xda5c4b33c99fda83e452bf3e0b837b9c6d005da212941688e41e2a519b6e8b092468d81c2371ca0359361542c97ea18975e2fb03119cf2a2d30ed17f235968487f84e2b9d55787b152e175f26235ee5fcd94c490ce7231fb4d03680e4964cbfae67d2ee0f6574d2e40ca6abe2a0621b70f79a401441f0ed10f50c1e5436187e7e701511fc5c8b877d588356a2029336a9c6d9c2347b979b53c8a527d13ff28dc4794c944e83088da90da9da716b82778e95a17920a436bf3179ac590547c4e12a34cd57a4de388671b29e898988bfad330871a704410fac71d2ce893d31f6e9afb26a5e81e17c58f8450aaf04186a426b7c1a03de771f9dab2878f592dda6e9bb5d9dff9cec701ff51f3a6b9f35aee5e44cb5a4df2e3f27d717a8d38d31f66ac353987a3efe1a8f1d17cf17d01d0721c', '2026-11-28 12:02:51.988762+00', 'text', 'bootstrap', NULL),
	('default', '01a22209-69ee-7577-a507-bb0f70eca329', 1, '5c2712c9', '\x4147f236cf9714bf900e25b2509b7434f0e336d610c8fd36c272465be29716581651db0723aad91b98065a81c65a01afb578feffc308dc9732beb00b13377d3df4d253e50a7cddcaff38373077c03b51bd9b4fa421a74d9652cd2e3e055787d852d7ab17a5299f79cfee23ce905b3cfe99e132a3664ee96db9fab4081f86e5503c42f74638ce1a448cacdf31a0855c57da7e8506e75d445b846051b503e98bf3428860e74d34a9e6f4439471628680155db69e045d55424b4cd9f98335470a84d582356cb2a3477b64d354335f35a13f933b9e436d9835e37f1879d45a8bac7d1b4f1c05bcd7450ab505a375688c83f248cd1150725e4d01bbe7fbc4214e5fcac63047aab334f24e219809ac8ca6d3a2d9f841e04be53d23a28ad52732695b3f79934a1a5efc4166297cc9719113d352', '2026-11-28 12:02:52.01466+00', 'text', 'bootstrap', NULL),
	('default', '01a22209-69fb-7798-935d-28b5d6e7f6ee', 1, '5c2712c9', '\x5968d13780721e1941cbaf92091238830fc8a10d581b3e8db804f6b5df82803360ff59cc16595cfafb031bf7276a3cfbd56cf51bc63271884f4ace41e9a536db1eb0adbb7ed0f8a7475718d1932cd443d04531efd8d73f1734652833e0b1e72f6c59bd3d93ef66796d93b752c70461d30d0a960ce1434f17fa2ea46a19b7df4fcca226a85766cae2c4c4eb894f696d8e65caa62f61bf18561f7df781417efd4a8f096a80e1e85f5c59857d825e5f5da7d5aa6107aa1c4e14f6f161e5fad351ca5d9300368c06ae6796b4f8494f6cf7770670e1237e77c205cacbc3124c4c5954b83d988516c6d2e5a91e9803258513459e327caa8a1feb491a588012f06459f64472c138591c6543f0139cc870e20d22b942e72f800d1416f637fdef275b608484111fb5542b8389e21da0ed0c4cdaa1', '2026-11-28 12:02:52.027164+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22209-69fb-7798-935d-28b5d6e7f6ee', 3, '5c2712c9', '\xc999dc9280a592c9bcaec0e3ba5e4bf44e786e87bf07c63d93261274ea8036653234038dd54a8f205ac223def88bda8e5445d8dcee3be0849448fca8140da3d3b6eff5f2205ba7165869aa6ab5f3f2cf8e529baab4d69ac0096983888076532e330dfaf53279e2ac00fb012faea5d75130425ed290d8ef955e9f81710f9973396e4c6c86f7595c6d9723b67ed8c014c2ee651f25e355c6b5460f47c129ef1144f4f22966dd2651ef3856c2c51677a09abffbb19aa00d162d3d0116a601b9ab4b60b833a2e2ef14cd4697a42d69a026aa2281fc6b95a8d431866c2f924a57f3f66457b03f051e1ca453ede8691ab7e0364577ba7ff163fc0de92fc18ca5037ae34dcf7c09487daaf7b6c058aacf7aea8189c5c6a63596def50f706f1907bd4a62e94e9e4a617a1eec932569a73b8c511b', '2026-11-28 12:02:52.05692+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22209-69fb-7798-935d-28b5d6e7f6ee', 4, '5c2712c9', '\x676b20a11953fe0e066ca21d2af50b7d72caef8b8dd0ba32c75711bbe8ac456a2d8d32b12a82543b8ec97df00602bd9d475a410da5f4a0e6b74c581161c0a03a92043a87c5d18f1d4819baeb3aad86a25edd3c72ab03d1e7ddc20740f5ac0be579f9ee5ace82dc22ecb9319e0bcd91d918dd78db6f3a5e50950958e987d43b6f769a49f04172eeef55717523c76b7fb06fb0aa91c2dc9399f4aa1c98c6d505086d9b0c1418349ed6f07099b23ff51a31ff03b88e23d5de7f11cba16baccdf51bed0ee5931efd37e19b98e56198bcfa0003a1ce790f667a92c0d23674de1cd0d693bda70b299a512827cc1cfeb79ef7e1afe04ebf521cd5f54e021f839364b0107e728166ebb14b1c9c821c44a5f12b40f497d71b189e153610882ae7ccc6eafc9ea1241c1e0f460e4bf4303d2a567e98', '2026-11-28 12:02:52.067314+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22209-69fb-7798-935d-28b5d6e7f6ee', 5, '5c2712c9', '\xac515ab959543ccf9520f794cc85dd7d1e313fa1b1a28a1020cb47c273a6e722d83b616cd16aa60361719f51abb5ba47fd4bbfbc68a44a213b7876cab0747ab1b70ce7c79b6a40130e1d5e3614eab1dca7cb9bf91081b6184584c4e0165c1b44510ad057e41a8a4f4e0f9406674e398e4265c9f5a2059ada93f637f64107c826b213c5897ec139475bdee65f3da674a0c41031e43552c49fe39805fa2df025c41d46ce48b8760c2cdb7f273b5222a6f909112fa361fb348d0afad1a975cd5e39ae4b87101d182ade9ff050d1a5453f40f2e31661c639be6a8c4a3ae76d8de398ef6ca2d8dfc122227d51f6f4bc01eca1e192181665fb36d14d5a45db0ee2c5c2b10c0938d95e3bb0f4dcbb1247fc2c1c5d64b29dc803ca54cbcd8053d39419b9a6f3862b9541de437fd6a23fd6d67a00', '2026-11-28 12:02:52.073237+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a22209-69fb-7798-935d-28b5d6e7f6ee', 2, '5c2712c9', NULL, '2026-11-28 12:02:52.042881+00', 'basic_auth', 'bootstrap', '2026-11-28 12:02:52.085102+00');

INSERT INTO public.credentials VALUES
	('other-72bc27a', '01a22209-26e7-75c3-a786-90ea33cc892b', 1, 1, 'text', 1, 0, 'of the other organisation', 'of_the_other_organisation', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x7f93bf5de9e860a20e26d9f3171299c88fb6f7833ad3fefb5ef88568566fe2f4', '2026-11-28 12:02:34.855431+00', '2026-11-28 12:02:34.855431+00', NULL, 1, 'a3b56792', '\x45152ee0c537e6761d317b7727f6679d7d4c42541effdff4fb03e29227b444505af77e0e3b4ae6bf17a1c5e0c819621a183424e59a2aca1507bc01399c099007', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2731-78cb-978b-37521905840c', 2, 1, 'key_values', 1, 0, 'native key_values', 'native_key_values', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x7e11a3db06592d18bf99a9e5073e39f15cc89e69cd6ac3ce885cb46332b340cf', '2026-11-28 12:02:34.929697+00', '2026-11-28 12:02:34.929697+00', NULL, 1, 'a3b56792', '\x54e6aab05efcb9214e822aa96280f05422b416ef50ecee762c38fa1b0ff961eb886eaf893a2d174562f5dc6131aa181a5a339eee9c7751ff43c0da579e92300b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2737-7434-a548-839f4ec50a86', 3, 1, 'raw', 1, 0, 'native raw', 'native_raw', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x24c23d79ab920a59e46ebe36036a3f82b60ecef8cdce8789b66a248835b03a44', '2026-11-28 12:02:34.93577+00', '2026-11-28 12:02:34.93577+00', NULL, 1, 'a3b56792', '\x500fa722a21d65b40a492454eddd2f83b9fa283901b7fa653aae7f992ea0ad5bca4e5ffdaa5edcc3be05b436932f2e61fe29a699222d40ac616d46b393834c0e', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2741-71e1-a777-95088a6cb943', 4, 1, 'basic_auth', 1, 0, 'native basic_auth', 'native_basic_auth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x9f8ac7d452010a967ac7268639acc25a9a8ce4ca79c3fec18e7fc384ae2968b7', '2026-11-28 12:02:34.94583+00', '2026-11-28 12:02:34.94583+00', NULL, 1, 'a3b56792', '\x161958a48adedc03a8f8b3a71d53487002b0e2b7d18a61d7d92af67ccf6d68f2aa4e80bc2525e680f71d99680d449c13bf1e954890ff585b9f0a94fc8ae8080e', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-274b-7448-9f9c-06aa9003d36e', 5, 1, 'oauth2_refresh', 1, 0, 'native oauth2_refresh', 'native_oauth2_refresh', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xb409f3cee06b70e2827dbc9a49af6d0a4c6b4df1da6f8497ecb392fd3960c262', '2026-11-28 12:02:34.955312+00', '2026-11-28 12:02:34.955312+00', NULL, 1, 'a3b56792', '\x3ccb326075e2fa136aa198df42f9a0317b03064eb9cbb973fad80f2c0f4a1e1e7a19d380b096d9c5026901bccea251ce55599c3523049f0d6617bc6b406c150c', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2751-7f2a-aa0d-3f18eac2d291', 6, 1, 'api_key', 1, 0, 'native api_key', 'native_api_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xecbadb807980194372d633f4cc2b8574b6c90b8089212dd93761aaf58e875d05', '2026-11-28 12:02:34.961339+00', '2026-11-28 12:02:34.961339+00', NULL, 1, 'a3b56792', '\xf0ecf6ab95276e71c4d79fd89c9df12811b20459923bd5badd2dc6f6c1d463679da784ddcced1a9d76a0138662d015a7f53e99fa4b3ae187c415b350c0e1de03', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-275b-728a-a8a8-2e34a9fd309a', 7, 1, 'api_id_key', 1, 0, 'native api_id_key', 'native_api_id_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x9745f0edfd5b45cacc77e5820e4f52bcb1f69bc709b9e477d98a8539d964876e', '2026-11-28 12:02:34.971027+00', '2026-11-28 12:02:34.971027+00', NULL, 1, 'a3b56792', '\xe1d10bc49dce1433a634add93fc2ed7d2e4e67062f121092db1c39f4f63acca54eba05c51e5afde876f035c97241de37de284ab61d1e4b83bddbcc0292ca160a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2763-7ce9-bfd0-dd801ed0a6e4', 8, 1, 'client_credentials', 1, 0, 'native client_credentials', 'native_client_credentials', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xb6eebb167b3b18afdcbcbf59940ba8da1d7a963974677320dd0806ca85f786de', '2026-11-28 12:02:34.979091+00', '2026-11-28 12:02:34.979091+00', NULL, 1, 'a3b56792', '\x68d6683f0335844cadea223e570485c0519a12eb7a2a31dd8707bf9e154fe03ff2069099c47a58a25b96b2141f8d5a532d52100e48746e52a9d1009185ca4309', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2770-7510-bb32-ed3d9befa5da', 9, 1, 'access_token', 1, 0, 'native access_token', 'native_access_token', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x73a4005355c6faea0b34e6cd0c6362f430cd2a00477bae4cffc7df49940918c0', '2026-11-28 12:02:34.992146+00', '2026-11-28 12:02:34.992146+00', NULL, 1, 'a3b56792', '\x87f13be5a9b6f3baafa4861a367b40f90bcbf6964fe4fab502a6dde6da5bd0be058de77556376d26f6e3a00c6f7d4ad8b3cd4bc4f6267fb46030948b9d5d0201', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2776-75cb-9a66-78e18cff5636', 10, 1, 'json_document', 1, 0, 'native json_document', 'native_json_document', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x6611b9928866327850ebfeacc9e6eb0cabdfda3e8a24796721a56342c80c9281', '2026-11-28 12:02:34.998975+00', '2026-11-28 12:02:34.998975+00', NULL, 1, 'a3b56792', '\x2124cd61dc108b2d8c522c778d4032bc133cce05c7e60cf1f8a592a2c6a1ee76039626b4e71e61da998c625feb3090c1212067c7882c2386672221fa324e2403', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-277e-772f-920b-49df7194d275', 11, 1, 'text', 1, 0, 'native text', 'native_text', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x939b5995dc81e91d2b6d2ed09ea6632a563f4e20006490ac4e1676bc32d3957e', '2026-11-28 12:02:35.006736+00', '2026-11-28 12:02:35.006736+00', NULL, 1, 'a3b56792', '\xf82a294c832e019c01ae03a952db67c7fd322d6aeff119e54172e9ee7a9bec48a7c042c6a208a102404fa88b08a76848ce21a8b22bfcf8dbb1e3edc7a6a85a0d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2786-7031-b4fb-fabc3503027c', 12, 1, 'jwt', 1, 0, 'native jwt', 'native_jwt', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x5704fb5c89800233a5c37212c284e9778774cfc60fa9c27462d1209ed1273bbf', '2026-11-28 12:02:35.014878+00', '2026-11-28 12:02:35.014878+00', NULL, 1, 'a3b56792', '\x2f831891af6744f29762975416d9bc402ff4b933525e91954be383dee241a85f375df330d905a767408354ed86dcb38b021f0fe7af83a96edf1b123810f2c809', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2792-76b0-b91f-1f7f9117dd2e', 13, 1, 'oauth', 1, 0, 'native oauth', 'native_oauth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xea29d7e35fd242edd5c9e8af7f1a973bf9dd90abc8bd592ff3579a6ce3a943fd', '2026-11-28 12:02:35.026242+00', '2026-11-28 12:02:35.026242+00', NULL, 1, 'a3b56792', '\x21fdcab5332710bdadf839bf89428786945d9ea3e3b6d9048691ee2192dc13259cdd16a5829edba3fae0a983c91fcc1267cf3b5b3fbe4bb116e1b50e1d5cf90b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-2798-7751-8cb5-8703c80a3450', 14, 1, 'aws', 1, 0, 'native aws', 'native_aws', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xe4b062a2c5541b29ceb1bfa8e7aeb485f3e7f60987f09e7c75efff5a91e6c87e', '2026-11-28 12:02:35.032922+00', '2026-11-28 12:02:35.032922+00', NULL, 1, 'a3b56792', '\xb09cbe9cdce4a0756421ac064747adebc48200059e1daeb0472eb5b8ee4c34269f2a22a3ac2bcd3c9b91fe27441f068c5f83835a780417b366691859087a1004', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-279e-74f0-9728-fe2a0ec30554', 15, 1, 'mtls', 1, 0, 'native mtls', 'native_mtls', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xcc63bd8ea3a5627c8fa4ce3f61ba9aa609b09c4baa107905f219ac912b305b18', '2026-11-28 12:02:35.038615+00', '2026-11-28 12:02:35.038615+00', NULL, 1, 'a3b56792', '\x4cd7c908621f3ec9d488ea72ece6189495325b7e39b3d997676a5cc728c9fbec97e285572ca9ef127f3ebc20e00a3d04f2e3a89ce0d6ad657907ed0f83a5fa01', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-27a2-7502-a2a1-159c55f762a5', 16, 1, 'http_request', 1, 0, 'native http_request', 'native_http_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xadbb83c298ab3e8ceec51c2f7ffafced45e791b8bf13498f521b94c6e003cb4d', '2026-11-28 12:02:35.042353+00', '2026-11-28 12:02:35.042353+00', NULL, 1, 'a3b56792', '\x09064338f714c793b25bfc4342d974a698577d453b41750adbeb630bfd9cf96b50b0cc9dfbe891a0e7baca8bd96b6da4807038eb385b9055052663136a636c0c', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-27ae-79cb-a747-98f6650fadf1', 17, 1, 'multi_request', 1, 0, 'native multi_request', 'native_multi_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x3105a24ac0f40670152771389192f9a3012fac8fedb89df80f8d8f55ebb2f650', '2026-11-28 12:02:35.054535+00', '2026-11-28 12:02:35.054535+00', NULL, 1, 'a3b56792', '\x7a6aba0e2c771c3de72c69fb41c497dab5b86ea382bd061342180124df44e6d8dfb1a2f2a9ab1d45a0a6962e627f5d078c490da89c669d005c16807758937308', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-27b3-70ca-b781-6b9d09b53d71', 18, 2, 'key_values', 1, 0, 'vendor key_values', 'vendor_key_values', '', '{}', '{}', 1, NULL, NULL, '{}', '{hidden}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xe2ac5265557b203dc2fd44ce3f0f5466c8d20b69a5be0515a2cd1d3aac81ab8c', '2026-11-28 12:02:35.059956+00', '2026-11-28 12:02:35.059956+00', NULL, 1, 'a3b56792', '\x7b81fe213d8ca40430e905efc27431155cb2f21d0c3cc018829563d0db74df0e790356a283ada1cb6d4e8d50fc147d510f587162e7e0e3b31aadad975d043204', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-27ba-7611-a525-9323b88b7579', 19, 3, 'api_key', 1, 3, 'vendor api_key', 'vendor_api_key', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x5e4a13970f1ae6d20c3a56bdc74364e04ae4e38e860346d06e4ca65a96a35e38', '2026-11-28 12:02:35.066584+00', '2026-11-28 12:02:35.066584+00', NULL, 1, 'a3b56792', '\xf6f69912517608d0027f0554b149142626df047bc1b44d7c5615d6ad959edc12068fb354b5790bd611fd40a3701cccc41a7a434e883e3a8ba1c060c28dc6d003', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-27c3-7377-8928-7010f9cd8389', 20, 4, 'aws', 1, 0, 'vendor aws', 'vendor_aws', '', '{}', '{}', 3, 3, 2, '{4}', '{}', NULL, NULL, NULL, false, '\x0802122433656432376639362d623530642d343461662d613235642d6239623339303533623130381801', '{}', 1, 1, '5c2712c9', '\x276291cd6c27932c1b1d5c765843a409b81ad2260d694730ac467d462a694a99', '2026-11-28 12:02:35.075037+00', '2026-11-28 12:02:35.075037+00', NULL, 1, 'a3b56792', '\x9609bfa4c685e4ce0116f12f0052a3fe8003804152ab7b5c736c7d3d45b43f8cad9650da9be0abab31da194bf29c475b582dae84a9fdc35b80e100d4c0782306', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-27cf-7c7e-a399-edc9e0c71cc3', 21, 4, 'http_request', 1, 0, 'vendor http_request', 'vendor_http_request', '', '{}', '{}', 1, 3, 2, '{}', '{}', NULL, NULL, NULL, false, '\x203c', '{}', 1, 1, '5c2712c9', '\x88378d9ae34b501d52831f4129dcc088418833f5481e41e1173faf82262531aa', '2026-11-28 12:02:35.087507+00', '2026-11-28 12:02:35.087507+00', NULL, 1, 'a3b56792', '\x6590ae1c43cde0423a9fa0b087c67f3af37a1327f464ab28df516449a6658e91b8bd1d78c55eb5aa89456231b5e7481854c5daea29128f0c900f2f33420e710d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-27da-797a-a950-31740168cfe5', 22, 4, 'text', 1, 0, 'live', 'live', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x79af59eaba44980f34eed75987cf3d786ccab7d2b400e16b7c222a4352e3c58b', '2026-11-28 12:02:35.098057+00', '2026-11-28 12:02:35.098057+00', NULL, 1, 'a3b56792', '\xb576b40d5699fdabc6684a1b5dbdd131f09c85580529f2fff48b201fad2317313ed62a12fb0297da93fd7071caea02653421e9484bbd7bbf2554538869a8990a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-27eb-7b0c-9d2b-39d34936dea3', 23, 4, 'text', 1, 0, 'test', 'test', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, '01a22209-27da-797a-a950-31740168cfe5', true, '\x', '{}', 1, 1, '5c2712c9', '\xe2e494dad26381ee9e7ced032ad6ab787da3b0ec48fa333ede485e81091413b8', '2026-11-28 12:02:35.115009+00', '2026-11-28 12:02:35.115009+00', NULL, 1, 'a3b56792', '\x2917178d9950d05d6044073f0b0e39206c8c815e75d87ec14705280cb8eae3f75dbb78923e723a38b7d874800cf959c3dcd83254782d13f51a5a116c0ef8a408', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-27f8-7d7d-a774-78081fec4818', 24, 2, 'basic_auth', 2, 0, 'invalid', 'invalid', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{basic_auth.password,"is required"}', 1, 1, '5c2712c9', '\x409dbf0ac18d8517620cadc3d638bda9f93a1dbb230b2689be9e65568ad02097', '2026-11-28 12:02:35.128778+00', '2026-11-28 12:02:35.128778+00', NULL, 1, 'a3b56792', '\xac95bab600e9a6180e3f3e6ba5ca68057886b374670d3dc6e1ec5f0bdf78daaecdb41a8b79f1b452067fbf0c7c6156d420a76f4cb7cb1c4688974d46cbb4bf05', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-280e-7f40-aecf-de8a36deb9c1', 26, 1, 'text', 1, 0, 'replayed', 'replayed', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x3e85968f8914a98c0debb668c27d90a8671f782a6d2cdc1210c8732b9e1af046', '2026-11-28 12:02:35.150871+00', '2026-11-28 12:02:35.150871+00', NULL, 1, 'a3b56792', '\xa927f7edfd4d7f5e780f3d7725796d9d7b500ea42b985270ebe8f06dd7853b71d5a1d279f0ed5d341d333215f46f4a474322792dd8ddd38f6005e80c10c4710e', DEFAULT, DEFAULT, DEFAULT),
	('other-2a1d719', '01a22209-65f9-7ef4-82c2-f71a404d9c32', 65, 1, 'text', 1, 0, 'of the other organisation', 'of_the_other_organisation', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xc4451bb3079104c0047b3e1e19cdc9bcb461f4f8f56aa772628087e6854bfb9c', '2026-11-28 12:02:51.001351+00', '2026-11-28 12:02:51.001351+00', NULL, 1, 'a3b56792', '\x2e0e4bb2546a36548dfc7b04b2d5f7ff0d2df2b2a962e8b3d4b3c8815e5a5cb818bac9515c0bfe3c4d39b8df5bec5f88a55d89a5c64e1b4287bfd9ce32b08a05', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6894-70b7-a2c3-9b6d5acbbeb4', 66, 1, 'key_values', 1, 0, 'native key_values', 'native_key_values', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xd801327063372908630151e1d168fa0d1acd4d8a30b0533604f782b05d36f83a', '2026-11-28 12:02:51.668111+00', '2026-11-28 12:02:51.668111+00', NULL, 1, 'a3b56792', '\x10d561e348c6d931924172e4a505a2ade07e46c272a58b8ca836e525bbf779ceb109a3bda12d1552ffc49bef161e9da5fed8173e3e9e340f421a5019385a280b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-68b7-734c-a4b3-ff09e72362dd', 67, 1, 'raw', 1, 0, 'native raw', 'native_raw', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xcb86601fabdd0c4782341692cf5f6dc93295832371bdd150cec06d677be6ce97', '2026-11-28 12:02:51.703489+00', '2026-11-28 12:02:51.703489+00', NULL, 1, 'a3b56792', '\xf142fb6b3910cc11e88919fdeeec36ad67e42edbd92d04629b1ed5c4f7a0547af2794fd362d5beffcc7b056224cf50f70bdd58388a4d7532ab0c8582f34e4f0c', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-68c1-7058-8ff0-e3c76764a172', 68, 1, 'basic_auth', 1, 0, 'native basic_auth', 'native_basic_auth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x9ba31f4f0ffb82502ffcb1745a5d4ca7b7ad21ddaf66d90111b7ba83865fd108', '2026-11-28 12:02:51.713435+00', '2026-11-28 12:02:51.713435+00', NULL, 1, 'a3b56792', '\xc3d399a3ebc996de86a5355264590909664ef04f6b1ddc3ec08c0a8e65dfd833cb61ecc131095480f9d8981e054c260286c259fc6709e3eb4a80db0a315d8c08', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-68e0-7da3-975c-b36f6eb1d9ae', 69, 1, 'oauth2_refresh', 1, 0, 'native oauth2_refresh', 'native_oauth2_refresh', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xdf7a5dfa5d6af69366c71f237017e65cde3ef6ad9540761d20a3816f19a8b83e', '2026-11-28 12:02:51.744185+00', '2026-11-28 12:02:51.744185+00', NULL, 1, 'a3b56792', '\x1d5229529140d82c06326eca05ffae5fee4ac84ea26cd8c54c0d30eb64d14dc3e06f0cdcc4c18260e663318e3eac8d0ac6d40286dc8653e0c1132a94c0d12c0a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-68ef-7f40-9563-e7b8fcd9a0f0', 70, 1, 'api_key', 1, 0, 'native api_key', 'native_api_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x9bc258cf21539052a6a191fab52d6c47656ce3c4b4d6e82e24eca5fad3d53b0d', '2026-11-28 12:02:51.759348+00', '2026-11-28 12:02:51.759348+00', NULL, 1, 'a3b56792', '\xddef01a956637d17817a8dede987ed7864e02b2c9ef4dc381b661a03f58405a504efaca0c21b456da607d3468b35a02b2fe28b0d9e8b905400dced3626baf803', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6910-73d1-84ac-f0c540e4b608', 71, 1, 'api_id_key', 1, 0, 'native api_id_key', 'native_api_id_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x643e70213371722def130e469a5e86d0e1f428e5f4f0a0b002e08de605af9f0f', '2026-11-28 12:02:51.792348+00', '2026-11-28 12:02:51.792348+00', NULL, 1, 'a3b56792', '\xa41631e6993fb7551d799cb241e7e6a60963c13a51e0c5d0a2d1794e503d9e204459f15a2d7f515d8e951a75a6bd8cb4d7de14a41b05a480d8b78c2240f28806', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-691a-7b5b-9a64-72434bba7085', 72, 1, 'client_credentials', 1, 0, 'native client_credentials', 'native_client_credentials', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x3c9e5aab8f2cc469240a775f232aaf4d82495b45ef97b2c1ce050339e54e7db7', '2026-11-28 12:02:51.802283+00', '2026-11-28 12:02:51.802283+00', NULL, 1, 'a3b56792', '\xf53785fe8fa077bd783883c59d524db5fed52a33e138a41657e5486f36df8148d7d5ae684b18616a3937b758c6626dc98d66a6ff943e80a37f6204b37607e008', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6925-7c77-b440-be2d1dc2aeb4', 73, 1, 'access_token', 1, 0, 'native access_token', 'native_access_token', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x298930b57fe2208c8d9d55d4233578c1dd8d66a8dc0b52c356d335e31a2b940f', '2026-11-28 12:02:51.813297+00', '2026-11-28 12:02:51.813297+00', NULL, 1, 'a3b56792', '\xb4c75d062a112e7b05f67ba80d0bbd25dd1d2b57e78b89d1f32e2a1b9be19a91f3e2aa60ab83e3f034688bfeefd1dbd15054a038f77197e53790966ecd438006', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6929-7d74-9f15-cb1582b718ac', 74, 1, 'json_document', 1, 0, 'native json_document', 'native_json_document', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x07f1a4bf0079f3dbbe53d11189cc7bc7b052fdfef3db76fb5c1aa5805b3e0736', '2026-11-28 12:02:51.81742+00', '2026-11-28 12:02:51.81742+00', NULL, 1, 'a3b56792', '\xe20b4b6b76a2cd909cfae5c84f9387ff85b74c28af9cf202b876e4044e3a89782a718fad0320b8698875504b5a93f9551e0e04c4562d508e6d941842ac7a7808', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-692e-7405-954b-5d3a85778ae9', 75, 1, 'text', 1, 0, 'native text', 'native_text', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xaa8b8c5a090b184ecaa76ac315a65fcb3f7118e530aeb378fcf7fd92d30bc9d0', '2026-11-28 12:02:51.822849+00', '2026-11-28 12:02:51.822849+00', NULL, 1, 'a3b56792', '\x0a37f6bafa7520bb764f255ccd3cd8e46782bbfd843363b796f46e989036f90c33ae892cf33c7ecf3145b7a98816163c3c5fbfc575441bbd4fce9b82071c2d0a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6937-70fc-8f49-951df15426bf', 76, 1, 'jwt', 1, 0, 'native jwt', 'native_jwt', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xaee9d9a1db461f23887453aec0868f712f9bb68ec79966ac2852183e376573b3', '2026-11-28 12:02:51.831133+00', '2026-11-28 12:02:51.831133+00', NULL, 1, 'a3b56792', '\x8fa53c62c945d04cbc5e04e6697eb5e6d0295c19e6069638a07f51f0b743d47e7fa969975383527e0492a65c82398b5cd92eabf1b558c03a31f5036cea3aee04', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6941-7405-9755-7b488a445aff', 77, 1, 'oauth', 1, 0, 'native oauth', 'native_oauth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xb13ee6c865d105829e7151067e9ec29da8883b407211291a4d5a2c7a3cb539ef', '2026-11-28 12:02:51.841435+00', '2026-11-28 12:02:51.841435+00', NULL, 1, 'a3b56792', '\x55e8fd0abf445ce43b00f982d85e89bc1febb1a0d8302329902d76a585731183dfd1b8502762d18848ef809f4bfff692bc5fd8c6795994777f382c4dafd2d30d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-694a-7af5-8617-6b1b29f67046', 78, 1, 'aws', 1, 0, 'native aws', 'native_aws', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x44ac070fd4990ea16b7dd30620018d2adc5e73bccdfca0417bc56aa900d7b26d', '2026-11-28 12:02:51.850009+00', '2026-11-28 12:02:51.850009+00', NULL, 1, 'a3b56792', '\xe104e9e78dd7e17c3a4fdacb88475bc5efb1762b3d4841f5a6cb10d02cfd48ff0cac07d4b63431355b0e80936cc22ae703b8934452dbb4051f2c9e33ae9d050e', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6952-75bb-b8fc-49bc406a6215', 79, 1, 'mtls', 1, 0, 'native mtls', 'native_mtls', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xa56392b94f370adae03ea244cbbd17284fb9a867e242d92099ea6c70cffbe886', '2026-11-28 12:02:51.858719+00', '2026-11-28 12:02:51.858719+00', NULL, 1, 'a3b56792', '\x0f2fbae4688504e9ccaba26a6fef0d3e2ac8ab7ab9177d5dcf253caeaf27a898be9b3f15e546c189c70353ca8bee4c7a73b76e4dfe0aca31a2674e9f34d94000', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-695a-70fd-ab29-1207422dec87', 80, 1, 'http_request', 1, 0, 'native http_request', 'native_http_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x08163b99423bdcbafeedd66f29f7ab534e71891f5145e3f10d017dfc2a97ae30', '2026-11-28 12:02:51.866623+00', '2026-11-28 12:02:51.866623+00', NULL, 1, 'a3b56792', '\x040bbedfd65a9bb856557175f199c30851e16e8ba4bc583a16057bd54192f9845831df7a3bf9f11cc4d2e0d4f8eb3ce4b4a683f86c666c31b72ca8c03621d505', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6966-7bb0-b05b-a659bc715934', 81, 1, 'multi_request', 1, 0, 'native multi_request', 'native_multi_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xccfcd6740aa90098b1243998e1b9e19cba2f0c2cb248658d0cbf02b9a6f45ebf', '2026-11-28 12:02:51.878539+00', '2026-11-28 12:02:51.878539+00', NULL, 1, 'a3b56792', '\x04e3c5c84cb86f0dfa6d78c38fa43dd22ed6b61c147881a39e4f1bfa9af0f4180a222b4e629aec1ba9c9077058a4df863922004cff5d9a5c71d74b9761706100', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6974-7d15-ac5e-6fa6cac2fa37', 82, 2, 'key_values', 1, 0, 'vendor key_values', 'vendor_key_values', '', '{}', '{}', 1, NULL, NULL, '{}', '{hidden}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xf0379a797613c15f68829f0bdeec26cacc45b38c6c5d665ef60bd6a531c5df3e', '2026-11-28 12:02:51.892815+00', '2026-11-28 12:02:51.892815+00', NULL, 1, 'a3b56792', '\x9fb34a8522fb1c46be8ee58a955d2638b9acc5fb6191ab4a7145000771073aa8c774c984aff160084f487ee1970aaaa7c86e052390d7ccbbf28640a3d174100c', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6980-73b3-86ad-2f608769637a', 83, 3, 'api_key', 1, 3, 'vendor api_key', 'vendor_api_key', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xa3828435de76f426d8150bd5c27232b07224fc0179e3865bc8404bdacd8585a1', '2026-11-28 12:02:51.904897+00', '2026-11-28 12:02:51.904897+00', NULL, 1, 'a3b56792', '\xde9b24d3598d3d301885ec8f09c6ade4bd667fc53668196237505acbbcbb4fa1154b16d370e19f85dc48aba6874aad5c52ef991c50ee6e8e7e3ffea20b29ce0e', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-6986-7ae4-9088-75ed7260d93b', 84, 4, 'aws', 1, 0, 'vendor aws', 'vendor_aws', '', '{}', '{}', 3, 5, 4, '{6}', '{}', NULL, NULL, NULL, false, '\x0802122462626364323235362d643531662d343634302d396338322d6131613032376434663032641801', '{}', 1, 1, '5c2712c9', '\x857f9ccbbb3c4fb814c896e43e569d0b927d094bada8ed3bd334a76e1198cd42', '2026-11-28 12:02:51.910309+00', '2026-11-28 12:02:51.910309+00', NULL, 1, 'a3b56792', '\xd11f4130216d862f06fac788915ee700b8eb454a2d4d13df525b0198c1d02c77be0e021b9f09d56b5b7600e431e5efd2fecbefacf82d2ee1b11788e19a9ca509', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-699a-7218-9e0c-c1a9e2c43425', 85, 4, 'http_request', 1, 0, 'vendor http_request', 'vendor_http_request', '', '{}', '{}', 1, 5, 4, '{}', '{}', NULL, NULL, NULL, false, '\x203c', '{}', 1, 1, '5c2712c9', '\x23a65cf234870bdb9ce7909ac0d2de292eba6f173213b46744990aca899796be', '2026-11-28 12:02:51.930446+00', '2026-11-28 12:02:51.930446+00', NULL, 1, 'a3b56792', '\xf35ec37c3ba4c5405827caf7f0a7bf764aff93eeb0e2a05967ba4368560f486c500f402015f0ded17872ebb0ed4c0b61205b5320ec9d663914fe24dae8d61a0a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-69aa-7a5c-882e-3d421dfc3e7e', 86, 4, 'text', 1, 0, 'live', 'live', '', '{}', '{}', 1, 5, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x608500b92e054f82c241f5b5374981fe97f3a5e16c0123e67b13159c676b5ce2', '2026-11-28 12:02:51.946318+00', '2026-11-28 12:02:51.946318+00', NULL, 1, 'a3b56792', '\x478cc54273168e7a1c7cb1a4775a429692a93ee866d10f991690b99084cb4902d7a116b28053cf6f64b5fc53be43599318ef29504306871440fec08f94a68802', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-69b4-7e89-b9ef-cc8987ebc3a0', 87, 4, 'text', 1, 0, 'test', 'test', '', '{}', '{}', 1, 5, NULL, '{}', '{}', NULL, NULL, '01a22209-69aa-7a5c-882e-3d421dfc3e7e', true, '\x', '{}', 1, 1, '5c2712c9', '\x93a09ac79ed30bf377ea17520feb2c129bbac17521401c46d77c6410a4905707', '2026-11-28 12:02:51.956365+00', '2026-11-28 12:02:51.956365+00', NULL, 1, 'a3b56792', '\x8ef7330351d351d84233d59264b6bd298b82860b2e1472f2b4dbe6e1c19b385d886348175fd1af631cc2eb6be0e51a7724baf8462f73a7f9984b4f6e08cc8e01', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-69c5-7a52-83fb-c2c31c3d6ef8', 88, 2, 'basic_auth', 2, 0, 'invalid', 'invalid', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{basic_auth.password,"is required"}', 1, 1, '5c2712c9', '\x7419a8a4e1242983c2cc09870bdba7e6f2b309320d99e2cc2e7c3d9a68eb0aa6', '2026-11-28 12:02:51.973877+00', '2026-11-28 12:02:51.973877+00', NULL, 1, 'a3b56792', '\xedd1caa8230fbfe27ace938003bbf8a17daf58eea2fa55904592e19b07d6dfb4945e9c856737309937973af892546b27ddc4d83d8bca9bdd3795f7f53a99380b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-69ce-70bb-b8b0-0c16044ad34e', 89, 1, 'text', 1, 0, 'expired', 'expired', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', '2026-11-28 12:02:52.979831+00', NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x85ab13d262eeba33f9c31edd966edebda6be90c84112be94a8da02bda6dfa2ee', '2026-11-28 12:02:51.982525+00', '2026-11-28 12:02:51.982525+00', NULL, 1, 'a3b56792', '\xb569baa1fbe67550f16ac93b8e6e4cd3e873521202071456c86546281e2fa625b9f5d1e949faf467ad7b8cf743023d9f31b70758916ecf529953f1c627df7208', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-69d4-71d6-9773-86b78a7a4129', 90, 1, 'text', 1, 0, 'deleted', 'deleted', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 2, '5c2712c9', '\x59454955bb9a6264ae737434df4c4445be8ddb77130cdc98c32e0fd1758c5bf3', '2026-11-28 12:02:51.988762+00', '2026-11-28 12:02:52.004231+00', '2026-11-28 12:02:52.004231+00', 1, 'a3b56792', '\xb14ce4341434e0fb1b4b6cc46b9d10b7e71d6b77b865a01b88e095ec8a3913f12dd91d0530d80aadbbdd8bc1375b81769626b7223277ec503db2193ea181640b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-69ee-7577-a507-bb0f70eca329', 91, 1, 'text', 1, 0, 'replayed', 'replayed', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x4ccfa1886929dc68f0d5ffb7eca6adf5eccd66d6bd53b5774c09a89185dfe69c', '2026-11-28 12:02:52.01466+00', '2026-11-28 12:02:52.01466+00', NULL, 1, 'a3b56792', '\xa296837dd9b384059ba22e9e6afe165052f0d2b65815636e5fecbf622e2eb6131d5b269fcf6d423045b51eff35ffc9f8ae78b6fbba19fc24fada7d8d36b84a0e', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a22209-69fb-7798-935d-28b5d6e7f6ee', 92, 1, 'basic_auth', 1, 0, 'versions', 'versions', 'renamed', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 5, 6, '5c2712c9', '\x2cbc07034cead4b532e22212bdc10bf5a8e5e1209bd2779a1a27137b9141d8b1', '2026-11-28 12:02:52.027164+00', '2026-11-28 12:02:52.129163+00', NULL, 1, 'a3b56792', '\x8416cde53086537d703dd56c2cf25af04a20d33d6a6416f001911520bdbe972187a0f282baf893068dd68196cca2efd137cad247c89b4171fa295ed381d4de06', DEFAULT, DEFAULT, DEFAULT);

INSERT INTO public.folders VALUES
	('default', 1, 3, NULL, 'outer', 1, '2026-11-28 12:02:34.887887+00', '2026-11-28 12:02:34.887887+00'),
	('default', 2, 3, 1, 'inner', 1, '2026-11-28 12:02:34.898785+00', '2026-11-28 12:02:34.898785+00'),
	('default', 3, 5, NULL, 'outer', 1, '2026-11-28 12:02:51.11519+00', '2026-11-28 12:02:51.11519+00'),
	('default', 4, 5, 3, 'inner', 1, '2026-11-28 12:02:51.158293+00', '2026-11-28 12:02:51.158293+00');

INSERT INTO public.organisations VALUES
	('other-72bc27a', '', 2, 0, '2026-11-28 12:02:34.82165+00', 10, '30 days', 1, '2026-11-28 12:02:34.82165+00'),
	('other-2a1d719', '', 2, 0, '2026-11-28 12:02:50.468956+00', 10, '30 days', 1, '2026-11-28 12:02:50.468956+00'),
	('default', '', 6, 4, '2026-11-28 12:02:27.347652+00', 10, '30 days', 1, '2026-11-28 12:02:27.347652+00');

INSERT INTO public.request_ids VALUES
	('default', '7e8f0c10-3dc8-4f55-9493-0e72f1e68d9a', 'CreateCredential', '858581ac', '\x69d75d0011fcec60948368498ae402b9062b48df6b87fb0ad7f10bce17da88e7', '01a22209-280e-7f40-aecf-de8a36deb9c1', '2026-11-28 12:02:35.150871+00', NULL),
	('default', '3e35a067-8e70-4144-a972-323e860ccafd', 'CreateCredential', '858581ac', '\x69d75d0011fcec60948368498ae402b9062b48df6b87fb0ad7f10bce17da88e7', '01a22209-69ee-7577-a507-bb0f70eca329', '2026-11-28 12:02:52.01507+00', NULL),
	('default', '4aa6717e-acf2-4d37-9dd5-71715cae08ea', 'UpdateCredential', '858581ac', '\xd32ddc729f0b5afcc33247ce6c1341923891f5ecefef1f1b88b67ebb652a22ca', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '2026-11-28 12:02:52.04295+00', NULL),
	('default', 'b7f7d664-7f5c-433a-85c1-cc814f26ab53', 'UpdateCredential', '858581ac', '\x1eb03bdeea957ac148c7d5cdd994249cf21588dfebb2cd0cfcb57e44c5bd7e87', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '2026-11-28 12:02:52.05699+00', NULL),
	('default', 'a416bc30-2c43-47b5-8f95-ed01180123bf', 'UpdateCredential', '858581ac', '\xe01d4b6db710cc540e8ec09ff9d87029017ff743315e9754241a338eea06b26d', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '2026-11-28 12:02:52.067381+00', NULL),
	('default', '8a1113a6-5c41-4828-bb8e-de675818620b', 'UpdateCredential', '858581ac', '\xf767ffbfc13ca368fe9410d8bf267a8d74a8347f0a470624c5b619e9389f7134', '01a22209-69fb-7798-935d-28b5d6e7f6ee', '2026-11-28 12:02:52.073318+00', NULL);

INSERT INTO public.schema_migrations VALUES
	(1, '0001_initial.sql', '\xaaaefe138da8b0d3957f9a72b75a0d4d6c4294dd0526e28a18a77d718127ac59', '2026-11-28 12:02:27.233715+00'),
	(2, '0002_whole_apis.sql', '\x2f8d00c19cfec9d21d7ce62a50c13e3406e7793164bb52dc6017bacb49be9b8c', '2026-11-28 12:02:47.554714+00'),
	(3, '0003_nothing_lost.sql', '\xb930524f36e4fd7c000af141c58ce7c205875f52f4770ddc3601e753f62d7c29', '2026-11-28 12:02:47.6668+00'),
	(4, '0004_shared_statements.sql', '\x379a903fe20c99f99a813d3624fe766bb923e2d9a271f315f1b16ba00b1f212c', '2026-11-28 12:02:47.759089+00'),
	(5, '0005_chained_alone.sql', '\x13139f2bd14ebb45e4f3d9b3a9f52b7abfeba7def303f74b110fc0a389ecc1cc', '2026-11-28 12:02:47.783975+00');

INSERT INTO public.sealing_keys VALUES
	('5c2712c9', '\xcde2199b0456612e5b69a8f3080df785ae0fffdbb3ffc2d34f36b6566fc9450f', 'active', '\x8dbcf923471a6414e9d80cc1f690d8172788726dae335c0f16f85e3fe8d5251dd0f87f796b29562453ed0a4eab82ce93bf9f8a892de9faf72578de624c2ec78735b426d26f6cbf257dbaf8419013e0c5b86150173c65ae0f2bfbf3537e1a3da402b472a9cc3e49c8b6a52dc770f8ac7012f874ab829cbd29aa9d5b8d95d5ff2502aeee969404afff3e2489cfbf577268648c77b26aab32de39434e339baffe1838e8b52705a8dd508f8a87004b086cdfcf6d9faf74fce58003f763dadd157ebf645c38a11c19ec8ad067ba908cb213a117005debcfbee546b397a9062a206d8b2033432b42bedb42bec23e8f7bbcf7cefda534e03b84e2086cdfcdc72e5c87d4d091ff734de874705b91a27ba8fca5db01a283b657ea597eba346f80020b476200f3e659b930079d05d17c486263cefd', '2026-11-28 12:02:27.341052+00', 1, '\x06624a6786c23980fdbc55f0867dbad25dfe525ddf69d68df06b238103a6893211cb5b7d9d7b1280724e0dcf0c9ae6dea80ad4891f29ddbe61f0208179645e0d');

INSERT INTO public.signing_keys VALUES
	('a3b56792', '\xb3dc0bd1fa194de7e179ca143dacb21182dd44c5e96812ab1020be01e364ab8f', 'active', '2026-11-28 12:02:27.341052+00', 1, '\xc19a032fb2b56a757397b46eff82a7cad0c4ab0e8428c4b76f4e43fa41435524de50ba8f13d3dd436857d7683562e3af8a5036adf4793798f7117420d48a2705');

INSERT INTO public.teams VALUES
	('default', 1, 'Team 1', 'team_1', 1, '2026-11-28 12:02:27.347652+00', '2026-11-28 12:02:27.347652+00'),
	('default', 2, 'Team 2', 'team_2', 1, '2026-11-28 12:02:27.347652+00', '2026-11-28 12:02:27.347652+00'),
	('other-72bc27a', 1, 'Team 1', 'team_1', 1, '2026-11-28 12:02:34.82165+00', '2026-11-28 12:02:34.82165+00'),
	('other-72bc27a', 2, 'Team 2', 'team_2', 1, '2026-11-28 12:02:34.82165+00', '2026-11-28 12:02:34.82165+00'),
	('default', 3, 'payments 72bc27a', 'payments_72bc27a', 1, '2026-11-28 12:02:34.867387+00', '2026-11-28 12:02:34.867387+00'),
	('default', 4, 'friends 72bc27a', 'friends_72bc27a', 1, '2026-11-28 12:02:34.877239+00', '2026-11-28 12:02:34.877239+00'),
	('other-2a1d719', 1, 'Team 1', 'team_1', 1, '2026-11-28 12:02:50.468956+00', '2026-11-28 12:02:50.468956+00'),
	('other-2a1d719', 2, 'Team 2', 'team_2', 1, '2026-11-28 12:02:50.468956+00', '2026-11-28 12:02:50.468956+00'),
	('default', 5, 'payments 2a1d719', 'payments_2a1d719', 1, '2026-11-28 12:02:51.058741+00', '2026-11-28 12:02:51.058741+00'),
	('default', 6, 'friends 2a1d719', 'friends_2a1d719', 1, '2026-11-28 12:02:51.091154+00', '2026-11-28 12:02:51.091154+00');

SELECT pg_catalog.setval('public.credential_numbers', 65, true);

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

