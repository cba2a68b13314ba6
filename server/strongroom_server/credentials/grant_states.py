"""Shows the state of the grant of a credential that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.core.timestamps import put
from strongroom_server.credentials.grants import is_managed
from strongroom_server.store import grant_states

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strongroom.v1.credential_pb2 import Credential
    from strongroom_server.core import records
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.store.grant_states import GrantState


def may_have_grant(row: records.Credential) -> bool:
    """Whether a credential may have a grant. Whether it has one is in other rows."""
    return row.variant == "oauth" or is_managed(row)


async def show(vault: Vault, shown: Iterable[tuple[Credential, records.StoredCredential]]) -> None:
    """Set `grant` in the messages of credentials of one organisation. Reads nothing if none of them may have a grant."""
    by_id = {stored.row.id: (message, stored.row) for message, stored in shown if may_have_grant(stored.row)}
    if not by_id:
        return
    organisation_id = next(iter(by_id.values()))[1].organisation_id
    for credential_id, state in (await grant_states.read(vault.database, organisation_id, tuple(by_id))).items():
        _set(by_id[credential_id][0].grant, state)


def _set(grant: Credential.Grant, state: GrantState) -> None:
    grant.generation = state.generation
    grant.state = state.state  # type: ignore[assignment] # an enumeration's number
    grant.reason = state.reason
    put(grant.state_time, state.state_time)
    if state.retry_time is not None:
        put(grant.retry_time, state.retry_time)
    if state.expire_time is not None:
        put(grant.expire_time, state.expire_time)
