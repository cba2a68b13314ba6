"""Tests the versions of a credential's data: which are kept, and how they are opened, restored and destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import accessed, deleted, got, key_of, other_organisation, refused, updated
from samples import created, named, samples
from writer_nodes import writer_node

from strongroom.v1.credential_pb2 import (
    CREDENTIAL_STATE_ACTIVE,
    CREDENTIAL_STATE_INVALID,
    CREDENTIAL_VERSION_STATE_DESTROYED,
    CREDENTIAL_VERSION_STATE_KEPT,
    READ_ACCESS_GLOBAL,
    SURFACE_NATIVE,
    SURFACE_TINES,
    BasicAuthData,
    Credential,
    CredentialData,
    CredentialVersion,
    TextData,
)
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    DestroyCredentialVersionRequest,
    ListCredentialVersionsRequest,
    RestoreCredentialVersionRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    Organisation,
    UpdateOrganisationRequest,
)
from strongroom_server.jobs import sweeper

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from conftest import Deployment
    from rpc.calls import Metadata

FIRST, SECOND, THIRD = (samples(marker)["basic_auth"] for marker in ("one", "two", "three"))
# Can be stored only in the state INVALID.
BROKEN = CredentialData(basic_auth=BasicAuthData(username="anna"))


async def versioned(deployment: Deployment, *data: CredentialData, **fields: Any) -> Credential:
    """A credential with a version for each of these data."""
    credential = await created(deployment, named(data=data[0], **fields), accept_invalid=True)
    for newer in data[1:]:
        credential = await updated(deployment, credential.id, "data", data=newer, accept_invalid=True)
    return credential


async def versions(
    deployment: Deployment, credential_id: str, by: Metadata = (), **request: Any
) -> Sequence[CredentialVersion]:
    answer = await deployment.credentials.ListCredentialVersions(
        ListCredentialVersionsRequest(id=credential_id, **request), metadata=by or deployment.metadata
    )
    return answer.versions


def restore(
    deployment: Deployment, credential_id: str, version: int, by: Metadata = (), **request: Any
) -> Awaitable[Credential]:
    return deployment.credentials.RestoreCredentialVersion(
        RestoreCredentialVersionRequest(id=credential_id, version=version, **request),
        metadata=by or deployment.metadata,
    )


def destroy(
    deployment: Deployment, credential_id: str, version: int, by: Metadata = (), **request: Any
) -> Awaitable[CredentialVersion]:
    return deployment.credentials.DestroyCredentialVersion(
        DestroyCredentialVersionRequest(id=credential_id, version=version, **request),
        metadata=by or deployment.metadata,
    )


async def numbers(deployment: Deployment, credential_id: str) -> list[int]:
    return [version.version for version in await versions(deployment, credential_id)]


async def keep(deployment: Deployment, count: int) -> None:
    await deployment.organisations.UpdateOrganisation(
        UpdateOrganisationRequest(
            organisation=Organisation(kept_versions=count), update_mask=FieldMask(paths=["kept_versions"])
        ),
        metadata=deployment.metadata,
    )


async def events_of(deployment: Deployment, credential_id: str, action: str) -> list[tuple[int, str | None]]:
    """The version and the subject of each event of a credential with that action, in order."""
    async with deployment.sql() as sql:
        found = await sql.fetch(
            "select version, subject from audit_events where credential_id = $1 and action = $2 order by event_time",
            credential_id,
            action,
        )
    return [tuple(row) for row in found]


async def test_versions_are_listed_newest_first_with_their_time_and_creator(deployment: Deployment) -> None:
    writer = await key_of(deployment, ROLE_WRITER)
    credential = await created(deployment, named(data=FIRST))
    newer = await updated(deployment, credential.id, "data", data=samples("two")["text"], by=writer)

    second, first = await versions(deployment, credential.id)

    assert (second.version, first.version) == (2, 1)
    assert (second.variant, first.variant) == ("text", "basic_auth")
    assert second.create_time == newer.update_time
    assert first.create_time == credential.create_time
    assert first.creator_key_id == "bootstrap"
    assert second.creator_key_id == writer[0][1].split("_")[1]
    for version in (first, second):
        assert version.state == CREDENTIAL_VERSION_STATE_KEPT
        assert not version.HasField("destroy_time")


async def test_only_updates_of_data_create_versions(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST)
    await updated(deployment, credential.id, "name", "description", name="other", description="d")
    assert await numbers(deployment, credential.id) == [1]
    await updated(deployment, credential.id, "data.basic_auth.password", data=SECOND)
    await updated(deployment, credential.id, "data", data=SECOND)
    assert await numbers(deployment, credential.id) == [3, 2, 1]


async def test_access_to_an_old_version_returns_its_data_and_records_its_number(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST, samples("two")["text"], THIRD)
    for number, data in ((1, FIRST), (2, samples("two")["text"]), (3, THIRD), (0, THIRD)):
        answer = await accessed(deployment, credential.id, version=number)
        assert answer.data == data
        assert answer.version == (number or 3)
        assert answer.variant == data.WhichOneof("variant")
    assert [version for version, _ in await events_of(deployment, credential.id, "AccessCredential")] == [1, 2, 3, 3]
    assert (await got(deployment, credential.id)).version == 3


@pytest.mark.parametrize("number", [4, 2**62])
async def test_an_unknown_version_is_not_found(deployment: Deployment, number: int) -> None:
    credential = await versioned(deployment, FIRST, SECOND, THIRD)
    for call in (
        accessed(deployment, credential.id, version=number),
        restore(deployment, credential.id, number),
        destroy(deployment, credential.id, number),
    ):
        refusal = await refused(call)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "VERSION_NOT_FOUND")


@pytest.mark.parametrize("number", [0, -1, -(2**63)])
async def test_an_invalid_version_number_is_refused(deployment: Deployment, number: int) -> None:
    credential = await versioned(deployment, FIRST, SECOND)
    calls = [restore(deployment, credential.id, number), destroy(deployment, credential.id, number)]
    if number:
        calls.append(accessed(deployment, credential.id, version=number))
    for call in calls:
        refusal = await refused(call)
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["version"])


async def test_the_present_policy_applies_to_old_versions(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST, SECOND)
    await updated(deployment, credential.id, "allowed_hosts", allowed_hosts=["a.example.com"])
    for host in ("", "b.example.com"):
        refusal = await refused(accessed(deployment, credential.id, version=1, target_host=host))
        assert refusal.reason == "HOST_NOT_ALLOWED"
    assert (await accessed(deployment, credential.id, version=1, target_host="a.example.com")).data == FIRST


async def test_a_key_that_is_limited_to_teams_opens_versions_that_it_may_read_and_changes_only_its_teams(
    deployment: Deployment,
) -> None:
    of_team = await key_of(deployment, ROLE_READER, ROLE_USER, ROLE_WRITER, team_ids=(1,))
    own = await versioned(deployment, FIRST, SECOND, team_id=1)
    given = await versioned(deployment, FIRST, SECOND, team_id=2, read_access=READ_ACCESS_GLOBAL)
    foreign = await versioned(deployment, FIRST, SECOND, team_id=2)
    for credential in (own, given):
        assert (await accessed(deployment, credential.id, by=of_team, version=1)).data == FIRST
        assert len(await versions(deployment, credential.id, by=of_team)) == 2
    for change in (restore(deployment, given.id, 1, by=of_team), destroy(deployment, given.id, 1, by=of_team)):
        assert (await refused(change)).reason == "TEAM_NOT_ALLOWED"
    _, elsewhere = await other_organisation(deployment)
    for by, credential in ((of_team, foreign), (elsewhere, own)):
        hidden: tuple[Awaitable[object], ...] = (
            accessed(deployment, credential.id, by=by, version=1),
            versions(deployment, credential.id, by=by),
            restore(deployment, credential.id, 1, by=by),
            destroy(deployment, credential.id, 1, by=by),
        )
        for call in hidden:
            assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    assert await numbers(deployment, given.id) == [2, 1]
    assert (await restore(deployment, own.id, 1, by=of_team)).version == 3
    assert (await destroy(deployment, own.id, 1, by=of_team)).state == CREDENTIAL_VERSION_STATE_DESTROYED


async def test_versions_of_another_surface_are_not_found(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST, SECOND)
    hidden: tuple[Awaitable[object], ...] = (
        accessed(deployment, credential.id, version=1, surface=SURFACE_TINES),
        versions(deployment, credential.id, surface=SURFACE_TINES),
        restore(deployment, credential.id, 1, surface=SURFACE_TINES),
        destroy(deployment, credential.id, 1, surface=SURFACE_TINES),
    )
    for call in hidden:
        assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    assert len(await versions(deployment, str(credential.number), surface=SURFACE_NATIVE)) == 2


async def test_versions_of_a_deleted_credential_are_not_found(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST, SECOND)
    await deleted(deployment, credential.id)
    hidden: tuple[Awaitable[object], ...] = (
        accessed(deployment, credential.id, version=1),
        versions(deployment, credential.id),
        restore(deployment, credential.id, 1),
        destroy(deployment, credential.id, 1),
    )
    for call in hidden:
        assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"


async def test_the_violations_of_an_old_version_are_those_of_its_data(deployment: Deployment) -> None:
    credential = await versioned(deployment, BROKEN, SECOND)
    assert credential.state == CREDENTIAL_STATE_ACTIVE
    refusal = await refused(accessed(deployment, credential.id, version=1))
    assert refusal.reason == "CREDENTIAL_INVALID"
    assert refusal.fields == {"basic_auth.password": "is required"}
    answer = await accessed(deployment, credential.id, version=1, allow_invalid=True)
    assert (answer.state, answer.data) == (CREDENTIAL_STATE_INVALID, BROKEN)
    broken_now = await versioned(deployment, FIRST, BROKEN)
    answer = await accessed(deployment, broken_now.id, version=1)
    assert (answer.state, list(answer.violations), answer.data) == (CREDENTIAL_STATE_ACTIVE, [], FIRST)


async def test_restoring_creates_a_new_version_of_the_old_data_and_changes_nothing_else(deployment: Deployment) -> None:
    credential = await versioned(deployment, samples("one")["text"], SECOND)
    before = await updated(deployment, credential.id, "name", "allowed_hosts", name="later", allowed_hosts=["*"])

    after = await restore(deployment, credential.id, 1, etag=before.etag)

    assert (after.version, after.variant) == (3, "text")
    assert after.etag != before.etag
    assert await got(deployment, credential.id) == after
    expected = Credential()
    expected.CopyFrom(before)
    for name in ("version", "variant", "etag", "update_time"):
        expected.ClearField(name)
        after.ClearField(name)
    assert after == expected
    for number, data in ((1, samples("one")["text"]), (2, SECOND), (3, samples("one")["text"])):
        assert (await accessed(deployment, credential.id, version=number, target_host="a.example.com")).data == data
    assert [version.variant for version in await versions(deployment, credential.id)] == ["text", "basic_auth", "text"]
    assert await events_of(deployment, credential.id, "RestoreCredentialVersion") == [(3, "1")]


async def test_the_present_version_can_be_restored_too(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST, SECOND)
    assert (await restore(deployment, credential.id, 2)).version == 3
    assert (await accessed(deployment, credential.id)).data == SECOND


@pytest.mark.parametrize("act", [restore, destroy])
async def test_a_stale_etag_prevents_restoring_and_destroying(
    deployment: Deployment, act: Callable[..., Awaitable[object]]
) -> None:
    credential = await versioned(deployment, FIRST, SECOND)
    await updated(deployment, credential.id, "name", name="other")
    for etag in (credential.etag, "never"):
        refusal = await refused(act(deployment, credential.id, 1, etag=etag))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert (await accessed(deployment, credential.id, version=1)).data == FIRST
    assert await numbers(deployment, credential.id) == [2, 1]


async def test_invalid_data_is_restored_only_if_it_is_accepted(deployment: Deployment) -> None:
    credential = await versioned(deployment, BROKEN, SECOND)
    refusal = await refused(restore(deployment, credential.id, 1))
    assert refusal.reason == "DATA_INVALID"
    assert refusal.fields == {"credential.data.basic_auth.password": "is required"}
    assert await numbers(deployment, credential.id) == [2, 1]
    after = await restore(deployment, credential.id, 1, accept_invalid=True)
    assert (after.version, after.state) == (3, CREDENTIAL_STATE_INVALID)
    assert (await refused(accessed(deployment, credential.id))).reason == "CREDENTIAL_INVALID"


async def test_a_credential_and_its_test_credential_keep_one_variant(deployment: Deployment) -> None:
    live = await versioned(deployment, samples()["text"], SECOND)
    test = await created(deployment, named(live_credential_id=live.id))
    refusal = await refused(restore(deployment, live.id, 1))
    assert refusal.reason == "LIVE_CREDENTIAL_MISMATCH"
    await updated(deployment, test.id, "data", data=THIRD)
    assert (await restore(deployment, test.id, 1)).version == 3
    assert (await restore(deployment, live.id, 2)).version == 3


async def test_destroying_a_version_keeps_its_entry_and_deletes_its_box(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST, SECOND, THIRD)

    destroyed = await destroy(deployment, credential.id, 1, etag=credential.etag)

    assert destroyed.state == CREDENTIAL_VERSION_STATE_DESTROYED
    assert destroyed.HasField("destroy_time")
    assert list(await versions(deployment, credential.id))[-1] == destroyed
    async with deployment.sql() as sql:
        rows = await sql.fetch("select box is null from boxes where credential_id = $1 order by version", credential.id)
    assert [row[0] for row in rows] == [True, False, False]
    for call in (
        accessed(deployment, credential.id, version=1, allow_invalid=True),
        restore(deployment, credential.id, 1, accept_invalid=True),
        destroy(deployment, credential.id, 1),
    ):
        refusal = await refused(call)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "VERSION_DESTROYED")
    assert await events_of(deployment, credential.id, "DestroyCredentialVersion") == [(1, None)]
    assert (await accessed(deployment, credential.id, version=2)).data == SECOND
    assert (await got(deployment, credential.id)).etag == credential.etag


async def test_the_present_version_cannot_be_destroyed(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST, SECOND)
    refusal = await refused(destroy(deployment, credential.id, 2))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "VERSION_IN_USE")
    assert (await accessed(deployment, credential.id)).data == SECOND


async def test_versions_over_a_lower_limit_are_hidden_at_once_and_removed_by_the_sweeper(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    credential = await versioned(deployment, FIRST, SECOND, THIRD)
    once = await versioned(deployment, FIRST)
    await keep(deployment, 2)
    assert await numbers(deployment, credential.id) == [3, 2]
    for call in (
        accessed(deployment, credential.id, version=1),
        restore(deployment, credential.id, 1),
        destroy(deployment, credential.id, 1),
    ):
        assert (await refused(call)).reason == "VERSION_NOT_FOUND"
    # A sweep before the change did not remove it.
    await sweeper.sweep(deployment.service.database, deployment.service.recorder)
    async with deployment.sql() as sql:
        rows = await sql.fetch("select version from boxes where credential_id = $1 order by version", credential.id)
        assert [row[0] for row in rows] == [2, 3]
        assert await sql.fetchval("select count(*) from boxes where credential_id = $1", once.id) == 1
    await keep(deployment, 100)
    assert await numbers(deployment, credential.id) == [3, 2]
    assert (await accessed(deployment, credential.id, version=2)).data == SECOND


async def test_with_one_kept_version_only_the_present_one_remains(own_deployment: Deployment) -> None:
    deployment = own_deployment
    await keep(deployment, 1)
    credential = await versioned(deployment, FIRST, SECOND)
    assert await numbers(deployment, credential.id) == [2]
    await sweeper.sweep(deployment.service.database, deployment.service.recorder)
    assert (await accessed(deployment, credential.id)).data == SECOND
    assert (await accessed(deployment, credential.id, version=2)).data == SECOND


_EVENT = "credential_id = $1 and version = 1 and box_sha256 is not null and $2::uuid is not null"
_BOX = "credential_id = $1 and version = 1 and $2::uuid is not null"
TAMPERING = {
    "a bit of the box": f"update boxes set box = set_byte(box, 60, get_byte(box, 60) # 1) where {_BOX}",
    "the box of the next version": (
        f"update boxes set box = (select box from boxes where credential_id = $1 and version = 2) where {_BOX}"
    ),
    "the box of another credential": (
        "update boxes set box = (select box from boxes where credential_id = $2 and version = 1)"
        " where credential_id = $1 and version = 1"
    ),
    "no box": f"update boxes set box = null where {_BOX}",
    "another variant": f"update boxes set variant = 'text' where {_BOX}",
    "the box of the next version and its hash": (
        "with taken as (update boxes set box = (select box from boxes where credential_id = $1 and version = 2)"
        f" where {_BOX} returning box) update audit_events set box_sha256 = sha256((select box from taken)) where {_EVENT}"
    ),
    "the box and the whole event of another credential": (
        "with taken as (update boxes set box = (select box from boxes where credential_id = $2 and version = 1)"
        " where credential_id = $1 and version = 1 returning box) update audit_events e set (box_sha256, mac, event_time,"
        " key_id, peer) = (select o.box_sha256, o.mac, o.event_time, o.key_id, o.peer from audit_events o"
        " where o.credential_id = $2 and o.version = 1 and o.box_sha256 is not null)"
        " where credential_id = $1 and version = 1 and box_sha256 is not null"
    ),
    "the event's hash": f"update audit_events set box_sha256 = sha256(box_sha256) where {_EVENT}",
    "the event's proof": f"update audit_events set mac = sha256(mac) where {_EVENT}",
    "the event without proof": f"update audit_events set mac = '' where {_EVENT}",
    "the event's caller": f"update audit_events set key_id = 'other' where {_EVENT}",
    "no event": f"delete from audit_events where {_EVENT}",
    "the event of another version": (
        f"with gone as (delete from audit_events where {_EVENT} returning 1)"
        " update audit_events set version = 1 where credential_id = $1 and version = 2 and box_sha256 is not null"
        " and exists (select from gone)"
    ),
}


@pytest.mark.parametrize("change", TAMPERING)
async def test_a_changed_old_version_is_refused(deployment: Deployment, change: str) -> None:
    credential, other = await versioned(deployment, FIRST, SECOND), await versioned(deployment, THIRD, SECOND)
    async with deployment.sql() as sql:
        status = await sql.execute(TAMPERING[change], credential.id, other.id)
    assert status.endswith(" 1")
    for call in (
        accessed(deployment, credential.id, version=1, allow_invalid=True),
        restore(deployment, credential.id, 1, accept_invalid=True),
    ):
        refusal = await refused(call)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
    assert (await accessed(deployment, credential.id)).data == SECOND
    assert (await accessed(deployment, other.id, version=1)).data == THIRD
    assert await events_of(deployment, credential.id, "RestoreCredentialVersion") == []


@pytest.mark.parametrize(
    ("columns", "reason"), [("box = $2", "VERSION_DESTROYED"), ("box = $2, destroy_time = null", "SEAL_BROKEN")]
)
async def test_a_destroyed_box_that_was_restored_from_a_backup_is_not_opened(
    deployment: Deployment, columns: str, reason: str
) -> None:
    credential = await versioned(deployment, FIRST, SECOND)
    async with deployment.sql() as sql:
        box = await sql.fetchval("select box from boxes where credential_id = $1 and version = 1", credential.id)
        await destroy(deployment, credential.id, 1)
        await sql.execute(f"update boxes set {columns} where credential_id = $1 and version = 1", credential.id, box)
    for call in (accessed(deployment, credential.id, version=1), restore(deployment, credential.id, 1)):
        assert (await refused(call)).reason == reason


async def test_a_forged_event_is_ignored(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST, SECOND)
    async with deployment.sql() as sql:
        names = [
            row[0]
            for row in await sql.fetch(
                "select column_name from information_schema.columns where table_name = 'audit_events'"
                " and column_name not in ('event_id', 'box_sha256')"
            )
        ]
        columns = ", ".join(names)
        await sql.execute(
            f"insert into audit_events (event_id, box_sha256, {columns})"
            f" select gen_random_uuid(), sha256(box_sha256), {columns} from audit_events"
            " where credential_id = $1 and version = 1 and box_sha256 is not null",
            credential.id,
        )
    assert (await accessed(deployment, credential.id, version=1)).data == FIRST


async def test_old_versions_of_a_broken_row_are_neither_opened_nor_destroyed(deployment: Deployment) -> None:
    credential = await versioned(deployment, FIRST, SECOND, allowed_hosts=["a.example.com"])
    async with deployment.sql() as sql:
        await sql.execute("update credentials set allowed_hosts = '{}' where id = $1", credential.id)
    for call in (
        accessed(deployment, credential.id, version=1),
        restore(deployment, credential.id, 1),
        destroy(deployment, credential.id, 1),
    ):
        assert (await refused(call)).reason == "SEAL_BROKEN"


async def test_a_node_without_private_keys_lists_versions_but_does_not_open_restore_or_destroy_them(
    own_deployment: Deployment, tmp_path: Path
) -> None:
    credential = await versioned(own_deployment, FIRST, SECOND)
    async with writer_node(own_deployment, tmp_path / "writer") as writer:
        stub = CredentialServiceStub(writer.channel())
        for call in (
            stub.AccessCredential(
                AccessCredentialRequest(id=credential.id, version=1), metadata=own_deployment.metadata
            ),
            stub.RestoreCredentialVersion(
                RestoreCredentialVersionRequest(id=credential.id, version=1), metadata=own_deployment.metadata
            ),
            stub.DestroyCredentialVersion(
                DestroyCredentialVersionRequest(id=credential.id, version=1), metadata=own_deployment.metadata
            ),
        ):
            refusal = await refused(call)
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "OPENING_KEY_ABSENT")
        listed = await stub.ListCredentialVersions(
            ListCredentialVersionsRequest(id=credential.id), metadata=own_deployment.metadata
        )
        assert [version.version for version in listed.versions] == [2, 1]
    assert (await accessed(own_deployment, credential.id, version=1)).version == 1


async def test_every_version_keeps_its_text_byte_by_byte(deployment: Deployment) -> None:
    values = ["", "ä\n", "x" * 10_000]
    credential = await versioned(deployment, *(CredentialData(text=TextData(value=value)) for value in values))
    for number, value in enumerate(values, start=1):
        answer = await accessed(deployment, credential.id, version=number, allow_invalid=True)
        assert answer.data.text.value == value
