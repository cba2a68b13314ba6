"""Helpers of the tests that use credentials: credentials that may be used, and keys that may use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rpc.calls import key_of
from samples import created, named

from strongroom.v1.organisation_service_pb2 import ROLE_INVOKER, ROLE_USER
from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestRequest, AuthorizeHttpRequestResponse
from strongroom.v1.use_service_pb2_grpc import UseServiceStub

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Metadata

    from strongroom.v1.credential_pb2 import Credential, CredentialData

HOST = "api.vendor.com"
URL = f"https://{HOST}/v1/things?x=1"


async def user_of(deployment: Deployment) -> Metadata:
    """A new key that may read and use."""
    return await key_of(deployment, ROLE_USER)


async def invoker_of(deployment: Deployment) -> Metadata:
    """A new key that may use and not read."""
    return await key_of(deployment, ROLE_INVOKER)


async def stored(deployment: Deployment, data: CredentialData, **fields: Any) -> Credential:
    """A new credential for HOST."""
    fields.setdefault("allowed_hosts", [HOST])
    return await created(deployment, named(data=data, **fields))


async def authorized(
    deployment: Deployment, credential_id: str, by: Metadata = (), **fields: Any
) -> AuthorizeHttpRequestResponse:
    """Call AuthorizeHttpRequest, for a GET of URL unless the fields say otherwise."""
    request = AuthorizeHttpRequestRequest(**{"id": credential_id, "method": "GET", "url": URL, **fields})
    return await UseServiceStub(deployment.grpc).AuthorizeHttpRequest(request, metadata=by or deployment.metadata)
