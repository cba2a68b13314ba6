"""Prepares the rows of sealing and signing keys, which the root key signs. Stores nothing."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, TypeVar

from msgspec import structs
from nacl.bindings import crypto_scalarmult_base

from strongroom_server.core.records import SealingKey, SigningKey
from strongroom_server.sealing import boxes, signatures
from strongroom_server.sealing.key_files import SealingPair
from strongroom_server.sealing.trusted_keys import CANARY, WRAPPED_BY, canary_header, private_part_header

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.sealing.key_files import SigningPair

KeyRow = TypeVar("KeyRow", SealingKey, SigningKey)


def new_sealing_pair() -> SealingPair:
    """A new key pair with a new id."""
    private_key = secrets.token_bytes(32)
    return SealingPair(secrets.token_hex(4), crypto_scalarmult_base(private_key), private_key)


def register_sealing_key(
    root: SigningPair,
    pair: SealingPair,
    now: datetime,
    *,
    state: str = "active",
    organisation_id: str = "",
    wrapped_by: SealingKey | None = None,
) -> SealingKey:
    """The row of a new sealing key with its canary, signed by the root key.

    wrapped_by: the deployment's key that wraps the private part of an organisation's key.
    """
    key = SealingKey(
        id=pair.id,
        public_key=pair.public_key,
        state=state,
        canary=boxes.seal(pair.public_key, canary_header(pair.id), CANARY),
        create_time=now,
        organisation_id=organisation_id,
        wrapping="",
        wrapped_private_key=b"",
        update_time=now,
        revision=1,
        signature_format=0,
        signature=b"",
    )
    return root_signed(root, wrapped(key, pair, wrapped_by) if wrapped_by else key)


def wrapped(key: SealingKey, pair: SealingPair, by: SealingKey) -> SealingKey:
    """The row of an organisation's key with its private part sealed to a key of the deployment. It is not signed yet."""
    key = structs.replace(key, wrapping=f"{WRAPPED_BY}{by.id}")
    box = boxes.seal(by.public_key, private_part_header(key), pair.private_key)
    return structs.replace(key, wrapped_private_key=box)


def register_signing_key(
    root: SigningPair, pair: SigningPair, now: datetime, purpose: str = signatures.WRITE, *, state: str = "active"
) -> SigningKey:
    """The row of a node's signing key for a purpose, signed by the root key."""
    key = SigningKey(
        id=pair.id,
        public_key=pair.public_key,
        state=state,
        create_time=now,
        purpose=purpose,
        update_time=now,
        revision=1,
        signature_format=0,
        signature=b"",
    )
    return root_signed(root, key)


def changed(root: SigningPair, key: KeyRow, now: datetime, state: str) -> KeyRow:
    """The row of a key in another state, with the next revision, signed by the root key."""
    return root_signed(root, structs.replace(key, state=state, update_time=now, revision=key.revision + 1))


def root_signed(root: SigningPair, key: KeyRow) -> KeyRow:
    """The row of a key with the root key's signature."""
    key = structs.replace(key, signature_format=signatures.NEWEST_FORMAT[type(key)], signature=b"")
    return structs.replace(key, signature=signatures.sign(root.secret_key, key))
