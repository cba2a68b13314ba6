"""While one organisation floods the node with calls, another's calls succeed, and health answers.

core/test_fair_queue.py shows whose turn it is, and bench/floods.py how long the other waits.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rpc.calls import accessed, bearer, other_organisation
from samples import created
from waiting import until

from strongroom.v1.audit_service_pb2 import StreamAuditEventsRequest
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    ImportCredentialsRequest,
    ListCredentialsRequest,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from conftest import Deployment
    from rpc.calls import Metadata

AT_ONCE: Final = 128
# The other organisation's calls, one after another.
CALLS: Final = 5


class Flood:
    """The calls of the default organisation."""

    def __init__(self, deployment: Deployment, channel: grpc.aio.Channel, stored: str) -> None:
        self.deployment = deployment
        self.credentials = type(deployment.credentials)(channel)
        self.audit = type(deployment.audit)(channel)
        self.stored = stored
        self.names = map("flood {}".format, itertools.count())
        # How many calls ended, and messages of streams came.
        self.done = 0

    def text(self, size: int = 16, name: str | None = None) -> CreateCredentialRequest:
        data = CredentialData(text=TextData(value="x" * size))
        name = next(self.names) if name is None else name
        return CreateCredentialRequest(credential=Credential(surface=SURFACE_NATIVE, name=name, data=data))

    async def access(self) -> None:
        await self.credentials.AccessCredential(
            AccessCredentialRequest(id=self.stored), metadata=self.deployment.metadata
        )

    async def create_64_kib(self) -> None:
        await self.credentials.CreateCredential(self.text(64_000), metadata=self.deployment.metadata)

    async def bad_body(self) -> None:
        await self.credentials.CreateCredential(self.text(64_000, name=""), metadata=self.deployment.metadata)

    async def unknown_key(self) -> None:
        metadata = bearer(f"sr_unknown_{next(self.names)}")
        await self.credentials.AccessCredential(AccessCredentialRequest(id=self.stored), metadata=metadata)

    async def page(self) -> None:
        await self.list_(page_size=100)

    async def filter_without_match(self) -> None:
        await self.list_(variant="jwt")

    async def exact_total(self) -> None:
        await self.list_(page_size=1, with_total_size=True)

    async def list_(self, **fields: object) -> None:
        request = ListCredentialsRequest(**fields)  # type: ignore[arg-type] # fields of several types
        await self.credentials.ListCredentials(request, metadata=self.deployment.metadata)

    async def audit_stream(self) -> None:
        async for _ in self.audit.StreamAuditEvents(StreamAuditEventsRequest(), metadata=self.deployment.metadata):
            self.done += 1

    async def import_(self) -> None:
        async def requests() -> AsyncIterator[ImportCredentialsRequest]:
            for _ in range(5):
                yield ImportCredentialsRequest(creates=[self.text() for _ in range(20)])

        async for _ in self.credentials.ImportCredentials(requests(), metadata=self.deployment.metadata):
            self.done += 1

    async def http_page(self) -> None:
        headers = {"Authorization": f"Bearer {self.deployment.api_key}"}
        await self.deployment.http.get("/api/v1/user_credentials", headers=headers)

    @asynccontextmanager
    async def of(self, call: Callable[[Flood], Awaitable[None]]) -> AsyncIterator[None]:
        """Keep AT_ONCE calls under way. Each is made again when it ends, however it ends."""

        async def repeat() -> None:
            while True:
                with suppress(grpc.aio.AioRpcError):
                    await call(self)
                self.done += 1

        tasks = [asyncio.create_task(repeat()) for _ in range(AT_ONCE)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(scope="module")
async def other(deployment: Deployment) -> tuple[str, Metadata]:
    """Another organisation's credential and key."""
    _, key = await other_organisation(deployment)
    return (await created(deployment, by=key)).id, key


FLOODS: Final = (
    Flood.access,
    Flood.create_64_kib,
    Flood.bad_body,
    Flood.unknown_key,
    Flood.page,
    Flood.filter_without_match,
    Flood.exact_total,
    Flood.audit_stream,
    Flood.import_,
    Flood.http_page,
)


@pytest.mark.parametrize("call", FLOODS, ids=lambda call: call.__name__)
async def test_the_other_organisation_is_served(
    deployment: Deployment, other: tuple[str, Metadata], call: Callable[[Flood], Awaitable[None]]
) -> None:
    credential, key = other
    stored = (await created(deployment)).id
    async with grpc.aio.insecure_channel(
        deployment.grpc_target, options=(("grpc.use_local_subchannel_pool", 1),)
    ) as channel:
        flood = Flood(deployment, channel, stored)
        async with flood.of(call):
            await until(lambda: flood.done > 0)
            for _ in range(CALLS):
                await accessed(deployment, credential, by=key)
            health = await health_pb2_grpc.HealthStub(deployment.grpc).Check(health_pb2.HealthCheckRequest())  # type: ignore[attr-defined] # its stubs leave it out
            assert health.status == health_pb2.HealthCheckResponse.SERVING
            assert (await deployment.http.get("/livez")).text == "alive"
