"""The keyring: which keys a node trusts, and when it refuses to start."""

from __future__ import annotations

import dataclasses
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from sealing.test_signatures import API_KEY, CREDENTIAL

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.sealing import key_files, keyring
from strongroom_server.sealing.keyring import Keyring, KeyringError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from strongroom_server.core.records import SealingKey, SigningKey
    from strongroom_server.sealing.key_files import KeyFiles, SigningPair

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class Deployment:
    """Key files, and the rows that fit them."""

    files: KeyFiles
    root: SigningPair
    sealing_key: SealingKey
    signing_key: SigningKey


def deployment(directory: Path) -> Deployment:
    key_files.make(directory, directory / "root.key")
    files, root = key_files.load(directory, opens=True), key_files.root_pair(directory / "root.key")
    return Deployment(
        files,
        root,
        keyring.register_sealing_key(root, files.sealing[0], NOW),
        keyring.register_signing_key(root, files.signing, NOW),
    )


@pytest.fixture
def own(tmp_path: Path) -> Deployment:
    return deployment(tmp_path / "keys")


@pytest.fixture
def foreign(tmp_path: Path) -> Deployment:
    return deployment(tmp_path / "foreign")


async def no_more() -> Sequence[SigningKey]:
    return ()


def keys_of(
    own: Deployment, sealing: Sequence[SealingKey] | None = None, signing: Sequence[SigningKey] | None = None
) -> Keyring:
    return Keyring(
        own.files,
        (own.sealing_key,) if sealing is None else sealing,
        (own.signing_key,) if signing is None else signing,
        no_more,
    )


async def test_what_is_sealed_and_signed_verifies_and_opens(own: Deployment) -> None:
    keys = keys_of(own)
    sealed = keys.seal("default", CREDENTIAL.id, 1, "text", b"hunter2")
    row = keys.sign(structs.replace(CREDENTIAL, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256))

    await keys.verify(row)
    assert keys.unseal(row, sealed.box) == b"hunter2"
    assert b"hunter2" not in sealed.box
    assert "hunter2" not in repr(sealed)


async def test_every_way_to_be_broken_is_one_error(own: Deployment) -> None:
    keys = keys_of(own)
    sealed, other = (keys.seal("default", CREDENTIAL.id, version, "text", b"x") for version in (1, 2))
    row = keys.sign(structs.replace(CREDENTIAL, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256))
    under_other_hash = structs.replace(row, box_sha256=other.sha256)
    for broken, box in ((row, None), (row, b""), (row, other.box), (under_other_hash, other.box)):
        with pytest.raises(ServiceError) as caught:
            keys.unseal(broken, box)
        assert caught.value.reason == error_reason_pb2.ERROR_REASON_SEAL_BROKEN
        assert caught.value.metadata == {"credential_id": str(row.id)}


async def test_a_forged_sealing_key_is_not_sealed_to(own: Deployment, foreign: Deployment) -> None:
    forged = keyring.register_sealing_key(foreign.root, foreign.files.sealing[0], NOW)
    redirected = structs.replace(own.sealing_key, public_key=foreign.sealing_key.public_key)

    sealed = keys_of(own, [forged, own.sealing_key]).seal("default", CREDENTIAL.id, 1, "text", b"x")

    assert sealed.key_id == own.sealing_key.id
    for rows in ([forged], [redirected], [structs.replace(own.sealing_key, state="retired")]):
        with pytest.raises(KeyringError, match="not signed by the root key"):
            keys_of(own, rows)


async def test_a_forged_writer_is_not_believed(own: Deployment, foreign: Deployment) -> None:
    by_stranger = Keyring(foreign.files, [foreign.sealing_key], [foreign.signing_key], no_more).sign(API_KEY)
    keys = keys_of(own, signing=[own.signing_key, foreign.signing_key])
    with pytest.raises(ServiceError, match="SEAL_BROKEN"):
        await keys.verify(by_stranger)
    own_name = structs.replace(foreign.signing_key, id=own.signing_key.id)
    with pytest.raises(KeyringError, match="is not registered"):
        keys_of(own, signing=[own_name])


async def test_a_writer_registered_meanwhile_is_believed(own: Deployment, tmp_path: Path) -> None:
    later = deployment(tmp_path / "later").files.signing
    registered = keyring.register_signing_key(own.root, later, NOW)
    writer = Keyring(
        dataclasses.replace(own.files, signing=later), [own.sealing_key], [own.signing_key, registered], no_more
    )

    async def reload() -> Sequence[SigningKey]:
        return own.signing_key, registered

    await Keyring(own.files, [own.sealing_key], [own.signing_key], reload).verify(writer.sign(CREDENTIAL))


def test_a_key_that_does_not_open_its_canary_stops_the_start(own: Deployment, foreign: Deployment) -> None:
    mismatched = dataclasses.replace(foreign.files.sealing[0], id=own.sealing_key.id)
    with pytest.raises(KeyringError, match="does not open its canary"):
        Keyring(dataclasses.replace(own.files, sealing=(mismatched,)), [own.sealing_key], [own.signing_key], no_more)


def test_a_node_that_is_not_registered_does_not_start(own: Deployment) -> None:
    with pytest.raises(KeyringError, match=r"signing key .* is not registered"):
        keys_of(own, signing=[])


def test_there_is_exactly_one_active_sealing_key(own: Deployment) -> None:
    second = keyring.register_sealing_key(own.root, dataclasses.replace(own.files.sealing[0], id="second"), NOW)
    with pytest.raises(KeyringError, match="exactly one active sealing key, there are 2"):
        keys_of(own, [own.sealing_key, second])


def test_a_node_without_private_keys_seals_and_opens_nothing(own: Deployment) -> None:
    keys = Keyring(dataclasses.replace(own.files, sealing=()), [own.sealing_key], [own.signing_key], no_more)
    sealed = keys.seal("default", CREDENTIAL.id, 1, "text", os.urandom(8))

    assert not keys.opens
    with pytest.raises(ServiceError, match="OPENING_KEY_ABSENT"):
        keys.unseal(structs.replace(CREDENTIAL, sealing_key_id=sealed.key_id), sealed.box)
