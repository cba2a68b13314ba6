"""Verifies that each row has the revision of its last event, and that each revision was written once.

The events are those of a chain that was verified, so the database can neither forge nor hide one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.audit.findings import Finding
from strongroom_server.store import audit_chain, revisions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.store.database import Database
    from strongroom_server.store.revisions import History


async def credential_findings(database: Database, organisation_id: str) -> AsyncIterator[Finding]:
    """Yield the credentials whose row or whose events show that a row was put back, removed or not recorded."""
    dropped = await audit_chain.head(database, organisation_id, "dropped")
    for history in await revisions.contradictory(database, organisation_id, months_dropped=dropped is not None):
        text = _problem_of(history)
        if history.writes != history.revisions:
            repeated = await revisions.repeated_revision(database, organisation_id, history.credential_id)
            text = f"has two events of revision {repeated}: an older row was put back and then changed"
        yield Finding(organisation_id, f"credential {history.credential_id} {text}")


def _problem_of(history: History) -> str:
    present, recorded = history.present, history.recorded
    if present is None and history.ended != recorded:
        return "is gone, and no event says so"
    if present is not None and present < recorded:
        return f"is older than its events: revision {present}, they say {recorded}"
    if present is not None and history.removed:
        return "exists, although its events say that it was removed for good"
    if present is not None and present > recorded:
        return f"has revision {present}, but its events say {recorded}"
    highest, lowest = history.highest or recorded, history.lowest or recorded
    if highest != recorded:
        return f"was read with revision {recorded}, but its last recorded write has revision {highest}"
    missing = highest - lowest + 1 - history.revisions
    return f"lacks {missing} of the events of its revisions {lowest} to {highest}"
