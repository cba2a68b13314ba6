"""Helpers of the tests that call the services: calls that must fail, and API keys with other roles."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ApiKey,
    CreateApiKeyRequest,
    CreateOrganisationRequest,
    Organisation,
    RevokeApiKeyRequest,
    Role,
    UpdateApiKeyRequest,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from conftest import Deployment

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error of a call."""

    code: grpc.StatusCode
    reason: str
    message: str
    fields: dict[str, str]
    size: int


async def refused(call: Awaitable[Any]) -> Refusal:
    """Await a call that must fail, and return its error."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return read(caught.value)


def read(error: grpc.aio.AioRpcError) -> Refusal:
    """The details of an error."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type] # an error has what is read of a call
    assert status is not None, error.details()
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    assert info.domain == "strongroom"
    fields = {violation.field: violation.description for violation in bad.field_violations}
    return Refusal(error.code(), info.reason, status.message, fields, status.ByteSize())


def bearer(key: str) -> Metadata:
    """The metadata of a call with this key."""
    return (("authorization", f"Bearer {key}"),)


async def key_of(deployment: Deployment, *roles: Role.ValueType, by: Metadata = (), **fields: Any) -> Metadata:
    """Create an API key in the caller's organisation, and return its metadata."""
    return bearer((await make_key(deployment, *roles, by=by, **fields)).key)


async def make_key(deployment: Deployment, *roles: Role.ValueType, by: Metadata = (), **fields: Any) -> ApiKey:
    """Create an API key, with the key that has every role unless another is given."""
    request = CreateApiKeyRequest(api_key=ApiKey(roles=roles, **fields))
    return await deployment.organisations.CreateApiKey(request, metadata=by or deployment.metadata)


async def change_key(deployment: Deployment, key_id: str, *paths: str, by: Metadata = (), **fields: Any) -> ApiKey:
    """Update these fields of an API key, with the key that has every role unless another is given."""
    request = UpdateApiKeyRequest(id=key_id, api_key=ApiKey(**fields), update_mask=FieldMask(paths=paths))
    return await deployment.organisations.UpdateApiKey(request, metadata=by or deployment.metadata)


async def revoke_key(deployment: Deployment, key_id: str, by: Metadata = ()) -> ApiKey:
    """Revoke an API key, with the key that has every role unless another is given."""
    return await deployment.organisations.RevokeApiKey(
        RevokeApiKeyRequest(id=key_id), metadata=by or deployment.metadata
    )


async def other_organisation(deployment: Deployment) -> tuple[str, Metadata]:
    """Create an organisation with a key that has, and may grant, every role but operator. Returns its id and the key's metadata."""
    name = f"other-{uuid.uuid4()}"
    made = await deployment.organisations.CreateOrganisation(
        CreateOrganisationRequest(organisation=Organisation(id=name)), metadata=deployment.metadata
    )
    roles = [role for role in Role.values() if role not in (Role.ROLE_UNSPECIFIED, Role.ROLE_OPERATOR)]
    key = await deployment.organisations.CreateApiKey(
        CreateApiKeyRequest(api_key=ApiKey(roles=roles, grantable_roles=roles)), metadata=bearer(made.api_key.key)
    )
    return name, bearer(key.key)


async def accessed(deployment: Deployment, credential_id: str, by: Metadata = (), **request: Any) -> Credential:
    """Access a credential, with the key that has every role unless another is given."""
    return await deployment.credentials.AccessCredential(
        AccessCredentialRequest(id=credential_id, **request), metadata=by or deployment.metadata
    )


async def got(deployment: Deployment, credential_id: str, by: Metadata = (), **request: Any) -> Credential:
    """Get a credential, with the key that has every role unless another is given."""
    return await deployment.credentials.GetCredential(
        GetCredentialRequest(id=credential_id, **request), metadata=by or deployment.metadata
    )


async def listed(deployment: Deployment, by: Metadata = (), **request: Any) -> list[str]:
    """The ids of a page of credentials, with the key that has every role unless another is given."""
    page = await deployment.credentials.ListCredentials(
        ListCredentialsRequest(**request), metadata=by or deployment.metadata
    )
    return [credential.id for credential in page.credentials]


async def updated(
    deployment: Deployment,
    credential_id: str,
    *paths: str,
    by: Metadata = (),
    accept_invalid: bool = False,
    **fields: Any,
) -> Credential:
    """Update these paths of a credential to these fields, with the key that has every role unless another is given."""
    request = UpdateCredentialRequest(
        id=credential_id,
        credential=Credential(**fields),
        update_mask=FieldMask(paths=paths),
        accept_invalid=accept_invalid,
    )
    return await deployment.credentials.UpdateCredential(request, metadata=by or deployment.metadata)


async def deleted(deployment: Deployment, credential_id: str, by: Metadata = (), **request: Any) -> None:
    """Delete a credential, with the key that has every role unless another is given."""
    await deployment.credentials.DeleteCredential(
        DeleteCredentialRequest(id=credential_id, **request), metadata=by or deployment.metadata
    )
