-- Where browsers may be sent after a consent, and whether Switchboard's callback exchanges codes at once.

-- Rows that exist keep their signatures: in the format that they were signed in, both columns must be as here.
alter table organisations
    add column return_urls text[] not null default '{}',
    add column switchboard_callback_exchanges boolean not null default false;
