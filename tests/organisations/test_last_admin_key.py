"""An organisation always keeps an admin key: the last one cannot be revoked or lose its rights."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import Metadata, bearer, change_key, make_key, read, refused, revoke_key

from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_READER,
    ROLE_WRITER,
    ApiKey,
    CreateOrganisationRequest,
    GetApiKeyRequest,
    ListApiKeysRequest,
    Organisation,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from conftest import Deployment

GRANTS = [ROLE_WRITER, ROLE_READER, ROLE_ADMIN]


def at(seconds: float) -> Timestamp:
    """The time this many seconds from now."""
    stamp = Timestamp()
    stamp.FromDatetime(datetime.now(UTC) + timedelta(seconds=seconds))
    return stamp


async def new_organisation(deployment: Deployment) -> tuple[ApiKey, Metadata]:
    """The only key of a new organisation."""
    name = f"last-{uuid.uuid4()}"
    made = await deployment.organisations.CreateOrganisation(
        CreateOrganisationRequest(organisation=Organisation(id=name)), metadata=deployment.metadata
    )
    return made.api_key, bearer(made.api_key.key)


async def another(deployment: Deployment, by: Metadata, **fields: Any) -> ApiKey:
    """Another admin key for the whole organisation."""
    return await make_key(deployment, ROLE_ADMIN, by=by, grantable_roles=GRANTS, **fields)


async def kept(call: Awaitable[ApiKey]) -> None:
    refusal = await refused(call)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "LAST_ADMIN_KEY")


DISARMING: list[dict[str, Any]] = [
    {"roles": [ROLE_READER]},
    {"expire_time": Timestamp(seconds=4_000_000_000)},
    {"grantable_roles": []},
    {"grantable_roles": [ROLE_READER]},
    {"team_ids": [1]},
]


async def test_the_last_admin_key_cannot_revoke_itself(deployment: Deployment) -> None:
    key, by = await new_organisation(deployment)
    await make_key(deployment, ROLE_READER, ROLE_WRITER, by=by)
    await kept(revoke_key(deployment, key.id, by))
    shown = await deployment.organisations.GetApiKey(GetApiKeyRequest(id=key.id), metadata=by)
    assert not shown.HasField("revoke_time")


@pytest.mark.parametrize("fields", DISARMING, ids=lambda fields: next(iter(fields)))
async def test_an_update_cannot_take_its_rights_from_the_last_admin_key(
    deployment: Deployment, fields: dict[str, Any]
) -> None:
    first, by_first = await new_organisation(deployment)
    key = await make_key(deployment, ROLE_ADMIN, ROLE_READER, by=by_first, grantable_roles=GRANTS)
    by = bearer(key.key)
    await revoke_key(deployment, first.id, by)
    await kept(change_key(deployment, key.id, *fields, by=by, **fields))
    await change_key(deployment, key.id, "display_name", by=by, display_name="n")


async def test_an_admin_key_can_be_revoked_or_changed_if_there_is_another_one(deployment: Deployment) -> None:
    for fields in DISARMING:
        first, by = await new_organisation(deployment)
        key = await another(deployment, by)
        await change_key(deployment, key.id, *fields, by=by, **fields)
        await another(deployment, by)
        await revoke_key(deployment, first.id, by)


async def test_another_caller_cannot_take_the_role_admin_from_the_last_admin_key(deployment: Deployment) -> None:
    key, by = await new_organisation(deployment)
    second = await another(deployment, by)
    await change_key(deployment, second.id, "roles", by=by, roles=[ROLE_READER])
    third = await another(deployment, by)
    await revoke_key(deployment, key.id, bearer(third.key))
    await kept(revoke_key(deployment, third.id, bearer(third.key)))


async def test_keys_that_are_revoked_or_expired_or_cannot_create_admin_keys_do_not_count(
    deployment: Deployment,
) -> None:
    key, by = await new_organisation(deployment)
    revoked = await another(deployment, by)
    await revoke_key(deployment, revoked.id, by)
    expired = await another(deployment, by, expire_time=at(3_600))
    await make_key(deployment, ROLE_ADMIN, by=by)
    await make_key(deployment, ROLE_ADMIN, by=by, grantable_roles=[ROLE_READER])
    await make_key(deployment, ROLE_ADMIN, by=by, grantable_roles=GRANTS, team_ids=[1])
    async with deployment.sql() as sql:
        await sql.execute("update api_keys set expire_time = strongroom_now() where id = $1", expired.id)
    await kept(revoke_key(deployment, key.id, by))


async def test_an_admin_key_gets_an_expire_time_only_if_another_admin_key_expires_later(deployment: Deployment) -> None:
    key, by = await new_organisation(deployment)
    await another(deployment, by, expire_time=at(3_600))
    await kept(change_key(deployment, key.id, "expire_time", by=by, expire_time=at(7_200)))
    await change_key(deployment, key.id, "expire_time", by=by, expire_time=at(1_800))


async def test_the_last_admin_key_is_kept_even_if_no_key_can_create_admin_keys(deployment: Deployment) -> None:
    key, by = await new_organisation(deployment)
    plain = await make_key(deployment, ROLE_ADMIN, by=by)
    async with deployment.sql() as sql:
        await sql.execute("update api_keys set expire_time = strongroom_now() where id = $1", key.id)
    await kept(revoke_key(deployment, plain.id, bearer(plain.key)))


async def test_an_admin_key_of_another_organisation_does_not_count(deployment: Deployment) -> None:
    key, by = await new_organisation(deployment)
    await new_organisation(deployment)
    await kept(revoke_key(deployment, key.id, by))


async def test_one_of_two_admin_keys_that_revoke_each_other_concurrently_remains(deployment: Deployment) -> None:
    for _ in range(5):
        first, by_first = await new_organisation(deployment)
        second = await another(deployment, by_first)
        by_second = bearer(second.key)
        # The node has cached both keys.
        await deployment.organisations.ListApiKeys(ListApiKeysRequest(), metadata=by_second)
        outcomes = await asyncio.gather(
            revoke_key(deployment, second.id, by_first),
            revoke_key(deployment, first.id, by_second),
            return_exceptions=True,
        )
        refusals = [read(each).reason for each in outcomes if isinstance(each, grpc.aio.AioRpcError)]
        # The slower caller may be revoked before its call is authenticated.
        assert len(refusals) == 1
        assert refusals[0] in ("LAST_ADMIN_KEY", "API_KEY_INVALID")


async def test_the_second_of_two_concurrent_revocations_waits_for_the_first_and_sees_its_result(
    deployment: Deployment,
) -> None:
    key, by = await new_organisation(deployment)
    second = await another(deployment, by)
    async with deployment.sql() as sql:
        async with sql.transaction():
            # Takes the lock that a first, uncommitted revocation holds.
            await sql.execute(
                "select 1 from organisations where organisation_id = $1 for no key update", second.organisation_id
            )
            await sql.execute("update api_keys set revoke_time = strongroom_now() where id = $1", second.id)
            call = asyncio.create_task(refused(revoke_key(deployment, key.id, by)))
            while not await sql.fetchval(
                "select count(*) from pg_locks where not granted and locktype in ('transactionid', 'tuple')"
            ):
                assert not call.done()
        assert (await call).reason == "LAST_ADMIN_KEY"
