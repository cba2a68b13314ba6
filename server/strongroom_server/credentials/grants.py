"""What AccessCredential gives of a managed grant, and how its management ends.

The refresh token of a managed credential is the service's: the one in the data is old once it was used. use/grants.py refreshes it.
The client_secret of a connection is that of its app: whoever may access the connection need not see the app.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import REFRESH_STATE_ACTIVE, SURFACE_TINES, Credential, CredentialData
from strongroom_server.access.caller import require_team
from strongroom_server.core import records
from strongroom_server.core.errors import InternalError, ServiceError, invalid
from strongroom_server.core.retries import Conflict
from strongroom_server.core.timestamps import put
from strongroom_server.credentials import checks, messages
from strongroom_server.credentials.pairs import is_of, open_pair, sha256_of
from strongroom_server.credentials.usability import usability_of
from strongroom_server.rules.state import state_of
from strongroom_server.rules.surfaces import surface_of
from strongroom_server.rules.use_settings import USE_SETTINGS
from strongroom_server.store import audit, connections, credential_writes, tokens
from strongroom_server.store.credential_writes import Change
from strongroom_server.store.tokens import Key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import StoredCredential, StoredToken
    from strongroom_server.credentials.pairs import Pair
    from strongroom_server.credentials.update_mask import Mask
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.store.database import Transaction

# The subject of the events of the access that ends the management: AccessCredential, and UpdateCredential for the new version.
UNMANAGED: Final = "unmanaged"
# How long after its lease the response of a silent node is waited for.
_SILENCE: Final = timedelta(seconds=10)


def is_managed(row: records.Credential) -> bool:
    """Whether the service refreshes the credential's tokens."""
    return bool(row.use_settings) and row.variant == "oauth2_refresh" and USE_SETTINGS.of(row).managed


def require_still_managed(before: records.Credential, after: records.Credential, mask: Mask) -> None:
    """Raises FIELD_INVALID if a change of the settings would lose the current refresh token."""
    if before.use_settings == after.use_settings or not is_managed(before) or is_managed(after):
        return
    if not mask.whole_data and "refresh_token" not in mask.data_fields:
        raise invalid(
            "credential.use_settings.managed",
            "must stay true unless a refresh_token is sent: end it by AccessCredential with unmanage, which keeps the current one",
        )


async def keeps_grant(vault: Vault, row: records.Credential, mask: Mask) -> bool:
    """Whether a change of the data leaves a grant that a person consented to, which is worth as much as the secrets that are sent.

    Raises FIELD_INVALID for a connection whose data is a copy of its app's client and its first refresh token.
    """
    is_grant = is_managed(row) or (row.variant == "oauth" and row.surface == SURFACE_TINES)
    if not is_grant or not mask.changes_data:
        return False
    if not await connections.is_connection(vault.database, row.organisation_id, row.id):
        return False
    if row.variant == "oauth":
        return True
    raise invalid(
        "update_mask", "must not have data of a connection: UpdateApp changes its client, Reconnect its tokens"
    )


async def retry_misconfigured(vault: Vault, changes: Sequence[Change]) -> None:
    """Have the grants refreshed at once whose client these changes may have repaired. Otherwise they are tried hourly."""
    # A node without private keys may not change tokens.
    if not vault.keyring.opens:
        return
    for row in (change.row for change in changes):
        if row.variant == "oauth" or is_managed(row):
            with contextlib.suppress(ServiceError, InternalError):
                await connections.retry_misconfigured(vault.database, row.organisation_id, row.id)


async def message_of(vault: Vault, stored: StoredCredential, data: CredentialData) -> Credential:
    """The credential without its refresh token, of a connection without its client_secret too, and with its present access token.

    Raises SEAL_BROKEN.
    """
    row = stored.row
    is_connected, token = await connections.with_grant(vault.database, row.organisation_id, row.id)
    pair = await open_pair(vault.keyring, row, b"", token) if token is not None and token.box is not None else None
    # An older version may be of another variant.
    if data.HasField("oauth2_refresh"):
        data.oauth2_refresh.ClearField("refresh_token")
        # The pair says it too: without its row in the database, a connection must not give more.
        if is_connected or (pair is not None and pair.endpoint_origin):
            data.oauth2_refresh.ClearField("client_secret")
    message = messages.message_of(stored, data)
    message.grant.state = REFRESH_STATE_ACTIVE
    if token is not None:
        _set_grant(message.grant, row, token, pair, vault.watch.now())
    return message


def _set_grant(
    grant: Credential.Grant, row: records.Credential, stored: StoredToken, pair: Pair | None, now: datetime
) -> None:
    token, refresh = stored.token, stored.refresh
    grant.generation = token.generation
    grant.state = refresh.state  # type: ignore[assignment] # an enumeration's number
    grant.reason = refresh.reason
    put(grant.state_time, refresh.state_time)
    if refresh.retry_time is not None:
        put(grant.retry_time, refresh.retry_time)
    if pair is None or not is_of(row, stored) or (token.expire_time is not None and token.expire_time <= now):
        return
    grant.access_token = pair.access_token
    grant.token_type = pair.token_type
    grant.scopes.extend(pair.scopes)
    if token.expire_time is not None:
        put(grant.expire_time, token.expire_time)


async def unmanage(vault: Vault, stored: StoredCredential, present: CredentialData, caller: Caller) -> Credential:
    """End the management of a credential that the caller may access: its current refresh token becomes its data, in a new version.

    Raises GRANT_UNMANAGED, REFRESH_PENDING while a request is under way, and Conflict if the rows changed.
    """
    row, key = stored.row, _key_of(stored.row)
    require_team(caller, row.team_id)
    if await connections.is_connection(vault.database, row.organisation_id, row.id):
        raise _is_connected()

    async def end(transaction: Transaction) -> tuple[Change, CredentialData] | None:
        data = CredentialData()
        data.CopyFrom(present)
        # Without a row there would be nothing to lock, and the first refresh could send the refresh token meanwhile.
        await tokens.add(transaction, key)
        token = await tokens.read(transaction, key, lock=True)
        pair = await open_pair(vault.keyring, row, b"", token) if token is not None and token.box is not None else None
        goes_on = pair is not None and pair.seed_sha256 == sha256_of(data.oauth2_refresh.refresh_token)
        # A pair that is left of an earlier management is not lost either.
        if not is_managed(row) and not goes_on:
            raise ServiceError(reasons.ERROR_REASON_GRANT_UNMANAGED)
        _require_no_request(token, vault.watch.now())
        if pair is not None and pair.endpoint_origin:
            # Without its row in the database, a connection must not give its refresh token.
            raise _is_connected()
        if pair is not None and goes_on:
            data.oauth2_refresh.refresh_token = pair.refresh_token
        change = _unmanaged(vault, row, data, caller)
        if not await credential_writes.replace_in(transaction, change):
            return None
        await tokens.delete(transaction, key)
        access = vault.recorder.event(caller, "AccessCredential", change.row, subject=UNMANAGED)
        await audit.record_events(transaction, [access])
        return change, data

    ended = await vault.database.in_transaction(end)
    if ended is None:
        raise Conflict
    change, data = ended
    vault.saw_stored([change])
    return messages.message_of(structs.replace(stored, row=change.row), data)


def _is_connected() -> ServiceError:
    return invalid("unmanage", "must be false for a connection: Disconnect ends it")


def _require_no_request(token: StoredToken | None, now: datetime) -> None:
    """Raises REFRESH_PENDING while a request may be under way: its response would have the only valid refresh token."""
    if token is None or token.refresh.lease_until is None:
        return
    end = token.refresh.lease_until + _SILENCE
    if end > now:
        raise ServiceError(
            reasons.ERROR_REASON_REFRESH_PENDING, state="ACTIVE", retry_time=end.strftime("%Y-%m-%dT%H:%M:%SZ")
        )


def _unmanaged(vault: Vault, row: records.Credential, data: CredentialData, caller: Caller) -> Change:
    """The change to a new version with this data, which is not managed."""
    settings = USE_SETTINGS.of(row)
    settings.ClearField("managed")
    required = surface_of(row.surface).required_data(row.variant, row)
    violations = checks.check_data(data, required, accept_invalid=True)
    version = row.version + 1
    sealed = vault.keyring.seal(row.organisation_id, row.id, version, row.variant, data.SerializeToString())
    changed = vault.keyring.sign(
        structs.replace(
            row,
            use_settings=settings.SerializeToString(deterministic=True),
            **state_of(violations),
            **usability_of(data, row.allowed_hosts, violations),
            version=version,
            sealing_key_id=sealed.key_id,
            box_sha256=sealed.sha256,
            revision=row.revision + 1,
            update_time=vault.watch.now(),
        )
    )
    event = vault.recorder.event(
        caller, "UpdateCredential", changed, box_sha256=sealed.sha256, changed=True, subject=UNMANAGED
    )
    return Change(changed, row.revision, records.Act(event), sealed.box)


def _key_of(row: records.Credential) -> Key:
    return Key(row.organisation_id, row.id, b"")
