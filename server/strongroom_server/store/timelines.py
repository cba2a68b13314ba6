"""Tells whether the database may have lost its newest commits: then its write-ahead log has another timeline."""

from __future__ import annotations

from typing import Final

# SQL for the number of the present timeline. It is 1 on a new server, and a promoted replica or a server that was recovered to an
# earlier point has a higher one. A replica that was promoted after asynchronous replication lacks the last commits of its primary.
PRESENT: Final = "('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer"
# No server has it: rows of a restored backup have it.
RESTORED: Final = 0
