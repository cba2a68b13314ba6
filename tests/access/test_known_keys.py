"""A node refuses wrong keys without a statement, and serves a key that was created on another node a moment ago."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

from rpc.calls import bearer, key_of, other_organisation, refused
from store.test_watch import kill_listeners, revoke, second_node
from waiting import until

from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import ROLE_READER
from strongroom_server.access.known_keys import UNKNOWN, KnownKey, KnownKeys
from strongroom_server.store import keys
from strongroom_server.store.primary import Primary
from strongroom_server.store.watch import Watch

if TYPE_CHECKING:
    import pytest
    from conftest import Deployment
    from rpc.calls import Metadata

    from strongroom_server.node import service as node

SECRET = "only-ever-used-by-the-tests-of-known-keys"


def known_of(service: node.Service) -> KnownKeys:
    return service.pipeline._authenticator._api_keys._known


def forget(service: node.Service) -> None:
    """Make the node read and verify each key again."""
    service.pipeline._authenticator._api_keys.forget(None)


async def complete(service: node.Service) -> KnownKeys:
    """The known keys of a node, once all are loaded."""
    known = known_of(service)
    await until(lambda: known.is_complete and service.watch.hearing)
    return known


def id_of(by: Metadata) -> str:
    return by[0][1].split("_")[1]


def unknown() -> Metadata:
    return bearer(f"sr_doesnotexist_{SECRET}")


async def read(stub: CredentialServiceStub, by: Metadata) -> object:
    return await stub.ListCredentials(ListCredentialsRequest(page_size=1), metadata=by)


class Counted:
    """Counts the calls of a function or method from now on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
        self.count = 0
        original = getattr(owner, name)

        def counting(*arguments: Any, **named: Any) -> Any:
            self.count += 1
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)


async def test_wrong_keys_cost_no_statement_and_share_the_round_trips(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    await complete(deployment.service)
    by = await key_of(deployment, ROLE_READER)
    wrong = [unknown(), bearer(f"sr_{id_of(by)}_{SECRET}")] * 100
    # The events of failures, which are recorded at a bounded rate, would be counted.
    monkeypatch.setattr(type(deployment.service.pipeline._denials), "record_authentication", lambda *_: None)
    stub = CredentialServiceStub(deployment.service.channel())
    reads = Counted(monkeypatch, keys, "api_key_with_newer")
    beats = Counted(monkeypatch, Watch, "beat")
    refusals = await asyncio.gather(*(refused(read(stub, each)) for each in wrong))

    assert {each.reason for each in refusals} == {"API_KEY_INVALID"}
    assert reads.count == 0
    # That of these calls, and those that the node sends anyway.
    assert 1 <= beats.count <= 4


async def test_a_key_works_at_another_node_at_once(deployment: Deployment) -> None:
    async with second_node(deployment) as (second, stub):
        await complete(second)
        for _ in range(200):
            await read(stub, await key_of(deployment, ROLE_READER))
        assert known_of(second).is_complete


async def test_the_first_key_of_a_new_organisation_works_at_another_node_at_once(deployment: Deployment) -> None:
    async with second_node(deployment) as (second, stub):
        await complete(second)
        _, admin = await other_organisation(deployment)
        await read(stub, admin)


async def test_a_key_that_is_created_while_a_node_loads_all_keys_works_at_once(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with second_node(deployment) as (second, stub):
        known = await complete(second)
        reached, released = asyncio.Event(), asyncio.Event()
        original = keys.known_keys

        async def slowly(*arguments: Any) -> Any:
            found = await original(*arguments)
            reached.set()
            await released.wait()
            return found

        monkeypatch.setattr(keys, "known_keys", slowly)
        known.read(None)
        await reached.wait()
        assert not known.is_complete
        during = await key_of(deployment, ROLE_READER)
        await read(stub, during)
        released.set()
        await until(lambda: known.is_complete)
        await known.settle()
        assert known.get(id_of(during)).organisation_id
        assert (await refused(read(stub, unknown()))).reason == "API_KEY_INVALID"


async def test_a_key_that_is_changed_while_it_is_read_is_read_again(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await complete(deployment.service)
    by = await key_of(deployment, ROLE_READER)
    await known.settle()
    original = keys.known_keys_of

    async def revoked_meanwhile(*arguments: Any) -> Any:
        found = await original(*arguments)
        monkeypatch.setattr(keys, "known_keys_of", original)
        await revoke(deployment, by)
        return found

    monkeypatch.setattr(keys, "known_keys_of", revoked_meanwhile)
    known.read(id_of(by))
    await known.settle()
    assert known.get(id_of(by)).is_revoked


async def test_a_node_loads_all_keys_again_when_it_reconnects(own_deployment: Deployment) -> None:
    async with second_node(own_deployment) as (second, stub):
        known = await complete(second)
        primary, second.watch._primary = second.watch._primary, Primary("postgresql://nobody@127.0.0.1:1/none")
        await kill_listeners(own_deployment)
        await until(lambda: not second.watch.hearing)
        missed = await key_of(own_deployment, ROLE_READER)
        # Without notifications the node reads each key.
        await read(stub, missed)
        assert known.get(id_of(missed)) is UNKNOWN
        forget(second)
        second.watch._primary = primary
        await until(lambda: second.watch.hearing and known.get(id_of(missed)) is not UNKNOWN)
        await complete(second)
        await read(stub, missed)


async def test_a_node_that_cannot_read_a_changed_key_reads_each_key_until_it_has_loaded_all(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await complete(deployment.service)
    stub = CredentialServiceStub(deployment.service.channel())
    loading = asyncio.Event()
    original = keys.known_keys

    async def fails(*_: object) -> Any:
        raise ConnectionResetError

    async def waits(*arguments: Any) -> Any:
        await loading.wait()
        return await original(*arguments)

    monkeypatch.setattr(keys, "known_keys_of", fails)
    monkeypatch.setattr(keys, "known_keys", waits)
    by = await key_of(deployment, ROLE_READER)
    await until(lambda: not known.is_complete)
    await read(stub, by)
    assert (await refused(read(stub, unknown()))).reason == "API_KEY_INVALID"
    loading.set()
    await until(lambda: known.is_complete)
    assert known.get(id_of(by)).organisation_id


async def test_a_node_that_gets_no_answer_reads_the_key(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    await complete(deployment.service)
    stub = CredentialServiceStub(deployment.service.channel())

    async def unanswered(_: Watch) -> bool:
        return False

    monkeypatch.setattr(Watch, "catch_up", unanswered)
    reads = Counted(monkeypatch, type(deployment.service.pipeline._authenticator._api_keys), "_load")
    assert (await refused(read(stub, unknown()))).reason == "API_KEY_INVALID"
    assert reads.count == 1


async def test_all_callers_that_wait_share_one_round_trip_that_begins_after_their_call(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = deployment.service.watch
    beats = Counted(monkeypatch, Watch, "beat")
    assert all(await asyncio.gather(*(watch.catch_up() for _ in range(100))))
    assert beats.count <= 2
    before = beats.count
    assert await watch.catch_up()
    assert beats.count > before


async def test_a_key_that_was_put_into_the_database_is_not_served(own_deployment: Deployment) -> None:
    known = await complete(own_deployment.service)
    by = await key_of(own_deployment, ROLE_READER)
    async with own_deployment.sql() as sql:
        await sql.execute(
            'insert into api_keys select (jsonb_populate_record(k, \'{"id": "forged"}\')).* from api_keys k where id = $1',
            id_of(by),
        )
    await until(lambda: known.get("forged") is not UNKNOWN)
    stub = CredentialServiceStub(own_deployment.service.channel())
    forged = bearer(by[0][1].removeprefix("Bearer ").replace(id_of(by), "forged"))
    assert (await refused(read(stub, forged))).reason == "API_KEY_INVALID"


def test_the_garbage_collector_skips_known_keys() -> None:
    key = KnownKey(bytes(32), "", "", "organisation", is_revoked=False)
    gc.collect()
    assert not gc.is_tracked(key)
