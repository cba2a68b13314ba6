-- Events have a place a moment after they are written: the index of places need not hold them before.
drop index audit_events_by_position;
create index audit_events_by_position on audit_events (organisation_id, chain_position) where chain_position is not null;
