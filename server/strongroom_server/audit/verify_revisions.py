"""Verifies that each row has the revision of its last event, and that each revision was written once.

The events are those of a chain that was verified, so the database can neither forge nor hide one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.audit.findings import Finding
from strongroom_server.store import audit_chain, revisions, subjects

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


async def subject_findings(database: Database, organisation_id: str) -> AsyncIterator[Finding]:
    """Yield the API keys, organisations, teams, folders, sealing and signing keys that differ from the events about them."""
    for row, kind in subjects.KINDS.items():
        for history in await subjects.contradictory(database, row, organisation_id):
            yield Finding(organisation_id, f"{kind.name} {history.subject} {_problem_of_subject(history)}")


def _problem_of_subject(history: subjects.History) -> str:
    highest, lowest = history.highest or 0, history.lowest or 0
    if history.events != history.revisions:
        return f"has two events of one revision, between {lowest} and {highest}: an older row was put back and then changed"
    if history.deleted and history.present is not None:
        return "exists, although its events say that it was deleted"
    if history.present is None:
        return "is gone, and no event says so"
    if history.present < highest:
        return f"is older than its events: revision {history.present}, they say {highest}"
    if history.present > highest:
        return f"has revision {history.present}, but its events say {highest}"
    return f"lacks {highest - lowest + 1 - history.revisions} of the events of its revisions {lowest} to {highest}"


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
