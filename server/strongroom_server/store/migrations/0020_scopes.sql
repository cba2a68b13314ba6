-- What an API key is limited to besides teams (access/scopes.py). Empty is no limit. Rows signed in formats 1 to 3 cannot set it.
alter table api_keys add column scope bytea not null default '';
