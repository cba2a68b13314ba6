"""Checks the keys of a node, then seals, opens, signs and verifies with them. Must not know SQL.

The root key signs the rows of sealing keys and of writers' signing keys, and its public key is a file on the node. So someone who
can write to the database can neither replace the sealing key nor register a writer.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from uuid import UUID

import structlog
from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import KEY_ERROR_STATUS, OperatorError, ServiceError
from strongroom_server.core.records import (
    ApiKey,
    AuditEvent,
    AuditHead,
    Credential,
    Made,
    Organisation,
    SealingKey,
    SigningKey,
    Team,
    Version,
)
from strongroom_server.sealing import boxes, chain, request_ids, signatures

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from strongroom_server.sealing.key_files import KeyFiles, SealingPair, SigningPair

KeyRow = TypeVar("KeyRow", SealingKey, SigningKey)
SignedRow = TypeVar("SignedRow", bound=Credential | ApiKey | AuditHead | Organisation | Team)

_log = structlog.get_logger()

_CANARY = b"strongroom canary"


class KeyringError(OperatorError):
    """The keys of the database and of the node do not fit together. The text says why, and contains no key."""

    exit_status = KEY_ERROR_STATUS


@dataclass(frozen=True, slots=True)
class Sealed:
    """A box, the id of its sealing key, and its SHA-256."""

    key_id: str
    box: bytes = dataclasses.field(repr=False)
    sha256: bytes


class KeyRows(NamedTuple):
    """The rows of the key tables, and the events that say that a row was changed after its revision."""

    sealing: Sequence[SealingKey]
    signing: Sequence[SigningKey]
    newer: Sequence[AuditEvent] = ()


@dataclass(frozen=True, slots=True)
class _Signer:
    """A registered signing key. A retired one signs nothing any more, but the events that it signed stay in their chains."""

    public_key: bytes
    purpose: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of the database that this node trusts: the sealing key for new boxes, and the signing keys by id."""

    active: SealingKey
    signers: dict[str, _Signer]
    # When the first admin key was registered. Administrative events of before have only a MAC.
    administered_since: datetime


class Keyring:
    """The keys of a running node: those of its files, and the trusted ones of the key tables, which `reload` reads again."""

    def __init__(self, files: KeyFiles, rows: KeyRows, read_rows: Callable[[], Awaitable[KeyRows]]) -> None:
        self._files = files
        self._read_rows = read_rows
        # Copied for each body: a copy costs two thirds of a new HMAC object.
        self._mac = hmac.new(files.digest.key, digestmod="sha256")
        self._pairs = {pair.id: pair for pair in files.sealing}
        self._keys = self._checked(rows)

    async def reload(self) -> None:
        """Read the key tables again. Raises KeyringError, and keeps the present keys, if the new ones do not fit this node."""
        self._keys = self._checked(await self._read_rows())

    def seal(self, organisation_id: str, credential_id: UUID, version: int, variant: str, data: bytes) -> Sealed:
        """Seal one version's data with the active sealing key."""
        header = boxes.Header(self._keys.active.id, organisation_id, credential_id, version, variant)
        box = boxes.seal(self._keys.active.public_key, header, data)
        return Sealed(self._keys.active.id, box, hashlib.sha256(box).digest())

    def unseal(self, row: Credential, box: bytes | None) -> bytes:
        """Open the box of a verified row, and return its data. Raises SEAL_BROKEN, OPENING_KEY_ABSENT."""
        version = Version(row.version, row.variant, row.sealing_key_id, row.update_time, "", None, box)
        return self.unseal_version(row, version, row.box_sha256)

    def unseal_version(self, row: Credential, version: Version, box_sha256: bytes) -> bytes:
        """Open the box of a version of a verified row, if it has this hash. Raises SEAL_BROKEN, OPENING_KEY_ABSENT."""
        pair = self.opening_pair(version.sealing_key_id)
        box = version.box
        if box is None or hashlib.sha256(box).digest() != box_sha256:
            raise seal_broken(row)
        header = boxes.Header(version.sealing_key_id, row.organisation_id, row.id, version.version, version.variant)
        try:
            return boxes.unseal(pair.public_key, pair.private_key, header, box)
        except boxes.BoxBroken:
            raise seal_broken(row) from None

    def opening_pair(self, key_id: str) -> SealingPair:
        """The key pair that opens boxes of this sealing key. Raises OPENING_KEY_ABSENT."""
        pair = self._pairs.get(key_id)
        if pair is None:
            raise ServiceError(error_reason_pb2.ERROR_REASON_OPENING_KEY_ABSENT)
        return pair

    def holds(self, key_id: str) -> bool:
        """Whether this node can open boxes of this sealing key."""
        return key_id in self._pairs

    @property
    def opens(self) -> bool:
        """Whether this node holds any private sealing key."""
        return bool(self._pairs)

    @property
    def administers(self) -> bool:
        """Whether this node holds an admin key."""
        return self._files.admin is not None

    def require_admin_key(self) -> None:
        """Raises SIGNER_ROLE_ABSENT."""
        self._admin_pair()

    def sign(self, row: SignedRow) -> SignedRow:
        """The row with this node's signature over all of its other columns. Raises SIGNER_ROLE_ABSENT."""
        is_admin = signatures.PURPOSES[type(row)] == signatures.ADMIN
        return _signed(self._admin_pair() if is_admin else self._files.signing, row)

    def decoy(self, row: ApiKey) -> ApiKey:
        """The row signed by a key that may not sign it: refused, after as much work as a row that is accepted."""
        return _signed(self._files.signing, row)

    async def verify(self, row: SignedRow) -> None:
        """Raises SEAL_BROKEN unless a registered key that may sign such rows signed this one, and nobody changed it."""
        if row.signer_id not in self._keys.signers:
            # Another node may have registered its key since the tables were read.
            try:
                await self.reload()
            except KeyringError as error:
                _log.error("keys not reloaded", error=str(error))
        try:
            signer = self._keys.signers[row.signer_id]
            signatures.verify(signer.public_key, row)
        except (KeyError, signatures.SignatureBroken):
            raise seal_broken(row) from None
        if signer.is_retired or signer.purpose != signatures.PURPOSES[type(row)]:
            raise seal_broken(row)

    def is_signed_head(self, head: AuditHead) -> bool:
        """Whether any registered key signed an exported head. Heads from before there were purposes have other signers, and
        an exported head cannot make a wrong chain right: it only adds what a chain must contain.
        """
        signer = self._keys.signers.get(head.signer_id)
        try:
            signatures.verify(signer.public_key if signer else bytes(32), head)
        except signatures.SignatureBroken:
            return False
        return signer is not None

    def digest(self, body: bytes) -> tuple[str, bytes]:
        """The id of the deployment's digest key, and the HMAC-SHA-256 of the body under it."""
        mac = self._mac.copy()
        mac.update(body)
        return self._files.digest.id, mac.digest()

    def event_with_mac(self, event: AuditEvent) -> AuditEvent:
        """The event with this deployment's MAC over all of its other columns."""
        _, mac = self.digest(chain.encode(event))
        return structs.replace(event, mac=mac)

    def signed_event(self, event: AuditEvent) -> AuditEvent:
        """The administrative event, signed by this node's admin key. Raises SIGNER_ROLE_ABSENT."""
        pair = self._admin_pair()
        event = structs.replace(event, signer_id=pair.id)
        return structs.replace(event, mac=signatures.sign_bytes(pair.secret_key, chain.encode(event)))

    def is_authentic(self, event: AuditEvent) -> bool:
        """Whether a node of this deployment wrote the event, and nobody changed it: its MAC, or its signature, is correct."""
        if not event.signer_id:
            return not self._needs_signature(event) and hmac.compare_digest(
                event.mac, self.digest(chain.encode(event))[1]
            )
        return _is_signed_event(self._keys.signers, event)

    def _needs_signature(self, event: AuditEvent) -> bool:
        """Whether the event claims an administrative act. Every node has the digest key, and a writer node must not claim one."""
        return (
            event.action in signatures.ADMINISTRATIVE_ACTIONS
            and event.outcome == "OK"
            and event.event_time >= self._keys.administered_since
        )

    def may_chain(self, event: AuditEvent) -> bool:
        """Whether the event is authentic, and its signer is not retired."""
        signer = self._keys.signers.get(event.signer_id) if event.signer_id else None
        return self.is_authentic(event) and not (signer and signer.is_retired)

    def made_with_mac(self, made: Made) -> Made:
        """The row of a request id with this deployment's MAC over all of its other columns."""
        return structs.replace(made, mac=self.digest(request_ids.encode_made(made))[1])

    def has_mac(self, made: Made) -> bool:
        """Whether the MAC of a request id's row is correct."""
        return hmac.compare_digest(made.mac, self.digest(request_ids.encode_made(made))[1])

    def require_mac(self, made: Made) -> None:
        """Raises SEAL_BROKEN if the MAC of a request id's row is wrong."""
        if not self.has_mac(made):
            raise ServiceError(error_reason_pb2.ERROR_REASON_SEAL_BROKEN)

    def _checked(self, rows: KeyRows) -> _Keys:
        """The trusted keys of the tables. Raises KeyringError if they do not fit this node's files."""
        files = self._files
        if not rows.sealing:
            raise KeyringError("the database has no sealing key: run `strongroom-server setup`")
        require_trusted(files, rows.sealing, rows.signing)
        signers = {
            key.id: _Signer(key.public_key, key.purpose, key.state == "retired")
            for key in rows.signing
            if key.state != "destroyed" and is_trusted(files.root_public_key, key)
        }
        # An old row that was put back is a key that was retired or destroyed, or one that is not active yet.
        old = {event.subject for event in rows.newer if _is_signed_event(signers, event)}
        for key_id in old:
            _log.error("old row of a key put back", key=key_id)
        signers = {key_id: signer for key_id, signer in signers.items() if key_id not in old}
        if any(not signer.purpose for signer in signers.values()):
            raise KeyringError(
                "the database is from a version in which signing keys had no purpose: run `strongroom-server setup` with the "
                "root key, which signs its rows again"
            )
        trusted = [key for key in rows.sealing if key.id not in old and is_trusted(files.root_public_key, key)]
        self._check_canaries(trusted)
        active = [key for key in trusted if key.state == "active"]
        if len(active) != 1:
            raise KeyringError(f"there must be exactly one active sealing key, there are {len(active)}")
        for pair, purpose in ((files.signing, signatures.WRITE), (files.admin, signatures.ADMIN)):
            if pair is not None:
                _require_registered(files, signers.get(pair.id), pair, purpose)
        admin_keys = (key for key in rows.signing if key.purpose == signatures.ADMIN)
        created = (key.create_time for key in admin_keys if is_signed(files.root_public_key, key))
        administered_since = min(created, default=datetime.min.replace(tzinfo=UTC))
        return _Keys(active[0], signers, administered_since)

    def _admin_pair(self) -> SigningPair:
        if self._files.admin is None:
            raise ServiceError(error_reason_pb2.ERROR_REASON_SIGNER_ROLE_ABSENT)
        return self._files.admin

    def _check_canaries(self, keys: Sequence[SealingKey]) -> None:
        by_id = {key.id: key for key in keys}
        for pair in self._pairs.values():
            key = by_id.get(pair.id)
            if key is None:
                raise KeyringError(f"the sealing key {pair.id} of this node is not registered in the database")
            try:
                canary = boxes.unseal(pair.public_key, pair.private_key, _canary_header(pair.id), key.canary)
            except boxes.BoxBroken:
                canary = b""
            if canary != _CANARY:
                raise KeyringError(f"the sealing key {pair.id} of this node does not open its canary")


def _is_signed_event(signers: Mapping[str, _Signer], event: AuditEvent) -> bool:
    """Whether an admin key signed the event."""
    signer = signers.get(event.signer_id)
    if signer is None or signer.purpose != signatures.ADMIN:
        return False
    try:
        signatures.verify_bytes(signer.public_key, chain.encode(event), event.mac)
    except signatures.SignatureBroken:
        return False
    return True


def _signed(pair: SigningPair, row: SignedRow) -> SignedRow:
    row = structs.replace(row, signature_format=signatures.NEWEST_FORMAT[type(row)], signer_id=pair.id, signature=b"")
    return structs.replace(row, signature=signatures.sign(pair.secret_key, row))


def _require_registered(files: KeyFiles, signer: _Signer | None, pair: SigningPair, purpose: str) -> None:
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


def seal_broken(row: SignedRow) -> ServiceError:
    """The error for every way in which a stored row differs from what was sealed and signed: callers learn no details."""
    if not isinstance(row, Credential):
        return ServiceError(error_reason_pb2.ERROR_REASON_SEAL_BROKEN)
    return ServiceError(error_reason_pb2.ERROR_REASON_SEAL_BROKEN, credential_id=str(row.id))


def register_sealing_key(root: SigningPair, pair: SealingPair, now: datetime) -> SealingKey:
    """The row of a new, active sealing key with its canary, signed by the root key."""
    canary = boxes.seal(pair.public_key, _canary_header(pair.id), _CANARY)
    key = SealingKey(
        id=pair.id,
        public_key=pair.public_key,
        state="active",
        canary=canary,
        create_time=now,
        organisation_id="",
        wrapping="",
        wrapped_private_key=b"",
        update_time=now,
        revision=1,
        signature_format=0,
        signature=b"",
    )
    return root_signed(root, key)


def register_signing_key(
    root: SigningPair, pair: SigningPair, now: datetime, purpose: str = signatures.WRITE
) -> SigningKey:
    """The row of a node's signing key for a purpose, signed by the root key."""
    key = SigningKey(
        id=pair.id,
        public_key=pair.public_key,
        state="active",
        create_time=now,
        purpose=purpose,
        update_time=now,
        revision=1,
        signature_format=0,
        signature=b"",
    )
    return root_signed(root, key)


def root_signed(root: SigningPair, key: KeyRow) -> KeyRow:
    """The row of a key with the root key's signature."""
    key = structs.replace(key, signature_format=signatures.NEWEST_FORMAT[type(key)], signature=b"")
    return structs.replace(key, signature=signatures.sign(root.secret_key, key))


def _canary_header(key_id: str) -> boxes.Header:
    return boxes.Header(key_id, "strongroom", UUID(int=0), 0, "canary")


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
        f"{files.directory}/root.pub did not sign the keys in the database: restore it from the backup of the key files, "
        "or, if it is right, restore the tables sealing_keys and signing_keys from a backup of the database"
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
