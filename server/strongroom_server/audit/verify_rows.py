"""Verifies every stored row and box: that a node signed the row, and that each box is the one that was sealed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from strongroom_server.audit.box_events import box_hashes, is_destroyed
from strongroom_server.audit.findings import Finding
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import ApiKey, Identity, IdentityIssuer
from strongroom_server.store import connection_keys, connection_sessions, events, rows, token_keys, webhooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from strongroom_server.core.records import StoredWebhook
    from strongroom_server.sealing.keyring import Keyring, SignedRow
    from strongroom_server.store.connection_sessions import StoredSession
    from strongroom_server.store.database import Database
    from strongroom_server.store.rows import BoxRow, CredentialRow
    from strongroom_server.store.token_keys import TokenRow

_UNSIGNED: Final = "the row was changed: it does not carry the signature of a node"


@dataclass(slots=True)
class Checked:
    """How much was checked. `opened` counts the boxes whose private key this node has."""

    credentials: int = 0
    boxes: int = 0
    opened: int = 0
    api_keys: int = 0
    # With their issuers.
    identities: int = 0
    request_ids: int = 0
    tokens: int = 0
    webhooks: int = 0
    # Those of EventService.
    events: int = 0
    connections: int = 0
    # Those of consent that have not expired.
    sessions: int = 0


async def verify_rows(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Finding]:
    """Yield each finding. Memory does not grow with the number of rows.

    `progress` is called with the number of rows that were checked since its last call.
    """
    async for page in rows.credential_pages(database):
        for found in page:
            for finding in await _credential_findings(keyring, found):
                yield finding
        checked.credentials += len(page)
        progress(len(page))
    async for boxes in rows.box_pages(database):
        for box in boxes:
            if problem := _problem_of(keyring, box, checked):
                named = f"credential {box.credential_id}: version {box.version.version}"
                yield Finding(box.organisation_id, f"{named}: {problem}")
        checked.boxes += len(boxes)
        progress(len(boxes))
    for find in (
        _token_findings,
        _connection_findings,
        _key_findings,
        _identity_findings,
        _request_id_findings,
        _webhook_findings,
        _event_findings,
        _session_findings,
    ):
        async for finding in find(database, keyring, checked, progress):
            yield finding


async def _token_findings(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None]
) -> AsyncIterator[Finding]:
    after = token_keys.FIRST
    while page := await token_keys.page(database, after):
        after = page[-1].key
        for found in page:
            if problem := await _problem_of_token(keyring, found, checked):
                yield Finding(found.row.organisation_id, f"token of credential {found.row.id}: {problem}")
        checked.tokens += len(page)
        progress(len(page))


async def _problem_of_token(keyring: Keyring, found: TokenRow, checked: Checked) -> str | None:
    if not await _is_signed(keyring, found.token):
        return _UNSIGNED
    if hashlib.sha256(found.box).digest() != found.token.box_sha256:
        return "the box was changed: the row has another hash"
    if keyring.holds(found.token.sealing_key_id):
        checked.opened += 1
        try:
            keyring.unseal_token(found.row, found.token, found.box)
        except ServiceError:
            return "the box does not open, or it was sealed for another token"
    return None


async def _connection_findings(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None]
) -> AsyncIterator[Finding]:
    async for page in connection_keys.pages(database):
        for connection in page:
            if not await _is_signed(keyring, connection):
                yield Finding(connection.organisation_id, f"connection {connection.credential_id}: {_UNSIGNED}")
        checked.connections += len(page)
        progress(len(page))


async def _key_findings(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None]
) -> AsyncIterator[Finding]:
    async for keys in rows.pages(database, ApiKey):
        for key in keys:
            if not await _is_signed(keyring, key):
                yield Finding(key.organisation_id, f"API key {key.id}: {_UNSIGNED}")
        checked.api_keys += len(keys)
        progress(len(keys))


async def _identity_findings(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None]
) -> AsyncIterator[Finding]:
    async for issuers in rows.pages(database, IdentityIssuer):
        for issuer in issuers:
            if not await _is_signed(keyring, issuer):
                yield Finding(issuer.organisation_id, f"identity issuer {issuer.id}: {_UNSIGNED}")
        checked.identities += len(issuers)
        progress(len(issuers))
    async for identities in rows.pages(database, Identity):
        for identity in identities:
            if not await _is_signed(keyring, identity):
                yield Finding(identity.organisation_id, f"identity {identity.id}: {_UNSIGNED}")
        checked.identities += len(identities)
        progress(len(identities))


async def _webhook_findings(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None]
) -> AsyncIterator[Finding]:
    async for page in webhooks.pages(database):
        for stored in page:
            if problem := await _problem_of_webhook(keyring, stored, checked):
                yield Finding(stored.webhook.organisation_id, f"webhook {stored.webhook.id}: {problem}")
        checked.webhooks += len(page)
        progress(len(page))


async def _problem_of_webhook(keyring: Keyring, stored: StoredWebhook, checked: Checked) -> str | None:
    webhook = stored.webhook
    if not await _is_signed(keyring, webhook):
        return _UNSIGNED
    if hashlib.sha256(stored.box).digest() != webhook.box_sha256:
        return "the box was changed: the row has another hash"
    if keyring.holds(webhook.sealing_key_id):
        checked.opened += 1
        try:
            keyring.unseal_webhook(webhook, stored.box)
        except ServiceError:
            return "the box does not open, or it was sealed for another webhook"
    return None


async def _event_findings(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None]
) -> AsyncIterator[Finding]:
    async for page in events.pages(database):
        for event in page:
            if not keyring.has_outbox_mac(event):
                yield Finding(event.organisation_id, f"event {event.event_id}: the row was changed or added")
        checked.events += len(page)
        progress(len(page))


async def _session_findings(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None]
) -> AsyncIterator[Finding]:
    async for page in connection_sessions.pages(database):
        for stored in page:
            if problem := await _problem_of_session(keyring, stored, checked):
                yield Finding(stored.session.organisation_id, f"connection session {stored.session.id}: {problem}")
        checked.sessions += len(page)
        progress(len(page))


async def _problem_of_session(keyring: Keyring, stored: StoredSession, checked: Checked) -> str | None:
    session, signer = stored.session, keyring.keys.signers.get(stored.session.signer_id)
    if signer is not None and signer.is_retired:
        # Sessions are not signed again: no node accepts this one.
        return None
    if not await _is_signed(keyring, session):
        return _UNSIGNED
    if hashlib.sha256(stored.box).digest() != session.box_sha256:
        return "the box was changed: the row has another hash"
    if keyring.holds(session.sealing_key_id):
        checked.opened += 1
        try:
            keyring.unseal_session(session, stored.box)
        except ServiceError:
            return "the box does not open, or it was sealed for another session"
    return None


async def _request_id_findings(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None]
) -> AsyncIterator[Finding]:
    async for request_ids in rows.request_id_pages(database):
        for made in request_ids:
            if not keyring.has_mac(made):
                yield Finding(made.organisation_id, f"request id {made.request_id}: the row was changed or added")
        checked.request_ids += len(request_ids)
        progress(len(request_ids))
    for organisation_id, action, event_id in await rows.lost_request_ids(database):
        yield Finding(organisation_id, f"event {event_id} of {action}: the row of its request id is gone")


async def _credential_findings(keyring: Keyring, found: CredentialRow) -> list[Finding]:
    row, problems = found.row, []
    if not await _is_signed(keyring, row):
        problems.append(_UNSIGNED)
    if not found.has_box:
        problems.append(f"version {row.version}: the box is gone")
    return [Finding(row.organisation_id, f"credential {row.id}: {problem}") for problem in problems]


def _problem_of(keyring: Keyring, found: BoxRow, checked: Checked) -> str | None:  # noqa: PLR0911 - one return for each
    """What is wrong with a box; None if it is as it was sealed."""
    row = found.row
    if row is None:
        return "the box belongs to no credential"
    version = found.version
    if version.box is None:
        # The missing box of the current version is reported with the row.
        return "the box is gone" if version.destroy_time is None and version.version != row.version else None
    if version.destroy_time is not None:
        return "the version was destroyed, but it has a box"
    proven = [event for event in found.events if keyring.is_authentic(event)]
    if is_destroyed(proven):
        return "the audit trail says that the version was destroyed, but it has a box"
    hashes = box_hashes(proven)
    if len(hashes) != 1:
        return f"{len(hashes)} hashes of the box are in the audit trail: there must be exactly one"
    (expected,) = hashes
    if version.version == row.version:
        if (version.variant, version.sealing_key_id) != (row.variant, row.sealing_key_id):
            return "the variant or the sealing key of the box is not the one in the row"
        if row.box_sha256 != expected:
            return "the row has another hash of the box than the audit trail"
    if hashlib.sha256(version.box).digest() != expected:
        return "the box was changed: the audit trail has another hash"
    if keyring.holds(version.sealing_key_id):
        checked.opened += 1
        try:
            keyring.unseal_version(row, version, expected)
        except ServiceError:
            return "the box does not open, or it was sealed for another version"
    return None


async def _is_signed(keyring: Keyring, row: SignedRow) -> bool:
    try:
        await keyring.verify(row)
    except ServiceError:
        return False
    return True
