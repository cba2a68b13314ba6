"""Reads the present rights of a caller that is not here: work that it began goes on in its name only while it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from strongroom_server.access import api_keys, identities, scopes
from strongroom_server.access.newest import verify_newest
from strongroom_server.store import identities as identity_rows
from strongroom_server.store import keys

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database


async def read_caller(
    database: Database, keyring: Keyring, key_id: str, principal: str, now: datetime
) -> Caller | None:
    """The caller of an API key, or of an identity if it has a principal. None if it is revoked, disabled, expired or gone.

    Reads the rows themselves, so that a change counts at once. Raises SEAL_BROKEN.
    """
    caller = await (_identity(database, keyring, key_id) if principal else _api_key(database, keyring, key_id))
    if caller is None or (caller.expire_time is not None and caller.expire_time <= now):
        return None
    return structs.replace(caller, principal=principal)


async def _api_key(database: Database, keyring: Keyring, key_id: str) -> Caller | None:
    row, newer = await keys.api_key_with_newer(database, key_id)
    if row is None:
        return None
    await verify_newest(database, keyring, row, newer)
    return api_keys.caller_of(row, scopes.decode(row.scope)) if row.revoke_time is None else None


async def _identity(database: Database, keyring: Keyring, identity_id: str) -> Caller | None:
    found = await identity_rows.identity_with_newer(database, identity_id)
    issuer = await identity_rows.issuer_with_newer(database, found[0].issuer_id) if found else None
    if found is None or issuer is None:
        return None
    await verify_newest(database, keyring, *found)
    await verify_newest(database, keyring, *issuer)
    is_disabled = found[0].disable_time is not None or issuer[0].disable_time is not None
    return None if is_disabled else identities.caller_of(found[0])
