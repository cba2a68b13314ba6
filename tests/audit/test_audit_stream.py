"""The stream of audit events starts at any position, has no gaps, and ends when the key is revoked or the node stops."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc.aio
import pytest
from conftest import ORGANISATION, Deployment, open_deployment
from rpc.calls import Metadata, bearer, other_organisation, read, refused
from samples import created
from waiting import until

from strongroom.v1.audit_service_pb2 import AuditEvent, StreamAuditEventsRequest
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ApiKey, CreateApiKeyRequest, RevokeApiKeyRequest
from strongroom_server.node.grpc_server import serve_grpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Reader:
    """Reads a stream until it ends, and keeps its events."""

    def __init__(
        self, deployment: Deployment, by: Metadata = (), timeout: float | None = None, **request: object
    ) -> None:
        self.events: list[AuditEvent] = []
        self.call = deployment.audit.StreamAuditEvents(
            StreamAuditEventsRequest(**request),  # type: ignore[arg-type] # its fields by name
            metadata=by or deployment.metadata,
            timeout=timeout,
        )
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self.call:
            self.events.append(event)

    @property
    def positions(self) -> list[int]:
        return [event.chain_position for event in self.events]

    async def reached(self, position: int) -> None:
        """Return once the stream has reached this position."""
        await until(lambda: self.task.done() or (self.positions and self.positions[-1] >= position))
        assert not self.task.done(), self.task.exception()

    async def ended(self) -> grpc.aio.AioRpcError:
        """The error that ends the stream."""
        await until(self.task.done)
        error = self.task.exception()
        assert isinstance(error, grpc.aio.AioRpcError)
        return error


@asynccontextmanager
async def reading(deployment: Deployment, by: Metadata = (), **request: object) -> AsyncIterator[Reader]:
    reader = Reader(deployment, by, **request)  # type: ignore[arg-type] # as above
    try:
        yield reader
    finally:
        reader.call.cancel()
        await asyncio.gather(reader.task, return_exceptions=True)


async def chained(deployment: Deployment, organisation: str = ORGANISATION) -> int:
    """The last position of the chain, once every event is chained."""
    async with deployment.sql() as connection:
        await until(
            lambda: connection.fetchval("select not exists (select from audit_events where chain_position is null)")
        )
        found = await connection.fetchval(
            "select max(chain_position) from audit_events where organisation_id = $1", organisation
        )
    assert isinstance(found, int)
    return found


async def test_a_stream_starts_with_the_first_event_and_continues_with_new_ones(deployment: Deployment) -> None:
    for _ in range(3):
        await created(deployment)
    before = await chained(deployment)
    async with reading(deployment) as reader:
        await reader.reached(before)
        assert reader.positions == list(range(1, before + 1))
        made = [(await created(deployment)).id for _ in range(5)]
        after = await chained(deployment)
        await reader.reached(after)
        assert reader.positions == list(range(1, after + 1))
        assert [event.credential_id for event in reader.events[before:]] == made
        assert {event.organisation_id for event in reader.events} == {ORGANISATION}
        assert all(event.outcome == "OK" for event in reader.events[before:])


async def test_a_stream_starts_after_the_given_position(deployment: Deployment) -> None:
    for _ in range(3):
        await created(deployment)
    end = await chained(deployment)
    async with reading(deployment, after_chain_position=end - 2) as reader:
        await reader.reached(end)
        assert reader.positions == [end - 1, end]
    async with reading(deployment, after_chain_position=end + 2) as reader:
        for _ in range(3):
            await created(deployment)
        await reader.reached(end + 3)
        assert reader.positions == [end + 3]


@pytest.mark.parametrize("position", [-1, -(2**63)])
async def test_an_invalid_position_is_refused(deployment: Deployment, position: int) -> None:
    call = deployment.audit.StreamAuditEvents(
        StreamAuditEventsRequest(after_chain_position=position), metadata=deployment.metadata
    )
    refusal = await refused(anext(aiter(call)))
    assert list(refusal.fields) == ["after_chain_position"]


async def test_a_stream_that_breaks_often_can_be_continued_without_a_gap(deployment: Deployment) -> None:
    begin = await chained(deployment)
    stop = asyncio.Event()

    async def write() -> int:
        count = 0
        while not stop.is_set():
            await created(deployment)
            count += 1
        return count

    writers = [asyncio.create_task(write()) for _ in range(3)]
    seen: list[int] = []
    try:
        for _ in range(8):
            after = seen[-1] if seen else begin
            async with reading(deployment, after_chain_position=after) as reader:
                await reader.reached(after + 1)
            seen += reader.positions
    finally:
        stop.set()
        written = sum(await asyncio.gather(*writers))
    end = await chained(deployment)
    async with reading(deployment, after_chain_position=seen[-1]) as reader:
        if end > seen[-1]:
            await reader.reached(end)
        seen += reader.positions
    assert written == end - begin
    assert seen == list(range(begin + 1, end + 1))


async def test_concurrent_streams_each_have_all_events_of_their_organisation_only(deployment: Deployment) -> None:
    name, by = await other_organisation(deployment)
    begin = await chained(deployment)
    readers = [Reader(deployment) for _ in range(4)] + [Reader(deployment, by)]
    operators = Reader(deployment, organisation_id="strongroom")
    try:
        await asyncio.gather(*(created(deployment) for _ in range(10)), *(created(deployment, by=by) for _ in range(4)))
        end, theirs, of_operators = (
            await chained(deployment),
            await chained(deployment, name),
            await chained(deployment, "strongroom"),
        )
        for reader in readers[:4]:
            await reader.reached(end)
            assert reader.positions == list(range(1, end + 1))
        await readers[4].reached(theirs)
        assert readers[4].positions == list(range(1, theirs + 1))
        assert {event.organisation_id for event in readers[4].events} == {name}
        await operators.reached(of_operators)
        assert {event.action for event in operators.events} == {"CreateOrganisation"}
        assert end == begin + 10
    finally:
        for reader in (*readers, operators):
            reader.call.cancel()
        await asyncio.gather(*(reader.task for reader in (*readers, operators)), return_exceptions=True)


async def test_a_stream_ends_soon_after_its_key_is_revoked(deployment: Deployment) -> None:
    key = await deployment.organisations.CreateApiKey(
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_ADMIN])), metadata=deployment.metadata
    )
    async with reading(deployment, bearer(key.key)) as reader, reading(deployment) as other:
        await reader.reached(1)
        await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key.id), metadata=deployment.metadata)
        refusal = read(await reader.ended())
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "API_KEY_INVALID")
        await other.reached(await chained(deployment))


async def test_a_stream_ends_at_its_deadline(deployment: Deployment) -> None:
    reader = Reader(deployment, timeout=1)
    assert (await reader.ended()).code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert reader.positions


async def test_a_stopping_node_ends_its_streams(database_url: str, tmp_path: Path) -> None:
    async with (
        open_deployment(database_url, tmp_path / "deployment") as deployment,
        grpc.aio.insecure_channel(deployment.grpc_target) as own,
    ):
        served = deployment.service
        async with (
            serve_grpc(deployment.settings, served) as port,
            grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
        ):
            reader = Reader(dataclasses.replace(deployment, grpc=channel))
            await reader.reached(1)
            # The first step of a node that stops.
            served.streams.end()
            refusal = read(await reader.ended())
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
            late = Reader(dataclasses.replace(deployment, grpc=own))
            assert read(await late.ended()).reason == "SHUTTING_DOWN"


async def test_cancelled_streams_leave_no_task_and_no_connection(own_deployment: Deployment) -> None:
    deployment = own_deployment
    await created(deployment)
    end = await chained(deployment)
    pool = deployment.service.database._pool

    def serving() -> int:
        return sum("_responses" in repr(task.get_coro()) or "stream" in repr(task) for task in asyncio.all_tasks())

    before = serving()
    readers = [Reader(deployment) for _ in range(20)]
    for reader in readers:
        await reader.reached(end)
    assert serving() > before
    for reader in readers:
        reader.call.cancel()
    await asyncio.gather(*(reader.task for reader in readers), return_exceptions=True)
    await until(lambda: serving() <= before)
    await until(lambda: pool.get_idle_size() == pool.get_size())
    async with reading(deployment) as again:
        await again.reached(end)
