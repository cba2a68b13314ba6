"""Tests that neither an update nor a restored version shows a reader a value that was redacted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import Metadata, key_of, refused
from samples import created, named

from strongroom.v1.credential_pb2 import Credential, CredentialData, KeyValuesData
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    GetCredentialRequest,
    RestoreCredentialVersionRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER

if TYPE_CHECKING:
    from conftest import Deployment

DATA = CredentialData(key_values=KeyValuesData(values={"shown": b"yes", "token": b"hunter2"}))


async def updated(deployment: Deployment, by: Metadata, credential_id: str, *paths: str, **fields: Any) -> Credential:
    request = UpdateCredentialRequest(
        id=credential_id, credential=Credential(**fields), update_mask=FieldMask(paths=paths)
    )
    return await deployment.credentials.UpdateCredential(request, metadata=by)


async def shown(deployment: Deployment, by: Metadata, credential_id: str) -> dict[str, bytes]:
    request = GetCredentialRequest(id=credential_id, view=CREDENTIAL_VIEW_FULL)
    return dict((await deployment.credentials.GetCredential(request, metadata=by)).data.key_values.values)


@pytest.fixture
async def by(deployment: Deployment) -> Metadata:
    return await key_of(deployment, ROLE_READER, ROLE_WRITER)


@pytest.mark.parametrize("keys", [[], ["shown"]])
async def test_redact_fields_cannot_be_reduced_without_new_values(
    deployment: Deployment, by: Metadata, keys: list[str]
) -> None:
    credential = await created(deployment, named(data=DATA, redact_fields=["token"]))

    refusal = await refused(updated(deployment, by, credential.id, "redact_fields", redact_fields=keys))

    assert refusal.fields == {
        "credential.redact_fields": "must keep the keys that it names, unless the values are sent again"
    }
    assert await shown(deployment, by, credential.id) == {"shown": b"yes"}


async def test_redact_fields_may_grow_and_may_be_cleared_with_new_values(deployment: Deployment, by: Metadata) -> None:
    credential = await created(deployment, named(data=DATA, redact_fields=["token"]))

    await updated(deployment, by, credential.id, "redact_fields", redact_fields=["token", "shown"])
    assert await shown(deployment, by, credential.id) == {}
    await updated(deployment, by, credential.id, "redact_fields", "data", data=DATA)
    assert await shown(deployment, by, credential.id) == {"shown": b"yes", "token": b"hunter2"}


@pytest.mark.parametrize("hidden_later", [False, True])
async def test_a_restored_version_stays_redacted(deployment: Deployment, by: Metadata, hidden_later: bool) -> None:
    first = [] if hidden_later else ["token"]
    credential = await created(deployment, named(data=DATA, redact_fields=first))
    if hidden_later:
        await updated(deployment, by, credential.id, "redact_fields", redact_fields=["token"])
    other = CredentialData(key_values=KeyValuesData(values={"a": b"1"}))
    await updated(deployment, by, credential.id, "redact_fields", "data", data=other)

    request = RestoreCredentialVersionRequest(id=credential.id, version=1)
    restored = await deployment.credentials.RestoreCredentialVersion(request, metadata=by)

    assert list(restored.redact_fields) == ["token"]
    assert await shown(deployment, by, credential.id) == {"shown": b"yes"}


async def test_many_concurrent_updates_all_succeed(deployment: Deployment, by: Metadata) -> None:
    import asyncio

    credential = await created(deployment)
    await asyncio.gather(
        *(updated(deployment, by, credential.id, "description", description=str(count)) for count in range(40))
    )
    request = GetCredentialRequest(id=credential.id)
    assert (await deployment.credentials.GetCredential(request, metadata=by)).etag == "41"
