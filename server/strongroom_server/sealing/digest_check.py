"""Checks that a node's digest key file has the deployment's digest key. Must not know SQL.

Without it, a key file that was replaced under the same id would go unnoticed: the node would serve, and write audit events that no
other node accepts.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from strongroom_server.core.records import DigestKeyCheck
from strongroom_server.sealing import chain
from strongroom_server.sealing.trusted_keys import KeyringError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom_server.core.records import AuditEvent
    from strongroom_server.sealing.key_files import DigestKey, KeyFiles


def check_of(key: DigestKey, now: datetime) -> DigestKeyCheck:
    """The row that registers a digest key."""
    return DigestKeyCheck(key.id, _mac(key, f"strongroom digest key {key.id}".encode()), now)


def is_registered(files: KeyFiles, registered: Sequence[DigestKeyCheck]) -> bool:
    """Whether the node's digest key is registered. False if the database has none, because an earlier version set it up.

    Raises KeyringError if the database has another key.
    """
    if not registered:
        return False
    known = {row.id: row for row in registered}
    own = known.get(files.digest.id)
    if own is None:
        copies = " or ".join(f"digest-{key_id}.key" for key_id in sorted(known))
        raise KeyringError(
            f"{files.digest_file}: this is not the digest key of this deployment: "
            f"replace it with {copies} from another node or from the backup of the key files"
        )
    if not hmac.compare_digest(own.check_value, check_of(files.digest, own.create_time).check_value):
        raise _replaced(files)
    return True


def require_proofs(files: KeyFiles, newest: Sequence[AuditEvent]) -> None:
    """Check an unregistered key against the newest audit events. Raises KeyringError if the MAC of none is correct under it."""
    if newest and not any(hmac.compare_digest(event.mac, _mac(files.digest, chain.encode(event))) for event in newest):
        raise _replaced(files)


def _replaced(files: KeyFiles) -> KeyringError:
    return KeyringError(
        f"{files.digest_file}: the file does not hold the digest key {files.digest.id} of this deployment: "
        "restore it from the backup of the key files, or copy it from another node"
    )


def _mac(key: DigestKey, text: bytes) -> bytes:
    return hmac.digest(key.key, text, hashlib.sha256)
