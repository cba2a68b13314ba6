"""A node that may reach the mock provider, and calls that forward requests to it.

Import the fixtures `deployment` and `provider_process` by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import copied_database, open_deployment
from samples import created, named
from schemes.provider import Provider, provider_process
from use.minting import reaching

from strongroom.v1.use_service_pb2 import (
    ForwardHttpRequestRequest,
    ForwardHttpRequestResponse,
    HttpHeader,
    HttpRequestHead,
    HttpTrailer,
    StreamHttpRequestRequest,
)
from strongroom.v1.use_service_pb2_grpc import UseServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from conftest import Deployment
    from grpc.aio import StreamStreamCall
    from rpc.calls import Metadata

    from strongroom.v1.credential_pb2 import Credential, CredentialData

__all__ = ["deployment", "provider_process"]

TRAILER = StreamHttpRequestRequest(trailer=HttpTrailer())


@pytest.fixture(scope="module")
async def deployment(
    postgres_url: str,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
    provider_process: Provider,
) -> AsyncIterator[Deployment]:
    """A deployment that the tests of a module share, and that may reach the provider."""
    async with (
        copied_database(postgres_url, template_database) as url,
        open_deployment(
            url,
            tmp_path_factory.mktemp("deployment"),
            **reaching(provider_process),
        ) as opened,
    ):
        yield opened


async def stored_for(deployment: Deployment, provider: Provider, data: CredentialData, **fields: Any) -> Credential:
    """A new credential for the provider."""
    fields.setdefault("allowed_hosts", [f"127.0.0.1:{provider.port}"])
    return await created(deployment, named(data=data, **fields))


def headers(pairs: Iterable[tuple[str, str]]) -> list[HttpHeader]:
    return [HttpHeader(name=name, value=value) for name, value in pairs]


def of(response: Any) -> dict[str, str]:
    """The headers of a response's head."""
    return {each.name: each.value for each in response.headers}


async def forwarded(
    deployment: Deployment, credential: Credential, url: str, by: Metadata = (), body: bytes = b"", **head: Any
) -> ForwardHttpRequestResponse:
    """Call ForwardHttpRequest, for a GET unless the fields say otherwise."""
    made = HttpRequestHead(**{"id": credential.id, "method": "GET", "url": url, **head})
    return await UseServiceStub(deployment.grpc).ForwardHttpRequest(
        ForwardHttpRequestRequest(head=made, body=body), metadata=by or deployment.metadata
    )


async def begun(deployment: Deployment, credential: Credential, url: str, by: Metadata = (), **head: Any) -> Any:
    """Call StreamHttpRequest, and send the head."""
    made = HttpRequestHead(**{"id": credential.id, "method": "GET", "url": url, **head})
    call: StreamStreamCall[Any, Any] = UseServiceStub(deployment.grpc).StreamHttpRequest(
        metadata=by or deployment.metadata
    )
    await call.write(StreamHttpRequestRequest(head=made))
    return call
