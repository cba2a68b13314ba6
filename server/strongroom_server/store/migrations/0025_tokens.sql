-- Tokens that UseService got from providers, and the leases by which one node at a time asks for a new one.

-- One row for each credential and set of parameters. `parameters_sha256` is empty for no parameters. The row of a managed
-- oauth2_refresh is its grant: its box has the refresh token.
create table tokens (
    organisation_id text collate "C" not null,
    credential_id uuid not null,
    parameters_sha256 bytea not null,
    -- What is signed. Without a token the box is null.
    version bigint not null,
    policy_sha256 bytea not null,
    generation bigint not null,
    sealing_key_id text not null,
    box_sha256 bytea not null,
    create_time timestamptz not null,
    expire_time timestamptz,
    signature_format integer not null,
    signer_id text not null,
    signature bytea not null,
    box bytea,
    -- What is not signed: the state of the refresh, a number of credential.proto, and since when.
    state smallint not null check (state between 1 and 5),
    state_time timestamptz not null,
    reason text not null,
    failures integer not null,
    failure_time timestamptz,
    retry_time timestamptz,
    -- When a new token was last requested because a receiver had rejected one.
    forced_time timestamptz,
    -- Whether an earlier request with this pair may have been answered, and nobody stored the response.
    in_doubt boolean not null,
    -- The lease, which also records that a request may be under way. Each lease adds 1 to the fence.
    fence bigint not null,
    lease_node integer,
    lease_until timestamptz,
    primary key (organisation_id, credential_id, parameters_sha256),
    foreign key (organisation_id, credential_id) references credentials (organisation_id, id) on delete cascade
);
create index tokens_of_sealing_key on tokens (sealing_key_id) where box is not null;

-- Each process that asks providers holds an advisory lock of its number for as long as its connection lives, so that the others see
-- when it is gone.
create sequence node_numbers as integer;
