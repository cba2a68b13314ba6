-- OAuth connections: the account and the app of a credential, and the sessions in which people consent.

-- A connection is a credential with a row here. Its tokens are in `tokens`.
create table connections (
    organisation_id text collate "C" not null,
    credential_id uuid primary key,
    -- The credential with the client. On Tines' surface the connection itself.
    app_id uuid not null,
    user_id text not null,
    account_issuer text not null,
    account_subject text not null,
    account_label text not null,
    scopes text[] not null,
    create_time timestamptz not null,
    consent_time timestamptz not null,
    revision bigint not null,
    signature_format integer not null,
    signer_id text not null,
    signature bytea not null,
    foreign key (organisation_id, credential_id) references credentials (organisation_id, id) on delete cascade
);
create index connections_of_app on connections (organisation_id, app_id);
create index connections_of_user on connections (organisation_id, user_id);
create trigger strongroom_signer_is_valid before insert or update of signature on connections
    for each row when (new.signer_id <> '') execute function strongroom_require_signer();

-- One consent of one person. Each change is signed anew. The box has the code and what its exchange needs.
create table connection_sessions (
    organisation_id text collate "C" not null references organisations,
    id uuid primary key,
    -- The id of the key or the identity that began it. Only that one completes it.
    creator text not null,
    app_id uuid not null,
    -- The connection that gets a new consent, and after completion the one that was stored.
    connection_id uuid,
    surface smallint not null,
    user_id text not null,
    -- A serialised Credential: what the new credential gets.
    template bytea not null,
    scopes text[] not null,
    -- Name and value of each, alternating.
    parameters text[] not null,
    redirect_uri text not null,
    return_url text not null,
    -- Hashes of the secrets in the link, the state of the consent URL and the cookie. Empty: there is none (any more).
    link_sha256 bytea not null,
    state_sha256 bytea not null,
    cookie_sha256 bytea not null,
    -- A number of ConnectionSessionState, and why it failed.
    state smallint not null check (state between 1 and 4),
    error text not null,
    create_time timestamptz not null,
    expire_time timestamptz not null,
    revision bigint not null,
    sealing_key_id text not null,
    box_sha256 bytea not null,
    signature_format integer not null,
    signer_id text not null,
    signature bytea not null,
    box bytea not null
);
create unique index connection_sessions_by_link on connection_sessions (link_sha256) where link_sha256 <> '';
create unique index connection_sessions_by_state on connection_sessions (state_sha256) where state_sha256 <> '';
create index connection_sessions_of_organisation on connection_sessions (organisation_id, expire_time);
create trigger strongroom_signer_is_valid before insert or update of signature on connection_sessions
    for each row when (new.signer_id <> '') execute function strongroom_require_signer();
