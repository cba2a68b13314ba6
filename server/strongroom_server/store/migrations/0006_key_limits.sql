-- What an API key may grant to the keys that it makes. Rows signed in formats 1 and 2 cannot set it: what they may grant follows
-- from their roles (access/grants.py).
alter table api_keys add column grantable_roles integer[] not null default '{}';

-- What tokens of a registered public key must satisfy; empty and 0: nothing.
alter table api_keys
    add column jwt_audience text not null default '',
    add column max_token_age_seconds bigint not null default 0;
