"""audit/chain.py: every event gets one position even if several nodes chain, and forged events delay no others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from conftest import ORGANISATION, Deployment, open_deployment
from prometheus_client import REGISTRY
from rpc.calls import accessed, other_organisation
from samples import created
from waiting import until

from strongroom_server.audit import chain as chainer
from strongroom_server.audit.chain import chain_all
from strongroom_server.audit.verify import verify
from strongroom_server.node import service as node
from strongroom_server.store import audit_chain, database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import asyncpg

    from strongroom_server.store.database import Database

    Connection = asyncpg.Connection[asyncpg.Record]

UNCHAINED = "select count(*) from audit_events where chain_position is null"
FORGE = """
    insert into audit_events (
        organisation_id, event_id, event_time, action, key_id, peer, credential_id, credential_ids, version, revision, subject, mac
    )
    select organisation_id, gen_random_uuid(), event_time, 'Forged', key_id, peer, credential_id, credential_ids, version,
        revision, subject, sha256(mac)
    from (select * from audit_events where organisation_id = $1 order by event_time limit 1) e, generate_series(1, $2)
"""


@pytest.fixture
async def still_deployment(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Deployment]:
    """A node that does not chain by itself. The events of its setup are chained."""

    async def chain_never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(node, "chain_forever", chain_never)
    async with open_deployment(database_url, tmp_path / "deployment") as deployment:
        assert await chain_all(deployment.service.database, deployment.service.recorder) > 0
        yield deployment


@asynccontextmanager
async def another_pool(deployment: Deployment) -> AsyncIterator[Database]:
    """The connection pool of another node."""
    pool = await database.connect(deployment.database_url, size=2)
    try:
        yield pool
    finally:
        await pool.close()


async def nothing_unchained(connection: Connection) -> bool:
    return not await connection.fetchval(UNCHAINED)


async def positions(connection: Connection, organisation_id: str) -> list[int]:
    found = await connection.fetch(
        "select chain_position from audit_events where organisation_id = $1 and chain_position is not null order by 1",
        organisation_id,
    )
    return [row[0] for row in found]


async def findings(deployment: Deployment) -> dict[str, str]:
    found = await verify(deployment.service.database, deployment.service.recorder.keyring)
    return {finding.organisation_id: finding.text for finding in found}


def refusals(kind: str) -> float:
    return REGISTRY.get_sample_value("strongroom_audit_refused_total", {"kind": kind}) or 0.0


async def chained_here(deployment: Deployment) -> int:
    return await chain_all(deployment.service.database, deployment.service.recorder)


@pytest.mark.parametrize("block", [2, 3, 500])
async def test_every_event_is_chained_once_in_blocks_of_any_size(
    still_deployment: Deployment, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chainer, "BLOCK", block)
    other, by = await other_organisation(still_deployment)
    theirs = await created(still_deployment, by=by)
    await accessed(still_deployment, theirs.id, by=by)
    credential = await created(still_deployment)
    for _ in range(5):
        await accessed(still_deployment, credential.id)
    async with still_deployment.sql() as connection:
        waiting = await connection.fetchval(UNCHAINED)
        assert waiting >= 9

        assert await chained_here(still_deployment) == waiting
        assert await chained_here(still_deployment) == 0

        for organisation in (ORGANISATION, other, "strongroom"):
            events = await connection.fetchval(
                "select count(*) from audit_events where organisation_id = $1", organisation
            )
            assert await positions(connection, organisation) == list(range(1, events + 1))
            head = await audit_chain.head(still_deployment.service.database, organisation, "newest")
            assert head is not None
            assert head.position == events
    assert await findings(still_deployment) == {}


async def test_nodes_that_chain_concurrently_leave_no_gap_and_chain_nothing_twice(
    still_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chainer, "BLOCK", 3)
    recorder = still_deployment.service.recorder
    other, by = await other_organisation(still_deployment)

    async def act(metadata: tuple[tuple[str, str], ...]) -> None:
        for _ in range(8):
            credential = await created(still_deployment, by=metadata)
            await asyncio.gather(*(accessed(still_deployment, credential.id, by=metadata) for _ in range(4)))

    async with (
        still_deployment.sql() as connection,
        another_pool(still_deployment) as one,
        another_pool(still_deployment) as two,
    ):
        before = await connection.fetchval("select count(*) from audit_events where chain_position is not null")
        acts = asyncio.gather(act(still_deployment.metadata), act(still_deployment.metadata), act(by))
        total = 0

        async def all_chained() -> bool:
            nonlocal total
            total += sum(await asyncio.gather(*(chain_all(pool, recorder) for pool in (one, two, one, two))))
            return acts.done() and await nothing_unchained(connection)

        await until(all_chained)
        await acts

        events = await connection.fetchval("select count(*) from audit_events")
        assert total == events - before
        for organisation in (ORGANISATION, other, "strongroom"):
            found = await positions(connection, organisation)
            assert found == list(range(1, len(found) + 1))
        assert len(await positions(connection, ORGANISATION)) >= 80
    assert await findings(still_deployment) == {}


async def test_an_organisation_that_another_node_is_chaining_is_skipped(still_deployment: Deployment) -> None:
    _, by = await other_organisation(still_deployment)
    await created(still_deployment)
    await created(still_deployment, by=by)
    async with still_deployment.sql() as connection:
        async with another_pool(still_deployment) as pool, pool.transaction() as transaction:
            assert await audit_chain.lock(transaction, ORGANISATION)
            await chained_here(still_deployment)
            waiting = await connection.fetch(
                "select distinct organisation_id from audit_events where chain_position is null"
            )
            assert [row[0] for row in waiting] == [ORGANISATION]
        await chained_here(still_deployment)
        assert await nothing_unchained(connection)
    assert await findings(still_deployment) == {}


@pytest.mark.parametrize(("block", "forged"), [(500, 1), (3, 2), (3, 3), (3, 10)])
async def test_a_forged_event_is_not_chained_and_does_not_delay_others(
    still_deployment: Deployment, block: int, forged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chainer, "BLOCK", block)
    async with still_deployment.sql() as connection:
        credential = await created(still_deployment)
        await connection.execute(FORGE, ORGANISATION, forged)
        for _ in range(5):
            await accessed(still_deployment, credential.id)

        refused = refusals("event")
        for _ in range(2):
            await chained_here(still_deployment)
            unchained = await connection.fetch("select action from audit_events where chain_position is null")
            assert [row[0] for row in unchained] == ["Forged"] * forged
            found = await positions(connection, ORGANISATION)
            assert found == list(range(1, len(found) + 1))
        assert set(await findings(still_deployment)) == {ORGANISATION}
        assert refusals("event") == refused + 2 * forged

        await connection.execute("delete from audit_events where action = 'Forged'")
    assert await findings(still_deployment) == {}


@pytest.mark.parametrize(
    "change",
    [
        "signature = sha256(signature) || sha256(signature)",
        "position = position - 1",
        "chain_hash = sha256(chain_hash)",
        "signer_id = 'nobody'",
    ],
)
async def test_a_head_that_no_node_signed_stops_the_chaining_of_its_organisation_only(
    still_deployment: Deployment, change: str
) -> None:
    other, by = await other_organisation(still_deployment)
    await created(still_deployment)
    await created(still_deployment, by=by)
    await chained_here(still_deployment)
    async with still_deployment.sql() as connection:
        places = {name: len(await positions(connection, name)) for name in (ORGANISATION, other)}
        await connection.execute("create table old_heads as select * from audit_heads")
        await connection.execute(f"update audit_heads set {change} where organisation_id = $1", ORGANISATION)
        await created(still_deployment)
        await created(still_deployment, by=by)
        refused = refusals("head")

        await chained_here(still_deployment)

        assert refusals("head") == refused + 1
        assert len(await positions(connection, ORGANISATION)) == places[ORGANISATION]
        assert len(await positions(connection, other)) == places[other] + 1
        assert set(await findings(still_deployment)) == {ORGANISATION}

        await connection.execute("delete from audit_heads where organisation_id = $1", ORGANISATION)
        await connection.execute(
            "insert into audit_heads select * from old_heads where organisation_id = $1", ORGANISATION
        )
        await chained_here(still_deployment)
        assert await nothing_unchained(connection)
    assert await findings(still_deployment) == {}


async def test_the_chaining_job_continues_after_an_error(
    own_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()
    monkeypatch.setattr(chainer._log, "warning", lambda *_, **__: failed.set(), raising=False)
    async with own_deployment.sql() as connection:
        await connection.execute("alter table audit_heads rename to audit_heads_away")
        await created(own_deployment)
        await until(failed.is_set)
        assert await connection.fetchval(UNCHAINED) > 0
        await connection.execute("alter table audit_heads_away rename to audit_heads")
        await until(lambda: nothing_unchained(connection))
    assert await findings(own_deployment) == {}
