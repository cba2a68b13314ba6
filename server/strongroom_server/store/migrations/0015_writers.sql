-- The database role of a writer node locks teams that a credential is shared with, but may not change them. Postgres lets only a role
-- lock rows that may update one of their columns. This column is for that: it is always null, and nothing reads it.
alter table teams add column lockable boolean;
