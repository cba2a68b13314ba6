"""Calls that wait for their turn end with their deadline, with their caller, and with the node."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import grpc
import pytest
from conftest import ORGANISATION
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rpc.calls import got, listed, refused
from samples import created
from waiting import until

from strongroom.v1.audit_service_pb2 import StreamAuditEventsRequest
from strongroom.v1.credential_service_pb2 import GetCredentialRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

    from strongroom_server.core.fair_queue import FairQueue


@asynccontextmanager
async def full(queue: FairQueue) -> AsyncIterator[None]:
    """Every place that the organisation has in this lane is taken."""
    # The places of earlier calls are free some turns after them.
    await until(lambda: not queue._resting)
    async with AsyncExitStack() as stack:
        while not queue.waiting:
            turn = queue.turn(ORGANISATION, "full", sheds=False)
            entering = asyncio.create_task(stack.enter_async_context(turn))
            await asyncio.sleep(0)
            if not entering.done():
                entering.cancel()
                await asyncio.gather(entering, return_exceptions=True)
                break
            await entering
        yield


async def test_a_call_that_waits_ends_with_its_deadline_or_its_caller(deployment: Deployment) -> None:
    stored = (await created(deployment)).id
    queue = deployment.service.pipeline._light
    async with full(queue):
        call = asyncio.create_task(got(deployment, stored))
        await until(lambda: queue.waiting == 1)
        call.cancel()
        await until(lambda: queue.waiting == 0)
        with pytest.raises(grpc.aio.AioRpcError) as late:
            await deployment.credentials.GetCredential(
                GetCredentialRequest(id=stored), metadata=deployment.metadata, timeout=0.2
            )
        assert late.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: queue.waiting == 0)
        health = await health_pb2_grpc.HealthStub(deployment.grpc).Check(health_pb2.HealthCheckRequest())  # type: ignore[attr-defined] # its stubs leave it out
        assert health.status == health_pb2.HealthCheckResponse.SERVING
        assert "strongroom_queued" in (await deployment.http.get("/metrics")).text
    assert (await got(deployment, stored)).id == stored


async def test_the_lanes_do_not_wait_for_each_other(deployment: Deployment) -> None:
    stored = (await created(deployment)).id
    async with full(deployment.service.pipeline._database.heavy):
        assert (await got(deployment, stored)).id == stored
    async with full(deployment.service.pipeline._light):
        assert stored in await listed(deployment)


async def test_calls_and_streams_that_wait_end_when_the_node_stops(own_deployment: Deployment) -> None:
    service = own_deployment.service
    stored = (await created(own_deployment)).id
    light, heavy = service.pipeline._light, service.pipeline._database.heavy
    async with full(heavy), full(light):
        stream = own_deployment.audit.StreamAuditEvents(StreamAuditEventsRequest(), metadata=own_deployment.metadata)
        reading = asyncio.create_task(refused(stream.read()))
        call = asyncio.create_task(refused(got(own_deployment, stored)))
        await until(lambda: light.waiting == 1 and heavy.waiting == 1)
        service.pipeline.end_calls()
        service.streams.end()
        assert (await call).reason == "SHUTTING_DOWN"
    assert (await reading).reason == "SHUTTING_DOWN"
    assert (light.waiting, heavy.waiting) == (0, 0)
