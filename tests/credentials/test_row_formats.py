"""Tests that credentials of the first signature format work, and are written in the second at their next change."""

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
from strongroom_server.node import service as node
from strongroom_server.sealing import key_files, signatures
from strongroom_server.store import credentials
from strongroom_server.store.credentials import Visible

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment


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


async def old(deployment: Deployment, credential: Credential | None = None) -> Credential:
    """A credential as the previous version of Strongroom has stored it: signed in format 1."""
    made = await created(deployment, credential)
    await signed_again(deployment, made.id, signature_format=1)
    return made


async def format_of(deployment: Deployment, credential_id: str) -> int:
    async with deployment.sql() as connection:
        found: int = await connection.fetchval("select signature_format from credentials where id = $1", credential_id)
    return found


async def test_a_new_credential_is_written_in_format_2(deployment: Deployment) -> None:
    assert await format_of(deployment, (await created(deployment)).id) == 2


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
async def test_an_update_writes_a_row_of_format_1_in_format_2(
    deployment: Deployment, path: str, fields: dict[str, Any]
) -> None:
    credential = await old(deployment)
    after = await updated(deployment, credential.id, path, **fields)
    assert int(after.etag) == int(credential.etag) + 1
    assert await format_of(deployment, credential.id) == 2
    expected = samples("new" if path.startswith("data") else "hunter2")["basic_auth"]
    assert (await accessed(deployment, credential.id)).data == expected


async def test_deleted_restored_and_undeleted_rows_of_format_1_are_written_in_format_2(deployment: Deployment) -> None:
    stub, metadata = deployment.credentials, deployment.metadata
    credential = await old(deployment)
    await stub.RestoreCredentialVersion(RestoreCredentialVersionRequest(id=credential.id, version=1), metadata=metadata)
    assert await format_of(deployment, credential.id) == 2
    gone = await old(deployment)
    await deleted(deployment, gone.id)
    assert await format_of(deployment, gone.id) == 2
    await stub.UndeleteCredential(UndeleteCredentialRequest(id=gone.id), metadata=metadata)
    assert (await accessed(deployment, gone.id)).data == samples()["basic_auth"]


async def test_a_test_credential_of_format_1_moves_with_its_live_credential(deployment: Deployment) -> None:
    live = await old(deployment, named(team_id=1))
    test = await old(deployment, named(live_credential_id=live.id))
    await updated(deployment, live.id, "team_id", team_id=2)
    assert (await got(deployment, test.id)).team_id == 2
    assert await format_of(deployment, test.id) == 2
    assert (await accessed(deployment, test.id)).data == samples()["basic_auth"]


@pytest.mark.parametrize(
    "change", ["use_settings = '\\x1a0161'", "labels = '{env,prod}'", "warnings = '{use_settings.audience,is wrong}'"]
)
async def test_a_column_that_format_1_does_not_sign_must_be_empty(deployment: Deployment, change: str) -> None:
    credential = await old(deployment)
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


async def test_a_row_of_format_2_cannot_be_declared_to_be_of_format_1(deployment: Deployment) -> None:
    credential = await created(deployment)
    async with deployment.sql() as connection:
        await connection.execute("update credentials set signature_format = 1 where id = $1", credential.id)
    assert (await refused(accessed(deployment, credential.id))).reason == "SEAL_BROKEN"


async def test_audit_verify_accepts_rows_of_both_formats_and_names_the_changed_one(
    database_url: str, tmp_path: Path
) -> None:
    async with open_deployment(database_url, tmp_path) as deployment:
        await created(deployment, named(labels={"env": "prod"}))
        await old(deployment)
        changed = await old(deployment)

        async def findings() -> list[str]:
            async with node.audited(deployment.settings, database_url, opens=True) as (database, keyring):
                return [found.text async for found in verify_rows(database, keyring, Checked())]

        assert await findings() == []
        async with deployment.sql() as connection:
            await connection.execute("update credentials set labels = '{env,test}' where id = $1", changed.id)
        (finding,) = await findings()
        assert changed.id in finding
        assert "does not carry the signature of a node" in finding


async def test_a_node_of_the_previous_version_can_still_store_credentials(deployment: Deployment) -> None:
    credential = await created(deployment)
    async with deployment.sql() as connection:
        names = await connection.fetchval(
            "select string_agg(attname, ', ' order by attnum) from pg_attribute"
            " where attrelid = 'new_credentials'::regclass and attnum > 0"
        )
        values = names.replace("number", "number + 1000000").replace(" id,", " gen_random_uuid(),")
        row = await connection.fetchrow(
            f"insert into credentials ({names}) select {names} from unnest(array("
            f"select row({values})::new_credentials from credentials where id = $1"
            ")) returning use_settings, labels, warnings",
            credential.id,
        )
    assert row is not None
    assert tuple(row) == (b"", [], [])
