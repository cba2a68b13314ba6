"""Verifies every stored row and box: that a node signed the row, and that each box is the one that was sealed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from strongroom_server.audit.box_events import box_hashes, is_destroyed
from strongroom_server.audit.findings import Finding
from strongroom_server.core.errors import ServiceError
from strongroom_server.store import rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from strongroom_server.core.records import ApiKey, Credential
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database
    from strongroom_server.store.rows import BoxRow


@dataclass(slots=True)
class Checked:
    """How much was checked. `opened` counts the boxes whose private key this node has."""

    credentials: int = 0
    boxes: int = 0
    opened: int = 0
    api_keys: int = 0


async def verify_rows(
    database: Database, keyring: Keyring, checked: Checked, progress: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Finding]:
    """Yield each finding. Memory does not grow with the number of rows.

    `progress` is called with the number of rows that were checked since its last call.
    """
    async for page in rows.credential_pages(database):
        for row, has_box in page:
            if not await _is_signed(keyring, row):
                yield _finding(row, "the row was changed: it does not carry the signature of a node")
            if not has_box:
                yield _finding(row, f"version {row.version}: the box is gone")
        checked.credentials += len(page)
        progress(len(page))
    async for boxes in rows.box_pages(database):
        for found in boxes:
            if found.row is None:
                problem: str | None = "the box belongs to no credential"
            else:
                problem = _problem_of(keyring, found.row, found, checked)
            if problem:
                named = f"credential {found.credential_id}: version {found.version.version}"
                yield Finding(found.organisation_id, f"{named}: {problem}")
        checked.boxes += len(boxes)
        progress(len(boxes))
    async for keys in rows.api_key_pages(database):
        for key in keys:
            if not await _is_signed(keyring, key):
                text = f"API key {key.id}: the row was changed: it does not carry the signature of a node"
                yield Finding(key.organisation_id, text)
        checked.api_keys += len(keys)
        progress(len(keys))


def _problem_of(  # noqa: PLR0911 - one return for each problem
    keyring: Keyring, row: Credential, found: BoxRow, checked: Checked
) -> str | None:
    """What is wrong with a box; None if it is as it was sealed."""
    version = found.version
    if version.box is None:
        # verify_rows reports the missing box of the current version with the row.
        return "the box is gone" if version.destroy_time is None and version.version != row.version else None
    if version.destroy_time is not None:
        return "the version was destroyed, but it has a box"
    hashes, source = {row.box_sha256}, "the row"
    if version.version == row.version:
        if (version.variant, version.sealing_key_id) != (row.variant, row.sealing_key_id):
            return "the variant or the sealing key of the box is not the one in the row"
    else:
        proven = [event for event in found.events if keyring.is_authentic(event)]
        if is_destroyed(proven):
            return "the audit trail says that the version was destroyed, but it has a box"
        hashes, source = box_hashes(proven), "the audit trail"
    if len(hashes) != 1:
        return f"{len(hashes)} hashes of the box are in {source}: there must be exactly one"
    (expected,) = hashes
    if hashlib.sha256(version.box).digest() != expected:
        return f"the box was changed: {source} has another hash"
    if keyring.holds(version.sealing_key_id):
        checked.opened += 1
        try:
            keyring.unseal_version(row, version, expected)
        except ServiceError:
            return "the box does not open, or it was sealed for another version"
    return None


async def _is_signed(keyring: Keyring, row: Credential | ApiKey) -> bool:
    try:
        await keyring.verify(row)
    except ServiceError:
        return False
    return True


def _finding(row: Credential, text: str) -> Finding:
    return Finding(row.organisation_id, f"credential {row.id}: {text}")
