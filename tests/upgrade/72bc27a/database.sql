

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
	('bootstrap', 'default', '', '\xab1b0982cf8caa4a6b449a4a1c736ac886b825dddc6c0b606b41982d2e1a9941', '{1,2,3,4,5}', '{}', NULL, '2026-11-28 12:02:27.347652+00', NULL, 1, 'a3b56792', '\x608ad103c7e404d1a5da09ca68bd530999f01f54baf06b07d070b8931d4e274a834cfe9a79f9ca52c1b73539bb4792f23f3bc368aa07d03de3535bc18c8ee003'),
	('m2qfjf6hfsuz', 'other-72bc27a', '', '\x6611c08e9c88429630a04fe5e1800b64c360566f2256c88a9c537fb3a0e88090', '{4}', '{}', NULL, '2026-11-28 12:02:34.82165+00', NULL, 1, 'a3b56792', '\x301dbd84382f4f8724866ceb31e13af483183ea3d3ef30a314f484909b413fb7ccc698de622a8e19f3c9bb51ada5dd4d9fe85128c05d47ad899768ada7871909'),
	('dd4ixpsysukx', 'other-72bc27a', '', '\x0c9cb90dcce7a81ddb012354bd2cdbff15d7f54ae8aa27f4744f27bc7873f6de', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:34.855243+00', NULL, 1, 'a3b56792', '\x4bf615d2f751e82826e4d43e29e5717f9a72c9ddf6e4f9b7a3a2f73aaa1594caed486c88fc69cfae0d9ac7b3ad6e0e234aef277b23e7cd761e30f01851522a07'),
	('ifdznpttz76o', 'default', '', '\xddbdef46020aa92e57a7740fa34706ed1b1f974eaac3cac1e02314b05944e7b2', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:34.905673+00', NULL, 1, 'a3b56792', '\x18c3fb1073b0cf2f95adc7e3b529e7fa445c9cbd9ecfdd8b9fd4c3b8a09a6a2435212edde368106d862a580d9b5c8d368a63e6b0c08b5d4eed6dee9fe6314f07'),
	('4zcwo364ai4z', 'default', '', '\x6d9016fb510892451de304b8f633e2ae87090df9ee2fba21b0d882e4f4f95e2f', '{2,1,3}', '{4}', NULL, '2026-11-28 12:02:34.910277+00', NULL, 1, 'a3b56792', '\xb9981633ac36676c0931e80fa566634fdec7fd0f3146b69e8e6a003ed9a3d28e5dec481f7131d5d5a8dccb87203683be9f5d29f23913495aa62b5927e62ef00b'),
	('2xjy6bmkzi6s', 'default', '', '\x548fd50a36713b1262258c638fcf77a8dcef36ce2ab681b9b1440854295bc268', '{2,1,3}', '{}', NULL, '2026-11-28 12:02:34.914692+00', '2026-11-28 12:02:34.921463+00', 1, 'a3b56792', '\x2069da15327dc72f9da9d6df3f575ebdeaaf209b3fab0693966ddd0f3dd7960919b18026fce26d3de8cdc2810d957a222cac3152d1eb2837c68df46a62e5a70e');

INSERT INTO public.audit_events_2026_11 VALUES
	('strongroom', 'da36a3ab-97a4-48ba-859a-8be68425fe6e', '2026-11-28 12:02:27.347652+00', 'CreateOrganisation', '', NULL, '{}', NULL, NULL, NULL, 'default', NULL),
	('default', 'b0deeeeb-ccd2-48e6-9496-d1612eafc137', '2026-11-28 12:02:27.347652+00', 'CreateApiKey', '', NULL, '{}', NULL, NULL, NULL, 'bootstrap', NULL),
	('strongroom', 'f48f9869-2105-4727-91bc-fff00b1fbaba', '2026-11-28 12:02:34.82165+00', 'CreateOrganisation', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'other-72bc27a', NULL),
	('other-72bc27a', '2947b8c7-2607-4497-be54-6e1caa1b4b2d', '2026-11-28 12:02:34.82165+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'm2qfjf6hfsuz', NULL),
	('other-72bc27a', '086a376f-c012-4983-a2d2-049679add3b5', '2026-11-28 12:02:34.855485+00', 'CreateApiKey', 'm2qfjf6hfsuz', NULL, '{}', NULL, NULL, NULL, 'dd4ixpsysukx', NULL),
	('other-72bc27a', '006d05e3-fd31-4653-839a-d4377d44e7ad', '2026-11-28 12:02:34.857498+00', 'CreateCredential', 'dd4ixpsysukx', '01a22209-26e7-75c3-a786-90ea33cc892b', '{}', 1, '\x7f93bf5de9e860a20e26d9f3171299c88fb6f7833ad3fefb5ef88568566fe2f4', NULL, NULL, NULL),
	('default', '5a3414ab-cad2-4ba6-b4b1-3ee0ef705ad2', '2026-11-28 12:02:34.867396+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'payments 72bc27a', NULL),
	('default', '83ceb1a5-32cf-4c26-837b-5959b597d5cd', '2026-11-28 12:02:34.877247+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'friends 72bc27a', NULL),
	('default', '65bc4706-77c7-4182-abb2-4d652ea9bb48', '2026-11-28 12:02:34.887897+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'outer', NULL),
	('default', '3cb0feff-7b0e-4dfc-9ded-7ab9b5f0a83c', '2026-11-28 12:02:34.898793+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'inner', NULL),
	('default', 'a7a5a06d-2213-4747-b204-bc7d83de62cb', '2026-11-28 12:02:34.90588+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'ifdznpttz76o', NULL),
	('default', '4fe27205-8308-4ee8-a567-4872025175e3', '2026-11-28 12:02:34.911939+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '4zcwo364ai4z', NULL),
	('default', 'd6b75292-731b-4a8d-b2cc-adfefcc53e0c', '2026-11-28 12:02:34.914862+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '2xjy6bmkzi6s', NULL),
	('default', 'dc2ba421-29a6-475a-a02f-7b756523e993', '2026-11-28 12:02:34.921524+00', 'RevokeApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '2xjy6bmkzi6s', NULL),
	('default', '4428b714-c74e-4cba-83bc-2c6d11ba44ea', '2026-11-28 12:02:34.930065+00', 'CreateCredential', 'bootstrap', '01a22209-2731-78cb-978b-37521905840c', '{}', 1, '\x7e11a3db06592d18bf99a9e5073e39f15cc89e69cd6ac3ce885cb46332b340cf', NULL, NULL, NULL),
	('default', '659e8e0c-2f56-4d00-9246-eb5cb9c1e315', '2026-11-28 12:02:34.936091+00', 'CreateCredential', 'bootstrap', '01a22209-2737-7434-a548-839f4ec50a86', '{}', 1, '\x24c23d79ab920a59e46ebe36036a3f82b60ecef8cdce8789b66a248835b03a44', NULL, NULL, NULL),
	('default', '4784b2d6-83c9-46de-aacb-95e2ac8a9cd1', '2026-11-28 12:02:34.946244+00', 'CreateCredential', 'bootstrap', '01a22209-2741-71e1-a777-95088a6cb943', '{}', 1, '\x9f8ac7d452010a967ac7268639acc25a9a8ce4ca79c3fec18e7fc384ae2968b7', NULL, NULL, NULL),
	('default', 'd9dc6677-d0e5-49b8-aa31-562d840074af', '2026-11-28 12:02:34.955758+00', 'CreateCredential', 'bootstrap', '01a22209-274b-7448-9f9c-06aa9003d36e', '{}', 1, '\xb409f3cee06b70e2827dbc9a49af6d0a4c6b4df1da6f8497ecb392fd3960c262', NULL, NULL, NULL),
	('default', '9c5db0e4-97d6-4f1b-b6bf-53a1e6490d40', '2026-11-28 12:02:34.961766+00', 'CreateCredential', 'bootstrap', '01a22209-2751-7f2a-aa0d-3f18eac2d291', '{}', 1, '\xecbadb807980194372d633f4cc2b8574b6c90b8089212dd93761aaf58e875d05', NULL, NULL, NULL),
	('default', 'cf71e104-99c4-45fa-907b-efb9a282c86f', '2026-11-28 12:02:34.971355+00', 'CreateCredential', 'bootstrap', '01a22209-275b-728a-a8a8-2e34a9fd309a', '{}', 1, '\x9745f0edfd5b45cacc77e5820e4f52bcb1f69bc709b9e477d98a8539d964876e', NULL, NULL, NULL),
	('default', 'e8689a99-1d8b-4db5-bc78-21754356581d', '2026-11-28 12:02:34.979403+00', 'CreateCredential', 'bootstrap', '01a22209-2763-7ce9-bfd0-dd801ed0a6e4', '{}', 1, '\xb6eebb167b3b18afdcbcbf59940ba8da1d7a963974677320dd0806ca85f786de', NULL, NULL, NULL),
	('default', '5d816083-bd70-4029-9965-5df6b00aed8c', '2026-11-28 12:02:34.992523+00', 'CreateCredential', 'bootstrap', '01a22209-2770-7510-bb32-ed3d9befa5da', '{}', 1, '\x73a4005355c6faea0b34e6cd0c6362f430cd2a00477bae4cffc7df49940918c0', NULL, NULL, NULL),
	('default', '7340aa9f-f48a-44be-b62c-8b54f69ca542', '2026-11-28 12:02:34.999336+00', 'CreateCredential', 'bootstrap', '01a22209-2776-75cb-9a66-78e18cff5636', '{}', 1, '\x6611b9928866327850ebfeacc9e6eb0cabdfda3e8a24796721a56342c80c9281', NULL, NULL, NULL),
	('default', 'b88c34fb-6bbd-4b0f-bad8-e7be53a032e3', '2026-11-28 12:02:35.007087+00', 'CreateCredential', 'bootstrap', '01a22209-277e-772f-920b-49df7194d275', '{}', 1, '\x939b5995dc81e91d2b6d2ed09ea6632a563f4e20006490ac4e1676bc32d3957e', NULL, NULL, NULL),
	('default', 'c920b9e4-fc2b-4786-af8f-5bd0410c974d', '2026-11-28 12:02:35.015219+00', 'CreateCredential', 'bootstrap', '01a22209-2786-7031-b4fb-fabc3503027c', '{}', 1, '\x5704fb5c89800233a5c37212c284e9778774cfc60fa9c27462d1209ed1273bbf', NULL, NULL, NULL),
	('default', '17938511-d150-4df0-b0f8-550fdfcfa75d', '2026-11-28 12:02:35.026618+00', 'CreateCredential', 'bootstrap', '01a22209-2792-76b0-b91f-1f7f9117dd2e', '{}', 1, '\xea29d7e35fd242edd5c9e8af7f1a973bf9dd90abc8bd592ff3579a6ce3a943fd', NULL, NULL, NULL),
	('default', 'f5a2ae6b-bb63-461f-b0f3-2c18509da939', '2026-11-28 12:02:35.033302+00', 'CreateCredential', 'bootstrap', '01a22209-2798-7751-8cb5-8703c80a3450', '{}', 1, '\xe4b062a2c5541b29ceb1bfa8e7aeb485f3e7f60987f09e7c75efff5a91e6c87e', NULL, NULL, NULL),
	('default', 'e10deb84-b975-47bc-8ee9-6fb50f6714a7', '2026-11-28 12:02:35.038895+00', 'CreateCredential', 'bootstrap', '01a22209-279e-74f0-9728-fe2a0ec30554', '{}', 1, '\xcc63bd8ea3a5627c8fa4ce3f61ba9aa609b09c4baa107905f219ac912b305b18', NULL, NULL, NULL),
	('default', 'a9f415f4-5ed4-4bd8-967b-a5701b51243e', '2026-11-28 12:02:35.042656+00', 'CreateCredential', 'bootstrap', '01a22209-27a2-7502-a2a1-159c55f762a5', '{}', 1, '\xadbb83c298ab3e8ceec51c2f7ffafced45e791b8bf13498f521b94c6e003cb4d', NULL, NULL, NULL),
	('default', '4b9a6c8c-7dd8-445a-9592-d89b6faacebb', '2026-11-28 12:02:35.055048+00', 'CreateCredential', 'bootstrap', '01a22209-27ae-79cb-a747-98f6650fadf1', '{}', 1, '\x3105a24ac0f40670152771389192f9a3012fac8fedb89df80f8d8f55ebb2f650', NULL, NULL, NULL),
	('default', '12726988-443c-411b-bb34-9ca58c845886', '2026-11-28 12:02:35.060222+00', 'CreateCredential', 'bootstrap', '01a22209-27b3-70ca-b781-6b9d09b53d71', '{}', 1, '\xe2ac5265557b203dc2fd44ce3f0f5466c8d20b69a5be0515a2cd1d3aac81ab8c', NULL, NULL, NULL),
	('default', '62ad9e4d-b1e8-484b-84d1-81c85f476cf1', '2026-11-28 12:02:35.066856+00', 'CreateCredential', 'bootstrap', '01a22209-27ba-7611-a525-9323b88b7579', '{}', 1, '\x5e4a13970f1ae6d20c3a56bdc74364e04ae4e38e860346d06e4ca65a96a35e38', NULL, NULL, NULL),
	('default', 'd7a6f663-f0d1-4ccc-8122-08713b20109a', '2026-11-28 12:02:35.076802+00', 'CreateCredential', 'bootstrap', '01a22209-27c3-7377-8928-7010f9cd8389', '{}', 1, '\x276291cd6c27932c1b1d5c765843a409b81ad2260d694730ac467d462a694a99', NULL, NULL, NULL),
	('default', '81858e5a-4541-44f8-a5dc-eeb83ad183b9', '2026-11-28 12:02:35.087952+00', 'CreateCredential', 'bootstrap', '01a22209-27cf-7c7e-a399-edc9e0c71cc3', '{}', 1, '\x88378d9ae34b501d52831f4129dcc088418833f5481e41e1173faf82262531aa', NULL, NULL, NULL),
	('default', 'ce3bded2-ddbe-4b0e-987a-52c6f3444e5c', '2026-11-28 12:02:35.098356+00', 'CreateCredential', 'bootstrap', '01a22209-27da-797a-a950-31740168cfe5', '{}', 1, '\x79af59eaba44980f34eed75987cf3d786ccab7d2b400e16b7c222a4352e3c58b', NULL, NULL, NULL),
	('default', '7e942540-3941-4061-8925-08d8f1567d41', '2026-11-28 12:02:35.118707+00', 'CreateCredential', 'bootstrap', '01a22209-27eb-7b0c-9d2b-39d34936dea3', '{}', 1, '\xe2e494dad26381ee9e7ced032ad6ab787da3b0ec48fa333ede485e81091413b8', NULL, NULL, NULL),
	('default', 'b4530a16-cef7-400e-8ea6-4b81f60cdbfc', '2026-11-28 12:02:35.129144+00', 'CreateCredential', 'bootstrap', '01a22209-27f8-7d7d-a774-78081fec4818', '{}', 1, '\x409dbf0ac18d8517620cadc3d638bda9f93a1dbb230b2689be9e65568ad02097', NULL, NULL, NULL),
	('default', 'c174a264-c1cc-426c-8508-341c4fb84349', '2026-11-28 12:02:35.140994+00', 'CreateCredential', 'bootstrap', '01a22209-2804-7590-87dc-7d32ebe0fd56', '{}', 1, '\x988752e61321149b39b83def942f5cdf2f6c93a795870f899493b435ae7e25bd', NULL, NULL, NULL),
	('default', 'b5b0b633-fb60-4b2a-b162-d581d0f7a21e', '2026-11-28 12:02:35.151244+00', 'CreateCredential', 'bootstrap', '01a22209-280e-7f40-aecf-de8a36deb9c1', '{}', 1, '\x3e85968f8914a98c0debb668c27d90a8671f782a6d2cdc1210c8732b9e1af046', '7e8f0c10-3dc8-4f55-9493-0e72f1e68d9a', NULL, NULL);

INSERT INTO public.boxes VALUES
	('other-72bc27a', '01a22209-26e7-75c3-a786-90ea33cc892b', 1, '5c2712c9', '\x1a4c6af62b67f3c47e07fb961bb503c5c460682e5d65174ef99305d364827113f8569584fb770af59865f612283f4c76725515407bc5a30546afb8fa20d362fd2311afecd6fd54eeea3adcbc843fa056536920a7f0aa49e2876659b7943ef0bed6ebbd96a752e8283cc27f217cec87d116b769d54e00e4801a6b2c2facf98b1af37d5a95434a389fe67230ab8557ce48f2041a0f16177c7bc914ef5a72ac5cb277ac2e56c2c999a800e25a1daa44cc99e6b04dcd15aa197e0fe5ba0449e31f66b48ec4d69cf8335865fe1cd433f68965539a4413bd0bf5d145d662117385abf594aa626f769ffc0841cc017d8ddd380e59a92f493c05d8a4c68b27c968d255ba7cfa2ff735229a899d49afd8f6d339e57ebdb435d37e58556417649aa3208a39bef43932ea35d1bb8368a52cf5b7dcfc', '2026-11-28 12:02:34.855431+00'),
	('default', '01a22209-2731-78cb-978b-37521905840c', 1, '5c2712c9', '\xcd3cc42ca882e97ddf466ceabd6d42536d286ae72ffb4a8b75d9caca018b227bf1c6da2d39087540f4245c577a23871b4e9ac5996d514cc0f4a69db90a63e2342a36e7fb2e5210ce005f25268d2138819415cada438ded483db2a00ce408dcfac63661d7001ac54cb5188ce84984d5faab64aa99f419e320bfa5904d6531defc62f2e1a3eb1fbbfca1748a835aab7b910670853435a887629ba4b5d150b81ef8822395338b17cf4616dabad69ae1686e86a9e02fd44c8780c707f52274f7e3cfd895fee668c0c1e90762cc72d6c3bffcbc98e885493534e1201dc358e2f512c24e85f435b4c6fa5c4b06b8ce38f2c38b5679750bc0959b12e90b01b264c6785c0711a3387519bb0a91a803e7d9d3d28c9aec90175aaa45cd7f1d160e4939e348cb4914a41460c89d773b9cad7efbcc71', '2026-11-28 12:02:34.929697+00'),
	('default', '01a22209-2737-7434-a548-839f4ec50a86', 1, '5c2712c9', '\x90b4dcefef1481d7cac0730b42b7db9614a77dadadab4a5b6819c98712213e7503f3382f914589e981533abec741f82b3d927bcd0eb1e8aac3f786ef0c7c50474808b41a126a8aa8fa4f11f215ee48b81e27865b6da6d431292cdf27115529f9a788a5e8b057768fa63f403c69457476805d98e53db0a3f81fd42eb5667243fedee6ccf158f58b0e7171c045f0eaae960bf5768dfa4c5b5c300044f08be61a12cf9bb8028651af6d1b77c6f5ebb42c53ab0cebd67ea03b4e72f1d328771de8eecd2a0bd771df35f92ae211ef3cff319355fd34f8419f74c6ca191ec163c1ff01568703db3c8c0fd522bdabebffdeb4d6e86d9c1c5ab32d7b2e329c6ec5f4ef4e5ec79696ed3a7653dae23a25fb37e5055bfbf54d60d22639a963c665464d74b7c4fdef1b3a64f69efa0eb556cdb36f5d', '2026-11-28 12:02:34.93577+00'),
	('default', '01a22209-2741-71e1-a777-95088a6cb943', 1, '5c2712c9', '\x21968501fc4b181a24f63cebe97923c764bb731354fac23dd7be70022c44806d7edad628901352eabaeb7b8135d409ce624eaa5c9883f388ff335680e3ac82b7cff74c772dcf0a9c573d0b7e618e843376b98df16bcd4127146e5c9846e37b284e6400bc0026e68807711a96367f3245877ce38368aa4c130c0eace37a450440fc75af28f75c566e87309ffe4045a6d7f05a3b323484f3cf7dbb1e2c8b6ff451656089fbfb69cb3ee00cae846a3a8093d91d60f8fa62f3e4dd2c82dfc471bf343c8cd35fd1845c504412733c975c118ee2898ff3c1ef0a1521fc942bf86385980d038d329507e83b1e9cbfcf90c5b6140afdf25031fba10a8b471f01012dd6ad845bf4566444923f1fbce3788bbd6464133be6e52956c4f87409e06cbe9ccdea6731ab2e347ee83d7c6e93e100c09b2b', '2026-11-28 12:02:34.94583+00'),
	('default', '01a22209-274b-7448-9f9c-06aa9003d36e', 1, '5c2712c9', '\x90d06dd020db25d77f4ad2bcd91aa26e4f057154088c073e7635f86be8871b7c1c06795dd1963aacd27c77d6491b518e0967d6a57b7f008f4df5cc1922c49097eb3352a1b78d35de182055d83fae2c1f7d790a76cca9808e3fb00a02559016a61029214c9184fa7a7bb65e5808a047b10a7f9616602be5f70ab027a5cf1dc657deb82eb2afec2aea2b84070c5e5e1d526c2d6cdafd082530a911253bd77fb2a30dc493d9f35e0883aeec2937cfdafde557918678341727ea2a26d9bdb0253d2bf41ae8ec42ec9db6c367f2961747cb26b36593ea41c35a87eae30bd9ae97a87868a01d093bc32d7e0f2aeaf55a8088315737b9c356e6c952f60e6c6003ba4ae88798094a0fc1b6af351580bf0441b962502e9dd17cdc029a3f3e8ea9bedbd7f33184453af63c6b02f4c51d93ca1a8ee8', '2026-11-28 12:02:34.955312+00'),
	('default', '01a22209-2751-7f2a-aa0d-3f18eac2d291', 1, '5c2712c9', '\x58a870726714cf7a600ba4e05e9a04331ac88216b23870e080a18eb45b276f74194949fd5a5a48fd85a5b0e4993b55fbd7d17e151b63c7c3ab5fa071e3993e653e4ac4f4f735bcc4b9d58507cc8fe9f4a57dcc7bebbaf4b575d56d61f7011de95fbf5177db4d807272e9c7adaee0d8d7ff8178676f91d3a6d6df7eb62524aa51a4fd390f4dab3b881e077930a874cf66d293cd11768c1c54b33b1e320f2d244ec41605ed67b25494295971816f2d87eee5fad6b094753d363f0068bdff9267c89d57a0d0e0ded5c24ab508cd4ff3782aad0192d1f6c1db38435463b711f1d1cce819aeac2da18caa852825f30c23ebe222b32e6b2eac889d8ab984b113f3c835907c7afc19eb3fd6a34552cd9a75904eec15d3df65298acef1beeb613ae118b9cc79dd7441fd433be9504bdca94a390c', '2026-11-28 12:02:34.961339+00'),
	('default', '01a22209-275b-728a-a8a8-2e34a9fd309a', 1, '5c2712c9', '\xb0d6ba784d5b0ceb9e60d24daca8d0d696d8ed6d931763c12cb84e615d8c094428eda480eb57d06ae3f50e4e6dbdf9d8c1fd75cd2443db54a470994b45ec6ab487e324af1997ad7707882fcbc3c123e797e179c674a0fd2cee99b93fa30dd8a2f9ec9b1da16ea153f328c18316b559b017efb8cf060bf609200e5aadd9077204f3687dd5fd01ce2f6a4c9322032e33840df1f80088c7701aaf7b83ade8e7b499d0ccca29a2ce0b5c0328e19630d8bcbdaa85b6e8bfeedbe8f2917faa7e64ce4c7b7b59d0062f0bf99a622499018f03e16269512c9fc2316654b392fc270a004b6b02d33633100ed45335778feed6c6590f5bfbb8f8b82672ebaa1d64871601d1d47d8599a201fc6e200a5d3c9d86cc73d1787d8aa77b485b2f74bd66e79adc147c6e6838b2294e6b8dbcbfd0fdc10773', '2026-11-28 12:02:34.971027+00'),
	('default', '01a22209-2763-7ce9-bfd0-dd801ed0a6e4', 1, '5c2712c9', '\x14679f9069647897611a2b6cfff07c3ae93a6af20952e20a4a8dd01c7a2c106582a09de112c03ca5d7f2e9cd327f3277f4c4623bd00b4437fce93d532e444ddb8b2a9a5235752f18835172b1be96b07b7e6fc11bbf3891dd88ee593198f49707611c15b1e1048e5a34048e34e1b7062dc6cfbc5fcd2949f3802c8b7ffead1a735157e9972995245f6e5e23f2b531191996d6078988d47f7640be687960bd891606472a894a145461932d0a9156a981725497b6aee60cb5c6aca7bea8a2280f1694afe57da09e28f81dfdd960ef2ade3dec6aa307cf747d5ab5562103d81beb17d91e36ed7677ec7151d8fc44ad46792d4579eff8acb71cc41271b363495f5fb9af5fc66de98fda277c7fc210c89726a1206156b9a94d1c1c8ffe8f215da4be311b5300839cbe6fea9bb6730893832ffd', '2026-11-28 12:02:34.979091+00'),
	('default', '01a22209-2770-7510-bb32-ed3d9befa5da', 1, '5c2712c9', '\x6e9e4b2fb003cab5027c7d4350b521ee5b179fc30e50c0c9e13547307fec9310e492a1cde7b2df4981cd73de883f54a8566707329427cf26405145ec3388d03994b5ae973d65f935726eaf734db0998c5f73e3b6f03d79a229b2e1b35ac1c2dfb10afbbdeb2bb6ca8ab8cfb3aa08aa4bddb1b8623fc760751c6b2a7d6bc0cbd14702eb99aab382390774ebf864698f314953e4e7711a248b104caa8dcb78bf211282e20e417650b8a84a5e096da196af6e8cc0247cfca083b316e8379849fef93d46f9d2de53821779ae5ea4568d3f5caee04bd4aa6631f120c7ee7aec5f54269e9aa0553753f5f9a3eb12f7a53e450edfc5a54bdac2da83e9ed54fa3db634b0141c4310a689f4a8abd73c86de285222f98ce60fd0e228b3263ae34fb46d0ee5242bdcca6fe74a33587ab516755d9616', '2026-11-28 12:02:34.992146+00'),
	('default', '01a22209-2776-75cb-9a66-78e18cff5636', 1, '5c2712c9', '\xdbb30cbfe7210c24c7d36507bc41b960b35f55950cc545ebb24d1894e06bb936351cc4e7c5f09bd3d6e42319b047f254ea8f3b73afb8c40fadd367b14f6ac56f4d0c84fc14f025c00a0d85f648d8d7c4856229fe07509f5c91b4c3f26e7eee04f697ad8fdbc4b76bd9a6a09b11da53ff5503f5587273724a1cc2bc70995a62fa98fbe6235f4d37b7c7bc241c183189829c59de4e41111d81664bd4a48f4234ce7f2c0eaeff88bcf8ae5553d6778c80040bf3b587844b1e66b7ecb51ffe2d14da1289e8279d25f8a72871c4b080ceb6cb136fe49af0c3f313f53b92097d816945a62cd775b7eb3e70d8287a2d7fb67a2fe5586245e0918f64339a006cf3ca8d70853643940aba284fb670d904c04c960972559be0e421919adc4935e59951e1abf2306dd19d87e4e812b23de3fc71deee', '2026-11-28 12:02:34.998975+00'),
	('default', '01a22209-277e-772f-920b-49df7194d275', 1, '5c2712c9', '\x5bd4386ba36086627b93a234d0505a0aa4f6b13d10ab789a4f408e683d9f341283bda0da76d6e639c727a1df0d30cd45ce2d874644c7482620e5fbafaac3aca97de1ed6afc3404d8a3d69ebe87bf57ef569cccc2683cf1ce6b0fee34bd97584c6a8788d7f3998fc6db5799ef588002cf13b842974f9b90f0388dfd3f24475de2ab120f4cdb8e361a86e6651cee076694dc90afe2816624c02a228de0dbe7b5b828cc3755151a8e61b255cd272f908f5acfa40fb640abeb61da4ef09cca83b832bd69dfe63360210d2fd44cc7e457f96e4626e059b769df498552d1836fc3a7e272c4109443455db11c39d0fa83e46f1d280d947d388ec0688f2caa8dc2d06cb9da8bf516c6d149795ea77b8d063dd2d099bd2fa215117b0c7f2bcece252e3eb5519dbefd241eca001c1c0ad0d346af97', '2026-11-28 12:02:35.006736+00'),
	('default', '01a22209-2786-7031-b4fb-fabc3503027c', 1, '5c2712c9', '\x14d5bb73ca77c0afc29d7ee4d295ed28a7b8bf82acf83164e988fde0968eae19d24dd81736ce8c0870196116741eb4552039f81a795f746c4b3b6f4f70b44de5f3bfe8b4ede03fd12811e0b00b475e75ea5c5c3844ae683e67b08214f8633371fda572bb1ec77d5e18a9fc74153800a606d51768e9510a3e1fdb790076cc05eb28e5c3f6aaa3fcbf24480c386d7fec19b9bc54a853c04b943e7680fff27844fe1c9c0762ed6e10ffe1eaa7f6bbf37fac19cb5c4b4563e6212d5dabc947fa7c90ef95955f4e8c409cbb2abe2ca5c6e6a9ef0d41f1f8cc6c4110bb65a713285f6913f8e5d3d6f73db7916dd719fecb4e9fb3e3eefcddd4bdf0e316fa3f225a7939a7906027c24268ea6ce8de60fa153764a9ea27beb0bf4a9fed91bf65e6270be9cf49629cbde76a1ea120656be3d30b5f', '2026-11-28 12:02:35.014878+00'),
	('default', '01a22209-2792-76b0-b91f-1f7f9117dd2e', 1, '5c2712c9', '\x32abccaa7d703ce1790f172ea7a47258ca977f9f5f2005e09f5c9c9ed45f225b1cdd126e46cf71a98b203a8b3eac9e8d1cc1c17f876bb3109f858acc102d0d33b4e26e8e7576bbb59da894d68aa758b4727477bf16b8f6eee315f148f3bda3a64c41fbf412e71675123186f5ef0ac993ba33de89d0b6df0d2053e86d9af13ee974890d9f43726862f8732d7b12b411e0b28a846faa48d63b12f3a0c49be1eb4efe77f4ede8c05807cec61ff3513d885b83478fdf47036abf68ee9b8e4e54352da1cb2613e792a2e3c803e59b3d7d2f9dda9e32959213c0eba8ae5f697dd5badaa7b8675ab5d6286b8b142b7554ae7c580a8ced8396db5c88982f2dc8e153dabf74ea5f76c9e395fc6d0ea3a8bec580768f4f9fde72305d68932b775ce660032c3f9517ece2ba5fc52acdd07a9f0040ab', '2026-11-28 12:02:35.026242+00'),
	('default', '01a22209-2798-7751-8cb5-8703c80a3450', 1, '5c2712c9', '\x0ad2316108bfb2ba31694e5e63cd46b18775f3810f41aa6c1963ab407f7ae420e7cbb61f3e55cf11f65059b68d0814ba150e39e4c51b595e271f8055bad5ad735d7ffa481ad3484955d22c43f81925ed7eeb5015ca95926939937bb16f12b235c9559fde85a75bac387fa8323db84f24fc1e14f8c5a2a6d35dfe07b1e36460f74a45b89ffae60a4d5ff6a229e4b766fd761d45ac69a87170dbca344672a7dde4504cc7f4a9730b8aa5b2a552651b5405d457c659cde1d7868d8b8a96f6783c290953254fa428f1bb66ac3dfea7ed7a90f9f90d2d1d62b37bff26487be8fbafb54468376ca013bd6ad743a3f134fd05b442ce420ae7896f7582a1f9ac9f0c8aa19aa0abc961778833daecef88cded4e819f316641f13ace98df580322da1d0274eea58752319f54550256c0e0c47332a2', '2026-11-28 12:02:35.032922+00'),
	('default', '01a22209-279e-74f0-9728-fe2a0ec30554', 1, '5c2712c9', '\x9e6c3c555dbaf596079707fa56c849f57229ee4f5e26ea701a0ecef410e70f62e7354dc44cd2b6c22db0621d8e0b23f701aecba04a3111906bf990b11b877afec79a8e771caa5a1973240577140f9a238b0f6b2315b99d36d98349bd601f92041dacde55b7e534431890c8f39e52ee7e1ed67437d12d09a502a6f191f4ba0b0f6d555a14a7b92b67fbd4f66272c880a78fc1f4b44c1bbeb4f794368c06cf1ebec7e1d8aa4e04bd5d26e18dfd6b963ddbecc2ab932d139d4396b3b0f3299751582f563f839f41bd06715a533acb7ebf643a33bd7e356e806a2a8980cf70ca24a44697ad0ea8f85729488a32f729e60b6a800b6b62694b268ef607eae5a46b16c8c55c3d084515f587a6a15c12d2454c07e3b92071f7e12576f2d8333c94f6fdabbdcc38431a8f545d8815060dbf106e89', '2026-11-28 12:02:35.038615+00'),
	('default', '01a22209-27a2-7502-a2a1-159c55f762a5', 1, '5c2712c9', '\x128254fc24e7599d2330770d833ef9f43bbcbb1517cd1288b597860cfaa3c63034a3b00db88f4994793a4215c3e3b0e77a2989ec089c84f550df0f7aab1c82ad8d008f1e8cfeb742eb3f11417bd86d205dfbc727f4071b720f9c68d734d8b8a7602b69a906dfd7e70723b1215d24e98e128776e0659b60abbb736e95a72ac1a7e6ecd0ef7ed5d57191395c86a5e99b737396d502b89ec29302917e7f6932ae59abe68b75f2b6aa083100062f78421334c6d9f8bfde57ab263cd0f4907a712b5734ced973ef84c5fbcc24bc4f156fb8d2c065146d5c3d0c1e149a6f09c3e1db6ec0b40a5cfc6b4f4438b3d50292e0b843402b8abdaef1180860ff2f0d26e20ffe410d5021c66cb8fa1863762741cf8fffa79dea6a816eb9f3cde1a45ec85b920e6bf0cb6f5ba47a9c5adc2fdfc7811173', '2026-11-28 12:02:35.042353+00'),
	('default', '01a22209-27ae-79cb-a747-98f6650fadf1', 1, '5c2712c9', '\x17f2631f233a401f6238d73b16b3fc1db55a90432d5e310f1b69046f1c8349414d8c6bfdd2b8443d3d0226f5ab5d4ba4f3513e7be242a3d071a46f1f22e1d6fd68e945c15590375dedaad69477832244eeeb32c2ffc2ad311d1e6c322ffb71a6401f5f8173f86093ec8523ed6b60d1e1b4f6e4b6ca1cbea9d0e43a1e0d3ace6b34b0775d82bf3e363c33af44f366964086c451cbd8a7e62f38068b4da4cb61a151bd8d57c6da7634724b0800754ecda6c6801d6c9a5f794b9d528bf4b49af863475e2ac4bd389a4f4f75349335c98ecdde3cfc2ac5d88ed865bd30432fd1627e16738ac9a16465a3d84d2b171884a957d73e1e159bee8972b75e3cc1850ef6dbbc0c5dfdac05c57d8640b7389d52b2d6c42826ca122024d708c524b1a2ee5d7bfb5ada0fcf0ab1b08163f293cc37acb9', '2026-11-28 12:02:35.054535+00'),
	('default', '01a22209-27b3-70ca-b781-6b9d09b53d71', 1, '5c2712c9', '\x31088d342a64083b6b1cf05d1a8a96266ea677ad848118da45d63b61da72d12598352f148363b4fa7f771e6e91e4e24cb21a9ebcd0709d4a48001d05a2e9c968c1118d1cf5c6136277801984d4924a51201d3a0dddc79d52eed6fcc822e46704470a3f5032c5d1aa6a0b30fd6b5493391dae584634b8418273afc32c3fb892bb5473672ced98c392f741c36fc905f4db8306c8ac623be0b916dad2b46979c6a962fb36bc7e040c0bf5fc65f17ddddef080686321d4f29be5788ce79ac3e19953f29ed2d01c10114d9d64a51b534959516deb07dccc10e88f56611daa3b3eae8f962cb80f563e061f7b706dafbcff7ba65d77d851f7472e442ac18a0e80725038191dd962a3384c9eba316bbe251b4fc39172f8e7f448fecf3c4af9a6c7bf8459719b6a003d4ea2eed9a86bb30215bfcf', '2026-11-28 12:02:35.059956+00'),
	('default', '01a22209-27ba-7611-a525-9323b88b7579', 1, '5c2712c9', '\x27d43444323665054d1013387c7365ed1af124cf7e6d5727d99ec35f9c95c97b31ad6af0336416aa80aa06faa25edb9b0d0d1876d167c6e42c2328f1ffd88d81c62579648faac7ee31f03da61fab1c24ba59acc37851530ccf7377c2ce9df05b52f23a21971c0ca1ef8e7422d35f01298fc3cfbd9d64fdaf27bfad09fc5b4679d4dfa515e31e656ff142eafea42197169d4983414731afe3b718696a8cb10163e17cd2219ee4d2da1eb99876416b8e8e1425371d49a0a0262f24ecec433e48c978bd6edba0ac0fd11e5dd99656c95fb3f8a80ca63a769ca3124419b459bf08541a01424b7c539b0432c2190307d3b6df4cbb705327f21388eddb344b6c3b957e05bd217021d64a80addfd100b26edb667e3e525ca246a9e8b393201c7a99a8a529cd8e3d6ba80ebce34a3ff40e3c127d', '2026-11-28 12:02:35.066584+00'),
	('default', '01a22209-27c3-7377-8928-7010f9cd8389', 1, '5c2712c9', '\x7861f584108983cdf2951143448fbc5afdeb9c2dcb3929489da817426ba51444cdc60b33fbfe3b45c4ec02272498e74d2307d889ab1f74b04740eb9b9bb9dc66babd32249bf60a9d6768fe7713069cf6e008771cf0716b926ba6aea4e032a5f59a03056a803532d8131850d3c105bae5f484bd71a0168badae5a4e9320d992b1d3d7224c9be36e8d1e58aa8ed0f9d7c7d502ac0dc4bd11622c3312601dc9b251fd9f7edaa1f38f30aae5b5ba43d5174db01b08cfdaa2719e3c6287256ff20d978ea3a0bb6aadc607ff516fb19c4cdcfa0234deb7e903547e19984029eb70ef7baded65cec7d8371881698514a1aa93be698e3a2995bb5b011deceb5f3e6811ee5df9acbde9d939304b29e34f741955e161c3d3de8fc252e884214f354e798327f52d43a2638f3355a0aa94a6abf0231b', '2026-11-28 12:02:35.075037+00'),
	('default', '01a22209-27cf-7c7e-a399-edc9e0c71cc3', 1, '5c2712c9', '\xbe1ef91bdb61709cb90f29c4bac2a84b4df6d43fb187e6888236282cace02645378da0e21aefe59ca0918efd04b7dec052ef8573d00026bb8ac7389b0d924c85680411be19955167d22bf5cf12ed20cfff55d5aca3a8c5575f1ddcb2acf137f4d93c5d446c4767877e298e44e82f6e6dcb84d4d279516ee98c74fa209ce8db908bd2c4501e63422091b8db005c6ed77ec606622a52b1f632fb8e736df57d0669990d0b4bcd0c474aa5c447f2a526ce1a08c29641fba7c590b505c702272fa85f4d3fcde77f32ab2aca1cf1f94de63dfc94478793665b12da734ac99e68639c83783cb8721a8f876c765e239595fca0a3e6095fa5927730440ff7ff6e46d6a69676fe92f9aa4008b9f0012d4231ee0d13f6a2fe4803ccb85cf2a3aa51e2638c9016c5f3516bc34a3ccaf54e6ced42c088', '2026-11-28 12:02:35.087507+00'),
	('default', '01a22209-27da-797a-a950-31740168cfe5', 1, '5c2712c9', '\x0eaa8ac5c729e12fd1473966095b7a431f7f1c04d18a1781912496678f21fb2006d36300e8348d57def8a8ae947f289034301c1f17e5cf68c4f7901ad4445a7bcb4a05148331fb8a022a0a66dffe7d070067ec841e5c1e0c44385f4f4122dd5aee9b1ed527a0b8858d0753a376b4bb99d03b2c816ea6bac4117caf7d051bd230bc5fcc08d06bbd2f5585b756b21adff1c8ddd77b3f8d0222b4b35418e048994785243bc054ac4b0f2009712491ea71e7bfa6d3327c4e661cabc8373ced82118b1e6ebf154da5b8359703969b1bd5d378669c3a898c619ef706bc879f9cf27c9c48b080391d17aba7276b38bc66b73de3a295d753abb76aedf0bed1fe92bbb533edffddc3370d0406c4b485ae9ac16e2cf51c2a94b6f7a6fcffbac544aaabc38374af81721aef455db1bf43f387d0c7e8', '2026-11-28 12:02:35.098057+00'),
	('default', '01a22209-27eb-7b0c-9d2b-39d34936dea3', 1, '5c2712c9', '\x8fa0d4f5b86abadeb9fb94b4e049a72a2c361786c07acd7661565d92dc801e5c96e02a2f8c28b2613888ab9776f98e7e5ee16f0d4c5735962ca55b12ff72fe776d5d5a5e03bc71f39853eb119a269aed7d690390d0827d0aad31f5243cfd21c414292ab150e454a9f2e74a6cbe8a642b9a40cf63b8d9c116d06248508bf1418cec437066c820e42bdcd04ca26686b51ea3a76a5fc7bc8e48ecf1bd9f2fcf7ec8f854ff11a94fc41f519acd9b4d6a5b9b88950cdfd5f06d6b1cece82db40f74ed5e5a3903859f0da135f883af65b003c22efc99967afd7cfc39a58bf105b63cd87b45f3bb10d8d1ad025003fc5ef71bf7d9fffe0f262ac1c0308b9d7b3a83af42d7014a83c9a39f6abe260f7b58058a416073df5d4e7cf069d5bdd3d9e9f10084dcb4ea99859839b1fa4d7487cf8a278c', '2026-11-28 12:02:35.115009+00'),
	('default', '01a22209-27f8-7d7d-a774-78081fec4818', 1, '5c2712c9', '\x48d63e5e21c4dd0b402dc589f0af001b4f6c8329561634bf2f6046e6343e806c32cfd717033182dc45ba318ca8ac3e4838f32c11c9e5fe1a410fc4fb3f513f95c932fbcf6d43fe2cffdee27072017a747b6dd89aabab8669481c5008dc35658e1e28262d998a0479c6a54ffb25d688171c96ad53cd73ab5f261d194646eb8f842332d14913827bb3bc18b1cf0438a14d93a77e2f5e1ec7ed2af4e4209b7761c893dbab8d5fa6676cd425d212c528c554c1a5a5d92e225cc96e50ae07231e7d515f26c4e506b20f37628ab8bedeeb89a36b63d49f1448876ed96422376fd66ca2afb6b4c7c9794e0590ee24c7d6eb0a014837c850fa95e04aa996f0ae74bdcc672d573f1b65bbd35c8e381f6b9f734c08dff20bbf7dbed9212ec2b4cb3972c950ca5d282a5c4a5b5c2cf19d5faa35f822', '2026-11-28 12:02:35.128778+00'),
	('default', '01a22209-2804-7590-87dc-7d32ebe0fd56', 1, '5c2712c9', '\x276f4e3e1fce1d08062e9002f3bd8adeaf2f0f3d6c8e1ebce14c4a681f30913e31362c7e7136c5454329b6107ad87a1f13fa5675487e8813fd5f5154dccfa7f9b75ac04404e8b4c2e65ab3a9a499af0c797c3d329ed3e91b008c028fb7b05b641f111e692a899af022fc628ab4e28aee1b53828cb85b6fb3006dfdba25d607bfd8164c9fd01f68eb933fe119d5a722b8f82e99f377fa86c04e32fc4a63d594e40fbb8ecbb8f64d2e631ba92a3fdf1b4fd0343ee2c3a42582bdaaa2a1c89e0d146fb6908339c24fbc0501de9d0c26f65683c44850a4676f27e06d1c1da29b835445ea22b5f574fb50e5e04d55f4ad68002aff535184fe41218c77cb0215279066698cbf4b79a7e95c81a28066e9700a88f7b476a1df38ff4f3467c64dc445c147f205a0e3e689fbf616ef5d809160d1ed', '2026-11-28 12:02:35.140681+00'),
	('default', '01a22209-280e-7f40-aecf-de8a36deb9c1', 1, '5c2712c9', '\xe53dbf070041e4e1b5e7854f6d0d1e4122f8c412724ecdfbe259709f0d6e195aa5dc0301f8494dc2c493453e19824457facd41e104a23223f6999ec8cd86bfa07b3cd0dff83cd05a1d4d8f961ed894284f4997b8db2a3589ab9ea146cfd883d425179ddbb334135ebce7277bfe71325cee62cfc2b9c3c5d5d23f63cc3530ae1e1dea76c67afa4ed1059d0bccb84c911502f1a025bc938c0e5bb26c1477a852f5e6657b9f27bca7e63fede20fc6b77d57cd581dbe015c0f64b112943a59bda345b382c7f102cc0c48c6c634cbf74d35dd0866ab1e9c76f113718c11ce368f1eb3fa7004667d5a2202df3a1b252663c59df285cdfad78cc9cc066ac2c30c230a3abf0b0de92ba4d64a2762197b4c236efabb7b96aef7fd8b96504fa3003708eae0c596ab5cffa214dc1d1574178eeeb53e', '2026-11-28 12:02:35.150871+00');

INSERT INTO public.credentials VALUES
	('other-72bc27a', '01a22209-26e7-75c3-a786-90ea33cc892b', 1, 1, 'text', 1, 0, 'of the other organisation', 'of_the_other_organisation', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x7f93bf5de9e860a20e26d9f3171299c88fb6f7833ad3fefb5ef88568566fe2f4', '2026-11-28 12:02:34.855431+00', '2026-11-28 12:02:34.855431+00', NULL, 1, 'a3b56792', '\x45152ee0c537e6761d317b7727f6679d7d4c42541effdff4fb03e29227b444505af77e0e3b4ae6bf17a1c5e0c819621a183424e59a2aca1507bc01399c099007', DEFAULT, DEFAULT),
	('default', '01a22209-2731-78cb-978b-37521905840c', 2, 1, 'key_values', 1, 0, 'native key_values', 'native_key_values', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x7e11a3db06592d18bf99a9e5073e39f15cc89e69cd6ac3ce885cb46332b340cf', '2026-11-28 12:02:34.929697+00', '2026-11-28 12:02:34.929697+00', NULL, 1, 'a3b56792', '\x54e6aab05efcb9214e822aa96280f05422b416ef50ecee762c38fa1b0ff961eb886eaf893a2d174562f5dc6131aa181a5a339eee9c7751ff43c0da579e92300b', DEFAULT, DEFAULT),
	('default', '01a22209-2737-7434-a548-839f4ec50a86', 3, 1, 'raw', 1, 0, 'native raw', 'native_raw', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x24c23d79ab920a59e46ebe36036a3f82b60ecef8cdce8789b66a248835b03a44', '2026-11-28 12:02:34.93577+00', '2026-11-28 12:02:34.93577+00', NULL, 1, 'a3b56792', '\x500fa722a21d65b40a492454eddd2f83b9fa283901b7fa653aae7f992ea0ad5bca4e5ffdaa5edcc3be05b436932f2e61fe29a699222d40ac616d46b393834c0e', DEFAULT, DEFAULT),
	('default', '01a22209-2741-71e1-a777-95088a6cb943', 4, 1, 'basic_auth', 1, 0, 'native basic_auth', 'native_basic_auth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x9f8ac7d452010a967ac7268639acc25a9a8ce4ca79c3fec18e7fc384ae2968b7', '2026-11-28 12:02:34.94583+00', '2026-11-28 12:02:34.94583+00', NULL, 1, 'a3b56792', '\x161958a48adedc03a8f8b3a71d53487002b0e2b7d18a61d7d92af67ccf6d68f2aa4e80bc2525e680f71d99680d449c13bf1e954890ff585b9f0a94fc8ae8080e', DEFAULT, DEFAULT),
	('default', '01a22209-274b-7448-9f9c-06aa9003d36e', 5, 1, 'oauth2_refresh', 1, 0, 'native oauth2_refresh', 'native_oauth2_refresh', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xb409f3cee06b70e2827dbc9a49af6d0a4c6b4df1da6f8497ecb392fd3960c262', '2026-11-28 12:02:34.955312+00', '2026-11-28 12:02:34.955312+00', NULL, 1, 'a3b56792', '\x3ccb326075e2fa136aa198df42f9a0317b03064eb9cbb973fad80f2c0f4a1e1e7a19d380b096d9c5026901bccea251ce55599c3523049f0d6617bc6b406c150c', DEFAULT, DEFAULT),
	('default', '01a22209-2751-7f2a-aa0d-3f18eac2d291', 6, 1, 'api_key', 1, 0, 'native api_key', 'native_api_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xecbadb807980194372d633f4cc2b8574b6c90b8089212dd93761aaf58e875d05', '2026-11-28 12:02:34.961339+00', '2026-11-28 12:02:34.961339+00', NULL, 1, 'a3b56792', '\xf0ecf6ab95276e71c4d79fd89c9df12811b20459923bd5badd2dc6f6c1d463679da784ddcced1a9d76a0138662d015a7f53e99fa4b3ae187c415b350c0e1de03', DEFAULT, DEFAULT),
	('default', '01a22209-275b-728a-a8a8-2e34a9fd309a', 7, 1, 'api_id_key', 1, 0, 'native api_id_key', 'native_api_id_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x9745f0edfd5b45cacc77e5820e4f52bcb1f69bc709b9e477d98a8539d964876e', '2026-11-28 12:02:34.971027+00', '2026-11-28 12:02:34.971027+00', NULL, 1, 'a3b56792', '\xe1d10bc49dce1433a634add93fc2ed7d2e4e67062f121092db1c39f4f63acca54eba05c51e5afde876f035c97241de37de284ab61d1e4b83bddbcc0292ca160a', DEFAULT, DEFAULT),
	('default', '01a22209-2763-7ce9-bfd0-dd801ed0a6e4', 8, 1, 'client_credentials', 1, 0, 'native client_credentials', 'native_client_credentials', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xb6eebb167b3b18afdcbcbf59940ba8da1d7a963974677320dd0806ca85f786de', '2026-11-28 12:02:34.979091+00', '2026-11-28 12:02:34.979091+00', NULL, 1, 'a3b56792', '\x68d6683f0335844cadea223e570485c0519a12eb7a2a31dd8707bf9e154fe03ff2069099c47a58a25b96b2141f8d5a532d52100e48746e52a9d1009185ca4309', DEFAULT, DEFAULT),
	('default', '01a22209-2770-7510-bb32-ed3d9befa5da', 9, 1, 'access_token', 1, 0, 'native access_token', 'native_access_token', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x73a4005355c6faea0b34e6cd0c6362f430cd2a00477bae4cffc7df49940918c0', '2026-11-28 12:02:34.992146+00', '2026-11-28 12:02:34.992146+00', NULL, 1, 'a3b56792', '\x87f13be5a9b6f3baafa4861a367b40f90bcbf6964fe4fab502a6dde6da5bd0be058de77556376d26f6e3a00c6f7d4ad8b3cd4bc4f6267fb46030948b9d5d0201', DEFAULT, DEFAULT),
	('default', '01a22209-2776-75cb-9a66-78e18cff5636', 10, 1, 'json_document', 1, 0, 'native json_document', 'native_json_document', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x6611b9928866327850ebfeacc9e6eb0cabdfda3e8a24796721a56342c80c9281', '2026-11-28 12:02:34.998975+00', '2026-11-28 12:02:34.998975+00', NULL, 1, 'a3b56792', '\x2124cd61dc108b2d8c522c778d4032bc133cce05c7e60cf1f8a592a2c6a1ee76039626b4e71e61da998c625feb3090c1212067c7882c2386672221fa324e2403', DEFAULT, DEFAULT),
	('default', '01a22209-277e-772f-920b-49df7194d275', 11, 1, 'text', 1, 0, 'native text', 'native_text', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x939b5995dc81e91d2b6d2ed09ea6632a563f4e20006490ac4e1676bc32d3957e', '2026-11-28 12:02:35.006736+00', '2026-11-28 12:02:35.006736+00', NULL, 1, 'a3b56792', '\xf82a294c832e019c01ae03a952db67c7fd322d6aeff119e54172e9ee7a9bec48a7c042c6a208a102404fa88b08a76848ce21a8b22bfcf8dbb1e3edc7a6a85a0d', DEFAULT, DEFAULT),
	('default', '01a22209-2786-7031-b4fb-fabc3503027c', 12, 1, 'jwt', 1, 0, 'native jwt', 'native_jwt', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x5704fb5c89800233a5c37212c284e9778774cfc60fa9c27462d1209ed1273bbf', '2026-11-28 12:02:35.014878+00', '2026-11-28 12:02:35.014878+00', NULL, 1, 'a3b56792', '\x2f831891af6744f29762975416d9bc402ff4b933525e91954be383dee241a85f375df330d905a767408354ed86dcb38b021f0fe7af83a96edf1b123810f2c809', DEFAULT, DEFAULT),
	('default', '01a22209-2792-76b0-b91f-1f7f9117dd2e', 13, 1, 'oauth', 1, 0, 'native oauth', 'native_oauth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xea29d7e35fd242edd5c9e8af7f1a973bf9dd90abc8bd592ff3579a6ce3a943fd', '2026-11-28 12:02:35.026242+00', '2026-11-28 12:02:35.026242+00', NULL, 1, 'a3b56792', '\x21fdcab5332710bdadf839bf89428786945d9ea3e3b6d9048691ee2192dc13259cdd16a5829edba3fae0a983c91fcc1267cf3b5b3fbe4bb116e1b50e1d5cf90b', DEFAULT, DEFAULT),
	('default', '01a22209-2798-7751-8cb5-8703c80a3450', 14, 1, 'aws', 1, 0, 'native aws', 'native_aws', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xe4b062a2c5541b29ceb1bfa8e7aeb485f3e7f60987f09e7c75efff5a91e6c87e', '2026-11-28 12:02:35.032922+00', '2026-11-28 12:02:35.032922+00', NULL, 1, 'a3b56792', '\xb09cbe9cdce4a0756421ac064747adebc48200059e1daeb0472eb5b8ee4c34269f2a22a3ac2bcd3c9b91fe27441f068c5f83835a780417b366691859087a1004', DEFAULT, DEFAULT),
	('default', '01a22209-279e-74f0-9728-fe2a0ec30554', 15, 1, 'mtls', 1, 0, 'native mtls', 'native_mtls', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xcc63bd8ea3a5627c8fa4ce3f61ba9aa609b09c4baa107905f219ac912b305b18', '2026-11-28 12:02:35.038615+00', '2026-11-28 12:02:35.038615+00', NULL, 1, 'a3b56792', '\x4cd7c908621f3ec9d488ea72ece6189495325b7e39b3d997676a5cc728c9fbec97e285572ca9ef127f3ebc20e00a3d04f2e3a89ce0d6ad657907ed0f83a5fa01', DEFAULT, DEFAULT),
	('default', '01a22209-27a2-7502-a2a1-159c55f762a5', 16, 1, 'http_request', 1, 0, 'native http_request', 'native_http_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xadbb83c298ab3e8ceec51c2f7ffafced45e791b8bf13498f521b94c6e003cb4d', '2026-11-28 12:02:35.042353+00', '2026-11-28 12:02:35.042353+00', NULL, 1, 'a3b56792', '\x09064338f714c793b25bfc4342d974a698577d453b41750adbeb630bfd9cf96b50b0cc9dfbe891a0e7baca8bd96b6da4807038eb385b9055052663136a636c0c', DEFAULT, DEFAULT),
	('default', '01a22209-27ae-79cb-a747-98f6650fadf1', 17, 1, 'multi_request', 1, 0, 'native multi_request', 'native_multi_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x3105a24ac0f40670152771389192f9a3012fac8fedb89df80f8d8f55ebb2f650', '2026-11-28 12:02:35.054535+00', '2026-11-28 12:02:35.054535+00', NULL, 1, 'a3b56792', '\x7a6aba0e2c771c3de72c69fb41c497dab5b86ea382bd061342180124df44e6d8dfb1a2f2a9ab1d45a0a6962e627f5d078c490da89c669d005c16807758937308', DEFAULT, DEFAULT),
	('default', '01a22209-27b3-70ca-b781-6b9d09b53d71', 18, 2, 'key_values', 1, 0, 'vendor key_values', 'vendor_key_values', '', '{}', '{}', 1, NULL, NULL, '{}', '{hidden}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\xe2ac5265557b203dc2fd44ce3f0f5466c8d20b69a5be0515a2cd1d3aac81ab8c', '2026-11-28 12:02:35.059956+00', '2026-11-28 12:02:35.059956+00', NULL, 1, 'a3b56792', '\x7b81fe213d8ca40430e905efc27431155cb2f21d0c3cc018829563d0db74df0e790356a283ada1cb6d4e8d50fc147d510f587162e7e0e3b31aadad975d043204', DEFAULT, DEFAULT),
	('default', '01a22209-27ba-7611-a525-9323b88b7579', 19, 3, 'api_key', 1, 3, 'vendor api_key', 'vendor_api_key', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x5e4a13970f1ae6d20c3a56bdc74364e04ae4e38e860346d06e4ca65a96a35e38', '2026-11-28 12:02:35.066584+00', '2026-11-28 12:02:35.066584+00', NULL, 1, 'a3b56792', '\xf6f69912517608d0027f0554b149142626df047bc1b44d7c5615d6ad959edc12068fb354b5790bd611fd40a3701cccc41a7a434e883e3a8ba1c060c28dc6d003', DEFAULT, DEFAULT),
	('default', '01a22209-27c3-7377-8928-7010f9cd8389', 20, 4, 'aws', 1, 0, 'vendor aws', 'vendor_aws', '', '{}', '{}', 3, 3, 2, '{4}', '{}', NULL, NULL, NULL, false, '\x0802122433656432376639362d623530642d343461662d613235642d6239623339303533623130381801', '{}', 1, 1, '5c2712c9', '\x276291cd6c27932c1b1d5c765843a409b81ad2260d694730ac467d462a694a99', '2026-11-28 12:02:35.075037+00', '2026-11-28 12:02:35.075037+00', NULL, 1, 'a3b56792', '\x9609bfa4c685e4ce0116f12f0052a3fe8003804152ab7b5c736c7d3d45b43f8cad9650da9be0abab31da194bf29c475b582dae84a9fdc35b80e100d4c0782306', DEFAULT, DEFAULT),
	('default', '01a22209-27cf-7c7e-a399-edc9e0c71cc3', 21, 4, 'http_request', 1, 0, 'vendor http_request', 'vendor_http_request', '', '{}', '{}', 1, 3, 2, '{}', '{}', NULL, NULL, NULL, false, '\x203c', '{}', 1, 1, '5c2712c9', '\x88378d9ae34b501d52831f4129dcc088418833f5481e41e1173faf82262531aa', '2026-11-28 12:02:35.087507+00', '2026-11-28 12:02:35.087507+00', NULL, 1, 'a3b56792', '\x6590ae1c43cde0423a9fa0b087c67f3af37a1327f464ab28df516449a6658e91b8bd1d78c55eb5aa89456231b5e7481854c5daea29128f0c900f2f33420e710d', DEFAULT, DEFAULT),
	('default', '01a22209-27da-797a-a950-31740168cfe5', 22, 4, 'text', 1, 0, 'live', 'live', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x79af59eaba44980f34eed75987cf3d786ccab7d2b400e16b7c222a4352e3c58b', '2026-11-28 12:02:35.098057+00', '2026-11-28 12:02:35.098057+00', NULL, 1, 'a3b56792', '\xb576b40d5699fdabc6684a1b5dbdd131f09c85580529f2fff48b201fad2317313ed62a12fb0297da93fd7071caea02653421e9484bbd7bbf2554538869a8990a', DEFAULT, DEFAULT),
	('default', '01a22209-27eb-7b0c-9d2b-39d34936dea3', 23, 4, 'text', 1, 0, 'test', 'test', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, '01a22209-27da-797a-a950-31740168cfe5', true, '\x', '{}', 1, 1, '5c2712c9', '\xe2e494dad26381ee9e7ced032ad6ab787da3b0ec48fa333ede485e81091413b8', '2026-11-28 12:02:35.115009+00', '2026-11-28 12:02:35.115009+00', NULL, 1, 'a3b56792', '\x2917178d9950d05d6044073f0b0e39206c8c815e75d87ec14705280cb8eae3f75dbb78923e723a38b7d874800cf959c3dcd83254782d13f51a5a116c0ef8a408', DEFAULT, DEFAULT),
	('default', '01a22209-27f8-7d7d-a774-78081fec4818', 24, 2, 'basic_auth', 2, 0, 'invalid', 'invalid', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{basic_auth.password,"is required"}', 1, 1, '5c2712c9', '\x409dbf0ac18d8517620cadc3d638bda9f93a1dbb230b2689be9e65568ad02097', '2026-11-28 12:02:35.128778+00', '2026-11-28 12:02:35.128778+00', NULL, 1, 'a3b56792', '\xac95bab600e9a6180e3f3e6ba5ca68057886b374670d3dc6e1ec5f0bdf78daaecdb41a8b79f1b452067fbf0c7c6156d420a76f4cb7cb1c4688974d46cbb4bf05', DEFAULT, DEFAULT),
	('default', '01a22209-2804-7590-87dc-7d32ebe0fd56', 25, 1, 'text', 1, 0, 'expired', 'expired', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', '2026-11-28 12:02:36.137505+00', NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x988752e61321149b39b83def942f5cdf2f6c93a795870f899493b435ae7e25bd', '2026-11-28 12:02:35.140681+00', '2026-11-28 12:02:35.140681+00', NULL, 1, 'a3b56792', '\x82ad10fec651c78fe321aaa6c768e81b97bc794578d435eff9a7d9d90810d65a31a2996b2b2e03ea6d7ad6b8e85e813cff250a1118455f1f70b2d032951fff06', DEFAULT, DEFAULT),
	('default', '01a22209-280e-7f40-aecf-de8a36deb9c1', 26, 1, 'text', 1, 0, 'replayed', 'replayed', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, '5c2712c9', '\x3e85968f8914a98c0debb668c27d90a8671f782a6d2cdc1210c8732b9e1af046', '2026-11-28 12:02:35.150871+00', '2026-11-28 12:02:35.150871+00', NULL, 1, 'a3b56792', '\xa927f7edfd4d7f5e780f3d7725796d9d7b500ea42b985270ebe8f06dd7853b71d5a1d279f0ed5d341d333215f46f4a474322792dd8ddd38f6005e80c10c4710e', DEFAULT, DEFAULT);

INSERT INTO public.folders VALUES
	('default', 1, 3, NULL, 'outer', 1, '2026-11-28 12:02:34.887887+00', '2026-11-28 12:02:34.887887+00'),
	('default', 2, 3, 1, 'inner', 1, '2026-11-28 12:02:34.898785+00', '2026-11-28 12:02:34.898785+00');

INSERT INTO public.organisations VALUES
	('other-72bc27a', '', 2, 0, '2026-11-28 12:02:34.82165+00'),
	('default', '', 4, 2, '2026-11-28 12:02:27.347652+00');

INSERT INTO public.request_ids VALUES
	('default', '7e8f0c10-3dc8-4f55-9493-0e72f1e68d9a', 'CreateCredential', '858581ac', '\x69d75d0011fcec60948368498ae402b9062b48df6b87fb0ad7f10bce17da88e7', '01a22209-280e-7f40-aecf-de8a36deb9c1', '2026-11-28 12:02:35.150871+00');

INSERT INTO public.schema_migrations VALUES
	(1, '0001_initial.sql', '\xaaaefe138da8b0d3957f9a72b75a0d4d6c4294dd0526e28a18a77d718127ac59', '2026-11-28 12:02:27.233715+00');

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
	('default', 4, 'friends 72bc27a', 'friends_72bc27a', 1, '2026-11-28 12:02:34.877239+00', '2026-11-28 12:02:34.877239+00');

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

