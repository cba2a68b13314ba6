

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
	('bootstrap', 'default', '', '\xab1b0982cf8caa4a6b449a4a1c736ac886b825dddc6c0b606b41982d2e1a9941', '{1,2,3,4,5}', '{}', NULL, '2026-11-28 12:04:19.34095+00', NULL, 1, 'ba6fe10b', '\x3e14807c7f66f983d95ceddf1e7c6a23b87dfef63b2db0cd503a3850eef934bf03e0ab18d597da73d1c8c218c1feb5742a75f1a4b3cbe30dacdc162b1b90330e', '', 0),
	('ue63kujbghwk', 'other-72bc27a', '', '\x6e6166650f7c04bc5b4ce0732d2337286a8ef84cfefdcb26e9074863211bc0ef', '{4}', '{}', NULL, '2026-11-28 12:04:19.690706+00', NULL, 1, 'ba6fe10b', '\xda33751912ccb6652408683cfb9d543ae58b3319718c162a8e08590970f75311154fcebb687569a4f9a4811fbf4440b72dab10f6b926acc2d49d0a974b8f680a', '', 0),
	('mzirixa52su6', 'other-72bc27a', '', '\xe7f7d28aff2eab18e7582824ca03e11f9bd5331203fb15efd56b89c9d1a0eb4b', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:19.749621+00', NULL, 1, 'ba6fe10b', '\x77ef6ae354620a490ea790b2d3c65c5a482388271470976423ef1a13d0d47a05f4d7a4d361e4cf23d6fd4baa411031feb17bd34b307ed9c8e489d9885bd52b0d', '', 0),
	('yvnlz5zpbpzy', 'default', '', '\xa8e8fdc3ec0eab3d930b77dafd53d09be0e0ade5aaef19ca4fd182d8ab4564c9', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:19.784486+00', NULL, 1, 'ba6fe10b', '\xad550e5e1040fb3eb184e96606b34922736f0db457c3bfffdd9613af6bfefdd03e4c8f3e3834ab471ae66eeae719057c2011d52c64f5267462d7017ab3ab8d02', '', 0),
	('qwi2gzbgxq4p', 'default', '', '\xd532a5a6be0ebef8505b9496b86fe68bba07dd64a48182947ce60a789275e25e', '{2,1,3}', '{4}', NULL, '2026-11-28 12:04:19.798121+00', NULL, 1, 'ba6fe10b', '\x752acb8b7594eeb76295694022e6fb0f82ff46a98b4be7a37e07ebcfb8753156ea17b537ae9a3e732fa8bab6f5e1f2d8353c169c5644a62fd8308fbeb4747206', '', 0),
	('2chj3act4f3x', 'default', '', '\x826daca7f1a3e2f2a5af36e14d96d94bde9a5c646597a695071aade48b0e2e80', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:19.81088+00', '2026-11-28 12:04:19.819172+00', 1, 'ba6fe10b', '\x3b19481165bd79d3b45cce0d53d771024758c16e6d26d87532fdadeeb2084b7c119dadb7625616ccdc285a684266e0c35c6b968e8321b802147a9408858e3a05', '', 0),
	('f3uqv5wruu2g', 'other-2a1d719', '', '\xd8fee068e3530e9362449f5ab19e7801ae9b2ec780d125cae4605658a70c6af3', '{4}', '{}', NULL, '2026-11-28 12:04:27.704234+00', NULL, 2, 'ba6fe10b', '\x71c504d1c711c833e31cf2962025d1d2dd2c067b65e05e4734340b816415fadc82d4e64484cf7d383393ee63bff502cc3aed8a09cf8646d81e5c53d662233105', '', 1),
	('czjykvfovi3j', 'other-2a1d719', '', '\x72612a3050b77e00ed4db3c7df9f7a7238e634a766cf1438a9e3e6d58b31271f', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:27.718294+00', NULL, 2, 'ba6fe10b', '\x6278dd09f569bab7bf40f853d25e9d7d3c9e1ae4206bcbd17560cbf1ff5a386d2345f6541a470990447519d76644f0dbb8474de3c403f87a90fce964c1f4ff04', '', 1),
	('l66xhczaylcc', 'default', '', '\x2880176a917a9a888256daf22d4e7368c38050dfb5856a3aafb2aad6cd689bf0', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:27.971294+00', NULL, 2, 'ba6fe10b', '\x390cd385c80e97266f81a9c1a8a6cc19016f6cdca1bbb3956d484a67e3bf98c4f1a78dfabe4d4baf9562073218d0636eacf6676d20d502c5f2e7bda7515f8303', '', 1),
	('rl6bj5fxg2li', 'default', '', '\x08a71c3afeea54f6cf523cab820525946575eb3a32c395ab64b494c974e540fa', '{2,1,3}', '{6}', NULL, '2026-11-28 12:04:27.974562+00', NULL, 2, 'ba6fe10b', '\x848af004fc38245d1f77e8cb435dfb40657566dfe115d2d4b43f5406728cb9e9877e27ebe33a6348836ca8e8d2c6850acb2f94179153fb4f743698e2f4d9ec03', '', 1),
	('tijsumd5orrg', 'default', '', '\x', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:27.999436+00', NULL, 2, 'ba6fe10b', '\xee4cfc1e456406a82102d98c27ee3711d6ae86a3fad0051b3700a7d389879574bd64d7d1cdce07b898d75d4244987f485b7ee3aca2a97e57bca0f394a00eda04', '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA7KHwG2v44il1QsmBTEUV
uBUwjW5koGy0sTvaGOs/9D4vXDabXfsqP+ZRbcmy7Jq9Ppkmpa2zrlNl/Qx+Sfei
flb9J+YUCUuf3bYq4t7YuBUQnCjgLQExzMvqxUBxCjFwg5+BEIQ9ETzv721ko6Dt
cagXWF/+0nX2xO/Qfnyakpg5MHzh7Vn59otv1Ap2Y8gCFh6fQW9b4x4nwSNAmbXw
/PUHtDCP8NQfxlbOtY6kCPCwC1iADigjUMsV3xzjssJ8jlPiB82pxEgXFo3/1/J1
gJOejOy0Ko8Qex9Ypfvmv/5QSlg1CaqfaT743yDNbwW+878ZpKEqAuKwCJd3/jQi
HwIDAQAB
-----END PUBLIC KEY-----
', 1),
	('cat2shhos5ov', 'default', '', '\x0758854efe2ccbe69aa7661dc09f5278ba650949a3a94a15780068759ce603c0', '{2,1,3}', '{}', NULL, '2026-11-28 12:04:27.99384+00', '2026-11-28 12:04:28.008572+00', 2, 'ba6fe10b', '\x3b56acb1c15bdd7c65b87f8dc4d891e84b0e92833e9b25efc4728f127922dd34431a7456a9174c2e7a8afb39516057b6183420199dac6b441651c846fcc9900e', '', 2);

INSERT INTO public.audit_events_2026_11 VALUES
	('default', 'a4ec7af1-d017-4aba-bd81-ef2791966a33', '2026-11-28 12:04:19.34095+00', 'CreateApiKey', '', NULL, '{}', NULL, NULL, NULL, 'bootstrap', 1, NULL, 'OK', '', '\x3b8bc903c510d4d1fed513f6da7c090816741f6042ecff43917420812861bfe0', '{}', '\x1f784a6466f699dbb8866858657da02c85cc8d802187c699621f951dd667f46e'),
	('default', '10eead91-a389-44a0-baf5-5f7484459564', '2026-11-28 12:04:19.768556+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'payments 72bc27a', 2, NULL, 'OK', '', '\x0fcd273d6a6a45b07f8bd8d65d269647f24407ebbac9f6b3b060d71801a4710a', '{}', '\xb0916b44eed1098642a031671843b188812f251befed61135064c89b5e6b713d'),
	('default', 'b8d64eb1-db3c-49e7-9336-dbe99c1d538d', '2026-11-28 12:04:19.771148+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'friends 72bc27a', 3, NULL, 'OK', '', '\xcbbe262eb348ae73925262be73b5f22f96a8ef2211be8bc12f1f4298e1f81b81', '{}', '\x3630fb37355b595cc3ada35e9dd06ca649aef233c3e3d1744081fec2ac905fa4'),
	('default', '827e4abb-632d-4fc7-8b43-4f287e89e415', '2026-11-28 12:04:19.773673+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'outer', 4, NULL, 'OK', '', '\x2d033664ee627754effbe629f4715e656a4d787ebddfeb6f1bf6049fd2f60323', '{}', '\xc9e87bf58fe5b6666236012c58234ec8691b394a05b5185e12bfe2fa9c6c23c8'),
	('default', 'e3923c0d-3610-48f5-8c7e-afc1e8c8b7e0', '2026-11-28 12:04:19.77811+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'inner', 5, NULL, 'OK', '', '\x58d4174c63c94946173761b6d2a699008f419f7e2ffe01fe2e9972f5811a58c3', '{}', '\x8fe357cb7b2bea715836b124c502393a714a940aaf2b8cc7af782949bdb63236'),
	('default', '90742eb7-80a2-4ef2-af15-0ba69125c424', '2026-11-28 12:04:19.784688+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'yvnlz5zpbpzy', 6, NULL, 'OK', '', '\x0a334200e7f8b52df378558e1fea058b992051e4cfa7e36f404e710bee1bae6c', '{}', '\x7942746de736ef6a085bfb020f194e5efbc0139f05a2ae42fcf7285335d021e0'),
	('default', 'ae3e24c0-2ca2-4575-8ee8-0a307921e354', '2026-11-28 12:04:19.800278+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'qwi2gzbgxq4p', 7, NULL, 'OK', '', '\x8c0f691b9d6e231214b5825b1b54c116906a6d541f4a4ebdb20423fec3c2495a', '{}', '\x5d7c6b05f184bb54051beb3771a8b61c1ded6f9a155ba74c10410226561b6af8'),
	('default', '48369ec8-6c98-49ab-9116-392a5aa95b23', '2026-11-28 12:04:19.81111+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '2chj3act4f3x', 8, NULL, 'OK', '', '\x71a55c7f59fac58f76850788f11d89eaa19d3b8646ef89afd5fd982d8755ea62', '{}', '\xbbed77ca4d8e94faac418eaa0c2115dbbc33dfa57c31be21d48b7611a611b8ca'),
	('default', 'a5c4a70a-4dd7-4d1b-9ea8-4267393b9cf6', '2026-11-28 12:04:19.819238+00', 'RevokeApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '2chj3act4f3x', 9, NULL, 'OK', '', '\x0c5168efa3dd926bd6e23b5f23c27783f9cb3f77d4f6ecb4b0d4f7807eec9c94', '{}', '\x0d50a6257d0a0c52c204a4e25414d1b5a99c7e2405e05ef64db62f486ea1c18d'),
	('default', 'a3e5a778-4615-47bf-a520-750e66ae47f6', '2026-11-28 12:04:19.833853+00', 'CreateCredential', 'bootstrap', '01a2220a-c0f9-7fd2-a068-b60eeffe20eb', '{}', 1, '\x3d0871d14475a9c66cf9c353bc782a393e0f9978ae49f89e2a8ff4d334ef8f25', NULL, NULL, 10, NULL, 'OK', '', '\x5061a8ceaefb419fbe3949d59d41378e993906f9f8686c289cfa239fac8ca5e9', '{}', '\xd0c067082838c6ca9119b4ebd2984d34ff58ebe73a02073d3a1677376587e799'),
	('default', '78fd8bb3-2548-48dd-930c-a03ea5e17f19', '2026-11-28 12:04:19.837363+00', 'CreateCredential', 'bootstrap', '01a2220a-c0fd-7ade-a49f-6028a44d6897', '{}', 1, '\xa9efbeaf6daa505691c7a23aee507be2124530b83d14b03184fb5e45abe977c6', NULL, NULL, 11, NULL, 'OK', '', '\xa9c85e24af4d1398b81cc0e45ab8f227a008a36a1f48d83ea692d06450772fc5', '{}', '\x22c67008a07af05c2e748d860f47095d96a3ce1420d0192e736b18c066516b75'),
	('default', '39581aac-da46-4a53-91a5-3f6343565a7d', '2026-11-28 12:04:19.842838+00', 'CreateCredential', 'bootstrap', '01a2220a-c102-7a45-adca-14bb7766a174', '{}', 1, '\xc3231a1327df79f220bad0eb761007edb81d9edb141386035e92820580c3d00f', NULL, NULL, 12, NULL, 'OK', '', '\x8565e10633fbddcb187c3785fd59704686db6c118da24b4d66e13172f5cac657', '{}', '\x520731f85ed7543f87ad438ea218edf4cc6e41ca5308aed196397bbdb3f650e2'),
	('default', 'bd5f9c85-db24-46e5-b649-77c944d705b7', '2026-11-28 12:04:19.852005+00', 'CreateCredential', 'bootstrap', '01a2220a-c10b-7866-bcad-a59e1c543b3b', '{}', 1, '\x9e950ecd86276175be11c46e6a959b525e9b9c1f8161ff095b8523b5cbf402f5', NULL, NULL, 13, NULL, 'OK', '', '\xe2d0c84ea697ef82b92360d50d3477aee20099926cb8ce4701c2110e878c4d0d', '{}', '\x0570b9279d1cb40013b728e103d6fe73a5e3354a5ba60e17aeb515ac9832a045'),
	('default', '91488e7e-b636-4380-a852-a99c685d273a', '2026-11-28 12:04:19.859263+00', 'CreateCredential', 'bootstrap', '01a2220a-c112-78c3-8881-91ed8af65813', '{}', 1, '\x5bc029341b0e555159328ba7788e1670cda7d1163ebb048422dddda098843311', NULL, NULL, 14, NULL, 'OK', '', '\xa2513e909294e42fbad0dbd813f495ab0a48c178177e5097cd14aaeaeee73dbe', '{}', '\xf43ff55f866e2590b9bed4b778c5009e9ffd42c0a409d84f09bf849b84bda1bc'),
	('default', '04d32e5d-8f30-4360-9432-9cdd75e0185b', '2026-11-28 12:04:19.86722+00', 'CreateCredential', 'bootstrap', '01a2220a-c11a-7bb6-a919-a5e4b567cf91', '{}', 1, '\x4099c937b14675fc3d448c7c6621d570a328b6558ea39b1614593589f3328ddf', NULL, NULL, 15, NULL, 'OK', '', '\x30d758b2b799f98cab525b14829515f6bb1d401993a8d094e71089e14d7c90c7', '{}', '\x1d4b31d1650fda924f0ec9f8ca9793da3434af80dacc18a4c5b9dc5b48c40948'),
	('default', '45e46c78-6752-410a-a508-0b02d99ac664', '2026-11-28 12:04:19.874377+00', 'CreateCredential', 'bootstrap', '01a2220a-c122-7b9a-b4bb-04a83e7581f4', '{}', 1, '\x74d7754c0896a591113b395236ad772b5a6ffb49e90eeaeb03d30dae21514e39', NULL, NULL, 16, NULL, 'OK', '', '\xd2e7fa71300bce2918a4508064dc9af732ac4e6a50b679e6a8e8eb7f0e71ab79', '{}', '\x683d4172aa28ed7f6937960a01b0f8d630d9a5a151cc51246b55efa9fff16852'),
	('default', 'f56d37f2-2904-4174-bd73-26a8b14da749', '2026-11-28 12:04:19.880623+00', 'CreateCredential', 'bootstrap', '01a2220a-c128-755e-972f-2798eb38cd85', '{}', 1, '\x8ea742a12a68b103883408b7927be1d0528d4352903c9cd4af1f99638f19b9f4', NULL, NULL, 17, NULL, 'OK', '', '\x9ad3c9ac9382b620b0e2e46c396cbb1e7af8845460c380d4c6bec2a46a0a021e', '{}', '\xa78c503db1da089c13a54dea3a3f82d597fea56989336bef82d65a5d427bc90e'),
	('default', 'd89b6cc8-8de8-433d-80a9-c67def365e39', '2026-11-28 12:04:19.886965+00', 'CreateCredential', 'bootstrap', '01a2220a-c12e-7fe4-aae7-cebada2bc80c', '{}', 1, '\x111f7129866f7c9da6f01fbc161e184269fd3fb9002735a66fc1de0d15b282d8', NULL, NULL, 18, NULL, 'OK', '', '\xa42cdf52468037b4242b5e64180441535adbc1fc8659a1169af12bcef84299f6', '{}', '\xe6099caed3fe817117d6d9df7c15e2b2b86f40918013faf266d0a252cc872071'),
	('other-72bc27a', 'a670a21c-0033-4829-9692-bf31a53eea35', '2026-11-28 12:04:19.690706+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'ue63kujbghwk', 1, NULL, 'OK', '', '\xa4335c60ae3f7e8987289379ac0bc1c167fc4dd5ca8c535f58972f035029214c', '{}', '\xeb7efe8ec8ddfd48e1ed7f54293e024e8629cf949aa3f7a3d5f215e5931e8a3c'),
	('other-72bc27a', '995872f5-f7e6-413f-8543-4725da6a7731', '2026-11-28 12:04:19.749796+00', 'CreateApiKey', 'ue63kujbghwk', NULL, '{}', NULL, NULL, NULL, 'mzirixa52su6', 2, NULL, 'OK', '', '\x7483c9fc767e17622f72a18d4409cff9326c9d686974cd283e5db1e5b39f207f', '{}', '\x03fd433ddc45073ec2cf8cc5c45bc3ccc2ff7728c26c996e984a99dd15c500db'),
	('other-72bc27a', '8da005bc-3f8e-4ae1-876f-495d5a182392', '2026-11-28 12:04:19.760232+00', 'CreateCredential', 'mzirixa52su6', '01a2220a-c0ae-7698-bfc3-d3b531922d20', '{}', 1, '\xa0fc85170264adb3d5e18b9d56d9617718761499866c09f06f29d3c11d8e8b95', NULL, NULL, 3, NULL, 'OK', '', '\xa58ac826ca52543a79e02bee472578ee85bb035c88cfab05e0a95af97c6f4b23', '{}', '\x6091d71f62b689b615970465dfdc5da5ba86827082c6cc930386ce6c5d52f33e'),
	('strongroom', '26575b13-4f16-4c29-bf5d-48bf3214f6fd', '2026-11-28 12:04:19.34095+00', 'CreateOrganisation', '', NULL, '{}', NULL, NULL, NULL, 'default', 1, NULL, 'OK', '', '\x650fbed14b5f3f4496ecaa35a541bb167e55d1d01d29dbc19d2f90a04cea10ce', '{}', '\x49a958b5b23ddff8dcf34632541d0cd93cd8b608335ba6aab2066ee371545c83'),
	('strongroom', '8354f7eb-57b5-406c-a305-6d98a8282cf3', '2026-11-28 12:04:19.690706+00', 'CreateOrganisation', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'other-72bc27a', 2, NULL, 'OK', '', '\x1e83301cecb46dfda80a10542396895d59192285cb80312ef241d3445c9352ac', '{}', '\xc5afc8a846539e8dba55e4eaf3bf95c9a9bc3363052da505f46062f9a642cf38'),
	('default', '01a2220a-dc9a-71b0-9a9f-351c2fbd1d6f', '2026-11-28 12:04:26.907101+00', 'RemoveCredential', '', '01a2220a-c1a9-7348-b675-dc3a6ed3d465', '{}', 1, NULL, NULL, NULL, 35, 1, 'OK', '', '\x26e8f5feec7cbca835c26429181bdcccc6157bbe2db4643667acc3ab33c7255e', '{}', '\xfd16b517f0cb44114935021ebc93c268c36e669ec1b5bef821d33607a61efa56'),
	('default', '8d332658-6ed6-4afa-b87f-3e976f9e15f4', '2026-11-28 12:04:19.891336+00', 'CreateCredential', 'bootstrap', '01a2220a-c133-710a-8423-cec587ae4bfe', '{}', 1, '\x82dbfcec230cf6101aa203c7ba7e8c1f8ff599f001c776bc4dae9c81b581fe7a', NULL, NULL, 19, NULL, 'OK', '', '\xe94d1f6870297e8f6a1e41ff42d74b7a50217bb4a7c3591e52d89d3e0990f9ea', '{}', '\x524c24063fbd33778210ce2011e643d1a741d3e73cec4bd562ca3f767c37df42'),
	('default', 'f9dc9eaa-dbb1-413c-a10c-7aa5013d8af6', '2026-11-28 12:04:19.898971+00', 'CreateCredential', 'bootstrap', '01a2220a-c13a-7ed2-af28-8704cf5fd53c', '{}', 1, '\x6d7d6acd941087971847f8444031b676d5f644ad5f54e00c92fa0f1f582291e6', NULL, NULL, 20, NULL, 'OK', '', '\xc28f98e0a5beb66f5d87f6cfcb8c3bb502bc8894f5df40216cd405aec81c87ff', '{}', '\x94de893c1653172c9d1147e642f2a2c07a95b6674babde4aefdd941522e60c7e'),
	('default', '9bf1cdc6-3686-4f87-b678-9b62589d32c1', '2026-11-28 12:04:19.909149+00', 'CreateCredential', 'bootstrap', '01a2220a-c144-75d9-a8c2-f309f84c9e52', '{}', 1, '\x28082f6fc1e98aa9991a018241e594096a0749cc357468f043a6fb764829a162', NULL, NULL, 21, NULL, 'OK', '', '\x289774b452df0ffc341419ab16fb99f6392917319d8c75d8336341e8acb762a0', '{}', '\xce6208f349181429d297d8cf8009b1a256f475db9df73d114eccd63c23819c74'),
	('default', 'e83bb68d-bcc5-4a74-bbd5-7068cd75a3ee', '2026-11-28 12:04:19.916701+00', 'CreateCredential', 'bootstrap', '01a2220a-c14c-78cc-9d9f-2b9735780548', '{}', 1, '\x548f600cc8ab5fbba3bc4ed0ec62a234b14f61f931bae7559366a085cff46095', NULL, NULL, 22, NULL, 'OK', '', '\xbec23ebc67c61c17a453d1d091bee6e68d546d5e007b4f2464c28214dee474ec', '{}', '\xd57237493fd97834b39d5415595a698bef71d7cef3b7dc36d81125a3632ef61d'),
	('default', 'a53875a0-99bc-47bc-8fa4-3154779118b0', '2026-11-28 12:04:19.922489+00', 'CreateCredential', 'bootstrap', '01a2220a-c152-7af2-9b4f-6312f4dcfc66', '{}', 1, '\xf1fbbc8df9ac283149637d073453a58261cd8df8f268bf4ab51307913222ccf3', NULL, NULL, 23, NULL, 'OK', '', '\xcc1e2d1aa448b3f04d868b4898e192e595579b1a5f3e44b625c9b14cd3bf227d', '{}', '\xf318ef1081da8bd957eb2965ae42b5e2c1b4d6c7f2fcb7cdae24b33c85eeb349'),
	('default', 'e9bae6ee-843a-48db-9334-e4172fc25570', '2026-11-28 12:04:19.93003+00', 'CreateCredential', 'bootstrap', '01a2220a-c159-72b7-ab48-a98e80068d45', '{}', 1, '\x6b662ae8c2791539ff9181c39b33ec8a7dcd57dc03b465add57d2725ff26fb6e', NULL, NULL, 24, NULL, 'OK', '', '\x839f49cb9f188bca9d30c443c0318f1a4ba7267f03c9774d77837a26b4a3eeec', '{}', '\x5f0021a91466589159125e16e695bc89158b54153c100e35f16ed1f91d903801'),
	('default', '5a90ecee-bd3c-4715-b670-70c987da28ac', '2026-11-28 12:04:19.937267+00', 'CreateCredential', 'bootstrap', '01a2220a-c160-7ba5-845b-7f713ae76a74', '{}', 1, '\x4a3a69e361b30dcec1045e519dde041b781200663010d3c639d75ef90606a54c', NULL, NULL, 25, NULL, 'OK', '', '\x44d0abc71c94357e31e5a66fe40b1acca098a9658887a7a8d4b110c5204d4c51', '{}', '\xf088f4b6ca864fa7498731a492142aa9ac0d6a39e3a3e91c0eb62e39931725bb'),
	('default', '35a6393b-b86c-41fc-b6da-33cd44c112d5', '2026-11-28 12:04:19.948855+00', 'CreateCredential', 'bootstrap', '01a2220a-c16c-7f9e-bb1f-20c8bec144b9', '{}', 1, '\xd4032789af9f377599325be2091b3c239e541a564dea3ab08490b384a6dca5d7', NULL, NULL, 26, NULL, 'OK', '', '\x01c07f9d0adb3dc60578a24a608c4b3607683312751d6f99ed8e98f323caea72', '{}', '\x71def57df6c39d8a6db82e37aa09fb5c3b610ab828a1ac0c71b8791c865d980c'),
	('default', '2cd4a88a-69ed-49c4-a6f4-584d30fffcbd', '2026-11-28 12:04:19.956009+00', 'CreateCredential', 'bootstrap', '01a2220a-c173-7012-ae2c-bb0068330867', '{}', 1, '\x44ef1025682f4e6ff0be22788ca0b0b3ef87024ca6f055a84c6edfd124d3b595', NULL, NULL, 27, NULL, 'OK', '', '\x44657a351e3c0173031163b402a115cf03c52a63493d0f3b60f5d9491abde79f', '{}', '\xa9cb661b5f26a8c064abe9cdb97928511e716f5a3c33c08e709e236c93bdcf75'),
	('default', '8eb44381-4169-48c3-b488-c35566524992', '2026-11-28 12:04:19.962099+00', 'CreateCredential', 'bootstrap', '01a2220a-c178-7536-8414-7f7a24745f21', '{}', 1, '\x228dc0364a26bd63d62507a46d246a137a3a8d81c539d4f8a969a7f3be426bb0', NULL, NULL, 28, NULL, 'OK', '', '\x93f9f91e6ba3e954587a10950d18e16cc57e8cfb04ec2d7b48a6804b2630b534', '{}', '\x76a76aed8347cb9941b0204c85fb12df9b717e0e6d3a2cf4f2775ef3ce1b54de'),
	('default', '121933f1-2a24-4771-a70d-1272efb0392b', '2026-11-28 12:04:19.971159+00', 'CreateCredential', 'bootstrap', '01a2220a-c182-7a08-a746-4b7285ef7b0f', '{}', 1, '\x9efc7bcf6f48451ae2012cbf0afe5c936d6dd9db17253e83b2338a4f1e8c4028', NULL, NULL, 29, NULL, 'OK', '', '\xffeaeae1990cd3aca6a54d78d38fdfca13e1b3a138e7c2cd7b6e309a6d8b983c', '{}', '\x211a6740517d33b3a029dbfa902dfd0874791dedf7cbc4ea03fade2a4db3099d'),
	('default', 'cf91c509-c841-4e2d-9e25-e77127d65310', '2026-11-28 12:04:19.978603+00', 'CreateCredential', 'bootstrap', '01a2220a-c18a-7869-a38b-964e94430000', '{}', 1, '\x95c7676c5b10db589edd13a2db2ee7ce3a9d821e1b846a8aedc54b42f5fd210a', NULL, NULL, 30, NULL, 'OK', '', '\xfe3ef3f655bb66ca5045db6b79fea7427e47c3d5e1d7329cb53f79462c9e50ab', '{}', '\xbb23574461a415176c762f8576c7810dd697d79b27c9a166c77b3090e4d6fd31'),
	('default', 'a83829d2-52dd-4416-8f95-37f4bc3edc62', '2026-11-28 12:04:19.99292+00', 'CreateCredential', 'bootstrap', '01a2220a-c192-791d-b4ff-d8f82054c686', '{}', 1, '\xf1eded25cec3c1447342a3205c8316067a28b8ebf1bfc9fbd3d2d372c3eeb63b', NULL, NULL, 31, NULL, 'OK', '', '\xbcb77c1d4a1c2bfaa838c7a9b7bfe26c3dc5806f3da0e1329c1e5620a54fcf15', '{}', '\xac3ff095da5f79ebcc1bb104c3d4af6d891297bf5f771d6c81defed522674fda'),
	('default', 'f3b596e1-58cc-49ce-953c-2e434d5e4eeb', '2026-11-28 12:04:19.999271+00', 'CreateCredential', 'bootstrap', '01a2220a-c19e-7e1b-a1b4-736d3c92f1a1', '{}', 1, '\xbd83be08f16be20ecf9ba2f7612fbcefc5af86c417b91dc65cd2ac6912471a3f', NULL, NULL, 32, NULL, 'OK', '', '\x4041b74fb95a1bd905f4d02c822994010683bda74ff96637ec24a8811c983afe', '{}', '\x26662a2b064d596f2d8f5d6f596a1d18e8f8594dbe87b314152ea943bdfb42b0'),
	('default', '02eec67b-581d-44f7-9db4-21876f0dbc86', '2026-11-28 12:04:20.010285+00', 'CreateCredential', 'bootstrap', '01a2220a-c1a9-7348-b675-dc3a6ed3d465', '{}', 1, '\xbee9cc2031bca4ecaba319d053c41c295ddfecb03fa012bb9b7fe75017f4c57b', NULL, NULL, 33, NULL, 'OK', '', '\x6551e0280645b1820cf1cd78a2654d1bf43e340b2adb3cfce8f13492d0317a65', '{}', '\xed1954a2287b8fd4c4e608673709ff4dfeadd33a6f601f782119d75134ce2ae7'),
	('default', '4ab96b31-0d36-40f8-b214-6b94e0c60500', '2026-11-28 12:04:20.016213+00', 'CreateCredential', 'bootstrap', '01a2220a-c1af-7401-bc55-c455450f806c', '{}', 1, '\x84ead7e387fb5e52327da92c2eb6ecbe8ee40166956103097807c650ce6ed8a2', '18490933-ec21-4f9b-a4d4-5a746f9bc5b8', NULL, 34, NULL, 'OK', '', '\x928a8062fd93cbc6a0c96fe69cd3ea78eca4059dc3cef8af57758403340038db', '{}', '\x22ec69405d8ec4f481f64e9e9af603e4b48d6513b7cbe4505d7a5cc7b8d5b548'),
	('default', '01a2220a-dfd5-75b3-9e3e-fc3d9b5a638a', '2026-11-28 12:04:27.733274+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '5', 36, NULL, 'OK', '127.0.0.1', '\x1f715b30653dde4693fb6fcd584b2654ed9de26a17fd6ac3ed342b18dda1bccb', '{}', '\xd3b7948deee3b2663881b88db96fde5cb0f77c4c88dce5a76b82b351c857dcc3'),
	('default', '01a2220a-dfd8-74d6-82b4-b28ea6728291', '2026-11-28 12:04:27.736511+00', 'CreateTeam', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '6', 37, NULL, 'OK', '127.0.0.1', '\x005c24ff8f0ba215fb04ec3bfbbe16c27a113c8d80f1698a4960dc2cef347700', '{}', '\xa2ba72ec5935010ea472c1ae59f8af3697d9947cd3d73d477b0807093a0dfac0'),
	('default', '01a2220a-dfdb-7320-b39f-f3161e389143', '2026-11-28 12:04:27.739375+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '3', 38, NULL, 'OK', '127.0.0.1', '\x90f9ef374747f51d9eb9e3e1bd5b90a589ba7eb04f5dd1264e977532f581fa34', '{}', '\x744b29ddff3f5245b157b7ec2114e1d0962d126f1e191013637b223dde8fc5c7'),
	('default', '01a2220a-dfec-737a-a8b3-f78e02f0b65a', '2026-11-28 12:04:27.756051+00', 'CreateFolder', 'bootstrap', NULL, '{}', NULL, NULL, NULL, '4', 39, NULL, 'OK', '127.0.0.1', '\x7345356142ea199ed01499dd9ccd6d9edc233651e55e921e7b757808103d727c', '{}', '\x73597a2b1b01c85f3c6a1dfeb17671a0e6b66af066f8ee85273d60f561e20031'),
	('other-2a1d719', '01a2220a-dfbc-73d2-8ef0-fa414dde27ae', '2026-11-28 12:04:27.708384+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'f3uqv5wruu2g', 1, NULL, 'OK', '127.0.0.1', '\x91fe6de8909ff4a27651a00c669e928ec2f38dba6c2ed581e007f659dd35a1f3', '{}', '\xdddd1f9cbdb090be2827ba43c4d00625a7c52646b4068537c5f3eb7766711d71'),
	('other-2a1d719', '01a2220a-dfc6-76f1-b853-2f5528f09961', '2026-11-28 12:04:27.718454+00', 'CreateApiKey', 'f3uqv5wruu2g', NULL, '{}', NULL, NULL, NULL, 'czjykvfovi3j', 2, NULL, 'OK', '127.0.0.1', '\x17be034bcafe82abe40894ffc02861bbebfdc9114ccb1971beda8006ab701f7b', '{}', '\x8aaf8a7aa8148ea3af94b501aa099856d994575d4ea0425289dfe24379587726'),
	('other-2a1d719', '01a2220a-dfcb-7061-9833-9e315c539fb2', '2026-11-28 12:04:27.722928+00', 'CreateCredential', 'czjykvfovi3j', '01a2220a-dfc9-749e-8420-583716ec0508', '{}', 1, '\xeb1d942b3a46bb4ba5d1ee148f9c8e4ae9bc529d2f645613cc0b1519e56dd662', NULL, NULL, 3, 1, 'OK', '127.0.0.1', '\x30e4bda6c1886af7d6362895f72701c16225bec209e1dffff59c35459b3d80e7', '{}', '\xd06fe9db65a2ae1be9d5fa5549e084a69284a4784a7ee5975002809b097539fe'),
	('strongroom', '01a2220a-dfb8-71cc-bbea-1c35e04823b3', '2026-11-28 12:04:27.704856+00', 'CreateOrganisation', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'other-2a1d719', 3, NULL, 'OK', '127.0.0.1', '\x7bce1985c1c037bf04c4d56caf880c08491d713c99306f2413ab1f0551fbce77', '{}', '\x37b23e7f2df4eab6055a585f97c2a51681251378f6a93bff89763e08b09a192e'),
	('default', '01a2220a-e0ba-77bb-b7d9-e2277fc52482', '2026-11-28 12:04:27.971495+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'l66xhczaylcc', 40, NULL, 'OK', '127.0.0.1', '\x9a4f42250b3bae732be547bce54b474abc8c6371704a16815cc45875c07d1fc9', '{}', '\x28b5e9600af1a56998916381c963090fe1ff2ddd5c7f3a8931117f5fa234574a'),
	('default', '01a2220a-e103-71c2-9efd-b2bb849acea5', '2026-11-28 12:04:28.044237+00', 'CreateCredential', 'bootstrap', '01a2220a-e10b-7668-a5ad-f579f28a4a86', '{}', 1, '\x9784661cf219f8ee9df31ded07f407e10f5cc7cda4cdf0246703cb37574f1709', NULL, NULL, 48, 1, 'OK', '127.0.0.1', '\x145730b76bc9129d6f6118c8c789ea77de5716d9bac158c9bd78b667fd58afaa', '{}', '\x811e61e7cf1ad4839168f4d5b866c2898540158c9b6453c3eb9bb15ed6f22513'),
	('default', '01a2220a-e0be-7653-acd5-0a0b98edec0a', '2026-11-28 12:04:27.975555+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'rl6bj5fxg2li', 41, NULL, 'OK', '127.0.0.1', '\x61feaa6e24c957f8732ce13263d14a2bd395cb38a943b1cf62e8cee7ee81f555', '{}', '\x318a00a74c534b7c43f9bd7127c38b7f3db0160399c5dc3f446a0680419dfacf'),
	('default', '01a2220a-e0d0-705d-b0b3-9b5a2123243b', '2026-11-28 12:04:27.994025+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'cat2shhos5ov', 42, NULL, 'OK', '127.0.0.1', '\xc2c6eeeef730e9ecf3f80b7a23c8cc05fe405096749dafc9f3a05d86b0391bd4', '{}', '\x30e599c1389477eb4f40726d0c0b4e8f37fe80154897810853237567b4fe7904'),
	('default', '01a2220a-e0d8-7624-bbe5-846b0c22c3ea', '2026-11-28 12:04:28.001587+00', 'CreateApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'tijsumd5orrg', 43, NULL, 'OK', '127.0.0.1', '\xde1e200ad648f6a9116920b809830f35b5dbeb585d1496e45f4df5ab7fba79c0', '{}', '\x4348483beaab4002c413de704b15afc6c09f5cc40ac7ecc81849b9de3092e61a'),
	('default', '01a2220a-e0df-7775-b757-30bb976a4074', '2026-11-28 12:04:28.008631+00', 'RevokeApiKey', 'bootstrap', NULL, '{}', NULL, NULL, NULL, 'cat2shhos5ov', 44, NULL, 'OK', '127.0.0.1', '\x08fb2efc8ca2e0fa898ece385931254e587117f6011435be2ff29368045cb389', '{}', '\xef43723bf4e7ea73fe89e832c84d5c1ea2e9da9e082ee972cb0a4a9e6bd5e936'),
	('default', '01a2220a-e0eb-72d7-8b2b-ba25794f09c1', '2026-11-28 12:04:28.021099+00', 'CreateCredential', 'bootstrap', '01a2220a-e0f4-77d5-af6f-7ff7144ad8b3', '{}', 1, '\xbcf3ce98b0145bb388e0248924f4a9614a45ef59f6e896788292498a6d5eac31', NULL, NULL, 45, 1, 'OK', '127.0.0.1', '\x21bb564d1140a244e917a92087130921e13c1933b15e9b7f5b7ea7d8dabf7868', '{}', '\xa9a5041921fc628bc9317759040c7db601220593ac35d7034aa9addf934a09ad'),
	('default', '01a2220a-e0fc-730a-9021-2c33c6b6c0c5', '2026-11-28 12:04:28.038074+00', 'CreateCredential', 'bootstrap', '01a2220a-e105-719c-8ae9-a31300bfea32', '{}', 1, '\x3e85ad715a8ae56078819e0a120733d48e4379263112a09f6898a4f1a88061ce', NULL, NULL, 46, 1, 'OK', '127.0.0.1', '\x5fe3dd020a3df786fe3cfe44141a4ad2007cc538d1894438c4b301738a2c2318', '{}', '\x9f4652a966524ef12255499d8dc0738c9658b58121e2ddac9e934949f9378251'),
	('default', '01a2220a-e100-7023-8518-d21e84ee4a0b', '2026-11-28 12:04:28.041801+00', 'CreateCredential', 'bootstrap', '01a2220a-e109-75f9-8ada-c5d5d3693cb5', '{}', 1, '\xfc6ae827cf7272aa9f204069547982c48acfca9af3c11fa6611204b819c82355', NULL, NULL, 47, 1, 'OK', '127.0.0.1', '\x0d65d5c2e3b193f164cab0948ac74a4eb4977b6d94ab2b05a3f862c6f9d1d06b', '{}', '\x7cd31197e50587d687d596dc566a170d7b355b5e05234862ebb3b20523ba45b0'),
	('default', '01a2220a-e10a-74df-b497-3746324a54e0', '2026-11-28 12:04:28.051745+00', 'CreateCredential', 'bootstrap', '01a2220a-e113-785c-b186-6058c62c482c', '{}', 1, '\x24b838ae69ac1ef198657e3fcb0749d9f1fe0d79ddc88889cbcfac228936e30d', NULL, NULL, 49, 1, 'OK', '127.0.0.1', '\x62db1f9aa35c75f58dbd990b20787cf54724fc6ea41827c33de0d5b4f4253aaa', '{}', '\x6fe4e9c402bcd6ab4a4259c3814d954999c28bc1b3d4273b74c66a45dea13794'),
	('default', '01a2220a-e10d-7358-9ede-9342f8a4bd69', '2026-11-28 12:04:28.054879+00', 'CreateCredential', 'bootstrap', '01a2220a-e116-75a3-a093-fd1d5c266d82', '{}', 1, '\x9aeab4fa7c948aebc83e733f6ea2fa79d818f811954583e1275023cf91464c4e', NULL, NULL, 50, 1, 'OK', '127.0.0.1', '\xf3b1296f435776ba02d367b6a58475e59dc657a56629c29c7190fac8137ecede', '{}', '\x8a5b9e12a17015b713a87887c083154f105fb86118a01036363872012ae20475'),
	('default', '01a2220a-e111-75dc-b78d-137949357a5a', '2026-11-28 12:04:28.05856+00', 'CreateCredential', 'bootstrap', '01a2220a-e11a-7215-9cfa-042ca0d49ab4', '{}', 1, '\xe4fffb78b2706d4683be3c3d69778aaeef998c97e80dcb8dc422c4ba1dd8bcb5', NULL, NULL, 51, 1, 'OK', '127.0.0.1', '\x8c7b5dc385458ded486f243066100d55240c5145ea4c01b5d9261512ff20417b', '{}', '\xc5c5357efeb84309a250747d61742bbe2b4e83440c5c37cee0a8cca500541b87'),
	('default', '01a2220a-e113-75ad-92e1-1ec77f2ccdf9', '2026-11-28 12:04:28.060966+00', 'CreateCredential', 'bootstrap', '01a2220a-e11c-75c1-971f-0db78b4efc1a', '{}', 1, '\xbb12570f26b6f90146bd5c9ddc3b99cf8fc1dafe8ffd3776da7a87d3ac7df8ed', NULL, NULL, 52, 1, 'OK', '127.0.0.1', '\xd952093007ecd575d4e32847d7dd918d09673973afec20968f72560a5a14f0d6', '{}', '\x4d7783a2aae8cb43d4a5a3706d39f10240ffb8bf0a5cd3421e373584d6240816'),
	('default', '01a2220a-e116-75b6-b7c9-0af7fb6d4450', '2026-11-28 12:04:28.06319+00', 'CreateCredential', 'bootstrap', '01a2220a-e11e-7c21-a22f-477eb8eff60b', '{}', 1, '\x1001b417572ec222e279a85453089932ece73c121dc53895788333eaad8cf8af', NULL, NULL, 53, 1, 'OK', '127.0.0.1', '\xa9d7996909e7b3b29ef9cec000ff501ed8751b6c786349f65d07a02c68c91357', '{}', '\x4a547bd10fbbf2341f6680a4aa6b636d5afbf03e02390b92b1d5c1dea866d6ee'),
	('default', '01a2220a-e11a-74f7-bbb6-2fb1aa9d3a75', '2026-11-28 12:04:28.067388+00', 'CreateCredential', 'bootstrap', '01a2220a-e123-7531-a701-cf30b5563680', '{}', 1, '\x481941b75b7637420bf8c0964db809b93e28737eca85046ad712d27e5880cee1', NULL, NULL, 54, 1, 'OK', '127.0.0.1', '\xf033a92c2e03851a12ffe5a97bd01aa0b9b479309899a773c40513320a73b01a', '{}', '\x75cbacb1cdf4c12f65c6a170765e1827ccda85e8c31ed08481a1627fe81ff7bd'),
	('default', '01a2220a-e11d-771b-a19e-02208b785805', '2026-11-28 12:04:28.071096+00', 'CreateCredential', 'bootstrap', '01a2220a-e126-7049-865f-4fa797c4af89', '{}', 1, '\xc729705865dbf485f5831ee0a06d57331803fa0fea152e864f7ab52900ab9d6a', NULL, NULL, 55, 1, 'OK', '127.0.0.1', '\xce82cb1e57571a73e0bf8ff95c472cd078d95d9bdf15b0c55ba2c0e0d9fd4379', '{}', '\xec04794f4fd6a359f5752c4c586feacd0e5305cfbe64e21c929253bb10f47e12'),
	('default', '01a2220a-e121-7101-acd8-3928b0c41e7f', '2026-11-28 12:04:28.074201+00', 'CreateCredential', 'bootstrap', '01a2220a-e129-7a73-830b-bcf446cf0fec', '{}', 1, '\x8dc807ebd1b7760490f48cec71ba7b105104221b19d549d9227fe4019dd8a079', NULL, NULL, 56, 1, 'OK', '127.0.0.1', '\x49ee44871c940ae012f83963c74f1648ad26bee593d12d0788646b1c2fe56bf2', '{}', '\x1e1c562eb4499ae64d9523f9f422f2d07d68fb51397c85d077b16e8871daa630'),
	('default', '01a2220a-e12b-767a-aece-19b977ec8d64', '2026-11-28 12:04:28.084646+00', 'CreateCredential', 'bootstrap', '01a2220a-e134-7c2d-aa4e-24abeb0cc7e8', '{}', 1, '\xcb7f82913f98f6fd0f486ab13f9412c2538388be3f79a7f120abb519cf8c9154', NULL, NULL, 57, 1, 'OK', '127.0.0.1', '\xb8a9973f86994a4cc89302c1720177aba1655a2c441ac39c31a8572a26f8043c', '{}', '\xcf7523b2030c5fe6bee99e199ffca587ba0fb47318d446ed0c4923c60e2004f4'),
	('default', '01a2220a-e132-7310-873a-326bf9746562', '2026-11-28 12:04:28.091148+00', 'CreateCredential', 'bootstrap', '01a2220a-e13a-7b84-bdda-51ef053c1f14', '{}', 1, '\x132e7890146db7dd01234e6e17cedf2b03a69f0256163396c24eee5cd39036bb', NULL, NULL, 58, 1, 'OK', '127.0.0.1', '\x5365fe3e69bbd02529423a5244bc226f258fe092459fd404e9430ba1832b2b6c', '{}', '\x777459f68814efb8a7d7813d8aa61a48b927545e7766f32cb87840d8d9aae9ec'),
	('default', '01a2220a-e136-7554-96de-5fa6d54ceb2e', '2026-11-28 12:04:28.095485+00', 'CreateCredential', 'bootstrap', '01a2220a-e13f-7e64-87d3-4de3675c2b91', '{}', 1, '\xbac27ec8a390c603d9e6fd1dfae807a930308f87d86b23c13836fca934884f5f', NULL, NULL, 59, 1, 'OK', '127.0.0.1', '\xba256c46d74f089026c3d646c5084ee5c63c2b82ec99d35168d0da8ac08eced9', '{}', '\xf12c518216891b708d9218aa079e2922531ec054b756ea5823df20058ce9442a'),
	('default', '01a2220a-e13f-7668-89b4-c565f969633f', '2026-11-28 12:04:28.104507+00', 'CreateCredential', 'bootstrap', '01a2220a-e148-72bf-8f87-70ab876fa8b3', '{}', 1, '\xfb83a520e6a993814f705e90b68da0c00b83bfc8b66540401b2953578b9ac305', NULL, NULL, 60, 1, 'OK', '127.0.0.1', '\x7f52648fef79e29278d8008c50589cd7fc132009c179c3010aeb9f6e71e32fde', '{}', '\xb40b703d95de1dd9d7b640ed655eedaab5fb6ae823522a1355fca6ef6f4ec2a9'),
	('default', '01a2220a-e143-7603-a12e-862e32a07ecb', '2026-11-28 12:04:28.109076+00', 'CreateCredential', 'bootstrap', '01a2220a-e14c-7ea7-8ede-751f88dd5a73', '{}', 1, '\x61119ee2368328cfb02f651ef8d23ff05b79c156c23222ccdd8ffda172a778a3', NULL, NULL, 61, 1, 'OK', '127.0.0.1', '\x3ff69c4f6c02e0fc2228d88e211a3fa8467e8ee21522cd7c072269de18b965e5', '{hidden}', '\xbaffee335cd15bddb705093f0d50c7d0d24f16df50f445337ea33b4ea386cc45'),
	('default', '01a2220a-e148-723a-8e6e-96810eaa8108', '2026-11-28 12:04:28.113957+00', 'CreateCredential', 'bootstrap', '01a2220a-e151-737e-8fcc-42fc330cadd7', '{}', 1, '\x066111cb88a7bf7c511484f114072d024f4497d71c2894b9e3e52198d5d74a19', NULL, NULL, 62, 1, 'OK', '127.0.0.1', '\x7aeb93f581f8a210818c01922cc09331d376feccbc9b77e191aad4916592a7c3', '{}', '\x32d0e926618bce329101d690cc68f689742193c016af86361990a0bd289ee784'),
	('default', '01a2220a-e14f-7353-886d-7d2c2497a983', '2026-11-28 12:04:28.120326+00', 'CreateCredential', 'bootstrap', '01a2220a-e157-7263-8b52-612fc06fa4ad', '{}', 1, '\xc3a5c02083a5203d6358adb1c527b390dca4918e284c19af2a76bee9a056ef26', NULL, NULL, 63, 1, 'OK', '127.0.0.1', '\xabd4d0b58159d00647cf14ee085e2d663a62a3e3b10b1d23dab2a67bd241f8d6', '{}', '\x4f7dc57a86f70924ca660e02372e316858b56e8e214c8e9fc2d7b6ff9135fb95'),
	('default', '01a2220a-e153-74db-9ee9-db21b5241431', '2026-11-28 12:04:28.124727+00', 'CreateCredential', 'bootstrap', '01a2220a-e15c-7da3-9ec9-e558858ed503', '{}', 1, '\xd5479cf2ba27addf4d0f1938631c04a861e1c8d1e379adad953a46afbcd4724d', NULL, NULL, 64, 1, 'OK', '127.0.0.1', '\x70acf5682e6e7ac9628003ed6e1c774cabfef1795df6d7593daebe0563846920', '{}', '\xbe12dfc2f6b5cd1e4aa73adc872c96c4d116373ee985c5e3a17cfed4dd869c39'),
	('default', '01a2220a-e156-71d4-b805-4135e3524e90', '2026-11-28 12:04:28.127475+00', 'CreateCredential', 'bootstrap', '01a2220a-e15f-7e3d-99a2-9f396e87ad9f', '{}', 1, '\x1824458370d420ed02da5ffd9ef25a55f84ce5321963c00dc881d568a026ed5e', NULL, NULL, 65, 1, 'OK', '127.0.0.1', '\x57de5ed7c576988133425632647cb53ffa59a79a1cae22b0f94b7d07fc0f2bb6', '{}', '\x0ad553ad27965476135851dbcf062eadd36fcf2d77c9b3ca0a9ac8d4596de118'),
	('default', '01a2220a-e19e-7018-a1a9-bb13451e893e', '2026-11-28 12:04:28.19019+00', 'CreateCredential', 'bootstrap', '01a2220a-e15f-74dc-9fbc-404d03f38bc8', '{}', 1, '\x1dca8cd0de4da501fbb8d671e919f52f352ff85e17de708c8fcd441ec89d309f', NULL, NULL, 66, 1, 'OK', '127.0.0.1', '\x1638a9ca11fe8661d3d6a70d545693289aa9aa7dbbcd5c525c060be72a9bc87d', '{}', '\x5e5fb9d3d6f165f4785f7b9918b09d8bc747aef3c4ef945e52ac8187c7ee5892'),
	('default', '01a2220a-e1a4-77ed-8c7e-e313650061f1', '2026-11-28 12:04:28.196901+00', 'CreateCredential', 'bootstrap', '01a2220a-e1a4-7336-84e6-55f9d12d7b78', '{}', 1, '\x019685fcfad782cc358142d450a9010433ba9f603e223e38b8fe13daa6a8a563', NULL, NULL, 67, 1, 'OK', '127.0.0.1', '\x7796b7ab8e3581c12ed89ad8b724a526a97e2e9ddd41d08d7e28e5b72190c035', '{}', '\x07d13dfd8fbec529f7c0aced4da0f569fdc80e173329ff0bfb1c53f8e6a5eb78'),
	('default', '01a2220a-e1b2-757f-a7e9-b3c54c2d809c', '2026-11-28 12:04:28.210983+00', 'CreateCredential', 'bootstrap', '01a2220a-e1b2-76a9-a2d8-2469d8cf2526', '{}', 1, '\x79dc2de48eadfd900a079cf8fd683db1c43867d4e94a01f1a411c5e86c99edd0', NULL, NULL, 68, 1, 'OK', '127.0.0.1', '\x92b6e0d47097ac365b15eb7a6b6c2d296a3182fb523abe03dde90b055112e39f', '{}', '\xfee7e11fe25834ca5e2411993760ac5f3736b859243bdf225f88b454a0370b85'),
	('default', '01a2220a-e1b9-767b-88ae-c85b08edfe56', '2026-11-28 12:04:28.21793+00', 'CreateCredential', 'bootstrap', '01a2220a-e1b9-762e-806a-4011c6638462', '{}', 1, '\xf74f45209f0a0b14b6494c7f63a1d03c8d1b5f9c5970637ba47bce80f49aa1b8', NULL, NULL, 69, 1, 'OK', '127.0.0.1', '\x46b0ce39a5dd33c10e1e2f3dbc6ca3178f6b1fc0a354cc8ddac8097f6f903543', '{}', '\x4974dab5f17471a7a4a7a417d68dd227e55e0aa96883098f36fb9601bb1f262d'),
	('default', '01a2220a-e1c0-7013-af95-9ed83b9ec7ba', '2026-11-28 12:04:28.224554+00', 'DeleteCredential', 'bootstrap', '01a2220a-e1b9-762e-806a-4011c6638462', '{}', 1, NULL, NULL, NULL, 70, 2, 'OK', '127.0.0.1', '\x99ed9b5938dfe0ebbd3c273e424edc5ee2e3c169511723280376b09a87403e93', '{}', '\xdb337f54ceb4de898efc1d17585314ea0c0948da7160a5b05f31a191219e2200'),
	('default', '01a2220a-e1cc-71ab-91a0-82a0266f3a80', '2026-11-28 12:04:28.236114+00', 'CreateCredential', 'bootstrap', '01a2220a-e1cb-7ee9-a503-8c6d9e333a36', '{}', 1, '\x1323c958bbdc646f56f1bbcdbe27fc49cb3341e3b870aa59b7e242376d4357c2', '3d48033b-33c6-4953-93b6-a3996ad2c2c9', NULL, 71, 1, 'OK', '127.0.0.1', '\x8612210d8a716fc6a291ed6bf024fffbb559ce6ab3eb15ac4e30ead072b4c47a', '{}', '\xba66da440b41b9c46bffc87346135b8de1cace203fa0bdb9c328e25b168a7bda'),
	('default', '01a2220a-e1d1-70d0-882d-ac4b0d6a8b70', '2026-11-28 12:04:28.241614+00', 'CreateCredential', 'bootstrap', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '{}', 1, '\x08b32184c220527975111131755196cf438d5791025b4489c7eb8a31792bd79c', NULL, NULL, 72, 1, 'OK', '127.0.0.1', '\x1cd7645deb40e95a2a49e5f7ef17182fdaf2807819b6fca96b66ac6e5edc3b08', '{}', '\x51458eaa8db8b6477f3c0f6b13bea1df35bce556625ee1bc0b66496c5fdf1eab'),
	('default', '01a2220a-e1d6-7272-a161-b89647c3fd56', '2026-11-28 12:04:28.246959+00', 'UpdateCredential', 'bootstrap', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '{}', 2, '\x452c19f199ac7277d334d5a815b25ac4d81ba9141d8728c632ed0c66b1c92ed1', 'e00264a2-19b1-466f-9125-537b9080d524', NULL, 73, 2, 'OK', '127.0.0.1', '\xb1164604c81f93d09437d2db658fc7f71369915066a75c4921307359ed129b0e', '{}', '\xccbfdad969e0198adee3777a6a9859fe53329f61c52fe7060745dddbb3f56363'),
	('default', '01a2220a-e1de-72e8-ae7d-406ee3c76faa', '2026-11-28 12:04:28.254306+00', 'UpdateCredential', 'bootstrap', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '{}', 3, '\x55b3a3c5e6cefe8455faebbefecd750b2558ce9e3b87a145f63dde3aa4d1d157', '678f1f83-b54d-453f-aa52-bec8d1f71664', NULL, 74, 3, 'OK', '127.0.0.1', '\xa9fcca294bb3115375f7f772d4c67cb6eb6ed61f127c695a77785d1a5cda8429', '{}', '\x2e1b1af6579acf0643291796e81139cfc8562c5b16aa164009660fcc0a6def0b'),
	('default', '01a2220a-e1e2-72b9-9971-d163a9f80a3c', '2026-11-28 12:04:28.258564+00', 'UpdateCredential', 'bootstrap', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '{}', 4, '\x16f2d88596ae17acb5115ee0ece7b0402b99f0cab5bf9cf864b8bfe14d14fccd', '3b1c7c41-2fc4-41cb-8592-993a7c0e0cce', NULL, 75, 4, 'OK', '127.0.0.1', '\x63a6372979b4fbacadcacbde19f503fa9f7734ef493c3563947c5834ec6fa447', '{}', '\xae47948f02b32a749aec7fa46fcf891e08aa93d00b5221bfaf01f865b5b7ef59'),
	('default', '01a2220a-e1ea-7740-8737-38f3e16c2a6d', '2026-11-28 12:04:28.266488+00', 'UpdateCredential', 'bootstrap', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '{}', 5, '\x34101ac3110e28bd33ed49cb1da61efcb94fc04c30f781f432682380bfe9148d', '090118bf-a965-40d4-8e4c-cc9e360428ce', NULL, 76, 5, 'OK', '127.0.0.1', '\xea8172e8f2d2eb8226d926c12fff15ac18262ac04e01957fa953b2f4ce59bedf', '{}', '\xbfa0fe614985727fd1674500bfb789b09749e27e7bc83ca9639239f3ad983907'),
	('default', '01a2220a-e1f4-70ef-bab9-af6ba05c01c3', '2026-11-28 12:04:28.276268+00', 'DestroyCredentialVersion', 'bootstrap', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '{}', 2, '\x', NULL, NULL, 77, 5, 'OK', '127.0.0.1', '\x2d92ae789414c3f120eca6b0f8c8d824fcfe6f57debb3a3593cbe6f31533e698', '{}', '\x6592f4555d2a200c8b5949d6bca6f372f875d53b5f7e0b674a2956fee8b179a2'),
	('default', '01a2220a-e200-740d-9095-c55da13445ad', '2026-11-28 12:04:28.288589+00', 'AccessCredential', 'bootstrap', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '{}', 5, NULL, NULL, NULL, 78, 5, 'OK', '127.0.0.1', '\x89f8fcb80f1ae54a5f98857f2b58c9a2617ef5697594155125b69fe83172b261', '{}', '\xa78bc9b635788038269fa26c0385ab024838444124e742cbdfb2b03a2988aa18'),
	('default', '01a2220a-e208-77d6-8db4-3aae87df0a3d', '2026-11-28 12:04:28.296067+00', 'UpdateCredential', 'bootstrap', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '{}', 5, NULL, NULL, NULL, 79, 6, 'OK', '127.0.0.1', '\xce7f94e8bd4cf9a78ba7309cdeea49d748f27da7c45ae308a19b31547f8d59f7', '{}', '\x34df18f87e8feba1e0e9320cf3ccda652f0d5d397c9a7308dc2b387ef29f5eca');

INSERT INTO public.audit_heads VALUES
	('other-72bc27a', 'newest', 3, '\x6091d71f62b689b615970465dfdc5da5ba86827082c6cc930386ce6c5d52f33e', '2026-11-28 12:04:26.919067+00', 1, 'ba6fe10b', '\x3be081cdb98e326dcf3af40345b9695bc1148c846342e76f6aab8f321486d496edf9f1a9261dd5096e7e5ec05cc7164acd787b279df28498e584711975f0f208'),
	('other-2a1d719', 'newest', 3, '\xd06fe9db65a2ae1be9d5fa5549e084a69284a4784a7ee5975002809b097539fe', '2026-11-28 12:04:27.98529+00', 1, 'ba6fe10b', '\x4c01509a6367e01418d2120c4faf1cf19c9f9528d810c99104c1ee3789f28499885637edd36f909877efa9cdf19b1bb1ff8aa58e7e1f2248d1125c101a57ab0e'),
	('strongroom', 'newest', 3, '\x37b23e7f2df4eab6055a585f97c2a51681251378f6a93bff89763e08b09a192e', '2026-11-28 12:04:27.997611+00', 1, 'ba6fe10b', '\xdc4b275f505dcc73190e59f8678c4da1291519a80cdd2857d813450381c73f9fb39db40f8eaf58f759c6b8c5127fc67e153f77406bba3f3310f7dfff3a6ad406'),
	('default', 'newest', 79, '\x34df18f87e8feba1e0e9320cf3ccda652f0d5d397c9a7308dc2b387ef29f5eca', '2026-11-28 12:04:28.499211+00', 1, 'ba6fe10b', '\x05221f98134eaafc3dd753116a678c56801606625bd46ea5e75ef88046373c7200aa36aadde40940641f4c38f549a9e6adb0243b97f452a1c1cfd6d1af6b870c');

INSERT INTO public.boxes VALUES
	('other-72bc27a', '01a2220a-c0ae-7698-bfc3-d3b531922d20', 1, 'bbe8c47b', '\x340458e55b78f37c05780a3d4c832fd153abb31af6e1bbfcb92bc4e866d8da356e9432dbfb377466615b487c878104e87d4df61a5da3e2385335d2b94d835b9dd0f0804204af081c3d4c01cfeef2d35743ede9c2a6ac4321e4a2ccce76612375740187b7bbf7a4a25c74470877b0a274d14344cb143278035236c29d378e2453882d8650cf21323ecb3e088e73a260a71d97c288ed7693ceb575055ab1b5255614f41f544c9e65ebffedfb6a89715c5666365ebb6c6cc019becc570fa40ddbb3fef85979ce8c3c539bfd6ddca252877dc9cab2632549a959583bfa38521567230f1d37a41963bb10888a34e5de9e4ea2ba1db7fa8e23ceca80c67683254eec4dee4ba7c4332b41098e417fb54282404e6a1b649b729194d31369c6dd7948d108f1a7289a287f5409fee6cedd83512f48', '2026-11-28 12:04:19.758238+00', 'text', '', NULL),
	('default', '01a2220a-c0f9-7fd2-a068-b60eeffe20eb', 1, 'bbe8c47b', '\x5413e2a8f03deadd86f10bdc2511e7d88910891d18dc20eccdfa1c4747c92a08dd6758a69e05fd23ac8ecee934812e1e060a8136069ed2149952814b08b90fe39ea532d2baa7ef52896996aba70cf04fda28a116b118a967de6c7ec4dcde8c65ea36875125a68622527513906d88ff9085763f85e7304bf8c0dacd15e7958096bc8599b79e8e6c4ad8906752ab991ae49d9a7c95a8121d55ed111550beb3f8927672d37f25ed7d3a251761c47e02abd7c25eaf89915c34976f4ddabf3d9251d5ba235899910ef9923489f9967cc37a8c3450da8b113e4a0fed4d66a426ba40f43397eff365a4cc0af4824592f761ca3afd383edde56d812c03e36133478cf1dfc9d0f60af6fcc6cfe5d702c0fdb4d4c184ee53bcc237858616b2531ffee455728d1e9e79e84797ac6592cf3b7bcf896b', '2026-11-28 12:04:19.833508+00', 'key_values', '', NULL),
	('default', '01a2220a-c0fd-7ade-a49f-6028a44d6897', 1, 'bbe8c47b', '\x428549c5552627a773c3a5cb95757e86768a87c68e0f2c426684fde8f825bb0949c8101c80eab6533c3491bd157b03f177244090af7c0fc7ed60e2b2ed3edfefd99c2983fc3dd3f4e96d419ae9e033a0aa44a7866f1e96647d7b4457dbb460b06675bb766aa65c438f1cd439a6cfa515dc100e68130fa710e20e5bd9aaeada4c712ce0de8a0dbfcfb5ffb091efbc307ebe9cc80f54988f32afa5b25661e312cea0eb4a8cecf2c0013cf7d4b0b55b3f9ee11e57c757a161b5e26189f7fddc551dd535e3011cacf3428bffcbcf1517f83c9a868a4519379c2ca959da45c27ca9dd62b96f61ba282d0e6b0927ca7083e4bac376c88e7474ea31758828eb4d20f4827f03dd46c85dc8fafb28f0f5f6087ca01cc74e1a472a8d7694503bbd87b7ab280e998306cd10333ac9e1ed8fbff532e0', '2026-11-28 12:04:19.837066+00', 'raw', '', NULL),
	('default', '01a2220a-c102-7a45-adca-14bb7766a174', 1, 'bbe8c47b', '\x9d32442f6d421d33ac35cb08607bd876269beb706fb672f85ef3d3f8a724ac0ff12cf665723f1bdf0a362a363c82aadaea245706c23da9c54d5e1f622a9a8542d02c837af7ec4c5bd951062a5149b44eb4e9a968cc07312ffffb859a83a853d3fec47441a273a119678116c3f79951908be100584af5a89a9ed70dea5fba350dcd6c56583534852cfe8c345058b91caf3cf249dc90dfcdd923a72abe3746f6b7544c2cb5b84e88ebd5082579f3cc7eff112dece0ed93687b95b505b55a2b0730180e61d0c5423029c19fbd7292b86d083d24a489d0914c481ef06afbdfaed615b4a772c42dcd8386bf599fa752a781e6163a1315eccc304292c45b59ba48174e652079036d2fa32733b2e5c2a9dc366740fe460089cfca9c3071f18856867ca204f5c5e57d93dd705159f59779e51180', '2026-11-28 12:04:19.842486+00', 'basic_auth', '', NULL),
	('default', '01a2220a-c10b-7866-bcad-a59e1c543b3b', 1, 'bbe8c47b', '\x3f5f69ad61ed798c27c65d05c6206b879b9d8b40aa70779c4592a726e48c2f0aa2b7c840e3ce11219873dda1a66ae00488a23d024b16e891c4c4ca3356201187fc027968331484cd979361271e8a8a1648d690f571d519410df9cc5eda3979450c6dfdb6640d021948d9b35908cd316e033950a3a0863a0709414a01612f1365d64d80d1c477d88fa8377dbbbf5c96642de0e717715fdc6c964b4e99ed078cbe3bfc1ad92a16d76957dfc491656923c74bdf525cac4864f2cec4234f4df7fa688ccb74c57503a090b20b5558e49a6252558bd154f40212710f6fb07a38e8acd28185f8e819aa6f228f818187277ac175cf006f15874b83e2474db64214a8afc8cc3d75b4e666f0c0b700d6761bd662ccde526231d77c6be3c9fc5d65119971016fa983bb2d6b60a0ae94e62d67fd07b2', '2026-11-28 12:04:19.851561+00', 'oauth2_refresh', '', NULL),
	('default', '01a2220a-c112-78c3-8881-91ed8af65813', 1, 'bbe8c47b', '\x7c554b2872c524d77f4e429838a29e90cd87d885200e86b055a8905140cc371af20aac53b12e35b017e52d69bd134e8a93f5329f1aec4b4d1700fb0f1033ce0047a6ecc8b59cfc6a31fbf46f24c9eaf4353327bb1d7624b3a6d4bfa3b2e0ed1aba9e1347de8f2034d8bc65776e1831135fc3e0a37ebba717fcbf97fae1e9a3875466a33507252745eb75f50310a2b44823c35dd1cf6d1676a247ef9ace8d6b352f4af0f95fd791dd59babdbf3c9ad591ab7f06a954d2f69206b8772618284227effbb2c0b4b71d0ee928b3b2bf38f3768f1e4c997914ef371f3f7b8e346dfe3e243db313687928474008120a47ca9eb2cd84e423a79f12308f4e1254a2d0a618e10ced4de1a37e8ee6a79ea1430a9f455b7a38e87113b25bac5d79bc9d52b40a0d9592f99e6a85034d6374e9edc707b6', '2026-11-28 12:04:19.858947+00', 'api_key', '', NULL),
	('default', '01a2220a-c11a-7bb6-a919-a5e4b567cf91', 1, 'bbe8c47b', '\xa9f15c413474f7741086e23dfcbd19130d07f7f834f8d3cd31e0e454251c7638feb55b523bada4db69d119a8c5f014edf330abcbd7520d6273c36bea43ac70b51e67dbe0bddd7f435f6d2a00d84ab8ffd46b4a77ffbbbcab7351e4ab724892cce99bf668cd644b71aacbcb349ac3ae6b0d3f9ecdb777a6cf7153c021a69feb52d48669a3c82131b1aacd98bd78621998e645124965ed47f85d4b23f1b5d01d9930e08b076375055e77534493ad9ce5a62c2a5e282629a5af8a13cde23101cb4aa0c3584a263e5156bdbfca04b029f94fd1d09efe40ed1762c787cd370cfa8055d4036b4639ef297a7b42ae6e5a2f3642de4783fc081f7b398bc7b50442ab37c5b086fbf05c6817722df3965e6899c371a980fa16f489f29868a8aadf28580dc1fdbefce18841e971f79aead4575f88c9', '2026-11-28 12:04:19.866893+00', 'api_id_key', '', NULL),
	('default', '01a2220a-c122-7b9a-b4bb-04a83e7581f4', 1, 'bbe8c47b', '\x9d18bf6172e456ae20b5a000162a00f6ab5b209973bc00c14c2c465b42eac4695158b9ff5e0f26d8d4e6b69969a8f3e540bd822709c656846c5269b43dd52d6c6387170477e4c97e286005940fd39273ec26f781cf8f4716991ac75b6cbcb258dd4349c1b5d3b1e7f7cc302ef31b686341e2188ddd53ceacfbe5d931c7abe5305f93225c75d470187aa5e0830dc02e42ad9f3b026e382bd4a18c0d88f2efcd56487dc20d3d405977ca90a67a159905504b573fc1184c7030282a85518c6fb1cfde6c6794cc3ef372fe115fc3675fc93ae904104d9bb0111b4c42b0731fd099973ed391ec3d42f4e7c8202795e879dfeb17e8dfc4ccd9989f116a0e6972302ed9c8940f8e8482e482187cc4fad72c84694300b667fcf3b5b2145f99eb6dbc23f6b03c8da917388fe6000c89fcae9f4702', '2026-11-28 12:04:19.874008+00', 'client_credentials', '', NULL),
	('default', '01a2220a-c128-755e-972f-2798eb38cd85', 1, 'bbe8c47b', '\xd6fe6e6aeaa339b2b0632fcd4ea5ab29c4e191cc824ace4ebf9aa13cea336b0c390604b41ee2b970312c8f7cc8656136bc74f3053a223a56fd5db457c58fc9c1eb935e6f526a121a2e8111c798e77f59f1fa83fd205d1901570bc216fa4769fc2bfeb77cd53e31fd059ef0cd78c0b30e3fc0b063984d9061d7c38018c7708a6770d52f354eeebb14a9430b9c1d126cba71198b56d70755fbeb275a274cd4951a444eb620fc115621da09cca5be1c4bd501d5fa3dd1912f85e13a79348514a77a5baa229447b13909d988c427bafc7cfa0f54bc4688163b98a2707369a78c253ab94b93a96f219fba2bda3dc04e762a3a6ae2e4eed2cba41d2a4ab3cd5fa6aabe34fa22ed17b2dcd2676393a8271e42765c2d1871e9dcc931d94e6db9e451c8569b72a82cce9edbca31fd11d121d6de36', '2026-11-28 12:04:19.880286+00', 'access_token', '', NULL),
	('default', '01a2220a-c12e-7fe4-aae7-cebada2bc80c', 1, 'bbe8c47b', '\xe86b589e90897e5e4b3b77c1cb7d56b8e3c4af9762798c4a6e39fc4e5ba0466748da27e0a74d5f2cc82b66c4cb1913a830ed36dc468ad4dedaf448ab69fc636533336f8a967c50dfe59a98b0da1b8aeaeb2852d52b49ec0f858468aa4046ed0421832290db8bb8095e7a98099e0b65f71aa264cdbaae30c5ff8aab2f53480400f39b5bc15718ca36d940041f6d19ab785b4f8a586f598d67f29de02db46d090eff17537dc35058bc9153b5e1a3c72286ade1dd78151041e0ce873d0742c6b9c64b67387344c5d7471c8b066675448e2a55c9acc762677f5bacb219e6ff46c546c01100ea897e8ce8d46c803ea488b6b20dfe85d0a89f7b2371768efa8c786ef174ebc9cb61858775bbc998c1934cbd954fa2bbd16f5f684723365042def7a832d1b2224c715145af504f47790e234b4c', '2026-11-28 12:04:19.88658+00', 'json_document', '', NULL),
	('default', '01a2220a-c133-710a-8423-cec587ae4bfe', 1, 'bbe8c47b', '\x4e7a9efc577207cd668dc02bec66a347fdeb94cf50613b89274435e33a20285451adf6fd9980dc0be47f20b9b93884d9c03af8933310bff906e7f919987943e50febbd0bb2e3eaef8fab1b8d28a85c1c01ff2516c4924af803a68736c325ccbadf734094a7fb6dbaa3b65cfec542c2af3f2608e5bef84cd8d148b0aa6e3a4d8f51197ae40ec52fc5a34ebf862f3b8397d5845438d29440c0e72417227a7e3450ff6d1dffda97fd0b205e742287c700badf97e5e020e3827367b935b16a85566f029f84739e58a51e59b4078b2f28017f4086fbaf9bab6318d2a8fdd9af4c1546dbfee53f4feda8bbe4bb115399a37d34dcece69ac3dfd2d0d0aa50f0f3cc86ebc9ce66ceded5b3b6ea8228a67d4b175c45c34c3214bc2b501f72a38f32e2c4ab4c463e88e8628f3e304f2a8a2c5fe591', '2026-11-28 12:04:19.891001+00', 'text', '', NULL),
	('default', '01a2220a-c13a-7ed2-af28-8704cf5fd53c', 1, 'bbe8c47b', '\xd548af6eb95682353ee3e37244796c0abec356e1cae69ebeb7097bb80679927abf717a006b187988cd551a27dd0b750350d3908ba39c57f48d571d0578929c62912079441f6cbd1411061e9cddbb694d9204fa8a73c77693f234c6d748c5d2453e4e0aea1f544619d4c595ca6a6e0fa1c4530c4101941b9c29f64eab529223a9aad6036d2e01919ea757a7bfd5e20f533f3c6ddebd5a36194ae38e247dd3461879d8a7936f4f72ed92f55fd67d530d529119ed296cb73893566f31afa6802d903048c556c0220feaade4e48fe8af2ab0b904b5663324300faa35456d4f04e0635190d950fff50b689dde87e5cb3969bb2cec1ddd36feb1e9717a6594e89db7a23dac410a27b6e970804e28504d7c9f9e6d27dbf641b96493eaa72f374fd187ba89072afd4b08120f0dc7bae5a7d2d16a', '2026-11-28 12:04:19.898627+00', 'jwt', '', NULL),
	('default', '01a2220a-c144-75d9-a8c2-f309f84c9e52', 1, 'bbe8c47b', '\x887c4843c2a351dc2d1392e3e4b2d0f58d44ecacb75595f212eea08ef339fc1bf0f3df86d2480de02fd7cfce9d7e23647af0c6c945d084e2d9342d016a7f5d776e48e790ccb80222b27cc1e720304ee8d7d1272f0e9970db2185e1d09245ec9d5d19a0c2e31bd7276de4dbf725962a5eb54dddb2f2fa884870849da6414eaebf1ea39446a2dee174ae438b4b5c7b61085d20a6e3f1f912b9e1d07ab122209b477504ca2b4978907cb6195dff035577f0267283f902edeafd013e54c53b2e9a5b106f7c6a5de7615f58d1503b8eb915fecb652df08155cd33d3e8d059ab661e9ea68ded31d37af992e8899d8914370a28a969950723f77fd19f566bf100e8d6745db57be0790e8210851ab9d814b3ebfd63cde0dbcab8498bc8b04495f6b936b58777c8641af580a17aeafc6c03bc8f8d', '2026-11-28 12:04:19.908788+00', 'oauth', '', NULL),
	('default', '01a2220a-c14c-78cc-9d9f-2b9735780548', 1, 'bbe8c47b', '\x346d4632d56e792559badb109772e9c06e7c69160fb441c4c30d80d9bcc8b30de2cb33e0011ea250f721007539921e4d8aefe9701a3c7b01763b137e98ef23f256b6afa236b05754bc4fdc94d537f0dae86853ccd9abdb2b9f7d6a844d50fa38aca29b01f7fce38967e4506e9130e57a6a0a6898e5ea436838ed9eb4bb8707cf75f50f2ec34e7c23e13ebb3646eea3ecb10226eea7e402677db69a0c04a58cbfb01d0162d0cd71161ec0176806a31ff463f99e28add7a174471d40cd7dc8b1a1e9c3b824572f409f78347a02c6f052989f31d977dd9b5f1e16d89aa824a66f75313f8db00ac7fbfc96126eb880c9dd7ff4bef5253ef09ed307da0b1e8eccb8ba5364e1e13df974717d2e6b04d7d5ce3fde74c19e9a37ea9c611a9e86799aea703053bcc23d0034b5f71b923b132ed982', '2026-11-28 12:04:19.91632+00', 'aws', '', NULL),
	('default', '01a2220a-c152-7af2-9b4f-6312f4dcfc66', 1, 'bbe8c47b', '\x4628af2c4edb07561a62b3b4b5d73039df474cd7eb8ac7133cdaa7cff6d5336110ae480d031cccea7d5e405b93961c594b172dd4af2f8bbdb0acc29c690649c12e452c4a5041313f8d05b9cc9d1980e295e6e7e2692c649d3b5653a03f5438b84b334de7f63c4475ad854d8e2f9c80298f523a069526eac69dcf36908924cc3d290fe0027f136d52519c4830e2191d54fe3e38a652e1a6592e913b6c35d311053a308a8cb50011acad30fe8f534c024bfc2187e7e1c1f54ace4cab7fd532af51354a4f01521f2ab381aef1b3cb12f484ea59e40ac862dfefd8b7553e402368b44404fdc3546304ad272bcdade1ba72c9488e065b15a5fbbdb939f5d543af2208ab8240e65d384ad909c4e0635527a6c794cfd92943ffec14a28415b21b4242b35446dd43240ce804464329a1ab670c46', '2026-11-28 12:04:19.922125+00', 'mtls', '', NULL),
	('default', '01a2220a-c159-72b7-ab48-a98e80068d45', 1, 'bbe8c47b', '\xf18883b3424f18cb6c7ca7a828347b8057be64a18a7a2515e8f3898ccbe16d1bc9b50859047e97bc17e9048f5f3ae384309b78475de96c54c608bffab7abd0ec82728c62a7fd6b86f1ee19791cd4401060ab37726ea61c8a0d50533391528793a872a8417c7f1e2f44551a6317903145215dedd9688fce4a697dadbf551615b16499ad63652c6be685560c17cf63882dcad3f61d1a560dfc97d97d922335b8b12edfed002468370ef97920dde198f2a34d78533eec51cb9bf3790e90582cb4a12110ebd46fbf754afec0f3ff2b0d82710b1cf87045b33d9301d9f89c8427fb361eaba81f4f165df20ed26c90283ec8c727dbb3fb7f21a3cf28c695774f1395e3febe24c749a5fbba60377d777db240bf0a4187db8478746c72af51e2021eaa6e160dc98e21c86547953b74df5ad22ea0', '2026-11-28 12:04:19.929658+00', 'http_request', '', NULL),
	('default', '01a2220a-c160-7ba5-845b-7f713ae76a74', 1, 'bbe8c47b', '\x9e55840c3b28448e05095e429d8c984fa5106c9a7c46eed4c276fe60580fea7d4704eb5ac4c6cbe70744475d1b2e8afcbd5dba0c32b4afbcbf4ef35029024d0d248596645b5986c56b7179494f40fa04fadf405ee9caa9331e97c6d19b49b842a13d55f639e130ec1cd0eb0dca816c9308e3029de3128e5316652f8042fbfd24b38a6034f2303a5e002890344b3a67af245dc0855492b470172be88f5c13dcb66b635202b2beb3178bf688a49bd60639cf18c2d5a0b5dd20129d13fb21d2103fcbfb5a18c6b251cb3546f8b6f563f49d4ddbcbafdf3872ec5c5be84b18366d172604331fa76defa9b4dc3b217596f414fb13c9ead3096926a5afdbe725124b522815772cfd65c2e3fff8b14eebb4bdbe96d28b7e9c5c37cd97568c64869c3441d910068c09e7f9bd04f8f19718bf6ede', '2026-11-28 12:04:19.936844+00', 'multi_request', '', NULL),
	('default', '01a2220a-c16c-7f9e-bb1f-20c8bec144b9', 1, 'bbe8c47b', '\xcd2a2bf98090a85b05a3847f0f667e81e61c200154938a7a9098f5ad9c8ab936b21c30c3e5ef60a14505c52c87f350830e2c146dc5e9b320d2b0c138e832d8e7b4fd9bfec6778baa223a0035f75cab14821f866e22eca188cfb62e8403bc3bebab0a3122e9d6fc64e061c9acd76ee11fee3b58e90ee1d384426c6051b8bf5d2eecc0e9ae725e64287b67be53afbb2d75717bfa56ad89158a34ec433bf3e813ebe0b4a87aac95d4b2c227d304a89ea34ea370a523c3df929e3d69fd7a2a16910b41a19c444e72c11c1fc5d958256b06db3b5fbc9fbe6b61484ea84a39bb59788cadb927a59c0278cbd1fc701defab525bb1fe89621ba03ff1aacaadbc01e5d8e168b21f399c47b0f19f240b145afccf457945e6ba439dd20e2a534adb04f42acd7bcd71516c19bfb1b983ab9d9eed431d', '2026-11-28 12:04:19.948433+00', 'key_values', '', NULL),
	('default', '01a2220a-c173-7012-ae2c-bb0068330867', 1, 'bbe8c47b', '\xfedb97b14d9a187db6ce46faf992c07fdae18191756889f72b4716a9a10f5e553b681c343bd1c75235b27f0e7932ccc7e927ebb6e23574bdb75c2425a0e017e52fc3536b9dfbf25f88fbc81571a59e140172320e1d8af7576658533d1882563ca8b15685b83178c83b7d91c4f0dee669adc29e53e6f1c2a9bf09e7bc9175f05c8d0a7a1eb8899f7f74bb80d13a12cc1690b71fe7d054c0f88035efc2e69c7ec6ceba2d29fc7ca9833e10933b64626d454e31805c96beb31d2265c1c4ec1413d7ae2e3db2badfda43e779327e34c85730dc7e76867d2f757f93e90e50cf17bf5e55ea801023e12c5271ca1724cdbfa3846aa70c80e104e9bac2e603fff91a912c6472f792689222d0156a75580ca9928d7973ce633d34769b2bef5677b62092202ab8c63dc9e8037f80f642a454ea6835', '2026-11-28 12:04:19.955634+00', 'api_key', '', NULL),
	('default', '01a2220a-c178-7536-8414-7f7a24745f21', 1, 'bbe8c47b', '\x20cc67d86fc47b02c31d827c6ea2d545911ad1fbf3a1ff7a8633f1cbd4d7b6351152e42fd7b44f5d117f6618a541eeab0d17b48e28070b145a3931247d4660f6bd71ecee56026a197308b5ca19dd49a0ee37cb6efdbff1a53e5a47f7f6e0d461c6ff36982f7b5cd0e5f706891c9546d479ca6c9a91957e25eaad1762d4a01807f544c27e92d71fa64f42a75654258738842eaa96da96a9a193b82131250280d134844eb1af41952eead22204f43d4ae7da592b2c3ae7ed69eadf09b54db0065176bea1e81f49777000253f7f51de29c82501d8a3ce1b57f29cac20cba1f4135fdb5ea0be1a4278979c31aeef6da5edfd55f4db6b8a8f124dd58c5034de4b930598f31c9ea64c726672ec698823e1498f5d8fb5d46bcc54d15bed2a07425db1647ca55697830221a297da330dea11442c', '2026-11-28 12:04:19.960074+00', 'aws', '', NULL),
	('default', '01a2220a-c182-7a08-a746-4b7285ef7b0f', 1, 'bbe8c47b', '\xbc63492f367653da7c788b457c8f32f12ef346cc5a3b08afbf8b1bccd5518872aaee201f0af0d286cdba6c4f1338eb9e2478078d3ec8d8c17184adb393f9d4b1a7658840a915f5db1afabe1b04b05da1311a038b553128f5b3b038e02d43dd8dca899e0021889d253f4249ca524a3aff3dcacf6f8a6b3c08b84d42c763a1df229348e2448dfe91c751410625e87766eab0441be27a062598ffb3bb6bf5ce0a5fe50237fdfcea7722ee390cb16131b58c4573654a6d93990fc49a0f236b5a45cec4f4d08ac4531e641c89dbae30f0e2d104a18ec224c61442c6c8894073af584033c2e43b8a0a230e632851fbffb739d148b0b9c49b32a4ef26ad3f61806f3dc760a2ba74f0469ce001f30ee1653e3bea621efcdc5a47646b88babe20d59bb598a7214c7fb8a96ac67f23da2ccb3e1ae3', '2026-11-28 12:04:19.970764+00', 'http_request', '', NULL),
	('default', '01a2220a-c18a-7869-a38b-964e94430000', 1, 'bbe8c47b', '\xe891c351560b70999c838208bb5041ebe4186fabf2fecc605486d471fd00827ef93c886211708491e72a5c764f0af695c9ddf36c3d13c4c3f9c186786b4f51da9bbd3ddb4a1cb5090c516f578f61c220818b2abecdef7ae71211887a2ad3f701f772b6559118e4fa160e3f4d2739571a9ecde4a1288422f39e300fe88f73063c0a39e401c0614d5c975b2d6359ad0be451b7cadbd788f6f7563a6cc563e6eebf437260b0b2b59d5c6920ac854a46e9e5c87d7fad3d43f4adc4c895ba93ffc608cb8d6c2e8ccdf80bc06730b25c101f1e23f431ead7f32e6244725e9f393d0b922fc122a7f45895cbadaa3882be0a9aabb08cf76265d9f5da3584766b133882191cf7ddbe6eaf747f54351346718aa5ed9a4f567e67f7673b37cadae60f567d7746e8fb64a1bef193514d763669d0d69d', '2026-11-28 12:04:19.97822+00', 'text', '', NULL),
	('default', '01a2220a-c192-791d-b4ff-d8f82054c686', 1, 'bbe8c47b', '\x0807baed681d59e08fd5b783644d34f2df8f8331477bcd325b3f0a5550e8fe6e24c4aaffe3e08d4feeaa99fd3e6e0740937015951098c7e8d29181a5ba1bb75421b714d5b1a79d4dc82d0a890926774dd81ad4bef65acbc4743aef952427f84036be05aaed6769da089c2ef33c55acb5a106cc761d035c9340c510a35dcc9e572bb8f3ea59083464e68b004423995879bbbc32203befb8c682dcdfde2d59c5ed0dbda40db681d0f41c5b123aebf7216faab76a637307d78e98127ab2247ff4e61c57e7497e8bf7213c096b0ed4863c1d4e84a8b71d134666e58cb8f6aa125e3299475d2d62657739ce268d8145252d0e21408e19764262c59889c491626e482d2e24a335052e6e2c3996093fafc22f6f075963c176d8607db0521dccfafd5c8ccd17a4712c88e50941b0cb2ae21a02d1', '2026-11-28 12:04:19.986755+00', 'text', '', NULL),
	('default', '01a2220a-c19e-7e1b-a1b4-736d3c92f1a1', 1, 'bbe8c47b', '\xcfa27d225b24db04f3582c9cb94beec3fad5606ab885fe103c34a8dddcd82f5b84681b5f21680de4c174c53a44ba797ac6db25b086b44e0fc4ed0c2c387e03c3340ae85a98729bc5841c973d115c41b1838eef443dadffff844de18d4b8a33d26030006b558c55649e5319c61e2ab02f1c2f8870c71bd3098b9d1a072817dcce2cf69c1c74cc5c119a210b32cba71edc6e5f01cfa26c957925b4a39beab8cb670b5867c820a992111004af13c315009a3fc1a8f76318f9bb762deaedf4ef98c009a9c304a44b9c8641781c13d580e66cac043e5cc0a7849ed22fb6f005f9833cf24eb8aabf2824c7bfb4adf0ea7349f5e5095a58d219624a3d6d21e0f4ff740ec580c7b24787a231a6f915946dec90025cda0072ea4e96355785b4de2c99b9a613935c32723881cbcc3d14ed23fee1a9', '2026-11-28 12:04:19.998976+00', 'basic_auth', '', NULL),
	('default', '01a2220a-c1af-7401-bc55-c455450f806c', 1, 'bbe8c47b', '\xdd6dc27d241b0589a51fe2ac3ae08f49c11274f6f4f090dfb27ffb620ab12461c63b066904e8d2070cc98c5d1d46510a7c0c72c530319ee11189e864ba4524a5d5268bf3eb4abe45bd697064bd3eb3c19fac0101982172697069066bfea7792046e2155dcea42a416171db458111b3b8c4ca64abe82db00fd3c4161c0ef4fce94427d42784f490e9faf084782ea8a82007845b279b0661f167ba532f5b0ca0b79b8ccb5c66899c63599d43bcc7326dc5defbb7c6cc63c0ec391de4d8321911f8bc3d639a6817633184590fb396ad3c62bd249991612c767c4013270bdfbfb996e2d1d212508db52acbe4a5a29b7b289ae77e78544c2f336bad20ce5683c30d15b28a51fba57f0bfdb442c268094462dd75cfdb2152bfd67c794609fae4995f3685077c4984c7394ae183d28e377a4115', '2026-11-28 12:04:20.015855+00', 'text', '', NULL),
	('other-2a1d719', '01a2220a-dfc9-749e-8420-583716ec0508', 1, 'bbe8c47b', '\xb03388d77edf31ea99d5de6f9d2467bb6e1ef2f711fd5f93007cc556fa42b12a25a3a562b91aeefb00fd8e6627dfa832add73245dd7d62b6549f6cd6d1b79f77b278e189f62d20bf262afd9800b3011b76811b8b08041cc7df77847e336ec3d786cc8ecef7bbe88aba76b9a5fc97f8c689dee666af0755ad688d1726dcade95e356ca05b992410851b671bb996e2960f3434758eee66edb7c45acd78b1adc9236f12105902082df69a8f5449081d9f4dfba5f9eeda88cbc2bba2e82fdfed3454ae37340de58e89bcbbc8577590c07d7ae142d1d872a5c3fbf659c82d81f50544cb11d862c9aa1543f808f9120d5a49414f399cdf4efa0e69b156cc71172ad6fb38c8895050ed32ba20a29d009949b335974541cc7ba16c6394619aded281a48b9885f168b372866d1a36678d7f94d04d', '2026-11-28 12:04:27.721112+00', 'text', 'czjykvfovi3j', NULL),
	('default', '01a2220a-e0f4-77d5-af6f-7ff7144ad8b3', 1, 'bbe8c47b', '\xfb08e0f8f6d508d31205caeb5a8ddac95773b4e5032bcd5e97e65e9a3c43e52de04e85042fc929b70f2d9fe02f11c060e87de7b7f4f7f82af8343f9cb704c33035c711c2b2ef012752d4da59e693319f506f6f25873a700e19f783f5e736f828f536fa1e6fd10200e8a200b978481f3b45e1fb85473e2b09af8c4a27cdfa8d02c186de80eaf4105d922170b31219fa26bcbdd43b965bb6b5f705edcda9a748c423d34ceaa7fc0a5020ff4f97fac773fe4f5c8f2ba6f1771b5f8574564234df71d3f7a59564322fa926c565c365982e2c229b0d4ba3878c724dce2ab4893952fa182cdb35bde7c5b1f8c9bdb4959a4a34df8b9e995be6feae84adae8c3afa5f3442a63539f70ba4d4dfae0c7c4c80835a96ebde779eb9cfca3891b7871d62ff182c3518be6c084c231a58406033f67815', '2026-11-28 12:04:28.020773+00', 'key_values', 'bootstrap', NULL),
	('default', '01a2220a-e105-719c-8ae9-a31300bfea32', 1, 'bbe8c47b', '\xa04a40884b1d3f91dc47c5ff497211a0b3b2d28c9c748bf284249391b0645065c9669fafee197fcbdc9468182165f6611a5bbc4a539bbe05f5b7be6d3870c1f7e95e89a8fa5023fc907b9ebda8e4ca956a4fc7a9df9a45642eeaa141ae9064cb0725f36bd45d7c731bede7a14efefef9e6e72ebd9132de0658c75414f03dbca9d7233fbcb9ba9c5ac4e248c850dd1ecccf75572751fe147572e9964f2108e41eaca65f7b034e770997d034a3f77b6aa7fd60d3a92f1b09a43e06c5a53296ca10a1dae672080aa5289f7e63b10e84fba1b734f635df20953da92c4dbad6a01cd54518f33332c7e5020dfddcf28ff9fd40017142f9f49eefe4bdc4466979ce328575c2c1a0490567f9e499057a073b2611545d2347b4784225ea87ea3ce08eafaa41c6279c4a1049ca2a770c8b939ec11d', '2026-11-28 12:04:28.037767+00', 'raw', 'bootstrap', NULL),
	('default', '01a2220a-e109-75f9-8ada-c5d5d3693cb5', 1, 'bbe8c47b', '\x162e7a1cf897e6ced02708c7c18b498b7dad363bb72b4cc150becc5be10ad06ca54ecf75e3d0ebb0ae24d2c94443f1369f1dea6067e85a392afe9cc09f58914ef9225f68a53676a784673861e839028fdc9e7e664a2ea029a37bd827f67375e5d24159550eebb44b6ee2fdd074a5027d81269dbce44c8cd581b246c5b3bf85f24881f312fac7c715c016839a181cd07e2564db9ed8f85ecb6d851d699a57aa0a22031eb6683181fb22f559853891ee8b4e056b88b834c087c05b03d4b866d14c9bec22d2ec552ff5fb900222e75853374f670dc2bdfcdf0693db83c9b08628ced1a53cb3e89b45ffd3bb9a81f9dd4d37c86d1f6f5c6bbfc057cacaa7bd327492680c7bd8b56951018fd0234b54e36a1ffc7b200a678e398a8ddab6e8759b0264a5a33046b3f0d7b60089cef243c900b9', '2026-11-28 12:04:28.041553+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a2220a-e10b-7668-a5ad-f579f28a4a86', 1, 'bbe8c47b', '\xe7236d0eb1fef1a4a0b17b6c43ee51d9ad9d006d6e70dd8f36431505335577626464d938f068eb67f271a98e6acaf3660933790d1e648255b6def3dd169fafd2081e0521bd15aea703dd8ea242b08e5feb10a31e0e3fed7592e780229a98e5a8c88cc55b1ce4a403a650e61ac5288eb12fe44fc64edf754444079303f85c6578a90a6c2e23e394ae455b7b2c3b7232692cf20682a756ca10beee216fccdfc21503b3d33330cc56bc58d354733e2ca72009323071471a0fbc738896c1bae586ad36b3c0acbab804c6991b6cff67baf300b28fe48e1b556620eb5392d2f28b56c31025b3d2f8bd40b36732c3fb2eec9949147d821c10cbf4b74ca2ce914d29324160600cca6637d4eba10cdb8d56561f8a7854c7af9d965b5b3455b88f850cedf462e7ad7250b30de042fb4af0f52bf399', '2026-11-28 12:04:28.043966+00', 'oauth2_refresh', 'bootstrap', NULL),
	('default', '01a2220a-e113-785c-b186-6058c62c482c', 1, 'bbe8c47b', '\xfedcc8463ea7ebe488dc037b81d5d411b17b7a0f2bdb2d10b5a542cacc3ae5569008c6d5fae8a4340df33d2cdf0120a63a4ffedb8d44b3c147b2d60eb9c6261fe10a012c4fd80dcf59478e1823f157cf12bc952f930d96ea2857c8ad2a6fe8124a81aa92523647034aff53fb521fdf051111515f28ee483adb2caab00c8c920c44c0758aa8276ebe7e4d51ac6db9cb1239f9cec84de56f56e281265c8007e269fe225efe5b26504afdc3d2ff89671a436052453f0cfbdb669b31b4e0025963d6c44e9d10b4bc75dc0ea2ac1d2148b00f911285b3ef0b99f3126af2ffab9a8c5b6740a8d1268d77f9c2b11275b5850e4d053db63e5d58d16315501cd9f42ddffcfd32c1c568ecd70187a8c6a15e6ea14abcc3b1c850f5afca82aa106417ecce8ef42fb839e9675391c9144378f3d6e888', '2026-11-28 12:04:28.051492+00', 'api_key', 'bootstrap', NULL),
	('default', '01a2220a-e116-75a3-a093-fd1d5c266d82', 1, 'bbe8c47b', '\xcad3169843ca74d72f4b8ab638aeaaa9f6008197d1fb194b3e26c12f17a2f3660e2aa12b13d3b4a644e149f5e3f320c59848a371ba9c186707e0d53095b34dd4e07743fb15694ca59b61fee14529b934d838e92677191b3d1fe36f316ff57f2661e3eae12b211db5026bc3dc0c5efc1445dcd42b5d2cc99856fd5cc71e8696235da53f69aef442e70abb9ee6df3daa6af9b9a5555754fbad860bcaaf7ff5df0f1dc3d13e9e950e9059fcce68e1a225a35c641315d79a4ff40aeb82832d75dc63dc5b09264d837f7d688059fe490e345237cfd4233048d3a5e0cc411f9dfe389626dc9b14d4fc89b2bdd1ac13d99f79e41b9fc4c44a735e4878471149ec0a160b8790bacd471d36ba201b8c864312956f90dd5330400802de0daad96d8d6e4a564e8c4e276f92a43506407d3dc31fd4c8', '2026-11-28 12:04:28.054587+00', 'api_id_key', 'bootstrap', NULL),
	('default', '01a2220a-e11a-7215-9cfa-042ca0d49ab4', 1, 'bbe8c47b', '\x431f0396f282d9380297c25caa93f672bc4b362317ca500ce67385405c71f711ba89ad3fc9f7c64663a8bd429c48d678208457cd22f38b977e099759f6dd809befa3ff89d39041e18b13d94affa7d50d3ea0807f4a16e335fa0d88a4aa61663dbd00b681031c6cbc35633a152672032425819ea9e8b7bc5358d8a08ea888f7e490a24849abfd928a9369d6fa3dfa0612fd8748e80549f606f7a4f313036b0bb9c49cd39fcc0e0fe8de8d46ab77b29d9288830604aa6f22ed6bd120acebb31a225784d396e93e2833dc22b26c9ff11845dd12ec5bb0b38d51fb1e858d60efb123adb679c2bb8b7f44ab31480acef129f1ffa6fb1055910f7b70c07d1c3c105093cd8958b36f826ec7bb34068bd031e4ec42a87159e6ca6c15768b8e0a771c6856f1266e110356554659f11fd8a403a0a3', '2026-11-28 12:04:28.058315+00', 'client_credentials', 'bootstrap', NULL),
	('default', '01a2220a-e11c-75c1-971f-0db78b4efc1a', 1, 'bbe8c47b', '\xdf79b1db9f232766f5b6349bd56328d9ad9e0a286be041d22ebf602b2283456e946251a2bf1f5e612f0adde6170191eecffd87362b148d1675aed5242a55c69fd48a8d3b021250a536cbd020cd85a67182ced446cfdcd6df07742660c62d0641bdeadc727d56f86ed516a6ef2d881cbfdc6f46dd6839ba13fac34c5fd73f5301e6258e612a21e281f4a903c0b2bebc44b348768fceeb33795f666fb1dc099eabadeeee07ceb397718075bb720fdcb7c287d1b8df0ba4378b8d9388d95a27fd49b7b1904c755462be6d6ae1c7aafe554d95c959c2ee2cc856bfd8b65f28fc32da49f6f5c45c311eee8a47930a71899810085a93b448b401d3a79dfabb2e006ab59ab3c932e1408ba864d5f5363db4fd887097ec9082c9d9b3b1c47efc73712a1435ab1bf095ec11b742048d3a9a37437e', '2026-11-28 12:04:28.060691+00', 'access_token', 'bootstrap', NULL),
	('default', '01a2220a-e11e-7c21-a22f-477eb8eff60b', 1, 'bbe8c47b', '\x897cda5a44bea1158d74d4f863db803f33cdc03c3f21dc99cc50d722f1bd4434e5da1d223f2aaf541fd38ad302e346b07476b838a87605a5fa6e2c68d8aff6d19b48b2b68c432b586af53a73fe796ce7178279131ccdc08f1aa3cac0f9cc3036394afcaae05eb08130a5d0269123f7b188635ad88cb13d6380ec04741ffa522cd9eb11039b9593935ba766006ba4cf991dbe8b2b8b6ba4bce24d05a1060b38125a030131bd746974c890a51265e0c8d0d1382589229696c180bb40e174997255a04bb8c1a00b12048abaf6288b23e34237debea2bb31eaef21ac640efb49e6749085ee00a4444180da6f120c3bac41520ca9704465d88c0a2b9c756cbd45a3b4d4de2aabb4a77819f5d5fa0d2fb4840645489f50631c383abec7b5ea7030840656170fd7955f3134b7a71ec0372784ed', '2026-11-28 12:04:28.062972+00', 'json_document', 'bootstrap', NULL),
	('default', '01a2220a-e123-7531-a701-cf30b5563680', 1, 'bbe8c47b', '\x98f868dd807021c8c08311a3c598643767fba0444b1bbaf306096087aaa8b36a72de25671b9ba1a5785b81b47e6d5f1ee1f4c75a89c6693c91f7a896dac67cc8001d53ea09b60d16cb3d024f8d347d5b1a0a3566a1e89c3b556f982e083c8dc3762d48ed476da58f0a338f0906a90649080c05497e5cd6e517e46f0ce3b04f2d9c4a1238a490702ae7c09918352960d5947562ae6d1eeba37c522407dc92155315e20b165f336396aca3a67bf6ccbd87a5882717803e58c5a2d4719ddff4b50e203303c498dc66a1310afd997304e9a4125f72ac28c0406ac066ae79dda231147cf50d7dd28c069f69e78ad1904dd7380708dfc55a6a17ea0deb28a2ecb93f90e2b9bfc0201a052ed08994a26d193e6af092ad96523a853ee15596068d4d395c53ecc01baf22b2f3f957be2c09918b8b', '2026-11-28 12:04:28.06718+00', 'text', 'bootstrap', NULL),
	('default', '01a2220a-e126-7049-865f-4fa797c4af89', 1, 'bbe8c47b', '\x5852c6f43bcebbeeecb3af24b5cfc514d822b65960721e39545d1c49e4c29e0b1c7b6d58289beb74f65067b42fa76ed7a00e602efbe7446a354295d28863ac52ac40fef36921c2fc3f824c045893d6665cdc4debda655431d97850bee7e064ab12d37defb9b47db7c23e3bacf6c561fc52c8804843456773baca58b0bfe2c0fc18939356ab5efc4c2c96cca0648e2a97bf6fa125f10344e11c0786f084473f4de441080ac20d2a558048349de561d2502e1cb1dcec61da193e8b380b873507c4bb99d7e2cc8d0ca617693d9f73f34c583a3dd920287312522a225ec0fa5f6cc6958d284c0635f0ff7129b75a4148c1ddb10139294133a0bd24fe600605cd089dafc926264e54fe1018819e1069c71968708d212e36dadbf98df3ffe17b531229cc226762cf48e18d70122fd399592f9b', '2026-11-28 12:04:28.070617+00', 'jwt', 'bootstrap', NULL),
	('default', '01a2220a-e129-7a73-830b-bcf446cf0fec', 1, 'bbe8c47b', '\x14c434cecee8e24ae572355e37a2a49de2af85f83c9c6028d49f1a676813bc2484bf0fd0269be923815996f143c6ad2555001eba6e1db588337d9387c866f5e093f9a27a1804815f8a3c3d1d2a4f9a28a2bff6a6704ad1736d72c61a00c3a5282b71c4135009906eba94aebb3be071600679778f40ec21d29749cef0da40a7a19fc1e530dc3172ccad8d951c916021bbb051c83d4c6068c6420c4f0449ba1a68ef7fc0dcfa4da30ccea3f0a96433d00e9848196e1058d6c028a28e614e82b575df80eed457249cc07e593047e17a141c6922c10e89a8cd39dc787cdf256f2e0f6f68b71765a2582a53e61f94469c36355fb24699bcb9a296c1423dd3551f70c70f1ccde7ba51ccfa4062ebf5d48d1733e19285517804faa16082f3991516659538ede6af6d71f4795a7d288b5573ba44', '2026-11-28 12:04:28.073878+00', 'oauth', 'bootstrap', NULL),
	('default', '01a2220a-e134-7c2d-aa4e-24abeb0cc7e8', 1, 'bbe8c47b', '\xdbdd724b078913a552dc87193a653e539b38751b7fe7a7aac1b5eab0ca8bb97717e2c6c8a41d5dc1a6adbe9b8ebdf2ddbcbb4ec635f0841a5282dd16127b9a9d07b665a5e0c6bf3358eaa1845a56d629e21c777905d287937e1b57d1f865df5c74c4493e5b413b7ad61a1dd00f5fd2dfafa142765379b0a16ed302cb23a30411e2377cbb0a43270fe263dd5587469027ffd9181b30d466c1bc702dc928b036b257f665d0030f29337907eb3135fcd380cf529eaa545e5f0e210ee9cb30337c7f8aa8d3feb6879ad1f5a3bc28657448a4437b6205e5dcf818d514c0ecc05bb94e3a57e500ea1a129e52df4cd7d7f94a90be73b44fabcf35f35ca7bfc9bbde02977e98b83afb4c77299f2a1192102f5fb5bbf5291d392ebaa8a61135a4d2419983e2e9bfa941a0e853484524ef306b8905', '2026-11-28 12:04:28.084369+00', 'aws', 'bootstrap', NULL),
	('default', '01a2220a-e13a-7b84-bdda-51ef053c1f14', 1, 'bbe8c47b', '\xd736593d1d03db74e082cc2c658a180ca1069f35be22c4c1d1219243fb651648f83d326504a7446a63ddb7e69d1aded567748038d11dda301951ba0dca36efa7b4d17863be495a176d658dcfebe1ff1f3a4a34eb164b019ff2465230cc4b4825e8ac27ba064ab6a4784b3be8634d4b5d2954e68a61baa43973963c075edc0e9a92ee2ea81cac52bea3ead0e96f934020cac16e033b0d16208299e9817194504de1caac2a0c919752a4b592621ec97bc8443282d0715b2a3545267171a95d77210b12401ede15f588b8bbad6fcd9cc87d75734d30b60817abca57c678659ca3fe6d26c4c20685a451420a049b1a77c4c99b4f5f3ca4a59161fb98743a54eb2ac263d749579091c1ed27b3caec3f44cd96da33c35782bc8f89af926e630730021dbd3d1fe133f13a6e9f5ca03d0530bddf', '2026-11-28 12:04:28.09077+00', 'mtls', 'bootstrap', NULL),
	('default', '01a2220a-e13f-7e64-87d3-4de3675c2b91', 1, 'bbe8c47b', '\x54cfc72d4d78461f3cba7770d9dc647c6023170e1f803a9d6f6b79e8105b553a74d4c845e7afe78f036b60d82a159a03f8fc97cd5b18629f13cf939ea075a117f921e5d8fda97241125f2ecf0cd24fccc4217e08fadaccda7ea877dd3370e1e3381edffa01f07a637f274133afa8f2d6a49d6579e0c9a236515a89c1de1d87b059e7b49c142f4c87a907d26199c73426ed25e81da8b599bf84416157384d0cf3d24ea3ff407f4d0da078d3b14f71004db8aac87d46376873797cdd8deec6a074605197cd8c634f644f050a5e53cae33d313573ee469428849f5ac740992700aee740fb6a19c396cbc188f61501345271f6281df62bac7d9a1b49cd2f099cd3c75c2069800df488ac2c7af4c8acb3ee86941b4919c1b2cb1f110572da8653d93342154018cde9fe50d35b8d8d025dff7c', '2026-11-28 12:04:28.095208+00', 'http_request', 'bootstrap', NULL),
	('default', '01a2220a-e148-72bf-8f87-70ab876fa8b3', 1, 'bbe8c47b', '\x517552212a3ab2152c279c081898676fe3783a68ecfad63585904bb6d9d5fa2ea81e8c0adaa70ca8454f90dc9cb92e28f7e75a87fe2ff4c55041506009970f46558276c9c499805a6b73b67338c8226d30bd30a165a850d122d3f375b4e0143fdd33850963db948252c44320000d5322fb2145c8718cec2caa9a4fb88ebc2ede1dabf0c8d34e5419a4d2a76c76efc39ae2c29925940b9de2665dded5c1727e04f4b2a0692fb75818fde5ba1f5d633cf74f05163977f327fb664e1e62b59d215e0a5918ce1444fb031f3848626f74b3118ae5dceb27e9a4472e8709158de25a851ed3fc4256cda220c5a268b9140b9f7c53ea8fd0d6ac6ab44f98502ce58fcdede38504954ce04e41c122e40cd2385351dd68d2734db3509c67aa89e21bc3be409437139de3d7d4490c0a3cebc00c9885', '2026-11-28 12:04:28.104074+00', 'multi_request', 'bootstrap', NULL),
	('default', '01a2220a-e14c-7ea7-8ede-751f88dd5a73', 1, 'bbe8c47b', '\x398c4008219841ce97b3dffdba00bb56a2177b1b36d15b5412fed2ac5ce2434b9d235cd1f81ea8adf8af778bf2b4a2c0fba54fb4bb4bf4c4f380cf131f2181127b39a6a3841b1506bd4a5e4e3d9d43fad5700000781820750557a85dd98ee5bd7436858748dc02d25f968659651ca0a72b4ca2990c7c906c8142c0f76e22eab6c7b054f8f840f918f07004b53ca64dc4b84501518b3144192df67dc376973fd2f4b69f3b91b95782fcfd1e75c38527b0c5ae52e713b4c93c38e24ec434d0c72460045a8a76e882de3e656ed702923d49fc008e7da4a65fc8126f86db6e6ec8cb3ee9ba066013694f43442c8ae3c3a20a0ed266855af69b5324bdb9afc60ed554e172dedce142f8e977a76359e706c30cbd13d8c07c43914aecdba774b9f4deff767abae9c21f41d47ffe0541cd6b05ad', '2026-11-28 12:04:28.108844+00', 'key_values', 'bootstrap', NULL),
	('default', '01a2220a-e151-737e-8fcc-42fc330cadd7', 1, 'bbe8c47b', '\x058dd7c12dd70e4934ef71034869652da8ad01324cd1ed00f065fe0c62be157535a6b3703bd0aca1526f38226df9a50fe05e573b6744f57d93035da71c104baf3f33c9651e64d30a338ebb857f0b3cf54b42d6d724c48f62ca1241e66478c8222846b48335f3c6ff0e6abc62398a08336f9b00aff3f284b9afbf22e476d67259682d0e6fba775a2e24be93aeac3d4ff03f6adf9527a25ef77a6a60b1cac68bda9079d0cb952fea3dbd467ad42e6e87a1628748c4b8644927d037dbd676cb5d0210d366cf0afcb73f8296e899f4551aa0cb93d5e051330694e864a711afcd257d9399b030e088203c3184bb5244ad7aefb698d86001811cd4e0d4cdc0ec7d79f648be7bbcc5f4f29481f9cac45cae64b29626eb521f067a3e600f78a8228e181e5bdf32e53b921e8e9bf901460722b061', '2026-11-28 12:04:28.113662+00', 'api_key', 'bootstrap', NULL),
	('default', '01a2220a-e157-7263-8b52-612fc06fa4ad', 1, 'bbe8c47b', '\xaa7385ecebec83170198c91c62478407485dc1c9414d57378e1f7a75c73e194598ea24f0a24c6be1faae0cd202d75910e0812284e53ac7ef8dea5c1f76c2c260a29c0e362384799826545d72ea5e6719d27d768e526f120d2cdd20e27abea0d4b26235d9a8d731726b3221f806e6c16febac4862fc158ebda3d46ce451788a5c872fdeff5c6d85b550f1ff751b94549548ffd35114236bbb31b736265689cd4a1a9bb87b756458b69618f77c524be566d20bcf23c6a72627b3f156e9a5300b34b81d71daf695282c2ce3f6e8445d8b0d0a509f43f0043d393d446121684e4503a68f4156575d9b926b9322037b6487212fd1b1458026f9588315949003d17b3546ae57e396d80e272a88cac2245cf0e225bde1225cbb2f9dd3b2acd8c912b580dd16f72b39df3f91b2832f9ed268d0ec', '2026-11-28 12:04:28.119293+00', 'aws', 'bootstrap', NULL),
	('default', '01a2220a-e15c-7da3-9ec9-e558858ed503', 1, 'bbe8c47b', '\xcd1667d1ac41a1795e9ba9148142a77fe5dd72e72482c0a8f0c7853338cb012921e16af26187e2f99343528d7b7c8367a44f8eebe9e64f5d0d52c93eb31a169a1ae77775688faefcb2a19788820a3a2c8e412870982c3346ffc22922e865dd4706c72af315ad8a18e88e6a8afc45961d1acc9780cd7726805d30d8fca2b9deca0d22e05bd03a13e0ebb73ddbc73903a9712c20a8af8d6292718e12b124fd5d3c555215f2e60e58c2241bc447077d7ad46ed45b29f508c2fb02023aa56c1a6416c642aa6ef3f4e5fdbbb7a81e7b84b332632d7cf84eb61c480034939ad327d614d91100c4448f8caaf4cc7f523b818515a59c9ccc9313722718913f2d746ed80cae9a922dcbcd2cab64f73c76170b339cd28f33b92b2bdae72bd2df5d4e168e2e95bccdf362453c1cbe448de080c044db', '2026-11-28 12:04:28.124444+00', 'http_request', 'bootstrap', NULL),
	('default', '01a2220a-e15f-7e3d-99a2-9f396e87ad9f', 1, 'bbe8c47b', '\x9b2e93f7f79fa8ce4732be6d873404aefec9e4e74059e86b627689194c36025ebf6eb383774afdb6d35bcb2bd65e1e523eac60688d03cf1e8396e165ded36eeb4aed09056c06a8bcd78a730101b4475148d44097bfc4788c9feccb090331112b539edd35ca6d3ac5ed8d5462fc7ab13025a13e6ce1bcb0e6500a9361733a9b9ccc6f627043287ebfb27c37332636f5f75c3c0108ff1c829d81cb94e755303607d3461fc795fa49e761b4020e0f415a1abb4099fdf705c0e311e72e7ffcc0cb6641a5a7a1d9cd152b274a38b0da913e62269a8c387d72158d15141401ce20df7c129b925be7b15aac6a4291c6d1fe7058447fd75b505280c7718fc908e23a9bf07cae499df98d921a59acc0224e1811715ab474d2e7798531984389d6cba9fc92a6e438be4baed87c66bccd60acf7c3b1', '2026-11-28 12:04:28.127272+00', 'text', 'bootstrap', NULL),
	('default', '01a2220a-e15f-74dc-9fbc-404d03f38bc8', 1, 'bbe8c47b', '\x6771d3cbe9c2b21e442f9e8f2c7a4743013e935cfae5ce420854cf0df058671aaeb208a94507b5a8b3eed5359fc7d1118652ca0c64c5b816df497d906ed3514cc121028d0275794448fec47434568358803f515dab82b80fd3b5001ea15a6ecf39a80d5393b085fad6480dc07f8636af613df326896003b0d4333e9efd0bc2b4c26dcb7dbced43fd5f07972547c06968cf4643d39ceb553c81891d0132d00ba4d6af91df82c24efae6f4715653c04074699185c6296fa5954a1fa8bafed58f0bebf31a32f84cb9829004b9dc5ff44195a0fb0ef10ca59afb13f94f730f27c126c710e8f87c31fdae8233949ed1da52822303356c651abad77d2c695ada7eb11aee2e6e339d0b3497b60066966a39e79f9950f5142e1ee0d1b2e0919ee917e2e1a8a2a0ae749e71214edc673829430268', '2026-11-28 12:04:28.127475+00', 'text', 'bootstrap', NULL),
	('default', '01a2220a-e1a4-7336-84e6-55f9d12d7b78', 1, 'bbe8c47b', '\xae4c8ebf3cd778476ca6efb5c490524b5c65747a7adfd662121d762e06b690203b21d28865280367d55b8c949d404607b0577c113a1915aff882b3485ebc6361bf0f5830865d94205384c8f2e5ca6c8abade5f6a3da51c3a8269e845ce2f5ef0c70cbc250c20b7655b3f6b102f2c12ac863c803f8187dee070e2da2a72c7e9581ac077a689c2cf2b04685e1ae444e9c0c8efe3c3b39ae19fff05ce7135605b4b20ed71a6292a01e3fd5501079575a619e6b1191bfb0b95bb8557e0ab5268420abc623ebd0b599280d75ead58a4d695acdd5d213a96b9a8e364ebd33de70e25c847de786467998e6e7e4d9391c71e31fb774d94ca00c9aa45ba4c10c5c064cc40e3a7f1f2866c97a6a75b77fb2fac00784d1bbd768ced8cdb607da331f5d944ed0fab36fe3c7f6ebe99b2995b2559f35f', '2026-11-28 12:04:28.196673+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a2220a-e1b2-76a9-a2d8-2469d8cf2526', 1, 'bbe8c47b', '\x7c648b9c4c9cebf828ce013e40b9df53a6585a31c8e56386710abb8d1f1dcb00d2bc7cee4d6ca923527dd524e4a31836166593ce17d8d532153488791c2d694f09ced743d374ddf9324083e23726716156a8955398b1d9b969a577f6b5bd634fd228522e9323e8fa8104f444714449b3fa83ac77510db581ce2b017ad40e724069e71c57872f30a279111670c6079dc6b21425ad118a58e7c52909c18fa284a77f764ffd046c2e1835c3f9f3e3073e217d9fc0cbfe9cb35730e91a3b3dd7f48aba609f395fc2b96757f5d472177a6f19a053fc6ff07af7098da7b482566661d2258b175e91393c5a1be42b7991ecce49a28af47d9e7c201bd73f0c816c019f115e253f4004a90dfba0d1f2007affff16b9153685314d2f83be38ce1111701b5e18bc1b6a23e26a27f0a3f97b9ade4835', '2026-11-28 12:04:28.210729+00', 'text', 'bootstrap', NULL),
	('default', '01a2220a-e1b9-762e-806a-4011c6638462', 1, 'bbe8c47b', '\x63d6a96efbfb085a222ad635a58a493c025c98cf4c040cf4072e858b6f7ddb61afd1d427ed150bb14190976c395853ce109e8eb275f9e6184a8a8210c8041d795d53f56156474a8da4c54e4fcb7fe138f5c1801c21fdd3dd0b1160519d569e0e571c47423ff805ee0ed6408538b66497ad672cdccf330712999e4d7a567652fc5bf1cb4edb2ad96821b89481f48d187a1126b9e5413c4170b43969dd417f18c7b8022d3c6ff90ea36e6d37e6d41ef28a25bff5c2115c6f1c41362fc51ec089ba00699c38d56c22f6728b0b7c0f381c33caad462505d4f401aebe603c357d392f1f9424f3ecff90c9e4e5e03b70f25825917304db8ccb30a9fb0ec446e7b3207be548343eb9a06a3dc34ec078b0a70f24dcaab42a6f61b56a31d6ae0c5bfb8b0bdfd0d586d269aa7c02922fcccdf10ee6', '2026-11-28 12:04:28.217693+00', 'text', 'bootstrap', NULL),
	('default', '01a2220a-e1cb-7ee9-a503-8c6d9e333a36', 1, 'bbe8c47b', '\x493c4d9a720c05993d93e50bd2b280bd42a85eff916ea1084226dea9858ab8449449ba8556d84e3d5346aecadf3ddc22af77d22385452f269133198fcfb74729eee6be7faf787ef3a5d2f48f0fc41a5cee4ad337087950a99cc374a80966db6691d8d72d700f6403a60b5163e76beaf69daba6eb35dcbe9b265967dbd0e6044be9138de98a11510c073f822ee4ee4f6d0f553205c25820701e8054bf303422bc13b0ffa58b771273789634caa0727354a96e2684a92dcb455b274169583a7a516deb4e97ec28cb4d912fb75f4b195391ebadbf800d6acf41e4c7d706ee36403746f8be05f50a5f46bcfb7fdef4b6240f1a9856aa2b71b6878783db33f5ca5a3b18ea9acf1f75bcdf7b6310e6e83a3703d2c9b7cb0788f26a20b5d6f51b512fd448f0da06181728ff9fb5036065a33ae8', '2026-11-28 12:04:28.23586+00', 'text', 'bootstrap', NULL),
	('default', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', 1, 'bbe8c47b', '\x2fd7125e3a4d2a6ec6a5f0ce2b91e0724e9ad0d358b1e949addd854b0f5f867494ad0067222017d64212ec83cd94cd00c5dc185f204fc1b942483804b5d4704e8617e4b6c2fe62021a95d973bcdc1e5c788883978228c260eff8550d102819985ef4d96f9c060f37e22cdac892fc08e5b636888527534928be51837d1c8e0adfa644c2af918f5c4643a0474ae6a712cce9fb12b472d616c6de68bec036d5b5a19616de8256a60649068f1b5af93fed46a3d0dfb0ab194754715931a1df6bf94d49a09b0c75f165bfc8aac9d9315aaeb63861616666f229150f5183112c44919215eb51aea8038da02b9ff7edcb074963595c388f039a38a03326cf0c9d7a0586971d00f455a4432962a69df7fe8fe45a69268f4c9f4664ec595a1f57239ce545c0fbd25b01c8c00c0ca8704560506fd4', '2026-11-28 12:04:28.241394+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', 3, 'bbe8c47b', '\xe292ea2e142892c6ddd8b4509bcbf5fc1889306d9939175a721f85b34868760b5f5c6555da3cd0826e85058dda48033c0ceb4a77f2f8d6ce827900229c0521564e9e198e480a5b121f967d47637a3ffa976f7e3bcb8b658fc42888d8b6c9bcfb740f3c70c2d622c6833bb5a4bfe1f16fc4c29a62a778bfc83ac85676790da77da1df6d732ae045e315ebddd68424b9099d1caee6ac08e03862cebb29381590a214b7fecbb5b5c782a5f1e11ce60c5ea332920397853503fd392a56a250ed3c3c107fdb55d5f7c77482305c2ccb38bd7377a056d117189dd2698f7463ab3bff078590e248b359103bd9611a41acebe7f27f735d0798d4bd6b60ff80d6fc175a9da0c00ede9c3325a62fa3b810a429c7ee11ee58ba57fa34e9c8f704b6d9696e3ec91df8bce475f2193974d55a7c626311', '2026-11-28 12:04:28.254253+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', 4, 'bbe8c47b', '\xbf44528cb77d3d6110c58877096742d4634e2b3d7a4acff165135b2f40ac47745d1e32e4ca3ccfb5654a4118886714be60a86dd0aec516a993d6418eab8bb203845fe4a5510b6a1cae5c056bb23e1f96185037b6a4567eb9b866fdced3397ea77f3d22a0437f7c3b789ce4ca539df4f371d744137ef268e6480f6e487a67e1137fdfcc0fd9c5b47225a0777940700c1cdaf754256db350a1ea8d106964fd898ef5be56680a28670373506c4f7ba5d8b1e9f91efef279a6c4c036a5a56a6d7826e53ec278f84044d8e2a249f0f1f9f3f33752ecaf20cb8566c6ed1a753da45055e8be1a563eb0c79d9aff7656199b48fb7e8cfd57241d8d7164d08a210ea4a23e4463e48a40e8b118dbcf8551099211069ba8558c8ac1fcbc974f1ce7a3002b4bda9f3f584705b8dff756a7f7a61cb571', '2026-11-28 12:04:28.258512+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', 5, 'bbe8c47b', '\xebc5f875e9412702cf0f6f1749ad52e9d7b18e5eb8a4a85ffaed796140fa0f626a1de70b7c06bdc96bcecf3e96515ec2df919064d6475849b80c7ff31601603cef1de3dc83e04dac685f542b1e094fcbb0e653eb10dcf8f52807d8518330b13393f1f5073b3c53bf4221a2d805ec72cf7a78a8ef919d5bacace3dc65062450f39d3bddc9225aab5fba0bd034707150478aceb30359c1675c3281e0419345f1d7c8304e51feae40b1818673ffde951af859a9f241aa00e4865b2de7669aa1ca3c813bd9f3222e6c59c362635c534d0fa3ecb7d7e5da17d6b70f58d85e21afad8a2e2012d68858ed2dce0fcb8147c2704b159643a5494235a705a5ade351fd9bc62adb5da629c896b14bdb892d3df12f4c78fc4711ae030a00213bffdf2f278fb17f6066e9153728bcdb20a1d522905a5b', '2026-11-28 12:04:28.266433+00', 'basic_auth', 'bootstrap', NULL),
	('default', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', 2, 'bbe8c47b', NULL, '2026-11-28 12:04:28.24639+00', 'basic_auth', 'bootstrap', '2026-11-28 12:04:28.276268+00');

INSERT INTO public.credentials VALUES
	('other-72bc27a', '01a2220a-c0ae-7698-bfc3-d3b531922d20', 1, 1, 'text', 1, 0, 'of the other organisation', 'of_the_other_organisation', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xa0fc85170264adb3d5e18b9d56d9617718761499866c09f06f29d3c11d8e8b95', '2026-11-28 12:04:19.758238+00', '2026-11-28 12:04:19.758238+00', NULL, 1, 'ba6fe10b', '\xfe0c3f7ce0f40368310b52641fe181cde83507d3ab214f18843fbf2a8a25ce3eb886d61aad5c0884dff1fc847e3b636c40ec1129e2cbc17a1312b1d38909f00d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c0f9-7fd2-a068-b60eeffe20eb', 2, 1, 'key_values', 1, 0, 'native key_values', 'native_key_values', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x3d0871d14475a9c66cf9c353bc782a393e0f9978ae49f89e2a8ff4d334ef8f25', '2026-11-28 12:04:19.833508+00', '2026-11-28 12:04:19.833508+00', NULL, 1, 'ba6fe10b', '\x2f399ae72afbc37085752b833a2d7021dea041f896597fcb42e099d580afe00c3cff46cebafbc9a93d2d031383d1e2d5f1a0c7d07479c8ffb9642840e8d17b0d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c0fd-7ade-a49f-6028a44d6897', 3, 1, 'raw', 1, 0, 'native raw', 'native_raw', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xa9efbeaf6daa505691c7a23aee507be2124530b83d14b03184fb5e45abe977c6', '2026-11-28 12:04:19.837066+00', '2026-11-28 12:04:19.837066+00', NULL, 1, 'ba6fe10b', '\x6286e7a80066486ccfc9e3471c9e4b88379cf9d5eee1516bc6a71669f5807e2219f838c077968ac1f15b2868dc15f3eef760b921fee2275f2a4391ad4fdbef06', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c102-7a45-adca-14bb7766a174', 4, 1, 'basic_auth', 1, 0, 'native basic_auth', 'native_basic_auth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xc3231a1327df79f220bad0eb761007edb81d9edb141386035e92820580c3d00f', '2026-11-28 12:04:19.842486+00', '2026-11-28 12:04:19.842486+00', NULL, 1, 'ba6fe10b', '\x00a193d897ca977662842dd622e74af23cb1719daf81a7fb51988c2f5b2b345c31ffc645a82a7536bfd5969a4be348c7d69164776e497582854a32a3ca770905', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c10b-7866-bcad-a59e1c543b3b', 5, 1, 'oauth2_refresh', 1, 0, 'native oauth2_refresh', 'native_oauth2_refresh', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x9e950ecd86276175be11c46e6a959b525e9b9c1f8161ff095b8523b5cbf402f5', '2026-11-28 12:04:19.851561+00', '2026-11-28 12:04:19.851561+00', NULL, 1, 'ba6fe10b', '\x8d772c7bfab597bdff7a74f9671e67bfdb373dc118137765cbde20821bedb85879b9a88f7ce5bf8855306e26326ef915301020dd76b9ebf19dfe7f346daffb0b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c112-78c3-8881-91ed8af65813', 6, 1, 'api_key', 1, 0, 'native api_key', 'native_api_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x5bc029341b0e555159328ba7788e1670cda7d1163ebb048422dddda098843311', '2026-11-28 12:04:19.858947+00', '2026-11-28 12:04:19.858947+00', NULL, 1, 'ba6fe10b', '\xd470ae747572b567cc5a7b38c166c6324750b7ccad6d5d4755e8993e356fe916770c35d10b3c8b2ce0f36e71199723aad0bbddb3899b2ceb475b0f3b2702100d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c11a-7bb6-a919-a5e4b567cf91', 7, 1, 'api_id_key', 1, 0, 'native api_id_key', 'native_api_id_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x4099c937b14675fc3d448c7c6621d570a328b6558ea39b1614593589f3328ddf', '2026-11-28 12:04:19.866893+00', '2026-11-28 12:04:19.866893+00', NULL, 1, 'ba6fe10b', '\xdee5d1137bf9311208e7f161fbde41bd96aff86d06531ebb377458f9a7c7c94d5ab3756b51bbb2988e2ede6510cf0b6cdc9977f8adcf63e79e297fd2a9acd10f', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c122-7b9a-b4bb-04a83e7581f4', 8, 1, 'client_credentials', 1, 0, 'native client_credentials', 'native_client_credentials', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x74d7754c0896a591113b395236ad772b5a6ffb49e90eeaeb03d30dae21514e39', '2026-11-28 12:04:19.874008+00', '2026-11-28 12:04:19.874008+00', NULL, 1, 'ba6fe10b', '\x567ff9fd7f7d06cf39a2c90a26892b85b4e5051d86fdf228ece0cdbafcea1ad7bebae49828a162dea7de78079ab728edf6de33fde1a8d5d59444ddf064f9cd07', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c128-755e-972f-2798eb38cd85', 9, 1, 'access_token', 1, 0, 'native access_token', 'native_access_token', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x8ea742a12a68b103883408b7927be1d0528d4352903c9cd4af1f99638f19b9f4', '2026-11-28 12:04:19.880286+00', '2026-11-28 12:04:19.880286+00', NULL, 1, 'ba6fe10b', '\x6e7e0d431afcc3fafb9c1211e21726a64b7721a8012363902df6dbfffef500774ca14a2343787a72b9ae3228cdb7525aef5bc9c49f913e7ea3674f830ca3f404', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c12e-7fe4-aae7-cebada2bc80c', 10, 1, 'json_document', 1, 0, 'native json_document', 'native_json_document', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x111f7129866f7c9da6f01fbc161e184269fd3fb9002735a66fc1de0d15b282d8', '2026-11-28 12:04:19.88658+00', '2026-11-28 12:04:19.88658+00', NULL, 1, 'ba6fe10b', '\x9375309fcd29fe37cf6b660d6e24d3bc653dd8aa599477ce3f52e864388fe7587964bbbde1ea018b4e5d7c7965ee786bbe07d216c2923628b6cec5058ce8a00a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c133-710a-8423-cec587ae4bfe', 11, 1, 'text', 1, 0, 'native text', 'native_text', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x82dbfcec230cf6101aa203c7ba7e8c1f8ff599f001c776bc4dae9c81b581fe7a', '2026-11-28 12:04:19.891001+00', '2026-11-28 12:04:19.891001+00', NULL, 1, 'ba6fe10b', '\x8c91c1f1e3635e3d1faa0825b29fe6a82d286e1a32f2a972312e6fa92e7c5db303e374298868ef029592652bc55ccf1a7927b8735b3a145f19b4962457cd450a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c13a-7ed2-af28-8704cf5fd53c', 12, 1, 'jwt', 1, 0, 'native jwt', 'native_jwt', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x6d7d6acd941087971847f8444031b676d5f644ad5f54e00c92fa0f1f582291e6', '2026-11-28 12:04:19.898627+00', '2026-11-28 12:04:19.898627+00', NULL, 1, 'ba6fe10b', '\x7c239742fc45c2bcb98d41edb30ec3366c9377da6c3957d38bb0b4fe170af6fd595502a3a0f2bebc5eb5bbefa94a1e4e8ffc402d9cb7535502ee26e94a5e3000', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c144-75d9-a8c2-f309f84c9e52', 13, 1, 'oauth', 1, 0, 'native oauth', 'native_oauth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x28082f6fc1e98aa9991a018241e594096a0749cc357468f043a6fb764829a162', '2026-11-28 12:04:19.908788+00', '2026-11-28 12:04:19.908788+00', NULL, 1, 'ba6fe10b', '\x1f2e42a0a946a5ad0c6c694da4ffae0eb99e53b9ef9a2fed2e7cf548e2fa58a7ae58e5c42fc5a511d841fb0a1b2b47a684b7c662c81ad85062c9b8302fbdf708', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c14c-78cc-9d9f-2b9735780548', 14, 1, 'aws', 1, 0, 'native aws', 'native_aws', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x548f600cc8ab5fbba3bc4ed0ec62a234b14f61f931bae7559366a085cff46095', '2026-11-28 12:04:19.91632+00', '2026-11-28 12:04:19.91632+00', NULL, 1, 'ba6fe10b', '\xcd5ee801e795b07e99acf28bcf3e3e17a39264428b12e61d28480b8f0050346ea1aec8c784cb9995a1116c746d0194fb9f0c796eb70a80eece9ff04c89be8301', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c152-7af2-9b4f-6312f4dcfc66', 15, 1, 'mtls', 1, 0, 'native mtls', 'native_mtls', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xf1fbbc8df9ac283149637d073453a58261cd8df8f268bf4ab51307913222ccf3', '2026-11-28 12:04:19.922125+00', '2026-11-28 12:04:19.922125+00', NULL, 1, 'ba6fe10b', '\x14330338788defcb589d9b23ca228017214cb162057c2cc8350d9906d9c239b0ed46eb953544cf2ecb655590cf23b9b8a883c08c5d861df4173285886bd4800b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c159-72b7-ab48-a98e80068d45', 16, 1, 'http_request', 1, 0, 'native http_request', 'native_http_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x6b662ae8c2791539ff9181c39b33ec8a7dcd57dc03b465add57d2725ff26fb6e', '2026-11-28 12:04:19.929658+00', '2026-11-28 12:04:19.929658+00', NULL, 1, 'ba6fe10b', '\x29de75dcf50401fbdcfbc22ac11cb6b0d8a030a0539060222e0c28a8cf352520d70497a2920105dd88f03afc1e35918939753075018dc4d7be2c9546f843b400', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c160-7ba5-845b-7f713ae76a74', 17, 1, 'multi_request', 1, 0, 'native multi_request', 'native_multi_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x4a3a69e361b30dcec1045e519dde041b781200663010d3c639d75ef90606a54c', '2026-11-28 12:04:19.936844+00', '2026-11-28 12:04:19.936844+00', NULL, 1, 'ba6fe10b', '\xaab19c0e3837cb520a87fa510aa63fc7eccce0b5da3fc98939126a30bb190befc9dd0bebb3b1ef902694c80adc4dc1f3bc83738911368c730b778a4a62bcdb07', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c16c-7f9e-bb1f-20c8bec144b9', 18, 2, 'key_values', 1, 0, 'vendor key_values', 'vendor_key_values', '', '{}', '{}', 1, NULL, NULL, '{}', '{hidden}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xd4032789af9f377599325be2091b3c239e541a564dea3ab08490b384a6dca5d7', '2026-11-28 12:04:19.948433+00', '2026-11-28 12:04:19.948433+00', NULL, 1, 'ba6fe10b', '\x57642d09a837f752fba6040c0cc4ab811a47ed37f9eea1815e21f05605e57d53d313e12c1f72c4ec5a3013785192b4d0b9f6f09f5c35bca0c66e97b693948404', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c173-7012-ae2c-bb0068330867', 19, 3, 'api_key', 1, 3, 'vendor api_key', 'vendor_api_key', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x44ef1025682f4e6ff0be22788ca0b0b3ef87024ca6f055a84c6edfd124d3b595', '2026-11-28 12:04:19.955634+00', '2026-11-28 12:04:19.955634+00', NULL, 1, 'ba6fe10b', '\x9699e5538f6a411290444a9430ae9cc0b319cd99844877346125f3d176105b62c84d31bfc0720d6595f10eccf19603d9818127dbe42600880ae4108d02fc5602', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c178-7536-8414-7f7a24745f21', 20, 4, 'aws', 1, 0, 'vendor aws', 'vendor_aws', '', '{}', '{}', 3, 3, 2, '{4}', '{}', NULL, NULL, NULL, false, '\x0802122466353530653731362d656663632d346639662d383066612d6564623439333633323234391801', '{}', 1, 1, 'bbe8c47b', '\x228dc0364a26bd63d62507a46d246a137a3a8d81c539d4f8a969a7f3be426bb0', '2026-11-28 12:04:19.960074+00', '2026-11-28 12:04:19.960074+00', NULL, 1, 'ba6fe10b', '\xdca742e87c2bf5282e9b5274cb29fae319eb480088fdd9883db025a3137d57dd79622ae756a1126aa1da55b7a156901abb71419e924b69fa02d0fe7639862b0d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c182-7a08-a746-4b7285ef7b0f', 21, 4, 'http_request', 1, 0, 'vendor http_request', 'vendor_http_request', '', '{}', '{}', 1, 3, 2, '{}', '{}', NULL, NULL, NULL, false, '\x203c', '{}', 1, 1, 'bbe8c47b', '\x9efc7bcf6f48451ae2012cbf0afe5c936d6dd9db17253e83b2338a4f1e8c4028', '2026-11-28 12:04:19.970764+00', '2026-11-28 12:04:19.970764+00', NULL, 1, 'ba6fe10b', '\x77634cd9eadfc1049900033c72c0a5ffa291a79893830a5dea01d521a2c2531a48a288b824f1cbdee487961f2bd16435d16b702f376c3e426e3f33b8b1ca4f02', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c18a-7869-a38b-964e94430000', 22, 4, 'text', 1, 0, 'live', 'live', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x95c7676c5b10db589edd13a2db2ee7ce3a9d821e1b846a8aedc54b42f5fd210a', '2026-11-28 12:04:19.97822+00', '2026-11-28 12:04:19.97822+00', NULL, 1, 'ba6fe10b', '\x35158d1afc2727e7c8da06fbd3299c355dcfd097ba284fe87908ad34253d35f4d38bc22a78b4f46b47bec2a13fa6cb6f348b9ed9f2954730278e5ba31146fd04', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c192-791d-b4ff-d8f82054c686', 23, 4, 'text', 1, 0, 'test', 'test', '', '{}', '{}', 1, 3, NULL, '{}', '{}', NULL, NULL, '01a2220a-c18a-7869-a38b-964e94430000', true, '\x', '{}', 1, 1, 'bbe8c47b', '\xf1eded25cec3c1447342a3205c8316067a28b8ebf1bfc9fbd3d2d372c3eeb63b', '2026-11-28 12:04:19.986755+00', '2026-11-28 12:04:19.986755+00', NULL, 1, 'ba6fe10b', '\x9edefcfc61af365a52498b94024aa53587f877979b152d61c61041ce45d040a4a8ac6ce573324e5bb338e2c5ff9ca4eb1dbf74d7dd7689944e580c09aefe2703', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c19e-7e1b-a1b4-736d3c92f1a1', 24, 2, 'basic_auth', 2, 0, 'invalid', 'invalid', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{basic_auth.password,"is required"}', 1, 1, 'bbe8c47b', '\xbd83be08f16be20ecf9ba2f7612fbcefc5af86c417b91dc65cd2ac6912471a3f', '2026-11-28 12:04:19.998976+00', '2026-11-28 12:04:19.998976+00', NULL, 1, 'ba6fe10b', '\x87acfc2ce942406fcb06c3fdcf06411489537ebfd8a33d4230ab8e58454808e8ee7a0f0645e8b7990a966cb5db6f7428d5996697ae59389ebc557de696989f09', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-c1af-7401-bc55-c455450f806c', 26, 1, 'text', 1, 0, 'replayed', 'replayed', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x84ead7e387fb5e52327da92c2eb6ecbe8ee40166956103097807c650ce6ed8a2', '2026-11-28 12:04:20.015855+00', '2026-11-28 12:04:20.015855+00', NULL, 1, 'ba6fe10b', '\x47fc7b09ae01b818c9fd868296ed10056a8abc4ff7757768ec61d1222b9fd94e943f1df106874930e20b9af112f0c92c375b58c255891e1bc7518bb3daa9c204', DEFAULT, DEFAULT, DEFAULT),
	('other-2a1d719', '01a2220a-dfc9-749e-8420-583716ec0508', 65, 1, 'text', 1, 0, 'of the other organisation', 'of_the_other_organisation', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xeb1d942b3a46bb4ba5d1ee148f9c8e4ae9bc529d2f645613cc0b1519e56dd662', '2026-11-28 12:04:27.721112+00', '2026-11-28 12:04:27.721112+00', NULL, 1, 'ba6fe10b', '\xf2fe51d5ff72ed8dc65c681c2e16c3e402a601f3f4b5d2eb07a244dd3d85bb56ecc4f1378c43264e95420aa067208c218d7b6076398f7f4f6c868c33b5a30f0f', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e0f4-77d5-af6f-7ff7144ad8b3', 66, 1, 'key_values', 1, 0, 'native key_values', 'native_key_values', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xbcf3ce98b0145bb388e0248924f4a9614a45ef59f6e896788292498a6d5eac31', '2026-11-28 12:04:28.020773+00', '2026-11-28 12:04:28.020773+00', NULL, 1, 'ba6fe10b', '\x1098f3b61d564975340e7986dce0f716f471de1bcc3373e607b92b929eaa4c20855e96f2fa188501f69e7558fde794417373bb8c4961a6aee02622a83ba36607', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e105-719c-8ae9-a31300bfea32', 67, 1, 'raw', 1, 0, 'native raw', 'native_raw', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x3e85ad715a8ae56078819e0a120733d48e4379263112a09f6898a4f1a88061ce', '2026-11-28 12:04:28.037767+00', '2026-11-28 12:04:28.037767+00', NULL, 1, 'ba6fe10b', '\x2bae810c74b26540ac078ad21481ff9333a5b3bad1c9a49e373f5b08e4fbb49f89a98a08f2b4edbd98765847b1c4b66e35116ab883f8d71c388ba272bb58d906', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e109-75f9-8ada-c5d5d3693cb5', 68, 1, 'basic_auth', 1, 0, 'native basic_auth', 'native_basic_auth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xfc6ae827cf7272aa9f204069547982c48acfca9af3c11fa6611204b819c82355', '2026-11-28 12:04:28.041553+00', '2026-11-28 12:04:28.041553+00', NULL, 1, 'ba6fe10b', '\x9595b408bc76f114fa22640e27db40d44f7ed9b4e48a358e8eae8f420aea1c7ae64856af4f95283adf9a09ccf759ca92a5d1e64ecba8fa2126d3a34efaec0a09', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e10b-7668-a5ad-f579f28a4a86', 69, 1, 'oauth2_refresh', 1, 0, 'native oauth2_refresh', 'native_oauth2_refresh', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x9784661cf219f8ee9df31ded07f407e10f5cc7cda4cdf0246703cb37574f1709', '2026-11-28 12:04:28.043966+00', '2026-11-28 12:04:28.043966+00', NULL, 1, 'ba6fe10b', '\xf3f3323032849b4b543b367e0b22a3602a67d4dafbce39adae243e608e2349bc715daa622f3fe216a26db9f2a0395b921f409c47530d4057a4c5aa8538e57203', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e113-785c-b186-6058c62c482c', 70, 1, 'api_key', 1, 0, 'native api_key', 'native_api_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x24b838ae69ac1ef198657e3fcb0749d9f1fe0d79ddc88889cbcfac228936e30d', '2026-11-28 12:04:28.051492+00', '2026-11-28 12:04:28.051492+00', NULL, 1, 'ba6fe10b', '\x642dc39753f23c8ecc1a33fbb0be40e1c85fd9011c4f7f038668f7bffde8eb5dc08e58e33d1d2a5be8575d28495318ec4543e932120b59c89da13b41c9775d0f', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e116-75a3-a093-fd1d5c266d82', 71, 1, 'api_id_key', 1, 0, 'native api_id_key', 'native_api_id_key', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x9aeab4fa7c948aebc83e733f6ea2fa79d818f811954583e1275023cf91464c4e', '2026-11-28 12:04:28.054587+00', '2026-11-28 12:04:28.054587+00', NULL, 1, 'ba6fe10b', '\xc0634a06526d404b967069434ffe51fde88824aa1ca23a43088fa7b734981464902a8b7fd0fbb3bb6e5c10f146e6b1c5bfed2e200cfaad869fd2fe8bf7f0da01', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e11a-7215-9cfa-042ca0d49ab4', 72, 1, 'client_credentials', 1, 0, 'native client_credentials', 'native_client_credentials', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xe4fffb78b2706d4683be3c3d69778aaeef998c97e80dcb8dc422c4ba1dd8bcb5', '2026-11-28 12:04:28.058315+00', '2026-11-28 12:04:28.058315+00', NULL, 1, 'ba6fe10b', '\xc2b7797cb401f517291715b0f7b851e40ac2c8d53caa01f4cb27ed794043b3d810039e920b47cf3e32b74fbc3a4fcff42b88986fc75d1bcc2062b5810f47540f', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e11c-75c1-971f-0db78b4efc1a', 73, 1, 'access_token', 1, 0, 'native access_token', 'native_access_token', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xbb12570f26b6f90146bd5c9ddc3b99cf8fc1dafe8ffd3776da7a87d3ac7df8ed', '2026-11-28 12:04:28.060691+00', '2026-11-28 12:04:28.060691+00', NULL, 1, 'ba6fe10b', '\xa8cbfcb8a0907dbef9a32c34a6d37cdf83c4f7a7555ea2f5722dc78bbe2e8118fec6b6a41b7f950c846327e353b2cb73265f309ac0ed6bb6b4935a6fe81e1105', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e11e-7c21-a22f-477eb8eff60b', 74, 1, 'json_document', 1, 0, 'native json_document', 'native_json_document', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x1001b417572ec222e279a85453089932ece73c121dc53895788333eaad8cf8af', '2026-11-28 12:04:28.062972+00', '2026-11-28 12:04:28.062972+00', NULL, 1, 'ba6fe10b', '\x06b77f2f812ecd2d4e1babedb4891af1632c21d25b0bb482c3d540f41561fa494ac4954cdd98cba423bbec8ccb6c603ac6856767d31c058e55be4fc1a157c703', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e123-7531-a701-cf30b5563680', 75, 1, 'text', 1, 0, 'native text', 'native_text', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x481941b75b7637420bf8c0964db809b93e28737eca85046ad712d27e5880cee1', '2026-11-28 12:04:28.06718+00', '2026-11-28 12:04:28.06718+00', NULL, 1, 'ba6fe10b', '\x7c3e2039771712e6eb7b8e57d88cf3751284e94b31a7c48805739b0742d626a1cf6f660fd9c21b90a1dd2ea77b84ae624b7149c5110c5950d69bb4e054c2d204', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e126-7049-865f-4fa797c4af89', 76, 1, 'jwt', 1, 0, 'native jwt', 'native_jwt', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xc729705865dbf485f5831ee0a06d57331803fa0fea152e864f7ab52900ab9d6a', '2026-11-28 12:04:28.070617+00', '2026-11-28 12:04:28.070617+00', NULL, 1, 'ba6fe10b', '\xd4b40dc3c210c3450ee4d2ac0e20c57f165ee82efe9728e838062a01636cd84277b0972b1dfef9905db0a7eeeaceb0dda1c3b8f3283918925d1cff84adb56207', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e129-7a73-830b-bcf446cf0fec', 77, 1, 'oauth', 1, 0, 'native oauth', 'native_oauth', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x8dc807ebd1b7760490f48cec71ba7b105104221b19d549d9227fe4019dd8a079', '2026-11-28 12:04:28.073878+00', '2026-11-28 12:04:28.073878+00', NULL, 1, 'ba6fe10b', '\xee0b66b66aff0ea5a5544b93ec6f0f8857b18437f9a627e0a21c50b617905e87d07c94f8308ff6008a2d7a6cb35b6d6211d3c54b859430189761d0edfe783104', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e134-7c2d-aa4e-24abeb0cc7e8', 78, 1, 'aws', 1, 0, 'native aws', 'native_aws', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xcb7f82913f98f6fd0f486ab13f9412c2538388be3f79a7f120abb519cf8c9154', '2026-11-28 12:04:28.084369+00', '2026-11-28 12:04:28.084369+00', NULL, 1, 'ba6fe10b', '\x553c3b9e31a2c46e2a9e669019d34c8ab43f9cb65298bcbca3711120403e0e4216a5f795025158cf12c42d8ae1249411063ffdb613e4f859085bb87bb7a51e05', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e13a-7b84-bdda-51ef053c1f14', 79, 1, 'mtls', 1, 0, 'native mtls', 'native_mtls', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x132e7890146db7dd01234e6e17cedf2b03a69f0256163396c24eee5cd39036bb', '2026-11-28 12:04:28.09077+00', '2026-11-28 12:04:28.09077+00', NULL, 1, 'ba6fe10b', '\xbcd8121c08ba71e2a9c2b92b8988bd296d3b8985f35e5b1baccd6f4c4f0ce01ce4bdbfc97030899d917ff1e3dfb8501ec74e146215429f587c46a4941a29a70f', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e13f-7e64-87d3-4de3675c2b91', 80, 1, 'http_request', 1, 0, 'native http_request', 'native_http_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xbac27ec8a390c603d9e6fd1dfae807a930308f87d86b23c13836fca934884f5f', '2026-11-28 12:04:28.095208+00', '2026-11-28 12:04:28.095208+00', NULL, 1, 'ba6fe10b', '\x518a82bc94a40d4d930ff88b6cbe5da44edc5b77557d06e12919f6011af27e5d20e83fab19918a6afe42f59d97180ac933707a61a2febbb5b3e51dc6978fb90d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e148-72bf-8f87-70ab876fa8b3', 81, 1, 'multi_request', 1, 0, 'native multi_request', 'native_multi_request', '', '{}', '{*.example.com}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\xfb83a520e6a993814f705e90b68da0c00b83bfc8b66540401b2953578b9ac305', '2026-11-28 12:04:28.104074+00', '2026-11-28 12:04:28.104074+00', NULL, 1, 'ba6fe10b', '\x469a3ed25ca2f65e9a4870e32c155d2badbe6e2d4be445129b726c95f5a8d48e87b03f71aa0d5764e734c01aca51360610bff721c4e2e1d1aa1ec31b8effab0a', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e14c-7ea7-8ede-751f88dd5a73', 82, 2, 'key_values', 1, 0, 'vendor key_values', 'vendor_key_values', '', '{}', '{}', 1, NULL, NULL, '{}', '{hidden}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x61119ee2368328cfb02f651ef8d23ff05b79c156c23222ccdd8ffda172a778a3', '2026-11-28 12:04:28.108844+00', '2026-11-28 12:04:28.108844+00', NULL, 1, 'ba6fe10b', '\x094282423bd8fe768f48a4092a539d45b4f4cc2c88571cddbea3cb9d075a5d321d639aedc839bae80384dcfe71d86f04fede4e3bfaf099188956ea193952bc00', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e151-737e-8fcc-42fc330cadd7', 83, 3, 'api_key', 1, 3, 'vendor api_key', 'vendor_api_key', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x066111cb88a7bf7c511484f114072d024f4497d71c2894b9e3e52198d5d74a19', '2026-11-28 12:04:28.113662+00', '2026-11-28 12:04:28.113662+00', NULL, 1, 'ba6fe10b', '\x90073809c832e8bb4d360cb53407f16080b7acf78b491142a1d5ca98ea055394cd09ce812a8625054ee649b07181e4000699968bce091b865e99529539ebcb0b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e157-7263-8b52-612fc06fa4ad', 84, 4, 'aws', 1, 0, 'vendor aws', 'vendor_aws', '', '{}', '{}', 3, 5, 4, '{6}', '{}', NULL, NULL, NULL, false, '\x0802122438613633636539642d343635362d346431662d393234352d3336376233653239643430621801', '{}', 1, 1, 'bbe8c47b', '\xc3a5c02083a5203d6358adb1c527b390dca4918e284c19af2a76bee9a056ef26', '2026-11-28 12:04:28.119293+00', '2026-11-28 12:04:28.119293+00', NULL, 1, 'ba6fe10b', '\x708f03a8f399f09053c799c8aab83aaa064125e019d341c80e3dd7c5e7079a25531cc0020f1121dbe5266f8b71d61077ba913a8226f5414ae562b72cf919370b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e15c-7da3-9ec9-e558858ed503', 85, 4, 'http_request', 1, 0, 'vendor http_request', 'vendor_http_request', '', '{}', '{}', 1, 5, 4, '{}', '{}', NULL, NULL, NULL, false, '\x203c', '{}', 1, 1, 'bbe8c47b', '\xd5479cf2ba27addf4d0f1938631c04a861e1c8d1e379adad953a46afbcd4724d', '2026-11-28 12:04:28.124444+00', '2026-11-28 12:04:28.124444+00', NULL, 1, 'ba6fe10b', '\x9fb1eceb9021ba9e5d0a56da47f4360772b3759f5b0b6a81e3ff308afa76e148bdf35e401d7283f1ad181443e04543e3bd74f9be40bf4cd9b5858527c99b6504', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e15f-7e3d-99a2-9f396e87ad9f', 86, 4, 'text', 1, 0, 'live', 'live', '', '{}', '{}', 1, 5, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x1824458370d420ed02da5ffd9ef25a55f84ce5321963c00dc881d568a026ed5e', '2026-11-28 12:04:28.127272+00', '2026-11-28 12:04:28.127272+00', NULL, 1, 'ba6fe10b', '\xff983a40e28cde7ac8fba59f9a1e4effa03891e6cd6a50e910a3ea7ea22b61009b1439a012f0e4572373037e35556fe3ddc926a850e11519874e6d82fb24d30b', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e15f-74dc-9fbc-404d03f38bc8', 87, 4, 'text', 1, 0, 'test', 'test', '', '{}', '{}', 1, 5, NULL, '{}', '{}', NULL, NULL, '01a2220a-e15f-7e3d-99a2-9f396e87ad9f', true, '\x', '{}', 1, 1, 'bbe8c47b', '\x1dca8cd0de4da501fbb8d671e919f52f352ff85e17de708c8fcd441ec89d309f', '2026-11-28 12:04:28.127475+00', '2026-11-28 12:04:28.127475+00', NULL, 1, 'ba6fe10b', '\x08bc5696b8273295d5da1bdab8295aac001ed5d5ac3bac18d556e4978522800eb17f262421b6b086a0b5afd4d406a76b8d6465f0a8f34c3279b635c46ac29b02', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e1a4-7336-84e6-55f9d12d7b78', 88, 2, 'basic_auth', 2, 0, 'invalid', 'invalid', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{basic_auth.password,"is required"}', 1, 1, 'bbe8c47b', '\x019685fcfad782cc358142d450a9010433ba9f603e223e38b8fe13daa6a8a563', '2026-11-28 12:04:28.196673+00', '2026-11-28 12:04:28.196673+00', NULL, 1, 'ba6fe10b', '\x3260f5b63da91bba2c822fb107c7fee152a5ec348d587d8a25fb6bf889257e3db685f5afd1b44adc74618cfb2c4e788a2c29fd92f003af65e41123ae9335080c', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e1b2-76a9-a2d8-2469d8cf2526', 89, 1, 'text', 1, 0, 'expired', 'expired', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', '2026-11-28 12:04:29.205173+00', NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x79dc2de48eadfd900a079cf8fd683db1c43867d4e94a01f1a411c5e86c99edd0', '2026-11-28 12:04:28.210729+00', '2026-11-28 12:04:28.210729+00', NULL, 1, 'ba6fe10b', '\x788391ae15cba9f8232c5dd8f4980657ce49bfbb9486d199469f39f7a65816dccbc7a1b54197c4a9a9b16f8e1a9ac18044ca9bd113b95d596bf18ad29234c707', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e1b9-762e-806a-4011c6638462', 90, 1, 'text', 1, 0, 'deleted', 'deleted', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 2, 'bbe8c47b', '\xf74f45209f0a0b14b6494c7f63a1d03c8d1b5f9c5970637ba47bce80f49aa1b8', '2026-11-28 12:04:28.217693+00', '2026-11-28 12:04:28.224372+00', '2026-11-28 12:04:28.224372+00', 1, 'ba6fe10b', '\xffb94d29f95b3bf23427221db3655198edbc81a8f6b9e05e2cc9ac3d679df747a04ee9aaef11892cc546b3c7ca7d9ba8c73c0a75f40325006da5653ff5353109', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e1cb-7ee9-a503-8c6d9e333a36', 91, 1, 'text', 1, 0, 'replayed', 'replayed', '', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 1, 1, 'bbe8c47b', '\x1323c958bbdc646f56f1bbcdbe27fc49cb3341e3b870aa59b7e242376d4357c2', '2026-11-28 12:04:28.23586+00', '2026-11-28 12:04:28.23586+00', NULL, 1, 'ba6fe10b', '\x7f31227040bf4a99393adc216b8f44bc731080240edd4bd577d933a7f5f5c742a23f35249010c47a95caa34a9e05a7db26c9b8636c979890526624cafa64df0d', DEFAULT, DEFAULT, DEFAULT),
	('default', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', 92, 1, 'basic_auth', 1, 0, 'versions', 'versions', 'renamed', '{}', '{}', 1, NULL, NULL, '{}', '{}', NULL, NULL, NULL, false, '\x', '{}', 5, 6, 'bbe8c47b', '\x34101ac3110e28bd33ed49cb1da61efcb94fc04c30f781f432682380bfe9148d', '2026-11-28 12:04:28.241394+00', '2026-11-28 12:04:28.296006+00', NULL, 1, 'ba6fe10b', '\x0f0887e808e37d54017f85b87eddb1b6b9cbe9428968b74eae89efa7ff1e0ddcf767d4c6fdddc253bcc910af9e64a5c1d2c0a5e2ff647fd90ba1c37e40106003', DEFAULT, DEFAULT, DEFAULT);

INSERT INTO public.folders VALUES
	('default', 1, 3, NULL, 'outer', 1, '2026-11-28 12:04:19.773669+00', '2026-11-28 12:04:19.773669+00'),
	('default', 2, 3, 1, 'inner', 1, '2026-11-28 12:04:19.778105+00', '2026-11-28 12:04:19.778105+00'),
	('default', 3, 5, NULL, 'outer', 1, '2026-11-28 12:04:27.738477+00', '2026-11-28 12:04:27.738477+00'),
	('default', 4, 5, 3, 'inner', 1, '2026-11-28 12:04:27.750993+00', '2026-11-28 12:04:27.750993+00');

INSERT INTO public.organisations VALUES
	('other-72bc27a', '', 2, 0, '2026-11-28 12:04:19.690706+00', 10, '30 days', 1, '2026-11-28 12:04:19.690706+00'),
	('other-2a1d719', '', 2, 0, '2026-11-28 12:04:27.704234+00', 10, '30 days', 1, '2026-11-28 12:04:27.704234+00'),
	('default', '', 6, 4, '2026-11-28 12:04:19.34095+00', 10, '30 days', 1, '2026-11-28 12:04:19.34095+00');

INSERT INTO public.request_ids VALUES
	('default', '18490933-ec21-4f9b-a4d4-5a746f9bc5b8', 'CreateCredential', '288cdda3', '\xf9e5f4bf767cb2baeb53577d140f5a126efdef869787e345a5fe98f84a6b18db', '01a2220a-c1af-7401-bc55-c455450f806c', '2026-11-28 12:04:20.015855+00', NULL),
	('default', '3d48033b-33c6-4953-93b6-a3996ad2c2c9', 'CreateCredential', '288cdda3', '\xf9e5f4bf767cb2baeb53577d140f5a126efdef869787e345a5fe98f84a6b18db', '01a2220a-e1cb-7ee9-a503-8c6d9e333a36', '2026-11-28 12:04:28.236114+00', NULL),
	('default', 'e00264a2-19b1-466f-9125-537b9080d524', 'UpdateCredential', '288cdda3', '\x580e9afcc65d208db0c9944faebcf21e510d7a5f12da6afc48b3efd843c6efe2', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '2026-11-28 12:04:28.246959+00', NULL),
	('default', '678f1f83-b54d-453f-aa52-bec8d1f71664', 'UpdateCredential', '288cdda3', '\xe1c74ad93719d79305ccb1008a359afaabf23bce5119f98a58dbb2969d149138', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '2026-11-28 12:04:28.254306+00', NULL),
	('default', '3b1c7c41-2fc4-41cb-8592-993a7c0e0cce', 'UpdateCredential', '288cdda3', '\x13445294ca9ff254638b3d5b3b63872e54722f57ac5b377f907597970ac5fe91', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '2026-11-28 12:04:28.258564+00', NULL),
	('default', '090118bf-a965-40d4-8e4c-cc9e360428ce', 'UpdateCredential', '288cdda3', '\x1c04b51c13c96ba440a9cd443bf593d9ba37dcf08af78e41d185e34760c09750', '01a2220a-e1d1-76e7-ad33-c888d0ef37e7', '2026-11-28 12:04:28.266488+00', NULL);

INSERT INTO public.schema_migrations VALUES
	(1, '0001_initial.sql', '\xaaaefe138da8b0d3957f9a72b75a0d4d6c4294dd0526e28a18a77d718127ac59', '2026-11-28 12:04:19.236001+00'),
	(2, '0002_whole_apis.sql', '\x2f8d00c19cfec9d21d7ce62a50c13e3406e7793164bb52dc6017bacb49be9b8c', '2026-11-28 12:04:26.778812+00'),
	(3, '0003_nothing_lost.sql', '\xb930524f36e4fd7c000af141c58ce7c205875f52f4770ddc3601e753f62d7c29', '2026-11-28 12:04:26.789288+00'),
	(4, '0004_shared_statements.sql', '\x379a903fe20c99f99a813d3624fe766bb923e2d9a271f315f1b16ba00b1f212c', '2026-11-28 12:04:26.805876+00'),
	(5, '0005_chained_alone.sql', '\x13139f2bd14ebb45e4f3d9b3a9f52b7abfeba7def303f74b110fc0a389ecc1cc', '2026-11-28 12:04:26.807308+00');

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
	('default', 4, 'friends 72bc27a', 'friends_72bc27a', 1, '2026-11-28 12:04:19.771143+00', '2026-11-28 12:04:19.771143+00'),
	('other-2a1d719', 1, 'Team 1', 'team_1', 1, '2026-11-28 12:04:27.704234+00', '2026-11-28 12:04:27.704234+00'),
	('other-2a1d719', 2, 'Team 2', 'team_2', 1, '2026-11-28 12:04:27.704234+00', '2026-11-28 12:04:27.704234+00'),
	('default', 5, 'payments 2a1d719', 'payments_2a1d719', 1, '2026-11-28 12:04:27.732349+00', '2026-11-28 12:04:27.732349+00'),
	('default', 6, 'friends 2a1d719', 'friends_2a1d719', 1, '2026-11-28 12:04:27.736104+00', '2026-11-28 12:04:27.736104+00');

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

