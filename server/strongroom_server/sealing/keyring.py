"""Seals, opens, signs and verifies with the keys of a node. Which keys it trusts is in trusted_keys.py. Must not know SQL."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import structlog
from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import OperatorError, ServiceError
from strongroom_server.core.records import (
    AdminRow,
    ApiKey,
    AuditEvent,
    AuditHead,
    Connection,
    ConnectionSession,
    Credential,
    Made,
    OutboxEvent,
    Token,
    Version,
    Webhook,
)
from strongroom_server.sealing import boxes, chain, outbox, request_ids, signatures
from strongroom_server.sealing.private_keys import KeyFileError
from strongroom_server.sealing.trusted_keys import (
    KeyringError,
    KeyRows,
    is_signed_event,
    require_complete,
    trusted_keys,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from strongroom_server.core.records import SealingKey
    from strongroom_server.sealing.key_files import KeyFiles, SigningPair
    from strongroom_server.sealing.trusted_keys import TrustedKeys

# What stands in the header of a webhook's box in place of a variant.
_WEBHOOK: Final = "webhook"
# The same for the box of a session in which somebody consents.
_SESSION: Final = "connection session"

SignedRow = TypeVar("SignedRow", bound=Credential | Token | Connection | ConnectionSession | AdminRow)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A box, the id of its sealing key, and its SHA-256."""

    key_id: str
    box: bytes = dataclasses.field(repr=False)
    sha256: bytes


class Keyring:
    """The keys of a running node: those of its files, and the trusted ones of the key tables, which `reload` reads again."""

    def __init__(
        self,
        files: KeyFiles,
        rows: KeyRows,
        read_rows: Callable[[], Awaitable[KeyRows]],
        read_files: Callable[[], Awaitable[KeyFiles]] | None = None,
        *,
        complete: bool = True,
    ) -> None:
        """Raises KeyringError if the keys do not fit together. With `complete` false the private part of a key may be missing."""
        self._files = files
        self._read_rows = read_rows
        self._read_files = read_files
        # Copied for each body: a copy costs two thirds of a new HMAC object.
        self._mac = hmac.new(files.digest.key, digestmod="sha256")
        self._keys = trusted_keys(files, rows)
        # One at a time: a slow reader must not put back keys that a faster one, which began later, has replaced.
        self._reading = asyncio.Lock()
        if complete:
            require_complete(files, self._keys)

    async def reload(self) -> None:
        """Read the key tables and this node's key files again.

        Raises KeyringError, and keeps the present keys, if the new ones do not fit together. Raises KeyFileError, and keeps only
        the private parts, if the files cannot be read. A private part that is missing is no error here: see `missing`.
        """
        async with self._reading:
            rows = await self._read_rows()
            try:
                files = await self._read_files() if self._read_files else self._files
            except KeyFileError:
                # A key provider that does not respond must not keep a revoked signer trusted.
                self._keys = trusted_keys(self._files, rows)
                raise
            self._keys, self._files = trusted_keys(files, rows), files

    @property
    def missing(self) -> Sequence[SealingKey]:
        """The unretired sealing keys whose private part this node should have and has not."""
        return self._keys.missing

    @property
    def keys(self) -> TrustedKeys:
        """The keys that this node trusts."""
        return self._keys

    @property
    def signer_ids(self) -> tuple[str, ...]:
        """The ids of this node's own signing keys."""
        return tuple(pair.id for pair in (self._files.signing, self._files.admin) if pair)

    def seal(self, organisation_id: str, credential_id: UUID, version: int, variant: str, data: bytes) -> Sealed:
        """Seal one version's data with the active key of its organisation or, if it has none, of the deployment.

        Raises SEALING_KEY_DESTROYED.
        """
        key = self._keys.own.get(organisation_id, self._keys.active)
        if key is None:
            raise ServiceError(error_reason_pb2.ERROR_REASON_SEALING_KEY_DESTROYED)
        header = boxes.Header(key.id, organisation_id, credential_id, version, variant)
        box = boxes.seal(key.public_key, header, data)
        return Sealed(key.id, box, hashlib.sha256(box).digest())

    def seal_token(self, token: Token, data: bytes) -> tuple[Token, bytes]:
        """Seal and sign a token with the keys that its credential's data would get. Returns it with its box.

        Raises SEALING_KEY_DESTROYED.
        """
        sealed = self.seal(token.organisation_id, token.credential_id, token.generation, _variant_of(token), data)
        token = structs.replace(token, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256)
        return self.sign(token), sealed.box

    def unseal_token(self, row: Credential, token: Token, box: bytes) -> bytes:
        """Open the box of a verified token of a verified credential. Raises as `unseal_version`."""
        version = Version(token.generation, _variant_of(token), token.sealing_key_id, token.create_time, "", None, box)
        return self.unseal_version(row, version, token.box_sha256)

    def seal_webhook(self, webhook: Webhook, secret: bytes) -> tuple[Webhook, bytes]:
        """Seal the secret of a webhook, and sign its row. Returns it with its box.

        Raises SEALING_KEY_DESTROYED, SIGNER_ROLE_ABSENT.
        """
        sealed = self.seal(webhook.organisation_id, webhook.id, 1, _WEBHOOK, secret)
        return self.sign(structs.replace(webhook, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256)), sealed.box

    def unseal_webhook(self, webhook: Webhook, box: bytes) -> bytes:
        """Open the box of a verified webhook. Raises as `unseal_version`."""
        version = Version(1, _WEBHOOK, webhook.sealing_key_id, webhook.create_time, "", None, box)
        return self.unseal_version(webhook, version, webhook.box_sha256)

    def seal_session(self, session: ConnectionSession, content: bytes) -> tuple[ConnectionSession, bytes]:
        """Seal the content of a session for its revision, and sign its row. Returns it with its box.

        Raises SEALING_KEY_DESTROYED.
        """
        sealed = self.seal(session.organisation_id, session.id, session.revision, _SESSION, content)
        return self.sign(structs.replace(session, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256)), sealed.box

    def unseal_session(self, session: ConnectionSession, box: bytes) -> bytes:
        """Open the box of a verified session. Raises as `unseal_version`."""
        version = Version(session.revision, _SESSION, session.sealing_key_id, session.create_time, "", None, box)
        return self.unseal_version(session, version, session.box_sha256)

    def unseal(self, row: Credential, box: bytes | None) -> bytes:
        """Open the box of a verified row, and return its data. Raises SEAL_BROKEN, OPENING_KEY_ABSENT."""
        version = Version(row.version, row.variant, row.sealing_key_id, row.update_time, "", None, box)
        return self.unseal_version(row, version, row.box_sha256)

    def unseal_version(
        self, row: Credential | Webhook | ConnectionSession, version: Version, box_sha256: bytes
    ) -> bytes:
        """Open the box of a version of a verified row, if it has this hash.

        Raises SEAL_BROKEN, OPENING_KEY_ABSENT, SEALING_KEY_DESTROYED.
        """
        pair = self._keys.pairs.get(version.sealing_key_id)
        if pair is None:
            raise self._not_opened(row, version.sealing_key_id)
        box = version.box
        if box is None or hashlib.sha256(box).digest() != box_sha256:
            raise seal_broken(row)
        header = boxes.Header(version.sealing_key_id, row.organisation_id, row.id, version.version, version.variant)
        try:
            return boxes.unseal(pair.public_key, pair.private_key, header, box)
        except boxes.BoxBroken:
            raise seal_broken(row) from None

    def holds(self, key_id: str) -> bool:
        """Whether this node can open boxes of this sealing key."""
        return key_id in self._keys.pairs

    @property
    def opens(self) -> bool:
        """Whether this node holds any private sealing key."""
        return bool(self._files.sealing)

    @property
    def administers(self) -> bool:
        """Whether this node holds an admin key."""
        return self._files.admin is not None

    def require_admin_key(self) -> None:
        """Raises SIGNER_ROLE_ABSENT."""
        self._admin_pair()

    def sign(self, row: SignedRow) -> SignedRow:
        """The row with this node's signature over all of its other columns. Raises SIGNER_ROLE_ABSENT."""
        is_admin = signatures.purpose_of(row) == signatures.ADMIN
        return _signed(self._admin_pair() if is_admin else self._files.signing, row)

    def decoy(self, row: ApiKey) -> ApiKey:
        """The row signed by a key that may not sign it: refused, after as much work as a row that is accepted."""
        return _signed(self._files.signing, row)

    async def verify(self, row: SignedRow) -> None:
        """Raises SEAL_BROKEN unless a registered key that may sign such rows signed this one, and nobody changed it.

        The sealing key of a verified row is known then, if there is one.
        """
        if row.signer_id not in self._keys.signers:
            # Another node may have registered its key since the tables were read.
            await self._read_tables_unless(lambda: row.signer_id in self._keys.signers)
        try:
            signer = self._keys.signers[row.signer_id]
            signatures.verify(signer.public_key, row)
        except (KeyError, signatures.SignatureBroken):
            raise seal_broken(row) from None
        if signer.is_retired or signer.purpose != signatures.purpose_of(row):
            raise seal_broken(row)
        if key_id := getattr(row, "sealing_key_id", ""):
            await self.look_up(key_id)

    async def look_up(self, sealing_key_id: str) -> None:
        """Read the keys again if this sealing key is not known: another node may seal under a key that was made just now."""
        if not self.opens or sealing_key_id in self._keys.sealing:
            return
        await self._read_tables_unless(lambda: sealing_key_id in self._keys.sealing)
        if any(key.id == sealing_key_id for key in self._keys.missing):
            # Its file may have been copied to this node since the files were read.
            try:
                await self.reload()
            except OperatorError as error:
                _log.error("keys not reloaded", error=str(error))

    async def _read_tables_unless(self, is_known: Callable[[], bool]) -> None:
        """Read the key tables again, unless another caller has meanwhile. The present keys stay if the new ones are wrong."""
        try:
            async with self._reading:
                if not is_known():
                    self._keys = trusted_keys(self._files, await self._read_rows())
        except KeyringError as error:
            _log.error("keys not reloaded", error=str(error))

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
        return is_signed_event(self._keys.signers, event)

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

    def outbox_event_with_mac(self, event: OutboxEvent) -> OutboxEvent:
        """The event with this deployment's MAC over all of its other columns."""
        return structs.replace(event, mac=self.digest(outbox.encode(event))[1])

    def has_outbox_mac(self, event: OutboxEvent) -> bool:
        """Whether the MAC of an event of the outbox is correct."""
        return hmac.compare_digest(event.mac, self.digest(outbox.encode(event))[1])

    def _not_opened(self, row: Credential | Webhook | ConnectionSession, key_id: str) -> ServiceError:
        """The error for a box under a key whose private part this node does not have."""
        key = self._keys.sealing.get(key_id)
        if key is not None and key.state == "destroyed":
            return ServiceError(error_reason_pb2.ERROR_REASON_SEALING_KEY_DESTROYED)
        if key is None and self.opens:
            return seal_broken(row)
        return ServiceError(error_reason_pb2.ERROR_REASON_OPENING_KEY_ABSENT)

    def _admin_pair(self) -> SigningPair:
        if self._files.admin is None:
            raise ServiceError(error_reason_pb2.ERROR_REASON_SIGNER_ROLE_ABSENT)
        return self._files.admin


def _variant_of(token: Token) -> str:
    """What stands in the header of a token's box in place of a variant, so that no box can be taken for another."""
    return f"token {token.parameters_sha256.hex()}"


def _signed(pair: SigningPair, row: SignedRow) -> SignedRow:
    row = structs.replace(row, signature_format=signatures.newest_format_of(row), signer_id=pair.id, signature=b"")
    return structs.replace(row, signature=signatures.sign(pair.secret_key, row))


def seal_broken(row: SignedRow) -> ServiceError:
    """The error for every way in which a stored row differs from what was sealed and signed: callers learn no details."""
    if not isinstance(row, Credential):
        return ServiceError(error_reason_pb2.ERROR_REASON_SEAL_BROKEN)
    return ServiceError(error_reason_pb2.ERROR_REASON_SEAL_BROKEN, credential_id=str(row.id))
