"""The client imports credentials from any iterator, and continues after broken connections."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
from client.lossy_network import lossy_network
from grpc import StatusCode, aio
from rpc.calls import key_of
from waiting import until

import strongroom
from strongroom import Imported, errors, imports
from strongroom.v1.credential_pb2 import BasicAuthData, Credential, CredentialData
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom.v1.organisation_service_pb2 import ROLE_READER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from conftest import Deployment

# For each request id: the credential, the number of its boxes and the number of its create events.
STORED = """
    select r.request_id, r.credential_id::text, count(distinct b.version), count(distinct e.event_id)
    from request_ids r
    left join boxes b on b.credential_id = r.credential_id
    left join audit_events e on e.credential_id = r.credential_id and e.action = 'CreateCredential'
    where r.request_id = any($1) group by 1, 2
"""
KILL = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'strongroom' and random() < 0.5
"""
# How many creates the client may have read before the first result.
AHEAD = imports.MOST_BATCHES * imports.MOST_CREATES + 1


@pytest.fixture
async def client(deployment: Deployment) -> AsyncIterator[strongroom.Client]:
    async with strongroom.Client(deployment.grpc_target, deployment.api_key, plaintext=True) as client:
        yield client


def create(name: str = "imported", *, password: str = "hunter2", request_id: str = "") -> CreateCredentialRequest:
    data = CredentialData(basic_auth=BasicAuthData(username="anna", password=password))
    return CreateCredentialRequest(credential=Credential(name=name, data=data), request_id=request_id)


def creates(count: int) -> list[CreateCredentialRequest]:
    return [create(f"imported {index}", request_id=f"import-{uuid.uuid4()}") for index in range(count)]


async def slowly(requests: Iterable[CreateCredentialRequest]) -> AsyncIterator[CreateCredentialRequest]:
    for request in requests:
        await asyncio.sleep(random.uniform(0, 0.001))
        yield request


async def each_is_stored_once(
    deployment: Deployment, requests: list[CreateCredentialRequest], results: list[Imported]
) -> None:
    assert [each.request_id for each in results] == [each.request_id for each in requests]
    assert [each.error for each in results] == [None] * len(requests)
    async with deployment.sql() as sql:
        rows = await sql.fetch(STORED, [each.request_id for each in requests])
    made = {row[0]: tuple(row)[1:] for row in rows}
    assert [made[each.request_id] for each in results] == [(each.id, 1, 1) for each in results]


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 1000])
async def test_an_import_stores_every_create_and_returns_the_results_in_order(
    deployment: Deployment, client: strongroom.Client, count: int
) -> None:
    for iterate in (iter, slowly):
        requests = creates(count)
        results = [each async for each in client.import_credentials(iterate(requests))]
        await each_is_stored_once(deployment, requests, results)
    if count:
        stored = await client.access_credential(results[-1].id)
        assert (stored.number, stored.data) == (results[-1].number, requests[-1].credential.data)


async def test_an_invalid_create_has_an_error_and_the_others_are_stored(client: strongroom.Client) -> None:
    requests = creates(200)
    requests[70].credential.data.basic_auth.ClearField("password")
    requests[130].credential.team_id = 99
    requests[131].credential.data.basic_auth.password = "hunter2" * 200_000
    results = [each async for each in client.import_credentials(requests)]
    assert [index for index, each in enumerate(results) if each.error] == [70, 130, 131]
    assert len({each.id for each in results}) == 198
    invalid, nowhere, large = (results[index].error for index in (70, 130, 131))
    assert isinstance(invalid, strongroom.InvalidArgumentError)
    assert (invalid.reason, [each.field for each in invalid.field_violations]) == (
        "DATA_INVALID",
        ["credential.data.basic_auth.password"],
    )
    assert (nowhere and nowhere.reason) == "TEAM_UNKNOWN"
    assert isinstance(large, strongroom.ResourceExhaustedError)
    assert "hunter2" not in repr(results) + str(invalid) + str(large)


async def test_large_creates_are_sent_in_several_messages(deployment: Deployment, client: strongroom.Client) -> None:
    requests = creates(70)
    for request in requests:
        request.credential.data.basic_auth.password = "p" * 60_000
    results = [each async for each in client.import_credentials(requests)]
    await each_is_stored_once(deployment, requests, results)


async def test_a_create_without_a_request_id_gets_one_in_a_copy(client: strongroom.Client) -> None:
    request = create()
    results = [each async for each in client.import_credentials([request, request])]
    assert request == create()
    assert len({each.request_id for each in results}) == len({each.id for each in results}) == 2
    again = create(request_id=results[0].request_id)
    assert [each.id async for each in client.import_credentials([again])] == [results[0].id]


async def test_an_import_continues_after_every_broken_connection(deployment: Deployment) -> None:
    requests = creates(2_000)
    async with (
        lossy_network(deployment.grpc_target) as network,
        strongroom.Client(network.target, deployment.api_key, plaintext=True) as client,
    ):
        results = []
        async for result in client.import_credentials(slowly(requests)):
            results.append(result)
            if len(results) % 300 == 0:
                network.cut()
        assert len(network.connections) > 3
    await each_is_stored_once(deployment, requests, results)


async def test_an_import_continues_when_database_backends_are_killed(own_deployment: Deployment) -> None:
    requests = creates(1_500)
    async with (
        strongroom.Client(own_deployment.grpc_target, own_deployment.api_key, plaintext=True) as client,
        own_deployment.sql() as sql,
    ):

        async def kill() -> None:
            while True:
                await asyncio.sleep(random.uniform(0, 0.2))
                await sql.execute(KILL)

        killing = asyncio.create_task(kill())
        try:
            results = [each async for each in client.import_credentials(slowly(requests))]
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
    await each_is_stored_once(own_deployment, requests, results)


async def test_it_is_read_up_by_another_process_with_the_same_request_ids(
    deployment: Deployment, client: strongroom.Client
) -> None:
    requests = creates(500)
    first = []
    async with aclosing(client.import_credentials(requests)) as results:
        async for each in results:
            first.append(each)
            if len(first) == 200:
                break
    everything = [each async for each in client.import_credentials(requests)]
    assert everything[:200] == first
    await each_is_stored_once(deployment, requests, everything)


async def test_no_more_is_read_than_a_few_batches_ahead(client: strongroom.Client) -> None:
    read = 0

    async def endless() -> AsyncIterator[CreateCredentialRequest]:
        nonlocal read
        while True:
            read += 1
            yield create()

    answered = 0
    async with aclosing(client.import_credentials(endless())) as results:
        async for _ in results:
            answered += 1
            if answered % 50 == 0:
                await asyncio.sleep(0.02)
            assert read <= answered + AHEAD + imports.MOST_CREATES
            if answered == 2_000:
                break


async def test_a_slow_iterator_gets_each_result_before_its_next_create(client: strongroom.Client) -> None:
    answered = asyncio.Event()
    answered.set()

    async def one_by_one() -> AsyncIterator[CreateCredentialRequest]:
        for _ in range(5):
            async with asyncio.timeout(5):
                await answered.wait()
            answered.clear()
            yield create()

    count = 0
    async for result in client.import_credentials(one_by_one()):
        assert result.id
        count += 1
        answered.set()
    assert count == 5


async def test_an_error_of_the_iterator_is_raised_after_the_results_of_its_creates(client: strongroom.Client) -> None:
    async def broken() -> AsyncIterator[CreateCredentialRequest]:
        for request in creates(100):
            yield request
        raise LookupError("the source")

    results = client.import_credentials(broken())
    for _ in range(100):
        assert (await anext(results)).id
    with pytest.raises(LookupError, match="the source"):
        await anext(results)


async def test_an_import_that_is_stopped_early_leaves_no_tasks_and_no_calls(
    deployment: Deployment, client: strongroom.Client
) -> None:
    before = Counter(task.get_name() for task in asyncio.all_tasks()).total()
    for _ in range(5):
        async with aclosing(client.import_credentials(creates(300))) as results:
            await anext(results)
    await until(lambda: len(asyncio.all_tasks()) <= before)
    assert len(deployment.service.pipeline._in_flight) == 0


async def test_an_import_that_the_caller_may_not_make_raises_its_error(deployment: Deployment) -> None:
    ((_, bearer),) = await key_of(deployment, ROLE_READER)
    async with strongroom.Client(deployment.grpc_target, bearer.removeprefix("Bearer "), plaintext=True) as reader:
        with pytest.raises(strongroom.PermissionDeniedError, match="ROLE_MISSING"):
            await anext(reader.import_credentials(creates(100)))
    async with strongroom.Client(deployment.grpc_target, "sr_nobody_x", plaintext=True) as nobody:
        with pytest.raises(strongroom.UnauthenticatedError):
            await anext(nobody.import_credentials(creates(100)))


class EndsDuringWrite:
    """Raises the error that gRPC sometimes raises if a stream ends during a write."""

    async def write(self, _: object) -> None:
        await asyncio.Event().wait()

    async def read(self) -> object:
        raise aio.AioRpcError(StatusCode.INTERNAL, aio.Metadata(), aio.Metadata(), "Internal error from Core")

    def cancel(self) -> None:
        pass


async def test_a_stream_that_ends_during_a_write_is_replaced(deployment: Deployment) -> None:
    requests = creates(100)
    streams: list[Any] = [deployment.credentials.ImportCredentials(metadata=deployment.metadata), EndsDuringWrite()]
    importing = imports.Import(streams.pop, errors.from_rpc, lambda: str(uuid.uuid4()), requests, 30.0)
    await each_is_stored_once(deployment, requests, [result async for result in importing.results()])
    assert not streams


async def test_an_import_to_an_unreachable_server_fails_within_the_timeout() -> None:
    async with strongroom.Client("127.0.0.1:1", "sr_test_x", plaintext=True) as client:
        async with asyncio.timeout(5):
            with pytest.raises(strongroom.UnavailableError):
                await anext(client.import_credentials(creates(1), timeout_seconds=1))


async def test_an_import_without_a_response_fails_at_the_timeout(own_deployment: Deployment) -> None:
    async with (
        strongroom.Client(own_deployment.grpc_target, own_deployment.api_key, plaintext=True) as client,
        own_deployment.sql() as sql,
        sql.transaction(),
    ):
        await sql.execute("lock table credentials in exclusive mode")
        with pytest.raises(strongroom.DeadlineExceededError, match="timeout_seconds"):
            await anext(client.import_credentials(creates(1), timeout_seconds=0.5))
        await until(lambda: len(own_deployment.service.pipeline._in_flight) == 0)


@pytest.mark.soak
async def test_a_hundred_thousand_creates_are_stored_over_breaking_connections(deployment: Deployment) -> None:
    async with (
        lossy_network(deployment.grpc_target) as network,
        strongroom.Client(network.target, deployment.api_key, plaintext=True) as client,
    ):
        count = 0
        async for result in client.import_credentials(create(f"soak {index}") for index in range(100_000)):
            assert result.error is None
            count += 1
            if count % 7_000 == 0:
                network.cut()
    assert count == 100_000
    async with deployment.sql() as sql:
        assert await sql.fetchval("select count(*) from credentials where name like 'soak %'") == 100_000
