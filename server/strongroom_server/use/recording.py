"""Commits the audit event of a use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.store import audit

if TYPE_CHECKING:
    from strongroom.v1.audit_service_pb2 import CredentialUse
    from strongroom_server.access.caller import Caller
    from strongroom_server.use.context import Context, Selected


async def record(
    context: Context, caller: Caller, action: str, selected: Selected, use: CredentialUse, outcome: str = "OK"
) -> None:
    """Commit the event of a use of the selected credential. Raises AUDIT_UNAVAILABLE. use/trail.py knows which events a use has."""
    vault = context.vault
    event = vault.recorder.event(caller, action, selected.row, outcome=outcome, use=use.SerializeToString())
    await audit.commit(vault.database, event)
