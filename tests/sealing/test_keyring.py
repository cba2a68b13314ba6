"""Which keys a node trusts, when it refuses to start, and what it does when the key tables change."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from sealing.test_chain import FULL as EVENT
from sealing.test_signatures import API_KEY, CREDENTIAL, HEAD, ORGANISATION, TEAM
from waiting import until

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.node.key_reloading import KeyReloading
from strongroom_server.sealing import chain, key_files, registration, signatures
from strongroom_server.sealing.keyring import Keyring
from strongroom_server.sealing.private_keys import KeyFileError
from strongroom_server.sealing.trusted_keys import KeyringError, KeyRows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from strongroom_server.core.records import SealingKey, SigningKey
    from strongroom_server.sealing.key_files import KeyFiles, SigningPair

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class Deployment:
    """Key files, and the rows of the same keys."""

    files: KeyFiles
    root: SigningPair
    sealing_key: SealingKey
    signing_key: SigningKey
    admin_key: SigningKey


async def deployment(directory: Path) -> Deployment:
    await key_files.make(directory, directory / "root.key")
    files, root = await key_files.load(directory, opens=True), await key_files.root_pair(directory / "root.key")
    assert files.admin
    return Deployment(
        files,
        root,
        registration.register_sealing_key(root, files.sealing[0], NOW),
        registration.register_signing_key(root, files.signing, NOW),
        registration.register_signing_key(root, files.admin, NOW, signatures.ADMIN),
    )


@pytest.fixture
async def own(tmp_path: Path) -> Deployment:
    return await deployment(tmp_path / "keys")


@pytest.fixture
async def foreign(tmp_path: Path) -> Deployment:
    return await deployment(tmp_path / "foreign")


def keys_of(
    own: Deployment,
    sealing: Sequence[SealingKey] | None = None,
    signing: Sequence[SigningKey] | None = None,
    *,
    files: KeyFiles | None = None,
    later: KeyRows | None = None,
) -> Keyring:
    """A keyring of these rows and the admin key, which finds the `later` rows when it reads the tables again."""
    signing = (own.signing_key,) if signing is None else signing
    rows = KeyRows((own.sealing_key,) if sealing is None else sealing, [*signing, own.admin_key])

    async def read_rows() -> KeyRows:
        return later or rows

    return Keyring(files or own.files, rows, read_rows)


async def test_a_sealed_and_signed_row_verifies_and_opens(own: Deployment) -> None:
    keys = keys_of(own)
    sealed = keys.seal("default", CREDENTIAL.id, 1, "text", b"hunter2")
    row = keys.sign(structs.replace(CREDENTIAL, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256))

    await keys.verify(row)
    assert keys.unseal(row, sealed.box) == b"hunter2"
    assert b"hunter2" not in sealed.box
    assert "hunter2" not in repr(sealed)


async def test_every_mismatch_of_a_box_is_the_same_error(own: Deployment) -> None:
    keys = keys_of(own)
    sealed, other = (keys.seal("default", CREDENTIAL.id, version, "text", b"x") for version in (1, 2))
    row = keys.sign(structs.replace(CREDENTIAL, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256))
    under_other_hash = structs.replace(row, box_sha256=other.sha256)
    for broken, box in ((row, None), (row, b""), (row, other.box), (under_other_hash, other.box)):
        with pytest.raises(ServiceError) as caught:
            keys.unseal(broken, box)
        assert caught.value.reason == error_reason_pb2.ERROR_REASON_SEAL_BROKEN
        assert caught.value.metadata == {"credential_id": str(row.id)}


async def test_a_forged_sealing_key_is_not_used(own: Deployment, foreign: Deployment) -> None:
    forged = registration.register_sealing_key(foreign.root, foreign.files.sealing[0], NOW)
    redirected = structs.replace(own.sealing_key, public_key=foreign.sealing_key.public_key)

    sealed = keys_of(own, [forged, own.sealing_key]).seal("default", CREDENTIAL.id, 1, "text", b"x")

    assert sealed.key_id == own.sealing_key.id
    for rows in ([forged], [redirected], [structs.replace(own.sealing_key, state="retired")]):
        with pytest.raises(KeyringError, match="not signed by the root key"):
            keys_of(own, rows)


async def test_a_forged_signing_key_is_not_trusted(own: Deployment, foreign: Deployment) -> None:
    by_stranger = keys_of(foreign).sign(API_KEY)
    keys = keys_of(own, signing=[own.signing_key, foreign.signing_key])
    with pytest.raises(ServiceError, match="SEAL_BROKEN"):
        await keys.verify(by_stranger)
    own_name = structs.replace(foreign.signing_key, id=own.signing_key.id)
    with pytest.raises(KeyringError, match="is not registered"):
        keys_of(own, signing=[own_name])


async def test_a_signing_key_that_was_registered_later_is_found(own: Deployment, tmp_path: Path) -> None:
    other = (await deployment(tmp_path / "other")).files.signing
    signing = [own.signing_key, registration.register_signing_key(own.root, other, NOW)]
    writer = keys_of(own, signing=signing, files=dataclasses.replace(own.files, signing=other))

    await keys_of(own, later=KeyRows([own.sealing_key], [*signing, own.admin_key])).verify(writer.sign(CREDENTIAL))


async def test_a_reload_seals_with_the_new_active_key(own: Deployment) -> None:
    retired = structs.replace(own.sealing_key, state="retired")
    second = key_files.SealingPair("second", own.files.sealing[0].public_key, own.files.sealing[0].private_key)
    rotated = KeyRows(
        [
            registration.root_signed(own.root, retired),
            registration.register_sealing_key(own.root, second, NOW),
        ],
        [own.signing_key, own.admin_key],
    )
    keys = keys_of(own, later=rotated)
    old = keys.seal("default", CREDENTIAL.id, 1, "text", b"x")

    await keys.reload()

    assert keys.seal("default", CREDENTIAL.id, 2, "text", b"y").key_id == "second"
    row = structs.replace(CREDENTIAL, sealing_key_id=old.key_id, box_sha256=old.sha256)
    assert keys.unseal(row, old.box) == b"x"


async def test_a_reload_that_fails_keeps_the_present_keys(own: Deployment, foreign: Deployment) -> None:
    keys = keys_of(own, later=KeyRows([foreign.sealing_key], [own.signing_key, own.admin_key]))

    with pytest.raises(KeyringError, match="not signed by the root key"):
        await keys.reload()

    assert keys.seal("default", CREDENTIAL.id, 1, "text", b"x").key_id == own.sealing_key.id
    await keys.verify(keys.sign(CREDENTIAL))


async def test_a_key_that_does_not_open_its_canary_stops_the_start(own: Deployment, foreign: Deployment) -> None:
    mismatched = dataclasses.replace(foreign.files.sealing[0], id=own.sealing_key.id)
    with pytest.raises(KeyringError, match="does not open its canary"):
        keys_of(own, files=dataclasses.replace(own.files, sealing=(mismatched,)))


async def test_a_node_that_is_not_registered_does_not_start(own: Deployment) -> None:
    with pytest.raises(KeyringError, match=r"signing key .* is not registered"):
        keys_of(own, signing=[])


async def test_there_is_exactly_one_active_sealing_key(own: Deployment) -> None:
    second = registration.register_sealing_key(own.root, dataclasses.replace(own.files.sealing[0], id="second"), NOW)
    with pytest.raises(KeyringError, match="exactly one active sealing key of the deployment, there are 2"):
        keys_of(own, [own.sealing_key, second])


async def test_a_node_without_private_keys_can_seal_but_not_open(own: Deployment) -> None:
    keys = keys_of(own, files=dataclasses.replace(own.files, sealing=()))
    sealed = keys.seal("default", CREDENTIAL.id, 1, "text", os.urandom(8))

    assert not keys.opens
    with pytest.raises(ServiceError, match="OPENING_KEY_ABSENT"):
        keys.unseal(structs.replace(CREDENTIAL, sealing_key_id=sealed.key_id), sealed.box)


async def test_each_key_signs_only_the_rows_of_its_purpose(own: Deployment) -> None:
    keys = keys_of(own)
    assert own.files.admin
    swapped = dataclasses.replace(own.files, signing=own.files.admin, admin=own.files.signing)
    for row in (CREDENTIAL, API_KEY, HEAD, ORGANISATION, TEAM):
        await keys.verify(keys.sign(row))
        taken = own.files.signing if signatures.PURPOSES[type(row)] == signatures.ADMIN else own.files.admin
        forged = structs.replace(keys.sign(row), signer_id=taken.id, signature=b"")
        forged = structs.replace(forged, signature=signatures.sign(taken.secret_key, forged))
        with pytest.raises(ServiceError, match="SEAL_BROKEN"):
            await keys.verify(forged)
    with pytest.raises(KeyringError, match=r"signing key .* is not registered"):
        keys_of(own, files=swapped)


async def test_a_node_without_an_admin_key_signs_credentials_alone(own: Deployment) -> None:
    keys = keys_of(own, files=dataclasses.replace(own.files, admin=None))
    await keys.verify(keys.sign(CREDENTIAL))
    for row in (API_KEY, HEAD, ORGANISATION, TEAM):
        with pytest.raises(ServiceError, match="SIGNER_ROLE_ABSENT"):
            keys.sign(row)
    with pytest.raises(ServiceError, match="SIGNER_ROLE_ABSENT"):
        keys.signed_event(EVENT)


async def test_a_retired_key_signs_no_row_and_no_new_event(own: Deployment, tmp_path: Path) -> None:
    other = await deployment(tmp_path / "other")
    assert other.files.admin
    writer, admin = (
        registration.register_signing_key(own.root, pair, NOW, purpose)
        for pair, purpose in ((other.files.signing, signatures.WRITE), (other.files.admin, signatures.ADMIN))
    )
    files = dataclasses.replace(own.files, signing=other.files.signing, admin=other.files.admin)
    node = keys_of(own, signing=[own.signing_key, writer, admin], files=files)
    rows, event = [node.sign(row) for row in (CREDENTIAL, API_KEY)], node.signed_event(EVENT)
    retired = [registration.root_signed(own.root, structs.replace(key, state="retired")) for key in (writer, admin)]
    keys = keys_of(own, signing=[own.signing_key, *retired])

    for row in rows:
        await node.verify(row)
        with pytest.raises(ServiceError, match="SEAL_BROKEN"):
            await keys.verify(row)
    assert node.may_chain(event)
    assert keys.is_authentic(event)
    assert not keys.may_chain(event)
    with pytest.raises(KeyringError, match="is retired"):
        keys_of(own, signing=[own.signing_key, *retired], files=files)


async def test_a_signed_event_is_not_authentic_with_another_signature(own: Deployment) -> None:
    keys = keys_of(own)
    event = keys.signed_event(EVENT)
    by_writer = structs.replace(event, signer_id=own.files.signing.id)
    text = chain.encode(by_writer)
    by_writer = structs.replace(by_writer, mac=signatures.sign_bytes(own.files.signing.secret_key, text))
    assert keys.is_authentic(event)
    for forged in (
        structs.replace(event, revision=9),
        structs.replace(event, signer_id=""),
        structs.replace(event, signer_id="unknown"),
        by_writer,
    ):
        assert not keys.is_authentic(forged)


async def test_a_mac_proves_an_administrative_act_only_from_before_the_first_admin_key(own: Deployment) -> None:
    keys = keys_of(own)
    since = own.admin_key.create_time
    for seconds, action, outcome, authentic in (
        (0, "UpdateApiKey", "OK", False),
        (-1, "UpdateApiKey", "OK", True),
        (0, "UpdateApiKey", "ROLE_MISSING", True),
        (0, "UpdateFolder", "OK", True),
    ):
        changed = structs.replace(
            EVENT, event_time=since + timedelta(seconds=seconds), action=action, outcome=outcome, signer_id=""
        )
        event = keys.event_with_mac(changed)
        assert (keys.is_authentic(event), keys.may_chain(event)) == (authentic, authentic), changed
    # A destroyed admin key still says since when events are signed.
    destroyed = registration.root_signed(own.root, structs.replace(own.admin_key, state="destroyed"))
    rows = KeyRows([own.sealing_key], [own.signing_key, destroyed])
    late = keys.event_with_mac(structs.replace(EVENT, event_time=since, action="UpdateApiKey", signer_id=""))
    assert not Keyring(dataclasses.replace(own.files, admin=None), rows, unread).is_authentic(late)


async def unread() -> KeyRows:
    raise AssertionError


async def test_keys_from_before_purposes_stop_the_start(own: Deployment) -> None:
    earlier = structs.replace(
        own.signing_key, purpose="", update_time=None, revision=0, signature_format=1, signature=b""
    )
    earlier = structs.replace(earlier, signature=signatures.sign(own.root.secret_key, earlier))
    with pytest.raises(KeyringError, match="run `strongroom-server setup` with the root key"):
        keys_of(own, signing=[earlier])


async def test_a_signer_is_revoked_although_the_key_files_cannot_be_read(own: Deployment, tmp_path: Path) -> None:
    other = (await deployment(tmp_path / "other")).files.signing
    signer = registration.register_signing_key(own.root, other, NOW)
    revoked = registration.changed(own.root, signer, NOW, "retired")
    by_other = keys_of(
        own, signing=[own.signing_key, signer], files=dataclasses.replace(own.files, signing=other)
    ).sign(CREDENTIAL)

    async def read_rows() -> KeyRows:
        return KeyRows([own.sealing_key], [own.signing_key, revoked, own.admin_key])

    async def read_files() -> KeyFiles:
        raise KeyFileError("the provider does not respond")

    rows = KeyRows([own.sealing_key], [own.signing_key, signer, own.admin_key])
    keys = Keyring(own.files, rows, read_rows, read_files)
    changed: list[bool] = []
    reloading = KeyReloading(keys, lambda: changed.append(True))
    await keys.verify(by_other)

    reloading.wake()
    running = asyncio.create_task(reloading.run())
    await until(lambda: changed)
    running.cancel()

    with pytest.raises(ServiceError, match="SEAL_BROKEN"):
        await keys.verify(by_other)
    assert not reloading.is_complete
