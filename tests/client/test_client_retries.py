"""The client retries calls while the server does not answer, until the deadline."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from client.scripted import API_KEY, HANG, Failure, connect, serve
from google.rpc.status_pb2 import Status

import strongroom
from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom.v1.organisation_service_pb2 import ApiKey, Folder, Organisation, RevokeApiKeyRequest, Team

UNAVAILABLE = Failure(grpc.StatusCode.UNAVAILABLE, Status(code=14, message="later"))


async def test_a_read_is_retried_until_it_succeeds() -> None:
    async with connect(UNAVAILABLE, UNAVAILABLE, Credential(id="1")) as (server, client):
        credential = await client.access_credential("1")
    assert credential.id == "1"
    assert [call.method for call in server.calls] == ["AccessCredential"] * 3
    assert [call.metadata["authorization"] for call in server.calls] == [f"Bearer {API_KEY}"] * 3


async def test_a_create_is_retried_with_the_same_request_id() -> None:
    async with connect(UNAVAILABLE, UNAVAILABLE, Credential()) as (server, client):
        await client.create_credential(Credential(name="one"))
        await client.create_credential(Credential(name="two"))
        await client.create_credential(Credential(name="three"), request_id="mine")
    requests = [CreateCredentialRequest.FromString(call.request) for call in server.calls]
    assert [request.credential.name for request in requests] == ["one", "one", "one", "two", "three"]
    first, second = requests[0].request_id, requests[3].request_id
    assert first
    assert second
    assert first != second
    assert [request.request_id for request in requests] == [first, first, first, second, "mine"]


async def test_a_create_of_almost_1_mib_is_retried() -> None:
    async with connect(UNAVAILABLE, Credential()) as (server, client):
        await client.create_credential(Credential(name="n" * 1_000_000))
    assert len(server.calls) == 2


async def test_a_write_is_retried_with_the_same_request_id() -> None:
    async with connect(UNAVAILABLE, UNAVAILABLE, ApiKey(id="a")) as (server, client):
        await client.revoke_api_key("a")
    assert len(server.calls) == 3
    assert len({RevokeApiKeyRequest.FromString(call.request).request_id for call in server.calls}) == 1
    assert all(RevokeApiKeyRequest.FromString(call.request).request_id for call in server.calls)


async def test_every_write_is_retried() -> None:
    async with connect(UNAVAILABLE, timeout_seconds=0.5) as (server, client):
        writes = [
            client.update_credential("1", Credential(name="n", etag="e"), ["name"]),
            client.delete_credential("1"),
            client.create_organisation(Organisation(id="o")),
            client.create_team(Team(name="t")),
            client.update_team(1, Team(name="t"), ["name"]),
            client.delete_team(1),
            client.create_folder(Folder(name="f", team_id=1)),
            client.update_folder(1, Folder(name="f"), ["name"]),
            client.delete_folder(1),
            client.create_api_key(ApiKey()),
        ]
        for write in writes:
            with pytest.raises((strongroom.UnavailableError, strongroom.DeadlineExceededError)):
                await write
    assert len(server.calls) >= 2 * len(writes)


@pytest.mark.parametrize("code", [grpc.StatusCode.ABORTED, grpc.StatusCode.INTERNAL, grpc.StatusCode.NOT_FOUND])
async def test_errors_other_than_unavailable_are_not_retried(code: grpc.StatusCode) -> None:
    async with connect(Failure(code)) as (server, client):
        with pytest.raises(strongroom.StrongroomError):
            await client.get_credential("1")
    assert len(server.calls) == 1


async def test_a_call_to_an_unavailable_server_is_retried_until_the_deadline() -> None:
    async with connect(UNAVAILABLE) as (server, client):
        with pytest.raises((strongroom.UnavailableError, strongroom.DeadlineExceededError)):
            await client.get_team(1, timeout_seconds=5)
    assert len(server.calls) > 5  # gRPC's own retries would make at most 5 attempts


async def test_many_failed_attempts_do_not_stop_later_retries() -> None:
    async with connect(UNAVAILABLE, *[UNAVAILABLE] * 400, Team(id=1), timeout_seconds=30) as (_, client):
        teams = await asyncio.gather(*(client.get_team(1) for _ in range(100)))
    assert [team.id for team in teams] == [1] * 100


async def test_a_call_that_a_stopping_server_cancelled_is_retried() -> None:
    async with connect(Failure(grpc.StatusCode.CANCELLED), Credential(id="1")) as (server, client):
        assert (await client.create_credential(Credential(name="one"))).id == "1"
    first, second = (CreateCredentialRequest.FromString(call.request).request_id for call in server.calls)
    assert first == second


async def test_a_name_that_does_not_resolve_is_retried_until_the_deadline() -> None:
    loop = asyncio.get_running_loop()
    async with strongroom.Client("dns:///nowhere.invalid:1", API_KEY, plaintext=True) as client:
        begun = loop.time()
        with pytest.raises((strongroom.UnavailableError, strongroom.DeadlineExceededError)):
            await client.get_team(1, timeout_seconds=3)
    assert loop.time() - begun > 1.5  # no pause is longer than the remaining time


async def test_the_client_waits_as_long_as_the_server_asks() -> None:
    pushback = Failure(grpc.StatusCode.UNAVAILABLE, trailers=(("grpc-retry-pushback-ms", "700"),))
    async with connect(pushback, Team(id=1)) as (server, client):
        await client.get_team(1, timeout_seconds=9)
    first, second = server.calls
    assert first.seconds_left - second.seconds_left > 0.6


async def test_a_call_is_not_retried_if_the_server_forbids_it() -> None:
    pushback = Failure(grpc.StatusCode.UNAVAILABLE, trailers=(("grpc-retry-pushback-ms", "-1"),))
    async with connect(pushback) as (server, client):
        with pytest.raises(strongroom.UnavailableError):
            await client.get_team(1)
    assert len(server.calls) == 1


async def test_retries_end_at_the_deadline_of_the_call() -> None:
    async with connect(UNAVAILABLE, HANG, timeout_seconds=3600) as (server, client):
        with pytest.raises(strongroom.DeadlineExceededError):
            await client.get_team(1, timeout_seconds=2)
    first, second = server.calls
    assert second.seconds_left < first.seconds_left < 60


async def test_a_call_has_the_timeout_of_the_client_unless_it_sets_its_own() -> None:
    async with serve(Team()) as server:
        async with strongroom.Client(server.target, API_KEY, plaintext=True, timeout_seconds=500) as client:
            await client.get_team(1)
            await client.get_team(1, timeout_seconds=5000)
        async with strongroom.Client(server.target, API_KEY, plaintext=True) as client:
            await client.get_team(1)
    assert [round(call.seconds_left, -2) for call in server.calls] == [500, 5000, 0]


@pytest.mark.parametrize("timeout_seconds", [0, -1])
async def test_a_timeout_that_is_not_positive_is_refused(timeout_seconds: float) -> None:
    with pytest.raises(ValueError, match=r"^timeout_seconds must be positive$"):
        strongroom.Client("127.0.0.1:1", API_KEY, timeout_seconds=timeout_seconds)


def test_a_client_cannot_be_created_outside_an_event_loop() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        strongroom.Client("127.0.0.1:1", API_KEY)


async def test_a_client_can_be_closed_twice() -> None:
    async with connect(Team(id=1)) as (_, client):
        await client.get_team(1)
        await client.close()


async def test_a_read_succeeds_after_a_restart_of_the_server() -> None:
    async with serve(Team(id=1)) as server:
        client = strongroom.Client(server.target, API_KEY, plaintext=True)
        await client.get_team(1)
    async with client:
        reading = asyncio.create_task(client.get_team(2))
        await asyncio.sleep(0.3)  # some attempts fail
        async with serve(UNAVAILABLE, Team(id=2), address=server.target) as restarted:
            assert (await reading).id == 2
    assert len(restarted.calls) == 2
