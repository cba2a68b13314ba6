"""A stored credential that was changed without the service is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import refused
from samples import created, named, samples

from strongroom.v1.credential_pb2 import READ_ACCESS_SPECIFIC_TEAMS, Credential
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom_server.core import records
from strongroom_server.sealing.signatures import _COLUMNS, NEWEST_FORMAT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conftest import Deployment

# A change of each column. Changes that hide a row from all reads have their own expectation below.
CHANGES = {
    "organisation_id": "'elsewhere', team_id = null",
    "id": "gen_random_uuid()",
    "number": "number + 100000",
    "surface": "4",
    "variant": "'text'",
    "state": "2",
    "provider": "1",
    "name": "name || 'x'",
    "slug": "slug || 'x'",
    "description": "'x'",
    "metadata_json": "'{\"x\": 1}'",
    "allowed_hosts": "'{}'",
    "read_access": "2",
    "team_id": "2",
    "folder_id": "null, team_id = null",
    "shared_team_ids": "'{1}'",
    "redact_fields": "'{x}'",
    "expire_time": "now() + interval '100 years'",
    "reminder_time": "now()",
    "live_credential_id": "id",
    "test_enabled": "not test_enabled",
    "tines_settings": "'\\xffff'",
    "violations": "'{basic_auth.password,is required}'",
    "use_settings": "'\\xffff'",
    "labels": "'{env,prod}'",
    "warnings": "'{use_settings.token_url,is not reachable}'",
    "certificate_expire_time": "now() + interval '1 year'",
    "version": "version + 1",
    "revision": "revision + 1",
    "sealing_key_id": "'other'",
    "box_sha256": "sha256(box_sha256)",
    "create_time": "create_time + interval '1 second'",
    "update_time": "update_time + interval '1 second'",
    "delete_time": "now()",
    "signature_format": "1",
    "signer_id": "'other'",
    "signature": "sha512(signature)",
}
_GONE = ("organisation_id", "id", "delete_time")


def opening_calls(deployment: Deployment, credential_id: str) -> list[Callable[[], Awaitable[object]]]:
    stubs, metadata = deployment.credentials, deployment.metadata
    renamed = UpdateCredentialRequest(
        id=credential_id, credential=Credential(name="x"), update_mask=FieldMask(paths=["name"])
    )
    return [
        lambda: stubs.AccessCredential(
            AccessCredentialRequest(id=credential_id, target_host="a.example.com", allow_invalid=True),
            metadata=metadata,
        ),
        lambda: stubs.GetCredential(
            GetCredentialRequest(id=credential_id, view=CREDENTIAL_VIEW_FULL), metadata=metadata
        ),
        lambda: stubs.UpdateCredential(renamed, metadata=metadata),
        lambda: stubs.DeleteCredential(DeleteCredentialRequest(id=credential_id), metadata=metadata),
    ]


async def broken(deployment: Deployment, credential_id: str, *, calls: slice = slice(None)) -> None:
    """Check that opening the box and signing the row again are refused, and that the metadata is still shown."""
    for call in opening_calls(deployment, credential_id)[calls]:
        refusal = await refused(call())
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
    shown = await deployment.credentials.GetCredential(
        GetCredentialRequest(id=credential_id), metadata=deployment.metadata
    )
    assert shown.id == credential_id


async def works(deployment: Deployment, credential_id: str) -> None:
    answer = await deployment.credentials.AccessCredential(
        AccessCredentialRequest(id=credential_id, target_host="a.example.com"), metadata=deployment.metadata
    )
    assert answer.data == samples()["basic_auth"]


def policy() -> Credential:
    return named(
        team_id=1,
        allowed_hosts=["a.example.com"],
        read_access=READ_ACCESS_SPECIFIC_TEAMS,
        shared_team_slugs=["team_2"],
        metadata_json="{}",
    )


def test_every_signed_column_has_a_change_here() -> None:
    columns = _COLUMNS[records.Credential, NEWEST_FORMAT[records.Credential]]
    assert set(CHANGES) == {*columns, "signature"}


@pytest.mark.parametrize("column", CHANGES)
async def test_a_changed_column_breaks_the_seal(deployment: Deployment, column: str) -> None:
    credential, other = await created(deployment, policy()), await created(deployment, policy())
    await works(deployment, credential.id)
    async with deployment.sql() as connection:
        await connection.execute("alter table boxes drop constraint if exists boxes_organisation_id_credential_id_fkey")
        status = await connection.execute(
            f"update credentials set {column} = {CHANGES[column]} where id = $1",
            credential.id,
        )
    assert status == "UPDATE 1"
    if column in _GONE:
        refusal = await refused(opening_calls(deployment, credential.id)[0]())
        assert refusal.reason == "CREDENTIAL_NOT_FOUND"
    else:
        await broken(deployment, credential.id)
    await works(deployment, other.id)


@pytest.mark.parametrize(
    "change",
    [
        "update boxes set box = (select box from boxes where credential_id = $2) where credential_id = $1",
        "update boxes set box = set_byte(box, 60, get_byte(box, 60) # 1) where credential_id = $1",
        "update boxes set box = ''::bytea where credential_id = $1 and $2::uuid is not null",
        "delete from boxes where credential_id = $1 and $2::uuid is not null",
        "update boxes set box = '\\x00'::bytea || box where credential_id = $1 and $2::uuid is not null",
    ],
)
async def test_a_box_that_does_not_belong_to_the_row_is_refused(deployment: Deployment, change: str) -> None:
    credential, other = await created(deployment, policy()), await created(deployment, policy())
    if "$2" not in change:
        change += " and $2::uuid is not null"
    async with deployment.sql() as connection:
        await connection.execute(change, credential.id, other.id)
    await broken(deployment, credential.id, calls=slice(2))
    await works(deployment, other.id)


async def test_a_box_with_its_hash_from_another_credential_is_refused(deployment: Deployment) -> None:
    credential, other = await created(deployment, policy()), await created(deployment, policy())
    async with deployment.sql() as connection:
        await connection.execute(
            "update boxes set box = (select box from boxes where credential_id = $2) where credential_id = $1",
            credential.id,
            other.id,
        )
        await connection.execute(
            "update credentials set (box_sha256, signature) ="
            " (select box_sha256, signature from credentials where id = $2) where id = $1",
            credential.id,
            other.id,
        )
    await broken(deployment, credential.id)
    await works(deployment, other.id)


async def test_an_older_box_with_a_newer_row_is_refused(deployment: Deployment) -> None:
    credential = await created(deployment, policy())
    await deployment.credentials.UpdateCredential(
        UpdateCredentialRequest(
            id=credential.id,
            credential=Credential(data=samples("new")["basic_auth"]),
            update_mask=FieldMask(paths=["data"]),
        ),
        metadata=deployment.metadata,
    )
    async with deployment.sql() as connection:
        await connection.execute(
            "update boxes b set box = o.box from boxes o"
            " where b.credential_id = $1 and o.credential_id = $1 and b.version = 2 and o.version = 1",
            credential.id,
        )
    await broken(deployment, credential.id, calls=slice(2))


async def test_a_forged_api_key_is_refused(own_deployment: Deployment) -> None:
    deployment = own_deployment
    credential = await created(deployment)
    await works(deployment, credential.id)
    async with deployment.sql() as connection:
        for change in ("team_ids = '{2}'", "expire_time = now() + interval '1 day'", "display_name = 'x'"):
            async with connection.transaction():
                await connection.execute(f"update api_keys set {change}")
                await connection.execute("select pg_notify('strongroom_api_keys', 'bootstrap')")
            await deployment.hear()
            refusal = await refused(opening_calls(deployment, credential.id)[0]())
            assert refusal.reason == "API_KEY_INVALID"


async def test_a_signing_key_that_the_root_key_did_not_sign_is_not_trusted(own_deployment: Deployment) -> None:
    deployment = own_deployment
    credential = await created(deployment)
    async with deployment.sql() as connection:
        await connection.execute(
            "insert into signing_keys select 'forged', public_key, state, create_time, signature_format, signature"
            " from signing_keys where purpose = 'write'"
        )
        await connection.execute("update credentials set signer_id = 'forged'")
    await broken(deployment, credential.id)
