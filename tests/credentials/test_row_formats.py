"""Tests that credentials of older signature formats work, and are written in the newest at their next change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import grpc
import pytest
from conftest import ORGANISATION, open_deployment
from google.protobuf.field_mask_pb2 import FieldMask
from msgspec import structs
from rpc.calls import accessed, deleted, got, listed, refused, updated
from samples import created, named, samples

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom_server.audit.verify_rows import Checked, verify_rows
from strongroom_server.core import records
from strongroom_server.node.keyring import audited
from strongroom_server.sealing import key_files, signatures
from strongroom_server.store import credentials
from strongroom_server.store.credentials import Visible

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment

NEWEST = signatures.NEWEST_FORMAT[records.Credential]


async def signed_again(deployment: Deployment, credential_id: str, **columns: Any) -> None:
    """Change columns of a row, and sign it with the node's key."""
    stored = await credentials.get(deployment.service.database, Visible(ORGANISATION, None), UUID(credential_id))
    assert stored is not None
    row = structs.replace(stored.row, **columns, signature=b"")
    signing = (await key_files.load(deployment.settings.keys_dir, opens=False)).signing
    signature = signatures.sign(signing.secret_key, row)
    async with deployment.sql() as connection:
        await connection.execute(
            "update credentials set warnings = $2, signature_format = $3, signature = $4 where id = $1",
            row.id,
            row.warnings,
            row.signature_format,
            signature,
        )


async def old(deployment: Deployment, credential: Credential | None = None, *, signature_format: int = 1) -> Credential:
    """A credential as an earlier version of Strongroom has stored it: signed in an older format."""
    made = await created(deployment, credential)
    await signed_again(deployment, made.id, signature_format=signature_format)
    return made


async def format_of(deployment: Deployment, credential_id: str) -> int:
    async with deployment.sql() as connection:
        found: int = await connection.fetchval("select signature_format from credentials where id = $1", credential_id)
    return found


async def test_a_new_credential_is_written_in_the_newest_format(deployment: Deployment) -> None:
    assert await format_of(deployment, (await created(deployment)).id) == NEWEST


async def test_a_row_of_format_1_is_read_listed_and_accessed_unchanged(deployment: Deployment) -> None:
    credential = await old(deployment, named(allowed_hosts=["*.example.com"]))
    assert credential.id in await listed(deployment, page_size=500)
    full = await got(deployment, credential.id, view=CREDENTIAL_VIEW_FULL)
    assert (full.name, full.data.basic_auth.username) == (credential.name, "anna")
    assert {"use_settings", "labels", "warnings"}.isdisjoint(field.name for field, _ in full.ListFields())
    whole = await accessed(deployment, credential.id, target_host="a.example.com")
    assert whole.data == samples()["basic_auth"]
    assert await format_of(deployment, credential.id) == 1


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("name", {"name": "other"}),
        ("data", {"data": samples("new")["basic_auth"]}),
        ("data.basic_auth.password", {"data": samples("new")["basic_auth"]}),
        ("labels", {"labels": {"env": "prod"}}),
        ("use_settings", {}),
    ],
)
@pytest.mark.parametrize("signature_format", [1, 2])
async def test_an_update_writes_a_row_of_an_older_format_in_the_newest(
    deployment: Deployment, signature_format: int, path: str, fields: dict[str, Any]
) -> None:
    credential = await old(deployment, signature_format=signature_format)
    after = await updated(deployment, credential.id, path, **fields)
    assert int(after.etag) == int(credential.etag) + 1
    assert await format_of(deployment, credential.id) == NEWEST
    expected = samples("new" if path.startswith("data") else "hunter2")["basic_auth"]
    assert (await accessed(deployment, credential.id)).data == expected


async def test_deleted_restored_and_undeleted_rows_of_format_1_are_written_in_the_newest(
    deployment: Deployment,
) -> None:
    stub, metadata = deployment.credentials, deployment.metadata
    credential = await old(deployment)
    await stub.RestoreCredentialVersion(RestoreCredentialVersionRequest(id=credential.id, version=1), metadata=metadata)
    assert await format_of(deployment, credential.id) == NEWEST
    gone = await old(deployment)
    await deleted(deployment, gone.id)
    assert await format_of(deployment, gone.id) == NEWEST
    await stub.UndeleteCredential(UndeleteCredentialRequest(id=gone.id), metadata=metadata)
    assert (await accessed(deployment, gone.id)).data == samples()["basic_auth"]


async def test_a_test_credential_of_format_1_moves_with_its_live_credential(deployment: Deployment) -> None:
    live = await old(deployment, named(team_id=1))
    test = await old(deployment, named(live_credential_id=live.id))
    await updated(deployment, live.id, "team_id", team_id=2)
    assert (await got(deployment, test.id)).team_id == 2
    assert await format_of(deployment, test.id) == NEWEST
    assert (await accessed(deployment, test.id)).data == samples()["basic_auth"]


@pytest.mark.parametrize(
    ("signature_format", "change"),
    [
        (1, "use_settings = '\\x1a0161'"),
        (1, "labels = '{env,prod}'"),
        (1, "warnings = '{use_settings.audience,is wrong}'"),
        (2, "certificate_expire_time = '2027-01-02T03:04:05Z'"),
    ],
)
async def test_a_column_that_the_format_does_not_sign_must_be_empty(
    deployment: Deployment, signature_format: int, change: str
) -> None:
    credential = await old(deployment, signature_format=signature_format)
    async with deployment.sql() as connection:
        await connection.execute(f"update credentials set {change} where id = $1", credential.id)
    renamed = UpdateCredentialRequest(
        id=credential.id, credential=Credential(name="other"), update_mask=FieldMask(paths=["name"])
    )
    for call in (
        accessed(deployment, credential.id),
        got(deployment, credential.id, view=CREDENTIAL_VIEW_FULL),
        deployment.credentials.UpdateCredential(renamed, metadata=deployment.metadata),
        deleted(deployment, credential.id),
    ):
        refusal = await refused(call)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")


@pytest.mark.parametrize("signature_format", [1, 2])
async def test_a_row_cannot_be_declared_to_be_of_an_older_format(deployment: Deployment, signature_format: int) -> None:
    credential = await created(deployment)
    async with deployment.sql() as connection:
        await connection.execute(
            "update credentials set signature_format = $2 where id = $1", credential.id, signature_format
        )
    assert (await refused(accessed(deployment, credential.id))).reason == "SEAL_BROKEN"


async def test_audit_verify_accepts_rows_of_all_formats_and_names_the_changed_one(
    database_url: str, tmp_path: Path
) -> None:
    async with open_deployment(database_url, tmp_path) as deployment:
        await created(deployment, named(labels={"env": "prod"}))
        await old(deployment)
        await old(deployment, signature_format=2)
        changed = await old(deployment)

        async def findings() -> list[str]:
            async with audited(deployment.settings, database_url, opens=True) as (database, keyring):
                return [found.text async for found in verify_rows(database, keyring, Checked())]

        assert await findings() == []
        async with deployment.sql() as connection:
            await connection.execute("update credentials set labels = '{env,test}' where id = $1", changed.id)
        (finding,) = await findings()
        assert changed.id in finding
        assert "does not carry the signature of a node" in finding


@pytest.mark.parametrize(
    ("composite", "added"),
    [
        ("new_credentials", {"use_settings": b"", "labels": [], "warnings": [], "certificate_expire_time": None}),
        ("new_credentials_with_use_settings", {"certificate_expire_time": None}),
    ],
)
async def test_a_node_of_an_earlier_version_can_still_store_credentials(
    deployment: Deployment, composite: str, added: dict[str, object]
) -> None:
    credential = await created(deployment)
    async with deployment.sql() as connection:
        names = await connection.fetchval(
            "select string_agg(attname, ', ' order by attnum) from pg_attribute"
            " where attrelid = $1::regclass and attnum > 0",
            composite,
        )
        values = names.replace("number", "number + 1000000").replace(" id,", " gen_random_uuid(),")
        row = await connection.fetchrow(
            f"insert into credentials ({names}) select {names} from unnest(array("
            f"select row({values})::{composite} from credentials where id = $1"
            f")) returning {', '.join(added)}",
            credential.id,
        )
    assert row is not None
    assert dict(row) == added
