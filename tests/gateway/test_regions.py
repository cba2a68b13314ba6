"""Tests all_regions, with which SlashID's clients wait for the regions, with a real replica."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from conftest import Deployment, open_deployment
from rpc.calls import refused
from samples import created, named
from store import replica

from strongroom.v1.credential_pb2 import SURFACE_SLASHID
from strongroom.v1.credential_service_pb2 import DeleteCredentialRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from strongroom_server.node.embedded_postgres import EmbeddedPostgres

COLLECTION = "/organizations/config/external-credentials"
BODY: dict[str, object] = {
    "extcred_provider": "generic",
    "extcred_type": "api_key",
    "extcred_label": "here",
    "json_blob": {"api_key": "hunter2"},
}


@pytest.fixture(scope="module")
async def postgres_and_region() -> AsyncIterator[tuple[EmbeddedPostgres, EmbeddedPostgres]]:
    async with replica.primary_and_region("eu") as (primary, region):
        await replica.let_see_replicas(primary)
        await replica.streaming(primary, "eu")
        yield primary, region


@pytest.fixture(scope="module")
async def deployment(
    postgres_and_region: tuple[EmbeddedPostgres, EmbeddedPostgres], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with open_deployment(
        postgres_and_region[0].url, tmp_path_factory.mktemp("deployment"), regions=("eu",)
    ) as opened:
        yield opened


@pytest.fixture
def region(postgres_and_region: tuple[EmbeddedPostgres, EmbeddedPostgres]) -> EmbeddedPostgres:
    return postgres_and_region[1]


async def request(deployment: Deployment, method: str, path: str, seconds: int, **sent: Any) -> httpx.Response:
    consistency = {"SlashID-Required-Consistency": "all_regions", "SlashID-Required-Consistency-Timeout": str(seconds)}
    identity = {"SlashID-API-Key": deployment.api_key, "SlashID-OrgID": "default"}
    return await deployment.http.request(method, COLLECTION + path, headers={**identity, **consistency}, **sent)


async def count(region: EmbeddedPostgres) -> int:
    """How many credentials of the collection the region has."""
    connection = await asyncpg.connect(replica.as_superuser(region.url))
    try:
        found = await connection.fetchval(
            "select count(*) from credentials where delete_time is null and surface = $1", SURFACE_SLASHID
        )
    finally:
        await connection.close()
    assert isinstance(found, int)
    return found


async def test_a_write_with_all_regions_is_in_every_region_when_the_response_arrives(
    deployment: Deployment, region: EmbeddedPostgres
) -> None:
    before = await count(region)

    answers = await asyncio.gather(*(request(deployment, "POST", "", 60, json=BODY) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert await count(region) == before + 20


async def test_each_mutating_call_waits(deployment: Deployment, region: EmbeddedPostgres) -> None:
    made = (await request(deployment, "POST", "", 60, json=BODY)).json()["result"][0]
    present = await count(region)

    assert (await request(deployment, "PATCH", f"/{made}", 60, json={"extcred_label": "l"})).status_code == 204
    assert (await request(deployment, "DELETE", f"?credentialId={made}", 60)).status_code == 204
    assert await count(region) == present - 1
    assert (await request(deployment, "DELETE", "?deleteAll=true", 60)).status_code == 204
    assert await count(region) == 0


async def test_a_region_that_lags_is_408_and_the_write_is_kept(
    deployment: Deployment, region: EmbeddedPostgres
) -> None:
    before = await count(region)
    await replica.pause(region)
    try:
        late = await request(deployment, "POST", "", 1, json=BODY)
        assert late.status_code == 408
        assert late.json() == {
            "errors": [
                {"httpcode": 408, "message": "the write is stored, but not every region has replayed it in time"}
            ]
        }
        assert await count(region) == before
    finally:
        await replica.resume(region)
    caught_up = await request(deployment, "POST", "", 60, json=BODY)
    assert caught_up.status_code == 201
    assert await count(region) == before + 2


async def test_a_local_write_does_not_wait(deployment: Deployment, region: EmbeddedPostgres) -> None:
    await replica.pause(region)
    try:
        credential = await created(deployment, named())
    finally:
        await replica.resume(region)
    assert credential.id


async def test_over_grpc_the_timeout_is_a_field_of_the_request(
    deployment: Deployment, region: EmbeddedPostgres
) -> None:
    credential = await created(deployment, named(), all_regions_timeout_seconds=60)
    await replica.pause(region)
    try:
        request = DeleteCredentialRequest(id=credential.id, all_regions_timeout_seconds=1)
        refusal = await refused(deployment.credentials.DeleteCredential(request, metadata=deployment.metadata))
    finally:
        await replica.resume(region)
    assert (refusal.code.name, refusal.reason) == ("DEADLINE_EXCEEDED", "REGIONS_BEHIND")


@pytest.mark.parametrize("seconds", [-1, 121])
async def test_an_invalid_timeout_is_refused_before_anything_is_written(deployment: Deployment, seconds: int) -> None:
    refusal = await refused(created(deployment, named(), all_regions_timeout_seconds=seconds))
    assert refusal.fields == {"all_regions_timeout_seconds": "must be 0 to 120"}


async def test_a_region_that_is_not_connected_is_behind(
    postgres_and_region: tuple[EmbeddedPostgres, EmbeddedPostgres],
    tmp_path_factory: pytest.TempPathFactory,
    deployment: Deployment,
) -> None:
    url = postgres_and_region[0].url
    async with open_deployment(url, deployment.settings.data_dir, regions=("eu", "mars")) as other:
        refusal = await refused(created(other, named(), all_regions_timeout_seconds=1))
    assert refusal.reason == "REGIONS_BEHIND"
