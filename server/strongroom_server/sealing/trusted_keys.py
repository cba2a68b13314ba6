"""Decides which rows of the key tables a node trusts, and whether its own private keys fit them. Must not know SQL.

The root key signs the rows, and its public key is a file on the node. So someone who can write to the database can neither replace
a sealing key nor register a signer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

import structlog
from nacl.bindings import crypto_scalarmult_base

from strongroom_server.core.errors import KEY_ERROR_STATUS, OperatorError
from strongroom_server.sealing import boxes, chain, signatures
from strongroom_server.sealing.key_files import SealingPair

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strongroom_server.core.records import AuditEvent, SealingKey, SigningKey
    from strongroom_server.sealing.key_files import KeyFiles, SigningPair

# The states in which boxes under a key may exist, so that nodes need its private part.
UNRETIRED: Final = ("pending", "active", "retiring")
# What the column `wrapping` begins with if a sealing key of the deployment wraps the private part.
WRAPPED_BY: Final = "sealing:"

CANARY: Final = b"strongroom canary"

_log = structlog.get_logger()


class KeyRows(NamedTuple):
    """The rows of the key tables, and the events that say that a row was changed after its revision."""

    sealing: Sequence[SealingKey]
    signing: Sequence[SigningKey]
    newer: Sequence[AuditEvent] = ()


class KeyringError(OperatorError):
    """The keys of the database and of the node do not fit together. The text says why, and contains no key."""

    exit_status = KEY_ERROR_STATUS


@dataclass(frozen=True, slots=True)
class Signer:
    """A registered signing key. A retired one signs nothing any more, but the events that it signed stay in their chains."""

    public_key: bytes
    purpose: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """The keys of the database that this node trusts, and the private parts that it has.

    active: seals for every organisation that has no key of its own. own: the active key of each organisation that has its own; None
    if it was destroyed. missing: the unretired keys whose private part this node should have and has not; empty on a node that does
    not open boxes.
    """

    active: SealingKey
    own: Mapping[str, SealingKey | None]
    sealing: Mapping[str, SealingKey]
    pairs: Mapping[str, SealingPair]
    missing: tuple[SealingKey, ...]
    signers: dict[str, Signer]
    # When the first admin key was registered. Administrative events of before have only a MAC.
    administered_since: datetime


def trusted_keys(files: KeyFiles, rows: KeyRows) -> TrustedKeys:
    """The trusted keys of the tables. Raises KeyringError if the tables or this node's files are wrong."""
    if not rows.sealing:
        raise KeyringError("the database has no sealing key: run `strongroom-server setup`")
    require_trusted(files, rows.sealing, rows.signing)
    signers = {
        key.id: Signer(key.public_key, key.purpose, key.state in ("retired", "destroyed"))
        for key in rows.signing
        if is_trusted(files.root_public_key, key)
    }
    # An old row that was put back is a key that was retired or destroyed, or one that is not active yet.
    old = {event.subject for event in rows.newer if is_signed_event(signers, event)}
    for key_id in old:
        _log.error("old row of a key put back", key=key_id)
    signers = {key_id: signer for key_id, signer in signers.items() if key_id not in old}
    if any(not signer.purpose for signer in signers.values()):
        raise KeyringError(
            "the database is from a version in which signing keys had no purpose: run `strongroom-server setup` with the "
            "root key, which signs its rows again"
        )
    sealing = {key.id: key for key in rows.sealing if key.id not in old and is_trusted(files.root_public_key, key)}
    for key_id in (pair.id for pair in files.sealing):
        if key_id in old:
            raise KeyringError(
                f"the row of the sealing key {key_id} in the database is an old one that was put back, as the audit trail says: "
                "restore the table sealing_keys from a newer backup of the database"
            )
    active = [key for key in sealing.values() if key.state == "active" and not key.organisation_id]
    if len(active) != 1:
        raise KeyringError(f"there must be exactly one active sealing key of the deployment, there are {len(active)}")
    for pair, purpose in ((files.signing, signatures.WRITE), (files.admin, signatures.ADMIN)):
        if pair is not None:
            _require_registered(files, signers.get(pair.id), pair, purpose)
    pairs, missing = _pairs(files, sealing)
    admin_keys = (key for key in rows.signing if key.purpose == signatures.ADMIN)
    created = (key.create_time for key in admin_keys if is_signed(files.root_public_key, key))
    administered_since = min(created, default=datetime.min.replace(tzinfo=UTC))
    return TrustedKeys(active[0], _own_keys(sealing), sealing, pairs, missing, signers, administered_since)


def is_signed_event(signers: Mapping[str, Signer], event: AuditEvent) -> bool:
    """Whether an admin key signed the event."""
    signer = signers.get(event.signer_id)
    if signer is None or signer.purpose != signatures.ADMIN:
        return False
    try:
        signatures.verify_bytes(signer.public_key, chain.encode(event), event.mac)
    except signatures.SignatureBroken:
        return False
    return True


def require_complete(files: KeyFiles, keys: TrustedKeys) -> None:
    """Raises KeyringError if the node opens boxes and lacks the private part of an unretired sealing key."""
    if not keys.missing:
        return
    key = keys.missing[0]
    if key.wrapping:
        raise KeyringError(
            f"the private part of the sealing key {key.id} of the organisation {key.organisation_id} is wrapped by the sealing key "
            f"{key.wrapping.removeprefix(WRAPPED_BY)}, which this node does not hold, or it was changed: copy the file of that "
            f"key to {files.directory}, or restore the table sealing_keys from a backup of the database"
        )
    raise KeyringError(
        f"the private part of the sealing key {key.id}, which is {key.state}, is not on this node: copy sealing-{key.id}.key from "
        f"another node, or from the backup of the key files, to {files.directory}"
    )


def private_part_header(key: SealingKey) -> boxes.Header:
    """The header of the box that holds the private part of an organisation's key."""
    return boxes.Header(key.wrapping.removeprefix(WRAPPED_BY), key.organisation_id, UUID(int=0), 0, f"key {key.id}")


def canary_header(key_id: str) -> boxes.Header:
    """The header of the canary of a sealing key."""
    return boxes.Header(key_id, "strongroom", UUID(int=0), 0, "canary")


def opens_canary(pair: SealingPair, key: SealingKey) -> bool:
    """Whether a private part belongs to a sealing key: it opens the key's canary."""
    if pair.public_key != key.public_key:
        return False
    try:
        return boxes.unseal(pair.public_key, pair.private_key, canary_header(pair.id), key.canary) == CANARY
    except boxes.BoxBroken:
        return False


def unwrapped(key: SealingKey, wrapping_pair: SealingPair) -> SealingPair | None:
    """The pair of an organisation's key, or None if its private part does not open or is another key's."""
    try:
        private_key = boxes.unseal(
            wrapping_pair.public_key, wrapping_pair.private_key, private_part_header(key), key.wrapped_private_key
        )
        pair = SealingPair(key.id, crypto_scalarmult_base(private_key), private_key)
    except (boxes.BoxBroken, ValueError):
        return None
    return pair if opens_canary(pair, key) else None


def _own_keys(sealing: Mapping[str, SealingKey]) -> dict[str, SealingKey | None]:
    own: dict[str, SealingKey | None] = {}
    for key in sealing.values():
        if key.organisation_id and key.state == "active":
            own[key.organisation_id] = key
        elif key.organisation_id and key.state == "destroyed":
            own.setdefault(key.organisation_id, None)
    return own


def _pairs(files: KeyFiles, sealing: Mapping[str, SealingKey]) -> tuple[dict[str, SealingPair], tuple[SealingKey, ...]]:
    """The private parts that the node has, and the unretired keys whose private part it lacks."""
    pairs: dict[str, SealingPair] = {}
    for pair in files.sealing:
        key = sealing.get(pair.id)
        if key is None:
            raise KeyringError(
                f"the sealing key {pair.id} of this node is not registered in the database, or the root key did not sign its row: "
                f"remove {files.directory}/sealing-{pair.id}.key if `sealing-keys create` was interrupted; otherwise keep it, and "
                "restore the table sealing_keys from a backup of the database"
            )
        if key.state == "destroyed":
            _log.warning("file of a destroyed sealing key", key=pair.id, remedy="remove the file")
        elif opens_canary(pair, key):
            pairs[pair.id] = pair
        elif pair.public_key != key.public_key:
            raise KeyringError(
                f"sealing-{pair.id}.key in {files.directory} is not the private part of the sealing key {pair.id} and "
                "does not open its canary: restore it from the backup of the key files"
            )
        else:
            raise KeyringError(
                f"the sealing key {pair.id} of this node does not open its canary: restore the table sealing_keys from a "
                "backup of the database"
            )
    if not files.sealing:
        return pairs, ()
    for key in sealing.values():
        wrapping_pair = pairs.get(key.wrapping.removeprefix(WRAPPED_BY))
        if key.wrapped_private_key and wrapping_pair and (found := unwrapped(key, wrapping_pair)):
            pairs[key.id] = found
    return pairs, tuple(key for key in sealing.values() if key.state in UNRETIRED and key.id not in pairs)


def _require_registered(files: KeyFiles, signer: Signer | None, pair: SigningPair, purpose: str) -> None:
    kind = "signing" if purpose == signatures.WRITE else "admin"
    if signer is None or (signer.public_key, signer.purpose) != (pair.public_key, purpose):
        raise KeyringError(
            f"the {kind} key {pair.id} of this node is not registered in the database: "
            f"run `{_setup_of(files)}` with the root key in {files.directory}"
        )
    if signer.is_retired:
        raise KeyringError(
            f"the {kind} key {pair.id} of this node is retired: remove {files.directory}/{kind}-{pair.id}.key and run "
            f"`{_setup_of(files)}` with the root key, which makes a new one"
        )


def _setup_of(files: KeyFiles) -> str:
    return f"strongroom-server setup{'' if files.admin else ' --role=writer'}"


def require_trusted(files: KeyFiles, sealing_keys: Sequence[SealingKey], signing_keys: Sequence[SigningKey]) -> None:
    """Raises KeyringError if the root key signed none of the sealing keys, or did not sign one that this node opens with."""
    broken = [key.id for key in sealing_keys if not is_signed(files.root_public_key, key)]
    own = {pair.id for pair in files.sealing}
    if (len(broken) < len(sealing_keys) and own.isdisjoint(broken)) or not broken:
        return
    if len(broken) < len(sealing_keys) or any(is_signed(files.root_public_key, key) for key in signing_keys):
        raise KeyringError(
            f"the row of the sealing key {broken[0]} in the database was changed: it is not signed by the root key. "
            "Restore the table sealing_keys from a backup of the database"
        )
    if own.isdisjoint(broken):
        raise KeyringError(
            f"the keys in the database belong to another deployment than those in {files.directory}: "
            "set STRONGROOM_DATA_DIR or STRONGROOM_DATABASE_URL so that they are of the same deployment"
        )
    raise KeyringError(
        f"{files.directory}/root.pub did not sign the keys in the database. If the root key was replaced, run "
        "`strongroom-server root-key accept` with the file that `root-key replace` wrote. Otherwise restore root.pub from the "
        "backup of the key files, or, if it is right, the tables sealing_keys and signing_keys from a backup of the database"
    )


def is_trusted(root_public_key: bytes, key: SealingKey | SigningKey) -> bool:
    """Whether the root key signed this row. A row that it did not sign is logged."""
    if not is_signed(root_public_key, key):
        _log.error("key not signed by the root key", table=type(key).__name__, key=key.id)
        return False
    return True


def is_signed(root_public_key: bytes, key: SealingKey | SigningKey) -> bool:
    """Whether the root key signed this row."""
    try:
        signatures.verify(root_public_key, key)
    except signatures.SignatureBroken:
        return False
    return True
