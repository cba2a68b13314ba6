-- The roles that an API key may grant to keys that it creates. Rows signed in formats 1 and 2 cannot set it: what they may grant
-- follows from their roles (access/grants.py).
alter table api_keys add column grantable_roles integer[] not null default '{}';

-- The limits of tokens that are signed with a registered key. Empty and 0 mean no limit.
alter table api_keys
    add column jwt_audience text not null default '',
    add column max_token_age_seconds bigint not null default 0;
